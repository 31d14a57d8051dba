# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Joins without room in the table wait for it. Topology: quartet.py.

The table has room for two groups. The members report once and answer no query.
"""

import json

import pytest

import quartet as four
from igmp_message import TO_EX, TO_IN, record, report
from quartet import ADDRESSES, udp_to
from waiting import await_condition

CONFIG = four.CONFIG | {
    "groups": [],
    "limits": {"members": 128, "groups": 2},
    "igmp": {"query_interval": 3600, "query_response_interval": 10, "startup_query_interval": 3600,
             "immediate_leave": True},
}
GROUPS = ["239.3.3.1", "239.3.3.2"]
WAITED_FOR = "239.3.3.3"
FLOOD = [f"239.4.{number // 200}.{number % 200}" for number in range(1000)]
RECORDS = 150                   # in a report


@pytest.fixture(name="hub")
def fixture_hub(quartet):
    with four.starting_hubs(quartet, CONFIG, driver="deep rings") as start:
        hub = start()
        send(quartet, "beta", TO_EX, GROUPS)
        await_groups(hub, "beta", GROUPS)
        yield hub


def send(quartet, member, kind, groups):
    for first in range(0, len(groups), RECORDS):
        quartet.send(member, report(ADDRESSES[member], *(record(kind, g) for g in groups[first:first + RECORDS])))


def await_groups(hub, member, groups):
    await_condition(lambda: sorted(hub.telemetry.ask(f"/mcdpdk/member_groups,0,{member}")["groups"]) == sorted(groups),
                    f"{member} in {groups}")


def await_refused(hub, count):
    await_condition(lambda: igmp(hub)["rejected_total_groups"] == count, f"{count} refused")


def igmp(hub, member=None):
    return hub.telemetry.ask("/mcdpdk/igmp" + (f",{member}" if member else ""))


def reaches(quartet, group, receiver):
    quartet.discard()
    quartet.send("alpha", udp_to(group))
    assert quartet.copy(receiver, udp_to(group)) in quartet.wires[receiver].frames()


def test_a_join_without_room_takes_effect_when_there_is_room(hub, quartet):
    """beta has both groups; gamma joins a third one. Telemetry, mcdpdkctl and, once, the log say that it waits; the
    refusal is recorded. When beta leaves a group, gamma gets its own without a further report."""
    send(quartet, "gamma", TO_EX, [WAITED_FOR])
    await_condition(lambda: "gamma: a join was refused: limits.groups" in hub.log(), "the refusal in the log")
    send(quartet, "beta", TO_IN, GROUPS[:1])
    await_groups(hub, "gamma", [WAITED_FOR])
    reaches(quartet, WAITED_FOR, "gamma")
    assert igmp(hub)["waiting"] == 0

    send(quartet, "beta", TO_EX, GROUPS[:1])
    await_refused(hub, 2)
    assert igmp(hub)["waiting"] == 1
    assert igmp(hub, "beta")["waiting"] == 1 and igmp(hub, "gamma")["waiting"] == 0
    assert "waiting" in hub.ctl("igmp").stdout
    await_condition(lambda: "1 join waits for room: limits.groups is 2" in hub.ctl("status").stdout, "the reason")
    assert hub.ctl("status").returncode == 1
    (refusal,) = [r for r in hub.telemetry.ask("/mcdpdk/refused").values()
                  if isinstance(r, dict) and r["address"] == ADDRESSES["beta"]]
    assert refusal["reason"] == "join_refused" and refusal["count"] == 1
    send(quartet, "gamma", TO_IN, [WAITED_FOR])
    await_groups(hub, "beta", GROUPS)
    reaches(quartet, GROUPS[0], "beta")
    await_condition(lambda: hub.log().count("no join waits for room any more") == 2, "the end in the log, twice")
    assert hub.log().count("joins wait for room in the table of groups: limits.groups is 2") == 2


def test_a_join_waits_no_longer_when_its_group_is_declared(hub, quartet):
    """A reload declares the group that gamma waits for, with alpha as its receiver. gamma gets it, although the table
    is as full as before."""
    send(quartet, "gamma", TO_EX, [WAITED_FOR])
    await_condition(lambda: "gamma: a join was refused" in hub.log(), "the refusal")
    hub.config_file.write_text(json.dumps(CONFIG | {"groups": [{"group": WAITED_FOR, "members": ["alpha"]}]}))
    assert hub.telemetry.ask("/mcdpdk/reload")["status"] == "ok"
    await_groups(hub, "gamma", [WAITED_FOR])
    reaches(quartet, WAITED_FOR, "gamma")


def test_a_flood_of_waiting_joins_harms_nobody(hub, quartet):
    """beta joins 1,000 more groups, gamma one. While all wait the hub answers and serves, and the log does not fill.
    After beta leaves one of its first groups, one join gets the room; after it leaves all, gamma gets its group."""
    send(quartet, "beta", TO_EX, FLOOD)
    await_refused(hub, len(FLOOD))
    send(quartet, "gamma", TO_EX, [WAITED_FOR])
    await_refused(hub, len(FLOOD) + 1)
    reaches(quartet, GROUPS[1], "beta")
    assert igmp(hub)["waiting"] == len(FLOOD) + 1
    assert hub.log().count("a join was refused") == 2 and hub.log().count("joins wait for room") == 1
    send(quartet, "beta", TO_IN, GROUPS[:1])
    await_condition(lambda: igmp(hub)["waiting"] == len(FLOOD), "one has room")
    send(quartet, "beta", TO_IN, GROUPS[1:] + FLOOD)
    await_groups(hub, "gamma", [WAITED_FOR])
    reaches(quartet, WAITED_FOR, "gamma")
    assert igmp(hub)["waiting"] == 0

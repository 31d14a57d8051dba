# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Joined groups follow their member through reloads. Topology: quartet.py.

The members report once and answer no query: what a reload loses stays lost. The hub sends no query during a test.
"""

import copy
import json

import pytest

import quartet as four
from igmp_message import TO_EX, record, report
from quartet import ADDRESSES, udp_to
from waiting import await_condition

CONFIG = four.CONFIG | {
    "groups": [],
    "igmp": {"query_interval": 3600, "query_response_interval": 10, "startup_query_interval": 3600},
}
ADMIT = [{"prefix": "10.0.0.12/31", "encap": ["l2", "gre"]}]
JOINED, OTHER, RUNTIME = "239.3.3.3", "239.3.3.4", "239.3.3.5"


@pytest.fixture(name="start")
def fixture_start(quartet):
    with four.starting_hubs(quartet, CONFIG, driver="deep rings") as start:
        yield start


def declared(*names, **renamed):
    """These members of the quartet, some under another name."""
    members = copy.deepcopy([m for m in four.CONFIG["members"] if m["name"] in names])
    for member in members:
        member["name"] = renamed.get(member["name"], member["name"])
    return members


def groups_of(hub, name):
    return sorted(hub.telemetry.ask(f"/mcdpdk/member_groups,0,{name}").get("groups", []))


def join(hub, quartet, member, name, *groups):
    for group in groups:
        quartet.send(member, report(ADDRESSES[member], record(TO_EX, group)))
    await_condition(lambda: groups_of(hub, name) == sorted(groups), f"{name} in {groups}")
    hub.await_resolved(name)


def reload(hub, **keys):
    """Reload and return the answer."""
    hub.config_file.write_text(json.dumps(CONFIG | keys))
    return hub.telemetry.ask("/mcdpdk/reload")


def reaches(quartet, group, *receivers):
    """Require that a packet of alpha to a group is copied to these members at once."""
    quartet.discard()
    quartet.send("alpha", udp_to(group))
    for receiver in receivers:
        wanted = quartet.copy(receiver, udp_to(group))
        assert wanted in quartet.wires[receiver].frames(), f"{receiver} did not get its copy"


@pytest.mark.parametrize("member, name", [("beta", "l2:10.0.0.12"), ("gamma", "gre:10.0.0.13:7")])
def test_a_member_keeps_its_groups_when_it_is_declared_and_renamed(start, quartet, member, name):
    """An admitted instance has joined a group, and the operator joined it to another. Reloads declare it, rename it,
    and drop the rule that admitted it. Each time it is in both groups under its new name and receives at once."""
    hub = start(members=declared("alpha"), admit=ADMIT)
    join(hub, quartet, member, name, JOINED)
    assert hub.telemetry.ask(f"/mcdpdk/join,{RUNTIME},{name}")["status"] == "ok"
    for keys, next_name in (({"members": declared("alpha", member), "admit": ADMIT}, member),
                            ({"members": declared("alpha", member, **{member: "renamed"}), "admit": ADMIT}, "renamed"),
                            ({"members": declared("alpha", member, **{member: "again"})}, "again")):
        assert reload(hub, **keys)["status"] == "ok"
        assert sorted(hub.telemetry.listing("members")) == sorted(["alpha", next_name])
        assert hub.telemetry.ask(f"/mcdpdk/member,{next_name}")["origin"] == "static"
        assert groups_of(hub, next_name) == [JOINED, RUNTIME]
        reaches(quartet, JOINED, member)
        reaches(quartet, RUNTIME, member)
    assert [(r["member"], r["origins"]) for r in hub.telemetry.receivers(JOINED)] == [("again", ["igmp"])]


def test_swapped_names_do_not_swap_memberships(start, quartet):
    """beta and gamma joined a group each. After the swap each still gets its group, under the new name."""
    hub = start(members=declared("alpha", "beta", "gamma"))
    join(hub, quartet, "beta", "beta", JOINED)
    join(hub, quartet, "gamma", "gamma", OTHER)
    answer = reload(hub, members=declared("alpha", "beta", "gamma", beta="gamma", gamma="beta"))
    assert answer["status"] == "ok"
    assert groups_of(hub, "gamma") == [JOINED] and groups_of(hub, "beta") == [OTHER]
    reaches(quartet, JOINED, "beta")
    reaches(quartet, OTHER, "gamma")


def test_a_refused_reload_keeps_all_memberships(start, quartet):
    """`limits.groups` is 4; beta joins 4 groups, and delta one of them; a reload declares 4 others. The next reload
    declares yet another 4, for which there is no room, renames beta and replaces delta by gamma. It is refused and
    changes nothing."""
    def static(number, member="delta"):
        return [{"group": f"239.{number}.0.{i}", "members": [member]} for i in range(4)]

    limits = {"members": 16, "groups": 4}
    joined = [f"239.3.3.{i}" for i in range(4)]
    members = declared("alpha", "beta", "delta")
    hub = start(members=members, limits=limits)
    join(hub, quartet, "beta", "beta", *joined)
    join(hub, quartet, "delta", "delta", joined[3])
    assert reload(hub, members=members, limits=limits, groups=static(1))["status"] == "ok"
    hub.await_resolved("delta")
    answer = reload(hub, members=declared("alpha", "beta", "gamma", beta="bravo"), limits=limits,
                    groups=static(2, "gamma"))
    assert answer["status"] == "error" and "limits.groups" in answer["message"], answer
    assert answer["generation"] == 2
    assert sorted(hub.telemetry.listing("members")) == ["alpha", "beta", "delta"]
    assert groups_of(hub, "beta") == joined
    assert joined[3] in groups_of(hub, "delta")
    assert sorted(hub.telemetry.listing("groups")) == sorted(joined + [entry["group"] for entry in static(1)])
    reaches(quartet, joined[3], "beta", "delta")
    reaches(quartet, "239.1.0.3", "delta")

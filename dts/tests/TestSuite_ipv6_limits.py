# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Many members over IPv6, found by neighbour discovery, and many groups of IPv6, declared and joined. Topology:
crowd6.py.

With --full 4,000 members and 200,000 groups. The members' kernel answers each solicitation; what they say by MLD is
made here. The table has room for these groups and no more.
"""

import ipaddress
import itertools
from collections import Counter

import pytest

from crowd6 import RECORDS, TO_EX, TO_IN, Crowd6
from hub import LONGEST_SLICE_UNDER_LOAD_US, RX_AND_TX
from ipv6_cloud import HUB_ADDRESS6, Ipv6Cloud
from waiting import await_condition

# Members; declared groups of "*"; who joins how many groups each.
CI = 500, 10000, 10, 1000
FULL = 4000, 100000, 100, 1000
DECLARED, JOINED, LATER = (int(ipaddress.ip_address(f"ff1e::{n}:0:0")) for n in (1, 2, 3))


def text(group):
    return str(ipaddress.IPv6Address(group))


class Bed:
    def __init__(self, cloud, members, declared, joiners, joined):
        self.crowd = Crowd6(cloud, members)
        self.declared = range(DECLARED, DECLARED + declared)
        self.joiners, self.joined = range(joiners), joined
        self.reports = 0
        self._serial = itertools.count()

    def config(self, less=0):
        declarations = self.crowd.declarations()
        return {
            "ports": [{"address6": f"{HUB_ADDRESS6}/64"}],
            "members": declarations[:len(declarations) - less],
            "groups": [{"group": text(group), "members": ["*"]} for group in self.declared],
            "limits": {"members": len(declarations), "groups": len(self.declared) + len(self.all_of(JOINED))},
            # One query at the start, and none later.
            "mld": {"immediate_leave": True, "query_interval": 3600, "robustness": 1},
            "idle": "sleep",
        }

    def groups_of(self, member, first=JOINED):
        return range(first + member * self.joined, first + (member + 1) * self.joined)

    def all_of(self, first):
        return range(first, first + len(self.joiners) * self.joined)

    def report(self, kind, first):
        """Each joiner reports all its groups; they take turns."""
        for begin in range(0, self.joined, RECORDS):
            for member in self.joiners:
                groups = self.groups_of(member, first)[begin:begin + RECORDS]
                self.crowd.report(member, kind, [group.to_bytes(16, "big") for group in groups])
                self.reports += 1

    def await_joined(self, hub, count):
        """All reports were read and counted."""
        await_condition(lambda: hub.telemetry.ask("/mcdpdk/mld")["rx_v2_report"] >= self.reports, "all reports")
        found = hub.telemetry.ask("/mcdpdk/mld")
        assert (found["rx_v2_report"], found["groups"]) == (self.reports, count)

    def reached(self, group):
        """Who gets a datagram to this group from the last member, who joins nothing; a declared one follows it."""
        sender = self.crowd.members[-1]
        payload, marker = (b"%d" % next(self._serial) for _ in range(2))
        self.crowd.send_datagram(sender, text(group), payload)
        self.crowd.send_datagram(sender, text(DECLARED), marker)
        got, marked = Counter(), set()
        for member, data in self.crowd.datagrams():
            if data == payload:
                assert member not in marked
                got[member] += 1
            elif data == marker:
                marked.add(member)
            if len(marked) == len(self.crowd.members) - 1:
                return got


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud():
    with Ipv6Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud, request):
    return Bed(cloud, *(FULL if request.config.getoption("--full") else CI))


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, bed):
    with cloud.running_hub(bed.config(), lcores=RX_AND_TX, driver="deep rings") as hub:
        yield hub
        drops = {reason: count for reason, count in hub.drops().items() if count}
        # The kernel of the crowd reports its own memberships.
        assert set(drops) <= {"not_for_us"}, drops
        assert hub.control()["longest_slice_us"] <= LONGEST_SLICE_UNDER_LOAD_US


def test_each_member_is_found_and_gets_its_query(bed, hub):
    queried = set()
    for member in bed.crowd.general_queries():
        queried.add(member)
        if len(queried) == len(bed.crowd.members):
            break
    assert queried == set(bed.crowd.members)
    assert hub.telemetry.listing("members") == [bed.crowd.name(member) for member in bed.crowd.members]
    assert hub.telemetry.ask("/mcdpdk/mld")["tx_general_query"] == len(queried)


def test_a_datagram_to_all_reaches_each_other_member_once(bed, hub):
    for group in (bed.declared[0], bed.declared[-1]):
        assert bed.reached(group) == Counter(bed.crowd.members[:-1])
        assert hub.telemetry.ask(f"/mcdpdk/group,{text(group)}")["receivers"] == len(bed.crowd.members)


@pytest.mark.parametrize("first", [JOINED, LATER], ids=["groups", "others"])
def test_groups_are_joined_and_left_by_mld(bed, hub, first):
    """They fill the table: telemetry lists each once, pages of them are those of a member, and a datagram reaches who
    joined. After the leaves there is room for as many others."""
    bed.report(TO_EX, first)
    bed.await_joined(hub, len(bed.all_of(first)))
    assert sorted(hub.telemetry.listing("groups")) == sorted(map(text, (*bed.declared, *bed.all_of(first))))
    for member in (bed.joiners[0], bed.joiners[-1]):
        pages = hub.telemetry.pages("/mcdpdk/member_groups", f",{bed.crowd.name(member)}")
        listed = [group for page in pages for group in page["groups"]]
        assert len(listed) == len(set(listed)) == bed.joined + len(bed.declared)
        assert set(map(text, bed.groups_of(member, first))) <= set(listed)
        for group in (bed.groups_of(member, first)[0], bed.groups_of(member, first)[-1]):
            assert bed.reached(group) == {member: 1}
    bed.report(TO_IN, first)
    bed.await_joined(hub, 0)
    assert len(hub.telemetry.listing("groups")) == len(bed.declared)


def test_a_reload_takes_a_member_away_and_brings_it_back(bed, hub):
    last = text(bed.declared[-1])
    for less in (1, 0):
        hub.reload_and_wait(bed.config(less))
        assert hub.telemetry.ask(f"/mcdpdk/group,{last}")["receivers"] == len(bed.crowd.members) - less
    hub.await_resolved(bed.crowd.name(bed.crowd.members[-1]))
    assert bed.reached(bed.declared[-1]) == Counter(bed.crowd.members[:-1])

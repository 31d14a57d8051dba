# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Two hubs are one switch for a segment and one router between overlay addresses. Topology: domain.py. Each hub receives
on one lcore and sends on another.

    east: vxlan 192.168.9.11, gre 192.168.9.12     west: vxlan 192.168.9.21, gre 192.168.9.22
          fd00:9::11          fd00:9::12                 fd00:9::21          fd00:9::22
"""

import itertools

import pytest

from domain import Domain
from domain_members import Member, await_path, ipv6_of, udp_to
from hub import RX_AND_TX
from ipv6_cloud import add_address, open_ipv6
from segment import INSIDE_MTU
from waiting import await_condition

HUBS = ("east", "west")
HUB_OVERLAY, HUB_OVERLAY6 = "192.168.9.254", "fd00:9::fe"
OVERLAYS = {"east-vxlan": 11, "east-gre": 12, "west-vxlan": 21, "west-gre": 22}
GROUPS = ("239.1.0.1", "ff05::1:3", "ff1e::1:3")
LINK_LOCAL_GROUPS = ("224.0.0.251", "ff02::fb")
SOURCE_SPECIFIC = ("232.1.0.1", "ff3e::8000:1")


class Neighbour(Member):
    """All are of one overlay."""

    def _open(self):
        self.overlay = self.source = f"192.168.9.{OVERLAYS[self.name]}"
        self.overlay6 = f"fd00:9::{OVERLAYS[self.name]}"
        super()._open()
        open_ipv6(self.node, self.dev)
        add_address(self.node, self.dev, self.overlay6)

    def declaration(self):
        return super().declaration() | {"overlay": self.overlay, "overlay6": self.overlay6}

    def ping(self, address, *options):
        return self.node.attempt("ping", "-n", "-c", "1", "-W", "2", *options, address).returncode == 0


def ask(domain, name, *words):
    return domain.hubs[name].telemetry.ask(",".join(words))


@pytest.fixture(scope="module", name="domain")
def fixture_domain():
    with Domain(HUBS) as domain:
        domain.etcd.start()
        yield domain


@pytest.fixture(scope="module", name="members")
def fixture_members(domain):
    made = [Neighbour(domain, *name.split("-")) for name in OVERLAYS]
    return {member.name: member for member in made}


@pytest.fixture(scope="module", name="running", autouse=True)
def fixture_running(domain, members):
    for name in HUBS:
        own = [member.declaration() for member in members.values() if member.hub == name]
        config = domain.configuration(name, own, overlay={
            "address": f"{HUB_OVERLAY}/24", "address6": f"{HUB_OVERLAY6}/64"})
        domain.start(name, config, lcores=RX_AND_TX)
    for hub in domain.hubs.values():
        hub.await_resolved()
    domain.await_up()
    for name, other in itertools.permutations(HUBS, 2):
        await_condition(lambda: reach(domain, name, other) == (1, 4), f"{name} knows what is behind {other}")
    yield
    domain.settled()


def reach(domain, name, other):
    """How many segments and hosts a hub knows behind another."""
    peer = domain.peers(name)[other]
    return peer["segments"], peer["hosts"]


def stations(domain, name):
    pages = domain.hubs[name].telemetry.pages("/mcdpdk/stations")
    records = [page[key] for page in pages for key in page if key.startswith("r")]
    return {record["mac"]: record["member"] for record in records}


def test_the_hubs_tell_their_segments_and_hosts(domain):
    assert {"+vni/100", "+host/192.168.9.21", "+host/192.168.9.22", "+host/fd00:9::21", "+host/fd00:9::22"} <= set(
        ask(domain, "west", "/mcdpdk/interest", "0")["changes"])
    assert reach(domain, "east", "west") == (1, 4)


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("one, other", itertools.permutations(OVERLAYS, 2))
def test_any_two_reach_each_other(members, one, other, version):
    """In a segment by ARP or neighbour discovery and MAC address, in GRE by overlay address, from one into the other by
    the hub that serves the member."""
    address = members[other].overlay if version == 4 else members[other].overlay6
    await_condition(lambda: members[one].ping(address), f"{one} reaches {other}")


def test_a_frame_as_long_as_the_segment_allows_crosses(domain, members):
    """It is longer than a packet between the hubs may be, so the link's packet is cut."""
    before = domain.hubs["east"].stats()["tx_fragments"]
    headers = 28
    await_condition(lambda: members["east-vxlan"].ping(members["west-vxlan"].overlay, "-M", "do", "-s",
                                                       str(INSIDE_MTU - headers)), "a long frame crosses")
    assert domain.hubs["east"].stats()["tx_fragments"] > before


@pytest.mark.parametrize("name", OVERLAYS)
def test_each_reaches_the_hub_that_serves_it(members, name):
    assert members[name].ping(HUB_OVERLAY)
    assert members[name].ping(HUB_OVERLAY6)


def test_a_station_is_learned_behind_the_other_hub(domain, members):
    await_condition(lambda: members["east-vxlan"].ping(members["west-vxlan"].overlay), "a path in the segment")
    mac = members["west-vxlan"].node.device_mac("vx0")
    await_condition(lambda: stations(domain, "east").get(mac) == "peer:west", f"{mac} is learned")
    assert stations(domain, "west")[mac] == "west-vxlan"


@pytest.mark.parametrize("group", (*GROUPS, *LINK_LOCAL_GROUPS))
def test_a_group_reaches_each_receiver_once(domain, members, group):
    """Inside the segment and outside it, at both hubs."""
    sender = members["east-vxlan"]
    receivers = [members[name] for name in OVERLAYS if name != sender.name]
    for receiver in receivers:
        receiver.join(group)
    await_path(sender, group, *receivers)
    packet = udp_to(group, sender.source, b"once")
    sender.send(packet)
    for receiver in receivers:
        receiver.expect(packet)
    domain.settled()
    for receiver in receivers:
        receiver.assert_quiet(group)


@pytest.mark.parametrize("group", SOURCE_SPECIFIC)
def test_a_source_reaches_who_joined_it_at_the_other_hub(domain, members, group):
    """And no other source does."""
    receiver, wanted, other = (members[name] for name in ("west-gre", "east-vxlan", "east-gre"))
    source = ipv6_of(wanted.source) if ":" in group else wanted.source
    receiver.join(group, source)
    await_path(wanted, group, receiver)
    other.send(udp_to(group, other.source, b"of another source"))
    packet = udp_to(group, wanted.source, b"once")
    wanted.send(packet)
    receiver.expect(packet)
    domain.settled()
    receiver.assert_quiet(group)

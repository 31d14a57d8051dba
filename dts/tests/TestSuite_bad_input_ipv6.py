# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Mutated frames of a network of IPv6 through the running hub. Topology: ipv6_underlay.py."""

import random

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6NDOptDstLLAddr, ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    RouterAlert)
from scapy.layers.l2 import GRE, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN

import mld_message
from ipv6_cloud import HUB_ADDRESS6, Ipv6Cloud
from ipv6_underlay import GRE_UDP_PORT, GROUP, KEY, KINDS, OVER_IPV4, PORT, VXLAN_PORT, Members, config, taking
from mutation import mutate

FRAMES, MANY_FRAMES = 50_000, 500_000
BURST = 100
# A seed makes a failure reproducible.
SEED = 20261201
NAMES = tuple(name for name in KINDS if name not in OVER_IPV4)
ALL_NODES = "ff02::1"
FRAGMENT_LEN = 64


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud():
    with Ipv6Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Members(cloud)


def inside(name, version):
    """A packet to the group as the member's kernel sends it."""
    header = {4: IP, 6: IPv6}[version](src=KINDS[name].source(version), dst=GROUP[version])
    return header / UDP(sport=4000, dport=PORT) / b"payload"


def in_segment(name, packet):
    mac = "01:00:5e:01:01:01" if packet.version == 4 else "33:33:00:01:00:03"
    return (UDP(sport=50000, dport=VXLAN_PORT) / VXLAN(vni=KINDS[name].keys["vni"], flags=8)
            / Ether(src="02:00:00:00:0b:01", dst=mac) / packet)


def in_gre(packet, **fields):
    return GRE(proto=0x0800 if packet.version == 4 else 0x86DD, **fields) / packet


def fragments(header, packet):
    """The payload of a packet in two."""
    whole = IPv6(raw(header / packet))
    payload = raw(whole.payload)
    for offset, part in ((0, payload[:FRAGMENT_LEN]), (FRAGMENT_LEN, payload[FRAGMENT_LEN:])):
        yield header / IPv6ExtHdrFragment(nh=whole.nh, offset=offset // 8, m=offset == 0, id=7) / part


def seeds(members):
    """Pairs of an owner and one frame of each kind that the hub parses."""
    hub = members.cloud.hub_node.mac
    mac = {name: members.nodes[name].mac for name in NAMES}

    def outer(name, destination=HUB_ADDRESS6, **fields):
        return IPv6(src=KINDS[name].address, dst=destination, **fields)

    keyed = {"key_present": 1, "key": KEY}
    report = mld_message.report("fe80::3", mld_message.record(mld_message.TO_IN, GROUP[6], "fd00::1"))
    packets = [
        ("alice", outer("alice") / in_segment("alice", inside("alice", 6))),
        ("alice", outer("alice") / in_segment("alice", inside("alice", 4))),
        ("dave", outer("dave") / in_gre(inside("dave", 6), **keyed)),
        ("dave", outer("dave", tc=0xB8, fl=77) / in_gre(inside("dave", 4), chksum_present=1, **keyed)),
        ("dave", outer("dave") / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / IPv6ExtHdrDestOpt()
         / in_gre(inside("dave", 6), **keyed)),
        ("dave", outer("dave") / in_gre(IP(src=KINDS["dave"].source(4), dst=KINDS["erin"].source(4)) / UDP(), **keyed)),
        ("dave", outer("dave") / in_gre(report, **keyed)),
        ("erin", outer("erin") / UDP(sport=50000, dport=GRE_UDP_PORT) / in_gre(inside("erin", 6))),
        ("frank", outer("frank") / UDP(sport=50000, dport=GRE_UDP_PORT, chksum=0) / in_gre(inside("frank", 4))),
        ("plain", inside("plain", 6)),
        ("sock", inside("sock", 6)),
        ("sock", outer("sock", hlim=255) / ICMPv6ND_NS(tgt=HUB_ADDRESS6) / ICMPv6NDOptSrcLLAddr(lladdr=mac["sock"])),
        ("sock", outer("sock", hlim=255) / ICMPv6ND_NA(tgt=KINDS["sock"].address, S=1, O=1)
         / ICMPv6NDOptDstLLAddr(lladdr=mac["sock"])),
        ("sock", IPv6(src="fe80::77", dst=ALL_NODES, hlim=255) / ICMPv6ND_RA(routerlifetime=9)
         / ICMPv6NDOptSrcLLAddr(lladdr=mac["sock"]) / ICMPv6NDOptPrefixInfo(prefix="fd00::")),
        ("sock", outer("sock") / ICMPv6EchoRequest(data=bytes(100))),
        ("sock", outer("sock") / ICMPv6PacketTooBig(mtu=1400)
         / IPv6(src=HUB_ADDRESS6, dst=KINDS["dave"].address) / in_gre(inside("erin", 6), **keyed)),
        *(("erin", fragment) for fragment in
          fragments(outer("erin"), UDP(sport=50000, dport=GRE_UDP_PORT) / in_gre(inside("erin", 6)))),
    ]
    frames = [(name, Ether(src=mac[name], dst=hub) / packet) for name, packet in packets]
    frames.append(("dave", Ether(src=mac["dave"], dst=hub) / Dot1Q(vlan=3) / packets[2][1]))
    return [(name, raw(frame)) for name, frame in frames]


@pytest.mark.parametrize("count", [FRAMES, pytest.param(MANY_FRAMES, marks=pytest.mark.slow)])
def test_mutated_frames_do_no_harm(cloud, members, count):
    """They come in bursts that end with an ordinary packet, whose copy alice's kernel awaits. The hub counts each; then
    ordinary packets of each member reach all, no buffer is lost, and the hub ends with status 0."""
    declared = config(NAMES)["members"]
    # A mutated advertisement may claim an address.
    for member in declared:
        if member["name"] in ("alice", "dave"):
            member["mac"] = members.nodes[member["name"]].mac
    with cloud.start_hub(config(NAMES, members=declared, mld={}, igmp={}), driver="af_xdp") as hub:
        hub.await_resolved()
        before = hub.settled()[0]["rx_packets"]
        rng, frames = random.Random(SEED), seeds(members)
        with members.receiver("alice", 6) as receiver:
            for burst in range(count // BURST):
                for _ in range(BURST):
                    name, frame = rng.choice(frames)
                    members.wires[name].send(mutate(rng, frame))
                marker = b"burst %d" % burst
                members.send("dave", 6, marker)
                receiver.datagrams_until(marker)

        stats, drops = hub.settled()
        assert stats["rx_packets"] - before > count * 0.9
        for reason in ("malformed", "bad_checksum", "not_for_us", "source_denied", "no_receiver"):
            assert drops[reason] > 0, f"no {reason}: the mutations did not reach that far"
        for reason in ("rx_fragments", "control_packets", "unicast_packets"):
            assert stats[reason] > 0, f"no {reason}: the mutations did not reach that far"
        for name in ("alice", "dave", "erin", "frank", "plain"):
            members.check_delivery(name, 6, taking(6, NAMES), b"after them")
        hub.settled()
        hub.stop()

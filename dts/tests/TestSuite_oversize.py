# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Copies that exceed a member's path MTU. Topology: encapsulations.py, every link 1500.

After each test the sums balance and the wires are quiet.
"""

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import GRE, Ether

from encapsulations import (
    ADDRESSES, CONFIG, GRE_UDP_PORT, GROUP, IPV6_GROUP, IPV6_RECEIVERS, OVER_UDP, RECEIVERS, TAPS, VXLANS,
    Encapsulations, rewritten)
from quartet import starting_hubs
from topo import HUB_ADDRESS

MTU = 1500
SMALL = 900
AROUND = {"tunnel": 20 + 8, "over-udp": 20 + 8 + 4} | dict.fromkeys(VXLANS, 20 + 8 + 8 + 14) | {
    name: 20 + (4 if key is None else 8) + 14 for name, key in TAPS.items()}
PORTS = {"socket": 6000, "far-socket": 5000}
SMALL_CONFIG = CONFIG | {"members": [m | {"mtu": SMALL} for m in CONFIG["members"]]}


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Encapsulations(cloud)


@pytest.fixture(name="start")
def fixture_start(members):
    def settle(hub):
        hub.settled()
        members.assert_quiet()

    with starting_hubs(members, CONFIG, settle, driver="af_xdp") as start:
        yield start


def large(total_len, flags=0):
    body = bytes(i * 7 % 251 for i in range(total_len - 28))
    return IP(src=ADDRESSES["plain"], dst=GROUP, id=0x1234, flags=flags) / UDP(
        sport=4000, dport=5000) / body


def collect(members, receiver, count, mtu):
    """The IP packets of the receiver's next frames, none over its MTU."""
    packets = []
    for frame in members.wires[receiver].frames():
        assert len(frame) - 14 <= mtu
        packets.append(IP(frame[14:]))
        if len(packets) == count:
            return packets
    raise AssertionError(f"{receiver} got {len(packets)} of {count} frames")


def join(fragments):
    """The packet of these fragments, which are in order and without a gap."""
    body = b""
    for piece in fragments:
        assert piece.frag * 8 == len(body)
        assert piece.flags.MF == (piece is not fragments[-1])
        assert piece.id == fragments[0].id and not piece.flags.DF
        body += raw(piece.payload)
    whole = fragments[0].copy()
    whole.remove_payload()
    whole.flags, whole.len, whole.chksum = 0, 20 + len(body), None
    return IP(raw(whole) + body)


def inside(receiver, packet):
    return IP(raw(packet)[AROUND.get(receiver, 0):])


@pytest.mark.parametrize("receiver", [r for r in RECEIVERS if r != "plain"])
def test_an_inner_packet_without_df_is_fragmented_inside(start, members, receiver):
    """With a path MTU of 900 the copy is two packets in the member's form that join to the original."""
    config = SMALL_CONFIG | {"groups": [{"group": GROUP, "members": [receiver]}]}
    hub = start(**config)
    packet = large(MTU)
    members.send("plain", packet)
    outer = collect(members, receiver, 2, SMALL)
    whole = join([inside(receiver, p) for p in outer])
    wanted = packet
    if receiver in PORTS:
        ttl = 64 if receiver == "far-socket" else None
        wanted = rewritten(packet, ADDRESSES[receiver], PORTS[receiver], ttl)
    assert raw(whole) == raw(wanted)
    assert hub.settled()[0]["tx_fragments"] == 1


@pytest.mark.parametrize("receiver", ["tunnel", *OVER_UDP])
def test_a_packet_with_df_is_fragmented_outside(start, members, receiver):
    """A tunnel's path MTU is 900. The outer packets of 1,500 bytes are fragments with DF clear and a nonzero ID for
    each packet; they join to the member's copy with the unchanged packet."""
    config = SMALL_CONFIG | {"groups": [{"group": GROUP, "members": [receiver]}]}
    start(**config)
    packet = large(MTU, "DF")
    ids = set()
    for _ in range(3):
        members.send("plain", packet)
        fragments = collect(members, receiver, 2, SMALL)
        whole = join(fragments)
        assert raw(inside(receiver, whole)) == raw(packet)
        assert (whole.src, whole.dst, whole.ttl) == ("10.0.0.10", ADDRESSES[receiver], 64)
        ids.add(whole.id)
    assert len(ids) == 3 and 0 not in ids


def test_each_start_of_the_hub_begins_with_other_ids(members):
    """A receiver keeps fragments of the one before for a while, and would mix them with new ones of the same ID."""
    ids = set()
    for _ in range(2):
        with starting_hubs(members, SMALL_CONFIG, driver="af_xdp") as start:
            start(groups=[{"group": GROUP, "members": ["tunnel"]}])
            members.send("plain", large(MTU, "DF"))
            ids.add(join(collect(members, "tunnel", 2, SMALL)).id)
    assert len(ids) == 2, ids


def test_an_ipv6_packet_is_fragmented_outside(start, members):
    """RFC 8200 5: only its source may fragment it; a plain frame leaves no outside. With `oversize: "drop"` its copies
    are `copy_oversize`."""
    hub = start(**SMALL_CONFIG)
    packet = IPv6(src="fd00::1", dst=IPV6_GROUP, hlim=1) / UDP(sport=4000, dport=5000) / (bytes(range(250)) * 5)
    receivers = [name for name in IPV6_RECEIVERS if name not in ("near", "plain")]
    members.send("near", packet)
    hub.await_drop("copy_oversize", 1)
    for receiver in receivers:
        whole = join(collect(members, receiver, 2, SMALL))
        assert raw(whole)[AROUND[receiver]:] == raw(packet), receiver
        assert (whole.src, whole.dst, whole.ttl) == ("10.0.0.10", ADDRESSES[receiver], 64) and whole.id
    hub.reload_and_wait(SMALL_CONFIG | {"oversize": "drop"})
    members.send("near", packet)
    hub.await_drop("copy_oversize", len(receivers) + 2)


def test_a_packet_with_df_is_dropped_without_a_tunnel(start, members):
    """To `l2` and `udp` receivers it is `copy_oversize`, also in the member's counter."""
    hub = start(**SMALL_CONFIG | {"groups": [{"group": GROUP, "members": ["plain", "socket"]}]})
    members.send("tunnel", large(1400, "DF"))
    hub.await_drop("copy_oversize", 2)
    assert hub.telemetry.ask("/mcdpdk/member,socket")["drops"] == 1


def test_oversize_drop_ends_with_a_reload(start, members):
    """With `oversize: "drop"`, packets with and without DF are `copy_oversize`. After a reload with `"fragment"` the
    copy arrives in fragments."""
    config = SMALL_CONFIG | {"groups": [{"group": GROUP, "members": ["tunnel"]}]}
    hub = start(**config | {"oversize": "drop"})
    members.send("plain", large(MTU))
    members.send("plain", large(MTU, "DF"))
    hub.await_drop("copy_oversize", 2)
    hub.reload_and_wait(config)
    members.send("plain", large(MTU))
    assert raw(join([inside("tunnel", p) for p in collect(members, "tunnel", 2, SMALL)])) == raw(
        large(MTU))


def test_only_receivers_with_too_small_a_path_get_fragments(start, members):
    """1,480 bytes do not fit into GRE over 1500: the tunnels get two frames, the others the packet unchanged."""
    start()
    packet = large(1480)
    members.send("plain", packet)
    for receiver in ("socket", "far-socket"):
        members.expect(receiver, packet)
    for receiver in ("tunnel", *TAPS, *OVER_UDP):
        whole = join([inside(receiver, p) for p in collect(members, receiver, 2, MTU)])
        assert raw(whole) == raw(packet)


def test_a_kernel_reassembles_the_fragments(start, members):
    """A program on a `udp` receiver with a small path gets the whole datagram."""
    start(**SMALL_CONFIG)
    program = members.programs["socket"]
    program.settimeout(5)
    packet = large(1400)
    members.send("plain", packet)
    while program.recv(2000) != raw(packet[UDP].payload):
        pass
    for receiver in RECEIVERS:
        if receiver != "plain":
            collect(members, receiver, 2, SMALL)


@pytest.mark.parametrize("receiver", ["plain", "tunnel", "over-udp", "socket"])
def test_no_copy_is_larger_than_its_port_carries(start, members, receiver):
    """The members' `mtu` is 9600, the port's 1500; the hub reassembles a tunnel's 4,000 bytes. The copies are fragments
    of the port's size; no copy is dropped."""
    wide = [m | {"mtu": 9600} for m in CONFIG["members"]]
    hub = start(members=wide, groups=[{"group": GROUP, "members": [receiver]}])
    assert "more than that of its port" in hub.log()
    sender = "over-udp" if receiver == "tunnel" else "tunnel"
    packet = IP(src="192.168.10.9", dst=GROUP, id=7) / UDP(sport=4000, dport=5000) / bytes(4000)
    outer = IP(src=ADDRESSES[sender], dst=HUB_ADDRESS, id=9)
    if sender == "tunnel":
        outer = outer / GRE(proto=0x0800, key_present=1, key=7) / raw(packet)
    else:
        outer = outer / UDP(sport=50000, dport=GRE_UDP_PORT, chksum=0) / GRE(proto=0x0800) / raw(packet)
    for piece in fragment(outer, fragsize=1480):
        members.wires[sender].send(Ether(src=members.mac(sender), dst=members.hub_mac, type=0x0800) / piece)
    whole = join([inside(receiver, p) for p in collect(members, receiver, 3, MTU)])
    assert len(raw(whole)) == len(raw(packet))
    assert raw(whole)[-4000:] == bytes(4000)
    hub.settled()
    assert hub.telemetry.ask("/mcdpdk/stats")["tx_data_packets"] == 3

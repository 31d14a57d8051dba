# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Tunnels whose outer packets come in fragments. Topology: encapsulations.py, every link 1500."""

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP, fragment
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import GRE, Ether

from encapsulations import (
    ADDRESSES, CONFIG, GROUP, GRE_UDP_PORT, HUB_OVERLAY, IPV6_GROUP, IPV6_RECEIVERS, Encapsulations)
from topo import HUB_ADDRESS
from traffic import ether_type
from waiting import await_condition

SENDERS = ("tunnel", "over-udp")


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Encapsulations(cloud)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, members):
    with cloud.running_hub(CONFIG, driver="af_xdp") as hub:
        members.discard()
        yield hub
        hub.settled()
        members.assert_quiet()


def datagram(length, mark=0):
    return IP(src="192.168.10.7", dst=GROUP, id=mark, ttl=1) / UDP(sport=4000, dport=5000) / bytes(
        (i + mark) % 251 for i in range(length))


def around(sender, packet, outer_id, source=None):
    """The tunnel's packet from a sender that may fragment it."""
    outer = IP(src=source or ADDRESSES[sender], dst=HUB_ADDRESS, id=outer_id)
    if sender == "tunnel":
        return outer / GRE(proto=ether_type(packet), key_present=1, key=7) / raw(packet)
    return outer / UDP(sport=50000, dport=GRE_UDP_PORT, chksum=0) / GRE(proto=ether_type(packet)) / raw(packet)


def send_ip(members, sender, packet):
    members.wires[sender].send(
        Ether(src=members.mac(sender), dst=members.hub_mac, type=0x0800) / raw(packet))


def receivers(sender):
    return [name for name in ADDRESSES if name != sender]


@pytest.mark.parametrize("order", ["in order", "backwards", "twice the last first"])
@pytest.mark.parametrize("sender", SENDERS)
def test_fragments_become_the_packet(hub, members, sender, order):
    """A tunnel's packet comes in three fragments in any order; "twice": interleaved with another's. Every other member
    gets its copy of the whole, to the byte; the fragments are counted."""
    packet = datagram(1200, mark=SENDERS.index(sender))
    before = hub.settled()[0]
    pieces = fragment(around(sender, packet, 77), fragsize=480)
    assert len(pieces) == 3
    if order != "in order":
        pieces.reverse()
    if order == "twice the last first":
        pieces.insert(0, fragment(around(sender, packet, 78), fragsize=480)[2])
        pieces += fragment(around(sender, packet, 78), fragsize=480)[:2]
    for piece in pieces:
        send_ip(members, sender, piece)
    for _ in range(len(pieces) // 3):
        for receiver in receivers(sender):
            members.expect(receiver, packet)
    after = hub.settled()[0]
    assert after["rx_fragments"] - before["rx_fragments"] == len(pieces)
    assert after["reassembled_packets"] - before["reassembled_packets"] == len(pieces) // 3
    assert after["data_packets"] - before["data_packets"] == len(pieces) // 3


@pytest.mark.parametrize("sender", SENDERS)
def test_fragments_become_the_packet_of_ipv6(hub, members, sender):
    """Forwards and backwards."""
    packet = IPv6(src="fd00::7", dst=IPV6_GROUP, hlim=1) / UDP(sport=4000, dport=5000) / (bytes(range(240)) * 5)
    before = hub.stats()["reassembled_packets"]
    for outer_id, step in ((87, 1), (88, -1)):
        for piece in fragment(around(sender, packet, outer_id), fragsize=480)[::step]:
            send_ip(members, sender, piece)
        for receiver in IPV6_RECEIVERS:
            if receiver != sender:
                members.expect(receiver, packet)
    assert hub.settled()[0]["reassembled_packets"] == before + 2


def test_a_packet_larger_than_any_link_is_forwarded(hub, members):
    """4,000 bytes in three fragments are reassembled, and fragmented again for each receiver without loss."""
    packet = datagram(3972)
    before = hub.settled()[0]
    for piece in fragment(around("tunnel", packet, 79), fragsize=1480):
        send_ip(members, "tunnel", piece)
    got = b""
    while len(got) < 3980:
        frame = next(members.wires["plain"].frames())
        piece = IP(frame[14:])
        assert piece.frag * 8 == len(got)
        got += raw(piece.payload)
    assert got == raw(packet.payload)
    after = hub.settled()[0]
    assert after["reassembled_packets"] - before["reassembled_packets"] == 1
    members.discard()


def test_hub_answers_a_long_ping(hub, members):
    """Pings of three fragments from plain's kernel get answers in fragments."""
    assert " 0% packet loss" in members.nodes["plain"].run(
        "ping", "-c", "3", "-i", "0.05", "-s", "4000", HUB_ADDRESS)
    members.discard()


def test_incomplete_datagram_is_given_up(hub, members):
    """Two of three fragments count as `reassembly` after a second; so does the late third."""
    before = hub.drops()["reassembly"]
    pieces = fragment(around("tunnel", datagram(1200), 80), fragsize=480)
    send_ip(members, "tunnel", pieces[0])
    send_ip(members, "tunnel", pieces[2])
    await_condition(lambda: hub.drops()["reassembly"] == before + 2, "2 given up")
    send_ip(members, "tunnel", pieces[1])
    await_condition(lambda: hub.drops()["reassembly"] == before + 3, "3 given up")


def test_fragments_of_unknown_senders_are_not_kept(hub, members):
    """They are `source_denied` at once."""
    before = hub.drops()
    for piece in fragment(around("tunnel", datagram(1200), 81, "10.0.0.99"), fragsize=480):
        send_ip(members, "tunnel", piece)
    await_condition(lambda: hub.drops()["source_denied"] == before["source_denied"] + 3, "3 denied")
    assert hub.drops()["reassembly"] == before["reassembly"]


def test_pings_of_unknown_senders_do_not_block_members(hub, members):
    """Few of 40 first fragments of an unknown sender's pings wait, and all count as `reassembly`; a member's ping in
    fragments is answered."""
    before = hub.drops()["reassembly"]
    for number in range(40):
        ping = IP(src="10.0.0.99", dst=HUB_ADDRESS, id=500 + number) / ICMP() / bytes(900)
        send_ip(members, "tunnel", fragment(ping, fragsize=480)[0])
    assert " 0% packet loss" in members.nodes["plain"].run("ping", "-c", "1", "-s", "2000", HUB_ADDRESS)
    await_condition(lambda: hub.drops()["reassembly"] == before + 40, "40 given up")
    members.discard()


def test_hub_answers_an_unknown_long_ping(hub, members, cloud):
    """An instance that is no member gets answers to pings of two fragments."""
    unknown = cloud.add_instance("unknown", "10.0.0.98")
    assert " 0% packet loss" in unknown.run("ping", "-c", "2", "-i", "0.05", "-s", "2000", HUB_ADDRESS)
    members.discard()


@pytest.mark.parametrize("sender", SENDERS)
def test_hub_answers_a_ping_in_fragments_inside_a_tunnel(hub, members, sender):
    """An echo request of 900 bytes to `hub_overlay` in two inner fragments gets one whole answer."""
    request = IP(src="192.168.10.7", dst=HUB_OVERLAY, id=6) / ICMP(id=9, seq=2) / bytes(900)
    for piece in fragment(request, fragsize=480):
        members.send(sender, piece)
    frame = next(members.wires[sender].frames())
    assert raw(IP(src=HUB_OVERLAY, dst="192.168.10.7") / ICMP(type=0, id=9, seq=2) / bytes(900))[20:] in frame


def test_many_incomplete_datagrams_do_not_stop_the_others(hub, members):
    """2,000 first fragments are more than may wait. Every one is counted, whole packets pass meanwhile, and a datagram
    in fragments is reassembled a second later."""
    before = hub.drops()["reassembly"]
    first = fragment(around("tunnel", datagram(1200), 0), fragsize=480)[0]
    for number in range(2000):
        first.id = 1000 + number
        first.chksum = None
        send_ip(members, "tunnel", first)
    packet = datagram(100)
    members.exchange("tunnel", packet)
    await_condition(lambda: hub.drops()["reassembly"] == before + 2000, "2000 given up")
    packet = datagram(1000)
    for piece in fragment(around("tunnel", packet, 83), fragsize=480):
        send_ip(members, "tunnel", piece)
    for receiver in receivers("tunnel"):
        members.expect(receiver, packet)


def test_hub_answers_a_long_ping_inside_a_tunnel(hub, members):
    """2,000 bytes in outer fragments. The answer comes in outer fragments within the MTU, DF clear and with an ID."""
    request = IP(src="192.168.10.7", dst=HUB_OVERLAY, id=5) / ICMP(id=9, seq=1) / bytes(2000)
    for piece in fragment(around("tunnel", request, 84), fragsize=1480):
        send_ip(members, "tunnel", piece)
    body, arriving = b"", members.wires["tunnel"].frames()
    while len(body) < 8 + len(raw(request)):
        piece = IP(next(arriving)[14:])
        assert piece.len <= 1500 and piece.id != 0 and not piece.flags.DF
        assert piece.frag * 8 == len(body)
        body += raw(piece.payload)
    reply = IP(body[8:])
    assert (reply.src, reply.dst, reply[ICMP].type) == (HUB_OVERLAY, "192.168.10.7", 0)
    assert raw(reply[ICMP].payload) == bytes(2000)

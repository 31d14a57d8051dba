# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""In over any encapsulation, out over all of them, to the byte. Topology: encapsulations.py.

After each test the sums balance and the wires are quiet.
"""

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import GRE, Ether
from scapy.packet import Raw

from accounting import accounted
from encapsulations import (
    ADDRESSES, CONFIG, GROUP, HUB_OVERLAY, IPV6_GROUP, IPV6_RECEIVERS, OVER_UDP, RECEIVERS, SENDERS, Encapsulations)
from topo import HUB_ADDRESS
from traffic import l2_frame
from waiting import DEADLINE_S, await_condition

INSIDE = "172.16.5.5"
EF = 46 << 2
NOT_ECT, ECT1, ECT0, CE = range(4)


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Encapsulations(cloud)


@pytest.fixture(scope="module", name="hub", params=["af_xdp", "af_packet"])
def fixture_hub(request, cloud, members):
    with cloud.running_hub(CONFIG, driver=request.param) as hub:
        members.discard()
        yield hub


fixture_accounted = accounted("members")


def source_of(sender):
    return ADDRESSES[sender] if sender == "plain" else INSIDE


def udp_from(sender, destination=GROUP, payload=b"payload", **fields):
    return IP(src=source_of(sender), dst=destination, **fields) / UDP(
        sport=4000, dport=5000) / payload


PACKETS = {
    "UDP": {"payload": b"x"},
    "1300 bytes of UDP": {"payload": bytes(range(256)) * 5 + bytes(20)},
    "TTL 1": {"ttl": 1},
    "DF and ID": {"flags": "DF", "id": 0xBEEF},
    "options": {"options": [IPOption_Router_Alert()]},
    "DSCP EF, ECT(0)": {"tos": EF | ECT0},
    "CE": {"tos": CE},
}


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("fields", PACKETS.values(), ids=PACKETS.keys())
def test_one_packet_goes_out_over_all(members, sender, fields):
    """Each other member gets the packet in its own form."""
    members.exchange(sender, udp_from(sender, **fields))


# The mark inside, the one of the outer header, and that of copies.
MARKS = [(ECT0, CE, CE), (ECT1, CE, CE), (CE, NOT_ECT, CE), (ECT0, ECT1, ECT0), (NOT_ECT, ECT0, NOT_ECT)]
on_af_xdp = pytest.mark.parametrize("hub", ["af_xdp"], indirect=True)
IPV6_HEADERS = {
    "UDP": IPv6(hlim=1) / UDP(sport=4000, dport=5000) / b"x",
    "1300 bytes of UDP": IPv6(hlim=255) / UDP(sport=4000, dport=5000) / bytes(1300),
    "no payload": IPv6(nh=59),
    "hop-by-hop options, DSCP EF, ECT(0)": IPv6(tc=EF | ECT0) / IPv6ExtHdrHopByHop() / UDP() / b"x",
    "last fragment, CE, flow label": IPv6(tc=CE, fl=0xABCDE) / IPv6ExtHdrFragment(nh=17, id=7, offset=9) / bytes(40),
}


def ipv6_from(packet, source="2001:db8::5", destination=IPV6_GROUP):
    packet = packet.copy()
    packet.src, packet.dst = source, destination
    return packet


@on_af_xdp
@pytest.mark.parametrize("sender", SENDERS)
def test_ipv6_packets_go_out_over_all_that_take_them(members, sender):
    """As IPv6 in each form, under the IPv4 header of any packet; the others get nothing."""
    for packet in IPV6_HEADERS.values():
        members.exchange(sender, ipv6_from(packet), IPV6_RECEIVERS)


@on_af_xdp
def test_an_ipv6_flow_keeps_its_source_port(members):
    """Its fragments as well; 20 other sources have several ports."""
    one = [members.exchange("tunnel", ipv6_from(packet), IPV6_RECEIVERS) for packet in IPV6_HEADERS.values()]
    many = [members.exchange("tunnel", ipv6_from(IPV6_HEADERS["UDP"], f"2001:db8::6:{n}"), IPV6_RECEIVERS)
            for n in range(20)]
    for receiver in OVER_UDP:
        assert len({ports[receiver] for ports in one}) == 1
        assert len({ports[receiver] for ports in many}) > 5


@on_af_xdp
@pytest.mark.parametrize("sender", SENDERS[1:])
def test_congestion_mark_goes_inside_ipv6(members, sender):
    """Only CE of the outer header enters the packet (RFC 6040), and leaves with every copy; the bits around it stay."""
    def packet(ecn):
        return ipv6_from(IPv6(tc=EF | ecn, fl=0xFFFFF) / UDP(sport=1, dport=2) / b"x")
    for inner, outer, result in MARKS:
        members.send(sender, packet(inner), tos=10 << 2 | outer)
        for receiver in IPV6_RECEIVERS:
            if receiver != sender:
                members.expect(receiver, packet(result), sender)


def test_a_gretap_member_without_a_key_is_in_segment_0(members):
    """Its packet goes out over all others, and theirs reach it."""
    members.exchange("untagged", udp_from("untagged"))


def test_any_declared_port_is_accepted(hub, members):
    """`segment`, declared with port 4789, sends its VNI to 8472, the port of `beyond`. Every other member gets its
    copy: the hub refuses a wrong key, VNI or encapsulation, not a port."""
    packet = udp_from("segment")
    members.send("segment", packet, udp_port=8472)
    for receiver in ADDRESSES:
        if receiver != "segment":
            members.expect(receiver, packet, "segment")


@pytest.mark.parametrize("name, around", [
    ("tunnel", GRE(proto=0x6558, key_present=1, key=7)), ("tap", GRE(proto=0x0800, key_present=1, key=100)),
    ("tap", GRE(proto=0x6558)), ("tap", GRE(proto=0x6558, key_present=1, key=101)),
    ("untagged", GRE(proto=0x6558, key_present=1, key=0))],
    ids=["gre member's Ethernet", "gretap member's IP", "no key", "wrong key", "a key of 0 for none"])
def test_ethernet_in_gre_is_an_encapsulation_of_its_own(hub, members, name, around):
    """`gre` instead of `gretap` or the reverse, and a wrong key, are `source_denied`."""
    before = hub.drops()["source_denied"]
    inner = raw(udp_from(name))
    if around.proto == 0x6558:
        inner = raw(Ether(src="02:99:00:00:00:01", dst="01:00:5e:01:01:01", type=0x0800)) + inner
    outer = IP(src=ADDRESSES[name], dst=HUB_ADDRESS, proto=47)
    members.wires[name].send(Ether(src=members.mac(name), dst=members.hub_mac) / outer / around / inner)
    await_condition(lambda: hub.drops()["source_denied"] == before + 1, "source_denied")


@pytest.mark.parametrize("sender", SENDERS)
def test_other_protocols_go_out_over_all(members, sender):
    """Packets without a UDP checksum, of another protocol, and of TCP. At `udp` receivers a zero checksum stays zero;
    otherwise only the address changes."""
    head = IP(src=source_of(sender), dst=GROUP)
    members.exchange(sender, head / UDP(sport=1, dport=2, chksum=0) / b"no checksum")
    members.exchange(sender, IP(src=source_of(sender), dst=GROUP, proto=253) / Raw(b"experiment"))


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("fields", PACKETS.values(), ids=PACKETS.keys())
def test_the_hub_alone_answers_a_ping_of_all_routers(hub, members, sender, fields):
    """From its own address and in the member's encapsulation; the request is control."""
    before = hub.stats()
    fields = {key: value for key, value in fields.items() if key != "payload"} | {"id": 7}
    echo = ICMP(id=77, seq=1) / b"who is there"
    members.send(sender, IP(src=source_of(sender), dst="224.0.0.2", **fields) / echo)
    echo.type = 0
    reply = IP(src=HUB_ADDRESS if sender == "plain" else HUB_OVERLAY, dst=source_of(sender),
               **fields | {"ttl": 64}) / echo
    members.expect_answer(sender, reply)
    stats, _ = hub.settled()
    grown = {key: stats[key] - before[key] for key in
             ("control_packets", "tx_control_packets", "data_packets", "rx_drop_packets", "copies")}
    assert list(grown.values()) == [1, 1, 0, 0, 0], grown


@on_af_xdp
@pytest.mark.parametrize("sender", SENDERS)
def test_fragments_go_out_over_all(members, sender):
    """Every member gets both fragments of a datagram. Only the first has ports, and only its port is rewritten."""
    first = udp_from(sender, payload=b"a" * 64, id=7, flags="MF")
    first[UDP].len, first[UDP].chksum = 8 + 128, 0
    second = IP(src=source_of(sender), dst=GROUP, id=7, frag=9, proto=17) / Raw(b"b" * 64)
    for fragment in (first, second):
        members.exchange(sender, fragment)


@pytest.mark.parametrize("sender", SENDERS)
def test_broadcast_goes_out_over_all(members, sender):
    """Limited broadcast, and directed broadcast of the port's or the overlay's subnet, reaches every member of
    `broadcast.members` except the sender."""
    directed = "10.0.0.255" if sender == "plain" else "192.168.10.255"
    for destination in ("255.255.255.255", directed):
        members.exchange(sender, udp_from(sender, destination))


@pytest.mark.parametrize("sender", ["tunnel", "over-udp", "segment", "tap"])
@pytest.mark.parametrize("inner, outer, result", MARKS)
def test_congestion_mark_goes_inside(members, sender, inner, outer, result):
    """Only CE of the outer header enters the packet (RFC 6040), and leaves with every copy."""
    members.send(sender, udp_from(sender, tos=EF | inner), tos=10 << 2 | outer)
    for receiver in RECEIVERS:
        if receiver != sender:
            members.expect(receiver, udp_from(sender, tos=EF | result), sender)


@pytest.mark.parametrize("sender", ["tunnel", "over-udp", "segment", "tap"])
def test_congestion_over_a_packet_that_cannot_carry_it_is_malformed(hub, members, sender):
    before = hub.drops()["malformed"]
    members.send(sender, udp_from(sender), tos=CE)
    members.send(sender, ipv6_from(IPV6_HEADERS["UDP"]), tos=CE)
    await_condition(lambda: hub.drops()["malformed"] == before + 2, "malformed")


def test_a_flow_keeps_its_source_port(members):
    """Five packets of one source have one source port; 20 other sources have several."""
    one = [members.exchange("tunnel", udp_from("tunnel")) for _ in range(5)]
    many = [members.exchange("tunnel", IP(src=f"172.16.6.{n}", dst=GROUP) / UDP(sport=1, dport=2))
            for n in range(20)]
    for receiver in OVER_UDP:
        assert len({ports[receiver] for ports in one}) == 1
        assert len({ports[receiver] for ports in many}) > 5


@pytest.mark.parametrize("name", ["socket", "far-socket"])
def test_udp_receiver_may_not_send(hub, members, cloud, name):
    """The plain frame of a `udp` receiver's instance is `sender_denied`, an undeclared instance's `source_denied`."""
    for reason, source in (("sender_denied", ADDRESSES[name]), ("source_denied", "10.0.0.77")):
        before = hub.drops()[reason]
        packet = IP(src=source, dst=GROUP) / UDP(sport=1, dport=2) / b"forged"
        members.wires[name].send(l2_frame(packet, members.mac(name), cloud.hub_node.mac))
        await_condition(lambda: hub.drops()[reason] == before + 1, reason)


@pytest.mark.parametrize("name", ["socket", "far-socket"])
def test_a_plain_socket_that_joined_nothing_receives(members, name):
    """A program bound to its own address gets the datagram with the sender's address."""
    receiver = members.programs[name]
    members.exchange("plain", udp_from("plain", payload=b"for a program"))
    receiver.settimeout(DEADLINE_S)
    data, source = receiver.recvfrom(2000)
    while data != b"for a program":
        data, source = receiver.recvfrom(2000)
    assert source == (ADDRESSES["plain"], 4000)

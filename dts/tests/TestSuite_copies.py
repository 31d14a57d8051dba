# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Copies to the byte, frame by frame, on three drivers. Topology: quartet.py.

Each test sends a packet and expects at every other member the copy that mcdpdk-groups(5) describes, built by scapy:
the inner packet unchanged; outer TTL 64, DF, ID 0, the inner DSCP and ECN. After each test the sums balance and the
wires are quiet.
"""

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, IPOption_NOP, IPOption_Router_Alert, IPOption_RR, UDP
from scapy.layers.l2 import Dot1Q, Ether, GRE
from scapy.layers.vrrp import VRRP
from scapy.packet import Raw

from accounting import accounted
from quartet import ADDRESSES, CONFIG, GROUP, KEYS, MEMBERS, echo_request, udp_to
from waiting import await_condition

ALPHA = ADDRESSES["alpha"]
INSIDE = "172.16.5.5"
EF = 46 << 2
NOT_ECT, ECT1, ECT0, CE = range(4)


@pytest.fixture(scope="module", name="hub", params=[
    "af_packet", "af_xdp", pytest.param("pcap", marks=pytest.mark.slow)])
def fixture_hub(request, cloud, quartet):
    with cloud.running_hub(CONFIG, driver=request.param) as hub:
        yield hub
    quartet.discard()


fixture_accounted = accounted("quartet")


def vrrp_advertisement(source):
    return IP(src=source, dst="224.0.0.18", ttl=255, proto=112) / VRRP(
        vrid=51, priority=100, addrlist=["10.0.0.100"])


PACKETS = {
    "one byte of UDP": udp_to(payload=b"x"),
    "empty UDP": udp_to(payload=b""),
    "1400 bytes of UDP": udp_to(payload=bytes(range(256)) * 5 + bytes(120)),
    "TTL 1": udp_to(ttl=1),
    "TTL 255": udp_to(ttl=255),
    "TTL 0": udp_to(ttl=0),
    "ID and DF kept": udp_to(id=0xBEEF, flags="DF"),
    "wrong UDP checksum kept": IP(src=ALPHA, dst=GROUP) / UDP(sport=1, dport=2, chksum=0xBAD1),
    "no UDP checksum kept": IP(src=ALPHA, dst=GROUP) / UDP(sport=1, dport=2, chksum=0) / b"data",
    "VRRP, protocol 112": vrrp_advertisement(ALPHA),
    "ICMP echo request": echo_request(ALPHA, GROUP, ttl=1),
    "an unknown protocol": IP(src=ALPHA, dst=GROUP, proto=253) / Raw(b"experiment"),
    "an IP header alone": IP(src=ALPHA, dst=GROUP, proto=253),
    "router alert": udp_to(options=[IPOption_Router_Alert()]),
    "40 bytes of options": udp_to(options=[IPOption_RR(routers=["0.0.0.0"] * 9), IPOption_NOP()]),
    "mDNS": IP(src=ALPHA, dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353) / b"query",
}


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS.keys())
def test_l2_packet_is_replicated_unchanged(quartet, packet):
    """beta gets it as it is, gamma and delta in GRE, alpha nothing."""
    quartet.exchange("alpha", packet)


@pytest.mark.parametrize("sender", ["gamma", "delta"])
@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS.keys())
def test_gre_packet_is_replicated_unchanged(quartet, sender, packet):
    """Its inner address is of the GRE member's own choice."""
    inside = packet.copy()
    inside.src = INSIDE
    quartet.exchange(sender, inside)


@pytest.mark.parametrize("tos", [EF | ecn for ecn in range(4)] + [0, NOT_ECT | 8, 0xFC | CE])
def test_dscp_and_ecn_are_copied_out(quartet, tos):
    """The outer header of each GRE copy has the inner DSCP and ECN (RFC 2983, 6040)."""
    quartet.exchange("alpha", udp_to(tos=tos))


@pytest.mark.parametrize("inner, outer, result", [
    (ECT0, CE, CE), (ECT1, CE, CE), (CE, CE, CE),
    (CE, NOT_ECT, CE), (ECT0, NOT_ECT, ECT0), (ECT0, ECT0, ECT0), (ECT1, ECT0, ECT1),
    (NOT_ECT, ECT0, NOT_ECT), (NOT_ECT, ECT1, NOT_ECT),
])
def test_congestion_mark_goes_inside(quartet, inner, outer, result):
    """gamma's outer header has an ECN mark and another DSCP. The inner packet has the mark by RFC 6040, a correct
    header checksum and its own DSCP."""
    frame = quartet.frame("gamma", udp_to(source=INSIDE, tos=EF | inner))
    frame[IP].tos = (10 << 2) | outer
    quartet.send_frame("gamma", frame)
    quartet.expect_copies(udp_to(source=INSIDE, tos=EF | result), "alpha", "beta", "delta")


def test_ethernet_padding_is_not_replicated(quartet):
    """Short packets come in frames padded to the Ethernet minimum; the copies end with the IP packet."""
    packet = udp_to(payload=b"x")
    quartet.send_frame("alpha", raw(quartet.frame("alpha", packet)).ljust(60, b"\xAA"))
    quartet.expect_copies(packet, "beta", "gamma", "delta")
    quartet.send_frame("gamma", raw(quartet.frame("gamma", packet)).ljust(90, b"\xAA"))
    quartet.expect_copies(packet, "alpha", "beta", "delta")


def test_a_priority_tag_is_ignored_and_a_vlan_is_not_for_us(quartet, hub):
    """Frames with VLAN 5 are dropped; a tag without a VLAN changes nothing in the copies. net_af_xdp does not see a
    tag: the kernel keeps it beside the frame."""
    before = hub.drops()["not_for_us"]
    shown = [0] if "net_af_xdp" in " ".join(hub.command) else [5, 0]
    for sender in ("alpha", "gamma"):
        frame = quartet.frame(sender, udp_to())
        for vlan in shown:
            tagged = Ether(src=frame.src, dst=frame.dst) / Dot1Q(
                vlan=vlan, prio=3, type=0x0800) / frame.payload
            quartet.send_frame(sender, tagged)
        quartet.expect_copies(udp_to(), *(m for m in MEMBERS if m != sender))
    await_condition(lambda: hub.drops()["not_for_us"] >= before + 2 * len(shown) - 2,
                    "frames of a VLAN are dropped")


@pytest.mark.parametrize("sender", ["gamma", "delta"])
@pytest.mark.parametrize("checksum", [0, 1])
@pytest.mark.parametrize("sequence", [0, 1])
def test_gre_options_are_understood(quartet, sender, checksum, sequence):
    """Packets have a checksum, a sequence number or both, with the member's key or without. The copies' GRE headers are
    those of each receiver."""
    packet = udp_to(source=INSIDE)
    frame = quartet.frame(sender, packet)
    head = frame[IP].copy()
    head.remove_payload()
    del head.len, head.chksum
    key = {} if KEYS[sender] is None else {"key_present": 1, "key": KEYS[sender]}
    gre = GRE(proto=0x0800, chksum_present=checksum, seqnum_present=sequence,
              **key, **({"sequence_number": 5} if sequence else {}))
    quartet.send_frame(sender, Ether(src=frame.src, dst=frame.dst) / head / gre / raw(packet))
    quartet.expect_copies(packet, *(m for m in MEMBERS if m != sender))


def test_most_specific_group_counts(quartet):
    """239.192.1.1 is covered only by 239.192.0.0/16 (alpha, delta); 239.192.7.7 has its own entry (beta)."""
    quartet.exchange("beta", udp_to("239.192.1.1", ADDRESSES["beta"]), ("alpha", "delta"))
    quartet.exchange("alpha", udp_to("239.192.7.7"), ("beta",))


def test_l2_sender_is_known_by_its_mac(quartet):
    """alpha sends with a foreign source address, as a program may in its own network; all others get the copy."""
    quartet.exchange("alpha", udp_to(source="172.31.0.9"))


def fragments_of(packet, *sizes):
    """The datagram's fragments; all sizes but the last are multiples of 8."""
    body, at, pieces = raw(packet.payload), 0, []
    for size in (*sizes, len(body) - sum(sizes)):
        more = at + size < len(body)
        head = packet.copy()
        head.remove_payload()
        head.proto, head.flags, head.frag = 17, ("MF" if more else 0), at // 8
        pieces.append(head / Raw(body[at:at + size]))
        at += size
    return pieces


@pytest.mark.parametrize("hub", ["af_xdp", "pcap"], indirect=True)
@pytest.mark.parametrize("sender", ["alpha", "gamma", "delta"])
def test_fragments_go_where_their_datagram_goes(quartet, sender):
    """A datagram comes in four IP fragments, of which only the first has ports. Every other member gets the four,
    unchanged and in order. Not on af_packet, which reassembles before the hub."""
    pieces = fragments_of(udp_to(payload=bytes(range(256)) * 5, id=0x1234), 256, 8, 512)
    for piece in pieces:
        quartet.send(sender, piece)
    for receiver in (m for m in MEMBERS if m != sender):
        quartet.wires[receiver].expect(*(quartet.copy(receiver, piece) for piece in pieces))


def test_order_is_kept(quartet):
    """200 numbered packets arrive once and in order."""
    packets = [udp_to(payload=number.to_bytes(2, "big")) for number in range(200)]
    frames = [raw(quartet.frame("alpha", packet)) for packet in packets]
    for at in range(0, len(frames), 100):
        for frame in frames[at:at + 100]:
            quartet.send_frame("alpha", frame)
        for receiver in ("beta", "gamma", "delta"):
            quartet.wires[receiver].expect(
                *(quartet.copy(receiver, packet) for packet in packets[at:at + 100]))


def test_echo_request_to_a_group_is_not_for_the_hub(quartet):
    """It is replicated to the group's other member; the hub does not answer."""
    quartet.exchange("alpha", echo_request(ALPHA, "239.192.0.29"), ("delta",))

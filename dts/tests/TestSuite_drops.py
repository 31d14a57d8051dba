# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Every packet that is not replicated is counted under its reason. Topology: quartet.py.

Each case is one frame, sent by the instance that has its MAC, and the one reason that counts it, once. No wire gets a
copy.
"""

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether, GRE
from scapy.packet import Raw

from gre_endpoint import internet_checksum
from quartet import ADDRESSES, CONFIG, GROUP, HUB_OVERLAY, OVERLAYS, echo_request, udp_to
from telemetry import RX_REASONS
from topo import HUB_ADDRESS
from traffic import Wire
from waiting import await_condition

INSIDE = "172.16.5.5"
NOT_ECT, CE = 0, 3
NOBODY_MAC = "02:00:00:00:00:99"


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, quartet):
    with cloud.running_hub(CONFIG) as hub:
        quartet.discard()
        yield hub


def l2(quartet, inner, sender="alpha"):
    return raw(quartet.frame(sender, inner))


def outer(quartet, payload, sender="gamma", **fields):
    return raw(Ether(src=quartet.mac(sender), dst=quartet.hub_mac)
               / IP(src=ADDRESSES[sender], dst=HUB_ADDRESS, proto=47, **fields) / Raw(payload))


def gre(inner=udp_to(source=INSIDE), key=7, **fields):
    return raw(GRE(proto=fields.pop("proto", 0x0800), key_present=1, key=key, **fields) / raw(inner))


def edited(frame, at, value):
    return frame[:at] + value + frame[at + len(value):]


def with_header(inner, **fields):
    """The inner packet with wrong fields and a correct header checksum."""
    head = IP(raw(inner))
    del head.chksum
    for name, value in fields.items():
        setattr(head, name, value)
    return head


IP_AT = 14
MALFORMED = {
    "IPv6 to a group that never leaves its host": lambda q: outer(q, gre(
        IPv6(src="fd00::1", dst="ff01::fb") / UDP(), proto=0x86DD)),
    "a frame cut within the IP header": lambda q: l2(q, udp_to())[:IP_AT + 12],
    "a frame shorter than the IP length": lambda q: l2(q, udp_to(payload=bytes(100)))[:-1],
    "an Ethernet header alone": lambda q: l2(q, udp_to())[:IP_AT],
    "IP version 6 under 0x0800": lambda q: edited(l2(q, udp_to()), IP_AT, b"\x65"),
    "IHL 4": lambda q: l2(q, with_header(udp_to(), ihl=4)),
    "IHL beyond the total length": lambda q: l2(q, with_header(udp_to(payload=b""), ihl=15)),
    "total length below the header": lambda q: l2(q, with_header(udp_to(), len=19)),
    "a GRE header cut": lambda q: outer(q, b"\0\0\x08"),
    "a GRE header cut before its key": lambda q: outer(q, b"\x20\0\x08\0\0\0"),
    "GRE with nothing inside": lambda q: outer(q, gre()[:8]),
    "an inner packet cut": lambda q: outer(q, gre()[:-1]),
    "an inner header cut": lambda q: outer(q, gre()[:8 + 19]),
    "inner IP version 5": lambda q: outer(q, edited(gre(), 8, b"\x55")),
    "CE outside, Not-ECT inside": lambda q: outer(q, gre(udp_to(tos=NOT_ECT)), tos=CE),
}

BAD_CHECKSUM = {
    "IP header, l2": lambda q: edited(l2(q, udp_to()), IP_AT + 10, b"\xde\xad"),
    "outer IP header": lambda q: edited(outer(q, gre()), IP_AT + 10, b"\xde\xad"),
    "inner IP header": lambda q: outer(q, edited(gre(), 8 + 10, b"\xde\xad")),
    "GRE": lambda q: outer(q, edited(gre(chksum_present=1), 4, b"\xde\xad")),
    "ICMP echo to the hub": lambda q: l2(
        q, IP(src=ADDRESSES["alpha"], dst=HUB_ADDRESS) / ICMP(chksum=0xBAD1) / b"ping"),
    "IGMP": lambda q: outer(q, gre(IP(src=OVERLAYS["gamma"], dst="224.0.0.22", proto=2, ttl=1)
                                   / Raw(b"\x22\0\xba\xd1\0\0\0\0"))),
}

NOT_FOR_US = {
    "IPv6": lambda q: raw(Ether(src=q.mac("alpha"), dst=q.hub_mac, type=0x86DD) / bytes(60)),
    "LLDP's type": lambda q: raw(Ether(src=q.mac("alpha"), dst=q.hub_mac, type=0x88CC) / bytes(60)),
    "two VLAN tags": lambda q: raw(Ether(src=q.mac("alpha"), dst=q.hub_mac)
                                   / Dot1Q(vlan=5) / Dot1Q(vlan=6) / udp_to()),
    "UDP to the hub's address": lambda q: l2(q, udp_to(HUB_ADDRESS)),
    "TCP's protocol to the hub's address": lambda q: l2(
        q, IP(src=ADDRESSES["alpha"], dst=HUB_ADDRESS, proto=6) / Raw(bytes(20))),
    "unicast to somebody else": lambda q: l2(q, udp_to("10.0.0.12")),
    "an echo reply to the hub": lambda q: l2(
        q, IP(src=ADDRESSES["alpha"], dst=HUB_ADDRESS) / ICMP(type=0) / b"pong"),
    "UDP to the hub's overlay address": lambda q: outer(q, gre(udp_to(HUB_OVERLAY))),
}

SOURCE_DENIED = {
    "l2 from an undeclared instance": lambda q: l2(
        q, udp_to(source=ADDRESSES["unknown"]), "unknown"),
    "GRE from an undeclared instance": lambda q: outer(q, gre(), "unknown"),
    "GRE with a wrong key": lambda q: outer(q, gre(key=8)),
    "GRE without the member's key": lambda q: outer(q, raw(GRE(proto=0x0800) / raw(udp_to()))),
    "GRE with a key from a member without one": lambda q: outer(q, gre(), "delta"),
    "GRE from an l2 member": lambda q: outer(q, gre(), "alpha"),
    "a plain frame from a GRE member": lambda q: raw(
        Ether(src=q.mac("gamma"), dst=q.hub_mac) / udp_to(source=ADDRESSES["gamma"])),
    "an unknown source from the gateway's MAC": lambda q: raw(
        Ether(src=q.router_mac, dst=q.hub_mac) / udp_to(source="172.31.0.9")),
}

NO_RECEIVER = {
    "IPv6 to one host inside GRE": lambda q: outer(q, gre(IPv6(src="fe80::1", dst="fe80::2") / UDP(), proto=0x86DD)),
    "a group without an entry": lambda q: l2(q, udp_to("239.9.9.9")),
    "a group whose one member sends": lambda q: raw(
        q.frame("beta", udp_to("239.192.7.7", ADDRESSES["beta"]))),
    "limited broadcast": lambda q: l2(q, udp_to("255.255.255.255")),
    "the subnet's broadcast": lambda q: l2(q, udp_to("10.0.0.255")),
    "inner unicast to nobody's overlay address": lambda q: outer(q, gre(udp_to("192.168.10.99"))),
    "the overlay's broadcast": lambda q: outer(q, gre(udp_to("192.168.10.255"))),
}

FIRST_REASON = {
    "malformed before bad_checksum": ("malformed", lambda q: edited(
        MALFORMED["a frame shorter than the IP length"](q), IP_AT + 10, b"\xde\xad")),
    "bad_checksum before source_denied": ("bad_checksum", lambda q: edited(
        SOURCE_DENIED["l2 from an undeclared instance"](q), IP_AT + 10, b"\xde\xad")),
    "source_denied before no_receiver": ("source_denied", lambda q: l2(
        q, udp_to("239.9.9.9", ADDRESSES["unknown"]), "unknown")),
}

CASES = [pytest.param(reason, make, id=f"{reason}: {name}")
         for reason, cases in (("malformed", MALFORMED), ("bad_checksum", BAD_CHECKSUM),
                               ("not_for_us", NOT_FOR_US), ("source_denied", SOURCE_DENIED),
                               ("no_receiver", NO_RECEIVER))
         for name, make in cases.items()]
CASES += [pytest.param(reason, make, id=name) for name, (reason, make) in FIRST_REASON.items()]


def received_reasons(drops):
    return {reason: drops[reason] for reason in RX_REASONS}


@pytest.mark.parametrize("reason, make", CASES)
def test_drop_is_counted_under_its_reason(hub, quartet, reason, make):
    """Its reason counts one more, other reasons of received packets none; nothing leaves."""
    before = received_reasons(hub.drops())
    frame = make(quartet)
    quartet.send_frame(quartet.owner(frame), frame)
    await_condition(lambda: received_reasons(hub.drops()) != before, "a drop")
    hub.settled()
    after = received_reasons(hub.drops())
    assert {r: after[r] - before[r] for r in after if after[r] != before[r]} == {reason: 1}
    quartet.assert_quiet()


@pytest.mark.parametrize("destination", ["01:00:5e:01:01:01", "ff:ff:ff:ff:ff:ff", NOBODY_MAC])
def test_frame_with_another_mac_is_not_for_us(hub, cloud, quartet, destination):
    """A frame on the hub's link has the group's own MAC, as in a network that passes multicast, or an instance's. No
    copies: the hub does not duplicate deliveries in such a network."""
    before = hub.drops()["not_for_us"]
    link = Wire(cloud.switch, "hub")
    link.send(raw(Ether(src=quartet.mac("alpha"), dst=destination) / udp_to()))
    await_condition(lambda: hub.drops()["not_for_us"] == before + 1, "not_for_us")
    link.close()
    hub.settled()
    quartet.assert_quiet()


def test_igmp_is_never_replicated(hub, quartet):
    """gamma's kernel reports to 224.0.0.22, in a group range that has all members. The report is control."""
    report = IP(src=OVERLAYS["gamma"], dst="224.0.0.22", proto=2, ttl=1,
                options=[b"\x94\x04\0\0"]) / Raw(bytes.fromhex("2200f9010000000104000000ef010101"))
    before = hub.stats()
    quartet.send("gamma", with_igmp_checksum(report))
    await_condition(lambda: hub.stats()["rx_packets"] > before["rx_packets"], "the report")
    stats, _ = hub.settled()
    assert stats["control_packets"] == before["control_packets"] + 1
    assert stats["copies"] == before["copies"]
    quartet.assert_quiet()


def with_igmp_checksum(report):
    body = bytearray(raw(report[Raw]))
    body[2:4] = b"\0\0"
    body[2:4] = internet_checksum(bytes(body)).to_bytes(2, "big")
    report[Raw].load = bytes(body)
    return report


def test_group_without_receivers_is_a_drop_not_data(hub, quartet):
    """`no_receiver` packets do not count as data: the sum holds."""
    before = hub.stats()
    quartet.send("alpha", udp_to("239.9.9.9"))
    await_condition(lambda: hub.stats()["rx_drop_packets"] > before["rx_drop_packets"], "a drop")
    stats, _ = hub.settled()
    assert stats["data_packets"] == before["data_packets"]


def test_copy_over_the_path_mtu_is_counted(hub, quartet):
    """Of 1,500 bytes with DF beta gets its l2 copy; the GRE copies do not fit and are counted by their reasons."""
    before = hub.stats()
    packet = udp_to(payload=bytes(1472), flags="DF")
    assert len(packet) == 1500
    quartet.send("alpha", packet)
    quartet.expect_copies(packet, "beta")
    stats, _ = hub.settled()
    assert stats["copies"] == before["copies"] + 3
    quartet.discard()


def test_unicast_between_overlay_addresses_is_not_data(hub, quartet):
    """gamma's packet and its echo request with TTL 1 reach only delta, unchanged, and count as unicast."""
    before = hub.stats()
    for packet in (udp_to(OVERLAYS["delta"], OVERLAYS["gamma"]),
                   echo_request(OVERLAYS["gamma"], OVERLAYS["delta"], ttl=1)):
        quartet.send("gamma", packet)
        quartet.expect_copies(packet, "delta")
    stats, _ = hub.settled()
    assert stats["unicast_packets"] == before["unicast_packets"] + 2
    assert stats["data_packets"] == before["data_packets"]
    quartet.assert_quiet()


def test_a_tunnel_admits_any_inner_source_but_only_its_own_key(hub, quartet):
    """The unknown sender's GRE with gamma's key is denied; gamma's packet with any inner source is replicated."""
    before = hub.drops()["source_denied"]
    quartet.send_frame("unknown", outer(quartet, gre(), "unknown"))
    packet = udp_to(GROUP, "1.2.3.4")
    quartet.exchange("gamma", packet)
    # Frames of two senders may come in any order.
    hub.await_drop("source_denied", before + 1)
    hub.settled()
    quartet.assert_quiet()

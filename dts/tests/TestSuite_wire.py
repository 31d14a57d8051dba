# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Unusual frames of real senders: priority tags, all types of IGMP, TTLs inside a segment.

    hub    10.0.0.10 --+
    ann    10.0.0.11 --+ l2
    bob    10.0.0.12 --+ l2
    vic    10.0.0.13 --+ vxlan, VNI 42
    wes    10.0.0.14 --+ vxlan, VNI 42
    tom    10.0.0.15 --+ gre, 192.168.10.5
    sam    10.0.0.16 --+ gre, 192.168.10.6
    xen    10.0.0.17 --+ vxlan, VNI 43, 192.168.10.7

The kernels answer ARP of the underlay; all other frames are raw. The hub's own queries are skipped. After each test
the sums balance and the wires are quiet.
"""

import json

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, IPOption_Router_Alert, UDP
from scapy.layers.l2 import ARP, GRE, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from accounting import accounted
from encapsulations import Instances, group_mac
from igmp_message import checked, is_query, v2_report
from topo import GATEWAY, HUB_ADDRESS
from waiting import await_condition

ADDRESSES = {name: f"10.0.0.{n}" for n, name in enumerate(
    ("ann", "bob", "vic", "wes", "tom", "sam", "xen"), start=11)}
VNIS = {"vic": 42, "wes": 42, "xen": 43}
OVERLAYS = {"tom": "192.168.10.5", "sam": "192.168.10.6", "xen": "192.168.10.7"}
HUB_OVERLAY = "192.168.10.254"
STATION = "192.168.10.77"
STATION_MAC = "06:00:00:00:00:01"
OTHER_MAC = "06:00:00:00:00:02"
ALL = "ff:ff:ff:ff:ff:ff"
DECLARED, MIXED, SINGLE = "239.8.8.8", "239.8.8.9", "239.8.8.10"


def member(name):
    keys = {"encap": "vxlan", "vni": VNIS[name]} if name in VNIS else {}
    keys |= {"encap": "gre"} if name in ("tom", "sam") else {}
    keys |= {"overlay": OVERLAYS[name]} if name in OVERLAYS else {}
    return {"name": name, "address": ADDRESSES[name]} | keys


CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "members": [member(name) for name in ADDRESSES],
    "groups": [{"group": DECLARED, "members": ["bob"]},
               {"group": MIXED, "members": ["wes", "bob", "tom", "xen"]},
               {"group": SINGLE, "members": ["wes"]},
               {"group": "224.0.0.18", "members": ["bob"]}],
    "mld": False,
    "idle": "sleep",
}
# DVMRP, PIMv1, the answer of mtrace and mtrace itself, MRD.
UNKNOWN_IGMP = {0x13: "224.0.0.4", 0x14: "224.0.0.2", 0x1E: "224.0.0.5", 0x1F: "239.9.9.9", 0x30: "224.0.0.106",
                0x31: "224.0.0.2", 0x32: "224.0.0.106"}


def udp(destination, ttl=5, source=STATION, payload=b"data"):
    return IP(src=source, dst=destination, ttl=ttl, id=7) / UDP(sport=4000, dport=5000) / payload


def igmp(kind, destination, source=STATION, wrong=0):
    message = bytearray(checked(bytes([kind, 0, 0, 0]) + bytes(4)))
    message[2] ^= wrong
    return IP(src=source, dst=destination, ttl=1, proto=2) / Raw(bytes(message))


def framed(packet, destination=None, source=STATION_MAC, vlan=None):
    destination = destination or group_mac(packet.dst)
    header = Ether(src=source, dst=destination)
    return header / packet if vlan is None else header / Dot1Q(vlan=vlan, prio=5) / packet


class Senders(Instances):
    def send(self, name, inner):
        """A frame of the sender's segment, or a packet in its tunnel or plain."""
        outer = Ether(src=self.nodes[name].mac, dst=self.hub_mac)
        ip = IP(src=ADDRESSES[name], dst=HUB_ADDRESS, id=0)
        if name in VNIS:
            outer /= ip / UDP(sport=50000, dport=4789, chksum=0) / VXLAN(vni=VNIS[name], flags="Instance")
        elif name in OVERLAYS:
            outer /= ip / GRE(proto=0x0800)
        self.wires[name].send(outer / inner)

    @staticmethod
    def inside(frame):
        """What is inside a frame from the hub; None for its own query."""
        packet = Ether(frame)
        if GRE in packet:
            packet = packet[GRE].payload
        elif VXLAN in packet:
            packet = packet[VXLAN].payload
        else:
            packet = packet.payload
        ip = packet.payload if isinstance(packet, Ether) else packet
        return None if isinstance(ip, IP) and ip.dst == "224.0.0.1" and is_query(ip) else raw(packet)

    def expect(self, name, *wanted):
        """Require exactly these as the next ones inside."""
        arriving = (inner for frame in self.wires[name].frames()
                    if (inner := self.inside(frame)) is not None)
        for packet in wanted:
            got = next(arriving, None)
            assert got == raw(packet), f"{name} got {got and got.hex()}, not {raw(packet).hex()}"

    def assert_quiet(self):
        for name, wire in self.wires.items():
            while (frame := wire.pending()) is not None:
                assert self.inside(frame) is None, f"{name} got {Ether(frame).summary()}"


@pytest.fixture(scope="module", name="senders")
def fixture_senders(cloud):
    return Senders(cloud, ADDRESSES)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, senders):
    with cloud.running_hub(CONFIG) as hub:
        yield hub
    del senders


fixture_accounted = accounted("senders")


@pytest.fixture(name="decrement")
def fixture_decrement(hub):
    for config in (CONFIG | {"ttl": "decrement"}, CONFIG):
        hub.config_file.write_text(json.dumps(config), encoding="utf-8")
        assert hub.telemetry.ask("/mcdpdk/reload")["status"] == "ok"
        if config is not CONFIG:
            yield


def pseudo_sum(packet):
    """The sum that a kernel leaves in a UDP checksum for its device."""
    header = raw(packet)[12:20] + bytes([0, 17]) + raw(packet)[24:26]
    total = sum(int.from_bytes(header[i:i + 2], "big") for i in range(0, len(header), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize("sender", ["ann", "tom", "vic"])
@pytest.mark.parametrize("payload", [b"unfinished", b"odd"])
def test_unfinished_checksum_is_finished(hub, senders, sender, payload):
    """bob gets the right checksum in every encapsulation; a missing and a wrong one stay."""
    before = hub.stats()["finished_checksums"]
    right = IP(raw(udp(DECLARED, payload=payload)))
    for checksum, wanted in ((pseudo_sum(right), right[UDP].chksum), (0, 0), (0xBAD1, 0xBAD1)):
        sent, copy = right.copy(), right.copy()
        sent[UDP].chksum, copy[UDP].chksum = checksum, wanted
        senders.send(sender, framed(sent) if sender in VNIS else sent)
        senders.expect("bob", copy)
    assert hub.stats()["finished_checksums"] == before + 1


def one_hop_further(packet):
    packet = packet.copy()
    packet.ttl -= 1
    return packet


def receivers_of(hub, group):
    return set(hub.receivers(group))


def drops_of(hub, reason, by):
    before = hub.drops()[reason]
    return lambda: await_condition(lambda: hub.drops()[reason] == before + by, f"{by} more {reason}")


def test_joins_with_a_priority_tag_are_learned(hub, senders):
    """vic receives what it joined with and without a tag of VLAN 0; the reports go no further."""
    for group, vlan in (("239.7.7.1", None), ("239.7.7.2", 0)):
        report = v2_report(STATION, group)
        assert IPOption_Router_Alert in report
        senders.send("vic", framed(report, vlan=vlan))
        await_condition(lambda group=group: receivers_of(hub, group) == {"vic"}, f"vic has joined {group}")
        senders.send("ann", udp(group, source=ADDRESSES["ann"]))
        senders.expect("vic", framed(udp(group, source=ADDRESSES["ann"]), source=senders.hub_mac))


def test_data_with_a_priority_tag_goes_to_the_receivers_alone(senders):
    """With and without a tag of VLAN 0, vic's data reaches bob, but not wes, which has not joined."""
    for vlan in (None, 0):
        senders.send("vic", framed(udp(DECLARED), vlan=vlan))
        senders.expect("bob", udp(DECLARED))


def test_a_priority_tag_is_removed_inside_the_segment(senders):
    """vic sends 224.0.0.251, ARP, and unicast to a station behind wes with a tag. wes gets the frames without it (RFC
    7348 6.1); a tagged frame is learned from, too."""
    senders.send("wes", framed(udp("224.0.0.251"), source=OTHER_MAC, vlan=0))
    senders.expect("vic", framed(udp("224.0.0.251"), source=OTHER_MAC))
    question = ARP(hwsrc=STATION_MAC, psrc=STATION, pdst="192.168.10.78")
    for packet, destination in ((udp("224.0.0.251"), None), (question, ALL), (udp("192.168.10.78"), OTHER_MAC)):
        senders.send("vic", framed(packet, destination, vlan=0) if destination
                     else framed(packet, vlan=0))
        senders.expect("wes", framed(packet, destination) if destination else framed(packet))


def test_a_frame_of_a_vlan_floods_unchanged(senders):
    """With VLAN 5 it floods its segment with the tag, although bob is in its group."""
    senders.send("vic", framed(udp(DECLARED), vlan=5))
    senders.expect("wes", framed(udp(DECLARED), vlan=5))


@pytest.mark.parametrize("kind", UNKNOWN_IGMP, ids=hex)
def test_unknown_igmp_floods_its_segment(senders, kind):
    """wes gets each, also with a wrong checksum; xen, bob and the tunnels none (RFC 4541 2.1.1)."""
    for packet in (igmp(kind, UNKNOWN_IGMP[kind]), igmp(kind, UNKNOWN_IGMP[kind], wrong=1)):
        senders.send("vic", framed(packet))
        senders.expect("wes", framed(packet))


def test_unknown_igmp_sent_to_the_hub_as_a_gateway_floods(senders):
    packet = igmp(0x1F, "239.9.9.9")
    senders.send("vic", framed(packet, senders.hub_mac))
    senders.expect("wes", framed(packet))


def test_unicast_igmp_goes_to_its_destination(hub, senders):
    """tom's protocol 2 to sam's overlay address, and vic's report to a station behind wes, arrive and teach nothing; a
    report to the hub's own address is learned."""
    senders.send("wes", framed(udp("224.0.0.251"), source=OTHER_MAC))
    senders.expect("vic", framed(udp("224.0.0.251"), source=OTHER_MAC))
    senders.send("tom", igmp(0x1E, OVERLAYS["sam"], source=OVERLAYS["tom"]))
    senders.expect("sam", igmp(0x1E, OVERLAYS["sam"], source=OVERLAYS["tom"]))
    report = v2_report(STATION, "239.7.7.3")
    for packet in (igmp(0x1E, "192.168.10.78", wrong=1), report):
        senders.send("vic", framed(packet, OTHER_MAC))
        senders.expect("wes", framed(packet, OTHER_MAC))
    hub.settled()
    assert not receivers_of(hub, "239.7.7.3")
    own = v2_report(OVERLAYS["tom"], "239.7.7.4")
    own.dst = HUB_OVERLAY
    del own.chksum
    senders.send("tom", own)
    await_condition(lambda: receivers_of(hub, "239.7.7.4") == {"tom"}, "tom has joined")


def test_unknown_igmp_out_of_a_tunnel_is_counted(hub, senders):
    before = hub.telemetry.ask("/mcdpdk/igmp")
    senders.send("tom", igmp(0x1F, "224.0.0.2", source=OVERLAYS["tom"]))

    def counted():
        now = hub.telemetry.ask("/mcdpdk/igmp")
        return now["rejected_unknown_type"] == before["rejected_unknown_type"] + 1
    await_condition(counted, "an unknown type is counted")


@pytest.mark.usefixtures("decrement")
def test_ttl_stays_inside_the_segment(senders):
    """OSPF with TTL 1, VRRP with 255, broadcast with 1 reach wes unchanged; outside the TTL is one less."""
    vrrp = IP(src=STATION, dst="224.0.0.18", ttl=255, proto=112) / Raw(b"x" * 20)
    senders.send("vic", framed(IP(src=STATION, dst="224.0.0.5", ttl=1, proto=89) / Raw(b"x" * 20)))
    senders.expect("wes", framed(IP(src=STATION, dst="224.0.0.5", ttl=1, proto=89) / Raw(b"x" * 20)))
    senders.send("vic", framed(vrrp))
    senders.expect("wes", framed(vrrp))
    senders.expect("bob", one_hop_further(vrrp))
    senders.send("vic", framed(udp("255.255.255.255", ttl=1), ALL))
    senders.expect("wes", framed(udp("255.255.255.255", ttl=1), ALL))


@pytest.mark.usefixtures("decrement")
@pytest.mark.parametrize("size", [4, 1200])
def test_the_ttl_is_decremented_per_copy(hub, senders, size):
    """vic's group has receivers in its segment and beyond it. wes gets TTL 5 and 1 unchanged, the others the first with
    TTL 4; the sums balance, also with receivers in the segment alone. From outside every copy loses one, and TTL 1 is
    ttl_expired."""
    payload = b"y" * size
    for ttl in (5, 1):
        senders.send("vic", framed(udp(MIXED, ttl=ttl, payload=payload)))
        senders.expect("wes", framed(udp(MIXED, ttl=ttl, payload=payload)))
    for name in ("bob", "tom"):
        senders.expect(name, udp(MIXED, ttl=4, payload=payload))
    senders.expect("xen", framed(udp(MIXED, ttl=4, payload=payload), source=senders.hub_mac))
    senders.send("vic", framed(udp(SINGLE, ttl=1, payload=payload)))
    senders.expect("wes", framed(udp(SINGLE, ttl=1, payload=payload)))
    expired = drops_of(hub, "ttl_expired", 3)
    for ttl in (5, 1):
        senders.send("ann", udp(SINGLE, ttl=ttl, source=ADDRESSES["ann"]))
    senders.expect("wes", framed(udp(SINGLE, ttl=4, source=ADDRESSES["ann"]), source=senders.hub_mac))
    senders.send("wes", framed(udp(SINGLE, ttl=1)))
    senders.send("vic", framed(udp(DECLARED, ttl=1)))
    expired()


@pytest.mark.usefixtures("decrement")
def test_the_ttl_of_unicast_is_decremented_where_the_hub_routes(hub, senders):
    """Unchanged between stations of the segment; to another tunnel one less, and TTL 1 expires."""
    senders.send("wes", framed(udp("224.0.0.251"), source=OTHER_MAC))
    senders.expect("vic", framed(udp("224.0.0.251"), source=OTHER_MAC))
    for ttl in (64, 1):
        senders.send("vic", framed(udp("192.168.10.78", ttl=ttl), OTHER_MAC))
        senders.expect("wes", framed(udp("192.168.10.78", ttl=ttl), OTHER_MAC))
    expired = drops_of(hub, "ttl_expired", 3)
    for ttl in (64, 1):
        senders.send("tom", udp(OVERLAYS["sam"], ttl=ttl, source=OVERLAYS["tom"]))
        senders.send("vic", framed(udp(OVERLAYS["tom"], ttl=ttl), senders.hub_mac))
        senders.send("tom", udp(OVERLAYS["xen"], ttl=ttl, source=OVERLAYS["tom"]))
    senders.expect("sam", udp(OVERLAYS["sam"], ttl=63, source=OVERLAYS["tom"]))
    senders.expect("tom", udp(OVERLAYS["tom"], ttl=63))
    arrived = next(frame for wire in [senders.wires["xen"]] for frame in wire.frames()
                   if senders.inside(frame) is not None)
    assert Ether(senders.inside(arrived))[IP].ttl == 63
    expired()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""VXLAN segments frame by frame: who gets a copy, to the byte, and what is refused.

    hub    10.0.0.10 --+
    plain  10.0.0.11 --+ l2
    tunnel 10.0.0.12 --+ gre
    one    10.0.0.15 --+ vxlan, VNI 100
    two    10.0.0.16 --+ vxlan, VNI 100
    three  10.0.0.17 --+ vxlan, VNI 100
    other  10.0.0.18 --+ vxlan, VNI 200
    mute   10.0.0.19 --+ vxlan, VNI 100, sender
    deaf   10.0.0.20 --+ vxlan, VNI 100, receiver

Behind each member of a segment are as many stations as a test needs. The kernels answer ARP of the underlay; all
other frames are raw. After each test the sums balance and the wires are quiet.
"""

import copy

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from accounting import accounted
from encapsulations import Instances, group_mac
from topo import GATEWAY, HUB_ADDRESS
from traffic import OUTER_TTL, difference, gre_copy, gre_frame, l2_copy, l2_frame
from waiting import await_condition

GROUP = "239.1.1.1"
HUB_OVERLAY = "192.168.10.254"
FIRST_DYNAMIC_PORT = 0xC000
ALL = "ff:ff:ff:ff:ff:ff"
OF_MEMBER, FLOOD = 1024, 100000
AGE_S = 300
VNIS = {"one": 100, "two": 100, "three": 100, "other": 200, "mute": 100, "deaf": 100}
ADDRESSES = {"plain": "10.0.0.11", "tunnel": "10.0.0.12"} | {
    name: f"10.0.0.{n}" for n, name in enumerate(VNIS, start=15)}
KEYS = {"mute": {"role": "sender"}, "deaf": {"role": "receiver"}, "two": {"overlay": "192.168.10.16"}}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "members": [
        {"name": "plain", "address": ADDRESSES["plain"]},
        {"name": "tunnel", "address": ADDRESSES["tunnel"], "encap": "gre",
         "overlay": "192.168.10.12"},
    ] + [{"name": name, "address": ADDRESSES[name], "encap": "vxlan", "vni": vni} | KEYS.get(name, {})
         for name, vni in VNIS.items()],
    "groups": [
        {"group": GROUP, "members": ["plain", "two", "other"]},
        {"group": "224.0.0.251", "members": ["plain", "two", "other"]},
        {"group": "224.0.0.252", "members": ["plain"], "senders": ["plain"]},
    ],
    "broadcast": {"members": ["tunnel", "other", "three"]},
    "igmp": False, "mld": False,
    "idle": "sleep",
}
SEGMENT = ("one", "two", "three", "deaf")


def mac(n):
    return f"02:99:00:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"


class Segments(Instances):
    def outside(self, name, frame, vni=None, tos=0, here=HUB_ADDRESS, there=None):
        """The headers around an Ethernet frame of the segment, from the hub to the member."""
        outer = IP(src=here, dst=there or ADDRESSES[name], ttl=OUTER_TTL, flags="DF", id=0, tos=tos)
        return raw(outer / UDP(sport=FIRST_DYNAMIC_PORT, dport=4789, chksum=0)
                   / VXLAN(vni=VNIS[name] if vni is None else vni, flags="Instance") / raw(frame))

    def send(self, name, frame, vni=None, tos=0):
        self.wires[name].send(raw(Ether(
            src=self.nodes[name].mac, dst=self.hub_mac, type=0x0800)) + self.outside(
                name, frame, vni, tos, ADDRESSES[name], HUB_ADDRESS))

    def expect(self, name, frame, tos=0):
        """Require that the next frame is the copy, except for its UDP source port."""
        wanted = raw(Ether(src=self.hub_mac, dst=self.nodes[name].mac, type=0x0800)) + self.outside(
            name, frame, tos=tos)
        got = next(self.wires[name].frames(), None)
        assert got is not None, f"{name} got nothing instead of {Ether(raw(frame)).summary()}"
        assert got[:34] + got[36:] == wanted[:34] + wanted[36:], difference(got, wanted)
        assert int.from_bytes(got[34:36], "big") >= FIRST_DYNAMIC_PORT

    def flood(self, sender, frame, tos=0):
        self.send(sender, frame, tos=tos)
        for name in SEGMENT:
            if name != sender:
                self.expect(name, frame, tos)

    def answer(self, name):
        """The Ethernet frame inside the hub's next own frame to a member."""
        got = next(self.wires[name].frames())
        assert Ether(got)[VXLAN].vni == VNIS[name]
        return Ether(raw(Ether(got)[VXLAN].payload))


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Segments(cloud, ADDRESSES)


@pytest.fixture(scope="module", name="hub", params=["one worker", "rings"])
def fixture_hub(request, cloud, members):
    lcores = {"one worker": "0@0,1@0", "rings": "0@0,1@0,2@1,3@1"}[request.param]
    with cloud.running_hub(CONFIG, driver="af_xdp", lcores=lcores) as hub:
        members.discard()
        yield hub


fixture_accounted = accounted("members")


def stations(hub):
    """The member of each MAC that the hub has learned."""
    pages = hub.telemetry.pages("/mcdpdk/stations")
    return {page[f"r{i}"]["mac"]: page[f"r{i}"]["member"]
            for page in pages for i in range(64) if f"r{i}" in page}


def learn(hub, members, name, station):
    """The hub learns a station from a frame that nobody else gets."""
    members.send(name, Ether(src=mac(station), dst=members.hub_mac, type=0x88B5) / b"here")
    await_condition(lambda: stations(hub).get(mac(station)) == name, f"{station} behind {name}")


def count_drop(hub, reason, send, count=1):
    before = hub.drops()[reason]
    send()
    await_condition(lambda: hub.drops()[reason] == before + count, reason)


UNICAST_IP = IP(src="192.168.10.1", dst="192.168.10.2", tos=184) / UDP() / b"unicast"
FLOODED = {
    "ARP": (Ether(src=mac(1), dst=ALL) / ARP(hwsrc=mac(1), psrc="192.168.10.1", pdst="192.168.10.2"), 0),
    "IPv6 neighbour discovery": (Ether(src=mac(1), dst="33:33:ff:00:00:02") / IPv6(
        src="fe80::1", dst="ff02::1:ff00:2", tc=0xb8) / ICMPv6ND_NS(tgt="fe80::2"), 0xb8),
    "LLDP": (Ether(src=mac(1), dst="01:80:c2:00:00:0e", type=0x88CC) / Raw(b"\x02\x07\x04"), 0),
    "unknown unicast": (Ether(src=mac(1), dst=mac(9)) / UNICAST_IP, 184),
    "unknown unicast, no IP": (Ether(src=mac(1), dst=mac(9), type=0x88B5) / Raw(b"x" * 46), 0),
    "802.1Q": (Ether(src=mac(1), dst=ALL, type=0x8100) / Raw(b"\0\7\x08\0" + raw(UNICAST_IP)), 0),
    "another subnet's broadcast": (Ether(src=mac(1), dst=ALL) / IP(
        src="172.16.0.1", dst="172.16.0.255") / UDP() / b"all", 0),
    "a group without an entry": (Ether(src=mac(1), dst="01:00:5e:00:00:99") / IP(
        src="192.168.10.1", dst="224.0.0.153", ttl=1) / UDP() / b"link local", 0),
}


@pytest.mark.parametrize("sender", ["one", "mute"])
@pytest.mark.parametrize("frame, tos", FLOODED.values(), ids=FLOODED.keys())
def test_flooded_frames_reach_the_whole_segment(members, sender, frame, tos):
    """Nobody else gets them."""
    members.flood(sender, frame, tos)


def test_link_local_groups_follow_their_entry_beyond_the_segment(hub, members):
    """All of the segment get the frame once, listed or not. Listed members outside get the packet in their own form: in
    VNI 200 from the hub's MAC."""
    packet = IP(src="192.168.10.1", dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353) / b"mdns"
    members.flood("one", Ether(src=mac(1), dst=group_mac(packet.dst)) / packet)
    members.wires["plain"].expect(l2_copy(packet, members.hub_mac, members.nodes["plain"].mac))
    members.expect("other", Ether(src=members.hub_mac, dst=group_mac(packet.dst)) / packet)
    shown = hub.telemetry.ask("/mcdpdk/explain,one,224.0.0.251")
    assert shown["verdict"] == "replicate" and shown["total"] == 5
    assert {shown[f"r{i}"]["member"] for i in range(5)} == {"two", "three", "deaf", "plain", "other"}
    assert hub.telemetry.ask("/mcdpdk/explain,one,224.0.0.153")["total"] == 3
    assert hub.telemetry.ask("/mcdpdk/group,224.0.0.251")["copies"] % 5 == 0


@pytest.mark.parametrize("destination", ["255.255.255.255", "192.168.10.255"])
def test_broadcast_goes_beyond_the_segment(members, destination):
    """It reaches the segment and the `broadcast.members` outside."""
    packet = IP(src="192.168.10.1", dst=destination) / UDP() / b"to all"
    members.flood("one", Ether(src=mac(1), dst=ALL) / packet)
    members.wires["tunnel"].expect(gre_copy(
        packet, members.hub_mac, members.nodes["tunnel"].mac, HUB_ADDRESS, ADDRESSES["tunnel"]))
    members.expect("other", Ether(src=members.hub_mac, dst=ALL) / packet)


def test_other_groups_go_to_their_receivers_only(members):
    """two keeps the Ethernet header, other gets a new one, three gets nothing."""
    packet = IP(src="192.168.10.1", dst=GROUP) / UDP() / b"group"
    members.send("one", Ether(src=mac(1), dst=group_mac(GROUP)) / packet)
    members.wires["plain"].expect(l2_copy(packet, members.hub_mac, members.nodes["plain"].mac))
    members.expect("two", Ether(src=mac(1), dst=group_mac(GROUP)) / packet)
    members.expect("other", Ether(src=members.hub_mac, dst=group_mac(GROUP)) / packet)


def test_groups_come_in_from_outside(members):
    """A plain packet reaches the listed members of both segments, from the hub's MAC."""
    packet = IP(src=ADDRESSES["plain"], dst=GROUP) / UDP() / b"from outside"
    members.wires["plain"].send(l2_frame(packet, members.nodes["plain"].mac, members.hub_mac))
    for name in ("two", "other"):
        members.expect(name, Ether(src=members.hub_mac, dst=group_mac(GROUP)) / packet)


def test_groups_routed_to_the_hub_are_readdressed(members):
    """Frames to the hub's MAC, as through a gateway: copies have the group's MAC, which stations accept."""
    packet = IP(src="192.168.10.1", dst=GROUP) / UDP() / b"routed"
    members.send("one", Ether(src=mac(1), dst=members.hub_mac) / packet)
    members.wires["plain"].expect(l2_copy(packet, members.hub_mac, members.nodes["plain"].mac))
    members.expect("two", Ether(src=mac(1), dst=group_mac(GROUP)) / packet)
    members.expect("other", Ether(src=members.hub_mac, dst=group_mac(GROUP)) / packet)


def test_learned_unicast_goes_to_its_station_wherever_it_moves(hub, members):
    """Frames to the station go only there and count as unicast; VNI 200 does not know it."""
    frame = Ether(src=mac(1), dst=mac(20)) / UNICAST_IP
    before = hub.stats()["unicast_packets"]
    for place in ("two", "three", "two"):
        learn(hub, members, place, 20)
        members.send("one", frame)
        members.expect(place, frame, 184)
    assert hub.settled()[0]["unicast_packets"] == before + 3
    count_drop(hub, "no_receiver", lambda: members.send("other", frame))


def test_unicast_to_a_station_of_the_sender_is_not_sent_back(hub, members):
    """Split horizon holds for learned stations, too."""
    learn(hub, members, "one", 30)
    count_drop(hub, "no_receiver", lambda: members.send(
        "one", Ether(src=mac(1), dst=mac(30)) / UNICAST_IP))


def test_hub_answers_arp_and_echo_for_its_overlay_address(hub, members):
    """Both from the hub's MAC to the asking station; the request is not flooded."""
    members.send("one", Ether(src=mac(1), dst=ALL) / ARP(
        hwsrc=mac(1), psrc="192.168.10.1", pdst=HUB_OVERLAY))
    reply = members.answer("one")
    assert (reply.src, reply.dst) == (members.hub_mac, mac(1))
    assert (reply[ARP].op, reply[ARP].hwsrc, reply[ARP].psrc) == (2, members.hub_mac, HUB_OVERLAY)
    assert (reply[ARP].hwdst, reply[ARP].pdst) == (mac(1), "192.168.10.1")
    members.send("one", Ether(src=mac(1), dst=members.hub_mac) / IP(
        src="192.168.10.1", dst=HUB_OVERLAY, tos=184) / ICMP(id=7, seq=1) / b"ping")
    reply = members.answer("one")
    assert (reply.src, reply.dst) == (members.hub_mac, mac(1))
    assert (reply[IP].src, reply[IP].dst, reply[ICMP].type) == (HUB_OVERLAY, "192.168.10.1", 0)
    assert raw(reply[ICMP].payload) == b"ping"


def test_unicast_passes_between_a_tunnel_and_a_segment(hub, members):
    """tunnel's packet to two's overlay address comes from the hub's MAC, to all until two's station has sent, then to
    it alone. When one asks by ARP for tunnel's address, the hub answers with its own MAC and forwards the packet in
    GRE."""
    def expect_from_tunnel(destination_mac):
        packet = IP(src="192.168.10.12", dst="192.168.10.16") / UDP() / b"token"
        members.wires["tunnel"].send(gre_frame(packet, members.nodes["tunnel"].mac, members.hub_mac,
                                               ADDRESSES["tunnel"], HUB_ADDRESS))
        members.expect("two", Ether(src=members.hub_mac, dst=destination_mac) / packet)

    hub.reload_and_wait(CONFIG | {"members": [m for m in CONFIG["members"] if m["name"] != "two"],
                          "groups": [], "broadcast": {"members": []}})
    hub.reload_and_wait(CONFIG)
    hub.await_resolved("two")
    expect_from_tunnel(ALL)
    count_drop(hub, "not_for_us", lambda: members.send("two", Ether(
        src=mac(70), dst=members.hub_mac) / IP(src="192.168.10.16", dst="192.168.10.99") / UDP()))
    await_condition(lambda: mac(70) in stations(hub), "two's own station")
    expect_from_tunnel(mac(70))

    members.send("one", Ether(src=mac(1), dst=ALL) / ARP(
        hwsrc=mac(1), psrc="192.168.10.1", pdst="192.168.10.12"))
    reply = members.answer("one")
    assert (reply[ARP].op, reply[ARP].hwsrc, reply[ARP].psrc) == (2, members.hub_mac, "192.168.10.12")
    packet = IP(src="192.168.10.1", dst="192.168.10.12") / UDP() / b"answer"
    members.send("one", Ether(src=mac(1), dst=members.hub_mac) / packet)
    members.wires["tunnel"].expect(gre_copy(
        packet, members.hub_mac, members.nodes["tunnel"].mac, HUB_ADDRESS, ADDRESSES["tunnel"]))


def test_what_the_hub_has_no_answer_to_is_not_for_us(hub, members):
    for payload in (IP(src="192.168.10.1", dst="192.168.10.2") / UDP(), Raw(b"x" * 46)):
        frame = Ether(src=mac(1), dst=members.hub_mac, type=0x0800 if IP in payload else 0x88B5)
        count_drop(hub, "not_for_us", lambda: members.send("one", frame / payload))


def test_forged_or_forbidden_frames_are_refused(hub, members):
    """Another VNI or an unknown sender, a receiver that sends, the hub's own MAC, a missing flag."""
    frame = Ether(src=mac(1), dst=ALL, type=0x88B5) / Raw(b"x" * 46)
    count_drop(hub, "source_denied", lambda: members.send("one", frame, vni=200))
    count_drop(hub, "source_denied", lambda: members.send("one", frame, vni=7))
    count_drop(hub, "sender_denied", lambda: members.send("deaf", frame))
    own = Ether(src=members.hub_mac, dst=ALL, type=0x88B5) / Raw(b"x" * 46)
    count_drop(hub, "loop", lambda: members.send("one", own))
    group = Ether(src="01:00:5e:00:00:01", dst=ALL, type=0x88B5) / Raw(b"x" * 46)
    count_drop(hub, "malformed", lambda: members.send("one", group))
    no_flag = bytearray(raw(Ether(src=members.nodes["one"].mac, dst=members.hub_mac, type=0x0800))
                        + members.outside("one", frame, here=ADDRESSES["one"], there=HUB_ADDRESS))
    no_flag[42] = 0
    count_drop(hub, "malformed", lambda: members.wires["one"].send(bytes(no_flag)))
    denied = Ether(src=mac(1), dst=group_mac("224.0.0.252")) / IP(
        src="192.168.10.1", dst="224.0.0.252") / UDP()
    count_drop(hub, "sender_denied", lambda: members.send("one", denied))


def test_congestion_mark_goes_into_ipv6(hub, members):
    """Outer CE over inner ECT(0) is copied (RFC 6040); over Not-ECT it is malformed."""
    def frame(traffic_class):
        return Ether(src=mac(1), dst="33:33:00:00:00:01") / IPv6(
            src="fe80::1", dst="ff02::1", tc=traffic_class) / UDP() / b"ipv6"
    members.send("one", frame(2), tos=3)
    for name in ("two", "three", "deaf"):
        members.expect(name, frame(3), tos=3)
    count_drop(hub, "malformed", lambda: members.send("one", frame(0), tos=3))


def test_reload_changes_the_members_of_a_segment(hub, members):
    """three leaves and mute receives, then all is as before. Floods follow; the stations behind three are forgotten."""
    frame = Ether(src=mac(1), dst=ALL, type=0x88B5) / Raw(b"x" * 46)
    learn(hub, members, "three", 40)
    changed = copy.deepcopy(CONFIG)
    changed["members"] = [m for m in changed["members"] if m["name"] != "three"]
    changed["members"][-2].pop("role")
    changed["broadcast"] = {"members": []}
    for config, receivers in ((changed, ("two", "mute", "deaf")), (CONFIG, ("two", "three", "deaf"))):
        hub.reload_and_wait(config)
        assert mac(40) not in stations(hub)
        hub.await_resolved()
        members.send("one", frame)
        for name in receivers:
            members.expect(name, frame)


def ipv4_of(frame):
    """The IPv4 packet inside a frame of a segment, and the outer one."""
    outer = Ether(frame)[IP]
    return outer, Ether(raw(outer[VXLAN].payload)) if VXLAN in outer else None


def test_large_frames_are_fragmented(hub, members):
    """Path MTUs are 900. Of 1,400 bytes of IPv4 without DF, each receiver gets two frames between the same stations
    that join to the packet. With DF and of IPv6, it gets two fragments of one outer packet, DF clear, that join to the
    copy."""
    hub.reload_and_wait(CONFIG | {"members": [m | {"mtu": 900} for m in CONFIG["members"]]})
    body = bytes(n * 7 % 251 for n in range(1400 - 28))
    head = Ether(src=mac(1), dst=mac(9))
    plain = head / IP(src="192.168.10.1", dst="192.168.10.9", id=77) / UDP(sport=1, dport=2) / body
    members.send("one", plain)
    for name in ("two", "three", "deaf"):
        frames = [ipv4_of(next(members.wires[name].frames())) for _ in range(2)]
        assert all(raw(inner)[:14] == raw(plain)[:14] for _, inner in frames)
        assert [(int(inner[IP].flags.MF), inner[IP].frag) for _, inner in frames] == [(1, 0), (0, 103)]
        assert b"".join(raw(inner[IP].payload) for _, inner in frames) == raw(plain[IP].payload)
        assert all(outer.len <= 900 and outer.flags.DF for outer, _ in frames)
    for frame in (head / IP(src="192.168.10.1", dst="192.168.10.9", flags="DF") / UDP() / body,
                  head / IPv6(src="fe80::1", dst="fe80::9") / UDP() / body[:1000]):
        members.send("one", frame)
        for name in ("two", "three", "deaf"):
            outer = [Ether(next(members.wires[name].frames()))[IP] for _ in range(2)]
            assert [(int(o.flags.MF), int(o.flags.DF)) for o in outer] == [(1, 0), (0, 0)]
            assert outer[0].id == outer[1].id != 0 and outer[0].len <= 900
            assert b"".join(raw(o.payload) for o in outer)[16:] == raw(frame)
    hub.reload_and_wait(CONFIG)


@pytest.mark.slow
@pytest.mark.parametrize("hub", ["one worker"], indirect=True)
def test_a_silent_station_is_forgotten(hub, members):
    """Of stations 60 and 61 behind two only 61 sends for 5 minutes. Frames to 60 flood again, those to 61 do not."""
    for station in (60, 61):
        learn(hub, members, "two", station)
    alive = Ether(src=mac(61), dst=members.hub_mac, type=0x88B5) / b"alive"

    def is_forgotten():
        members.send("two", alive)
        return mac(60) not in stations(hub)
    assert not is_forgotten()
    await_condition(is_forgotten, "station 60 is forgotten", AGE_S + 30)
    members.flood("one", Ether(src=mac(1), dst=mac(60)) / UNICAST_IP, 184)
    members.send("one", Ether(src=mac(1), dst=mac(61)) / UNICAST_IP)
    members.expect("two", Ether(src=mac(1), dst=mac(61)) / UNICAST_IP, 184)


@pytest.mark.parametrize("hub", ["one worker"], indirect=True)
def test_flood_of_addresses_is_bounded(hub, members):
    """two knows station 50 behind one; three sends from 100,000 source addresses. 1,024 of them are learned, station 50
    stays known, and others still learn."""
    learn(hub, members, "one", 50)
    head = raw(Ether(src=members.nodes["three"].mac, dst=members.hub_mac, type=0x0800))
    inner = members.outside("three", Ether(src="02:98:00:00:00:00", dst=members.hub_mac, type=0x88B5)
                            / Raw(b"flood"), here=ADDRESSES["three"], there=HUB_ADDRESS)
    at = len(head) + 20 + 8 + 8 + 6 + 3
    frame = bytearray(head + inner)
    before = hub.drops()["not_for_us"]
    for n in range(FLOOD):
        frame[at:at + 3] = n.to_bytes(3, "big")
        members.wires["three"].socket.send(frame)
        if n % 500 == 499:
            await_condition(lambda: hub.drops()["not_for_us"] > before + n - 500, "the flood")
    hub.settled()
    behind = list(stations(hub).values())
    assert behind.count("three") == OF_MEMBER
    assert stations(hub)[mac(50)] == "one"
    learn(hub, members, "two", 0x300001)
    answer = Ether(src=mac(0x300001), dst=mac(50)) / UNICAST_IP
    members.send("two", answer)
    members.expect("one", answer, 184)

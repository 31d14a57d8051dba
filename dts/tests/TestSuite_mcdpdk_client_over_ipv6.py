# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-client on a member of an IPv6 network: its commands, what leaves its NIC, and that `down` restores all.

    listener fd00:a::10 --+
    (in the hub's place)  |
    alpha    fd00:a::11 --+-- switch A

The switch drops frames with the I/G bit, except neighbour discovery, which clouds answer: others that reach the
listener were rewritten by alpha. The listener answers a ping of all routers, as it is one.
"""

import json
import re
import socket

import pytest
from scapy.compat import raw
from scapy.layers.dhcp6 import DHCP6_Solicit
from scapy.layers.inet6 import (ICMPv6EchoRequest, ICMPv6MLReport2, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS,
                                ICMPv6NDOptSrcLLAddr, IPv6, IPv6ExtHdrHopByHop, RouterAlert, UDP)
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

import member_client
from ipv6_sockets import Receiver, open_sender
from member_client import add_ipv6_to_nic, client, configuration, dry_run, take_down, up
from traffic import Wire, open_sender as open_ipv4_sender
from waiting import await_condition

HUB, OWN, OTHER_HUB, OTHER = "fd00:a::10", "fd00:a::11", "fd00:a::20", "fd00:a::99"
GROUP, PORT = "ff1e::4242", 5000
L2 = ("--hub", HUB, "--encap", "l2")
GRE = ("--hub", HUB, "--encap", "gre")
VXLAN_OPTIONS = ("--hub", HUB, "--encap", "vxlan", "--vni", 77)
NFT_LETS_DISCOVERY_PASS = "insert rule bridge cloud ingress icmpv6 type { 135, 136 } accept"


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    cloud.switch.run("nft", NFT_LETS_DISCOVERY_PASS)
    nodes = cloud.hub_node, cloud.add_instance("alpha", "10.0.0.11")
    for node, addresses in zip(nodes, ((HUB, OTHER_HUB), (OWN,))):
        add_ipv6_to_nic(node, *addresses)
    nodes[0].write_sysctl("net/ipv6/conf/eth0/forwarding", 1)
    return nodes


@pytest.fixture(name="listener")
def fixture_listener(nodes):
    return nodes[0]


@pytest.fixture(name="alpha")
def fixture_alpha(nodes):
    yield nodes[1]
    take_down(nodes[1])


@pytest.fixture(name="segment")
def fixture_segment(listener):
    """The other end of the tunnel by VXLAN."""
    listener.ip("link", "add", "vx0", "type", "vxlan", "id", "77", "dstport", "4789", "local", HUB, "remote", OWN,
                "dev", "eth0")
    for key in ("accept_dad", "accept_ra", "disable_ipv6"):
        listener.write_sysctl(f"net/ipv6/conf/vx0/{key}", 0)
    listener.write_sysctl("net/ipv6/conf/vx0/forwarding", 1)
    listener.ip("address", "add", "fd01::10/64", "dev", "vx0", "nodad")
    listener.ip("link", "set", "vx0", "up")
    yield listener
    listener.ip("link", "del", "vx0")


def next_frame(wire, matches):
    frame = next((frame for frame in wire.frames() if matches(Ether(frame))), None)
    assert frame is not None, "did not arrive"
    return Ether(frame)


def is_to(group):
    return lambda frame: IPv6 in frame and frame[IPv6].dst == group


# Commands

def test_gre_has_no_option_of_the_encapsulation_limit(alpha):
    commands = dry_run(alpha, *GRE, "--overlay", "192.168.10.2/24", "--overlay6", "fd00::2/64", "--key", 7)
    assert commands[0] == ("ip link add mcdpdk0 type ip6gre local fd00:a::11 remote fd00:a::10 ttl 64 dev eth0 "
                           "encaplimit none key 7")
    assert "ip address add 192.168.10.2/24 dev mcdpdk0" in commands
    assert "ip address add fd00::2/64 dev mcdpdk0 nodad" in commands
    assert "ip route replace 224.0.0.0/4 dev mcdpdk0" in commands
    assert commands[-1] == "ip -6 route add multicast ff00::/8 dev mcdpdk0 table local metric 1"


def test_without_an_overlay_groups_of_ipv6_alone_travel_from_the_own_address(alpha):
    commands = dry_run(alpha, *GRE)
    assert "ip address add fd00:a::11/128 dev mcdpdk0 nodad" in commands
    assert not [line for line in commands if "224.0.0.0" in line or "rp_filter" in line]


@pytest.mark.parametrize("more, checksum", [((), "encap-udp6-csum"), (("--udp6-zero-checksum",), "noencap-udp6-csum")])
def test_gre_in_udp_has_a_port_and_checksums_of_ipv6(alpha, more, checksum):
    commands = dry_run(alpha, "--hub", HUB, "--encap", "gre-udp", *more)
    assert commands[:2] == ["modprobe fou6", "ip fou add port 4754 ipproto 47 -6"]
    assert commands[2].startswith("ip link add mcdpdk0 type ip6gre ")
    assert commands[2].endswith(f"encap fou encap-sport auto encap-dport 4754 {checksum}")


@pytest.mark.parametrize("more, checksum", [((), "noudp6zerocsumtx noudp6zerocsumrx"),
                                            (("--udp6-zero-checksum",), "udp6zerocsumtx udp6zerocsumrx")])
def test_vxlan_has_checksums_unless_told(alpha, more, checksum):
    assert dry_run(alpha, *VXLAN_OPTIONS, *more)[0].endswith(f"ttl 64 dev eth0 {checksum}")


def test_ethernet_in_gre(alpha):
    assert dry_run(alpha, "--hub", HUB, "--encap", "gretap", "--key", 9)[0].startswith(
        "ip link add mcdpdk0 type ip6gretap local fd00:a::11 remote fd00:a::10 ttl 64 dev eth0 encaplimit none key 9")


def test_network_manager_gets_the_modes_of_ipv6(alpha):
    profile, activate, *rest = dry_run(alpha, *GRE, "--manager", "nmcli")
    for words in ("ip-tunnel.mode ip6gre ", "ip-tunnel.remote fd00:a::10 ", "ip-tunnel.flags ip6-ign-encap-limit ",
                  "ipv4.method disabled ", "ipv6.addresses fd00:a::11/128 "):
        assert words in profile
    assert activate == "nmcli connection up mcdpdk0"
    assert rest[-1] == "ip -6 route add multicast ff00::/8 dev mcdpdk0 table local metric 1"
    with_ipv4 = dry_run(alpha, *GRE, "--manager", "nmcli", "--overlay", "192.168.10.2/24")[0]
    assert "ipv4.method manual ipv4.addresses 192.168.10.2/24 ipv4.routes 224.0.0.0/4" in with_ipv4
    assert "ip-tunnel.mode ip6gretap " in dry_run(alpha, "--hub", HUB, "--encap", "gretap", "--manager", "nmcli")[0]
    # It cannot set this.
    zero = dry_run(alpha, *VXLAN_OPTIONS, "--udp6-zero-checksum", "--manager", "nmcli")
    assert zero[0].startswith("ip link add")


def test_tc_has_the_rule_of_each_family_where_nftables_cannot(alpha):
    """This kernel cannot run them."""
    commands = [line.removeprefix("tc filter add dev eth0 egress protocol ")
                for line in dry_run(alpha, *L2, "--rule", "tc") if line.startswith("tc filter")]
    passed = [re.fullmatch(r"ipv6 pref \d+ flower ip_proto (\w+) \w+ (\d+) action pass", line) for line in commands]
    assert [found.groups() for found in passed if found] == [
        *(("icmpv6", number) for number in "133 134 135 136 137 141 142 148 149".split()),
        ("udp", "546"), ("udp", "547")]
    turned = [line for line in commands if "action pass" not in line]
    assert [line.split(" action")[0] for line in turned] == [
        f"{protocol} pref {preference} flower dst_mac 01:00:00:00:00:00/01:00:00:00:00:00"
        for protocol, preference in (("ip", 22402), ("ipv6", 22405))]


@pytest.mark.parametrize("path, around", [(GRE, 44), (VXLAN_OPTIONS, 70)], ids=["gre", "vxlan"])
def test_a_nic_too_small_for_ipv6_inside_is_refused(alpha, path, around):
    """The outer header is 20 bytes longer than that of IPv4."""
    try:
        alpha.ip("link", "set", "eth0", "mtu", str(1279 + around))
        done = client(alpha, "up", "--dry-run", *path)
        assert done.returncode == 1 and f"leaves 1279 bytes inside {path[3]}" in done.stderr
        alpha.ip("link", "set", "eth0", "mtu", str(1280 + around))
        assert dry_run(alpha, *path)
    finally:
        alpha.ip("link", "set", "eth0", "mtu", "1500")


# Tunnels

@pytest.mark.parametrize("more, is_zero", [((), False), (("--udp6-zero-checksum",), True)])
def test_packets_of_both_families_travel_in_vxlan(listener, alpha, more, is_zero):
    """From a program that chooses no interface; the UDP checksum is computed unless told."""
    up(alpha, *VXLAN_OPTIONS, "--overlay", "192.168.10.2/24", "--overlay6", "fd00::2/64", *more)
    wire = Wire(listener)
    open_sender(alpha, hops=1).sendto(b"by IPv6", (GROUP, PORT))
    open_ipv4_sender(alpha).sendto(b"by IPv4", ("239.1.1.1", PORT))
    for payload, source in ((b"by IPv6", "fd00::2"), (b"by IPv4", "192.168.10.2")):
        frame = next_frame(wire, lambda frame: VXLAN in frame and payload in raw(frame))
        outer = frame[IPv6]
        assert (outer.src, outer.dst, outer.hlim, outer.nh) == (OWN, HUB, 64, socket.IPPROTO_UDP)
        assert (outer[UDP].chksum == 0) == is_zero
        assert frame[VXLAN].vni == 77 and frame[VXLAN].payload.payload.src == source


def test_the_tunnel_works_both_ways_and_the_hub_is_asked_by_ipv6(segment, alpha):
    """`status` and `test` ask ff02::2 through the tunnel. The member's datagrams and the hub's arrive."""
    up(alpha, *VXLAN_OPTIONS, "--overlay6", "fd01::2/64")
    status = client(alpha, "status", "--json")
    assert status.returncode == 0, status.stdout
    assert json.loads(status.stdout)["hub_answers"]
    done = client(alpha, "test")
    assert done.returncode == 0, done.stdout
    assert "ff00::/8 to mcdpdk0" in done.stdout and "224.0.0.0" not in done.stdout
    with Receiver(segment, "vx0", PORT, GROUP) as there, Receiver(alpha, None, PORT, GROUP) as here:
        open_sender(alpha).sendto(b"there", (GROUP, PORT))
        datagram = there.next()
        assert (datagram.payload, datagram.source) == (b"there", "fd01::2")
        open_sender(segment, dev="vx0").sendto(b"here", (GROUP, PORT))
        assert here.next().payload == b"here"


@pytest.mark.parametrize("path", [L2, VXLAN_OPTIONS, (*VXLAN_OPTIONS, "--overlay", "192.168.10.2/24")],
                         ids=["l2", "vxlan", "vxlan of both"])
def test_down_restores_the_previous_state(alpha, path):
    """A second up changes nothing."""
    before = configuration(alpha)
    up(alpha, *path)
    during = configuration(alpha)
    assert during != before
    assert up(alpha, *path).startswith("already up")
    assert configuration(alpha) == during
    assert client(alpha, "down").returncode == 0
    assert configuration(alpha) == before


def test_the_path_is_led_to_another_hub_in_place(alpha):
    up(alpha, *VXLAN_OPTIONS)
    before = configuration(alpha)
    up(alpha, "--hub", OTHER_HUB, *VXLAN_OPTIONS[2:])
    assert configuration(alpha) == before
    assert f"remote {OTHER_HUB}" in alpha.ip("-d", "link", "show", "mcdpdk0")
    status = json.loads(client(alpha, "status", "--json").stdout)
    assert status["hub"] == OTHER_HUB and all(status["steps"].values())


def test_of_several_hubs_the_first_that_answers_is_used(alpha):
    assert f"to the hub {HUB} " in up(alpha, "--hub", "fd00:a::77", *VXLAN_OPTIONS)


def test_test_says_that_a_hub_is_gone(alpha):
    done = client(alpha, "test", "--hub", "fd00:a::77", *VXLAN_OPTIONS[2:], "--json")
    report = json.loads(done.stdout)
    hub = next(piece for piece in report["pieces"] if piece["piece"] == "hub")
    assert hub["words"].startswith("fd00:a::77 answers neither neighbour discovery nor ping")
    done = client(alpha, "test", "--hub", HUB, *VXLAN_OPTIONS[2:], "--json")
    hub = next(piece for piece in json.loads(done.stdout)["pieces"] if piece["piece"] == "hub")
    assert hub["words"] == f"{HUB} answers neighbour discovery and ping"


# l2: frames that leave the NIC

def packet(alpha, group, payload, **fields):
    mac = "33:33:" + ":".join(f"{byte:02x}" for byte in socket.inet_pton(socket.AF_INET6, group)[12:])
    return Ether(src=alpha.mac, dst=mac) / IPv6(src=OWN, dst=group, **fields) / payload


TURNED = {
    "a datagram": lambda a: packet(a, GROUP, UDP(sport=1, dport=PORT) / b"data", hlim=1),
    "mDNS": lambda a: packet(a, "ff02::fb", UDP(sport=5353, dport=5353) / b"mdns", hlim=255),
    "MLD": lambda a: packet(a, "ff02::16", IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLReport2(), hlim=1),
    "a ping of all routers": lambda a: packet(a, "ff02::2", ICMPv6EchoRequest(), hlim=1),
}
NOT_TURNED = {
    "router solicitation": lambda a: packet(a, "ff02::2", ICMPv6ND_RS(), hlim=255),
    "router advertisement": lambda a: packet(a, "ff02::1", ICMPv6ND_RA(), hlim=255),
    "unsolicited neighbour advertisement": lambda a: packet(a, "ff02::1", ICMPv6ND_NA(tgt=OWN), hlim=255),
    "neighbour solicitation": lambda a: packet(a, "ff02::1:ff00:99", ICMPv6ND_NS(tgt="fd00:a::99"), hlim=255),
    "DHCPv6 of a client": lambda a: packet(a, "ff02::1:2", UDP(sport=546, dport=547) / DHCP6_Solicit(), hlim=1),
    "another protocol": lambda a: Ether(src=a.mac, dst="33:33:00:00:00:01", type=0x88b5) / bytes(46),
}


@pytest.mark.parametrize("of", TURNED)
def test_l2_turns_frames_of_groups_to_the_hub_unchanged(listener, alpha, of):
    up(alpha, *L2)
    frame = raw(TURNED[of](alpha))
    wire = Wire(listener)
    Wire(alpha).send(frame)
    # The kernel's own reports are turned, too.
    arrived = next((arrived for arrived in wire.frames() if arrived[12:] == frame[12:]), b"")
    assert arrived == bytes.fromhex(listener.mac.replace(":", "")) + frame[6:]


@pytest.mark.parametrize("of", NOT_TURNED)
def test_l2_leaves_to_the_network_what_is_its_own(listener, alpha, of):
    """A turned marker behind it proves that it did not come."""
    up(alpha, *L2)
    frame, marker = raw(NOT_TURNED[of](alpha)), raw(TURNED["a datagram"](alpha))
    wire, sender = Wire(listener), Wire(alpha)
    sender.send(frame)
    sender.send(marker)
    for arrived in wire.frames():
        assert arrived[:6] != bytes.fromhex(listener.mac.replace(":", "")) or arrived[12:] != frame[12:]
        if arrived[12:] == marker[12:]:
            return
    raise AssertionError("the marker did not come")


def test_l2_programs_send_and_report_to_the_hub(listener, alpha):
    """One that chooses no interface, and one that joins; the hub is asked on the same way."""
    up(alpha, *L2)
    wire = Wire(listener)
    open_sender(alpha, hops=1).sendto(b"unbound", (GROUP, PORT))
    frame = next_frame(wire, lambda frame: is_to(GROUP)(frame) and b"unbound" in raw(frame))
    assert (frame.src, frame.dst, frame[IPv6].src) == (alpha.mac, listener.mac, OWN)
    with Receiver(alpha, None, PORT, GROUP):
        report = next_frame(wire, lambda frame: is_to("ff02::16")(frame)
                            and socket.inet_pton(socket.AF_INET6, GROUP) in raw(frame))
        assert report.dst == listener.mac
    assert client(alpha, "status").returncode == 0
    assert client(alpha, "test").returncode == 0


def test_l2_turns_both_families_to_a_hub_with_an_ipv4_address(cloud, listener, alpha):
    """Groups of IPv6 by the rule alone: the kernel's own route leads them to the NIC."""
    listener.ip("address", "add", "10.0.0.10/24", "dev", "eth0")
    try:
        up(alpha, *member_client.L2)
        wire = Wire(listener)
        open_sender(alpha, dev="eth0").sendto(b"over IPv4", (GROUP, PORT))
        assert next_frame(wire, is_to(GROUP)).dst == listener.mac
    finally:
        take_down(alpha)
        listener.ip("address", "del", "10.0.0.10/24", "dev", "eth0")


def test_l2_follows_a_hub_that_was_replaced_and_no_other(listener, alpha):
    """By its neighbour solicitation, from its address; not by one that a router has forwarded (RFC 4861 7.1.1)."""
    up(alpha, *L2)
    wire, new, router, other = Wire(listener), "02:00:00:00:0a:0a", "02:00:00:00:0c:0c", "02:00:00:00:0b:0b"
    for mac, source, hops in ((new, HUB, 255), (router, HUB, 254), (other, OTHER, 255)):
        wire.send(Ether(src=mac, dst=alpha.mac) / IPv6(src=source, dst=OWN) / ICMPv6EchoRequest())
        wire.send(Ether(src=mac, dst=alpha.mac) / IPv6(src=source, dst=OWN, hlim=hops) / ICMPv6ND_NS(tgt=OWN)
                  / ICMPv6NDOptSrcLLAddr(lladdr=mac))
    next_frame(wire, lambda frame: ICMPv6ND_NA in frame and frame[IPv6].dst == OTHER)
    shown = alpha.run("nft", "list", "map", "netdev", "mcdpdk_client", "hub")
    assert new in shown and router not in shown and other not in shown


def test_l2_finds_the_hubs_mac_and_refuses_a_hub_behind_a_router(alpha):
    done = client(alpha, "up", "--hub", "fd00:a::77", "--encap", "l2")
    assert done.returncode == 1 and "does not answer neighbour solicitations on eth0" in done.stderr
    alpha.ip("-6", "route", "add", "fd00:b::/64", "via", HUB)
    try:
        done = client(alpha, "up", "--hub", "fd00:b::1", "--encap", "l2")
        assert done.returncode == 1 and f"reached through {HUB}" in done.stderr
    finally:
        alpha.ip("-6", "route", "del", "fd00:b::/64")


def test_watch_repairs_rule_and_route_of_l2(alpha, tmp_path):
    watching = member_client.Watching(alpha, tmp_path, *L2)
    try:
        watching.manager.await_message("READY", "1")
        alpha.ip("-6", "route", "del", "ff00::/8", "dev", "eth0", "table", "local", "metric", "1")
        alpha.run("nft", "delete", "table", "netdev", "mcdpdk_client")
        watching.await_log("repaired: ")
        watching.await_well()
        assert "Traceback" not in watching.log()
    finally:
        watching.end()

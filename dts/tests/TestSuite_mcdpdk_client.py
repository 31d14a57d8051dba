# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-client on a member: what leaves its NIC, and that `down` restores the previous state.

    listener 10.0.0.10 --+
    (in the hub's place) |
    alpha 10.0.0.11 -----+-- switch A --- router --- switch B --- gamma 10.5.0.6

The listener answers ARP for the hub's address, and pings of all routers, plain and by VXLAN, where it is 192.168.10.254.
The switches drop frames with the I/G bit: frames that reach the listener were rewritten by alpha.
"""

import json
import re
import socket
import subprocess

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, IPOption_Router_Alert, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.layers.vxlan import VXLAN

import member_client
from member_client import CLIENT, L2, client, configuration, state_file, take_down, up
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, interface_index, open_receiver, open_sender, receive
from waiting import await_condition

GROUP = "239.1.1.1"
PORT = 5000
VIRTUAL_MAC = "00:00:5e:00:01:07"
BROADCAST = "ff:ff:ff:ff:ff:ff"
GROUP_MAC = "01:00:5e:01:01:01"


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    listener = cloud.hub_node
    listener.ip("address", "add", f"{HUB_ADDRESS}/24", "dev", "eth0")
    # Else `up` waits for the hub's answer for seconds.
    listener.ip("link", "add", "vx0", "type", "vxlan", "id", "77", "dstport", "4789", "local", HUB_ADDRESS,
                "remote", "10.0.0.11", "dev", "eth0", "noudpcsum")
    listener.connect("vx0", "192.168.10.254")
    listener.address = HUB_ADDRESS
    # Like the hub it answers a ping of all routers.
    listener.write_sysctl("net/ipv4/icmp_echo_ignore_broadcasts", 0)
    for dev in ("eth0", "vx0"):
        open_receiver(listener, "224.0.0.2", PORT, dev)
    return listener, cloud.add_instance("alpha", "10.0.0.11"), cloud.add_instance("gamma", "10.5.0.6")


@pytest.fixture(name="listener")
def fixture_listener(nodes):
    return nodes[0]


@pytest.fixture(name="alpha")
def fixture_alpha(nodes):
    alpha = nodes[1]
    yield alpha
    take_down(alpha)


def next_frame(wire, matches):
    frame = next((frame for frame in wire.frames() if matches(Ether(frame))), None)
    assert frame is not None, "did not arrive"
    return Ether(frame)


# l2: frames that leave the NIC

def unbound(node):
    open_sender(node).sendto(b"unbound", (GROUP, PORT))


def bound_to_its_address(node):
    sender = open_sender(node)
    sender.bind((node.address, 0))
    sender.sendto(b"bound", (GROUP, PORT))


def link_local_by_interface(node):
    open_sender(node, dev="eth0").sendto(b"mdns", ("224.0.0.251", 5353))


def to_all_ones(node):
    sender = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.sendto(b"all", ("255.255.255.255", PORT))


def to_the_directed_broadcast(node):
    sender = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sender.sendto(b"subnet", ("10.0.0.255", PORT))


def from_a_virtual_mac(node):
    advertisement = IP(src=node.address, dst="224.0.0.18", ttl=255, proto=112) / bytes(20)
    Wire(node).send(Ether(src=VIRTUAL_MAC, dst="01:00:5e:00:00:12") / advertisement)


SENDERS = {unbound: GROUP, bound_to_its_address: GROUP, link_local_by_interface: "224.0.0.251",
           to_all_ones: "255.255.255.255", to_the_directed_broadcast: "10.0.0.255",
           from_a_virtual_mac: "224.0.0.18"}


@pytest.mark.parametrize("send", SENDERS)
def test_l2_rewrites_what_any_program_sends(listener, alpha, send):
    """To a group or a broadcast address, by any API: the listener gets a unicast frame from the NIC's MAC."""
    up(alpha, *L2)
    wire = Wire(listener)
    send(alpha)
    packet = next_frame(wire, lambda p: IP in p and p[IP].dst == SENDERS[send])
    assert (packet.dst, packet.src) == (listener.mac, alpha.mac)


def test_l2_rewrites_membership_reports(listener, alpha):
    """No route covers the IGMP report of a join."""
    up(alpha, *L2)
    wire = Wire(listener)
    open_receiver(alpha, GROUP, PORT, "eth0")
    packet = next_frame(wire, lambda p: IP in p and p[IP].proto == 2)
    assert (packet.dst, packet.src, packet[IP].dst) == (listener.mac, alpha.mac, "224.0.0.22")


def test_l2_leaves_the_packet_unchanged(listener, alpha):
    """A TTL 1 packet with options and DSCP arrives with the same bytes after the MACs."""
    up(alpha, *L2)
    inner = raw(IP(src=alpha.address, dst=GROUP, ttl=1, tos=0xB8, id=7, flags="DF",
                   options=[IPOption_Router_Alert()]) / ICMP(id=3) / b"payload")
    wire = Wire(listener)
    Wire(alpha).send(raw(Ether(src=alpha.mac, dst=GROUP_MAC, type=0x0800)) + inner)
    wire.expect(raw(Ether(src=alpha.mac, dst=listener.mac, type=0x0800)) + inner)


def test_l2_rewrites_nothing_else(cloud, listener, alpha):
    """DHCP of client and server and non-IPv4 frames to group MACs reach the switch as group frames; ARP arrives
    unchanged, and a unicast frame from a virtual MAC keeps its source."""
    up(alpha, *L2)
    wire, sender = Wire(listener), Wire(alpha)
    before = cloud.dropped_group_frames()
    for ports in ({"sport": 68, "dport": 67}, {"sport": 67, "dport": 68}):
        sender.send(Ether(src=alpha.mac, dst=BROADCAST) / IP(src="0.0.0.0", dst="255.255.255.255")
                    / UDP(**ports) / bytes(240))
    sender.send(Ether(src=alpha.mac, dst=GROUP_MAC, type=0x88B5) / bytes(46))
    unicast = Ether(src=VIRTUAL_MAC, dst=listener.mac, type=0x88B5) / bytes(46)
    question = Ether(src=VIRTUAL_MAC, dst=BROADCAST) / ARP(psrc=alpha.address, pdst="10.0.0.77")
    asked = Wire(listener)
    sender.send(question)
    sender.send(unicast)
    # Ignore the kernel's reports of groups joined before.
    assert raw(next_frame(wire, lambda frame: frame.type == unicast.type)) == raw(unicast)
    assert next(f for f in asked.arp_frames() if Ether(f).src == VIRTUAL_MAC)[:6] == b"\xff" * 6
    await_condition(lambda: cloud.dropped_group_frames() == before + 3, "three group frames dropped")


def test_l2_follows_a_hub_that_was_replaced(listener, alpha):
    """The hub's address moves to another MAC, which asks for alpha by ARP as a hub does. Frames of a program bound to
    its address then go to the new MAC."""
    up(alpha, *L2)
    old, new = listener.mac, "02:00:00:00:0a:0a"
    try:
        listener.ip("link", "set", "eth0", "address", new)
        wire = Wire(listener)
        wire.send(Ether(src=new, dst=BROADCAST) / ARP(hwsrc=new, psrc=HUB_ADDRESS, pdst=alpha.address))
        await_condition(lambda: new in alpha.run("nft", "list", "map", "netdev", "mcdpdk_client", "hub"),
                        "the new MAC in the rule")
        bound_to_its_address(alpha)
        assert next_frame(wire, lambda p: IP in p and p[IP].dst == GROUP).dst == new
    finally:
        listener.ip("link", "set", "eth0", "address", old)
        alpha.ip("neigh", "flush", "dev", "eth0")


def test_l2_does_not_believe_other_addresses(listener, alpha):
    """After another address asks by ARP, frames still go to the hub's MAC."""
    up(alpha, *L2)
    wire = Wire(listener)
    other = "02:00:00:00:0b:0b"
    wire.send(Ether(src=listener.mac, dst=alpha.mac)
              / ARP(hwsrc=other, psrc="10.0.0.66", pdst=alpha.address))
    await_condition(lambda: "10.0.0.66" in alpha.run("ip", "neigh"), "the question was read")
    bound_to_its_address(alpha)
    assert next_frame(wire, lambda p: IP in p and p[IP].dst == GROUP).dst == listener.mac


def test_l2_receiver_takes_sources_of_other_subnets(listener, alpha):
    """rp_filter is strict and 10.7.0.0/16 is routed elsewhere. The joined socket gets a copy of 10.7.0.1's packet;
    after down the filter is strict again."""
    alpha.write_sysctl("net/ipv4/conf/eth0/rp_filter", 1)
    alpha.ip("route", "add", "10.7.0.0/16", "dev", "lo")
    try:
        up(alpha, *L2)
        receiver = open_receiver(alpha, GROUP, PORT, "eth0")
        inner = IP(src="10.7.0.1", dst=GROUP) / UDP(sport=1, dport=PORT) / b"from afar"
        Wire(listener).send(Ether(src=listener.mac, dst=alpha.mac) / inner)
        assert receive(receiver) == [b"from afar"]
        client(alpha, "down")
        assert alpha.run("sysctl", "-n", "net.ipv4.conf.eth0.rp_filter").strip() == "1"
    finally:
        alpha.ip("route", "del", "10.7.0.0/16", "dev", "lo")
        alpha.write_sysctl("net/ipv4/conf/eth0/rp_filter", 0)


# rp_filter: senders with any address

def effective_filters(node):
    shown = node.run("sysctl", "-a", "-r", r"net\.ipv4\.conf\..*\.rp_filter").splitlines()
    values = {line.split(".")[3]: int(line.split()[-1]) for line in shown}
    return {dev: max(value, values["all"]) for dev, value in values.items() if dev != "all"}


def deliver_from_afar(listener, node, path, source="172.16.5.5"):
    """Send a copy of a packet whose source no route covers; return whether it arrives."""
    receiver = open_receiver(node, GROUP, PORT, "eth0" if path == L2 else "mcdpdk0")
    receiver.settimeout(2)
    inner = IP(src=source, dst=GROUP) / UDP(sport=1, dport=PORT) / b"from afar"
    if path != L2:
        inner = IP(src=HUB_ADDRESS, dst=node.address) / UDP(sport=9, dport=4789, chksum=0) / VXLAN(
            vni=77, flags="Instance") / Ether(src="02:00:00:00:00:33", dst=GROUP_MAC) / inner
    Wire(listener).send(Ether(src=listener.mac, dst=node.mac) / inner)
    try:
        return receiver.recv(100) == b"from afar"
    except TimeoutError:
        return False
    finally:
        receiver.close()


PATHS = pytest.mark.parametrize("path", [L2, member_client.VXLAN], ids=["l2", "vxlan"])


@PATHS
@pytest.mark.parametrize("of_all", [0, 1, 2])
@pytest.mark.parametrize("default_route", [pytest.param(True, marks=pytest.mark.slow), False])
def test_senders_without_a_route_are_heard(listener, alpha, path, of_all, default_route):
    """all's rp_filter is off, strict or loose, with and without a default route; the NIC's is strict. The joined socket
    gets a copy whose source no other route covers, other devices' filters stay, and down restores everything."""
    alpha.write_sysctl("net/ipv4/conf/all/rp_filter", of_all)
    alpha.write_sysctl("net/ipv4/conf/eth0/rp_filter", 1)
    if not default_route:
        alpha.ip("route", "del", "default")
    before, filters = configuration(alpha), effective_filters(alpha)
    try:
        up(alpha, *path)
        assert deliver_from_afar(listener, alpha, path)
        ours = "eth0" if path == L2 else "mcdpdk0"
        now = effective_filters(alpha)
        assert {dev: value for dev, value in filters.items() if dev != ours} == {
            dev: value for dev, value in now.items() if dev != ours}
        assert up(alpha, *path).startswith("already up")
        client(alpha, "down")
        assert configuration(alpha) == before
    finally:
        alpha.write_sysctl("net/ipv4/conf/all/rp_filter", 0)
        alpha.write_sysctl("net/ipv4/conf/eth0/rp_filter", 0)
        alpha.ip("route", "replace", "default", "via", GATEWAY)


@PATHS
@pytest.mark.parametrize("key", ["all", "eth0", "mcdpdk0"])
def test_up_repairs_a_filter_that_came_later(listener, alpha, path, key):
    """rp_filter becomes strict after up, for all or for a device. status reports it where it matters, a second up
    repairs it, down keeps the others' settings."""
    before = configuration(alpha)
    up(alpha, *path)
    matters = key in ("all", "eth0" if path == L2 else "mcdpdk0")
    alpha.write_sysctl(f"net/ipv4/conf/{key}/rp_filter", 1)
    alpha.ip("route", "del", "default")
    try:
        assert ("MISSING rp_filter" in client(alpha, "status").stdout) == matters
        assert up(alpha, *path).startswith("already up" if not matters else "sysctl")
        assert deliver_from_afar(listener, alpha, path)
        client(alpha, "down")
        if key != "mcdpdk0":
            assert alpha.run("sysctl", "-n", f"net/ipv4/conf/{key}/rp_filter").strip() == "1"
    finally:
        for name in ("all", "eth0"):
            alpha.write_sysctl(f"net/ipv4/conf/{name}/rp_filter", 0)
        alpha.ip("route", "replace", "default", "via", GATEWAY)
    assert configuration(alpha) == before


# VXLAN

def test_vxlan_reaches_the_hub_and_comes_back(listener, alpha):
    """Outer TTL 64, port 4789, the VNI, no outer checksum; the listener's answer reaches the joined socket."""
    alpha.write_sysctl("net/ipv4/ip_default_ttl", 99)
    up(alpha, *member_client.VXLAN)
    wire = Wire(listener)
    open_sender(alpha, ttl=1).sendto(b"to the hub", (GROUP, PORT))
    packet = next_frame(wire, lambda p: VXLAN in p and UDP in p[VXLAN] and p[VXLAN][UDP].dport == PORT)
    assert (packet[IP].dst, packet[IP].ttl, packet[UDP].dport, packet[UDP].chksum) == (HUB_ADDRESS, 64, 4789, 0)
    inner = packet[VXLAN].payload
    assert (packet[VXLAN].vni, inner[IP].src, inner[IP].dst, inner[IP].ttl) == (77, "192.168.10.2", GROUP, 1)

    receiver = open_receiver(alpha, GROUP, PORT, "mcdpdk0")
    answer = Ether(src="02:00:00:00:00:33", dst=GROUP_MAC) / IP(src="192.168.10.3", dst=GROUP, ttl=1) \
        / UDP(sport=1, dport=PORT) / b"to alpha"
    wire.send(Ether(src=listener.mac, dst=alpha.mac) / IP(src=HUB_ADDRESS, dst=alpha.address)
              / UDP(sport=9, dport=4789, chksum=0) / VXLAN(vni=77, flags="Instance") / answer)
    assert receive(receiver) == [b"to alpha"]


def test_vxlan_without_an_overlay_uses_the_instances_address(listener, alpha):
    """On another port than the default."""
    up(alpha, "--hub", HUB_ADDRESS, "--encap", "vxlan", "--vni", 1, "--port", 4790, "--name", "mc7")
    wire = Wire(listener)
    open_sender(alpha).sendto(b"x", (GROUP, PORT))
    outer = next_frame(wire, lambda p: UDP in p and p[UDP].dport == 4790)
    inner = VXLAN(bytes(outer[UDP].payload))
    assert inner[IP].src == alpha.address
    assert interface_index(alpha, "mc7")


# Up, down, status

@pytest.mark.parametrize("path", [L2, member_client.VXLAN], ids=["l2", "vxlan"])
def test_down_restores_the_previous_state(alpha, path):
    """Before are a route for groups, a strict filter, an nft table and a qdisc of somebody else. A second up and a
    second down change nothing."""
    alpha.write_sysctl("net/ipv4/conf/all/rp_filter", 1)
    alpha.ip("route", "add", "224.0.0.0/4", "dev", "eth0", "scope", "link")
    alpha.run("nft", "add table netdev theirs")
    alpha.run("tc", "qdisc", "add", "dev", "eth0", "clsact")
    try:
        before = configuration(alpha)
        up(alpha, *path)
        during = configuration(alpha)
        assert during != before
        assert up(alpha, *path).startswith("already up")
        assert configuration(alpha) == during
        assert client(alpha, "down").returncode == 0
        assert configuration(alpha) == before
        done = client(alpha, "down")
        assert (done.returncode, done.stdout) == (0, "not up\n")
    finally:
        alpha.run("tc", "qdisc", "del", "dev", "eth0", "clsact")
        alpha.run("nft", "delete table netdev theirs")
        alpha.ip("route", "del", "224.0.0.0/4", "dev", "eth0")
        alpha.write_sysctl("net/ipv4/conf/all/rp_filter", 0)


def test_another_up_replaces_the_first(alpha):
    """By l2, by vxlan, by l2: one path at a time. After down nothing is left."""
    before = configuration(alpha)
    up(alpha, *L2)
    up(alpha, *member_client.VXLAN)
    assert "mcdpdk_client" not in alpha.run("nft", "list", "ruleset")
    assert "224.0.0.0/4 dev mcdpdk0" in alpha.run("ip", "route")
    up(alpha, *L2)
    assert "mcdpdk0" not in alpha.run("ip", "link")
    client(alpha, "down")
    assert configuration(alpha) == before


def test_down_keeps_what_others_changed(alpha):
    """A route and a filter that somebody changed after up stay."""
    alpha.write_sysctl("net/ipv4/conf/eth0/rp_filter", 1)
    up(alpha, *L2)
    alpha.ip("route", "replace", "224.0.0.0/4", "dev", "lo")
    alpha.write_sysctl("net/ipv4/conf/eth0/rp_filter", 0)
    try:
        assert client(alpha, "down").returncode == 0
        assert "224.0.0.0/4 dev lo" in alpha.run("ip", "route")
        assert alpha.run("sysctl", "-n", "net.ipv4.conf.eth0.rp_filter").strip() == "0"
        assert alpha.run("nft", "list", "ruleset") == ""
    finally:
        alpha.ip("route", "del", "224.0.0.0/4", "dev", "lo")


def test_down_keeps_a_route_that_existed(alpha):
    """Somebody had set the same route before up."""
    route = ["224.0.0.0/4", "via", HUB_ADDRESS, "dev", "eth0", "src", alpha.address]
    alpha.ip("route", "add", *route)
    before = configuration(alpha)
    try:
        assert "ip route" not in up(alpha, *L2)
        assert client(alpha, "down").returncode == 0
        assert configuration(alpha) == before
    finally:
        alpha.ip("route", "del", *route)


def test_a_route_of_network_manager_is_found_again(alpha, tmp_path):
    """A stand-in of nmcli sets the route as NetworkManager 1.42 does, with `proto static` before the source and a
    metric. up and down recognize it."""
    route = f"224.0.0.0/4 via {HUB_ADDRESS} dev eth0 proto static src {alpha.address} metric 50"
    path = tmp_path / "nmcli"
    path.write_text(f"#!/bin/sh\ncase \"$*\" in *+ipv4.routes*) ip route add {route} ;; "
                    f"*-ipv4.routes*) ip route del {route} ;; esac\n")
    path.chmod(0o755)
    before = configuration(alpha)
    assert client(alpha, "up", *L2, "--manager", "nmcli", path=tmp_path).returncode == 0
    assert client(alpha, "status").returncode == 0
    assert client(alpha, "down", path=tmp_path).returncode == 0
    assert configuration(alpha) == before


def test_status_reports_damage_and_up_repairs_it(alpha):
    assert client(alpha, "status").returncode == 3
    assert json.loads(client(alpha, "status", "--json").stdout) == {"up": False}
    up(alpha, *L2)
    done = client(alpha, "status")
    assert done.returncode == 0 and "MISSING" not in done.stdout
    alpha.ip("route", "del", "224.0.0.0/4")
    done = client(alpha, "status")
    assert done.returncode == 1 and "MISSING route 224.0.0.0/4" in done.stdout
    up(alpha, *L2)
    data = json.loads(client(alpha, "status", "--json").stdout)
    assert data["up"] and data["hub"] == HUB_ADDRESS and all(data["steps"].values())


DAMAGE = {
    "the route": lambda node: node.ip("route", "del", "224.0.0.0/4"),
    "the device": lambda node: node.ip("link", "del", "mcdpdk0"),
    "the device is down": lambda node: node.ip("link", "set", "mcdpdk0", "down"),
    "no multicast": lambda node: node.ip("link", "set", "mcdpdk0", "multicast", "off"),
    "the address": lambda node: node.ip("address", "flush", "dev", "mcdpdk0"),
}


# TestSuite_mcdpdk_client_watch.py has other parts.
QUICK = ("the route", "the device", "the address")


@pytest.mark.parametrize("damage", [
    pytest.param(DAMAGE[part], id=part, marks=[] if part in QUICK else [pytest.mark.slow]) for part in DAMAGE])
def test_up_repairs_each_part_of_a_tunnel(listener, alpha, damage):
    """After up, a part of the path is removed. status reports it, up restores only that part, and down restores the
    route for groups that somebody had set before."""
    alpha.ip("route", "add", "224.0.0.0/4", "dev", "eth0", "scope", "link")
    before = configuration(alpha)
    try:
        up(alpha, *member_client.VXLAN)
        during = configuration(alpha)
        damage(alpha)
        assert "MISSING" in client(alpha, "status").stdout
        up(alpha, *member_client.VXLAN)
        assert without_numbers(configuration(alpha)) == without_numbers(during)
        assert up(alpha, *member_client.VXLAN).startswith("already up")
        assert client(alpha, "down").returncode == 0
        assert configuration(alpha) == before
    finally:
        alpha.ip("route", "del", "224.0.0.0/4", "dev", "eth0")


def without_numbers(shown):
    """A new device has another index and MAC."""
    return sorted(re.sub(r"^\d+: |link/ether \S+", "", line) for line in shown.splitlines())


# Readers and earlier namespaces

@pytest.mark.parametrize("words", ["status", "test", "--help", *(
    pytest.param(words, marks=pytest.mark.slow) for words in ("status --json", "test --json", "up --help"))])
def test_a_reader_that_has_enough_ends_it_silently(alpha, words):
    up(alpha, *L2)
    done = alpha.attempt("bash", "-c", f"{CLIENT} {words} | true; echo ${{PIPESTATUS[0]}}")
    assert done.stderr == "" and done.stdout.strip() in ("0", "1", "141")


@PATHS
def test_up_and_down_do_not_need_a_reader(alpha, path):
    """The whole path comes and goes though nobody reads the output."""
    before = configuration(alpha)
    for command in (f"up {' '.join(map(str, path))}", "down"):
        done = alpha.attempt("bash", "-c", f"{CLIENT} {command} 2>&1 | true; echo ${{PIPESTATUS[0]}}")
        assert (done.stdout, done.stderr) == ("0\n", ""), command
        if command != "down":
            assert "MISSING" not in client(alpha, "status").stdout
    assert configuration(alpha) == before


def test_a_namespace_that_is_gone_leaves_no_state(cloud, alpha):
    """The state file names the inode of another namespace, as when a new one replaces an old one. Nothing is up or
    undone there, and the file is gone."""
    other = cloud.add_instance("newcomer", "10.0.0.31")
    up(alpha, *L2)
    files = {node: state_file(node) for node in (alpha, other)}
    files[other].write_text(files[alpha].read_text())
    other.ip("route", "add", "224.0.0.0/4", "via", HUB_ADDRESS, "dev", "eth0", "src", "10.0.0.31")
    done = client(other, "status")
    assert (done.returncode, done.stdout) == (3, "not up\n")
    assert not files[other].exists()
    files[other].write_text(files[alpha].read_text())
    assert client(other, "down").stdout == "not up\n" and not files[other].exists()
    assert "224.0.0.0/4" in other.ip("route")
    assert client(alpha, "status").returncode == 0


# Failures change nothing

def failing(folder, program, words, reaction):
    """A PATH with a program that fails, or kills its caller, at some words."""
    real = subprocess.run(["which", program], capture_output=True, text=True, check=True).stdout.strip()
    path = folder / program
    path.write_text(f"#!/bin/sh\ncase \"$*\" in *'{words}'*) {reaction} ;; esac\nexec {real} \"$@\"\n")
    path.chmod(0o755)
    return folder


@pytest.mark.parametrize("path, words", [
    (L2, "route replace"), (member_client.VXLAN, "route replace"), (member_client.VXLAN, "type vxlan"),
    (member_client.VXLAN, "address add"), (member_client.VXLAN, "multicast on"),
])
def test_a_failing_step_undoes_the_steps_before(alpha, tmp_path, path, words):
    before = configuration(alpha)
    done = client(alpha, "up", *path, path=failing(tmp_path, "ip", words, "echo not today >&2; exit 2"))
    assert done.returncode == 1
    assert "ip: not today" in done.stderr and "Traceback" not in done.stderr
    assert configuration(alpha) == before
    assert client(alpha, "status").returncode == 3


def test_down_cleans_up_after_a_crash(alpha, tmp_path):
    """up is killed with SIGKILL in its middle."""
    before = configuration(alpha)
    done = client(alpha, "up", *member_client.VXLAN, path=failing(tmp_path, "ip", "route replace", "kill -9 $PPID"))
    assert done.returncode != 0
    assert "mcdpdk0" in alpha.run("ip", "link")
    assert client(alpha, "down").returncode == 0
    assert configuration(alpha) == before


BAD = [
    ("--encap l2", 2, "--hub"),
    ("--hub 10.0.0 --encap l2", 2, "not an IP address"),
    ("--hub hub.example --encap l2", 2, "not an IP address"),
    ("--hub ff0e::1 --encap gre", 2, "not a unicast address"),
    ("--hub ::ffff:10.0.0.10 --encap gre", 2, "not a unicast address"),
    ("--hub fe80::10 --encap gre", 2, "is link-local"),
    ("--hub fd00::10 --hub 10.0.0.10 --encap gre", 2, "mix IPv4 and IPv6"),
    ("--hub fd00::10 --local 10.0.0.11 --encap gre", 2, "mix IPv4 and IPv6"),
    ("--hub fd00::10 --encap vxlan --vni 1 --nat", 2, "--nat is for hubs with an IPv4 address"),
    ("--hub 10.0.0.10 --encap vxlan --vni 1 --udp6-zero-checksum", 2, "is for gre-udp and vxlan over IPv6"),
    ("--hub fd00::10 --encap gre --udp6-zero-checksum", 2, "is for gre-udp and vxlan over IPv6"),
    ("--hub 239.1.1.1 --encap l2", 2, "not a unicast address"),
    ("--hub 0.0.0.0 --encap gre", 2, "not a unicast address"),
    ("--hub 10.0.0.11 --encap l2", 2, "own address"),
    ("--hub 10.0.0.10", 2, "--encap"),
    ("--hub 10.0.0.10 --encap ipip", 2, "invalid choice"),
    ("--hub 10.0.0.10 --encap l2 --dev eth7", 2, "there is no device eth7"),
    ("--hub 10.0.0.10 --encap l2 --dev lo", 2, "lo leads nowhere"),
    ("--hub 10.0.0.10 --encap gre --local 10.0.0.12", 2, "not an address of this instance"),
    ("--hub 10.0.0.10 --encap gre --overlay 192.168.1.2", 2, "lacks its prefix length"),
    ("--hub 10.0.0.10 --encap gre --overlay 192.168.1.0/24", 2, "network's own"),
    ("--hub 10.0.0.10 --encap gre --overlay 192.168.1.2/33", 2, "A.B.C.D/N"),
    ("--hub 10.0.0.10 --encap gre --overlay6 fd00::2", 2, "lacks its prefix length"),
    ("--hub 10.0.0.10 --encap gre --overlay6 192.168.1.2/24", 2, "not an IPv6 address"),
    ("--hub 10.0.0.10 --encap gre --overlay6 fd00::2/129", 2, "not an IPv6 address"),
    ("--hub 10.0.0.10 --encap gre --overlay6 ff0e::1/64", 2, "not a unicast address"),
    ("--hub 10.0.0.10 --encap gre --overlay6 ::1/128", 2, "not a unicast address"),
    ("--hub 10.0.0.10 --encap gre --overlay6 fe80::2/64", 2, "link-local"),
    ("--hub 10.0.0.10 --encap gre --overlay6 fd00::/64", 2, "anycast"),
    ("--hub 10.0.0.10 --encap l2 --overlay6 fd00::2/64", 2, "--overlay6 means nothing with --encap l2"),
    ("--hub 10.0.0.10 --encap gre --key 4294967296", 2, "not a number"),
    ("--hub 10.0.0.10 --encap gre --key -1", 2, "key"),
    ("--hub 10.0.0.10 --encap gre --vni 1", 2, "--vni means nothing with --encap gre"),
    ("--hub 10.0.0.10 --encap l2 --key 7", 2, "--key means nothing with --encap l2"),
    ("--hub 10.0.0.10 --encap gre --port 4754", 2, "--port means nothing"),
    ("--hub 10.0.0.10 --encap gretap --key 16777216", 2, "is a segment, 0 to 16777215"),
    ("--hub 10.0.0.10 --encap gre --nat", 2, "--nat is for gre-udp and vxlan"),
    ("--hub 10.0.0.10 --encap gretap --vni 1", 2, "--vni means nothing with --encap gretap"),
    ("--hub 10.0.0.10 --encap vxlan", 2, "needs --vni"),
    ("--hub 10.0.0.10 --encap vxlan --vni 16777216", 2, "not a number"),
    ("--hub 10.0.0.10 --encap vxlan --vni 1 --port 0", 2, "not a number"),
    ("--hub 10.0.0.10 --encap vxlan --vni 1 --name a/b", 2, "not a device's name"),
    ("--hub 10.0.0.99 --encap l2", 1, "does not answer ARP"),
    ("--hub 10.5.0.6 --encap l2", 1, "reached through 10.0.0.1"),
    ("--hub 10.0.0.10 --encap vxlan --vni 1 --name eth0", 1, "there is a device eth0 already"),
]


def test_bad_input_is_reported_and_changes_nothing(alpha):
    """A path that is up stays."""
    up(alpha, *L2)
    before = configuration(alpha)
    for words, status, message in BAD:
        done = client(alpha, "up", *words.split())
        assert (done.returncode, message in done.stderr) == (status, True), (words, done.stderr)
        assert "Traceback" not in done.stderr, words
    assert configuration(alpha) == before
    assert client(alpha, "status").returncode == 0


def test_only_root_changes_anything(alpha, public_scripts):
    as_nobody = ("setpriv", "--reuid", "nobody", "--clear-groups", public_scripts / "mcdpdk-client")
    done = alpha.attempt(*as_nobody, "up", *L2)
    assert done.returncode == 1 and "needs root" in done.stderr
    done = alpha.attempt(*as_nobody, "up", "--dry-run", *L2)
    assert done.returncode == 0 and "ip route replace 224.0.0.0/4" in done.stdout

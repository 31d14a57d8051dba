# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members whose network is IPv6, on kernels' sockets. Topology: ipv6_underlay.py.

A hub has both families, then IPv6 alone. After each test the sums balance.
"""

import contextlib
import ipaddress
import re
import socket

import pytest
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.layers.l2 import GRE, Ether

import traffic
from ipv6_cloud import HUB_ADDRESS6, Ipv6Cloud, add_address, open_ipv6
from ipv6_sockets import Receiver, open_sender
from ipv6_underlay import (
    GROUP, GRE_UDP_PORT, KINDS, OVER_IPV4, PORT, PORT_OF_IPV6, VXLAN_PORT, Members, config, taking)
from segment import HUB_OVERLAY
from traffic import OUTER_TTL
from waiting import await_condition

SENDERS = ("alice", "bob", "carol", "dave", "erin", "frank", "plain", "mona")
OVER_UDP = {"alice": VXLAN_PORT, "bob": VXLAN_PORT, "erin": GRE_UDP_PORT, "frank": GRE_UDP_PORT}
WITHOUT_CHECKSUM = ("bob", "frank")
EF = 46 << 2
NEW_MAC = "02:00:00:00:0a:01"
# The least that IPv6 allows, and less than a full packet.
LINK_MTU = 1280
UNKNOWN = "fd00::99"
ETHER_LEN, IPV6_LEN = 14, 40


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud():
    with Ipv6Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Members(cloud)


FAMILIES = {"both families": (tuple(KINDS), None),
            "IPv6 alone": (tuple(name for name in KINDS if name not in OVER_IPV4), PORT_OF_IPV6)}


@pytest.fixture(scope="module", name="hub", params=FAMILIES)
def fixture_hub(request, cloud, members):
    names, port = FAMILIES[request.param]
    # af_packet would put fragments together.
    with cloud.running_hub(config(names, port), driver="af_xdp") as hub:
        hub.names, hub.port = names, port
        yield hub


@pytest.fixture(autouse=True)
def fixture_balanced(hub):
    yield
    hub.settled()


@contextlib.contextmanager
def reloaded(hub, **keys):
    hub.reload_and_wait(config(hub.names, hub.port, **keys))
    try:
        yield
    finally:
        hub.reload_and_wait(config(hub.names, hub.port))


def changed(hub, name, **keys):
    """The members' declarations, with other keys of one."""
    members = config(hub.names, hub.port)["members"]
    return [member | keys if member["name"] == name else member for member in members]


# Who gets it

@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("sender", SENDERS)
def test_a_group_reaches_each_kernel_once_and_in_order(hub, members, version, sender):
    """Of either family, over either network, near and far; with the payload and the inner header that were sent."""
    if sender in hub.names:
        data = [bytes([n]) * 50 * (n + 1) for n in range(20)]
        members.check_delivery(sender, version, taking(version, hub.names), *data)


@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("sender", ["alice", "dave", "frank"])
def test_a_kernels_fragments_are_put_together_by_kernels(hub, members, version, sender):
    """A datagram of several packets, whose UDP checksum in the first one sock's kernel verifies as well."""
    members.check_delivery(sender, version, taking(version, hub.names), bytes(range(250)) * 24)


@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("name", ["alice", "dave", "frank"])
def test_nobody_gets_its_own_packet(hub, members, version, name):
    with contextlib.closing(members.receiver(name, version)) as receiver:
        members.send(name, version, b"its own")
        members.send("bob", version, b"another's")
        first = receiver.next().payload if version == 6 else traffic.receive(receiver)[0]
        assert first == b"another's"


def test_a_sender_that_is_no_member_is_denied(hub, members):
    before = hub.drops()["source_denied"]
    packet = IPv6(src=UNKNOWN, dst=HUB_ADDRESS6) / GRE(proto=0x86DD) / IPv6(src="fd00:1::9", dst=GROUP[6]) / UDP()
    members.wires["plain"].send(Ether(src=members.nodes["plain"].mac, dst=members.cloud.hub_node.mac) / packet)
    await_condition(lambda: hub.drops()["source_denied"] == before + 1, "source_denied")


@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("name", ["alice", "carol", "dave", "erin"])
def test_a_kernel_joins_and_leaves_inside_its_tunnel(hub, members, version, name):
    """By IGMP and MLD; only who has joined receives."""
    group = {4: "239.7.7.7", 6: "ff0e::77"}[version]
    node, device = members.nodes[name], KINDS[name].device
    with reloaded(hub, igmp={"immediate_leave": True}, mld={"immediate_leave": True}):
        if version == 4:
            receiver = traffic.open_receiver(node, group, PORT, device)
        else:
            receiver = Receiver(node, device, PORT, group)
        with contextlib.closing(receiver):
            await_condition(lambda: set(hub.receivers(group)) == {name}, "the membership is known")
            members.sender("bob", version).sendto(b"for who has joined", (group, PORT))
            assert receiver.next().payload == b"for who has joined" if version == 6 else \
                traffic.receive(receiver) == [b"for who has joined"]
        await_condition(lambda: not hub.receivers(group), "the leave is known")


def assert_answered(shown, count):
    """Each ping once. ping sends another one while an answer is late."""
    assert int(re.search(r"(\d+) received", shown)[1]) >= count and "duplicates" not in shown, shown


@pytest.mark.parametrize("other", ["carol", "nick"])
def test_a_segment_spans_both_networks(hub, members, other):
    """ARP, neighbour discovery and unicast inside, of alice with a member over the router and with one over IPv4."""
    if other in hub.names:
        for version in GROUP:
            shown = members.nodes["alice"].run("ping", "-c", "3", "-i", "0.2", "-w", "20", KINDS[other].source(version))
            assert_answered(shown, 3)


@pytest.mark.parametrize("name", ["dave", "erin", "frank", "mona"])
def test_tunnels_reach_each_other_and_the_hub_inside(hub, members, name):
    """Whatever their networks are."""
    if name in hub.names:
        others = [KINDS[other].source(4) for other in ("dave", "erin", "frank", "mona") if other in hub.names]
        for address in {HUB_OVERLAY, *others} - {KINDS[name].source(4)}:
            shown = members.nodes[name].run("ping", "-c", "2", "-i", "0.2", "-w", "20", address)
            assert_answered(shown, 2)


# What is around a copy

class Outer:
    """The outer header of a copy that reached a member's interface."""

    def __init__(self, frame):
        self.packet = frame[ETHER_LEN:]
        self.header = IPv6(self.packet[:IPV6_LEN])
        self.inside = self.packet[IPV6_LEN:IPV6_LEN + self.header.plen]

    @property
    def source_port(self):
        return int.from_bytes(self.inside[:2], "big")

    @property
    def udp_checksum(self):
        return int.from_bytes(self.inside[6:8], "big")

    def verifies(self):
        return in6_chksum(socket.IPPROTO_UDP, self.header, self.inside) == 0


def copies(members, name, sender, version, *payloads, **options):
    """The outer headers of the copies that reach a member."""
    wire = members.wires[name]
    while wire.pending() is not None:
        pass
    members.send(sender, version, *payloads, **options)
    arriving = wire.frames()
    found = []
    while len(found) < len(payloads):
        frame = next(arriving)
        if frame[12:14] == b"\x86\xdd" and payloads[len(found)] in frame:
            found.append(Outer(frame))
    return found


@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("name", [*OVER_UDP, "dave"])
def test_the_outer_header_is_as_of_ipv4(hub, members, version, name):
    """From the hub to the member, hop limit 64, the traffic class of the inner packet, and a label of the flow."""
    tos = {"traffic_class": EF} if version == 6 else {"tos": EF}
    for outer in copies(members, name, "carol", version, b"a payload", b"another payload", **tos):
        header = outer.header
        assert (header.src, header.dst, header.hlim) == (HUB_ADDRESS6, KINDS[name].address, OUTER_TTL)
        assert header.tc == EF and header.fl != 0
        assert header.nh == (socket.IPPROTO_UDP if name in OVER_UDP else socket.IPPROTO_GRE)


@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("name", OVER_UDP)
def test_udp_has_a_checksum_unless_the_member_wants_none(hub, members, version, name):
    """Of payloads of any length and value."""
    payloads = [b"payload " + bytes([n * 37 % 256]) * n for n in (*range(8), 100, 999, 1000)]
    for outer in copies(members, name, "carol", version, *payloads):
        assert int.from_bytes(outer.inside[2:4], "big") == OVER_UDP[name]
        assert outer.udp_checksum == 0 if name in WITHOUT_CHECKSUM else outer.udp_checksum != 0 and outer.verifies()


def test_a_kernel_that_wants_checksums_drops_what_has_none(hub, members):
    """So that it verifies those of the other tests. erin's socket wants them, and is declared as if it did not."""
    node = members.nodes["erin"]

    def dropped():
        shown = node.run("cat", "/proc/self/net/snmp6")
        return int(re.search(r"^Udp6InCsumErrors\s+(\d+)", shown, re.M)[1])

    before = dropped()
    with reloaded(hub, members=changed(hub, "erin", udp6_zero_checksum=True)):
        members.check_delivery("alice", 6, taking(6, hub.names) - {"erin"}, b"without a checksum")
        await_condition(lambda: dropped() == before + 2, "the payload and the marker")
    members.check_delivery("alice", 6, taking(6, hub.names), b"with one again")
    assert dropped() == before + 2


def test_what_has_no_checksum_is_taken_only_if_declared(hub, members):
    """While no member is declared to send without, the hub drops it (RFC 8200 8.1)."""
    declared = config(hub.names, hub.port)["members"]
    strict = [{key: value for key, value in member.items() if key != "udp6_zero_checksum"} for member in declared]
    with reloaded(hub, members=strict):
        before = hub.drops()["bad_checksum"]
        members.send("frank", 6, b"without a checksum")
        await_condition(lambda: hub.drops()["bad_checksum"] > before, "bad_checksum")
    members.check_delivery("frank", 6, taking(6, hub.names), b"taken again")


def test_a_flow_has_one_port_and_label(hub, members):
    """Of one sender and group, the same ones for each packet; of 20 sources, several."""
    one = copies(members, "alice", "dave", 6, *(b"payload %d" % n for n in range(20)))
    assert len({(outer.source_port, outer.header.fl) for outer in one}) == 1
    node, seen = members.nodes["dave"], set()
    for n in range(20):
        source = f"fd00:1::4:{n}"
        node.ip("address", "add", f"{source}/64", "dev", "gre1", "nodad")
        payload = b"from another source %d" % n
        sender = open_sender(node, "gre1", source=source)
        wire = members.wires["alice"]
        sender.sendto(payload, (GROUP[6], PORT))
        frame = next(frame for frame in wire.frames() if payload in frame)
        seen.add((Outer(frame).source_port, Outer(frame).header.fl))
        sender.close()
        node.ip("address", "del", f"{source}/64", "dev", "gre1")
    assert len({port for port, _ in seen}) > 5 and len({label for _, label in seen}) > 5


# Neighbours

KNOWN = {"REACHABLE", "STALE", "DELAY", "PROBE"}


def link_local_of(mac):
    """RFC 4291, appendix A."""
    first, *rest = bytes.fromhex(mac.replace(":", ""))
    return str(ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + bytes([first ^ 2, *rest[:2], 0xFF, 0xFE, *rest[2:]])))


@pytest.mark.parametrize("name", ["alice", "plain", "sock"])
def test_the_hub_and_a_kernel_find_each_other(hub, members, name):
    """The kernel has the hub's MAC by its own question; the hub has the member's, and the router's for carol."""
    node, mac = members.nodes[name], members.cloud.hub_node.mac
    node.ip("neigh", "flush", "dev", "eth0")
    assert " 0% packet loss" in node.run("ping", "-6", "-c", "2", HUB_ADDRESS6)
    shown = node.ip("-6", "neigh", "show", HUB_ADDRESS6, "dev", "eth0").split()
    assert shown[shown.index("lladdr") + 1] == mac and KNOWN & set(shown), shown
    router = members.cloud.router.device_mac("br-a")
    for other, expected in ((name, node.mac), ("carol", router)):
        assert hub.telemetry.ask(f"/mcdpdk/member,{other}")["mac"] == expected


@contextlib.contextmanager
def another_mac(node):
    """A MAC that the member has had since a moment, as an instance may after its restart; then the old one again."""
    yield node.ip("link", "set", "eth0", "address", NEW_MAC) or NEW_MAC
    node.ip("link", "set", "eth0", "address", node.mac)


def await_mac(hub, name, mac):
    await_condition(lambda: hub.telemetry.ask(f"/mcdpdk/member,{name}")["mac"] == mac, f"{name} at {mac}", 120)


def questions_to_all(wire):
    """Solicitations that the hub sent to a group, which have come so far."""
    return [frame for frame in iter(wire.pending, None)
            if frame[:2] == b"\x33\x33" and frame[12:14] == b"\x86\xdd" and frame[ETHER_LEN + IPV6_LEN] == 135]


def test_a_member_that_announces_another_mac_is_followed(hub, members):
    """By an unsolicited advertisement of its kernel (RFC 4861 7.2.6): the hub need not ask where it is."""
    node, wire = members.nodes["dave"], members.wires["dave"]
    node.write_sysctl("net/ipv6/conf/eth0/ndisc_notify", 1)
    questions_to_all(wire)
    with another_mac(node) as mac:
        await_mac(hub, "dave", mac)
        assert questions_to_all(wire) == []
        members.check_delivery("alice", 6, ["dave"], b"to the MAC that it has now")
    await_mac(hub, "dave", node.mac)
    node.write_sysctl("net/ipv6/conf/eth0/ndisc_notify", 0)


@pytest.mark.slow
def test_a_member_that_announces_nothing_is_found(hub, members):
    """When the hub asks again, within a minute (RFC 4861 7.3)."""
    node = members.nodes["dave"]
    with another_mac(node) as mac:
        await_mac(hub, "dave", mac)
        members.check_delivery("alice", 6, ["dave"], b"to the MAC that it has now")
    await_mac(hub, "dave", node.mac)


@pytest.mark.parametrize("size", [0, 56, 1400, 1452])
@pytest.mark.parametrize("name", ["alice", "carol"])
def test_a_ping_of_the_hub_is_answered_once(hub, members, name, size):
    """On-link and over the router."""
    shown = members.nodes[name].run("ping", "-6", "-c", "3", "-i", "0.2", "-s", size, HUB_ADDRESS6)
    assert_answered(shown, 3)


def test_a_ping_of_the_hubs_link_local_address_is_answered(hub, members):
    address = link_local_of(members.cloud.hub_node.mac)
    assert " 0% packet loss" in members.nodes["alice"].run("ping", "-6", "-c", "2", f"{address}%eth0")


# Fragments

FRAGMENT = {4: lambda packet: packet[6] & 0x3F or packet[7], 6: lambda packet: packet[6] == socket.IPPROTO_FRAGMENT}


@pytest.mark.parametrize("name", ["dave", "mona"])
def test_fragments_to_two_members_at_one_address_differ(hub, members, name):
    """Else the instance would mix them (RFC 791 3.2, RFC 8200 4.5). Another member with another key gets the packet,
    too."""
    if name not in hub.names:
        return
    version = 6 if KINDS[name].is_ipv6 else 4
    id_at = slice(IPV6_LEN + 4, IPV6_LEN + 8) if version == 6 else slice(4, 6)
    another = {"name": "another", "address": KINDS[name].address, "encap": "gre", "key": 77}
    wire = members.wires[name]
    while wire.pending() is not None:
        pass
    with reloaded(hub, members=[*config(hub.names, hub.port)["members"], another]):
        hub.await_resolved("another")
        members.check_delivery("plain", 6, [name], bytes(1440))
        packets = [frame[ETHER_LEN:] for frame in iter(wire.pending, None)]
    ids = [packet[id_at] for packet in packets if packet[0] >> 4 == version and FRAGMENT[version](packet)]
    assert len(ids) == 4 and len(set(ids)) == 2, ids


# Path MTU

@contextlib.contextmanager
def narrow_router(cloud, mtu):
    """The links between the router and subnet B."""
    def resize(size):
        cloud.router.ip("link", "set", "br-b", "mtu", str(size))

    resize(mtu)
    try:
        yield
    finally:
        resize(1500)


def test_a_router_that_finds_copies_too_big_teaches_the_path_mtu(hub, members):
    """The first one is lost. Then carol gets all, in fragments where a copy does not fit, and dave as before."""
    large = bytes(n * 7 % 251 for n in range(1370))

    def path_mtu(name):
        return hub.telemetry.ask(f"/mcdpdk/member,{name}")["path_mtu"]

    with narrow_router(members.cloud, LINK_MTU):
        assert members.deliver("alice", 6, ["carol", "dave"], large)["carol"] == []
        await_condition(lambda: path_mtu("carol") == LINK_MTU, "the router's message has come")
        for version in GROUP:
            members.check_delivery("alice", version, ["carol", "dave"], large, b"small", large)
    assert path_mtu("dave") == 1500


def test_a_router_that_finds_fragments_too_big_teaches_the_path_mtu(hub, members):
    """Copies that the hub has cut are no black hole behind a smaller link (RFC 8200 4.5: no router cuts them)."""
    large = bytes(n * 7 % 251 for n in range(1440))
    with reloaded(hub, members=changed(hub, "carol", mtu=1400)):
        pass  # Another MTU ends what the hub has learned.
    with narrow_router(members.cloud, LINK_MTU):
        assert members.deliver("plain", 6, ["carol"], large)["carol"] == []
        await_condition(lambda: hub.telemetry.ask("/mcdpdk/member,carol")["path_mtu"] == LINK_MTU, "it is known")
        members.check_delivery("plain", 6, ["carol"], large, b"small", large)


# sock takes no longer packets, and has no tunnel whose outside could be cut.
NARROW, LARGE = 1300, bytes(range(250)) * 5 + bytes(100)


@contextlib.contextmanager
def learning(node, device):
    """What its kernel learns about paths to groups, it forgets with the route."""
    try:
        yield
    finally:
        for verb in ("del", "append"):
            node.ip("-6", "route", verb, "multicast", "ff00::/8", "dev", device, "table", "local", "metric", "256")


@pytest.mark.parametrize("name", ["alice", "bob", "dave", "erin", "plain", "nick", "mona"])
def test_a_senders_kernel_is_told_what_fits_a_receiver(hub, members, name):
    """RFC 4443 3.2: by "packet too big" in the sender's encapsulation. Then the kernel cuts its datagrams itself, and
    sock puts them together. Linux notes it for the device that a socket is bound to, else for its first one."""
    if name not in hub.names:
        return
    node, kind = members.nodes[name], KINDS[name]

    def path_mtu():
        found = re.search(r"mtu (\d+)", node.ip("-6", "route", "get", GROUP[6], "oif", kind.device))
        return found and int(found[1])

    sender = open_sender(node, kind.device, source=kind.source(6))
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, kind.device.encode())
    with reloaded(hub, members=changed(hub, "sock", mtu=NARROW)), learning(node, kind.device), sender:
        before = hub.drops()["copy_oversize"]
        sender.sendto(LARGE, (GROUP[6], PORT))
        await_condition(lambda: path_mtu() == NARROW, "the hub's message has come")
        with members.receiver("sock", 6) as receiver:
            sender.sendto(LARGE, (GROUP[6], PORT))
            assert receiver.recv(65535) == LARGE
        assert hub.drops()["copy_oversize"] == before + 1


# What operators see

def test_addresses_are_shown_in_their_canonical_form(hub, members):
    """RFC 5952."""
    told = {name: hub.telemetry.ask(f"/mcdpdk/member,{name}") for name in hub.names}
    assert {name: record["address"] for name, record in told.items()} == {
        name: KINDS[name].address for name in hub.names}
    assert all(record["resolved"] for record in told.values())
    shown = hub.ctl("member", "dave").stdout
    assert KINDS["dave"].address in shown and "gre" in shown


@pytest.fixture(scope="module", name="guest")
def fixture_guest(cloud):
    """An instance with a tunnel to the hub, which is not declared."""
    node = cloud.add_ipv6_instance("guest", "fd00::21")
    node.open_tunnel(HUB_ADDRESS6, "192.168.10.21/24", arguments=("--key", 5))
    open_ipv6(node, "gre1")
    add_address(node, "gre1", "fd00:1::21")
    return node


def test_an_admitted_member_has_its_address_in_brackets(hub, members, guest):
    """It becomes a member of that name when it sends, and what it sends is delivered."""
    with reloaded(hub, admit=[{"prefix": "fd00::/64", "encap": ["gre"]}]), \
            contextlib.closing(members.receiver("alice", 6)) as receiver:
        sender = open_sender(guest, "gre1", source="fd00:1::21")
        sender.sendto(b"from a guest", (GROUP[6], PORT))
        assert receiver.next().payload == b"from a guest"
        assert "gre:[fd00::21]:5" in hub.telemetry.listing("members")
        sender.close()

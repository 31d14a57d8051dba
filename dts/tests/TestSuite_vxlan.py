# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A layer-2 segment of kernel VXLAN devices, switched by the hub. Topology: segment.py.

It has ordinary programs and the kernel's own ARP and neighbour discovery, observed on the wire. The sums balance
after each test.
"""

import socket

import pytest

from segment import (
    ADDRESSES, CONFIG, DEVICE, HUB_OVERLAY, OVERLAYS, VNI, add_station, inner_frame, link_local)
from traffic import Wire, open_receiver, open_sender, receive

GROUP, PORT = "224.0.0.77", 5000


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {name: cloud.add_instance(name, address) for name, address in ADDRESSES.items()}
    for name, node in nodes.items():
        add_station(node, OVERLAYS[name])
    return nodes


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, nodes):
    with cloud.running_hub(CONFIG) as hub:
        yield hub


@pytest.fixture(autouse=True)
def fixture_balanced(hub):
    yield
    hub.settled()


def ping(node, address, *options, count=2):
    return node.run("ping", "-c", count, "-i", "0.2", "-W", "3", *options, address)


def forget_neighbours(node):
    node.ip("neigh", "flush", "dev", DEVICE)


def frames_of(wire, deadline_s=0.3):
    """The Ethernet frames of the segment that arrive now."""
    return [inner for frame in wire.frames(deadline_s) if (inner := inner_frame(frame))]


@pytest.mark.parametrize("sender, target", [("alice", "bob"), ("bob", "carol"), ("carol", "alice")])
def test_members_ping_each_other(nodes, sender, target):
    """The kernel resolves the other's MAC by ARP through the hub and gets answers."""
    forget_neighbours(nodes[sender])
    ping(nodes[sender], OVERLAYS[target])
    shown = nodes[sender].ip("neigh", "show", OVERLAYS[target], "dev", DEVICE)
    assert nodes[target].device_mac(DEVICE) in shown


def test_large_packets_pass(nodes):
    """1,450 bytes of IPv4 fill the path exactly; 4,000 pass in the kernel's fragments."""
    ping(nodes["alice"], OVERLAYS["bob"], "-M", "do", "-s", "1422")
    ping(nodes["alice"], OVERLAYS["carol"], "-s", "4000")


def test_hub_answers_inside_the_segment(cloud, nodes):
    """ARP and echo on hub_overlay, from the hub's MAC."""
    for node in nodes.values():
        forget_neighbours(node)
        ping(node, HUB_OVERLAY)
        assert cloud.hub_node.mac in node.ip("neigh", "show", HUB_OVERLAY, "dev", DEVICE)


def test_ipv6_neighbours_are_found(nodes):
    """Neighbour discovery (multicast 33:33:...) and answers pass in both directions, for link-local addresses and the
    group of all nodes."""
    for sender, target in (("alice", "carol"), ("carol", "bob")):
        forget_neighbours(nodes[sender])
        ping(nodes[sender], f"{link_local(nodes[target])}%{DEVICE}", "-6")
    shown = ping(nodes["bob"], f"ff02::1%{DEVICE}", "-6")
    assert link_local(nodes["alice"]) in shown and link_local(nodes["carol"]) in shown


@pytest.mark.parametrize("sender", ADDRESSES)
def test_link_local_groups_flood(nodes, sender):
    """A datagram to a group of 224.0.0.0/24 without an entry reaches all others once."""
    receivers = {n: open_receiver(node, GROUP, PORT, DEVICE) for n, node in nodes.items()}
    out = open_sender(nodes[sender], ttl=1, dev=DEVICE)
    data = [b"%s %d" % (sender.encode(), n) for n in range(20)]
    for payload in data:
        out.sendto(payload, (GROUP, PORT))
    for name, receiver in receivers.items():
        if name != sender:
            assert receive(receiver, len(data)) == data
    for opened in (out, *receivers.values()):
        opened.close()


def broadcast_listener(node, port=6001):
    opened = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, DEVICE.encode())
    opened.bind(("", port))
    opened.settimeout(5)
    return opened


@pytest.mark.parametrize("address", ["255.255.255.255", "192.168.10.255"])
def test_broadcast_floods(nodes, address):
    """A socket's broadcast reaches the sockets of all others in the segment."""
    receivers = {n: broadcast_listener(node) for n, node in nodes.items()}
    out = broadcast_listener(nodes["alice"], port=0)
    out.sendto(b"to all", (address, 6001))
    for name in ("bob", "carol"):
        assert receive(receivers[name]) == [b"to all"]
    for opened in (out, *receivers.values()):
        opened.close()


def test_learned_unicast_goes_to_one_member_only(hub, nodes):
    """After alice and bob have talked, none of alice's pings to bob reaches carol."""
    ping(nodes["alice"], OVERLAYS["bob"])
    with_wire = Wire(nodes["carol"])
    before = hub.stats()["unicast_packets"]
    ping(nodes["alice"], OVERLAYS["bob"], count=10)
    assert hub.settled()[0]["unicast_packets"] - before >= 20
    macs = {bytes.fromhex(nodes[n].device_mac(DEVICE).replace(":", "")) for n in ("alice", "bob")}
    stray = [f for f in frames_of(with_wire) if f[0:6] in macs and f[12:14] == b"\x08\x00"]
    assert stray == []
    with_wire.close()


def test_a_sender_gets_nothing_of_its_own_back(nodes):
    """Split horizon: frames from alice's kernel, flooded or not, never return to it."""
    wire = Wire(nodes["alice"])
    forget_neighbours(nodes["alice"])
    ping(nodes["alice"], OVERLAYS["bob"])
    own = bytes.fromhex(nodes["alice"].device_mac(DEVICE).replace(":", ""))
    received = frames_of(wire)
    assert received and all(frame[6:12] != own for frame in received)
    wire.close()


def test_stations_of_the_segment_are_shown(hub, nodes):
    """Telemetry shows each device's MAC behind its member."""
    for node in nodes.values():
        ping(node, HUB_OVERLAY)
    (page,) = hub.telemetry.pages("/mcdpdk/stations")
    behind = {page[f"r{i}"]["mac"]: page[f"r{i}"]["member"] for i in range(page["total"])}
    assert behind == {node.device_mac(DEVICE): name for name, node in nodes.items()}
    assert all(page[f"r{i}"]["vni"] == VNI for i in range(page["total"]))

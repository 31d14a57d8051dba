# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Groups joined by kernels inside VXLAN segments, with members of other encapsulations.

    hub    10.0.0.10 --+-- switch A --- router --- switch B --- carol 10.5.0.6
                       |                                        vx0 192.168.10.3, VNI 100
    alice  10.0.0.11 --+  vx0 192.168.10.1, VNI 100
    bob    10.0.0.12 --+  vx0 192.168.10.2, VNI 200
    dave   10.0.0.13 --+  gre1 192.168.10.4

No group is configured: a kernel gets only what it joins.
"""

import socket

import pytest
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from igmp_message import is_query
from segment import ADDRESSES, CONFIG, DEVICE, HUB_OVERLAY, OVERLAYS, add_station, inner_frame, member
from traffic import Wire, open_receiver, open_sender, receive, receive_until
from waiting import await_condition

GROUP, PORT = "239.2.2.2", 5000
BOBS_VNI = 200
DEVICES = dict.fromkeys(ADDRESSES, DEVICE) | {"dave": "gre1"}
IGMP_CONFIG = CONFIG | {
    "igmp": {"query_interval": 1, "query_response_interval": 0.2, "last_member_query_interval": 0.2},
    "members": [member("alice", overlay=OVERLAYS["alice"]), member("bob", vni=BOBS_VNI),
                member("carol", overlay=OVERLAYS["carol"]),
                {"name": "dave", "address": "10.0.0.13", "encap": "gre", "overlay": "192.168.10.4"}],
}


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {name: cloud.add_instance(name, address) for name, address in ADDRESSES.items()}
    for name, node in nodes.items():
        add_station(node, OVERLAYS[name], vni=BOBS_VNI if name == "bob" else 100)
    nodes["dave"] = cloud.add_gre_member("dave", "10.0.0.13", "192.168.10.4/24")
    return nodes


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, nodes):
    with cloud.running_hub(IGMP_CONFIG) as hub:
        yield hub


def await_receivers(hub, *names):
    await_condition(lambda: set(hub.receivers(GROUP)) == set(names), f"{GROUP} is received by {names}")


def test_queries_are_multicast_in_the_segment(cloud, hub, nodes):
    """To 224.0.0.1 in the group's MAC, from the hub's MAC and its overlay address."""
    wire = Wire(nodes["alice"])
    inside = (Ether(inner) for frame in wire.frames() if (inner := inner_frame(frame)))
    query = next(frame for frame in inside if IP in frame and is_query(frame[IP]))
    assert (query.src, query.dst) == (cloud.hub_node.mac, "01:00:5e:00:00:01")
    assert (query[IP].src, query[IP].dst, query[IP].ttl) == (HUB_OVERLAY, "224.0.0.1", 1)
    wire.close()


@pytest.mark.parametrize("sender", DEVICES)
def test_joined_groups_cross_segments_and_encapsulations(hub, nodes, sender):
    """All but the sender join by their sockets. The hub learns each join, and each gets every datagram once and in
    order; after the leaves no receiver is left."""
    receivers = {name: open_receiver(node, GROUP, PORT, DEVICES[name])
                 for name, node in nodes.items() if name != sender}
    await_receivers(hub, *receivers)
    out = open_sender(nodes[sender], ttl=1, dev=DEVICES[sender])
    data = [b"%d" % n * 50 for n in range(30)]
    for payload in data:
        out.sendto(payload, (GROUP, PORT))
    for receiver in receivers.values():
        assert receive(receiver, len(data)) == data
        receiver.close()
    await_receivers(hub)
    out.close()


def test_a_tunnel_and_a_segment_ping_each_other(hub, nodes):
    """dave's GRE and stations of the segment reach each other's overlay addresses by echo and TCP: the hub answers ARP
    for dave and has learned the stations' MACs."""
    for sender, target in (("dave", OVERLAYS["carol"]), ("alice", "192.168.10.4")):
        nodes[sender].run("ping", "-c", "2", "-i", "0.2", "-W", "3", target)
    listener = nodes["alice"].socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind((OVERLAYS["alice"], 7000))
    listener.listen()
    caller = nodes["dave"].socket(socket.AF_INET, socket.SOCK_STREAM)
    caller.settimeout(5)
    caller.connect((OVERLAYS["alice"], 7000))
    accepted, _ = listener.accept()
    accepted.sendall(b"through the hub")
    assert caller.recv(100) == b"through the hub"
    for opened in (accepted, caller, listener):
        opened.close()


def test_a_joined_group_does_not_flood_the_segment(hub, nodes):
    """dave sends to carol's group. alice, in the same VNI, gets none of it, only carol's 224.0.0.0/24, which does
    flood."""
    wire = Wire(nodes["alice"], DEVICE)
    joined = open_receiver(nodes["carol"], GROUP, PORT, DEVICE)
    await_receivers(hub, "carol")
    bystander = nodes["alice"]
    marker = open_receiver(bystander, "224.0.0.99", PORT, DEVICE)
    from_dave = open_sender(nodes["dave"], dev="gre1")
    from_carol = open_sender(nodes["carol"], dev=DEVICE)
    from_dave.sendto(b"group", (GROUP, PORT))
    assert receive(joined) == [b"group"]
    from_carol.sendto(b"marker", ("224.0.0.99", PORT))
    assert receive_until(marker, b"marker") == []
    groups = [Ether(f) for f in wire.frames(0.1) if IP in Ether(f) and Ether(f)[IP].dst == GROUP]
    assert groups == []
    for opened in (wire, joined, marker, from_dave, from_carol):
        opened.close()

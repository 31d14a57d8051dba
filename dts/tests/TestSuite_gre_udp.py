# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""GRE in UDP (RFC 8086): ordinary programs on members whose network passes only UDP.

    hub 10.0.0.10 --+-- switch A --- router --- switch B --- carol 10.5.0.6  port 6635, key 7
                    |
    alice .11 l2 ---+
    bob   .12 ------+   port 4754, RFC 8086's own

Each tunnel is a process on a tun device; sockets do not notice it.
"""

import copy

import pytest

from topo import GATEWAY, HUB_ADDRESS
from traffic import open_receiver, open_sender, receive, receive_until
from waiting import await_condition

GROUP, PORT = "239.1.1.1", 5000
ADDRESSES = {"alice": "10.0.0.11", "bob": "10.0.0.12", "carol": "10.5.0.6"}
OVERLAYS = {"bob": "192.168.10.2", "carol": "192.168.10.3"}
DEVICES = {"alice": "eth0", "bob": "gre1", "carol": "gre1"}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": "192.168.10.254/24"},
    "members": [
        {"name": "alice", "address": ADDRESSES["alice"]},
        {"name": "bob", "address": ADDRESSES["bob"], "encap": "gre-udp", "overlay": OVERLAYS["bob"]},
        {"name": "carol", "address": ADDRESSES["carol"], "encap": "gre-udp", "udp_port": 6635,
         "key": 7, "overlay": OVERLAYS["carol"]},
    ],
    "groups": [{"group": GROUP, "members": ["*"]}],
    "idle": "sleep",
}


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    return {
        "alice": cloud.add_l2_member("alice", ADDRESSES["alice"]),
        "bob": cloud.add_gre_member("bob", ADDRESSES["bob"], f"{OVERLAYS['bob']}/24",
                                    ["--udp-port", "4754", "--mtu", "1400"]),
        "carol": cloud.add_gre_member("carol", ADDRESSES["carol"], f"{OVERLAYS['carol']}/24",
                                      ["--udp-port", "6635", "--key", "7", "--mtu", "1400"]),
    }


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, nodes):
    with cloud.running_hub(CONFIG) as hub:
        yield hub


def assert_delivered(nodes, sender, data):
    receivers = {name: open_receiver(node, GROUP, PORT, DEVICES[name])
                 for name, node in nodes.items()}
    out = open_sender(nodes[sender], dev=DEVICES[sender])
    for payload in data:
        out.sendto(payload, (GROUP, PORT))
    for name, receiver in receivers.items():
        if name != sender:
            assert receive(receiver, len(data)) == data, name
    for opened in (*receivers.values(), out):
        opened.close()


@pytest.mark.parametrize("sender", DEVICES)
def test_multicast_reaches_every_other_member(hub, nodes, sender):
    """The two other members' sockets get 20 datagrams of 1 to 1,300 bytes in order."""
    assert_delivered(nodes, sender, [bytes([n]) * (1 + 68 * n) for n in range(20)])
    hub.settled()


def test_members_and_the_hub_ping_each_other_inside(hub, nodes):
    """bob's kernel reaches the overlay addresses of the hub and of carol."""
    for address in ("192.168.10.254", OVERLAYS["carol"]):
        nodes["bob"].run("ping", "-c", "2", "-i", "0.2", "-W", "3", address)
    stats, _ = hub.settled()
    assert stats["unicast_packets"] >= 4


def test_ports_follow_a_reload(hub, nodes):
    """bob keeps sending to 4754 while a reload declares his port as 4755, then as 4754 again. Meanwhile his packets are
    `not_for_us`; carol's stream loses nothing."""
    receiver = open_receiver(nodes["alice"], GROUP, PORT, "eth0")
    bob, carol = (open_sender(nodes[name], dev="gre1") for name in ("bob", "carol"))
    other = copy.deepcopy(CONFIG)
    other["members"][1]["udp_port"] = 4755
    before = hub.drops()["not_for_us"]
    for generation, config in ((2, other), (3, CONFIG)):
        hub.reload(config)
        for number in range(50):
            carol.sendto(b"carol %d" % number, (GROUP, PORT))
        hub.await_generation(generation)
        assert receive(receiver, 50) == [b"carol %d" % number for number in range(50)]
        bob.sendto(b"bob %d" % generation, (GROUP, PORT))
        if config is other:
            await_condition(lambda: hub.drops()["not_for_us"] > before, "not_for_us")
    hub.await_resolved("bob")
    assert receive_until(receiver, b"bob 3") == []
    for opened in (receiver, bob, carol):
        opened.close()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-client leads members of an IPv6 network to real hubs, which answer it by ICMPv6 and learn by MLD.

hub   10.0.0.10, fd00:a::10 --+
other 10.0.0.20, fd00:a::20 --+-- switch A
vera  fd00:a::11 -------------+   vxlan, VNI 77, fd01::2 and 192.168.10.2 inside
vito  fd00:a::12 -------------+   vxlan, VNI 78, fd01::3 and 192.168.10.3 inside
lena  fd00:a::13 -------------+   l2
"""

import json

import pytest

from ipv6_sockets import Receiver, open_sender
from member_client import QUIET_MLD, add_ipv6_to_nic, client, running_other_hub, take_down, up
from topo import HUB_ADDRESS
from traffic import open_receiver, open_sender as open_ipv4_sender, receive

PORT, GROUP, IPV4_GROUP = 5000, "ff1e::4242", "239.1.1.1"
HUB, OTHER_HUB, HUB_INSIDE = "fd00:a::10", "fd00:a::20", "fd01::fe"
ADDRESSES = {"vera": "fd00:a::11", "vito": "fd00:a::12", "lena": "fd00:a::13"}
VNIS = {"vera": 77, "vito": 78}
INSIDE = {"vera": ("fd01::2", "192.168.10.2"), "vito": ("fd01::3", "192.168.10.3")}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "address6": f"{HUB}/64"}],
    "members": [*({"name": name, "address": ADDRESSES[name], "encap": "vxlan", "vni": vni, "overlay6": INSIDE[name][0]}
                  for name, vni in VNIS.items()),
                {"name": "lena", "address": ADDRESSES["lena"], "encap": "l2"}],
    "overlay": {"address": "192.168.10.254/24", "address6": f"{HUB_INSIDE}/64"},
    "groups": [{"group": IPV4_GROUP, "members": ["vera", "vito"]}],
    "mld": QUIET_MLD,
    "idle": "sleep",
}
CONFIG_OF_OTHER = CONFIG | {"ports": [{"address": "10.0.0.20/24", "address6": f"{OTHER_HUB}/64"}]}
# To solicited-node groups: clouds answer these themselves.
DISCOVERY_PASSES = "insert rule bridge cloud ingress ether daddr & ff:ff:ff:00:00:00 == 33:33:ff:00:00:00 accept"


def path_of(name, *hubs):
    hubs = [word for hub in hubs or (HUB,) for word in ("--hub", hub)]
    if name not in VNIS:
        return [*hubs, "--encap", "l2"]
    of_ipv6, of_ipv4 = INSIDE[name]
    return [*hubs, "--encap", "vxlan", "--vni", VNIS[name], "--overlay6", f"{of_ipv6}/64",
            "--overlay", f"{of_ipv4}/24"]


@pytest.fixture(scope="module", name="all_nodes")
def fixture_all_nodes(cloud):
    cloud.switch.run("nft", DISCOVERY_PASSES)
    nodes = {}
    for name, address in ADDRESSES.items():
        nodes[name] = cloud.add_instance(name, f"10.0.0.{address[-2:]}")
        nodes[name].ip("-4", "address", "flush", "dev", "eth0")
        add_ipv6_to_nic(nodes[name], address)
    return nodes


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, all_nodes):
    with cloud.running_hub(CONFIG) as hub:
        yield hub


@pytest.fixture(scope="module", name="other_hub")
def fixture_other_hub(cloud, all_nodes):
    with running_other_hub(cloud, "10.0.0.20", CONFIG_OF_OTHER) as hub:
        yield hub


@pytest.fixture(name="nodes")
def fixture_nodes(all_nodes):
    yield all_nodes
    for node in all_nodes.values():
        take_down(node)


@pytest.mark.parametrize("name", ADDRESSES)
def test_the_hub_answers_on_the_path(hub, nodes, name):
    assert client(nodes[name], "up", *path_of(name)).stderr == ""
    status = client(nodes[name], "status", "--json")
    assert status.returncode == 0 and json.loads(status.stdout)["hub_answers"], status.stdout
    proof = client(nodes[name], "test")
    assert proof.returncode == 0, proof.stdout
    if name in VNIS:
        assert "2 received" in nodes[name].run("ping", "-6", "-c", "2", "-i", "0.1", "-w", "20", HUB_INSIDE)


@pytest.mark.parametrize("sender, receiver", [("vera", "vito"), ("lena", "vito"), ("vera", "lena")])
def test_groups_of_ipv6_are_joined_and_delivered(hub, nodes, sender, receiver):
    for name in (sender, receiver):
        up(nodes[name], *path_of(name))
    with Receiver(nodes[receiver], None, PORT, GROUP) as joined:
        hub.await_receivers(GROUP, receiver)
        open_sender(nodes[sender], hops=5).sendto(b"hello", (GROUP, PORT))
        datagram = joined.next()
        assert (datagram.payload, datagram.source) == (b"hello", INSIDE.get(sender, (ADDRESSES[sender],))[0])
    hub.await_receivers(GROUP)


def test_groups_of_ipv4_travel_by_the_same_tunnel(hub, nodes):
    for name in VNIS:
        up(nodes[name], *path_of(name))
    joined = open_receiver(nodes["vito"], IPV4_GROUP, PORT, "mcdpdk0")
    open_ipv4_sender(nodes["vera"]).sendto(b"over IPv6", (IPV4_GROUP, PORT))
    assert receive(joined) == [b"over IPv6"]


def test_another_hub_is_told_what_is_joined(hub, other_hub, nodes):
    """And the one before, that it has ended."""
    node = nodes["vera"]
    up(node, *path_of("vera"))
    with Receiver(node, None, PORT, GROUP):
        hub.await_receivers(GROUP, "vera")
        up(node, *path_of("vera", OTHER_HUB))
        other_hub.await_receivers(GROUP, "vera")
        hub.await_receivers(GROUP)
    other_hub.await_receivers(GROUP)

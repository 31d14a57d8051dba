# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members behind a NAT, by the kernel's own VXLAN devices and nftables.

    hub   10.0.0.10 --+
    plain 10.0.0.11 --+ l2
    nat   10.0.0.30 --+            masquerades 192.168.50.0/24
                      +-- ann 192.168.50.2   vxlan, VNI 42
                      +-- ben 192.168.50.3   vxlan, VNI 43
                      +-- cid 192.168.50.4   vxlan, VNI 42, port 4790

All three have the NAT's address. ann's and ben's port are the same, so the NAT gives one of them
another. The kernel takes what comes to its VXLAN port only, so it has to send from that.
"""

import re
import socket
import time

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

from encapsulations import NO_ERRORS
from topo import GATEWAY, HUB_ADDRESS
from traffic import open_receiver, open_sender, receive, receive_until
from waiting import DEADLINE_S, await_condition

GROUP, PORT = "239.1.1.1", 5000
NAT = "10.0.0.30"
BEHIND = {"ann": ("192.168.50.2", 42, 4789), "ben": ("192.168.50.3", 43, 4789), "cid": ("192.168.50.4", 42, 4790)}
OVERLAYS = {"ann": "172.20.0.2", "ben": "172.20.1.3", "cid": "172.20.0.4"}
RULES = """
table ip nat {
    chain out {
        type nat hook postrouting priority 100; policy accept;
        oifname "eth0" ip saddr 192.168.50.0/24 masquerade
    }
}
"""
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "plain", "address": "10.0.0.11"}] + [
        {"name": name, "address": NAT, "encap": "vxlan", "vni": vni, "udp_port": port, "nat": True}
        for name, (_, vni, port) in BEHIND.items()],
    "groups": [{"group": GROUP, "members": ["*"], "senders": [f"{NAT}/32", "plain"]}],
    "igmp": False,
    "idle": "sleep",
}


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {"plain": cloud.add_l2_member("plain", "10.0.0.11"), "nat": cloud.add_instance("nat", NAT)}
    nat = nodes["nat"]
    nat.ip("link", "add", "inside", "type", "bridge", "mcast_snooping", "0")
    nat.connect("inside", "192.168.50.1")
    nat.write_sysctl("net/ipv4/ip_forward", 1)
    nat.run("nft", RULES)
    for name, (address, vni, port) in BEHIND.items():
        # pylint: disable-next=protected-access
        node = nodes[name] = cloud._make_node(name)
        node.plug(nat, name, address)
        nat.ip("link", "set", name, "master", "inside")
        node.ip("route", "add", "default", "via", "192.168.50.1")
        node.run("nft", NO_ERRORS)
        node.ip("link", "add", "vx0", "type", "vxlan", "id", str(vni), "dstport", str(port), "srcport", str(port),
                str(port + 1), "local", address, "remote", HUB_ADDRESS, "ttl", "64", "dev", "eth0", "noudpcsum")
        node.connect("vx0", OVERLAYS[name])
        node.route_groups(dev="vx0")
    return nodes


@pytest.fixture(name="hub")
def fixture_hub(cloud, nodes):
    with cloud.start_hub(CONFIG) as hub:
        hub.await_resolved("plain")
        yield hub
        hub.settled()
        hub.stop()


def device(name):
    return "eth0" if name == "plain" else "vx0"


def nat_port(hub, name):
    return hub.telemetry.ask(f"/mcdpdk/member,{name}")["nat_port"]


def speak(nodes, name, data=b"hello"):
    open_sender(nodes[name], dev=device(name)).sendto(data, (GROUP, PORT))


def introduce(hub, nodes):
    for name in BEHIND:
        speak(nodes, name)
        await_condition(lambda: nat_port(hub, name), f"the port of {name}")
    hub.await_resolved()
    hub.settled()


def test_nothing_leaves_before_the_port_is_known(hub, nodes):
    """
    Steps: `plain` sends to all; then `ann` sends.
    Verify: no copy can leave to who was never heard; `ann` is known from her first packet on, the others are not.
    """
    assert [nat_port(hub, name) for name in BEHIND] == [0, 0, 0]
    speak(nodes, "plain")
    await_condition(lambda: hub.drops()["copy_unresolved"] == 3, "3 copy_unresolved")
    speak(nodes, "ann")
    hub.await_resolved("ann")
    assert [bool(nat_port(hub, name)) for name in BEHIND] == [True, False, False]
    assert re.search(r"ann is behind port \d+ of its NAT, 10.0.0.30", hub.log())


def test_members_behind_one_address_are_several_instances(hub, nodes):
    """Verify: each one's datagram reaches all others, and itself not; their ports differ."""
    introduce(hub, nodes)
    assert len({nat_port(hub, name) for name in BEHIND}) == 3
    names = ("plain", *BEHIND)
    receivers = {name: open_receiver(nodes[name], GROUP, PORT, device(name)) for name in names}
    for sender in names:
        speak(nodes, sender, f"from {sender}".encode())
        for name in names:
            if name != sender:
                assert receive(receivers[name]) == [f"from {sender}".encode()]
    speak(nodes, "plain", b"end")
    for name in BEHIND:
        assert receive_until(receivers[name], b"end") == []
    verdict = hub.telemetry.ask(f"/mcdpdk/explain,ann,{GROUP}")
    assert (verdict["verdict"], verdict["total"]) == ("replicate", 3)


def rebound(nodes, port):
    """What the NAT is to the hub after it has given a member another port."""
    bound = nodes["nat"].socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((NAT, port))
    bound.settimeout(DEADLINE_S)
    return bound


FROM_ANN = raw(VXLAN(vni=42, flags="Instance") / Ether(
    src="02:99:00:00:00:01", dst="01:00:5e:01:01:01") / IP(src=OVERLAYS["ann"], dst=GROUP) / UDP(
        sport=4000, dport=PORT) / b"moved")


def test_another_port_is_followed_and_a_reload_keeps_it(hub, nodes):
    """
    Steps: a reload; then ann's packets come from another port, and from two in turn as fast as can be.
    Verify: the ports survive the reload; the new one gets her copies, from the hub's tunnel port; changes, and
    lines in the log, are no faster than one in two seconds.
    """
    introduce(hub, nodes)
    before = {name: nat_port(hub, name) for name in BEHIND}
    hub.reload(CONFIG | {"oversize": "drop"})
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/info")["generation"] == 2, "generation 2")
    assert {name: nat_port(hub, name) for name in BEHIND} == before
    here, there = rebound(nodes, 5555), rebound(nodes, 5556)
    begin = time.monotonic()
    await_condition(lambda: here.sendto(FROM_ANN, (HUB_ADDRESS, 4789)) and nat_port(hub, "ann") == 5555, "port 5555")
    speak(nodes, "plain", b"to ann")
    while not (packet := here.recvfrom(2000))[0].endswith(b"to ann"):
        pass
    assert packet[1] == (HUB_ADDRESS, 4789)
    for _ in range(500):
        for bound in (here, there):
            bound.sendto(FROM_ANN, (HUB_ADDRESS, 4789))
    hub.settled()
    changes = hub.log().count("ann is behind port") - 1
    assert 1 <= changes <= 1 + (time.monotonic() - begin) / 2

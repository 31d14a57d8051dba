# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Checksums that kernels leave to their devices: TX offload is on at every member, as by default.

    hub    10.0.0.10 --+
    alice  10.0.0.11 --+  l2
    bob    10.0.0.12 --+  l2
    carol  10.0.0.13 --+  vx0 192.168.10.1, VNI 100
    dave   10.0.0.14 --+  vx0 192.168.10.2, VNI 100
    erin   10.0.0.15 --+  gre1 192.168.10.3

Elsewhere topo.py switches it off. Senders and receivers are kernel sockets.
"""

import socket

import pytest
from segment import DEVICE, HUB_OVERLAY, INSIDE_MTU, VNI, add_station
from topo import GATEWAY, HUB_ADDRESS
from traffic import DEADLINE_S, open_receiver, open_sender, receive
from waiting import await_condition

GROUP, PORT = "239.4.4.4", 5000
STATIONS = {"carol": ("10.0.0.13", "192.168.10.1"), "dave": ("10.0.0.14", "192.168.10.2")}
ERIN = "192.168.10.3"
DEVICES = {"alice": "eth0", "bob": "eth0", "carol": DEVICE, "dave": DEVICE, "erin": "gre1"}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "members": [
        {"name": "alice", "address": "10.0.0.11"},
        {"name": "bob", "address": "10.0.0.12"},
        *({"name": name, "address": address, "encap": "vxlan", "vni": VNI, "overlay": overlay}
          for name, (address, overlay) in STATIONS.items()),
        {"name": "erin", "address": "10.0.0.15", "encap": "gre", "overlay": ERIN},
    ],
    "groups": [{"group": GROUP, "members": ["*"]}],
    "igmp": False, "mld": False,
    "idle": "sleep",
}


def leaves_checksums(node, device):
    """Whether the kernel leaves checksums to the device; gre1 of some kernels accepts none."""
    return "tx-checksumming: on" in node.run("ethtool", "-k", device)


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {name: cloud.add_l2_member(name, address)
             for name, address in (("alice", "10.0.0.11"), ("bob", "10.0.0.12"))}
    for name, (address, overlay) in STATIONS.items():
        nodes[name] = cloud.add_instance(name, address)
        add_station(nodes[name], overlay)
    nodes["erin"] = cloud.add_gre_member("erin", "10.0.0.15", f"{ERIN}/24")
    for name, node in nodes.items():
        for device in {"eth0", DEVICES[name]}:
            # Some features of a tunnel are fixed: ethtool then fails although it set the others.
            node.attempt("ethtool", "-K", device, "tx", "on")
            node.attempt("ethtool", "-K", device, "tso", "off", "gso", "off")
            assert leaves_checksums(node, device) or device == "gre1"
    return nodes


@pytest.fixture(scope="module", name="hub", params=["af_packet", "af_xdp"])
def fixture_hub(request, cloud, nodes):
    with cloud.running_hub(CONFIG, driver=request.param) as hub:
        yield hub
    assert nodes


@pytest.fixture(name="finished")
def fixture_finished(hub):
    before = hub.stats().get("finished_checksums", 0)
    return lambda: hub.stats().get("finished_checksums", 0) - before


@pytest.mark.parametrize("sender", DEVICES)
def test_sockets_get_datagrams_of_any_encapsulation(nodes, finished, sender):
    """All other members get 20 datagrams of odd and even lengths; the hub counts the completed checksums."""
    sockets = {name: open_receiver(node, GROUP, PORT, DEVICES[name])
               for name, node in nodes.items() if name != sender}
    out = open_sender(nodes[sender], dev=DEVICES[sender])
    data = [b"%d" % n * (n + 1) for n in range(20)]
    for payload in data:
        out.sendto(payload, (GROUP, PORT))
    for receiver in sockets.values():
        assert receive(receiver, len(data)) == data
        receiver.close()
    out.close()
    assert finished() == (len(data) if leaves_checksums(nodes[sender], DEVICES[sender]) else 0)


@pytest.mark.parametrize("family, address", [
    (socket.AF_INET, STATIONS["dave"][1]), (socket.AF_INET6, "fe80"), (socket.AF_INET, ERIN)])
def test_tcp_passes_through_a_segment(nodes, finished, family, address):
    """carol's TCP to dave, over IPv4 and IPv6, and to erin's tunnel carries data in both directions."""
    name = "erin" if address == ERIN else "dave"
    target = (address, 7000)
    if family == socket.AF_INET6:
        address = nodes[name].ip("-6", "-o", "address", "show", "dev", DEVICE).split("inet6 ")[1].split("/")[0]
        with nodes[name].inside():
            scopes = {name: socket.if_nametoindex(DEVICE)}
        with nodes["carol"].inside():
            scopes["carol"] = socket.if_nametoindex(DEVICE)
        target = (address, 7000, 0, scopes["carol"])
    listener = nodes[name].socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(target if family == socket.AF_INET else (address, 7000, 0, scopes[name]))
    listener.listen()
    caller = nodes["carol"].socket(family, socket.SOCK_STREAM)
    caller.settimeout(DEADLINE_S)
    caller.connect(target)
    accepted, _ = listener.accept()
    accepted.settimeout(DEADLINE_S)
    for there, here in ((caller, accepted), (accepted, caller)):
        there.sendall(b"x" * INSIDE_MTU * 2)
        got = b""
        while len(got) < INSIDE_MTU * 2:
            got += here.recv(65535)
    for opened in (accepted, caller, listener):
        opened.close()
    assert finished() > 0


def test_the_log_says_so_once(hub):
    said = "checksums come unfinished"
    await_condition(lambda: said in hub.log(), said)
    assert hub.log().count(said) == 1
    assert "ethtool -K DEV tx off" in hub.log()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Ordinary programs on kernel sockets, l2 and GRE members in one group.

    hub     10.0.0.10 --+
    osaka-1 10.0.0.21 --+ l2
    osaka-2 10.0.0.22 --+ l2
    tokyo-1 10.0.0.12 --+ gre 192.168.10.1, key 7, with checksums and sequence numbers
                        +-- switch A --- router --- switch B --+
                                                               |
                              gre 192.168.10.2, no key   tokyo-2 10.5.0.6
    unknown  10.0.0.66 -- on switch A, set up like an l2 member, not declared
"""

import re
import sys
from itertools import count

import pytest

from topo import GATEWAY, HUB_ADDRESS
from traffic import open_receiver, open_sender, receive, receive_until
from waiting import DEADLINE_S, await_condition
from paths import PROGRAMS

GROUP, PORT = "239.1.1.1", 5000
MULTICAST_PING = "239.192.0.29"
HUB_OVERLAY = "192.168.10.254"
DEVICES = {"osaka-1": "eth0", "osaka-2": "eth0", "tokyo-1": "gre1", "tokyo-2": "gre1"}
OVERLAYS = {"tokyo-1": "192.168.10.1", "tokyo-2": "192.168.10.2"}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [
        {"name": "osaka-1", "address": "10.0.0.21"},
        {"name": "osaka-2", "address": "10.0.0.22"},
        {"name": "tokyo-1", "address": "10.0.0.12", "encap": "gre", "key": 7,
         "overlay": OVERLAYS["tokyo-1"]},
        {"name": "tokyo-2", "address": "10.5.0.6", "encap": "gre",
         "overlay": OVERLAYS["tokyo-2"]},
    ],
    "groups": [
        {"group": GROUP, "members": ["*"]},
        {"group": "232.8.8.8", "members": ["*"]},
        {"group": "224.0.0.251", "members": ["*"]},
        {"group": "239.192.0.0/16", "members": ["tokyo-1", "tokyo-2"]},
    ],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "idle": "sleep",
}

marker = (f"marker {number}".encode() for number in count())


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {
        "osaka-1": cloud.add_l2_member("osaka-1", "10.0.0.21"),
        "osaka-2": cloud.add_l2_member("osaka-2", "10.0.0.22"),
        "tokyo-1": cloud.add_gre_member("tokyo-1", "10.0.0.12", "192.168.10.1/24",
                                        ["--key", "7", "--checksum", "--sequence"]),
        "tokyo-2": cloud.add_gre_member("tokyo-2", "10.5.0.6", "192.168.10.2/24"),
        "unknown": cloud.add_l2_member("unknown", "10.0.0.66"),
    }
    for node in nodes.values():
        node.write_sysctl("net/ipv4/icmp_echo_ignore_broadcasts", 0)
    return nodes


@pytest.fixture(scope="module", name="hub", params=["af_packet", "af_xdp"])
def fixture_hub(request, cloud, nodes):
    with cloud.running_hub(CONFIG, driver=request.param) as hub:
        yield hub


@pytest.fixture(name="receivers")
def fixture_receivers(hub, nodes):
    opened = {name: open_receiver(nodes[name], GROUP, PORT, dev) for name, dev in DEVICES.items()}
    yield opened
    for receiver in opened.values():
        receiver.close()
    hub.settled()


@pytest.mark.parametrize("ttl", [1, 10, 255])
@pytest.mark.parametrize("sender", DEVICES)
def test_every_member_but_the_sender_hears(nodes, receivers, sender, ttl):
    """All others get 20 datagrams once and in order; the sender gets only another member's marker."""
    sent = [f"{sender} {ttl} {number}".encode() for number in range(20)]
    source = open_sender(nodes[sender], ttl)
    for data in sent:
        source.sendto(data, (GROUP, PORT))
    heard = {name: receive(receivers[name], 20) for name in DEVICES if name != sender}
    assert all(data == sent for data in heard.values()), heard

    other = next(name for name in DEVICES if name != sender)
    last = next(marker)
    open_sender(nodes[other]).sendto(last, (GROUP, PORT))
    for name in (n for n in DEVICES if n != other):
        assert receive_until(receivers[name], last) == []


def test_source_address_and_port_are_kept(nodes, receivers):
    """A program bound to port 5353 sends from l2, then one from a GRE tunnel."""
    for sender, address in (("osaka-1", "10.0.0.21"), ("tokyo-2", OVERLAYS["tokyo-2"])):
        source = open_sender(nodes[sender])
        source.bind(("", 5353))
        source.sendto(b"who", (GROUP, PORT))
        for name in (n for n in DEVICES if n != sender):
            assert receivers[name].recvfrom(100) == (b"who", (address, 5353))
        source.close()


def test_an_unknown_sender_is_neither_heard_nor_served(hub, nodes, receivers):
    """An undeclared instance joins and sends: nobody hears it, it hears nobody, and `source_denied` counts it."""
    before = hub.drops()["source_denied"]
    outside = open_receiver(nodes["unknown"], GROUP, PORT, "eth0")
    open_sender(nodes["unknown"]).sendto(b"intruder", (GROUP, PORT))
    await_condition(lambda: hub.drops()["source_denied"] == before + 1, "source_denied")
    last = next(marker)
    open_sender(nodes["osaka-1"]).sendto(last, (GROUP, PORT))
    for name in (n for n in DEVICES if n != "osaka-1"):
        assert receive_until(receivers[name], last) == []
    hub.settled()
    outside.setblocking(False)
    with pytest.raises(BlockingIOError):
        outside.recv(100)


def test_payloads_of_any_size_arrive(nodes, receivers):
    """0 to 1,448 bytes, the most that fit with GRE, key, checksum and sequence."""
    source = open_sender(nodes["osaka-1"])
    sent = [bytes([size % 251]) * size for size in (0, 1, 17, 18, 19, 127, 128, 500, 1000, 1400)]
    for data in sent:
        source.sendto(data, (GROUP, PORT))
    for name in ("osaka-2", "tokyo-1", "tokyo-2"):
        assert receive(receivers[name], len(sent)) == sent


@pytest.mark.parametrize("sender, receiver", [
    ("osaka-1", "tokyo-2"), ("tokyo-2", "osaka-1"), ("tokyo-1", "tokyo-2"), ("osaka-2", "osaka-1"),
])
def test_mctest_receives_what_mctest_sends(hub, nodes, sender, receiver):
    """From the sender's address."""
    listener = nodes[receiver].start_python("mctest.py", "-rec", "-n", "1")
    assert "listening" in listener.stdout.readline()
    text = f"from {sender} {next(marker).decode()}"
    nodes[sender].run(sys.executable, PROGRAMS / "mctest.py", "-send", text, "-n", "1")
    address = OVERLAYS.get(sender, nodes[sender].address)
    assert re.fullmatch(rf"received from {address}:\d+: {text}\n", listener.stdout.readline())
    assert listener.wait(3) == 0
    hub.settled()


@pytest.mark.parametrize("pinger, answerer", [("tokyo-1", "tokyo-2"), ("tokyo-2", "tokyo-1")])
def test_ping_of_a_group_is_answered_once(hub, nodes, pinger, answerer):
    """`ping 239.192.0.29` on a GRE member, with the multicast TTL 1: the group's other member answers each request to
    the overlay address."""
    # A kernel answers a group's echo request only where a program has joined the group.
    joined = open_receiver(nodes[answerer], MULTICAST_PING, PORT, "gre1")
    # With -w it waits for three answers and sends a fourth request if one is late.
    done = nodes[pinger].attempt("ping", "-L", "-c3", "-i0.2", f"-w{DEADLINE_S:.0f}", MULTICAST_PING)
    joined.close()
    answers = re.findall(r"bytes from (\S+): icmp_seq=(\d+) ", done.stdout)
    assert len(answers) >= 3 and len(set(answers)) == len(answers), done.stdout
    assert {address for address, _ in answers} == {OVERLAYS[answerer]}, done.stdout
    hub.settled()


def test_ping_between_overlay_addresses_is_unicast(hub, nodes):
    """Unicast between GRE members passes the hub in both directions and is counted as unicast."""
    before = hub.stats()["unicast_packets"]
    nodes["tokyo-1"].run("ping", "-c2", "-i0.2", "-W3", OVERLAYS["tokyo-2"])
    nodes["tokyo-2"].run("ping", "-c2", "-i0.2", "-W3", OVERLAYS["tokyo-1"])
    stats, _ = hub.settled()
    assert stats["unicast_packets"] == before + 8


def test_the_hub_answers_ping(hub, nodes):
    """It answers for its port's address: on-link, through the router, and in tunnels."""
    for name in ("osaka-1", "unknown", "tokyo-1", "tokyo-2"):
        nodes[name].run("ping", "-c2", "-i0.2", "-W3", HUB_ADDRESS)
    for name in ("tokyo-1", "tokyo-2"):
        nodes[name].run("ping", "-c2", "-i0.2", "-W3", "-s1000", HUB_OVERLAY)
    hub.settled()

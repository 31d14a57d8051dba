# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The cloud itself without the hub: the base of every other suite.

    listener 10.0.0.10 --+
    (in the hub's place) |
    alpha 10.0.0.11 -----+-- switch A --- router --- switch B --- gamma 10.5.0.6
    beta  10.0.0.12 -----+

scapy checks what the user-space GRE endpoint writes, and writes what it reads.
"""

import socket
import subprocess

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether, GRE

from gre_endpoint import Tunnel
from node import run
from topo import Cloud, HUB_ADDRESS
from traffic import Wire, gre_copy, open_receiver, open_sender, receive
from waiting import await_condition
from paths import DTS

GROUP = "239.1.1.1"
PORT = 5000
INNER = IP(src="192.168.10.2", dst=GROUP, ttl=1) / UDP(sport=4000, dport=PORT) / b"payload"
IPV6_INNER = IPv6(src="fd00::2", dst="ff05::1:3", hlim=1) / UDP(sport=4000, dport=PORT) / b"payload"


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    """The listener answers ARP for the hub's address, which its kernel has."""
    listener = cloud.hub_node
    listener.ip("address", "add", f"{HUB_ADDRESS}/24", "dev", "eth0")
    listener.address = HUB_ADDRESS
    listener.ip("route", "add", "default", "via", "10.0.0.1")
    alpha = cloud.add_l2_member("alpha", "10.0.0.11")
    beta = cloud.add_l2_member("beta", "10.0.0.12")
    gamma = cloud.add_instance("gamma", "10.5.0.6")
    return listener, alpha, beta, gamma


def test_switch_drops_group_frames(cloud, nodes):
    """Of alpha's frames to 01:00:5e:01:01:01, to ff:ff:ff:ff:ff:ff, and to beta's MAC, beta sees only the last; the
    switch counts two drops."""
    _, alpha, beta, _ = nodes
    sender, wire = Wire(alpha), Wire(beta)
    before = cloud.dropped_group_frames()
    for destination in ("01:00:5e:01:01:01", "ff:ff:ff:ff:ff:ff", beta.mac):
        sender.send(Ether(src=alpha.mac, dst=destination) / INNER)
    wire.expect(Ether(src=alpha.mac, dst=beta.mac) / INNER)
    assert cloud.dropped_group_frames() == before + 2


def test_l2_member_sends_groups_to_the_hub(nodes):
    """By the route `via HUB dev eth0`, with a complete UDP checksum; beta gets nothing."""
    listener, alpha, _, _ = nodes
    wire = Wire(listener)
    open_sender(alpha, ttl=10).sendto(b"hello", (GROUP, PORT))
    frame = next(wire.frames())
    packet = Ether(frame)
    assert (packet.dst, packet.src) == (listener.mac, alpha.mac)
    assert (packet[IP].src, packet[IP].dst, packet[IP].ttl) == (alpha.address, GROUP, 10)
    wanted = packet.copy()
    del wanted[IP].chksum, wanted[UDP].chksum
    assert raw(wanted) == frame


def test_receiver_takes_a_group_packet_in_a_unicast_frame(nodes):
    """beta's kernel socket, which has joined, receives the group's packet in a unicast frame."""
    listener, _, beta, _ = nodes
    receiver = open_receiver(beta, GROUP, PORT, "eth0")
    inner = IP(src="10.0.0.11", dst=GROUP) / UDP(sport=4000, dport=PORT) / b"copy"
    Wire(listener).send(Ether(src=listener.mac, dst=beta.mac) / inner)
    assert receive(receiver) == [b"copy"]


def test_router_decrements_the_ttl(nodes):
    """Of gamma's packets with TTL 1 and 64 only the second arrives, with TTL 63."""
    listener, _, _, gamma = nodes
    wire = Wire(listener)
    for ttl in (1, 64):
        sender = gamma.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        sender.sendto(str(ttl).encode(), (HUB_ADDRESS, 9))
    packet = Ether(next(wire.frames()))
    assert (packet[IP].ttl, bytes(packet[UDP].payload)) == (63, b"64")


def test_no_interface_speaks_ipv6(nodes):
    """No node has an IPv6 address, so nothing unexpected is on the wire."""
    for node in nodes:
        assert node.ip("-6", "address").strip() == ""


@pytest.mark.parametrize("key", [None, 0, 7, 0xFFFFFFFF])
@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("sequence", [False, True])
@pytest.mark.parametrize("inner, protocol", [(INNER, 0x0800), (IPV6_INNER, 0x86DD)], ids=["IPv4", "IPv6"])
def test_gre_endpoint_agrees_with_scapy(key, checksum, sequence, inner, protocol):
    """With each set of options both write the same bytes. The endpoint accepts scapy's, but not another key, or a
    flipped bit with a checksum."""
    fields = {"chksum_present": int(checksum), "seqnum_present": int(sequence)}
    if key is not None:
        fields |= {"key_present": 1, "key": key}
    if sequence:
        fields["sequence_number"] = 5
    written = raw(GRE(proto=protocol, **fields) / raw(inner))

    assert Tunnel(key, checksum, sequence, next_sequence=5).encapsulate(raw(inner)) == written
    assert Tunnel(key).decapsulate(written) == raw(inner)
    assert Tunnel(key=99).decapsulate(written) is None
    flipped = written[:-1] + bytes([written[-1] ^ 1])
    assert (Tunnel(key).decapsulate(flipped) is None) == checksum


@pytest.mark.parametrize("arguments, key", [
    ([], None),
    (["--key", "7", "--checksum", "--sequence"], 7),
])
def test_gre_endpoint_carries_both_ways(cloud, nodes, arguments, key):
    """gamma's packet to a group is on the wire as Ethernet / IPv4 / GRE with the key / packet, outer TTL 63 after the
    router. gamma's kernel socket receives the answer that scapy built."""
    listener, _, _, gamma = nodes
    endpoint = gamma.open_tunnel(HUB_ADDRESS, "192.168.10.2/24", arguments=arguments)
    wire = Wire(listener)
    open_sender(gamma, ttl=1).sendto(b"to the hub", (GROUP, PORT))
    # The kernel also reports gamma's earlier groups into the tunnel.
    packet = next(p for p in map(Ether, wire.frames()) if UDP in p and p[UDP].dport == PORT)
    assert (packet[IP].src, packet[IP].dst, packet[IP].ttl) == (gamma.address, HUB_ADDRESS, 63)
    assert packet[GRE].key == key
    inner = packet[GRE].payload
    assert (inner.src, inner.dst, inner.ttl) == ("192.168.10.2", GROUP, 1)
    assert bytes(inner[UDP].payload) == b"to the hub"

    receiver = open_receiver(gamma, GROUP, PORT, "gre1")
    answer = IP(src="192.168.10.3", dst=GROUP, ttl=1) / UDP(sport=1, dport=PORT) / b"to gamma"
    router_mac = packet.src
    wire.send(gre_copy(answer, listener.mac, router_mac, HUB_ADDRESS, gamma.address, key))
    assert receive(receiver) == [b"to gamma"]

    endpoint.terminate()
    endpoint.wait(3)


def test_ping_works_between_kernel_instances(nodes):
    """ICMP echo passes the switch and the router in both directions."""
    _, alpha, beta, gamma = nodes
    for source, target in ((alpha, beta), (alpha, gamma), (gamma, beta)):
        assert source.attempt("ping", "-c1", "-W2", target.address).returncode == 0


def test_cloud_leaves_nothing_behind():
    """A cloud with a process ends by an exception, by SIGTERM, or by a kill, after which the next one cleans up."""
    with pytest.raises(ZeroDivisionError), Cloud() as broken:
        sleeper = broken.hub_node.start("sleep", "60")
        raise ZeroDivisionError
    assert sleeper.returncode is not None
    assert broken.name not in run("ip", "netns", "list")

    for kill in (subprocess.Popen.terminate, subprocess.Popen.kill):
        program = ("import time; from topo import Cloud\n"
                   "with Cloud() as cloud: print(cloud.name, flush=True); time.sleep(60)")
        child = subprocess.Popen(["/usr/bin/python3", "-c", program], cwd=DTS / "framework", text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        name = child.stdout.readline().strip()
        assert name in run("ip", "netns", "list")
        kill(child)
        child.wait(10)
        child.stdout.close()
        if kill is subprocess.Popen.kill:
            with Cloud():
                pass
        await_condition(lambda: name not in run("ip", "netns", "list"), f"{name} removed")

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members of each encapsulation whose network is IPv6, and two whose network is IPv4, at one hub.

    hub    fd00::10, 10.0.0.10 --+-- switch A --- router --- switch B --- carol fd00:5::6  vxlan, VNI 100
    alice  fd00::11 --+ vxlan, VNI 100
    bob    fd00::12 --+ vxlan, VNI 200, UDP checksum 0
    dave   fd00::13 --+ gre, key 7
    erin   fd00::14 --+ gre-udp
    frank  fd00::15 --+ gre-udp, UDP checksum 0
    plain  fd00::16 --+ l2
    nick   10.0.0.17 -+ vxlan, VNI 100
    mona   10.0.0.18 -+ gre
    sock   fd00::19 --+ udp, port 6000, a socket that has joined nothing: groups of IPv6

vx0 is the kernel's VXLAN device; gre1 a TUN device of gre_endpoint.py, whose sockets are the kernel's. Kernels make and
verify the UDP checksums. Inside, and to groups of either family, all send and receive by ordinary sockets.
"""

import itertools
import socket
from contextlib import ExitStack
from dataclasses import dataclass

import ipv6_sockets
import traffic
from ipv6_cloud import GATEWAY6, HUB_ADDRESS6, add_address, open_ipv6
from segment import HUB_OVERLAY, INSIDE_MTU
from topo import GATEWAY, HUB_ADDRESS
from traffic import OUTER_TTL, Wire
from waiting import DEADLINE_S

PORT, SOCK_PORT = 5000, 6000
GRE_UDP_PORT, VXLAN_PORT = 4754, 4789
GROUP = {4: "239.1.1.1", 6: "ff05::1:3"}
KEY = 7
# What plain sends from; the hub knows it by its IPv6 address alone, so by its MAC.
PLAIN_IPV4 = "10.0.0.16"

# The kernel sends groups of IPv6 to their own MACs whatever their route.
TO_THE_HUB = """
table netdev to_the_hub {{
    chain out {{
        type filter hook egress device eth0 priority 0; policy accept;
        ether type ip6 ip6 daddr ff05::/16 ether daddr set {mac}
    }}
}}
"""


@dataclass(frozen=True)
class Kind:
    """How a member is connected. `inside` is the last number of its addresses inside the tunnel."""

    address: str
    keys: dict
    inside: int = 0
    device: str = "eth0"

    @property
    def is_ipv6(self):
        return ":" in self.address

    @property
    def hub(self):
        return HUB_ADDRESS6 if self.is_ipv6 else HUB_ADDRESS

    def source(self, version):
        """Its address in packets of a version of IP."""
        if self.device == "eth0":
            return PLAIN_IPV4 if version == 4 else self.address
        return f"fd00:1::{self.inside}" if version == 6 else f"192.168.10.{self.inside}"


def vxlan(address, inside, vni=100, **keys):
    return Kind(address, {"encap": "vxlan", "vni": vni} | keys, inside, "vx0")


def gre(address, inside, encap="gre", **keys):
    return Kind(address, {"encap": encap, "overlay": f"192.168.10.{inside}"} | keys, inside, "gre1")


ZERO = {"udp6_zero_checksum": True}
KINDS = {
    "alice": vxlan("fd00::11", 1),
    "bob": vxlan("fd00::12", 2, 200, **ZERO),
    "carol": vxlan("fd00:5::6", 3),
    "dave": gre("fd00::13", 4, key=KEY),
    "erin": gre("fd00::14", 5, "gre-udp"),
    "frank": gre("fd00::15", 6, "gre-udp", **ZERO),
    "plain": Kind("fd00::16", {"encap": "l2"}),
    "nick": vxlan("10.0.0.17", 7),
    "mona": gre("10.0.0.18", 8),
    "sock": Kind("fd00::19", {"encap": "udp", "udp_port": SOCK_PORT}),
}
OVER_IPV4 = ("nick", "mona")
PORT_OF_IPV6 = {"address6": f"{HUB_ADDRESS6}/64", "gateway6": GATEWAY6}
PORT_OF_BOTH = {"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY} | PORT_OF_IPV6


def config(names=tuple(KINDS), port=None, **keys):
    """Everybody of these is a static receiver of both groups."""
    return {
        "ports": [port or PORT_OF_BOTH],
        "members": [{"name": name, "address": KINDS[name].address} | KINDS[name].keys for name in names],
        "groups": [{"group": group, "members": ["*"]} for group in GROUP.values()],
        "overlay": {"address": f"{HUB_OVERLAY}/24"},
        "igmp": False, "mld": False,
        "idle": "sleep",
    } | keys


def taking(version, names=tuple(KINDS)):
    """Those of them that take groups of a version of IP: sock's are of its own address."""
    return {name for name in names if version == 6 or name != "sock"}


class Members:
    def __init__(self, cloud):
        self.cloud = cloud
        self.nodes = {name: self._add(name, kind) for name, kind in KINDS.items()}
        self.senders = {}
        self._serial = itertools.count()
        # What reaches their network interfaces.
        self.wires = {name: Wire(node) for name, node in self.nodes.items()}

    def _add(self, name, kind):
        if kind.is_ipv6:
            node = self.cloud.add_ipv6_instance(name, kind.address, PLAIN_IPV4 if name == "plain" else None)
        else:
            node = self.cloud.add_instance(name, kind.address)
        if kind.device == "vx0":
            self._add_vxlan(node, kind)
        elif kind.device == "gre1":
            self._add_gre(node, kind)
        elif name == "plain":
            node.run("nft", TO_THE_HUB.format(mac=self.cloud.hub_node.mac))
            # Packets of IPv4 by a next hop of IPv6 (RFC 8950): the hub may have no other address.
            node.ip("route", "replace", "224.0.0.0/4", "via", "inet6", HUB_ADDRESS6, "dev", "eth0")
        return node

    @staticmethod
    def _add_vxlan(node, kind):
        checksums = ["udp6zerocsumtx", "udp6zerocsumrx"] if "udp6_zero_checksum" in kind.keys else []
        node.ip("link", "add", "vx0", "type", "vxlan", "id", str(kind.keys["vni"]), "local", kind.address, "remote",
                kind.hub, "dev", "eth0", "dstport", str(VXLAN_PORT), "ttl", str(OUTER_TTL), *checksums)
        node.run("ethtool", "-K", "vx0", "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        open_ipv6(node, "vx0")
        # 50 bytes of headers over IPv4, 70 over IPv6.
        node.ip("link", "set", "vx0", "up", "mtu", str(INSIDE_MTU - 20 * kind.is_ipv6))
        node.ip("address", "add", f"{kind.source(4)}/24", "brd", "+", "dev", "vx0")
        node.route_groups(dev="vx0")
        add_address(node, "vx0", kind.source(6))

    @staticmethod
    def _add_gre(node, kind):
        options = []
        if "key" in kind.keys:
            options += ["--key", kind.keys["key"]]
        if kind.keys["encap"] == "gre-udp":
            options += ["--udp-port", GRE_UDP_PORT]
        if "udp6_zero_checksum" in kind.keys:
            options += ["--zero-checksum"]
        node.open_tunnel(kind.hub, f"{kind.source(4)}/24", arguments=("--mtu", 1436, *options))
        open_ipv6(node, "gre1")
        add_address(node, "gre1", kind.source(6))

    # Traffic

    def sender(self, name, version, **options):
        """A socket of a member; the same one for the same options."""
        key = name, version, *options.items()
        if key not in self.senders:
            self.senders[key] = self._open_sender(self.nodes[name], KINDS[name], version, **options)
        return self.senders[key]

    @staticmethod
    def _open_sender(node, kind, version, tos=0, **options):
        if version == 6:
            return ipv6_sockets.open_sender(node, kind.device, source=kind.source(6), **options)
        sender = traffic.open_sender(node, dev=kind.device)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        return sender

    def send(self, name, version, *payloads, **options):
        for payload in payloads:
            self.sender(name, version, **options).sendto(payload, (GROUP[version], PORT))

    def receiver(self, name, version):
        """A socket whose program has joined the group; sock's has joined none."""
        node, kind = self.nodes[name], KINDS[name]
        if name == "sock":
            receiver = node.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            receiver.bind((kind.address, SOCK_PORT))
            receiver.settimeout(DEADLINE_S)
            return receiver
        if version == 4:
            return traffic.open_receiver(node, GROUP[4], PORT, kind.device)
        return ipv6_sockets.Receiver(node, kind.device, PORT, GROUP[6])

    def deliver(self, sender, version, to, *payloads, **options):
        """The payloads that each of these gets before one that is sent last; of IPv6, Datagrams, but at sock."""
        marker = b"marker %d" % next(self._serial)
        with ExitStack() as stack:
            opened = {name: stack.enter_context(self.receiver(name, version)) for name in to if name != sender}
            self.send(sender, version, *payloads, marker, **options)
            return {name: receiver.datagrams_until(marker) if isinstance(receiver, ipv6_sockets.Receiver) else
                    traffic.receive_until(receiver, marker) for name, receiver in opened.items()}

    def check_delivery(self, sender, version, to, *payloads):
        """Each of these gets each payload once and in order, with what a kernel shows of the packet's header."""
        got = self.deliver(sender, version, to, *payloads)
        assert set(got) == set(to) - {sender}
        for name, datagrams in got.items():
            if version == 6 and name != "sock":
                assert {datagram.source for datagram in datagrams} == {KINDS[sender].source(6)}, name
                assert {datagram.hops for datagram in datagrams} == {10}, name
                datagrams = [datagram.payload for datagram in datagrams]
            assert datagrams == list(payloads), name

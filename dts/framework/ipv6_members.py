# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members whose kernels speak IPv6 inside tunnels over an IPv4 network, and one without a tunnel.

    hub    10.0.0.10 --+-- switch A --- router --- switch B --- carol 10.5.0.6
                       |                                        vx0 fd00::3, VNI 100
    alice  10.0.0.11 --+  vx0 fd00::1, VNI 100
    bob    10.0.0.12 --+  vx0 fd00::2, VNI 200
    dave   10.0.0.13 --+  gre1 fd00::4
    erin   10.0.0.14 --+  gre1 fd00::5, GRE in UDP
    plain  10.0.0.15 --+  l2; nobody looks at what it gets

vx0 is the kernel's VXLAN device, gre1 a TUN device of gre_endpoint.py.
"""

import ipaddress
import itertools
from contextlib import ExitStack

from scapy.compat import raw
from scapy.layers.l2 import Ether

import ipv6_sockets
from segment import INSIDE_MTU, add_station, member
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, Wired

PORT = 5000
GRE_UDP_PORT = 4754
ETHER_LEN = 14
ADDRESSES = {"alice": "10.0.0.11", "bob": "10.0.0.12", "carol": "10.5.0.6", "dave": "10.0.0.13", "erin": "10.0.0.14",
             "plain": "10.0.0.15"}
VNIS = {"alice": 100, "bob": 200, "carol": 100}
DEVICES = dict.fromkeys(VNIS, "vx0") | {"dave": "gre1", "erin": "gre1"}
NAMES = tuple(DEVICES)
SOURCES = {name: f"fd00::{n}" for n, name in enumerate(NAMES, 1)}
IPV4_INSIDE = {name: f"192.168.10.{n}" for n, name in enumerate(NAMES, 1)}
# Everybody is a static receiver of it: what comes after it was sent after all else.
MARK = "ff05::ffff"
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [*(member(name, vni=vni) for name, vni in VNIS.items()),
                {"name": "dave", "address": ADDRESSES["dave"], "encap": "gre"},
                {"name": "erin", "address": ADDRESSES["erin"], "encap": "gre-udp"},
                {"name": "plain", "address": ADDRESSES["plain"], "encap": "l2"}],
    "groups": [{"group": MARK, "members": ["*"]}],
    "igmp": False,
    "mld": False,
    "idle": "sleep",
}

_serial = itertools.count()


def mac_of_group(group):
    """RFC 2464 7."""
    return "33:33:" + ":".join(f"{byte:02x}" for byte in ipaddress.ip_address(group).packed[12:])


class Members:
    def __init__(self, cloud):
        self.cloud = cloud
        self.nodes = {name: cloud.add_instance(name, address) for name, address in ADDRESSES.items()}
        for name, vni in VNIS.items():
            add_station(self.nodes[name], IPV4_INSIDE[name], vni=vni)
        for name, arguments in (("dave", ()), ("erin", ("--udp-port", GRE_UDP_PORT))):
            self.nodes[name].open_tunnel(HUB_ADDRESS, f"{IPV4_INSIDE[name]}/24",
                                         arguments=("--mtu", INSIDE_MTU, *arguments))
        for name, dev in DEVICES.items():
            self._address(self.nodes[name], dev, SOURCES[name])
        self.macs = {name: self.nodes[name].device_mac(DEVICES[name]) for name in VNIS}
        self.senders = {}
        # Frames inside the members' tunnels. A kernel waits whenever such a socket is closed, so they stay open.
        self.wires = {name: Wire(self.nodes[name], dev) for name, dev in DEVICES.items()}

    @staticmethod
    def _address(node, dev, address):
        node.write_sysctl("net/ipv6/conf/all/disable_ipv6", 0)
        node.write_sysctl("net/ipv6/conf/eth0/disable_ipv6", 1)
        # Solicitations of a kernel that looks for routers are nobody's matter here.
        for key, value in (("disable_ipv6", 0), ("accept_dad", 0), ("router_solicitations", 0)):
            node.write_sysctl(f"net/ipv6/conf/{dev}/{key}", value)
        node.ip("address", "add", f"{address}/64", "dev", dev, "nodad")

    def sender(self, name, **options):
        """A socket of a member; the same one for the same options."""
        key = name, *options.items()
        if key not in self.senders:
            self.senders[key] = ipv6_sockets.open_sender(self.nodes[name], DEVICES[name], source=SOURCES[name],
                                                         **options)
        return self.senders[key]

    def send(self, name, group, *payloads, **options):
        for payload in payloads:
            self.sender(name, **options).sendto(payload, (group, PORT))

    def mark(self, name):
        """Send what everybody else gets after all that this member has sent so far."""
        marker = b"marker %d" % next(_serial)
        self.send(name, MARK, marker)
        return marker

    def receiver(self, name, *groups):
        return ipv6_sockets.Receiver(self.nodes[name], DEVICES[name], PORT, MARK, *groups)

    def deliver(self, sender, group, *payloads, **options):
        """The datagrams that each other member's kernel gets that has joined the group; who gets none is left out."""
        with ExitStack() as stack:
            receivers = {name: stack.enter_context(self.receiver(name, group)) for name in NAMES if name != sender}
            self.send(sender, group, *(payloads or (b"payload",)), **options)
            marker = self.mark(sender)
            got = {name: receiver.datagrams_until(marker) for name, receiver in receivers.items()}
        return {name: datagrams for name, datagrams in got.items() if datagrams}

    def reached(self, sender, group, **options):
        """Who gets a datagram, once each."""
        got = self.deliver(sender, group, b"once", **options)
        assert all([datagram.payload for datagram in datagrams] == [b"once"] for datagrams in got.values()), got
        return set(got)

    def put(self, name, packet):
        """Send a packet to a group, or bytes, through the member's device, past its kernel."""
        self.wires[name].send(self._framed(name, packet))

    def _framed(self, name, packet):
        if name not in VNIS:
            return packet
        group = str(ipaddress.ip_address(raw(packet)[24:40]))
        return Ether(src=self.macs[name], dst=mac_of_group(group), type=0x86DD) / raw(packet)

    def captured(self, sender, *packets):
        """Put packets to one group. The packets to it that each other member's device gets, to the byte; who gets none
        is left out."""
        group = raw(packets[0])[24:40]
        wires = {name: wire for name, wire in self.wires.items() if name != sender}
        Wired(wires).discard()
        for packet in packets:
            self.put(sender, packet)
        marker = self.mark(sender)
        got = {name: [packet for packet in self.packets_until(marker, name, wire) if packet[24:40] == group]
               for name, wire in wires.items()}
        return {name: found for name, found in got.items() if found}

    @staticmethod
    def packets_until(marker, name, wire):
        """The packets of IPv6 that arrive at a member's device before the marker."""
        for frame in wire.frames():
            packet = frame[ETHER_LEN:] if name in VNIS else frame
            if packet.endswith(marker):
                return
            if packet[0] >> 4 == 6:
                yield packet
        raise AssertionError(f"{name} did not get {marker}")

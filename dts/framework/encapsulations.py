# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""One member of each encapsulation, on raw frames that scapy builds and checks.

    hub      10.0.0.10 --+
    plain    10.0.0.11 --+ l2
    tunnel   10.0.0.12 --+ gre, key 7
    over-udp 10.0.0.13 --+ gre-udp, port 4754
    socket   10.0.0.14 --+ udp, port 6000
    segment  10.0.0.15 --+ vxlan, VNI 100
    near     10.0.0.16 --+ vxlan, VNI 100
    beyond   10.0.0.17 --+ vxlan, VNI 200, port 8472
    tap      10.0.0.18 --+ gretap, key 100: in the segment of VNI 100
    untagged 10.0.0.19 --+ gretap, no key: in segment 0
                         +-- switch A --- router --- switch B --- far-socket 10.5.0.6
                                                                  udp, port unchanged

The members' kernels answer ARP; all other frames are raw. far-socket is observed at the router's interface on subnet
A, where its frames are still as the hub sent them.
"""

import ipaddress
import socket

from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE, Ether
from scapy.layers.vxlan import VXLAN

from topo import GATEWAY, HUB_ADDRESS
from traffic import OUTER_TTL, Wire, Wired, difference, ether_type, traffic_class

GROUP, IPV6_GROUP = "239.1.1.1", "ff05::1:3"
HUB_OVERLAY = "192.168.10.254"
GRE_UDP_PORT = 4754
VXLANS = {"segment": (100, 4789), "near": (100, 4789), "beyond": (200, 8472)}
TAPS = {"tap": 100, "untagged": None}
SEGMENTS = {name: vni for name, (vni, _) in VXLANS.items()} | {name: key or 0 for name, key in TAPS.items()}
FIRST_DYNAMIC_PORT = 0xC000
OFF_LINK_TTL = 64
# A kernel answers packets that no program takes with ICMP errors.
NO_ERRORS = """
table ip quiet {
    chain output {
        type filter hook output priority 0; policy accept;
        icmp type destination-unreachable drop
    }
}
"""
ADDRESSES = {"plain": "10.0.0.11", "tunnel": "10.0.0.12", "over-udp": "10.0.0.13",
             "socket": "10.0.0.14", "segment": "10.0.0.15", "near": "10.0.0.16",
             "beyond": "10.0.0.17", "tap": "10.0.0.18", "untagged": "10.0.0.19", "far-socket": "10.5.0.6"}
SENDERS = ("plain", "tunnel", "over-udp", "segment", "tap")
# The hub chooses the UDP source port of these copies.
OVER_UDP = ("over-udp", *VXLANS)
RECEIVERS = tuple(ADDRESSES)
# Those whose encapsulation takes groups of IPv6.
IPV6_RECEIVERS = ("plain", "tunnel", "over-udp", *VXLANS, *TAPS)
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "members": [
        {"name": "plain", "address": ADDRESSES["plain"], "encap": "l2"},
        {"name": "tunnel", "address": ADDRESSES["tunnel"], "encap": "gre", "key": 7},
        {"name": "over-udp", "address": ADDRESSES["over-udp"], "encap": "gre-udp"},
        {"name": "socket", "address": ADDRESSES["socket"], "encap": "udp", "udp_port": 6000},
        {"name": "segment", "address": ADDRESSES["segment"], "encap": "vxlan", "vni": 100},
        {"name": "near", "address": ADDRESSES["near"], "encap": "vxlan", "vni": 100},
        {"name": "beyond", "address": ADDRESSES["beyond"], "encap": "vxlan", "vni": 200,
         "udp_port": 8472},
        {"name": "tap", "address": ADDRESSES["tap"], "encap": "gretap", "key": 100},
        {"name": "untagged", "address": ADDRESSES["untagged"], "encap": "gretap"},
        {"name": "far-socket", "address": ADDRESSES["far-socket"], "encap": "udp"},
    ],
    "groups": [{"group": GROUP, "members": ["*"]}, {"group": IPV6_GROUP, "members": ["*"]}],
    "broadcast": {"members": ["*"]},
    "igmp": False, "mld": False,
    "idle": "sleep",
}


def between(source, destination, **fields):
    """An outer header as the hub writes it. Senders use the same."""
    return IP(src=source, dst=destination, ttl=OUTER_TTL, flags="DF", id=0, **fields)


def group_mac(destination):
    """The MAC of a group (RFC 1112 6.4, RFC 2464 7); broadcast for any other address."""
    address = ipaddress.ip_address(destination)
    last = address.packed[-4:]
    if not address.is_multicast:
        return "ff:ff:ff:ff:ff:ff"
    if address.version == 6:
        return "33:33:" + last.hex(":")
    return f"01:00:5e:{last[1] & 0x7f:02x}:{last[2]:02x}:{last[3]:02x}"


def inner_mac(name):
    """The MAC of the one host behind a member in a segment."""
    return f"02:15:00:00:00:{int(ADDRESSES[name].split('.')[3]):02x}"


def rewritten(packet, address, port=None, ttl=None):
    """The packet as the `udp` encapsulation delivers it; scapy computes the checksums."""
    packet = IP(raw(packet))
    packet.dst = address
    packet.ttl = ttl or packet.ttl
    packet.chksum = None
    if UDP in packet and packet.frag == 0:
        packet[UDP].dport = port or packet[UDP].dport
        packet[UDP].chksum = None if packet[UDP].chksum else 0
    return packet


class Instances(Wired):
    """An instance with a wire for each address. Its kernel sends no ICMP errors."""

    def __init__(self, cloud, addresses):
        self.cloud = cloud
        self.nodes = {name: cloud.add_instance(name, address) for name, address in addresses.items()}
        super().__init__({name: Wire(node) for name, node in self.nodes.items()})
        self.hub_mac = cloud.hub_node.mac
        for node in self.nodes.values():
            node.run("nft", NO_ERRORS)


class Encapsulations(Instances):
    def __init__(self, cloud):
        super().__init__(cloud, ADDRESSES)
        self.wires["far-socket"] = Wire(cloud.router, "br-a")
        self.router_mac = cloud.router.device_mac("br-a")
        self.programs = {name: self._program(name, port)
                         for name, port in (("socket", 6000), ("far-socket", 5000))}

    def _program(self, name, port):
        """A socket bound to the member's own address that has joined no group."""
        program = self.nodes[name].socket(socket.AF_INET, socket.SOCK_DGRAM)
        program.bind((ADDRESSES[name], port))
        return program

    def mac(self, name):
        return self.router_mac if name == "far-socket" else self.nodes[name].mac

    def _ethernet(self, name, sender, packet):
        """The Ethernet header of a packet inside a segment: the sender's own within its segment, else the hub's."""
        if sender == "hub":
            return Ether(src=self.hub_mac, dst=inner_mac(name), type=ether_type(packet))
        own = sender in SEGMENTS and SEGMENTS[sender] == SEGMENTS[name]
        return Ether(src=inner_mac(sender) if own else self.hub_mac, dst=group_mac(packet.dst),
                     type=ether_type(packet))

    def _around(self, name, ends, packet, tos, sender):
        """The headers between Ethernet and the packet, from the hub to the member or back."""
        here, there = ends
        if name == "plain":
            return packet
        if name == "tunnel":
            return between(here, there, tos=tos, proto=47) / GRE(
                proto=ether_type(packet), key_present=1, key=7) / raw(packet)
        if name in TAPS:
            key = {} if TAPS[name] is None else {"key_present": 1, "key": TAPS[name]}
            return between(here, there, tos=tos, proto=47) / GRE(
                proto=0x6558, **key) / self._ethernet(name, sender, packet) / raw(packet)
        if name in VXLANS:
            vni, port = VXLANS[name]
            return between(here, there, tos=tos) / UDP(
                sport=FIRST_DYNAMIC_PORT, dport=port, chksum=0) / VXLAN(
                    vni=vni, flags="Instance") / self._ethernet(name, sender, packet) / raw(packet)
        return between(here, there, tos=tos) / UDP(
            sport=FIRST_DYNAMIC_PORT, dport=GRE_UDP_PORT, chksum=0) / GRE(
                proto=ether_type(packet)) / raw(packet)

    def send(self, sender, packet, tos=0, udp_port=None):
        inside = self._around(sender, (ADDRESSES[sender], HUB_ADDRESS), packet, tos, sender)
        if udp_port:
            inside[UDP].dport = udp_port
        self.wires[sender].send(Ether(src=self.mac(sender), dst=self.hub_mac, type=ether_type(inside))
                                / raw(inside))

    def copy(self, receiver, packet, sender=None):
        """The copy as it leaves the hub, except for a UDP source port that the hub chooses."""
        if receiver == "socket":
            inside = rewritten(packet, ADDRESSES[receiver], 6000)
        elif receiver == "far-socket":
            inside = rewritten(packet, ADDRESSES[receiver], ttl=OFF_LINK_TTL)
        else:
            inside = self._around(receiver, (HUB_ADDRESS, ADDRESSES[receiver]), packet,
                                  traffic_class(packet), sender)
        return raw(Ether(src=self.hub_mac, dst=self.mac(receiver), type=ether_type(inside)) / raw(inside))

    def expect(self, receiver, packet, sender=None):
        """Require that the next frame is the copy, to the byte. Return its UDP source port, if any."""
        wanted = self.copy(receiver, packet, sender)
        got = next(self.wires[receiver].frames(), None)
        assert got is not None, f"{receiver} got nothing instead of {Ether(wanted).summary()}"
        if receiver not in OVER_UDP:
            assert got == wanted, difference(got, wanted)
            return None
        assert got[:34] + got[36:] == wanted[:34] + wanted[36:], difference(got, wanted)
        port = int.from_bytes(got[34:36], "big")
        assert port >= FIRST_DYNAMIC_PORT
        return port

    def expect_answer(self, receiver, packet):
        """Require that the next frame is from the hub itself to the host behind the member."""
        return self.expect(receiver, packet, "hub")

    def exchange(self, sender, packet, receivers=RECEIVERS):
        """Send one packet; each receiver but the sender gets its copy. Return their source ports."""
        self.send(sender, packet)
        return {r: self.expect(r, packet, sender) for r in receivers if r != sender}

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Thousands of members over IPv6 by GRE, whose addresses one kernel has: neighbour discovery finds each.

    hub    fd00::10 ----------+
                              +-- switch A
    crowd  fd00::1:0, :1 ... -+

What is inside the tunnels this test builds and reads.
"""

import ipaddress
import struct
import subprocess

from asker import checksum
from ipv6_cloud import HUB_ADDRESS6, open_ipv6
from traffic import Wire

FIRST = ipaddress.ip_address("fd00::1:0")
SOURCE = "fd01::1"
GRE, HOP_BY_HOP, UDP, ICMPV6 = 47, 0, 17, 58
ROUTER_ALERT = bytes.fromhex("3a00050200000100")
V2_REPORT, QUERY = 143, 130
TO_IN, TO_EX = 3, 4
ETHER_LEN, IPV6_LEN, GRE_LEN, UDP_LEN = 14, 40, 4, 8
INNER = ETHER_LEN + IPV6_LEN + GRE_LEN
# As many records as a frame has room for.
RECORDS = 65


def packed(address):
    return ipaddress.ip_address(address).packed


def packet(source, destination, next_header, payload, hops=64):
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, hops) + packed(source) + packed(destination) + payload


def report(source, kind, groups):
    """Of MLDv2; groups are 16 bytes each."""
    records = b"".join(struct.pack("!BBH", kind, 0, 0) + group for group in groups)
    head, tail = bytes([V2_REPORT, 0]), struct.pack("!HH", 0, len(groups)) + records
    length = 4 + len(tail)
    pseudo = packed(source) + packed("ff02::16") + struct.pack("!II", length, ICMPV6)
    message = head + struct.pack("!H", checksum(pseudo + head + bytes(2) + tail)) + tail
    return packet(source, "ff02::16", HOP_BY_HOP, ROUTER_ALERT + message, hops=1)


class Crowd6:
    def __init__(self, cloud, members):
        self.members = range(members)
        self.node = cloud.add_instance("crowd", "10.0.0.15")
        self.macs = bytes.fromhex((cloud.hub_node.mac + self.node.mac).replace(":", ""))
        open_ipv6(self.node, "eth0")
        self._add_addresses()
        self.wire = Wire(self.node)

    def _add_addresses(self):
        batch = "".join(f"address add {self.address(member)}/64 dev eth0 nodad\n" for member in self.members)
        subprocess.run(["ip", "-n", self.node.namespace, "-batch", "-"], input=batch, text=True, check=True)

    @staticmethod
    def name(member):
        return f"c{member}"

    @staticmethod
    def address(member):
        return str(FIRST + member)

    @staticmethod
    def inside(member):
        return str(ipaddress.ip_address("fe80::1:0") + member)

    def declarations(self):
        """Without MACs."""
        return [{"name": self.name(member), "address": self.address(member), "encap": "gre"}
                for member in self.members]

    def send(self, member, inner):
        outer = packet(self.address(member), HUB_ADDRESS6, GRE, b"\0\0\x86\xdd" + inner)
        self.wire.send(self.macs + b"\x86\xdd" + outer)

    def send_datagram(self, member, group, payload):
        """Nobody looks at its checksum."""
        udp = struct.pack("!HHHH", 5000, 5000, 8 + len(payload), 1) + payload
        self.send(member, packet(SOURCE, group, UDP, udp))

    def report(self, member, kind, groups):
        """In one frame."""
        self.send(member, report(self.inside(member), kind, groups))

    def _received(self, next_header):
        """Yield (member, payload) of what arrives with this header behind that of the inner IPv6."""
        for frame in self.wire.frames():
            if frame[12:14] == b"\x86\xdd" and frame[20] == GRE and frame[INNER + 6] == next_header:
                yield int.from_bytes(frame[38:54], "big") - int(FIRST), frame[INNER + IPV6_LEN:]

    def general_queries(self):
        """Yield the members whose queries arrive."""
        for member, payload in self._received(HOP_BY_HOP):
            message = payload[len(ROUTER_ALERT):]
            if message[0] == QUERY and not any(message[8:24]):
                yield member

    def datagrams(self):
        """Yield (member, payload)."""
        for member, payload in self._received(UDP):
            yield member, payload[UDP_LEN:]

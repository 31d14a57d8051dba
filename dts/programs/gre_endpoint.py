# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A user-space GRE tunnel (RFC 2784, key and sequence of RFC 2890) on a tun device.

It replaces, on kernels without ip_gre, `ip tunnel add DEV mode gre local A remote B ttl 64 [key K] [csum] [seq]`;
with --udp-port it is GRE in UDP (RFC 8086), like `encap fou` with that port. Between two IPv6 addresses it is what
`mode ip6gre` is, and the kernel makes and verifies UDP checksums, but for --zero-checksum (RFC 6935). It runs until it
is terminated.

With --from-any it takes packets of every source, as of several hubs that share a member, and sends to the address that
standard input named last, if any, a line each.
"""

import argparse
import contextlib
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass

# By the version in the first byte of a packet.
PROTOCOLS = {4: 0x0800, 6: 0x86DD}
FLAG_CHECKSUM = 0x8000
FLAG_KEY = 0x2000
FLAG_SEQUENCE = 0x1000
KNOWN_BITS = FLAG_CHECKSUM | FLAG_KEY | FLAG_SEQUENCE

TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
IP_MTU_DISCOVER = 10
IP_PMTUDISC_DO = 2
# linux/in6.h, linux/udp.h
IPV6_MTU_DISCOVER = 23
UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX = 101, 102
OUTER_TTL = 64
LARGEST_PACKET = 65535


def internet_checksum(data):
    """RFC 1071; 0 over data with a correct checksum."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass
class Tunnel:
    """The GRE configuration of both ends: they write and expect the same."""

    key: int = None
    checksum: bool = False
    sequence: bool = False
    next_sequence: int = 0

    def encapsulate(self, packet):
        flags, fields, protocol = 0, b"", PROTOCOLS[packet[0] >> 4]
        if self.key is not None:
            flags |= FLAG_KEY
            fields += struct.pack("!I", self.key)
        if self.sequence:
            flags |= FLAG_SEQUENCE
            fields += struct.pack("!I", self.next_sequence)
            self.next_sequence = (self.next_sequence + 1) & 0xFFFFFFFF
        if not self.checksum:
            return struct.pack("!HH", flags, protocol) + fields + packet
        head = struct.pack("!HH", flags | FLAG_CHECKSUM, protocol)
        value = internet_checksum(head + bytes(4) + fields + packet)
        return head + struct.pack("!HH", value, 0) + fields + packet

    def decapsulate(self, gre):
        """The packet inside, or None if a kernel tunnel with this configuration would refuse it."""
        if len(gre) < 4:
            return None
        flags, protocol = struct.unpack_from("!HH", gre)
        if flags & ~KNOWN_BITS or protocol not in PROTOCOLS.values():
            return None
        at = 4
        if flags & FLAG_CHECKSUM:
            if internet_checksum(gre) != 0:
                return None
            at += 4
        key = None
        if flags & FLAG_KEY:
            if len(gre) < at + 4:
                return None
            (key,) = struct.unpack_from("!I", gre, at)
            at += 4
        if flags & FLAG_SEQUENCE:
            at += 4
        return gre[at:] if key == self.key else None


def open_tun(name):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN_NO_PI))
    return tun


def set_up(dev, overlay, mtu):
    for command in (["address", "add", overlay, "dev", dev],
                    ["link", "set", dev, "mtu", str(mtu), "multicast", "on", "up"]):
        subprocess.run(["ip", *command], check=True)


def open_outer(arguments):
    """Not connected: over UDP the peer sends from any port (RFC 8086, 3.2.1)."""
    family = socket.AF_INET6 if ":" in arguments.local else socket.AF_INET
    if arguments.udp_port:
        outer = socket.socket(family, socket.SOCK_DGRAM)
    else:
        outer = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_GRE)
    outer.bind((arguments.local, arguments.udp_port))
    if family == socket.AF_INET:
        outer.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, OUTER_TTL)
        outer.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
    else:
        outer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, OUTER_TTL)
        outer.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DO)
    if arguments.zero_checksum:
        for option in (UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX):
            outer.setsockopt(socket.IPPROTO_UDP, option, 1)
    return outer


def receive(outer, tunnel, tun, remote):
    """`remote` is the only source that counts; None: any does."""
    packet, (source, *_) = outer.recvfrom(LARGEST_PACKET)
    if remote and source != remote:
        return
    # Only IPv4's raw sockets give the header of IP.
    has_header = outer.type == socket.SOCK_RAW and outer.family == socket.AF_INET
    inner = tunnel.decapsulate(packet[(packet[0] & 0x0F) * 4 if has_header else 0:])
    if inner:
        os.write(tun, inner)


def send(outer, tunnel, tun, remote, port):
    packet = os.read(tun, LARGEST_PACKET)
    if remote:
        outer.sendto(tunnel.encapsulate(packet), (remote, port))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", default="gre1")
    parser.add_argument("--local", required=True)
    parser.add_argument("--remote")
    parser.add_argument("--overlay", required=True, help="A.B.C.D/N of the tunnel device")
    parser.add_argument("--mtu", type=int, default=1476)
    parser.add_argument("--key", type=int)
    parser.add_argument("--udp-port", type=int, default=0)
    parser.add_argument("--zero-checksum", action="store_true", help="UDP over IPv6 without checksums, both ways")
    parser.add_argument("--from-any", action="store_true", help="take packets of any source")
    parser.add_argument("--checksum", action="store_true")
    parser.add_argument("--sequence", action="store_true")
    arguments = parser.parse_args()
    if bool(arguments.remote) == arguments.from_any:
        parser.error("one of --remote and --from-any is needed")
    return arguments


def main():
    arguments = parse_arguments()
    tunnel = Tunnel(arguments.key, arguments.checksum, arguments.sequence)
    outer = open_outer(arguments)
    tun = open_tun(arguments.dev)
    set_up(arguments.dev, arguments.overlay, arguments.mtu)
    remote, inputs = arguments.remote, [outer, tun, *([sys.stdin] if arguments.from_any else [])]
    while True:
        for ready in select.select(inputs, [], [])[0]:
            # An ICMP error from the other side, or a packet that is too large: as on a kernel's
            # tunnel the packet is lost, the tunnel is not.
            with contextlib.suppress(OSError):
                if ready is outer:
                    receive(outer, tunnel, tun, arguments.remote)
                elif ready is tun:
                    send(outer, tunnel, tun, remote, arguments.udp_port)
                elif line := sys.stdin.readline():
                    remote = line.strip()
                else:
                    return


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""This member's encapsulation without the path, which may lead to another hub."""

import socket
import struct

from .system import link, neighbour

ETH_P_IP, ETH_P_IPV6, ETHERNET_IN_GRE, GRE_KEY, VXLAN_VNI = 0x0800, 0x86dd, 0x6558, 0x2000, 0x08000000
GRE_CHECKSUM, GRE_SEQUENCE = 0x8000, 0x1000
IPV6_HEADER, IPV6_FRAGMENT, FRAGMENT_HEADER = 40, 44, 8
UDP_NO_CHECK6_TX = 101
ETHERNET, UDP, VXLAN = 14, 8, 8
OUTER_TTL = 64


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def is_ipv6(packet):
    return packet[0] >> 4 == 6


def source(packet):
    return packet[8:24] if is_ipv6(packet) else packet[12:16]


def destination(packet):
    return packet[24:40] if is_ipv6(packet) else packet[16:20]


def ether_type(packet):
    return ETH_P_IPV6 if is_ipv6(packet) else ETH_P_IP


def group_mac(packet):
    if is_ipv6(packet):
        return b"\x33\x33" + packet[36:40]
    return b"\x01\x00\x5e" + bytes([packet[17] & 0x7f]) + packet[18:20]


class Sender:
    """A context manager. What has to be asked of the system is asked at its start, so that sending takes no time."""

    def __init__(self, settings):
        self.settings = settings
        self.own_mac = self.hub_mac = None
        if settings.encap == "l2":
            self.own_mac = mac(settings.own_mac)
            self.hub_mac = mac(neighbour(settings.hub, settings.dev) or settings.hub_mac)
        elif settings.encap in ("vxlan", "gretap"):
            self.own_mac = mac(link(settings.name)["address"])
        self.socket = open_frames(settings) if settings.encap == "l2" else open_tunnel(settings)

    def send(self, packets):
        """Packets to a group. An address that nobody has may raise OSError."""
        settings = self.settings
        for packet in packets:
            if settings.encap == "l2":
                self.socket.send(ethernet(self.hub_mac, self.own_mac, packet))
                continue
            inside = in_tunnel(settings, packet, self.own_mac)
            if settings.nat:
                inside = udp_header(settings.port, len(inside)) + inside
            self.socket.sendto(inside, (settings.hub, settings.port or 0))

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def open_frames(settings):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    opened.bind((settings.dev, 0))
    return opened


def open_tunnel(settings):
    opened = socket.socket(socket.AF_INET6 if settings.is_ipv6 else socket.AF_INET, *kind_of(settings))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, settings.dev.encode())
    if settings.is_ipv6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, OUTER_TTL)
    else:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, OUTER_TTL)
    if settings.udp6_zero_checksum:
        opened.setsockopt(socket.IPPROTO_UDP, UDP_NO_CHECK6_TX, 1)
    opened.bind((settings.local, 0))
    return opened


def kind_of(settings):
    """Behind a NAT the source port is the one that the kernel's tunnel has, so no other socket can be bound to it."""
    if settings.encap not in ("vxlan", "gre-udp"):
        return socket.SOCK_RAW, socket.IPPROTO_GRE
    return (socket.SOCK_RAW, socket.IPPROTO_UDP) if settings.nat else (socket.SOCK_DGRAM, 0)


def udp_header(port, length):
    return struct.pack("!HHHH", port, port, UDP + length, 0)


def out_of_tunnel(settings, packet):
    """The packet inside one that came from a hub, or None if it is not of this member's tunnel."""
    if settings.encap == "l2":
        return packet
    try:
        protocol, inside = transport(packet)
        if settings.port is None:
            return out_of_gre(settings, inside) if protocol == socket.IPPROTO_GRE else None
        if protocol != socket.IPPROTO_UDP or struct.unpack_from("!H", inside, 2)[0] != settings.port:
            return None
        inside = inside[UDP:]
        if settings.encap == "gre-udp":
            return out_of_gre(settings, inside)
        _, vni = struct.unpack_from("!II", inside)
        return out_of_frame(inside[VXLAN:]) if vni >> 8 == settings.vni else None
    except (struct.error, IndexError):
        return None


def transport(packet):
    """Protocol and what follows the headers of IP; no protocol of a fragment that is not the first."""
    if is_ipv6(packet):
        protocol, inside = packet[6], packet[IPV6_HEADER:]
        if protocol != IPV6_FRAGMENT:
            return protocol, inside
        protocol, _, fragment = struct.unpack_from("!BBH", inside)
        return None if fragment & 0xfff8 else protocol, inside[FRAGMENT_HEADER:]
    (fragment,) = struct.unpack_from("!H", packet, 6)
    return None if fragment & 0x1fff else packet[9], packet[(packet[0] & 15) * 4:]


def out_of_gre(settings, inside):
    flags, protocol = struct.unpack_from("!HH", inside)
    at = 4 + (4 if flags & GRE_CHECKSUM else 0)
    key = struct.unpack_from("!I", inside, at)[0] if flags & GRE_KEY else None
    at += (4 if flags & GRE_KEY else 0) + (4 if flags & GRE_SEQUENCE else 0)
    # Without a key, gretap is segment 0, and the hub sends what it was sent.
    if key != settings.key:
        return None
    if settings.encap == "gretap":
        return out_of_frame(inside[at:]) if protocol == ETHERNET_IN_GRE else None
    return inside[at:] if protocol in (ETH_P_IP, ETH_P_IPV6) else None


def out_of_frame(frame):
    (protocol,) = struct.unpack_from("!H", frame, 12)
    return frame[ETHERNET:] if protocol in (ETH_P_IP, ETH_P_IPV6) else None


def in_tunnel(settings, packet, own_mac=None):
    """own_mac: of the tunnel's device, if frames go through it."""
    if settings.encap == "vxlan":
        return struct.pack("!II", VXLAN_VNI, settings.vni << 8) + ethernet(group_mac(packet), own_mac, packet)
    if settings.encap == "gretap":
        return gre(settings.key, ETHERNET_IN_GRE) + ethernet(group_mac(packet), own_mac, packet)
    return gre(settings.key, ether_type(packet)) + packet


def gre(key, protocol):
    return struct.pack("!HH", 0, protocol) if key is None else struct.pack("!HHI", GRE_KEY, protocol, key)


def ethernet(to, source, packet):
    return to + source + struct.pack("!H", ether_type(packet)) + packet

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Send packets to a hub in this member's encapsulation without the path, which may lead to another hub by now."""

import socket
import struct

from .system import link, neighbour

ETH_P_IP, ETHERNET_IN_GRE, GRE_KEY, VXLAN_VNI = 0x0800, 0x6558, 0x2000, 0x08000000
OUTER_TTL = 64


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def group_mac(packet):
    return b"\x01\x00\x5e" + bytes([packet[17] & 0x7f]) + packet[18:20]


def send(settings, packets):
    """IPv4 packets to a group. An address that nobody has may raise OSError."""
    if settings.encap == "l2":
        destination = neighbour(settings.hub, settings.dev) or settings.hub_mac
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as opened:
            for packet in packets:
                head = mac(destination) + mac(settings.own_mac) + struct.pack("!H", ETH_P_IP)
                opened.sendto(head + packet, (settings.dev, ETH_P_IP))
        return
    is_udp = settings.encap in ("vxlan", "gre-udp")
    kind = (socket.SOCK_DGRAM, 0) if is_udp else (socket.SOCK_RAW, socket.IPPROTO_GRE)
    with socket.socket(socket.AF_INET, *kind) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, settings.dev.encode())
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, OUTER_TTL)
        opened.bind((settings.local, 0))
        for packet in packets:
            opened.sendto(in_tunnel(settings, packet), (settings.hub, settings.port or 0))


def in_tunnel(settings, packet):
    if settings.encap == "vxlan":
        return struct.pack("!II", VXLAN_VNI, settings.vni << 8) + ethernet(settings, packet)
    if settings.encap == "gretap":
        return gre(settings.key, ETHERNET_IN_GRE) + ethernet(settings, packet)
    return gre(settings.key, ETH_P_IP) + packet


def gre(key, protocol):
    return struct.pack("!HH", 0, protocol) if key is None else struct.pack("!HHI", GRE_KEY, protocol, key)


def ethernet(settings, packet):
    return group_mac(packet) + mac(link(settings.name)["address"]) + struct.pack("!H", ETH_P_IP) + packet

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""ICMPv6 echo (RFC 4443), by which hubs with an IPv6 address are asked. A raw socket of it has no IPv6 header, and the
kernel computes the checksum."""

import ipaddress
import socket
import struct

ALL_ROUTERS = "ff02::2"
UNREACHABLE, ECHO_REQUEST, ECHO_REPLY = 1, 128, 129
# RFC 4443, 3.1: communication with destination administratively prohibited.
PROHIBITED = 1
ICMP6_FILTER, IPV6_MTU_DISCOVER, IPV6_DONTFRAG, IPV6_PMTUDISC_PROBE = 1, 23, 62, 3
IP_HEADER, ICMP_HEADER = 40, 8


def echo_request(ident, number, body):
    return struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, ident, number & 0xffff) + body


def read_answer(icmp, ident, cookie):
    """(number of the echo request, whether the hub drains) of an answer to one with this identifier and body, or
    None."""
    if icmp[:1] == bytes([ECHO_REPLY]) and icmp[ICMP_HEADER:].startswith(cookie):
        echo, drains = icmp, False
    elif icmp[:2] == bytes([UNREACHABLE, PROHIBITED]):
        asked = icmp[ICMP_HEADER:]
        echo, drains = asked[IP_HEADER:], True
        # Not of what is inside an outer packet, which a router may have prohibited.
        if asked[6:7] != bytes([socket.IPPROTO_ICMPV6]) or echo[:1] != bytes([ECHO_REQUEST]):
            return None
        if not echo[ICMP_HEADER:].startswith(cookie):
            return None
    else:
        return None
    its_ident, number = struct.unpack_from("!HH", echo, 4)
    return (number, drains) if its_ident == ident else None


def unreachable(packet):
    """Sender and code if the IPv6 packet is an ICMPv6 "unreachable", else None."""
    if packet[6] != socket.IPPROTO_ICMPV6 or packet[IP_HEADER] != UNREACHABLE:
        return None
    return str(ipaddress.IPv6Address(packet[8:24])), packet[IP_HEADER + 1]


def open_socket():
    opened = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    passes = [0xffffffff] * 8
    for kind in (UNREACHABLE, ECHO_REPLY):
        passes[kind >> 5] ^= 1 << (kind & 31)
    opened.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, struct.pack("8I", *passes))
    # As probe.open_icmp() does.
    opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
    opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    return opened


def ignore_path_mtu(opened):
    opened.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE)
    opened.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, 1)

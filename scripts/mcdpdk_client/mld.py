# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""MLD reports as the kernel sends them, as whole IPv6 packets (RFC 9777, RFC 2710)."""

import ipaddress
import socket
import struct

from . import records
from .probe import checksum

ROUTERS_V2, ALL_ROUTERS = "ff02::16", "ff02::2"
QUERY, V1_REPORT, V1_DONE, V2_REPORT = 130, 131, 132, 143
IP_HEADER, REPORT_HEADER = 40, 8
HOP_BY_HOP = 0
# Router Alert and padding.
OPTIONS = bytes([socket.IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0])


def reports(version, memberships, source, mtu):
    """The current state of the memberships."""
    if version < 2:
        return [packet(source, one.group, message(V1_REPORT, one.group)) for one in memberships]
    return v2_reports(source, mtu, records.of_state(memberships))


def leaves(version, memberships, source, mtu):
    """The end of the memberships."""
    if version < 2:
        return [packet(source, ALL_ROUTERS, message(V1_DONE, one.group)) for one in memberships]
    return v2_reports(source, mtu, records.of_end(memberships))


def packed_address(text):
    return ipaddress.IPv6Address(text).packed


def message(kind, group):
    return struct.pack("!BBHHH16s", kind, 0, 0, 0, 0, packed_address(group))


def v2_reports(source, mtu, group_records):
    return [packet(source, ROUTERS_V2, struct.pack("!BBHHH", V2_REPORT, 0, 0, 0, len(some)) + b"".join(some))
            for some in records.pack(group_records, mtu - IP_HEADER - len(OPTIONS) - REPORT_HEADER, packed_address)]


def packet(source, destination, icmp):
    return icmp_packet(source, destination, icmp, HOP_BY_HOP, OPTIONS)


def icmp_packet(source, destination, icmp, next_header=socket.IPPROTO_ICMPV6, options=b""):
    """A whole packet of ICMPv6 that no router forwards."""
    addresses = packed_address(source) + packed_address(destination)
    whole = checksum(addresses + struct.pack("!II", len(icmp), socket.IPPROTO_ICMPV6) + icmp)
    return struct.pack("!IHBB", 6 << 28, len(options) + len(icmp), next_header, 1) + addresses + options \
        + icmp[:2] + struct.pack("!H", whole) + icmp[4:]


def is_query(ipv6):
    """Of a packet to a group: a query of one group is sent there."""
    return ipv6[6:7] == bytes([HOP_BY_HOP]) and ipv6[IP_HEADER:IP_HEADER + 1] == OPTIONS[:1] \
        and ipv6[IP_HEADER + len(OPTIONS):][:1] == bytes([QUERY])

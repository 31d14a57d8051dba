# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""IGMP reports as the kernel sends them, as whole IPv4 packets (RFC 9776, RFC 2236, RFC 1112)."""

import socket
import struct

from . import records
from .probe import checksum

ROUTERS_V3, ALL_ROUTERS = "224.0.0.22", "224.0.0.2"
V1_REPORT, V2_REPORT, V2_LEAVE, V3_REPORT = 0x12, 0x16, 0x17, 0x22
IP_HEADER = 24  # with Router Alert
REPORT_HEADER = 8
DONT_FRAGMENT, INTERNETWORK_CONTROL = 0x4000, 0xC0


def reports(version, memberships, source, mtu):
    """The current state of the memberships."""
    if version < 3:
        kind = V2_REPORT if version == 2 else V1_REPORT
        return [packet(source, one.group, message(kind, one.group)) for one in memberships]
    return v3_reports(source, mtu, records.of_state(memberships))


def leaves(version, memberships, source, mtu):
    """The end of the memberships."""
    if version < 3:
        return [packet(source, ALL_ROUTERS, message(V2_LEAVE, one.group)) for one in memberships if version == 2]
    return v3_reports(source, mtu, records.of_end(memberships))


def message(kind, group):
    return summed(struct.pack("!BBH4s", kind, 0, 0, socket.inet_aton(group)))


def v3_reports(source, mtu, group_records):
    packed = records.pack(group_records, mtu - IP_HEADER - REPORT_HEADER, socket.inet_aton)
    return [v3_report(source, some) for some in packed]


def v3_report(source, packed):
    head = struct.pack("!BBHHH", V3_REPORT, 0, 0, 0, len(packed))
    return packet(source, ROUTERS_V3, summed(head + b"".join(packed)))


def summed(igmp):
    return igmp[:2] + struct.pack("!H", checksum(igmp)) + igmp[4:]


def packet(source, destination, payload):
    head = struct.pack("!BBHHHBBH4s4s4B", 0x46, INTERNETWORK_CONTROL, IP_HEADER + len(payload), 0, DONT_FRAGMENT, 1,
                       socket.IPPROTO_IGMP, 0, socket.inet_aton(source), socket.inet_aton(destination),
                       0x94, 4, 0, 0)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload

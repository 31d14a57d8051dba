# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""IGMP messages as IP packets."""

import socket

from scapy.compat import raw
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mr
from scapy.layers.inet import IP, IPOption_Router_Alert

from traffic import inner_ip

QUERY = 0x11
IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = range(1, 7)
V2_REPORT, V2_LEAVE, V3_REPORT = 0x16, 0x17, 0x22
ALL_ROUTERS, ALL_V3_ROUTERS = "224.0.0.2", "224.0.0.22"


def checked(message):
    """The message with its checksum filled in."""
    message = bytearray(message)
    message[2:4] = bytes(2)
    total = sum(int.from_bytes(message[i:i + 2], "big") for i in range(0, len(message), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    message[2:4] = (~total & 0xFFFF).to_bytes(2, "big")
    return bytes(message)


def record(kind, group, *sources):
    return IGMPv3gr(rtype=kind, maddr=group, numsrc=len(sources), srcaddrs=list(sources))


def packet(source, destination, message, **fields):
    header = {"ttl": 1, "tos": 0xC0, "options": [IPOption_Router_Alert()]} | fields
    return IP(src=source, dst=destination, proto=2, **header) / checked(message)


def report(source, *records, **fields):
    """An IGMPv3 report."""
    body = raw(IGMPv3mr(numgrp=len(records), records=list(records)))
    return packet(source, ALL_V3_ROUTERS, raw(IGMPv3(type=V3_REPORT))[:4] + body, **fields)


def is_query(inner, group=None):
    """Whether an IP packet is a query, for this group if one is given; 0.0.0.0 means general."""
    message = raw(inner.payload)
    return inner.proto == 2 and message[:1] == bytes([QUERY]) and (
        group is None or message[4:8] == socket.inet_aton(group))


def carries_query(frame):
    inner = inner_ip(frame)
    return inner is not None and is_query(inner)


def v2_report(source, group):
    return packet(source, group, bytes([V2_REPORT, 0, 0, 0, *map(int, group.split("."))]))


def v2_leave(source, group):
    return packet(source, ALL_ROUTERS, bytes([V2_LEAVE, 0, 0, 0, *map(int, group.split("."))]))

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""MLD messages as IPv6 packets, as routers send and expect them (RFC 9777, RFC 2710)."""

import ipaddress

from scapy.compat import raw
from scapy.layers.inet6 import IPv6, IPv6ExtHdrHopByHop, RouterAlert, in6_chksum

ICMPV6 = 58
QUERY, V1_REPORT, V1_DONE, V2_REPORT = 130, 131, 132, 143
IS_IN, IS_EX, TO_IN, TO_EX, ALLOW, BLOCK = range(1, 7)
ALL_NODES, ALL_ROUTERS, ALL_V2_ROUTERS = "ff02::1", "ff02::2", "ff02::16"


def packed(address):
    return ipaddress.ip_address(address).packed


def packet(source, destination, message, options=None, **fields):
    """With the checksum filled in, the hop limit and the option that RFC 9777 5 demands."""
    head = IPv6(src=source, dst=destination, **{"hlim": 1} | fields)
    head /= IPv6ExtHdrHopByHop(nh=ICMPV6, options=[RouterAlert(value=0)] if options is None else options)
    message = message[:2] + bytes(2) + message[4:]
    value = in6_chksum(ICMPV6, head, message)
    return head / (message[:2] + value.to_bytes(2, "big") + message[4:])


def record(kind, group, *sources):
    return bytes([kind, 0]) + len(sources).to_bytes(2, "big") + packed(group) + b"".join(map(packed, sources))


def report(source, *records, **fields):
    head = bytes([V2_REPORT, 0, 0, 0, 0, 0]) + len(records).to_bytes(2, "big")
    return packet(source, ALL_V2_ROUTERS, head + b"".join(records), **fields)


def v1_report(source, group, **fields):
    return packet(source, group, bytes([V1_REPORT, 0, 0, 0, 0, 0, 0, 0]) + packed(group), **fields)


def v1_done(source, group, **fields):
    return packet(source, ALL_ROUTERS, bytes([V1_DONE, 0, 0, 0, 0, 0, 0, 0]) + packed(group), **fields)


def query(source, destination=ALL_NODES, group="::", **fields):
    """Of version 2: response in 0.2 s, robustness 2, an interval of 1 s."""
    return packet(source, destination, bytes([QUERY, 0, 0, 0, 0, 200, 0, 0]) + packed(group) + bytes([2, 1, 0, 0]),
                  **fields)


def message_of(octets):
    """The ICMPv6 message of a packet whose only extension header is the hop-by-hop one; None of any other."""
    if octets[0] >> 4 != 6 or octets[6] != 0 or octets[40] != ICMPV6:
        return None
    return octets[40 + 8 * (octets[41] + 1):]


def is_query(octets, group=None):
    """Whether a packet is a query, for this group if one is given; "::" means general."""
    message = message_of(octets)
    return message is not None and message[0] == QUERY and (group is None or message[8:24] == packed(group))


def has_right_checksum(octets):
    message = message_of(octets)
    return in6_chksum(ICMPV6, IPv6(octets[:40]), raw(message)) == 0

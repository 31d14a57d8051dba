# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Tell the new hub what this instance has joined, and the old one that it has left.

Without this a stream stops until the new hub's next query, and the old hub, if it lives, goes on sending.
"""

import socket
import struct
import time
from dataclasses import dataclass
from typing import Optional

from . import igmp, mld, outer
from .membership import Membership, ipv6_joined_on, joined_on, link_local_on
from .system import mtu

# RFC 9776 repeats a report for robustness. These follow quickly: a stream waits for them.
REPEAT_S = (0.0, 0.25, 0.75)


@dataclass
class Joined:
    """The memberships of the path's device, and what else reports of them have."""
    version: int
    groups: list[Membership]
    source: str
    ipv6_version: int
    ipv6_groups: list[Membership]
    ipv6_source: Optional[str]  # None: the device does not speak IPv6
    mtu: int

    @classmethod
    def on(cls, settings):
        index = socket.if_nametoindex(settings.device)
        ipv6_source = link_local_on(index)
        ipv6 = ipv6_joined_on(index) if ipv6_source else (2, [])
        return cls(*joined_on(index), own_address(settings), *ipv6, ipv6_source, mtu(settings.device))

    def reports(self):
        return igmp.reports(self.version, self.groups, self.source, self.mtu), \
            mld.reports(self.ipv6_version, self.ipv6_groups, self.ipv6_source, self.mtu)

    def leaves(self):
        return igmp.leaves(self.version, self.groups, self.source, self.mtu), \
            mld.leaves(self.ipv6_version, self.ipv6_groups, self.ipv6_source, self.mtu)

    def addresses(self):
        return {socket.inet_aton(one.group) for one in self.groups} | {
            mld.packed_address(one.group) for one in self.ipv6_groups}


def report(settings):
    """By the device, as the kernel sends its own reports."""
    by_igmp, by_mld = Joined.on(settings).reports()
    index = socket.if_nametoindex(settings.device)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as opened:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", index))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        for packet in by_igmp:
            opened.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
    if not by_mld:
        return
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW) as opened:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        for packet in by_mld:
            opened.sendto(packet, (socket.inet_ntop(socket.AF_INET6, packet[24:40]), 0, 0, index))


def leave(settings):
    """settings: those of the path to the hub that was left. The path itself leads to another one."""
    by_igmp, by_mld = Joined.on(settings).leaves()
    with outer.Sender(settings) as sender:
        sender.send(by_igmp + by_mld)


def now(before, settings):
    """For a command that ends; a watch does it beside its other work."""
    waited = 0.0
    for at in REPEAT_S:
        time.sleep(at - waited)
        waited = at
        report(settings)
        leave(before)


def own_address(settings):
    """Of IPv4. IGMP may come from no address (RFC 9776)."""
    if settings.encap == "l2":
        return "0.0.0.0" if settings.is_ipv6 else settings.local
    return (settings.inside or "0.0.0.0").split("/")[0]

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Tell the new hub what this instance has joined, and the old one that it has left.

Without this a stream stops until the new hub's next query, and the old hub, if it lives, goes on sending.
"""

import socket
import struct
import time

from . import igmp, outer
from .membership import joined_on
from .plan import tunnel_address
from .system import mtu

# RFC 9776 repeats a report for robustness. These follow quickly: a stream waits for them.
REPEAT_S = (0.0, 0.25, 0.75)


def report(settings):
    """By the device, as the kernel sends its own reports."""
    device = settings.device
    index = socket.if_nametoindex(device)
    packets = igmp.reports(*joined_on(index), own_address(settings), mtu(device))
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as opened:
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", index))
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        for packet in packets:
            opened.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))


def leave(settings):
    """settings: those of the path to the hub that was left. The path itself leads to another one."""
    version, memberships = joined_on(socket.if_nametoindex(settings.device))
    with outer.Sender(settings) as sender:
        sender.send(igmp.leaves(version, memberships, own_address(settings), mtu(settings.device)))


def now(before, settings):
    """For a command that ends; a watch does it beside its other work."""
    waited = 0.0
    for at in REPEAT_S:
        time.sleep(at - waited)
        waited = at
        report(settings)
        leave(before)


def own_address(settings):
    return settings.local if settings.encap == "l2" else tunnel_address(settings).split("/")[0]

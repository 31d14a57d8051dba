# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""See what hubs send to this member, before the path takes or refuses it."""

import socket
import struct

from . import outer
from .bpf import EQUALS, LOAD, LOAD_HALF, RETURN, SKF_LL_OFF, SKF_NET_OFF, attach, compare

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, PACKET_OUTGOING = 3, 0x0800, 0x86dd, 4
# Enough for all headers, and for the answer to an echo request.
SNAP_LEN = 256
# In one turn: the hubs are asked beside this.
AT_ONCE = 1000


class Tap:
    """A hub is known by its address, with l2 by its MAC: there the sources are those of the senders."""

    def __init__(self, settings, old, new):
        """old, new: the address or MAC of each hub."""
        self.settings, self.new = settings, new
        self.by_mac = settings.encap == "l2"
        # Without a protocol it takes nothing before it has its filter.
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        try:
            attach(self.socket, by_mac(old, new) if self.by_mac else by_source(old, new))
            self.socket.setblocking(False)
            # Frames of l2 have either family.
            self.socket.bind((settings.dev, ETH_P_ALL if self.by_mac else ETH_P_IPV6 if settings.is_ipv6 else ETH_P_IP))
        except OSError:
            self.socket.close()
            raise

    def packets(self):
        """Packets without what is around them, and whether they are of the new hub."""
        for _ in range(AT_ONCE):
            try:
                packet, (_, protocol, kind, _, mac) = self.socket.recvfrom(SNAP_LEN)
            except OSError:
                return
            if protocol not in (ETH_P_IP, ETH_P_IPV6):
                continue
            source = mac if self.by_mac else outer.source(packet)
            inside = outer.out_of_tunnel(self.settings, packet)
            if inside and kind != PACKET_OUTGOING:
                yield inside, source == self.new

    def close(self):
        self.socket.close()


def by_source(*addresses):
    at = SKF_NET_OFF + (12 if len(addresses[0]) == 4 else 8)
    return [one for address in addresses for one in compare(at, address, (RETURN, 0, 0, SNAP_LEN))] \
        + [(RETURN, 0, 0, 0)]


def by_mac(*macs):
    (one_head, one_tail), (other_head, other_tail) = (struct.unpack("!IH", mac) for mac in macs)
    return [(LOAD, 0, 0, SKF_LL_OFF + 6), (EQUALS, 0, 2, one_head),
            (LOAD_HALF, 0, 0, SKF_LL_OFF + 10), (EQUALS, 4, 0, one_tail),
            (LOAD, 0, 0, SKF_LL_OFF + 6), (EQUALS, 0, 3, other_head),
            (LOAD_HALF, 0, 0, SKF_LL_OFF + 10), (EQUALS, 0, 1, other_tail),
            (RETURN, 0, 0, SNAP_LEN), (RETURN, 0, 0, 0)]

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""See what hubs send to this member, before the path takes or refuses it."""

import socket
import struct

from . import outer
from .bpf import EQUALS, LOAD, LOAD_HALF, RETURN, SKF_LL_OFF, SKF_NET_OFF, attach

ETH_P_IP, PACKET_OUTGOING = 0x0800, 4
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
            self.socket.bind((settings.dev, ETH_P_IP))
        except OSError:
            self.socket.close()
            raise

    def packets(self):
        """Packets without what is around them, and whether they are of the new hub."""
        for _ in range(AT_ONCE):
            try:
                packet, (*_, kind, _, mac) = self.socket.recvfrom(SNAP_LEN)
            except OSError:
                return
            source = mac if self.by_mac else packet[12:16]
            inside = outer.out_of_tunnel(self.settings, packet)
            if inside and kind != PACKET_OUTGOING:
                yield inside, source == self.new

    def close(self):
        self.socket.close()


def by_source(*addresses):
    one, other = (int.from_bytes(address, "big") for address in addresses)
    return [(LOAD, 0, 0, SKF_NET_OFF + 12), (EQUALS, 1, 0, one), (EQUALS, 0, 1, other),
            (RETURN, 0, 0, SNAP_LEN), (RETURN, 0, 0, 0)]


def by_mac(*macs):
    (one_head, one_tail), (other_head, other_tail) = (struct.unpack("!IH", mac) for mac in macs)
    return [(LOAD, 0, 0, SKF_LL_OFF + 6), (EQUALS, 0, 2, one_head),
            (LOAD_HALF, 0, 0, SKF_LL_OFF + 10), (EQUALS, 4, 0, one_tail),
            (LOAD, 0, 0, SKF_LL_OFF + 6), (EQUALS, 0, 3, other_head),
            (LOAD_HALF, 0, 0, SKF_LL_OFF + 10), (EQUALS, 0, 1, other_tail),
            (RETURN, 0, 0, SNAP_LEN), (RETURN, 0, 0, 0)]

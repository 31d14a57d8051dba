# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Make before break: the next hub serves this member before the path leads to it.

The reports go to the next hub in this member's encapsulation, past the path. What both hubs send is seen on the NIC:
also what the tunnel does not take, as it leads to the old hub.
"""

import contextlib
import ipaddress
import os
import socket
import time

from . import handover, icmpv6, mld, outer, probe
from .tap import Tap

# Kernels take what any hub sends by these. A tunnel of GRE takes what its remote address sends.
FROM_ANY_HUB = ("l2", "vxlan")
# What the old hub delivers is noted this long before the next one is asked to do so.
OBSERVE_S = 0.25
# A join takes this long until another hub of the domain sends what its members send.
JOIN_S = 0.25
# A hub of a domain takes over a member that comes to it within a second, whatever the other one does.
AT_MOST_S = 1.25
# So long after the first packet of the next hub, what both sent before that has come.
IN_FLIGHT_S = 0.02
ASK_AGAIN_S = 0.1


class Overlap:
    """Whether the next hub serves: the decision alone, by the caller's clock (seconds)."""

    def __init__(self, now, from_any):
        self.report_at = now + OBSERVE_S
        self.from_any = from_any
        self.of_old, self.of_new = {}, {}  # groups: when the last packet came, and the first one
        self.accepted = False  # the next hub has answered through the encapsulation

    def saw(self, group, is_new, now):
        if is_new:
            self.of_new.setdefault(group, now)
        else:
            self.of_old[group] = now

    def times(self):
        """When the verdict may be another one, though no packet comes."""
        return [self.report_at + delay for delay in (0, JOIN_S, AT_MOST_S)] + [
            first + IN_FLIGHT_S for first in sorted(self.of_new.values())[:1]]

    def old_is_silent(self, now):
        """It has served until the next one did, as of a domain's shared member."""
        first = min(self.of_new.values())
        return now >= first + IN_FLIGHT_S and max(self.of_old.values(), default=first) <= first

    def verdict(self, now):
        """True: it serves. False: it does not, and will not. None: not known yet."""
        if now < self.report_at:
            return None
        has_joined = now >= self.report_at + JOIN_S
        if self.of_new and (self.old_is_silent(now)
                            or (self.from_any or has_joined) and self.of_old.keys() <= self.of_new.keys()):
            return True
        if self.accepted and not self.of_old and not self.of_new and has_joined:
            return True
        if now >= self.report_at + AT_MOST_S:
            return self.accepted or bool(self.of_new)
        return None


def welcomes(packet, ident, cookie):
    """Whether it is the answer of a hub that does not drain."""
    if outer.is_ipv6(packet):
        found = packet[6] == socket.IPPROTO_ICMPV6 and icmpv6.read_answer(packet[icmpv6.IP_HEADER:], ident, cookie)
        return bool(found) and not found[1]
    found = packet[9:10] == bytes([socket.IPPROTO_ICMP]) and probe.read_answer(packet, ident, cookie)
    return bool(found) and not found.drains


class SoftHandover:
    """`serve` is called when the socket is readable or `due` says so; it returns what `Overlap.verdict` does."""

    def __init__(self, before, after, now=time.monotonic):
        self.before, self.after, self.now = before, after, now
        with contextlib.ExitStack() as stack:
            self.to_old, self.to_new = (stack.enter_context(outer.Sender(one)) for one in (before, after))
            self.tap = Tap(after, *((one.hub_mac if after.encap == "l2" else
                                     ipaddress.ip_address(one.settings.hub).packed)
                                    for one in (self.to_old, self.to_new)))
            stack.callback(self.tap.close)
            self.opened = stack.pop_all()
        self.served_at = now()
        self.overlap = Overlap(self.served_at, self.from_any)
        self.reports = [self.overlap.report_at + delay for delay in handover.REPEAT_S]
        self.ask_at = self.overlap.report_at
        self.ident, self.cookie = int.from_bytes(os.urandom(2), "big"), os.urandom(probe.COOKIE)
        self.prepare()

    @property
    def from_any(self):
        return self.after.encap in FROM_ANY_HUB

    @property
    def socket(self):
        return self.tap.socket

    def prepare(self):
        """The packets to be sent, and the groups to be looked for."""
        joined = handover.Joined.on(self.after)
        self.joins, self.leaves = (by_igmp + by_mld for by_igmp, by_mld in (joined.reports(), joined.leaves()))
        self.groups = joined.addresses()

    def due(self):
        now = self.now()
        times = [*self.reports, *([] if self.overlap.accepted else [self.ask_at]), *self.overlap.times()]
        return max(0.0, min((at for at in times if at > self.served_at), default=now) - now)

    def serve(self):
        for packet, is_new in self.tap.packets():
            self.see(packet, is_new)
        now = self.served_at = self.now()
        while self.reports and self.reports[0] <= now:
            del self.reports[0]
            self.prepare()
            self.to_new.send(self.joins)
        if self.ask_at <= now and not self.overlap.accepted:
            self.ask_at = now + ASK_AGAIN_S
            self.to_new.send([self.question()])
        return self.overlap.verdict(now)

    def question(self):
        settings = self.after
        if not settings.is_ipv6:
            return probe.echo_packet(handover.own_address(settings), self.ident, self.cookie)
        own = settings.local if settings.encap == "l2" else settings.inside6.split("/")[0]
        return mld.icmp_packet(own, icmpv6.ALL_ROUTERS, icmpv6.echo_request(self.ident, 0, self.cookie))

    def see(self, packet, is_new):
        """A packet as a program of this member would get it."""
        to, is_ipv6 = outer.destination(packet), outer.is_ipv6(packet)
        is_query = mld.is_query(packet) if is_ipv6 else packet[9:10] == bytes([socket.IPPROTO_IGMP])
        if to in self.groups and not is_query:
            self.overlap.saw(to, is_new, self.now())
        elif is_new and welcomes(packet, self.ident, self.cookie):
            self.overlap.accepted = True

    def leave_old(self):
        """At once: what both hubs send comes twice."""
        self.to_old.send(self.leaves)

    def close(self):
        self.opened.close()

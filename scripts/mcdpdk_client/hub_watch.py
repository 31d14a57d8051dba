# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Ask several hubs at an interval, and say which one to use."""

import errno
import os
import select
import socket
import time
from dataclasses import dataclass

from . import icmpv6
from .failover import MISSES, RECOVER_S, Failover
from .probe import COOKIE, all_routers, echo_request, is_ipv6, open_icmp, receive_answer

INTERVAL_MS = 100
# By their addresses hubs are asked less often while the one in use answers; this many answers make a recovery.
PROOFS = 10
SELDOM = 10
# A watch that is later than this was suspended: what it did not hear meanwhile says nothing about a hub.
GAP_S = 1.0
# No probe leaves although the hub may be well. EHOSTUNREACH is another matter: the hub answers no ARP.
ASKED = (errno.EHOSTUNREACH, errno.EHOSTDOWN)


def clock():
    """Goes on while the machine is suspended, so that a gap is seen."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass
class Probe:
    hub: str
    by_path: bool
    due: float  # the answer
    is_open: bool = True
    drains: bool = False  # so the hub has answered


class Echo:
    """One socket for all probes, as all hubs have one family. A late answer is an answer, so some past probes stay
    known."""

    def __init__(self, hub):
        self.all_routers = all_routers(hub)
        self.request = icmpv6.echo_request if is_ipv6(hub) else echo_request
        self.cookie = os.urandom(COOKIE)
        self.ident = int.from_bytes(os.urandom(2), "big")
        self.number = 0
        self.probes = {}
        self.socket = open_icmp(hub)
        self.socket.setblocking(False)

    def ask(self, hub, by_path, due):
        self.number = (self.number + 1) & 0xffff
        self.probes.pop((self.number - 1024) & 0xffff, None)
        try:
            self.socket.sendto(self.request(self.ident, self.number, self.cookie),
                               (self.all_routers if by_path else hub, 0))
        except OSError as error:
            if error.errno not in ASKED:
                return
        self.probes[self.number] = Probe(hub, by_path, due)

    def answers(self):
        while True:
            try:
                answer = receive_answer(self.socket, self.ident, self.cookie)
            except OSError:
                return
            probe = self.probes.get(answer.number) if answer else None
            # A router on the way, or the own packet filter, may prohibit the question as well.
            if probe and (not answer.drains or answer.source == probe.hub):
                del self.probes[answer.number]
                probe.drains = answer.drains
                yield probe

    def overdue(self, now):
        """Probes whose answer should have come; each is returned once."""
        for probe in self.probes.values():
            if probe.is_open and probe.due <= now:
                probe.is_open = False
                yield probe

    def forget(self):
        self.probes.clear()

    def close(self):
        self.socket.close()


class HubWatch:
    """`serve` is called when the socket is readable or `due` says so, and returns the move that is due, or None."""

    def __init__(self, hubs, current, interval_ms=INTERVAL_MS, misses=MISSES, recover=RECOVER_S, now=clock, echo=None):
        self.now = now
        self.interval = interval_ms / 1000
        self.failover = Failover(hubs, current, misses, recover)
        self.seldom = max(1, min(SELDOM, int(recover / self.interval / PROOFS)))
        self.echo = echo or Echo(current)
        self.turns = 0
        self.last = self.next = self.now()

        self.names = list(hubs)

    @property
    def socket(self):
        return self.echo.socket

    @property
    def in_use(self):
        return self.failover.current.address

    @property
    def answers(self):
        """Whether the hub in use does; None while that is not known."""
        if self.failover.has_failed:
            return False
        return True if self.failover.was_accepted else None

    @property
    def drains(self):
        return self.failover.current.drains

    def answers_by_address(self, hub):
        return self.failover.hubs[hub].answers_since is not None

    def due(self):
        return max(0.0, self.next - self.now())

    def serve(self):
        for probe in self.echo.answers():
            self.heard(probe)
        now = self.now()
        if now < self.next:
            return None
        if now - self.last > max(GAP_S, 3 * self.interval):
            self.echo.forget()
            self.failover.forget()
        for probe in self.echo.overdue(now):
            self.missed(probe, now)
        move = self.failover.decide(now)
        self.ask(now)
        self.last, self.next = now, now + self.interval
        return move

    def heard(self, probe):
        if not probe.by_path:
            (self.failover.drain_of_address if probe.drains else self.failover.answer_of_address)(probe.hub, self.now())
        elif probe.hub == self.in_use:
            self.failover.answer_of_path()

    def missed(self, probe, now):
        if not probe.by_path:
            self.failover.miss_of_address(probe.hub)
        elif probe.hub == self.in_use:
            self.failover.miss_of_path(now)

    def ask(self, now):
        """Through the path, misses are counted. By its address one miss is enough, so an answer may take as long as all
        of those."""
        self.echo.ask(self.in_use, True, now + self.interval)
        if self.failover.in_doubt or self.turns % self.seldom == 0:
            for hub in self.names:
                self.echo.ask(hub, False, now + self.interval * self.failover.misses)
        self.turns += 1

    def wanted(self):
        """The move that is due by now, or None."""
        return self.failover.decide(self.now())

    def refused(self, hub):
        self.failover.refused(hub, self.now())

    def moved(self, to):
        """The time that a move takes is no gap."""
        self.last = self.next = self.now()
        self.failover.moved(to, self.last)

    def close(self):
        self.echo.close()


def ask_addresses(hubs, is_enough=lambda answered: all(answered.values()), seconds=1.0, tries=4):
    """For each hub its answer by its address, or None."""
    echo, answered = Echo(hubs[0]), dict.fromkeys(hubs)
    try:
        for _ in range(tries):
            end = clock() + seconds / tries
            for hub in hubs:
                echo.ask(hub, False, end)
            while not is_enough(answered) and (left := end - clock()) > 0:
                select.select([echo.socket], [], [], left)
                answered.update((probe.hub, probe) for probe in echo.answers())
    finally:
        echo.close()
    return answered


def first_answering(hubs):
    """The first of the hubs that answers and does not drain, or that answers; the first of all if none does."""
    if len(hubs) == 1:
        return hubs[0]
    answered = ask_addresses(hubs, lambda answered: answered[hubs[0]] and not answered[hubs[0]].drains)
    found = [hub for hub in hubs if answered[hub]]
    return next((hub for hub in found if not answered[hub].drains), (found or hubs)[0])

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which of several hubs a member uses: the decision alone, without sockets, by the caller's clock (seconds).

The hub in use is asked through the path, since only a hub that accepts this member answers there. The others are
asked by their address. While the hub in use is in doubt, its address is asked too: one that answers there is not
dead, but refuses the member, or the path is damaged on this side.
"""

from dataclasses import dataclass
from typing import Optional

MISSES = 3
RECOVER_S = 10.0
# A hub that answers by its address gets this many times the misses, so that a damaged path is repaired first.
LENIENCY = 5
# A hub that fails again within this time after the return to it must then answer twice as long as before.
RELAPSE_S = 600.0
LONGEST_RECOVER_S = 600.0
NEVER = float("-inf")


@dataclass
class Hub:
    address: str
    recover: float
    misses: int = 0  # in sequence, through the path
    answers_since: Optional[float] = None  # by its address, without a miss
    answered_at: float = NEVER  # by its address
    refused_for: float = 0.0  # how long it is left alone, longer each time it does not accept this member
    refused_until: float = NEVER


@dataclass
class Move:
    to: str
    why: str


class Failover:
    """hubs: their addresses, the preferred one first."""

    def __init__(self, hubs, current, misses=MISSES, recover=RECOVER_S):
        self.hubs = {address: Hub(address, recover) for address in hubs}
        self.current = self.hubs[current]
        self.misses, self.recover = misses, recover
        self.came_back_at = NEVER
        self.doubt_since = NEVER
        self.was_accepted = False

    @property
    def in_doubt(self):
        return self.current.misses > 0

    @property
    def has_failed(self):
        return self.current.misses >= self.misses

    @property
    def is_refused(self):
        """The hub in use answers, but not through the path."""
        return self.has_failed and self.answers_now(self.current)

    def answers_now(self, hub):
        """It has answered since the doubt about the hub in use began, and ever since."""
        return hub.answers_since is not None and hub.answered_at >= self.doubt_since

    def answer_of_path(self):
        self.current.misses, self.current.refused_for = 0, 0.0
        self.was_accepted = True

    def miss_of_path(self, now):
        if not self.in_doubt:
            self.doubt_since = now
        self.current.misses += 1

    def answer_of_address(self, address, now):
        hub = self.hubs[address]
        hub.answered_at = now
        if hub.answers_since is None:
            hub.answers_since = now

    def miss_of_address(self, address):
        self.hubs[address].answers_since = None

    def forget(self):
        """This machine was suspended, or the caller was: what is known is too old, and nothing was missed."""
        for hub in self.hubs.values():
            hub.misses, hub.answers_since = 0, None

    def decide(self, now):
        """The move that is due, or None."""
        if self.has_failed:
            return self.escape(now)
        for hub in self.preferred():
            if hub.answers_since is not None and now - hub.answers_since >= hub.recover:
                return Move(hub.address, f"{hub.address} is preferred and has answered for {hub.recover:g} s")
        return None

    def preferred(self):
        """The hubs that are better than the one in use."""
        for hub in self.hubs.values():
            if hub is self.current:
                return
            yield hub

    def escape(self, now):
        failed = self.current
        if self.is_refused and failed.misses < self.misses * LENIENCY:
            return None
        for hub in self.hubs.values():
            if hub is not failed and self.answers_now(hub) and hub.refused_until <= now:
                how = "answers, but not through the path" if self.is_refused else "does not answer"
                return Move(hub.address, f"{failed.address} {how}: {failed.misses} misses")
        return None

    def moved(self, address, now):
        left, self.current = self.current, self.hubs[address]
        if left.misses >= self.misses:
            relapsed = now - self.came_back_at < RELAPSE_S
            left.recover = min(2 * left.recover, LONGEST_RECOVER_S) if relapsed else self.recover
            if not self.was_accepted:
                left.refused_for = min(2 * left.refused_for or self.recover, LONGEST_RECOVER_S)
                left.refused_until = now + left.refused_for
            self.came_back_at = NEVER
        else:
            self.came_back_at = now
        self.was_accepted = False
        for hub in (left, self.current):
            hub.misses, hub.answers_since = 0, None

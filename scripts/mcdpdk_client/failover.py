# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which of several hubs a member uses: the decision alone, without sockets, by the caller's clock (seconds).

The hub in use is asked through the path, since only a hub that accepts this member answers there. The others are
asked by their address. While the hub in use is in doubt, its address is asked as often: one that answers there is not
dead, but refuses the member, or the path is damaged on this side.

By its address a hub that drains says so instead of answering. It still serves, so it is left gently, for one that does
not drain.
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
    drains: bool = False
    refused_for: float = 0.0  # how long it is left alone, longer each time it does not accept this member
    refused_until: float = NEVER


@dataclass
class Move:
    to: str
    why: str
    is_gentle: bool = False  # the hub in use still serves: the next one is to serve before the path leads there


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
        return self.current.misses > 0 or self.current.drains

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
        hub.answered_at, hub.drains = now, False
        if hub.answers_since is None:
            hub.answers_since = now

    def drain_of_address(self, address, now):
        hub = self.hubs[address]
        if hub is self.current and not self.in_doubt:
            self.doubt_since = now
        hub.answered_at, hub.answers_since, hub.drains = now, None, True

    def miss_of_address(self, address):
        hub = self.hubs[address]
        hub.answers_since = None
        # The hub in use still answers through the path, or is missed there.
        hub.drains = hub.drains and hub is self.current

    def forget(self):
        """This machine was suspended, or the caller was: what is known is too old, and nothing was missed."""
        for hub in self.hubs.values():
            hub.misses, hub.answers_since, hub.drains = 0, None, False

    def decide(self, now):
        """The move that is due, or None."""
        if self.has_failed:
            return self.escape(now)
        if self.current.drains:
            return self.withdraw(now)
        for hub in self.preferred():
            if hub.answers_since is not None and now - hub.answers_since >= hub.recover and hub.refused_until <= now:
                return Move(hub.address, f"{hub.address} is preferred and has answered for {hub.recover:g} s", True)
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
        # One that drains is better than none.
        for hub in [*self.willing(now), *self.draining(now)]:
            how = "answers, but not through the path" if self.is_refused else "does not answer"
            return Move(hub.address, f"{failed.address} {how}: {failed.misses} misses")
        return None

    def withdraw(self, now):
        return next((Move(hub.address, f"{self.current.address} drains", True) for hub in self.willing(now)), None)

    def others(self, now):
        return [hub for hub in self.hubs.values() if hub is not self.current and hub.refused_until <= now]

    def willing(self, now):
        return [hub for hub in self.others(now) if self.answers_now(hub)]

    def draining(self, now):
        return [hub for hub in self.others(now) if hub.drains and hub.answered_at >= self.doubt_since]

    def refused(self, address, now):
        """The hub does not serve this member, as a gentle move has found: it is left alone."""
        self.leave_alone(self.hubs[address], now)

    def leave_alone(self, hub, now):
        hub.refused_for = min(2 * hub.refused_for or self.recover, LONGEST_RECOVER_S)
        hub.refused_until = now + hub.refused_for

    def moved(self, address, now):
        left, self.current = self.current, self.hubs[address]
        if left.misses >= self.misses:
            relapsed = now - self.came_back_at < RELAPSE_S
            left.recover = min(2 * left.recover, LONGEST_RECOVER_S) if relapsed else self.recover
            if not self.was_accepted:
                self.leave_alone(left, now)
            self.came_back_at = NEVER
        else:
            self.came_back_at = NEVER if left.drains else now
        self.was_accepted = False
        for hub in (left, self.current):
            hub.misses, hub.answers_since = 0, None

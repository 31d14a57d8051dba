# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""An hour of rates in arrays of fixed size: a float for each value and slot of time."""

import math
from array import array

NAN = float("nan")

FINE_S, FINE_SLOTS = 1, 300
COARSE_S, COARSE_SLOTS = 10, 360


def rate(before, after, seconds):
    """NaN for a counter that decreased: it began anew, nobody knows when."""
    return (after - before) / seconds if after >= before and seconds > 0 else NAN


class Ring:
    """The last `slots` slots of `step` seconds. Several values share a slot; NaN is a gap."""

    __slots__ = ("step", "slots", "width", "values", "last", "weight")

    def __init__(self, step, slots, width):
        self.step, self.slots, self.width = step, slots, width
        self.values = array("f", [NAN]) * (slots * width)
        self.last, self.weight = -1, 0.0

    def add(self, begin, end, values):
        """Rates that were measured between two times, the begin not before the end of the last ones."""
        first = max(int(begin // self.step), self.last, math.ceil(end / self.step) - self.slots)
        for slot in range(first, math.ceil(end / self.step)):
            share = min(end, (slot + 1) * self.step) - max(begin, slot * self.step)
            self._advance(slot)
            self._mix(slot, share, values)

    def _advance(self, slot):
        for skipped in range(max(self.last + 1, slot - self.slots + 1), slot + 1):
            at = skipped % self.slots * self.width
            self.values[at:at + self.width] = array("f", [NAN]) * self.width
        if slot > self.last:
            self.last, self.weight = slot, 0.0

    def _mix(self, slot, share, values):
        """The mean over the measured part of a slot."""
        if share <= 0:
            return
        at = slot % self.slots * self.width
        weight = self.weight / (self.weight + share)
        for index, value in enumerate(values, at):
            old = self.values[index]
            self.values[index] = old * weight + value * (1 - weight) if weight and old == old else value
        self.weight += share

    def read(self, now, count):
        """(time of the first slot, [a list for each value]) of the last `count` slots that are complete or begun."""
        end = int(now // self.step) + 1
        first = end - min(count, self.slots)
        lists = [[] for _ in range(self.width)]
        for slot in range(first, end):
            at = slot % self.slots * self.width
            is_there = self.last - self.slots < slot <= self.last
            for index, values in enumerate(lists):
                values.append(self.values[at + index] if is_there else NAN)
        return first * self.step, lists


class Track:
    """The history of one thing: ten-second means for an hour and, once measured so often, single seconds."""

    __slots__ = ("width", "coarse", "fine")

    def __init__(self, width):
        self.width, self.coarse, self.fine = width, None, None

    def add(self, begin, end, values):
        # Most groups of a large table are idle: a thing that never had a rate needs no room.
        if self.coarse is None and not any(value > 0 for value in values):
            return
        self.coarse = self.coarse or Ring(COARSE_S, COARSE_SLOTS, self.width)
        self.coarse.add(begin, end, values)

    def add_fine(self, begin, end, values):
        self.fine = self.fine or Ring(FINE_S, FINE_SLOTS, self.width)
        self.fine.add(begin, end, values)

    def forget_fine(self, now):
        if self.fine and now - self.fine.last * FINE_S > FINE_S * FINE_SLOTS:
            self.fine = None

    def read(self, now, seconds):
        """(step, time of the first value, lists): single seconds if they reach far enough back."""
        ring = self.fine if self.fine and seconds <= FINE_S * FINE_SLOTS else self.coarse
        if ring is None:
            ring = Ring(COARSE_S, COARSE_SLOTS, self.width)
        first, lists = ring.read(now, math.ceil(seconds / ring.step))
        return ring.step, first, lists

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""All groups or all members of a hub, read page by page: the last record of each, its rates and its history."""

import heapq

from .history import FINE_S, NAN, Track, rate

# A list that changes while its pages are read may lack an entry once.
SWEEPS_TO_BE_GONE = 2


class Row:
    __slots__ = ("record", "at", "rates", "track", "sweep")

    def __init__(self, width):
        self.record, self.at, self.sweep = None, None, 0
        self.rates, self.track = (NAN,) * width, Track(width)


class Table:
    """`counted`: (name of the rate, its counter, factor); the first is what the busiest are chosen by."""

    def __init__(self, key, counted):
        self.key, self.counted = key, counted
        self.names = [name for name, _, _ in counted]
        self.rows, self.sweep = {}, 1
        self.is_complete, self.new = False, []
        # What all that left and all that is not shown by name has counted; only grows.
        self.others = [0] * len(counted)
        self.top = set()

    def take(self, record, at):
        """The record of a name at a time of the monotonic clock."""
        name = record[self.key]
        row = self.rows.get(name)
        if row is None:
            row = self.rows[name] = Row(len(self.counted))
            if self.is_complete:
                self.new.append(name)
        elif row.at is not None and at > row.at:
            self._measure(name, row, record, at)
        row.record, row.at, row.sweep = record, at, self.sweep

    def _measure(self, name, row, record, at):
        grown = [record.get(counter, 0) - row.record.get(counter, 0) for _, counter, _ in self.counted]
        if name not in self.top:
            self.others = [sum_ + max(more, 0) for sum_, more in zip(self.others, grown)]
        seconds = at - row.at
        row.rates = tuple(rate(0, more, seconds) * factor for more, (_, _, factor) in zip(grown, self.counted))
        row.track.add(row.at, at, row.rates)
        if seconds < 2 * FINE_S:
            row.track.add_fine(row.at, at, row.rates)

    def end_sweep(self, now):
        """All pages were read. Returns who is new and who is gone; nobody is new at first."""
        new, self.new = self.new, []
        gone = [name for name, row in self.rows.items() if row.sweep <= self.sweep - SWEEPS_TO_BE_GONE]
        for name in gone:
            del self.rows[name]
            self.top.discard(name)
        for row in self.rows.values():
            row.track.forget_fine(now)
        self.is_complete = True
        self.sweep += 1
        return new, gone

    def restart(self):
        """The hub began anew: no counter goes on from what it was. History stays."""
        for row in self.rows.values():
            row.at, row.rates = None, (NAN,) * len(self.counted)

    def busiest(self, count):
        """Choose the busiest by name. Who is in stays while among twice as many, so that series do not come and go."""
        def busy(item):
            name, row = item
            return -row.rates[0] if row.rates[0] == row.rates[0] else 0, name

        order = [name for name, _ in heapq.nsmallest(2 * count, self.rows.items(), busy)]
        kept = [name for name in order if name in self.top][:count]
        first = [name for name in order[:count] if name not in self.top]
        self.top = set((kept + first)[:count])
        return [name for name in order if name in self.top]

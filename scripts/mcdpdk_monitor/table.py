# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""All groups or all members of a hub, read page by page: the last record of each, its rates and its history."""

import heapq
import math

from .history import FINE_S, NAN, Track, rate

# A list that changes while its pages are read may lack an entry once.
SWEEPS_TO_BE_GONE = 2
# A share of losses shall not flicker.
LOSSES_HALVE_S = 10


class Room:
    """How many rows, and how many histories, the tables of all hubs may still take: the monitor's memory has an end,
    and a hub may have millions of groups."""

    def __init__(self, rows, tracks):
        self.rows, self.tracks = rows, tracks


class Row:
    """`track` is None while it has no history. `lost` and `sent` are of late: they decay."""

    __slots__ = ("record", "at", "rates", "track", "sweep", "lost", "sent", "lost_at", "gap")

    def __init__(self, width):
        self.record, self.at, self.sweep = None, None, 0
        self.rates, self.track = (NAN,) * width, None
        self.lost, self.sent, self.lost_at, self.gap = 0.0, 0.0, None, 0.0

    def count_losses(self, record, at):
        lost, sent = (max(record.get(name, 0) - self.record.get(name, 0), 0) for name in ("drops", "tx_packets"))
        self.gap = at - self.at
        kept = 0.5 ** (self.gap / LOSSES_HALVE_S)
        self.lost, self.sent = self.lost * kept + lost, self.sent * kept + sent
        if lost:
            self.lost_at = at


class Table:
    """`counted`: (name of the rate, its counter, factor); the first is what the busiest are chosen by."""

    def __init__(self, key, counted, room):
        self.key, self.counted, self.room = key, counted, room
        self.names = [name for name, _, _ in counted]
        self.rows, self.sweep = {}, 1
        self.is_complete, self.new = False, []
        # What all that left and all that is not shown by name has counted; only grows.
        self.others = [0] * len(counted)
        self.top = set()
        self.left_out = 0           # of the last sweep: rows without room
        self._uncounted = None      # what those had counted in the last sweep
        self._least = 0.0           # a rate below this is worth no history
        self._is_short_of_tracks = False
        self.begin_sweep()

    def begin_sweep(self):
        """The first page comes, also after a sweep that did not end."""
        self._without_room, self._sums = 0, [0] * len(self.counted)

    def take(self, record, at):
        """The record of a name at a time of the monotonic clock."""
        name = record[self.key]
        row = self.rows.get(name)
        if row is None:
            if self.room.rows == 0:
                self._leave_out(record)
                return
            self.room.rows -= 1
            row = self.rows[name] = Row(len(self.counted))
            if self.is_complete:
                self.new.append(name)
        elif row.at is not None and at > row.at:
            self._measure(name, row, record, at)
        row.record, row.at, row.sweep = record, at, self.sweep

    def _leave_out(self, record):
        self._without_room += 1
        self._sums = [sum_ + record.get(counter, 0) for sum_, (_, counter, _) in zip(self._sums, self.counted)]

    def _count(self, grown):
        self.others = [sum_ + max(more, 0) for sum_, more in zip(self.others, grown)]

    def _measure(self, name, row, record, at):
        grown = [record.get(counter, 0) - row.record.get(counter, 0) for _, counter, _ in self.counted]
        if name not in self.top:
            self._count(grown)
        if "drops" in record:
            row.count_losses(record, at)
        seconds = at - row.at
        row.rates = tuple(rate(0, more, seconds) * factor if counter in record else NAN
                          for more, (_, counter, factor) in zip(grown, self.counted))
        is_fine = seconds < 2 * FINE_S
        if row.track is None and (is_fine or any(value > 0 for value in row.rates)):
            row.track = self._new_track(row.rates[0])
        if row.track:
            row.track.add(row.at, at, row.rates)
            if is_fine:
                row.track.add_fine(row.at, at, row.rates)

    def _new_track(self, busy):
        if busy < self._least:
            return None
        if self.room.tracks == 0:
            self._is_short_of_tracks = True
            return None
        self.room.tracks -= 1
        return Track(len(self.counted))

    def _drop_track(self, row):
        if row.track:
            row.track = None
            self.room.tracks += 1

    def end_sweep(self, now):
        """All pages were read. Returns who is new and who is gone; nobody is new at first."""
        new, self.new = self.new, []
        gone = [name for name, row in self.rows.items() if row.sweep <= self.sweep - SWEEPS_TO_BE_GONE]
        for name in gone:
            self._drop(name)
        for row in self.rows.values():
            if row.track:
                row.track.forget_fine(now)
        self._share_tracks()
        # Who has no room is counted as a whole.
        if self._uncounted is not None:
            self._count([after - before for before, after in zip(self._uncounted, self._sums)])
        self.left_out, self._uncounted = self._without_room, self._sums
        self.is_complete = True
        self.sweep += 1
        return new, gone

    def _drop(self, name):
        row = self.rows.pop(name)
        self._drop_track(row)
        self.room.rows += 1
        self.top.discard(name)

    def _share_tracks(self):
        """If there is no room for the history of all that is busy, the busiest have one. Who has one loses it only when
        others are twice as busy."""
        if not self._is_short_of_tracks and self._least == 0:
            return
        busy = sorted((row.rates[0] for row in self.rows.values() if row.rates[0] > 0), reverse=True)
        tracked = [row for row in self.rows.values() if row.track]
        most = len(tracked) + self.room.tracks
        self._least = 0.0 if most >= len(busy) else busy[most - 1] if most else math.inf
        if self._is_short_of_tracks:
            for row in tracked:
                if not row.rates[0] >= self._least / 2:
                    self._drop_track(row)
        self._is_short_of_tracks = False

    def restart(self):
        """The hub began anew: no counter goes on from what it was. History stays."""
        self._uncounted = None
        for row in self.rows.values():
            row.at, row.rates = None, (NAN,) * len(self.counted)

    def clear(self):
        for name in list(self.rows):
            self._drop(name)

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

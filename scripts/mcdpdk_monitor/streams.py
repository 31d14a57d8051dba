# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which member sends to which group: the hub's last records, and rates of what they count."""

from .history import NAN, rate

RATES = (("pps", "packets", 1), ("bps", "bytes", 8))


class Streams:
    def __init__(self):
        self.clear()

    def clear(self):
        self.rows, self.at = {}, None

    def take(self, records, at):
        """All that the hub has, at a time of the monotonic clock. Another monitor sends its own rates."""
        self.rows = {key_of(record): record if "pps" in record else {**record, **self._rates(record, at)}
                     for record in records}
        self.at = at

    def _rates(self, record, at):
        """What was not there before may have been counted long ago."""
        before = self.rows.get(key_of(record))
        return {name: NAN if before is None else rate(before[counter], record[counter], at - self.at) * factor
                for name, counter, factor in RATES}

    def busiest(self):
        return sorted(self.rows.values(), key=lambda row: (-known(row["pps"]), row["last_seen_s"], key_of(row)))


def key_of(record):
    return record["sender"], record["group"]


def known(value):
    """0 for a rate that is not known, here (NaN) or elsewhere (null)."""
    return value if value and value == value else 0

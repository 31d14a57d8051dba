# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is known of one hub: its last answers, its tables, its history and its events."""

import time

from mcdpdk_tools.telemetry import HubError, NoHub

from .events import Events
from .history import NAN, Track, rate
from .streams import Streams
from .table import Room, Table

GROUP_RATES = [("pps", "packets", 1), ("bps", "bytes", 8), ("copies_per_s", "copies", 1)]
MEMBER_RATES = [("tx_pps", "tx_packets", 1), ("tx_bps", "tx_bytes", 8), ("rx_pps", "rx_packets", 1),
                ("rx_bps", "rx_bytes", 8), ("drops_per_s", "drops", 1)]
HUB_RATES = [("rx_pps", "rx_packets", 1), ("rx_bps", "rx_bytes", 8), ("data_pps", "data_packets", 1),
             ("copies_per_s", "copies", 1), ("tx_pps", "tx_data_packets", 1), ("tx_bps", "tx_data_bytes", 8),
             ("rx_drops_per_s", "rx_drop_packets", 1), ("copy_drops_per_s", "copy_drops", 1)]
PORT_RATES = [("rx_pps", "rx_packets", 1), ("tx_pps", "tx_packets", 1), ("tx_bps", "tx_bytes", 8)]
# Of the hub's own lists of rates.
RATES = ("pps", "bps", "peak_pps")
# Senders and streams that were among the busiest within the hour.
MOST_TRACKS = 2000
# (rows, histories) of all hubs together: some 200 MB of groups and 150 MB of members.
ROOM = {"groups": (200000, 20000), "members": (65536, 10000)}
# An uptime is in whole seconds, and a poll takes a moment.
UPTIME_SLACK_S = 2
# More than the time between two readings of the device's counters.
XSTATS_S = 15
# The same answer again, from another monitor.
SAME_S = 0.2


class Sample:
    """What one poll brought. Times are of the monotonic clock."""

    def __init__(self, now):
        self.now = now
        self.answers = {}       # by command, records as lists
        self.records = []       # (table, record, time)
        self.begun = []         # tables whose first page was read: their records are all since then
        self.ended = []         # tables whose last page was read
        self.rates = {}         # by kind, the busiest first
        self.streams = None     # records, if they were read


def rooms():
    return {name: Room(*room) for name, room in ROOM.items()}


class HubState:
    def __init__(self, name, where, is_local, room=None):
        self.name, self.where, self.is_local = name, where, is_local
        self.is_up, self.since, self.error = False, time.time(), HubError("not asked yet")
        self.answers, self.polled, self.started = {}, None, None
        room = room or rooms()
        self.tables = {"groups": Table("group", GROUP_RATES, room["groups"]),
                       "members": Table("name", MEMBER_RATES, room["members"])}
        self.rates = {}
        self.streams = Streams()
        self.tracks = {}        # of kinds and names in `rates`
        self.track = Track(len(HUB_RATES))
        self.rates_now, self.drop_rates = {}, {}
        self.port_rates, self.shed_rates = {}, {}       # by port
        self.xstats_grown, self.xstats_seconds, self._xstats = {}, 0.0, None
        self.drops, self.drop_names, self.dropped_at = Track(0), [], {}
        self.events = Events()
        self.was_ever_up = False

    # What a source tells

    def fail(self, error):
        """It does not answer. True if that is new."""
        is_new = self.is_up or str(error) != str(self.error)
        self.streams.clear()
        if self.is_up:
            self.events.add("down", "", str(error))
            self.since = time.time()
        # Its frames would keep what they hold.
        self.is_up, self.error = False, error.with_traceback(None)
        self.rates, self.rates_now, self.drop_rates, self.port_rates, self.shed_rates = {}, {}, {}, {}, {}
        self.xstats_grown, self._xstats, self.dropped_at = {}, None, {}
        return is_new

    def take(self, sample):
        """It answered. True if it did not before."""
        is_new = not self.is_up
        if not is_new and sample.now - self.polled < SAME_S:
            self._take_records(sample)
            return False
        info = sample.answers.get("info", {})
        was = self.answers.get("info")
        if was and self._restarted(was, sample):
            self._restart(info)
        elif is_new and self.was_ever_up:
            self.events.add("up", "", "it answers again")
        if is_new:
            self.since = time.time()
        before = self.answers
        self.answers = {**before, **sample.answers}
        if not before:
            self.events.begin(self.answers)
        if before:
            self.events.compare(before, self.answers)
            self._measure(before, sample.now)
        if "xstats" in sample.answers:
            self._compare_xstats(sample.answers["xstats"], sample.now)
        if self.started is None:
            self.started = time.time() - info.get("uptime_s", 0)
        self.is_up, self.error, self.was_ever_up = True, None, True
        self.polled = sample.now
        self._take_records(sample)
        self._take_rates(sample)
        return is_new

    def _restarted(self, was, sample):
        """By the process, whose number is the same again in a container; by what only grows; or by an uptime that is
        shorter than expected and that began since the last poll. After a pause of its machine a hub is too young as
        well, but had begun before, unless the pause was longer than it had run."""
        info, passed = sample.answers.get("info", {}), sample.now - self.polled
        before, after = was.get("uptime_s", 0), info.get("uptime_s", 0)
        has_begun_since = after <= min(passed + UPTIME_SLACK_S, before + passed - UPTIME_SLACK_S)
        return (info.get("pid") != was.get("pid") or after < before or has_begun_since
                or info.get("generation", 0) < was.get("generation", 0) or self._counts_less(sample))

    def _counts_less(self, sample):
        old, new = self.answers.get("stats", {}), sample.answers.get("stats", {})
        return any(new.get(counter, 0) < old.get(counter, 0) for _, counter, _ in HUB_RATES)

    def _restart(self, info):
        self.streams.clear()
        self.events.add("restart", "", f"the hub was restarted: process {info.get('pid')}, "
                                       f"{info.get('uptime_s', 0)} s ago")
        self.answers, self.started, self.polled = {}, None, None
        self.rates_now, self.drop_rates, self.port_rates, self.shed_rates, self.xstats_grown = {}, {}, {}, {}, {}
        self._xstats, self.dropped_at = None, {}
        for table in self.tables.values():
            table.restart()

    def _measure(self, before, now):
        begin, seconds = self.polled, now - self.polled
        old, new = before.get("stats", {}), self.answers.get("stats", {})
        rates = [rate(old.get(counter, 0), new.get(counter, 0), seconds) * factor for _, counter, factor in HUB_RATES]
        self.track.add(begin, now, rates)
        self.track.add_fine(begin, now, rates)
        self.rates_now = dict(zip((name for name, _, _ in HUB_RATES), rates))
        old, new = before.get("drops", {}), self.answers.get("drops", {})
        if list(new) != self.drop_names:
            self.drops, self.drop_names = Track(len(new)), list(new)
        rates = [rate(old.get(name, 0), count, seconds) for name, count in new.items()]
        self.drops.add(begin, now, rates)
        self.drops.add_fine(begin, now, rates)
        self.drop_rates = dict(zip(new, rates))
        self.dropped_at |= {name: now for name, per_s in self.drop_rates.items() if per_s > 0}
        old = {port["name"]: port for port in before.get("ports", [])}
        pairs = [(old[port["name"]], port) for port in self.answers.get("ports", []) if port["name"] in old]
        self.port_rates = {new["name"]: {name: rate(old.get(counter, 0), new.get(counter, 0), seconds) * factor
                                         for name, counter, factor in PORT_RATES} for old, new in pairs}
        # By priority of the group.
        self.shed_rates = {new["name"]: [rate(was, shed, seconds) for was, shed in zip(old["shed"], new["shed"])]
                           for old, new in pairs if "shed" in old and "shed" in new}

    def _compare_xstats(self, xstats, now):
        """They are read every ten seconds, but another monitor tells them each second."""
        if self._xstats is None:
            self._xstats = now, xstats
        then, before = self._xstats
        if xstats != before:
            self.xstats_grown = {port: {name: value - before[port].get(name, value) for name, value in counters.items()}
                                 for port, counters in xstats.items() if port in before}
            self.xstats_seconds, self._xstats = now - then, (now, xstats)
        elif now - then > XSTATS_S:
            self.xstats_grown = {}

    def _take_records(self, sample):
        for name in sample.begun:
            self.tables[name].begin_sweep()
        for name, record, at in sample.records:
            table = self.tables[name]
            row = table.rows.get(record[table.key])
            if row is not None and name == "members":
                self.events.compare_member(row.record, record)
            table.take(record, at)
        for name in sample.ended:
            new, gone = self.tables[name].end_sweep(sample.now)
            if name == "members":
                self.events.add_all("member", new, "is a member now")
                self.events.add_all("member", gone, "is no longer a member")
        if sample.streams is not None:
            self.streams.take(sample.streams, sample.now)

    def _take_rates(self, sample):
        self.rates = sample.rates
        for kind, records in sample.rates.items():
            for record in records:
                track, values = self._track_of(kind, record["name"]), [record.get(name, NAN) for name in RATES]
                track.add(sample.now - 1, sample.now, values)
                track.add_fine(sample.now - 1, sample.now, values)

    def _track_of(self, kind, name):
        """The latest used last."""
        track = self.tracks.pop((kind, name), None) or Track(len(RATES))
        self.tracks[kind, name] = track
        if len(self.tracks) > MOST_TRACKS:
            del self.tracks[next(iter(self.tracks))]
        return track

    def close(self):
        """It is not watched any more."""
        for table in self.tables.values():
            table.clear()

    # What others ask

    def reasons(self):
        return self.answers.get("health", {}).get("reasons", []) if self.is_up else []

    def lost_of_late(self, seconds):
        """Reasons of drops."""
        return [name for name, at in self.dropped_at.items() if self.polled - at <= seconds]

    def verdict(self):
        """In one word: down, degraded or well."""
        if not self.is_up:
            return "down"
        return "degraded" if any(reason["degrades"] for reason in self.reasons()) else "well"

    def exit_status(self):
        """That of mcdpdkctl status."""
        if self.is_up:
            return 1 if self.verdict() == "degraded" else 0
        return getattr(self.error, "exit_status", NoHub.exit_status)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub of this machine, by its telemetry socket."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from mcdpdk_tools import queries
from mcdpdk_tools.domain import is_shared
from mcdpdk_tools.telemetry import Hub, HubError, Refused, records

from .state import Sample

# A hub that reloads answers each command within milliseconds.
TIMEOUT_S = 5.0

# Asked each second after info, one answer each.
ALWAYS = ("health", "stats", "drops", "ports", "lcores", "control", "latency")
# As much as can be read by eye changes more slowly; /ethdev/xstats may ask the device's firmware.
SOMETIMES = ("igmp", "mld", "amt", "refused")
SOMETIMES_S = 10.0
LISTS = {"ports", "lcores", "refused"}
KINDS = ("group", "sender", "member")
# Read all at once, as many as can be looked at, with at most this share of the control lcore's time.
STREAMS_S, STREAMS_SHARE, MOST_STREAMS = 5.0, 0.001, 2000

TABLES = {"groups": "group_table", "members": "member_table"}
# A table of few pages is read each second, others as fast as the history needs it.
SWEEP_S, SHORT_SWEEP_S, SHORT_PAGES = 10.0, 1.0, 2

# Of the control lcore's time: what the pages of each table may take, beside some 0.05 % for all else.
SHARES = {"groups": 0.003, "members": 0.005}
# At once in memory: as many pages, some 64 rows each, beside the rows that are kept.
PAGES_A_POLL = 300
# Unused time, for a page that costs more than one second's share.
SAVED_S = 60


class Connection(Hub):
    """Without a hint at other programs: to find them, a connection to each would be made."""

    def __init__(self, path):
        try:
            super().__init__(path, TIMEOUT_S)
        except HubError:
            self.socket.close()
            raise

    def _no_hub(self, words):
        return f"{words} {self.path}"


class Sweep:
    """Where the reading of one table stands, and whether the next page may be asked for, by what pages have cost."""

    def __init__(self, share, clock):
        self.offset, self.pages, self.began, self.due = 0, 0, 0.0, 0.0
        self._clock = clock
        self._share, self._page_us = share, 1000.0
        self._saved_us = self._page_us

    def earn(self, seconds):
        self._saved_us = min(self._saved_us + seconds * self._share * 1e6, SAVED_S * self._share * 1e6)

    def allows(self, pages):
        """One more beside as many."""
        return self._clock() >= self.due and self._saved_us >= self._page_us * (pages + 1)

    def spend(self, cost_us, pages):
        if pages:
            self._page_us += (cost_us / pages - self._page_us) / 4
            self._saved_us -= cost_us

    def end(self):
        self.offset = 0
        self.due = self.began + (SHORT_SWEEP_S if self.pages <= SHORT_PAGES else SWEEP_S) - 0.5


class LocalSource:
    """Asks in a thread of its own, so that a hub that hangs stops no other."""

    def __init__(self, path, clock=time.monotonic):
        self.where, self.is_local = path, True
        self._clock = clock
        self._hub, self._streams_due = None, 0.0
        self._thread = ThreadPoolExecutor(1, "hub")
        self._known, self._xstats_of, self._domain = set(), {}, None
        self._last, self._load = None, None
        self._begin()

    async def poll(self):
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._poll)

    async def query(self, name, *params):
        """What mcdpdkctl shows: explain, group or member."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._query, name, params)

    def close(self):
        """What waits for the hub ends at its time-out."""
        self._thread.submit(self._disconnect)
        self._thread.shutdown(wait=False)

    # In the thread

    def _connected(self):
        if self._hub is None:
            hub = Connection(self.where)
            try:
                hub.ask("info")
                self._known = set(hub.ask_any("/"))
                self._xstats_of = self._find_ports(hub)
            except BaseException:
                hub.socket.close()
                raise
            self._hub = hub
            self._begin()
        return self._hub

    def _begin(self):
        self._sweeps = {name: Sweep(share, self._clock) for name, share in SHARES.items()}
        self._sometimes_due, self._domain = 0.0, None

    def _disconnect(self):
        hub, self._hub = self._hub, None
        if hub:
            hub.socket.close()

    def _poll(self):
        try:
            return self._sample(self._connected())
        except Refused as refused:
            # "busy", "starting or ending": the connection stays good.
            raise HubError(f"the hub refuses to answer: {refused}") from None
        except HubError:
            self._disconnect()
            raise
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            self._disconnect()
            raise HubError(f"{self.where}: an answer cannot be understood: {error!r}") from None

    def _query(self, name, params):
        try:
            return getattr(queries, name)(self._connected(), *params)
        except Refused:
            raise
        except HubError:
            self._disconnect()
            raise

    def _knows(self, command):
        return f"/mcdpdk/{command}" in self._known

    def _sample(self, hub):
        before = self._busy_us(hub)
        info = hub.ask("info")
        # A hub that is busy may have answered late: its uptime and its counters are of now.
        sample = Sample(self._clock())
        sample.answers["info"] = info
        is_first, seconds = self._last is None, sample.now - (self._last or sample.now)
        self._last = sample.now
        for command in ALWAYS:
            if self._knows(command):
                sample.answers[command] = shape(command, hub.ask(command))
        for kind in KINDS:
            # The hub answers the first question when it has measured for a second.
            if self._knows("rates") and not is_first:
                sample.rates[kind] = records(hub.ask("rates", kind))
        if sample.now >= self._sometimes_due:
            self._ask_sometimes(hub, sample)
            self._sometimes_due, self._domain = sample.now + SOMETIMES_S, None
        self._ask_domain(hub, sample)
        after = self._busy_us(hub)
        for name, sweep in self._sweeps.items():
            sweep.earn(seconds)
            after = self._read_table(hub, sample, name, after)
        after = self._read_streams(hub, sample, after)
        self._note_load(after - before, seconds)
        sample.answers["load"] = self._load
        return sample

    def _note_load(self, cost_us, seconds):
        """The share of time that all of a poll takes, smoothed."""
        if seconds > 0:
            share = cost_us / 1e6 / seconds
            self._load = share if self._load is None else self._load + (share - self._load) / 8

    def _busy_us(self, hub):
        """What telemetry has cost the control lcore. A hub that does not know: no less than the time until now."""
        if self._knows("control"):
            return hub.ask("control").get("telemetry", {}).get("busy_us", 0)
        return time.monotonic() * 1e6

    def _ask_sometimes(self, hub, sample):
        for command in SOMETIMES:
            if self._knows(command):
                sample.answers[command] = (
                    [record for page in hub.pages(command) for record in records(page)] if command == "refused"
                    else shape(command, hub.ask(command)))
        # A device that is being reset has no link, and is not asked.
        linked = {port["name"] for port in sample.answers.get("ports", []) if port.get("link")}
        sample.answers["xstats"] = {name: counters_of(hub, port) for name, port in self._xstats_of.items()
                                    if name in linked}

    def _ask_domain(self, hub, sample):
        """All peers as often as what can be read by eye, and at once when one came up or went down."""
        if not self._knows("domain"):
            return
        try:
            domain = sample.answers["domain"] = hub.ask("domain")
        except Refused:
            return  # it is in none
        if is_shared(domain):
            sample.answers["placement"] = hub.ask("placement")
        seen = domain.get("peers"), domain.get("peers_up")
        if seen != self._domain and self._knows("peers"):
            sample.answers["peers"] = [record for page in hub.pages("peers") for record in records(page)]
            self._domain = seen

    @staticmethod
    def _find_ports(hub):
        """DPDK's numbers of ports by their names."""
        found = {}
        with suppress(HubError, KeyError, TypeError):
            for port in hub.ask_any("/ethdev/list"):
                found[hub.ask_any("/ethdev/info", port)["name"]] = port
        return found

    def _read_streams(self, hub, sample, before):
        """As often as their share of the control lcore's time allows. Returns what telemetry has cost until then."""
        if not self._knows("streams") or sample.now < self._streams_due:
            return before
        sample.streams = []
        for page in hub.pages("streams"):
            sample.streams += records(page)
            if len(sample.streams) >= MOST_STREAMS:
                break
        after = self._busy_us(hub)
        self._streams_due = sample.now + max(STREAMS_S, (after - before) / 1e6 / STREAMS_SHARE)
        return after

    def _read_table(self, hub, sample, name, before):
        """The next pages, as many as it may. Returns what telemetry has cost until then."""
        sweep, pages = self._sweeps[name], 0
        while self._knows(TABLES[name]) and pages < PAGES_A_POLL and sweep.allows(pages):
            pages += 1
            if self._read_page(hub, sample, name, sweep):
                break
        after = self._busy_us(hub) if pages else before
        sweep.spend(after - before, pages)
        return after

    def _read_page(self, hub, sample, name, sweep):
        """True after the last page."""
        if sweep.offset == 0:
            sweep.began, sweep.pages = self._clock(), 0
            sample.begun.append(name)
        page = hub.ask(TABLES[name], sweep.offset)
        now = self._clock()
        sample.records += [(name, record, now) for record in records(page)]
        sweep.pages += 1
        if page.get("next", 0) > sweep.offset:
            sweep.offset = page["next"]
            return False
        sample.ended.append(name)
        sweep.end()
        return True


def shape(command, answer):
    """Records become lists."""
    if command in LISTS:
        return records(answer)
    if command == "health":
        found = records(answer)
        return {**{name: value for name, value in answer.items() if not isinstance(value, dict)}, "reasons": found}
    return answer


def counters_of(hub, port):
    try:
        answer = hub.ask_any("/ethdev/xstats", port)
    except Refused:
        return {}
    return answer if isinstance(answer, dict) else {}

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""top and watch: rates of counters, computed here, or the hub's own."""

import json
import shutil
import sys
import time
from itertools import count

from . import queries

VIEWS = {
    "groups": (queries.groups, "group", ["packets", "bytes", "copies"]),
    "members": (queries.members, "name", ["rx_packets", "tx_packets", "tx_bytes", "drops"]),
}

# The hub's kinds of rates. It gives the first page of them at once; a view of counters reads all of them twice.
RATES = {"groups": "group", "members": "member", "senders": "sender"}
RATE_NAMES = ["pps", "bps", "peak_pps"]

WATCHED = ["rx_packets", "data_packets", "copies", "tx_data_packets", "tx_data_bytes",
           "rx_drop_packets", "copy_drops"]


def rates(before, after, names, seconds):
    """A counter that decreased has restarted from 0."""
    grown = {name: after[name] - before.get(name, 0) for name in names}
    return {name: (more if more >= 0 else after[name]) / seconds for name, more in grown.items()}


def samples(take, interval, rounds):
    """Yield (None, first, 0), then (before, after, seconds); without end if `rounds` is 0."""
    before, since = take(), time.monotonic()
    yield None, before, 0
    for done in count(1):
        time.sleep(interval)
        after, now = take(), time.monotonic()
        yield before, after, now - since
        if done == rounds:
            return
        before, since = after, now


def rated(view, before, after, seconds, sort):
    key, names = VIEWS[view][1:]
    known = {row[key]: row for row in before}
    # A new row has rate 0: its count did not arise in this interval.
    rows = [{key: row[key], **{f"{name}_per_s": round(value, 1) for name, value in
                               rates(known.get(row[key], row), row, names, seconds).items()}}
            for row in after]
    rows.sort(key=lambda row: row[key])
    rows.sort(key=lambda row: row[f"{sort}_per_s"], reverse=True)
    return rows


def unrated(view, first, sort, limit):
    key = VIEWS[view][1]
    rows = sorted(first, key=lambda row: (-row[sort], row[key]))
    return [{key: row[key]} for row in rows[:limit or None]]


def sorts(view):
    return [*(VIEWS[view][2] if view in VIEWS else []), *RATE_NAMES]


def key_of(view):
    return VIEWS[view][1] if view in VIEWS else "name"


def above(rows, name, least):
    return [row for row in rows if row.get(name, 0) > least]


def top(hub, args):
    sort = args.sort or {"groups": "copies", "members": "tx_packets", "senders": "pps"}[args.view]
    return top_rates(hub, args, sort) if sort in RATE_NAMES else top_counters(hub, args, sort)


def top_rates(hub, args, sort):
    """Yield frames of the hub's own rates, which change once a second."""
    # The hub sorts by pps.
    most = (args.rows or screen_rows(args)) if sort == "pps" and args.above < 0 else None
    for done in count(1):
        found = queries.rates(hub, RATES[args.view], args.filter, most)["rates"]
        rows = [{key_of(args.view): row["name"], **{name: row[name] for name in RATE_NAMES}}
                for row in above(found, sort, args.above)]
        total = queries.total(found) if args.above < 0 else len(rows)
        rows.sort(key=lambda row: row[sort], reverse=True)
        yield {args.view: rows[:args.rows or None], "sorted_by": sort, "total": total}
        if done == args.count:
            return
        time.sleep(args.interval)


def screen_rows(args):
    return shutil.get_terminal_size().lines if sys.__stdout__.isatty() and not args.json else None


def top_counters(hub, args, sort):
    """Yield frames. A terminal gets two at once, without rates: the hub's first rows, then all."""
    query = VIEWS[args.view][0]
    # rich replaces sys.stdout.
    at_once = sys.__stdout__.isatty() and not args.json

    def take(most=None):
        return query(hub, args.filter, most=most)[args.view]

    def frame(rows, total):
        return {args.view: rows, "sorted_by": sort, "total": total}

    if at_once:
        first = take(shutil.get_terminal_size().lines)
        yield frame(unrated(args.view, first, sort, args.rows), queries.total(first))
    for before, after, seconds in samples(take, args.interval, args.count):
        if before is not None:
            rows = above(rated(args.view, before, after, seconds, sort), f"{sort}_per_s", args.above)
            yield frame(rows[:args.rows or None], len(after) if args.above < 0 else len(rows))
        elif at_once:
            yield frame(unrated(args.view, after, sort, args.rows), len(after))


def watched(hub, kind, name):
    if kind is None:
        return WATCHED, lambda: {**hub.ask("stats"), "drops": hub.ask("drops")}
    return VIEWS[kind + "s"][2], lambda: hub.ask(kind, name)


def watch(hub, args):
    names, take = watched(hub, args.kind, args.name)
    for before, after, seconds in samples(take, args.interval, args.count):
        if before is None:
            continue
        line = {f"{name}_per_s": round(value, 1)
                for name, value in rates(before, after, names, seconds).items()}
        if args.kind is None:
            line["top_drop"] = busiest(before["drops"], after["drops"], seconds)
        yield line


def busiest(before, after, seconds):
    grown = rates(before, after, after.keys(), seconds)
    reason = max(grown, key=grown.get, default="")
    return reason if reason and grown[reason] > 0 else ""


def print_json(frames):
    for frame in frames:
        print(json.dumps(frame), flush=True)


def show_top(frames, view):
    from rich.live import Live

    from . import tables

    console = tables.console()
    if not console.is_terminal:
        for frame in frames:
            console.print(TopTable(frame, view))
            sys.stdout.flush()
        return
    with Live(console=console, screen=True, auto_refresh=False) as screen:
        for frame in frames:
            screen.update(TopTable(frame, view), refresh=True)


class TopTable:
    """A frame cut to the size of the terminal, and a note of what is cut."""

    def __init__(self, frame, view):
        self.frame = frame
        self.rows = frame[view]
        self.noun = view[:-1]
        self.key = key_of(view)
        self.is_hubs = frame["sorted_by"] in RATE_NAMES
        self.names = RATE_NAMES if self.is_hubs else VIEWS[view][2]

    def title(self, name):
        return name if self.is_hubs else f"{name}/s"

    def body(self, shown, names):
        from . import tables

        sort = self.frame["sorted_by"]
        marked = [f">{self.title(name)}" + (" ▼" if name == sort else "") for name in names[1:]]
        fields = [name if self.is_hubs else f"{name}_per_s" for name in names[1:]]
        cells = [[row[self.key], *(tables.rate(row[field]) if field in row else "..." for field in fields)]
                 for row in shown]
        title = f"{time.strftime('%H:%M:%S')}  {tables.plural(self.frame['total'], self.noun)}"
        return [self.key, *marked], cells, title

    def __rich_console__(self, console, options):
        from . import tables

        shown, narrow = self.rows[:max(console.height - tables.AROUND_ROWS, 1)], []
        if console.is_terminal:
            grid, narrow = tables.fitting(console, options, [self.key, *self.names],
                                          lambda names: tables.filled(*self.body(shown, names)),
                                          {self.frame["sorted_by"]})
            yield grid
        else:
            yield tables.plain(*self.body(shown, [self.key, *self.names]))
        hidden = self.frame["total"] - len(shown)
        if hidden:
            yield f"and {hidden:,} more"
        if narrow:
            yield f"no room for {', '.join(narrow)}"


def show_watch(frames):
    from .tables import rate

    for index, frame in enumerate(frames):
        names = [name.removesuffix("_per_s") for name in frame]
        if index % 20 == 0:
            print("time     " + " ".join(f"{name:>15}" for name in names))
        values = [value if isinstance(value, str) else rate(value) for value in frame.values()]
        print(time.strftime("%H:%M:%S") + " " + " ".join(f"{value or '-':>15}" for value in values),
              flush=True)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""top and watch: counters turned into rates, again and again."""

import json
import sys
import time
from itertools import count

from . import queries

# What top lists: the query, the name of a row, the counters that become rates.
VIEWS = {
    "groups": (queries.groups, "group", ["packets", "bytes", "copies"]),
    "members": (queries.members, "name", ["rx_packets", "tx_packets", "tx_bytes", "drops"]),
}

WATCHED = ["rx_packets", "data_packets", "copies", "tx_data_packets", "tx_data_bytes",
           "rx_drop_packets", "copy_drops"]


def rates(before, after, names, seconds):
    """A counter that went back was started afresh: its whole value is new."""
    grown = {name: after[name] - before.get(name, 0) for name in names}
    return {name: (more if more >= 0 else after[name]) / seconds for name, more in grown.items()}


def samples(take, interval, rounds):
    """Yield (before, after, seconds); `rounds` 0 means until interrupted."""
    before, since = take(), time.monotonic()
    for done in count(1):
        time.sleep(interval)
        after, now = take(), time.monotonic()
        yield before, after, now - since
        if done == rounds:
            return
        before, since = after, now


def rated(view, before, after, seconds, sort, limit):
    """Rows of name and rates, the busiest first."""
    key, names = VIEWS[view][1:]
    known = {row[key]: row for row in before}
    # What was not there before has no rate yet: its history is not this interval's.
    rows = [{key: row[key], **{f"{name}_per_s": round(value, 1) for name, value in
                               rates(known.get(row[key], row), row, names, seconds).items()}}
            for row in after]
    rows.sort(key=lambda row: row[key])
    rows.sort(key=lambda row: row[f"{sort}_per_s"], reverse=True)
    return rows[:limit] if limit else rows


def top(hub, args):
    query, key, names = VIEWS[args.view]
    sort = args.sort or ("copies" if args.view == "groups" else "tx_packets")

    def take():
        return query(hub, args.filter)[args.view]

    for before, after, seconds in samples(take, args.interval, args.count):
        yield {args.view: rated(args.view, before, after, seconds, sort, args.rows),
               "sorted_by": sort, "total": len(after)}


def watched(hub, kind, name):
    """The counters that watch follows, and how to ask for them."""
    if kind is None:
        return WATCHED, lambda: {**hub.ask("stats"), "drops": hub.ask("drops")}
    return VIEWS[kind + "s"][2], lambda: hub.ask(kind, name)


def watch(hub, args):
    names, take = watched(hub, args.kind, args.name)
    for before, after, seconds in samples(take, args.interval, args.count):
        line = {f"{name}_per_s": round(value, 1)
                for name, value in rates(before, after, names, seconds).items()}
        if args.kind is None:
            line["top_drop"] = busiest(before["drops"], after["drops"], seconds)
        yield line


def busiest(before, after, seconds):
    """The drop reason that grew most; empty when none did."""
    grown = rates(before, after, after.keys(), seconds)
    reason = max(grown, key=grown.get, default="")
    return reason if reason and grown[reason] > 0 else ""


def print_json(frames):
    """One document a line, each whole when the next is awaited."""
    for frame in frames:
        print(json.dumps(frame), flush=True)


def show_top(frames, view):
    from rich.live import Live

    from . import tables

    console = tables.console()
    if not console.is_terminal:
        for frame in frames:
            console.print(top_table(frame, view))
            sys.stdout.flush()
        return
    with Live(console=console, screen=True, auto_refresh=False) as screen:
        screen.update("waiting for the first interval ...", refresh=True)
        for frame in frames:
            room = max(console.height - 5, 1)
            shown = {**frame, view: frame[view][:room]}
            screen.update(top_table(shown, view), refresh=True)


def top_table(frame, view):
    from . import tables

    _, key, names = VIEWS[view]
    marked = [f">{name}/s" + (" ▼" if name == frame["sorted_by"] else "") for name in names]
    title = f"{time.strftime('%H:%M:%S')}  {tables.plural(frame['total'], view[:-1])}"
    grid = tables.table([key, *marked], title)
    for row in frame[view]:
        grid.add_row(row[key], *(tables.rate(row[f"{name}_per_s"]) for name in names))
    return grid


def show_watch(frames):
    """Lines that scroll, the heading again every screenful."""
    from .tables import rate

    for index, frame in enumerate(frames):
        names = [name.removesuffix("_per_s") for name in frame]
        if index % 20 == 0:
            print("time     " + " ".join(f"{name:>15}" for name in names))
        values = [value if isinstance(value, str) else rate(value) for value in frame.values()]
        print(time.strftime("%H:%M:%S") + " " + " ".join(f"{value or '-':>15}" for value in values),
              flush=True)

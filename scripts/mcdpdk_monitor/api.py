# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The documents below /api/, as mcdpdk-monitor(8) describes them. Keys are added, never renamed or removed."""

import time

from mcdpdk_tools.reasons import REASONS

from .condition import NOTE, RANKS, Conditions
from .events import KEPT
from .findings import findings
from .history import NAN, Track
from .state import HUB_RATES, RATES

API = 1
TABLES = {"groups": ("group", "group"), "members": ("name", "address")}
SUBJECTS = {"group": "groups", "member": "members"}
MOST_ROWS = 100000
MOST_OFFSET = 1 << 32
# The hub's rates of members are of what is sent to them, those of senders of what they send.
RATES_OF_MEMBER = ("tx_pps", "tx_bps", "peak_tx_pps")
RATES_OF_SENDER = ("rx_pps", "rx_bps", "peak_rx_pps")


class Unknown(Exception):
    """There is no such thing: 404."""


class Wrong(Exception):
    """A parameter is wrong: 400."""


def clean(value):
    """A gap is null."""
    return None if value != value else round(value, 3)


def clean_all(values):
    return {name: clean(value) for name, value in values.items()}


def hubs(states):
    return {"api": API, "time": round(time.time(), 3), "hubs": [head(state) for state in states]}


def head(state):
    answers = state.answers
    info = answers.get("info", {})
    peers = {"peers": answers["peers"]} if "peers" in answers else {}
    return {
        "name": state.name, "local": state.is_local, "where": state.where, "state": state.verdict(),
        "up": state.is_up, "since": round(state.since, 3), "error": str(state.error) if state.error else None,
        "exit_status": state.exit_status(), "started": state.started and round(state.started),
        "version": info.get("version"), "generation": info.get("generation"), "members": info.get("members"),
        "groups": info.get("groups"),
        "reasons": len([reason for reason in state.reasons() if reason["degrades"]]),
        "warnings": len([finding for finding in findings(state) if finding["severity"] != NOTE]),
        "rates": clean_all(state.rates_now), **peers,
    }


def hub(state):
    """All but lists that may be long. When the hub is down, its last answers."""
    document = {**head(state), "age_s": age(state.polled), "drops": drops(state), "busiest": state.rates,
                "findings": findings(state),
                "port_rates": {name: clean_all(values) for name, values in state.port_rates.items()},
                "shed_rates": {name: [clean(value) for value in values] for name, values in state.shed_rates.items()}}
    for name in ("info", "health", "stats", "ports", "lcores", "control", "latency", "igmp", "mld", "amt", "domain",
                 "placement", "peers", "refused", "xstats", "load"):
        if name in state.answers:
            document[name] = state.answers[name]
    return document


def age(then):
    return None if then is None else round(max(time.monotonic() - then, 0), 3)


def drops(state):
    return [{"reason": reason, "of": "copies" if reason.startswith("copy_") else "received", "packets": packets,
             "per_s": clean(state.drop_rates.get(reason, NAN)), "meaning": REASONS.get(reason, "")}
            for reason, packets in state.answers.get("drops", {}).items()]


def rows(state, name, query):
    """Groups or members: those that match, sorted, from `offset` on, at most `limit`."""
    table = state.tables[name]
    keys = TABLES[name]
    wanted = query.get("filter", "")
    found = [row for row in table.rows.values() if any(wanted in str(row.record.get(key, "")) for key in keys)]
    more = Conditions(state).of_row if name == "members" else nothing_more
    sort_rows(found, table, query.get("sort", keys[0]), more)
    offset, limit = number(query, "offset", 0, MOST_OFFSET), number(query, "limit", 1000)
    unknown = dict.fromkeys(table.names) if not state.is_up else {}
    return {"total": len(found), "left_out": table.left_out, "complete": table.is_complete, "up": state.is_up,
            name: [{**row.record, **more(row), **clean_all(dict(zip(table.names, row.rates))), **unknown,
                    "age_s": age(row.at)}
                   for row in found[offset:offset + limit]]}


def nothing_more(_row):
    return {}


def sort_rows(found, table, sort, more):
    name, is_falling = sort.removeprefix("-"), sort.startswith("-")
    if name == "condition" and more is not nothing_more:
        found.sort(key=lambda row: (RANKS.index(more(row)["condition"]), row.record[table.key]), reverse=is_falling)
        return
    if name in table.names:
        index = table.names.index(name)
        found.sort(key=lambda row: -1 if row.rates[index] != row.rates[index] else row.rates[index], reverse=is_falling)
        return
    if any(name not in row.record for row in found):
        raise Wrong(f"sort: no such key: {name}")
    found.sort(key=lambda row: (isinstance(row.record[name], str), row.record[name]), reverse=is_falling)


def number(query, name, default, most=MOST_ROWS):
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) > most:
        raise Wrong(f"{name}: not a number from 0 to {most}: {text}")
    return int(text)


def rates(state, kind, query):
    if kind not in ("group", "member", "sender"):
        raise Unknown(f"no such kind: {kind}")
    limit = number(query, "limit", 100)
    found = state.rates[kind] if kind in state.rates else rates_of_table(state, kind)
    return {"kind": kind, "up": state.is_up, "measured_by": "hub" if kind in state.rates else "monitor",
            "rates": found[:limit]}


def rates_of_table(state, kind):
    """From the counters, for a hub that measures no rates."""
    table = state.tables["groups" if kind == "group" else "members"]
    names = {"group": ("pps", "bps"), "member": ("tx_pps", "tx_bps"), "sender": ("rx_pps", "rx_bps")}[kind]
    found = []
    for name, row in table.rows.items():
        values = dict(zip(table.names, row.rates))
        pps, bps = (clean(values.get(rate, NAN)) for rate in names)
        if state.is_up and pps:
            found.append({"name": name, "pps": pps, "bps": bps, "peak_pps": None})
    return sorted(found, key=lambda record: (-record["pps"], record["name"]))


def streams(state):
    return {"up": state.is_up, "known": state.streams.at is not None or not state.is_up, "streams": [
        {**row, **{name: clean(NAN if row.get(name) is None else row[name]) for name in ("pps", "bps")}}
        for row in state.streams.busiest()]}


def history(state, kind, name, query):
    seconds = number(query, "seconds", 3600, 3600)
    if seconds == 0:
        raise Wrong("seconds: not a number from 1 to 3600: 0")
    names, track = track_of(state, kind, name, seconds)
    now = time.monotonic()
    step, first, lists = track.read(now, seconds)
    series = dict(zip(names, lists))
    as_sender = state.tracks.get(("sender", name)) if names is RATES_OF_MEMBER else None
    if as_sender and as_sender.read(now, seconds)[:2] == (step, first):
        series |= zip(RATES_OF_SENDER, as_sender.read(now, seconds)[2])
    return {"kind": kind, "name": name, "step_s": step, "start": round(time.time() - (now - first), 3),
            "series": {key: [clean(value) for value in values] for key, values in series.items()}}


def track_of(state, kind, name, seconds):
    if kind == "hub":
        return [key for key, _, _ in HUB_RATES], state.track
    if kind == "drops":
        return state.drop_names, state.drops
    own = state.tracks.get((kind, name))
    table = state.tables.get(SUBJECTS.get(kind))
    row = table.rows.get(name) if table else None
    # The table's has a place for each ten seconds; the hub's list has seconds, while it is among the busiest.
    if own and (row is None or seconds <= 300):
        return RATES_OF_MEMBER if kind == "member" else RATES, own
    if row is None:
        raise Unknown(f"no history of {kind} {name}")
    return table.names, row.track or Track(len(table.names))


def events(state, query):
    since, limit = number(query, "since", 0, 1 << 53), number(query, "limit", KEPT)
    return {"next": state.events.next - 1, "events": state.events.since(since)[-limit:] if limit else []}

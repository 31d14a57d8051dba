# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Each command's answer as plain data, in the hub's names and units; --json prints it, the tables show it."""

import difflib
import fnmatch

from .telemetry import records


def matches(name, pattern):
    if pattern is None:
        return True
    if any(sign in pattern for sign in "*?["):
        return fnmatch.fnmatchcase(name, pattern)
    return pattern in name


def group_names(hub, pattern=None):
    return [name for page in hub.pages("groups") for name in page["groups"] if matches(name, pattern)]


def member_names(hub, pattern=None):
    return [name for page in hub.pages("members") for name in page["members"] if matches(name, pattern)]


class Rows(list):
    def __init__(self, rows, total):
        super().__init__(rows)
        self.total = total


def total(rows):
    """The number of rows at the hub, of which `rows` may be the first."""
    return rows.total if isinstance(rows, Rows) else len(rows)


def listed(hub, command, *params, most=None):
    rows = []
    for page in hub.pages(command, *params):
        rows += records(page)
        if most is not None and len(rows) >= most:
            return Rows(rows, page["total"])
    return rows


def suggestion(hub, words):
    """Appended to the hub's error "no such member": a similar name."""
    _, refused, name = words.partition("no such member: ")
    close = difflib.get_close_matches(name, member_names(hub), 1) if refused else []
    return f"; did you mean {close[0]}?" if close else ""


def table(hub, kind, name, pattern, most):
    if pattern is None:
        return listed(hub, f"{kind}_table", most=most)
    return [row for row in listed(hub, f"{kind}_table") if matches(row[name], pattern)]


def status(hub):
    health = hub.ask("health")
    found = records(health)
    return {"state": health["state"],
            "reasons": [reason for reason in found if reason["degrades"]],
            "notes": [reason for reason in found if not reason["degrades"]],
            "members": {name: value for name, value in health.items() if name.startswith("members")},
            "info": hub.ask("info"), "stats": hub.ask("stats")}


def raw(hub, text):
    return hub.ask_any(*text.split(","))


def stats(hub):
    return hub.ask("stats")


def groups(hub, pattern=None, names=False, most=None):
    return {"groups": group_names(hub, pattern) if names else table(hub, "group", "group", pattern, most)}


def group(hub, group, most=None):
    return {"group": hub.ask("group", group), **receivers(hub, group, most)}


def receivers(hub, group, most=None):
    return {"receivers": listed(hub, "receivers", group, most=most)}


def members(hub, pattern=None, names=False, most=None):
    return {"members": member_names(hub, pattern) if names else table(hub, "member", "name", pattern, most)}


def member(hub, member):
    joined = [name for page in hub.pages("member_groups", member) for name in page["groups"]]
    return {"member": hub.ask("member", member), "groups": joined}


def rates(hub, kind, pattern=None, most=None):
    """The pages are of one reading of the hub's, whose times are in each."""
    rows, page = [], {}
    for page in hub.pages("rates", kind, offset_last=True):
        rows += records(page)
        if pattern is None and most is not None and len(rows) >= most:
            break
    kept = [row for row in rows if matches(row["name"], pattern)]
    return {"kind": kind, "rates": kept if pattern else Rows(kept, page["total"]),
            **{name: page[name] for name in ("since_ms", "age_ms")}}


def drops(hub):
    return {**hub.ask("drops"), "refused": listed(hub, "refused")}


def ports(hub):
    return {"ports": records(hub.ask("ports"))}


def lcores(hub):
    return {"lcores": records(hub.ask("lcores"))}


def control(hub):
    answer = hub.ask("control")
    classes = [{"class": name, **share} for name, share in answer.items() if isinstance(share, dict)]
    return {"classes": classes, "longest_slice_us": answer["longest_slice_us"]}


def igmp(hub):
    return hub.ask("igmp")


def amt(hub):
    return hub.ask("amt")


def stations(hub, most=None):
    return {"stations": listed(hub, "stations", most=most)}


def latency(hub):
    return hub.ask("latency")


def explain(hub, sender, group):
    answer = hub.ask("explain", sender, group)
    rows = records(answer)
    return {**{name: value for name, value in answer.items() if value not in rows}, "receivers": rows}


def join(hub, group, member):
    return hub.ask("join", *join_parameters(group, member))


def leave(hub, group, member):
    return hub.ask("leave", *join_parameters(group, member))


def join_parameters(group, member):
    """Our command line has G,S MEMBER; telemetry has G,MEMBER,S."""
    address, _, source = group.partition(",")
    return [address, member, source] if source else [address, member]


def reload(hub):
    return hub.ask("reload")

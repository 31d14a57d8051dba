# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Each command's answer as plain data, in the hub's names and units; --json prints it, the tables show it."""

import difflib
import fnmatch

from . import budget, domain
from .telemetry import HubError, Refused, records


# DPDK's RTE_ETH_SPEED_NUM_UNKNOWN.
UNKNOWN_SPEED = 0xffffffff
# The hub sets no limit to a reload that has begun: a large one beside much traffic takes minutes.
RELOAD_TIMEOUT_S = 600.0
NO_DOMAIN = {"domain": None, "peers": []}


def matches(name, pattern):
    if pattern is None:
        return True
    # The name of a member over IPv6 has brackets of its own.
    return pattern in name or (any(sign in pattern for sign in "*?[") and fnmatch.fnmatchcase(name, pattern))


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


def streams(hub, subject=None):
    """Of all, of a member or of a group. The hub's pages are in no order.

    A stream that comes meanwhile moves others to a later page: the last reading of each counts.
    """
    read = listed(hub, "streams", *([subject] if subject else []))
    rows = list({(row["sender"], row["group"]): row for row in read}.values())
    rows.sort(key=lambda row: (-row["packets"], row["sender"], row["group"]))
    return {"streams": rows}


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


def mld(hub):
    return hub.ask("mld")


def amt(hub):
    return hub.ask("amt")


def stations(hub, most=None):
    return {"stations": listed(hub, "stations", most=most)}


def latency(hub):
    return hub.ask("latency")


def peers(hub, most=None):
    """A hub without a domain refuses to answer, and has none."""
    try:
        own = hub.ask("domain")
        if not own.get("name"):
            return NO_DOMAIN
        placement = {"placement": hub.ask("placement")} if domain.is_shared(own) else {}
        return {"domain": own, **placement, "peers": listed(hub, "peers", most=most)}
    except Refused as refused:
        if "domain" not in str(refused):
            raise
        return NO_DOMAIN


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
    return hub.ask_at_length("reload", RELOAD_TIMEOUT_S)


def demand(hub, given=None, size=None):
    """(streams, members, limits, ports, oversize) for budget.py: of the given rates, else of what comes in now."""
    members = {row["name"]: described(row) for row in listed(hub, "member_table")}
    if given:
        known = group_names(hub)
        streams = [given_stream(hub, group, budget.entry(group, known), pps, size) for group, pps in given.items()]
    else:
        streams = [budget.Stream(row["name"], row["pps"], size or row["bps"] / 8 / row["pps"],
                                 receiver_names(hub, row["name"]))
                   for row in rates(hub, "group")["rates"] if row["pps"]]
    found = ports(hub)["ports"]
    # Admitted members may have come, and others gone, meanwhile.
    streams = [stream._replace(receivers=[name for name in stream.receivers if name in members]) for stream in streams]
    return streams, members, port_limits(hub, found), len(found), hub.ask("info").get("oversize", "fragment")


def given_stream(hub, group, found, pps, size):
    if found is None:
        raise budget.no_entry(group)
    if not size:
        counted = hub.ask("group", found)
        if not counted["packets"]:
            raise HubError(f"{group} had no packet yet, so their size is not known: name --size")
        size = counted["bytes"] / counted["packets"]
    return budget.Stream(group, pps, size, receiver_names(hub, found))


def receiver_names(hub, group):
    try:
        return [row["member"] for row in listed(hub, "receivers", group)]
    except Refused:
        return []  # the entry went meanwhile


def described(row):
    return budget.Member(row["name"], row["address"], row["encap"],
                         budget.headers(row["encap"], "key" in row, row["address"]), row["path_mtu"], "nat_port" in row)


def port_limits(hub, found):
    own = budget.own_allowance([{kind: port.get(f"allowance_{kind}", 0) for kind in ("pps", "bps")} for port in found])
    speed = link_speed(hub, {port["name"] for port in found})
    return [*own, *([budget.Limit("port_bps", speed, "port", "link speed")] if speed else [])]


def link_speed(hub, names):
    """Of the named ports together, in bit/s; 0: one of them does not know it."""
    speeds = []
    try:
        for port in hub.ask_any("/ethdev/list"):
            if hub.ask_any("/ethdev/info", port).get("name") in names:
                speed = hub.ask_any("/ethdev/link_status", port).get("speed", 0)
                speeds.append(0 if speed in (0, UNKNOWN_SPEED) else speed)
    except HubError:
        return 0
    return sum(speeds) * 1000000 if all(speeds) else 0

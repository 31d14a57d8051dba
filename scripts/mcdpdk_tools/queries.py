# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Each command's answer as plain data: what --json prints and what the tables show.

The hub's own names and units are kept. Pages are joined, and records are lists.
"""

import fnmatch

from .telemetry import Refused, records


def matches(name, pattern):
    """A shell pattern, or a part of the name."""
    if pattern is None:
        return True
    if any(sign in pattern for sign in "*?["):
        return fnmatch.fnmatchcase(name, pattern)
    return pattern in name


def group_names(hub, pattern=None):
    return [name for page in hub.pages("groups") for name in page["groups"] if matches(name, pattern)]


def member_names(hub, pattern=None):
    return [name for page in hub.pages("members") for name in page["members"] if matches(name, pattern)]


def described(hub, command, names):
    """One answer per name; what went away since it was listed is left out."""
    answers = []
    for name in names:
        try:
            answers.append(hub.ask(command, name))
        except Refused:
            continue
    return answers


def status(hub):
    return {"info": hub.ask("info"), "stats": hub.ask("stats")}


def raw(hub, text):
    return hub.ask_any(*text.split(","))


def stats(hub):
    return hub.ask("stats")


def groups(hub, pattern=None, names=False):
    found = group_names(hub, pattern)
    return {"groups": found if names else described(hub, "group", found)}


def group(hub, group):
    return {"group": hub.ask("group", group), **receivers(hub, group)}


def receivers(hub, group):
    rows = [row for page in hub.pages("receivers", group) for row in records(page)]
    return {"receivers": rows}


def members(hub, pattern=None, names=False):
    found = member_names(hub, pattern)
    return {"members": found if names else described(hub, "member", found)}


def member(hub, member):
    joined = [name for page in hub.pages("member_groups", member) for name in page["groups"]]
    return {"member": hub.ask("member", member), "groups": joined}


def drops(hub):
    return hub.ask("drops")


def ports(hub):
    return {"ports": records(hub.ask("ports"))}


def lcores(hub):
    return {"lcores": records(hub.ask("lcores"))}


def igmp(hub):
    return hub.ask("igmp")


def amt(hub):
    return hub.ask("amt")


def stations(hub):
    return {"stations": [row for page in hub.pages("stations") for row in records(page)]}


def latency(hub):
    return hub.ask("latency")


def explain(hub, sender, group):
    answer = hub.ask("explain", sender, group)
    return {"verdict": answer["verdict"], "match": answer.get("match", ""),
            "total": answer.get("total", 0), "receivers": records(answer)}


def join(hub, group, member):
    return hub.ask("join", *join_parameters(group, member))


def leave(hub, group, member):
    return hub.ask("leave", *join_parameters(group, member))


def join_parameters(group, member):
    """G,S on our command line is G,MEMBER,S on the hub's."""
    address, _, source = group.partition(",")
    return [address, member, source] if source else [address, member]


def reload(hub):
    return hub.ask("reload")

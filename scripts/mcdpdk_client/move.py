# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Lead a path that is up to another hub in place, so that programs keep their sockets and memberships."""

import re
from dataclasses import asdict

from . import state as kept
from .plan import is_profile, plan, step_l2_route, tunnel_arguments
from .rules import replacements
from .step import command
from .system import Failure, read_json

REMOTE = {"vxlan": "vxlan.remote"}


def move(state, old, new, asked):
    """Returns the new record, which is written first: `down` must know the route of a move that was interrupted."""
    record = {**state, "settings": asdict(new), "asked": asked, "steps": renewed(state["steps"], old, new)}
    kept.save(record)
    for a_command in commands(old, new):
        wrong = kept.execute(a_command)
        if wrong:
            raise Failure(f"{a_command['argv'][0]}: {wrong}")
    return record


def commands(old, new):
    if new.encap == "l2":
        return [*replacements(old, new), *route_commands(old, new)]
    if old.hub == new.hub:
        return []
    profile = [command("nmcli", "connection", "modify", "--temporary", new.name,
                       REMOTE.get(new.encap, "ip-tunnel.remote"), new.hub)] if is_profile(new) else []
    return [*profile, command("ip", "link", "change", new.name, *changed(new)), *forget_macs(old, new)]


def changed(settings):
    """vxlan refuses a port, even its own. ip reads the present ports of GRE in UDP in the wrong byte order, so GRE gets
    everything again."""
    return ["type", "vxlan", "remote", settings.hub] if settings.encap == "vxlan" else tunnel_arguments(settings)


def route_commands(old, new):
    if old.hub == new.hub or new.is_ipv6:
        return []
    if new.manager != "nmcli":
        return step_l2_route(new)["do"]
    # One change: without the old route, the new one stands.
    (*modify, add, route), (*_, remove, gone) = (step_l2_route(one)[way][0]["argv"]
                                                 for one, way in ((new, "do"), (old, "undo")))
    return [command(*modify, remove, gone, add, route)]


def forget_macs(old, new):
    """Those learned behind the old hub: until they age, unicast to them would still go there."""
    if new.encap != "vxlan":
        return []
    behind = [entry["mac"] for entry in read_json("bridge", "-j", "fdb", "show", "dev", new.name)
              if entry.get("dst") == old.hub and entry.get("state") != "permanent"]
    lines = "".join(f"fdb del {mac} dev {new.name} dst {old.hub}\n" for mac in behind)
    return [command("bridge", "-force", "-batch", "-", text=lines)] if lines else []


def renewed(steps, old, new):
    """The recorded steps as the new plan has them. What the route replaced before the first move stays recorded."""
    planned = {a_step["what"]: a_step for a_step in plan(new)}

    def renew(a_step):
        now = planned.get(renamed(a_step["what"], old, new))
        if now is None or now["piece"] == "rp_filter":
            return a_step
        return {**now, "undo": now["undo"][:1] + a_step["undo"][1:] if now["piece"] == "route" else now["undo"]}

    return [renew(a_step) for a_step in steps]


def renamed(what, old, new):
    for before, after in ((old.hub, new.hub), (old.hub_mac, new.hub_mac)):
        if before and after:
            what = re.sub(rf"(?<![\w.:]){re.escape(before)}(?![\w.:])", after, what)
    return what

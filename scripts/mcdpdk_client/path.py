# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The whole path to the hub: set up, repair, lead to another hub, replace."""

import socket
import time
from argparse import Namespace
from dataclasses import asdict

from . import ipv6
from . import state as kept
from .membership import ipv6_joined_on, joined_on
from .move import move
from .output import complain
from .plan import plan
from .settings import Settings, settings_of
from .system import Failure, link


def bring_up(settings, asked, why="`up` was run"):
    """Returns the steps that were taken; empty when the path was intact. why: the reason for another hub."""
    before = state = kept.load()
    refuse_foreign_device(settings, state)
    if state and not settings.same_as(settings_in_force(state)):
        state = led_to(settings, asked, state, why)
        if state is None:
            take_down(before)
    ipv6.refuse_small_tunnel(settings)
    since = moved(before, settings, why) if before and state is None else {}
    return kept.take(plan(settings), asdict(settings), asked, state, since)


def take_down(state):
    """For another path. Memberships on a device end with it, and programs are not told."""
    device = settings_in_force(state).device
    joined = joined_groups(device)
    if kept.undo(state):
        raise Failure("the path that was there before could not be taken down")
    lost = [group for group in joined if group not in joined_groups(device)]
    if lost:
        complain(f"the device {device} was deleted: programs have to join {', '.join(lost)} again")


def joined_groups(device):
    try:
        index = socket.if_nametoindex(device)
        return [membership.group for joined in (joined_on, ipv6_joined_on) for membership in joined(index)[1]]
    except OSError:
        return []


def led_to(settings, asked, state, why):
    """The new record if the path could be led to the other hub in place, else None."""
    before = settings_in_force(state)
    if not settings.is_of_another_hub(before):
        return None
    try:
        return move({**state, **moved(state, settings, why)}, before, settings, asked)
    except Failure as failure:
        complain(f"{failure}; the path is made anew")
        kept.save(state)
        return None


def moved(state, settings, why):
    before = state["settings"]["hub"]
    if before == settings.hub:
        return {"moved": state["moved"]} if "moved" in state else {}
    return {"moved": {"at": round(time.time(), 3), "from": before, "why": why}}


def refuse_foreign_device(settings, state):
    ours = state["settings"]["name"] if state else None
    if settings.encap != "l2" and settings.name != ours and link(settings.name):
        raise Failure(f"there is a device {settings.name} already, and mcdpdk-client did not make it: "
                      "choose another --name")


def settings_in_force(state):
    return Settings(**state["settings"])


def asked_in(state):
    """The options of `up`. Older versions knew one hub, and fewer options."""
    asked = state.get("asked")
    if not asked:
        return asked
    hubs = [asked["hub"]] if isinstance(asked["hub"], str) else asked["hub"]
    return {"overlay6": None, "udp6_zero_checksum": False, **asked, "hub": hubs}


def settings_now(state):
    """Settings from the current system; the old ones while it has no route to the hub or the hub is silent."""
    in_force, asked = settings_in_force(state), asked_in(state)
    if not asked:
        return in_force
    try:
        return settings_of(Namespace(**asked, dry_run=False), in_force.hub)
    except Failure:
        return in_force

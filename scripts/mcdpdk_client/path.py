# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The whole path to the hub: set up, repair, replace."""

from argparse import Namespace
from dataclasses import asdict

from . import state as kept
from .plan import plan
from .settings import Settings, settings_of
from .system import Failure, link


def bring_up(settings, asked):
    """Returns the steps that were taken; empty when the path was intact."""
    state = kept.load()
    refuse_foreign_device(settings, state)
    if state and not settings.same_as(state["settings"]):
        if kept.undo(state):
            raise Failure("the path that was there before could not be taken down")
        state = None
    return kept.take(plan(settings), asdict(settings), asked, state)


def refuse_foreign_device(settings, state):
    ours = state["settings"]["name"] if state else None
    if settings.encap != "l2" and settings.name != ours and link(settings.name):
        raise Failure(f"there is a device {settings.name} already, and mcdpdk-client did not make it: "
                      "choose another --name")


def settings_in_force(state):
    return Settings(**state["settings"])


def settings_now(state):
    """Settings from the current system; the old ones while it has no route to the hub or the hub is silent."""
    if not state.get("asked"):
        return settings_in_force(state)
    try:
        return settings_of(Namespace(**state["asked"], dry_run=False))
    except Failure:
        return settings_in_force(state)

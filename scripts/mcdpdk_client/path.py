# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The path to the hub as a whole: set up, repaired or replaced, taken down."""

from argparse import Namespace
from dataclasses import asdict

from . import state as kept
from .plan import plan
from .settings import Settings, settings_of
from .system import Failure, link


def bring_up(settings, asked):
    """Returns the steps that were taken: none when all was well."""
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
    """As the system is now; while it cannot say (no route to the hub, no answer), as it was."""
    if not state.get("asked"):
        return settings_in_force(state)
    try:
        return settings_of(Namespace(**state["asked"], dry_run=False))
    except Failure:
        return settings_in_force(state)

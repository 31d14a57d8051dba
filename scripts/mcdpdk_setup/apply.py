# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Take the steps, or undo them. What fails half-way leaves nothing behind."""

import contextlib
import signal

from .check import check
from .output import complain, show
from .step import GROUPS, Bind
from .system import Failure


class Interrupted(Failure):
    """By a signal."""


@contextlib.contextmanager
def handling(handlers):
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# The session may go away meanwhile, by this very work.
DEAF = {number: signal.SIG_IGN for number in (signal.SIGHUP, signal.SIGPIPE, signal.SIGINT, signal.SIGTERM)}


def interruptible():
    """The first SIGINT or SIGTERM is a failure, which undoes; later ones have no effect."""
    def interrupt(number, _):
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(f"interrupted by {signal.Signals(number).name}")
    return handling({**DEAF, signal.SIGINT: interrupt, signal.SIGTERM: interrupt})


def refuse_unprepared(system, plan):
    """What would fail later, before anything is done."""
    if not system.which("mcdpdk"):
        raise Failure("mcdpdk is not in PATH: install it first")
    if any(isinstance(step, Bind) for step in plan.steps) and not system.which("driverctl"):
        raise Failure("driverctl, which binds the NIC again at each boot, is missing: install package driverctl")
    if system.has(GROUPS):
        check(system, is_silent=True)


def take(system, state, plan, is_silent=False):
    """Take what is not in effect, and return it. A failure undoes what this call did."""
    taken = []
    with interruptible():
        try:
            refuse_unprepared(system, plan)
            for step in plan.steps:
                if step.is_done(system):
                    continue
                if not is_silent:
                    show(step.shown())
                state.enter(step)
                taken.append(step)
                step.take(system)
            check(system, is_silent)
        except Failure as failure:
            left = undo(system, state, taken, is_silent)
            raise Failure(f"{failure}; " + (f"not undone: {', '.join(step.what for step in left)}" if left else
                                            "nothing was changed")) from None
    return taken


def undo(system, state, steps=None, is_silent=False):
    """In reverse; returns the steps that could not be undone, which stay recorded."""
    left = []
    with handling(DEAF):
        for step in reversed(list(state.steps if steps is None else steps)):
            if not is_silent:
                show(step.undone() if step.is_ours(system) else [f"# {step.what} was changed since: it stays"])
            try:
                step.undo(system)
                state.drop(step)
            except Failure as failure:
                complain(f"{step.what}: {failure}")
                left.append(step)
    return left

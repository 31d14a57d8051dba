# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Take and undo steps. A file in /run per network namespace records them.

A step is recorded before it is taken, so that `down` finds it even after a crash.
"""

import contextlib
import fcntl
import json
import os
import shlex
import subprocess

from . import namespace
from .output import complain, say
from .step import as_we_made_it, in_effect
from .system import Failure

STATE_DIR = "/run/mcdpdk-client"

# Whoever stops a service signals its commands, too. Then nobody knows whether this one has had an effect.
KILLED = "was killed"


def state_file():
    return os.path.join(STATE_DIR, f"{namespace.number()}.json")


def load():
    """The record, or None. A record of a namespace that is gone is obsolete."""
    try:
        with open(state_file(), encoding="utf-8") as file:
            state = json.load(file)
    except FileNotFoundError:
        return None
    except ValueError:
        raise Failure(f"{state_file()} cannot be read: undo by hand, then delete it") from None
    here = namespace.identity()
    # Older versions wrote no identity.
    if state.get("namespace", here) != here:
        forget()
        return None
    return state


def forget():
    with contextlib.suppress(OSError):
        os.unlink(state_file())


def save(state):
    path = state_file()
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({**state, "namespace": namespace.identity()}, file, indent=1)
    os.replace(path + ".new", path)


@contextlib.contextmanager
def locked():
    """Two processes at once would each record only half of the steps."""
    os.makedirs(STATE_DIR, mode=0o755, exist_ok=True)
    with open(os.path.join(STATE_DIR, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def show(a_command):
    text = shlex.join(a_command["argv"])
    say(f"{text} <<'EOF'\n{a_command['input']}EOF" if a_command["input"] else text)


def run(a_command):
    try:
        done = subprocess.run(a_command["argv"], input=a_command["input"], capture_output=True, text=True)
    except FileNotFoundError:
        return f"{a_command['argv'][0]}: not installed"
    if done.returncode < 0:
        return KILLED
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip() or "failed"


def execute(a_command):
    show(a_command)
    return run(a_command)


def take(steps, settings, asked, state=None, more=None):
    """Take in order the steps that are not in effect, and return them. more: what else the record is to have.

    A step that is in effect already is not recorded, so `down` leaves it. A failure undoes a new path
    completely; of a path under repair, the steps in effect stay.
    """
    record = {**(state or {}), **(more or {}), "settings": settings, "asked": asked,
              "steps": list(state["steps"] if state else [])}
    taken = []
    for a_step in steps:
        if in_effect(a_step):
            continue
        a_step = enter(record, a_step)
        save(record)
        taken.append(a_step)
        wrong, begun = do(a_step)
        if wrong:
            given_up = [a_step] if state else record["steps"]
            kept = [other for other in record["steps"] if other not in given_up]
            left = undo_steps(given_up if begun else [one for one in given_up if one is not a_step], a_step)
            keep({**record, "steps": kept + left})
            raise Failure(wrong)
    save(record)
    return taken


def enter(record, a_step):
    """Record a step; it replaces the record of an earlier one of the same kind."""
    places = [n for n, other in enumerate(record["steps"]) if other["what"] == a_step["what"]]
    if not places:
        record["steps"].append(a_step)
        return a_step
    before = record["steps"][places[0]]
    if before.get("in_the_way"):
        for a_command in before["undo"]:
            run(a_command)
    # Keep the undo that restores what the first one replaced.
    if len(before["undo"]) > len(a_step["undo"]):
        a_step = {**a_step, "undo": before["undo"]}
    record["steps"][places[0]] = a_step
    return a_step


def do(a_step):
    """Returns an error message, and whether any command may have had an effect."""
    for n, a_command in enumerate(a_step["do"]):
        wrong = execute(a_command)
        if wrong:
            return f"{a_command['argv'][0]}: {wrong}", n > 0 or wrong == KILLED
    return "", True


def undo_steps(steps, half_done=None):
    """Undo in reverse what is still as we made it; returns the steps that could not be undone.

    The check may not recognise a half-done step, so that one is undone in any case.
    """
    left = []
    for a_step in reversed(steps):
        if not as_we_made_it(a_step) and a_step is not half_done:
            continue
        wrong = [words for words in map(execute, a_step["undo"]) if words]
        if wrong and a_step["undo"] and as_we_made_it(a_step):
            left.insert(0, a_step)
            complain(f"{a_step['what']}: {wrong[0]}")
    return left


def keep(state):
    if state["steps"]:
        save(state)
    else:
        forget()


def undo(state):
    left = undo_steps(state["steps"])
    keep({**state, "steps": left})
    return left

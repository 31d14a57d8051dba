# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Taking steps and undoing them; what was done is kept in /run, one file per network namespace.

A step is recorded before it is taken, so that `down` finds it also after a crash.
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


def state_file():
    return os.path.join(STATE_DIR, f"{namespace.number()}.json")


def load():
    """What was done, or None. What was done in a namespace that is gone has gone with it."""
    try:
        with open(state_file(), encoding="utf-8") as file:
            state = json.load(file)
    except FileNotFoundError:
        return None
    except ValueError:
        raise Failure(f"{state_file()} cannot be read: undo by hand, then delete it") from None
    here = namespace.identity()
    # An older version's has no identity.
    if state.get("namespace", here) != here:
        forget()
        return None
    return state


def forget():
    # Who only looks may not be allowed to.
    with contextlib.suppress(OSError):
        os.unlink(state_file())


def save(state):
    path = state_file()
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({**state, "namespace": namespace.identity()}, file, indent=1)
    os.replace(path + ".new", path)


@contextlib.contextmanager
def locked():
    """Two of us would record half of each."""
    os.makedirs(STATE_DIR, mode=0o755, exist_ok=True)
    with open(os.path.join(STATE_DIR, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def show(a_command):
    text = shlex.join(a_command["argv"])
    say(f"{text} <<'EOF'\n{a_command['input']}EOF" if a_command["input"] else text)


def run(a_command):
    """Returns what is wrong, empty when nothing is."""
    try:
        done = subprocess.run(a_command["argv"], input=a_command["input"], capture_output=True, text=True)
    except FileNotFoundError:
        return f"{a_command['argv'][0]}: not installed"
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip() or "failed"


def execute(a_command):
    show(a_command)
    return run(a_command)


def take(steps, settings, asked, state=None):
    """Take in order what is not in effect; returns what that was.

    What somebody else has done is not recorded, so `down` shall leave it. After a failure nothing is
    left of a new path; of one that is repaired, the steps that are in effect.
    """
    record = {"settings": settings, "asked": asked, "steps": list(state["steps"] if state else [])}
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
    """Record a step, in the place of its like if that has been taken before."""
    places = [n for n, other in enumerate(record["steps"]) if other["what"] == a_step["what"]]
    if not places:
        record["steps"].append(a_step)
        return a_step
    before = record["steps"][places[0]]
    if before.get("in_the_way"):
        for a_command in before["undo"]:
            run(a_command)
    # What the first one replaced is still to be put back.
    if len(before["undo"]) > len(a_step["undo"]):
        a_step = {**a_step, "undo": before["undo"]}
    record["steps"][places[0]] = a_step
    return a_step


def do(a_step):
    """Returns what is wrong, and whether something was done before."""
    for n, a_command in enumerate(a_step["do"]):
        wrong = execute(a_command)
        if wrong:
            return f"{a_command['argv'][0]}: {wrong}", n > 0
    return "", True


def undo_steps(steps, half_done=None):
    """Undo what is still as we made it, the last first; returns what could not be undone.

    Of a half-done step the check may know nothing yet: it is undone without asking.
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
    """Returns what could not be undone."""
    left = undo_steps(state["steps"])
    keep({**state, "steps": left})
    return left

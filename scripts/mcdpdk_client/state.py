# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Taking steps and undoing them; what was done is kept in /run, one file per network namespace.

A step is recorded before it is taken, so that `down` finds it also after a crash.
"""

import fcntl
import json
import os
import shlex
import subprocess
import sys

from .step import in_effect
from .system import Failure

STATE_DIR = "/run/mcdpdk-client"


def state_file():
    return os.path.join(STATE_DIR, f"{os.stat('/proc/self/ns/net').st_ino}.json")


def load():
    """What was done, or None."""
    try:
        with open(state_file(), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None
    except ValueError:
        raise Failure(f"{state_file()} cannot be read: undo by hand, then delete it") from None


def save(state):
    path = state_file()
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file, indent=1)
    os.replace(path + ".new", path)


def locked():
    """Held until the process ends: two of us would record half of each."""
    os.makedirs(STATE_DIR, mode=0o755, exist_ok=True)
    lock = open(os.path.join(STATE_DIR, "lock"), "w", encoding="utf-8")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def show(a_command):
    print(shlex.join(a_command["argv"]), end="", flush=True)
    print(f" <<'EOF'\n{a_command['input']}EOF" if a_command["input"] else "", flush=True)


def execute(a_command):
    """Print and run; returns what is wrong, empty when nothing is."""
    show(a_command)
    try:
        done = subprocess.run(a_command["argv"], input=a_command["input"], capture_output=True, text=True)
    except FileNotFoundError:
        return f"{a_command['argv'][0]}: not installed"
    return "" if done.returncode == 0 else (done.stderr or done.stdout).strip() or "failed"


def take(steps, settings):
    """Take the steps in order; after a failure none is left."""
    state = {"settings": settings, "steps": []}
    for a_step in steps:
        if in_effect(a_step):
            continue  # somebody else's, so `down` shall leave it
        state["steps"].append(a_step)
        save(state)
        for done, a_command in enumerate(a_step["do"]):
            wrong = execute(a_command)
            if wrong:
                if not done:
                    state["steps"].pop()
                undo(state, half_done=a_step)
                raise Failure(f"{a_command['argv'][0]}: {wrong}")
    save(state)


def undo(state, half_done=None):
    """Undo what is still as we made it, the last first; returns what could not be undone.

    Of a half-done step the check may know nothing yet: it is undone without asking.
    """
    left = []
    for a_step in reversed(state["steps"]):
        if not in_effect(a_step) and a_step is not half_done:
            continue
        wrong = [words for words in map(execute, a_step["undo"]) if words]
        if wrong and a_step["undo"] and in_effect(a_step):
            left.insert(0, a_step)
            print(f"mcdpdk-client: {a_step['what']}: {wrong[0]}", file=sys.stderr)
    if left:
        save({**state, "steps": left})
    else:
        os.unlink(state_file())
    return left

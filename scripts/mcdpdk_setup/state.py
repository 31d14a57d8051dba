# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The record of what was done, which survives a reboot. A step is recorded before it is taken."""

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass, field

from .step import Bind, Release, from_record, replace_file
from .system import Failure

# Not below the folder of the service, whose user may write there.
STATE = "/var/lib/mcdpdk-setup/setup.json"
LOCK = "/run/mcdpdk-setup.lock"


@dataclass
class State:
    system: object
    steps: list = field(default_factory=list)

    @property
    def taking(self):
        """The step that took the NIC; None before."""
        return next((step for step in self.steps if isinstance(step, (Bind, Release))), None)

    def enter(self, step):
        """A step that is taken once more keeps its place."""
        keys = [other.key for other in self.steps]
        place = keys.index(step.key) if step.key in keys else len(keys)
        self.steps[place:place + 1] = [step]
        self.save()

    def drop(self, step):
        self.steps = [other for other in self.steps if other.key != step.key]
        self.save()

    def save(self):
        path = self.system.path(STATE)
        if not self.steps:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            with contextlib.suppress(OSError):  # a removed package leaves its command there
                os.rmdir(os.path.dirname(path))
            return
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        replace_file(path, json.dumps({"steps": [step.record() for step in self.steps]}, indent=1) + "\n")


def refuse_foreign(system):
    """Root acts on what it says, so nobody else may have written it."""
    for path in (os.path.dirname(STATE), STATE):
        if system.has(path) and not system.is_roots_alone(path):
            raise Failure(f"{path} is not root's alone: see that {STATE} says nothing wrong, then chown root:root and "
                          "chmod go-w both")


def load(system):
    refuse_foreign(system)
    text = system.text(STATE)
    if not text:
        return State(system)
    try:
        return State(system, [from_record(record) for record in json.loads(text)["steps"]])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Failure(f"{STATE} cannot be read: undo by hand (driverctl list-overrides), then delete it") from None


@contextlib.contextmanager
def locked(system):
    """Two processes at once would each record only half of the steps. A program outlives the process that was killed
    while it ran, and holds the lock until it is done, too."""
    os.makedirs(os.path.dirname(system.path(LOCK)), exist_ok=True)
    with open(system.path(LOCK), "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failure("another mcdpdk-setup is at work") from None
        system.inherited = (lock.fileno(),)
        try:
            yield
        finally:
            system.inherited = ()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Whether the hub accepts its configuration: before anything is done, and in the end."""

import tempfile

from .output import say
from .step import GROUPS
from .system import Failure

# Who runs mcdpdk.service.
USER = "mcdpdk"


def accept(system, path, name=GROUPS):
    """The error names the place in the file."""
    try:
        system.run("mcdpdk", "-t", "-c", path)
    except Failure as failure:
        raise Failure(str(failure).replace(f"mcdpdk: {path}", name)) from None


def refuse_text(system, text):
    """What would be written, if the hub is installed."""
    if not system.which("mcdpdk"):
        return
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        accept(system, file.name, f"{GROUPS}, as it would be")


def refuse_unreadable(system):
    """The service reads the file as its user, whom the package makes."""
    if not system.ask("getent", "passwd", USER):
        return
    try:
        system.run("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "test", "-r", system.path(GROUPS))
    except Failure:
        raise Failure(f"user {USER}, who runs the service, may not read {GROUPS}: chmod a+r {GROUPS}, and a+rx its "
                      "folder") from None


def check(system, is_silent=False):
    """As `mcdpdk -t` does, and for the service's user."""
    if not is_silent:
        say(f"mcdpdk -t -c {GROUPS}")
    accept(system, system.path(GROUPS))
    refuse_unreadable(system)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub that is not root's: a user with the rights that mcdpdk.service gives for the start."""

import os
import re
import shutil
from pathlib import Path

from paths import SOURCE

USER = 65534
UNIT = SOURCE / "config/mcdpdk.service.in"


def rights():
    """The capabilities of the unit, in the names of setpriv(1)."""
    (line,) = re.findall(r"^AmbientCapabilities=(.*)", UNIT.read_text(), re.MULTILINE)
    return [name.removeprefix("CAP_").lower() for name in line.split()]


def open_to_user(folder):
    """Let the user reach this folder below /tmp."""
    for path in (folder, *folder.parents):
        if path != Path("/tmp") and path.is_relative_to("/tmp") and path.owner() == "root":
            path.chmod(path.stat().st_mode | 0o055)


def become_user(hub, folder):
    """Let the hub start as the user, with a runtime directory in this folder, whose path must be short for sockets. The
    directory is also the user's group's, as mcdpdk.service makes it before each start: a hub that ends, also one that
    cannot start for want of memory and is started anew, removes it. Not below pytest's folder: each pytest that starts
    takes that from others."""
    open_to_user(folder)
    runtime = folder / "run"
    hub.runtime_dir = runtime / "dpdk"
    own = hub.runtime_dir / hub.file_prefix

    def make_runtime_directory():
        own.mkdir(parents=True, exist_ok=True)
        os.chown(own, USER, USER)
        own.chmod(0o2750)

    hub.prepare = make_runtime_directory
    program = shutil.copy(hub.command[0], folder / "mcdpdk")
    given = ",".join(f"+{right}" for right in rights())
    hub.command[:1] = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", f"--inh-caps={given}",
                       f"--ambient-caps={given}", "env", f"RUNTIME_DIRECTORY={runtime}", program]

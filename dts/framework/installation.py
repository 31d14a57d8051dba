# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Install something on this machine inside a mount namespace, so that nothing remains."""

import shlex
import subprocess
from pathlib import Path

from node import die_with_parent, stop_process
from paths import SOURCE

ETC = Path("/etc")
# The PATH of a login shell, independent of this run's.
PATH_OF_ROOT = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# ProtectHome= of systemd.exec(5).
HIDDEN = ["/root", "/home", "/run/user"]


class Installation:
    """A copy of /etc (outside it is `etc`) and an empty /usr/local in which `script` ran in the clone. Afterwards the
    clone (at `clone`) and what ProtectHome= hides from a unit are hidden."""

    def __init__(self, folder, source, script, clone=None):
        self.folder = folder
        self.etc = folder / "etc"
        self._script = f"""
            mount --make-rprivate /
            cp -a /etc {self.etc}
            mount --bind {self.etc} /etc
            mount -t tmpfs tmpfs /usr/local
            mkdir /usr/local/sbin
            {self._place(source, clone) if clone else f"cd {source}"}
            umask 022
            {{ {script}
            }} >&2
            cd /
            {self._hide([SOURCE, *HIDDEN])}
            echo ready
            read -r end
        """
        self._process = None

    @staticmethod
    def _place(source, clone):
        return f"mount -t tmpfs tmpfs {Path(clone).parent}; mkdir {clone}; mount --bind {source} {clone}; cd {clone}"

    @staticmethod
    def _hide(paths):
        """Hide the clone first: it may lie inside another hidden folder."""
        return "\n".join(f"mount -t tmpfs -o ro,mode=0 tmpfs {path}" for path in paths if Path(path).is_dir())

    def __enter__(self):
        log = self.folder / "install.log"
        with open(log, "w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                ["unshare", "-m", "sh", "-ec", self._script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=output, text=True, preexec_fn=die_with_parent)
        if self._process.stdout.readline() != "ready\n":
            stop_process(self._process)
            raise RuntimeError(log.read_text(encoding="utf-8"))
        return self

    def __exit__(self, *exc):
        stop_process(self._process)

    def _command(self, command, node):
        """Give a node's network its own /sys, as `ip netns exec` does."""
        # -r: this may run in a chroot.
        enter = ["nsenter", "-m", "-r", "-t", str(self._process.pid)]
        words = ["env", f"PATH={PATH_OF_ROOT}", *map(str, command)]
        if node is None:
            return enter + words
        return [*enter, f"--net=/run/netns/{node.namespace}", "unshare", "-m", "sh", "-ec",
                f"mount -t sysfs sysfs /sys; exec {shlex.join(words)}"]

    def run(self, *command, node=None):
        return subprocess.run(self._command(command, node), capture_output=True, text=True, timeout=60, check=False)

    def start(self, node, *command, stdout=subprocess.DEVNULL):
        process = subprocess.Popen(self._command(command, node), stdout=stdout, stderr=subprocess.STDOUT,
                                   preexec_fn=die_with_parent)
        node.processes.append(process)
        return process

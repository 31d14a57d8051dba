# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A real etcd of one node, on loopback, in a folder of the test."""

import json
import os
import random
import signal
import socket
import subprocess
from contextlib import suppress

from node import die_with_parent
from waiting import await_condition


def free_port():
    """Below those that the kernel gives to connections, which would take it over a restart."""
    while True:
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", random.randrange(20000, 32768)))
            return listener.getsockname()[1]


class Etcd:
    """Keeps its data and its ports over stop() and start()."""

    def __init__(self, folder, *options, tls=None):
        self.folder, self.options, self.tls = folder, options, tls
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{free_port()}"
        self.peer_url = f"http://127.0.0.1:{free_port()}"
        self.process, self.user = None, None
        self.log = open(folder / "etcd.log", "ab")  # noqa: SIM115
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        command = ["etcd", "--name", "n", "--data-dir", self.folder / "data", "--listen-client-urls", self.url,
                   "--advertise-client-urls", self.url, "--listen-peer-urls", self.peer_url,
                   "--initial-advertise-peer-urls", self.peer_url, "--initial-cluster", f"n={self.peer_url}",
                   "--logger", "zap", "--log-outputs", "stderr", "--unsafe-no-fsync", *self.options]
        if self.tls:
            command += ["--cert-file", self.tls / "server.pem", "--key-file", self.tls / "server.key"]
        if "--unsafe-no-fsync" not in supported():
            command.remove("--unsafe-no-fsync")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=self.folder,
                                        preexec_fn=lambda: die_with_parent(signal.SIGKILL))
        await_condition(self.is_well, "etcd")

    def is_well(self):
        assert self.process.poll() is None, (self.folder / "etcd.log").read_text()
        return self.ctl("endpoint", "health", check=False).returncode == 0

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)
        self.log.close()

    def ctl(self, *args, check=True, given=None):
        command = ["etcdctl", "--endpoints", self.url]
        if self.tls:
            command += ["--cacert", self.tls / "ca.pem"]
        if self.user:
            command += ["--user", self.user]
        return subprocess.run([*command, *args], check=check, capture_output=True, text=True, timeout=30, input=given,
                              env=os.environ | {"ETCDCTL_API": "3"})

    def get(self, prefix):
        """Keys and values below a prefix."""
        lines = self.ctl("get", "--prefix", prefix).stdout.splitlines()
        return dict(zip(lines[::2], lines[1::2], strict=True))

    def compact(self):
        status = json.loads(self.ctl("endpoint", "status", "-w", "json").stdout)
        self.ctl("compact", str(status[0]["Status"]["header"]["revision"]))


def supported():
    return subprocess.run(["etcd", "--help"], capture_output=True, text=True, check=False).stdout

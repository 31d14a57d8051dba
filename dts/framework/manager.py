# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A service manager, as far as a service sees it: the socket of sd_notify(3)."""

import os
import select
import socket
import time

from waiting import DEADLINE_S


class Manager:
    """Takes the messages of one service; `environment` leads the service here."""

    def __init__(self, path, watchdog_s=0):
        self.environment = [f"NOTIFY_SOCKET={path}"]
        if watchdog_s:
            self.environment.append(f"WATCHDOG_USEC={int(watchdog_s * 1_000_000)}")
        self.told = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(os.fspath(path))
        self._socket.setblocking(False)

    def read(self):
        """All messages so far; each is a dictionary of its assignments."""
        try:
            while True:
                lines = self._socket.recv(65536).decode().splitlines()
                self.told.append(dict(line.split("=", 1) for line in lines))
        except BlockingIOError:
            return self.told

    def values(self, name):
        return [message[name] for message in self.read() if name in message]

    def await_message(self, name, value=None, count=1):
        """Returns as soon as it has come."""
        end = time.monotonic() + DEADLINE_S
        while len([given for given in self.values(name) if value in (None, given)]) < count:
            if not select.select([self._socket], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f"not within {DEADLINE_S} s: {count} times {name}={value} in {self.told}")

    def states(self):
        """The messages that change the state of the service, in order."""
        names = ("READY", "RELOADING", "STOPPING")
        return [name for message in self.read() for name in names if name in message]

    def close(self):
        self._socket.close()

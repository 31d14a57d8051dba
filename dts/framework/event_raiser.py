# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub whose drivers report events that only hardware raises; see raise_event.c."""

import os
import subprocess

from hub import ONE_WORKER, Hub
from waiting import await_condition
from paths import PROGRAMS

SOURCE_FILE = PROGRAMS / "raise_event.c"
LIBRARY = "raise_event.so"


def build_library(folder):
    """Build against the DPDK headers of this machine; the program provides the symbols."""
    library = folder / LIBRARY
    if not library.exists():
        flags = subprocess.run(["pkg-config", "--cflags", "libdpdk"], capture_output=True, text=True, check=True)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wl,-z,lazy", "-D_GNU_SOURCE", *flags.stdout.split(),
                        "-o", library, SOURCE_FILE], check=True)
    return library


class RaisingHub(Hub):
    """A hub on any devices with the library preloaded."""

    def __init__(self, node, config, folder, file_prefix, devices, lcores=ONE_WORKER):
        super().__init__(node, config, folder, file_prefix, lcores=lcores)
        self.fifo = folder / f"{file_prefix}.fifo"
        os.mkfifo(self.fifo)
        at = self.command.index("--vdev")
        self.command[at:at + 2] = [word for device in devices for word in ("--vdev", device)]
        self.command[:0] = ["env", f"LD_PRELOAD={build_library(folder)}", f"MCR_RAISE_EVENT={self.fifo}"]

    def say(self, line):
        self.fifo.write_text(f"{line}\n")

    def port(self, index=0):
        return self.telemetry.ask("/mcdpdk/ports")[f"r{index}"]

    def await_port(self, index=0, **values):
        def is_so():
            port = self.port(index)
            return {key: port[key] for key in values} == values
        await_condition(is_so, f"{values} in {self.port(index)}\n{self.log()}")

    def reset(self, index=0, times=1):
        """Let the driver ask for resets, one after the other, and wait for each."""
        name, done = self.port(index)["name"], self.port(index)["resets"]
        for number in range(done + 1, done + times + 1):
            self.say(f"reset {name}")
            self.await_port(index, resets=number)

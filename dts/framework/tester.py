# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A tester as in RFC 3918 at the other end of the hub's memif; see app/bench/tester.c.

    tester, CPU 0 ----- memif ----- hub, CPU 1
    sends to groups,                replicates
    takes all members' copies

All members are behind the memif with fixed MACs, 02:00:00:01:00:00 onward in the order of receivers. The tester keeps
the hub's input filled and counts how often it waits for the hub.
"""

import json
import subprocess
import time

import hub as hub_module
from node import cpu_seconds
from paths import BUILD

TESTER = BUILD / "app/bench/mcdpdk_tester"
DRIVER = "memif"
LCORES = "0@1"
RING_SIZE_LOG2 = 11
WINDOW = 3 << (RING_SIZE_LOG2 - 2)      # copies in flight: fewer than the ring holds
DEADLINE_S = 120


def receiver_mac(place):
    return f"02:00:00:01:{place >> 8:02x}:{place & 255:02x}"


def start_hub(cloud, config, name):
    """A hub on its own memif with one core for everything."""
    path = cloud.folder / f"{name}.sock"
    hub_module.DRIVERS[DRIVER] = (f"net_memif0,role=server,socket={path},socket-abstract=no,"
                                  "mac=02:00:00:00:00:0a")
    return path, cloud.start_hub(config, driver=DRIVER, lcores=LCORES)


def start_tester(node, device):
    return node.start(
        TESTER, "--lcores", "0@0", "--no-huge", "-m", "128", "--no-pci", "--no-telemetry", "--no-shconf",
        "--log-level=error", "--vdev", device, stdin=subprocess.PIPE, stderr=None)


class MemifTester:
    def __init__(self, hub, path, device=None, process=None):
        """`device`: another --vdev that reaches the hub's; `process`: a tester that was started before the hub."""
        self.hub = hub
        self.process = process or start_tester(
            hub.node, device or f"net_memif0,role=client,socket={path},socket-abstract=no,rsize={RING_SIZE_LOG2}")
        assert self._answer() == {"ready": True}

    def _answer(self):
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"the tester left with {self.process.wait(DEADLINE_S)}")

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def prepare(self, frame, inner_offset, copy_offset, receivers):
        """Prepare frames with the sender's IP packet at an offset, and the number of copies to expect."""
        self.ask("frame", inner_offset, frame.hex())
        self.ask("copy", copy_offset, len(frame) - inner_offset + copy_offset, receivers)

    def trial(self, first_group, groups, frames, rate=0):
        """Send frames to these groups in turn, at a rate per second or as fast as the hub takes them."""
        self.ask("groups", first_group, groups)
        cpu, begun = cpu_seconds(self.hub.process), time.monotonic()
        result = self.ask("trial", frames, WINDOW, rate)
        spent, wall = cpu_seconds(self.hub.process) - cpu, time.monotonic() - begun
        return result | {"copies_per_s": round(result["copies"] / result["seconds"]),
                         "cpu_ns_a_copy": round(spent * 1e9 / max(result["copies"], 1), 1),
                         "cpu_share": round(spent / wall, 3)}

    def change(self, first_group, groups, rate, joins, leaves):
        """The receiver of the last joins and leaves joins and leaves the groups while they have traffic."""
        self.ask("groups", first_group, groups)
        self.ask("joins", *(frame.hex() for frame in joins))
        self.ask("leaves", *(frame.hex() for frame in leaves))
        return self.ask("change", WINDOW, rate)

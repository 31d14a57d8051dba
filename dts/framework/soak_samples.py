# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is sampled of the hub, and of the monitor beside it, during a long run."""

import time
import urllib.request
from pathlib import Path

from telemetry import Telemetry

MONITOR_PAGE = "http://127.0.0.1:{port}/metrics"
# name: (unit, growth that is none). RSS grows by a block of glibc's heap (128 kB and more at a time) and pages of a
# stack touched for the first time; a table may be larger by some entries; of latency, the machine's other
# programs move more than that.
SERIES = {
    "hub's RSS": ("kB", 2048), "hub's file descriptors": ("", 2),
    "packets without a buffer": ("", 0), "heap in use": ("kB", 256),
    "monitor's RSS": ("kB", 4096), "monitor's file descriptors": ("", 2),
    "hub's latency, mean": ("µs", 2000), "delay of a copy, median": ("µs", 2000),
}


def rss_kb(pid):
    return next(int(line.split()[1]) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if line.startswith("VmRSS:"))


def descriptors(pid):
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


class Samples:
    def __init__(self, hub, monitor, port, traffic):
        self.hub, self.monitor, self.port, self.traffic = hub, monitor, port, traffic
        self.telemetry = Telemetry(hub.file_prefix, hub.runtime_dir)
        self.times = {name: [] for name in SERIES}
        self.values = {name: [] for name in SERIES}
        self.monitor_faults = 0
        self.latencies = 0, 0                   # count, sum
        self._latency_us()

    def _lacking_buffers(self):
        """What was not received or copied for lack of a packet buffer. DPDK 22.11 does not tell how many are in use;
        whether each came back the hub tells when it ends."""
        ports = self.telemetry.ask("/mcdpdk/ports")
        return sum(port["rx_nombuf"] for port in ports.values()) + self.telemetry.drops()["copy_no_mbuf"]

    def _heap_kb(self):
        """Of EAL, where tables are: what RCU has not given back yet is a part of it."""
        heaps = self.telemetry.ask("/eal/heap_list")
        return sum(self.telemetry.ask(f"/eal/heap_info,{heap}")["Alloc_size"] for heap in heaps) / 1024

    def _latency_us(self):
        """Of the copies since the last call, None without one. The hub's percentiles are of all since its start: what
        changed slowly in them would be no trend of the hub."""
        now = self.telemetry.ask("/mcdpdk/latency")
        (count, total), self.latencies = self.latencies, (sum(now["latency_counts"]), now["latency_sum_ns"])
        copies = self.latencies[0] - count
        return (self.latencies[1] - total) / copies / 1000 if copies else None

    def _ask_monitor(self):
        try:
            with urllib.request.urlopen(MONITOR_PAGE.format(port=self.port), timeout=10) as answer:
                answer.read()
        except OSError:
            self.monitor_faults += 1

    def take(self):
        at = time.monotonic()
        self._ask_monitor()
        delays = self.traffic.delays()
        now = {
            "hub's RSS": rss_kb(self.hub.process.pid),
            "hub's file descriptors": descriptors(self.hub.process.pid),
            "packets without a buffer": self._lacking_buffers(), "heap in use": self._heap_kb(),
            "monitor's RSS": rss_kb(self.monitor.pid), "monitor's file descriptors": descriptors(self.monitor.pid),
            "hub's latency, mean": self._latency_us(),
            "delay of a copy, median": delays[0] if delays else None,
        }
        for name, value in now.items():
            if value is not None:
                self.times[name].append(at)
                self.values[name].append(value)

    def close(self):
        self.telemetry.close()

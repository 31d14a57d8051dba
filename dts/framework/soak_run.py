# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A long run: members, events and samples, and the reasons why it failed."""

import contextlib
import socket
import subprocess
import threading
import time

import soak_report
from hub import RX_AND_TX, Hub
from ipv6_cloud import Ipv6Cloud
from node import die_with_parent, stop_process
from paths import SCRIPTS
from soak_events import Events
from soak_judge import FEWEST_BLOCKS, judge
from soak_members import Members, config
from soak_samples import SERIES, Samples
from soak_streams import Disturbances, Traffic
from stepped_clock import SteppedClock
from waiting import await_condition

# Of each stream, datagrams a second. One Python process sends all streams and reads all receivers.
RATE = 10
BETWEEN_EVENTS_S = 2.0
# Of a shared machine: its kernel may preempt the hub or a receiver for longer than a ring lasts.
LOSS_BOUND = 1e-4
DRAIN_S = 2.0
MOST_SAMPLES = 2400


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Run:
    """A context manager; nothing remains after it."""

    def __init__(self, seconds, seed):
        self.seconds, self.seed = seconds, seed
        self.reasons = []
        self._cleanup = contextlib.ExitStack()

    def __enter__(self):
        with self._cleanup:
            self._lay_out()
            self._cleanup = self._cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def _lay_out(self):
        self.cloud = self._cleanup.enter_context(Ipv6Cloud())
        self.members = Members(self.cloud)
        self.disturbances = Disturbances()
        self.traffic = Traffic(self.members.streams, RATE, self.disturbances)
        self._cleanup.callback(self.traffic.close)
        clock = SteppedClock(self.cloud.folder)
        self.hub = Hub(self.cloud.hub_node, config(), self.cloud.folder, f"{self.cloud.name}-soak", lcores=RX_AND_TX,
                       driver="deep rings")
        self.hub.command[:0] = clock.environment
        self._cleanup.enter_context(self.hub)
        self.hub.start()
        self.hub.await_resolved()
        self.members.connect(self.traffic)
        self.events = Events(self.seed, self.cloud, self.hub, self.members, self.traffic, self.disturbances, clock)
        self._cleanup.callback(self.events.close)
        self.port = free_port()
        self.monitor = subprocess.Popen(
            [SCRIPTS / "mcdpdk-monitor", "--listen", f"127.0.0.1:{self.port}", "--socket",
             f"{self.hub.runtime_dir}/{self.hub.file_prefix}/dpdk_telemetry.v2"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        self._cleanup.callback(stop_process, self.monitor)
        await_condition(self._monitor_answers, "the monitor")
        self.samples = Samples(self.hub, self.monitor, self.port, self.traffic)
        self._cleanup.callback(self.samples.close)

    def _monitor_answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def run(self, progress):
        """`progress(seconds done, events done)` is called a few times a second."""
        with self.disturbances.of(*self.members.nodes):
            self.traffic.start()
            for name in self.members.nodes:
                await_condition(lambda: self.traffic.flows_to(name, 0), f"{name} does not get all of its streams")
        self.begin = time.monotonic()
        over = threading.Event()
        broken = []

        def happen():
            try:
                while not over.wait(BETWEEN_EVENTS_S):
                    self.events.next()
            except Exception as error:          # told by the main thread
                broken.append(error)

        thread = threading.Thread(target=happen)
        thread.start()
        try:
            self._sample_until_over(progress, broken)
        except BaseException:
            self.events.abandoned.set()
            raise
        finally:
            over.set()
            thread.join()
        if broken:
            raise broken[0]
        self._end()

    def _sample_until_over(self, progress, broken):
        interval_s = max(1.0, self.seconds / MOST_SAMPLES)
        due = self.begin
        while (done := time.monotonic() - self.begin) < self.seconds and not broken:
            self.traffic.raise_errors()
            if self.hub.process.poll() is not None:
                raise RuntimeError(f"the hub left with {self.hub.process.returncode}:\n{self.hub.log()[-4000:]}")
            if time.monotonic() >= due:
                due += interval_s
                self.samples.take()
            progress(done, len(self.events.done))
            time.sleep(0.2)

    def _end(self):
        self.end = time.monotonic()
        self.traffic.stop_sending()
        self.hub.settled()
        time.sleep(DRAIN_S)                     # what is still in sockets; nothing tells that nothing comes
        self.traffic.close()
        self.traffic.raise_errors()
        for account in self.traffic.accounts.values():
            account.finish()
        self.verdicts = {name: judge(self.samples.times[name], self.samples.values[name], floor)
                         for name, (_, floor) in SERIES.items()}
        self.reasons += self._growth() + self._copies() + [f"event: {fault}" for fault in self.events.faults]
        if self.samples.monitor_faults:
            self.reasons.append(f"the monitor did not answer {self.samples.monitor_faults} times")
        try:
            self.hub.stop()
        except AssertionError as error:
            self.reasons.append(f"the hub's end: {error}")

    def _growth(self):
        few = [f"{name}: too few samples to judge" for name, verdict in self.verdicts.items()
               if verdict.blocks < FEWEST_BLOCKS]
        return few + [f"{name} grows: by {verdict.growth:,.1f} {SERIES[name][0]} in the second half, "
                      f"bound {verdict.bound:,.1f}, z {verdict.z:.1f}"
                      for name, verdict in self.verdicts.items() if verdict.grows]

    def _copies(self):
        accounts = self.traffic.accounts.values()
        reasons = [f"{a.receiver}, {a.stream.name}: {count} {what}" for a in accounts
                   for count, what in ((a.duplicates, "came twice"), (a.late, "came late")) if count]
        lost, received = sum(a.unexplained for a in accounts), sum(a.received for a in accounts)
        if lost > LOSS_BOUND * (lost + received):
            reasons += [f"{lost} of {lost + received} copies were lost while nothing happened: "
                        + "; ".join(f"{a.receiver}, {a.stream.name}: {a.unexplained}, as "
                                    + ", ".join(f"{number} at {at - self.begin:.1f} s" for number, at in a.examples)
                                    for a in accounts if a.unexplained)]
        return reasons

    def rows(self):
        return [(a.receiver, a.stream.name, a.received, a.explained, a.unexplained, a.duplicates, a.late)
                for a in self.traffic.accounts.values()]

    def html(self):
        series = {name: (unit, self.samples.times[name], self.samples.values[name])
                  for name, (unit, _) in SERIES.items()}
        return soak_report.html(f"mcdpdk soak, {self.seconds / 3600:.2f} h, seed {self.seed}", self.reasons,
                                (self.begin, self.end), series, self.verdicts, self.events.done, self.rows())

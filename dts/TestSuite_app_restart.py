# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The hub is killed and started again while a member sends.

    hub   10.0.0.10 --+  killed ten times
    alpha 10.0.0.11 --+  l2, sends without pause
    beta  10.0.0.12 --+  l2, receives
    gamma 10.0.0.13 --+  gre, receives
                      +-- switch A

Once on ordinary memory, and once on a hugetlbfs with room for one hub only: a process that is
killed leaves its files there, and its telemetry socket.
"""

import statistics
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps import configuration
from hub import MEMORY_MB, Hub, crowding
from node import run
from traffic import open_receiver, open_sender, receive

GROUP, PORT = "239.1.1.1", 5000
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12"), ("gamma", "10.0.0.13", "192.168.10.3")]
KILLS = 10
BACK_WITHIN_S = 3.0
BURST, BURST_INTERVAL_S = 10, 0.01
PAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
PAGE_MB = 2


class Stream(threading.Thread):
    """Numbered datagrams to the group until it is ended."""

    def __init__(self, node):
        super().__init__()
        self.sender = open_sender(node)
        self.sent = 0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(BURST_INTERVAL_S):
            for _ in range(BURST):
                self.sent += 1
                self.sender.sendto(str(self.sent).encode(), (GROUP, PORT))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


@contextmanager
def hugetlbfs(folder):
    """One that has room for one hub, its pages its own; the machine's number of pages is restored."""
    before = (PAGES / "nr_hugepages").read_text()
    wanted = int(before) + MEMORY_MB // PAGE_MB
    (PAGES / "nr_hugepages").write_text(str(wanted))
    folder.mkdir()
    try:
        run("mount", "-t", "hugetlbfs", "-o",
            f"pagesize={PAGE_MB}M,size={MEMORY_MB}M,min_size={MEMORY_MB}M", "hugetlbfs", folder)
        try:
            yield folder
        finally:
            run("umount", folder)
    finally:
        (PAGES / "nr_hugepages").write_text(before)


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    return {"alpha": cloud.add_l2_member("alpha", "10.0.0.11"),
            "beta": cloud.add_l2_member("beta", "10.0.0.12"),
            "gamma": cloud.add_gre_member("gamma", "10.0.0.13", "192.168.10.3/24")}


@pytest.fixture(name="memory", params=["ordinary", "hugepages"])
def fixture_memory(request, cloud):
    if request.param == "ordinary":
        yield ["--no-huge", "-m", str(MEMORY_MB)]
        return
    with hugetlbfs(cloud.folder / "huge") as folder:
        yield ["--huge-dir", str(folder), "-m", str(MEMORY_MB)]


@pytest.fixture(name="hub")
def fixture_hub(request, cloud, memory):
    with Hub(cloud.hub_node, configuration(MEMBERS, [GROUP]), cloud.folder,
             f"{cloud.name}-{request.node.callspec.id}") as hub:
        # In the place of what a hub of the other suites takes, which leaves nothing behind.
        hub.command[hub.command.index("--lcores") + 2:hub.command.index("--no-pci")] = memory
        hub.start()
        hub.await_resolved()
        yield hub
        hub.stop()


def receive_after(receiver, number):
    """A datagram that was sent after the one with this number has arrived."""
    while int(receive(receiver)[0]) <= number:
        pass


def test_service_is_back_after_each_kill(hub, nodes):
    """
    Steps: kill -9 while a member sends 1,000 datagrams a second, start again with the same
    arguments; ten times.
    Verify: each time both receivers hear again, as a rule within 3 s, and the telemetry socket is the
    new process's.
    """
    receivers = [open_receiver(nodes[name], GROUP, PORT, dev)
                 for name, dev in (("beta", "eth0"), ("gamma", "gre1"))]
    with Stream(nodes["alpha"]) as stream:
        away_s = []
        for _ in range(KILLS):
            for receiver in receivers:
                receive_after(receiver, stream.sent)
            killed = time.monotonic()
            hub.process.kill()
            hub.process.wait()
            last = stream.sent
            hub.telemetry.close()
            hub.start()
            for receiver in receivers:
                receive_after(receiver, last)
            away_s.append(time.monotonic() - killed)
            assert hub.telemetry.ask("/mcdpdk/info")["pid"] == hub.process.pid
    for receiver in receivers:
        receiver.close()
    # A shared machine may be kept from its work for once.
    assert statistics.median(away_s) < BACK_WITHIN_S * crowding()
    hub.settled()

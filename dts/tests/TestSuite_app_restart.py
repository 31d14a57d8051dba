# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The hub is killed and started again while a member sends.

    hub   10.0.0.10 --+  killed ten times
    alpha 10.0.0.11 --+  l2, sends without pause
    beta  10.0.0.12 --+  l2, receives
    gamma 10.0.0.13 --+  gre, receives
                      +-- switch A

Once on ordinary memory, and once on a hugetlbfs with room for only one hub. A killed process leaves its files there
and its telemetry socket; one that ends leaves neither.
"""

import re
import statistics
import subprocess
import time
from pathlib import Path

import pytest

from apps import configuration
from hub import MEMORY_MB, PAGE_MB, Hub, crowding, hugetlbfs
from traffic import Stream, open_receiver, receive

GROUP, PORT = "239.1.1.1", 5000
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12"), ("gamma", "10.0.0.13", "192.168.10.3")]
KILLS = 10
BACK_WITHIN_S = 3.0
BURST, BURST_INTERVAL_S = 10, 0.01
BUFFERS, BUFFER_BYTES = 40_000, 2048
GIVEN_BACK = re.compile(r"Heap on socket \d+ was shrunk by (\d+)MB")


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


def make_hub(cloud, config, name, memory):
    """Start a hub on this memory instead of the memory that the other suites use."""
    hub = Hub(cloud.hub_node, config, cloud.folder, f"{cloud.name}-{name}")
    hub.command[hub.command.index("--lcores") + 2:hub.command.index("--no-pci")] = memory
    return hub


@pytest.fixture(name="hub")
def fixture_hub(request, cloud, memory):
    with make_hub(cloud, configuration(MEMBERS, [GROUP]), request.node.callspec.id, memory) as hub:
        hub.start()
        hub.await_resolved()
        yield hub
        hub.stop()


def receive_after(receiver, number):
    while int(receive(receiver)[0]) <= number:
        pass


def test_service_returns_after_each_kill(hub, nodes):
    """kill -9 ten times while a member sends 1,000 datagrams/s. Both receivers hear again each time, usually within 3
    s; the telemetry socket is the new process's."""
    receivers = [open_receiver(nodes[name], GROUP, PORT, dev)
                 for name, dev in (("beta", "eth0"), ("gamma", "gre1"))]
    with Stream(nodes["alpha"], GROUP, PORT, BURST_INTERVAL_S, BURST) as stream:
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
    # A shared machine may be slow once.
    assert statistics.median(away_s) < BACK_WITHIN_S * crowding()
    hub.settled()


@pytest.mark.usefixtures("nodes")
def test_a_clean_end_leaves_no_file(hub, memory):
    """After SIGTERM the hugetlbfs is empty, its pages are free, and the runtime directory is gone."""
    runtime = Path("/var/run/dpdk", hub.file_prefix)
    assert runtime.is_dir()
    assert memory[0] != "--huge-dir" or any(Path(memory[1]).iterdir())
    hub.stop()
    assert not runtime.exists()
    assert memory[0] != "--huge-dir" or not list(Path(memory[1]).iterdir())


@pytest.mark.usefixtures("nodes")
def test_a_second_hub_of_the_same_prefix_leaves_the_first_alone(hub, memory):
    """It is refused and removes no file that other processes attach by."""
    runtime = Path("/var/run/dpdk", hub.file_prefix)
    before = sorted(file.name for file in runtime.iterdir())
    assert "config" in before
    second = subprocess.run(hub.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=30)
    assert second.returncode == 1, second.stdout
    assert sorted(file.name for file in runtime.iterdir()) == before
    assert hub.telemetry.ask("/mcdpdk/info")["ready"] == 1


def test_a_start_that_fails_leaves_no_file(cloud):
    """The hugetlbfs is too small. There is no runtime directory afterwards."""
    with hugetlbfs(cloud.folder / "small") as folder:
        hub = make_hub(cloud, configuration(MEMBERS, [GROUP]), "small", ["--huge-dir", str(folder), "-m", "1000000"])
        left = subprocess.run(hub.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=30)
        assert left.returncode == 1, left.stdout
        assert not Path("/var/run/dpdk", hub.file_prefix).exists()


def test_pages_stay_with_huge_unlink_never(cloud):
    with hugetlbfs(cloud.folder / "kept") as folder:
        with make_hub(cloud, configuration(MEMBERS, [GROUP]), "kept",
                      ["--huge-dir", str(folder), "--huge-unlink=never", "-m", str(MEMORY_MB)]) as hub:
            hub.start()
            hub.stop()
        assert len(list(folder.iterdir())) == MEMORY_MB // PAGE_MB


def test_packet_buffers_are_not_given_back_page_by_page(cloud):
    """Many packet buffers are in pages that were allocated on demand. EAL gives back far fewer pages one by one, at 1
    ms a page, before the process ends."""
    config = configuration(MEMBERS, [GROUP]) | {"limits": {"mbufs": BUFFERS}}
    with hugetlbfs(cloud.folder / "taken") as folder, \
            make_hub(cloud, config, "taken", ["--huge-dir", str(folder), "--log-level=lib.eal:debug"]) as hub:
        hub.start()
        hub.stop()
        given_back_mb = sum(map(int, GIVEN_BACK.findall(hub.log().partition("mcdpdk: ending")[2])))
        assert given_back_mb < BUFFERS * BUFFER_BYTES / 2**20 / 4
        assert not list(folder.iterdir())

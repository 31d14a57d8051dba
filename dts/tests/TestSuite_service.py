# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The hub as a service: what it tells its manager.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+-- switch A        the manager is the test, at the socket of sd_notify(3)
"""

import copy
import json
import re
import time

import pytest

from hub import MAIN_ALONE, ONE_WORKER, RX_AND_TX, Hub
from manager import Manager
from threads import program_pid, stopped_thread, worker
from topo import HUB_ADDRESS
from waiting import await_condition

CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24"}],
    "members": [{"name": "alpha", "address": "10.0.0.11"}],
    "groups": [{"group": "239.1.1.1", "members": ["alpha"]}],
    "idle": "sleep",
}
WATCHDOG_S = 1
COUNTING = re.compile(r"1 member, [1-9]\d* packets/s received, \d+ copies/s")


@pytest.fixture(scope="module", autouse=True)
def alpha(cloud):
    return cloud.add_l2_member("alpha", "10.0.0.11")


@pytest.fixture(name="serve")
def fixture_serve(cloud, tmp_path):
    """Start the hub for a manager and return both."""
    started = []

    def serve(watchdog_s=0, **options):
        manager = Manager(tmp_path / "notify", watchdog_s)
        hub = Hub(cloud.hub_node, copy.deepcopy(CONFIG), tmp_path, f"{cloud.name}-service", **options)
        hub.command[:0] = ["env", *manager.environment]
        started.extend((hub, manager))
        hub.start()
        return hub, manager

    yield serve
    for one in started:
        one.close()


@pytest.mark.parametrize("lcores", [MAIN_ALONE, ONE_WORKER, RX_AND_TX])
def test_the_manager_is_told_when_the_hub_serves_and_ends(serve, lcores):
    """READY=1 once, then a status with the members; at the end STOPPING=1. Without WATCHDOG_USEC no watchdog is fed."""
    hub, manager = serve(lcores=lcores)
    manager.await_message("READY")
    await_condition(lambda: any(status.startswith("1 member, ") for status in manager.values("STATUS")),
                    f"a status with a member in {manager.told}")
    hub.stop()
    assert manager.states() == ["READY", "STOPPING"]
    assert manager.values("WATCHDOG") == []


def test_a_reload_is_told_from_its_begin_to_its_end(serve):
    """RELOADING=1 with the moment at which it began, then READY=1, whether it is applied or refused."""
    hub, manager = serve()
    manager.await_message("READY")
    for number, text in enumerate((json.dumps(CONFIG), "{"), start=1):
        hub.config_file.write_text(text)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        hub.ctl("reload")
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        manager.await_message("READY", count=1 + number)
        assert before <= int(manager.values("MONOTONIC_USEC")[-1]) <= after
    hub.stop()
    assert manager.states() == ["READY", "RELOADING", "READY", "RELOADING", "READY", "STOPPING"]


def test_the_status_counts_packets_and_says_why_the_hub_is_degraded(serve, alpha):
    """alpha pings the hub. Then a reload is refused, and the status names the reason."""
    hub, manager = serve()

    def status():
        alpha.attempt("ping", "-c", "20", "-i", "0.01", "-w", "5", HUB_ADDRESS)
        return [text for text in manager.values("STATUS") if COUNTING.fullmatch(text)]

    await_condition(status, "packets in the status")
    hub.config_file.write_text("{")
    hub.ctl("reload")
    await_condition(lambda: any(s.endswith("; degraded: reload_refused") for s in manager.values("STATUS")),
                    f"the reason in {manager.told}")


@pytest.mark.parametrize("lcore", [None, 2], ids=["control", "TX"])
def test_the_watchdog_is_fed_only_while_each_lcore_makes_progress(serve, lcore):
    """The thread of an lcore is stopped: soon the status comes without any WATCHDOG=1 before it. It continues, and they
    come again."""
    hub, manager = serve(WATCHDOG_S, lcores=RX_AND_TX)
    manager.await_message("WATCHDOG", count=3)

    def fed_between_statuses():
        manager.await_message("STATUS", count=len(manager.values("STATUS")) + 2)
        last, before = [n for n, message in enumerate(manager.told) if "STATUS" in message][:-3:-1]
        return sum("WATCHDOG" in message for message in manager.told[before:last])

    assert fed_between_statuses() > 0
    with stopped_thread(worker(hub, lcore) if lcore else program_pid(hub)):
        await_condition(lambda: hub.log_lines("makes no progress"), "the lcore is seen to be stuck")
        assert fed_between_statuses() == 0
    manager.await_message("WATCHDOG", count=len(manager.values("WATCHDOG")) + 3)
    hub.stop()

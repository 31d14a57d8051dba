# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A log that nobody reads delays nothing: standard error is a pipe, and the test stops reading it. A log that strangers
write to stays short.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+-- switch
"""

import fcntl
import json
import os
import re
import subprocess
import time

import pytest
from scapy.compat import raw

from hub import MAIN_ALONE, ONE_WORKER, READY, Hub
from quartet import udp_to
from topo import HUB_ADDRESS
from traffic import Wire, gre_frame
from waiting import await_condition

PIPE_BYTES = 4096
ALPHA = "10.0.0.11"
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24"}],
    "members": [{"name": "alpha", "address": ALPHA}],
    "idle": "sleep",
}
WRONG = CONFIG | {"groups": [{"group": f"239.1.1.{i}", "members": ["nobody"]} for i in range(100)]}
STRANGERS = 300
LINES_A_SECOND = 10
MORE = re.compile(r"is admitted \(and (\d+) more in \d+ s\)")
LOST = re.compile(r"mcdpdk: warning: (\d+) log lines were lost: their reader is slow")


class UnreadHub(Hub):
    """Its log is what the test has read of a small pipe."""

    def _launch(self):
        self.pipe, write_end = os.pipe()
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self.pipe, False)
        self.text = ""
        self.process = self.node.start(*self.command, stdout=subprocess.DEVNULL, stderr=write_end)
        os.close(write_end)
        await_condition(lambda: self.read() and READY in self.text or self.process.poll() is not None, READY)

    def read(self):
        try:
            self.text += os.read(self.pipe, PIPE_BYTES).decode()
        except BlockingIOError:
            pass
        return True

    def log(self):
        return self.text

    def is_full(self):
        """No further line of the log fits."""
        return fcntl.fcntl(self.pipe, fcntl.F_GETPIPE_SZ) - self.waiting() < 250

    def waiting(self):
        return int.from_bytes(fcntl.ioctl(self.pipe, 0x541B, bytes(4)), "little")   # FIONREAD

    def close(self):
        super().close()
        os.close(self.pipe)


@pytest.fixture(scope="module", name="alpha", autouse=True)
def fixture_alpha(cloud):
    return cloud.add_l2_member("alpha", ALPHA)


@pytest.fixture(name="hub", params=[ONE_WORKER, MAIN_ALONE], ids=["a worker", "the main lcore alone"])
def fixture_hub(cloud, request):
    with UnreadHub(cloud.hub_node, CONFIG, cloud.folder, f"{cloud.name}-log-{request.param_index}",
                   lcores=request.param) as hub:
        hub.start()
        yield hub
        if hub.process.poll() is None:
            hub.stop()


def fill_log(hub):
    """Twenty refused reloads with a hundred errors each: more lines than may wait."""
    hub.config_file.write_text(json.dumps(WRONG))
    for _ in range(20):
        assert hub.telemetry.ask("/mcdpdk/reload")["status"] == "error"
    await_condition(hub.is_full, "a full pipe")


def test_a_log_that_nobody_reads_delays_nothing(hub, alpha):
    """Requests and pings are answered, and the end comes in time, with every buffer returned."""
    fill_log(hub)
    assert "5 received" in alpha.run("ping", "-c", "5", "-i", "0.2", "-W", "1", HUB_ADDRESS)
    hub.stop()


def test_lost_lines_are_counted(hub):
    """Once somebody reads again, a line says how many are missing, and all others are there."""
    fill_log(hub)
    await_condition(lambda: hub.read() and LOST.search(hub.text), "the line about lost ones")
    hub.config_file.write_text(json.dumps(CONFIG))
    assert hub.telemetry.ask("/mcdpdk/reload")["status"] == "ok"
    await_condition(lambda: hub.read() and "configuration reloaded" in hub.text, "the line of the reload")
    lost = sum(int(number) for number in LOST.findall(hub.text))
    missing = 20 * len(WRONG["groups"]) - hub.text.count("no member is named")
    assert missing <= lost <= missing + 20   # and a line about each refused reload


def admitted(hub):
    """Lines about admitted members, and members that were admitted according to them."""
    lines = [line for line in hub.log().splitlines() if "is admitted" in line]
    return len(lines), len(lines) + sum(int(match[1]) for match in map(MORE.search, lines) if match)


def test_strangers_do_not_fill_the_log(cloud, alpha):
    """300 tunnels that nobody declared are admitted as fast as they send. The log has a few of them by name, and says
    how many more there were."""
    config = CONFIG | {"igmp": False, "mld": False, "groups": [{"group": "239.1.1.1", "members": ["*"]}],
                       "admit": [{"prefix": f"{ALPHA}/32", "encap": ["gre"], "max_members": STRANGERS}]}
    wire = Wire(alpha)

    def send_from_all():
        for key in range(STRANGERS):
            wire.send(raw(gre_frame(udp_to(source="172.16.0.1"), alpha.mac, cloud.hub_node.mac, ALPHA, HUB_ADDRESS,
                                    key)))
        return hub.telemetry.ask("/mcdpdk/info")["members"] == STRANGERS + 1

    with Hub(cloud.hub_node, config, cloud.folder, f"{cloud.name}-log-strangers", lcores=ONE_WORKER) as hub:
        hub.start()
        begin = time.monotonic()
        await_condition(send_from_all, "300 members")
        await_condition(lambda: admitted(hub)[1] == STRANGERS, "a line that says how many were left out", 60)
        # Ten at once, and one that stands for those left out, each ten seconds.
        assert admitted(hub)[0] <= 11 + 1.1 * LINES_A_SECOND * (time.monotonic() - begin)
        hub.stop()

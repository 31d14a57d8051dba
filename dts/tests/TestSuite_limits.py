# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub at the limits of its configuration, on a port that goes nowhere."""

from pathlib import Path

import pytest

from hub import ONE_WORKER

MEMBERS, GROUPS = 4000, 60000
MOST_MB = 400


def config(members):
    return {
        "ports": [{"address": "10.0.0.10/8"}],
        "members": [{"name": f"m{i}", "address": f"10.1.{i // 250}.{i % 250 + 1}", "mac": "02:00:00:00:00:01"}
                    for i in range(members)],
        "groups": [{"group": f"239.1.{i // 256}.{i % 256}", "members": ["*"]} for i in range(GROUPS)],
        "idle": "sleep",
    }


def memory_mb(hub, what):
    (line,) = (line for line in Path(f"/proc/{hub.process.pid}/status").read_text().splitlines()
               if line.startswith(what))
    return int(line.split()[1]) // 1024


@pytest.fixture(name="hub")
def fixture_hub(cloud):
    with cloud.start_hub(config(MEMBERS), lcores=ONE_WORKER, devices=["net_null0"]) as hub:
        yield hub
        hub.stop()


def test_many_groups_of_all_members_are_one_list(hub):
    """A reload without a change, with one member less and with one more needs at most twice the memory, and all of it
    is far from the 1.9 GB of 60,000 lists."""
    for members in (MEMBERS, MEMBERS - 1, MEMBERS):
        before = memory_mb(hub, "VmRSS")
        Path(f"/proc/{hub.process.pid}/clear_refs").write_text("5")   # starts VmHWM anew
        hub.reload_and_wait(config(members))
        assert memory_mb(hub, "VmHWM") <= min(2 * before, MOST_MB)
        for group in ("239.1.0.0", "239.1.234.95"):
            assert hub.telemetry.ask(f"/mcdpdk/group,{group}")["receivers"] == members

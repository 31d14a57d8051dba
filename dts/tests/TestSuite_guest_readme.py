# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""README's members by hand, with Linux's own tunnels."""

import pytest

from readme import CONFIG, block
from vm.region import HUB_NICS
from paths import PROGRAMS

pytest_plugins = ["vm.fixtures"]


@pytest.mark.slow
def test_gre_members_by_hand_reach_each_other(region):
    """tokyo-2 runs README's lines, tokyo-1 the same with its own addresses. tokyo-2 pings the hub inside the tunnel,
    and its mctest.py reaches tokyo-1's."""
    mctest = f"python3 {PROGRAMS / 'mctest.py'}"
    there = block("member-gre")
    here = there.replace("10.5.0.6", "10.0.0.12").replace("192.168.10.2/", "192.168.10.1/")
    guests = {region.tokyo2: there, region.tokyo1: here}
    with region.hub.running(CONFIG | {"idle": "sleep"}, HUB_NICS["virtio-net-pci"]) as hub:
        hub.await_resolved("tokyo-1", "tokyo-2")
        for guest, script in guests.items():
            guest.run(f"set -e\n{script}")
        assert " 0% packet loss" in region.tokyo2.run("ping -c 2 192.168.10.254").output
        listening = region.tokyo1.start(f"{mctest} -rec -n 1")
        listening.wait_for("listening on")
        region.tokyo2.run(f"{mctest} -send hello -n 1")
        assert "received from 192.168.10.2:" in listening.wait().output
    for guest in guests:
        guest.run("ip tunnel del gre1")

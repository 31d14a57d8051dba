# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The program with DPDK inside it (-Ddefault_library=static), for two machines. Topology: quartet.py."""

import subprocess
from pathlib import Path

import pytest

from node import run
from quartet import CONFIG, udp_to

BUILD_DEADLINE_S = 900
SOURCE = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


def build(folder, *options):
    run("meson", "setup", str(folder), str(SOURCE), "-Ddefault_library=static", *options,
        timeout=BUILD_DEADLINE_S)
    run("ninja", "-C", str(folder), "app/mcdpdk", timeout=BUILD_DEADLINE_S)
    return folder / "app/mcdpdk"


@pytest.mark.parametrize("march", ["auto", "native"])
def test_it_needs_no_library_of_dpdk_and_delivers(cloud, quartet, tmp_path, march):
    """
    Steps: build it; start it on an af_packet port; alpha sends to the group.
    Verify: no shared library of DPDK is asked for; everybody else gets the packet; the log says that
    dumpcap, which has the shared ones, cannot attach; it ends well.
    """
    program = build(tmp_path / "build", f"-Dmarch={march}")
    assert "librte_" not in subprocess.run(
        ["ldd", program], check=True, capture_output=True, text=True).stdout
    hub = cloud.start_hub(CONFIG, program=program)
    with hub:
        hub.await_resolved()
        quartet.discard()
        quartet.exchange("alpha", udp_to())
        quartet.assert_quiet()
        assert "dpdk-dumpcap cannot attach: DPDK is linked statically" in hub.log()
        hub.stop()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The guests themselves, without the hub: the base of the other guest suites."""

import subprocess
import sys
from pathlib import Path

import pytest

from paths import DTS
from vm import GuestError
from waiting import await_condition

pytest_plugins = ["vm.fixtures"]

ORPHAN = f"""
import sys, time
sys.path.insert(0, {str(DTS)!r})
from vm import Guest
with Guest("orphan") as guest:
    print(guest.pid, flush=True)
    time.sleep(600)
"""

TUNNEL = """set -e
ip tunnel add gre1 mode gre local {local} remote {remote} ttl 64
ip addr add {overlay}/24 dev gre1
ip link set gre1 up
"""


def test_script_gives_output_and_status(region):
    """Of scripts that print, fail, and do not end: a failure raises unless check is False; the last kind is ended."""
    guest = region.tokyo1
    assert guest.run("echo out; echo err >&2").output == "out\nerr\n"
    assert guest.run("exit 3", check=False).status == 3
    assert guest.run("sleep 100", seconds=1, check=False).status == 124
    with pytest.raises(GuestError, match="status 5 of:\nexit 5"):
        guest.run("exit 5")
    big = guest.run("head -c 300000 /dev/zero | tr '\\0' x").output
    assert big == "x" * 300000


def test_job_runs_beside_scripts(region):
    """Its output can be awaited, stop returns its status, and a text that can no longer come is an error at once."""
    guest = region.tokyo1
    job = guest.start("sh -c 'trap \"exit 7\" TERM; echo begun; while :; do sleep 0.1; done'")
    job.wait_for("begun")
    assert guest.run("echo meanwhile").output == "meanwhile\n"
    assert job.stop().status == 7
    with pytest.raises(GuestError, match="without 'never'"):
        guest.start("echo ended").wait_for("never", seconds=600)


def test_host_is_read_only(region):
    """A guest that writes into the checkout sees its file, the host does not."""
    file = DTS / "written-by-a-guest"
    assert region.tokyo1.run(f"echo text >{file}; cat {file}").output == "text\n"
    assert not file.exists()


def test_no_guest_outlives_the_run():
    """It ends when the Python that has it is killed."""
    with subprocess.Popen([sys.executable, "-B", "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        process = Path(f"/proc/{pid}/cmdline")
        # Until exec the process is a wrapper that arranges its end.
        await_condition(lambda: process.read_text().startswith("qemu-system"), "QEMU runs")
        parent.kill()
    await_condition(lambda: not process.exists() or not process.read_text(), "QEMU is gone")


# TestSuite_guest_article.py has such tunnels, to the hub.
@pytest.mark.slow
def test_kernels_speak_gre_over_the_router(region):
    """A GRE tunnel connects the kernels of the two zones without the hub."""
    ends = [(region.tokyo1, "10.0.0.12", "10.5.0.6", "192.168.10.1"),
            (region.tokyo2, "10.5.0.6", "10.0.0.12", "192.168.10.2")]
    for guest, local, remote, overlay in ends:
        guest.run(TUNNEL.format(local=local, remote=remote, overlay=overlay))
    assert " 0% packet loss" in region.tokyo1.run("ping -c 2 192.168.10.2").output
    for guest, *_ in ends:
        guest.run("ip tunnel del gre1")

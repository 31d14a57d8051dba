# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A running hub holds the rights that its drivers need, in all its threads, and makes no other system calls.

hub 10.0.0.10 ---- switch A
"""

import errno
import json
import os
import re
import subprocess

import pytest

from hub import MAIN_ALONE, REFUSED_CALL, RX_AND_TX, Hub
from paths import PROGRAMS
from service_user import USER, become_user
from threads import tasks
from topo import HUB_ADDRESS
from waiting import await_condition

CONFIG = {"ports": [{"address": f"{HUB_ADDRESS}/24"}], "idle": "sleep"}
OTHER_USER = 65533
NUMBERS = {"dac_override": 1, "dac_read_search": 2, "fowner": 3, "net_admin": 12, "net_raw": 13, "ipc_lock": 14,
           "sys_rawio": 17, "sys_admin": 21, "bpf": 39}
# Another user's files, and memory that is pinned later.
ROOT = {"dac_override", "dac_read_search", "fowner", "ipc_lock"}
NET = {"net_admin", "net_raw"}
DEVICES = {
    "af_packet": ("net_af_packet0,iface=eth0", NET),
    "af_xdp": ("net_af_xdp0,iface=eth0", NET),
    "pcap": ("net_pcap0,iface=eth0,phy_mac=1", NET),
    "tap": ("net_tap0,iface=mcr-rights", NET),
    # As a NIC on vfio-pci: the device is the program's own.
    "memif": ("net_memif0,role=server,socket-abstract=yes,socket=mcr-rights", set()),
}


def bits(names):
    return sum(1 << NUMBERS[name] for name in names)


def status(task):
    return dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)


def check_each_thread(hub, kept):
    """Each thread, of EAL, of telemetry, of the log and each lcore."""
    expected = {"CapPrm": f"{bits(kept):016x}", "CapEff": f"{bits(kept):016x}", "CapInh": f"{0:016x}",
                "CapAmb": f"{0:016x}", "NoNewPrivs": "1", "Seccomp": "2"}
    threads = {(task / "comm").read_text().strip(): status(task) for task in tasks(hub)}
    assert len(threads) > 5, threads.keys()
    for name, found in threads.items():
        assert {key: found[key] for key in expected} == expected, name


@pytest.mark.parametrize("device, kept", DEVICES.values(), ids=DEVICES.keys())
def test_root_keeps_what_the_driver_needs(cloud, device, kept):
    with cloud.start_hub(CONFIG, devices=[device], lcores=RX_AND_TX) as hub:
        check_each_thread(hub, ROOT | kept)
        assert int(status(tasks(hub)[0])["CapBnd"], 16) & ~bits(ROOT | kept) == 0
        hub.stop()


@pytest.fixture(name="as_user")
def fixture_as_user(cloud):
    """Make a hub of a user."""
    hubs = []

    def make(**options):
        hub = Hub(cloud.hub_node, CONFIG, cloud.folder, f"{cloud.name}-user", memory=["--no-huge", "-m", "512"],
                  **options)
        become_user(hub, cloud.folder)
        hubs.append(hub)
        return hub

    yield make
    for hub in hubs:
        hub.close()


@pytest.mark.parametrize("device, kept", [DEVICES["af_packet"], DEVICES["memif"]], ids=["af_packet", "memif"])
def test_a_user_keeps_nothing_else(as_user, device, kept):
    hub = as_user(devices=[device], lcores=RX_AND_TX)
    hub.start()
    check_each_thread(hub, kept)
    hub.stop()


def test_the_group_may_ask_the_hub(as_user, public_scripts):
    """Where the runtime directory is the group's, a member of the group gets an answer, and another user none. That
    directory is made before each start, as by mcdpdk.service: one that fails removes it."""
    hub = as_user(devices=[DEVICES["memif"][0]])
    told = hub.config_file.read_text()
    hub.config_file.write_text(json.dumps(CONFIG | {"ports": [{"device": "none", "address": "10.0.0.10/24"}]}))
    with pytest.raises(RuntimeError, match="^mcdpdk left with 1:\n"):
        hub.start()
    hub.config_file.write_text(told)
    hub.start()
    answers = []
    for group in (USER, OTHER_USER):
        done = hub.ctl("status", scripts=public_scripts, user=OTHER_USER, group=group, extra_groups=[],
                       env={**os.environ, "RUNTIME_DIRECTORY": str(hub.runtime_dir.parent)})
        answers.append((done.returncode, "permission denied" in done.stderr))
    assert answers[0][0] in (0, 1) and answers[1] == (4, True), answers
    hub.stop()


def test_a_file_of_root_alone_is_refused_at_the_start(as_user):
    """Not only by the reload, which has no right to read it either."""
    hub = as_user(devices=[DEVICES["memif"][0]])
    words = f"{hub.config_file.name}: user {USER} may not read it: chmod a+r it, and a+rx its folder"
    hub.config_file.chmod(0o600)
    with pytest.raises(RuntimeError, match=f"^mcdpdk left with 2:\n.*{re.escape(words)}\n$"):
        hub.start()
    hub.config_file.chmod(0o644)
    hub.start()
    hub.config_file.chmod(0o600)
    assert words in hub.telemetry.ask("/mcdpdk/reload")["message"]
    hub.stop()


def build_intruder(folder):
    library = folder / "intruder.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", library, PROGRAMS / "intruder.c"],
                   check=True)
    return library


@pytest.mark.parametrize("device, passes", [("af_packet", set()), ("af_xdp", {"bpf"})])
def test_a_call_that_the_hub_has_no_use_for_is_refused_and_logged(cloud, tmp_path, device, passes):
    """Each of them fails with EPERM, and the log names one; the hub goes on."""
    fifo = tmp_path / "order"
    os.mkfifo(fifo)
    hub = Hub(cloud.hub_node, CONFIG, tmp_path, f"{cloud.name}-intruder", lcores=MAIN_ALONE, driver=device)
    hub.command[:0] = ["env", f"LD_PRELOAD={build_intruder(tmp_path)}", f"MCR_INTRUDER={fifo}"]
    with hub:
        hub.start()
        fifo.write_text("!")
        answers = await_condition(lambda: (tmp_path / "order.done").exists(), "the calls") and \
            dict(line.split() for line in (tmp_path / "order.done").read_text().splitlines())
        assert len(answers) > 10
        assert {call for call, error in answers.items() if int(error) != errno.EPERM} == passes
        await_condition(lambda: hub.log_lines(REFUSED_CALL), f"the refusal in\n{hub.log()}")
        assert hub.log_lines(f"{REFUSED_CALL}execve (59), and others")
        assert hub.telemetry.ask("/mcdpdk/info")["ready"] == 1
        hub.stop(refused_calls=1)

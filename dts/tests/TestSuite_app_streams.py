# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Steady streams of iperf and mgen arrive whole and in order.

    hub   10.0.0.10 --+
    alpha 10.0.0.11 --+  l2, fd00::11, sends
    beta  10.0.0.12 --+  l2, fd00::12, receives
    gamma 10.0.0.13 --+  gre, fd00::13, receives
                      +-- switch A

iperf's go to a group of each family. The rate is modest: the test shows that the hub neither loses nor reorders packets.
"""

import re

import pytest

from apps import cluster, enable_ipv6
from waiting import await_condition

IPERF_GROUPS, IPERF_PORT = {4: "239.1.1.2", 6: "ff15::b:1"}, 5001
MGEN_GROUP, MGEN_PORT = "239.1.1.3", 5002
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12"), ("gamma", "10.0.0.13", "192.168.10.3")]
RECEIVING_DEVICES = {"beta": "eth0", "gamma": "gre1"}
DEVICES = {"alpha": "eth0"} | RECEIVING_DEVICES
DATAGRAMS = 1000
PACKETS_PER_S = 400


@pytest.fixture(scope="module", name="deployed")
def fixture_deployed(cloud):
    with cluster(cloud, MEMBERS, [*IPERF_GROUPS.values(), MGEN_GROUP]) as deployed:
        for name, dev in DEVICES.items():
            node = deployed[1][name].node
            enable_ipv6(node, dev, f"fd00::{node.address.split('.')[-1]}")
        yield deployed


def await_joined(machine, dev, group):
    """A program appears in the kernel's list when it has joined a group."""
    await_condition(lambda: group in machine.node.ip("maddress", "show", "dev", dev),
                    f"{machine.node.name} in {group}")


@pytest.mark.parametrize("version", IPERF_GROUPS)
def test_iperf_reports_no_loss(deployed, version):
    """Two members run `iperf -s -u -B GROUP`: both report as many datagrams as a third sent, none out of order."""
    hub, machines = deployed
    group, family = IPERF_GROUPS[version], ["-V"] if version == 6 else []
    before = hub.stats()["data_packets"]
    listeners = {}
    for name, dev in RECEIVING_DEVICES.items():
        listeners[name] = machines[name].start("iperf", *family, "-s", "-u", "-B", f"{group}%{dev}",
                                               "-p", IPERF_PORT)
        await_joined(machines[name], dev, group)
    done = machines["alpha"].attempt(
        "iperf", *family, "-c", group, "-u", "-T", "16", "-p", IPERF_PORT, "-l", "1000",
        "-b", f"{PACKETS_PER_S}pps", "-n", 1000 * DATAGRAMS)
    assert done.returncode == 0, done.stderr
    for listener in listeners.values():
        listener.await_log("%)")
        lost, total = map(int, re.search(r"\s(\d+)/\s*(\d+) \(", listener.log()).groups())
        assert lost == 0, listener.log()
        assert total == hub.stats()["data_packets"] - before >= DATAGRAMS
        assert "out-of-order" not in listener.log(), listener.log()


def test_mgen_logs_every_number_in_order(deployed):
    """Both receivers' logs have every number once, from the sender's address."""
    hub, machines = deployed
    listeners = {}
    for name, dev in RECEIVING_DEVICES.items():
        listeners[name] = machines[name].start(
            "stdbuf", "-oL", "mgen", "event", f"LISTEN UDP {MGEN_PORT}",
            "event", f"JOIN {MGEN_GROUP} INTERFACE {dev}")
        await_joined(machines[name], dev, MGEN_GROUP)
    before = hub.stats()["data_packets"]
    machines["alpha"].start(
        "mgen", "event", f"ON 1 UDP DST {MGEN_GROUP}/{MGEN_PORT} PERIODIC [{PACKETS_PER_S} 500] "
        f"COUNT {DATAGRAMS} TTL 16", "event", f"{DATAGRAMS / PACKETS_PER_S + 1} OFF 1")
    for listener in listeners.values():
        listener.await_log(f"seq>{DATAGRAMS - 1} ")
        received = re.findall(r"RECV proto>UDP flow>1 seq>(\d+) \S* *src>([\d.]+)/", listener.log())
        assert received == [(str(number), "10.0.0.11") for number in range(DATAGRAMS)]
    assert hub.stats()["data_packets"] - before == DATAGRAMS

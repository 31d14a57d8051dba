# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""uCARP: one of two hosts holds a common address.

    hub   10.0.0.10 --+
    alpha 10.0.0.11 --+  ucarp, skew 0   \\
                      |                   >  common address 10.0.0.100
    beta  10.0.0.12 --+  ucarp, skew 100 /
                      +-- switch A

ucarp sends frames with a virtual source MAC to 01:00:5e:00:00:12. A cloud drops either, so mcdpdk-client's rule has to
rewrite both. ucarp accepts only TTL 255.
"""

import pytest
from scapy.layers.inet import IP

from apps import cluster, hear_packets
from traffic import Wire
from waiting import await_condition

GROUP, CARP = "224.0.0.18", 112
COMMON_ADDRESS = "10.0.0.100"
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12")]
SKEWS = {"alpha": 0, "beta": 100}
ENOUGH_ADVERTISEMENTS = 5
UP = f'#!/bin/sh\nip address replace {COMMON_ADDRESS}/24 dev "$1"\n'
DOWN = f'#!/bin/sh\nip address delete {COMMON_ADDRESS}/24 dev "$1"\n'


def start(machine, name):
    up = machine.write("/run/up", UP, 0o755)
    down = machine.write("/run/down", DOWN, 0o755)
    return machine.start("ucarp", "--interface=eth0", f"--srcip={machine.node.address}", "--vhid=42",
                         "--pass=secret", f"--addr={COMMON_ADDRESS}", f"--upscript={up}",
                         f"--downscript={down}", f"--advskew={SKEWS[name]}", "--advbase=1",
                         "--neutral", "--preempt", "--shutdown")


@pytest.fixture(scope="module", name="pair")
def fixture_pair(cloud):
    with cluster(cloud, MEMBERS, [GROUP]) as (_, machines):
        yield machines


def await_master(pair, name):
    await_condition(lambda: [n for n in SKEWS if pair[n].has_address(COMMON_ADDRESS)] == [name],
                    f"{name} the only master")


# TestSuite_app_keepalived.py tests the same group, protocol and TTL.
@pytest.mark.slow
def test_the_backup_takes_over_and_yields(cloud, pair):
    """Only the one with less skew is master while the other hears it; the other takes over after its end and its crash.
    What it hears comes from the hub's MAC with TTL 255 and the sender's address."""
    daemons = {name: start(pair[name], name) for name in SKEWS}
    await_master(pair, "alpha")

    beta = pair["beta"].node
    for packet in hear_packets(Wire(beta), GROUP, ENOUGH_ADVERTISEMENTS):
        assert packet[IP].proto == CARP
        assert (packet.src, packet.dst) == (cloud.hub_node.mac, beta.mac)
        assert (packet[IP].src, packet[IP].dst, packet[IP].ttl) == ("10.0.0.11", GROUP, 255)
    await_master(pair, "alpha")

    daemons["alpha"].end()
    await_master(pair, "beta")

    start(pair["alpha"], "alpha")
    await_master(pair, "alpha")

    pair["alpha"].crash()
    pair["alpha"].node.ip("address", "del", f"{COMMON_ADDRESS}/24", "dev", "eth0")
    await_master(pair, "beta")

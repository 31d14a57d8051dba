# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""JGroups on its UDP stack: members see each other, and messages arrive in fragments.

    over l2                       over GRE

    hub   10.0.0.10 --+           hub   10.0.0.10 --+
    alpha 10.0.0.11 --+           gamma 10.0.0.13 --+  192.168.10.3
    beta  10.0.0.12 --+           delta 10.0.0.14 --+  192.168.10.4
                      +-- switch A                  +-- switch A

A message of 60,000 bytes is one datagram to 239.8.8.8:45588 in 41 IP fragments: the hub's port is on af_xdp.
"""

import subprocess

import pytest

from apps import cluster
from paths import PROGRAMS

GROUP = "239.8.8.8"
LARGE = 60_000
CLUSTERS = {
    "l2": [("alpha", "10.0.0.11"), ("beta", "10.0.0.12")],
    "gre": [("gamma", "10.0.0.13", "192.168.10.3"), ("delta", "10.0.0.14", "192.168.10.4")],
}
JGROUPS = "/usr/share/java/jgroups.jar"


@pytest.fixture(scope="module", name="classes")
def fixture_classes(cloud):
    folder = cloud.folder / "classes"
    subprocess.run(["javac", "-cp", JGROUPS, "-d", folder, PROGRAMS / "JgroupsMember.java"], check=True)
    return folder


@pytest.fixture(scope="module", name="deployed", params=CLUSTERS)
def fixture_deployed(request, cloud):
    members = CLUSTERS[request.param]
    with cluster(cloud, members, [GROUP], driver="af_xdp") as (hub, machines):
        yield hub, {name: (machines[name], own[-1]) for name, *own in members}


def start(machine, address, classes):
    return machine.start(
        "java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
        "-cp", f"{JGROUPS}:{classes}",
        "-Djava.net.preferIPv4Stack=true", f"-Djgroups.bind_addr={address}",
        f"-Djgroups.udp.mcast_addr={GROUP}", "-Djgroups.udp.ip_ttl=1",
        "JgroupsMember", "udp.xml", machine.node.name)


def test_large_message_reaches_the_cluster(deployed, classes):
    """Two members see a cluster of two and get each other's small message and the one of 60,000 bytes. The hub
    forwarded all fragments."""
    hub, machines = deployed
    members = {}
    for count, (name, (machine, address)) in enumerate(machines.items(), start=1):
        members[name] = start(machine, address, classes)
        for member in members.values():
            member.await_log(f"view of {count}\n")
    joined = hub.stats()

    for name, sender in members.items():
        for size in (10, LARGE):
            sender.say(size)
            sender.await_log(f"sent {size} ")
            content = next(line.removeprefix("sent ") for line in sender.log().splitlines()
                           if line.startswith(f"sent {size} "))
            for receiver in members.values():
                receiver.await_log(f"message of {name} {content}\n")
    stats, drops = hub.settled()
    assert stats["copies"] - joined["copies"] >= 2 * LARGE // 1480
    assert stats["copy_drops"] == 0
    assert drops["malformed"] == drops["ring_full"] == drops["no_receiver"] == 0

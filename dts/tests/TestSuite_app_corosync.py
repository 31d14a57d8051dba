# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Corosync with `transport: udp`: two nodes find each other by multicast.

    over l2               over GRE                            over VXLAN

    hub   10.0.0.10 --+   hub   10.0.0.10 --+                 hub     10.0.0.10 --+
    alpha 10.0.0.11 --+   gamma 10.0.0.13 --+  192.168.10.3   epsilon 10.0.0.15 --+  192.168.10.5
    beta  10.0.0.12 --+   delta 10.0.0.14 --+  192.168.10.4   zeta    10.0.0.16 --+  192.168.10.6
                      +-- switch A          +-- switch A                          +-- switch A

    over VXLAN, without IPv4   over GRE

    hub     fd00::10 --+       hub   fd00::10 --+
    eta     fd00::17 --+       iota  fd00::19 --+  fd01::9
              fd01::7  |       kappa fd00::20 --+  fd01::a
    theta   fd00::18 --+                        +-- switch A
              fd01::8  +-- switch A

Joins and messages go to 239.192.10.1:5405, or [ff15::c0:1]:5405, with TTL 1, the token by unicast: directly between l2
members, else through the hub.
"""

import ipaddress
import re
import time

import pytest

from apps import cluster
from ipv6_cloud import Ipv6Cloud
from waiting import await_condition

GROUPS = {4: "239.192.10.1", 6: "ff15::c0:1"}
OUTAGE_S = 2.0
CLUSTERS = {
    "l2": [("alpha", "10.0.0.11"), ("beta", "10.0.0.12")],
    "gre": [("gamma", "10.0.0.13", "192.168.10.3"), ("delta", "10.0.0.14", "192.168.10.4")],
    "vxlan": [("epsilon", "10.0.0.15", "192.168.10.5", "vxlan"),
              ("zeta", "10.0.0.16", "192.168.10.6", "vxlan")],
    "vxlan of IPv6": [("eta", "fd00::17", "fd01::7", "vxlan"), ("theta", "fd00::18", "fd01::8", "vxlan")],
    "gre of IPv6": [("iota", "fd00::19", "fd01::9", "gre"), ("kappa", "fd00::20", "fd01::a", "gre")],
}
# Others do the same by default.
SLOW = ("l2", "vxlan", "gre of IPv6")
# A loaded machine starts a hub slowly: let the token be lost for longer than the 3 s after which a
# node is given up by default.
CONFIGURATION = """
system {{
    sched_rr: no
    move_to_root_cgroup: no
}}
totem {{
    version: 2
    cluster_name: pair
    transport: udp
    ip_version: ipv{version}
    token: 20000
    interface {{
        bindnetaddr: {network}
        mcastaddr: {group}
        mcastport: 5405
    }}
}}
nodelist {{
    node {{
        nodeid: 1
        ring0_addr: {addresses[0]}
    }}
    node {{
        nodeid: 2
        ring0_addr: {addresses[1]}
    }}
}}
quorum {{
    provider: corosync_votequorum
    two_node: 1
    wait_for_all: 0
}}
logging {{
    to_stderr: yes
    to_syslog: no
}}
"""


class Pair:
    def __init__(self, hub, machines, members):
        self.hub = hub
        self.machines = list(machines.values())
        addresses = [member[1:3][-1] for member in members]
        version = ipaddress.ip_address(addresses[0]).version
        self.configuration = CONFIGURATION.format(version=version, group=GROUPS[version], addresses=addresses,
                                                  network=re.sub(r"\d+$", "0", addresses[0]))

    def start(self, machine):
        path = machine.write("/run/corosync.conf", self.configuration)
        # As the package's set-up makes it.
        machine.attempt("mkdir", "-p", "/var/lib/corosync", "/var/log/corosync")
        return machine.start("corosync", "-f", "-c", path)

    def memberships(self):
        """What each node reports about nodes 1 and 2: status and number of joins."""
        return [re.findall(r"members\.(\d)\.(status|join_count) \(\w+\) = (\w+)",
                           machine.attempt("corosync-cmapctl", "-b", "runtime.members").stdout)
                for machine in self.machines]

    def await_status(self, observer, node, status):
        await_condition(lambda: (node, "status", status) in self.memberships()[observer],
                        f"node {node} {status}: {self.memberships()}")

    def await_both(self):
        for observer in (0, 1):
            for node in ("1", "2"):
                self.await_status(observer, node, "joined")


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud():
    with Ipv6Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module", name="pair", params=[
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in CLUSTERS])
def fixture_pair(request, cloud):
    members = CLUSTERS[request.param]
    with cluster(cloud, members, GROUPS.values()) as (hub, machines):
        yield Pair(hub, machines, members)


def test_membership_outlives_the_hub(pair):
    """Each node sees both, also while the hub is away for 2 s. Then one node leaves and returns through the new hub,
    and the other sees it."""
    daemons = [pair.start(machine) for machine in pair.machines]
    pair.await_both()
    before = pair.memberships()
    assert pair.hub.stats()["data_packets"] > 0

    pair.hub.stop()
    time.sleep(OUTAGE_S)
    pair.hub.telemetry.close()
    pair.hub.start()
    pair.hub.await_resolved()
    assert pair.memberships() == before

    daemons[1].end()
    pair.await_status(0, "2", "left")
    pair.start(pair.machines[1])
    pair.await_both()
    assert pair.hub.stats()["data_packets"] > 0

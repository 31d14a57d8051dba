# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""keepalived: one of two routers holds the virtual address (VRRP, RFC 5798).

    hub     10.0.0.10 --+
    alpha   10.0.0.11 --+  keepalived, priority 150  \\
                        |                             >  virtual address 10.0.0.100
    beta    10.0.0.12 --+  keepalived, priority 100  /
    watcher 10.0.0.13 --+  gre, hears the advertisements too
                        +-- switch A

Advertisements go to 224.0.0.18 as IP protocol 112 with TTL 255; receivers refuse any other TTL.
"""

import pytest
from scapy.layers.inet import IP

from apps import cluster, hear_packets
from waiting import await_condition

GROUP, VRRP, VRRP_TTL = "224.0.0.18", 112, 255
VIRTUAL_ADDRESS = "10.0.0.100"
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12"),
           ("watcher", "10.0.0.13", "192.168.10.3")]
ADDRESSES = {"alpha": "10.0.0.11", "beta": "10.0.0.12"}
PRIORITIES = {"alpha": 150, "beta": 100}
# A backup takes over after little more than three intervals: five prove that it heard the master.
ENOUGH_ADVERTISEMENTS = 5
CONFIGURATION = """
vrrp_instance pair {{
    interface eth0
    virtual_router_id 42
    state BACKUP
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        {address}/24
    }}
}}
"""


def start(machine, name):
    path = machine.write("/run/keepalived.conf", CONFIGURATION.format(
        priority=PRIORITIES[name], address=VIRTUAL_ADDRESS))
    return machine.start("keepalived", "--dont-fork", "--log-console", "--vrrp", "--use-file", path)


@pytest.fixture(scope="module", name="pair")
def fixture_pair(cloud):
    with cluster(cloud, MEMBERS, [GROUP]) as (_, machines):
        yield machines


def masters(pair):
    return [name for name in PRIORITIES if pair[name].has_address(VIRTUAL_ADDRESS)]


def await_master(pair, name):
    await_condition(lambda: masters(pair) == [name], f"{name} the only master")


def test_the_backup_takes_over_and_yields(cloud, pair):
    """Only the higher priority is master while the other hears it, with TTL 255 and from its own address, on l2 and
    through the tunnel. The other takes over after a resignation and after a crash, and yields when the first
    returns."""
    daemons = {name: start(pair[name], name) for name in PRIORITIES}
    await_master(pair, "alpha")

    heard = {name: hear_packets(pair[name].node, dev, VRRP, ENOUGH_ADVERTISEMENTS)
             for name, dev in (("beta", "eth0"), ("watcher", "gre1"))}
    for packet in heard["beta"] + heard["watcher"]:
        assert (packet[IP].src, packet[IP].dst) == (ADDRESSES["alpha"], GROUP)
        assert packet[IP].ttl == VRRP_TTL
    for packet in heard["beta"]:
        assert (packet.src, packet.dst) == (cloud.hub_node.mac, pair["beta"].node.mac)
    assert masters(pair) == ["alpha"]

    daemons["alpha"].end()
    await_master(pair, "beta")

    start(pair["alpha"], "alpha")
    await_master(pair, "alpha")

    pair["alpha"].crash()
    pair["alpha"].node.ip("address", "del", f"{VIRTUAL_ADDRESS}/24", "dev", "eth0")
    await_master(pair, "beta")

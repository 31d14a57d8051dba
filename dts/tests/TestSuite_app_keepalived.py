# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""keepalived: one of two routers holds the virtual addresses (VRRP, RFC 5798), one of each family.

    hub     10.0.0.10 --+
    alpha   10.0.0.11 --+  keepalived, priority 150  \\   virtual addresses
                        |                             >  10.0.0.100
    beta    10.0.0.12 --+  keepalived, priority 100  /   fd00::100
    watcher 10.0.0.13 --+  gre, hears the advertisements too
                        +-- switch A

Advertisements go to 224.0.0.18 by VRRPv2 and to ff02::12 by VRRPv3, from a link-local address, as IP protocol 112 with
TTL and hop limit 255; receivers refuse any other.
"""

import pytest
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6

from apps import cluster, enable_ipv6, hear_packets
from traffic import Wire
from waiting import await_condition

VRRP_TTL = 255
GROUPS = {4: "224.0.0.18", 6: "ff02::12"}
VIRTUAL_ADDRESSES = {4: "10.0.0.100", 6: "fd00::100"}
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12"),
           ("watcher", "10.0.0.13", "192.168.10.3")]
ADDRESSES = {"alpha": "10.0.0.11", "beta": "10.0.0.12"}
PRIORITIES = {"alpha": 150, "beta": 100}
# A backup takes over after little more than three intervals: five prove that it heard the master.
ENOUGH_ADVERTISEMENTS = 5
CONFIGURATION = """
vrrp_instance of_ipv{version} {{
    interface eth0
    virtual_router_id 42
    state BACKUP
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        {addresses}
    }}
}}
"""
# RFC 5798 5.2.9: a link-local one comes first.
VIRTUAL_LINK_LOCAL = "fe80::100"
LISTED = {4: f"{VIRTUAL_ADDRESSES[4]}/24", 6: f"{VIRTUAL_LINK_LOCAL}/64\n        {VIRTUAL_ADDRESSES[6]}/64"}


def start(machine, name):
    path = machine.write("/run/keepalived.conf", "".join(
        CONFIGURATION.format(version=version, priority=PRIORITIES[name], addresses=addresses)
        for version, addresses in LISTED.items()))
    return machine.start("keepalived", "--dont-fork", "--log-console", "--vrrp", "--use-file", path)


@pytest.fixture(scope="module", name="pair")
def fixture_pair(cloud):
    with cluster(cloud, MEMBERS, GROUPS.values()) as (_, machines):
        enable_ipv6(machines["watcher"].node, "gre1")
        for name in PRIORITIES:
            machines[name].link_local = enable_ipv6(machines[name].node, "eth0")
        yield machines


def masters(pair, version):
    return [name for name in PRIORITIES if pair[name].has_address(VIRTUAL_ADDRESSES[version])]


def await_master(pair, name):
    for version in GROUPS:
        await_condition(lambda: masters(pair, version) == [name], f"{name} the only master of IPv{version}")


def source_and_ttl(packet):
    return (packet[IP].src, packet[IP].ttl) if IP in packet else (packet[IPv6].src, packet[IPv6].hlim)


def test_the_backup_takes_over_and_yields(cloud, pair):
    """Of each family only the higher priority is master while the other hears it, with TTL 255 and from its own
    address, on l2 and through the tunnel. The other takes over after a resignation and after a crash, and yields when
    the first returns."""
    daemons = {name: start(pair[name], name) for name in PRIORITIES}
    await_master(pair, "alpha")

    sources = {4: ADDRESSES["alpha"], 6: pair["alpha"].link_local}
    wires = [Wire(pair[name].node, dev) for name, dev in (("beta", "eth0"), ("watcher", "gre1")) for _ in GROUPS]
    for wire, version in zip(wires, 2 * list(GROUPS)):
        for packet in hear_packets(wire, GROUPS[version], ENOUGH_ADVERTISEMENTS):
            assert source_and_ttl(packet) == (sources[version], VRRP_TTL)
            if wire.dev == "eth0":
                assert (packet.src, packet.dst) == (cloud.hub_node.mac, pair["beta"].node.mac)
        assert masters(pair, version) == ["alpha"]

    daemons["alpha"].end()
    await_master(pair, "beta")

    start(pair["alpha"], "alpha")
    await_master(pair, "alpha")

    pair["alpha"].crash()
    for address in (VIRTUAL_ADDRESSES[4], VIRTUAL_ADDRESSES[6], VIRTUAL_LINK_LOCAL):
        pair["alpha"].node.ip("address", "del", f"{address}/{64 if ':' in address else 24}", "dev", "eth0")
    await_master(pair, "beta")

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""config/failover/mcdpdk-route: hubs of a domain with one floating address, for members without the client.

    hub east 10.1.0.10 --+                                             +-- anna 10.2.0.11  tunnels to 10.255.0.10
    hub west 10.1.0.20 --+-- switch ------ router ------ switch -------+-- otto 10.2.0.12
                                           |    |
    hub east 10.255.0.10, second NIC ------+    |        the router has a route to one of the two
    hub west 10.255.0.10, second NIC -----------+

Both hubs serve all the time. The router is the cloud: a stand-in of its command changes its route.
"""

import shutil

import pytest

from domain import Agent, Domain
from paths import SOURCE
from traffic import Stream, open_receiver, receive
from waiting import await_condition

ROUTE = SOURCE / "config" / "failover" / "mcdpdk-route"
FLOATING, VNI = "10.255.0.10", 77
GROUP, PORT = "239.1.1.1", 5000
HOSTS = {"east": 10, "west": 20}
MEMBERS = {"anna": 11, "otto": 12}
AWS = """#!/bin/sh
ip -n {router} route replace {floating}/32 dev to-$MCDPDK_HUB
echo "$MCDPDK_HUB" >>{log}
"""

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="there is no etcd here")


@pytest.fixture(scope="module", name="domain")
def fixture_domain():
    with Domain(names=("east", "far")) as domain:
        domain.addresses["west"] = domain.address_in("east", HOSTS["west"])
        domain.hub_nodes["west"] = domain.add_hub_node("west", "east")
        for name in HOSTS:
            add_second_nic(domain, name)
        domain.etcd.start()
        yield domain


def add_second_nic(domain, name):
    """Whoever has the floating address does not answer the router's ARP: as in a cloud, the NIC is known."""
    hub, router, far_end = domain.hub_nodes[name], domain.router, f"to-{name}"
    hub.ip("link", "add", "eth1", "type", "veth", "peer", "name", far_end, "netns", router.namespace)
    hub.run("ethtool", "-K", "eth1", "tx", "off", "tso", "off", "gso", "off", "gro", "off")
    hub.ip("link", "set", "eth1", "up")
    router.ip("link", "set", far_end, "up")
    router.ip("neigh", "replace", FLOATING, "lladdr", hub.device_mac("eth1"), "dev", far_end, "nud", "permanent")


def configuration(domain, name):
    gateway = domain.address_in("east", 1)
    members = [{"name": member, "address": domain.address_in("far", host), "encap": "vxlan", "vni": VNI,
                "overlay": f"192.168.2.{host}"} for member, host in MEMBERS.items()]
    return domain.configuration(
        name, members, subnet="east", host=HOSTS[name],
        overlay={"address": "192.168.2.254/24"},
        ports=[{"device": "net_af_packet0", "address": f"{domain.addresses[name]}/24"},
               {"device": "net_af_packet1", "address": f"{FLOATING}/32", "gateway": gateway, "next_hop": "gateway"}],
        igmp={"query_interval": 1, "query_response_interval": 0.1, "startup_query_interval": 1})


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud(domain):
    """The hubs with their agents; the route leads to east."""
    calls, tools = domain.folder / "calls", domain.folder / "tools"
    calls.touch()
    tools.mkdir()
    (tools / "aws").write_text(AWS.format(router=domain.router.namespace, floating=FLOATING, log=calls))
    (tools / "aws").chmod(0o755)
    for name in HOSTS:
        hub = domain.start_hub(configuration(domain, name), domain.hub_nodes[name], driver="deep rings",
                               arguments=["--vdev", "net_af_packet1,iface=eth1,framecnt=4096"])
        domain.hubs[name] = hub
        domain.agents[name] = Agent(hub, domain.folder / f"{name}-agent.log", [f"PATH={tools}:/usr/sbin:/usr/bin"],
                                    ["--notify", ROUTE])
        domain.agents[name].start()
    domain.await_up(*HOSTS)
    await_condition(lambda: owners(calls)[-1:] == ["east"], "the route leads to east")
    return calls


def owners(calls):
    return calls.read_text().split()


@pytest.fixture(scope="module", name="members")
def fixture_members(domain, cloud):
    nodes = []
    for name, host in MEMBERS.items():
        node = domain.add_instance(name, domain.address_in("far", host))
        node.ip("link", "add", "vx0", "type", "vxlan", "id", str(VNI), "local", node.address, "remote", FLOATING,
                "dstport", "4789", "ttl", "64", "noudpcsum")
        node.ip("address", "add", f"192.168.2.{host}/24", "dev", "vx0")
        node.ip("link", "set", "vx0", "up", "mtu", "1400")
        node.ip("route", "add", "224.0.0.0/4", "dev", "vx0")
        nodes.append(node)
    return nodes


def await_stream(stream, receiver):
    """A datagram that was sent from now on."""
    now = stream.sent
    while int(receive(receiver)[0]) <= now:
        pass


def test_members_reach_the_hub_that_is_left(domain, cloud, members):
    """East is killed: west takes the route, and the receiver hears the sender again, by an address that neither has
    changed. East is back: it takes the route, and the stream goes on."""
    anna, otto = members
    with open_receiver(otto, GROUP, PORT, "vx0") as receiver, Stream(anna, GROUP, PORT, 0.02) as stream:
        await_stream(stream, receiver)
        domain.kill_hub("east")
        await_condition(lambda: owners(cloud)[-1] == "west", "the route leads to west")
        await_stream(stream, receiver)
        domain.restart_hub("east")
        await_condition(lambda: owners(cloud)[-1] == "east", "the route leads to east")
        await_stream(stream, receiver)
    assert "route" not in "".join(agent.log() for agent in domain.agents.values())

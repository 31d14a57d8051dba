# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A domain of hubs, one in each subnet of a cloud, whose agents keep a record in etcd.

    10.1.0.0/24                10.2.0.0/24                10.3.0.0/24

    hub east 10.1.0.10 -+      hub west 10.2.0.10 -+      hub south 10.3.0.10 -+
    members .11 ...    -+      members .11 ...    -+      members .11 ...     -+
                        |                          |                           |
                     switch ------ router ------ switch ------ router ------ switch

    management, 10.254.0.0/24: agents of the hubs .1 .2 .3 ... on their instances, etcd-1 .101, etcd-2 .102, etcd-3 .103

The switches drop frames with the I/G bit, as in every Cloud. The router forwards between subnets, and cuts links
between hubs on demand. The management network has no part in the data path.
"""

import ipaddress
import itertools
import json
import os
import subprocess
from contextlib import contextmanager

from etcd_cluster import EtcdCluster, EtcdNode
from hub import crowding
from node import stop_process
from paths import BUILD
from telemetry import await_balance
from topo import Cloud
from waiting import await_condition, await_stable

NAME = "harbour"
HUBS = ("east", "west", "south")
HUB_HOST = 10
FIRST_ETCD_HOST = 101
ETCD_NODES = 3
AT_REST = ("data_packets", "unicast_packets", "rx_drop_packets", "copies", "copy_drops", "tx_data_packets")
CUT_RULES = """
table ip cut {
    chain links {
        type filter hook forward priority 0; policy accept;
    }
}
"""


def hellos():
    """Detection takes half a second, and longer on a crowded machine, which preempts a hub for longer than the 150 ms
    of the defaults: a link that goes down then is right, but no test's matter."""
    return {"hello_ms": min(500, int(50 * crowding())), "hello_multiplier": 10}


def settled(hub):
    """As hub.settled(); the counts of control packets never rest, as hellos come all the time."""
    await_stable(lambda: {name: hub.stats()[name] for name in AT_REST})
    return await_balance(lambda: (hub.stats(), hub.drops()))


def device_frames(node):
    return json.loads(node.ip("-j", "-s", "link", "show", "dev", "eth0"))[0]["stats64"]["rx"]["packets"]


def agent_program():
    return os.environ.get("MCDPDK_DOMAIN") or next(BUILD.glob("app/**/mcdpdk-domain"))


class Agent:
    """mcdpdk-domain of one hub."""

    def __init__(self, hub, log_file, environment=(), arguments=()):
        self.hub, self.log_file, self.environment = hub, log_file, list(environment)
        self.arguments = list(arguments)
        self.process = None

    def start(self):
        with open(self.log_file, "a", encoding="utf-8") as log:
            self.process = self.hub.node.start(
                "env", *self.environment, agent_program(), "-c", self.hub.config_file, "--file-prefix",
                self.hub.file_prefix, *self.arguments, stdout=log, stderr=subprocess.STDOUT)

    def log(self):
        return self.log_file.read_text(encoding="utf-8")

    def is_connected(self):
        """To etcd, as it has told the hub."""
        return self.hub.telemetry.ask("/mcdpdk/domain")["agent"].startswith("connected")

    def await_connected(self):
        await_condition(lambda: self.process.poll() is not None or self.is_connected(),
                        f"agent of {self.hub.node.name} connected:\n{self.log()}")
        assert self.process.poll() is None, f"left with {self.process.returncode}:\n{self.log()}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        stop_process(self.process)


class Domain(Cloud):
    """Start etcd, then hubs with start()."""

    etcd_nodes = ETCD_NODES

    def __init__(self, names=HUBS):
        super().__init__()
        self.names = names
        self.subnets = self._subnets()
        self.addresses = {name: self.address_in(name, self.host(name)) for name in names}
        self.hub_nodes, self.hubs, self.agents = {}, {}, {}
        self.etcd = None
        self._management_hosts = itertools.count(1)

    def _subnets(self):
        return {self.bridge(name): ipaddress.ip_network(f"10.{n}.0.0/24") for n, name in enumerate(self.names, 1)}

    def bridge(self, hub):
        """The switch that a hub is connected to."""
        return f"br-{hub}"

    def host(self, _hub):
        """Its number in its subnet."""
        return HUB_HOST

    def subnet(self, hub):
        return self.subnets[self.bridge(hub)]

    def address_in(self, name, host):
        """An address in the subnet of a hub."""
        return str(self.subnet(name)[host])

    # Nodes

    def _lay_out(self):
        self.management = self._make_node("management")
        self.management.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        self.management.ip("link", "set", "br0", "up")
        self.router.run("nft", CUT_RULES)
        for name in self.names:
            self.hub_nodes[name] = self.add_hub_node(name, name)
        nodes = []
        for n in range(self.etcd_nodes):
            node = self._make_node(f"etcd-{n + 1}")
            nodes.append(EtcdNode(node, self._manage(node, FIRST_ETCD_HOST + n), self.folder))
        self.etcd = EtcdCluster(nodes)

    def _manage(self, node, host):
        """Connect a node to the management network and return its address there."""
        address = f"10.254.0.{host}"
        node.ip("link", "add", "mgmt0", "type", "veth", "peer", "name", node.name, "netns", self.management.namespace)
        self.management.ip("link", "set", node.name, "master", "br0", "up")
        node.connect("mgmt0", address)
        return address

    def add_hub_node(self, name, subnet):
        """An instance for a hub in the subnet of one of the domain's hubs, with a path to etcd."""
        node = self._make_hub_node(name, self.bridge(subnet))
        self._manage(node, next(self._management_hosts))
        return node

    # Hubs and agents

    def configuration(self, name, members=(), groups=(), host=None, subnet=None, domain=NAME, **keys):
        subnet, host = subnet or name, host or self.host(name)
        third = str(self.subnet(subnet)[0]).split(".")[1]
        return {
            "ports": [{"address": f"{self.address_in(subnet, host)}/24", "gateway": self.address_in(subnet, 1)}],
            "domain": {"name": domain, "hub": name, "etcd": self.etcd.urls} | hellos(),
            "members": list(members),
            "groups": list(groups),
            "overlay": {"address": f"192.168.{third}.254/24"},
            "idle": "sleep",
        } | keys

    def start(self, name, config, **options):
        """A hub and its agent."""
        hub = self.start_hub(config, self.hub_nodes[name], driver="deep rings", **options)
        self.hubs[name] = hub
        self.agents[name] = Agent(hub, self.folder / f"{name}-agent.log")
        self.agents[name].start()
        return hub

    def await_up(self, *names):
        """Until each of these hubs sends packets to the others, and its agent has told all that it has to."""
        names = names or self.names
        for name in names:
            self.agents[name].await_connected()
        for name, other in itertools.permutations(names, 2):
            self.await_state(name, other, "up")
            self.await_carries(name, other)

    def kill_hub(self, name):
        hub = self.hubs[name]
        hub.process.kill()
        hub.process.wait()
        hub.telemetry.close()

    def restart_hub(self, name, config=None):
        """A killed one, with another configuration if it has one; its agent goes on by itself."""
        hub = self.hubs[name]
        if config:
            hub.config_file.write_text(json.dumps(config))
        hub.start()

    def restore(self):
        """Whatever a test has stopped, so that a test that fails spoils no other."""
        self.etcd.start()
        for name, hub in self.hubs.items():
            if hub.process.poll() is not None:
                hub.telemetry.close()
                hub.start()
            if self.agents[name].process.poll() is not None:
                self.agents[name].start()
        self.await_up()

    # Links

    def peers(self, name):
        """What a hub says of the others, by their names."""
        pages = self.hubs[name].telemetry.pages("/mcdpdk/peers")
        return {page[f"r{n}"]["name"]: page[f"r{n}"] for page in pages for n in range(len(page)) if f"r{n}" in page}

    def downs(self, *names):
        """How often each link between these hubs, or all, went down, as each end saw it since its start."""
        names = names or tuple(self.hubs)
        return {f"{name} to {other}": record["downs"] for name in names for other, record in
                self.peers(name).items() if other in names}

    def strains(self, *names):
        """What grows when the machine preempts a hub for too long, and not when the hub itself loses packets: how
        often each link went down, and how much found a ring full."""
        return self.downs(*names) | {f"ring of {name}": self._overran(name) for name in names or self.hubs}

    def _overran(self, name):
        hub, node = self.hubs[name], self.hub_nodes[name]

        def missed():
            """Frames that came to the device and not to the hub: the driver does not count them."""
            return device_frames(node) - hub.telemetry.ask("/mcdpdk/ports")["r0"]["rx_packets"]

        # What comes between the two readings makes it less.
        return max(missed() for _ in range(3)) + hub.drops()["ring_full"]

    def state(self, name, other):
        return self.peers(name).get(other, {}).get("state")

    def await_state(self, name, other, state):
        await_condition(lambda: self.state(name, other) == state, f"{other} {state} at {name}: {self.peers(name)}")

    def await_carries(self, name, other):
        await_condition(lambda: self.peers(name)[other]["carries"], f"{name} sends to {other}: {self.peers(name)}")

    @contextmanager
    def cut_link(self, one, other, both_ways=True):
        """Drop what one hub sends to the other, and what comes back."""
        pairs = [(one, other), (other, one)] if both_ways else [(one, other)]
        for source, destination in pairs:
            self.router.run("nft", "add", "rule", "ip", "cut", "links", "ip", "saddr", self.addresses[source],
                            "ip", "daddr", self.addresses[destination], "drop")
        try:
            yield
        finally:
            self.router.run("nft", "flush", "chain", "ip", "cut", "links")

    def settled(self):
        """Wait until no hub has data under way and every hub's sums balance; return counters and drops of each."""
        return {name: settled(hub) for name, hub in self.hubs.items()}

    def stop(self):
        """Agents first; each hub ends cleanly."""
        for agent in self.agents.values():
            agent.stop()
        for hub in self.hubs.values():
            hub.stop()

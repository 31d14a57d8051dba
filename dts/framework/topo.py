# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A public cloud in network namespaces.

    subnet A 10.0.0.0/24                                   subnet B 10.5.0.0/24

    hub 10.0.0.10 ---+                                    +--- member 10.5.0.6
                     |                                    |
    member .11 ------+-- switch A --- router --- switch B-+--- ...
                     |             .1        .1           |
    member .12 ------+

Both switches are bridges of one namespace. Their nftables drop every frame with the I/G bit in its destination,
except ARP, as public clouds do. The router decrements the TTL.

The hub's instance has no address in the kernel: its interface belongs to mcdpdk.
"""

import ipaddress
import itertools
import os
import re
import signal
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hub import Hub
from node import Node, run

HUB_ADDRESS = "10.0.0.10"
GATEWAY = "10.0.0.1"
SUBNETS = {
    "br-a": ipaddress.ip_network("10.0.0.0/24"),
    "br-b": ipaddress.ip_network("10.5.0.0/24"),
}
CLOUD_RULES = """
table bridge cloud {
    counter group_frames { }
    chain ingress {
        type filter hook prerouting priority 0; policy accept;
        ether type arp accept
        ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 counter name group_frames drop
    }
}
"""
NAME_PREFIX = "mcr"

_serial = itertools.count()


def _interrupt(_signum, _frame):
    raise KeyboardInterrupt


def remove_leftovers():
    """Delete the namespaces of killed runs."""
    names = (line.split()[0] for line in run("ip", "netns", "list").splitlines() if line)
    for name in names:
        owner = re.match(rf"{NAME_PREFIX}(\d+)-", name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            run("ip", "netns", "delete", name)


class Cloud:
    """A context manager; nothing remains on the host after it."""

    subnets = SUBNETS

    def __init__(self):
        self.name = f"{NAME_PREFIX}{os.getpid()}-{next(_serial)}"
        self.nodes = {}
        self._cleanup = ExitStack()

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _interrupt)
        with self._cleanup:
            remove_leftovers()
            self.folder = Path(self._cleanup.enter_context(
                tempfile.TemporaryDirectory(prefix=self.name)))
            self.switch = self._make_switch()
            self.router = self._make_router()
            self._lay_out()
            self._cleanup = self._cleanup.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def _lay_out(self):
        self.hub_node = self._make_hub_node("hub", "br-a")

    def _make_hub_node(self, name, bridge):
        node = self._make_node(name)
        node.plug(self.switch, name)
        self.switch.ip("link", "set", name, "master", bridge)
        return node

    def _make_node(self, name):
        node = Node(name, f"{self.name}-{name}")
        self._cleanup.callback(node.close)
        self.nodes[name] = node
        return node

    def _make_switch(self):
        switch = self._make_node("switch")
        # A switch ignores IP; br_netfilter would drop malformed packets.
        for family in ("iptables", "ip6tables", "arptables"):
            switch.write_sysctl(f"net/bridge/bridge-nf-call-{family}", 0)
        for bridge in self.subnets:
            switch.ip("link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
            switch.ip("link", "set", bridge, "up")
        switch.run("nft", CLOUD_RULES)
        return switch

    def _make_router(self):
        router = self._make_node("router")
        router.write_sysctl("net/ipv4/ip_forward", 1)
        for key in ("all", "default"):
            router.write_sysctl(f"net/ipv4/conf/{key}/send_redirects", 0)
        for bridge, subnet in self.subnets.items():
            router.ip("link", "add", bridge, "type", "veth", "peer", "name", f"{bridge}-gw",
                      "netns", self.switch.namespace)
            self.switch.ip("link", "set", f"{bridge}-gw", "master", bridge, "up")
            router.connect(bridge, str(subnet[1]), subnet.prefixlen)
        return router

    def add_instance(self, name, address):
        """Add an instance with a default route to the subnet of its address."""
        bridge, subnet = next((b, s) for b, s in self.subnets.items()
                              if ipaddress.ip_address(address) in s)
        assert all(node.address != address for node in self.nodes.values()), f"{address} twice"
        node = self._make_node(name)
        node.plug(self.switch, name, address, subnet.prefixlen)
        self.switch.ip("link", "set", name, "master", bridge)
        node.ip("route", "add", "default", "via", str(subnet[1]))
        return node

    def add_guest(self, host, bridge, name, address):
        """Add a node behind an instance, on a bridge of that instance."""
        node = self._make_node(name)
        node.plug(host, name, address)
        host.ip("link", "set", name, "master", bridge)
        return node

    def add_l2_member(self, name, address):
        node = self.add_instance(name, address)
        node.route_groups(via=HUB_ADDRESS)
        return node

    def add_gre_member(self, name, address, overlay, arguments=()):
        node = self.add_instance(name, address)
        node.open_tunnel(HUB_ADDRESS, overlay, arguments=arguments)
        return node

    def set_mtu(self, mtu):
        """Set the MTU of every link of the cloud."""
        for node in self.nodes.values():
            for link in re.findall(r"^\d+: ([\w.-]+?)(?:@\S+)?:", node.ip("-o", "link"), re.M):
                if link != "lo" and not link.startswith("gre"):
                    node.ip("link", "set", link, "mtu", str(mtu))

    def dropped_group_frames(self):
        """How many frames with the I/G bit the cloud has dropped."""
        shown = self.switch.run("nft", "list", "counter", "bridge", "cloud", "group_frames")
        return int(re.search(r"packets (\d+)", shown)[1])

    def start_hub(self, config, node=None, **options):
        """Start mcdpdk on the hub's instance, or on another, and wait until it serves packets.

        As a context manager it ends the hub even if the test fails.
        """
        hub = Hub(node or self.hub_node, config, self.folder, f"{self.name}-{next(_serial)}", **options)
        self._cleanup.callback(hub.close)
        hub.start()
        return hub

    def start_resolved_hub(self, config, **options):
        """Start mcdpdk and wait until copies to every member can leave."""
        hub = self.start_hub(config, **options)
        try:
            hub.await_resolved()
        except BaseException:
            hub.close()
            raise
        return hub

    @contextmanager
    def running_hub(self, config, **options):
        """A hub that reaches every member; at the end its sums balance and it stops cleanly."""
        with self.start_resolved_hub(config, **options) as hub:
            yield hub
            hub.settled()
            hub.stop()

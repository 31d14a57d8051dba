# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A public cloud whose subnets have both families.

    subnet A 10.0.0.0/24, fd00::/64                        subnet B 10.5.0.0/24, fd00:5::/64

    hub 10.0.0.10, fd00::10 ---+
                               +-- switch A --- router --- switch B --- ...
    ...                     ---+            .1, ::1    .1, ::1

The switches also pass neighbour discovery, as a cloud without IPv6 multicast must.
"""

import ipaddress

from topo import Cloud

HUB_ADDRESS6 = "fd00::10"
GATEWAY6 = "fd00::1"
PREFIXES = {"br-a": ipaddress.ip_network("fd00::/64"), "br-b": ipaddress.ip_network("fd00:5::/64")}
# By the bytes behind the header of IPv6: of frames from net_af_packet, which are in pages, the kernel takes the next
# header from elsewhere.
NEIGHBOUR_DISCOVERY = "ether type ip6 ip6 nexthdr icmpv6 @nh,320,8 { 135, 136 } accept"
PREFIX_LEN = 64


def open_ipv6(node, dev):
    """Let a device speak IPv6; nobody looks for routers or for others with its address."""
    for name in ("all", dev):
        node.write_sysctl(f"net/ipv6/conf/{name}/disable_ipv6", 0)
    for key in ("accept_dad", "accept_ra", "router_solicitations"):
        node.write_sysctl(f"net/ipv6/conf/{dev}/{key}", 0)


def add_address(node, dev, address):
    node.ip("address", "add", f"{address}/{PREFIX_LEN}", "dev", dev, "nodad")


class Ipv6Cloud(Cloud):
    prefixes = PREFIXES

    def _make_switch(self):
        switch = super()._make_switch()
        switch.run("nft", f"insert rule bridge cloud ingress {NEIGHBOUR_DISCOVERY}")
        return switch

    def _make_router(self):
        router = super()._make_router()
        for bridge, prefix in self.prefixes.items():
            open_ipv6(router, bridge)
            add_address(router, bridge, prefix[1])
        router.write_sysctl("net/ipv6/conf/all/forwarding", 1)
        return router

    def add_ipv6_instance(self, name, address, ipv4=None):
        """An instance with an IPv6 address, by which the rest of the framework knows it, and perhaps one of IPv4."""
        bridge, prefix = next((b, p) for b, p in self.prefixes.items() if ipaddress.ip_address(address) in p)
        node = self._make_node(name)
        node.plug(self.switch, name, ipv4)
        self.switch.ip("link", "set", name, "master", bridge)
        open_ipv6(node, "eth0")
        add_address(node, "eth0", address)
        node.ip("-6", "route", "add", "default", "via", str(prefix[1]))
        node.address = address
        return node

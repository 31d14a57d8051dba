# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A domain whose hubs reach each other over IPv6, and share members of both families.

    fd00:1::/64, 10.1.0.0/24                                             fd00:2::/64, 10.2.0.0/24

    hub east  fd00:1::10, 10.1.0.10 -+                                  +- members by vxlan
    hub west  fd00:1::20            -+-- switch ------- router ---------+-- switch
    hub south fd00:1::30            -+
    members: l2, udp                -+

    management, 10.254.0.0/24: agents of the hubs, etcd

Only east reaches members over IPv4. A member comes to no hub by itself, until it is told to: domain_shared.py.
"""

import ipaddress

from domain_members import DEVICES, VNI
from domain_shared import ANY_MAC, FAR, HUB_HOSTS, NEAR, QUIET_RULES, SharedDomain, SharedMember
from ipv6_cloud import Ipv6Cloud, add_address, open_ipv6
from segment import INSIDE_MTU
from traffic import OUTER_TTL, Wire

OVER_BOTH = "east"
# By its MAC: nftables does not look into what hubs send by AF_PACKET.
SOLICITATIONS = "ether daddr & ff:ff:ff:00:00:00 == 33:33:ff:00:00:00 accept"
SMALL_WAIT_US = 100


class Ipv6Domain(Ipv6Cloud, SharedDomain):
    prefixes = {NEAR: ipaddress.ip_network("fd00:1::/64"), FAR: ipaddress.ip_network("fd00:2::/64")}

    def _make_switch(self):
        switch = super()._make_switch()
        switch.run("nft", f"insert rule bridge cloud ingress {SOLICITATIONS}")
        return switch

    def address6(self, hub):
        return f"fd00:1::{HUB_HOSTS[hub]}"

    def configuration(self, name, members=(), groups=(), **keys):
        config = super().configuration(name, members, groups, **keys)
        port = {"address6": f"{self.address6(name)}/64", "gateway6": str(self.prefixes[NEAR][1])}
        config["ports"] = [config["ports"][0] | port if name == OVER_BOTH else port]
        config["domain"]["coalesce_us"] = SMALL_WAIT_US
        return config


class OverIpv6(SharedMember):
    """Its kernel speaks IPv4 inside its tunnel, and IPv6 if it is `inside6`."""

    def __init__(self, domain, name, encap, host, inside6=False):  # pylint: disable=super-init-not-called
        self.domain, self.hub, self.encap, self.name, self.dev = domain, None, encap, name, DEVICES[encap]
        bridge = NEAR if self.dev == "eth0" else FAR
        self.address = str(domain.prefixes[bridge][host])
        self.overlay = self.source = f"192.168.9.{host}"
        self.source6 = f"fd00:9::{host}" if inside6 else self.address
        self.node = domain.add_ipv6_instance(name, self.address, str(domain.subnets[bridge][host]))
        self.node.run("nft", QUIET_RULES)
        if self.encap == "vxlan":
            self._add_vxlan(inside6)
        self.wire = Wire(self.node, self.dev)

    def _add_vxlan(self, inside6):
        self.node.ip("link", "add", self.dev, "type", "vxlan", "id", str(VNI), "local", self.address, "dstport", "4789",
                     "ttl", str(OUTER_TTL))
        self.node.run("ethtool", "-K", self.dev, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        if inside6:
            open_ipv6(self.node, self.dev)
        else:
            self.node.write_sysctl(f"net/ipv6/conf/{self.dev}/disable_ipv6", 1)
        self.node.ip("link", "set", self.dev, "up", "mtu", str(INSIDE_MTU - 20))
        self.node.ip("address", "add", f"{self.overlay}/24", "brd", "+", "dev", self.dev)
        if inside6:
            add_address(self.node, self.dev, self.source6)

    def use(self, hub):
        """From now on it sends to this hub, so it comes to it."""
        self.hub = hub
        self.node.attempt("bridge", "fdb", "delete", ANY_MAC, "dev", self.dev)
        self.node.run("bridge", "fdb", "append", ANY_MAC, "dev", self.dev, "dst", self.domain.address6(hub))
        self.node.route_groups(dev=self.dev)

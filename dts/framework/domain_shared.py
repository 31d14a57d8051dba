# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A domain whose hubs share their members: any hub may serve any of them.

    10.1.0.0/24                                                10.2.0.0/24

    hub east  10.1.0.10 -+                                    +- members by tunnels: vxlan, gre, gre-udp
    hub west  10.1.0.20 -+-- switch --------- router ---------+-- switch
    hub south 10.1.0.30 -+
    members: l2, udp    -+

    management, 10.254.0.0/24: agents of the hubs, etcd

A member comes to no hub by itself, until it is told to: its kernel's IGMP is dropped in its own namespace, it has no
route for groups, and a tunnel takes packets from every hub. The switch cuts links between hubs on demand.
"""

import ipaddress
from contextlib import contextmanager

from domain import NAME, Domain
from domain_members import DEVICES, GRE_UDP_PORT, VNI, Member
from segment import INSIDE_MTU
from traffic import OUTER_TTL, Wire
from waiting import await_condition

NEAR, FAR = "br-near", "br-far"
HUB_HOSTS = {"east": 10, "west": 20, "south": 30}
HUB_OVERLAY = "192.168.9.254"
ANY_MAC = "00:00:00:00:00:00"
CUT_RULES = """
table bridge cut {
    chain links {
        type filter hook forward priority 0; policy accept;
    }
}
"""
QUIET_RULES = """
table ip quiet {
    chain reports {
        type filter hook output priority 0; policy accept;
        ip protocol igmp drop
    }
}
"""


def is_claim(key):
    return "comes/" in key or "left/" in key


class SharedDomain(Domain):
    etcd_nodes = 1

    def _subnets(self):
        return {NEAR: ipaddress.ip_network("10.1.0.0/24"), FAR: ipaddress.ip_network("10.2.0.0/24")}

    def bridge(self, hub):
        return NEAR

    def host(self, hub):
        return HUB_HOSTS[hub]

    def _lay_out(self):
        super()._lay_out()
        self.switch.run("nft", CUT_RULES)

    def configuration(self, name, members=(), groups=(), **keys):
        config = super().configuration(name, [member.declaration() for member in members], groups,
                                       **{"overlay": {"address": f"{HUB_OVERLAY}/24"}} | keys)
        config["domain"]["members"] = "shared"
        return config

    # Placement

    def placement(self, name):
        return self.hubs[name].telemetry.ask("/mcdpdk/placement")

    def server(self, member, at):
        """The hub that serves a member, as a hub says; "" if nobody does."""
        return self.hubs[at].telemetry.ask(f"/mcdpdk/member,{member}")["server"]

    def servers(self, at, members):
        return {member.name: self.server(member.name, at) for member in members}

    def await_server(self, member, server, *at):
        """Until these hubs, or all, say that this hub serves the member."""
        for name in at or self.hubs:
            self._await(lambda: self.server(member.name, name) == server, f"{server} serves {member.name}, by {name}")

    def await_settled(self, *names, among=None):
        """Until these hubs, or all, are through with one placement of these serving hubs, or of all."""
        names, among = names or tuple(self.hubs), set(among or names or self.hubs)

        def are_settled():
            found = [self.placement(name) for name in names]
            return (all(answer["phase"] == "settled" and answer["applied"] for answer in found)
                    and len({answer["generation"] for answer in found}) == 1
                    and all(self.serving(name) == among for name in names))

        self._await(are_settled, f"{names} settled with {among}")

    def _await(self, condition, what):
        """Tell what there was instead."""
        try:
            await_condition(condition, what)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.describe()}") from None

    def describe(self):
        """What the hubs and etcd say of placements and claims."""
        lines = []
        for name, hub in self.hubs.items():
            ask = hub.telemetry.ask
            lines += [f"{name}: {ask('/mcdpdk/placement')}, agent {ask('/mcdpdk/domain')['agent']}",
                      f"    own keys {[key for key in ask('/mcdpdk/interest,0')['changes'] if is_claim(key)]}",
                      f"    servers {({member: self.server(member, name) for member in hub.telemetry.listing('members')})}"]
        return "\n".join(lines + [f"{key} {value}" for key, value in self.etcd.read(f"/mcdpdk/{NAME}/").items()
                                  if is_claim(key) or "/plac" in key])

    def serving(self, at):
        """Hubs that take members now, as a hub says."""
        own = set() if self.hubs[at].telemetry.ask("/mcdpdk/domain")["draining"] else {at}
        return own | {name for name, record in self.peers(at).items() if record["serves"]}

    def restore(self):
        for hub in self.hubs.values():
            if hub.process.poll() is None:
                hub.telemetry.ask("/mcdpdk/drain,end")
        super().restore()
        self.await_settled()

    # Links

    @contextmanager
    def cut_link(self, one, other, both_ways=True):
        """As in Domain, by the switch, which both hubs are connected to."""
        pairs = [(one, other), (other, one)] if both_ways else [(one, other)]
        for source, destination in pairs:
            self.switch.run("nft", "add", "rule", "bridge", "cut", "links", "ip", "saddr", self.addresses[source],
                            "ip", "daddr", self.addresses[destination], "drop")
        try:
            yield
        finally:
            self.switch.run("nft", "flush", "chain", "bridge", "cut", "links")


class SharedMember(Member):
    """An l2 or udp member is in the hubs' subnet, others are in the far one."""

    def __init__(self, domain, name, encap, host):
        self.domain, self.hub, self.encap, self.name, self.dev = domain, None, encap, name, DEVICES[encap]
        self.address = str(domain.subnets[NEAR if self.dev == "eth0" else FAR][host])
        self.overlay = f"192.168.9.{host}"
        self.source = self.address if self.dev == "eth0" else self.overlay
        self.node = domain.add_instance(name, self.address)
        self.node.run("nft", QUIET_RULES)
        self._tunnel = None
        self._open()
        self.wire = Wire(self.node, self.dev)
        self.hub_mac = None

    def _open(self):
        if self.encap == "vxlan":
            self.node.ip("link", "add", self.dev, "type", "vxlan", "id", str(VNI), "local", self.address, "dstport",
                         "4789", "ttl", str(OUTER_TTL), "noudpcsum")
            self.node.run("ethtool", "-K", self.dev, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
            self.node.ip("address", "add", f"{self.overlay}/24", "brd", "+", "dev", self.dev)
            self.node.ip("link", "set", self.dev, "up", "mtu", str(INSIDE_MTU))
        elif self.dev == "gre1":
            port = ("--udp-port", GRE_UDP_PORT) if self.encap == "gre-udp" else ()
            self._tunnel = self.node.open_tunnel(None, f"{self.overlay}/24", dev=self.dev, arguments=port)

    def declaration(self):
        more = {"overlay": self.overlay} if self.encap == "vxlan" else {}
        return super().declaration() | more

    def use(self, hub):
        """From now on it sends to this hub, so it comes to it."""
        address = self.domain.addresses[hub]
        self.hub, self.hub_mac = hub, self.domain.hub_nodes[hub].mac
        if self.encap == "vxlan":
            # Entries of this address cannot be replaced.
            self.node.attempt("bridge", "fdb", "delete", ANY_MAC, "dev", self.dev)
            self.node.run("bridge", "fdb", "append", ANY_MAC, "dev", self.dev, "dst", address)
            self.node.route_groups(dev=self.dev)
        elif self.dev == "gre1":
            self._tunnel.stdin.write(f"{address}\n")
            self._tunnel.stdin.flush()
        else:
            self.node.route_groups(via=address)

    def report_memberships(self):
        """Its kernel's IGMP passes from now on."""
        self.node.run("nft", "flush", "chain", "ip", "quiet", "reports")

    def pending_packets(self, group):
        found = []
        while (packet := self.pending_packet(group)) is not None:
            found.append(packet)
        return found

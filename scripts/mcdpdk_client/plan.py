# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""From settings to steps, in order."""

import re

from . import ipv6
from .rules import steps_nft, steps_tc
from .source_filter import step_source_filter
from .step import command, exactly, step
from .system import read

GROUPS = "224.0.0.0/4"
# NetworkManager gives every route a metric; this one is below those of its own connections.
METRIC = 50


def plan(settings):
    if settings.encap == "l2":
        return plan_l2(settings)
    if is_profile(settings):
        return plan_profile(settings)
    fou = [step_fou(settings)] if settings.encap == "gre-udp" else []
    of_ipv4 = [step_source_filter(settings.name, True), step_route(["dev", settings.name])] if settings.inside else []
    return [*fou, *steps_tunnel(settings), *of_ipv4, *([ipv6.step_route(settings)] if settings.inside6 else [])]


def is_profile(settings):
    """Whether NetworkManager makes the tunnel."""
    return (settings.manager == "nmcli" and settings.encap in ("gre", "gretap", "vxlan")
            and not settings.nat and not settings.udp6_zero_checksum)


def step_fou(settings):
    """The module has no alias, so the kernel does not load it by itself."""
    port = settings.port
    if settings.is_ipv6:
        module, family, want = "fou6", ["-6"], exactly(f"port {port}") + ".* -6"
    else:
        module, family, want = "fou", [], exactly(f"port {port}") + "(?!.* -6)"
    return step("device", f"UDP port {port} for GRE{' over IPv6' if family else ''}", ["ip", "fou", "show"], want,
                [command("modprobe", module), command("ip", "fou", "add", "port", port, "ipproto", 47, *family)],
                [command("ip", "fou", "del", "port", port, *family)])


def tunnel_arguments(settings):
    """For `ip link add`. ttl 64: an inherited multicast TTL of 1 would end at the first router."""
    ends = ["local", settings.local, "remote", settings.hub, "ttl", 64, "dev", settings.dev]
    # A NAT lets packets in only to the source port, so send from the port that the kernel listens on.
    source = ["srcport", settings.port, settings.port + 1] if settings.nat else []
    if settings.encap == "vxlan":
        return ["type", "vxlan", "id", settings.vni, "dstport", settings.port, *source, *ends,
                *vxlan_checksum(settings)]
    key = ["key", settings.key] if settings.key is not None else []
    fou = ["encap", "fou", "encap-sport", settings.port if settings.nat else "auto", "encap-dport", settings.port]
    if settings.is_ipv6:
        # The option that limits encapsulation is a header between IPv6 and GRE: not every network passes it, and hubs
        # take none.
        ends += ["encaplimit", "none"]
        # RFC 8086, 5.1: over IPv6 the checksum is the rule.
        fou += ["noencap-udp6-csum" if settings.udp6_zero_checksum else "encap-udp6-csum"]
    return ["type", gre_kind(settings), *ends, *key, *(fou if settings.encap == "gre-udp" else [])]


def vxlan_checksum(settings):
    if not settings.is_ipv6:
        return ["noudpcsum"]
    word = "udp6zerocsum" if settings.udp6_zero_checksum else "noudp6zerocsum"
    return [f"{word}tx", f"{word}rx"]


def gre_kind(settings):
    """As ip and NetworkManager call it."""
    return ("ip6" if settings.is_ipv6 else "") + ("gretap" if settings.encap == "gretap" else "gre")


def steps_tunnel(settings):
    name, address = settings.name, settings.inside
    show = ["ip", "-o", "link", "show", "dev", name]
    with_ipv6 = settings.inside6 is not None
    return [
        step("device", f"device {name}, {settings.encap} to {settings.hub}", show,
             rf" {re.escape(name)}[:@]", [command("ip", "link", "add", name, *tunnel_arguments(settings))],
             [command("ip", "link", "del", name)]),
        *([ipv6.step_enabled(settings)] if with_ipv6 else []),
        # These vanish with the device, so they have no undo.
        *([step("address", f"address {address} on {name}", ["ip", "-o", "address", "show", "dev", name],
                exactly(f"inet {address}"), [command("ip", "address", "add", address, "dev", name)])]
          if address else []),
        step("device", f"{name} is up, for multicast", show, r"<(?=[^>]*\bMULTICAST\b)[^>]*\bUP\b",
             [command("ip", "link", "set", name, "up", "multicast", "on")]),
        *([ipv6.step_address(settings)] if with_ipv6 else [])]


def plan_profile(settings):
    """A NetworkManager profile in memory: gone after a reboot, as everything else here."""
    name, key = settings.name, settings.key
    of_ipv4 = ["ipv4.method", "disabled"]
    of_ipv6 = ["ipv6.method", "disabled" if settings.encap == "gre" else "link-local"]
    if settings.inside:
        of_ipv4 = ["ipv4.method", "manual", "ipv4.addresses", settings.inside, "ipv4.routes", GROUPS,
                   "ipv4.route-metric", METRIC]
    if settings.inside6:
        of_ipv6 = ["ipv6.method", "manual", "ipv6.addresses", settings.inside6, "ipv6.may-fail", "no"]
    if settings.encap in ("gre", "gretap"):
        keys = ["ip-tunnel.input-key", key, "ip-tunnel.output-key", key] if key is not None else []
        flags = ["ip-tunnel.flags", "ip6-ign-encap-limit"] if settings.is_ipv6 else []
        kind = ["type", "ip-tunnel", "ip-tunnel.mode", gre_kind(settings), "ip-tunnel.parent", settings.dev,
                "ip-tunnel.local", settings.local, "ip-tunnel.remote", settings.hub,
                "ip-tunnel.ttl", 64, *flags, *keys]
    else:
        kind = ["type", "vxlan", "vxlan.parent", settings.dev, "vxlan.id", settings.vni,
                "vxlan.local", settings.local, "vxlan.remote", settings.hub,
                "vxlan.destination-port", settings.port, "vxlan.ttl", 64]
    connect = [command("nmcli", "connection", "up", name)]
    return [
        step("device", f"profile {name}, {settings.encap} to {settings.hub}",
             ["nmcli", "-g", "connection.id", "connection", "show", name], exactly(name),
             [command("nmcli", "connection", "add", "save", "no", *kind, "con-name", name,
                      "ifname", name, "autoconnect", "no", *of_ipv4, *of_ipv6)],
             [command("nmcli", "connection", "delete", name)]),
        route_step(["dev", name], connect, []) if settings.inside else ipv6.step_address(settings, connect),
        step("device", f"{name} is for multicast", ["ip", "-o", "link", "show", "dev", name],
             r"<[^>]*\bMULTICAST\b", [command("ip", "link", "set", name, "multicast", "on")]),
        *([step_source_filter(name, True)] if settings.inside else []),
        # NetworkManager has no routes of type multicast.
        *([ipv6.step_route(settings)] if settings.inside6 else [])]


def route_step(target, do, undo):
    """The check ignores what `ip route` prints between the words (proto, scope, metric)."""
    pairs = (exactly(f"{word} {value}") for word, value in zip(target[::2], target[1::2]))
    return step("route", f"route {GROUPS} {' '.join(target)}", ["ip", "route", "show", "exact", GROUPS],
                ".*".join(pairs), do, undo)


def step_route(target):
    """`down` restores a route that this one replaces."""
    lines = read("ip", "route", "show", "exact", GROUPS).splitlines()
    old = [line.split() for line in lines if "metric" not in line.split()]
    back = [[word for word in line if word not in ("linkdown", "dead", "onlink")] for line in old]
    return route_step(target, [command("ip", "route", "replace", GROUPS, *target)],
                      [command("ip", "route", "del", GROUPS, *target),
                       *(command("ip", "route", "add", *line) for line in back)])


def plan_l2(settings):
    """The rule turns frames of both families. The route is of the hub's family: of IPv6 it names the NIC alone, as one
    through the hub would take along what belongs to the network, such as DHCP."""
    rules = steps_nft(settings) if settings.rule == "nft" else steps_tc(settings)
    route = ipv6.step_route(settings) if settings.is_ipv6 else step_l2_route(settings)
    return [*rules, step_source_filter(settings.dev, False), route]


def step_l2_route(settings):
    target = ["via", settings.hub, "dev", settings.dev, "src", settings.local]
    if settings.manager != "nmcli":
        return step_route(target)
    modify = ["nmcli", "device", "modify", settings.dev]
    route = f"{GROUPS} {settings.hub} {METRIC} src={settings.local}"
    return route_step(target, [command(*modify, "+ipv4.routes", route)],
                      [command(*modify, "-ipv4.routes", route)])

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
    return [*fou, *steps_tunnel(settings), step_source_filter(settings.name, True),
            step_route(["dev", settings.name]), *([ipv6.step_route(settings)] if settings.overlay6 else [])]


def is_profile(settings):
    """Whether NetworkManager makes the tunnel."""
    return settings.manager == "nmcli" and settings.encap in ("gre", "gretap", "vxlan") and not settings.nat


def step_fou(settings):
    """The module has no alias, so the kernel does not load it by itself."""
    port = settings.port
    return step("device", f"UDP port {port} for GRE", ["ip", "fou", "show"], exactly(f"port {port}"),
                [command("modprobe", "fou"), command("ip", "fou", "add", "port", port, "ipproto", 47)],
                [command("ip", "fou", "del", "port", port)])


def tunnel_arguments(settings):
    """For `ip link add`. ttl 64: an inherited multicast TTL of 1 would end at the first router."""
    ends = ["local", settings.local, "remote", settings.hub, "ttl", 64, "dev", settings.dev]
    # A NAT lets packets in only to the source port, so send from the port that the kernel listens on.
    source = ["srcport", settings.port, settings.port + 1] if settings.nat else []
    if settings.encap == "vxlan":
        return ["type", "vxlan", "id", settings.vni, "dstport", settings.port, *source, *ends, "noudpcsum"]
    key = ["key", settings.key] if settings.key is not None else []
    fou = ["encap", "fou", "encap-sport", settings.port if settings.nat else "auto", "encap-dport", settings.port]
    kind = "gretap" if settings.encap == "gretap" else "gre"
    return ["type", kind, *ends, *key, *(fou if settings.encap == "gre-udp" else [])]


def tunnel_address(settings):
    """Without an overlay the tunnel device gets the instance's own address: it needs one."""
    return settings.overlay or f"{settings.local}/32"


def steps_tunnel(settings):
    name, address = settings.name, tunnel_address(settings)
    show = ["ip", "-o", "link", "show", "dev", name]
    with_ipv6 = settings.overlay6 is not None
    return [
        step("device", f"device {name}, {settings.encap} to {settings.hub}", show,
             rf" {re.escape(name)}[:@]", [command("ip", "link", "add", name, *tunnel_arguments(settings))],
             [command("ip", "link", "del", name)]),
        *([ipv6.step_enabled(settings)] if with_ipv6 else []),
        # These vanish with the device, so they have no undo.
        step("address", f"address {address} on {name}", ["ip", "-o", "address", "show", "dev", name],
             exactly(f"inet {address}"), [command("ip", "address", "add", address, "dev", name)]),
        step("device", f"{name} is up, for multicast", show, r"<(?=[^>]*\bMULTICAST\b)[^>]*\bUP\b",
             [command("ip", "link", "set", name, "up", "multicast", "on")]),
        *([ipv6.step_address(settings)] if with_ipv6 else [])]


def plan_profile(settings):
    """A NetworkManager profile in memory: gone after a reboot, as everything else here."""
    name, key = settings.name, settings.key
    of_ipv6 = ["ipv6.method", "disabled" if settings.encap == "gre" else "link-local"]
    if settings.overlay6:
        of_ipv6 = ["ipv6.method", "manual", "ipv6.addresses", settings.overlay6, "ipv6.may-fail", "no"]
    if settings.encap in ("gre", "gretap"):
        keys = ["ip-tunnel.input-key", key, "ip-tunnel.output-key", key] if key is not None else []
        kind = ["type", "ip-tunnel", "ip-tunnel.mode", settings.encap, "ip-tunnel.parent", settings.dev,
                "ip-tunnel.local", settings.local, "ip-tunnel.remote", settings.hub,
                "ip-tunnel.ttl", 64, *keys]
    else:
        kind = ["type", "vxlan", "vxlan.parent", settings.dev, "vxlan.id", settings.vni,
                "vxlan.local", settings.local, "vxlan.remote", settings.hub,
                "vxlan.destination-port", settings.port, "vxlan.ttl", 64]
    target = ["dev", name]
    return [
        step("device", f"profile {name}, {settings.encap} to {settings.hub}",
             ["nmcli", "-g", "connection.id", "connection", "show", name], exactly(name),
             [command("nmcli", "connection", "add", "save", "no", *kind, "con-name", name,
                      "ifname", name, "autoconnect", "no", "ipv4.method", "manual",
                      "ipv4.addresses", tunnel_address(settings), "ipv4.routes", GROUPS,
                      "ipv4.route-metric", METRIC, *of_ipv6)],
             [command("nmcli", "connection", "delete", name)]),
        route_step(target, [command("nmcli", "connection", "up", name)], []),
        step("device", f"{name} is for multicast", ["ip", "-o", "link", "show", "dev", name],
             r"<[^>]*\bMULTICAST\b", [command("ip", "link", "set", name, "multicast", "on")]),
        step_source_filter(name, True),
        # NetworkManager has no routes of type multicast.
        *([ipv6.step_route(settings)] if settings.overlay6 else [])]


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
    rules = steps_nft(settings) if settings.rule == "nft" else steps_tc(settings)
    return [*rules, step_source_filter(settings.dev, False), step_l2_route(settings)]


def step_l2_route(settings):
    target = ["via", settings.hub, "dev", settings.dev, "src", settings.local]
    if settings.manager != "nmcli":
        return step_route(target)
    modify = ["nmcli", "device", "modify", settings.dev]
    route = f"{GROUPS} {settings.hub} {METRIC} src={settings.local}"
    return route_step(target, [command(*modify, "+ipv4.routes", route)],
                      [command(*modify, "-ipv4.routes", route)])

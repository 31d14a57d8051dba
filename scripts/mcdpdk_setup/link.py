# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A device of the kernel as `undo` gives it back: addresses, routes, MTU. Recorded before the NIC is taken."""

import ipaddress
import re
from dataclasses import dataclass, field

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,14}")
WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]*")
NET = "sys/class/net/"


class Kernel:
    """Its addresses, routes and neighbours, each asked for once."""

    def __init__(self, system):
        self.links = {link["ifname"]: link for link in system.learn_json("ip", "-j", "address", "show") if link}
        # A kernel without IPv6 has no routes of it.
        asked = {"-4": system.learn_json, "-6": system.ask_json}
        self.routes = [{**route, "family": family} for family, ask in asked.items()
                       for route in ask("ip", "-j", family, "route", "show", "table", "all")]
        self.neighbours = system.ask_json("ip", "-j", "-4", "neigh", "show")

    def routes_of(self, name):
        return [route for route in self.routes if name in devices_of(route)]

    def mac_of(self, address):
        return next((entry["lladdr"] for entry in self.neighbours
                     if entry.get("dst") == address and "lladdr" in entry), None)


def devices_of(route):
    return {hop.get("dev") for hop in (route, *route.get("nexthops", []))} - {None}


@dataclass
class Link:
    """addresses: words of `ip address add` each; routes: the family and words of `ip route append`. leased: the
    addresses, with their prefix lengths, that a DHCP client has set."""

    name: str
    vf: str | None
    mac: str
    mtu: int
    up: bool
    addresses: list
    routes: list
    address: str | None  # the first of IPv4, with its prefix length
    gateway: str | None
    leased: list = field(default_factory=list)
    address6: str | None = None  # the first of IPv6 that stays, with its prefix length
    gateway6: str | None = None  # "ra": the one that announces itself

    def __post_init__(self):
        """The record of a link is read again by root, whose commands it becomes."""
        lists = self.leased, *self.addresses, *(route[1:] for route in self.routes)
        words = [word for words in lists for word in words]
        names = filter(None, (self.name, self.vf))
        if not (all(NAME.fullmatch(name) for name in names) and all(WORD.fullmatch(word) for word in words)
                and all(route[0] in ("-4", "-6") for route in self.routes) and isinstance(self.mtu, int)):
            raise ValueError("not a link")

    @property
    def names(self):
        return [name for name in (self.name, self.vf) if name]


def address_words(info):
    words = [f"{info['local']}/{info['prefixlen']}"]
    if "address" in info:
        words = [info["local"], "peer", f"{info['address']}/{info['prefixlen']}"]
    if "broadcast" in info:
        words += ["broadcast", info["broadcast"]]
    words += ["scope", info.get("scope", "global")]
    if "metric" in info:
        words += ["metric", str(info["metric"])]
    return words + (["noprefixroute"] if info.get("noprefixroute") else [])


def shown_addresses(system, name):
    """What the kernel has on the device now."""
    shown = next(iter(system.ask_json("ip", "-j", "address", "show", "dev", name)), {})
    return [info for info in shown.get("addr_info", []) if "local" in info]


def is_leased(info):
    """It has a lifetime."""
    return info["family"] == "inet" and bool(info.get("dynamic"))


def is_ours_to_restore(info):
    """The kernel makes link-local addresses, and the routers' announcements the dynamic ones of IPv6."""
    return info["family"] == "inet" or info.get("scope") == "global" and not info.get("dynamic")


def route_words(route, name):
    words = [route["dst"]]
    for key, word in (("gateway", "via"), ("prefsrc", "src"), ("metric", "metric"), ("protocol", "proto"),
                      ("scope", "scope"), ("table", "table")):
        if key in route:
            words += [word, str(route[key])]
    for hop in route.get("nexthops", []):
        words += ["nexthop", "via", hop["gateway"], "dev", hop["dev"], "weight", str(hop.get("weight", 1))]
    hops = [] if "nexthops" in route else ["dev", name]
    return words + hops + (["onlink"] if "onlink" in route.get("flags", []) else [])


def is_configured(route):
    """Not made by the kernel from the addresses, nor from the routers' announcements."""
    by_itself = route["family"] == "-6" and route.get("protocol") in ("kernel", "ra")
    return route.get("table") != "local" and "type" not in route and not by_itself


def restorable(routes, name):
    """Routes to the link first: the others need them."""
    kept = sorted(filter(is_configured, routes), key=lambda route: "gateway" in route or "nexthops" in route)
    return [[route["family"], *route_words(route, name)] for route in kept]


def gateway_of(routes):
    """That of a default route in any table, else of any route."""
    hops = [route for route in routes if route["family"] == "-4" and "gateway" in route]
    return next((route["gateway"] for route in sorted(hops, key=lambda route: route["dst"] != "default")), None)


def gateway6_of(routes):
    """As gateway_of(). One that was learned from a router's announcement may change with the next one."""
    hops = [route for route in routes if route["family"] == "-6" and "gateway" in route]
    best = next(iter(sorted(hops, key=lambda route: route["dst"] != "default")), None)
    return best and ("ra" if best.get("protocol") == "ra" else best["gateway"])


# What `ip` says of addresses that are not, or soon no more, the NIC's.
PASSING = ("temporary", "deprecated", "tentative", "dadfailed")


def first_address6(infos):
    return next((f"{info['local']}/{info['prefixlen']}" for info in infos
                 if info["family"] == "inet6" and info.get("scope") == "global"
                 and not any(info.get(word) for word in PASSING)), None)


def first_address(infos):
    found = (f"{info['local']}/{info['prefixlen']}" for info in infos
             if info["family"] == "inet" and info.get("scope") == "global" and not info.get("secondary"))
    return next((text for text in found if not ipaddress.ip_interface(text).is_link_local), None)


def find_link(system, kernel, name, vf=None):
    shown = kernel.links.get(name, {})
    infos = [info for info in shown.get("addr_info", []) if "local" in info]
    routes = kernel.routes_of(name)
    return Link(
        name=name, vf=vf,
        mac=system.word(f"{NET}{name}/address"),
        mtu=system.number(f"{NET}{name}/mtu", 1500),
        up="UP" in shown.get("flags", []),
        addresses=[address_words(info) for info in infos if is_ours_to_restore(info)],
        routes=restorable(routes, name),
        address=first_address(infos),
        gateway=gateway_of(routes),
        leased=[address_words(info)[0] for info in infos if is_leased(info)],
        address6=first_address6(infos),
        gateway6=gateway6_of(routes),
    )

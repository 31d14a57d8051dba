# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The arguments of `up`: checked, and completed from the system."""

import argparse
import ipaddress
import re
import shutil
from dataclasses import asdict, dataclass, field
from typing import Optional

from . import arp, ipv6, nd
from .rules import kernel_takes, ruleset
from .system import (Failure, NotThere, WrongArgument, link, neighbour, network_manager_owns, read, read_json,
                     resolve)

SEGMENTS = 2**24
OVERLAYS = ["overlay", "overlay6"]
PORTS = {"gre-udp": 4754, "vxlan": 4789}


@dataclass
class Settings:
    hub: str
    encap: str
    dev: str
    local: str
    overlay: Optional[str]
    key: Optional[int]
    vni: Optional[int]
    port: Optional[int]
    name: str
    manager: str
    nat: bool = False
    own_mac: Optional[str] = None
    hub_mac: Optional[str] = None
    rule: Optional[str] = None
    overlay6: Optional[str] = None
    udp6_zero_checksum: bool = False
    hubs: list = field(default_factory=list)  # the preferred one first

    def __post_init__(self):
        # Older versions knew one hub.
        self.hubs = self.hubs or [self.hub]

    def same_as(self, other):
        """nftables learns a new MAC of the hub by itself; tc needs another `up`."""
        unlike = self.differences(other)
        return not unlike or (self.rule == "nft" and unlike == {"hub_mac"})

    def is_of_another_hub(self, other):
        """All the rest is the same, so that the path can be led to the other hub in place."""
        return self.differences(other) <= {"hub", "hub_mac", "hubs"}

    def differences(self, other):
        mine, others = asdict(self), asdict(other)
        return {name for name, value in mine.items() if value != others[name]}

    @property
    def device(self):
        return self.dev if self.encap == "l2" else self.name

    @property
    def is_ipv6(self):
        """Of the network: groups of both families travel over either."""
        return is_ipv6(self.hub)

    @property
    def inside(self):
        """The IPv4 address of the tunnel's device, or None. Without an overlay it is the instance's own address: to
        send and to report memberships, the device needs one of the family."""
        return self.overlay or (None if self.is_ipv6 or self.encap == "l2" else f"{self.local}/32")

    @property
    def inside6(self):
        """Likewise the IPv6 address."""
        return self.overlay6 or (f"{self.local}/128" if self.is_ipv6 and self.encap != "l2" else None)

    def __str__(self):
        where = self.dev if self.encap == "l2" else f"{self.name} over {self.dev}"
        return f"to the hub {self.hub} by {self.encap} on {where}"


def is_ipv6(address):
    return ":" in address


def unicast(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IP address (names are not looked up)") from None
    if (address.is_multicast or address.is_unspecified or address.is_reserved or address.is_loopback
            or getattr(address, "ipv4_mapped", None)):
        raise argparse.ArgumentTypeError(f"{text} is not a unicast address of an instance")
    if address.version == 6 and address.is_link_local:
        raise argparse.ArgumentTypeError(f"{text} is link-local: the hub and its members have other addresses, too")
    return str(address)


def overlay(text):
    try:
        address = ipaddress.IPv4Interface(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address A.B.C.D/N") from None
    network = address.network
    if "/" not in text:
        raise argparse.ArgumentTypeError(f"{text} lacks its prefix length: {text}/24")
    if network.prefixlen < 31 and address.ip in (network.network_address, network.broadcast_address):
        raise argparse.ArgumentTypeError(f"{text} is the network's own or its broadcast address")
    unicast(str(address.ip))
    return str(address)


def overlay6(text):
    try:
        address = ipaddress.IPv6Interface(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an IPv6 address ADDR/N") from None
    if "/" not in text:
        raise argparse.ArgumentTypeError(f"{text} lacks its prefix length: {text}/64")
    if address.is_multicast or address.is_unspecified or address.is_reserved or address.is_loopback:
        raise argparse.ArgumentTypeError(f"{text} is not a unicast address")
    if address.is_link_local:
        raise argparse.ArgumentTypeError(f"{text} is link-local: the kernel gives the tunnel such an address itself")
    if address.network.prefixlen < 127 and address.ip == address.network.network_address:
        raise argparse.ArgumentTypeError(f"{text} is the anycast address of the subnet's routers")
    return str(address)


def whole(low, high):
    def number(text):
        if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low} to {high}")
        return int(text)
    return number


def device_name(text):
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", text) or text in (".", ".."):
        raise argparse.ArgumentTypeError(f"{text!r} is not a device's name")
    return text


def check_combination(args):
    """Refuse an option that the encapsulation would ignore."""
    allowed = {"l2": ["rule"], "gre": [*OVERLAYS, "key"], "gre-udp": [*OVERLAYS, "key", "port"],
               "vxlan": [*OVERLAYS, "vni", "port"], "gretap": [*OVERLAYS, "key"]}[args.encap]
    for name in (*OVERLAYS, "key", "vni", "port", "rule"):
        if getattr(args, name) is not None and name not in allowed:
            raise WrongArgument(f"--{name} means nothing with --encap {args.encap}")
    if args.nat and (args.encap not in PORTS or args.port == 65535):
        raise WrongArgument(f"--nat is for {' and '.join(PORTS)}, and a port below 65535")
    if args.encap == "gretap" and (args.key or 0) >= SEGMENTS:
        raise WrongArgument(f"--key of --encap gretap is a segment, 0 to {SEGMENTS - 1}")
    if len({is_ipv6(address) for address in (*args.hub, *filter(None, [args.local]))}) > 1:
        raise WrongArgument("--hub and --local mix IPv4 and IPv6: a path has one family, though groups of both travel "
                            "by it")
    if args.nat and is_ipv6(args.hub[0]):
        raise WrongArgument("--nat is for hubs with an IPv4 address")
    if args.udp6_zero_checksum and not (args.encap in PORTS and is_ipv6(args.hub[0])):
        raise WrongArgument(f"--udp6-zero-checksum is for {' and '.join(PORTS)} over IPv6")
    if len(set(args.hub)) < len(args.hub):
        raise WrongArgument("--hub names the same hub twice")
    if args.encap == "vxlan" and args.vni is None:
        raise WrongArgument("--encap vxlan needs --vni")


def route_to_hub(args, hub):
    if args.dev and not link(args.dev):
        raise NotThere(f"there is no device {args.dev}")
    if args.dev and "LOOPBACK" in link(args.dev)["flags"]:
        raise WrongArgument(f"{args.dev} leads nowhere")
    if args.local and not read("ip", "-o", "address", "show", "to", args.local):
        raise NotThere(f"{args.local} is not an address of this instance")
    choice = (["from", args.local] if args.local else []) + (["oif", args.dev] if args.dev else [])
    route = next(iter(read_json("ip", "-j", "route", "get", hub, *choice)), {})
    if not route.get("dev"):
        raise Failure(f"no route to {hub}" + (f" by {args.dev}" if args.dev else ""))
    if route.get("type") == "local":
        raise WrongArgument(f"{hub} is this instance's own address")
    return route


def settings_of(args, hub=None):
    """hub: the one of args.hub to use."""
    check_combination(args)
    hub = hub or args.hub[0]
    route = route_to_hub(args, hub)
    local = args.local or route.get("prefsrc")
    if not local:
        raise Failure(f"{route['dev']} has no address to reach {hub} from: use --local")
    settings = Settings(
        hub=hub, hubs=args.hub, encap=args.encap, dev=route["dev"], local=local, overlay=args.overlay,
        overlay6=args.overlay6, key=args.key, vni=args.vni, port=args.port or PORTS.get(args.encap), name=args.name,
        nat=args.nat, udp6_zero_checksum=args.udp6_zero_checksum,
        manager=args.manager or ("nmcli" if network_manager_owns(route["dev"]) else "ip"))
    if args.encap == "l2":
        others = [(other, route_to_hub(args, other)) for other in args.hub if other != hub]
        for one, its_route in [(hub, route), *others]:
            check_on_link(one, its_route)
        complete_l2(settings, args)
    ipv6.refuse_small_nic(settings)
    return settings


def check_on_link(hub, route):
    if "gateway" in route:
        raise Failure(f"{hub} is reached through {route['gateway']}: l2 needs a hub in this "
                      "instance's own subnet, --encap gre works across routers")


def complete_l2(settings, args):
    settings.own_mac = link(settings.dev)["address"]
    if args.dry_run:
        settings.hub_mac = neighbour(settings.hub, settings.dev) or "HUB_MAC"
        settings.rule = args.rule or ("nft" if shutil.which("nft") else "tc")
    else:
        settings.hub_mac = mac_of(settings)
        settings.rule = args.rule or ("nft" if kernel_takes(ruleset(settings)) else "tc")


def mac_of(settings):
    """With several hubs a silent one must not detain: it is left. The kernel's cache may still have its MAC."""
    if len(settings.hubs) == 1:
        return resolve(settings.hub, settings.dev)
    who_has = nd.who_has if settings.is_ipv6 else arp.who_has
    return who_has(settings.hub, settings.dev, settings.local, seconds=0.3, tries=3) \
        or resolve(settings.hub, settings.dev, seconds=0.1)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Groups of IPv6, inside the tunnel or by l2.

The kernel routes them by its table `local`, where it gives each device the prefix ff00::/8 with metric 256. A program
that chooses no interface joins and sends where the metric is the least.
"""

from .step import command, exactly, step
from .system import Failure, link, mtu

GROUPS = "ff00::/8"
METRIC = 1
A_GROUP = "ff0e::1"
# RFC 8200, 5. On a device of a smaller MTU the kernel ends IPv6.
LEAST_MTU = 1280
# Before the inner packet, without a GRE key, over IPv4.
OVERHEAD = {"gre": 24, "gre-udp": 32, "vxlan": 50, "gretap": 38}
GRE_KEY_LEN, LONGER_HEADER = 4, 20
# Nothing of this waits for a router or for duplicate address detection, and there is a link-local address: routers
# accept no report of MLD from another one. IPv6 begins last, when the rest is set.
SYSCTLS = {"accept_ra": 0, "accept_dad": 0, "addr_gen_mode": 0, "disable_ipv6": 0}


def refuse_small_nic(settings):
    if not settings.inside6:
        return
    of_nic = mtu(settings.dev)
    around = OVERHEAD[settings.encap] + (GRE_KEY_LEN if settings.key is not None else 0) \
        + (LONGER_HEADER if settings.is_ipv6 else 0)
    inside = of_nic - around
    if inside < LEAST_MTU:
        raise Failure(f"{settings.dev} has an MTU of {of_nic}, which leaves {inside} bytes inside {settings.encap}: "
                      f"IPv6 needs {LEAST_MTU}")


def refuse_small_tunnel(settings):
    found = link(settings.name) if settings.inside6 else None
    if found and found["mtu"] < LEAST_MTU:
        raise Failure(f"{settings.name} has an MTU of {found['mtu']}: IPv6 needs {LEAST_MTU}")


def step_enabled(settings):
    """As all here it vanishes with the device, so it has no undo."""
    keys = {f"net/ipv6/conf/{settings.name}/{key}": value for key, value in SYSCTLS.items()}
    want = r"\A" + r"\n".join(map(str, keys.values())) + "$"
    return step("device", f"IPv6 on {settings.name}, without waiting", ["sysctl", "-n", *keys], want,
                [command("sysctl", "-q", "-w", *(f"{key}={value}" for key, value in keys.items()))])


def step_address(settings, do=None):
    """A device that goes down loses it."""
    name, address = settings.name, settings.inside6
    return step("address", f"address {address} on {name}", ["ip", "-o", "address", "show", "dev", name],
                exactly(f"inet6 {address}"), do or [command("ip", "address", "add", address, "dev", name, "nodad")])


def step_route(settings):
    """It vanishes with a tunnel's device."""
    device = settings.device
    route = ["multicast", GROUPS, "dev", device, "table", "local", "metric", METRIC]
    return step("route", f"route {GROUPS} dev {device}",
                ["ip", "-6", "route", "show", "table", "local", "exact", GROUPS],
                f"{exactly(f'dev {device}')}.*{exactly(f'metric {METRIC}')}",
                [command("ip", "-6", "route", "add", *route)],
                [command("ip", "-6", "route", "del", *route)] if settings.encap == "l2" else [])

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The text of the hub's files: groups.json and the settings of its service."""

import ipaddress
import json
from dataclasses import dataclass

from .cloud import router_of
from .machine import ranges
from .nic import normal_pci
from .step import GROUPS
from .system import WrongArgument

# Limits of ports[].mtu.
MTU = (576, 9600)


@dataclass(frozen=True)
class Port:
    """It has an address of either family or of both."""

    address: str | None
    gateway: str | None
    gateway_mac: str | None
    address6: str | None
    gateway6: str | None
    mtu: int
    one_mac: bool  # next_hop "gateway"


def find_port(cloud, kernel, link, args):
    """What was given, what the kernel knows, what the cloud's rule says, in this order; and notes."""
    address, gateway, notes = find_ipv4(cloud, link, args)
    address6, gateway6, notes6 = find_ipv6(link, args)
    mtu = min(max(link.mtu if link else 1500, MTU[0]), MTU[1])
    mac = kernel.mac_of(gateway) if cloud.one_mac and gateway else None
    one_mac = cloud.one_mac and (gateway or gateway6) is not None
    return Port(address, gateway, mac, address6, gateway6, mtu, one_mac), notes + notes6


def find_ipv4(cloud, link, args):
    text = args.address or (link and link.address)
    if not text:
        return None, None, []
    interface = ipaddress.ip_interface(text)
    known = args.gateway or (link.gateway if link else None)
    router = None if known else router_of(cloud, interface.network)
    chosen = known or (str(router) if router else None)
    refuse_same(interface, chosen)
    notes = []
    if router:
        notes.append(f"gateway {router}: the kernel has none on this NIC; this is {cloud.name}'s for the subnet")
    if not chosen:
        notes.append("no gateway is known: members outside the prefix need it (--gateway)")
    return str(interface), chosen, notes


def find_ipv6(link, args):
    text = args.address6 or (link and link.address6)
    if not text:
        return None, None, []
    interface = ipaddress.ip_interface(text)
    chosen = args.gateway6 or (link.gateway6 if link else None)
    refuse_same(interface, chosen)
    return str(interface), chosen, [] if chosen else [
        "no gateway of IPv6 is known: members outside the prefix need it (--gateway6, which may be ra)"]


def refuse_same(interface, gateway):
    if gateway == str(interface.ip):
        raise WrongArgument(f"{gateway} cannot be both the address and the gateway")


def read_groups(system):
    """What groups.json says; {} without one. Of a wrong one the hub itself complains."""
    try:
        found = json.loads(system.text(GROUPS))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def ports_of(config):
    ports = config.get("ports")
    return [port for port in ports if isinstance(port, dict)] if isinstance(ports, list) else []


def values_of(config, key):
    """Of this key in all ports; None where it is missing."""
    return [port.get(key) for port in ports_of(config)]


def is_address(value):
    try:
        return bool(ipaddress.IPv4Address(str(value)))
    except ValueError:
        return False


def hub_addresses(system, nic, port):
    """(address, gateway or None) of the hub on this NIC: what groups.json has, if it exists."""
    if system.has(GROUPS):
        found = [(entry.get("address"), entry.get("gateway")) for entry in ports_of(read_groups(system))
                 if normal_pci(str(entry.get("device", nic.pci))) == nic.pci]
    else:
        found = [(port.address, port.gateway)]
    pairs = [(str(address).partition("/")[0], gateway) for address, gateway in found]
    return [(address, gateway if is_address(gateway) else None) for address, gateway in pairs if is_address(address)]


def groups_text(port):
    """A hub without members: they come by hand, or by `admit`."""
    entry = {"address": port.address, "gateway": port.gateway, "next_hop": "gateway" if port.one_mac else None,
             "gateway_mac": port.gateway_mac, "address6": port.address6, "gateway6": port.gateway6, "mtu": port.mtu}
    entry = {key: value for key, value in entry.items() if value is not None}
    words = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in entry.items())
    return f'{{\n  "ports":   [ {{ {words} }} ],\n  "members": [],\n  "groups":  []\n}}\n'


def defaults_text(lcores, device, physical):
    options = f"-l {ranges(lcores)} -a {device}" + (" --iova-mode=pa" if physical else "")
    return ("# Written by mcdpdk-setup, whose undo removes it unless it was changed.\n"
            f'EAL_OPTIONS="{options}"\nFILE_PREFIX=rte\n')

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Why to leave a NIC to the kernel: without it, somebody might not reach this machine any more."""

import ipaddress
import sys

ESTABLISHED, LISTENING = "01", "0A"


def default_devices(kernel):
    """For each family the devices of its default routes in force: those of the lowest metric. Routers that announce
    themselves on several NICs give each of them one."""
    for family in ("-4", "-6"):
        routes = [route for route in kernel.routes if route["family"] == family and route["dst"] == "default"
                  and route.get("table", "main") == "main" and "type" not in route]
        best = min((route.get("metric", 0) for route in routes), default=None)
        yield {hop["dev"] for route in routes if route.get("metric", 0) == best
               for hop in (route, *route.get("nexthops", [])) if "dev" in hop}


def parse_endpoint(text):
    """Of /proc/net/tcp: words of 32 bits in the machine's byte order."""
    address, port = text.split(":")
    raw = b"".join(int(address[n:n + 8], 16).to_bytes(4, sys.byteorder) for n in range(0, len(address), 8))
    ip = ipaddress.ip_address(raw)
    return getattr(ip, "ipv4_mapped", None) or ip, int(port, 16)


def sockets(system):
    """(state, local, remote) of every TCP socket."""
    for table in ("tcp", "tcp6"):
        for line in system.text(f"proc/net/{table}").splitlines()[1:]:
            words = line.split()
            yield words[3], parse_endpoint(words[1]), parse_endpoint(words[2])


def sessions(system):
    """(local address, local port, remote address) of what came in from elsewhere and is established."""
    found = list(sockets(system))
    ports = {local[1] for state, local, _ in found if state == LISTENING}
    own = {local[0] for _, local, _ in found}
    return [(*local, remote[0]) for state, local, remote in found
            if state == ESTABLISHED and local[1] in ports and remote[0] not in own]


def ssh_ends(system):
    """(own address, the other one) of the session that this command runs in; sudo may have removed it."""
    words = system.environ.get("SSH_CONNECTION", "").split()
    return [(words[2], words[0])] if len(words) == 4 else []


def addresses_of(kernel, names):
    return {ipaddress.ip_address(info["local"]) for name in names
            for info in kernel.links.get(name, {}).get("addr_info", []) if "local" in info}


def device_towards(system, address):
    return next((route.get("dev") for route in system.ask_json("ip", "-j", "route", "get", address)), None)


def carries_session(system, kernel, nic):
    own = addresses_of(kernel, nic.names)
    for local, remote in ssh_ends(system):
        if ipaddress.ip_address(local) in own or device_towards(system, remote) in nic.names:
            return f"carries your SSH session from {remote}"
    found = next(((port, remote) for local, port, remote in sessions(system) if local in own), None)
    return f"carries a session from {found[1]} to port {found[0]}" if found else ""


def is_other_way(kernel, nic, other):
    """Whether this machine can be reached by the other NIC."""
    if other.link is None or other.names & nic.names:
        return False
    return other.link.up and any(not ip.is_link_local for ip in addresses_of(kernel, other.names))


def risks(system, kernel, nics, nic):
    """Each a part of a sentence; an option overrides them."""
    found = []
    if any(devices and devices <= nic.names for devices in default_devices(kernel)):
        found.append("has the default route")
    session = carries_session(system, kernel, nic)
    if session:
        found.append(session)
    if not any(is_other_way(kernel, nic, other) for other in nics):
        found.append("is the only NIC with an address")
    return found


def obstacles(nic):
    """What no option overrides."""
    if nic.pci is None and nic.driver == "hv_netvsc":
        return ["has no VF: switch on accelerated networking"]
    if nic.pci is None:
        return ["is not on PCI, so DPDK cannot take it"]
    if nic.uppers:
        return [f"is in use by {', '.join(nic.uppers)}: take it out there first"]
    return []

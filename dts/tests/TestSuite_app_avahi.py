# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Avahi (Bonjour, Zeroconf): members find each other's services by multicast DNS.

    hub   10.0.0.10 --+
    alpha 10.0.0.11 --+  l2, avahi-daemon
    beta  10.0.0.12 --+  l2, avahi-daemon
    gamma 10.0.0.13 --+  gre, avahi-daemon on 192.168.10.3
    delta 10.0.0.14 --+  vxlan, avahi-daemon on 192.168.10.4
    eta   10.0.0.15 --+  vxlan, avahi-daemon on 192.168.10.5
                      +-- switch A

mDNS is 224.0.0.251:5353 and [ff02::fb]:5353, from port 5353, with TTL 255 (RFC 6762).
"""

import pytest

from apps import cluster, enable_ipv6
from waiting import await_condition

GROUPS = ["224.0.0.251", "ff02::fb"]
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12"), ("gamma", "10.0.0.13", "192.168.10.3"),
           ("delta", "10.0.0.14", "192.168.10.4", "vxlan"),
           ("eta", "10.0.0.15", "192.168.10.5", "vxlan")]
OWN_ADDRESSES = {name: addresses[:2][-1] for name, *addresses in MEMBERS}
DEVICES = {"alpha": "eth0", "beta": "eth0", "gamma": "gre1", "delta": "mcdpdk0", "eta": "mcdpdk0"}
SERVICE_TYPE = "_mctest._udp"
CONFIGURATION = """
[server]
use-ipv6=yes
allow-interfaces={device}
allow-point-to-point=yes
enable-dbus=yes
[wide-area]
enable-wide-area=no
"""


def start(machine):
    """Start a system bus and the daemon on it."""
    machine.attempt("mkdir", "-p", "/run/dbus")
    machine.start("dbus-daemon", "--system", "--nofork", "--nopidfile")
    await_condition(lambda: machine.attempt("test", "-S", "/run/dbus/system_bus_socket")
                    .returncode == 0, "the system bus")
    path = machine.write("/run/avahi.conf", CONFIGURATION.format(device=DEVICES[machine.node.name]))
    machine.start("avahi-daemon", "--file", path, "--no-chroot", "--no-drop-root",
                  "--no-rlimits").await_log("Server startup complete")


@pytest.fixture(scope="module", name="machines")
def fixture_machines(cloud):
    with cluster(cloud, MEMBERS, GROUPS) as (_, machines):
        for name, device in DEVICES.items():
            enable_ipv6(machines[name].node, device)
        for machine in machines.values():
            start(machine)
        yield machines


def test_every_member_finds_the_services_of_all_others(machines):
    """Each browser resolves the host name, the port, and the address on its side of the hub, and finds the same by
    IPv6."""
    browsers = {name: machine.start("avahi-browse", "--resolve", "--parsable", SERVICE_TYPE)
                for name, machine in machines.items()}
    for port, (name, machine) in enumerate(machines.items(), start=9000):
        machine.start("avahi-publish", "--service", f"service-of-{name}", SERVICE_TYPE,
                      str(port)).await_log("Established")

    for browser_name, browser in browsers.items():
        for port, name in enumerate(machines, start=9000):
            if name != browser_name:
                browser.await_log(f"=;{DEVICES[browser_name]};IPv4;service-of-{name};"
                                  f"{SERVICE_TYPE};local;{name}.local;{OWN_ADDRESSES[name]};{port};")
                browser.await_log(f"=;{DEVICES[browser_name]};IPv6;service-of-{name};{SERVICE_TYPE};local;{name}.local;")

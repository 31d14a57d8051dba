# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""DHCP: busybox's server at a switch of the cloud, and systemd-networkd as the client in a guest."""

import contextlib

from node import stop_process
from topo import GATEWAY

BRIDGE = "br-a"
# As clouds do, the switch passes these broadcasts, and no others.
PASS = "insert rule bridge cloud ingress udp dport { 67, 68 } accept"
SERVER = """interface {bridge}
start {address}
end {address}
max_leases 1
lease_file {folder}/leases
pidfile {folder}/udhcpd.pid
option subnet 255.255.255.0
option router {gateway}
option lease 600
"""
# networkd waits for udev, which leaves the names of the kernel.
CLIENT = """set -e
mkdir -p /run/systemd/network
printf '[Match]\\nOriginalName=*\\n' >/run/systemd/network/00-names.link
printf '[Match]\\nName={device}\\n[Network]\\nDHCP=ipv4\\n' >/run/systemd/network/{device}.network
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add --subsystem-match=net
udevadm settle
"""


@contextlib.contextmanager
def server(cloud, address):
    """Everybody who asks on the switch gets this address."""
    cloud.switch.run("nft", PASS)
    (cloud.folder / "leases").touch()
    file = cloud.folder / "udhcpd.conf"
    file.write_text(SERVER.format(bridge=BRIDGE, address=address, gateway=GATEWAY, folder=cloud.folder))
    process = cloud.router.start("busybox", "udhcpd", "-f", file)
    try:
        yield
    finally:
        stop_process(process)


@contextlib.contextmanager
def client(guest, device):
    """systemd-networkd configures this device alone."""
    guest.run(CLIENT.format(device=device))
    networkd = guest.start("/lib/systemd/systemd-networkd")
    try:
        yield
    finally:
        networkd.stop()
        guest.run("udevadm control --exit")

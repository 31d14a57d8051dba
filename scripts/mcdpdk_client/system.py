# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The current state of the system; read only."""

import fcntl
import json
import shutil
import socket
import struct
import subprocess
import time

ARP_DEADLINE = 3.0
SIOCGIFMTU = 0x8921


class Failure(Exception):
    """An error for the user."""


class WrongArgument(Failure):
    """Detected before anything was tried."""


class NotThere(WrongArgument):
    """The argument names something that may appear later."""


def read(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True).stdout
    except FileNotFoundError:
        return ""


def read_json(*argv):
    text = read(*argv)
    return json.loads(text) if text.strip() else []


def works(*argv, **options):
    try:
        return subprocess.run(argv, capture_output=True, text=True, **options).returncode == 0
    except FileNotFoundError:
        return False


def link(dev):
    return next(filter(None, read_json("ip", "-j", "link", "show", "dev", dev)), None)


def mtu(dev):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        return struct.unpack("16si", fcntl.ioctl(opened, SIOCGIFMTU, struct.pack("16si", dev.encode(), 0)))[1]


def rp_filter(dev):
    return int(read("sysctl", "-n", f"net/ipv4/conf/{dev}/rp_filter") or 0)


def dropped_by_source_filter():
    with open("/proc/net/netstat", encoding="ascii") as file:
        lines = [line.split() for line in file]
    return next(int(value) for names, values in zip(lines[::2], lines[1::2])
                for name, value in zip(names, values) if name == "IPReversePathFilter")


def neighbour(hub, dev):
    """The hub's MAC in the kernel's cache."""
    entries = read_json("ip", "-j", "neigh", "show", hub, "dev", dev)
    return next((entry["lladdr"] for entry in entries if "lladdr" in entry), None)


def resolve(hub, dev, seconds=ARP_DEADLINE):
    """The hub's MAC; a datagram makes the kernel ask for it."""
    family = socket.AF_INET6 if ":" in hub else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as prompt:
        prompt.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, dev.encode())
        prompt.setblocking(False)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                prompt.sendto(b"", (hub, 9))
            except OSError:
                pass  # reports an earlier datagram
            mac = neighbour(hub, dev)
            if mac:
                return mac
            time.sleep(0.05)
    question = "neighbour solicitations" if family == socket.AF_INET6 else "ARP"
    raise Failure(f"{hub} does not answer {question} on {dev}: is the hub running?")


def network_manager_owns(dev):
    """Whether NetworkManager would undo what others do to the device."""
    if not shutil.which("nmcli") or read("nmcli", "-t", "-f", "RUNNING", "general").strip() != "running":
        return False
    return not read("nmcli", "-g", "GENERAL.STATE", "device", "show", dev).startswith("10 ")

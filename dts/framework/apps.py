# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Run a distribution's daemons on the instances of a cloud, isolated from the host.

A machine is an instance with process, mount and host name spaces of its own. /run, /var/lib, /var/log and /dev/shm
are empty file systems: a daemon neither finds the host's state nor leaves any. There is no name server: daemons look
up their own name and would wait for an answer. When the first process of the machine ends, the kernel kills all
others.
"""

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

from scapy.layers.inet6 import IPv6

import member_client
from ipv6_cloud import GATEWAY6, HUB_ADDRESS6
from node import stop_process
from segment import link_local
from topo import GATEWAY, HUB_ADDRESS
from traffic import IP, Ether
from waiting import DEADLINE_S, await_condition

# These programs have timeouts of seconds, and a shared machine delays them.
HUB_OVERLAY = "192.168.10.254"
HUB_OVERLAY6 = "fd01::fe"
# A tunnel of gre_endpoint.py has an address of IPv4.
UNUSED = "192.168.11.1"
VNI = 100
PRIVATE_FOLDERS = ("/run", "/var/lib", "/var/log", "/dev/shm")
FIRST_PROCESS = """
set -e
name=$0
hostname "$name"
for folder in "$@"; do mount -t tmpfs private "$folder"; done
echo "127.0.0.1 localhost $name" >/run/hosts
echo "hosts: files" >/run/nsswitch.conf
for file in hosts nsswitch.conf; do mount --bind "/run/$file" "/etc/$file"; done
echo ready
exec sleep infinity
"""


def is_ipv6(address):
    return ":" in address


def configuration(members, groups):
    """The hub's configuration: every group has every member; members are (name, address[, overlay[, encap]])."""
    of_ipv6 = {"address6": f"{HUB_ADDRESS6}/64", "gateway6": GATEWAY6}

    def member(name, address, overlay=None, encap="gre"):
        inside = {"overlay6" if is_ipv6(overlay) else "overlay": overlay} if overlay else {}
        tunnel = {"encap": encap if overlay else "l2"} | inside
        vni = {"vni": VNI} if encap == "vxlan" else {}
        return {"name": name, "address": address} | tunnel | vni

    return {
        "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}
                  | (of_ipv6 if any(is_ipv6(address) for _, address, *_ in members) else {})],
        "members": [member(*declared) for declared in members],
        "groups": [{"group": group, "members": ["*"]} for group in groups],
        "overlay": {"address": f"{HUB_OVERLAY}/24", "address6": f"{HUB_OVERLAY6}/64"},
        "idle": "sleep",
    }


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def enable_ipv6(node, dev, *addresses):
    """On this device alone; return its link-local address."""
    for key, value in (("accept_dad", 0), ("accept_ra", 0), ("disable_ipv6", 0)):
        node.write_sysctl(f"net/ipv6/conf/{dev}/{key}", value)
    await_condition(lambda: "fe80" in node.ip("-6", "-o", "address", "show", "dev", dev),
                    f"a link-local address on {node.name}")
    for address in addresses:
        node.ip("address", "add", f"{address}/64", "dev", dev, "nodad")
    return link_local(node, dev)


def hear_packets(wire, group, count):
    """Return the next packets to a group that a device receives: of eth0 with their Ethernet header."""
    heard = []
    for frame in wire.frames(DEADLINE_S):
        packet = Ether(frame) if wire.dev == "eth0" else (IPv6 if frame[0] >> 4 == 6 else IP)(frame)
        if any(layer in packet and packet[layer].dst == group for layer in (IP, IPv6)):
            heard.append(packet)
        if len(heard) == count:
            return heard
    raise AssertionError(f"{len(heard)} of {count} packets to {group}")


class Daemon:
    """A program of a machine; its output goes to a file."""

    def __init__(self, command, log_file):
        self.log_file = log_file
        with open(log_file, "w", encoding="utf-8") as log:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log,
                                            stderr=subprocess.STDOUT, text=True)

    def log(self):
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def say(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def await_log(self, text, count=1):
        """Wait until the output contains the text `count` times."""
        def found():
            return self.log().count(text) >= count or self.process.poll() is not None

        await_condition(found, f"{text!r} in\n{self.log()}", DEADLINE_S)
        assert self.log().count(text) >= count, f"ended without {text!r}:\n{self.log()}"

    def end(self):
        """Send SIGTERM and wait for the end."""
        for pid in children(self.process.pid):
            os.kill(pid, signal.SIGTERM)
        self.process.wait(DEADLINE_S)
        self.close()

    def close(self):
        stop_process(self.process)


class Machine:
    """A context manager; no process remains after it."""

    def __init__(self, node, folder):
        self.node = node
        self.folder = folder / f"machine-{node.name}"
        self.folder.mkdir(exist_ok=True)
        self.daemons = []
        self.first = None

    def __enter__(self):
        # unshare ignores SIGTERM: the kernel ends it together with a killed test run.
        self.first = self.node.start(
            "setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--uts", "--pid", "--fork",
            "--kill-child", "--mount-proc", "sh", "-c", FIRST_PROCESS, self.node.name,
            *PRIVATE_FOLDERS)
        said = self.first.stdout.readline()
        assert said == "ready\n", said + self.first.stdout.read()
        return self

    def crash(self):
        """Kill all processes at once."""
        self.first.kill()
        self.first.wait()

    def __exit__(self, *_):
        self.crash()
        for daemon in self.daemons:
            daemon.close()
            print(f"--- {daemon.log_file.name} on {self.node.name}\n{daemon.log()}")

    def _command(self, *command):
        (pid,) = children(self.first.pid)
        return ["nsenter", "--target", str(pid), "--mount", "--uts", "--net", "--pid",
                *map(str, command)]

    def write(self, path, text, mode=0o644):
        """Write a file that the machine's programs see under this path."""
        done = subprocess.run(self._command("sh", "-c", f'mkdir -p "$(dirname {path})"; '
                                            f"cat >{path}; chmod {mode:o} {path}"),
                              input=text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return path

    def attempt(self, *command):
        return subprocess.run(self._command(*command), capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)

    def start(self, *command):
        log_file = self.folder / f"{len(self.daemons)}-{Path(str(command[0])).name}.log"
        self.daemons.append(Daemon(self._command(*command), log_file))
        return self.daemons[-1]

    def has_address(self, address):
        return f" {address}/" in self.node.ip("-o", "address")


def client_arguments(address, overlay=None, encap="gre"):
    """Arguments of mcdpdk-client for a member of this kind; None if its tunnel is a program."""
    if overlay is None:
        return member_client.L2
    if encap == "vxlan":
        inside = ("--overlay6", f"{overlay}/64") if is_ipv6(overlay) else ("--overlay", f"{overlay}/24")
        return ("--hub", HUB_ADDRESS6 if is_ipv6(address) else HUB_ADDRESS, "--encap", encap, "--vni", VNI, *inside)
    return None


def add_node(cloud, name, address, *tunnel):
    node = cloud.add_ipv6_instance(name, address) if is_ipv6(address) else cloud.add_instance(name, address)
    if client_arguments(address, *tunnel):
        return node
    hub, inside = HUB_ADDRESS6 if is_ipv6(address) else HUB_ADDRESS, tunnel[0]
    node.open_tunnel(hub, f"{UNUSED if is_ipv6(inside) else inside}/24")
    if is_ipv6(inside):
        enable_ipv6(node, "gre1", inside)
        node.ip("-6", "route", "add", "multicast", "ff00::/8", "dev", "gre1", "table", "local", "metric", "1")
    return node


@contextmanager
def cluster(cloud, members, groups, driver="af_packet"):
    """Start the hub and a machine on each member: (hub, machines by name).

    mcdpdk-client runs on l2 members, since no route covers what daemons send to 224.0.0.x, and on vxlan members,
    whose device mcdpdk0 is the kernel's. Members with an IPv6 address need an Ipv6Cloud.
    """
    nodes = {name: add_node(cloud, name, *member) for name, *member in members}
    with cloud.start_hub(configuration(members, groups), driver=driver) as hub, ExitStack() as stack:
        hub.await_resolved()
        for name, *member in members:
            if client_arguments(*member):
                member_client.up(nodes[name], *client_arguments(*member))
                stack.callback(member_client.client, nodes[name], "down")
        with ExitStack() as running:
            yield hub, {name: running.enter_context(Machine(node, cloud.folder))
                        for name, node in nodes.items()}
        hub.settled()
        hub.stop()

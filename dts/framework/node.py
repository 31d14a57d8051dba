# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""An instance of the cloud: a network namespace with one interface, eth0."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from waiting import await_condition
from paths import PROGRAMS

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def run(*command, timeout=20):
    """Run a command that must succeed and return its output."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def cpu_seconds(process):
    """CPU time of another process: the clock's id follows from its pid."""
    return time.clock_gettime(~process.pid << 3 | 2)


def die_with_parent(by=signal.SIGTERM):
    """Called in the child before exec: no process outlives the run, however it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, by)


def stop_process(process, deadline_s=3.0):
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def _set_netns(fd):
    if _libc.setns(fd, CLONE_NEWNET) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno))


@contextmanager
def inside(namespace):
    """Put this thread's sockets and /proc/sys/net into the namespace."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _set_netns(there)
        yield
    finally:
        _set_netns(home)
        os.close(there)
        os.close(home)


class Node:
    def __init__(self, name, namespace):
        self.name = name
        self.namespace = namespace
        self.address = None
        self.mac = None
        self.processes = []
        self.sockets = []
        run("ip", "netns", "add", namespace)
        self.write_sysctl("net/ipv6/conf/default/disable_ipv6", 1)
        self.write_sysctl("net/ipv6/conf/all/disable_ipv6", 1)
        self.write_sysctl("net/ipv4/conf/all/rp_filter", 0)
        self.write_sysctl("net/ipv4/conf/default/rp_filter", 0)
        self.ip("link", "set", "lo", "up")

    def inside(self):
        return inside(self.namespace)

    def write_sysctl(self, key, value):
        path = Path("/proc/sys") / key
        with self.inside():
            if path.exists():
                path.write_text(f"{value}\n")

    def ip(self, *arguments):
        return run("ip", "-n", self.namespace, *arguments)

    def device_mac(self, device):
        return self.ip("-o", "link", "show", device).split("link/ether ")[1].split()[0]

    def command(self, *command):
        return ["ip", "netns", "exec", self.namespace, *map(str, command)]

    def run(self, *command, timeout=20):
        return run(*self.command(*command), timeout=timeout)

    def attempt(self, *command, timeout=20):
        """Run a command that may fail; the caller checks the CompletedProcess."""
        return subprocess.run(self.command(*command), capture_output=True, text=True,
                              timeout=timeout, check=False)

    def start(self, *command, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} | options
        process = subprocess.Popen(self.command(*command), preexec_fn=die_with_parent, **options)
        self.processes.append(process)
        return process

    def start_python(self, script, *arguments, **options):
        return self.start(sys.executable, "-u", PROGRAMS / script, *arguments, **options)

    def socket(self, *arguments):
        with self.inside():
            opened = socket.socket(*arguments)
        self.sockets.append(opened)
        return opened

    def plug(self, bridge, device, address=None, prefix_len=24):
        """Connect eth0 to a bridge of another node; the sender computes the checksums.

        By default veth leaves UDP checksums to a NIC that does not exist and passes GSO frames of 64 kB: a poll-mode
        driver or a test on the wire would see both.
        """
        self.ip("link", "add", "eth0", "type", "veth", "peer", "name", device,
                "netns", bridge.namespace)
        bridge.ip("link", "set", device, "up")
        self.connect("eth0", address, prefix_len)
        self.mac = self.device_mac("eth0")

    def connect(self, interface, address, prefix_len=24):
        self.run("ethtool", "-K", interface, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        self.ip("link", "set", interface, "up")
        if address:
            self.address = address
            self.ip("address", "add", f"{address}/{prefix_len}", "brd", "+", "dev", interface)

    def route_groups(self, via=None, dev="eth0"):
        """Route all multicast to the hub: `ip route add 224.0.0.0/4 via HUB dev eth0`."""
        self.ip("route", "replace", "224.0.0.0/4", *(["via", via] if via else []), "dev", dev)

    def open_tunnel(self, remote, overlay, dev="gre1", arguments=()):
        """Start the user-space GRE endpoint and route all multicast into it. Without a remote it takes packets from
        any, and its standard input names where it sends to."""
        ends = ("--remote", remote) if remote else ("--from-any",)
        endpoint = self.start_python("gre_endpoint.py", "--dev", dev, "--local", self.address, *ends,
                                     "--overlay", overlay, *arguments, stdin=None if remote else subprocess.PIPE)
        await_condition(lambda: endpoint.poll() is not None or self._is_up(dev),
                        f"{dev} on {self.name}")
        if endpoint.poll() is not None:
            raise RuntimeError(f"gre_endpoint on {self.name}: {endpoint.stdout.read()}")
        self.route_groups(dev=dev)
        return endpoint

    def _is_up(self, dev):
        shown = self.attempt("ip", "-4", "-o", "address", "show", "dev", dev, "up")
        return "inet " in shown.stdout

    def close(self):
        for process in self.processes:
            stop_process(process)
        for opened in self.sockets:
            opened.close()
        run("ip", "netns", "delete", self.namespace)

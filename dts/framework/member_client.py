# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Run mcdpdk-client on a node and observe what it changed."""

import os
import re
import signal
from contextlib import contextmanager
from pathlib import Path

from manager import Manager
from topo import HUB_ADDRESS
from paths import SCRIPTS
from waiting import await_condition

CLIENT = SCRIPTS / "mcdpdk-client"
L2 = ("--hub", HUB_ADDRESS, "--encap", "l2")
GRE = ("--hub", HUB_ADDRESS, "--encap", "gre", "--overlay", "192.168.10.2/24")
VXLAN = ("--hub", HUB_ADDRESS, "--encap", "vxlan", "--vni", 77, "--overlay", "192.168.10.2/24")

# A hub learns by MLD, and does not query after its start.
QUIET_MLD = {"query_interval": 3600, "startup_query_interval": 3600, "query_response_interval": 0.1,
             "robustness": 1, "immediate_leave": True}


def add_ipv6_to_nic(node, *addresses):
    """Where IPv6 is off elsewhere. No address changes during a test."""
    for key in ("accept_dad", "accept_ra", "disable_ipv6"):
        node.write_sysctl(f"net/ipv6/conf/eth0/{key}", 0)
    for address in addresses:
        node.ip("address", "add", f"{address}/64", "dev", "eth0", "nodad")


@contextmanager
def running_other_hub(cloud, address, config):
    """Another hub than the cloud's, on an instance of its own."""
    node = cloud.add_instance("other", address)
    node.ip("address", "flush", "dev", "eth0")
    with cloud.start_hub(config, node=node) as hub:
        hub.await_resolved()
        yield hub
        hub.stop()


def client(node, *arguments, path=""):
    """Run mcdpdk-client on a node; `path` is a folder to put in front of PATH."""
    return node.attempt("env", search_path(path), CLIENT, *arguments)


def search_path(folder):
    return f"PATH={folder}:{os.environ['PATH']}" if folder else f"PATH={os.environ['PATH']}"


def state_file(node):
    """Where the client keeps what it set up in the node's namespace."""
    return Path("/run/mcdpdk-client") / f"{os.stat(f'/run/netns/{node.namespace}').st_ino}.json"


def take_down(node):
    """Undo what is up; a client that finds nothing costs as much."""
    if state_file(node).exists():
        client(node, "down")


def up(node, *arguments):
    done = client(node, "up", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def configuration(node):
    """Everything that the client may change, without counters and timers."""
    shown = node.run("sh", "-c", "ip -o address; ip -o link; ip route show table all; "
                     "ip -6 route show table all; nft list ruleset; tc qdisc; "
                     "grep . /proc/sys/net/ipv4/conf/*/rp_filter; ip fou show 2>&1 || :")
    return re.sub(r"packets \d+ bytes \d+|\s*elements = \{[^}]*\}", "", shown)


def dry_run(node, *arguments, path=""):
    done = client(node, "up", "--dry-run", *arguments, path=path)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


class Watching:
    """A running `watch`: output in a file, notifications to a manager like systemd. path: a folder in front of PATH."""

    def __init__(self, node, folder, *options, path=""):
        self.node = node
        self.log_file = folder / "watch.log"
        self.manager = Manager(folder / "notify")
        with open(self.log_file, "w", encoding="utf-8") as log:
            self.process = node.start("env", search_path(path), *self.manager.environment, CLIENT, "watch", *options,
                                      stdout=log, start_new_session=True)

    def log(self):
        return self.log_file.read_text(encoding="utf-8")

    def await_log(self, words, count=1):
        """It looks every ten seconds, on a busy machine later."""
        await_condition(lambda: self.log().count(words) >= count, lambda: f"{count} x {words!r} in\n{self.log()}", 60)

    def await_well(self):
        await_condition(lambda: "MISSING" not in client(self.node, "status").stdout
                        and client(self.node, "status").returncode == 0, lambda: f"well again:\n{self.log()}", 20)

    def end(self, by=signal.SIGTERM):
        if self.process.poll() is None:
            os.killpg(self.process.pid, by)
        status = self.process.wait(10)
        self.manager.close()
        return status

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Run mcdpdk-client on a node and observe what it changed."""

import os
import re
from pathlib import Path

from topo import HUB_ADDRESS
from paths import SCRIPTS

CLIENT = SCRIPTS / "mcdpdk-client"
L2 = ("--hub", HUB_ADDRESS, "--encap", "l2")
GRE = ("--hub", HUB_ADDRESS, "--encap", "gre", "--overlay", "192.168.10.2/24")
VXLAN = ("--hub", HUB_ADDRESS, "--encap", "vxlan", "--vni", 77, "--overlay", "192.168.10.2/24")


def client(node, *arguments, path=""):
    """Run mcdpdk-client on a node; `path` is a folder to put in front of PATH."""
    search = f"PATH={path}:{os.environ['PATH']}" if path else f"PATH={os.environ['PATH']}"
    return node.attempt("env", search, CLIENT, *arguments)


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
    shown = node.run("sh", "-c", "ip -o address; ip -o link; ip route show table all; nft list ruleset; "
                     "tc qdisc; grep . /proc/sys/net/ipv4/conf/*/rp_filter; ip fou show 2>&1 || :")
    return re.sub(r"packets \d+ bytes \d+|\s*elements = \{[^}]*\}", "", shown)


def dry_run(node, *arguments, path=""):
    done = client(node, "up", "--dry-run", *arguments, path=path)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()

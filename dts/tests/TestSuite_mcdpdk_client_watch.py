# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""`mcdpdk-client watch` stays on a member and repairs what others remove.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+ l2
vera  10.0.0.12 --+ vxlan, VNI 77
                  +-- switch A
"""

import os
import signal

import pytest

from member_client import L2, VXLAN, Watching, client, configuration, up
from topo import GATEWAY, HUB_ADDRESS
from waiting import await_condition

CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": "192.168.10.254/24"},
    "members": [
        {"name": "alpha", "address": "10.0.0.11"},
        {"name": "vera", "address": "10.0.0.12", "encap": "vxlan", "vni": 77, "overlay": "192.168.10.2"},
    ],
    "idle": "sleep",
}
PATHS = {"alpha": L2, "vera": VXLAN}


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    return {name: cloud.add_instance(name, address) for name, address in
            (("alpha", "10.0.0.11"), ("vera", "10.0.0.12"))}


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, nodes):
    with cloud.start_hub(CONFIG) as hub:
        hub.await_resolved()
        yield hub
        if hub.process.poll() is None:
            hub.stop()


@pytest.fixture(name="watch")
def fixture_watch(tmp_path):
    """Start one; at the end nothing is left of it."""
    started = []

    def watch(node, *options):
        started.append(Watching(node, tmp_path, *options))
        return started[-1]

    yield watch
    for watching in started:
        watching.end()
        client(watching.node, "down")


@pytest.mark.parametrize("name", PATHS)
def test_watch_sets_up_notifies_and_takes_down(hub, nodes, watch, name):
    """systemd is notified when the path is up; SIGTERM restores everything, with status 0."""
    before = configuration(nodes[name])
    watching = watch(nodes[name], *PATHS[name])
    watching.manager.await_message("READY", "1")
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    assert client(nodes[name], "status").returncode == 0
    assert watching.end() == 0
    assert "Traceback" not in watching.log()
    assert configuration(nodes[name]) == before


def flap(node):
    """An admin sets a link down and up, and a DHCP client reacts."""
    node.ip("link", "set", "eth0", "down")
    node.ip("link", "set", "eth0", "up")
    node.ip("route", "replace", "default", "via", GATEWAY)


def flush(node):
    node.run("nft", "flush ruleset")


def harden(node):
    node.write_sysctl("net/ipv4/conf/all/rp_filter", 1)
    node.write_sysctl("net/ipv4/conf/eth0/rp_filter", 1)


def renumber(node):
    """Give the same address again: its routes are gone."""
    node.ip("address", "flush", "dev", "eth0")
    node.ip("address", "add", f"{node.address}/24", "brd", "+", "dev", "eth0")
    node.ip("route", "replace", "default", "via", GATEWAY)


DAMAGE = {
    "l2 flap": ("alpha", flap),
    "l2 nft flush": ("alpha", flush),
    "l2 sysctl": ("alpha", harden),
    "l2 address": ("alpha", renumber),
    "vxlan flap": ("vera", flap),
    "vxlan address": ("vera", renumber),
    "vxlan deleted": ("vera", lambda node: node.ip("link", "del", "mcdpdk0")),
    "vxlan down": ("vera", lambda node: node.ip("link", "set", "mcdpdk0", "down")),
    "vxlan sysctl": ("vera", lambda node: node.write_sysctl("net/ipv4/conf/mcdpdk0/rp_filter", 1)),
}
# Each source of events once: routes, nftables, sysctls, addresses, devices.
QUICK = ("l2 flap", "l2 nft flush", "l2 sysctl", "vxlan address", "vxlan deleted")


@pytest.mark.parametrize("name, damage", [
    pytest.param(*DAMAGE[case], id=case, marks=[] if case in QUICK else [pytest.mark.slow]) for case in DAMAGE])
def test_watch_repairs_each_part(hub, nodes, watch, name, damage):
    """A part that somebody removes twice comes back, and each repair is logged once."""
    node = nodes[name]
    before = configuration(node)
    watching = watch(node, *PATHS[name])
    watching.manager.await_message("READY", "1")
    said = 0
    try:
        for _ in range(2):
            damage(node)
            if "MISSING" in client(node, "status").stdout:
                said += 1
            watching.await_well()
        assert watching.log().count("repaired: ") >= said
        assert "Traceback" not in watching.log()
        assert watching.end() == 0
    finally:
        for key in ("all", "eth0"):
            node.write_sysctl(f"net/ipv4/conf/{key}/rp_filter", 0)
    assert sorted(configuration(node).split()) == sorted(before.split())


def test_watch_ignores_foreign_changes(hub, nodes, watch):
    """Of twenty foreign changes and one that concerns it, it logs only that one."""
    watching = watch(nodes["vera"], *VXLAN)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    before = watching.log()
    for n in range(20):
        nodes["vera"].ip("route", "add", f"10.99.{n}.0/24", "via", GATEWAY)
    nodes["vera"].ip("link", "set", "mcdpdk0", "down")
    watching.await_log("repaired: ")
    assert watching.log().startswith(before)
    assert watching.log().count("repaired: ") == 1
    for n in range(20):
        nodes["vera"].ip("route", "del", f"10.99.{n}.0/24")


def test_watch_waits_for_a_nic(cloud, hub, watch):
    """It is absent, appears, goes down for three attempts, and returns. Each problem is logged only once."""
    node = cloud.add_instance("late", "10.0.0.21")
    node.ip("link", "set", "eth0", "down")
    node.ip("link", "set", "eth0", "name", "nic0")
    watching = watch(node, *L2, "--dev", "eth0")
    watching.await_log("there is no device eth0; trying again")
    node.ip("link", "set", "nic0", "name", "eth0")
    node.ip("link", "set", "eth0", "up")
    watching.await_log("up to the hub")
    node.ip("link", "set", "eth0", "down")
    watching.await_log("trying again", 2)
    failed = watching.log()
    for n in range(3):
        os.killpg(watching.process.pid, signal.SIGHUP)
        node.ip("link", "set", "lo", "alias", f"another change {n}")
    node.ip("link", "set", "eth0", "up")
    watching.await_log("repaired: route")
    assert "MISSING" not in client(node, "status").stdout
    assert failed.count("trying again") <= 3
    assert watching.log().count("ip route replace") <= failed.count("ip route replace") + 1


def test_down_ends_watch(hub, nodes, watch):
    """When somebody runs down, the path stays down and watch ends with 0."""
    before = configuration(nodes["vera"])
    watching = watch(nodes["vera"], *VXLAN)
    watching.manager.await_message("READY", "1")
    assert client(nodes["vera"], "down").returncode == 0
    await_condition(lambda: watching.process.poll() is not None, "watch ends", 20)
    assert watching.end() == 0 and "taken down by somebody else" in watching.log()
    assert configuration(nodes["vera"]) == before


def test_watch_without_options_keeps_the_path_that_is_up(hub, nodes, watch):
    """up; watch; damage; SIGTERM: repaired, and left as `up` made it."""
    up(nodes["vera"], *VXLAN)
    during = configuration(nodes["vera"])
    watching = watch(nodes["vera"])
    watching.manager.await_message("READY", "1")
    nodes["vera"].ip("route", "del", "224.0.0.0/4")
    watching.await_well()
    assert watching.end() == 0
    assert configuration(nodes["vera"]) == during


def test_watch_follows_another_up(hub, nodes, watch):
    """After up with another device name, watch restores the deleted device under that name."""
    watching = watch(nodes["vera"], *VXLAN)
    watching.manager.await_message("READY", "1")
    up(nodes["vera"], *VXLAN, "--name", "mc7")
    nodes["vera"].ip("link", "del", "mc7")
    await_condition(lambda: "mc7" in nodes["vera"].run("ip", "link"), "mc7", 20)
    watching.await_well()


@pytest.mark.parametrize("words, status", [("--hub 10.0.0.10 --encap vxlan", 2), ("--hub 10.0.0.11 --encap l2", 2),
                                           ("--vni 7", 2)])
def test_wrong_options_end_it_at_once(nodes, words, status):
    done = client(nodes["alpha"], "watch", *words.split())
    assert done.returncode == status and "Traceback" not in done.stderr


def test_watch_follows_a_changed_address(hub, nodes, watch):
    """When the NIC gets another address, the vxlan tunnel is made anew from it."""
    vera = nodes["vera"]
    watching = watch(vera, *VXLAN)
    watching.manager.await_message("READY", "1")
    vera.ip("address", "flush", "dev", "eth0")
    vera.ip("address", "add", "10.0.0.42/24", "brd", "+", "dev", "eth0")
    vera.ip("route", "replace", "default", "via", GATEWAY)
    try:
        await_condition(lambda: "local 10.0.0.42" in vera.run("ip", "-d", "link", "show", "type", "vxlan"),
                        "the new address", 20)
        watching.await_log("does not answer")
    finally:
        vera.ip("address", "flush", "dev", "eth0")
        vera.ip("address", "add", f"{vera.address}/24", "brd", "+", "dev", "eth0")
        vera.ip("route", "replace", "default", "via", GATEWAY)
    watching.await_well()


# Last, as it runs without the hub of the other tests

# alpha does not know the hub's MAC, either.
@pytest.mark.parametrize("name", ["alpha", pytest.param("vera", marks=pytest.mark.slow)])
def test_watch_waits_for_a_hub(cloud, hub, nodes, watch, name):
    """Its absence is logged once, the path works as soon as it runs, and its end is logged."""
    if hub.process.poll() is None:
        hub.stop()
    nodes[name].ip("neigh", "flush", "dev", "eth0")
    watching = watch(nodes[name], *PATHS[name])
    watching.manager.await_message("READY", "1")
    watching.await_log("does not answer ARP" if name == "alpha" else "does not answer: ")
    with cloud.start_hub(CONFIG) as late:
        watching.await_log(f"the hub {HUB_ADDRESS} answers")
        watching.await_well()
        late.stop()
    watching.await_log(f"the hub {HUB_ADDRESS} does not answer: ", 2 if name == "vera" else 1)
    assert watching.log().count("trying again") <= 1
    assert watching.end() == 0

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-client makes the tunnel the path of IPv6 groups, too: programs that choose no interface use it.

hub   10.0.0.10 --+
vera  10.0.0.11 --+ vxlan, VNI 77, fd00::2 inside; 2001:db8::b on the NIC
vito  10.0.0.12 --+ vxlan, VNI 78, fd00::3 inside; 2001:db8::c on the NIC
other 10.0.0.20 --+ another hub
                  +-- switch A

The hubs learn by MLD. After its start a hub does not query.
"""

import json
import re

import pytest

from ipv6_sockets import Receiver, open_sender
from member_client import (
    QUIET_MLD, Watching, add_ipv6_to_nic, client, configuration, running_other_hub, state_file, take_down, up)
from mld_message import IS_EX, record
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire

PORT, GROUP = 5000, "ff1e::4242"
VNIS = {"vera": 77, "vito": 78}
ADDRESSES = {"vera": "10.0.0.11", "vito": "10.0.0.12"}
OF_NIC = {"vera": "2001:db8::b", "vito": "2001:db8::c"}
INSIDE = {"vera": "fd00::2", "vito": "fd00::3"}
OTHER_HUB = "10.0.0.20"
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": name, "address": ADDRESSES[name], "encap": "vxlan", "vni": vni} for name, vni in VNIS.items()],
    "overlay": {"address": "192.168.10.254/24"},
    "mld": QUIET_MLD,
    "idle": "sleep",
}

CONFIG_OF_OTHER = CONFIG | {
    "ports": [{"address": f"{OTHER_HUB}/24", "gateway": GATEWAY}],
    "overlay": {"address": "192.168.10.253/24"},
}


def path_of(name, *more, hub=HUB_ADDRESS):
    return ["--hub", hub, "--encap", "vxlan", "--vni", VNIS[name], *more]


def with_ipv6(name, **options):
    return path_of(name, "--overlay6", f"{INSIDE[name]}/64", **options)


@pytest.fixture(scope="module", name="all_nodes")
def fixture_all_nodes(cloud):
    """Where IPv6 is off but on the NIC, which would be the kernel's choice."""
    nodes = {name: cloud.add_instance(name, address) for name, address in ADDRESSES.items()}
    for name, node in nodes.items():
        add_ipv6_to_nic(node, OF_NIC[name])
    return nodes


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, all_nodes):
    with cloud.running_hub(CONFIG) as hub:
        yield hub


@pytest.fixture(scope="module", name="other_hub")
def fixture_other_hub(cloud, all_nodes):
    with running_other_hub(cloud, OTHER_HUB, CONFIG_OF_OTHER) as hub:
        yield hub


@pytest.fixture(name="nodes")
def fixture_nodes(all_nodes):
    yield all_nodes
    for node in all_nodes.values():
        take_down(node)


@pytest.fixture(name="vera")
def fixture_vera(nodes):
    return nodes["vera"]


def without_numbers(shown):
    """A new device has another MAC and what comes of it, and another index."""
    return sorted(re.sub(r"^\d+: |link/ether \S+|fe80::\S+", "", line) for line in shown.splitlines())


@pytest.mark.parametrize("sender, receiver", [("vera", "vito"), ("vito", "vera")])
def test_programs_that_choose_no_interface_use_the_tunnel(hub, nodes, sender, receiver):
    """Interface 0 for the join and the datagram, whose source is the overlay's address. No address waits for duplicate
    address detection."""
    for name, node in nodes.items():
        up(node, *with_ipv6(name))
        assert "tentative" not in node.ip("-6", "address", "show", "dev", "mcdpdk0")
    with Receiver(nodes[receiver], None, PORT, GROUP) as joined:
        hub.await_receivers(GROUP, receiver)
        open_sender(nodes[sender], hops=5).sendto(b"hello", (GROUP, PORT))
        datagram = joined.next()
        assert (datagram.payload, datagram.source, datagram.hops) == (b"hello", INSIDE[sender], 5)
    hub.await_receivers(GROUP)


def test_without_the_option_ipv6_stays_as_it_is(hub, vera):
    """Where the kernel gives a new device a link-local address, a program joins by naming the tunnel."""
    vera.write_sysctl("net/ipv6/conf/default/disable_ipv6", 0)
    try:
        assert "ipv6" not in up(vera, *path_of("vera"))
        routes = vera.ip("-6", "route", "show", "table", "all")
        assert "metric 1 " not in routes and "fd00" not in routes
        assert json.loads(vera.run("ip", "-j", "-6", "route", "get", GROUP))[0]["dev"] == "eth0"
        with Receiver(vera, "mcdpdk0", PORT, GROUP):
            hub.await_receivers(GROUP, "vera")
        hub.await_receivers(GROUP)
    finally:
        vera.write_sysctl("net/ipv6/conf/default/disable_ipv6", 1)


def test_down_restores_the_previous_state(vera):
    """A second up changes nothing."""
    before = configuration(vera)
    up(vera, *with_ipv6("vera"))
    during = configuration(vera)
    assert up(vera, *with_ipv6("vera")).startswith("already up")
    assert configuration(vera) == during
    assert client(vera, "down").returncode == 0
    assert configuration(vera) == before


DAMAGE = {
    "the address": ("address fd00::2/64", lambda node: node.ip("address", "del", "fd00::2/64", "dev", "mcdpdk0")),
    "the route": ("route ff00::/8", lambda node: node.ip("-6", "route", "del", "ff00::/8", "dev", "mcdpdk0", "table",
                                                         "local", "metric", "1")),
    "IPv6": ("IPv6 on mcdpdk0", lambda node: node.write_sysctl("net/ipv6/conf/mcdpdk0/disable_ipv6", 1)),
    "down": ("mcdpdk0 is up", lambda node: node.ip("link", "set", "mcdpdk0", "down")),
    "the device": ("device mcdpdk0", lambda node: node.ip("link", "del", "mcdpdk0")),
}


@pytest.mark.parametrize("what, damage", DAMAGE.values(), ids=DAMAGE)
def test_up_repairs_each_part(hub, vera, what, damage):
    """status reports it, up restores it."""
    up(vera, *with_ipv6("vera"))
    during = configuration(vera)
    assert client(vera, "status").returncode == 0
    damage(vera)
    shown = client(vera, "status").stdout
    assert re.search(rf"MISSING {what}", shown), shown
    up(vera, *with_ipv6("vera"))
    assert without_numbers(configuration(vera)) == without_numbers(during)
    assert client(vera, "status").returncode == 0


def test_watch_repairs_what_a_flap_takes(hub, vera, tmp_path):
    """A device that goes down and comes back has lost the address and the route."""
    watching = Watching(vera, tmp_path, *with_ipv6("vera"))
    try:
        watching.manager.await_message("READY", "1")
        vera.ip("link", "set", "mcdpdk0", "down")
        vera.ip("link", "set", "mcdpdk0", "up")
        watching.await_log("repaired: ")
        watching.await_well()
        assert "Traceback" not in watching.log()
    finally:
        watching.end()


def test_another_hub_keeps_it_and_learns_what_is_joined(hub, other_hub, nodes, vera):
    """The same device leads there. The client reports the memberships to that hub and their end to the one before; the
    kernel reports a change of state some time later."""
    up(vera, *with_ipv6("vera"))
    before = configuration(vera)
    wire = Wire(other_hub.node)
    with Receiver(vera, None, PORT, GROUP) as joined:
        hub.await_receivers(GROUP, "vera")
        up(vera, *with_ipv6("vera", hub=OTHER_HUB))
        assert configuration(vera) == before
        assert f"remote {OTHER_HUB}" in vera.ip("-d", "link", "show", "mcdpdk0")
        status = json.loads(client(vera, "status", "--json").stdout)
        assert status["overlay6"] == "fd00::2/64" and all(status["steps"].values())
        assert any(record(IS_EX, GROUP) in frame for frame in wire.frames())
        other_hub.await_receivers(GROUP, "vera")
        hub.await_receivers(GROUP)
        up(nodes["vito"], *with_ipv6("vito", hub=OTHER_HUB))
        open_sender(nodes["vito"]).sendto(b"by the other", (GROUP, PORT))
        assert joined.next().payload == b"by the other"
    other_hub.await_receivers(GROUP)


def test_the_record_of_an_older_version_is_taken(hub, vera, tmp_path):
    """It has no overlay6. Nothing is repaired, and a watch without options follows it."""
    up(vera, *path_of("vera"))
    record = json.loads(state_file(vera).read_text())
    del record["settings"]["overlay6"], record["asked"]["overlay6"]
    state_file(vera).write_text(json.dumps(record))
    assert client(vera, "status").returncode == 0
    watching = Watching(vera, tmp_path)
    try:
        watching.manager.await_message("READY", "1")
        watching.await_log("nothing to do")
        assert "Traceback" not in watching.log()
    finally:
        watching.end()
    assert up(vera, *path_of("vera")).startswith("already up")


def test_test_names_a_route_that_leads_past_the_tunnel(hub, vera):
    up(vera, *with_ipv6("vera"))
    assert "224.0.0.0/4 and ff00::/8 to mcdpdk0" in client(vera, "test").stdout
    vera.ip("-6", "route", "add", "multicast", "ff0e::/16", "dev", "eth0", "table", "local", "metric", "1")
    try:
        done = client(vera, "test", "--json")
        assert done.returncode == 1
        report = json.loads(done.stdout)
        assert report["first_broken"] == "route" and "ff0e::1 leaves by eth0" in done.stdout
    finally:
        vera.ip("-6", "route", "del", "ff0e::/16", "dev", "eth0", "table", "local")


def test_a_path_too_small_for_ipv6_is_refused(hub, vera):
    """By the NIC before anything is changed, and by the tunnel's own MTU."""
    before = configuration(vera)
    vera.ip("link", "set", "eth0", "mtu", "1329")
    try:
        done = client(vera, "up", *with_ipv6("vera"))
        assert done.returncode == 1
        assert "eth0 has an MTU of 1329, which leaves 1279 bytes inside vxlan: IPv6 needs 1280" in done.stderr
        assert client(vera, "status").returncode == 3
        vera.ip("link", "set", "eth0", "mtu", "1330")
        up(vera, *with_ipv6("vera"))
        vera.ip("link", "set", "mcdpdk0", "mtu", "1279")
        done = client(vera, "up", *with_ipv6("vera"))
        assert done.returncode == 1 and "mcdpdk0 has an MTU of 1279: IPv6 needs 1280" in done.stderr
    finally:
        take_down(vera)
        vera.ip("link", "set", "eth0", "mtu", "1500")
    assert configuration(vera) == before

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-client asks a running hub: `status` and `test` succeed only if the hub accepts the member.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+ l2
vera  10.0.0.12 --+ vxlan, VNI 77
host  10.0.0.20 --+ an ordinary host, no hub
                  +-- switch A --- router --- switch B --- gamma 10.5.0.6  vxlan, VNI 77, no address
                                                                           of its own in the segment
"""

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from member_client import L2, VXLAN, client, take_down, up
from topo import GATEWAY, HUB_ADDRESS

HUB_OVERLAY = "192.168.10.254"
HOST = "10.0.0.20"
BORROWED = ("--hub", HUB_ADDRESS, "--encap", "vxlan", "--vni", 77)
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "members": [
        {"name": "alpha", "address": "10.0.0.11"},
        {"name": "vera", "address": "10.0.0.12", "encap": "vxlan", "vni": 77, "overlay": "192.168.10.2"},
        {"name": "gamma", "address": "10.5.0.6", "encap": "vxlan", "vni": 77, "role": "receiver"},
    ],
    "idle": "sleep",
}
PATHS = {"alpha": L2, "vera": VXLAN, "gamma": BORROWED}
PIECES = ["device", "address", "route", "rule", "rp_filter", "firewall", "hub", "path", "MTU"]


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    addresses = {"alpha": "10.0.0.11", "vera": "10.0.0.12", "gamma": "10.5.0.6", "host": HOST}
    return {name: cloud.add_instance(name, address) for name, address in addresses.items()}


@pytest.fixture(name="down", autouse=True)
def fixture_down(nodes):
    yield
    for node in nodes.values():
        take_down(node)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, nodes):
    with cloud.running_hub(CONFIG) as hub:
        yield hub


def tested(node, *options, status=1):
    """The output of `test` by piece."""
    done = client(node, "test", "--json", *options)
    assert done.returncode == status, done.stdout + done.stderr
    data = json.loads(done.stdout)
    assert data["proven"] == (status == 0)
    return data | {piece["piece"]: piece for piece in data["pieces"]}


def assert_broken(node, piece, words, before="ok"):
    """`test` names it first, `status` fails, and both say what they saw; in parallel, as each waits."""
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(tested, node), pool.submit(client, node, "test"), pool.submit(client, node, "status")]
    found, printed, status = (run.result() for run in runs)
    assert found["first_broken"] == piece, found
    assert words in found[piece]["words"], found
    assert found["advice"]
    for name in PIECES[:PIECES.index(piece)]:
        assert found.get(name, {"state": before})["state"] in ("ok", "?"), found
    assert printed.returncode == 1 and f"first broken: {piece}: " in printed.stdout
    assert status.returncode == 1
    return found


@contextlib.contextmanager
def filtering(node, rules):
    node.run("nft", f"table inet theirs {{ {rules} }}")
    try:
        yield
    finally:
        node.run("nft", "delete table inet theirs")


def chain(hook, rule):
    return f"chain theirs {{ type filter hook {hook} priority 0; policy accept; {rule}; }};"


# Without the hub of the later tests

@pytest.mark.parametrize("name", ["alpha", "vera", pytest.param("gamma", marks=pytest.mark.slow)])
def test_a_hub_that_is_gone_is_reported(cloud, nodes, name):
    """When the hub ends, status and test say so and blame nothing on the member."""
    with cloud.start_hub(CONFIG) as hub:
        hub.await_resolved()
        up(nodes[name], *PATHS[name])
        assert client(nodes[name], "status").returncode == 0
        hub.stop()
    done = client(nodes[name], "status")
    assert done.returncode == 1 and "SILENT" in done.stdout and "MISSING" not in done.stdout
    assert json.loads(client(nodes[name], "status", "--json").stdout)["hub_answers"] is False
    found = assert_broken(nodes[name], "hub", HUB_ADDRESS)
    assert ("neither ARP nor ping" if name != "gamma" else "does not answer ping") in found["hub"]["words"]
    assert "mcdpdkctl status" in found["advice"][0]


# With the hub

@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_proven(hub, nodes, name):
    """Each piece is well, and the answer came from the hub's address in the path. gamma is a receiver and uses its
    instance's address."""
    assert up(nodes[name], *PATHS[name])
    done = client(nodes[name], "status")
    assert done.returncode == 0 and "the hub answers" in done.stdout, done.stdout
    found = tested(nodes[name], status=0)
    assert {piece["state"] for piece in found["pieces"]} == {"ok"} and found["first_broken"] is None
    assert [piece["piece"] for piece in found["pieces"]] == [p for p in PIECES if p != "rule" or name == "alpha"]
    assert (HUB_ADDRESS if name == "alpha" else HUB_OVERLAY) in found["hub"]["words"]
    assert ("1500" if name == "alpha" else "1450") in found["MTU"]["words"]
    assert "proven: multicast goes to the hub" in client(nodes[name], "test").stdout
    hub.settled()


@pytest.mark.parametrize("name, path, words", [
    ("vera", (*BORROWED[:-1], 78), "VNI 78"),
    ("alpha", VXLAN, "encapsulation"),
    ("vera", L2, "encapsulation"),
    ("host", L2, "address"),
], ids=["a wrong VNI", "a wrong encapsulation", "l2 where vxlan is declared", "not declared"])
def test_a_member_that_the_hub_refuses_is_sent_to_the_hub(hub, nodes, name, path, words):
    """The hub is alive but refuses the member: `test` prints the hub's command that explains it."""
    done = client(nodes[name], "up", *path)
    assert done.returncode == 0 and "does not answer" in done.stderr
    found = assert_broken(nodes[name], "path", words)
    assert found["hub"]["words"] == f"{HUB_ADDRESS} answers ARP and ping"
    assert "mcdpdkctl drops" in found["advice"][0]
    assert f"mcdpdkctl explain {nodes[name].address} 224.0.0.2" in found["advice"][0]
    assert hub.drops()["source_denied"] > 0


@pytest.mark.parametrize("path, words", [
    (L2, "or 10.0.0.20 is not a hub"),
    (VXLAN, "10.0.0.20 is not a hub: it does not accept UDP port 4789")], ids=["l2", "vxlan"])
def test_an_ordinary_host_is_no_hub(nodes, path, words):
    """With a --hub that only answers ARP and ping, up warns and keeps the path; test reports it."""
    node = nodes["vera"]
    done = client(node, "up", "--hub", HOST, *path[2:])
    assert done.returncode == 0 and "not a hub" in done.stderr
    found = assert_broken(node, "path", words)
    assert found["hub"]["words"] == f"{HOST} answers ARP and ping"


def test_routes_that_lead_elsewhere_are_named(hub, nodes):
    """After the route is deleted, or a longer one leads elsewhere: `route`, with its target."""
    alpha = nodes["alpha"]
    up(alpha, *L2)
    alpha.ip("route", "del", "224.0.0.0/4")
    assert_broken(alpha, "route", f"224.0.0.2 leaves by eth0 directly, not by eth0 through {HUB_ADDRESS}")
    up(alpha, *L2)
    alpha.ip("route", "add", "224.0.0.0/24", "dev", "lo")
    try:
        assert_broken(alpha, "route", "224.0.0.2 leaves by lo")
    finally:
        alpha.ip("route", "del", "224.0.0.0/24", "dev", "lo")
    alpha.ip("route", "add", "239.0.0.0/8", "dev", "lo")
    try:
        assert tested(alpha)["first_broken"] == "route"
    finally:
        alpha.ip("route", "del", "239.0.0.0/8", "dev", "lo")
    assert tested(alpha, status=0)


def test_a_missing_rule_is_named(hub, nodes):
    """With the rule's table flushed: `rule`, though routed packets still arrive."""
    up(nodes["alpha"], *L2)
    nodes["alpha"].run("nft", "flush ruleset")
    assert_broken(nodes["alpha"], "rule", "I/G-bit frames on eth0")


def test_a_rule_that_leads_elsewhere_is_named(hub, nodes):
    """With host's MAC in the rule's map: `rule`."""
    alpha = nodes["alpha"]
    up(alpha, *L2)
    alpha.run("nft", f"flush map netdev mcdpdk_client hub; add element netdev mcdpdk_client hub "
                     f"{{ \"eth0\" : {nodes['host'].mac} }}")
    alpha.run("nft", "flush chain netdev mcdpdk_client learn")
    assert_broken(alpha, "rule", "another MAC")


def test_a_source_filter_is_named(hub, nodes):
    """The tunnel's strict rp_filter drops the answer, as the hub's address in it is behind the default route."""
    gamma = nodes["gamma"]
    up(gamma, *BORROWED)
    gamma.write_sysctl("net/ipv4/conf/mcdpdk0/rp_filter", 1)
    assert_broken(gamma, "rp_filter", "dropped the hub's answer on mcdpdk0")


@pytest.mark.parametrize("name, rule, words", [
    ("vera", chain("output", "ip protocol icmp drop"), "drops what it sends to 224.0.0.2"),
    pytest.param("alpha", chain("output", "ip daddr 224.0.0.0/4 drop"), "drops what it sends to 224.0.0.2",
                 marks=pytest.mark.slow),
    ("vera", chain("output", "udp dport 4789 drop"), "eth0 did not get it"),
    pytest.param("gamma", chain("output", "udp dport 4789 drop"), "eth0 did not get it", marks=pytest.mark.slow),
    ("vera", chain("input", "udp dport 4789 drop"), "reached eth0 but not mcdpdk0"),
    ("vera", chain("input", "iifname mcdpdk0 drop"), "reached mcdpdk0 but no socket"),
    pytest.param("vera", chain("input", "ct state established,related accept; ip protocol icmp drop"),
                 "reached mcdpdk0 but no socket", marks=pytest.mark.slow),
    ("alpha", chain("input", f"ip saddr {HUB_ADDRESS} drop"), "reached eth0 but no socket"),
])
def test_a_firewall_is_named(hub, nodes, name, rule, words):
    """Which packets this instance drops, and where they were last seen."""
    up(nodes[name], *PATHS[name])
    with filtering(nodes[name], rule):
        assert_broken(nodes[name], "firewall", words)
    assert tested(nodes[name], status=0)


def test_a_device_that_is_down_is_named(hub, nodes):
    up(nodes["vera"], *VXLAN)
    nodes["vera"].ip("link", "set", "mcdpdk0", "down")
    assert_broken(nodes["vera"], "device", "mcdpdk0 is down")


def test_an_address_that_changed_is_named(hub, nodes):
    """Without the overlay's address, then the NIC's: `address`, and which."""
    vera = nodes["vera"]
    up(vera, *VXLAN)
    vera.ip("address", "flush", "dev", "mcdpdk0")
    assert_broken(vera, "address", "address 192.168.10.2/24 on mcdpdk0")
    up(vera, *VXLAN)
    vera.ip("address", "del", "10.0.0.12/24", "dev", "eth0")
    vera.ip("address", "add", "10.0.0.99/24", "dev", "eth0")
    try:
        assert_broken(vera, "address", "eth0 does not have 10.0.0.12")
    finally:
        vera.ip("address", "del", "10.0.0.99/24", "dev", "eth0")
        vera.ip("address", "add", "10.0.0.12/24", "dev", "eth0")
        vera.ip("route", "replace", "default", "via", GATEWAY)


def test_the_mtu_is_found_to_the_byte(nodes, hub):
    """Copies over 1,003 bytes with DF are lost on the way to alpha. `MTU` has the largest packet that passes."""
    alpha = nodes["alpha"]
    members = [CONFIG["members"][0] | {"mtu": 1003}, *CONFIG["members"][1:]]
    generation = hub.telemetry.ask("/mcdpdk/info")["generation"]
    try:
        hub.reload(CONFIG | {"members": members})
        hub.await_generation(generation + 1)
        up(alpha, *L2)
        found = tested(alpha)
        assert found["first_broken"] == "MTU"
        assert "eth0 says 1500, but packets of more than 1003 bytes do not" in found["MTU"]["words"]
        # Small packets pass.
        assert client(alpha, "status").returncode == 0
    finally:
        hub.reload(CONFIG)
        hub.await_generation(generation + 2)


def test_a_path_made_by_hand_is_proven(hub, nodes):
    """`ip link add`, `ip route add`, then test with the options: proven; without the route not."""
    vera = nodes["vera"]
    vera.ip("link", "add", "vx1", "type", "vxlan", "id", "77", "dstport", "4789", "remote", HUB_ADDRESS, "dev", "eth0")
    try:
        vera.ip("address", "add", "192.168.10.2/24", "dev", "vx1")
        vera.ip("link", "set", "vx1", "up")
        vera.ip("route", "add", "224.0.0.0/4", "dev", "vx1")
        options = (*VXLAN, "--name", "vx1")
        tested(vera, *options, status=0)
        vera.ip("route", "del", "224.0.0.0/4", "dev", "vx1")
        assert tested(vera, *options)["first_broken"] == "route"
    finally:
        vera.ip("link", "del", "vx1")


def test_an_l2_path_without_the_rule_is_incomplete(hub, nodes):
    """With only the route, the rule is missing, for programs that choose their interface."""
    alpha = nodes["alpha"]
    alpha.route_groups(via=HUB_ADDRESS)
    try:
        found = tested(alpha, *L2)
        assert found["first_broken"] == "rule" and found["route"]["state"] == "ok"
    finally:
        alpha.ip("route", "del", "224.0.0.0/4")


def test_nothing_to_test(nodes):
    done = client(nodes["host"], "test")
    assert (done.returncode, done.stdout) == (1, "") and "nothing is up" in done.stderr
    for words in (("--hub", HUB_ADDRESS), ("--encap", "l2"), ("--vni", "7")):
        done = client(nodes["host"], "test", *words)
        assert done.returncode == 2 and "needs both --hub and --encap" in done.stderr

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-client with two hubs: a member leaves one that dies and returns to it, with its membership.

hub A 10.0.0.10 --+-- switch A      ann sends by hub A,
hub B 10.0.0.20 --+                 ben the same group by hub B
ann   10.0.0.13 --+ l2
ben   10.0.0.14 --+ l2
alpha 10.0.0.11 --+ l2, either hub
vera  10.0.0.12 --+ vxlan, VNI 77, either hub
carl  10.0.0.15 --+ joins groups of his own
"""

import json
import shutil
import signal
import socket
import struct
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3mq, IGMPv3mr
from scapy.compat import raw
from scapy.layers.inet import IP, UDP, IPOption_Router_Alert
from scapy.layers.l2 import Ether

from hub import Hub
from member_client import Watching, client, configuration, take_down, up
from topo import GATEWAY, HUB_ADDRESS
from traffic import ETH_P_ALL, PACKET_OUTGOING, Stream, Wire, interface_index, open_receiver
from waiting import DEADLINE_S, await_condition
from paths import SCRIPTS

HUB_B = "10.0.0.20"
HUBS = ("--hub", HUB_ADDRESS, "--hub", HUB_B)
PATHS = {
    "alpha": (*HUBS, "--encap", "l2"),
    "vera": (*HUBS, "--encap", "vxlan", "--vni", 77, "--overlay", "192.168.10.2/24"),
}
DEVICES = {"alpha": "eth0", "vera": "mcdpdk0"}
ADDRESSES = {"alpha": "10.0.0.11", "vera": "10.0.0.12", "ann": "10.0.0.13", "ben": "10.0.0.14",
             "carl": "10.0.0.15"}
# A recovery in two seconds: the default would only make the tests longer.
BRISK = ("--recover", 2)
# None is to be left because the machine is busy.
PATIENT = (*BRISK, "--misses", 30)
GROUP, SPECIFIC, PORT = "239.1.1.1", "232.1.1.1", 5000
IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE = 39, 38
BURST_S, BURST = 0.005, 10  # 2,000 datagrams a second


def config_of(address, overlay):
    return {
        "ports": [{"address": f"{address}/24", "gateway": GATEWAY}],
        "overlay": {"address": f"{overlay}/24"},
        # Hubs of a domain can drain. They have no agents, so they do not know each other.
        "domain": {"name": "harbour", "hub": address, "etcd": ["http://127.0.0.1:1"]},
        "members": [
            {"name": "alpha", "address": ADDRESSES["alpha"]},
            {"name": "vera", "address": ADDRESSES["vera"], "encap": "vxlan", "vni": 77, "overlay": "192.168.10.2"},
            {"name": "ann", "address": ADDRESSES["ann"], "role": "sender"},
            {"name": "ben", "address": ADDRESSES["ben"], "role": "sender"},
        ],
        # One query at the start, which is answered at once, none after a leave, and no report is repeated: later it
        # learns of a membership only by the client.
        "igmp": {"query_interval": 3600, "startup_query_interval": 3600, "query_response_interval": 0.1,
                 "robustness": 1, "immediate_leave": True},
        "idle": "sleep",
    }


CONFIGS = {"A": config_of(HUB_ADDRESS, "192.168.10.254"), "B": config_of(HUB_B, "192.168.10.253")}


def without(config, name):
    return [member for member in config["members"] if member["name"] != name]


class Pair:
    """Two hubs, each of which can be killed and started again."""

    def __init__(self, cloud):
        self.cloud = cloud
        other = cloud.add_instance("hub-b", HUB_B)
        other.ip("address", "flush", "dev", "eth0")
        self.nodes = {"A": cloud.hub_node, "B": other}
        self.hubs = {}
        self.starts = 0

    def __getitem__(self, name):
        return self.hubs[name]

    def start(self, name, config=None):
        self.starts += 1
        hub = Hub(self.nodes[name], config or CONFIGS[name], self.cloud.folder,
                  f"{self.cloud.name}-{name}{self.starts}", driver="deep rings")
        self.hubs[name] = hub
        hub.start()
        hub.await_resolved()

    def kill(self, name):
        self.hubs[name].process.send_signal(signal.SIGKILL)
        self.hubs[name].process.wait()
        self.hubs[name].close()

    def ensure(self):
        for name in self.nodes:
            hub = self.hubs.get(name)
            if hub is None or hub.closed:
                self.start(name)

    def close(self):
        for hub in self.hubs.values():
            hub.close()


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {name: cloud.add_instance(name, address) for name, address in ADDRESSES.items()}
    nodes["ann"].route_groups(via=HUB_ADDRESS)
    nodes["ben"].route_groups(via=HUB_B)
    for name in PATHS:
        nodes[name].write_sysctl("net/ipv4/igmp_qrv", 1)
    return nodes


@pytest.fixture(scope="module", name="pair_of_module")
def fixture_pair_of_module(cloud, nodes):
    pair = Pair(cloud)
    yield pair
    pair.close()


@pytest.fixture(name="pair")
def fixture_pair(pair_of_module):
    pair_of_module.ensure()
    return pair_of_module


@pytest.fixture(name="watch")
def fixture_watch(tmp_path):
    started = []

    def watch(node, *options, path=""):
        started.append(Watching(node, tmp_path, *options, path=path))
        started[-1].manager.await_message("READY", "1")
        return started[-1]

    yield watch
    for watching in started:
        watching.end()
        take_down(watching.node)
        left = watching.node.attempt("ip", "link", "del", "mcdpdk0").returncode == 0
        assert not left, f"nobody knows of the device any more: {watching.log()}"


class Receiver(threading.Thread):
    """Joins the group, and notes for each datagram its sender, its number and when it came."""

    def __init__(self, node, dev, group=GROUP, source=None):
        super().__init__()
        self.socket = open_receiver(node, group, PORT, dev) if source is None else \
            open_specific(node, group, dev, source)
        self.socket.settimeout(0.05)
        self.got = []
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            try:
                data, (source, _) = self.socket.recvfrom(100)
            except TimeoutError:
                continue
            self.got.append((source, int(data), time.monotonic()))

    def count(self, name):
        return sum(1 for source, *_ in self.got if source == ADDRESSES[name])

    def await_more(self, name, count=100):
        """Datagrams of this sender, from now on."""
        before = self.count(name)
        await_condition(lambda: self.count(name) >= before + count, f"{count} datagrams of {name}")

    def await_number(self, number):
        await_condition(lambda: self.got[-1][1] >= number, f"datagram {number}")

    def missing(self):
        """Numbers from the first to the last that have not come."""
        numbers = {number for _, number, _ in self.got}
        return [number for number in range(min(numbers), max(numbers)) if number not in numbers]

    def times(self, name):
        return [at for source, _, at in self.got if source == ADDRESSES[name]]

    def twice(self):
        return [one for one, count in Counter((source, number) for source, number, _ in self.got).items() if count > 1]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
        self.socket.close()


def open_specific(node, group, dev, source):
    receiver = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind((group, PORT))
    address = node.run("ip", "-4", "-o", "address", "show", "dev", dev).split()[3].split("/")[0]
    request = struct.pack("4s4s4s", *map(socket.inet_aton, (group, address, source)))
    receiver.setsockopt(socket.IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, request)
    return receiver


def members_of(hub, group=GROUP):
    return set(hub.receivers(group))


@pytest.mark.parametrize("name", ["alpha", pytest.param("vera", marks=pytest.mark.slow)])
def test_a_member_leaves_a_dead_hub_and_returns(pair, nodes, watch, name):
    """Hub A is killed: the member receives from B. A returns: the member receives from A again, and only from A, with
    the same socket. No datagram comes twice."""
    before = configuration(nodes[name])
    watching = watch(nodes[name], *PATHS[name], *BRISK)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    with Stream(nodes["ann"], GROUP, PORT, BURST_S, BURST), Stream(nodes["ben"], GROUP, PORT, BURST_S, BURST), \
            Receiver(nodes[name], DEVICES[name]) as receiver:
        receiver.await_more("ann", 1000)
        assert receiver.count("ben") == 0
        killed = time.monotonic()
        pair.kill("A")
        receiver.await_more("ben", 1000)
        print(f"{name}: {receiver.times('ben')[0] - killed:.3f} s without the stream")
        watching.await_log(f"to the hub {HUB_B}: {HUB_ADDRESS} does not answer: 3 misses")
        pair.start("A")
        watching.await_log(f"to the hub {HUB_ADDRESS}: {HUB_ADDRESS} is preferred and has answered for 2 s")
        receiver.await_more("ann", 1000)
        assert name in members_of(pair["A"])
        await_condition(lambda: name not in members_of(pair["B"]), "B knows that the member has left")
        of_ben = receiver.count("ben")
        receiver.await_more("ann", 1000)
        assert receiver.count("ben") == of_ben
        assert receiver.twice() == []
    assert "Traceback" not in watching.log()
    assert watching.end() == 0
    assert configuration(nodes[name]) == before


class Feed(threading.Thread):
    """The sender's packets come to both hubs, as in a domain: a context manager that sends 2,000 numbered datagrams a
    second to each."""

    DIGITS = 8

    def __init__(self, node, hubs):
        super().__init__()
        self.socket = Wire(node).socket
        packet = IP(src=node.address, dst=GROUP) / UDP(sport=PORT, dport=PORT, chksum=0) / (b"0" * self.DIGITS)
        self.heads = [raw(Ether(src=node.mac, dst=hub.mac) / packet)[:-self.DIGITS] for hub in hubs]
        self.sent = 0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(BURST_S):
            for _ in range(BURST):
                for head in self.heads:
                    self.socket.send(head + b"%0*d" % (self.DIGITS, self.sent + 1))
                self.sent += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
        self.socket.close()


def drain(pair, name, end=False):
    answer = pair[name].telemetry.ask("/mcdpdk/drain,end" if end else "/mcdpdk/drain")
    assert answer["status"] == "ok", answer


@contextmanager
def draining(pair, *names):
    for name in names:
        drain(pair, name)
    try:
        yield
    finally:
        for name in names:
            if not pair[name].closed:
                drain(pair, name, end=True)


def is_a_run(numbers):
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


def await_handover(receiver, feed, old, new, name):
    """Until the new hub alone serves the member, and some more."""
    await_condition(lambda: name in members_of(new) and name not in members_of(old), "the member has moved")
    receiver.await_number(feed.sent + 1000)


@pytest.mark.parametrize("name", PATHS)
def test_a_member_leaves_a_hub_that_drains_and_returns(pair, nodes, watch, name):
    """Nothing is lost, neither when the hub drains nor when it does so no more. What comes twice is what came while
    both hubs served: one run of numbers each time."""
    watching = watch(nodes[name], *PATHS[name], *PATIENT)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    with Receiver(nodes[name], DEVICES[name]) as receiver, Feed(nodes["ann"], pair.nodes.values()) as feed:
        receiver.await_more("ann", 1000)
        drain(pair, "A")
        watching.await_log(f"the hub {HUB_ADDRESS} drains")
        watching.await_log(f"to the hub {HUB_B}: {HUB_ADDRESS} drains")
        await_handover(receiver, feed, pair["A"], pair["B"], name)
        away = [number for _, number in receiver.twice()]
        drain(pair, "A", end=True)
        watching.await_log(f"to the hub {HUB_ADDRESS}: {HUB_ADDRESS} is preferred and has answered for 2 s")
        await_handover(receiver, feed, pair["B"], pair["A"], name)
    back = [number for _, number in receiver.twice()][len(away):]
    print(f"{name}: {len(away)} came twice when the hub drained, {len(back)} at the return")
    assert receiver.missing() == []
    assert is_a_run(away) and is_a_run(back)
    assert "does not answer" not in watching.log()


def test_the_path_stays_with_a_hub_that_drains_if_no_other_serves(pair, nodes, watch):
    """B drains as well; then it does not, but does not know vera. A serves on, and nothing is lost or comes twice."""
    vera = nodes["vera"]
    pair["B"].reload_and_wait(CONFIGS["B"] | {"members": without(CONFIGS["B"], "vera")})
    watching = watch(vera, *PATHS["vera"], *PATIENT)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    try:
        with Receiver(vera, "mcdpdk0") as receiver, Feed(nodes["ann"], pair.nodes.values()) as feed:
            receiver.await_more("ann", 100)
            with draining(pair, "A"):
                with draining(pair, "B"):
                    watching.await_log(f"the hub {HUB_ADDRESS} drains")
                    status = json.loads(client(vera, "status", "--json").stdout)
                    assert (status["hub"], status["hub_answers"]) == (HUB_ADDRESS, True)
                    assert status["hubs_answer"] == status["hubs_drain"] == {HUB_ADDRESS: True, HUB_B: True}
                    assert f"drains  hub {HUB_ADDRESS}, in use" in client(vera, "status").stdout
                watching.await_log(f"{HUB_B} does not serve this member; the path stays with {HUB_ADDRESS}", 2)
            watching.await_log(f"the hub {HUB_ADDRESS} answers", 2)
            receiver.await_number(feed.sent)
        assert receiver.missing() == receiver.twice() == []
    finally:
        pair["B"].reload_and_wait(CONFIGS["B"])
    assert f"to the hub {HUB_B}" not in watching.log()


def test_up_prefers_a_hub_that_does_not_drain(pair, nodes):
    try:
        with draining(pair, "A"):
            assert f"to the hub {HUB_B} " in up(nodes["vera"], *PATHS["vera"]).splitlines()[-1]
            client(nodes["vera"], "down")
            drain(pair, "B")
            assert f"to the hub {HUB_ADDRESS} " in up(nodes["vera"], *PATHS["vera"]).splitlines()[-1]
    finally:
        drain(pair, "B", end=True)
        take_down(nodes["vera"])


def test_a_hub_that_dies_while_it_drains_is_left(pair, nodes, watch):
    """B drains as well: it is better than none."""
    watching = watch(nodes["alpha"], *PATHS["alpha"], *BRISK)
    with draining(pair, "A", "B"):
        watching.await_log(f"the hub {HUB_ADDRESS} drains")
        pair.kill("A")
        watching.await_log(f"to the hub {HUB_B}: {HUB_ADDRESS} does not answer: 3 misses")
    watching.await_log(f"the hub {HUB_B} answers")


TUNNELED = {
    "l2": {},
    "gre": {"key": 4242},
    "gre-udp": {"port": 4754},
    "gretap": {"key": 5},
    "vxlan": {"vni": 88, "port": 4789},
    "vxlan nat": {"vni": 88, "port": 4789, "nat": True},
}
HANDOVER = f"""
import json, select, sys
sys.path.insert(0, {str(SCRIPTS)!r})
from mcdpdk_client.settings import Settings
from mcdpdk_client.soft_handover import SoftHandover
before, after = (Settings(**one) for one in json.loads(sys.argv[1]))
soft = SoftHandover(before, after)
while (verdict := soft.serve()) is None:
    select.select([soft.socket], [], [], soft.due())
print(json.dumps([verdict, soft.overlap.accepted, len(soft.overlap.of_new)]))
"""


def hand_over(node, hubs, encap):
    """As watch does, but for the path: this kernel need not have the tunnel."""
    base = {"key": None, "vni": None, "port": None} | TUNNELED[encap] | {
        "encap": encap.split()[0], "dev": "eth0", "local": node.address, "overlay": "192.168.10.5/24",
        "name": "mcdpdk0", "manager": "ip", "own_mac": node.mac}
    settings = [base | {"hub": address, "hub_mac": mac} for address, mac in hubs]
    return json.loads(node.run(sys.executable, "-c", HANDOVER, json.dumps(settings)))


@pytest.mark.parametrize("encap", TUNNELED)
def test_the_next_hub_shows_by_each_encapsulation_that_it_serves(pair, nodes, encap):
    """By its answer, and by its first packet of a stream. If it does not know the member, neither comes."""
    carl, kind, more = nodes["carl"], encap.split()[0], TUNNELED[encap]
    hubs = [(address, pair.nodes[name].mac) for name, address in (("A", HUB_ADDRESS), ("B", HUB_B))]
    dev = "eth0" if kind == "l2" else "mcdpdk0"
    if kind != "l2":
        carl.ip("link", "add", dev, "type", "bridge")
        carl.ip("address", "add", "192.168.10.5/24", "dev", dev)
        carl.ip("link", "set", dev, "up", "multicast", "on")
    declared = {"name": "carl", "address": carl.address, "encap": kind} | {
        {"port": "udp_port"}.get(key, key): value for key, value in more.items()}
    try:
        with open_receiver(carl, GROUP, PORT, dev):
            assert hand_over(carl, hubs, encap) == [False, False, 0]
            pair["B"].reload_and_wait(CONFIGS["B"] | {"members": [*CONFIGS["B"]["members"], declared]})
            assert hand_over(carl, hubs, encap) == [True, True, 0]
            assert "carl" in members_of(pair["B"])
            with Feed(nodes["ann"], pair.nodes.values()):
                assert hand_over(carl, hubs, encap)[::2] == [True, 1]
    finally:
        pair["B"].reload_and_wait(CONFIGS["B"])
        if kind != "l2":
            carl.ip("link", "del", dev)


def of_specific(hub):
    return members_of(hub, f"{SPECIFIC},{ADDRESSES['ann']}")


@pytest.mark.parametrize("name", PATHS)
def test_up_leads_the_path_to_another_hub_in_place(pair, nodes, name):
    """The device stays, so the sockets keep their memberships; B knows both at once, A none of them, and status says
    where the path leads and why. down restores what was before the first up."""
    node, dev = nodes[name], DEVICES[name]
    node.ip("route", "add", "224.0.0.0/4", "dev", "eth0", "scope", "link")
    before = configuration(node)
    up(node, *PATHS[name])
    index = interface_index(node, dev)
    receivers = [open_receiver(node, GROUP, PORT, dev), open_specific(node, SPECIFIC, dev, ADDRESSES["ann"])]
    try:
        await_condition(lambda: name in members_of(pair["A"]) & of_specific(pair["A"]), "A knows them")
        assert name not in members_of(pair["B"])
        shown = up(node, "--hub", HUB_B, "--hub", HUB_ADDRESS, *PATHS[name][4:])
        assert name in members_of(pair["B"]) & of_specific(pair["B"])
        await_condition(lambda: name not in members_of(pair["A"]) | of_specific(pair["A"]), "A knows that they left")
        assert interface_index(node, dev) == index
        assert "ip link add" not in shown and shown.splitlines()[-1].startswith("up: ")
        status = json.loads(client(node, "status", "--json").stdout)
        assert (status["hub"], status["hubs"], status["moved"]["from"]) == (HUB_B, [HUB_B, HUB_ADDRESS], HUB_ADDRESS)
        assert status["hub_answers"] and status["hubs_answer"] == {HUB_B: True, HUB_ADDRESS: True}
        assert all(status["steps"].values())
        text = client(node, "status").stdout
        assert f"hub {HUB_B}, in use" in text and f"moved   from {HUB_ADDRESS} at 20" in text
        client(node, "down")
        assert configuration(node) == before
    finally:
        for receiver in receivers:
            receiver.close()
        take_down(node)
        node.ip("route", "del", "224.0.0.0/4", "dev", "eth0")


def test_what_was_learned_behind_the_old_hub_is_forgotten(pair, nodes):
    """Unicast in the segment goes to B after the move."""
    vera = nodes["vera"]
    up(vera, *PATHS["vera"])
    try:
        vera.run("bridge", "fdb", "add", "02:00:00:00:00:77", "dev", "mcdpdk0", "dst", HUB_ADDRESS, "dynamic")
        up(vera, "--hub", HUB_B, *PATHS["vera"][4:])
        entries = json.loads(vera.run("bridge", "-j", "fdb", "show", "dev", "mcdpdk0"))
        assert {entry["dst"] for entry in entries if "dst" in entry} == {HUB_B}
        assert "02:00:00:00:00:77" not in {entry["mac"] for entry in entries}
    finally:
        take_down(vera)


def failing_ip(folder, *words):
    """A folder for PATH with an `ip` that fails when its arguments contain these words."""
    real = shutil.which("ip")
    cases = "|".join(f"*'{word}'*" for word in words)
    (folder / "ip").write_text(f'#!/bin/sh\ncase "$*" in {cases}) echo not today >&2; exit 2 ;; esac\n'
                               f'exec {real} "$@"\n')
    (folder / "ip").chmod(0o755)
    return folder


def test_what_a_killed_command_has_done_is_undone(nodes, tmp_path):
    """Whoever stops a service signals the commands that it runs, too."""
    vera = nodes["vera"]
    (tmp_path / "ip").write_text(f'#!/bin/sh\n{shutil.which("ip")} "$@" || exit\n'
                                 'case "$*" in *"link add"*) kill -TERM $$ ;; esac\n')
    (tmp_path / "ip").chmod(0o755)
    done = client(vera, "up", *PATHS["vera"], path=tmp_path)
    assert done.returncode != 0 and "ip: was killed" in done.stderr
    assert vera.attempt("ip", "link", "del", "mcdpdk0").returncode != 0, "the device is left"


def test_a_path_that_cannot_be_led_over_is_made_anew(pair, nodes, tmp_path):
    """The memberships end with the device, and the client says so."""
    vera = nodes["vera"]
    up(vera, *PATHS["vera"])
    try:
        with open_receiver(vera, GROUP, PORT, "mcdpdk0"), open_receiver(vera, "239.1.1.2", PORT, "mcdpdk0"):
            done = client(vera, "up", "--hub", HUB_B, *PATHS["vera"][4:], path=failing_ip(tmp_path, "link change"))
        assert done.returncode == 0 and "ip: not today; the path is made anew" in done.stderr
        lost = done.stderr.split("mcdpdk0 was deleted: programs have to join ")[1].split(" again")[0]
        assert set(lost.split(", ")) == {GROUP, "239.1.1.2"}
        status = json.loads(client(vera, "status", "--json").stdout)
        assert status["hub"] == HUB_B and status["hub_answers"] and status["moved"]["from"] == HUB_ADDRESS
    finally:
        take_down(vera)


def test_a_watch_that_can_lead_the_path_nowhere_keeps_the_old_one(pair, nodes, tmp_path, watch):
    """Neither is B's tunnel made nor A's changed: after A's death the path waits for A."""
    vera = nodes["vera"]
    folder = failing_ip(tmp_path, "link change", f"remote {HUB_B}")
    watching = watch(vera, *PATHS["vera"], *PATIENT, path=folder)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    pair.kill("A")
    watching.await_log(f"not today; the path stays with {HUB_ADDRESS}")
    pair.start("A")
    watching.await_log(f"the hub {HUB_ADDRESS} answers", 2)
    assert json.loads(client(vera, "status", "--json").stdout)["hub"] == HUB_ADDRESS


def test_a_hub_that_was_left_too_early_knows_the_member_again(pair, nodes, tmp_path, watch):
    """A drains, and B serves; A is left, but the path cannot be led to B. A knows alpha again without a query, and
    alone."""
    alpha = nodes["alpha"]
    watching = watch(alpha, *PATHS["alpha"], *PATIENT, path=failing_ip(tmp_path, f"via {HUB_B}"))
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    with Receiver(alpha, "eth0") as receiver, Feed(nodes["ann"], pair.nodes.values()) as feed:
        receiver.await_more("ann", 100)
        with draining(pair, "A"):
            watching.await_log(f"not today; the path stays with {HUB_ADDRESS}")
        watching.await_log(f"the hub {HUB_ADDRESS} answers", 2)
        await_condition(lambda: "alpha" in members_of(pair["A"]) - members_of(pair["B"]), "A alone knows the member")
        receiver.await_number(feed.sent)


def test_a_watch_that_lost_the_path_in_a_move_tries_again(pair, nodes, tmp_path, watch):
    """A dies, and neither can the path lead to B nor its device be made again. Once it can, the path leads to B."""
    vera = nodes["vera"]
    up(vera, *PATHS["vera"])
    watching = watch(vera, *PATIENT, path=tmp_path)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    failing_ip(tmp_path, "link change", "link add")
    pair.kill("A")
    watching.await_log("trying again")
    assert json.loads(client(vera, "status", "--json").stdout) == {"up": False}
    (tmp_path / "ip").unlink()
    watching.process.send_signal(signal.SIGHUP)
    watching.await_log(f"to the hub {HUB_B}: ", 2)
    watching.await_log(f"the hub {HUB_B} answers")
    assert watching.end() == 0


def test_up_takes_the_first_that_answers(pair, nodes):
    """A is dead: B. Both are dead: A."""
    vera = nodes["vera"]
    pair.kill("A")
    try:
        assert up(vera, *PATHS["vera"]).splitlines()[-1].startswith(f"up: multicast goes to the hub {HUB_B} ")
        client(vera, "down")
        pair.kill("B")
        assert f"to the hub {HUB_ADDRESS} " in up(vera, *PATHS["vera"]).splitlines()[-1]
    finally:
        take_down(vera)


def test_one_that_refuses_the_member_is_left(pair, nodes, watch):
    """A no longer knows vera: it answers, but not through the path."""
    watching = watch(nodes["vera"], *PATHS["vera"], "--recover", 600)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    pair["A"].reload_and_wait(CONFIGS["A"] | {"members": without(CONFIGS["A"], "vera")})
    try:
        watching.await_log(f"to the hub {HUB_B}: {HUB_ADDRESS} answers, but not through the path: 15 misses")
        watching.await_log(f"the hub {HUB_B} answers")
    finally:
        pair["A"].reload_and_wait(CONFIGS["A"])


def test_a_path_damaged_here_is_no_reason_to_leave(pair, nodes, watch):
    """The tunnel's device goes down: it is repaired, and the hub stays."""
    watching = watch(nodes["vera"], *PATHS["vera"])
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    for count in (1, 2, 3):
        nodes["vera"].ip("link", "set", "mcdpdk0", "down")
        watching.await_log("repaired: ", count)
        watching.await_well()
    assert "to the hub 10.0.0.20" not in watching.log()


def test_with_all_hubs_dead_the_first_to_return_is_used(pair, nodes, watch):
    watching = watch(nodes["alpha"], *PATHS["alpha"], "--recover", 600)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    pair.kill("B")
    pair.kill("A")
    watching.await_log(f"the hub {HUB_ADDRESS} does not answer")
    pair.start("B")
    watching.await_log(f"the hub {HUB_B} answers")
    status = json.loads(client(nodes["alpha"], "status", "--json").stdout)
    assert (status["hub"], status["hubs_answer"][HUB_ADDRESS]) == (HUB_B, False)
    assert status["moved"]["why"].startswith(f"{HUB_ADDRESS} does not answer")


def test_watch_without_options_leaves_the_path_with_the_hub_in_use(pair, nodes, watch):
    """up with two hubs; watch; A dies; SIGTERM: the path leads to B, and another watch goes on there."""
    vera = nodes["vera"]
    up(vera, *PATHS["vera"])
    watching = watch(vera)
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    pair.kill("A")
    watching.await_log(f"the hub {HUB_B} answers")
    assert watching.end() == 0
    status = json.loads(client(vera, "status", "--json").stdout)
    assert status["hub"] == HUB_B and status["hub_answers"] and all(status["steps"].values())


def test_watch_follows_an_up_by_hand(pair, nodes, watch):
    """up with B alone: watch asks B, and moves no more."""
    vera = nodes["vera"]
    watching = watch(vera, *PATHS["vera"])
    watching.await_log(f"the hub {HUB_ADDRESS} answers")
    up(vera, "--hub", HUB_B, *PATHS["vera"][4:])
    watching.await_log(f"the hub {HUB_B} answers")
    assert json.loads(client(vera, "status", "--json").stdout)["hub"] == HUB_B


# Reports

BUILT = f"""
import socket, sys
sys.path.insert(0, {str(SCRIPTS)!r})
from mcdpdk_client import igmp
from mcdpdk_client.membership import joined_on
built = igmp.reports(*joined_on(socket.if_nametoindex("eth0")), sys.argv[1], int(sys.argv[2]))
print(" ".join(packet.hex() for packet in built))
"""
ASK_V3 = IP(src="0.0.0.0", dst="224.0.0.1", ttl=1, options=[IPOption_Router_Alert()]) / IGMPv3(
    type=0x11, mrcode=1) / IGMPv3mq()
ASK_V2 = IP(src="0.0.0.0", dst="224.0.0.1", ttl=1, options=[IPOption_Router_Alert()]) / IGMP(type=0x11, mrcode=1)


def joins(node, requests):
    """A socket for each request, a list of options of IPPROTO_IP with their values."""
    opened = []
    for options in requests:
        opened.append(node.socket(socket.AF_INET, socket.SOCK_DGRAM))
        for option, *words in options:
            value = b"".join(map(socket.inet_aton, words))
            if option == socket.IP_ADD_MEMBERSHIP:
                value = struct.pack("4s4si", value, bytes(4), interface_index(node, "eth0"))
            opened[-1].setsockopt(socket.IPPROTO_IP, option, value)
    return opened


def current_state(packet):
    """A report of version 3 that is no change of state: of one before, the kernel may repeat that."""
    return packet[24] == 0x22 and packet[32] in (1, 2)


def kernel_reports(node, asker, question, count, wanted=current_state):
    """What the kernel of a node answers to a query, without repetitions."""
    tap = node.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.bind(("eth0", ETH_P_ALL))
    tap.settimeout(DEADLINE_S)
    Wire(asker).send(Ether(src=asker.mac, dst=node.mac) / question)
    found = []
    while len(found) < count:
        frame, (_, protocol, kind, *_) = tap.recvfrom(65535)
        is_igmp = kind == PACKET_OUTGOING and protocol == 0x0800 and frame[23] == socket.IPPROTO_IGMP
        if is_igmp and wanted(frame[14:]) and frame[14:] not in found:
            found.append(frame[14:])
    tap.close()
    return found


def built_reports(node, mtu=1500):
    return [bytes.fromhex(word) for word in node.run(sys.executable, "-c", BUILT, node.address, mtu).split()]


def membership_options(address):
    """All kinds of filters of RFC 3376, 4.2.12."""
    join, include, exclude = socket.IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE
    return [
        [(join, "239.7.0.1")],
        [(join, "224.0.0.251")],
        [(include, "232.7.0.2", address, "10.9.0.1"), (include, "232.7.0.2", address, "10.9.0.2")],
        [(join, "239.7.0.3"), (exclude, "239.7.0.3", address, "10.9.0.3")],
        # Two sockets that exclude: only what both exclude.
        [(join, "239.7.0.4"), (exclude, "239.7.0.4", address, "10.9.0.4"), (exclude, "239.7.0.4", address, "10.9.0.5")],
        [(join, "239.7.0.4"), (exclude, "239.7.0.4", address, "10.9.0.4")],
        # One includes, another receives all.
        [(include, "239.7.0.5", address, "10.9.0.6")],
        [(join, "239.7.0.5")],
    ]


def test_reports_are_the_kernels_to_the_byte(nodes):
    """Sockets with and without source filters, alone and together; scapy understands it as well."""
    carl = nodes["carl"]
    opened = joins(carl, membership_options(carl.address))
    kernel = kernel_reports(carl, nodes["ben"], ASK_V3, 1)
    assert built_reports(carl) == kernel
    found = {record.maddr: (record.rtype, set(record.srcaddrs)) for record in IP(kernel[0])[IGMPv3mr].records}
    assert found == {
        "239.7.0.1": (2, set()), "224.0.0.251": (2, set()), "232.7.0.2": (1, {"10.9.0.1", "10.9.0.2"}),
        "239.7.0.3": (2, {"10.9.0.3"}), "239.7.0.4": (2, {"10.9.0.4"}), "239.7.0.5": (2, set())}
    for one in opened:
        one.close()


def test_many_reports_are_packed_as_the_kernel_does(nodes):
    """300 groups in two packets."""
    carl = nodes["carl"]
    carl.write_sysctl("net/ipv4/igmp_max_memberships", 1000)
    opened = joins(carl, [[(socket.IP_ADD_MEMBERSHIP, f"239.8.{n // 250}.{n % 250}") for n in range(300)]])
    assert built_reports(carl) == kernel_reports(carl, nodes["ben"], ASK_V3, 2)
    for one in opened:
        one.close()


def test_after_a_query_of_version_2_the_reports_are_of_version_2(nodes):
    carl = nodes["carl"]
    carl.write_sysctl("net/ipv4/conf/eth0/force_igmp_version", 2)
    opened = joins(carl, [[(socket.IP_ADD_MEMBERSHIP, "239.9.0.1")], [(socket.IP_ADD_MEMBERSHIP, "239.9.0.2")]])
    try:
        kernel = kernel_reports(carl, nodes["ben"], ASK_V2, 2, lambda packet: packet[16:18] == bytes([239, 9]))
        assert sorted(built_reports(carl)) == sorted(kernel)
    finally:
        carl.write_sysctl("net/ipv4/conf/eth0/force_igmp_version", 0)
    for one in opened:
        one.close()


BAD = {
    "--hub 10.0.0.10 --hub 10.0.0.10 --encap l2": (2, "the same hub twice"),
    "--hub 10.0.0.10 --hub 10.5.0.6 --encap l2": (1, "10.5.0.6 is reached through 10.0.0.1"),
    "--hub 10.0.0.10 --hub 10.0.0.11 --encap l2": (2, "own address"),
}


@pytest.mark.parametrize("words", BAD)
def test_hubs_that_cannot_be(nodes, words):
    status, message = BAD[words]
    done = client(nodes["alpha"], "up", *words.split())
    assert done.returncode == status and message in done.stderr and "Traceback" not in done.stderr

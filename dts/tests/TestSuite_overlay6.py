# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""IPv6 from host to host inside tunnels: overlay6 and hub_overlay6. Topology: ipv6_underlay.py.

The hub is the router between the tunnels and their segments, over either network. Kernels ping, connect, look for
neighbours and for others with their address. After each test the sums balance.
"""

import contextlib
import itertools
import socket

import pytest

from ipv6_cloud import Ipv6Cloud
from ipv6_underlay import KINDS, Members, config
from waiting import DEADLINE_S, await_condition

# Two of the segment of VNI 100, two of GRE, one of GRE in UDP: of each kind over IPv6 and over IPv4.
NAMES = ("alice", "nick", "dave", "mona", "erin")
HUB_OVERLAY6 = "fd00:1::fe"
DAD = "net/ipv6/conf/vx0/accept_dad"
BYTES = bytes(range(256)) * 800


def declared(inside=None):
    """@param inside Members that have another's address."""
    inside = inside or {}
    return [member | {"overlay6": KINDS[inside.get(member["name"], member["name"])].source(6)}
            for member in config(NAMES)["members"]]


CONFIG = config(NAMES, overlay={"address6": f"{HUB_OVERLAY6}/64"}, groups=[]) | {"members": [
    {key: value for key, value in member.items() if key != "overlay"} for member in declared()]}


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud():
    with Ipv6Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Members(cloud)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, members):
    # af_packet would put fragments together.
    with cloud.running_hub(CONFIG, driver="af_xdp") as hub:
        hub.await_resolved()
        yield hub


@pytest.fixture(autouse=True)
def fixture_balanced(hub):
    yield
    hub.settled()


def ping(node, address, *options):
    shown = node.run("ping", "-6", "-c", "2", "-i", "0.05", "-w", "20", *options, address)
    assert "2 received" in shown and "duplicates" not in shown, shown


@pytest.mark.parametrize("name, other", itertools.combinations(NAMES, 2))
def test_members_reach_each_other(hub, members, name, other):
    """Inside the segment, between tunnels, and from one to the other, whatever their networks are."""
    before = hub.stats()["unicast_packets"]
    ping(members.nodes[name], KINDS[other].source(6))
    assert hub.settled()[0]["unicast_packets"] >= before + 4


@pytest.mark.parametrize("name", ["alice", "dave", "mona"])
@pytest.mark.parametrize("size", [56, 4000])
def test_members_ping_the_hub(hub, members, name, size):
    """In one packet or several."""
    ping(members.nodes[name], HUB_OVERLAY6, "-s", str(size))


def neighbour(node, address):
    """The MAC of a neighbour inside the segment."""
    shown = node.ip("-6", "neigh", "show", address, "dev", "vx0").split()
    return shown[shown.index("lladdr") + 1]


def test_the_hub_is_the_neighbour_of_its_segment(hub, members):
    """For its own address and for those of tunnels; other stations answer for themselves."""
    node = members.nodes["alice"]
    node.ip("neigh", "flush", "dev", "vx0")
    mac = members.cloud.hub_node.mac
    for address, wanted in ((HUB_OVERLAY6, mac), (KINDS["dave"].source(6), mac), (KINDS["mona"].source(6), mac),
                            (KINDS["nick"].source(6), members.nodes["nick"].device_mac("vx0"))):
        ping(node, address)
        assert neighbour(node, address) == wanted, address


@contextlib.contextmanager
def connection(server, client, address):
    """A TCP connection, of both ends."""
    with server.socket(socket.AF_INET6, socket.SOCK_STREAM) as listener, \
            client.socket(socket.AF_INET6, socket.SOCK_STREAM) as caller:
        listener.settimeout(DEADLINE_S)
        caller.settimeout(DEADLINE_S)
        listener.bind((address, 0))
        listener.listen()
        caller.connect(listener.getsockname())
        answerer, _ = listener.accept()
        with answerer:
            answerer.settimeout(DEADLINE_S)
            yield answerer, caller


def read(connected, count):
    got = b""
    while len(got) < count:
        chunk = connected.recv(count - len(got))
        assert chunk, f"it ended after {len(got)} bytes"
        got += chunk
    return got


def pour(source, sink, data):
    """Send a stream piece by piece, as long as nobody reads meanwhile."""
    for at in range(0, len(data), 8192):
        piece = data[at:at + 8192]
        source.sendall(piece)
        assert read(sink, len(piece)) == piece


@pytest.mark.parametrize("server, client", [("alice", "nick"), ("alice", "mona"), ("nick", "dave"), ("mona", "erin")])
def test_a_stream_passes_in_both_directions(hub, members, server, client):
    with connection(members.nodes[server], members.nodes[client], KINDS[server].source(6)) as ends:
        pour(*ends, BYTES)
        pour(*reversed(ends), BYTES)


def test_a_silent_station_is_found_for_tcp(hub, members):
    """Its kernel drops TCP in a broadcast frame, and has sent nothing since the hub forgot it."""
    without = [member for member in CONFIG["members"] if member["name"] != "nick"]
    hub.reload_and_wait(CONFIG | {"members": without})
    hub.reload_and_wait(CONFIG)
    hub.await_resolved()
    with connection(members.nodes["nick"], members.nodes["mona"], KINDS["nick"].source(6)) as ends:
        pour(*ends, b"found")


@contextlib.contextmanager
def another_address(node, address):
    """Whether the kernel takes it: only if nobody answers its probe."""
    node.write_sysctl(DAD, 1)
    node.ip("address", "add", f"{address}/64", "dev", "vx0")

    def shown():
        return node.ip("-6", "-o", "address", "show", "dev", "vx0", "to", f"{address}/128")

    try:
        await_condition(lambda: "dadfailed" in shown() or "tentative" not in shown(), "the end of its probe")
        yield "dadfailed" not in shown()
    finally:
        node.ip("address", "del", f"{address}/64", "dev", "vx0")
        node.write_sysctl(DAD, 0)


@pytest.mark.parametrize("owner", ["hub", "mona"])
def test_addresses_of_others_are_defended(hub, members, owner):
    address = HUB_OVERLAY6 if owner == "hub" else KINDS[owner].source(6)
    with another_address(members.nodes["alice"], address) as is_taken:
        assert not is_taken


def test_an_own_address_is_no_conflict(hub, members):
    node, own = members.nodes["alice"], KINDS["alice"].source(6)
    node.ip("address", "del", f"{own}/64", "dev", "vx0")
    with another_address(node, own) as is_taken:
        assert is_taken
    node.ip("address", "add", f"{own}/64", "dev", "vx0", "nodad")


def move(node, device, before, after):
    node.ip("address", "del", f"{before}/64", "dev", device)
    node.ip("address", "add", f"{after}/64", "dev", device, "nodad")


def test_a_reload_swaps_addresses(hub, members):
    """Of a member over IPv6 and one over IPv4; then they swap them back."""
    mine, other = KINDS["dave"].source(6), KINDS["mona"].source(6)
    swapped = CONFIG | {"members": declared({"dave": "mona", "mona": "dave"})}
    for wanted, before, after in ((swapped, mine, other), (CONFIG, other, mine)):
        hub.reload_and_wait(wanted)
        move(members.nodes["dave"], "gre1", before, after)
        move(members.nodes["mona"], "gre1", after, before)
        ping(members.nodes["alice"], before)
        ping(members.nodes["dave"], before, "-I", after)


def test_what_is_for_nobody_is_counted(hub, members):
    """Inside the prefix and outside of it."""
    before = hub.drops()["no_receiver"]
    node = members.nodes["mona"]
    node.ip("-6", "route", "add", "2001:db8::/64", "dev", "gre1")
    for address in ("fd00:1::99", "2001:db8::1"):
        node.attempt("ping", "-6", "-c", "1", "-W", "1", address)
    await_condition(lambda: hub.drops()["no_receiver"] >= before + 2, "no_receiver")
    node.ip("-6", "route", "del", "2001:db8::/64", "dev", "gre1")

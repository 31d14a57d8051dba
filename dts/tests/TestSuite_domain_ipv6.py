# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Three hubs reach each other over IPv6 and share members of both families. Topology: domain_ipv6.py.

    six-l2 six-vx1 six-vx2 six-vx3 four-l2 four-vx     receive 239.2.0.1
    six-l2 six-udp                                     receive ff05::2:1, six-udp as its own datagrams
    by-east by-west by-south (vxlan over IPv6)         send there, each by the hub of its name

All receive by kernels' sockets. Losses are counted by numbers; no time is asserted.
"""

import contextlib
import itertools
import socket

import pytest

import ipv6_sockets
from domain import HUBS
from domain_ipv6 import OVER_BOTH, Ipv6Domain, OverIpv6
from domain_members import UDP_PORT
from domain_shared import SharedMember
from domain_streams import Streams, lossless
from waiting import DEADLINE_S, await_condition

GROUP, GROUP6 = "239.2.0.1", "ff05::2:1"
PORT6 = 5001
RATE = 250
OVER_IPV6 = {"six-l2": ("l2", 101), "six-vx1": ("vxlan", 111), "six-vx2": ("vxlan", 112), "six-vx3": ("vxlan", 113)}
OVER_IPV4 = {"four-l2": ("l2", 121), "four-vx": ("vxlan", 122)}
SIX_UDP = {"six-udp": ("udp", 102)}
BY = {name: f"by-{name}" for name in HUBS}
SENDERS = {name: ("vxlan", 131 + n) for n, name in enumerate(BY.values())}
RECEIVERS = OVER_IPV6 | OVER_IPV4
# With the headers of VXLAN it fills a packet, and with those of a link it is more than one.
LARGEST = 1430 - 40 - 8


@pytest.fixture(scope="module", name="domain")
def fixture_domain():
    with Ipv6Domain() as domain:
        domain.etcd.start()
        yield domain


@pytest.fixture(scope="module", name="members")
def fixture_members(domain):
    made = [OverIpv6(domain, name, *kind, inside6=name in SENDERS)
            for name, kind in (OVER_IPV6 | SIX_UDP | SENDERS).items()]
    made += [SharedMember(domain, name, *kind) for name, kind in OVER_IPV4.items()]
    return {member.name: member for member in made}


@pytest.fixture(scope="module", name="running", autouse=True)
def fixture_running(domain, members):
    groups = [{"group": GROUP, "members": list(RECEIVERS)}, {"group": GROUP6, "members": ["six-l2", "six-udp"]}]
    for name in HUBS:
        domain.start(name, domain.configuration(name, members.values(), groups))
    domain.await_up()
    domain.await_settled()
    yield
    domain.settled()
    domain.stop()


@pytest.fixture(scope="module", name="streams")
def fixture_streams(domain, members, running):
    """Each sender comes to the hub of its name."""
    for hub, name in BY.items():
        members[name].use(hub)
    streams = Streams(domain, [members[name] for name in SENDERS], [members[name] for name in RECEIVERS], GROUP, RATE)
    for hub, name in BY.items():
        domain.await_server(members[name], hub)
    streams.await_more()
    yield streams
    streams.close()


def servers(domain, members, at):
    return domain.servers(at, members.values())


def test_hubs_have_links_over_the_family_that_both_have(domain):
    """east has both, the others IPv6 alone."""
    for name, other in itertools.permutations(HUBS, 2):
        assert domain.peers(name)[other]["address"] == domain.address6(other), (name, other)
        assert domain.address6(other) in domain.hubs[name].ctl("peers").stdout
    told = {name: domain.hubs[name].telemetry.ask("/mcdpdk/domain") for name in HUBS}
    assert {name: answer["address6"] for name, answer in told.items()} == {name: domain.address6(name) for name in HUBS}
    assert {name: answer["address"] for name, answer in told.items()} == \
        dict.fromkeys(HUBS, "") | {OVER_BOTH: domain.addresses[OVER_BOTH]}


@lossless
def test_each_member_has_one_server_that_reaches_it(domain, members, streams):
    """All hubs agree. Members over IPv4 are east's; each hub serves some of the others, and all have all streams."""
    found = [servers(domain, members, name) for name in HUBS]
    assert found[0] == found[1] == found[2]
    assert {found[0][name] for name in OVER_IPV4} == {OVER_BOTH}
    assert len({found[0][name] for name in OVER_IPV6 | SIX_UDP}) > 1
    assert {hub: found[0][name] for hub, name in BY.items()} == {hub: hub for hub in HUBS}
    streams.window().assert_whole()


def total(domain, counter):
    return sum(hub.stats()[counter] for hub in domain.hubs.values())


def receive_until(receiver, marker):
    received = []
    while (payload := receiver.recv(65535)) != marker:
        received.append(payload)
    return received


@pytest.mark.parametrize("hub", HUBS)
def test_a_group_of_ipv6_reaches_members_of_every_hub(domain, members, streams, hub):
    """Small datagrams, which share frames between hubs, and those that the link cuts into pieces; each once and in
    order."""
    sender, plain, own = members[BY[hub]], members["six-l2"], members["six-udp"]
    payloads = [b"%d" % n for n in range(30)] + [bytes([n]) * LARGEST for n in range(3)]
    marker = b"marker of " + hub.encode()
    source = ipv6_sockets.open_sender(sender.node, sender.dev, source=sender.source6)
    with contextlib.ExitStack() as stack:
        stack.enter_context(source)
        joined = stack.enter_context(ipv6_sockets.Receiver(plain.node, plain.dev, PORT6, GROUP6))
        bound = stack.enter_context(own.node.socket(socket.AF_INET6, socket.SOCK_DGRAM))
        bound.bind((own.address, UDP_PORT))
        bound.settimeout(DEADLINE_S)
        for payload in (*payloads, marker):
            source.sendto(payload, (GROUP6, PORT6))
        assert joined.until(marker) == payloads
        assert receive_until(bound, marker) == payloads
    assert total(domain, "rx_coalesced") > 0
    assert total(domain, "tx_fragments") > 0


@lossless
def test_a_killed_hubs_members_are_served_by_the_others(domain, members, streams):
    """kill -9 of west: others serve its members, who miss one range of each stream and have nothing twice. When it is
    back, so are its members."""
    before = servers(domain, members, "east")
    others, going_on = ("east", "south"), [BY["east"], BY["south"]]
    orphans = [name for name in RECEIVERS if before[name] == "west"]
    assert orphans
    window = streams.window("west")
    domain.kill_hub("west")
    for name in orphans:
        await_condition(lambda: {domain.server(name, other) for other in others} <= set(others), f"{name} has a server")
    streams.await_more(going_on)
    window.assert_lost_once_until({stream: streams.sent(stream) for stream in going_on}, orphans, going_on)
    domain.restart_hub("west")
    domain.await_up()
    domain.await_settled()
    await_condition(lambda: servers(domain, members, "south") == before, "all is as before")
    streams.await_more()
    window.assert_no_duplicate()

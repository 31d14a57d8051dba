# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""IPv6 groups inside VXLAN, GRE and GRE in UDP over an IPv4 network. Topology: ipv6_members.py.

Kernels' sockets join by themselves; the hub does not listen to MLD here and follows its configuration and telemetry.
After each test the sums balance.
"""

import ipaddress
import json
import subprocess
from contextlib import contextmanager

import pytest
from scapy.compat import raw
from scapy.layers.inet import UDP
from scapy.layers.inet6 import (
    ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, RouterAlert)

from hub import PROGRAM
from ipv6_members import CONFIG as BARE
from ipv6_members import NAMES, PORT, SOURCES, Members
from traffic import open_receiver as open_ipv4_receiver
from traffic import open_sender as open_ipv4_sender
from traffic import Wired, receive
from waiting import await_condition

OF_ALL = {"site-local": "ff05::1:3", "global": "ff0e::1:3", "transient": "ff1e::1:3"}
OF_IPV4 = "239.1.1.1"
EVERYWHERE = OF_ALL["site-local"]
SENDERS = ("alice", "dave", "erin")
LINK_LOCAL, DECLARED_LINK_LOCAL = "ff02::4242", "ff02::fb"
ALL_NODES, SOLICITED = "ff02::1", "ff02::1:ff00:4242"
# Each wider than the next.
PREFIXES = {"ff3e:20::/32": "dave", "ff3e:20:1::/48": "erin", "ff3e:20:1::7": "bob"}
SOURCE_SPECIFIC, OF_ALICE, OF_OTHERS = "ff3e::8000:9", "dave", "erin"
# Of groups that come and go, an even number; their last 16 bits differ.
GROUPS, ROUNDS = 12, 10
GROUP_PREFIX = ipaddress.ip_address("ff05::c0:0").packed[:14]
GUARDED, TRUSTED = "ff05::5", "alice"
CONFIG = BARE | {"groups": [
    *BARE["groups"],
    *({"group": group, "members": ["*"]} for group in (*OF_ALL.values(), OF_IPV4)),
    *({"group": group, "members": [name]} for group, name in PREFIXES.items()),
    {"group": DECLARED_LINK_LOCAL, "members": ["bob", "dave"]},
    {"group": SOURCE_SPECIFIC, "sources": [SOURCES["alice"]], "members": [OF_ALICE]},
    {"group": SOURCE_SPECIFIC, "members": [OF_OTHERS]},
    {"group": GUARDED, "members": ["*"], "senders": [TRUSTED]},
]}


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Members(cloud)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, members):
    with cloud.running_hub(CONFIG) as hub:
        yield hub


@pytest.fixture(autouse=True)
def fixture_balanced(hub):
    yield
    hub.settled()


def others(*names):
    return set(NAMES) - set(names)


@contextmanager
def reloaded(hub, **keys):
    hub.reload_and_wait(CONFIG | keys)
    try:
        yield
    finally:
        hub.reload_and_wait(CONFIG)


@contextmanager
def dropped(hub, reason, count=1):
    """As many packets are dropped for this reason."""
    before = hub.drops()[reason]
    yield
    assert hub.settled()[1][reason] - before == count


# Who gets it

@pytest.mark.parametrize("group", OF_ALL.values(), ids=OF_ALL)
@pytest.mark.parametrize("sender", SENDERS)
def test_a_group_reaches_each_kernel_in_each_encapsulation(members, sender, group):
    """Once and in order, with the payload, the source, the hop limit and the traffic class that were sent; not the
    sender."""
    data = [bytes([n]) * 50 * (n + 1) for n in range(20)]
    got = members.deliver(sender, group, *data, hops=7, traffic_class=0xB8)
    assert set(got) == others(sender)
    for datagrams in got.values():
        assert [datagram.payload for datagram in datagrams] == data
        assert {(d.source, d.hops, d.traffic_class) for d in datagrams} == {(SOURCES[sender], 7, 0xB8)}


def test_the_longest_prefix_counts(members):
    for group, receiver in zip(("ff3e:20:9::7", "ff3e:20:1::8", "ff3e:20:1::7"), PREFIXES.values()):
        assert members.reached("alice", group) == {receiver}


def test_a_prefix_serves_what_is_known_for_another_reason(hub, members):
    """A group or prefix that has no entry of its own: it is a source's group, was joined once, or may be joined."""
    wide, group = "ff0e::/15", "ff0e:1::9"
    groups = [*CONFIG["groups"], {"group": wide, "members": ["bob"]},
              {"group": group, "sources": [SOURCES["carol"]], "members": ["dave"]}]
    with reloaded(hub, groups=groups, mld={"groups": ["ff0e::/16", "ff0e:1::/32"]}):
        assert set(members.captured("alice", udp_to(group))) == {"bob"}
        assert set(members.captured("alice", udp_to("ff0e:1::a"))) == {"bob"}
        for what, also in (("join", {"erin"}), ("leave", set())):
            assert hub.telemetry.ask(f"/mcdpdk/{what},{group},erin")["status"] == "ok"
            assert set(members.captured("alice", udp_to(group))) == {"bob"} | also


def test_a_group_outside_each_prefix_has_no_receiver(hub, members):
    with dropped(hub, "no_receiver"):
        assert members.reached("alice", "ff3e:21::7") == set()


def test_an_entry_of_a_source_counts_before_that_of_any(members):
    """One that nobody has named before, too."""
    assert members.reached("alice", SOURCE_SPECIFIC) == {OF_ALICE}
    assert members.reached("bob", SOURCE_SPECIFIC) == {OF_OTHERS}


def test_only_declared_senders_may_send(hub, members):
    assert members.reached(TRUSTED, GUARDED) == others(TRUSTED)
    with dropped(hub, "sender_denied"):
        assert members.reached("erin", GUARDED) == set()


def test_groups_of_both_families_reach_the_same_members(members):
    """In turns, from one sender."""
    nodes = members.nodes
    receivers = {name: (members.receiver(name, EVERYWHERE), open_ipv4_receiver(nodes[name], OF_IPV4, PORT, dev))
                 for name, dev in (("carol", "vx0"), ("dave", "gre1"), ("erin", "gre1"))}
    ipv4 = open_ipv4_sender(nodes["alice"], dev="vx0")
    data = [b"%d" % n for n in range(50)]
    for payload in data:
        members.send("alice", EVERYWHERE, payload)
        ipv4.sendto(payload, (OF_IPV4, PORT))
    for both in receivers.values():
        assert [both[0].next().payload for _ in data] == data
        assert receive(both[1], len(data)) == data
    for opened in (ipv4, *(opened for both in receivers.values() for opened in both)):
        opened.close()


# Scope

def test_a_link_local_group_stays_in_its_segment(members):
    assert members.reached("alice", LINK_LOCAL) == {"carol"}


def test_a_link_local_group_of_a_tunnel_has_no_receiver(hub, members):
    with dropped(hub, "no_receiver"):
        assert members.reached("dave", LINK_LOCAL) == set()


def test_a_declared_link_local_group_also_reaches_its_members(members):
    """As mDNS has to: the segment, and those that the entry lists."""
    assert members.reached("alice", DECLARED_LINK_LOCAL) == {"carol", "bob", "dave"}
    assert members.reached("erin", DECLARED_LINK_LOCAL) == {"bob", "dave"}


@pytest.mark.parametrize("sender", SENDERS)
def test_what_may_not_leave_its_host_reaches_nobody(hub, members, sender):
    """Not even the segment."""
    groups = ("ff01::1:3", "ff11::1:3", "ff00::1", "ff30::1")
    with dropped(hub, "malformed", len(groups)):
        for group in groups:
            assert members.captured(sender, udp_to(group, sender)) == {}


def test_neighbour_discovery_stays_in_its_segment(hub, members):
    """Even where an entry covers all groups of a link; what else is sent to such a group follows the entry."""
    groups = [*CONFIG["groups"], {"group": "ff02::/16", "members": ["bob", "erin"]}]
    head = IPv6(src="fe80::1", hlim=255)
    with reloaded(hub, groups=groups):
        for packet in (head / ICMPv6ND_NS(tgt="fe80::2"), head / ICMPv6ND_NA(tgt="fe80::1"), head / ICMPv6ND_RS(),
                       head / ICMPv6ND_RA(), head / UDP() / b"x"):
            packet.dst = SOLICITED if ICMPv6ND_NS in packet or UDP in packet else ALL_NODES
            assert members.captured("alice", packet) == {"carol": [raw(packet)]}
            assert members.captured("dave", packet) == {}
        assert members.reached("alice", LINK_LOCAL) == {"carol", "bob", "erin"}


def test_unknown_groups_may_flood_to_all_that_take_them(hub, members):
    """But what is of one link stays there, as does neighbour discovery."""
    with reloaded(hub, unknown_groups="flood"):
        assert members.reached("dave", "ff05::dead") == others("dave")
        assert members.reached("alice", LINK_LOCAL) == others("alice")
        solicitation = IPv6(src="fe80::1", dst=SOLICITED, hlim=255) / ICMPv6ND_NS(tgt="fe80::2")
        assert members.captured("dave", solicitation) == {}
        assert members.captured("alice", solicitation) == {"carol": [raw(solicitation)]}


# The packet is unchanged

def udp_to(group, sender="alice", payload=b"payload", headers=(), **fields):
    packet = IPv6(src=SOURCES[sender], dst=group, **{"hlim": 9} | fields)
    for header in headers:
        packet /= header
    return packet / UDP(sport=4000, dport=5001) / payload


PACKETS = {
    "hop limit 1": {"hlim": 1},
    "hop limit 255": {"hlim": 255},
    "flow label": {"fl": 0xABCDE},
    "DSCP EF, ECT(0)": {"tc": 0xBA},
    "CE": {"tc": 3},
    "no payload": {"payload": b""},
    "1300 bytes": {"payload": bytes(range(256)) * 5 + bytes(20)},
    "hop-by-hop options": {"headers": [IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(4))])]},
    "router alert": {"headers": [IPv6ExtHdrHopByHop(options=[RouterAlert(value=1)])]},
    "destination options": {"headers": [IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(12))])]},
    "routing header": {"headers": [IPv6ExtHdrRouting(addresses=["fd00::99"], segleft=0)]},
    "all of them": {"headers": [IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrRouting(addresses=[], segleft=0),
                                IPv6ExtHdrFragment(id=7), IPv6ExtHdrDestOpt()]},
}


@pytest.mark.parametrize("sender", SENDERS)
def test_packets_pass_to_the_byte(members, sender):
    packets = [udp_to(EVERYWHERE, sender, **fields) for fields in PACKETS.values()]
    packets.append(IPv6(src=SOURCES[sender], dst=EVERYWHERE, nh=253) / b"an experiment")
    packets.append(IPv6(src=SOURCES[sender], dst=EVERYWHERE, nh=59))
    assert members.captured(sender, *packets) == dict.fromkeys(others(sender), [raw(packet) for packet in packets])


@pytest.mark.parametrize("sender", SENDERS)
def test_fragments_reach_the_members_of_their_datagram(members, sender):
    """Those with ports and those without, last ones first, unchanged."""
    head = IPv6(src=SOURCES[sender], dst="ff3e:20:1::7", hlim=3)
    packets = [head / IPv6ExtHdrFragment(nh=17, id=0xBEEF, offset=offset, m=m) / payload for offset, m, payload in
               ((162, 0, bytes(99)), (81, 1, bytes(648)), (0, 1, raw(UDP(sport=1, dport=2, len=1403)) + bytes(640)))]
    assert members.captured(sender, *packets) == {"bob": [raw(packet) for packet in packets]}


def test_a_kernels_fragments_are_put_together_by_kernels(members):
    got = members.deliver("alice", EVERYWHERE, bytes(range(250)) * 24)
    assert set(got) == others("alice")
    assert {datagrams[0].payload for datagrams in got.values()} == {bytes(range(250)) * 24}


# Hop limit

def test_decrement_counts_hops_and_drops_the_last(hub, members):
    """Except inside a segment, which is no hop; a packet with one left is `ttl_expired`."""
    with reloaded(hub, ttl="decrement"):
        for sender, neighbours in (("dave", set()), ("alice", {"carol"})):
            packet = udp_to(EVERYWHERE, sender, hlim=9, headers=PACKETS["all of them"]["headers"])
            copy = raw(packet)[:7] + b"\x08" + raw(packet)[8:]
            assert members.captured(sender, packet) == (
                dict.fromkeys(others(sender), [copy]) | dict.fromkeys(neighbours, [raw(packet)]))
        with dropped(hub, "ttl_expired", 2):
            assert members.captured("dave", udp_to(EVERYWHERE, hlim=1), udp_to(EVERYWHERE, hlim=0)) == {}


# Change while it runs

def test_telemetry_adds_and_removes_receivers(hub, members):
    """By any text of the address; answers have that of RFC 5952."""
    ask, group = hub.telemetry.ask, "ff05::77:0:0:1"
    assert ask("/mcdpdk/join,FF05:0:0::77:0:0:1,dave")["status"] == "ok"
    assert group in hub.telemetry.listing("groups")
    assert [record["origins"] for record in hub.receivers(group).values()] == [["runtime"]]
    assert ask(f"/mcdpdk/join,{group},erin,{SOURCES['alice'].upper()}")["status"] == "ok"
    assert members.reached("alice", group) == {"dave", "erin"}
    assert members.reached("bob", group) == {"dave"}
    explained = ask(f"/mcdpdk/explain,alice,{group},{SOURCES['alice']}")
    assert (explained["verdict"], explained["total"]) == ("replicate", 2)
    assert ask(f"/mcdpdk/leave,{group},dave")["status"] == "ok"
    assert ask(f"/mcdpdk/leave,{group},erin,{SOURCES['alice']}")["status"] == "ok"
    assert members.reached("alice", group) == set()
    assert not [name for name in hub.telemetry.listing("groups") if name.startswith(group)]


@pytest.mark.parametrize("words, said", [
    ("ff01::1,dave", "scope"), ("ff02::1,dave", "all nodes"), (f"{SOLICITED},dave", "neighbour discovery"),
    ("fd00::1,dave", "not a group"), (f"{EVERYWHERE},dave,10.0.0.1", "10.0.0.1"),
    ("239.1.1.1,dave,fd00::1", "fd00::1"), (f"{EVERYWHERE},dave,ff05::1", "group"), ("ff05::/16,dave", "")])
def test_telemetry_refuses_what_the_configuration_would(hub, words, said):
    answer = hub.telemetry.ask(f"/mcdpdk/join,{words}")
    assert answer["status"] == "error" and said in answer["message"], answer


def test_a_reload_adds_and_removes_groups_without_a_loss_for_others(hub, members):
    """alice sends without a pause meanwhile; carol and dave get every number."""
    later, gone = "ff05::1a7e:0:0:1", PREFIXES
    groups = [entry for entry in CONFIG["groups"] if entry["group"] not in gone]
    groups.append({"group": later, "members": ["erin"]})
    sent, receivers = 0, [members.receiver(name, EVERYWHERE) for name in ("carol", "dave")]

    def streaming(generation):
        nonlocal sent
        members.send("alice", EVERYWHERE, *(b"%d" % (sent + n) for n in range(10)))
        sent += 10
        return hub.telemetry.ask("/mcdpdk/info")["generation"] == generation

    for n in range(3):
        for config in (CONFIG | {"groups": groups}, CONFIG):
            generation = hub.telemetry.ask("/mcdpdk/info")["generation"] + 1
            hub.reload(config)
            await_condition(lambda: streaming(generation), f"generation {generation}")
            if n == 0:
                is_later = config is not CONFIG
                assert set(members.captured("alice", udp_to(later))) == ({"erin"} if is_later else set())
                assert set(members.captured("alice", udp_to("ff3e:20:1::7"))) == (set() if is_later else {"bob"})
    marker = members.mark("alice")
    for receiver in receivers:
        assert [n for n in receiver.until(marker) if n.isdigit()] == [b"%d" % n for n in range(sent)]
        receiver.close()


def test_numbers_of_addresses_that_come_and_go_mislead_no_packet(hub, members):
    """dave joins and leaves even groups, erin odd ones, while alice sends to all: neither gets one of the other's."""
    groups, names = [f"ff05::c0:{n:x}" for n in range(GROUPS)], ("dave", "erin")
    packets = [raw(udp_to(group)) for group in groups]
    wires = {name: members.wires[name] for name in names}
    Wired(wires).discard()
    for n in range(ROUNDS * GROUPS):
        # One leaves, and the next takes its number.
        for what, at in (("leave", n), ("join", n + 3)):
            answer = hub.telemetry.ask(f"/mcdpdk/{what},{groups[at % GROUPS]},{names[at % GROUPS % 2]}")
            assert answer["status"] == "ok" or what == "leave"
        for packet in packets:
            members.put("alice", packet)
    for at, group in enumerate(groups):
        hub.telemetry.ask(f"/mcdpdk/leave,{group},{names[at % 2]}")
    marker = members.mark("alice")
    for parity, (name, wire) in enumerate(wires.items()):
        got = [packet[39] for packet in members.packets_until(marker, name, wire) if packet[24:38] == GROUP_PREFIX]
        assert len(got) > ROUNDS * GROUPS and {last % 2 for last in got} == {parity}
    assert not [group for group in hub.telemetry.listing("groups") if group in groups]


def test_members_without_ipv6_are_errors_in_a_list_of_an_ipv6_group(tmp_path):
    config = CONFIG | {
        "members": [*CONFIG["members"], {"name": "rewritten", "address": "10.0.0.99", "encap": "udp"}],
        "groups": [{"group": EVERYWHERE, "members": ["dave", "plain", "rewritten"]},
                   {"group": OF_IPV4, "members": ["dave", "plain", "rewritten"]}]}
    path = tmp_path / "hub.json"
    path.write_text(json.dumps(config))
    done = subprocess.run([PROGRAM, "-t", "-c", path], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.split(": ")[1] == "groups[0].members[2]" and '"rewritten"' in line

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""IPv6 groups joined by MLD: kernels report what programs join, inside VXLAN, GRE and GRE in UDP, and the hub follows.
Topology: ipv6_members.py.

After each test nobody is joined any more and the sums balance.
"""

import ipaddress
import re
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from scapy.compat import raw
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

import mld_message
from ipv6_members import CONFIG as BARE
from ipv6_members import DEVICES, MARK, NAMES, SOURCES, VNIS, Members, mac_of_group
from ipv6_sockets import (
    MCAST_BLOCK_SOURCE, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP, MCAST_UNBLOCK_SOURCE)
from mld_message import (
    ALL_NODES, ALL_V2_ROUTERS, TO_EX, TO_IN, V1_DONE, V1_REPORT, V2_REPORT, is_query, message_of, record)
from traffic import Wire
from waiting import await_condition

GROUP, SOURCE_SPECIFIC, LINK_LOCAL = "ff05::1:3", "ff3e::8000:9", "ff02::fb"
SENDERS = ("alice", "dave", "erin")
ROBUSTNESS = 2
MLD = {"query_interval": 1, "query_response_interval": 0.2, "startup_query_interval": 0.2,
       "last_member_query_interval": 0.2, "robustness": ROBUSTNESS}
# A group joined by a raw report outlasts the test.
SLOW = MLD | {"query_interval": 60}
CONFIG = BARE | {"mld": MLD}
STRANGER = "fe80::9999"
ROUTER_ALERT = bytes.fromhex("05020000")


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


@contextmanager
def reloaded(hub, **keys):
    hub.reload_and_wait(CONFIG | keys)
    try:
        yield
    finally:
        hub.reload_and_wait(CONFIG)


@contextmanager
def joined(hub, members, group, *names):
    """Kernels' sockets that have joined, as the hub knows; after their leaves it knows of none of them."""
    with ExitStack() as stack:
        receivers = {name: stack.enter_context(members.receiver(name, group)) for name in names}
        hub.await_receivers(group, *names)
        yield receivers
    hub.await_receivers(group)


def others(*names):
    return set(NAMES) - set(names)


def force_version(members, name, version):
    members.nodes[name].write_sysctl(f"net/ipv6/conf/{DEVICES[name]}/force_mld_version", version)


def kernel_table(node, name):
    """A table of the kernel about groups, as in /proc/net."""
    with node.inside():
        return Path(f"/proc/thread-self/net/{name}").read_text(encoding="ascii")


def packed_hex(address):
    return ipaddress.ip_address(address).packed.hex()


def mld(hub, *words):
    return hub.telemetry.ask(",".join(["/mcdpdk/mld", *words]))


# Kernels join and leave

@pytest.mark.parametrize("sender", SENDERS)
def test_joined_groups_cross_segments_and_encapsulations(hub, members, sender):
    """All but the sender join by their sockets, and each gets every datagram once and in order; only the members that
    joined do."""
    data = [b"%d" % n * 50 for n in range(30)]
    with joined(hub, members, GROUP, *others(sender)) as receivers:
        assert {tuple(record["origins"]) for record in hub.receivers(GROUP).values()} == {("mld",)}
        members.send(sender, GROUP, *data)
        marker = members.mark(sender)
        for receiver in receivers.values():
            assert receiver.until(marker) == data
    before = hub.settled()[1]["no_receiver"]
    members.send(sender, GROUP, b"late")
    await_condition(lambda: hub.drops()["no_receiver"] == before + 1, "nobody receives")


@pytest.mark.parametrize("name", ["carol", "dave"])
def test_a_host_of_version_1_joins_and_leaves(hub, members, name):
    """By a report to the group and a done to all routers."""
    before = mld(hub)
    force_version(members, name, 1)
    try:
        with joined(hub, members, GROUP, name) as receivers:
            members.send("alice", GROUP, b"for version 1")
            assert receivers[name].until(members.mark("alice")) == [b"for version 1"]
    finally:
        force_version(members, name, 0)
    after = mld(hub)
    assert all(after[f"rx_{kind}"] > before[f"rx_{kind}"] for kind in ("v1_report", "v1_done"))


def test_a_link_local_group_that_is_joined_leaves_its_segment(hub, members):
    """dave's kernel joins the group of mDNS: it gets what alice sends, beside alice's segment."""
    with joined(hub, members, LINK_LOCAL, "dave"):
        packet = IPv6(src=SOURCES["alice"], dst=LINK_LOCAL, hlim=255) / UDP(sport=5353, dport=5353) / b"who is there"
        assert members.captured("alice", packet) == dict.fromkeys(("carol", "dave"), [raw(packet)])


def test_groups_of_neighbour_discovery_are_not_learned(hub, members):
    """Kernels report those of their own addresses."""
    with joined(hub, members, GROUP, *NAMES):
        reports = mld(hub)["rx_v2_report"]
        await_condition(lambda: mld(hub)["rx_v2_report"] >= reports + len(NAMES), "each has answered a query")
        assert "ff02::1:ff" in members.nodes["alice"].ip("-6", "maddress", "show", "dev", "vx0")
        assert set(hub.telemetry.listing("groups")) == {MARK, GROUP}


# Sources

def test_a_socket_of_one_source_gets_it_alone(hub, members):
    """The hub has (S,G), and nothing of others is sent to the member's tunnel."""
    with members.receiver("dave") as receiver:
        receiver.change_source(MCAST_JOIN_SOURCE_GROUP, SOURCE_SPECIFIC, SOURCES["alice"])
        hub.await_receivers(f"{SOURCE_SPECIFIC},{SOURCES['alice']}", "dave")
        assert packed_hex(SOURCES["alice"]) in kernel_table(members.nodes["dave"], "mcfilter6")
        wanted, unwanted = (IPv6(src=SOURCES[name], dst=SOURCE_SPECIFIC) / UDP(dport=9) / name.encode()
                            for name in ("alice", "bob"))
        assert members.captured("bob", unwanted) == {}
        assert members.captured("alice", wanted) == {"dave": [raw(wanted)]}
        receiver.change_source(MCAST_LEAVE_SOURCE_GROUP, SOURCE_SPECIFIC, SOURCES["alice"])
        hub.await_receivers(f"{SOURCE_SPECIFIC},{SOURCES['alice']}")


def test_a_blocked_source_is_left_out(hub, members):
    """dave blocks alice; erin gets both, and dave again after it unblocks her."""
    def receivers_of(source):
        answer = hub.telemetry.ask(f"/mcdpdk/explain,alice,{GROUP},{source}")
        return {answer[key]["member"] for key in answer if re.fullmatch(r"r\d+", key)}

    with joined(hub, members, GROUP, "dave", "erin") as receivers:
        receivers["dave"].change_source(MCAST_BLOCK_SOURCE, GROUP, SOURCES["alice"])
        await_condition(lambda: receivers_of(SOURCES["alice"]) == {"erin"}, "alice is blocked")
        assert receivers_of(SOURCES["bob"]) == {"dave", "erin"}
        packets = {name: IPv6(src=SOURCES[name], dst=GROUP) / UDP(dport=9) / b"x" for name in ("alice", "bob")}
        assert set(members.captured("alice", packets["alice"])) == {"erin"}
        assert set(members.captured("bob", packets["bob"])) == {"dave", "erin"}
        receivers["dave"].change_source(MCAST_UNBLOCK_SOURCE, GROUP, SOURCES["alice"])
        await_condition(lambda: receivers_of(SOURCES["alice"]) == {"dave", "erin"}, "alice is unblocked")
        assert set(members.captured("alice", packets["alice"])) == {"dave", "erin"}


# Queries

@contextmanager
def queries(members, name, group):
    """Those for a group that arrive at a member's device from now on: the Ethernet header, if there is one, and the
    packet."""
    def arriving():
        for frame in wire.frames():
            ether, packet = (frame[:14], frame[14:]) if name in VNIS else (b"", frame)
            if is_query(packet, group):
                yield ether, packet

    with closing(Wire(members.nodes[name], DEVICES[name])) as wire:
        yield arriving()


def assert_as_hosts_expect(packet, group):
    header = IPv6(packet)
    assert ipaddress.ip_address(header.src).is_link_local and (header.dst, header.hlim) == (group, 1)
    assert ROUTER_ALERT in packet[42:48] and mld_message.has_right_checksum(packet)


@pytest.mark.parametrize("name", ["alice", "dave", "erin"])
def test_general_queries_are_as_hosts_expect_them(cloud, hub, members, name):
    """To all nodes from a link-local address, with hop limit 1, Router Alert, a right checksum, and the intervals of
    the configuration; in a segment from the hub's MAC to that of the group."""
    with queries(members, name, "::") as arriving:
        ether, packet = next(arriving)
    if ether:
        assert (Ether(ether).src, Ether(ether).dst) == (cloud.hub_node.mac, mac_of_group(ALL_NODES))
    assert_as_hosts_expect(packet, ALL_NODES)
    message = message_of(packet)
    assert (int.from_bytes(message[4:6], "big"), message[24] & 7, message[25]) == (200, ROBUSTNESS, 1)


@pytest.mark.parametrize("name, headers_len", [("dave", 14 + 20 + 4), ("erin", 14 + 20 + 8 + 4)])
def test_gre_names_the_protocol_of_a_query(members, name, headers_len):
    """A kernel takes the packet for what GRE says."""
    wire = Wire(members.nodes[name])
    with closing(wire.socket):
        frame = next(frame for frame in wire.frames() if is_query(frame[headers_len:].ljust(48, b"\0"), "::"))
    assert frame[headers_len - 2:headers_len] == bytes.fromhex("86dd")


def test_a_leave_is_followed_by_queries_of_the_group(hub, members):
    """As many as the robustness, to the group. dave's kernel knows nothing of it: the host behind it is a stranger."""
    group = "ff05::77"
    members.put("dave", mld_message.report(STRANGER, record(TO_EX, group)))
    hub.await_receivers(group, "dave")
    with queries(members, "dave", group) as arriving:
        members.put("dave", mld_message.report(STRANGER, record(TO_IN, group)))
        for _ in range(ROBUSTNESS):
            assert_as_hosts_expect(next(arriving)[1], group)
    hub.await_receivers(group)


def test_kernels_answer_a_hub_that_starts(cloud, hub, members):
    """What they joined before is learned by the first queries."""
    with joined(hub, members, GROUP, "carol", "dave", "erin"):
        hub.stop()
        hub.telemetry.close()
        hub.start()
        hub.await_resolved()
        hub.await_receivers(GROUP, "carol", "dave", "erin")


def test_learned_groups_are_kept_over_a_restart(hub, cloud, members):
    """By the state file, before any host reports again: with a source, and in EXCLUDE mode."""
    groups = (f"{SOURCE_SPECIFIC},{SOURCES['alice']}", "ff05::88")
    with reloaded(hub, mld=SLOW, state_file=str(cloud.folder / "state")):
        members.put("dave", mld_message.report(
            STRANGER, record(TO_IN, SOURCE_SPECIFIC, SOURCES["alice"]), record(TO_EX, "ff05::88")))
        for group in groups:
            hub.await_receivers(group, "dave")
        hub.stop()
        hub.telemetry.close()
        hub.start()
        hub.await_resolved()
        for group in groups:
            assert set(hub.receivers(group)) == {"dave"}
        packet = IPv6(src=SOURCES["alice"], dst=SOURCE_SPECIFIC) / UDP(dport=9) / b"x"
        assert set(members.captured("alice", packet)) == {"dave"}
        members.put("dave", mld_message.report(STRANGER, record(TO_IN, SOURCE_SPECIFIC), record(TO_IN, "ff05::88")))
        for group in groups:
            hub.await_receivers(group)


def test_a_querier_of_a_lower_address_is_obeyed_in_its_link_alone(hub, members):
    members.put("alice", mld_message.query("fe80::1"))
    await_condition(lambda: mld(hub, "alice")["is_querier"] == 0, "it has lost the election")
    assert mld(hub, "dave")["is_querier"] == 1
    # Other querier's present: robustness x 1 s and half a response interval later.
    await_condition(lambda: mld(hub, "alice")["is_querier"] == 1, "it queries again")


# What is refused

BAD_REPORTS = {
    "bad_checksum": lambda: raw(mld_message.report(STRANGER, record(TO_EX, "ff05::66")))[:-1] + b"\x67",
    "bad_ttl": lambda: mld_message.report(STRANGER, record(TO_EX, "ff05::66"), hlim=2),
    "no_router_alert": lambda: mld_message.report(STRANGER, record(TO_EX, "ff05::66"), options=[]),
    "no_sender": lambda: mld_message.report("::", record(TO_EX, "ff05::66")),
    "bad_sender": lambda: mld_message.report("fd00::9", record(TO_EX, "ff05::66")),
    "malformed": lambda: mld_message.packet(STRANGER, ALL_V2_ROUTERS, bytes([V2_REPORT, 0, 0, 0, 0, 0, 0, 1])),
    "not_multicast": lambda: mld_message.report(STRANGER, record(TO_EX, "fd00::66")),
    "all_systems": lambda: mld_message.report(STRANGER, record(TO_EX, "ff02::1"), record(TO_EX, "ff01::fb"),
                                              record(TO_EX, "ff02::1:ff00:1")),
    "unknown_record": lambda: mld_message.report(STRANGER, record(9, "ff05::66")),
}


@pytest.mark.parametrize("name", ["alice", "dave"])
def test_bad_reports_change_nothing(hub, members, name):
    """Reports with one fault each are counted by their reasons; a correct one of the same host then takes effect."""
    def count(reason):
        """Some are dropped before they reach MLD."""
        return mld(hub)[f"rejected_{reason}"] + hub.drops().get(reason, 0)

    for reason, build in BAD_REPORTS.items():
        before = count(reason)
        members.put(name, build())
        await_condition(lambda: count(reason) > before, f"{reason}: {mld(hub)}")
    assert set(hub.telemetry.listing("groups")) == {MARK}
    members.put(name, mld_message.report(STRANGER, record(TO_EX, "ff05::66")))
    hub.await_receivers("ff05::66", name)
    members.put(name, mld_message.report(STRANGER, record(TO_IN, "ff05::66")))
    hub.await_receivers("ff05::66")


def refused_joins(hub):
    return [record for page in hub.telemetry.pages("/mcdpdk/refused") for record in page.values()
            if isinstance(record, dict) and record["reason"] == "join_refused" and "destination" in record]


def test_a_member_may_join_what_its_list_allows(hub, members):
    """erin has a list of her own, with groups of both families; others have that of the hub."""
    declared = [entry | ({"join": ["ff05::/16", "239.1.0.0/16"]} if entry["name"] == "erin" else {})
                for entry in CONFIG["members"]]
    with reloaded(hub, members=declared, mld=SLOW | {"groups": ["ff0e::/16"]}):
        before = mld(hub)["rejected_not_permitted"]
        for name in ("dave", "erin"):
            members.put(name, mld_message.report(STRANGER, record(TO_EX, "ff05::66"), record(TO_EX, "ff0e::66")))
        hub.await_receivers("ff05::66", "erin")
        hub.await_receivers("ff0e::66", "dave")
        await_condition(lambda: mld(hub)["rejected_not_permitted"] == before + 2, "the others are refused")
        assert {(one["destination"], one["why"]) for one in refused_joins(hub)} >= {
            ("ff0e::66", "not_permitted"), ("ff05::66", "not_permitted")}
        for name in ("dave", "erin"):
            members.put(name, mld_message.report(STRANGER, record(TO_IN, "ff05::66"), record(TO_IN, "ff0e::66")))
        hub.await_receivers("ff05::66")
        hub.await_receivers("ff0e::66")


MESSAGES = {
    "v2_report": (V2_REPORT, mld_message.report(STRANGER, record(TO_IN, "ff05::66"))),
    "v1_report": (V1_REPORT, mld_message.v1_report(STRANGER, MARK)),
    "v1_done": (V1_DONE, mld_message.v1_done(STRANGER, "ff05::66")),
}


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("sender", SENDERS)
def test_messages_are_for_the_hub_alone(hub, members, sender, kind):
    """Not even a segment gets them, and not the members of the group that a message of version 1 goes to."""
    number, packet = MESSAGES[kind]
    before = mld(hub)[f"rx_{kind}"]
    got = members.captured(sender, packet)
    assert not [name for name, packets in got.items() if any((message_of(p) or b" ")[0] == number for p in packets)]
    assert mld(hub)[f"rx_{kind}"] > before

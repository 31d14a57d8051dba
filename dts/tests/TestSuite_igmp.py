# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Membership by IGMP: kernels report what programs join, and the hub follows.

    hub 10.0.0.10 -----+
    sender 10.0.0.11 --+                                     192.168.10.5
    host 10.0.0.12 ----+-- switch A --- router --- switch B --- tunnel 10.5.0.6, GRE
    other 10.0.0.13 ---+

host and other run `mcdpdk-client up --encap l2`, whose egress rule brings their reports to the hub; tunnel's kernel
reports into its GRE tunnel. The hub's frames are read on the wire, since sockets hide what the kernel filters.
"""

import contextlib
import re
import socket
import struct
import time

import pytest
from scapy.compat import raw
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3mq
from scapy.layers.inet import IP, IPOption_Router_Alert, UDP
from scapy.layers.l2 import Ether

import igmp_message
from hub import crowding
from igmp_message import QUERY, TO_EX, TO_IN, V2_LEAVE, V2_REPORT, V3_REPORT, checked, is_query
from member_client import L2, up
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, inner_ip, interface_index, l2_frame, open_receiver
from waiting import DEADLINE_S, await_condition

GROUP = "239.1.1.1"
OTHER_GROUP = "239.1.1.2"
STATIC_GROUP = "239.2.2.2"
PORT = 5000
SENDER, OTHER_SENDER = "10.0.0.11", "10.0.0.13"
HUB_OVERLAY = "192.168.10.254"
TICK_S = 0.1                    # of the control lcore; the hub may add it to the RFC's delays
IGMP_KEYS = {"query_interval": 1, "query_response_interval": 0.5, "robustness": 2,
             "startup_query_interval": 0.25, "last_member_query_interval": 0.2}
SLOW = {"query_interval": 20}   # a group joined by a raw report outlasts the test
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [
        {"name": "sender", "address": SENDER},
        {"name": "host", "address": "10.0.0.12"},
        {"name": "other", "address": OTHER_SENDER},
        {"name": "tunnel", "address": "10.5.0.6", "encap": "gre", "overlay": "192.168.10.5"},
    ],
    "groups": [{"group": STATIC_GROUP, "members": ["host"]}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "igmp": IGMP_KEYS,
    "idle": "sleep",
}
MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 46, 47
MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE = 43, 44


def group_membership_interval(igmp):
    """RFC 9776 8.4"""
    return igmp["robustness"] * igmp["query_interval"] + 2 * igmp["query_response_interval"]


def last_member_query_time(igmp):
    """RFC 9776 8.10"""
    return igmp["robustness"] * igmp["last_member_query_interval"]


class Bed:
    def __init__(self, cloud):
        self.cloud = cloud
        self.sender = cloud.add_l2_member("sender", SENDER)
        self.host = cloud.add_instance("host", "10.0.0.12")
        self.other = cloud.add_instance("other", OTHER_SENDER)
        self.tunnel = cloud.add_gre_member("tunnel", "10.5.0.6", "192.168.10.5/24")
        self.wire = Wire(self.host)
        self.hub_mac = cloud.hub_node.mac
        self.is_up = False

    def start(self, **keys):
        hub = self.cloud.start_hub(CONFIG | keys)
        try:
            if not self.is_up:
                for node in (self.host, self.other):
                    up(node, *L2)
                self.is_up = True
            hub.await_resolved()
        except BaseException:
            hub.close()
            raise
        return hub

    def from_sender(self, payload=b"data", group=GROUP, source=SENDER):
        packet = IP(src=source, dst=group) / UDP(sport=4000, dport=PORT, chksum=0) / payload
        Wire(self.sender).send(l2_frame(packet, self.sender.mac, self.hub_mac))

    def from_host(self, packet):
        self.wire.send(l2_frame(packet, self.host.mac, self.hub_mac))


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud):
    return Bed(cloud)


@pytest.fixture(autouse=True)
def fixture_leave_all(bed):
    """Also after a failure: no join affects the next test."""
    yield
    for node in (bed.host, bed.other, bed.tunnel):
        for opened in node.sockets:
            if opened is not bed.wire.socket:
                opened.close()


@pytest.fixture(name="hub")
def fixture_hub(bed):
    with bed.start() as hub:
        yield hub
        hub.settled()
        hub.stop()


@contextlib.contextmanager
def igmp_version(node, version, dev="eth0"):
    node.write_sysctl(f"net/ipv4/conf/{dev}/force_igmp_version", version)
    try:
        yield
    finally:
        node.write_sysctl(f"net/ipv4/conf/{dev}/force_igmp_version", 0)


def reload(hub, **keys):
    hub.reload_and_wait(CONFIG | keys)


def receiver(hub, member, group=GROUP):
    return hub.receivers(group).get(member)


def await_joined(hub, member, group=GROUP):
    return await_condition(lambda: receiver(hub, member, group), f"{member} in {group}")


def await_left(hub, member, group=GROUP, deadline_s=DEADLINE_S):
    """Return how long it took."""
    start = time.monotonic()
    await_condition(lambda: receiver(hub, member, group) is None, f"{member} not in {group}",
                    deadline_s)
    return time.monotonic() - start


def payloads(wire, group, until):
    """The UDP payloads to a group on a wire, plain or in GRE, before the given one."""
    received = []
    for frame in wire.frames():
        inner = inner_ip(frame)
        if inner is None or inner.proto != 17 or inner.dst != group:
            continue
        received.append(bytes(inner[UDP].payload))
        if received[-1] == until:
            return received[:-1]
    raise AssertionError(f"{until} did not come, but {received}")


def source_request(node, dev, group, source):
    """struct group_source_req."""
    def address(text):
        return struct.pack("=HH4s120x", socket.AF_INET, 0, socket.inet_aton(text))
    return struct.pack("=I4x", interface_index(node, dev)) + address(group) + address(source)


def queries(node_wire, count, group="0.0.0.0"):
    """The next IGMP queries for a group (0.0.0.0: general) on a wire, as (outer, query's IP)."""
    found = []
    for frame in node_wire.frames():
        inner = inner_ip(frame)
        if inner is not None and is_query(inner, group):
            found.append((Ether(frame), inner))
            if len(found) == count:
                return found
    raise AssertionError(f"{len(found)} of {count} queries")


def report(*records, source="10.0.0.12", **fields):
    return igmp_message.report(source, *records, **fields)


def record(kind, group=GROUP, *sources):
    return igmp_message.record(kind, group, *sources)


# Hosts of the kernel on l2

@pytest.mark.parametrize("version", [2, 3])
def test_kernel_host_joins_and_leaves(hub, bed, version):
    """Data flows from the join on, for longer than the group membership interval since the host answers queries, and
    stops within the last member query time and a tick."""
    with igmp_version(bed.host, version):
        bed.from_sender(b"before")
        await_condition(lambda: hub.drops()["no_receiver"] >= 1, "nobody has joined")
        joined = open_receiver(bed.host, GROUP, PORT, "eth0")
        known = await_joined(hub, "host")
        assert known["origins"] == ["igmp"]
        assert 1 <= known["expires_s"] <= group_membership_interval(IGMP_KEYS)
        bed.from_sender(b"joined")
        assert payloads(bed.wire, GROUP, b"joined") == []

        end = time.monotonic() + group_membership_interval(IGMP_KEYS) + 1
        while time.monotonic() < end:
            assert receiver(hub, "host") is not None, "expired although it answers"
            time.sleep(0.05)
        bed.from_sender(b"still there")
        assert payloads(bed.wire, GROUP, b"still there") == []

        joined.close()
        limit = last_member_query_time(IGMP_KEYS) + TICK_S
        took = await_left(hub, "host")
        # The host may repeat its leave, and a crowded machine is slow.
        assert took <= (limit + 0.5) * crowding()
        denied = hub.drops()["no_receiver"]
        bed.from_sender(b"after")
        await_condition(lambda: hub.drops()["no_receiver"] > denied, "nothing flows")
    counters = hub.telemetry.ask("/mcdpdk/igmp")
    assert counters["rx_v2_report" if version == 2 else "rx_v3_report"] > 0
    assert counters["rx_v2_leave"] > 0 if version == 2 else counters["rx_v2_leave"] == 0


@pytest.mark.slow
def test_version_1_host_times_out(bed):
    """Version 1 has no leave and answers after up to 10 s. After the socket is closed, data stops with the group
    membership interval, no sooner."""
    igmp = IGMP_KEYS | {"query_interval": 2, "query_response_interval": 1, "robustness": 5}
    with bed.start(igmp=igmp) as hub, igmp_version(bed.host, 1):
        joined = open_receiver(bed.host, GROUP, PORT, "eth0")
        await_joined(hub, "host")
        bed.from_sender(b"joined")
        assert payloads(bed.wire, GROUP, b"joined") == []
        joined.close()
        left_s = receiver(hub, "host")["expires_s"]
        took = await_left(hub, "host", deadline_s=(group_membership_interval(igmp) + 2) * crowding())
        assert left_s - 2 <= took
        assert hub.telemetry.ask("/mcdpdk/igmp")["rx_v1_report"] > 0
        hub.stop()


def test_version_1_host_joins(hub, bed):
    """Data flows. A v2 leave for the group, which no v1 host sends, changes nothing."""
    with igmp_version(bed.host, 1):
        joined = open_receiver(bed.host, GROUP, PORT, "eth0")
        await_joined(hub, "host")
        bed.from_host(IP(src="10.0.0.12", dst="224.0.0.2", ttl=1, proto=2,
                         options=[IPOption_Router_Alert()])
                      / checked(raw(IGMP(type=V2_LEAVE, mrcode=0, gaddr=GROUP))))
        await_condition(lambda: hub.telemetry.ask("/mcdpdk/igmp")["rejected_older_host"], "the leave")
        bed.from_sender(b"joined")
        assert payloads(bed.wire, GROUP, b"joined") == []
        assert hub.telemetry.ask("/mcdpdk/igmp")["tx_group_query"] == 0
        joined.close()


def test_a_fast_leave_removes_only_its_member(bed):
    """With `immediate_leave` and long intervals, host is out within a tick after its leave; other stays."""
    igmp = IGMP_KEYS | {"immediate_leave": True, "last_member_query_interval": 20}
    with bed.start(igmp=igmp) as hub:
        sockets = [open_receiver(node, GROUP, PORT, "eth0") for node in (bed.host, bed.other)]
        await_joined(hub, "host")
        await_joined(hub, "other")
        sockets[0].close()
        assert await_left(hub, "host") < (TICK_S + 1) * crowding()
        assert receiver(hub, "other") is not None
        sockets[1].close()
        await_left(hub, "other")
        hub.stop()


# Source-specific membership

def test_an_ssm_socket_gets_only_its_source(hub, bed):
    """Two sources send; the hub's entry is (S,G). After MCAST_LEAVE_SOURCE_GROUP nothing is on the wire."""
    group, source, unwanted = "232.1.1.1", "172.16.0.1", "172.16.0.2"
    member = bed.host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    request = source_request(bed.host, "eth0", group, source)
    member.setsockopt(socket.IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, request)
    known = await_joined(hub, "host", f"{group},{source}")
    assert known["origins"] == ["igmp"]
    assert 1 <= known["expires_s"] <= group_membership_interval(IGMP_KEYS)
    bed.from_sender(b"unwanted", group, unwanted)
    bed.from_sender(b"wanted", group, source)
    assert payloads(bed.wire, group, b"wanted") == []
    member.setsockopt(socket.IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, request)
    await_left(hub, "host", f"{group},{source}")
    denied = hub.drops()["no_receiver"]
    bed.from_sender(b"late", group, source)
    await_condition(lambda: hub.drops()["no_receiver"] > denied, "nothing flows")


def test_blocked_source_is_left_out(hub, bed):
    """Host joins any source and blocks one: the wire has all but that one, and both after the unblocking. Another
    member always gets both."""
    blocked, wanted = "172.16.0.3", "172.16.0.4"
    member = open_receiver(bed.host, GROUP, PORT, "eth0")
    both = open_receiver(bed.other, GROUP, PORT, "eth0")
    other_wire = Wire(bed.other)
    await_joined(hub, "host")
    await_joined(hub, "other")
    request = source_request(bed.host, "eth0", GROUP, blocked)
    member.setsockopt(socket.IPPROTO_IP, MCAST_BLOCK_SOURCE, request)

    def receivers_of(source):
        answer = hub.telemetry.ask(f"/mcdpdk/explain,sender,{GROUP},{source}")
        return {answer[key]["member"] for key in answer if re.fullmatch(r"r\d+", key)}

    await_condition(lambda: receivers_of(blocked) == {"other"}, "blocked")
    assert receivers_of(wanted) == {"host", "other"}
    bed.from_sender(b"blocked", source=blocked)
    bed.from_sender(b"wanted", source=wanted)
    assert payloads(bed.wire, GROUP, b"wanted") == []
    assert payloads(other_wire, GROUP, b"wanted") == [b"blocked"]
    member.setsockopt(socket.IPPROTO_IP, MCAST_UNBLOCK_SOURCE, request)
    await_condition(lambda: receivers_of(blocked) == {"host", "other"}, "unblocked")
    bed.from_sender(b"unblocked", source=blocked)
    assert payloads(bed.wire, GROUP, b"unblocked") == []
    for opened in (member, both):
        opened.close()


# Queries

def test_general_queries_on_l2_follow_the_configuration(hub, bed):
    """They come periodically, in unicast frames to 224.0.0.1 from the port's address, with TTL 1, Router Alert, correct
    checksums and the configured times and robustness, and count as control."""
    for packet, query in queries(bed.wire, 3):
        assert (packet.dst, packet.src) == (bed.host.mac, bed.hub_mac)
        assert (query.src, query.dst, query.ttl, query.tos) == (HUB_ADDRESS, "224.0.0.1", 1, 0xC0)
        assert raw(query)[20:24] == b"\x94\x04\x00\x00"
        assert_checksums(query)
        message = IGMPv3(raw(query.payload))
        assert (message.type, message.mrcode) == (QUERY, 5)
        assert (message[IGMPv3mq].gaddr, message[IGMPv3mq].qrv, message[IGMPv3mq].qqic) == (
            "0.0.0.0", 2, 1)
    stats = hub.stats()
    assert stats["tx_control_packets"] >= 3 and stats["copies"] == 0


def assert_checksums(packet):
    wanted = IP(raw(packet))
    del wanted.chksum
    assert IP(raw(wanted)).chksum == packet.chksum
    message = raw(packet.payload)
    assert checked(message) == message


@pytest.mark.parametrize("keys, source", [
    ({}, HUB_OVERLAY),
    ({"overlay": None}, "0.0.0.0"),
])
def test_tunnel_is_queried_and_joins(bed, keys, source):
    """With a `hub_overlay`, queries come in GRE from that address, else from 0.0.0.0, with outer TTL 64. The kernel's
    reports through its tunnel bring data; its leave ends it."""
    config = dict(CONFIG)
    if "overlay" in keys:
        del config["overlay"]
        config["members"] = [{k: v for k, v in m.items() if k != "overlay"}
                             for m in CONFIG["members"]]
    wire = Wire(bed.tunnel)
    with bed.cloud.start_hub(config) as hub:
        hub.await_resolved()
        for packet, query in queries(wire, 2):
            assert (packet[IP].src, packet[IP].dst, packet[IP].ttl) == (HUB_ADDRESS, "10.5.0.6", 63)
            assert (query.src, query.dst, query.ttl) == (source, "224.0.0.1", 1)
            assert raw(query)[20:24] == b"\x94\x04\x00\x00"
            assert_checksums(query)
        member = open_receiver(bed.tunnel, GROUP, PORT, "gre1")
        await_joined(hub, "tunnel")
        bed.from_sender(b"through")
        assert payloads(wire, GROUP, b"through") == []
        assert member.recv(100) == b"through"
        end = time.monotonic() + group_membership_interval(IGMP_KEYS) + 0.5
        while time.monotonic() < end:
            assert receiver(hub, "tunnel") is not None, "expired although it answers"
            time.sleep(0.05)
        member.close()
        await_left(hub, "tunnel")
        hub.stop()


def test_leave_is_followed_by_group_queries(hub, bed):
    """Host joins and leaves by raw packets; its kernel does not know the group. As many group-specific queries as the
    robustness go to the group; then host is out."""
    group = "239.1.1.77"
    bed.from_host(report(record(TO_EX, group)))
    await_joined(hub, "host", group)
    wire = Wire(bed.host)
    bed.from_host(report(record(TO_IN, group)))
    for packet, query in queries(wire, IGMP_KEYS["robustness"], group):
        assert packet.dst == bed.host.mac
        assert (query.src, query.dst, query.ttl) == (HUB_ADDRESS, group, 1)
        assert_checksums(query)
    await_left(hub, "host", group)
    assert hub.telemetry.ask("/mcdpdk/igmp")["tx_group_query"] == IGMP_KEYS["robustness"]


# Bounds and bad input

def test_groups_of_a_member_are_bounded(bed):
    """With `max_groups_per_member` 3 and only 239.1.0.0/16 open, host joins five groups and a forbidden one. It has
    three, none forbidden; the bound is counted and logged once, other is not affected, and a leave makes room."""
    groups = [f"239.1.9.{number}" for number in range(5)]
    keys = IGMP_KEYS | {"max_groups_per_member": 3, "groups": ["239.1.0.0/16"]}
    with bed.start(igmp=keys) as hub:
        sockets = {g: open_receiver(bed.host, g, PORT, "eth0") for g in ["239.3.3.3", *groups]}
        sockets["other"] = open_receiver(bed.other, "239.1.9.9", PORT, "eth0")
        await_joined(hub, "other", "239.1.9.9")
        await_condition(lambda: len(joined_by(hub, "host")) == 3, "three groups")
        await_condition(lambda: hub.telemetry.ask("/mcdpdk/igmp")["rejected_member_groups"] >= 2,
                        "member_groups")
        assert hub.telemetry.ask("/mcdpdk/igmp")["rejected_not_permitted"] >= 1
        joined = joined_by(hub, "host")
        assert joined < set(groups)
        assert len(re.findall("host: a join was refused", hub.log())) == 1
        bed.from_sender(b"refused", group="239.3.3.3")
        await_condition(lambda: hub.drops()["no_receiver"] >= 1, "no_receiver")
        left = joined.pop()
        sockets[left].close()
        await_condition(lambda: len(joined_by(hub, "host") - joined - {left}) == 1,
                        "another in its place")
        for opened in sockets.values():
            opened.close()
        hub.stop()


def joined_by(hub, member):
    page = hub.telemetry.ask(f"/mcdpdk/member_groups,0,{member}")
    return set(page["groups"]) - {STATIC_GROUP}


BAD_REPORTS = {
    "bad_checksum": lambda: corrupt(report(record(TO_EX))),
    "bad_ttl": lambda: report(record(TO_EX), ttl=2),
    "no_router_alert": lambda: report(record(TO_EX), options=[]),
    "bad_destination": lambda: IP(src="10.0.0.9", dst="224.0.0.99", ttl=1, proto=2,
                                  options=[IPOption_Router_Alert()])
                               / checked(bytes([QUERY, 5, 0, 0]) + bytes(8)),
    "malformed": lambda: truncate(report(record(TO_EX))),
    "not_multicast": lambda: report(record(TO_EX, "10.1.1.1")),
    "all_systems": lambda: report(record(TO_EX, "224.0.0.1")),
    "unknown_record": lambda: report(record(9)),
    "unknown_type": lambda: IP(src="10.0.0.12", dst=GROUP, ttl=1, proto=2,
                               options=[IPOption_Router_Alert()]) / checked(b"\x77" + bytes(7)),
}


def corrupt(packet):
    message = bytearray(raw(packet.payload))
    message[3] ^= 1
    packet.remove_payload()
    return packet / bytes(message)


def truncate(packet):
    packet.remove_payload()
    return packet / checked(struct.pack("!BBHHH", V3_REPORT, 0, 0, 0, 1))


def test_bad_reports_change_nothing(hub, bed):
    """Reports with one fault each are counted by their reasons. Then a correct one of the same member takes effect."""
    before = sum_of_states(hub)

    def count(reason):
        """Some are dropped before they reach IGMP."""
        return hub.telemetry.ask("/mcdpdk/igmp")[f"rejected_{reason}"] + hub.drops().get(reason, 0)

    for reason, build in BAD_REPORTS.items():
        wanted = count(reason) + 1
        bed.from_host(build())
        await_condition(lambda: count(reason) >= wanted, reason)
    assert sum_of_states(hub) == before
    assert receiver(hub, "host") is None
    bed.from_host(report(record(TO_EX)))
    await_joined(hub, "host")
    drops = hub.drops()
    assert drops["bad_checksum"] == 1 and drops["malformed"] == 1
    assert drops["rate_limited"] == 0


def test_router_alert_may_be_ignored(hub, bed):
    """By default, v2 and v3 reports without Router Alert are refused and counted. With `router_alert` `"ignore"` they
    are followed, leaves too. With the default again a joined group stays, and the next such report is refused."""
    v3 = report(record(TO_EX), options=[])
    v2 = IP(src="10.0.0.12", dst=OTHER_GROUP, ttl=1, proto=2) / checked(v2_message(V2_REPORT))
    leave = IP(src="10.0.0.12", dst="224.0.0.2", ttl=1, proto=2) / checked(v2_message(V2_LEAVE))

    def refuse(*packets):
        wanted = hub.telemetry.ask("/mcdpdk/igmp")["rejected_no_router_alert"] + len(packets)
        for packet in packets:
            bed.from_host(packet)
        await_condition(lambda: hub.telemetry.ask("/mcdpdk/igmp")["rejected_no_router_alert"] == wanted,
                        "no_router_alert")

    refuse(v2, v3)
    assert joined_by(hub, "host") == set()
    reload(hub, igmp=IGMP_KEYS | SLOW | {"router_alert": "ignore"})
    bed.from_host(v2)
    bed.from_host(v3)
    await_joined(hub, "host", OTHER_GROUP)
    await_joined(hub, "host")
    bed.from_host(leave)
    await_left(hub, "host", OTHER_GROUP)
    reload(hub, igmp=IGMP_KEYS | SLOW)
    refuse(v2)
    assert joined_by(hub, "host") == {GROUP}


def v2_message(kind):
    return bytes([kind, 0, 0, 0]) + socket.inet_aton(OTHER_GROUP)


def test_a_member_may_join_what_its_own_list_allows(bed):
    """Host has a `join` list, other an empty one, and 239.2.0.0/16 is open to the remaining members; the operator joins
    other to one more. Host joins by its list alone, other nothing; refusals are counted and named, but not for the
    operator. Reloads narrow host's list, give other one, and remove all lists: each withdraws what left a list, allows
    later reports, and never withdraws what is on the old and the new list."""
    listed, configured, nowhere = "239.1.5.5", "239.2.5.5", "239.3.5.5"
    igmp = IGMP_KEYS | SLOW | {"groups": ["239.2.0.0/16"]}

    def lists(**joins):
        return [m | ({"join": joins[m["name"]]} if m["name"] in joins else {}) for m in CONFIG["members"]]

    def join_all():
        for node, mac in ((bed.host, bed.host.mac), (bed.other, bed.other.mac)):
            source = OTHER_SENDER if node is bed.other else "10.0.0.12"
            packet = report(*(record(TO_EX, g) for g in (listed, configured, nowhere)), source=source)
            Wire(node).send(l2_frame(packet, mac, bed.hub_mac))

    def await_groups(**wanted):
        await_condition(lambda: all(joined_by(hub, name) == groups for name, groups in wanted.items()),
                        f"joined: {wanted}")

    def refusals():
        return hub.telemetry.ask("/mcdpdk/igmp")["rejected_not_permitted"]

    with bed.start(igmp=igmp, members=lists(host=["239.1.0.0/16", nowhere], other=[])) as hub:
        join_all()
        await_condition(lambda: refusals() == 4, "four groups refused")
        await_groups(host={listed, nowhere}, other=set())
        records = [r for page in hub.telemetry.pages("/mcdpdk/refused") for r in page.values()
                   if isinstance(r, dict) and r["reason"] == "join_refused"]
        assert {r["member"]: (r["count"], r["why"]) for r in records} == {
            "host": (1, "not_permitted"), "other": (3, "not_permitted")}
        assert hub.telemetry.ask(f"/mcdpdk/join,{nowhere},other")["status"] == "ok"
        await_groups(other={nowhere})

        reload(hub, igmp=igmp, members=lists(host=[listed], other=[configured]))
        await_groups(host={listed}, other={nowhere})
        join_all()
        await_condition(lambda: refusals() == 8, "four more")
        await_groups(host={listed}, other={configured, nowhere})

        reload(hub, igmp=IGMP_KEYS | SLOW)
        await_groups(host={listed}, other={configured, nowhere})
        assert receiver(hub, "host", listed)["origins"] == ["igmp"]
        join_all()
        await_groups(host={listed, configured, nowhere}, other={listed, configured, nowhere})
        assert refusals() == 8
        hub.stop()


def sum_of_states(hub):
    answer = hub.telemetry.ask("/mcdpdk/igmp")
    return answer["groups"], answer["sources"]


def test_reports_of_unknown_senders_and_of_role_sender_are_ignored(bed):
    """An undeclared instance's is `source_denied`; neither becomes a receiver."""
    members = [m | ({"role": "sender"} if m["name"] == "host" else {}) for m in CONFIG["members"]
               if m["name"] != "other"]
    groups = [{"group": STATIC_GROUP, "members": ["sender"]}]
    with bed.start(members=members, groups=groups) as hub:
        unknown = report(record(TO_EX), source=OTHER_SENDER)
        Wire(bed.other).send(l2_frame(unknown, bed.other.mac, bed.hub_mac))
        bed.from_host(report(record(TO_EX)))
        await_condition(lambda: hub.drops()["source_denied"] >= 1
                        and hub.telemetry.ask("/mcdpdk/igmp")["rejected_unknown_member"] >= 1, "both")
        assert hub.telemetry.listing("groups") == [STATIC_GROUP]
        hub.stop()


# With the other origins

def test_leave_takes_nothing_from_a_static_receiver(hub, bed):
    """A static receiver joins the same group, blocks a source of it and leaves. Its origins come and go; data never
    stops, not even from the blocked source."""
    member = open_receiver(bed.host, STATIC_GROUP, PORT, "eth0")
    await_condition(lambda: receiver(hub, "host", STATIC_GROUP)["origins"] == ["static", "igmp"],
                    "both origins")
    request = source_request(bed.host, "eth0", STATIC_GROUP, "172.16.0.5")
    member.setsockopt(socket.IPPROTO_IP, MCAST_BLOCK_SOURCE, request)
    await_condition(lambda: sum_of_states(hub)[1] == 1, "the blocked source")
    await_condition(lambda: receiver(hub, "host", f"{STATIC_GROUP},172.16.0.5") is not None,
                    "an entry of its own")
    blocked = receiver(hub, "host", f"{STATIC_GROUP},172.16.0.5")
    assert (blocked["origins"], blocked["expires_s"]) == (["static"], 0)
    bed.from_sender(b"blocked", STATIC_GROUP, "172.16.0.5")
    bed.from_sender(b"joined", STATIC_GROUP)
    assert payloads(bed.wire, STATIC_GROUP, b"joined") == [b"blocked"]
    member.close()
    await_condition(lambda: receiver(hub, "host", STATIC_GROUP)["origins"] == ["static"],
                    "static alone")
    assert receiver(hub, "host", STATIC_GROUP)["expires_s"] == 0
    bed.from_sender(b"left", STATIC_GROUP)
    assert payloads(bed.wire, STATIC_GROUP, b"left") == []


def test_learned_members_survive_a_reload(hub, bed):
    """Host stays a receiver through reloads of other groups and IGMP times, is none while IGMP is off, and is one again
    after the next query."""
    member = open_receiver(bed.host, GROUP, PORT, "eth0")
    await_joined(hub, "host")

    for number, keys in enumerate(({"groups": []}, {"igmp": IGMP_KEYS | {"query_interval": 2}})):
        reload(hub, **keys)
        assert receiver(hub, "host")["origins"] == ["igmp"]
        bed.from_sender(b"reload %d" % number)
        assert payloads(bed.wire, GROUP, b"reload %d" % number) == []
    reload(hub, igmp=False, mld=False)
    assert receiver(hub, "host") is None
    assert hub.telemetry.ask("/mcdpdk/igmp") == {"enabled": 0}
    reload(hub)
    await_joined(hub, "host")
    member.close()


def test_igmp_that_is_off_learns_nothing(bed):
    """A kernel's and a raw report teach nothing, count as control and are not replicated; no query is sent."""
    with bed.start(igmp=False, mld=False, groups=[{"group": "224.0.0.0/24", "members": ["*"]}]) as hub:
        before = hub.settled()[0]
        wire = Wire(bed.host)
        member = open_receiver(bed.host, GROUP, PORT, "eth0")
        bed.from_host(report(record(TO_EX)))
        await_condition(lambda: hub.stats()["control_packets"] >= before["control_packets"] + 2,
                        "both reports")
        assert hub.telemetry.listing("groups") == ["224.0.0.0/24"]
        bed.from_sender(b"marker", "224.0.0.77")
        assert payloads(wire, "224.0.0.77", b"marker") == []
        stats, drops = hub.settled()
        assert stats["copies"] == 3 and drops["no_receiver"] == 0
        member.close()
        hub.stop()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""AMT gateways (RFC 7450) over IPv6 and over IPv4 join groups of IPv6 and of IPv4, by MLD and by IGMP.

    hub, relay fd00::10, 10.0.0.10 --+
    sender               10.0.0.11 --+
    sender6    fd00::11            --+                                     fd00:5::6
    near       fd00::12            --+-- switch A --- router --- switch B --- far
    old                  10.0.0.13 --+
    kernel     fd00::14            --+
    kernel4              10.0.0.15 --+
    unknown    fd00::66            --+

near, far and old run gateways of amt_gateway.py. Behind amt1 of kernel and kernel4, a gateway of amt_endpoint.py, are
their kernels, whose sockets join and receive. The unknown sender is in none of the relay's prefixes. After each test
there is no tunnel, and the sums balance.
"""

import contextlib
import json

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.layers.l2 import Ether

import mld_message
from amt_gateway import (
    AMT_PORT, DISCOVERY, GATEWAY_FLAG, LIMIT_FLAG, LINK_LOCAL, MLD_FLAG, REQUEST, Gateway, Query, endpoint_of)
from ipv6_cloud import GATEWAY6, HUB_ADDRESS6, Ipv6Cloud, open_ipv6
from ipv6_sockets import Receiver
from mld_message import ALLOW, ALL_NODES, BLOCK, TO_EX, has_right_checksum, is_query, record, report
from node import stop_process
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, open_receiver, receive
from waiting import await_condition

SENDER, SENDER6, NEAR, FAR, OLD, UNKNOWN = "10.0.0.11", "fd00::11", "fd00::12", "fd00:5::6", "10.0.0.13", "fd00::66"
GROUP = {4: "239.1.1.1", 6: "ff05::1:3"}
OTHER_GROUP, SSM_GROUP, LINK_LOCAL_GROUP = "ff05::2:4", "ff3e::8000:9", "ff02::fb"
KERNEL = {6: "fd00::14", 4: "10.0.0.15"}
PREFIXES = ["fd00::12", "fd00:5::/64", "10.0.0.13", *KERNEL.values()]
DEVICE, UDP_PORT = "amt1", 5000
PORT = {"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY, "address6": f"{HUB_ADDRESS6}/64", "gateway6": GATEWAY6}
SLOW = {"query_interval": 3600, "startup_query_interval": 3600}
CONFIG = {
    "ports": [PORT],
    "members": [{"name": "sender", "address": SENDER}, {"name": "sender6", "address": SENDER6}],
    "amt": {"prefixes": PREFIXES},
    "igmp": SLOW, "mld": SLOW,
    "idle": "sleep",
}
# At the other end of the octet.
MLD_FLAG_OF_LINUX = 0x80
SOLICITED_NODE = "ff02::1:ff00:2"
DECLARED = ["sender", "sender6"]


class Bed:
    def __init__(self, cloud):
        self.cloud = cloud
        self.hub_mac = cloud.hub_node.mac
        self.senders = {4: cloud.add_instance("sender", SENDER), 6: cloud.add_ipv6_instance("sender6", SENDER6)}
        self.near = cloud.add_ipv6_instance("near", NEAR)
        self.far = cloud.add_ipv6_instance("far", FAR)
        self.old = cloud.add_instance("old", OLD)
        self.kernels = {6: cloud.add_ipv6_instance("kernel", KERNEL[6]), 4: cloud.add_instance("kernel4", KERNEL[4])}
        self.unknown = cloud.add_ipv6_instance("unknown", UNKNOWN)
        self.wires = {version: Wire(node) for version, node in self.senders.items()}
        self.opened = []

    def gateway(self, node):
        gateway = Gateway(node, HUB_ADDRESS if node is self.old else HUB_ADDRESS6)
        self.opened.append(gateway)
        return gateway

    def connected(self, hub, node, *groups):
        gateway = self.gateway(node)
        gateway.request()
        for group in groups:
            gateway.join(group)
            await_joined(hub, gateway, group)
        hub.await_resolved(gateway.name)
        return gateway

    def send(self, group, payload=b"data", source=None):
        """A datagram to the group; return its bytes, as a gateway has to get them."""
        version = 6 if ":" in group else 4
        if version == 6:
            inner = IPv6(src=source or SENDER6, dst=group, hlim=7, tc=0xB8) / UDP(sport=4000, dport=UDP_PORT) / payload
        else:
            inner = IP(src=source or SENDER, dst=group, ttl=7, id=4711) / UDP(sport=4000, dport=UDP_PORT) / payload
        self.wires[version].send(Ether(src=self.senders[version].mac, dst=self.hub_mac) / inner)
        return raw(inner)


@pytest.fixture(scope="module", name="bed")
def fixture_bed():
    with Ipv6Cloud() as cloud:
        yield Bed(cloud)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(bed):
    config = CONFIG | {"state_file": str(bed.cloud.folder / "amt-state")}
    # af_packet would put fragments together.
    with bed.cloud.running_hub(config, driver="af_xdp") as hub:
        hub.config = config
        yield hub


@pytest.fixture(autouse=True)
def fixture_close_gateways(bed, hub):
    yield
    while bed.opened:
        bed.opened.pop().close()
    with reloaded(hub, amt=None):
        assert hub.telemetry.listing("members") == DECLARED
    hub.settled()


@pytest.fixture(name="before")
def fixture_before(hub):
    return Before(hub)


class Before:
    """The hub's counters at one time."""

    def __init__(self, hub):
        self.hub = hub
        self.values = self.read()

    def read(self):
        counters = self.hub.telemetry.ask("/mcdpdk/amt") | self.hub.drops()
        return counters | {f"mld_{name}": value for name, value in self.hub.telemetry.ask("/mcdpdk/mld").items()}

    def since(self, name):
        """What was added to a counter."""
        return self.read()[name] - self.values[name]

    def await_count(self, name, count=1):
        await_condition(lambda: self.since(name) == count, lambda: f"{count} {name}: {self.since(name)}")


@contextlib.contextmanager
def reloaded(hub, **keys):
    """None: without the key."""
    hub.reload_and_wait({key: value for key, value in (hub.config | keys).items() if value is not None})
    try:
        yield
    finally:
        hub.reload_and_wait(hub.config)


def await_joined(hub, gateway, group):
    await_condition(lambda: gateway.name in hub.receivers(group), f"{gateway.name} in {group}")


def await_left(hub, gateway, group):
    await_condition(lambda: gateway.name not in hub.receivers(group), f"{gateway.name} not in {group}")


def await_tunnels(hub, count):
    await_condition(lambda: tunnels(hub) == count, f"{count} tunnels")


def tunnels(hub):
    return hub.telemetry.ask("/mcdpdk/amt")["tunnels"]


# What a gateway does in its life

@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("where", ["near", "far", "old"])
def test_a_gateway_discovers_joins_receives_and_leaves(bed, hub, before, where, version):
    """In the hub's subnet and behind a router, over either family, for a group of either. The Advertisement names the
    hub; the query is general, of the protocol that the Request asks for; the gateway becomes a member of origin amt and
    gets packets to the byte from the relay's port, with a UDP checksum that its kernel accepts. After the leave nothing
    comes and the member is gone."""
    group, over_ipv6 = GROUP[version], where != "old"
    gateway = bed.gateway(getattr(bed, where))
    assert gateway.discover() == (HUB_ADDRESS6 if over_ipv6 else HUB_ADDRESS)
    query = gateway.request(MLD_FLAG if version == 6 else 0)
    assert query.flags == (GATEWAY_FLAG if over_ipv6 else 0)
    assert query.endpoint == (endpoint_of(gateway.address, gateway.port) if over_ipv6 else b"")
    check_query(query.packet, version)
    assert tunnels(hub) == 0

    gateway.join(group)
    await_joined(hub, gateway, group)
    assert hub.receivers(group)[gateway.name]["origins"] == ["amt"]
    assert hub.receivers(group)[gateway.name]["expires_s"] > 3600
    hub.await_resolved(gateway.name)
    member = hub.telemetry.ask(f"/mcdpdk/member,{gateway.name}")
    assert (member["origin"], member["encap"], member["address"]) == ("amt", "amt", gateway.address)
    explained = hub.telemetry.ask(f"/mcdpdk/explain,sender{6 if version == 6 else ''},{group}")
    assert (explained["verdict"], explained["r0"]["member"]) == ("replicate", gateway.name)
    sent = bed.send(group)
    assert gateway.data() == sent

    gateway.leave(group)
    await_left(hub, gateway, group)
    bed.send(group, b"after")
    before.await_count("no_receiver")
    assert not gateway.pending()
    await_tunnels(hub, 0)
    assert [before.since(f"rx_{kind}") for kind in ("discovery", "request", "update")] == [1, 1, 2]
    assert not any(before.since(name) for name in before.values if name.startswith("rejected_"))


def check_query(packet, version):
    if version == 4:
        assert (packet.dst, packet.ttl, raw(packet)[24]) == ("224.0.0.1", 1, 0x11)
        return
    assert (packet.dst, packet.hlim) == (ALL_NODES, 1) and packet.src.startswith("fe80::")
    assert is_query(raw(packet), "::") and has_right_checksum(raw(packet))
    assert raw(packet)[40:48] == bytes.fromhex("3a00050200000100")


def test_a_gateway_holds_groups_of_both_families_in_one_tunnel(bed, hub):
    """It requests a query of each protocol with one nonce: both have one Response MAC, with which it reports to both.
    The tunnel lasts while it holds a group of either."""
    gateway = bed.gateway(bed.far)
    first = gateway.request()
    second = gateway.request(MLD_FLAG, first.nonce)
    assert second.mac == first.mac
    for group in GROUP.values():
        gateway.join(group)
        await_joined(hub, gateway, group)
    hub.await_resolved(gateway.name)
    for group in GROUP.values():
        sent = bed.send(group)
        assert gateway.data() == sent
    assert tunnels(hub) == 1
    gateway.leave(GROUP[4])
    await_left(hub, gateway, GROUP[4])
    sent = bed.send(GROUP[6], b"still")
    assert gateway.data() == sent
    gateway.leave(GROUP[6])
    await_tunnels(hub, 0)


def test_a_gateway_gets_the_sources_that_it_asks_for(bed, hub):
    gateway = bed.gateway(bed.near)
    gateway.request(MLD_FLAG)
    gateway.join(SSM_GROUP, SENDER6)
    await_joined(hub, gateway, f"{SSM_GROUP},{SENDER6}")
    hub.await_resolved(gateway.name)
    bed.send(SSM_GROUP, b"not asked for", "fd00::99")
    sent = bed.send(SSM_GROUP, b"asked for")
    assert gateway.data() == sent
    gateway.update(report(LINK_LOCAL, record(ALLOW, SSM_GROUP, "fd00::99")))
    await_joined(hub, gateway, f"{SSM_GROUP},fd00::99")
    gateway.update(report(LINK_LOCAL, record(BLOCK, SSM_GROUP, SENDER6)))
    await_left(hub, gateway, f"{SSM_GROUP},{SENDER6}")
    bed.send(SSM_GROUP, b"not asked for any more")
    sent = bed.send(SSM_GROUP, b"last", "fd00::99")
    assert gateway.data() == sent


def test_version_1_hosts_behind_a_gateway_join_and_leave(bed, hub):
    gateway = bed.gateway(bed.near)
    gateway.request(MLD_FLAG)
    gateway.update(mld_message.v1_report(LINK_LOCAL, GROUP[6]))
    await_joined(hub, gateway, GROUP[6])
    gateway.update(mld_message.v1_done(LINK_LOCAL, GROUP[6]))
    await_left(hub, gateway, GROUP[6])


def test_what_a_kernel_reports_for_neighbour_discovery_opens_no_tunnel(bed, hub, before):
    """Its solicited-node group, from :: and from its address, is no fault either. The next join opens the tunnel."""
    gateway = bed.gateway(bed.near)
    gateway.request(MLD_FLAG)
    for source in ("::", LINK_LOCAL):
        gateway.update(report(source, record(TO_EX, SOLICITED_NODE)))
    before.await_count("rejected_no_tunnel", 2)
    assert tunnels(hub) == 0 and before.since("malformed") == 0
    gateway.join(LINK_LOCAL_GROUP)
    await_joined(hub, gateway, LINK_LOCAL_GROUP)
    sent = bed.send(LINK_LOCAL_GROUP)
    hub.await_resolved(gateway.name)
    assert gateway.data() == sent
    for source in ("::", LINK_LOCAL):
        gateway.update(report(source, record(TO_EX, SOLICITED_NODE)))
    before.await_count("mld_rejected_all_systems")
    assert hub.telemetry.listing("groups") == [LINK_LOCAL_GROUP]


@pytest.mark.parametrize("version", GROUP)
def test_large_packets_are_fragmented(bed, hub, version):
    """A packet as long as the sender's MTU does not fit into the tunnel. Of IPv4 the gateway gets one fragment per
    message; of IPv6, which the hub must not cut, the fragments of one message."""
    gateway = bed.connected(hub, bed.far, GROUP[version])
    cut = hub.stats()["tx_fragments"]
    sent = bed.send(GROUP[version], bytes(range(256)) * 5 + bytes(172 + 20 * (version == 4)))
    assert len(sent) == 1500
    if version == 6:
        assert gateway.data() == sent
    else:
        fragments = [IP(gateway.data()), IP(gateway.data())]
        assert b"".join(raw(f.payload) for f in fragments) == sent[20:]
    assert hub.stats()["tx_fragments"] == cut + 1


def test_an_update_in_fragments_is_put_together(bed, hub):
    """Its kernel cuts a report of so many groups; all of them are joined."""
    gateway = bed.gateway(bed.far)
    gateway.request(MLD_FLAG)
    groups = [f"ff0e::{number:x}" for number in range(1, 81)]
    gateway.update(report(LINK_LOCAL, *(record(TO_EX, group) for group in groups)))
    await_condition(lambda: set(hub.telemetry.listing("groups")) == set(groups), "all groups")


def test_a_teardown_ends_the_previous_tunnel(bed, hub, before):
    """The gateway names it by the endpoint that its query told. A gateway over IPv4 tears down one over IPv6, too."""
    old = bed.connected(hub, bed.far, GROUP[6])
    new = bed.connected(hub, bed.old, GROUP[6])
    new.teardown(old.query, new.address, new.port)
    before.await_count("rejected_response_mac")
    new.teardown(old.query, old.address, old.port)
    await_left(hub, old, GROUP[6])
    await_tunnels(hub, 1)
    sent = bed.send(GROUP[6])
    assert new.data() == sent and not old.pending()


# Kernels

@contextlib.contextmanager
def kernel_behind(bed, before, node):
    """amt1, on which the kernel has been asked for what its programs join."""
    relay = HUB_ADDRESS6 if ":" in node.address else HUB_ADDRESS
    endpoint = node.start_python("amt_endpoint.py", "--dev", DEVICE, "--local", node.address, "--discovery", relay,
                                 "--overlay", "192.168.20.2/24")
    try:
        await_condition(lambda: f"{DEVICE}: " in node.ip("-o", "link"), DEVICE)
        open_ipv6(node, DEVICE)
        await_condition(lambda: before.since("tx_query") >= 2, "a query of each protocol")
        yield
    finally:
        stop_process(endpoint)


@pytest.mark.parametrize("version", GROUP)
@pytest.mark.parametrize("outer", KERNEL)
def test_programs_behind_a_gateway_join_and_receive(bed, hub, before, outer, version):
    """Over either family, for a group of either: their kernel answers the relay's query, reports what they join and
    leave, and takes what the relay sends. Its own groups, of neighbour discovery, are none of the hub's."""
    node, group = bed.kernels[outer], GROUP[version]
    name = f"amt:[{node.address}]:{AMT_PORT}" if outer == 6 else f"amt:{node.address}:{AMT_PORT}"
    with kernel_behind(bed, before, node):
        opened = (Receiver(node, DEVICE, UDP_PORT, group) if version == 6 else
                  open_receiver(node, group, UDP_PORT, DEVICE))
        with contextlib.closing(opened) as receiver:
            await_condition(lambda: name in hub.receivers(group), f"{name} in {group}")
            hub.await_resolved(name)
            bed.send(group, b"first")
            bed.send(group, b"second")
            if version == 6:
                got = [receiver.next() for _ in range(2)]
                assert {(datagram.source, datagram.hops) for datagram in got} == {(SENDER6, 7)}
                assert [datagram.payload for datagram in got] == [b"first", b"second"]
            else:
                assert receive(receiver, 2) == [b"first", b"second"]
            assert hub.telemetry.listing("groups") == [group]
        await_tunnels(hub, 0)
    assert not any(before.since(f"rejected_{reason}") for reason in ("bad_report", "bad_checksum", "response_mac"))


# Refused messages

def forged(query):
    """A Response MAC or nonce with one changed octet."""
    for i in range(10):
        octets = bytearray(query.mac + query.nonce)
        octets[i] ^= 0x80
        yield Query(query.flags, bytes(octets[:6]), bytes(octets[6:]), query.packet)


def test_a_forged_update_changes_nothing(bed, hub, before):
    """The Updates join and leave with a wrong Response MAC or nonce, or with the right ones from another port or
    address, of either family."""
    gateway = bed.connected(hub, bed.far, GROUP[6])
    others = [bed.gateway(node) for node in (bed.far, bed.near, bed.old)]
    refused = 0
    for group, forge in ((OTHER_GROUP, Gateway.join), (GROUP[6], Gateway.leave)):
        for query in forged(gateway.query):
            real, gateway.query = gateway.query, query
            forge(gateway, group)
            gateway.query = real
            refused += 1
        for other in others:
            other.query = gateway.query
            forge(other, group)
            refused += 1
    before.await_count("rejected_response_mac", refused)
    assert before.since("source_denied") == refused
    assert hub.telemetry.listing("members") == [*DECLARED, gateway.name]
    assert hub.telemetry.listing("groups") == [GROUP[6]]


def test_a_source_in_no_prefix_gets_no_answer(bed, hub, before):
    """It sends a Discovery, a Request, and an Update with another gateway's Response MAC. Each is `source_denied`."""
    unknown, near = bed.gateway(bed.unknown), bed.gateway(bed.near)
    unknown.query = near.request()
    unknown.send(bytes([DISCOVERY, 0, 0, 0]) + b"abcd")
    unknown.send(bytes([REQUEST, MLD_FLAG, 0, 0]) + b"abcd")
    unknown.join(GROUP[6])
    before.await_count("source_denied", 3)
    assert not unknown.pending()
    refused = hub.telemetry.ask("/mcdpdk/refused")
    assert any(UNKNOWN in str(entry) for entry in refused.values()), refused


@pytest.mark.parametrize("source", ["::1:5", "::10.0.0.13", HUB_ADDRESS6, "::ffff:10.0.0.13"])
def test_an_address_that_no_gateway_can_have_gets_no_answer(bed, hub, source):
    """All of IPv6 may connect. ::10.0.0.13 is in a message of AMT what 10.0.0.13 is."""
    with reloaded(hub, amt={"prefixes": ["::/1", "8000::/1", OLD]}):
        before = Before(hub)
        bed.wires[6].send(request_from(bed, source))
        before.await_count("source_denied")
        assert before.since("tx_query") == 0


def request_from(bed, source, **udp):
    packet = IPv6(src=source, dst=HUB_ADDRESS6) / UDP(sport=4000, dport=AMT_PORT, **udp) / (
        bytes([REQUEST, 0, 0, 0]) + b"abcd")
    return Ether(src=bed.near.mac, dst=bed.hub_mac) / packet


def test_a_message_needs_a_right_checksum(bed, before):
    """Over IPv6 no checksum, and a wrong one, are `bad_checksum`."""
    bed.wires[6].send(request_from(bed, NEAR, chksum=0))
    before.await_count("bad_checksum", 1)
    bed.wires[6].send(request_from(bed, NEAR, chksum=0x1234))
    before.await_count("bad_checksum", 2)
    assert before.since("rx_request") == 0


def test_a_forged_source_is_not_flooded(bed, hub, before):
    """Of 4,000 Requests from one address, what is more than gateways there may need is `rate_limited`; a gateway with
    another address of its /64 joins meanwhile."""
    frame = raw(request_from(bed, "fd00:5::77"))
    for sent in range(250, 4001, 250):
        for _ in range(250):
            bed.wires[6].send(frame)
        await_condition(lambda count=sent: before.since("rx_request") + before.since("rate_limited") == count,
                        f"{sent} requests")
    assert before.since("rate_limited") > 1000
    gateway = bed.connected(hub, bed.far, GROUP[6])
    sent = bed.send(GROUP[6])
    assert gateway.data() == sent


def test_answers_have_a_right_checksum(bed, hub):
    """As the octets on the wire are."""
    wire = Wire(bed.near)
    gateway = bed.connected(hub, bed.near, GROUP[6])
    gateway.discover()
    sent = bed.send(GROUP[6])
    assert gateway.data() == sent
    seen = set()
    for frame in wire.frames():
        packet = Ether(frame)
        if UDP in packet and packet[UDP].sport == AMT_PORT:
            datagram = raw(packet[IPv6].payload)
            assert datagram[6:8] != bytes(2) and in6_chksum(17, packet[IPv6], datagram) == 0
            seen.add((datagram[8], packet[IPv6].tc, packet[IPv6].fl != 0))
        if len(seen) == 3:
            break
    # The copy takes over what the packet inside says, and its flow has a label.
    assert seen == {(2, 0xC0, False), (4, 0xC0, False), (6, 0xB8, True)}


def test_while_mld_is_off_no_ipv6_group_is_joined(bed, hub):
    """Requests and reports of MLD are refused as `mld`; IGMP goes on, over IPv6 as well."""
    with reloaded(hub, mld=False):
        before = Before(hub)
        gateway = bed.gateway(bed.near)
        gateway.request()
        for flag in (MLD_FLAG, MLD_FLAG_OF_LINUX):
            gateway.send(bytes([REQUEST, flag, 0, 0]) + b"abcd")
        gateway.join(GROUP[6])
        before.await_count("rejected_mld", 3)
        assert before.since("not_for_us") == 3
        gateway.join(GROUP[4])
        await_joined(hub, gateway, GROUP[4])


def test_what_may_be_joined_is_limited(bed, hub):
    """By `mld.groups` and `max_groups_per_member`, apart from IGMP's."""
    with reloaded(hub, mld=SLOW | {"groups": ["ff05::/16"], "max_groups_per_member": 1}):
        before = Before(hub)
        gateway = bed.connected(hub, bed.near, GROUP[6], GROUP[4])
        gateway.join("ff0e::1")
        gateway.join(OTHER_GROUP)
        before.await_count("mld_rejected_member_groups")
        assert before.since("mld_rejected_not_permitted") == 1
        assert sorted(hub.telemetry.listing("groups")) == sorted(GROUP.values())


def test_an_address_has_no_more_tunnels_than_allowed(bed, hub):
    """With `max_tunnels_per_address` 2, the third gateway of an address is refused until one of the others leaves; a
    gateway elsewhere is not affected. After a reload with 1, each address keeps one gateway, which receives."""
    limited = {"prefixes": PREFIXES, "max_tunnels_per_address": 2}
    with reloaded(hub, amt=limited):
        before = Before(hub)
        first, second = (bed.connected(hub, bed.far, GROUP[6]) for _ in range(2))
        third = bed.gateway(bed.far)
        assert third.request(MLD_FLAG).flags == LIMIT_FLAG | GATEWAY_FLAG
        third.join(GROUP[6])
        before.await_count("rejected_max_tunnels_per_address")
        near = bed.connected(hub, bed.near, GROUP[6])
        first.leave(GROUP[6])
        await_tunnels(hub, 2)
        assert third.request(MLD_FLAG).flags == GATEWAY_FLAG
        third.join(GROUP[6])
        await_joined(hub, third, GROUP[6])
        hub.reload_and_wait(hub.config | {"amt": limited | {"max_tunnels_per_address": 1}})
        await_tunnels(hub, 2)
        assert near.name in hub.receivers(GROUP[6])
        (kept,) = (gateway for gateway in (second, third) if gateway.name in hub.receivers(GROUP[6]))
        sent = bed.send(GROUP[6])
        assert near.data() == kept.data() == sent


def test_a_reload_closes_the_tunnels_of_gateways_that_may_not_connect(bed, hub):
    near, far, old = (bed.connected(hub, node, GROUP[6]) for node in (bed.near, bed.far, bed.old))
    with reloaded(hub, amt={"prefixes": ["fd00:5::/64"]}):
        assert set(hub.receivers(GROUP[6])) == {far.name}
        sent = bed.send(GROUP[6])
        assert far.data() == sent and not near.pending() and not old.pending()


# Restart and the operator

def test_gateways_survive_a_restart(bed, hub):
    """After a restart with a `state_file`, data of both families flows before the gateways have sent anything, and a
    Response MAC from before the restart is accepted."""
    gateways = [bed.connected(hub, node, *GROUP.values()) for node in (bed.far, bed.near, bed.old)]
    hub.stop()
    hub.start()
    hub.await_resolved(*(gateway.name for gateway in gateways))
    assert tunnels(hub) == 3
    for group in GROUP.values():
        sent = bed.send(group)
        for gateway in gateways:
            assert gateway.data() == sent
    for gateway in gateways:
        for group in GROUP.values():
            gateway.leave(group)
    await_tunnels(hub, 0)


def test_the_operator_sees_a_gateway_and_adds_a_group(bed, hub):
    """mcdpdkctl names it as the hub does; a group of IPv6 that the operator joins for it reaches it."""
    gateway = bed.connected(hub, bed.near, GROUP[4])
    shown = hub.ctl("--json", "member", gateway.name)
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["member"]["address"] == NEAR
    assert hub.ctl("join", GROUP[6], gateway.name).returncode == 0
    sent = bed.send(GROUP[6])
    assert gateway.data() == sent
    explained = hub.ctl("explain", "sender6", GROUP[6])
    assert gateway.name in explained.stdout, explained.stdout
    explained = hub.telemetry.ask(f"/mcdpdk/explain,{gateway.name},{GROUP[6]}")
    assert explained["verdict"] == "sender_denied"

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""AMT gateways (RFC 7450) join, receive and leave; forged messages change nothing and cost nothing.

    hub, relay 10.0.0.10 --+
    sender     10.0.0.11 --+                                     10.5.0.6
    near       10.0.0.12 --+-- switch A --- router --- switch B --- far
    unknown    10.0.0.66 --+

near and far run gateways of amt_gateway.py. The unknown sender is in none of the relay's prefixes.
"""

import json
import os
import time

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from amt_gateway import AMT_PORT, DATA, LIMIT_FLAG, QUERY, REQUEST, UPDATE, Gateway, Query
from hub import RX_AND_TX
from igmp_message import ALLOW, BLOCK, TO_EX, record, report, v2_leave, v2_report
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, l2_frame
from waiting import DEADLINE_S, await_condition

GROUP, OTHER_GROUP, SSM_GROUP = "239.1.1.1", "239.1.1.2", "232.1.1.1"
SENDER, NEAR, FAR, UNKNOWN = "10.0.0.11", "10.0.0.12", "10.5.0.6", "10.0.0.66"
PREFIXES = ["10.0.0.12/31", "10.5.0.0/16"]
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "sender", "address": SENDER}],
    "amt": {"prefixes": PREFIXES},
    "igmp": {"query_interval": 3600, "startup_query_interval": 3600},
    "idle": "sleep",
}


class Bed:
    def __init__(self, cloud):
        self.cloud = cloud
        self.hub_mac = cloud.hub_node.mac
        self.sender = cloud.add_instance("sender", SENDER)
        self.near = cloud.add_instance("near", NEAR)
        self.far = cloud.add_instance("far", FAR)
        self.unknown = cloud.add_instance("unknown", UNKNOWN)
        self.wire = Wire(self.sender)
        self.opened = []

    def start(self, driver="af_packet", lcores="0@0,1@0", **keys):
        return self.cloud.start_resolved_hub(CONFIG | keys, driver=driver, lcores=lcores)

    def gateway(self, node, **options):
        gateway = Gateway(node, HUB_ADDRESS, **options)
        self.opened.append(gateway)
        return gateway

    def connected(self, hub, node, *groups, **options):
        gateway = self.gateway(node, **options)
        gateway.request()
        for group in groups:
            gateway.join(group)
            await_joined(hub, gateway, group)
        hub.await_resolved(gateway.name)
        return gateway

    def send(self, payload=b"data", group=GROUP, source=SENDER, **fields):
        inner = IP(src=source, dst=group, ttl=7, id=4711, **fields) / UDP(sport=4000, dport=5000, chksum=0) / payload
        self.wire.send(l2_frame(inner, self.sender.mac, self.hub_mac))
        return raw(inner)


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud):
    return Bed(cloud)


@pytest.fixture(autouse=True)
def fixture_close_gateways(bed):
    yield
    while bed.opened:
        bed.opened.pop().close()


@pytest.fixture(name="hub")
def fixture_hub(bed):
    with bed.start() as hub:
        yield hub
        hub.settled()
        hub.stop()


def amt(hub):
    return hub.telemetry.ask("/mcdpdk/amt")


def await_joined(hub, gateway, group=GROUP):
    await_condition(lambda: gateway.name in hub.receivers(group), f"{gateway.name} in {group}")


def await_left(hub, gateway, group=GROUP):
    await_condition(lambda: gateway.name not in hub.receivers(group), f"{gateway.name} not in {group}")


def await_tunnels(hub, count):
    await_condition(lambda: amt(hub)["tunnels"] == count, f"{count} tunnels")


def await_rejected(hub, reason, count=1):
    await_condition(lambda: amt(hub)[f"rejected_{reason}"] == count,
                    f"{count} rejected_{reason}: {amt(hub)}")


# What a gateway does in its life

@pytest.mark.parametrize("where", ["near", "far"])
@pytest.mark.parametrize("lcores", ["0@0,1@0", RX_AND_TX])
def test_a_gateway_discovers_joins_receives_and_leaves(bed, where, lcores):
    """In the hub's subnet and behind a router. The Advertisement names the hub; the query is general, with Router Alert
    and TTL 1; the gateway becomes a member of origin amt and gets packets to the byte from the relay's port. After the
    leave nothing comes and the member is gone."""
    with bed.start(lcores=lcores) as hub:
        gateway = bed.gateway(getattr(bed, where))
        assert gateway.discover() == HUB_ADDRESS
        query = gateway.request()
        assert query.flags == 0
        assert (query.packet.dst, query.packet.ttl, query.packet.tos) == ("224.0.0.1", 1, 0xC0)
        assert raw(query.packet)[20:24] == bytes.fromhex("94040000")
        assert raw(query.packet)[24] == 0x11
        assert amt(hub)["tunnels"] == 0 and len(hub.telemetry.listing("members")) == 1

        gateway.join(GROUP)
        await_joined(hub, gateway)
        assert hub.receivers(GROUP)[gateway.name]["origins"] == ["amt"]
        assert hub.receivers(GROUP)[gateway.name]["expires_s"] > 3600
        hub.await_resolved(gateway.name)
        member = hub.telemetry.ask(f"/mcdpdk/member,{gateway.name}")
        assert (member["origin"], member["encap"]) == ("amt", "amt")
        assert member["address"] == gateway.address and member["groups"] == 1
        explained = hub.telemetry.ask(f"/mcdpdk/explain,sender,{GROUP}")
        assert (explained["verdict"], explained["r0"]["encap"]) == ("replicate", "amt")
        sent = bed.send()
        assert gateway.data() == sent

        gateway.leave(GROUP)
        await_left(hub, gateway)
        dropped = hub.drops()["no_receiver"]
        bed.send(b"after")
        await_condition(lambda: hub.drops()["no_receiver"] == dropped + 1, "nobody to send it to")
        assert not gateway.pending()
        await_tunnels(hub, 0)
        assert hub.telemetry.listing("members") == ["sender"]
        counted = amt(hub)
        assert (counted["rx_discovery"], counted["rx_request"], counted["rx_update"]) == (1, 1, 2)
        assert (counted["tx_advertisement"], counted["tx_query"]) == (1, 1)
        assert sum(value for key, value in counted.items() if key.startswith("rejected_")) == 0
        hub.settled()
        hub.stop()


def test_version_2_hosts_behind_a_gateway_join_and_leave(bed, hub):
    """The gateway forwards an IGMPv2 report, then a v2 leave."""
    gateway = bed.gateway(bed.near)
    gateway.request()
    gateway.update(v2_report(NEAR, GROUP))
    await_joined(hub, gateway)
    hub.await_resolved(gateway.name)
    sent = bed.send()
    assert gateway.data() == sent
    gateway.update(v2_leave(NEAR, GROUP))
    await_left(hub, gateway)
    await_tunnels(hub, 0)


def test_a_gateway_gets_the_sources_that_it_asks_for(bed, hub):
    """It joins a group from one source, then from a second one, then leaves the first."""
    gateway = bed.gateway(bed.near)
    gateway.request()
    gateway.join(SSM_GROUP, SENDER)
    await_joined(hub, gateway, f"{SSM_GROUP},{SENDER}")
    hub.await_resolved(gateway.name)
    bed.send(b"not asked for", SSM_GROUP, "10.0.0.99")
    sent = bed.send(b"asked for", SSM_GROUP)
    assert gateway.data() == sent
    gateway.update(report(NEAR, record(ALLOW, SSM_GROUP, "10.0.0.99")))
    await_joined(hub, gateway, f"{SSM_GROUP},10.0.0.99")
    sent = bed.send(b"asked for now", SSM_GROUP, "10.0.0.99")
    assert gateway.data() == sent
    gateway.update(report(NEAR, record(BLOCK, SSM_GROUP, SENDER)))
    await_left(hub, gateway, f"{SSM_GROUP},{SENDER}")
    bed.send(b"not asked for any more", SSM_GROUP)
    sent = bed.send(b"last", SSM_GROUP, "10.0.0.99")
    assert gateway.data() == sent


def test_two_gateways_behind_one_address_are_independent(bed, hub):
    """On two ports and in one group, each gets its own copy; after one leaves, the other still receives."""
    first = bed.connected(hub, bed.far, GROUP, OTHER_GROUP)
    second = bed.connected(hub, bed.far, GROUP)
    assert first.address == second.address and first.port != second.port
    sent = bed.send()
    assert first.data() == sent and second.data() == sent
    first.leave(GROUP)
    await_left(hub, first)
    sent = bed.send(b"for the second")
    assert second.data() == sent
    sent = bed.send(b"for the first", OTHER_GROUP)
    assert first.data() == sent
    assert not second.pending()


def test_a_gateway_beside_an_l2_member_gets_no_copy_of_its_own(bed):
    """The gateway's instance is also an l2 member and sends. The tunnel gets only the other member's packets."""
    members = CONFIG["members"] + [{"name": "near", "address": NEAR}]
    with bed.start(members=members) as hub:
        gateway = bed.connected(hub, bed.near, GROUP)
        own = Wire(bed.near)
        own.send(l2_frame(IP(src=NEAR, dst=GROUP) / UDP(dport=5000, chksum=0) / b"own", bed.near.mac, bed.hub_mac))
        await_condition(lambda: hub.drops()["no_receiver"] == 1, "nobody but itself")
        sent = bed.send()
        assert gateway.data() == sent
        explained = hub.telemetry.ask(f"/mcdpdk/explain,{gateway.name},{GROUP}")
        assert explained["verdict"] == "sender_denied"
        hub.settled()
        hub.stop()


def test_large_packets_are_fragmented(bed):
    """A packet as long as the sender's MTU does not fit into the tunnel. The gateway gets one fragment per message."""
    with bed.start(driver="pcap") as hub:
        gateway = bed.connected(hub, bed.near, GROUP)
        sent = bed.send(bytes(range(256)) * 5 + bytes(192))
        assert len(sent) == 1500
        fragments = [IP(gateway.data()), IP(gateway.data())]
        assert [f.frag for f in fragments] == [0, len(raw(fragments[0].payload)) // 8]
        assert b"".join(raw(f.payload) for f in fragments) == sent[20:]
        hub.settled()
        hub.stop()


def test_a_tunnel_ends_when_its_gateway_is_silent(bed):
    """The group membership interval is 2 s. A gateway that keeps requesting and reporting outlasts it."""
    igmp = {"query_interval": 0.5, "query_response_interval": 0.5}
    with bed.start(igmp=igmp) as hub:
        silent, lasting = (bed.connected(hub, bed.far, GROUP) for _ in range(2))
        reports, end = 0, time.monotonic() + DEADLINE_S
        while silent.name in hub.telemetry.listing("members"):
            assert time.monotonic() < end, "the silent one is still there"
            lasting.request()
            lasting.join(GROUP)
            reports += 1
            await_condition(lambda: amt(hub)["rx_update"] == reports + 2, "the update")
            assert lasting.name in hub.receivers(GROUP)
        assert lasting.name in hub.telemetry.listing("members")
        sent = bed.send()
        assert lasting.data() == sent and not silent.pending()
        hub.stop()


def test_a_teardown_ends_the_previous_tunnel(bed, hub):
    """A gateway joins again from another port, as after a change of its NAT, and tears down its previous tunnel. A
    Teardown of the new tunnel without its Response MAC changes nothing."""
    before = bed.connected(hub, bed.far, GROUP)
    after = bed.connected(hub, bed.far, GROUP)
    after.teardown(before.query, before.address, before.port)
    await_left(hub, before)
    await_tunnels(hub, 1)
    after.teardown(before.query, after.address, after.port)
    await_rejected(hub, "response_mac")
    after.teardown(before.query, before.address, before.port)
    await_rejected(hub, "no_tunnel")
    sent = bed.send()
    assert after.data() == sent and not before.pending()


# Refused messages

def forged(query):
    """A Response MAC or nonce with one changed octet each."""
    def changed(octets, i):
        return octets[:i] + bytes([octets[i] ^ 0x80]) + octets[i + 1:]
    for i in range(6):
        yield Query(query.flags, changed(query.mac, i), query.nonce, query.packet)
    for i in range(4):
        yield Query(query.flags, query.mac, changed(query.nonce, i), query.packet)
    yield Query(query.flags, os.urandom(6), query.nonce, query.packet)


def test_a_forged_update_changes_nothing(bed, hub):
    """The Updates join and leave with a wrong Response MAC or nonce, or with the right ones from another port or
    address. Each is counted and refused; the gateway's groups are unchanged and nobody else has any."""
    gateway = bed.connected(hub, bed.far, GROUP)
    thief, neighbour = bed.gateway(bed.far), bed.gateway(bed.near)
    refused = 0
    for group, forge in ((OTHER_GROUP, Gateway.join), (GROUP, Gateway.leave)):
        for query in forged(gateway.query):
            real, gateway.query = gateway.query, query
            forge(gateway, group)
            gateway.query = real
            refused += 1
        for other in (thief, neighbour):
            other.query = gateway.query
            forge(other, group)
            refused += 1
    await_rejected(hub, "response_mac", refused)
    assert hub.drops()["source_denied"] == refused
    assert hub.telemetry.listing("members") == ["sender", gateway.name]
    assert hub.telemetry.listing("groups") == [GROUP]
    sent = bed.send()
    assert gateway.data() == sent


def test_a_thousand_half_open_requests_cost_nothing(bed, hub):
    """They come from a thousand ports of an address. Each is answered, none takes a tunnel, member or member id, and a
    gateway can still join."""
    wire = Wire(bed.near)
    for port in range(20000, 21000):
        request = IP(src=NEAR, dst=HUB_ADDRESS) / UDP(sport=port, dport=AMT_PORT, chksum=0) / (
            bytes([REQUEST, 0, 0, 0]) + port.to_bytes(4, "big"))
        wire.send(Ether(src=bed.near.mac, dst=bed.hub_mac) / request)
    await_condition(lambda: amt(hub)["tx_query"] == 1000, f"1000 queries: {amt(hub)}")
    answered, macs = set(), set()
    for frame in wire.frames():
        message = Ether(frame)
        if UDP in message and message[UDP].sport == AMT_PORT:
            body = raw(message[UDP].payload)
            assert body[0] == QUERY and body[8:12] == message[UDP].dport.to_bytes(4, "big")
            answered.add(message[UDP].dport)
            macs.add(body[2:8])
        if len(answered) == 1000:
            break
    assert len(answered) == len(macs) == 1000
    assert amt(hub)["tunnels"] == 0 and hub.telemetry.listing("members") == ["sender"]
    assert hub.stats()["tx_control_packets"] >= 1000
    gateway = bed.connected(hub, bed.near, GROUP)
    sent = bed.send()
    assert gateway.data() == sent


def test_a_forged_source_is_not_flooded(bed, hub):
    """5,000 Requests come with the forged address of a gateway. It gets no more queries than gateways behind one
    address may need; the other Requests are `rate_limited`, and another gateway joins meanwhile."""
    wire = Wire(bed.near)
    request = IP(src="10.0.0.13", dst=HUB_ADDRESS) / UDP(sport=4000, dport=AMT_PORT, chksum=0) / (
        bytes([REQUEST, 0, 0, 0]) + b"abcd")
    frame = raw(Ether(src=bed.near.mac, dst=bed.hub_mac) / request)
    for sent in range(5000):
        wire.send(frame)
        if sent % 250 == 249:
            counted = sent + 1
            await_condition(lambda: amt(hub)["rx_request"] + hub.drops()["rate_limited"] == counted,
                            f"{counted} requests")
    assert hub.drops()["rate_limited"] > 1000
    assert amt(hub)["tx_query"] < 4000
    gateway = bed.connected(hub, bed.far, GROUP)
    sent = bed.send()
    assert gateway.data() == sent


def test_a_source_in_no_prefix_gets_no_answer(bed, hub):
    """It sends a Discovery, a Request, and an Update with another gateway's Response MAC. Each is `source_denied`."""
    unknown = bed.gateway(bed.unknown)
    near = bed.gateway(bed.near)
    unknown.query = near.request()
    unknown.send(bytes([1, 0, 0, 0]) + b"abcd")
    unknown.send(bytes([REQUEST, 0, 0, 0]) + b"abcd")
    unknown.join(GROUP)
    await_condition(lambda: hub.drops()["source_denied"] == 3, f"three: {hub.drops()}")
    assert not unknown.pending()
    assert amt(hub)["rx_request"] == 1 and amt(hub)["rx_discovery"] == 0


@pytest.mark.parametrize("source", ["0.0.0.1", "127.0.0.1", HUB_ADDRESS, "10.0.0.255", "240.0.0.1"])
def test_an_address_that_no_host_can_have_gets_no_answer(bed, source):
    """Every prefix may connect. A Request from such an address, or from the hub's own, is `source_denied`."""
    with bed.start(amt={"prefixes": ["0.0.0.0/0"]}) as hub:
        request = IP(src=source, dst=HUB_ADDRESS) / UDP(sport=4000, dport=AMT_PORT, chksum=0) / (
            bytes([REQUEST, 0, 0, 0]) + b"abcd")
        bed.wire.send(Ether(src=bed.sender.mac, dst=bed.hub_mac) / request)
        await_condition(lambda: hub.drops()["source_denied"] == 1, f"refused: {hub.drops()}")
        assert amt(hub)["tx_query"] == 0
        hub.stop()


def test_there_are_no_more_tunnels_than_allowed(bed):
    """With `max_tunnels` 2, the third gateway's query says that the relay is full, and its Update is refused. The
    others receive and may join more. After one of them leaves, the third joins."""
    with bed.start(amt={"prefixes": PREFIXES, "max_tunnels": 2}) as hub:
        first, second = (bed.connected(hub, bed.far, GROUP) for _ in range(2))
        third = bed.gateway(bed.near)
        assert third.request().flags == LIMIT_FLAG
        third.join(GROUP)
        await_rejected(hub, "max_tunnels")
        assert amt(hub)["tunnels"] == 2
        assert first.request().flags == 0
        first.join(OTHER_GROUP)
        await_joined(hub, first, OTHER_GROUP)
        sent = bed.send()
        assert first.data() == sent and second.data() == sent
        second.leave(GROUP)
        await_tunnels(hub, 1)
        assert third.request().flags == 0
        third.join(GROUP)
        await_joined(hub, third)
        assert hub.drops()["source_denied"] == 1
        hub.settled()
        hub.stop()


def test_an_address_has_no_more_tunnels_than_allowed(bed):
    """With `max_tunnels_per_address` 2, the third gateway of an address is refused until one of the others leaves; a
    gateway elsewhere is not affected. After a reload with 1, each address keeps one gateway, which receives."""
    limited = {"prefixes": PREFIXES, "max_tunnels_per_address": 2}
    with bed.start(amt=limited) as hub:
        first, second = (bed.connected(hub, bed.far, GROUP) for _ in range(2))
        third = bed.gateway(bed.far)
        assert third.request().flags == LIMIT_FLAG
        third.join(GROUP)
        await_rejected(hub, "max_tunnels_per_address")
        elsewhere = bed.connected(hub, bed.near, GROUP)
        assert amt(hub)["tunnels"] == 3 and amt(hub)["max_tunnels_per_address"] == 2
        sent = bed.send()
        assert [gateway.data() for gateway in (first, second, elsewhere)] == [sent] * 3
        second.leave(GROUP)
        await_tunnels(hub, 2)
        assert third.request().flags == 0
        third.join(GROUP)
        await_joined(hub, third)
        assert hub.drops()["source_denied"] == 1
        hub.reload(CONFIG | {"amt": limited | {"max_tunnels_per_address": 1}})
        await_tunnels(hub, 2)
        (left,) = {first.name, third.name} & set(hub.telemetry.listing("members"))
        sent = bed.send()
        assert elsewhere.data() == sent and (first if first.name == left else third).data() == sent
        hub.settled()
        hub.stop()


@pytest.fixture(name="second_address")
def fixture_second_address(bed):
    """A second port of the hub in the same subnet."""
    hub, switch = bed.cloud.hub_node, bed.cloud.switch
    hub.ip("link", "add", "second", "type", "veth", "peer", "name", "hub-second", "netns", switch.namespace)
    hub.connect("second", None)
    switch.ip("link", "set", "hub-second", "master", "br-a", "up")
    yield "10.0.0.20"
    hub.ip("link", "del", "second")


def test_a_gateway_may_change_to_another_address_of_the_hub(bed, second_address):
    """From one port it joins by one address of the hub, requests at another, then at the first again. Data comes from
    the address last used, the only one that the gateway accepts."""
    ports = [CONFIG["ports"][0] | {"device": "net_af_packet0"},
             {"device": "net_af_packet1", "address": f"{second_address}/24"}]
    with bed.cloud.start_hub(CONFIG | {"ports": ports}, arguments=["--vdev", "net_af_packet1,iface=second"]) as hub:
        hub.await_resolved()
        for updates, relay in enumerate([HUB_ADDRESS, second_address, HUB_ADDRESS], start=1):
            gateway = Gateway(bed.near, relay, port=2400)
            gateway.request()
            gateway.join(GROUP)
            await_condition(lambda: amt(hub)["rx_update"] == updates, "the update")
            hub.await_resolved(gateway.name)
            sent = bed.send(relay.encode())
            assert gateway.data() == sent
            gateway.close()
        assert amt(hub)["tunnels"] == 1
        hub.settled()
        hub.stop()


def test_gateways_make_room_for_declared_members(bed):
    """`limits.members` is 4: the sender, two gateways at one address and one elsewhere. Reloads declare one more
    member, then two more. First a gateway of the shared address is removed and the others still receive; then all are,
    and none returns."""
    def reload(*names):
        members = [{"name": name, "address": f"10.0.0.{200 + i}", "mac": bed.unknown.mac}
                   for i, name in enumerate(names)]
        hub.reload(CONFIG | {"limits": limits, "amt": relay, "members": CONFIG["members"] + members})
        await_condition(lambda: hub.telemetry.ask("/mcdpdk/info")["members"] == 4
                        and set(names) < set(hub.telemetry.listing("members")), f"{names} declared")

    limits, relay = {"members": 4}, {"prefixes": PREFIXES, "max_tunnels": 4}
    with bed.start(limits=limits, amt=relay) as hub:
        pair = [bed.connected(hub, bed.far, GROUP) for _ in range(2)]
        elsewhere = bed.connected(hub, bed.near, GROUP)
        reload("a")
        assert amt(hub)["tunnels"] == 2
        members = hub.telemetry.listing("members")
        assert elsewhere.name in members
        (left,) = [gateway for gateway in pair if gateway.name in members]
        sent = bed.send()
        assert elsewhere.data() == sent and left.data() == sent
        reload("a", "b", "c")
        assert amt(hub)["tunnels"] == 0
        elsewhere.request()
        elsewhere.join(GROUP)
        await_rejected(hub, "max_tunnels")
        hub.settled()
        hub.stop()


@pytest.mark.parametrize("message, reason, drop", [
    (b"\x01\0\0", "malformed", "malformed"),
    (b"\x03\0\0\0abc", "malformed", "malformed"),
    (b"\x13\0\0\0abcd", "version", "malformed"),
    (b"\x08\0\0\0abcd", "unknown_type", "not_for_us"),
    (b"\x04\0" + bytes(50), "not_for_relay", "not_for_us"),
    (b"\x06\0" + bytes(50), "not_for_relay", "not_for_us"),
])
def test_a_relay_refuses_malformed_messages(bed, hub, message, reason, drop):
    """Truncated, of another version or type, or for gateways: counted by its reason and not answered."""
    gateway = bed.gateway(bed.near)
    before = hub.drops()[drop]
    gateway.send(message)
    await_rejected(hub, reason)
    assert hub.drops()[drop] == before + 1
    gateway.request()
    assert amt(hub)["tx_query"] == 1


@pytest.mark.parametrize("kind", ["query", "checksum", "cut off", "group's source", "ipv6"])
def test_an_update_must_carry_a_report(bed, hub, kind):
    """With the right Response MAC and anything else, or a damaged report, it is refused and makes no tunnel."""
    gateway = bed.gateway(bed.near)
    gateway.request()
    good = raw(report(NEAR, record(TO_EX, GROUP)))
    packet, reason = {
        "query": (raw(gateway.query.packet), "bad_report"),
        "checksum": (good[:-1] + bytes([good[-1] ^ 1]), "bad_checksum"),
        "cut off": (good[:-4], "bad_report"),
        "group's source": (raw(report(GROUP, record(TO_EX, GROUP))), "bad_report"),
        "ipv6": (b"\x60" + bytes(60), "bad_report"),
    }[kind]
    gateway.update(packet)
    await_rejected(hub, reason)
    assert amt(hub)["tunnels"] == 0


def test_router_alert_may_be_ignored(bed, hub):
    """A report without Router Alert is refused, and accepted after a reload with `igmp.router_alert` `"ignore"`."""
    bare = report(NEAR, record(TO_EX, GROUP))
    bare = raw(IP(src=NEAR, dst=bare.dst, ttl=1, proto=2) / raw(bare.payload))
    gateway = bed.gateway(bed.near)
    gateway.request()
    gateway.update(bare)
    await_rejected(hub, "bad_report")
    assert amt(hub)["tunnels"] == 0
    hub.reload_and_wait(CONFIG | {"igmp": CONFIG["igmp"] | {"router_alert": "ignore"}})
    gateway.update(bare)
    await_joined(hub, gateway)


# With other features of the hub

def test_a_reload_follows_prefixes_port_and_amt_itself(bed):
    """Reloads remove one gateway's prefix, change the port, then remove AMT. Each removes the gateways that are no
    longer allowed; the others still receive."""
    def reload(**keys):
        hub.reload_and_wait(CONFIG | keys)

    with bed.start() as hub:
        near, far = bed.connected(hub, bed.near, GROUP), bed.connected(hub, bed.far, GROUP)
        reload(amt={"prefixes": ["10.5.0.0/16"]})
        assert hub.telemetry.listing("members") == ["sender", far.name]
        sent = bed.send()
        assert far.data() == sent and not near.pending()
        reload(amt={"prefixes": PREFIXES, "port": 2269})
        assert amt(hub)["tunnels"] == 0
        other = bed.connected(hub, bed.near, GROUP, relay_port=2269)
        sent = bed.send()
        assert other.data() == sent
        config = {key: value for key, value in CONFIG.items() if key != "amt"}
        hub.reload_and_wait(config)
        assert amt(hub) == {"enabled": 0}
        assert hub.telemetry.listing("members") == ["sender"]
        denied = hub.drops()["not_for_us"]
        other.send(bytes([REQUEST, 0, 0, 0]) + b"abcd")
        await_condition(lambda: hub.drops()["not_for_us"] == denied + 1, "nobody there")
        hub.settled()
        hub.stop()


def test_amt_works_without_igmp(bed):
    """A gateway joins while IGMP is off, and receives while reloads turn IGMP on and off."""
    with bed.start(igmp=False, mld=False) as hub:
        gateway = bed.connected(hub, bed.near, GROUP)
        sent = bed.send()
        assert gateway.data() == sent
        assert hub.telemetry.ask("/mcdpdk/igmp") == {"enabled": 0}
        for igmp in ({}, False):
            hub.reload_and_wait(CONFIG | {"igmp": igmp})
            assert hub.telemetry.ask("/mcdpdk/igmp")["enabled"] == (igmp is not False)
            sent = bed.send()
            assert gateway.data() == sent
        hub.stop()


def test_gateways_survive_a_restart(bed):
    """After a restart with a `state_file`, data flows before the gateway has sent anything. A Response MAC from before
    the restart is accepted, since the gateway requests a new one only when it is due; one from before two restarts is
    not."""
    state_file = str(bed.cloud.folder / "amt-state")
    with bed.start(state_file=state_file) as hub:
        gateway = bed.connected(hub, bed.far, GROUP)
        hub.stop()
    with bed.start(state_file=state_file) as hub:
        hub.await_resolved(gateway.name)
        assert amt(hub)["tunnels"] == 1
        sent = bed.send()
        assert gateway.data() == sent
        gateway.leave(GROUP)
        await_tunnels(hub, 0)
        hub.stop()
    with bed.start(state_file=state_file) as hub:
        gateway.join(GROUP)
        await_rejected(hub, "response_mac")
        hub.stop()


def test_mcdpdkctl_shows_what_the_hub_reports(bed, hub):
    """As JSON and as a table."""
    bed.connected(hub, bed.near, GROUP)
    data, table = hub.ctl("--json", "amt"), hub.ctl("amt")
    assert (data.returncode, table.returncode) == (0, 0), data.stderr + table.stderr
    assert json.loads(data.stdout) == amt(hub)
    assert "tunnels" in table.stdout and "rejected_response_mac" in table.stdout


def test_every_message_and_copy_is_accounted_for(bed):
    """With separate RX and TX lcores, gateways come and go, messages are refused and data flows: the sums balance and
    every buffer is returned."""
    with bed.start(lcores=RX_AND_TX) as hub:
        gateways = [bed.connected(hub, node, GROUP) for node in (bed.near, bed.far, bed.near)]
        for number in range(50):
            sent = bed.send(number.to_bytes(2, "big"))
            for gateway in gateways:
                assert gateway.data() == sent
        gateways[0].send(bytes([UPDATE, 0]) + bytes(40))
        gateways[0].send(bytes([DATA, 0]) + bytes(40))
        await_rejected(hub, "not_for_relay")
        stats, drops = hub.settled()
        assert stats["copies"] == stats["tx_data_packets"] == 150
        assert drops["source_denied"] == 1 and drops["not_for_us"] == 1
        hub.stop()

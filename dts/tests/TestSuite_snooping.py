# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A bridge with IGMP and MLD snooping behind a member, with several hosts and another querier of a lower address.

    hub   10.0.0.10 --+
    bob   10.0.0.12 --+  vx0 192.168.10.2, fd01::2
    alice 10.0.0.11 --+  br0 --+-- vx0
                               +-- guest 192.168.10.21, fd01::21
                               +-- second 192.168.10.22
                               +-- rival 192.168.10.9, fe80::9, which queries

A bridge sends reports, and groups without a known receiver, only to ports with routers. The Linux bridge believes
only the querier with the lowest address and then ignores the hub's queries.
"""

import contextlib
import json
import time

import pytest
from scapy.compat import raw
from scapy.layers.l2 import Ether

import ipv6_sockets
import mld_message
from igmp_message import packet
from ipv6_cloud import add_address, open_ipv6
from segment import CONFIG, DEVICE, INSIDE_MTU, OVERLAYS, add_station, member
from traffic import Wire, open_receiver, open_sender, receive
from waiting import await_condition, repeating

GROUP, IPV6_GROUP, PORT = "239.3.3.3", "ff05::3:3", 5000
RIVAL, IPV6_RIVAL = "192.168.10.9", "fe80::9"
IPV6_ADDRESSES = {"bob": "fd01::2", "guest": "fd01::21"}
BRIDGE = "br0"
ENDS = {"guest": "eth0", "bob": DEVICE}
# In hundredths of a second: the lifetime of a query, an advertisement or a report.
BRIDGE_TIMERS = {"mcast_querier_interval": 300, "mcast_membership_interval": 300}
WATCHED_S = 5                   # longer than these lifetimes in the bridge and the hub
LEAVING_S = 2.5                 # longer than a kernel repeats a leave and the hub queries for it
PACE_S = 0.05
QUERIER = {"query_interval": 1, "query_response_interval": 0.2, "startup_query_interval": 0.2,
           "last_member_query_interval": 0.2}
SNOOPING_CONFIG = CONFIG | {
    "members": [member("alice", overlay=OVERLAYS["alice"]), member("bob", overlay=OVERLAYS["bob"])],
    "igmp": QUERIER,
}


def general_query():
    """A v3 query: response in 0.2 s, robustness 2, an interval of 1 s."""
    query = packet(RIVAL, "224.0.0.1", bytes([0x11, 2, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0]))
    return raw(Ether(src="02:00:00:00:00:09", dst="01:00:5e:00:00:01") / query)


def general_mld_query():
    """Likewise, of version 2."""
    return raw(Ether(src="02:00:00:00:00:09", dst="33:33:00:00:00:01") / mld_message.query(IPV6_RIVAL))


@contextlib.contextmanager
def queried(node, query):
    """The node queries its segment twice as often as its query says."""
    wire = Wire(node)
    with contextlib.closing(wire), repeating(lambda: wire.send(query), 0.5):
        yield


def put_bridge(cloud, node):
    """Make the member's VXLAN device a port of a bridge, as under a hypervisor."""
    node.ip("link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "1",
            *(str(word) for timer in BRIDGE_TIMERS.items() for word in timer))
    node.ip("address", "flush", "dev", DEVICE)
    node.ip("link", "set", DEVICE, "master", BRIDGE)
    node.ip("link", "set", BRIDGE, "up")
    guests = {name: cloud.add_guest(node, BRIDGE, name, address)
              for name, address in (("guest", "192.168.10.21"), ("second", "192.168.10.22"),
                                    ("rival", RIVAL))}
    for name in ("guest", "second"):
        guests[name].ip("link", "set", "eth0", "mtu", str(INSIDE_MTU))
        guests[name].route_groups()
    return guests


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {"alice": cloud.add_instance("alice", "10.0.0.11"),
             "bob": cloud.add_instance("bob", "10.0.0.12")}
    for name, node in nodes.items():
        add_station(node, OVERLAYS[name])
    nodes |= put_bridge(cloud, nodes["alice"])
    for name, address in IPV6_ADDRESSES.items():
        open_ipv6(nodes[name], ENDS[name])
        add_address(nodes[name], ENDS[name], address)
    return nodes


def router_ports(node):
    shown = json.loads(node.run("bridge", "-d", "-j", "mdb", "show", "dev", BRIDGE))
    return {port["port"] for port in shown[0]["router"].get(BRIDGE, [])}


def joined(hub, members=frozenset(("alice", "bob")), group=GROUP):
    return set(hub.receivers(group)) == members


@pytest.mark.parametrize("keys", ({}, {"querier": "always"}), ids=("auto", "always"))
def test_a_hub_beside_a_lower_querier_stays_known(cloud, nodes, keys):
    """rival queries while guest and bob send for longer than the bridge believes the hub's earlier queries. Each gets
    everything from the other; the bridge lists the hub's port among those with routers; "auto" has lost an election,
    "always" has not."""
    with cloud.start_hub(SNOOPING_CONFIG | {"igmp": SNOOPING_CONFIG["igmp"] | keys}) as hub:
        hub.await_resolved()
        receivers = {name: open_receiver(nodes[name], GROUP, PORT, dev) for name, dev in ENDS.items()}
        senders = {name: open_sender(nodes[name], dev=dev) for name, dev in ENDS.items()}
        with queried(nodes["rival"], general_query()):
            await_condition(lambda: joined(hub) and hub.telemetry.ask("/mcdpdk/igmp")["rx_v3_query"]
                            and {DEVICE, "rival"} <= router_ports(nodes["alice"]),
                            "the hub follows the joins, and has met the other querier")
            end, sent = time.monotonic() + WATCHED_S, 0
            while time.monotonic() < end:
                sent += 1
                for name, other in (("guest", "bob"), ("bob", "guest")):
                    receivers[other].settimeout(2)
                    senders[name].sendto(b"%d" % sent, (GROUP, PORT))
                    assert receive(receivers[other]) == [b"%d" % sent], f"from {name}"
                time.sleep(PACE_S)
            assert DEVICE in router_ports(nodes["alice"])
            link, counters = (hub.telemetry.ask(f"/mcdpdk/igmp{of}") for of in (",alice", ""))
        assert link["is_querier"] == (keys != {})
        assert counters["elections_lost"] == (keys == {})
        assert counters["tx_advertisement"] >= WATCHED_S
        for opened in (*receivers.values(), *senders.values()):
            opened.close()
        hub.settled()
        hub.stop()


def test_a_hub_beside_a_lower_querier_of_mld_stays_known(cloud, nodes):
    """As of IGMP: by advertisements (RFC 4286), since it asks no more. The bridge knows no other way to bob."""
    with cloud.start_hub(SNOOPING_CONFIG | {"igmp": False, "mld": QUERIER}) as hub, contextlib.ExitStack() as stack:
        hub.await_resolved()
        receivers = {name: stack.enter_context(ipv6_sockets.Receiver(nodes[name], dev, PORT, IPV6_GROUP))
                     for name, dev in ENDS.items()}
        senders = {name: stack.enter_context(ipv6_sockets.open_sender(nodes[name], dev)) for name, dev in ENDS.items()}
        stack.enter_context(queried(nodes["rival"], general_mld_query()))
        await_condition(lambda: joined(hub, group=IPV6_GROUP) and hub.telemetry.ask("/mcdpdk/mld")["elections_lost"]
                        and {DEVICE, "rival"} <= router_ports(nodes["alice"]),
                        "the hub follows the joins, and has met the other querier")
        end, sent = time.monotonic() + WATCHED_S, 0
        while time.monotonic() < end:
            sent += 1
            for name, other in (("guest", "bob"), ("bob", "guest")):
                senders[name].sendto(b"%d" % sent, (IPV6_GROUP, PORT))
                assert receivers[other].next().payload == b"%d" % sent, f"from {name}"
            time.sleep(PACE_S)
        assert DEVICE in router_ports(nodes["alice"])
        assert not hub.telemetry.ask("/mcdpdk/mld,alice")["is_querier"]
        assert hub.telemetry.ask("/mcdpdk/mld")["tx_advertisement"] >= WATCHED_S
        stack.close()
        hub.settled()
        hub.stop()


def test_a_leave_of_one_host_leaves_the_other_behind_the_bridge(cloud, nodes):
    """With `immediate_leave`, second gets each of bob's datagrams after guest's leave; the hub sends no query after
    second's leave."""
    igmp = SNOOPING_CONFIG["igmp"] | {"immediate_leave": True}
    with cloud.start_hub(SNOOPING_CONFIG | {"igmp": igmp}) as hub:
        hub.await_resolved()
        receivers = {name: open_receiver(nodes[name], GROUP, PORT, "eth0")
                     for name in ("guest", "second")}
        sender = open_sender(nodes["bob"], dev=DEVICE)
        await_condition(lambda: joined(hub, {"alice"}) and hub.telemetry.ask("/mcdpdk/igmp")["hosts"] == 2
                        and DEVICE in router_ports(nodes["alice"]), "both hosts are known")

        def deliver(number, *names):
            sender.sendto(b"%d" % number, (GROUP, PORT))
            for name in names:
                receivers[name].settimeout(2)
                assert receive(receivers[name]) == [b"%d" % number], f"to {name}"

        deliver(0, "guest", "second")
        receivers["guest"].close()
        end, sent = time.monotonic() + LEAVING_S, 0
        while time.monotonic() < end:
            sent += 1
            deliver(sent, "second")
            assert joined(hub, {"alice"})
            time.sleep(PACE_S)
        known = hub.telemetry.ask("/mcdpdk/igmp")
        assert known["hosts"] == 1 and known["tx_group_query"] > 0
        receivers["second"].close()
        await_condition(lambda: joined(hub, set()), "nobody is left")
        assert hub.telemetry.ask("/mcdpdk/igmp")["tx_group_query"] == known["tx_group_query"]
        sender.close()
        hub.settled()
        hub.stop()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Who may send, who receives, and what the top-level keys change. Topology: quartet.py."""

import copy
import socket

import pytest

from quartet import ADDRESSES, CONFIG, GROUP, MEMBERS, OVERLAYS, starting_hubs, udp_to
from waiting import DEADLINE_S

SOURCE_SPECIFIC = "232.1.1.1"


@pytest.fixture(name="start")
def fixture_start(quartet):
    def settle(hub):
        hub.settled()
        quartet.assert_quiet()

    with starting_hubs(quartet, CONFIG, settle) as start:
        yield start


ETH_P_ALL = 3


def copies_that_leave(tap, payload):
    """Destination MACs of the packet's copies in the order of their arrival at the switch."""
    left = []
    while len(left) < len(MEMBERS) - 1:
        frame, (_, _, kind, *_) = tap.recvfrom(2048)
        if kind != socket.PACKET_OUTGOING and frame.endswith(payload):
            left.append(frame[:6])
    return left


def test_each_receiver_is_the_first_in_its_turn(start, quartet):
    """Each of six packets of alpha, and of gamma, whose address is between others', starts with the next receiver."""
    start()
    tap = quartet.cloud.switch.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.bind(("hub", ETH_P_ALL))
    tap.settimeout(DEADLINE_S)
    for sender in ("alpha", "gamma"):
        payloads = [b"%s %d" % (sender.encode(), number) for number in range(6)]
        for payload in payloads:
            quartet.exchange(sender, udp_to(payload=payload))
        orders = [copies_that_leave(tap, payload) for payload in payloads]
        assert len(set(orders[0])) == 3
        for order, following in zip(orders, orders[1:]):
            assert following == order[1:] + order[:1]
    tap.close()


def test_only_the_senders_of_a_group_may_send(start, quartet):
    """They are alpha and 10.5.0.0/16. Packets of alpha and delta are replicated, those of beta and gamma
    `sender_denied`: a prefix means the underlay address, not the inner one."""
    hub = start(groups=[{"group": GROUP, "members": ["*"], "senders": ["alpha", "10.5.0.0/16"]}])
    quartet.exchange("alpha", udp_to())
    quartet.exchange("delta", udp_to(source="10.0.0.12"))
    quartet.send("beta", udp_to(source=ADDRESSES["beta"]))
    quartet.send("gamma", udp_to(source="10.5.0.6"))
    hub.await_drop("sender_denied", 2)


def test_receiver_may_not_send(start, quartet):
    """Packets of beta and gamma, whose role is `receiver`, are `sender_denied`, and they receive. delta, a `sender`,
    receives where a group names it."""
    members = copy.deepcopy(CONFIG["members"])
    members[1]["role"] = members[2]["role"] = "receiver"
    hub = start(members=members)
    quartet.send("beta", udp_to(source=ADDRESSES["beta"]))
    quartet.send("gamma", udp_to())
    hub.await_drop("sender_denied", 2)
    quartet.exchange("alpha", udp_to(), ("beta", "gamma", "delta"))


def test_explain_of_an_address_prefers_a_member_that_may_send(start, quartet):
    """A `udp` member and a receiving tunnel share beta's address; the group's `senders` name beta. beta's packet is
    replicated, and /mcdpdk/explain predicts it for the address."""
    alpha, beta = CONFIG["members"][:2]
    socket = {"name": "socket", "address": ADDRESSES["beta"], "encap": "udp"}
    tunnel = {"name": "tunnel", "address": ADDRESSES["beta"], "encap": "gre", "role": "receiver"}
    groups = [{"group": GROUP, "members": ["alpha"], "senders": ["beta"]}]
    hub = start(members=[socket, tunnel, alpha, beta], groups=groups)
    quartet.send("beta", udp_to(source=ADDRESSES["beta"]))
    quartet.expect_copies(udp_to(source=ADDRESSES["beta"]), "alpha")
    explained = hub.telemetry.ask(f"/mcdpdk/explain,{ADDRESSES['beta']},{GROUP}")
    assert (explained["verdict"], explained["total"]) == ("replicate", 1)


def test_explain_of_an_address_prefers_a_tunnel_to_a_datagram_receiver(start, quartet):
    """`replicate`, as the tunnel at beta's address may send; `sender_denied` for the `udp` member alone."""
    alpha = CONFIG["members"][0]
    socket = {"name": "socket", "address": ADDRESSES["beta"], "encap": "udp"}
    tunnel = {"name": "tunnel", "address": ADDRESSES["beta"], "encap": "gre"}
    hub = start(members=[socket, tunnel, alpha], groups=[{"group": GROUP, "members": ["*"]}])
    for sender, verdict in ((ADDRESSES["beta"], "replicate"), ("socket", "sender_denied")):
        assert hub.telemetry.ask(f"/mcdpdk/explain,{sender},{GROUP}")["verdict"] == verdict


def test_source_specific_entry_comes_first(start, quartet):
    """(S,G) has beta, (*,G) gamma, the prefix delta. Packets from S, from another source, and to another group of the
    prefix each go only to the receivers of the most specific entry."""
    start(groups=[
        {"group": SOURCE_SPECIFIC, "sources": [ADDRESSES["alpha"]], "members": ["beta"]},
        {"group": SOURCE_SPECIFIC, "members": ["gamma"]},
        {"group": "232.0.0.0/8", "members": ["delta"]},
    ])
    quartet.exchange("alpha", udp_to(SOURCE_SPECIFIC), ("beta",))
    quartet.exchange("alpha", udp_to(SOURCE_SPECIFIC, "172.31.0.9"), ("gamma",))
    quartet.exchange("alpha", udp_to("232.1.1.2"), ("delta",))


def test_longest_prefix_counts(start, quartet):
    start(groups=[{"group": "239.0.0.0/8", "members": ["beta"]},
                  {"group": "239.1.0.0/16", "members": ["gamma"]},
                  {"group": "239.1.2.0/24", "members": ["delta"]}])
    quartet.exchange("alpha", udp_to("239.2.0.0"), ("beta",))
    quartet.exchange("alpha", udp_to("239.1.255.255"), ("gamma",))
    quartet.exchange("alpha", udp_to("239.1.2.3"), ("delta",))


def test_ttl_is_decremented_on_demand(start, quartet):
    """Copies of TTL 2 and 255 have one less and a correct checksum; 1 and 0 are `ttl_expired`."""
    hub = start(ttl="decrement")
    for sender in ("alpha", "gamma"):
        for ttl in (2, 255):
            quartet.send(sender, udp_to(ttl=ttl))
            quartet.expect_copies(udp_to(ttl=ttl - 1),
                                  *(m for m in MEMBERS if m != sender))
        for ttl in (1, 0):
            quartet.send(sender, udp_to(ttl=ttl))
    hub.await_drop("ttl_expired", 4)


def test_ttl_of_unicast_between_members_is_decremented_too(start, quartet):
    """gamma sends to delta's overlay address with TTL 2, which arrives with 1, and with TTL 1, which is `ttl_expired`,
    as is TTL 1 to an unused address."""
    hub = start(ttl="decrement")
    quartet.send("gamma", udp_to(OVERLAYS["delta"], OVERLAYS["gamma"], ttl=2))
    quartet.expect_copies(udp_to(OVERLAYS["delta"], OVERLAYS["gamma"], ttl=1), "delta")
    quartet.send("gamma", udp_to(OVERLAYS["delta"], OVERLAYS["gamma"], ttl=1))
    quartet.send("gamma", udp_to("192.168.10.77", OVERLAYS["gamma"], ttl=1))
    hub.await_drop("ttl_expired", 2)


def test_unknown_groups_flood_on_demand(start, quartet):
    """A group without an entry reaches every declared member, one with an entry its receivers."""
    start(unknown_groups="flood", groups=[{"group": GROUP, "members": ["beta"]}])
    quartet.exchange("alpha", udp_to(), ("beta",))
    quartet.exchange("alpha", udp_to("239.9.9.9"))
    quartet.exchange("delta", udp_to("239.9.9.9"))


@pytest.mark.parametrize("destination, sender", [
    ("255.255.255.255", "alpha"), ("10.0.0.255", "alpha"),
    ("255.255.255.255", "gamma"), ("192.168.10.255", "gamma"),
])
def test_broadcast_has_receivers_of_its_own(start, quartet, destination, sender):
    """Limited and directed broadcast reach `broadcast.members` except the sender."""
    start(broadcast={"members": ["alpha", "beta", "delta"]})
    quartet.exchange(sender, udp_to(destination), ("alpha", "beta", "delta"))


def test_a_hub_overlay_is_a_subnet_of_its_own(start, quartet):
    """gamma and delta have a `hub_overlay` in another subnet than the top-level one. They reach each other's overlay
    address; an address in the top-level subnet is `no_receiver`."""
    members = copy.deepcopy(CONFIG["members"])
    for number, member in ((3, members[2]), (4, members[3])):
        member |= {"overlay": f"192.168.20.{number}", "hub_overlay": "192.168.20.254/24"}
    hub = start(members=members)
    for sender, source, receiver, destination in (
            ("gamma", "192.168.20.3", "delta", "192.168.20.4"),
            ("delta", "192.168.20.4", "gamma", "192.168.20.3")):
        packet = udp_to(destination, source)
        quartet.send(sender, packet)
        quartet.expect_copies(packet, receiver)
    quartet.send("gamma", udp_to(OVERLAYS["delta"], "192.168.20.3"))
    hub.await_drop("no_receiver")


def test_member_without_group_receives_nothing(start, quartet):
    """A configuration without groups replicates nothing: `no_receiver`."""
    hub = start(groups=[])
    quartet.send("alpha", udp_to())
    hub.await_drop("no_receiver")
    assert hub.telemetry.listing("groups") == []

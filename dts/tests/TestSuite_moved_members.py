# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The source MACs of members' frames move members, besides ARP. Topology: quartet.py.

No instance announces itself: `arp_notify` is 0, and nobody pings.
"""

import time

import pytest
from scapy.layers.inet import UDP, IP
from scapy.layers.l2 import ARP, Ether

from quartet import ADDRESSES, CONFIG, GROUP, starting_hubs, udp_to
from topo import GATEWAY
from traffic import Wire, gre_frame, l2_frame
from waiting import await_condition

NEW_MACS = {"alpha": "02:00:00:00:0a:01", "gamma": "02:00:00:00:0a:03"}
OTHER_MAC = "02:00:00:00:0b:01"
# Without data the refresh of ARP finds a new MAC after up to a minute.
SOON_S = 15
REFRESH_S = 60 + 6 + 4
MUTE = """
table arp mute {
    chain output { type filter hook output priority 0; policy drop; }
}
"""


@pytest.fixture(name="start")
def fixture_start(quartet):
    with starting_hubs(quartet, CONFIG) as start:
        yield start


@pytest.fixture(name="muted")
def fixture_muted(quartet):
    """Stop an instance from answering ARP until the end of the test."""
    muted = []

    def mute(name):
        muted.append(quartet.nodes[name])
        muted[-1].run("nft", MUTE)

    yield mute
    for node in muted:
        node.run("nft", "delete table arp mute")


@pytest.fixture(name="replaced")
def fixture_replaced(quartet):
    """Replace a member by an instance with its address and another MAC until the end of the test."""
    macs = {}

    def replace(name, mac):
        node = quartet.nodes[name]
        macs[name] = node.mac
        node.ip("link", "set", "eth0", "address", mac)
        node.mac = mac

    yield replace
    for name, mac in macs.items():
        quartet.nodes[name].ip("link", "set", "eth0", "address", mac)
        quartet.nodes[name].mac = mac


def mac_of(hub, name):
    return hub.telemetry.ask(f"/mcdpdk/member,{name}")["mac"]


def inner_of(name):
    return udp_to(source=ADDRESSES[name])


def sends_until(quartet, name, condition, what, deadline_s):
    def step():
        quartet.send(name, inner_of(name))
        return condition()

    await_condition(step, what, deadline_s)


@pytest.mark.parametrize("answers", [True, False], ids=["ARP answers", "ARP is lost"])
@pytest.mark.parametrize("name", ["alpha", "gamma"])
def test_a_replaced_instance_is_served_as_soon_as_it_sends(start, quartet, replaced, muted, name, answers):
    """It is replaced with or without a tunnel, and the new one answers ARP or not. Copies to it carry the new MAC
    before the next refresh; one line is logged."""
    hub = start()
    old = mac_of(hub, name)
    replaced(name, NEW_MACS[name])
    if not answers:
        muted(name)
    sends_until(quartet, name, lambda: mac_of(hub, name) == NEW_MACS[name], f"{name}'s new MAC", SOON_S)
    quartet.discard()
    packet = inner_of("beta")
    quartet.send("beta", packet)
    quartet.expect_copies(packet, name)
    assert hub.log().count(f"{ADDRESSES[name]} is at {NEW_MACS[name]} now, no longer at {old}") == 1


def test_an_instance_whose_arp_is_lost_is_served_when_it_sends(cloud, start, quartet):
    """A member that answers no ARP gets copies after it has sent."""
    late = cloud.add_instance("late", "10.0.0.50")
    late.run("nft", MUTE)
    hub = cloud.start_hub(CONFIG | {"members": CONFIG["members"] + [{"name": "late", "address": "10.0.0.50"}]})
    with hub:
        hub.await_resolved("alpha", "beta", "gamma", "delta")
        wire = Wire(late)
        assert mac_of(hub, "late") == ""
        wire.send(l2_frame(udp_to(source="10.0.0.50"), late.mac, quartet.hub_mac))
        await_condition(lambda: mac_of(hub, "late") == late.mac, "late's MAC", SOON_S)
        packet = inner_of("alpha")
        quartet.send("alpha", packet)
        wire.expect(Ether(src=quartet.hub_mac, dst=late.mac) / packet)
        hub.settled()
        hub.stop()
    quartet.discard()


def test_arp_is_believed_before_data(start, quartet):
    """Frames in alpha's name come from another MAC for a while, as from a bond's slave or an impostor, but alpha
    answers ARP. The hub asks all once; alpha stays at its MAC and gets all copies."""
    hub = start()
    watch = Wire(quartet.nodes["unknown"])
    for _ in range(20):
        quartet.wires["alpha"].send(l2_frame(inner_of("alpha"), OTHER_MAC, quartet.hub_mac))
        packet = inner_of("beta")
        quartet.send("beta", packet)
        quartet.wires["alpha"].expect(quartet.copy("alpha", packet))
        hub.settled()
    asked = [f for f in watch.pending_arp() if Ether(f)[ARP].pdst == ADDRESSES["alpha"] and Ether(f)[ARP].op == 1]
    assert len(asked) == 1
    assert mac_of(hub, "alpha") == quartet.mac("alpha")
    assert "no longer at" not in hub.log()
    quartet.discard()


FIXED = [m | ({"mac": OTHER_MAC} if m["name"] == "beta" else {}) for m in CONFIG["members"]]


def test_data_moves_neither_gateways_nor_fixed_macs_nor_other_members(start, quartet, muted):
    """Nobody's ARP arrives. Data of delta comes by another router's MAC, of beta, whose `mac` is fixed, by its own MAC,
    and of a container's address by alpha's MAC. All is data; the gateway, beta and alpha stay at their MACs."""
    hub = start(members=FIXED)
    for name in ("alpha", "beta"):
        muted(name)
    macs = {name: mac_of(hub, name) for name in ("alpha", "beta", "gamma", "delta")}
    before = hub.stats()["data_packets"]
    frames = [gre_frame(inner_of("delta"), OTHER_MAC, quartet.hub_mac, ADDRESSES["delta"], CONFIG["ports"][0][
        "address"].split("/")[0]),
              l2_frame(inner_of("beta"), quartet.mac("beta"), quartet.hub_mac),
              l2_frame(IP(src="172.17.0.2", dst=GROUP) / UDP() / b"x", quartet.mac("alpha"), quartet.hub_mac)]
    end = time.monotonic() + 1
    sent = 0
    while time.monotonic() < end:
        for frame in frames:
            quartet.wires["alpha"].send(frame)
        sent += len(frames)
        await_condition(lambda: hub.stats()["data_packets"] == before + sent, "all are data")
        assert {name: mac_of(hub, name) for name in macs} == macs
    assert macs["beta"] == OTHER_MAC and macs["delta"] == quartet.router_mac
    # The switch has learned OTHER_MAC at a wrong port.
    quartet.wires["delta"].send(Ether(src=quartet.router_mac, dst="ff:ff:ff:ff:ff:ff")
                                / ARP(hwsrc=quartet.router_mac, psrc=GATEWAY, pdst=GATEWAY))
    quartet.discard()


@pytest.mark.slow
def test_a_member_whose_data_flows_survives_lost_arp_answers(start, quartet, muted):
    """alpha, gamma and beta answer no ARP for longer than a refresh. beta becomes unresolved; alpha and gamma, which
    send, stay resolved and get their copies."""
    hub = start()
    for name in ("alpha", "beta", "gamma"):
        muted(name)
    end = time.monotonic() + REFRESH_S
    while time.monotonic() < end:
        for name in ("alpha", "gamma"):
            quartet.send(name, inner_of(name))
            assert mac_of(hub, name) == quartet.mac(name)
        time.sleep(0.1)
    assert mac_of(hub, "beta") == ""
    quartet.discard()
    packet = inner_of("alpha")
    quartet.send("alpha", packet)
    quartet.expect_copies(packet, "gamma")

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""ARP, and the next hop of each member. Topology: quartet.py."""

import copy
import itertools
import time

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

from quartet import ADDRESSES, CONFIG, HUB_OVERLAY, MEMBERS, OVERLAYS, echo_request, udp_to
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, gre_frame, l2_frame
from waiting import await_condition

BROADCAST = "ff:ff:ff:ff:ff:ff"
NEW_MAC = "02:00:00:00:0a:01"
FIXED_MAC = "02:00:00:00:0b:01"
REQUEST, REPLY = 1, 2
# The hub confirms each MAC at least once a minute.
REFRESH_S = 60


@pytest.fixture(name="start")
def fixture_start(cloud, quartet):
    """Start a hub that is stopped, with balanced sums, after the test."""
    started = []

    def start(config=None, resolved=True):
        quartet.discard()
        started.append(cloud.start_hub(config or CONFIG))
        if resolved:
            started[-1].await_resolved()
        return started[-1]

    yield start
    for hub in started:
        with hub:
            hub.settled()
            hub.stop()
    quartet.discard()


def changed(**members):
    """The quartet's configuration with some members' keys changed."""
    config = copy.deepcopy(CONFIG)
    for member in config["members"]:
        member.update(members.get(member["name"], {}))
    return config


def port_with(**keys):
    return CONFIG | {"ports": [CONFIG["ports"][0] | keys]}


def member_mac(hub, name):
    return hub.telemetry.ask(f"/mcdpdk/member,{name}")["mac"]


def announce(wire, mac, address, operation, target_mac="00:00:00:00:00:00"):
    """A gratuitous ARP, as a request (RFC 5227) or as a reply."""
    wire.send(Ether(src=mac, dst=BROADCAST) / ARP(op=operation, hwsrc=mac, psrc=address,
                                                  hwdst=target_mac, pdst=address))


@pytest.mark.parametrize("destination", ["broadcast", "the hub's MAC"])
def test_arp_request_is_answered(start, quartet, destination):
    """A broadcast, then a unicast request gets the reply, to the byte, to alpha alone."""
    start()
    wire = Wire(quartet.nodes["alpha"])
    mac = quartet.mac("alpha")
    wire.send(Ether(src=mac, dst=BROADCAST if destination == "broadcast" else quartet.hub_mac)
              / ARP(op=REQUEST, hwsrc=mac, psrc=ADDRESSES["alpha"], pdst=HUB_ADDRESS))
    wanted = raw(Ether(src=quartet.hub_mac, dst=mac)
                 / ARP(op=REPLY, hwsrc=quartet.hub_mac, psrc=HUB_ADDRESS, hwdst=mac,
                       pdst=ADDRESSES["alpha"]))
    reply = next(f for f in wire.arp_frames() if Ether(f)[ARP].op == REPLY)
    assert reply[:len(wanted)] == wanted
    assert not any(reply[len(wanted):])


def test_arp_for_others_is_not_answered(start, quartet):
    """Of a request for an unused address and one for the hub's only the second is answered."""
    start()
    wire = Wire(quartet.nodes["alpha"])
    mac = quartet.mac("alpha")
    for target in ("10.0.0.200", HUB_ADDRESS):
        wire.send(Ether(src=mac, dst=BROADCAST)
                  / ARP(op=REQUEST, hwsrc=mac, psrc=ADDRESSES["alpha"], pdst=target))
    reply = next(f for f in wire.arp_frames() if Ether(f)[ARP].op == REPLY)
    assert Ether(reply)[ARP].psrc == HUB_ADDRESS


@pytest.mark.parametrize("sender", ["alpha", "unknown", "delta"])
def test_icmp_echo_is_answered(start, quartet, sender):
    """An instance, declared or not, on-link or behind the router, pings with payloads of several sizes. The reply has
    the request's payload, ID and sequence, TTL 64 and correct checksums."""
    start()
    for size in (0, 1, 56, 1400):
        request = echo_request(ADDRESSES[sender], HUB_ADDRESS, bytes(size), ttl=3)
        quartet.send_frame(sender, Ether(src=quartet.mac(sender), dst=quartet.hub_mac) / request)
        reply = Ether(next(quartet.wires[sender].frames()))
        wanted = (Ether(src=quartet.hub_mac, dst=quartet.mac(sender))
                  / IP(src=HUB_ADDRESS, dst=ADDRESSES[sender], ttl=64, id=reply[IP].id,
                       flags=reply[IP].flags)
                  / ICMP(type=0, id=request[ICMP].id, seq=request[ICMP].seq) / bytes(size))
        assert raw(reply)[:len(wanted)] == raw(wanted)


@pytest.mark.parametrize("sender", ["gamma", "delta"])
def test_icmp_echo_is_answered_inside_the_tunnel(start, quartet, sender):
    """A GRE member's ping of `hub_overlay` is answered in GRE with its key, from the overlay address."""
    start()
    request = echo_request(OVERLAYS[sender], HUB_OVERLAY, b"inside")
    quartet.send(sender, request)
    frame = next(quartet.wires[sender].frames())
    inner = IP(frame[-len(raw(request)):])
    reply = IP(src=HUB_OVERLAY, dst=OVERLAYS[sender], ttl=64, id=inner.id, flags=inner.flags) / ICMP(
        type=0, id=request[ICMP].id, seq=request[ICMP].seq) / b"inside"
    assert frame == quartet.copy(sender, reply)


ALL_ROUTERS = "224.0.0.2"


def expect_answer(quartet, member, request, source):
    quartet.wires[member].expect(quartet.copy(member, IP(
        src=source, dst=request.src, ttl=64, id=request.id, flags=request.flags) / ICMP(
            type=0, id=request[ICMP].id, seq=request[ICMP].seq) / request[ICMP].payload))


@pytest.mark.parametrize("role", ["both", "receiver"])
def test_the_hub_answers_a_ping_of_all_routers(start, quartet, role):
    """224.0.0.2 is declared for all; members of every role ping it, with and without a hub address in their tunnel. The
    hub answers from that address, and the echo reaches nobody else. A datagram and a router solicitation of alpha reach
    every member if alpha may send."""
    config = changed(alpha={"role": role}, gamma={"role": role}, delta={"role": role})
    del config["overlay"], config["members"][3]["overlay"]
    config["members"][2]["hub_overlay"] = f"{HUB_OVERLAY}/24"
    hub = start(config)
    for member, own in (("alpha", HUB_ADDRESS), ("gamma", HUB_OVERLAY), ("delta", HUB_ADDRESS)):
        request = echo_request(ADDRESSES[member], ALL_ROUTERS, b"accepted?", ttl=1)
        quartet.send(member, request)
        expect_answer(quartet, member, request, own)
    assert hub.settled()[0]["data_packets"] == 0
    for packet in (udp_to(ALL_ROUTERS), IP(src=ADDRESSES["alpha"], dst=ALL_ROUTERS, ttl=1) / ICMP(type=10)):
        quartet.exchange("alpha", packet, MEMBERS if role == "both" else ())
    quartet.assert_quiet()


def test_an_unknown_ping_of_all_routers_is_not_answered(start, quartet):
    """An undeclared instance, another's encapsulation and a wrong key are `source_denied`."""
    hub = start()
    request = echo_request(ADDRESSES["unknown"], ALL_ROUTERS)
    frames = {
        "unknown": l2_frame(request, quartet.mac("unknown"), quartet.hub_mac),
        "alpha": gre_frame(request, quartet.mac("alpha"), quartet.hub_mac, ADDRESSES["alpha"], HUB_ADDRESS),
        "gamma": gre_frame(request, quartet.mac("gamma"), quartet.hub_mac, ADDRESSES["gamma"], HUB_ADDRESS, 8),
    }
    for n, (sender, frame) in enumerate(frames.items(), start=1):
        quartet.send_frame(sender, frame)
        await_condition(lambda: hub.drops()["source_denied"] == n, f"{sender} is refused")
    quartet.assert_quiet()


def test_an_admitted_ping_of_all_routers_is_answered(start, quartet):
    """An undeclared instance with a rule pings 224.0.0.2."""
    start(CONFIG | {"admit": [{"prefix": "10.0.0.64/26", "encap": ["l2"]}]})
    request = echo_request(ADDRESSES["unknown"], ALL_ROUTERS, b"let me in")

    def answered():
        # Its first question can come before the hub has its MAC.
        quartet.send("unknown", request)
        frame = next(quartet.wires["unknown"].frames(0.2), None)
        return frame and (Ether(frame)[IP].src, Ether(frame)[ICMP].type) == (HUB_ADDRESS, 0)

    await_condition(answered, "an answer")


@pytest.mark.parametrize("flags, arrives", [("DF", False), (0, True)])
def test_an_answer_is_fragmented_like_a_copy(start, quartet, flags, arrives):
    """alpha's path takes 1,000 bytes. The answer to its ping of 224.0.0.2 with 1,400 comes in fragments without DF and
    not at all with DF."""
    start(changed(alpha={"mtu": 1000}))
    quartet.send("alpha", IP(src=ADDRESSES["alpha"], dst=ALL_ROUTERS, flags=flags, id=9) / ICMP(id=1) / bytes(1372))
    if arrives:
        fragments = [Ether(f)[IP] for f in itertools.islice(quartet.wires["alpha"].frames(), 2)]
        assert sum(len(raw(f.payload)) for f in fragments) == 1380
        assert {(f.src, f.id) for f in fragments} == {(HUB_ADDRESS, 9)} and fragments[0].flags == "MF"
    last = echo_request(ADDRESSES["alpha"], ALL_ROUTERS)
    quartet.send("alpha", last)
    expect_answer(quartet, "alpha", last, HUB_ADDRESS)


@pytest.mark.parametrize("operation", [REQUEST, REPLY])
def test_gratuitous_arp_moves_a_member(start, quartet, operation):
    """alpha announces another MAC, later its own again; copies follow."""
    hub = start()
    wire = quartet.wires["alpha"]
    for mac in (NEW_MAC, quartet.mac("alpha")):
        announce(wire, mac, ADDRESSES["alpha"], operation)
        await_condition(lambda: member_mac(hub, "alpha") == mac, f"alpha at {mac}")
        packet = udp_to(source=ADDRESSES["beta"])
        quartet.send("beta", packet)
        wire.expect(Ether(src=quartet.hub_mac, dst=mac) / packet)


def test_gratuitous_arp_moves_the_gateway(start, quartet):
    """Copies to delta behind it follow."""
    hub = start()
    wire = quartet.wires["delta"]
    announce(wire, NEW_MAC, GATEWAY, REPLY)
    await_condition(lambda: member_mac(hub, "delta") == NEW_MAC, "the gateway's new MAC")
    packet = udp_to()
    quartet.send("alpha", packet)
    frame = next(wire.frames())
    assert frame == raw(Ether(dst=NEW_MAC))[:6] + quartet.copy("delta", packet)[6:]
    announce(wire, quartet.router_mac, GATEWAY, REPLY)
    await_condition(lambda: member_mac(hub, "delta") == quartet.router_mac, "the old one")


def test_fixed_mac_is_not_moved(start, quartet):
    """beta and gamma have a `mac`, beta's is not its own; both announce a third one. Copies go to the configured MACs,
    and the hub never asks for their addresses."""
    gamma_mac = quartet.mac("gamma")
    watch = Wire(quartet.nodes["unknown"])
    # The switch learns the fixed MAC's port and does not flood.
    quartet.send_frame("beta", Ether(src=FIXED_MAC, dst=quartet.mac("unknown"), type=0x88B5))
    hub = start(changed(beta={"mac": FIXED_MAC}, gamma={"mac": gamma_mac}))
    before = hub.stats()["control_packets"]
    announce(quartet.wires["beta"], NEW_MAC, ADDRESSES["beta"], REPLY)
    announce(quartet.wires["gamma"], NEW_MAC, ADDRESSES["gamma"], REQUEST)
    await_condition(lambda: hub.stats()["control_packets"] >= before + 2, "the announcements")
    packet = udp_to()
    quartet.send("alpha", packet)
    frame = next(quartet.wires["beta"].frames())
    assert frame == raw(Ether(src=quartet.hub_mac, dst=FIXED_MAC) / packet)
    quartet.expect_copies(packet, "gamma")
    assert (member_mac(hub, "beta"), member_mac(hub, "gamma")) == (FIXED_MAC, gamma_mac)
    asked = {Ether(f)[ARP].pdst for f in watch.arp_frames(0.2) if Ether(f).src == quartet.hub_mac}
    # It probes for its own address, too.
    assert asked - {HUB_ADDRESS} == {ADDRESSES["alpha"], GATEWAY}
    announce(quartet.wires["gamma"], gamma_mac, ADDRESSES["gamma"], REQUEST)


@pytest.mark.parametrize("mac", [BROADCAST, "01:00:5e:00:00:01", "00:00:00:00:00:00"])
def test_impossible_mac_is_not_learned(start, quartet, mac):
    """After such an ARP reply copies still go to alpha; the packet is counted."""
    hub = start()
    before = hub.stats()["rx_packets"]
    quartet.send_frame("alpha", Ether(src=quartet.mac("alpha"), dst=quartet.hub_mac)
                       / ARP(op=REPLY, hwsrc=mac, psrc=ADDRESSES["alpha"], pdst=HUB_ADDRESS))
    await_condition(lambda: hub.stats()["rx_packets"] > before, "the ARP reply")
    hub.settled()
    quartet.exchange("beta", udp_to(source=ADDRESSES["beta"]))


def test_an_absent_member_is_asked_for_until_it_comes(cloud, start, quartet):
    """Its copy is `copy_unresolved`, the others arrive. Once its instance starts it gets copies."""
    config = copy.deepcopy(CONFIG)
    config["members"].append({"name": "late", "address": "10.0.0.50"})
    watch = Wire(quartet.nodes["unknown"])
    hub = start(config, resolved=False)
    hub.await_resolved("alpha", "beta", "gamma", "delta")
    quartet.exchange("alpha", udp_to())
    assert hub.telemetry.ask("/mcdpdk/member,late")["resolved"] == 0
    assert member_mac(hub, "late") == ""
    await_condition(lambda: hub.drops()["copy_unresolved"] == 1, "copy_unresolved")

    requests = (Ether(f) for f in watch.arp_frames())
    asking = (p for p in requests if p[ARP].op == REQUEST and p[ARP].pdst == "10.0.0.50")
    wanted = raw(Ether(src=quartet.hub_mac, dst=BROADCAST) / ARP(
        op=REQUEST, hwsrc=quartet.hub_mac, psrc=HUB_ADDRESS, pdst="10.0.0.50"))
    for _ in range(3):
        assert raw(next(asking))[:len(wanted)] == wanted

    late = cloud.add_instance("late", "10.0.0.50")
    wire = Wire(late)
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/member,late")["resolved"], "late")
    packet = udp_to()
    quartet.exchange("alpha", packet)
    wire.expect(Ether(src=quartet.hub_mac, dst=late.mac) / packet)


def test_a_fixed_gateway_mac_is_used_without_arp(start, quartet):
    """With `gateway_mac`, copies to delta go there, and the hub does not ask for the gateway."""
    watch = Wire(quartet.nodes["unknown"])
    start(port_with(gateway_mac=quartet.router_mac))
    quartet.exchange("alpha", udp_to())
    asked = {Ether(f)[ARP].pdst for f in watch.arp_frames(0.2) if Ether(f).src == quartet.hub_mac}
    assert GATEWAY not in asked
    assert ADDRESSES["beta"] in asked


def test_next_hop_gateway_sends_every_copy_to_the_gateway(start, quartet):
    """`next_hop: "gateway"` is for networks that answer every ARP with one MAC. Copies to beta, a `udp` receiver, and
    gamma go to the gateway's MAC, alpha's to its fixed `mac`; the hub asks only for the gateway."""
    watch = Wire(quartet.nodes["unknown"])
    start(port_with(next_hop="gateway")
          | {"members": changed(alpha={"mac": quartet.nodes["alpha"].mac}, beta={"encap": "udp"})["members"]})
    # The switch learns where alpha is.
    quartet.send("alpha", udp_to("239.9.9.9"))
    packet = udp_to(source=OVERLAYS["delta"])
    quartet.send("delta", packet)
    to_beta = (Ether(src=quartet.hub_mac)
               / udp_to(source=OVERLAYS["delta"], group=ADDRESSES["beta"]))
    wanted = [raw(Ether(dst=quartet.router_mac))[:6] + frame[6:]
              for frame in (raw(to_beta), quartet.copy("gamma", packet))]
    # beta's kernel refuses what nobody waits for.
    arriving = (frame for frame in quartet.wires["delta"].frames() if frame[6:12] == wanted[0][6:12])
    assert sorted(next(arriving) for _ in wanted) == sorted(wanted)
    quartet.wires["alpha"].expect(quartet.copy("alpha", packet))
    asked = {Ether(f)[ARP].pdst for f in watch.arp_frames(0.2) if Ether(f).src == quartet.hub_mac}
    assert asked <= {GATEWAY, HUB_ADDRESS}


@pytest.mark.slow
def test_only_a_silent_neighbour_ages(start, quartet):
    """beta's kernel stops answering ARP and beta becomes unresolved; no copy to alpha is missing during the refresh."""
    hub = start()
    quartet.nodes["beta"].ip("link", "set", "eth0", "arp", "off")
    end = time.monotonic() + REFRESH_S + 15
    copies = 0
    while time.monotonic() < end:
        quartet.send("gamma", udp_to())
        quartet.expect_copies(udp_to(), "alpha", "delta")
        quartet.discard()
        copies += 1
    assert copies > 100
    assert hub.telemetry.ask("/mcdpdk/member,beta")["resolved"] == 0
    assert hub.telemetry.ask("/mcdpdk/member,alpha")["resolved"] == 1
    quartet.nodes["beta"].ip("link", "set", "eth0", "arp", "on")
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/member,beta")["resolved"], "beta")

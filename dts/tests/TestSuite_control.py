# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A member floods the control lcore with work, and the others do not notice. Topology: quartet.py.

    alpha --> hub      IGMPv3 reports of 120 groups with 256 sources each, more than the control lcore can handle
    beta --> hub       joins
    gamma --> hub      pings inside its tunnel
    unknown --> hub    pings and ARP requests
"""

import threading

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether

import quartet as four
from hub import ONE_WORKER, RX_AND_TX, crowding
from igmp_message import ALLOW, IS_EX, IS_IN, record, report
from quartet import ADDRESSES, HUB_OVERLAY, OVERLAYS, echo_request
from topo import HUB_ADDRESS
from traffic import inner_ip
from waiting import await_condition

GROUPS = [f"239.50.0.{i}" for i in range(120)]
SOURCES = [f"10.60.0.{i}" for i in range(256)]
FLOOD_RATE = 12000              # twice what the control lcore can handle
AT_ONCE = 60
ROUNDS = 40
REQUEST, REPLY = 1, 2


class Flood:
    """Sends a frame again and again, in a thread of its own."""

    def __init__(self, wire, frame):
        self.wire, self.frame = wire, frame
        self.ends = threading.Event()
        self.sent = 0
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ends.wait(AT_ONCE * crowding() / FLOOD_RATE):
            for _ in range(AT_ONCE):
                self.wire.socket.send(self.frame)
            self.sent += AT_ONCE

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()


def share(hub, name):
    return hub.telemetry.ask("/mcdpdk/control")[name]


def groups_of(hub, name):
    return hub.telemetry.ask(f"/mcdpdk/member_groups,0,{name}")["groups"]


def reports_of_alpha(quartet, *records):
    return raw(quartet.frame("alpha", report(ADDRESSES["alpha"], *records)))


def prepare(hub, quartet):
    """alpha joins, at a rate that is nobody's burden."""
    for count, group in enumerate(GROUPS, 1):
        quartet.wires["alpha"].socket.send(reports_of_alpha(quartet, record(ALLOW, group, *SOURCES)))
        await_condition(lambda: share(hub, "membership")["served"] >= count, f"{count} reports")
    assert share(hub, "membership")["dropped"] == 0


def is_reply_to(frame, request):
    inner = inner_ip(frame)
    return inner is not None and ICMP in inner and inner[ICMP].type == 0 and (
        inner.src == request[IP].dst and inner[ICMP].seq == request[ICMP].seq)


def ping(quartet, name, target, source, number):
    request = echo_request(source, target)
    request[ICMP].seq = number
    quartet.send(name, request)
    assert any(is_reply_to(frame, request) for frame in quartet.wires[name].frames()), f"{name}'s ping {number}"


def ask_by_arp(quartet, name):
    mac = quartet.mac(name)
    quartet.send_frame(name, Ether(src=mac, dst=quartet.hub_mac)
                       / ARP(op=REQUEST, hwsrc=mac, psrc=ADDRESSES[name], pdst=HUB_ADDRESS))
    assert any(Ether(frame)[ARP].op == REPLY for frame in quartet.wires[name].arp_frames()), f"ARP of {name}"


@pytest.mark.parametrize("lcores", [RX_AND_TX, ONE_WORKER])
def test_a_member_that_floods_delays_no_other(cloud, quartet, lcores):
    """Steps: alpha floods; meanwhile beta joins one group after another, gamma and unknown ping the hub, unknown asks
    for its MAC; each once. Verify: every join takes effect, every request is answered, nothing met a full ring; part of
    the flood is `rate_limited`, and the sums balance."""
    with cloud.start_hub(four.CONFIG | {"groups": [], "igmp": {}}, lcores=lcores, driver="deep rings") as hub:
        hub.await_resolved("alpha", "beta", "gamma")
        prepare(hub, quartet)
        flood = reports_of_alpha(quartet, *(record(IS_IN, group, SOURCES[0]) for group in GROUPS))
        with Flood(quartet.wires["alpha"], flood):
            await_condition(lambda: hub.drops()["rate_limited"] > 0, "a limit")
            for number in range(ROUNDS):
                joined = f"239.51.0.{number}"
                quartet.send("beta", report(ADDRESSES["beta"], record(IS_EX, joined)))
                ping(quartet, "gamma", HUB_OVERLAY, OVERLAYS["gamma"], number)
                ping(quartet, "unknown", HUB_ADDRESS, ADDRESSES["unknown"], number)
                ask_by_arp(quartet, "unknown")
                await_condition(lambda: joined in groups_of(hub, "beta"), f"{joined} of beta")
        _, drops = hub.settled()
        limited = share(hub, "membership")["dropped"]
        assert {name: count for name, count in drops.items() if count} == {"rate_limited": limited}
        assert limited > 0
        assert share(hub, "neighbour")["dropped"] == share(hub, "echo")["dropped"] == 0
        hub.stop()
    quartet.discard()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""100,000 memberships come and go beside a running stream. Topology: quartet.py.

    alpha --> hub --> beta                            numbered packets
    unknown, as the 100 members crowd-0 to crowd-99: IGMPv3 reports of 1,000 groups each
"""

import ipaddress
import subprocess
import time

import pytest
from scapy.compat import raw
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mr
from scapy.layers.inet import IP, IPOption_Router_Alert, UDP

import quartet as four
from hub import RX_AND_TX, crowding
from numbered_sender import DIGITS
from quartet import ADDRESSES, GROUP
from topo import HUB_ADDRESS
from traffic import l2_frame
from waiting import DEADLINE_S, await_condition

MEMBERS, GROUPS = 100, 1000
RECORDS = 180                   # of a report in one frame
JOINS_A_SECOND = 20000          # twice the required rate
STREAM_RATE = 1000
TO_IN, TO_EX = 3, 4
CROWD = {f"crowd-{i}": f"10.0.0.{100 + i}" for i in range(MEMBERS)}
JOINED = [str(ipaddress.ip_address("239.100.0.0") + i) for i in range(GROUPS)]


def config(mac):
    crowd = [{"name": name, "address": address, "mac": mac} for name, address in CROWD.items()]
    return four.CONFIG | {"members": four.CONFIG["members"] + crowd,
                          "groups": [{"group": GROUP, "members": ["beta"]}],
                          "igmp": {"immediate_leave": True}}


def reports(quartet, kind):
    """One frame each, built in advance: scapy is too slow while they are sent."""
    frames = []
    for first in range(0, GROUPS, RECORDS):
        records = [IGMPv3gr(rtype=kind, maddr=group) for group in JOINED[first:first + RECORDS]]
        report = raw(IGMPv3(type=0x22) / IGMPv3mr(numgrp=len(records), records=records))
        for address in CROWD.values():
            packet = IP(src=address, dst="224.0.0.22", ttl=1, proto=2, tos=0xc0,
                        options=[IPOption_Router_Alert()]) / report
            frames.append((len(records), raw(l2_frame(packet, quartet.mac("unknown"), quartet.hub_mac))))
    return frames


def send_evenly(wire, frames):
    """Send at the rate of joins, or slower on a crowded machine."""
    begun, sent = time.monotonic(), 0
    for records, frame in frames:
        wire.socket.send(frame)
        sent += records
        ahead = sent / (JOINS_A_SECOND / crowding()) - (time.monotonic() - begun)
        if ahead > 0:
            time.sleep(ahead)


def groups_of(hub, name):
    return hub.telemetry.ask(f"/mcdpdk/member_groups,0,{name}")["total"]


def await_groups(hub, count):
    for name in CROWD:
        await_condition(lambda: groups_of(hub, name) == count, f"{count} groups of {name}")


@pytest.mark.slow
def test_stream_does_not_notice_100000_memberships(cloud, quartet):
    """100 members join 1,000 groups each at 20,000 joins/s, then leave them. Every membership appears, then goes; beta
    gets every packet of the stream once and in order."""
    joins, leaves = reports(quartet, TO_EX), reports(quartet, TO_IN)
    packet = IP(src=ADDRESSES["alpha"], dst=GROUP) / UDP(sport=4000, dport=5000, chksum=0) / bytes(DIGITS)
    frame = raw(quartet.frame("alpha", packet))
    with cloud.start_hub(config(quartet.mac("unknown")), lcores=RX_AND_TX, driver="deep rings") as hub:
        hub.await_resolved("alpha", "beta")
        quartet.discard()
        stream = quartet.nodes["alpha"].start_python(
            "numbered_sender.py", "--rate", STREAM_RATE / crowding(), frame.hex(), stdin=subprocess.PIPE)
        try:
            assert stream.stdout.readline() == "sending\n"
            send_evenly(quartet.wires["unknown"], joins)
            await_groups(hub, GROUPS)
            assert hub.telemetry.ask("/mcdpdk/info")["groups"] == 1 + GROUPS
            send_evenly(quartet.wires["unknown"], leaves)
            await_groups(hub, 0)
            sent = int(stream.communicate(timeout=DEADLINE_S)[0])
        finally:
            stream.kill()
        await_condition(lambda: hub.stats()["data_packets"] >= sent, f"{sent} data packets")
        assert "rate_limited" not in {k for k, v in hub.drops().items() if v}
        copies = []
        wanted = quartet.copy("beta", packet)[:-DIGITS]
        while (got := quartet.wires["beta"].pending()) is not None:
            if got[:-DIGITS] == wanted:
                copies.append(int(got[-DIGITS:]))
        assert copies == list(range(sent))
        hub.stop()
    quartet.discard()


def far_members(count):
    """Members behind the router: one ARP resolves all."""
    return {f"far-{i}": str(ipaddress.ip_address("10.5.1.0") + i) for i in range(count)}


def test_every_member_is_queried(cloud, quartet):
    """All of 4,000 tunnels, resolved at the same moment at the start, get their general query."""
    members = far_members(4000)
    declared = [{"name": name, "address": address, "encap": "gre"} for name, address in members.items()]
    quartet.discard()
    with cloud.start_hub(four.CONFIG | {"members": declared, "groups": [], "igmp": {"robustness": 1}},
                         lcores=RX_AND_TX) as hub:
        queried = set()
        for frame in quartet.wires["delta"].frames():
            packet = IP(frame[14:])
            if packet.src == HUB_ADDRESS and packet.proto == 47:
                queried.add(packet.dst)
            if len(queried) == len(members):
                break
        assert queried == set(members.values())
        hub.stop()
    quartet.discard()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Two TX lcores share the copies of a packet to more than 128 members.

hub eth0 ==== 2 queues ==== eth0 members      this test is alpha and all members
"""

import itertools
import os
from collections import defaultdict

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether, GRE

from hub import RX_AND_TWO_TX, Hub
from node import Node
from topo import HUB_ADDRESS, NAME_PREFIX
from traffic import Wire
from waiting import DEADLINE_S, await_condition

GROUP = "239.1.1.1"
ALPHA, ALPHA_MAC = "10.0.0.11", "02:00:0a:00:00:0b"
MANY, FEW = 200, 60
PACKETS = 100
WINDOW = 16
DEVICE = "net_af_packet0,iface=eth0,qpairs=2,framecnt=4096"

_serial = itertools.count()


def member(number):
    return {"name": f"m{number}", "address": f"10.0.1.{number + 1}", "mac": f"02:00:0a:00:01:{number:02x}",
            "encap": ("l2", "gre")[number % 2]}


def config(receivers):
    return {
        "igmp": False, "mld": False,
        "ports": [{"address": f"{HUB_ADDRESS}/16"}],
        "members": [{"name": "alpha", "address": ALPHA, "mac": ALPHA_MAC}, *map(member, range(MANY))],
        "groups": [{"group": GROUP, "members": ["alpha", *(f"m{number}" for number in range(receivers))]}],
        "idle": "sleep",
    }


class Bed:
    """The hub, and what each member received: the numbers of packets."""

    def __init__(self, folder):
        name = f"{NAME_PREFIX}{os.getpid()}-l{next(_serial)}"
        self.hub_node, self.members = Node("hub", f"{name}-hub"), Node("members", f"{name}-members")
        queues = ["numrxqueues", "2", "numtxqueues", "2"]
        self.hub_node.ip("link", "add", "eth0", *queues, "type", "veth", "peer", "name", "eth0",
                         "netns", self.members.namespace, *queues)
        for node in (self.hub_node, self.members):
            node.ip("link", "set", "eth0", "up")
        self.wire = Wire(self.members)
        self.hub = Hub(self.hub_node, config(MANY), folder, name, lcores=RX_AND_TWO_TX, devices=[DEVICE])
        self.hub.start()
        self.frame = Ether(src=ALPHA_MAC, dst=self.hub.telemetry.ask("/mcdpdk/ports")["r0"]["mac"]) / IP(
            src=ALPHA, dst=GROUP) / UDP(sport=1, dport=5000, chksum=0)
        self.sent = 0
        self.received = defaultdict(list)

    def send(self):
        self.wire.send(raw(self.frame / (b"%08d" % self.sent)))
        self.sent += 1

    def receive_until(self, done):
        """Note every copy until done() is true."""
        frames = self.wire.frames(DEADLINE_S * 4)
        while not done():
            frame = next(frames, None)
            assert frame is not None, f"{self.sent} sent, {self.hub.stats()} {self.hub.drops()}"
            if frame[:5] == bytes.fromhex("02000a0001"):
                self.received[frame[5]].append(int(frame[-8:]))

    def close(self):
        self.hub.close()
        self.hub_node.close()
        self.members.close()


@pytest.fixture(name="bed")
def fixture_bed(tmp_path):
    bed = Bed(tmp_path)
    yield bed
    bed.close()


def test_both_lcores_serve_all_members_in_order(bed):
    """Each of 200 members, plain and by GRE, receives every packet once and in order; alpha receives none. Both TX
    lcores had a part of each packet, and the sums balance."""
    while bed.sent < PACKETS:
        bed.send()
        bed.receive_until(lambda: bed.sent - len(bed.received[0]) < WINDOW)
    bed.receive_until(lambda: sum(map(len, bed.received.values())) == MANY * PACKETS)
    assert dict(bed.received) == {number: list(range(PACKETS)) for number in range(MANY)}
    stats, _ = bed.hub.settled()
    assert stats["data_packets"] == PACKETS
    assert stats["copies"] == stats["tx_data_packets"] == MANY * PACKETS
    lcores = [lcore for lcore in bed.hub.telemetry.ask("/mcdpdk/lcores").values() if lcore["role"] == "tx"]
    assert len(lcores) == 2 and all(lcore["packets"] >= PACKETS for lcore in lcores)
    group = bed.hub.telemetry.ask(f"/mcdpdk/group,{GROUP}")
    assert (group["packets"], group["copies"]) == (PACKETS, MANY * PACKETS)
    bed.hub.stop()


def test_the_encapsulations_are_the_same(bed):
    """The copies of the last member by GRE and of the last plain one have the bytes that mcdpdk-groups(5) describes."""
    bed.send()
    inner = IP(raw(bed.frame[IP] / (b"%08d" % 0)))
    outer = IP(src=HUB_ADDRESS, dst=member(MANY - 1)["address"], proto=47, ttl=64, flags="DF", id=0)
    mac = bed.frame.dst
    wanted = {raw(Ether(src=mac, dst=member(MANY - 1)["mac"]) / outer / GRE() / inner),
              raw(Ether(src=mac, dst=member(MANY - 2)["mac"]) / inner)}
    for frame in bed.wire.frames():
        wanted.discard(frame)
        if not wanted:
            break
    assert not wanted
    bed.hub.stop()


def test_members_stay_in_order_while_the_list_changes(bed):
    """Reloads shorten the list to 60 members and lengthen it to 200 again, while packets are on their way. The 60
    receive every packet; nobody receives one twice or after a later one."""
    lengths = itertools.cycle([FEW, MANY])
    generation = 1
    while generation < 9:
        bed.hub.reload(config(next(lengths)))
        generation += 1

        def is_reloaded(wanted=generation):
            return bed.hub.telemetry.ask("/mcdpdk/info").get("generation") == wanted

        while not is_reloaded():
            for _ in range(WINDOW):
                bed.send()
            bed.receive_until(lambda: bed.sent - len(bed.received[0]) <= WINDOW)
    bed.receive_until(lambda: all(len(bed.received[number]) == bed.sent for number in range(FEW)))
    bed.hub.settled()
    while (frame := bed.wire.pending()) is not None:
        if frame[:5] == bytes.fromhex("02000a0001"):
            bed.received[frame[5]].append(int(frame[-8:]))
    for number in range(FEW):
        assert bed.received[number] == list(range(bed.sent))
    for numbers in bed.received.values():
        assert numbers == sorted(set(numbers))
    await_condition(lambda: bed.hub.drops()["copy_tx_full"] == 0, "no copy is lost")
    bed.hub.stop()

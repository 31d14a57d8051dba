# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A planned restart: SIGTERM, and the hub is started again at once.

    hub   10.0.0.10 --+
    alpha 10.0.0.11 --+                                       gamma 10.5.0.6, gre
    beta  10.0.0.12 --+-- switch A --- router --- switch B ---+
    carol 10.0.0.13 --+

alpha sends numbered datagrams all the time. beta and gamma are declared receivers, carol has joined by a report. Nobody
answers a query.
"""

import re
import threading

import pytest

from hub import Hub
from igmp_message import TO_EX, record, report
from manager import Manager
from topo import GATEWAY, HUB_ADDRESS
from traffic import Stream, Wire, inner_ip, l2_frame
from waiting import await_condition

GROUP, PORT = "239.1.1.1", 5000
ALPHA, BETA, CAROL, GAMMA = "10.0.0.11", "10.0.0.12", "10.0.0.13", "10.5.0.6"
INTERVAL_S = 0.002
MORE = 200          # datagrams after the restart
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "alpha", "address": ALPHA}, {"name": "beta", "address": BETA},
                {"name": "carol", "address": CAROL}, {"name": "gamma", "address": GAMMA, "encap": "gre"}],
    "groups": [{"group": GROUP, "members": ["beta", "gamma"]}],
    "igmp": {"query_interval": 3600, "startup_query_interval": 900},
    "idle": "sleep",
}
STARTED = re.compile(r"started in \d+ ms: configuration \d+, EAL \d+, .*ports \d+")


class Listener(threading.Thread):
    """The numbers that reach a member, in whatever encapsulation, as they came."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.wire, self.numbers, self.ended = Wire(node), [], False

    def run(self):
        while not self.ended:
            for frame in self.wire.frames(0.2):
                inner = inner_ip(frame)
                if inner is not None and (inner.src, inner.dst) == (ALPHA, GROUP):
                    self.numbers.append(int(inner.load))

    def await_number(self, number):
        await_condition(lambda: self.numbers and self.numbers[-1] >= number, f"number {number}")

    def close(self):
        self.ended = True
        self.join()
        self.wire.close()


class Bed:
    def __init__(self, cloud):
        self.cloud = cloud
        self.alpha = cloud.add_l2_member("alpha", ALPHA)
        self.nodes = {name: cloud.add_instance(name, address)
                      for name, address in (("beta", BETA), ("carol", CAROL), ("gamma", GAMMA))}
        self.listeners = {}

    def make_hub(self, folder):
        manager = Manager(folder / "notify")
        hub = Hub(self.cloud.hub_node, CONFIG | {"state_file": str(folder / "state")}, folder,
                  f"{self.cloud.name}-restart", driver="deep rings")
        hub.command[:0] = ["env", *manager.environment]
        return hub, manager

    def join(self, hub):
        frame = l2_frame(report(CAROL, record(TO_EX, GROUP)), self.nodes["carol"].mac, self.cloud.hub_node.mac)
        wire = Wire(self.nodes["carol"])
        wire.send(frame)
        wire.close()
        await_condition(lambda: "carol" in hub.receivers(GROUP), "carol has joined")

    def listen(self):
        self.listeners = {name: Listener(node) for name, node in self.nodes.items()}
        for listener in self.listeners.values():
            listener.start()

    def await_all(self, number):
        for listener in self.listeners.values():
            listener.await_number(number)

    def close(self):
        for listener in self.listeners.values():
            listener.close()


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud):
    return Bed(cloud)


@pytest.fixture(name="served")
def fixture_served(bed, tmp_path):
    """The hub, its manager and a stream that reaches all three."""
    hub, manager = bed.make_hub(tmp_path)
    with hub:
        hub.start()
        hub.await_resolved()
        bed.join(hub)
        bed.listen()
        with Stream(bed.alpha, GROUP, PORT, INTERVAL_S) as stream:
            bed.await_all(1)
            yield hub, manager, stream
        bed.close()
        manager.close()


def restart(hub, manager):
    hub.stop()
    hub.telemetry.close()
    hub.start()
    manager.await_message("READY", count=2)


def test_only_what_was_sent_in_the_outage_is_lost(bed, served):
    """What alpha sent before SIGTERM reaches beta, carol and gamma, and so does what it sent after READY=1: once, and
    in order. carol has not joined again. The log shows what the start spent its time on."""
    hub, manager, stream = served
    before = stream.sent
    restart(hub, manager)
    after = stream.sent
    bed.await_all(after + MORE)
    for name, listener in bed.listeners.items():
        numbers = list(listener.numbers)
        assert numbers == sorted(set(numbers)), f"{name}: twice or out of order"
        lost = sorted(set(range(numbers[0], numbers[-1])) - set(numbers))
        assert not lost or before < lost[0] and lost[-1] <= after, (name, lost, before, after)
    assert hub.receivers(GROUP)["carol"]["origins"] == ["igmp"]
    assert hub.telemetry.ask("/mcdpdk/igmp")["rx_v3_report"] == 0
    assert STARTED.search(hub.log()), hub.log()
    hub.stop()


def test_copies_do_not_wait_for_arp(bed, served):
    """While the hub is away, its members and its gateway cease to answer ARP. All get the stream again, since the hub
    knows their MACs."""
    hub, manager, stream = served
    hub.stop()
    deaf = {**bed.nodes, "router": bed.cloud.router}
    for name, node in deaf.items():
        node.ip("link", "set", "br-a" if name == "router" else "eth0", "arp", "off")
    try:
        hub.telemetry.close()
        hub.start()
        manager.await_message("READY", count=2)
        bed.await_all(stream.sent + 1)
    finally:
        for name, node in deaf.items():
            node.ip("link", "set", "br-a" if name == "router" else "eth0", "arp", "on")
    hub.stop()

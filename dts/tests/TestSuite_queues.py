# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Nothing is lost between the queues of a device, whatever their number. One of:

hub eth0 ==== N queues ==== eth0 members      veth: the kernel spreads flows
hub eth0 ==== N queues ==== this test         a NIC: frames come by the queue that the test chooses
hub eth0 ==== the kernel                      the hub's own tap, over whose queues the kernel spreads
hub      ==== tester.py                       shared memory, with fewer queues at the tester's end
"""

import contextlib
import fcntl
import itertools
import os
import re
import select
import struct
import time

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

import hub as hub_module
from hub import MAIN_ALONE, ONE_WORKER, RX_AND_TWO_TX, RX_AND_TX, Hub
from node import Node
from tester import MemifTester, receiver_mac
from topo import HUB_ADDRESS, NAME_PREFIX
from traffic import Wire
from waiting import DEADLINE_S, await_condition

GROUP = "239.1.1.1"
FLOWS = 320
ALPHA_MAC, BETA_MAC = "02:00:0a:00:00:0b", "02:00:0a:00:00:0c"
CONFIG = {
    "igmp": False, "mld": False,
    "ports": [{"address": f"{HUB_ADDRESS}/24"}],
    "members": [{"name": "alpha", "address": "10.0.0.11", "mac": ALPHA_MAC},
                {"name": "beta", "address": "10.0.0.12", "mac": BETA_MAC}],
    "groups": [{"group": GROUP, "members": ["beta"]}],
    "idle": "sleep",
}
TUNSETIFF = 0x400454CA
TAP, NO_PACKET_INFORMATION, MULTI_QUEUE = 0x0002, 0x1000, 0x0100

_serial = itertools.count()
every_layout = pytest.mark.parametrize("lcores", [
    pytest.param(MAIN_ALONE, marks=pytest.mark.slow, id="main alone"),
    pytest.param(ONE_WORKER, id="one worker"),
    pytest.param(RX_AND_TX, marks=pytest.mark.slow, id="RX and TX"),
    pytest.param(RX_AND_TWO_TX, id="RX and two TX"),
])


class Bed:
    def __init__(self, stack, folder):
        self.folder = folder
        self.stack = stack
        self.hub_node = self.make_node("hub")

    def make_node(self, name):
        node = Node(name, f"{NAME_PREFIX}{os.getpid()}-q{next(_serial)}-{name}")
        self.stack.callback(node.close)
        return node

    def make_veth(self, queues, name="eth0"):
        """Return the members' end."""
        members = self.make_node("members")
        numbers = ["numrxqueues", str(queues), "numtxqueues", str(queues)]
        self.hub_node.ip("link", "add", name, *numbers, "type", "veth", "peer", "name", "eth0",
                         "netns", members.namespace, *numbers)
        for node, interface in ((self.hub_node, name), (members, "eth0")):
            node.ip("link", "set", interface, "up")
        return Wire(members)

    def hub(self, driver, lcores=ONE_WORKER, config=None):
        hub = Hub(self.hub_node, config or CONFIG, self.folder, f"{self.hub_node.namespace}-{next(_serial)}",
                  lcores=lcores, driver=driver)
        self.stack.callback(hub.close)
        return hub

    def refused(self, driver):
        """The error of a hub that must not start."""
        hub = self.hub(driver)
        with pytest.raises(RuntimeError, match="mcdpdk left with 1"):
            hub.start()
        hub.ended_well = True
        return next(line for line in hub.log().splitlines() if "mcdpdk: error: port" in line)


class Nic:
    """A tap whose queues the test fills by itself; like most NICs it has combined channels."""

    def __init__(self, node, queues, name="eth0"):
        self.node = node
        self.name = name
        self.queues = []
        self.sent = 0
        for _ in range(queues):
            self.add_queue()
        node.ip("link", "set", name, "up")

    def add_queue(self):
        with self.node.inside():
            queue = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        self.queues.append(queue)
        flags = TAP | NO_PACKET_INFORMATION | MULTI_QUEUE
        with self.node.inside():
            fcntl.ioctl(queue, TUNSETIFF, struct.pack("16sH22x", self.name.encode(), flags))

    def remove_queue(self):
        os.close(self.queues.pop())

    def send(self, frame):
        os.write(self.queues[self.sent % len(self.queues)], frame)
        self.sent += 1

    def frames(self, deadline_s=DEADLINE_S):
        end = time.monotonic() + deadline_s
        while (left := end - time.monotonic()) > 0:
            for queue in select.select(self.queues, [], [], left)[0]:
                yield os.read(queue, 65535)

    def close(self):
        while self.queues:
            self.remove_queue()


@pytest.fixture(name="bed")
def fixture_bed(tmp_path):
    with contextlib.ExitStack() as stack:
        yield Bed(stack, tmp_path)


@pytest.fixture(name="make_nic")
def fixture_make_nic(bed):
    def make_nic(queues):
        nic = Nic(bed.hub_node, queues)
        bed.stack.callback(nic.close)
        return nic

    return make_nic


def number(count):
    return [b"%08d" % flow for flow in range(count)]


def check_delivery(hub, *wires, last=None):
    """alpha sends FLOWS flows by each wire in turn; beta gets every copy at the last one; the sums balance."""
    mac = hub.telemetry.ask("/mcdpdk/ports")["r0"]["mac"]
    packet = raw(Ether(src=ALPHA_MAC, dst=mac) / IP(src="10.0.0.11", dst=GROUP)
                 / UDP(sport=0, dport=5000, chksum=0) / number(1)[0])
    for flow, payload in enumerate(number(FLOWS)):
        wires[flow % len(wires)].send(packet[:34] + struct.pack("!H", 1024 + flow) + packet[36:-8] + payload)
    to_beta = bytes.fromhex(BETA_MAC.replace(":", ""))
    arrived = []
    for frame in (last or wires[0]).frames():
        if frame[:6] == to_beta:
            arrived.append(frame[-8:])
        if len(arrived) == FLOWS:
            break
    assert sorted(arrived) == number(FLOWS), f"{len(arrived)} of {FLOWS}: {hub.stats()} {hub.drops()}"
    stats, _ = hub.settled()
    assert stats["data_packets"] == stats["copies"] == stats["tx_data_packets"] == FLOWS
    hub.stop()


def run_hub(bed, driver, lcores=ONE_WORKER, config=None):
    hub = bed.hub(driver, lcores, config)
    hub.start()
    return hub


@pytest.mark.parametrize("queues", [pytest.param(1, marks=pytest.mark.slow), 2, 4])
@every_layout
def test_af_xdp_delivers_with_all_queues_of_a_nic(bed, make_nic, queues, lcores):
    """1, 2 or 4 queues; flows come by each in turn."""
    nic = make_nic(queues)
    driver = {1: "af_xdp", 2: "af_xdp, two queues", 4: "af_xdp, four queues"}[queues]
    check_delivery(run_hub(bed, driver, lcores), nic)


@pytest.mark.parametrize("driver", ["af_xdp", "af_xdp, two queues", "af_xdp, second queue"])
def test_af_xdp_with_some_queues_of_a_nic_is_refused(bed, make_nic, driver):
    """One or two of four. The error names both remedies; the one in its --vdev makes everything arrive."""
    nic = make_nic(4)
    error = bed.refused(driver)
    assert "queue_count=4 in --vdev" in error
    other = {"af_xdp": "ethtool -L eth0 combined 1, or ", "af_xdp, two queues": "ethtool -L eth0 combined 2, or ",
             "af_xdp, second queue": "start_queue=0,"}
    assert other[driver] in error, error
    check_delivery(run_hub(bed, "af_xdp, four queues"), nic)


@pytest.mark.parametrize("queues", [pytest.param(2, marks=pytest.mark.slow), 4])
@every_layout
def test_the_remedies_for_a_veth_help(bed, queues, lcores):
    """A veth pair has 2 or 4 queues at both ends. The error says that the kernel would lose what comes by the other
    queues; only after the last of its commands does the hub start, and then it delivers all flows."""
    wire = bed.make_veth(queues)
    error = bed.refused("af_xdp")
    command = re.search(r"ethtool -L eth0 rx 1", error)[0]
    bed.hub_node.run(*command.split())
    assert "a veth's peer must not send by more queues: ethtool -L PEER tx 1" in bed.refused("af_xdp")
    wire.node.run("ethtool", "-L", "eth0", "tx", "1")
    check_delivery(run_hub(bed, "af_xdp", lcores), wire)


def test_queues_that_come_later_degrade_the_hub(bed, make_nic):
    """Telemetry and log have queues_unread with its remedy while a NIC with one queue has a second one."""
    nic = make_nic(1)
    hub = run_hub(bed, "af_xdp")

    def reasons():
        return [record for key, record in hub.telemetry.ask("/mcdpdk/health").items()
                if key.startswith("r") and record["reason"] == "queues_unread"]

    assert not reasons()
    nic.add_queue()
    await_condition(reasons, "queues_unread")
    assert "ethtool -L eth0 combined 1, or queue_count=2" in str(reasons())
    assert "queues_unread: 1 of 2 RX queues of eth0 are not read" in hub.log()
    nic.remove_queue()
    await_condition(lambda: not reasons(), "the end of queues_unread")
    hub.stop()


def test_a_killed_hubs_xdp_program_does_not_harm_the_next(bed, make_nic):
    """SIGKILL leaves the XDP program of the only queue. The NIC gets three more queues, and another hub all of them."""
    nic = make_nic(1)
    killed = run_hub(bed, "af_xdp")
    killed.process.kill()
    killed.process.wait()
    killed.ended_well = True
    assert "xdp" in bed.hub_node.ip("link", "show", "eth0")
    for _ in range(3):
        nic.add_queue()
    check_delivery(run_hub(bed, "af_xdp, four queues"), nic)


@every_layout
def test_a_tap_of_the_hub_delivers(bed, lcores):
    """net_tap needs as many RX as TX queues; the kernel spreads flows over them."""
    hub = run_hub(bed, "tap", lcores)
    check_delivery(hub, Wire(bed.hub_node))


@every_layout
def test_a_fanout_of_four_packet_sockets_delivers(bed, lcores):
    """net_af_packet has four queue pairs on a veth with four."""
    wire = bed.make_veth(4)
    check_delivery(run_hub(bed, "af_packet, four queues", lcores), wire)


@every_layout
def test_pcap_delivers_with_an_interface_for_each_queue(bed, lcores):
    """It receives from two interfaces with a queue each and sends by the first."""
    first, second = bed.make_veth(1), bed.make_veth(1, "eth1")
    check_delivery(run_hub(bed, "pcap, two RX queues", lcores), first, second)


# The hub's end and the tester's, which has one queue pair.
SHARED = {
    "memif": ("net_memif0,role=server,socket={path},socket-abstract=no", None),
    "vhost": ("net_vhost0,iface={path},queues=2", "net_virtio_user0,path={path},queues=2,queue_size=2048"),
}
RECEIVERS, GROUPS, FRAMES = 8, 16, 500
WINDOW = 512        # copies in flight: half of the tester's descriptors


@pytest.mark.slow
@pytest.mark.parametrize("kind", SHARED)
@every_layout
def test_a_peer_with_fewer_queues_gets_every_copy(bed, monkeypatch, kind, lcores):
    """A tester with one queue pair on shared memory sends to 16 groups and gets the copies for all eight members."""
    path = bed.folder / "socket"
    here, there = SHARED[kind]
    monkeypatch.setitem(hub_module.DRIVERS, kind, here.format(path=path))
    receivers = [{"name": f"m{i}", "address": f"10.0.1.{i + 1}", "mac": receiver_mac(i)} for i in range(RECEIVERS)]
    config = CONFIG | {
        "ports": [{"address": f"{HUB_ADDRESS}/16"}],
        "members": [CONFIG["members"][0], *receivers],
        "groups": [{"group": "239.1.0.0/24", "members": [member["name"] for member in receivers]}]}
    hub = run_hub(bed, kind, lcores, config)
    tester = MemifTester(hub, path, there and there.format(path=path))
    mac = hub.telemetry.ask("/mcdpdk/ports")["r0"]["mac"]
    packet = IP(src="10.0.0.11", dst="239.1.0.0") / UDP(sport=4000, dport=5000, chksum=0) / bytes(64)
    tester.prepare(raw(Ether(src=ALPHA_MAC, dst=mac) / packet), 14, 14, RECEIVERS)
    tester.ask("groups", "239.1.0.0", GROUPS)
    result = tester.ask("trial", FRAMES, WINDOW, 0)
    assert result["copies"] == FRAMES * RECEIVERS, (result, hub.stats(), hub.drops())
    hub.settled()
    hub.stop()

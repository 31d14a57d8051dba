# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""More packets than buffers on every driver: each buffer is used several times.

    alpha l2 10.0.0.11 --+                             tester --- memif or vhost-user --- hub
    beta  l2 10.0.0.12 --+-- switch A -- hub           (alpha and beta are behind it)
                                          |
                                        net_ring: what the hub sends there comes back to it;
                                        or eth1, a veth with nobody at its end

A driver that loses buffers stops receiving once it has had all of them, and no counter shows it.
TestSuite_guest_nic.py has the PCI devices.
"""

import itertools
import re
import struct
from contextlib import contextmanager

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

from hub import DRIVERS, MAIN_ALONE, ONE_WORKER, RX_AND_TWO_TX, RX_AND_TX, reserved_hugepages
from node import stop_process
from tester import BUILD, MemifTester, receiver_mac, start_tester
from topo import HUB_ADDRESS
from traffic import Wire, Wired
from waiting import await_condition, repeating

GROUP = "239.1.1.1"
ALPHA, BETA = "10.0.0.11", "10.0.0.12"
BUFFERS = 4096                  # af_xdp's fill ring takes 2,048 of them
# At most 7,680 with those for copies: each is used three times.
PACKETS = 24_000
WINDOW = 120                    # fewer than the shortest ring of a driver
ASKED_PER_S, ASKED_AT_ONCE = 15_000, 32     # the hub takes 20 requests a millisecond from a link
ARRIVAL_S = 20.0
MEMORY_MB = 192
PAYLOAD = bytes(100)
RING = "net_ring0"
HUB_MAC = "02:00:00:00:00:0a"
LEAK = BUILD / "app/bench/mcdpdk_leak.so"

MEMORY = {
    "huge pages": ["--in-memory", "--single-file-segments", "-m", str(MEMORY_MB)],
    "small pages": ["--no-huge", "-m", str(MEMORY_MB)],
}
LAYOUTS = {"main lcore alone": MAIN_ALONE, "one worker": ONE_WORKER, "RX and TX": RX_AND_TX,
           "RX and two more": RX_AND_TWO_TX}
ON_VETH = {
    "af_packet": [DRIVERS["af_packet"]],
    "af_packet, two queues": [DRIVERS["af_packet, two queues"]],
    "af_xdp": [DRIVERS["af_xdp"]],
    "pcap": [DRIVERS["pcap"]],
    "pcap, two TX queues": [DRIVERS["pcap, two TX queues"]],
    "ring": [DRIVERS["af_packet"], RING],
    "af_xdp and ring": [DRIVERS["af_xdp"], RING],
    "af_xdp twice": [DRIVERS["af_xdp"], "net_af_xdp1,iface=eth1"],
}
# The hub's end and the tester's.
SHARED = {
    "memif": (f"net_memif0,role=server,socket={{path}},socket-abstract=no,mac={HUB_MAC}",
              "net_memif0,role=client,socket={path},socket-abstract=no,rsize=11"),
    "virtio": (f"net_virtio_user0,path={{path}},mac={HUB_MAC},queue_size=1024", "net_vhost0,iface={path}"),
}
# Some of each kind always run: af_xdp on small pages has failed before.
QUICK = {
    ("af_xdp", "small pages", "RX and TX"),
    ("af_xdp", "huge pages", "RX and TX"),
    ("memif", "small pages", "main lcore alone"),
    ("virtio", "small pages", "RX and TX"),
}

_serial = itertools.count()


def cases(devices):
    return [pytest.param(device, memory, layout, id=f"{device}-{memory}-{layout}",
                         marks=[] if (device, memory, layout) in QUICK else [pytest.mark.slow])
            for device in devices for memory in MEMORY for layout in LAYOUTS]


@pytest.fixture(name="memory_arguments")
def fixture_memory_arguments(memory):
    """Memory arguments of EAL; hugepages exist for the time of the test."""
    if memory != "huge pages":
        yield MEMORY[memory]
        return
    with reserved_hugepages(MEMORY_MB):
        yield MEMORY[memory]


def configuration(**keys):
    return {
        "igmp": False, "mld": False,
        "ports": [{"address": f"{HUB_ADDRESS}/24"}],
        "members": [{"name": "alpha", "address": ALPHA}, {"name": "beta", "address": BETA}],
        "groups": [{"group": GROUP, "members": ["*"]}],
        "limits": {"members": 16, "groups": 16, "mbufs": BUFFERS},
        "idle": "sleep",
    } | keys


def data_packet():
    return IP(src=ALPHA, dst=GROUP) / UDP(sport=4000, dport=5000, chksum=0) / PAYLOAD


def arp_request(sender_mac):
    return raw(Ether(src=sender_mac, dst="ff:ff:ff:ff:ff:ff", type=0x0806)
               / ARP(op=1, hwsrc=sender_mac, psrc=ALPHA, pdst=HUB_ADDRESS))


def sending(sender, *frames):
    """Send repeatedly in the background."""
    sender.settimeout(ARRIVAL_S)

    def send():
        for frame in frames:
            sender.send(frame)

    return repeating(send)


class Veths(Wired):
    """alpha and beta at their wires."""

    def __init__(self, cloud):
        self.nodes = {name: cloud.add_l2_member(name, address)
                      for name, address in (("alpha", ALPHA), ("beta", BETA))}
        super().__init__({name: Wire(node) for name, node in self.nodes.items()})

    def data_frame(self, hub_mac):
        return raw(Ether(src=self.nodes["alpha"].mac, dst=hub_mac, type=0x0800) / data_packet())

    def ask_for_the_hub(self, hub):
        """Send a window of ARP requests; each is answered or counted as over a link's rate."""
        request, limited = arp_request(self.nodes["alpha"].mac), hub.drops()["rate_limited"]
        self.answered = 0
        self.wires["alpha"].socket.settimeout(ARRIVAL_S)
        for _ in range(WINDOW):
            self.wires["alpha"].socket.send(request)

        def is_done():
            self.answered += sum(1 for _ in self.new_answers())
            return self.answered + hub.drops()["rate_limited"] - limited >= WINDOW

        await_condition(is_done, "an answer", ARRIVAL_S)

    def new_answers(self):
        """Answers since the last call."""
        mac = bytes.fromhex(self.nodes["alpha"].mac.replace(":", ""))
        return (frame for frame in self.wires["alpha"].pending_arp() if frame[:6] == mac and frame[20:22] == b"\0\2")

    def send_data(self, hub_mac, first):
        """alpha sends a window of numbered packets; beta gets each copy in order."""
        packet = self.data_frame(hub_mac)[:-4]
        self.wires["alpha"].socket.settimeout(ARRIVAL_S)
        for number in range(first, first + WINDOW):
            self.wires["alpha"].socket.send(packet + struct.pack("!I", number))
        arrived = first
        for frame in self.wires["beta"].frames(ARRIVAL_S):
            assert frame[14:-4] == packet[14:] and struct.unpack("!I", frame[-4:]) == (arrived,), frame.hex()
            arrived += 1
            if arrived == first + WINDOW:
                break
        return arrived - first


@pytest.fixture(scope="module", name="veths")
def fixture_veths(cloud):
    hub = cloud.hub_node
    hub.ip("link", "add", "eth1", "type", "veth", "peer", "name", "far")
    for interface in ("eth1", "far"):
        hub.connect(interface, None, None)
    return Veths(cloud)


def configuration_of(devices):
    """Add a second device with a member behind it whose MAC nobody has."""
    config = configuration()
    if len(devices) > 1:
        names = [device.split(",")[0] for device in devices]
        config["ports"] = [config["ports"][0] | {"device": names[0]}, {"device": names[1], "address": "10.7.0.10/24"}]
        config["members"].append({"name": "behind", "address": "10.7.0.11", "mac": "02:00:00:00:07:0b"})
    return config


@pytest.mark.parametrize("device, memory, layout", cases(ON_VETH))
def test_every_buffer_goes_round_on_an_interface_of_the_kernel(cloud, veths, device, memory_arguments, layout):
    """4,096 RX buffers serve 24,000 ARP requests, then 24,000 packets to the group. Each request is answered or counted
    as over the rate; beta gets every packet once and in order; the ring returns all frames, which are not for the hub;
    the sums balance and every buffer was returned."""
    devices = ON_VETH[device]
    with cloud.start_hub(configuration_of(devices), lcores=LAYOUTS[layout], devices=devices,
                         memory=memory_arguments) as hub:
        hub.await_resolved()
        hub_mac = hub.telemetry.ask("/mcdpdk/ports")["r0"]["mac"]
        veths.discard()
        for _ in range(0, PACKETS, WINDOW):
            veths.ask_for_the_hub(hub)
        for first in range(0, PACKETS, WINDOW):
            arrived = veths.send_data(hub_mac, first)
            assert arrived == WINDOW, f"deaf after {first + arrived} packets: {hub.stats()}, {hub.drops()}"
        check_sums(hub, first + WINDOW, devices)
        hub.stop()


def check_sums(hub, packets, devices):
    stats, drops = hub.settled()
    assert stats["data_packets"] == packets
    assert stats["copies"] == stats["tx_data_packets"] == packets * len(devices)
    if len(devices) > 1:
        second = hub.telemetry.ask("/mcdpdk/ports")["r1"]
        assert second["tx_packets"] >= packets
    if RING in devices:
        assert second["rx_packets"] == second["tx_packets"]
        assert drops["not_for_us"] >= packets


@contextmanager
def peers(cloud, config, kind, **options):
    """The hub and a tester at the other end of its device; the listening one starts first."""
    path = cloud.folder / f"wire-{next(_serial)}.sock"
    here, there = (device.format(path=path) for device in SHARED[kind])
    process = None
    if kind == "virtio":
        process = start_tester(cloud.hub_node, there)
        await_condition(path.exists, path)
    try:
        with cloud.start_hub(config, devices=[here], **options) as hub:
            peer = MemifTester(hub, path, there, process)
            process = peer.process
            yield hub, peer
    finally:
        if process:
            stop_process(process)


@pytest.mark.parametrize("device, memory, layout", cases(SHARED))
def test_every_buffer_goes_round_on_a_device_of_another_process(cloud, device, memory_arguments, layout):
    """The same from a tester behind a memif or vhost-user socket; both members receive the packets of a third."""
    members = [{"name": name, "address": f"10.0.0.{20 + i}", "mac": receiver_mac(i)}
               for i, name in enumerate(("beta", "gamma"))]
    members.append({"name": "alpha", "address": ALPHA, "mac": "02:00:00:00:00:0b", "role": "sender"})
    with peers(cloud, configuration(members=members), device, lcores=LAYOUTS[layout],
               memory=memory_arguments) as (hub, peer):
        asked = peer.ask("ask", PACKETS, ASKED_AT_ONCE, ASKED_PER_S, arp_request("02:00:00:00:00:0b").hex())
        assert asked["sent"] == PACKETS, f"{asked}: {hub.stats()}, {hub.drops()}"
        frame = raw(Ether(src="02:00:00:00:00:0b", dst=HUB_MAC, type=0x0800) / data_packet())
        peer.prepare(frame, 14, 14, receivers=2)
        peer.ask("groups", GROUP, 1)
        result = peer.ask("trial", PACKETS, 2 * WINDOW, 0)
        assert result["copies"] == 2 * PACKETS and result["lost"] == result["misordered"] == 0, result
        stats, drops = hub.settled()
        assert stats["control_packets"] + drops["rate_limited"] == PACKETS
        assert asked["answers"] >= stats["control_packets"]
        assert stats["data_packets"] == PACKETS
        assert stats["copies"] == stats["tx_data_packets"] == 2 * PACKETS
        hub.stop()


def quick_on_af_xdp():
    return pytest.mark.parametrize("device", [
        pytest.param(device, marks=[] if device == "af_xdp" else [pytest.mark.slow]) for device in ON_VETH])


@quick_on_af_xdp()
def test_a_buffer_that_is_lost_is_noticed(cloud, veths, device):
    """The test takes a packet buffer from the running hub, which reports at its end that one was not returned."""
    devices = ON_VETH[device]
    with cloud.start_hub(configuration_of(devices), devices=devices, memory=MEMORY["small pages"],
                         arguments=["-d", str(LEAK)]) as hub:
        hub.await_resolved()
        veths.ask_for_the_hub(hub)
        assert hub.telemetry.ask("/leak,mcdpdk_rx_0") == "taken"
        veths.ask_for_the_hub(hub)
        with pytest.raises(AssertionError, match=r"^\['1'\] buffers lost"):
            hub.stop()
        hub.ended_well = True


@quick_on_af_xdp()
def test_it_ends_with_packets_under_way(cloud, veths, device):
    """Data and requests for the hub come without a pause: status 0, every RX and TX buffer returned."""
    devices = ON_VETH[device]
    with cloud.start_hub(configuration_of(devices), lcores=RX_AND_TX, devices=devices,
                         memory=MEMORY["small pages"]) as hub:
        hub.await_resolved()
        hub_mac = hub.telemetry.ask("/mcdpdk/ports")["r0"]["mac"]
        packet, request = veths.data_frame(hub_mac), arp_request(veths.nodes["alpha"].mac)
        with sending(veths.wires["alpha"].socket, packet, request):
            await_condition(lambda: hub.stats()["data_packets"] > 1000, "1,000 packets")
            hub.stop()
    veths.discard()


def test_unsent_frames_of_a_dead_link_are_not_lost_buffers(cloud, veths):
    """The hub asks for an absent member while its interface is down, and still ends with status 0."""
    interface = "dev", "eth0"
    absent = configuration(members=[{"name": "absent", "address": "10.0.0.99"}])
    with cloud.start_hub(absent, driver="af_xdp", memory=MEMORY["small pages"]) as hub:
        try:
            cloud.hub_node.ip("link", "set", *interface, "down")
            before = hub.stats()["tx_control_packets"]
            await_condition(lambda: hub.stats()["tx_control_packets"] > before, "a request")
            hub.stop()
        finally:
            cloud.hub_node.ip("link", "set", *interface, "up")
        assert re.search(r"port net_af_xdp0: no link, \d+ packet buffers stay in what was not sent", hub.log())


THREE = {
    "ports": [{"device": f"net_af_xdp{i}", "address": f"10.{i}.0.10/24"} for i in range(3)],
    "limits": {"mbufs": 1024},
}


@pytest.mark.parametrize("memory_mb, keys, words", [
    (20, {}, "no memory in one piece for 6144 packet buffers of 4096 bytes on node 0, 25 MiB: Cannot allocate memory "
             "(EAL's -m or --socket-mem gives more, limits.mbufs and ports[].mtu take less)"),
    (MEMORY_MB, {"ports": [{"address": f"{HUB_ADDRESS}/24", "mtu": 4000}]},
     "ports[].mtu: a packet of 4000 bytes with what DPDK keeps with it is longer than a page"),
    (MEMORY_MB, THREE, "limits.mbufs: 1024 are too few: net_af_xdp takes 6144 for its rings"),
], ids=["memory", "mtu", "mbufs"])
def test_a_pool_that_cannot_be_shared_is_refused(cloud, veths, memory_mb, keys, words):
    """The hub does not start, and its first error names the remedy."""
    assert veths
    with pytest.raises(RuntimeError, match="mcdpdk left with 1") as refused:
        cloud.start_hub(configuration(**keys), memory=["--no-huge", "-m", str(memory_mb)],
                        devices=[f"net_af_xdp{i},iface={name}" for i, name in enumerate(["eth0", "eth1", "far"])])
    errors = [line for line in str(refused.value).splitlines() if "mcdpdk: error: " in line]
    assert words in errors[0], errors

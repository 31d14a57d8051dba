# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Links that come and go, and devices that need a reset or are removed, while the hub runs.

alpha 10.0.0.11 --+
beta  10.0.0.12 --+-- switch A -- hub 10.0.0.10
"""

import itertools
import subprocess
import time
from contextlib import contextmanager

import pytest
from scapy.layers.inet import IP
from scapy.layers.l2 import ARP, Ether
from scapy.utils import rdpcap

from TestSuite_capture import MEMORY_MB, shared_hugepages
from event_raiser import RaisingHub
from hub import DRIVERS, MAIN_ALONE, ONE_WORKER, RX_AND_TWO_TX, RX_AND_TX, crowding
from topo import HUB_ADDRESS
from traffic import Wire, open_receiver, open_sender, receive
from waiting import await_condition

GROUP, PORT = "239.1.1.1", 5000
NAMES = {"alpha": "10.0.0.11", "beta": "10.0.0.12"}
OTHER_MAC = "02:00:00:00:00:99"
LAYOUTS = {"main lcore alone": MAIN_ALONE, "one worker": ONE_WORKER, "RX and TX": RX_AND_TX,
           "RX and two TX": RX_AND_TWO_TX}

_serial = itertools.count()


@pytest.fixture(scope="module", name="nodes", autouse=True)
def fixture_nodes(cloud):
    return {name: cloud.add_l2_member(name, address) for name, address in NAMES.items()}


@pytest.fixture(autouse=True)
def fixture_no_neighbours(nodes):
    """Clear the members' neighbour tables between tests."""
    for node in nodes.values():
        node.ip("neigh", "flush", "all")


def config(nodes=None, **keys):
    """With fixed MACs the hub never asks by ARP."""
    members = [{"name": name, "address": address} | ({"mac": nodes[name].mac} if nodes else {})
               for name, address in NAMES.items()]
    return {
        "ports": [{"address": f"{HUB_ADDRESS}/24"}],
        "members": members,
        "groups": [{"group": GROUP, "members": ["*"]}],
        "igmp": False, "mld": False,
        "idle": "sleep",
    } | keys


@contextmanager
def running(cloud, configuration, devices=(DRIVERS["af_packet"],), lcores=ONE_WORKER):
    """Require a clean end within two seconds with every buffer returned."""
    prefix = f"{cloud.name}-event-{next(_serial)}"
    with RaisingHub(cloud.hub_node, configuration, cloud.folder, prefix, devices, lcores) as hub:
        hub.start()
        yield hub
        hub.stop()


def set_link(cloud, state):
    cloud.switch.ip("link", "set", "hub", state)


def neighbour(node):
    """The hub's MAC in a member's kernel."""
    return node.ip("neigh", "show", HUB_ADDRESS, "dev", "eth0").split("lladdr ")[1].split()[0]


def mislead(node):
    node.ip("neigh", "replace", HUB_ADDRESS, "lladdr", OTHER_MAC, "dev", "eth0", "nud", "reachable")


def announced(wire, count, deadline_s=60.0):
    """The hub's probes and announcements as pairs of kind and time."""
    seen = []
    for frame in wire.arp_frames(deadline_s):
        arp = Ether(frame)[ARP]
        if arp.op == 1 and arp.pdst == HUB_ADDRESS and arp.psrc in ("0.0.0.0", HUB_ADDRESS):
            seen.append(("probe" if arp.psrc == "0.0.0.0" else "announcement", time.monotonic()))
        if [kind for kind, _ in seen].count("announcement") == count:
            break
    return seen


def send_from_to(sender, receiver, dev="eth0", count=20):
    arriving, socket = open_receiver(receiver, GROUP, PORT, dev), open_sender(sender)
    payloads = [f"{sender.name} {number}".encode() for number in range(count)]
    for payload in payloads:
        socket.sendto(payload, (GROUP, PORT))
    assert receive(arriving, count) == payloads
    arriving.close()
    socket.close()


def check_delivery(nodes):
    send_from_to(nodes["alpha"], nodes["beta"])
    send_from_to(nodes["beta"], nodes["alpha"])


def test_the_address_is_announced_at_the_start_and_when_the_link_comes_up(cloud, nodes):
    """With fixed MACs the hub never asks for alpha, whose kernel has a wrong MAC for it. Three probes a second apart
    and two announcements two seconds apart (RFC 5227) correct that at the start; one more probe and the announcements
    after the link was down. While it is down there are none."""
    alpha = nodes["alpha"]
    with running(cloud, config(nodes)) as hub:
        mislead(alpha)
        wire = Wire(alpha)
        seen = announced(wire, 2)
        assert [kind for kind, _ in seen][-4:] == ["probe", "probe", "announcement", "announcement"]
        assert seen[-1][1] - seen[-2][1] == pytest.approx(2, abs=0.5 * crowding())
        assert neighbour(alpha) == cloud.hub_node.mac
        check_delivery(nodes)

        set_link(cloud, "down")
        hub.await_port(link=0)
        mislead(alpha)
        assert not announced(wire, 1, deadline_s=1.5)
        set_link(cloud, "up")
        assert [kind for kind, _ in announced(wire, 1)] == ["probe", "announcement"]
        assert neighbour(alpha) == cloud.hub_node.mac
        wire.close()
        check_delivery(nodes)


def test_each_change_of_a_link_is_counted_and_few_are_logged(cloud, nodes):
    """The link goes down and up twice, then six times more. Each change is seen within a second; the first have a line
    each, the others a few. Meanwhile ARP probes are at least a second apart."""
    with running(cloud, config(nodes)) as hub:
        hub.await_port(link=1)
        assert hub.port()["link_changes"] == 0
        wire, first = Wire(nodes["beta"]), time.monotonic()
        for number in range(1, 17):
            began = time.monotonic()
            set_link(cloud, "up" if number % 2 == 0 else "down")
            hub.await_port(link=(number + 1) % 2, link_changes=number)
            assert time.monotonic() - began < crowding()
            if number == 4:
                logged = [line.partition("link_down: ")[2] for line in hub.log_lines("link_down: ")]
                name = hub.port()["name"]
                assert logged == [f"port {name}: the link is down", f"over: port {name}: the link is up"] * 2
        assert len(hub.log_lines("link_down: ")) <= 6
        assert len(announced(wire, 1)) <= 2 + time.monotonic() - first
        wire.close()


@pytest.mark.slow
def test_the_link_follows_a_memif_peer(cloud):
    """It goes up, down and up as a peer attaches, leaves and attaches again."""
    memif = f"net_memif0,socket-abstract=no,socket={cloud.folder}/memif,role="
    with running(cloud, config(), [f"{memif}server"]) as hub:
        hub.await_port(link=0, link_changes=0)
        for number in range(2):
            with running(cloud, config(), [f"{memif}client"]) as peer:
                peer.await_port(link=1)
                hub.await_port(link=1, link_changes=2 * number + 1)
            hub.await_port(link=0, link_changes=2 * number + 2)


def test_outages_that_only_the_driver_sees_are_counted(cloud, nodes):
    """The driver reports six quick link changes that end in the original state: one line of the log counts six. A
    report without a change counts none."""
    with running(cloud, config(nodes)) as hub:
        name = hub.port()["name"]
        hub.await_port(link=1)
        hub.fifo.write_text(f"link {name}\n" * 6)
        await_condition(lambda: hub.port()["link_changes"] >= 4, f"changes in {hub.port()}")
        await_condition(lambda: hub.log_lines("the link changed "), f"a line in {hub.log()}")
        before = hub.port()["link_changes"]
        hub.say(f"link {name}")
        set_link(cloud, "down")
        hub.await_port(link=0)
        set_link(cloud, "up")
        hub.await_port(link=1, link_changes=before + 2)


@pytest.mark.parametrize("lcores", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_port_that_has_to_be_reset_serves_its_members_again(cloud, nodes, lcores):
    """The driver asks for fifty resets, one after the other, while alpha sends. Afterwards members receive in both
    directions; every reset is counted, few are logged, and the hub ends with all its buffers."""
    with running(cloud, config(), lcores=lcores) as hub:
        hub.await_resolved()
        check_delivery(nodes)
        storm(hub, nodes, 50)
        check_delivery(nodes)
        assert 1 <= len(hub.log_lines("asks for a reset")) <= 5
        hub.settled()


@pytest.mark.slow
@pytest.mark.parametrize(("device", "lcores"), [
    *(("af_packet", lcores) for lcores in LAYOUTS.values()),
    *(("pcap", lcores) for lcores in (MAIN_ALONE, ONE_WORKER, RX_AND_TX)),
])
def test_hundreds_of_resets_lose_nothing(cloud, nodes, device, lcores):
    """The same two hundred times; pcap closes its device and opens it again each time."""
    with running(cloud, config(), [DRIVERS[device]], lcores) as hub:
        hub.await_resolved()
        storm(hub, nodes, 200)
        check_delivery(nodes)
        hub.settled()


def storm(hub, nodes, resets):
    socket = open_sender(nodes["alpha"])
    for _ in range(resets):
        for number in range(20):
            socket.sendto(bytes(64 + number), (GROUP, PORT))
        hub.reset()
    socket.close()


@pytest.mark.slow
def test_dumpcap_goes_on_after_a_reset(cloud, nodes, tmp_path):
    """After five resets the capture holds a ping of the group and its copy."""
    pages, capture = tmp_path / "huge", tmp_path / "hub.pcap"
    pages.mkdir()
    prefix = f"{cloud.name}-event-{next(_serial)}"
    with shared_hugepages(pages), RaisingHub(cloud.hub_node, config(nodes), cloud.folder, prefix,
                                             [DRIVERS["af_packet"]]) as hub:
        start = hub.command.index("-m") - 1
        hub.command[start:start + 3] = ["--huge-dir", str(pages), "-m", str(MEMORY_MB)]
        hub.loads_all_drivers = True    # as dpdk-dumpcap does
        hub.start()
        dumpcap = subprocess.Popen(["dpdk-dumpcap", f"--file-prefix={prefix}", "-i", "net_af_packet0", "-c", "10",
                                    "-w", str(capture)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            await_condition(lambda: capture.exists() or dumpcap.poll() is not None, "dumpcap")
            hub.reset(times=5)
            await_condition(lambda: nodes["alpha"].attempt("ping", "-c", "1", "-W", "0.1", "-t", "3", GROUP)
                            and dumpcap.poll() is not None, "the end of dumpcap")
        finally:
            dumpcap.kill()
            output = dumpcap.communicate()[0]
        assert dumpcap.returncode == 0, output
        pings = [packet for packet in rdpcap(str(capture)) if IP in packet and packet[IP].dst == GROUP]
        assert {cloud.hub_node.mac, nodes["beta"].mac} <= {packet.dst for packet in pings}
        hub.stop()


def test_it_ends_in_time_with_a_reset_under_way(cloud, nodes):
    """A request to end follows right after one for a reset; `running` requires the clean end."""
    for lcores in LAYOUTS.values():
        with running(cloud, config(nodes), lcores=lcores) as hub:
            hub.say(f"reset {hub.port()['name']}")


def test_a_changed_mac_is_announced_after_a_reset(cloud, nodes):
    """The host gives the device another MAC, in force after the reset. It is logged; alpha learns it at once although
    the hub never asks for alpha; copies leave with it, frames to it are accepted, and the hub answers for it."""
    alpha, beta = nodes.values()
    hub_node = cloud.hub_node
    with running(cloud, config(nodes)) as hub:
        for node in (alpha, beta):
            node.run("ping", "-c", "1", "-w", "15", HUB_ADDRESS)
        assert neighbour(alpha) == neighbour(beta) == hub_node.mac
        wire = Wire(alpha)
        announced(wire, 1)
        hub.say(f"mac {hub.port()['name']} {OTHER_MAC}")
        hub.reset()
        assert hub.port()["mac"] == OTHER_MAC
        assert hub.log_lines(f"its MAC is {OTHER_MAC} now, it was {hub_node.mac}")
        announced(wire, 1, deadline_s=2 * crowding())
        assert neighbour(alpha) == neighbour(beta) == OTHER_MAC
        wire.close()
        check_delivery(nodes)
        beta.ip("neigh", "flush", "all")
        assert " 0% packet loss" in beta.run("ping", "-c", "2", "-i", "0.2", HUB_ADDRESS)
    hub_node.ip("link", "set", "eth0", "address", hub_node.mac)


@pytest.fixture(name="second")
def fixture_second(cloud):
    """gamma at the hub's second interface, eth1."""
    gamma = cloud.add_instance("gamma", "10.0.0.13")
    gamma.ip("link", "set", "eth0", "down")
    gamma.ip("link", "add", "eth1", "type", "veth", "peer", "name", "eth1", "netns", cloud.hub_node.namespace)
    gamma.connect("eth1", "10.9.0.13")
    cloud.hub_node.ip("link", "set", "eth1", "up")
    return gamma


def test_a_reset_that_fails_is_tried_again_and_hurts_no_other_port(cloud, nodes, second):
    """The second port's interface was renamed, so its device cannot be reopened: one line, the reason port_reset, and
    copies to it count as copy_tx_full. The other port works; the second does, too, once it has its name back. The
    second time, the hub ends during the reset."""
    two = config(nodes)
    two["ports"].append({"address": "10.9.0.10/24"})
    two["members"].append({"name": "gamma", "address": "10.9.0.13"})
    devices = [DRIVERS["af_packet"], "net_pcap1,iface=eth1,phy_mac=1"]
    hub_node = cloud.hub_node
    with running(cloud, two, devices) as hub:
        hub.await_resolved("gamma")
        hub_node.ip("link", "set", "eth1", "down")
        hub_node.ip("link", "set", "eth1", "name", "elsewhere")
        hub.say("reset net_pcap1")
        await_condition(lambda: hub.log_lines("cannot be reset"), hub.log())
        check_delivery(nodes)
        second.attempt("ping", "-c", "3", "-i", "0.2", "-W", "1", "10.9.0.10")
        health = hub.telemetry.ask("/mcdpdk/health")
        assert "port_reset" in str(health)
        assert hub.port(1)["resets"] == 0 and hub.port(1)["link"] == 0
        assert hub.drops()["copy_tx_full"] == 40
        hub_node.ip("link", "set", "elsewhere", "name", "eth1")
        hub_node.ip("link", "set", "eth1", "up")
        hub.await_port(1, resets=1)
        assert len(hub.log_lines("cannot be reset")) == 1
        await_condition(lambda: "port_reset" not in str(hub.telemetry.ask("/mcdpdk/health")), "the end of the reason")
        second.run("ping", "-c", "1", "-w", "15", "10.9.0.10")
        send_from_to(nodes["alpha"], second, "eth1")
        hub_node.ip("link", "set", "eth1", "down")
        hub_node.ip("link", "set", "eth1", "name", "elsewhere")
        hub.say("reset net_pcap1")
        await_condition(lambda: hub.port(1)["link"] == 0, hub.log())
    hub_node.ip("link", "delete", "elsewhere")


def test_a_removed_device_is_polled_no_more(cloud, nodes):
    """The driver reports it removed: the reason device_gone and one line. The hub still ends cleanly."""
    with running(cloud, config(nodes)) as hub:
        hub.say(f"removed {hub.port()['name']}")
        await_condition(lambda: "device_gone" in str(hub.telemetry.ask("/mcdpdk/health")), "device_gone")
        await_condition(lambda: hub.log_lines("device_gone: "), hub.log())
        before = hub.stats()["rx_packets"]
        socket = open_sender(nodes["alpha"])
        for _ in range(20):
            socket.sendto(b"nobody", (GROUP, PORT))
        socket.close()
        await_condition(lambda: hub.port()["link"] == 0, hub.port())
        assert hub.stats()["rx_packets"] == before
        assert len(hub.log_lines("device_gone: ")) == 1


@pytest.mark.parametrize("lcores", [MAIN_ALONE, RX_AND_TX], ids=["main lcore alone", "RX and TX"])
def test_timers_of_drivers_run(cloud, nodes, lcores, tmp_path):
    """A timer of 10 ms that a driver starts on the main lcore, as ena does, runs repeatedly."""
    ticks = tmp_path / "ticks"
    with running(cloud, config(nodes), lcores=lcores) as hub:
        hub.say(f"timer {ticks}")
        await_condition(lambda: ticks.exists() and len(ticks.read_bytes()) >= 20, "20 ticks")

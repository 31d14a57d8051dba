# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The hub on each kind of NIC that QEMU has; members see no difference.

alpha 10.0.0.31 --+
beta  10.0.0.32 --+-- switch A -- hub 10.0.0.10 in a guest
"""

import contextlib

import pytest

from hub import MAIN_ALONE, ONE_WORKER
from topo import GATEWAY, HUB_ADDRESS
from traffic import open_receiver, open_sender, receive
from vm import GuestError
from vm.hub_guest import HubGuest
from vm.region import HUB_NICS, IOMMU_MACHINE, MANY_PAIRS, VFIO_MODULES, boot_guest

pytest_plugins = ["vm.fixtures"]

GROUP = "239.1.1.1"
PORT = 5000
# From an empty datagram in a padded frame, past the copy strategies' thresholds, to a full frame.
PAYLOADS = [bytes([size % 251]) * size for size in (0, 1, 17, 18, 19, 64, 100, 128, 200, 256, 512, 1024, 1471, 1472)]

WINDOW = 32

CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "alpha", "address": "10.0.0.31"}, {"name": "beta", "address": "10.0.0.32"}],
    "groups": [{"group": GROUP, "members": ["*"]}],
    "idle": "sleep",
}


@pytest.fixture(scope="module", name="members")
def fixture_members(region):
    return [region.cloud.add_l2_member(name, address)
            for name, address in (("alpha", "10.0.0.31"), ("beta", "10.0.0.32"))]


def check_delivery(hub, members):
    """alpha sends every size; beta gets them in order, alpha none; sums balance without drops."""
    alpha, beta = members
    for member in members:
        member.ip("neigh", "flush", "all")  # another NIC has had the hub's address before
    hub.await_resolved("alpha", "beta")
    # A guest may answer ARP later than a kernel keeps the waiting packets.
    for member in members:
        member.run("ping", "-c", "1", "-w", "60", HUB_ADDRESS)
    for sender, receiver in ((alpha, beta), (beta, alpha)):
        arriving, echo = (open_receiver(member, GROUP, PORT, "eth0") for member in (receiver, sender))
        socket = open_sender(sender)
        for payload in PAYLOADS:
            socket.sendto(payload, (GROUP, PORT))
        assert receive(arriving, len(PAYLOADS)) == PAYLOADS
        echo.setblocking(False)
        with pytest.raises(BlockingIOError):
            echo.recv(2048)
        arriving.close()
        echo.close()
    assert " 0% packet loss" in beta.run("ping", "-c", "3", HUB_ADDRESS)
    stats, = hub.ask("/mcdpdk/stats")
    assert stats["copies"] == stats["tx_data_packets"] == 2 * len(PAYLOADS)
    assert set(hub.drops()) <= {"not_for_us"}


@pytest.mark.parametrize(("model", "lcores"), [
    ("virtio-net-pci", "0@0,1@0,2@0"),
    # TestSuite_guest_multi_unicast.py has it, too.
    pytest.param("e1000", "0@0,1@0", marks=pytest.mark.slow),
    pytest.param("vmxnet3", "0@0,1@0", marks=pytest.mark.slow),
])
def test_the_hub_serves_a_nic_bound_to_uio_pci_generic(region, members, model, lcores):
    """Datagrams of every size arrive once and in order; the hub answers pings and ends cleanly."""
    with region.hub.running(CONFIG, HUB_NICS[model], lcores) as hub:
        check_delivery(hub, members)


FLOWS = 128
ON_ONE_CPU = {"main alone": "0@0", "one worker": "0@0,1@0", "RX and TX": "0@0,1@0,2@0",
              "RX and two TX": "0@0,1@0,2@0,3@0", "two RX and four TX": ",".join(f"{lcore}@0" for lcore in range(7))}


def send_flows(sender):
    """Send a datagram from each of FLOWS sockets: the host spreads them over the NIC's queues by port."""
    payloads = [b"flow %d" % number for number in range(FLOWS)]
    for payload in payloads:
        socket = open_sender(sender)
        socket.sendto(payload, (GROUP, PORT))
        socket.close()
    return payloads


def check_flows(hub, members):
    """alpha sends many flows; beta gets all; the sums balance."""
    alpha, beta = members
    for member in members:
        member.ip("neigh", "flush", "all")
    hub.await_resolved("alpha", "beta")
    alpha.run("ping", "-c", "1", "-w", "60", HUB_ADDRESS)
    arriving = open_receiver(beta, GROUP, PORT, "eth0")
    payloads = send_flows(alpha)
    assert sorted(receive(arriving, FLOWS)) == sorted(payloads)
    arriving.close()
    stats, = hub.ask("/mcdpdk/stats")
    assert stats["data_packets"] == stats["copies"] == stats["tx_data_packets"] == FLOWS
    assert set(hub.drops()) <= {"not_for_us"}


@pytest.mark.parametrize(("pairs", "layout"), [
    pytest.param(pairs, layout, marks=[] if (pairs, layout) == (4, "RX and two TX") else [pytest.mark.slow])
    for pairs in MANY_PAIRS for layout in ON_ONE_CPU
])
def test_every_queue_pair_of_a_virtio_nic_is_served(region, members, pairs, layout):
    """The host spreads 128 flows over 2 or 4 queue pairs; every copy arrives with each division of lcores."""
    with region.hub.running(CONFIG, MANY_PAIRS[pairs], ON_ONE_CPU[layout]) as hub:
        check_flows(hub, members)


@pytest.mark.slow
@pytest.mark.parametrize(("rx", "tx"), [([1, 2], [3]), ([1, 2, 3], [1, 2, 3])], ids=["2 RX", "3 RX"])
def test_vmxnet3_serves_several_rx_lcores(region, members, rx, tx):
    """Its number of RX queues is a power of two; every copy arrives with two and with three RX lcores."""
    config = CONFIG | {"lcores": {"rx": rx, "tx": tx}}
    with region.hub.running(config, HUB_NICS["vmxnet3"], ON_ONE_CPU["RX and two TX"]) as hub:
        check_flows(hub, members)


JOINS, PINGS = 32, 3
# The kernel's end of the hub's tap sends nothing but what the test makes it send.
QUIET_TAP = """set -e
modprobe tun
sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv4.conf.default.force_igmp_version=2 \
	net.ipv4.igmp_max_memberships=40
"""
JOIN = f"""set -e
ip addr add 10.9.0.31/24 dev dtap0
for n in $(seq {JOINS}); do ip addr add 239.9.0.$n/32 dev dtap0 autojoin; done
/usr/bin/ping -c {PINGS} -w 60 10.9.0.10
"""


def frames_by_queue(hub):
    xstats, = hub.ask("/ethdev/xstats,0")
    return [xstats[f"rx_q{queue}_packets"] for queue in range(3)]


def test_arp_and_igmp_have_an_rx_queue_of_their_own(region):
    """net_tap steers by the kernel's traffic control, as NICs do that have flow rules. The kernel joins 32 groups, whose
    reports it alone would spread over the three queues, and pings: only echo requests come by another queue. Before an
    answer has taught the kernel where the flow belongs, it may choose any queue: for the first request alone."""
    config = CONFIG | {"ports": [{"address": "10.9.0.10/24"}],
                       "members": [{"name": "alpha", "address": "10.9.0.31"}]}
    region.hub.guest.run(QUIET_TAP)
    with region.hub.running_with(config, "--no-pci --vdev net_tap0,iface=dtap0", "0@0,1@0,2@0,3@0") as hub:
        ports, = hub.ask("/mcdpdk/ports")
        assert ports["r0"]["punt_queue"] == 1 and ports["r0"]["rx_queues"] == 3
        before = frames_by_queue(hub)
        assert f" {PINGS} received" in hub.guest.run(JOIN).output
        first, second, own = (now - then for now, then in zip(frames_by_queue(hub), before))
        assert own >= JOINS and PINGS - 1 <= first + second <= PINGS


@pytest.mark.slow
def test_af_xdp_reads_the_pairs_that_virtio_net_adds_for_xdp(region, members):
    """A kernel virtio NIC uses one of four queue pairs. The kernel adds pairs for XDP, so the hub does not start at
    first; after the error's command and argument every copy of many flows arrives."""
    region.hub.bind(MANY_PAIRS[4], "virtio-pci")
    guest = region.hub.guest
    name = guest.run(f"modprobe virtio_net; ls /sys/bus/pci/devices/{MANY_PAIRS[4]}/virtio*/net").output.strip()
    guest.run(f"ip link set {name} up; ethtool -L {name} combined 1 || [ $? = 80 ]")
    device = f"--no-pci --vdev net_af_xdp0,iface={name}"
    remedy = f"ethtool -L {name} combined 4", "queue_count=4"
    with pytest.raises(GuestError, match=f"when it has an XDP program.*{remedy[0]}, and {remedy[1]} in --vdev"):
        with region.hub.running_with(CONFIG, device):
            pass
    guest.run(remedy[0])
    with region.hub.running_with(CONFIG, f"{device},{remedy[1]}", ON_ONE_CPU["RX and two TX"]) as hub:
        check_flows(hub, members)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "lcores", "buffers"), [
    ("virtio-net-pci", MAIN_ALONE, 2048),
    ("virtio-net-pci", ONE_WORKER, 2048),
    ("virtio-net-pci", "0@0,1@0,2@0", 2048),
    # Its driver frees sent mbufs when its 1,024 descriptors run out.
    ("e1000", ONE_WORKER, 3072),
    # Its driver receives into two rings.
    ("vmxnet3", ONE_WORKER, 4096),
])
def test_every_buffer_goes_round(region, members, model, lcores, buffers):
    """The hub gets three times as many requests as it has RX buffers, one by one, then as many packets to the group.
    Each request is answered, each packet arrives once and in order, and every buffer is returned
    (TestSuite_soak_drivers.py)."""
    alpha, beta = members
    packets, limits = 3 * buffers, {"members": 16, "groups": 16, "mbufs": buffers}
    with region.hub.running(CONFIG | {"limits": limits}, HUB_NICS[model], lcores) as hub:
        for member in members:
            member.ip("neigh", "flush", "all")
        hub.await_resolved("alpha", "beta")
        asked = beta.run("ping", "-q", "-f", "-c", packets, "-w", "300", HUB_ADDRESS, timeout=310)
        assert f"{packets} packets transmitted, {packets} received" in asked, asked
        alpha.run("ping", "-c", "1", "-w", "60", HUB_ADDRESS)
        arriving, sender = open_receiver(beta, GROUP, PORT, "eth0"), open_sender(alpha)
        for first in range(0, packets, WINDOW):
            window = [b"%d" % number for number in range(first, first + WINDOW)]
            for payload in window:
                sender.sendto(payload, (GROUP, PORT))
            assert receive(arriving, WINDOW) == window
        arriving.close()
        stats, = hub.ask("/mcdpdk/stats")
        assert stats["data_packets"] == stats["copies"] == stats["tx_data_packets"] == packets
        assert set(hub.drops()) <= {"not_for_us"}


@pytest.mark.slow
def test_too_few_buffers_for_a_nic_cause_a_warning(region, members):
    """There are as many buffers as a driver may keep in RX and TX descriptors. A log line at the start warns."""
    with region.hub.running(CONFIG | {"limits": {"mbufs": 2048}}, HUB_NICS["e1000"]) as hub:
        hub.await_resolved("alpha", "beta")
        assert "limits.mbufs: 2048 are too few: RX queues (" in hub.log()


@pytest.mark.slow
def test_the_hub_serves_a_nic_bound_to_vfio_pci(region, members):
    """On a virtio NIC behind an emulated IOMMU, with virtual addresses as IOVA."""
    nic = ("br-a", "virtio-net-pci", ",disable-legacy=on,iommu_platform=on")
    with contextlib.ExitStack() as stack:
        guest = boot_guest(stack, region.cloud, "vfio", [nic], memory=768, machine=IOMMU_MACHINE,
                           append="hugepages=96 intel_iommu=on iommu=pt")
        guest.run(VFIO_MODULES)
        with HubGuest(guest).running(CONFIG, "0000:00:10.0", driver="vfio-pci", iova="va") as hub:
            check_delivery(hub, members)

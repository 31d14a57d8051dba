# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The Linux kernel's own AMT gateway joins, receives and leaves.

    hub, relay 10.0.0.10 --+
    sender     10.0.0.21 --+-- switch A --- router --- switch B -- tokyo2 eth0 10.5.0.6
    tokyo1 eth0 10.0.0.12 -+                                         |- masquerade
                                                                     |- g1: amt0, 172.16.1.2
                                                                     '- g2: amt0, 172.16.2.2

tokyo1 has one amt0; in tokyo2 two network namespaces behind one address have one each.

The gateway of Linux 6.1 forwards only reports of IGMPv1 and v3: TestSuite_amt.py tests v2 reports and leaves. It is one
over IPv4 alone, for groups of both families: TestSuite_amt_ipv6.py tests gateways over IPv6.
"""

import contextlib
import os

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from amt_gateway import AMT_PORT, UPDATE
from igmp_message import TO_EX, TO_IN, record, report
from traffic import Wire
from vm import amt_module
from waiting import await_condition

pytest_plugins = ["vm.fixtures"]
# Building the kernel's module is slow; TestSuite_amt.py tests the relay with gateways of its own.
pytestmark = pytest.mark.slow

GROUP, SSM_GROUP, GROUP6, PORT = "239.1.1.1", "232.1.1.1", "ff0e::1:3", 5000
SENDER, SENDER6, TOKYO1, TOKYO2 = "10.0.0.21", "fd00::21", "10.0.0.12", "10.5.0.6"
# The kernel's gateway asks again each query interval; one that reports nothing is forgotten after 6 s.
INTERVALS = {"query_interval": 2, "query_response_interval": 1}
CONFIG = {
    "ports": [{"address": "10.0.0.10/24", "gateway": "10.0.0.1"}],
    "members": [{"name": "sender", "address": SENDER}],
    "amt": {"prefixes": ["10.0.0.0/24", "10.5.0.0/16"]},
    "igmp": INTERVALS, "mld": INTERVALS,
    "idle": "sleep",
}

GATEWAY = """
ip link add amt0 type amt mode gateway local {local} discovery 10.0.0.10 dev eth0
sysctl -qw net.ipv4.conf.amt0.rp_filter=0 net.ipv4.conf.all.rp_filter=0
sysctl -qw net.ipv4.conf.amt0.force_igmp_version={version}
ip addr add 192.168.77.2/24 dev amt0
ip link set amt0 up
"""

BEHIND_NAT = """set -e
sysctl -qw net.ipv4.ip_forward=1
for n in 1 2; do
    ip netns add g$n
    ip link add to-g$n type veth peer name eth0 netns g$n
    ip addr add 172.16.$n.1/24 dev to-g$n
    ip link set to-g$n up
    ip -n g$n link set lo up
    ip -n g$n addr add 172.16.$n.2/24 dev eth0
    ip -n g$n link set eth0 up
    ip -n g$n route add default via 172.16.$n.1
done
nft 'table ip nat { chain out { type nat hook postrouting priority srcnat; oifname "eth0" masquerade random; }; }'
"""
NAT_GONE = """
nft delete table ip nat
for n in 1 2; do ip netns del g$n; done
sysctl -qw net.ipv4.ip_forward=0
"""

# Prints what it receives until it is ended. Joins one source if given.
RECEIVER = """python3 -SEu -c '
import socket, struct
group, port, source = "{group}", {port}, "{source}"
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind((group, port))
index = socket.if_nametoindex("amt0")
def address(text):
    return struct.pack("=HH4s120x", socket.AF_INET, 0, socket.inet_aton(text))
if source:
    request = struct.pack("=I4x", index) + address(group) + address(source)
    receiver.setsockopt(socket.IPPROTO_IP, 46, request)
else:
    request = struct.pack("4s4si", socket.inet_aton(group), bytes(4), index)
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
print("joined")
while True:
    data, sender = receiver.recvfrom(2000)
    print(sender[0], sender[1], data.decode())
'"""


RECEIVER6 = """python3 -SEu -c '
import socket, struct
receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
receiver.bind(("::", {port}))
request = socket.inet_pton(socket.AF_INET6, "{group}") + struct.pack("=i", socket.if_nametoindex("amt0"))
receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
print("joined")
while True:
    data, sender = receiver.recvfrom(2000)
    print(sender[0], sender[1], data.decode())
'"""


class Bed:
    """The sender on the host's side of the cloud, and the hub."""

    def __init__(self, region, hub):
        self.region = region
        self.hub = hub
        cloud = region.cloud
        self.hub_mac = cloud.hub_node.mac
        self.sender = cloud.nodes.get("sender") or cloud.add_instance("sender", SENDER)
        self.wire = Wire(self.sender)

    def send(self, text, group=GROUP, source=SENDER):
        head = IPv6(src=source, dst=group, hlim=7) if ":" in group else IP(src=source, dst=group, ttl=7)
        packet = head / UDP(sport=4000, dport=PORT) / text.encode()
        self.wire.send(Ether(src=self.sender.mac, dst=self.hub_mac) / packet)

    def gateways(self):
        return [name for name in self.hub.telemetry.listing("members") if name.startswith("amt:")]

    def await_gateways(self, count):
        await_condition(lambda: len(self.gateways()) == count, f"{count} of {self.gateways()}")
        self.hub.await_resolved(*self.gateways())

    def amt(self):
        return self.hub.telemetry.ask("/mcdpdk/amt")


@contextlib.contextmanager
def gateway(guest, local, version=0, netns=None):
    """Bring up amt0 in a guest or one of its network namespaces; `prefix` runs commands there."""
    prefix = f"ip netns exec {netns} " if netns else ""
    script = GATEWAY.format(local=local, version=version)
    guest.run(f"set -e\n{prefix}sh -ec '{script}'")
    try:
        yield prefix
    finally:
        guest.run(f"{prefix}ip link del amt0", check=False)


@contextlib.contextmanager
def receiving(guest, prefix="", group=GROUP, source=""):
    """A program that has joined."""
    program = RECEIVER6 if ":" in group else RECEIVER
    job = guest.start(prefix + program.format(group=group, port=PORT, source=source).strip())
    job.wait_for("joined")
    try:
        yield job
    finally:
        job.stop()


@pytest.fixture(scope="module", name="loaded")
def fixture_loaded(region):
    module = amt_module.built()
    for guest in (region.tokyo1, region.tokyo2):
        guest.run(f"set -e; modprobe udp_tunnel; grep -q '^amt ' /proc/modules || insmod {module}")


@pytest.fixture(name="bed")
def fixture_bed(region, loaded):
    with region.cloud.start_hub(CONFIG) as hub:
        bed = Bed(region, hub)
        hub.await_resolved()
        yield bed
        hub.settled()
        hub.stop()


def test_the_kernels_gateway_joins_receives_and_leaves(bed, region):
    """amt0 in tokyo1 discovers the hub and a program joins on it. The tunnel outlasts the group membership interval
    while the kernel answers queries, and ends with the program."""
    guest = region.tokyo1
    with gateway(guest, TOKYO1):
        with receiving(guest) as program:
            bed.await_gateways(1)
            assert bed.gateways() == [f"amt:{TOKYO1}:{AMT_PORT}"]
            bed.send("first")
            program.wait_for(f"{SENDER} 4000 first")
            asked = bed.amt()["tx_query"]
            # Eight more queries, two at a time, take 8 s; 6 s without a report would end the tunnel.
            await_condition(lambda: bed.amt()["tx_query"] >= asked + 8, "queries go on")
            bed.send("second")
            program.wait_for(f"{SENDER} 4000 second")
            assert program.output().split("\n")[1:3] == [f"{SENDER} 4000 first", f"{SENDER} 4000 second"]
        bed.await_gateways(0)
        counted = bed.amt()
        assert counted["rx_discovery"] >= 1 and counted["tx_advertisement"] == counted["rx_discovery"]
        igmp = bed.hub.telemetry.ask("/mcdpdk/igmp")
        assert igmp["rx_v3_report"] >= 3 and igmp["record_to_in"] >= 1
        assert counted["rejected_response_mac"] == counted["rejected_bad_report"] == 0
        # It also requests queries of MLD, and reports its own groups of neighbour discovery.
        assert counted["rejected_mld"] == 0
        assert bed.hub.telemetry.ask("/mcdpdk/mld")["groups"] == 0


def test_the_kernels_gateway_joins_groups_of_both_families(bed, region):
    """Programs behind amt0 join one of IPv6 and one of IPv4: they share the tunnel, which outlasts the group membership
    interval, and ends when both have left."""
    guest = region.tokyo1
    with gateway(guest, TOKYO1):
        with receiving(guest, group=GROUP6) as program:
            bed.await_gateways(1)
            bed.send("first", GROUP6, SENDER6)
            program.wait_for(f"{SENDER6} 4000 first")
            with receiving(guest) as other:
                await_condition(lambda: GROUP in bed.hub.telemetry.listing("groups"), "the other group")
                assert bed.gateways() == [f"amt:{TOKYO1}:{AMT_PORT}"]
                bed.send("of IPv4")
                other.wait_for(f"{SENDER} 4000 of IPv4")
            asked = bed.amt()["tx_query"]
            await_condition(lambda: bed.amt()["tx_query"] >= asked + 8, "queries go on")
            bed.send("second", GROUP6, SENDER6)
            program.wait_for(f"{SENDER6} 4000 second")
            assert GROUP6 in bed.hub.telemetry.listing("groups")
        bed.await_gateways(0)
        mld = bed.hub.telemetry.ask("/mcdpdk/mld")
        assert mld["rx_v2_report"] >= 3 and mld["record_to_in"] >= 1
        counted = bed.amt()
        assert counted["rejected_mld"] == counted["rejected_response_mac"] == counted["rejected_bad_report"] == 0


def test_version_1_hosts_behind_the_kernels_gateway_receive(bed, region):
    guest = region.tokyo1
    with gateway(guest, TOKYO1, version=1), receiving(guest) as program:
        bed.await_gateways(1)
        bed.send("first")
        program.wait_for(f"{SENDER} 4000 first")
        assert bed.hub.telemetry.ask("/mcdpdk/igmp")["rx_v1_report"] >= 1


def test_the_kernels_gateway_joins_one_source(bed, region):
    """Two sources send; a program in tokyo1 gets only the one that it joined."""
    guest = region.tokyo1
    with gateway(guest, TOKYO1), receiving(guest, group=SSM_GROUP, source=SENDER) as program:
        bed.await_gateways(1)
        assert f"{SSM_GROUP},{SENDER}" in bed.hub.telemetry.listing("groups")
        dropped = bed.hub.drops()["no_receiver"]
        bed.send("other", SSM_GROUP, source="10.0.0.99")
        bed.send("own", SSM_GROUP)
        program.wait_for(f"{SENDER} 4000 own")
        assert "other" not in program.output()
        assert bed.hub.drops()["no_receiver"] == dropped + 1


def test_two_kernel_gateways_behind_one_address_are_independent(bed, region):
    """Two namespaces of tokyo2 behind its masquerade have one amt0 each: the hub has two gateways at one address and
    two ports. A program in each receives, and one still does after the other has ended."""
    guest = region.tokyo2
    guest.run(BEHIND_NAT)
    try:
        with (gateway(guest, "172.16.1.2", netns="g1") as first, gateway(guest, "172.16.2.2", netns="g2") as second,
              receiving(guest, second) as lasting):
            with receiving(guest, first) as leaving:
                bed.await_gateways(2)
                assert {name.rpartition(":")[0] for name in bed.gateways()} == {f"amt:{TOKYO2}"}
                bed.send("both")
                lasting.wait_for(f"{SENDER} 4000 both")
                leaving.wait_for(f"{SENDER} 4000 both")
            bed.await_gateways(1)
            bed.send("one")
            lasting.wait_for(f"{SENDER} 4000 one")
    finally:
        guest.run(NAT_GONE)


def test_a_forged_update_changes_nothing_for_the_kernels_gateway(bed, region):
    """Updates from tokyo1's address and port with wrong Response MACs join another group and leave its own. Each is
    refused; the program still receives, and there is no other group."""
    guest = region.tokyo1
    with gateway(guest, TOKYO1), receiving(guest) as program:
        bed.await_gateways(1)
        for kind, group in ((TO_EX, "239.9.9.9"), (TO_IN, GROUP)):
            for _ in range(20):
                forged = bytes([UPDATE, 0]) + os.urandom(6) + os.urandom(4) + raw(report(TOKYO1, record(kind, group)))
                packet = IP(src=TOKYO1, dst="10.0.0.10") / UDP(sport=AMT_PORT, dport=AMT_PORT) / forged
                bed.wire.send(Ether(src=bed.sender.mac, dst=bed.hub_mac) / packet)
        await_condition(lambda: bed.amt()["rejected_response_mac"] == 40, f"40 refused: {bed.amt()}")
        assert bed.hub.telemetry.listing("groups") == [GROUP]
        bed.send("still")
        program.wait_for(f"{SENDER} 4000 still")

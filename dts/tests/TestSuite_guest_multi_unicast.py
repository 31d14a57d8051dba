# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The second article's multi-unicasting between instances of one subnet, kernels at both ends.

tokyo1 eth0 10.0.0.12 --+
tokyo2 eth1 10.0.0.13 --+-- switch A (drops I/G-bit frames) -- hub 10.0.0.10, e1000
"""

import contextlib
import re

import pytest

from paths import SCRIPTS
from vm.region import HUB_NICS
from waiting import await_condition

pytest_plugins = ["vm.fixtures"]

# Booting is slow; TestSuite_mcdpdk_client.py tests the same rule on the kernel of the machine.
pytestmark = pytest.mark.slow

CLIENT = f"python3 {SCRIPTS}/mcdpdk-client"
UP = "up --hub 10.0.0.10 --encap l2"
GROUP = "239.1.1.1"

CONFIG = {
    "ports": [{"address": "10.0.0.10/24"}],
    "members": [{"name": "tokyo-1", "address": "10.0.0.12"}, {"name": "tokyo-2", "address": "10.0.0.13"}],
    "broadcast": {"members": ["*"]},
    "idle": "sleep",
}

# For a socket bound to its own address the kernel skips the route 224.0.0.0/4.
BOUND_SENDER = """python3 -SE -c '
import socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.bind(("10.0.0.12", 5005))
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 7)
sender.sendto(b"bound", ("{group}", 5006))
'"""


@contextlib.contextmanager
def moved_to_switch_a(guest):
    """Move tokyo2 into tokyo1's subnet and let it alone answer pings of groups."""
    # If the sender answered itself, ping would end before the other's last answer.
    guest.run("sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0")
    guest.run("set -e; ip link set eth0 down; ip addr add 10.0.0.13/24 brd + dev eth1; ip link set eth1 up")
    try:
        yield
    finally:
        guest.run("ip addr flush dev eth1; ip link set eth1 down; ip link set eth0 up;"
                  " ip route add default via 10.5.0.1")


def take_down(members):
    for member in members:
        member.run(f"{CLIENT} down")


def bring_up(members, *options):
    """Run mcdpdk-client on all members at once."""
    for member, client in [(member, member.start(f"{CLIENT} {UP} {' '.join(options)}")) for member in members]:
        up = client.wait()
        assert up.status == 0, f"{member.name}: {up.output}"


@contextlib.contextmanager
def client_up(members):
    try:
        bring_up(members)
        yield
    finally:
        take_down(members)


@contextlib.contextmanager
def serving(region, nic):
    with region.hub.running(CONFIG, HUB_NICS[nic], lcores="0@0") as hub:
        hub.await_resolved("tokyo-1", "tokyo-2")
        yield hub


@pytest.fixture(scope="module", name="hub")
def fixture_hub(region):
    with moved_to_switch_a(region.tokyo2), serving(region, "e1000") as hub:
        with client_up((region.tokyo1, region.tokyo2)):
            yield hub


@contextlib.contextmanager
def joining(guest, hub):
    """tokyo2's kernel joins the group; the client's rule brings its report to the hub."""
    guest.run(f"ip addr add {GROUP}/32 dev eth1 autojoin")
    try:
        await_condition(lambda: GROUP in hub.groups(), "tokyo2 joined")
        yield
    finally:
        guest.run(f"ip addr del {GROUP}/32 dev eth1")


@pytest.fixture(name="joined")
def fixture_joined(region, hub):
    with joining(region.tokyo2, hub):
        yield


def answers(output, address):
    """Sequence numbers of the echo replies from this address, with duplicates."""
    return [int(seq) for seq in re.findall(rf"from {re.escape(address)}: icmp_seq=(\d+)", output)]


def test_the_switch_drops_groups_without_the_rule(region):
    """tokyo1 sends to the group before mcdpdk-client runs."""
    before = region.cloud.dropped_group_frames()
    region.tokyo1.run(f"ping -c 1 -W 1 -I eth0 {GROUP}", check=False)
    assert region.cloud.dropped_group_frames() > before


def test_tc_replaces_the_egress_hook_of_older_kernels(region):
    """Both members set up the path with tc, as before Linux 5.16, and again after a hub with another MAC took over.
    With either hub a ping is answered, and `status` and `test` end with 0; after down no tc hook is left."""
    members = (region.tokyo1, region.tokyo2)
    with moved_to_switch_a(region.tokyo2), contextlib.ExitStack() as stack:
        stack.callback(take_down, members)
        for nic in ("e1000", "virtio-net-pci"):
            with serving(region, nic) as hub:
                bring_up(members, "--rule", "tc")
                with joining(region.tokyo2, hub):
                    assert answers(region.tokyo1.run(f"ping -c 1 -W 5 {GROUP}").output, "10.0.0.13") == [1]
                    for command in ("status", "test"):
                        done = region.tokyo1.run(f"{CLIENT} {command}", check=False)
                        assert done.status == 0, done.output
    for member in members:
        assert "clsact" not in member.run("tc qdisc").output


def test_a_group_reaches_the_member_that_joined(region, hub, joined):
    """tokyo1 pings the group (TTL 1), which tokyo2's kernel has joined by IGMP. tokyo2 answers each once; the frames go
    from the hub's MAC to tokyo2's."""
    sniffer = region.tokyo2.start(f"tcpdump -i eth1 -nn -e -v -l host {GROUP} and icmp")
    sniffer.wait_for("listening on")
    output = region.tokyo1.run(f"ping -c 3 -W 2 {GROUP}").output
    assert answers(output, "10.0.0.13") == [1, 2, 3] and answers(output, "10.0.0.12") == []
    sniffer.wait_for("seq 3,")
    capture = sniffer.stop().output
    own = region.tokyo2.run("cat /sys/class/net/eth1/address").output.strip()
    assert len(re.findall(rf" > {own}, ethertype IPv4", capture)) == 3
    assert len(re.findall(r"\bttl 1,", capture)) == 3


def test_bound_sender_goes_by_the_rule(region, hub, joined):
    """For a sender bound to its source address the kernel skips the route. tokyo2 gets the datagram with source
    address, port and TTL unchanged."""
    sniffer = region.tokyo2.start("tcpdump -i eth1 -nn -v -l udp port 5006")
    sniffer.wait_for("listening on")
    region.tokyo1.run(BOUND_SENDER.format(group=GROUP))
    sniffer.wait_for(f"10.0.0.12.5005 > {GROUP}.5006: UDP, length 5")
    assert " ttl 7," in sniffer.stop().output


@pytest.mark.parametrize("address", ["255.255.255.255", "10.0.0.255"])
def test_broadcast_reaches_every_other_member(region, hub, address):
    """tokyo1 pings the limited, then the subnet's broadcast address. tokyo2's kernel takes the unicast frames as
    broadcast and answers each once."""
    output = region.tokyo1.run(f"ping -b -c 3 -W 2 -I eth0 {address}").output
    assert answers(output, "10.0.0.13") == [1, 2, 3]


def test_sums_balance(hub):
    """After all of the above, and all drops have a reason that the traffic explains."""
    assert set(hub.drops()) <= {"no_receiver", "not_for_us"}

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Multicast between two zones over GRE as the first article sets it up, the hub in the middle.

    tokyo1 10.0.0.12                hub 10.0.0.10                    tokyo2 10.5.0.6
    gre1 192.168.10.1/24 === GRE === mcdpdk === GRE === router === gre1 192.168.10.2/24

Both members are guests with Linux's GRE; the hub's NIC is virtio, bound to uio_pci_generic.
"""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from vm.region import HUB_NICS
from waiting import DEADLINE_S, await_condition
from paths import DTS, PROGRAMS, SCRIPTS

pytest_plugins = ["vm.fixtures"]

MCTEST = PROGRAMS / "mctest.py"
CLIENT = f"python3 {SCRIPTS / 'mcdpdk-client'}"
HUB = "10.0.0.10"
BRISK = "-i 0.2 -W 1"
# -w waits for the answers; without it ping waits only a fifth of a second for the last one.
ANSWERED = f"-i 0.2 -w {DEADLINE_S:.0f}"
STATIC_GROUP = "239.192.0.29"
JOINED_GROUP = "239.1.1.1"
IPV6_GROUP = "ff1e::29"
# Programs that choose no interface.
JOIN_IPV6 = f"""python3 -c 'import socket, struct
receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
receiver.bind(("::", 5000))
group = socket.inet_pton(socket.AF_INET6, "{IPV6_GROUP}") + struct.pack("i", 0)
receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
print("joined", flush=True)
data, source = receiver.recvfrom(100)
print(data.decode(), "from", source[0], flush=True)'"""
SEND_IPV6 = f"""python3 -c 'import socket
sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 5)
sender.sendto(b"hello", ("{IPV6_GROUP}", 5000))'"""

CONFIG = {
    "ports": [{"address": f"{HUB}/24", "gateway": "10.0.0.1"}],
    "members": [
        {"name": "tokyo-1", "address": "10.0.0.12", "encap": "gre", "overlay": "192.168.10.1"},
        {"name": "tokyo-2", "address": "10.5.0.6", "encap": "gre", "overlay": "192.168.10.2"},
    ],
    "groups": [
        {"group": "232.8.8.8", "members": ["*"]},
        {"group": "239.192.0.0/16", "members": ["*"]},
    ],
    "overlay": {"address": "192.168.10.254/24"},
    "idle": "sleep",
}

# The article has the second and third line in reverse order, which Debian's NetworkManager
# (1.42) refuses: "ipv4.addresses: this property cannot be empty for 'method=manual'".
ARTICLE = """
nmcli connection add type ip-tunnel ip-tunnel.mode gre con-name gre1 ifname gre1 remote {hub} local {local}
nmcli connection modify gre1 ipv4.addresses '{overlay}'
nmcli connection modify gre1 ipv4.method manual
nmcli connection modify gre1 +ipv4.routes '224.0.0.0/4'
nmcli connection up gre1
ip a
ip r
"""

TUNNEL = """set -e
ip tunnel add gre1 mode gre remote {hub} local {local} {options}
ip addr add {overlay} dev gre1
ip link set gre1 up
ip route add 224.0.0.0/4 dev gre1
"""


STOP_NETWORK_MANAGER = """
nmcli connection delete gre1
kill $(pidof NetworkManager)
while pidof NetworkManager; do sleep 0.2; done
"""

# The link may outlive NetworkManager's answer; the next tunnel has the same name.
TEAR_DOWN = """
ip link delete gre1
while ip link show gre1; do sleep 0.1; done
"""


class Member:
    def __init__(self, guest, local, overlay):
        self.guest = guest
        self.local = local
        self.overlay = overlay
        self.address = overlay.split("/")[0]

    def type(self, line, check=True):
        """Run a line as at the article's prompt and print both."""
        return self.show(line, self.guest.run(line, check=check).output)

    def ping(self, address, options="-c 2"):
        """Ping until all is answered once; return the output."""
        printed = self.type(f"ping {options} {ANSWERED} {address}")
        assert "DUP!" not in printed
        return printed

    def start(self, line, prompt):
        """Start a line in the background and wait until it reports that it is ready."""
        job = self.guest.start(line)
        job.wait_for(prompt)
        job.line = line
        return job

    def stop(self, job):
        """End what `start` started, print it as `type` does and return its output."""
        return self.show(job.line, job.stop().output)

    def await_end(self, job):
        """As `stop`, for a command that ends by itself."""
        return self.show(job.line, job.wait().output)

    def show(self, line, output):
        print(f"[root@{self.guest.name} ~]# {line}\n{output}", end="")
        return output

    def sniff(self):
        return self.start("tcpdump -i any ip multicast -nn -l", "listening on any")

    def set_up_by_nmcli(self):
        self.guest.run((DTS / "vm/network_manager.sh").read_text())
        lines = ARTICLE.format(hub=HUB, local=self.local, overlay=self.overlay).strip().splitlines()
        return {line: self.guest.run(line).output for line in lines}

    def set_up_by_ip(self, options):
        self.guest.run(TUNNEL.format(hub=HUB, local=self.local, overlay=self.overlay, options=options))

    def tear_down(self):
        self.guest.run(TEAR_DOWN)


@contextlib.contextmanager
def tunnels_by_nmcli(members):
    try:
        with ThreadPoolExecutor() as pool:
            typed = list(pool.map(Member.set_up_by_nmcli, members))
        yield typed
    finally:
        for member in members:
            member.guest.run(STOP_NETWORK_MANAGER, check=False)
            member.tear_down()


@contextlib.contextmanager
def tunnels_by_ip(members, *options):
    try:
        for member, words in zip(members, options):
            member.set_up_by_ip(words)
        yield
    finally:
        for member in members:
            member.tear_down()


@pytest.fixture(scope="module", name="hub")
def fixture_hub(region):
    with region.hub.running(CONFIG, HUB_NICS["virtio-net-pci"]) as hub:
        hub.await_resolved("tokyo-1", "tokyo-2")
        yield hub


@pytest.fixture(scope="module", name="members")
def fixture_members(region):
    return (Member(region.tokyo1, "10.0.0.12", "192.168.10.1/24"),
            Member(region.tokyo2, "10.5.0.6", "192.168.10.2/24"))


@pytest.fixture(name="tunnels")
def fixture_tunnels(hub, members):
    """Plain tunnels with a fixed TTL, which a real router requires."""
    with tunnels_by_ip(members, "ttl 64", "ttl 64"):
        yield members


def echo_requests(capture):
    """Sequence numbers of the group's pings that tcpdump saw arrive through the tunnel; M: to a group's MAC."""
    return [int(seq) for seq in re.findall(
        r"gre1 +(?:In|M) .*> 239\.\S+: ICMP echo request, id \d+, seq (\d+)", capture)]


def ping_group(sender, receiver, options=BRISK):
    """Ping the group three times: the sequence numbers that arrived at the sender and at the receiver."""
    at_sender, at_receiver = sender.sniff(), receiver.sniff()
    sender.type(f"ping -c 3 {options} {STATIC_GROUP}", check=False)
    at_receiver.wait_for(", seq 3,")
    return echo_requests(sender.stop(at_sender)), echo_requests(receiver.stop(at_receiver))


def mctest(sender, receiver):
    """Run the article's script from sender to receiver; require three datagrams and their source."""
    listening = receiver.start(f"python3 {MCTEST} -rec -n 3", "listening on 232.8.8.8")
    sender.type(f"python3 {MCTEST} -send 'test in VPC' -n 3")
    received = re.findall(r"received from (\S+):(\d+): test in VPC", receiver.await_end(listening))
    assert [address for address, _ in received] == [sender.address] * 3
    assert len({port for _, port in received}) == 1


@pytest.mark.slow
def test_the_article_works_by_network_manager(region, hub, members):
    """Its nmcli lines run on both members with the hub as `remote`. Addresses and routes are the article's, the far
    tunnel address answers, its script works in both directions, and `ping 239.192.0.29` arrives once at the other
    member and not at the sender."""
    tokyo1, tokyo2 = members
    with region.router_that_restores_ttl(), tunnels_by_nmcli(members) as typed:
        for member, lines in zip(members, typed):
            for line, output in lines.items():
                member.show(line, output)
            assert f"link/gre {member.local} peer {HUB}" in lines["ip a"]
            assert "224.0.0.0/4 dev gre1 proto static scope link" in lines["ip r"]
        assert " 0% packet loss" in tokyo1.type(f"ping -c 3 {tokyo2.address}")
        mctest(tokyo1, tokyo2)
        mctest(tokyo2, tokyo1)
        assert ping_group(tokyo1, tokyo2, "-W 1") == ([], [1, 2, 3])
        assert ping_group(tokyo2, tokyo1, "-W 1") == ([], [1, 2, 3])


@pytest.mark.slow
def test_an_inherited_ttl_of_1_expires_at_a_router(region, hub, members):
    """The tunnels inherit the TTL, as in the article. Of tokyo2's pings of the group from behind the router, only those
    with TTL 9 arrive: README and mcdpdk-client therefore use `ttl 64`."""
    tokyo1, tokyo2 = members
    with tunnels_by_ip(members, "", ""):
        seen = tokyo1.sniff()
        tokyo2.type(f"ping -c 2 {BRISK} {STATIC_GROUP}", check=False)
        tokyo2.type(f"ping -t 9 -s 100 -c 2 {BRISK} {STATIC_GROUP}", check=False)
        seen.wait_for("seq 2, length 108")
        assert re.findall(r"seq (\d), length (\d+)", tokyo1.stop(seen)) == [("1", "108"), ("2", "108")]


def test_plain_ip_tunnels_work_over_a_router(tunnels):
    """`ip tunnel add ... ttl 64`: pings of each other, of the hub, and of the group with TTL 1 arrive once."""
    tokyo1, tokyo2 = tunnels
    tokyo2.ping(tokyo1.address)
    tokyo2.ping("192.168.10.254")
    assert ping_group(tokyo1, tokyo2) == ([], [1, 2, 3])
    assert ping_group(tokyo2, tokyo1) == ([], [1, 2, 3])


def test_kernel_joins_by_igmp_and_answers(hub, tunnels):
    """tokyo2's kernel, an IGMPv2 or IGMPv3 host, joins a group without a static entry. The hub lists tokyo-2 as an IGMP
    receiver, and tokyo2's overlay address answers, also a ping of three fragments. After the leave the group is
    gone."""
    tokyo1, tokyo2 = tunnels
    tokyo2.guest.run("sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0")
    for version in (2, 3):
        tokyo2.type(f"sysctl net.ipv4.conf.gre1.force_igmp_version={version}")
        tokyo2.type(f"ip addr add {JOINED_GROUP}/32 dev gre1 autojoin")
        await_condition(lambda: JOINED_GROUP in hub.groups(), "the group is known")
        origins = {name: record["origins"] for name, record in hub.receivers(JOINED_GROUP).items()}
        assert origins == {"tokyo-2": ["igmp"]}
        assert f"64 bytes from {tokyo2.address}" in tokyo1.ping(JOINED_GROUP)
        tokyo1.ping(JOINED_GROUP, "-M dont -s 4000 -c 2")
        tokyo2.type(f"ip addr del {JOINED_GROUP}/32 dev gre1")
        await_condition(lambda: JOINED_GROUP not in hub.groups(), "the group is forgotten")


# TestSuite_copies.py and TestSuite_delivery.py test all three with frames.
@pytest.mark.slow
def test_keys_checksums_and_sequence_numbers_are_understood(hub, members):
    """tokyo-1 gets a key by a reload, tokyo2's tunnel sends checksums and sequence numbers. Pings of the group pass in
    both directions; with a wrong key they are `source_denied`."""
    tokyo1, tokyo2 = members
    keyed = [CONFIG["members"][0] | {"key": 4242}, CONFIG["members"][1]]
    hub.reload(CONFIG | {"members": keyed})
    hub.await_resolved("tokyo-1", "tokyo-2")
    with tunnels_by_ip(members, "ttl 64 key 4242", "ttl 64 ocsum oseq"):
        assert ping_group(tokyo1, tokyo2) == ([], [1, 2, 3])
        assert ping_group(tokyo2, tokyo1) == ([], [1, 2, 3])
        before = hub.drops()
        tokyo1.guest.run("ip tunnel change gre1 mode gre key 4243")
        tokyo1.type(f"ping -c 2 {BRISK} {STATIC_GROUP}", check=False)
        after = hub.drops()
    assert after["source_denied"] >= before.get("source_denied", 0) + 2
    assert "bad_checksum" not in after
    hub.reload(CONFIG)


@contextlib.contextmanager
def tunnels_by_client(members, encap="gre-udp"):
    """`mcdpdk-client --encap gre-udp`: the kernel's fou device, which the article does not use."""
    try:
        for n, member in enumerate(members, 1):
            member.type(f"{CLIENT} up --name gre1 --hub {HUB} --encap {encap}"
                        f" --local {member.local} --overlay {member.overlay} --overlay6 fd00::{n}/64")
        yield
    finally:
        for member in members:
            member.guest.run(f"{CLIENT} down")


@pytest.mark.slow
def test_the_client_proves_a_tunnel_of_the_article(hub, members):
    """`mcdpdk-client test` says proven, with a wrong key `path`, with a firewall that drops GRE `firewall`."""
    tokyo1, tokyo2 = members
    hub.reload(CONFIG)
    with tunnels_by_ip(members, "ttl 64", "ttl 64"):
        for member in members:
            assert "proven" in prove(member).output
        tokyo1.guest.run("ip tunnel change gre1 mode gre key 4243")
        found = prove(tokyo1, status=1, key="--key 4243")
        assert "first broken: path: " in found.output and "key 4243" in found.output
        tokyo2.guest.run("nft 'table ip theirs { chain out { type filter hook output priority 0;"
                         " ip protocol gre drop; }; }'")
        assert "first broken: firewall: " in prove(tokyo2, status=1).output
        tokyo2.guest.run("nft delete table ip theirs")


def prove(member, status=0, key=""):
    done = member.guest.run(f"{CLIENT} test --hub {HUB} --encap gre {key} --name gre1 --local {member.local}",
                            check=False)
    assert done.status == status, done.output
    return done


def reach_by_ipv6(hub, sender, receiver, source):
    """The receiver joins by MLD; the sender's datagram arrives with its address inside."""
    joined = receiver.start(JOIN_IPV6, "joined")
    await_condition(lambda: list(hub.receivers(IPV6_GROUP)) == [receiver.guest.name.replace("tokyo", "tokyo-")],
                    "the membership is known")
    sender.type(SEND_IPV6)
    assert f"hello from {source}" in receiver.await_end(joined)
    await_condition(lambda: not hub.receivers(IPV6_GROUP), "the end of the membership is known")


@pytest.mark.slow
def test_the_client_leads_groups_of_ipv6_into_gre(hub, members):
    """Kernels' tunnels of GRE with --overlay6, and programs that choose no interface."""
    tokyo1, tokyo2 = members
    hub.reload(CONFIG)
    with tunnels_by_client(members, "gre"):
        for member in members:
            assert "ff00::/8 to gre1" in member.type(f"{CLIENT} test")
        reach_by_ipv6(hub, tokyo1, tokyo2, "fd00::1")
        reach_by_ipv6(hub, tokyo2, tokyo1, "fd00::2")


@pytest.mark.slow
def test_kernel_speaks_gre_in_udp(hub, members):
    """A reload makes both members `gre-udp`, and mcdpdk-client sets up the kernel's fou. Pings of each other, the hub
    and groups pass, also in fragments; after `down` no tunnel remains."""
    tokyo1, tokyo2 = members
    hub.reload(CONFIG | {"members": [member | {"encap": "gre-udp"} for member in CONFIG["members"]]})
    hub.await_resolved("tokyo-1", "tokyo-2")
    with tunnels_by_client(members):
        for member in members:
            proof = member.guest.run(f"{CLIENT} test").output
            assert "proven: multicast goes to the hub" in proof and "1468 bytes pass" in proof
        tokyo2.ping(tokyo1.address)
        tokyo2.ping(tokyo1.address, "-M dont -s 3000 -c 2")
        tokyo2.ping("192.168.10.254")
        assert ping_group(tokyo1, tokyo2) == ([], [1, 2, 3])
        tokyo2.guest.run("sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0")
        tokyo2.type(f"ip addr add {JOINED_GROUP}/32 dev gre1 autojoin")
        await_condition(lambda: JOINED_GROUP in hub.groups(), "the group is known")
        tokyo1.ping(JOINED_GROUP)
        reach_by_ipv6(hub, tokyo1, tokyo2, "fd00::1")
    hub.reload(CONFIG)
    left = tokyo2.guest.run("ip -d link; ip fou show").output
    assert "gre1" not in left and "port" not in left


SEGMENT = 100
GRETAP = """set -e
ip link add gre1 type gretap local {local} remote {hub} ttl 64 key {segment}
ip addr add {overlay} dev gre1
ip link set gre1 up
ip route add 224.0.0.0/4 dev gre1
"""
GRETAP_MTU = 1458


@contextlib.contextmanager
def segment_by_ip(hub, members):
    """A reload makes both gretap members of one segment; the kernel has the devices."""
    hub.reload(CONFIG | {"members": [member | {"encap": "gretap", "key": SEGMENT} for member in CONFIG["members"]]})
    hub.await_resolved("tokyo-1", "tokyo-2")
    try:
        for member in members:
            member.guest.run(GRETAP.format(hub=HUB, local=member.local, overlay=member.overlay, segment=SEGMENT))
        yield
    finally:
        for member in members:
            member.tear_down()
        hub.reload(CONFIG)


@pytest.mark.slow
def test_kernel_speaks_ethernet_in_gre(hub, members):
    """The members have gretap devices with a key. ARP learns the MACs; pings of each other, the hub and a group are
    answered once, also with the MTU filled and in fragments. A group exists while tokyo2 has joined it. With a wrong
    key everything is `source_denied`."""
    tokyo1, tokyo2 = members
    with segment_by_ip(hub, members):
        tokyo1.ping(tokyo2.address)
        mac = tokyo2.guest.run("cat /sys/class/net/gre1/address").output.strip()
        assert mac in tokyo1.guest.run(f"ip neigh show {tokyo2.address} dev gre1").output
        tokyo2.ping("192.168.10.254")
        tokyo2.ping(tokyo1.address, f"-M do -s {GRETAP_MTU - 28} -c 2")
        tokyo2.ping(tokyo1.address, "-M dont -s 3000 -c 2")
        for sender, receiver in ((tokyo1, tokyo2), (tokyo2, tokyo1)):
            assert ping_group(sender, receiver) == ([], [1, 2, 3])
            mctest(sender, receiver)
        tokyo2.guest.run("sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0")
        tokyo2.type(f"ip addr add {JOINED_GROUP}/32 dev gre1 autojoin")
        await_condition(lambda: JOINED_GROUP in hub.groups(), "the group is known")
        assert list(hub.receivers(JOINED_GROUP)) == ["tokyo-2"]
        tokyo1.ping(JOINED_GROUP)
        tokyo1.ping(JOINED_GROUP, f"-M do -s {GRETAP_MTU - 28} -c 2")
        tokyo1.ping(JOINED_GROUP, "-M dont -s 3000 -c 2")
        tokyo2.type(f"ip addr del {JOINED_GROUP}/32 dev gre1")
        await_condition(lambda: JOINED_GROUP not in hub.groups(), "the group is gone")
        before = hub.drops()
        tokyo1.guest.run(f"ip link set gre1 type gretap remote {HUB} local {tokyo1.local} key {SEGMENT + 1}")
        tokyo1.type(f"ping -c 2 {BRISK} {STATIC_GROUP}", check=False)
        assert hub.drops()["source_denied"] >= before.get("source_denied", 0) + 2


@pytest.mark.slow
def test_network_manager_makes_ethernet_in_gre(hub, members):
    """mcdpdk-client makes tokyo2's device as a NetworkManager profile: a gretap with the key in both directions, whose
    path is proven, and which is gone after `down`."""
    tokyo1, tokyo2 = members
    with segment_by_ip(hub, [tokyo1]):
        tokyo2.guest.run((DTS / "vm/network_manager.sh").read_text())
        try:
            tokyo2.type(f"{CLIENT} up --name gre1 --manager nmcli --hub {HUB} --encap gretap --key {SEGMENT}"
                        f" --local {tokyo2.local} --overlay {tokyo2.overlay} --overlay6 fd00::2/64")
            shown = tokyo2.type("ip -d link show gre1")
            key = f"0.0.0.{SEGMENT}"
            assert re.search(rf"gretap remote {HUB} local {tokyo2.local} .*ikey {key} okey {key}", shown)
            assert "fd00::2/64" in tokyo2.type("ip -6 address show dev gre1 -tentative")
            proof = tokyo2.type(f"{CLIENT} test")
            assert "proven: multicast goes to the hub" in proof and "ff00::/8 to gre1" in proof
            tokyo1.ping(tokyo2.address)
        finally:
            tokyo2.guest.run(f"{CLIENT} down", check=False)
            # NetworkManager answers before it has removed the link.
            await_condition(lambda: "gre1" not in tokyo2.guest.run("ip link").output, "the device is gone")
            tokyo2.guest.run(STOP_NETWORK_MANAGER, check=False)


def test_the_kernels_nic_works_beside_the_hub(region, hub):
    """The NIC that the hub's kernel kept and the hub itself answer pings."""
    router = region.cloud.router
    assert " 0% packet loss" in router.run("ping", "-c", "2", "10.0.0.11")
    assert " 0% packet loss" in router.run("ping", "-c", "2", HUB)

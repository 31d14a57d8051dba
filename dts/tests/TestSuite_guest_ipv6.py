# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A member over IPv6 on a kernel that has GRE and fou, set up by mcdpdk-client. No address of the network is of IPv4.

    hub    fd00::30 --+-- switch A -- tokyo1 eth0 fd00::12 (a guest)
    vera   fd00::33 --+               mcdpdk0 192.168.10.2, fd01::2
           mcdpdk0 192.168.10.3, fd01::3, VXLAN by the kernel of this machine

Programs choose no interface. The hub sends groups of both families by each tunnel.
"""

import contextlib

import pytest

import ipv6_sockets
import traffic
from apps import enable_ipv6
from ipv6_cloud import NEIGHBOUR_DISCOVERY
from member_client import client, up
from paths import PROGRAMS, SCRIPTS
from waiting import await_condition

pytest_plugins = ["vm.fixtures"]
pytestmark = pytest.mark.slow

HUB, NO_HUB = "fd00::30", "fd00::31"
ADDRESSES = {"tokyo-1": "fd00::12", "vera": "fd00::33"}
INSIDE = {"tokyo-1": {4: "192.168.10.2", 6: "fd01::2"}, "vera": {4: "192.168.10.3", 6: "fd01::3"}}
PORT = 5000
JOINED = {4: "239.7.7.7", 6: "ff0e::77"}
STATIC = {4: "239.1.1.1", 6: "ff05::1:3"}
# The second is sent in fragments.
LENGTHS = (100, 3000)
CLIENT = f"python3 {SCRIPTS}/mcdpdk-client"
SOCKET = f"python3 -SE {PROGRAMS}/group_socket.py"
ZERO = "udp6_zero_checksum"
PATHS = {
    "gre": ({"encap": "gre", "key": 7}, "--encap gre --key 7"),
    "gre-udp": ({"encap": "gre-udp"}, "--encap gre-udp"),
    "gre-udp, checksum 0": ({"encap": "gre-udp", ZERO: True}, "--encap gre-udp --udp6-zero-checksum"),
    "gretap": ({"encap": "gretap", "key": 100}, "--encap gretap --key 100"),
    "vxlan": ({"encap": "vxlan", "vni": 200}, "--encap vxlan --vni 200"),
}


def config(member):
    declared = {"vera": {"encap": "vxlan", "vni": 100}, "tokyo-1": member}
    return {
        "ports": [{"address6": f"{HUB}/64"}],
        "overlay": {"address": "192.168.10.254/24"},
        "members": [{"name": name, "address": ADDRESSES[name], "overlay": INSIDE[name][4]} | keys
                    for name, keys in declared.items()],
        "groups": [{"group": group, "members": ["*"]} for group in STATIC.values()],
        "idle": "sleep",
    }


def overlays(name):
    return ("--overlay", f"{INSIDE[name][4]}/24", "--overlay6", f"{INSIDE[name][6]}/64")


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(region):
    """The hub's and vera's. The switch passes neighbour discovery while this suite runs."""
    region.cloud.switch.run("nft", f"insert rule bridge cloud ingress {NEIGHBOUR_DISCOVERY}")
    nodes = region.cloud.add_instance("hub6", "10.0.0.30"), region.cloud.add_instance("vera", "10.0.0.33")
    for node in nodes:
        node.ip("address", "flush", "dev", "eth0")
    enable_ipv6(nodes[1], "eth0", ADDRESSES["vera"])
    up(nodes[1], "--hub", HUB, "--encap", "vxlan", "--vni", 100, *overlays("vera"))
    region.tokyo1.run(f"ip address add {ADDRESSES['tokyo-1']}/64 dev eth0 nodad")
    yield nodes
    region.tokyo1.run(f"ip address del {ADDRESSES['tokyo-1']}/64 dev eth0")
    client(nodes[1], "down")
    rule = next(line for line in region.cloud.switch.run("nft", "-a", "list", "chain", "bridge", "cloud",
                                                         "ingress").splitlines() if "@nh" in line)
    region.cloud.switch.run("nft", "delete rule bridge cloud ingress handle " + rule.split("# handle ")[1])


@pytest.fixture(name="path", params=PATHS)
def fixture_path(request):
    return PATHS[request.param]


@pytest.fixture(name="hub")
def fixture_hub(region, nodes, path):
    with region.cloud.start_hub(config(path[0]), node=nodes[0], driver="af_xdp") as hub:
        hub.await_resolved()
        yield hub
        hub.settled()
        hub.stop()


@pytest.fixture(name="tokyo1")
def fixture_tokyo1(region, hub, path):
    words = f"{CLIENT} up --hub {HUB} {path[1]} {' '.join(overlays('tokyo-1'))}"
    print(region.tokyo1.run(words).output)
    yield region.tokyo1
    region.tokyo1.run(f"{CLIENT} down")
    assert "mcdpdk0" not in region.tokyo1.run("ip link").output
    assert "4754" not in region.tokyo1.run("ip fou show 2>&1 || :").output


@contextlib.contextmanager
def listening(guest):
    """Programs in the guest that have joined the groups of both families."""
    jobs = {version: guest.start(f"{SOCKET} receive {group} {PORT} {len(LENGTHS)}")
            for version, group in JOINED.items()}
    for job in jobs.values():
        job.wait_for("joined")
    yield jobs


def send_from_vera(vera, version):
    vera.run("python3", PROGRAMS / "group_socket.py", "send", JOINED[version], PORT, *LENGTHS)


def heard_by_vera(receiver, version):
    return [receiver.next().payload if version == 6 else receiver.recv(65535) for _ in LENGTHS]


def test_groups_of_both_families_go_both_ways(hub, nodes, tokyo1):
    """The guest's kernel reports by IGMP and MLD inside its tunnel; what is sent arrives whole, once, in order, from
    the sender's address inside. The client finds nothing wrong, and asks the hub by the tunnel."""
    _, vera = nodes
    with listening(tokyo1) as jobs:
        for version, job in jobs.items():
            await_condition(lambda: "tokyo-1" in hub.receivers(JOINED[version]), f"a join of IPv{version}")
            send_from_vera(vera, version)
            assert job.wait().output.splitlines()[1:] == [
                f"{length} bytes from {INSIDE['vera'][version]}, whole" for length in LENGTHS]

    receivers = {4: traffic.open_receiver(vera, STATIC[4], PORT, "mcdpdk0"),
                 6: ipv6_sockets.Receiver(vera, "mcdpdk0", PORT, STATIC[6])}
    for version, receiver in receivers.items():
        with contextlib.closing(receiver):
            tokyo1.run(f"{SOCKET} send {STATIC[version]} {PORT} {' '.join(map(str, LENGTHS))}")
            assert heard_by_vera(receiver, version) == [bytes(n % 251 for n in range(length)) for length in LENGTHS]

    for words in ("status", "test"):
        print(tokyo1.run(f"{CLIENT} {words}").output)


def test_the_path_is_led_to_another_hub_and_back_in_place(hub, path, tokyo1):
    """The kernel changes the tunnel's remote address; the device and its addresses stay."""
    def device():
        return tokyo1.run("cat /sys/class/net/mcdpdk0/ifindex; ip -o address show dev mcdpdk0").output

    before = device()
    for address in (NO_HUB, HUB):
        print(tokyo1.run(f"{CLIENT} up --hub {address} {path[1]} {' '.join(overlays('tokyo-1'))}").output)
        assert f"remote {address}" in tokyo1.run("ip -d link show mcdpdk0").output
        assert device() == before
    assert tokyo1.run(f"{CLIENT} test", check=False).status == 0
    assert not hub.drops()["malformed"]

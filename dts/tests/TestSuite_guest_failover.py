# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-client with two hubs on a kernel that has GRE, fou and tc's classifiers.

    hub A 10.0.0.31 --+-- switch A -- tokyo1 eth0 10.0.0.12 (a guest), either hub
    hub B 10.0.0.32 --+
    ben   10.0.0.33 --+ l2, sends by hub B

TestSuite_client_failover.py has l2 by nftables and vxlan, on the kernel of the machine.
"""

import pytest

from hub import Hub
from waiting import await_condition
from paths import DTS, SCRIPTS

pytest_plugins = ["vm.fixtures"]
pytestmark = pytest.mark.slow

CLIENT = f"python3 {SCRIPTS}/mcdpdk-client"
HUBS = {"A": "10.0.0.31", "B": "10.0.0.32"}
BOTH = f"--hub {HUBS['A']} --hub {HUBS['B']}"
GROUP = "239.1.1.1"
# The guest's CPU is emulated.
SLOWLY = "--interval 500 --recover 3"
PATHS = {
    "gre": ({"encap": "gre", "key": 7, "overlay": "192.168.10.2"}, "--encap gre --key 7 --overlay 192.168.10.2/24"),
    "gre-udp": ({"encap": "gre-udp", "overlay": "192.168.10.2"}, "--encap gre-udp --overlay 192.168.10.2/24"),
    "gretap": ({"encap": "gretap", "key": 100, "overlay": "192.168.10.2"},
               "--encap gretap --key 100 --overlay 192.168.10.2/24"),
    "l2 by tc": ({"encap": "l2"}, "--encap l2 --rule tc"),
}


def config(hub, member):
    return {
        "ports": [{"address": f"{hub}/24", "gateway": "10.0.0.1"}],
        "overlay": {"address": "192.168.10.25" + hub[-1] + "/24"},
        "members": [{"name": "tokyo-1", "address": "10.0.0.12"} | member,
                    {"name": "ben", "address": "10.0.0.33", "role": "sender"}],
        "idle": "sleep",
    }


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(region):
    nodes = {name: region.cloud.add_instance(f"hub-{name}", address) for name, address in HUBS.items()}
    for node in nodes.values():
        node.ip("address", "flush", "dev", "eth0")
    nodes["ben"] = region.cloud.add_instance("ben", "10.0.0.33")
    nodes["ben"].route_groups(via=HUBS["B"])
    return nodes


def start(region, nodes, name, member, count=0):
    hub = Hub(nodes[name], config(HUBS[name], member), region.cloud.folder, f"{region.cloud.name}-{name}{count}")
    hub.start()
    hub.await_resolved()
    return hub


@pytest.fixture(name="hubs", params=PATHS)
def fixture_hubs(region, nodes, request):
    """Both hubs for one encapsulation, and the options of the member."""
    member, options = PATHS[request.param]
    hubs = {name: start(region, nodes, name, member) for name in HUBS}
    yield hubs, member, options
    for hub in hubs.values():
        hub.close()


def kill(hub):
    hub.process.kill()
    hub.process.wait()
    hub.close()


def test_a_member_leaves_a_dead_hub_and_returns(region, nodes, hubs):
    """Hub A is killed: B knows the member's group, and the member answers a ping of the group by B. A returns: A knows
    it, and B does not. The device is the same; after down nothing is left."""
    hubs, member, options = hubs
    tokyo1 = region.tokyo1
    device = "eth0" if member["encap"] == "l2" else "mcdpdk0"
    tokyo1.run("sysctl -q net.ipv4.icmp_echo_ignore_broadcasts=0")
    watching = tokyo1.start(f"{CLIENT} watch {BOTH} {options} {SLOWLY}")
    try:
        watching.wait_for(f"the hub {HUBS['A']} answers")
        index = tokyo1.run(f"cat /sys/class/net/{device}/ifindex").output
        tokyo1.run(f"ip addr add {GROUP}/32 dev {device} autojoin")
        await_condition(lambda: "tokyo-1" in hubs["A"].receivers(GROUP), "A knows the group")
        kill(hubs["A"])
        watching.wait_for(f"the hub {HUBS['B']} answers")
        await_condition(lambda: "tokyo-1" in hubs["B"].receivers(GROUP), "B knows the group")
        answered = nodes["ben"].run("ping", "-c", "1", "-W", "20", GROUP, timeout=30)
        assert "1 received" in answered
        hubs["A"] = start(region, nodes, "A", member, 1)
        await_condition(lambda: "tokyo-1" in hubs["A"].receivers(GROUP), "A knows the group again")
        await_condition(lambda: "tokyo-1" not in hubs["B"].receivers(GROUP), "B knows that it was left")
        assert tokyo1.run(f"cat /sys/class/net/{device}/ifindex").output == index
    finally:
        tokyo1.run(f"ip addr del {GROUP}/32 dev {device}", check=False)
        output = watching.stop().output
        print(output)
        tokyo1.run(f"{CLIENT} down")
    assert "Traceback" not in output and "made anew" not in output
    assert "mcdpdk0" not in tokyo1.run("ip link").output and "clsact" not in tokyo1.run("tc qdisc").output


def test_a_profile_of_network_manager_is_led_to_the_other_hub(region, nodes):
    """up to A, then to B: the device stays, NetworkManager's profile names B, and down removes both."""
    tokyo1 = region.tokyo1
    member, options = PATHS["gre"]
    hubs = {name: start(region, nodes, name, member, 2) for name in HUBS}
    tokyo1.run((DTS / "vm/network_manager.sh").read_text())
    try:
        up = f"{CLIENT} up --manager nmcli {options}"
        tokyo1.run(f"{up} --hub {HUBS['A']}")
        index = tokyo1.run("cat /sys/class/net/mcdpdk0/ifindex").output
        shown = tokyo1.run(f"{up} --hub {HUBS['B']}").output
        assert "made anew" not in shown, shown
        assert tokyo1.run("cat /sys/class/net/mcdpdk0/ifindex").output == index
        assert HUBS["B"] in tokyo1.run("nmcli -g ip-tunnel.remote connection show mcdpdk0").output
        done = tokyo1.run(f"{CLIENT} status", check=False)
        assert done.status == 0, done.output
    finally:
        tokyo1.run(f"{CLIENT} down", check=False)
        await_condition(lambda: "mcdpdk0" not in tokyo1.run("ip link").output, "the device is gone")
        tokyo1.run("kill $(pidof NetworkManager); while pidof NetworkManager; do sleep 0.2; done", check=False)
        for hub in hubs.values():
            hub.close()

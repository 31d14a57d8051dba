# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members behind a NAT: nftables masquerades, the kernel's own VXLAN devices and GRE in UDP.

    hub   10.0.0.10 --+
    plain 10.0.0.11 --+ l2
    nat   10.0.0.30 --+            masquerades 192.168.50.0/24
                      +-- ann 192.168.50.2   vxlan, VNI 42
                      +-- ben 192.168.50.3   vxlan, VNI 43
                      +-- cid 192.168.50.4   vxlan, VNI 42, port 4790
                      +-- dan 192.168.50.5   gre-udp, key 0
                      +-- eve 192.168.50.6   gre-udp, no key

All five have the NAT's address. If two send from one port, the NAT gives one of them another port. Each accepts only
what comes to its tunnel's port and therefore sends from it.
"""

import copy
import re
import socket
import time

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Raw

from encapsulations import NO_ERRORS
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, open_receiver, open_sender, receive, receive_until
from waiting import await_condition

GROUP, PORT = "239.1.1.1", 5000
NAT = "10.0.0.30"
VXLANS = {"ann": ("192.168.50.2", 42, 4789), "ben": ("192.168.50.3", 43, 4789), "cid": ("192.168.50.4", 42, 4790)}
GRES = {"dan": ("192.168.50.5", {"key": 0}), "eve": ("192.168.50.6", {})}
BEHIND = (*VXLANS, *GRES)
OVERLAYS = {"ann": "172.20.0.2", "ben": "172.20.1.3", "cid": "172.20.0.4", "dan": "172.20.2.5", "eve": "172.20.2.6"}
RULES = """
table ip nat
delete table ip nat
table ip nat {
    chain out {
        type nat hook postrouting priority 100; policy accept;
        oifname "eth0" ip saddr 192.168.50.0/24 meta l4proto udp masquerade %s
    }
}
"""


def hub_overlay(name):
    return OVERLAYS[name].rsplit(".", 1)[0] + ".254"


def member(name, **keys):
    own = {"name": name, "address": NAT, "nat": True, "overlay": OVERLAYS[name],
           "hub_overlay": hub_overlay(name) + "/24"}
    if name in GRES:
        return own | {"encap": "gre-udp"} | GRES[name][1] | keys
    return own | {"encap": "vxlan", "vni": VXLANS[name][1], "udp_port": VXLANS[name][2]} | keys


CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "plain", "address": "10.0.0.11"}, *map(member, BEHIND)],
    "groups": [{"group": GROUP, "members": ["*"], "senders": [f"{NAT}/32", "plain"]}],
    "igmp": False, "mld": False,
    "idle": "sleep",
}


def without(*names):
    return copy.deepcopy(CONFIG) | {"members": [m for m in CONFIG["members"] if m["name"] not in names]}


def add_vxlan(node, address, vni, port):
    node.ip("link", "add", "vx0", "type", "vxlan", "id", str(vni), "dstport", str(port), "srcport", str(port),
            str(port + 1), "local", address, "remote", HUB_ADDRESS, "ttl", "64", "dev", "eth0", "noudpcsum")
    node.connect("vx0", OVERLAYS[node.name])
    node.route_groups(dev="vx0")


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {"plain": cloud.add_l2_member("plain", "10.0.0.11"), "nat": cloud.add_instance("nat", NAT)}
    nat = nodes["nat"]
    nat.ip("link", "add", "inside", "type", "bridge", "mcast_snooping", "0")
    nat.connect("inside", "192.168.50.1")
    nat.write_sysctl("net/ipv4/ip_forward", 1)
    nat.run("nft", RULES % "")
    nat.run("nft", NO_ERRORS)
    for name in BEHIND:
        address = (VXLANS | GRES)[name][0]
        node = nodes[name] = cloud.add_guest(nat, "inside", name, address)
        node.ip("route", "add", "default", "via", "192.168.50.1")
        node.run("nft", NO_ERRORS)
        if name in VXLANS:
            add_vxlan(node, *VXLANS[name])
        else:
            key = [argument for pair in GRES[name][1].items() for argument in (f"--{pair[0]}", str(pair[1]))]
            node.open_tunnel(HUB_ADDRESS, f"{OVERLAYS[name]}/24",
                             arguments=["--udp-port", "4754", "--mtu", "1400", *key])
    return nodes


@pytest.fixture(name="hub")
def fixture_hub(cloud, nodes):
    with cloud.start_hub(CONFIG) as hub:
        hub.await_resolved("plain")
        yield hub
        hub.settled()
        hub.stop()


def device(name):
    return "eth0" if name == "plain" else "vx0" if name in VXLANS else "gre1"


def member_record(hub, name):
    return hub.telemetry.ask(f"/mcdpdk/member,{name}")


def nat_port(hub, name):
    return member_record(hub, name)["nat_port"]


def nat_ports(hub):
    return {name: nat_port(hub, name) for name in BEHIND}


def speak(nodes, name, data=b"hello"):
    with open_sender(nodes[name], dev=device(name)) as sender:
        sender.sendto(data, (GROUP, PORT))


def introduce(hub, nodes):
    for name in BEHIND:
        speak(nodes, name)
        await_condition(lambda: nat_port(hub, name), f"the port of {name}")
    hub.await_resolved()
    hub.settled()


def inside_vxlan(vni, data):
    return raw(VXLAN(vni=vni, flags="Instance") / Ether(src="02:99:00:00:00:01", dst="01:00:5e:01:01:01")
               / IP(src="172.20.1.3", dst=GROUP) / UDP(sport=4000, dport=PORT) / data)


def shown(hub, name):
    done = hub.ctl("member", name)
    assert done.returncode == 0, done.stderr
    return done.stdout


def await_unresolved(hub, count):
    """Health checks all members once a second."""
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/health")["members_unresolved"] == count, f"{count} unresolved")


def test_nothing_leaves_before_the_port_is_known(cloud, hub, nodes):
    """No copy leaves to a member that was never heard. ben's packets from port 0, or to another port of the hub, teach
    nothing: he is unresolved, the others are silent. `ann` is known from her first packet on."""
    assert set(nat_ports(hub).values()) == {0}
    speak(nodes, "plain")
    await_condition(lambda: hub.drops()["copy_unresolved"] == len(BEHIND), "a copy_unresolved of each")
    await_unresolved(hub, 0)
    wire = Wire(nodes["nat"])
    for source, destination in ((0, 4789), (4789, 4790)):
        wire.send(Ether(src=nodes["nat"].mac, dst=cloud.hub_node.mac) / IP(src=NAT, dst=HUB_ADDRESS)
                  / UDP(sport=source, dport=destination, chksum=0) / inside_vxlan(43, b"unanswerable"))
    await_condition(lambda: member_record(hub, "ben")["rx_packets"] == 2, "ben heard")
    await_unresolved(hub, 1)
    assert re.search("nat_port +unknown", shown(hub, "ann"))
    speak(nodes, "ann")
    hub.await_resolved("ann")
    assert re.search(f"nat_port +{nat_port(hub, 'ann')}\n", shown(hub, "ann"))
    assert {name for name, port in nat_ports(hub).items() if port} == {"ann"}
    assert re.search(r"ann is behind port \d+ of its NAT, 10.0.0.30", hub.log())


def test_members_behind_one_address_are_several_instances(hub, nodes):
    """Each one's datagram reaches all others but not itself; their ports differ where the tunnel's do not."""
    introduce(hub, nodes)
    ports = nat_ports(hub)
    assert len({ports["ann"], ports["ben"]}) == len({ports["dan"], ports["eve"]}) == 2
    names = ("plain", *BEHIND)
    receivers = {name: open_receiver(nodes[name], GROUP, PORT, device(name)) for name in names}
    for sender in names:
        speak(nodes, sender, f"from {sender}".encode())
        for name in names:
            if name != sender:
                assert receive(receivers[name]) == [f"from {sender}".encode()]
    speak(nodes, "plain", b"end")
    for name in BEHIND:
        assert receive_until(receivers[name], b"end") == []
    verdict = hub.telemetry.ask(f"/mcdpdk/explain,ann,{GROUP}")
    assert (verdict["verdict"], verdict["total"]) == ("replicate", len(BEHIND))


def test_unicast_and_the_hubs_own_answers_go_through_the_nat(hub, nodes):
    """Inside a tunnel the hub answers ARP and ping, and forwards to others behind the same address."""
    introduce(hub, nodes)
    for name, address in (("ann", hub_overlay("ann")), ("ann", OVERLAYS["cid"]), ("dan", hub_overlay("dan")),
                          ("dan", OVERLAYS["eve"])):
        nodes[name].run("ping", "-c", "1", "-W", "10", address)


def renew_mappings(nat):
    """The kernel forgets its mappings when the interface goes down, and then uses other ports."""
    nat.run("nft", RULES % "to :6000-6999")
    nat.ip("link", "set", "eth0", "down")
    nat.ip("link", "set", "eth0", "up")


def speak_until(nodes, name, condition):
    """Send repeatedly: the hub ignores a change soon after another."""
    def spoke():
        speak(nodes, name)
        return condition()
    await_condition(spoke, f"a change of {name}")


def forge_turns(nat):
    """Send packets with ann's VNI from two ports of the NAT in turn, as fast as possible."""
    forgers = [nat.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for port, forger in enumerate(forgers, start=5555):
        forger.bind((NAT, port))
    for _ in range(500):
        for forger in forgers:
            forger.sendto(inside_vxlan(42, b"forged"), (HUB_ADDRESS, 4789))
    for forger in forgers:
        forger.close()


def too_big(port):
    """A router's message about a copy to this port of the NAT."""
    quote = IP(src=HUB_ADDRESS, dst=NAT, flags="DF", id=0, len=1500) / UDP(sport=4789, dport=port, len=1480)
    return IP(src=GATEWAY, dst=HUB_ADDRESS) / ICMP(type=3, code=4, nexthopmtu=1300) / Raw(raw(quote))


def test_another_port_is_followed_and_kept(hub, nodes):
    """The NAT renews its mappings and somebody forges ann's packets. Copies go to the new ports, also of a member whose
    other keys a reload changed; changes and log lines come at most once in two seconds."""
    begin = time.monotonic()
    introduce(hub, nodes)
    renew_mappings(nodes["nat"])
    forge_turns(nodes["nat"])
    for name in BEHIND:
        speak_until(nodes, name, lambda: 6000 <= nat_port(hub, name) < 7000)
    ports = nat_ports(hub)
    receivers = {name: open_receiver(nodes[name], GROUP, PORT, device(name)) for name in BEHIND}
    config = copy.deepcopy(CONFIG) | {"oversize": "drop"}
    config["members"][1]["role"] = "receiver"
    hub.reload_and_wait(config)
    assert nat_ports(hub) == ports
    speak(nodes, "plain", b"moved")
    for name in BEHIND:
        assert receive(receivers[name]) == [b"moved"]
    changes = hub.log().count("ann is behind port") - 1
    assert 1 <= changes <= (time.monotonic() - begin) / 2
    nodes["nat"].run("nft", RULES % "")


def test_a_router_is_believed_about_copies_to_the_port_in_use(cloud, hub, nodes):
    """A message that quotes a copy to ann's port narrows the path; one about the next port is `not_for_us`."""
    introduce(hub, nodes)
    wire = Wire(nodes["nat"])
    port, before = nat_port(hub, "ann"), hub.drops()["not_for_us"]
    header = Ether(src=nodes["nat"].mac, dst=cloud.hub_node.mac)
    wire.send(header / too_big(port ^ 1))
    await_condition(lambda: hub.drops()["not_for_us"] == before + 1, "not_for_us")
    assert member_record(hub, "ann")["path_mtu"] == 1500
    wire.send(header / too_big(port))
    await_condition(lambda: member_record(hub, "ann")["path_mtu"] == 1300, "path MTU 1300")


def test_a_port_is_learned_under_a_reused_member_id(cloud, nodes):
    """ann, declared without her NAT, is removed and declared with it under the same id. Her port is learned, though
    frames of the id's previous member came from the same MAC."""
    config = without(*BEHIND)
    with cloud.start_hub(config | {"members": [*config["members"], member("ann", nat=False)]}) as hub:
        hub.await_resolved()
        speak(nodes, "ann")
        await_condition(lambda: member_record(hub, "ann")["rx_packets"] == 1, "ann heard")
        hub.reload_and_wait(config)
        hub.reload_and_wait(config | {"members": [*config["members"], member("ann")]})
        speak(nodes, "ann")
        await_condition(lambda: nat_port(hub, "ann"), "ann's port", deadline_s=5)
        hub.settled()
        hub.stop()


def test_ports_are_known_after_a_restart(cloud, nodes):
    """With a state file, a copy reaches a member that has sent nothing since, at its port. One that is now declared
    without its NAT has none."""
    keys = {"state_file": str(cloud.folder / "state")}
    with cloud.start_hub(CONFIG | keys) as hub:
        introduce(hub, nodes)
        ports = nat_ports(hub)
        hub.stop()
    config = without("cid") | keys
    config["members"].append(member("cid", nat=False))
    listeners = {name: open_receiver(nodes[name], GROUP, PORT, device(name)) for name in ("ann", "dan")}
    with cloud.start_hub(config) as hub:
        hub.await_resolved()
        assert {name: member_record(hub, name).get("nat_port") for name in BEHIND} == ports | {"cid": None}
        speak(nodes, "plain", b"again")
        for listener in listeners.values():
            assert receive(listener) == [b"again"]
        hub.settled()
        hub.stop()

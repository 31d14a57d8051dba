# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Routers report the path MTU to tunnels (RFC 1191).

    hub    10.0.0.10 --+-- switch A --- router --- switch B --+-- carol 10.5.0.6, kernel VXLAN
                       |                MTU 1300              +-- far   10.5.0.11, gre and gre-udp
    alice  10.0.0.11 --+  kernel VXLAN

The router is Linux and sends its own messages about carol's path. The test makes those about far's, whose kernel
accepts everything.
"""

import contextlib
import copy
import socket

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import GRE, Ether
from scapy.packet import Raw

from encapsulations import NO_ERRORS
from segment import CONFIG, DEVICE, OVERLAYS, add_station
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, open_receiver, open_sender, receive
from waiting import await_condition

GROUP, PORT = "239.1.1.1", 5000
FAR = "10.5.0.11"
MTU, LINK_MTU = 1500, 1300
# IPv4 options of Linux; values of IP_MTU_DISCOVER without and with DF.
IP_MTU_DISCOVER, WITHOUT_DF, WITH_DF = 10, 0, 2
LARGE = bytes(i * 7 % 251 for i in range(1400))


def config_of(**keys):
    config = copy.deepcopy(CONFIG) | keys
    config["members"] = [m for m in config["members"] if m["name"] != "bob"] + [
        {"name": "far", "address": FAR, "encap": "gre"},
        {"name": "far-udp", "address": FAR, "encap": "gre-udp"}]
    config["groups"] = [{"group": GROUP, "members": ["*"]}]
    return config


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {"alice": cloud.add_instance("alice", "10.0.0.11"), "carol": cloud.add_instance("carol", "10.5.0.6"),
             "far": cloud.add_instance("far", FAR)}
    for name in ("alice", "carol"):
        add_station(nodes[name], OVERLAYS[name])
    nodes["far"].run("nft", NO_ERRORS)
    return nodes


class Bed:
    """A hub with a sender in its segment, a receiving program, and the router's wire."""

    def __init__(self, cloud, nodes, hub):
        self.hub = hub
        self.wire = Wire(cloud.router, "br-a")
        self.router_mac = cloud.router.device_mac("br-a")
        self.hub_mac = cloud.hub_node.mac
        self.sender = open_sender(nodes["alice"], dev=DEVICE)
        self.receiver = open_receiver(nodes["carol"], GROUP, PORT, DEVICE)

    def path_mtu(self, member):
        return self.hub.telemetry.ask(f"/mcdpdk/member,{member}")["path_mtu"]

    def explained_mtus(self):
        explained = self.hub.telemetry.ask(f"/mcdpdk/explain,alice,{GROUP}")
        return {record["member"]: record["mtu"] for name, record in explained.items()
                if name[0] == "r" and name[1:].isdigit()}

    def send(self, payload, df=WITH_DF):
        self.sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, df)
        self.sender.sendto(payload, (GROUP, PORT))

    def arrives(self, payload):
        self.send(payload)
        self.receiver.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            return self.receiver.recv(65535) == payload
        return False

    def counts(self):
        """Accepted messages by their class of the control lcore: ARP, at any time, has another one."""
        return {"accepted": self.hub.control()["echo"]["served"], **self.hub.drops()}

    def says(self, message, counter):
        """Send a router's message; it is counted so, once."""
        before = self.counts()[counter]
        self.wire.send(Ether(src=self.router_mac, dst=self.hub_mac) / message)
        await_condition(lambda: self.counts()[counter] > before, counter)
        assert self.counts()[counter] == before + 1


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud, nodes):
    with cloud.start_hub(config_of(), driver="af_xdp") as hub:
        hub.await_resolved()
        bed = Bed(cloud, nodes, hub)
        bed.send(b"small")
        assert receive(bed.receiver) == [b"small"]
        yield bed
        hub.settled()
        hub.stop()


def too_big(quoted, mtu=LINK_MTU, quote_len=28):
    """A router's message with the least quote (RFC 792) and no padding."""
    return IP(src=GATEWAY, dst=HUB_ADDRESS) / ICMP(type=3, code=4, nexthopmtu=mtu) / Raw(raw(quoted)[:quote_len])


def outer(protocol, length=MTU, **fields):
    return IP(**{"src": HUB_ADDRESS, "dst": FAR, "flags": "DF", "id": 0, "len": length, "proto": protocol} | fields)


def gre(**fields):
    return outer(47, **fields) / GRE(proto=0x0800) / bytes(64)


def over_udp(source=50000, **fields):
    return outer(17, **fields) / UDP(sport=source, dport=4754, len=MTU - 20) / GRE(proto=0x0800) / bytes(64)


FORGED = {
    "to nobody": gre(dst="10.5.0.99"),
    "from another": gre(src="10.0.0.99"),
    "that may be cut": gre(flags=0),
    "that was cut": gre(flags="MF"),
    "longer than all paths": gre(length=MTU + 1),
    "of another protocol": outer(4) / bytes(64),
    "with a key": outer(47) / GRE(proto=0x0800, key_present=1, key=5) / bytes(64),
    "to another port": outer(17) / UDP(sport=50000, dport=53, len=MTU - 20) / bytes(64),
    "from a port that is never used": over_udp(source=1024),
    "to a receiver in another tunnel": outer(17, dst="10.5.0.6") / UDP(sport=50000, dport=4754) / bytes(64),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_quote_of_a_foreign_packet_is_ignored(bed, what):
    """A message that quotes a packet the hub cannot have sent is `not_for_us`; no path MTU changes."""
    bed.says(too_big(FORGED[what], mtu=900, quote_len=100), "not_for_us")
    assert bed.path_mtu("far") == bed.path_mtu("far-udp") == MTU


def test_a_damaged_message_is_ignored(bed):
    """With a wrong ICMP checksum it is `bad_checksum`, with too short a quote `malformed`."""
    message = too_big(gre())
    message[ICMP].chksum = 1
    bed.says(message, "bad_checksum")
    bed.says(too_big(gre(), quote_len=27), "malformed")
    bed.says(too_big(gre(), quote_len=0), "malformed")
    assert bed.path_mtu("far") == MTU


def test_a_quote_of_a_real_packet_is_learned(bed):
    """The router quotes 8 bytes of a copy to far and a wrong length; then more for the other tunnel to the address;
    then an old router names no MTU. Each is control; all tunnels to far have the path MTU, carol keeps hers; copies to
    far are fragmented."""
    bed.says(too_big(gre(length=28)), "accepted")
    assert bed.path_mtu("far") == bed.path_mtu("far-udp") == LINK_MTU
    bed.says(too_big(over_udp(), mtu=1200, quote_len=90), "accepted")
    assert bed.path_mtu("far") == bed.path_mtu("far-udp") == 1200
    assert bed.explained_mtus() == {"carol": MTU, "far": 1200, "far-udp": 1200}
    fragments = bed.hub.stats()["tx_fragments"]
    bed.send(LARGE[:1100])
    assert bed.hub.settled()[0]["tx_fragments"] == fragments
    bed.send(LARGE[:1200])
    await_condition(lambda: bed.hub.stats()["tx_fragments"] == fragments + 2, "two copies in two")
    bed.says(too_big(gre(length=1200), mtu=0), "accepted")
    assert bed.path_mtu("far") == 1006
    bed.says(too_big(gre(), mtu=68), "accepted")
    assert bed.path_mtu("far") == 576
    assert f"member far: path MTU {LINK_MTU}, as router {GATEWAY} says (was {MTU})" in bed.hub.log()


@pytest.mark.parametrize("df", [WITH_DF, WITHOUT_DF])
def test_a_small_link_on_the_way_is_no_black_hole(cloud, bed, df):
    """The link to carol's subnet takes 1,300 bytes. Of alice's datagrams of 1,400, with and without DF, carol's program
    gets all once the router has reported."""
    cloud.router.ip("link", "set", "br-b", "mtu", str(LINK_MTU))
    await_condition(lambda: bed.arrives(LARGE), "a large datagram")
    assert bed.path_mtu("carol") == LINK_MTU
    for n in range(10):
        payload = bytes([n]) + LARGE[1:]
        bed.send(payload, df)
        bed.receiver.settimeout(10)
        while (data := bed.receiver.recv(65535)) != payload:
            assert data == LARGE
    bed.send(b"small", df)
    assert receive(bed.receiver) == [b"small"]


def test_a_learned_path_mtu_survives_a_reload(bed):
    """After a reload of `oversize: "drop"` a large copy is `copy_oversize`. After a reload of carol's `mtu` as 1,400
    that is in force."""
    await_condition(lambda: bed.path_mtu("carol") == LINK_MTU, "carol's path MTU")
    bed.hub.reload_and_wait(config_of(oversize="drop"))
    assert bed.path_mtu("carol") == LINK_MTU
    before = bed.hub.telemetry.ask("/mcdpdk/member,carol")["drops"]
    bed.send(LARGE)
    await_condition(lambda: bed.hub.telemetry.ask("/mcdpdk/member,carol")["drops"] == before + 1, "copy_oversize")
    config = config_of()
    config["members"][1]["mtu"] = 1400
    bed.hub.reload_and_wait(config)
    assert bed.path_mtu("carol") == 1400

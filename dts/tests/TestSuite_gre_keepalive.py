# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""GRE keepalives: a router sends a packet to itself through its tunnel, and the hub returns it plain.

    hub      10.0.0.10 --+
    edge     10.0.0.15 --+ gre
    keyed    10.0.0.16 --+ gre, key 7, receiver
    over-udp 10.0.0.17 --+ gre-udp
    guest    10.0.0.19 --+ admitted with gre
    unknown  10.0.0.40 --+
                         +-- switch A --- router --- switch B --- far 10.5.0.11  gre

A router keeps its tunnel down while its keepalives get lost. Raw frames play its kernel.
"""

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE, Ether

from accounting import accounted
from encapsulations import Instances
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire
from waiting import await_condition

ADDRESSES = {"edge": "10.0.0.15", "keyed": "10.0.0.16", "over-udp": "10.0.0.17",
             "guest": "10.0.0.19", "unknown": "10.0.0.40", "far": "10.5.0.11"}
KEYS = {"keyed": 7}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": "192.168.10.254/24"},
    "members": [
        {"name": "edge", "address": ADDRESSES["edge"], "encap": "gre", "overlay": "192.168.10.5"},
        {"name": "keyed", "address": ADDRESSES["keyed"], "encap": "gre", "key": 7, "role": "receiver"},
        {"name": "over-udp", "address": ADDRESSES["over-udp"], "encap": "gre-udp"},
        {"name": "far", "address": ADDRESSES["far"], "encap": "gre"},
    ],
    "admit": [{"prefix": f"{ADDRESSES['guest']}/32", "encap": ["gre"]}],
    "ttl": "decrement",
    "igmp": False, "mld": False,
    "idle": "sleep",
}
UNTOUCHED = ("unicast_packets", "copies", "rx_drop_packets")


def gre(key=None, **fields):
    return GRE(**fields) if key is None else GRE(key_present=1, key=key, **fields)


class Routers(Instances):
    def __init__(self, cloud):
        super().__init__(cloud, ADDRESSES)
        self.gateway_mac = cloud.router.device_mac("br-a")
        self.wires["far"] = Wire(cloud.router, "br-a")

    def mac(self, name):
        return self.gateway_mac if name == "far" else self.nodes[name].mac

    def send(self, name, packet, padding=b""):
        key = KEYS.get(name)
        inside = gre(key, proto=0x0800) / raw(packet)
        if name == "over-udp":
            inside = UDP(sport=50000, dport=4754, chksum=0) / inside
        outer = IP(src=ADDRESSES[name], dst=HUB_ADDRESS, proto=17 if name == "over-udp" else 47)
        self.wires[name].send(raw(Ether(src=self.mac(name), dst=self.hub_mac) / outer / inside) + padding)

    def expect_back(self, name, packet):
        self.wires[name].expect(Ether(src=self.hub_mac, dst=self.mac(name), type=0x0800) / raw(packet))


def keepalive(name, source=HUB_ADDRESS, destination=None, **fields):
    return IP(src=source, dst=destination or ADDRESSES[name], ttl=fields.pop("ttl", 255), **fields) / gre(
        KEYS.get(name), proto=0)


@pytest.fixture(scope="module", name="routers")
def fixture_routers(cloud):
    return Routers(cloud)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, routers):
    with cloud.running_hub(CONFIG, driver="af_xdp") as hub:
        routers.discard()
        yield hub


fixture_accounted = accounted("routers")


@pytest.mark.parametrize("name, fields", [
    ("edge", {}), ("keyed", {}), ("over-udp", {}), ("far", {}),
    ("edge", {"ttl": 1, "id": 7, "tos": 0xC0}), ("keyed", {"ttl": 1})])
def test_keepalive_comes_back(hub, routers, name, fields):
    """To the byte, plain, by the next hop, for every `ttl` and role; it is control in both directions."""
    before = hub.stats()
    routers.send(name, keepalive(name, **fields), padding=b"\xff" * 6)
    routers.expect_back(name, keepalive(name, **fields))
    stats, _ = hub.settled()
    assert [stats[key] for key in UNTOUCHED] == [before[key] for key in UNTOUCHED]
    assert stats["control_packets"] > before["control_packets"]
    assert stats["tx_control_packets"] > before["tx_control_packets"]


def test_sequence_and_data_come_back_too(routers):
    """The hub returns whatever a router puts into its keepalive."""
    packet = IP(src=HUB_ADDRESS, dst=ADDRESSES["edge"]) / GRE(
        proto=0, chksum_present=1, seqnum_present=1, sequence_number=5) / bytes(range(50))
    routers.send("edge", packet)
    routers.expect_back("edge", packet)


def test_admitted_router_is_answered(hub, routers):
    """A keepalive admits its sender and returns once its MAC is known."""
    routers.send("guest", keepalive("guest"))
    await_condition(lambda: "gre:10.0.0.19" in hub.telemetry.listing("members"), "admitted")
    hub.await_resolved("gre:10.0.0.19")
    hub.settled()
    routers.wires["guest"].pending()
    routers.send("guest", keepalive("guest"))
    routers.expect_back("guest", keepalive("guest"))


@pytest.mark.parametrize("packet", [
    keepalive("edge", destination=ADDRESSES["keyed"]),
    keepalive("edge", source=ADDRESSES["keyed"]),
    keepalive("edge", source="192.0.2.1", destination="192.0.2.2")],
    ids=["to another member", "as if from another", "to anybody"])
def test_nothing_but_a_keepalive_is_returned(hub, routers, packet):
    """A packet that is not from the hub's address to the sender's own goes nowhere."""
    before = hub.drops()["no_receiver"]
    routers.send("edge", packet)
    await_condition(lambda: hub.drops()["no_receiver"] == before + 1, "no_receiver")


def test_an_unknown_sender_is_not_answered(hub, routers):
    """An undeclared instance and a member with a wrong key are `source_denied`."""
    before = hub.drops()["source_denied"]
    routers.send("unknown", keepalive("unknown"))
    routers.wires["edge"].send(Ether(src=routers.mac("edge"), dst=routers.hub_mac) / IP(
        src=ADDRESSES["edge"], dst=HUB_ADDRESS, proto=47) / gre(9, proto=0x0800) / raw(keepalive("edge")))
    await_condition(lambda: hub.drops()["source_denied"] == before + 2, "source_denied")

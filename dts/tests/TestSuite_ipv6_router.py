# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A gateway that the hub learns from its advertisements (RFC 4861 6.3).

    hub fd00::10 ---+-- switch A --- router --- switch B ---+--- carol fd00:5::6, gre

The test advertises in the name of the router, whose kernel answers all else.
"""

import pytest
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import Ether

from ipv6_cloud import HUB_ADDRESS6, Ipv6Cloud
from traffic import Wire
from waiting import await_condition

CAROL = "fd00:5::6"
CONFIG = {
    "ports": [{"address6": f"{HUB_ADDRESS6}/64", "gateway6": "ra"}],
    "members": [{"name": "carol", "address": CAROL, "encap": "gre"}],
    "idle": "sleep",
}


@pytest.fixture(scope="module", name="cloud")
def fixture_cloud():
    with Ipv6Cloud() as cloud:
        yield cloud


class Router:
    def __init__(self, cloud):
        self.wire = Wire(cloud.router, "br-a")
        self.mac, self.hub_mac = cloud.router.device_mac("br-a"), cloud.hub_node.mac
        shown = cloud.router.ip("-6", "-o", "address", "show", "dev", "br-a", "scope", "link")
        self.address = shown.split("inet6 ")[1].split("/")[0]

    def advertise(self, lifetime, hops=255):
        self.wire.send(Ether(src=self.mac, dst=self.hub_mac) / IPv6(src=self.address, dst="ff02::1", hlim=hops)
                       / ICMPv6ND_RA(routerlifetime=lifetime) / ICMPv6NDOptSrcLLAddr(lladdr=self.mac))


def test_the_gateway_is_who_advertises_itself_for_as_long_as_it_does(cloud):
    """Not by an advertisement that a router may have passed on; with a lifetime of 0 it is none any more."""
    carol, router = cloud.add_ipv6_instance("carol", CAROL), Router(cloud)
    with cloud.start_hub(CONFIG, driver="af_xdp") as hub:
        def member():
            return hub.telemetry.ask("/mcdpdk/member,carol")

        before = hub.stats()["rx_packets"]
        router.advertise(1800, hops=254)
        await_condition(lambda: hub.stats()["rx_packets"] > before, "the first one has come")
        hub.settled()
        assert not member()["resolved"]
        router.advertise(1800)
        hub.await_resolved("carol")
        assert member()["mac"] == router.mac
        assert " 0% packet loss" in carol.run("ping", "-6", "-c", "2", HUB_ADDRESS6)
        router.advertise(0)
        await_condition(lambda: not member()["resolved"], "the router is none any more")
        hub.settled()
        hub.stop()

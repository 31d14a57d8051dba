# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is kept of a device, as words of `ip`."""

import json
import unittest

from mcdpdk_setup.link import Kernel, find_link

V4 = {"family": "inet", "local": "10.0.0.10", "prefixlen": 24, "scope": "global"}
V6 = {"family": "inet6", "local": "fd00::5", "prefixlen": 64, "scope": "global"}


class Answers:
    """A machine with one device."""

    def __init__(self, addresses=(), routes=(), routes6=()):
        self.addresses, self.routes = list(addresses), {"-4": list(routes), "-6": list(routes6)}

    def learn_json(self, *argv):
        if argv[2] == "address":
            return [{"ifname": "eth1", "flags": ["UP"], "addr_info": self.addresses}]
        return json.loads(json.dumps(self.routes[argv[2]])) if argv[3] == "route" else []

    ask_json = learn_json

    def word(self, name):
        return "02:00:00:00:00:01"

    def number(self, name, default=0):
        return 1400


def link(**what):
    system = Answers(**what)
    return find_link(system, Kernel(system), "eth1")


class Link(unittest.TestCase):
    def expect_address(self, words, **info):
        self.assertEqual(link(addresses=[info]).addresses, [words.split()] if words else [])

    def test_addresses_of_every_form(self):
        self.expect_address("10.0.0.10/24 scope global", **V4)
        self.expect_address("10.0.0.10/24 broadcast 10.0.0.255 scope global", **V4, broadcast="10.0.0.255")
        self.expect_address("10.0.0.10/24 scope global noprefixroute", **V4, noprefixroute=True, dynamic=True)
        self.expect_address("10.0.0.10 peer 10.0.0.1/32 scope global", **{**V4, "prefixlen": 32}, address="10.0.0.1")
        self.expect_address("10.0.0.10/24 scope global metric 1024", **V4, metric=1024)
        self.expect_address("fd00::5/64 scope global", **V6)

    def test_addresses_that_come_by_themselves_are_left_out(self):
        self.expect_address("", **V6, dynamic=True, mngtmpaddr=True)
        self.expect_address("", **{**V6, "local": "fe80::1", "scope": "link"})

    def test_the_addresses_of_a_dhcp_client_have_a_lifetime(self):
        infos = [V4, {**V4, "local": "10.0.0.9", "dynamic": True}, {**V6, "dynamic": True}]
        self.assertEqual(link(addresses=infos).leased, ["10.0.0.9/24"])

    def test_the_hubs_address_is_the_first_that_is_not_link_local(self):
        infos = [{**V4, "local": "169.254.1.1"}, {**V4, "local": "10.0.0.9", "secondary": True}, V4]
        self.assertEqual(link(addresses=infos).address, "10.0.0.10/24")

    def test_the_hubs_ipv6_address_is_the_first_that_stays(self):
        passing = [{**V6, "local": f"fd00::{n}", word: True}
                   for n, word in enumerate(("temporary", "deprecated", "tentative", "dadfailed"), 1)]
        link_local = {**V6, "local": "fe80::1", "scope": "link"}
        self.assertIsNone(link(addresses=[V4, link_local, *passing]).address6)
        leased = {**V6, "local": "2001:db8::7", "prefixlen": 128, "dynamic": True}
        self.assertEqual(link(addresses=[link_local, *passing, V4, leased, V6]).address6, "2001:db8::7/128")
        self.assertEqual(link(addresses=[{**V6, "mngtmpaddr": True}]).address6, "fd00::5/64")

    def test_the_ipv6_gateway_is_an_address_unless_it_announces_itself(self):
        by_hand = {"dst": "default", "gateway": "fd00::1", "dev": "eth1", "protocol": "static"}
        announced = {"dst": "default", "gateway": "fe80::1", "dev": "eth1", "protocol": "ra"}
        other = {"dst": "fd00:b::/64", "gateway": "fd00::2", "dev": "eth1"}
        for routes, gateway in (([], None), ([by_hand], "fd00::1"), ([announced], "ra"), ([other], "fd00::2"),
                                ([other, announced], "ra"), ([{**by_hand, "dev": "eth0"}], None)):
            self.assertEqual(link(routes6=routes).gateway6, gateway)
        self.assertIsNone(link(routes6=[announced]).gateway)
        self.assertIsNone(link(routes=[{**by_hand, "gateway": "10.0.0.1"}]).gateway6)

    def expect_route(self, words, **route):
        self.assertEqual(link(routes=[route]).routes, [["-4", *words.split()]] if words else [])

    def test_routes_of_every_form(self):
        self.expect_route("default via 10.0.0.1 metric 7 proto dhcp table 1000 dev eth1 onlink", dst="default",
                          dev="eth1", gateway="10.0.0.1", metric=7, protocol="dhcp", table="1000", flags=["onlink"])
        hops = [{"gateway": f"10.0.0.{n}", "dev": dev, "weight": n} for n, dev in ((1, "eth1"), (2, "eth0"))]
        self.expect_route("10.9.0.0/16 nexthop via 10.0.0.1 dev eth1 weight 1 nexthop via 10.0.0.2 dev eth0 weight 2",
                          dst="10.9.0.0/16", nexthops=hops)

    def test_routes_of_others_and_of_the_kernels_own_table_are_left_out(self):
        self.expect_route("", dst="10.9.0.0/16", dev="eth0")
        self.expect_route("", type="local", dst="10.0.0.10", dev="eth1", table="local")

    def test_the_gateway_is_that_of_a_default_route_in_any_table(self):
        routes = [{"dst": "10.9.0.0/16", "gateway": "10.0.0.2", "dev": "eth1"},
                  {"dst": "default", "gateway": "10.0.0.1", "dev": "eth1", "table": "1000"}]
        self.assertEqual(link(routes=routes).gateway, "10.0.0.1")
        self.assertEqual(link(routes=routes[:1]).gateway, "10.0.0.2")


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What copies cost, and which limit ends first."""

import unittest

from mcdpdk_tools import queries
from mcdpdk_tools.budget import (Limit, Member, Stream, budget, chosen, entry, facts, frames, headers, of_config,
                                 of_instance, own_allowance, quantity)
from mcdpdk_tools.telemetry import HubError

GROUP, OTHER = "239.1.1.1", "239.1.1.2"


def member(name="a", encap="gre", mtu=1500, has_key=False, address="10.0.0.1", is_nat=False):
    return Member(name, address, encap, headers(encap, has_key, address), mtu, is_nat)


def of_members(count, limits, pps=1000, size=962, **kind):
    """By default a frame of 1,000 bytes to each GRE member, whose flow is its own."""
    members = {f"m{i}": member(f"m{i}", address=f"10.0.{i // 250}.{i % 250 + 1}", **kind) for i in range(count)}
    return budget([Stream(GROUP, pps, size, list(members))], members, limits)


class Frames(unittest.TestCase):
    def test_each_encapsulation_has_its_headers(self):
        lengths = {encap: frames(100, member(encap=encap))[1] - 100 for encap in (
            "l2", "udp", "gre", "gre-udp", "vxlan", "gretap", "amt")}
        self.assertEqual(lengths, {"l2": 14, "udp": 14, "gre": 38, "gre-udp": 46, "vxlan": 64, "gretap": 52, "amt": 44})

    def test_a_gre_key_is_four_bytes_more(self):
        self.assertEqual(frames(100, member(has_key=True)), (1, 142))
        self.assertEqual(frames(100, member(encap="vxlan", has_key=True)), (1, 164))

    def test_an_outer_header_of_ipv6_is_20_bytes_more(self):
        lengths = {encap: frames(100, member(encap=encap, address="fd00::1"))[1] - 100 for encap in (
            "l2", "udp", "gre", "gre-udp", "vxlan", "gretap", "amt")}
        self.assertEqual(lengths, {"l2": 14, "udp": 14, "gre": 58, "gre-udp": 66, "vxlan": 84, "gretap": 72, "amt": 64})

    def test_only_what_is_larger_than_the_path_is_cut(self):
        self.assertEqual(frames(1476, member()), (1, 1514))
        # 1456 bytes fit behind the IP header, and are a multiple of eight.
        self.assertEqual(frames(1477, member()), (2, 2 * 58 + 1457))
        self.assertEqual(frames(20 + 2 * 1456, member()), (2, 2 * 58 + 2 * 1456))
        self.assertEqual(frames(20 + 2 * 1456 + 1, member()), (3, 3 * 58 + 2 * 1456 + 1))
        # 1452 would fit, but only the last one may be no multiple of eight.
        self.assertEqual(frames(20 + 2 * 1448 + 1, member(has_key=True)), (3, 3 * 62 + 2 * 1448 + 1))

    def test_or_dropped(self):
        self.assertEqual(frames(1477, member(), "drop"), (0, 0))


class Budget(unittest.TestCase):
    def test_copies_add_up_by_group_and_member(self):
        members = {"a": member("a"), "b": member("b", "l2", address="10.0.0.2")}
        found = budget([Stream(GROUP, 100, 86, ["a", "b"]), Stream(OTHER, 10, 186, ["a"])], members, [])
        self.assertEqual(found["total"], {"copies": 210, "pps": 210, "bps": 8 * (100 * 124 + 100 * 100 + 10 * 224)})
        self.assertEqual([(row["group"], row["copies"], row["bps"]) for row in found["groups"]], [
            (GROUP, 200, 8 * 100 * (124 + 100)), (OTHER, 10, 8 * 10 * 224)])
        self.assertEqual([(row["name"], row["pps"], row["bps"]) for row in found["members"]], [
            ("a", 110, 8 * (100 * 124 + 10 * 224)), ("b", 100, 80000)])

    def test_a_gre_tunnel_is_one_flow_whatever_its_key(self):
        members = {"a": member("a"), "b": member("b", has_key=True), "c": member("c", address="10.0.0.2")}
        found = budget([Stream(GROUP, 100, 86, ["a", "b", "c"]), Stream(OTHER, 100, 86, ["a"])], members, [])
        self.assertEqual([row["bps"] for row in found["flows"]], [8 * 100 * (124 + 128 + 124), 8 * 100 * 124])

    def test_a_udp_tunnel_has_a_flow_for_each_group_but_not_behind_a_nat(self):
        for is_nat, flows in ((False, [(1, 8 * 100 * 132), (1, 8 * 50 * 132)]), (True, [(2, 8 * 150 * 132)])):
            members = {"a": member("a", "gre-udp", is_nat=is_nat)}
            found = budget([Stream(GROUP, 100, 86, ["a"]), Stream(OTHER, 50, 86, ["a"])], members, [])
            self.assertEqual([(row["streams"], row["bps"]) for row in found["flows"]], flows)

    def test_the_limit_that_is_used_most_comes_first(self):
        found = of_members(10, [Limit("pps", 20000, "instance"), Limit("bps", 8 * 8000 * 1000 + 1, "instance")])
        bits, packets = found["limits"]
        self.assertEqual((bits["limit"], bits["used"], bits["percent"], bits["members"]), ("bps", 80000000, 125.0, 8))
        self.assertEqual((packets["percent"], packets["members"]), (50.0, 20))
        self.assertEqual(found["hubs"], 2)
        self.assertIn("First throttled: bits a second of the instance, 125 % of 64 M, which ends at 8 members like"
                      " these 10.", found["words"])

    def test_hubs_share_whole_members(self):
        """3 members on each, although 2.5 hubs would have the bits."""
        self.assertEqual(of_members(10, [Limit("pps", 4000, "instance")])["hubs"], 3)
        self.assertEqual(of_members(10, [Limit("pps", 3999, "instance")])["hubs"], 4)
        self.assertEqual(of_members(10, [Limit("pps", 10000, "instance")])["hubs"], 1)

    def test_no_hub_serves_a_member_whose_copies_are_too_many(self):
        found = of_members(2, [Limit("pps", 999, "instance")])
        self.assertEqual(found["hubs"], 0)
        self.assertIn("No number of hubs would do: the copies of a single member are too many.", found["words"])

    def test_a_flow_is_not_helped_by_hubs(self):
        found = of_members(3, [Limit("flow_bps", 4000000, "instance")])
        self.assertEqual((found["limits"][0]["percent"], found["hubs"]), (200.0, None))
        self.assertIn("more hubs do not help", found["words"][-1])
        members = {"a": member("a")}
        found = budget([Stream(GROUP, 1000, 966, ["a"]), Stream(OTHER, 1000, 966, ["a"])], members,
                       [Limit("flow_bps", 9000000, "instance")])
        self.assertIn("gre-udp or vxlan has a flow for each source and group", found["words"][-1])

    def test_the_link_carries_more_than_frames(self):
        """Preamble, FCS and gap, and at least 60 bytes."""
        found = of_members(1, [Limit("port_bps", 10**6, "port")], pps=1, size=20, encap="l2")
        self.assertEqual(found["limits"][0]["used"], 8 * 84)

    def test_the_allowance_to_set_is_a_little_below_the_clouds(self):
        limits = [Limit("pps", 1000000, "instance"), Limit("bps", 10**10, "instance"), Limit("pps", 5, "port")]
        self.assertEqual(of_members(1, limits)["allowance"], {"pps": 950000, "bps": 9500000000})
        self.assertEqual(budget([], {}, limits, ports=2)["allowance"], {"pps": 475000, "bps": 4750000000})
        self.assertEqual(of_members(1, [])["allowance"], {})

    def test_what_comes_in_counts_where_the_cloud_adds_both_directions(self):
        """10 copies of 1,000 packets a second, which came in frames of as many bytes."""
        found = of_members(10, [Limit("pps", 10500, "instance", both_directions=True),
                                Limit("bps", 8 * 1000 * 100000, "instance")])
        self.assertEqual(found["received"], {"pps": 1000, "bps": 8 * 1000 * 1000})
        packets, bits = found["limits"]
        self.assertEqual((packets["used"], packets["percent"], packets["members"]), (11000, 104.8, 9))
        self.assertEqual(bits["used"], 8 * 1000 * 10000)
        self.assertEqual((found["hubs"], found["allowance"]), (2, {"pps": 8975, "bps": 760000000}))
        self.assertIn("(in and out together)", found["words"][1])
        self.assertIn("room for what comes in", found["words"][-1])

    def test_what_comes_in_may_be_all_that_is_allowed(self):
        found = of_members(1, [Limit("pps", 900, "instance", both_directions=True)])
        self.assertEqual((found["limits"][0]["members"], found["hubs"], found["allowance"]), (0, 0, {"pps": 1}))

    def test_the_sender_is_taken_for_the_member_with_the_longest_frames(self):
        members = {"a": member("a", "l2"), "b": member("b", "vxlan"), "c": member("c", "gre", mtu=576)}
        streams = [Stream(GROUP, 10, 500, []), Stream(OTHER, 1, 1000, [])]
        # The second comes as two fragments of the member with the shortest MTU.
        self.assertEqual(budget(streams, members, [])["received"],
                         {"pps": 12, "bps": 8 * (10 * 564 + 2 * 58 + 1000 - 20)})

    def test_notes_are_in_the_words(self):
        found = of_members(1, [Limit("pps", 5, "instance", note="two ports together")])
        self.assertIn("% of 5 (two ports together), which ends", found["words"][1])

    def test_nothing_known_and_nothing_sent_are_no_faults(self):
        self.assertEqual(of_members(1, [])["words"][-1], "No limit is known: name --instance or --allowance.")
        found = budget([], {}, [Limit("pps", 5, "instance"), Limit("flow_bps", 5, "instance")])
        self.assertEqual((found["total"]["copies"], found["hubs"]), (0, None))
        self.assertIn("Nothing is throttled", found["words"][1])


class Answers(unittest.TestCase):
    def test_a_key_makes_the_header_longer_also_if_it_is_zero(self):
        row = {"name": "a", "origin": "static", "address": "10.0.0.57", "encap": "gre", "path_mtu": 1400}
        self.assertEqual(queries.described(row), Member("a", "10.0.0.57", "gre", 24, 1400))
        self.assertEqual(queries.described({**row, "key": 0}), Member("a", "10.0.0.57", "gre", 28, 1400))
        row |= {"encap": "gre-udp", "nat_port": 0}
        self.assertTrue(queries.described(row).is_nat)


class Limits(unittest.TestCase):
    KNOWN = [{"cloud": "aws", "limit": "flow_bps", "value": 5, "source": "s"},
             {"cloud": "aws", "type": "m5.8xlarge", "limit": "bps", "value": 10, "source": "t"},
             {"cloud": "gcp", "type": "c3", "limit": "bps", "value": 20, "source": "u"}]

    def test_a_type_has_the_limits_of_its_cloud(self):
        self.assertEqual([(limit.kind, limit.value, limit.source) for limit in of_instance("m5.8xlarge", self.KNOWN)],
                         [("flow_bps", 5, "s"), ("bps", 10, "t")])
        self.assertEqual([limit.kind for limit in of_instance("aws", self.KNOWN)], ["flow_bps"])

    def test_a_flexible_type_has_its_figure_for_each_ocpu(self):
        known = [*self.KNOWN, {"cloud": "oci", "type": "E4.Flex", "limit": "bps", "value": 40, "value_per_ocpu": 3,
                               "source": "v"}]
        self.assertEqual([of_instance(f"E4.Flex:{ocpus}", known)[0].value for ocpus in (1, 13, 14)], [3, 39, 40])
        for instance in ("E4.Flex", "E4.Flex:", "E4.Flex:0", "E4.Flex:x"):
            with self.assertRaisesRegex(HubError, "name their number, as E4.Flex:4"):
                of_instance(instance, known)
        with self.assertRaisesRegex(HubError, "m5.8xlarge has no number of OCPUs"):
            of_instance("m5.8xlarge:2", known)

    def test_an_unknown_type_is_told_what_is_known(self):
        with self.assertRaisesRegex(HubError, "^no figure of m5.large has a source; one of m5.8xlarge has. Give"):
            of_instance("m5.large", self.KNOWN)
        with self.assertRaisesRegex(HubError, "source; some types of aws and gcp have one: allowances.json. Give"):
            of_instance("z", self.KNOWN)

    def test_what_is_given_replaces_what_is_known(self):
        limits = chosen([Limit("pps", 1, "port")], of_instance("m5.8xlarge", self.KNOWN), {"bps": 7.0, "pps": 8.0})
        self.assertEqual([(limit.kind, limit.value) for limit in limits],
                         [("pps", 1), ("flow_bps", 5), ("bps", 7), ("pps", 8)])

    def test_what_is_given_counts_the_directions_that_the_cloud_counts(self):
        both = [Limit("pps", 1, "instance", both_directions=True), Limit("bps", 1, "instance")]
        self.assertEqual([limit.both_directions for limit in chosen([], both, {"pps": 8.0, "bps": 9.0})],
                         [True, False])

    def test_ports_add_up_if_all_are_limited(self):
        both = [{"pps": 1, "bps": 10}, {"pps": 2}]
        self.assertEqual([(limit.kind, limit.value) for limit in own_allowance(both)], [("pps", 3)])

    def test_the_file_is_found(self):
        self.assertIn(Limit("bps", 10**10, "instance", facts()[0]["source"], ""), of_instance("m5.8xlarge", facts()))


class Entries(unittest.TestCase):
    KNOWN = ["239.1.1.1,10.0.0.1", "239.1.1.1", "239.1.0.0/16", "239.0.0.0/8"]

    def test_the_most_specific_applies(self):
        for group, found in (("239.1.1.1,10.0.0.1", 0), ("239.1.1.1,10.0.0.2", 1), ("239.1.1.1", 1), ("239.1.1.2", 2),
                             ("239.2.1.1", 3), ("239.0.0.0/8", 3)):
            self.assertEqual(entry(group, self.KNOWN), self.KNOWN[found], group)
        self.assertIsNone(entry("238.1.1.1", self.KNOWN))

    def test_quantities(self):
        self.assertEqual([quantity(text) for text in ("5", "1.5k", "2M", "5G")], [5, 1500, 2e6, 5e9])
        for text in ("", "k", "-1", "0", "nan", "inf", "5x"):
            with self.assertRaises(ValueError):
                quantity(text)


class Configuration(unittest.TestCase):
    CONFIG = {
        "ports": [{"address": "10.0.0.10/24", "mtu": 9000, "allowance": {"pps": 5}},
                  {"address": "10.1.0.10/24", "gateway": "10.1.0.1", "mtu": 1400, "allowance": {"pps": 6}}],
        "members": [{"name": "near", "address": "10.0.0.1", "encap": "l2"},
                    {"name": "far", "address": "10.9.0.1", "encap": "gre", "key": 0},
                    {"name": "cut", "address": "10.9.0.2", "encap": "gre-udp", "mtu": 1000, "nat": True},
                    {"name": "sends", "address": "10.9.0.3", "encap": "gre", "role": "sender"}],
        "groups": [{"group": "239.1.0.0/16", "members": ["*"]}, {"group": GROUP, "members": ["far", "sends"]},
                   {"group": OTHER, "sources": ["10.0.0.1"], "members": []}],
    }

    def test_members_have_headers_and_the_mtu_of_their_port(self):
        members = of_config(self.CONFIG, {}, 100)[1]
        self.assertEqual([tuple(members[name])[3:] for name in ("near", "far", "cut")],
                         [(0, 9000, False), (28, 1400, False), (32, 1000, True)])

    def test_a_sender_receives_nothing(self):
        rates = {GROUP: 1, "239.1.2.3": 2, f"{OTHER},10.0.0.1": 3}
        streams, _, limits, ports = of_config(self.CONFIG, rates, 100)
        self.assertEqual([stream.receivers for stream in streams], [["far"], ["near", "far", "cut"], []])
        self.assertEqual((limits[0].kind, limits[0].value, ports), ("pps", 11, 2))

    def test_an_ipv6_group_goes_to_members_that_take_such(self):
        members = [*self.CONFIG["members"], {"name": "four", "address": "10.0.0.4", "encap": "udp"},
                   {"name": "six", "address": "fd00::6", "encap": "udp"}]
        config = {**self.CONFIG, "members": members, "groups": [{"group": "ff05::/16", "members": ["*"]}],
                  "unknown_groups": "flood"}
        streams, *_ = of_config(config, {"ff05::1": 1, "ff02::fb": 2, GROUP: 3}, 100)
        self.assertEqual([stream.receivers for stream in streams],
                         [["near", "far", "cut", "six"]] * 2 + [["near", "far", "cut", "four"]])

    IPV6 = {
        "ports": [{"address": "10.0.0.10/24", "gateway": "10.0.0.1", "mtu": 9000},
                  {"address6": "fd00::10/64", "gateway6": "ra", "mtu": 1400},
                  {"address": "10.1.0.10/24", "address6": "fd00:1::10/64", "mtu": 1300}],
        "members": [{"name": "near", "address": "fd00:1::1", "encap": "gre"},
                    {"name": "far", "address": "2001:db8::1", "encap": "vxlan", "vni": 1},
                    {"name": "udp6", "address": "fd00::2", "encap": "udp"},
                    {"name": "udp4", "address": "10.1.0.2", "encap": "udp"},
                    {"name": "link", "address": "fe80::2", "encap": "gre"}],
        "groups": [{"group": "ff05::/16", "members": ["*"]}, {"group": GROUP, "members": ["*"]}],
    }

    def test_members_over_ipv6_use_the_ports_of_their_family(self):
        members = of_config(self.IPV6, {}, 100)[1]
        self.assertEqual({name: tuple(found)[3:5] for name, found in members.items()}, {
            "near": (44, 1300), "far": (70, 1400), "udp6": (0, 1400), "udp4": (0, 1300), "link": (44, 1400)})

    def test_udp_takes_the_groups_of_its_own_family(self):
        streams, *_ = of_config(self.IPV6, {"ff05::1": 1, GROUP: 1}, 100)
        self.assertEqual([stream.receivers for stream in streams],
                         [["near", "far", "udp6", "link"], ["near", "far", "udp4", "link"]])

    def test_a_group_without_an_entry_is_refused_unless_it_is_flooded(self):
        with self.assertRaisesRegex(HubError, "no entry for the group 238.0.0.1"):
            of_config(self.CONFIG, {"238.0.0.1": 1}, 100)
        (stream,), *_ = of_config({**self.CONFIG, "unknown_groups": "flood"}, {"238.0.0.1": 1}, 100)
        self.assertEqual(stream.receivers, ["near", "far", "cut"])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Texts of groups, and the filter for what belongs to one."""

import ipaddress
import re
import unittest

from mcdpdk_tools import capture, groups

IPV4, IPV6, ETHERNET = 20, 40, 14


class Texts(unittest.TestCase):
    def test_a_group_has_the_text_of_the_hub(self):
        for text, canonical in (("FF05::0:1", "ff05::1"), ("ff05::1/128", "ff05::1"), ("FF05:0::/16", "ff05::/16"),
                                ("ff3e::8,2001:DB8::0:1", "ff3e::8,2001:db8::1"), ("239.1.1.1", "239.1.1.1"),
                                ("239.1.1.1/32", "239.1.1.1"), ("239.0.0.0/8", "239.0.0.0/8"),
                                ("232.1.1.1,10.0.0.1", "232.1.1.1,10.0.0.1"), ("desk", "desk"), ("fd00::1", "fd00::1"),
                                ("ff05::1,10.0.0.1", "ff05::1,10.0.0.1"), ("FF05::1/16", "FF05::1/16")):
            self.assertEqual(groups.canonical(text), canonical)

    def test_a_prefix_covers_the_groups_of_its_family(self):
        self.assertTrue(groups.covers("ff05::/16", "ff05::1"))
        self.assertTrue(groups.covers("ff05::1", "ff05::1"))
        self.assertTrue(groups.covers("239.0.0.0/8", "239.1.1.1"))
        self.assertFalse(groups.covers("ff05::/16", "ff02::1"))
        self.assertFalse(groups.covers("ff05::1", "ff05::2"))
        self.assertFalse(groups.covers("224.0.0.0/4", "ff05::1"))
        self.assertFalse(groups.covers("ff00::/8", "239.1.1.1"))
        self.assertFalse(groups.covers("unknown_groups", "ff05::1"))


class Takers(unittest.TestCase):
    def test_only_copies_with_the_members_own_address_are_of_its_family(self):
        for encap in ("l2", "gre", "vxlan", "amt"):
            for address in ("10.0.0.1", "fd00::1"):
                for group in ("239.1.1.1", "ff05::1"):
                    self.assertTrue(groups.takes({"encap": encap, "address": address}, group))
        self.assertTrue(groups.takes({"encap": "udp", "address": "fd00::1"}, "ff05::1"))
        self.assertFalse(groups.takes({"encap": "udp", "address": "10.0.0.1"}, "ff05::1"))


def ip(group, source):
    """An IP packet of the group's family."""
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(group).packed
    return bytes(8 if ":" in group else 12) + addresses + bytes(8)


def ethertype(group):
    return bytes.fromhex("86dd" if ":" in group else "0800")


def frame(group, source):
    return bytes(ETHERNET - 2) + ethertype(group) + ip(group, source)


def outer(version, protocol, payload):
    if version == 6:
        return bytes(6) + bytes([protocol]) + bytes(IPV6 - 7) + payload
    return bytes(9) + bytes([protocol]) + bytes(IPV4 - 10) + payload


def gre(flags, words, group, source):
    return bytes.fromhex(flags) + ethertype(group) + bytes(4 * words) + ip(group, source)


def gretap(group, source):
    return bytes.fromhex("20006558") + bytes(4) + frame(group, source)


def encapsulated(group, source, version):
    """Inside IPv4 or IPv6."""
    kinds = [(47, gre("0000", 0, group, source)), (47, gre("2000", 1, group, source)),
             (47, gre("a000", 2, group, source)), (47, gretap(group, source)),
             (17, bytes(8) + gre("0000", 0, group, source)), (17, bytes(8) + gre("2000", 1, group, source)),
             (17, bytes(8) + b"\x08" + bytes(7) + frame(group, source)),
             (17, bytes(8) + b"\x06\x00" + ip(group, source))]
    return [outer(version, *kind) for kind in kinds]


def passes(expression, packet, version):
    """libpcap's language, as far as capture.py speaks it. Of what the packet does not reach nothing is true."""
    packet += bytes(256)
    words = re.sub(r"ip6?\[(\d+):(\d)\]", r"at(\1, \2)", expression)
    words = re.sub(r"ip6?\[(\d+)\]", r"at(\1, 1)", words)
    words = re.sub(r"\bip and\b", f"{version == 4} and", words)
    words = re.sub(r"\bip6 and\b", f"{version == 6} and", words)
    words = re.sub(r"(?<![!<>])=", "==", words).replace("!==", "!=")
    return bool(eval(words, {"at": lambda offset, size: int.from_bytes(packet[offset:offset + size], "big")}))


def mixes(expression):
    """Whether `and` and `or` stand side by side: libpcap's have no precedence, Python's have."""
    seen = [set()]
    for word in re.findall(r"[()]|\band\b|\bor\b", expression):
        if word == "(":
            seen.append(set())
        elif word == ")":
            seen.pop()
        else:
            seen[-1].add(word)
            if len(seen[-1]) == 2:
                return True
    return False


class Filter(unittest.TestCase):
    def check(self, subject, inside, outside):
        expression = capture.find_filter(None, subject)
        self.assertFalse(mixes(expression), expression)
        # Each family's offsets stand behind its own name.
        self.assertTrue(all(int(offset) >= 6 for offset in re.findall(r"ip6\[(\d+)", expression)))
        for version in (4, 6):
            for flow in inside:
                for packet in encapsulated(*flow, version):
                    self.assertTrue(passes(expression, packet, version), (subject, flow, packet.hex()))
            for flow in outside:
                for packet in encapsulated(*flow, version):
                    self.assertFalse(passes(expression, packet, version), (subject, flow, packet.hex()))

    def test_a_group_is_found_in_every_tunnel(self):
        self.check("239.1.1.1", [("239.1.1.1", "10.0.0.1")], [("239.1.1.2", "10.0.0.1"), ("ff05::1", "fd00::1")])
        self.check("FF05::0:1", [("ff05::1", "fd00::1")],
                   [("ff05::2", "fd00::1"), ("ff05:1::1", "fd00::1"), ("ff15::1", "fd00::1"), ("239.1.1.1", "10.0.0.1")])

    def test_a_prefix_and_a_source_narrow_it(self):
        self.check("ff05::/16", [("ff05::1", "fd00::1"), ("ff05:ffff::", "fd00::1")], [("ff02::1", "fd00::1")])
        self.check("ff05::1:0/113", [("ff05::1:7fff", "fd00::1")], [("ff05::1:8000", "fd00::1")])
        self.check("ff05::1,fd00::1", [("ff05::1", "fd00::1")], [("ff05::1", "fd00::2"), ("ff05::1", "fd01::1")])
        self.check("239.0.0.0/8", [("239.1.1.1", "10.0.0.1")], [("232.1.1.1", "10.0.0.1")])
        self.check("232.1.1.1,10.0.0.1", [("232.1.1.1", "10.0.0.1")], [("232.1.1.1", "10.0.0.2")])


if __name__ == "__main__":
    unittest.main()

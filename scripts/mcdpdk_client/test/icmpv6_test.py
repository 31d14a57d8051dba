# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which ICMPv6 messages are answers to a question to the hub."""

import socket
import struct
import unittest

from mcdpdk_client.icmpv6 import ALL_ROUTERS, ECHO_REPLY, echo_request, read_answer, unreachable
from mcdpdk_client.mld import icmp_packet
from mcdpdk_client.nd import advertised, solicited_node
from mcdpdk_client.probe import COOKIE, checksum
from mcdpdk_client.soft_handover import welcomes

HUB, OWN = "fd00:a::10", "fd00:a::11"
IDENT, BODY = 7777, bytes(range(COOKIE))
REQUEST = echo_request(IDENT, 5, BODY)
REPLY = bytes([ECHO_REPLY]) + REQUEST[1:]


def refusal(code=1, asked=REQUEST, protocol=socket.IPPROTO_ICMPV6):
    quoted = struct.pack("!IHBB32x", 6 << 28, len(asked), protocol, 64) + asked
    return struct.pack("!BBHI", 1, code, 0, 0) + quoted


class Answers(unittest.TestCase):
    def test_an_echo_reply_with_identifier_and_body_is_one(self):
        self.assertEqual(read_answer(REPLY, IDENT, BODY), (5, False))
        self.assertEqual(read_answer(REPLY + b"more", IDENT, BODY), (5, False))
        for other in (REQUEST, b"", REPLY[:-1]):
            self.assertIsNone(read_answer(other, IDENT, BODY))
        self.assertIsNone(read_answer(REPLY, IDENT + 1, BODY))
        self.assertIsNone(read_answer(REPLY, IDENT, BODY[1:] + b"x"))

    def test_a_hub_that_drains_prohibits_the_question(self):
        self.assertEqual(read_answer(refusal(), IDENT, BODY), (5, True))
        for other in (refusal(code=3), refusal(protocol=socket.IPPROTO_UDP), refusal(asked=REPLY)):
            self.assertIsNone(read_answer(other, IDENT, BODY))
        for length in range(len(refusal())):
            self.assertIsNone(read_answer(refusal()[:length], IDENT, BODY))

    def test_only_a_hub_that_does_not_drain_welcomes(self):
        self.assertTrue(welcomes(icmp_packet(HUB, OWN, REPLY), IDENT, BODY))
        self.assertFalse(welcomes(icmp_packet(HUB, OWN, refusal()), IDENT, BODY))
        self.assertFalse(welcomes(icmp_packet(HUB, OWN, REPLY, socket.IPPROTO_UDP), IDENT, BODY))

    def test_who_says_that_it_is_unreachable(self):
        self.assertEqual(unreachable(icmp_packet(HUB, OWN, refusal(code=4))), (HUB, 4))
        self.assertIsNone(unreachable(icmp_packet(HUB, OWN, REPLY)))


class Messages(unittest.TestCase):
    def test_the_checksum_is_right(self):
        packet = icmp_packet(OWN, ALL_ROUTERS, REQUEST)
        pseudo = packet[8:40] + struct.pack("!II", len(REQUEST), socket.IPPROTO_ICMPV6)
        self.assertEqual(checksum(pseudo + packet[40:]), 0)

    def test_the_groups_of_solicitations(self):
        address = socket.inet_pton(socket.AF_INET6, "fd00::12:3456")
        self.assertEqual(solicited_node(address), "ff02::1:ff12:3456")

    def test_the_mac_of_an_advertisement(self):
        head, own, target = bytes(24), bytes([1, 1]) + b"x" * 6, bytes([2, 1, 2, 0, 0, 0, 0, 9])
        self.assertEqual(advertised(head + target), "02:00:00:00:00:09")
        self.assertEqual(advertised(head + own + target), "02:00:00:00:00:09")
        for none in (head, head + own, head + target[:7], head + bytes(8) + target):
            self.assertIsNone(advertised(none))


if __name__ == "__main__":
    unittest.main()

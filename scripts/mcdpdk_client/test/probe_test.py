# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which packets are answers to a question to the hub."""

import socket
import struct
import unittest

from mcdpdk_client.hub_watch import Echo, Probe
from mcdpdk_client.probe import ALL_ROUTERS, COOKIE, Answer, checksum, echo_packet, read_answer

HUB, OWN, ROUTER = "10.0.0.10", "10.0.0.11", "10.0.0.1"
IDENT, BODY = 7777, bytes(range(COOKIE))
QUESTION = echo_packet(OWN, IDENT, BODY)


def from_hub(payload, source=HUB, protocol=socket.IPPROTO_ICMP):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, socket.inet_aton(source),
                       socket.inet_aton(OWN)) + payload


def reply(ident=IDENT, body=BODY):
    return from_hub(struct.pack("!BBHHH", 0, 0, 0, ident, 5) + body)


def unreachable(quoted=QUESTION, code=13, source=HUB):
    return from_hub(struct.pack("!BBHI", 3, code, 0, 0) + quoted, source)


def read(packet):
    return read_answer(packet, IDENT, BODY)


class Answers(unittest.TestCase):
    def test_the_question_is_right(self):
        self.assertEqual((checksum(QUESTION[:20]), checksum(QUESTION[20:])), (0, 0))

    def test_a_reply(self):
        self.assertEqual(read(reply()), Answer(5, HUB, False))

    def test_of_another_program(self):
        self.assertIsNone(read(reply(ident=1)))
        self.assertIsNone(read(reply(body=bytes(COOKIE))))
        self.assertIsNone(read(unreachable(echo_packet(OWN, 1, BODY))))
        self.assertIsNone(read(unreachable(echo_packet(OWN, IDENT, bytes(COOKIE)))))

    def test_a_hub_that_drains_quotes_all_or_the_first_eight_bytes(self):
        for length in (len(QUESTION), 28, 30):
            self.assertEqual(read(unreachable(QUESTION[:length])), Answer(0, HUB, True))

    def test_less_is_no_quotation(self):
        for length in range(28):
            self.assertIsNone(read(unreachable(QUESTION[:length])), length)

    def test_another_code_is_no_drain(self):
        for code in (0, 1, 3, 9, 10, 14):
            self.assertIsNone(read(unreachable(code=code)))

    def test_a_router_that_prohibits_the_tunnel_is_no_hub(self):
        """The question is deeper inside what it quotes. Eight bytes of that may look like one."""
        self.assertIsNone(read(unreachable(from_hub(bytes([0, 0, 8, 0]) + QUESTION, OWN, 47), source=ROUTER)))
        self.assertIsNone(read(unreachable(from_hub(QUESTION[20:28], OWN, 47), source=ROUTER)))

    def test_a_prohibited_reply_is_no_question(self):
        self.assertIsNone(read(unreachable(reply()[:28])))

    def test_any_packet_is_taken_without_harm(self):
        for packet in (reply(), unreachable()):
            for length in range(len(packet)):
                read(packet[:length])


class Given:
    """A socket that has these packets."""

    def __init__(self, *packets):
        self.packets = list(packets)

    family = socket.AF_INET

    def recvfrom(self, _):
        if not self.packets:
            raise BlockingIOError
        return self.packets.pop(0), None


class OfWhom(unittest.TestCase):
    def heard(self, by_path, source):
        echo = Echo.__new__(Echo)
        echo.ident, echo.cookie = IDENT, BODY
        echo.probes = {0: Probe(HUB, by_path, 1.0)}
        echo.socket = Given(unreachable(source=source))
        return [probe.drains for probe in echo.answers()]

    def test_a_router_or_the_own_packet_filter_is_no_hub(self):
        for source in (ROUTER, OWN):
            self.assertEqual(self.heard(False, source), [])
        self.assertEqual(self.heard(False, HUB), [True])

    def test_questions_go_to_all_routers(self):
        self.assertEqual(QUESTION[16:20], socket.inet_aton(ALL_ROUTERS))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""When the next hub is known to serve, by a clock of the test."""

import itertools
import unittest
from types import SimpleNamespace

from mcdpdk_client import mld
from mcdpdk_client.soft_handover import AT_MOST_S, IN_FLIGHT_S, JOIN_S, OBSERVE_S, Overlap, SoftHandover

ONE, TWO = b"\xef\x01\x01\x01", b"\xef\x01\x01\x02"
REPORTED = 100 + OBSERVE_S
SOON = REPORTED + 0.001


class Scene(Overlap):
    """Before the report the old hub sends these groups, to a member whose kernel takes packets from any hub, or not."""

    def __init__(self, *groups, from_any=True):
        super().__init__(100, from_any)
        self.old(REPORTED - 0.001, *groups)

    def old(self, now, *groups):
        for group in groups:
            self.saw(group, False, now)

    def new(self, now, *groups):
        for group in groups:
            self.saw(group, True, now)


class Verdict(unittest.TestCase):
    def test_nothing_is_known_before_the_report(self):
        """The next hub may send to a static receiver all the time."""
        scene = Scene(ONE)
        scene.new(100.1, ONE)
        scene.accepted = True
        self.assertIsNone(scene.verdict(REPORTED - 0.001))

    def test_the_first_packet_shows_it(self):
        scene = Scene(ONE)
        self.assertIsNone(scene.verdict(SOON))
        scene.old(SOON, ONE)
        scene.new(SOON, ONE)
        self.assertTrue(scene.verdict(SOON))

    def test_one_of_each_group_that_the_old_hub_delivers(self):
        scene = Scene(ONE, TWO)
        scene.new(SOON, ONE)
        scene.old(SOON + 0.01, ONE, TWO)
        self.assertIsNone(scene.verdict(SOON + 0.1))
        scene.new(SOON + 0.1, TWO)
        self.assertTrue(scene.verdict(SOON + 0.1))

    def test_a_tunnel_that_takes_one_hub_alone_waits_for_groups_that_were_not_seen(self):
        """There, what comes twice does no harm."""
        scene = Scene(ONE, from_any=False)
        scene.new(SOON, ONE)
        scene.old(SOON + IN_FLIGHT_S, ONE)
        self.assertIsNone(scene.verdict(REPORTED + JOIN_S - 0.001))
        self.assertTrue(scene.verdict(REPORTED + JOIN_S))

    def test_an_old_hub_that_ends_with_the_first_packet_is_not_waited_for(self):
        """As of a shared member of a domain: two servers at a time are none."""
        for from_any in (False, True):
            scene = Scene(ONE, TWO, from_any=from_any)
            scene.new(SOON, ONE)
            self.assertIsNone(scene.verdict(SOON + IN_FLIGHT_S - 0.001))
            self.assertTrue(scene.verdict(SOON + IN_FLIGHT_S + 0.001))

    def test_one_packet_of_it_shows_that_it_goes_on(self):
        scene = Scene(ONE, TWO)
        scene.new(SOON, ONE)
        scene.old(SOON + 0.001, TWO)
        self.assertIsNone(scene.verdict(SOON + IN_FLIGHT_S + 0.001))

    def test_without_a_stream_the_answer_shows_it(self):
        scene = Scene()
        self.assertIsNone(scene.verdict(REPORTED + JOIN_S))
        scene.accepted = True
        self.assertIsNone(scene.verdict(SOON))
        self.assertTrue(scene.verdict(REPORTED + JOIN_S))

    def test_a_stream_that_goes_on_without_the_next_hub_is_awaited_there_but_not_for_ever(self):
        scene = Scene(ONE)
        scene.accepted = True
        self.assertIsNone(scene.verdict(REPORTED + AT_MOST_S - 0.001))
        self.assertTrue(scene.verdict(REPORTED + AT_MOST_S))

    def test_one_that_neither_sends_nor_answers_does_not_serve(self):
        for groups in ((), (ONE,)):
            scene = Scene(*groups)
            self.assertIsNone(scene.verdict(REPORTED + AT_MOST_S - 0.001))
            self.assertIs(scene.verdict(REPORTED + AT_MOST_S), False)

    def test_it_changes_without_a_packet_only_at_the_times_that_it_names(self):
        for from_any, accepted, has_new in itertools.product((False, True), repeat=3):
            scene = Scene(ONE, from_any=from_any)
            scene.accepted = accepted
            if has_new:
                scene.new(SOON, ONE)
                scene.old(SOON + 0.001, ONE)
            for at in itertools.takewhile(lambda at: at < 102, itertools.count(SOON + 0.001, 0.0005)):
                last = max([SOON + 0.001, *(time for time in scene.times() if time <= at)])
                self.assertIs(scene.verdict(at), scene.verdict(last), (from_any, accepted, has_new, at))


class Seen(unittest.TestCase):
    def test_packets_of_joined_groups_of_both_families_but_no_queries(self):
        joined, other = mld.packed_address("ff1e::1"), mld.packed_address("ff1e::2")
        ipv4 = bytes([0x45, *bytes(8), 17, *bytes(6)])
        ipv6 = bytes([0x60, *bytes(5), 17, 1]) + mld.packed_address("fd00::2")
        query = mld.packet("fe80::1", "ff1e::1", mld.message(mld.QUERY, "ff1e::1"))
        seen = SimpleNamespace(groups={ONE, joined}, now=lambda: 100, overlap=Overlap(100, True), ident=1, cookie=b"")
        for packet in (ipv4 + TWO, ipv6 + other, query, ipv4[:9] + b"\x02" + ipv4[10:] + ONE):
            SoftHandover.see(seen, packet, True)
        self.assertEqual(seen.overlap.of_new, {})
        for packet in (ipv4 + ONE, ipv6 + joined):
            SoftHandover.see(seen, packet, True)
        self.assertEqual(seen.overlap.of_new, {ONE: 100, joined: 100})


if __name__ == "__main__":
    unittest.main()

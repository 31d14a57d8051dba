# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Rates in slots of time."""

import math
import unittest

from mcdpdk_monitor.history import COARSE_SLOTS, FINE_SLOTS, NAN, Ring, Track, rate


def shown(values):
    return [None if math.isnan(value) else round(value, 3) for value in values]


class Rings(unittest.TestCase):
    def setUp(self):
        self.ring = Ring(10, 6, 1)

    def read(self, now, count=6):
        return shown(self.ring.read(now, count)[1][0])

    def test_a_slot_has_the_mean_of_what_was_measured_in_it(self):
        self.ring.add(100, 102, [10])
        self.ring.add(102, 108, [20])
        self.assertEqual(self.read(108, 1), [17.5])

    def test_a_long_interval_fills_every_slot_that_it_covers(self):
        self.ring.add(95, 125, [3])
        self.assertEqual(self.read(125, 5), [None, 3, 3, 3, 3])

    def test_what_was_not_measured_is_a_gap(self):
        self.ring.add(100, 110, [1])
        self.ring.add(130, 140, [2])
        self.assertEqual(self.read(139.9, 5), [None, 1, None, None, 2])

    def test_what_is_older_than_the_ring_is_gone(self):
        for begin in range(100, 200, 10):
            self.ring.add(begin, begin + 10, [begin])
        self.assertEqual(self.read(199), [140, 150, 160, 170, 180, 190])
        self.assertEqual(self.read(230), [180, 190, None, None, None, None])
        self.assertEqual(self.read(10 ** 6), [None] * 6)

    def test_an_interval_longer_than_the_ring_fills_it_once(self):
        self.ring.add(0, 10 ** 7, [4])
        self.assertEqual(self.read(10 ** 7 - 1), [4] * 6)

    def test_a_gap_within_a_slot_does_not_spoil_it(self):
        self.ring.add(100, 104, [NAN])
        self.ring.add(104, 110, [5])
        self.assertEqual(self.read(109, 1), [5])


class Tracks(unittest.TestCase):
    def test_an_idle_thing_takes_no_room(self):
        track = Track(2)
        track.add(0, 10, (0.0, NAN))
        self.assertIsNone(track.coarse)
        track.add(10, 20, (0.0, 1.0))
        self.assertIsNotNone(track.coarse)

    def test_seconds_are_shown_as_far_back_as_there_are_seconds(self):
        track = Track(1)
        for second in range(1000, 1400):
            track.add(second, second + 1, (float(second),))
            track.add_fine(second, second + 1, (float(second),))
        step, first, (values,) = track.read(1399.5, FINE_SLOTS)
        self.assertEqual((step, first, values[-1], len(values)), (1, 1100, 1399, FINE_SLOTS))
        step, first, (values,) = track.read(1399.5, 3600)
        self.assertEqual((step, len(values), values[-1]), (10, COARSE_SLOTS, 1394.5))

    def test_seconds_are_forgotten_with_their_time(self):
        track = Track(1)
        track.add_fine(1000, 1001, (1.0,))
        track.forget_fine(1200)
        self.assertIsNotNone(track.fine)
        track.forget_fine(1400)
        self.assertIsNone(track.fine)


class Rates(unittest.TestCase):
    def test_a_counter_that_fell_has_no_rate(self):
        self.assertEqual(rate(10, 30, 2), 10)
        self.assertTrue(math.isnan(rate(30, 10, 2)))
        self.assertTrue(math.isnan(rate(30, 30, 0)))


if __name__ == "__main__":
    unittest.main()

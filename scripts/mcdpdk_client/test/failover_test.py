# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which hub is used, by a clock of the test."""

import unittest

from mcdpdk_client.failover import LONGEST_RECOVER_S, RELAPSE_S, Failover

A, B, C = "10.0.0.10", "10.0.0.20", "10.0.0.30"


class Scene:
    """Hubs that answer or not, asked ten times a second."""

    def __init__(self, hubs=(A, B), current=A, **options):
        self.failover = Failover(hubs, current, **options)
        self.hubs = hubs
        self.now = 1000.0
        self.moves = []

    def pass_time(self, seconds, path=(), address=()):
        """These hubs answer through the path, and at their addresses."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            failover = self.failover
            if failover.current.address in path:
                failover.answer_of_path()
            else:
                failover.miss_of_path(self.now)
            for hub in self.hubs:
                if hub in address:
                    failover.answer_of_address(hub, self.now)
                else:
                    failover.miss_of_address(hub)
            move = failover.decide(self.now)
            if move:
                self.moves.append((move.to, move.why))
                failover.moved(move.to, self.now)

    @property
    def targets(self):
        return [to for to, _ in self.moves]


class Leaving(unittest.TestCase):
    def test_two_misses_are_not_enough_and_three_are(self):
        scene = Scene()
        scene.pass_time(1, path=[A], address=[A, B])
        scene.pass_time(0.2, address=[B])
        self.assertEqual(scene.moves, [])
        scene.pass_time(0.1, address=[B])
        self.assertEqual(scene.moves, [(B, f"{A} does not answer: 3 misses")])

    def test_misses_count_only_in_sequence(self):
        scene = Scene()
        for _ in range(20):
            scene.pass_time(0.2, address=[B])
            scene.pass_time(0.1, path=[A], address=[A, B])
        self.assertEqual(scene.moves, [])

    def test_the_number_of_misses_is_chosen(self):
        scene = Scene(misses=7)
        scene.pass_time(0.6, address=[B])
        self.assertEqual(scene.moves, [])
        scene.pass_time(0.1, address=[B])
        self.assertEqual(scene.targets, [B])

    def test_the_first_that_answers_is_taken(self):
        scene = Scene((A, B, C))
        scene.pass_time(0.3, address=[C])
        self.assertEqual(scene.targets, [C])
        scene = Scene((A, B, C))
        scene.pass_time(0.3, address=[C, B])
        self.assertEqual(scene.targets, [B])

    def test_from_the_last_to_a_better_one(self):
        scene = Scene((A, B, C), current=C)
        scene.pass_time(0.3, address=[B])
        self.assertEqual(scene.targets, [B])

    def test_a_hub_that_answered_only_before_the_doubt_is_not_chosen(self):
        """Both die at once; that B misses too is not known yet."""
        failover = Failover((A, B, C), A)
        for hub in (B, C):
            failover.answer_of_address(hub, 1.0)
        for now in (2.0, 2.1, 2.2):
            failover.miss_of_path(now)
        self.assertIsNone(failover.decide(2.2))
        failover.answer_of_address(C, 2.3)
        self.assertEqual(failover.decide(2.3).to, C)

    def test_an_answer_since_the_first_miss_is_enough(self):
        failover = Failover((A, B), A)
        failover.miss_of_path(2.0)
        failover.answer_of_address(B, 2.05)
        failover.miss_of_path(2.1)
        failover.miss_of_path(2.2)
        self.assertEqual(failover.decide(2.2).to, B)

    def test_nobody_answers_and_it_stays_until_somebody_does(self):
        scene = Scene((A, B, C))
        scene.pass_time(60)
        self.assertEqual(scene.moves, [])
        scene.pass_time(0.1, address=[B])
        self.assertEqual(scene.targets, [B])

    def test_after_a_silence_of_all_the_hub_in_use_stays_when_it_is_back(self):
        scene = Scene()
        scene.pass_time(60)
        scene.pass_time(60, path=[A], address=[A, B])
        self.assertEqual(scene.moves, [])

    def test_a_suspended_machine_has_missed_nothing(self):
        scene = Scene()
        scene.pass_time(0.2, address=[B])
        scene.now += 3600
        scene.failover.forget()
        scene.pass_time(0.2, address=[B])
        self.assertEqual(scene.moves, [])
        scene.pass_time(0.1, address=[B])
        self.assertEqual(scene.targets, [B])


class Refused(unittest.TestCase):
    def test_a_hub_that_answers_by_its_address_gets_more_time(self):
        """The path may be damaged on this side."""
        scene = Scene()
        scene.pass_time(1.4, address=[A, B])
        self.assertEqual(scene.moves, [])
        self.assertTrue(scene.failover.is_refused)
        scene.pass_time(0.1, address=[A, B])
        self.assertEqual(scene.moves, [(B, f"{A} answers, but not through the path: 15 misses")])

    def test_an_answer_before_the_doubt_does_not_count(self):
        scene = Scene()
        scene.pass_time(5, path=[A], address=[A, B])
        scene.pass_time(0.3, address=[B])
        self.assertEqual(scene.targets, [B])

    def test_nor_does_one_of_an_earlier_doubt(self):
        failover = Failover((A, B), A, misses=1)
        failover.miss_of_path(1.0)
        failover.answer_of_address(A, 1.1)
        failover.answer_of_path()
        failover.miss_of_path(2.0)
        failover.answer_of_address(B, 2.1)
        self.assertEqual(failover.decide(2.2).to, B)

    def test_hubs_that_all_refuse_are_not_tried_in_a_circle(self):
        scene = Scene((A, B, C))
        scene.pass_time(60, address=[A, B, C])
        tried = len(scene.moves)
        self.assertIn(C, scene.targets)
        scene.pass_time(60, address=[A, B, C])
        self.assertLess(len(scene.moves) - tried, 10)

    def test_a_preferred_hub_that_refuses_is_tried_less_and_less(self):
        scene = Scene(current=B)
        scene.pass_time(600, path=[B], address=[A, B])
        self.assertLess(scene.targets.count(A), 8)
        self.assertGreater(scene.targets.count(A), 2)


class Returning(unittest.TestCase):
    def test_back_after_ten_seconds_without_a_miss(self):
        scene = Scene(current=B)
        scene.pass_time(10, path=[B], address=[A])
        self.assertEqual(scene.moves, [])
        scene.pass_time(0.2, path=[B], address=[A])
        self.assertEqual(scene.moves, [(A, f"{A} is preferred and has answered for 10 s")])

    def test_a_miss_begins_the_ten_seconds_anew(self):
        scene = Scene(current=B)
        for _ in range(20):
            scene.pass_time(9, path=[B], address=[A])
            scene.pass_time(0.1, path=[B])
        self.assertEqual(scene.moves, [])

    def test_a_suspension_begins_them_anew(self):
        scene = Scene(current=B)
        scene.pass_time(9, path=[B], address=[A])
        scene.now += 100
        scene.failover.forget()
        scene.pass_time(9, path=[B], address=[A])
        self.assertEqual(scene.moves, [])

    def test_the_most_preferred_of_the_recovered(self):
        scene = Scene((A, B, C), current=C)
        scene.pass_time(11, path=[C], address=[A, B, C])
        self.assertEqual(scene.targets, [A])

    def test_a_less_preferred_hub_is_not_returned_to(self):
        scene = Scene()
        scene.pass_time(100, path=[A], address=[A, B])
        self.assertEqual(scene.moves, [])

    def test_a_flapping_hub_does_not_win(self):
        """It is up for 12 seconds and down for 3, for an hour."""
        scene = Scene()
        for _ in range(240):
            scene.pass_time(12, path=[A, B], address=[A, B])
            scene.pass_time(3, path=[B], address=[B])
        self.assertLessEqual(scene.targets.count(A), 1)
        self.assertIs(scene.failover.current, scene.failover.hubs[B])

    def test_one_that_flaps_slowly_is_tried_less_and_less(self):
        """It is up for four minutes and down for three seconds, for six hours."""
        scene = Scene()
        for _ in range(90):
            scene.pass_time(240, path=[A, B], address=[A, B])
            scene.pass_time(3, path=[B], address=[B])
        self.assertLess(scene.targets.count(A), 8)

    def test_a_hub_that_has_held_is_trusted_again(self):
        scene = Scene()
        for _ in range(3):
            scene.pass_time(100, path=[A, B], address=[A, B])
            scene.pass_time(1, path=[B], address=[B])
        self.assertEqual(scene.failover.hubs[A].recover, 40)
        scene.pass_time(RELAPSE_S + 100, path=[A, B], address=[A, B])
        scene.pass_time(1, path=[B], address=[B])
        self.assertEqual(scene.failover.hubs[A].recover, 10)

    def test_the_longest_recovery_is_bounded(self):
        scene = Scene()
        for _ in range(30):
            scene.pass_time(LONGEST_RECOVER_S + 1, path=[A, B], address=[A, B])
            scene.pass_time(1, path=[B], address=[B])
        self.assertLessEqual(scene.failover.hubs[A].recover, LONGEST_RECOVER_S)


if __name__ == "__main__":
    unittest.main()

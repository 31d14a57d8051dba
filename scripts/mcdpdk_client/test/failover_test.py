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
        self.moves, self.gentle = [], []

    def pass_time(self, seconds, path=(), address=(), drains=()):
        """These hubs answer through the path, and at their addresses; those that drain answer through the path and say
        so at their addresses."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            failover = self.failover
            if failover.current.address in (*path, *drains):
                failover.answer_of_path()
            else:
                failover.miss_of_path(self.now)
            for hub in self.hubs:
                if hub in drains:
                    failover.drain_of_address(hub, self.now)
                elif hub in address:
                    failover.answer_of_address(hub, self.now)
                else:
                    failover.miss_of_address(hub)
            move = failover.decide(self.now)
            if move:
                self.moves.append((move.to, move.why))
                self.gentle.append(move.is_gentle)
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


class Draining(unittest.TestCase):
    def test_it_is_left_gently_for_the_first_that_answers(self):
        scene = Scene((A, B, C))
        scene.pass_time(1, path=[A], address=[A, B, C])
        scene.pass_time(0.1, address=[B, C], drains=[A])
        self.assertEqual((scene.moves, scene.gentle), ([(B, f"{A} drains")], [True]))

    def test_one_that_drains_as_well_is_skipped(self):
        scene = Scene((A, B, C))
        scene.pass_time(1, path=[A], address=[A, B, C])
        scene.pass_time(0.1, address=[C], drains=[A, B])
        self.assertEqual(scene.targets, [C])

    def test_it_stays_while_no_other_serves(self):
        scene = Scene((A, B, C))
        scene.pass_time(60, drains=[A, B])
        self.assertEqual(scene.moves, [])
        self.assertFalse(scene.failover.has_failed)
        scene.pass_time(0.1, address=[C], drains=[A, B])
        self.assertEqual(scene.targets, [C])

    def test_the_next_must_have_answered_since_the_drain_began(self):
        """Asked once a second, it may have died meanwhile."""
        failover = Failover((A, B), A)
        failover.answer_of_address(B, 1.0)
        failover.drain_of_address(A, 1.5)
        self.assertIsNone(failover.decide(1.5))
        failover.drain_of_address(A, 1.6)
        failover.answer_of_address(B, 1.55)
        self.assertEqual(failover.decide(1.6).to, B)

    def test_one_whose_address_answers_no_more_still_drains(self):
        """It answers through the path."""
        failover = Failover((A, B), A)
        failover.drain_of_address(A, 1.0)
        failover.miss_of_address(A)
        failover.answer_of_address(B, 1.1)
        self.assertEqual(failover.decide(1.2).to, B)

    def test_one_that_dies_while_it_drains_is_left_like_any_dead_hub(self):
        scene = Scene()
        scene.pass_time(10, drains=[A])
        scene.pass_time(0.2, address=[B])
        self.assertEqual(scene.targets, [B])
        scene = Scene((A, B), current=A)
        scene.pass_time(10, drains=[A, B])
        scene.pass_time(0.2, drains=[B])
        self.assertEqual(scene.moves, [])
        scene.pass_time(0.1, drains=[B])
        self.assertEqual((scene.moves, scene.gentle), ([(B, f"{A} does not answer: 3 misses")], [False]))

    def test_of_the_others_one_that_does_not_drain_is_used_at_a_death(self):
        scene = Scene((A, B, C))
        scene.pass_time(0.3, address=[C], drains=[B])
        self.assertEqual(scene.targets, [C])

    def test_a_drain_that_is_taken_back_moves_nobody(self):
        scene = Scene()
        scene.pass_time(10, drains=[A])
        scene.pass_time(10, path=[A], address=[A, B])
        self.assertEqual(scene.moves, [])

    def test_it_is_returned_to_when_it_is_back(self):
        scene = Scene()
        scene.pass_time(60, path=[B], address=[B], drains=[A])
        scene.pass_time(60, path=[B], address=[B])
        scene.pass_time(10, path=[B], address=[A, B])
        self.assertEqual(scene.targets, [B])
        scene.pass_time(0.2, path=[B], address=[A, B])
        self.assertEqual((scene.targets, scene.gentle), ([B, A], [True, True]))

    def test_a_drain_does_not_make_it_wait_longer_for_the_other_hub(self):
        """B fails soon after the move to it: that was no return."""
        scene = Scene()
        scene.pass_time(1, path=[B], address=[B], drains=[A])
        scene.pass_time(1, path=[A], address=[A])
        self.assertEqual(scene.targets, [B, A])
        self.assertEqual(scene.failover.hubs[B].recover, 10)

    def test_one_that_does_not_serve_this_member_is_left_alone_longer_each_time(self):
        failover, tried = Failover((A, B, C), A), []
        for now in range(200):
            failover.answer_of_path()
            failover.drain_of_address(A, now)
            failover.answer_of_address(B, now)
            move = failover.decide(now)
            if move:
                tried.append((now, move.to))
                failover.refused(move.to, now)
        self.assertEqual(tried, [(0, B), (10, B), (30, B), (70, B), (150, B)])

    def test_a_preferred_one_that_does_not_serve_is_left_alone(self):
        failover, tried = Failover((A, B), B), []
        for now in range(100):
            failover.answer_of_path()
            failover.answer_of_address(A, now)
            if failover.decide(now):
                tried.append(now)
                failover.refused(A, now)
        self.assertEqual(tried, [10, 20, 40, 80])


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

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""When hubs are asked and what an answer, a late turn and a probe that could not be sent mean."""

import errno
import unittest

from mcdpdk_client.hub_watch import Echo, HubWatch, Probe
from mcdpdk_client.probe import ALL_ROUTERS, echo_request

A, B = "10.0.0.10", "10.0.0.20"


class FakeEcho(Echo):
    """Without a socket: `alive` answers, after `delay` turns."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.probes, self.number = {}, 0
        self.asked, self.pending = [], []
        self.alive = {(A, True), (A, False), (B, True), (B, False)}
        self.draining = set()
        self.unsent = False
        self.delay = 0

    def ask(self, hub, by_path, due):
        if self.unsent:
            return
        self.number += 1
        self.asked.append((hub, by_path))
        self.probes[self.number] = Probe(hub, by_path, due)
        if (hub, by_path) in self.alive:
            self.pending.append((self.delay, self.number))

    def answers(self):
        ready = [number for left, number in self.pending if left <= 0]
        self.pending = [(left - 1, number) for left, number in self.pending if left > 0]
        found = [self.probes.pop(number) for number in ready if number in self.probes]
        for probe in found:
            probe.drains = probe.hub in self.draining and not probe.by_path
        return found


class Turns(unittest.TestCase):
    def setUp(self):
        self.time = 50.0
        self.echo = FakeEcho()
        self.watch = HubWatch([A, B], A, now=lambda: self.time, echo=self.echo)
        self.moves = []

    def turn(self, count=1, each=0.1):
        for _ in range(count):
            move = self.watch.serve()
            if move:
                self.moves.append(move.to)
                self.watch.moved(move.to)
            self.time += each

    def test_the_hub_in_use_is_asked_each_time_and_all_addresses_once_a_second(self):
        self.turn(100)
        self.assertEqual(self.echo.asked.count((A, True)), 100)
        for hub in (A, B):
            self.assertEqual(self.echo.asked.count((hub, False)), 10)

    def test_in_doubt_all_are_asked_each_time(self):
        self.turn(5)
        self.echo.alive -= {(A, True), (A, False)}
        self.turn(2)
        self.echo.asked.clear()
        self.turn()
        self.assertEqual(self.echo.asked, [(A, True), (A, False), (B, False)])

    def test_a_dead_hub_is_left_within_half_a_second(self):
        self.turn(20)
        self.echo.alive -= {(A, True), (A, False)}
        self.turn(5)
        self.assertEqual(self.moves, [B])

    def test_one_that_drains_is_left_for_one_that_does_not(self):
        self.turn(20)
        self.echo.draining.add(A)
        self.turn(12)
        self.assertEqual(self.moves, [B])
        self.assertEqual((self.watch.drains, self.watch.answers), (False, True))

    def test_it_answers_while_it_drains_and_all_are_asked(self):
        self.echo.draining = {A, B}
        self.turn(20)
        self.echo.asked.clear()
        self.turn()
        self.assertEqual(self.echo.asked, [(A, True), (A, False), (B, False)])
        self.assertEqual((self.watch.drains, self.watch.answers, self.moves), (True, True, []))

    def test_hubs_that_answer_later_than_the_interval(self):
        """The second answers in time of the misses, and is used."""
        self.echo.delay = 2
        self.turn(20)
        self.echo.alive -= {(A, True), (A, False)}
        self.turn(10)
        self.assertEqual(self.moves, [B])
        self.turn(50)
        self.assertEqual((self.moves, self.watch.answers), ([B], True))

    def test_a_turn_that_comes_too_early_does_nothing(self):
        self.echo.alive.clear()
        self.turn(1000, each=0.00001)
        self.assertEqual(len(self.echo.asked), 3)

    def test_answers_are_heard_before_the_deadline_is_judged(self):
        """Turns of 0.9 s by a busy machine."""
        self.turn(50, each=0.9)
        self.assertEqual(self.moves, [])

    def test_a_late_answer_is_an_answer(self):
        self.echo.delay = 2
        self.turn(100)
        self.assertEqual(self.moves, [])

    def test_a_slow_machine_still_leaves_a_dead_hub(self):
        self.turn(5, each=0.9)
        self.echo.alive -= {(A, True), (A, False)}
        self.turn(6, each=0.9)
        self.assertEqual(self.moves, [B])

    def test_a_suspension_loses_the_answers_and_counts_nothing(self):
        """What was under way is lost; two misses before it are forgotten."""
        self.turn(20)
        self.echo.alive.discard((A, True))
        self.turn(3)
        self.assertEqual(self.watch.failover.current.misses, 2)
        self.time += 7200
        self.turn()
        self.assertEqual(self.watch.failover.current.misses, 0)
        self.echo.alive.add((A, True))
        self.turn(20)
        self.assertEqual(self.moves, [])

    def test_a_probe_that_could_not_be_sent_is_no_miss(self):
        self.turn(5)
        self.echo.unsent = True
        self.turn(100)
        self.assertEqual(self.watch.failover.current.misses, 0)

    def test_answers_of_the_old_path_do_not_count_for_the_new_hub(self):
        self.turn(5)
        self.echo.probes[999] = Probe(A, True, self.time)
        self.watch.moved(B)
        self.echo.pending.append((0, 999))
        self.watch.serve()
        self.assertIsNone(self.watch.answers)


class Sending(unittest.TestCase):
    def test_only_a_hub_that_answers_no_arp_was_asked(self):
        for number, is_miss in ((errno.EHOSTUNREACH, True), (errno.ENETDOWN, False), (errno.ENOBUFS, False),
                                (errno.ENETUNREACH, False), (errno.EPERM, False)):
            echo = Echo.__new__(Echo)
            echo.cookie, echo.ident, echo.number, echo.probes = bytes(16), 1, 0, {}
            echo.all_routers, echo.request = ALL_ROUTERS, echo_request
            echo.socket = Refusing(number)
            echo.ask(A, True, 1.0)
            self.assertEqual(echo.socket.to, ALL_ROUTERS)
            self.assertEqual(len(list(echo.overdue(2.0))), int(is_miss), errno.errorcode[number])


class Refusing:
    def __init__(self, number):
        self.number, self.to = number, None

    def sendto(self, _, address):
        self.to = address[0]
        raise OSError(self.number, "refused")


if __name__ == "__main__":
    unittest.main()

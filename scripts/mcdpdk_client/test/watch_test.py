# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A watch of several hubs when a move does not come to its end: what it tells them, and what it does next."""

import os
import socket
import tempfile
import unittest
from types import SimpleNamespace
from unittest.mock import patch

from mcdpdk_client import watch
from mcdpdk_client.failover import Move
from mcdpdk_client.handover import REPEAT_S

A, B, C = "10.0.0.10", "10.0.0.20", "10.0.0.30"
GENTLE = Move(B, f"{A} drains", True)


def settings(hub):
    return SimpleNamespace(hub=hub, hubs=[A, B, C])


class FakeSoft:
    """A handover from A. verdict: as Overlap's."""

    socket, from_any = None, True

    def __init__(self, scene, to):
        self.scene, self.before, self.after, self.verdict = scene, settings(A), settings(to), None

    def serve(self):
        return self.verdict

    def due(self):
        return 0.01

    def leave_old(self):
        self.scene.sent.append(("leave", self.before.hub))

    def close(self):
        pass


class FakeHubs:
    """HubWatch that wants what the test says."""

    socket, answers, drains = None, None, False

    def __init__(self, *_):
        self.names, self.in_use = [A, B, C], A
        self.move, self.left_alone = None, []
        self.failover = SimpleNamespace(is_refused=False, has_failed=False)

    def serve(self):
        return self.move

    wanted = serve

    def answers_by_address(self, _):
        return False

    def refused(self, hub):
        self.left_alone.append(hub)

    def moved(self, to):
        self.in_use, self.move = to, None

    def due(self):
        return 0.1

    def close(self):
        pass


class Scene(unittest.TestCase):
    def setUp(self):
        self.now, self.sent, self.can_move, self.attempts = 100.0, [], True, 0
        for target, fake in {
                "HubWatch": FakeHubs, "clock": lambda: self.now, "complain": lambda _: None,
                "handover.report": lambda one: self.sent.append(("report", one.hub)),
                "handover.leave": lambda one: self.sent.append(("leave", one.hub))}.items():
            patched = patch(f"mcdpdk_client.watch.{target}", fake)
            patched.start()
            self.addCleanup(patched.stop)
        self.watch = SimpleNamespace(args=SimpleNamespace(interval=100, misses=3, recover=10), is_up=True,
                                     settings=settings(A), prepare=lambda move: FakeSoft(self, move.to), move=self.move)
        self.switch = watch.HubSwitch(self.watch, self.watch.settings)
        self.want(GENTLE)
        self.assertIsNotNone(self.switch.soft)

    def move(self, to, _, __):
        self.attempts += 1
        before = self.watch.settings
        if not self.can_move:
            return None
        self.watch.settings = settings(to)
        return before

    def want(self, move):
        self.switch.hubs.move = move
        self.switch.serve()

    def decide(self, verdict):
        self.switch.soft.verdict = verdict
        self.switch.serve()

    def sent_in_a_second(self):
        for _ in range(10):
            self.now += 0.1
            self.switch.hubs.move = None
            self.switch.serve()
        return self.sent

    def test_a_hub_that_is_left_is_told_nothing_else(self):
        self.decide(True)
        self.assertEqual(self.sent[0], ("leave", A))
        self.assertEqual(set(self.sent_in_a_second()), {("leave", A), ("report", B)})

    def test_one_that_stays_since_the_next_does_not_serve_is_told(self):
        """In a domain, the next one may have taken the member over before it did not serve it."""
        self.decide(False)
        self.assertEqual(self.switch.hubs.left_alone, [B])
        self.assertEqual(self.sent, [("leave", B), ("report", A)])
        self.assertEqual(self.sent_in_a_second(), [("leave", B)] + [("report", A)] * len(REPEAT_S))

    def test_one_that_stays_since_the_path_cannot_be_led_away_is_told_after_the_leave(self):
        self.can_move = False
        self.decide(True)
        self.assertEqual(self.sent, [("leave", A), ("leave", B), ("report", A)])

    def test_a_path_that_a_failed_move_has_taken_down_is_not_moved_before_it_is_repaired(self):
        self.can_move = False
        self.decide(True)
        self.watch.is_up = False
        self.now += 10
        self.want(Move(B, f"{A} does not answer"))
        self.assertEqual(self.attempts, 1)
        self.watch.is_up = self.can_move = True
        self.switch.serve()
        self.assertEqual((self.attempts, self.switch.hubs.in_use), (2, B))

    def test_one_that_stays_since_it_drains_no_more_is_told(self):
        self.want(None)
        self.assertEqual(self.sent, [("leave", B), ("report", A)])

    def test_one_that_stays_since_the_watch_ends_is_told(self):
        self.switch.close()
        self.assertEqual(self.sent, [("leave", B), ("report", A)])

    def test_the_next_one_is_not_left_if_somebody_has_led_the_path_there(self):
        self.watch.settings = settings(B)
        self.switch.close()
        self.assertEqual(self.sent, [("report", B)])

    def test_a_hub_that_is_about_to_be_left_is_told_no_more_that_the_member_stays(self):
        """In a domain it would take the member back from the next one."""
        self.want(Move(C, f"{A} drains", True))
        self.assertEqual(self.switch.soft.after.hub, C)
        self.assertEqual(self.sent, [("leave", B), ("report", A)])
        for _ in range(10):
            self.now += 0.1
            self.switch.serve()
        self.assertEqual(self.sent, [("leave", B), ("report", A)])


class Notification(unittest.TestCase):
    def test_a_manager_that_does_not_read_holds_up_nobody(self):
        """The kernel keeps ten datagrams or so (net.unix.max_dgram_qlen). Who waits would wait for ever."""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, \
                patch.dict(os.environ, NOTIFY_SOCKET=f"{folder}/notify"), patch.object(watch, "complain") as complain:
            manager.bind(f"{folder}/notify")
            for number in range(1000):
                watch.notify(f"STATUS={number}")
            complain.assert_not_called()
            watch.notify("READY=1", 0.01)
            complain.assert_called_once()
            self.assertEqual(manager.recv(100), b"STATUS=0")
            watch.notify("READY=1", 0.01)
            complain.assert_called_once()


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What wakes a watch."""

import os
import signal
import unittest

from mcdpdk_client.changes import Changes


class Signals(unittest.TestCase):
    def test_one_that_comes_during_a_repair_is_not_forgotten_with_its_changes(self):
        with Changes() as changes:
            os.kill(os.getpid(), signal.SIGHUP)
            changes.forget()
            self.assertTrue(changes.heard(0))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Wait for a condition instead of a fixed time, and act meanwhile."""

import threading
import time
from contextlib import contextmanager

POLL_INTERVAL_S = 0.01
# Generous for a machine whose CPUs are shared; only a failure waits so long.
DEADLINE_S = 60.0


def await_condition(condition, what, deadline_s=DEADLINE_S):
    """Poll until condition() is true and return its value; fail after the deadline. what: a text, or a function that
    tells it then."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"not within {deadline_s} s: {what() if callable(what) else what}")
        time.sleep(POLL_INTERVAL_S)


def await_stable(sample, quiet_s=0.06, deadline_s=DEADLINE_S):
    """Poll until sample() has not changed for quiet_s, and return it."""
    end = time.monotonic() + deadline_s
    last, since = sample(), time.monotonic()
    while time.monotonic() - since < quiet_s:
        if time.monotonic() > end:
            raise TimeoutError(f"still changing after {deadline_s} s: {last}")
        time.sleep(POLL_INTERVAL_S)
        now = sample()
        if now != last:
            last, since = now, time.monotonic()
    return last


@contextmanager
def repeating(step, interval_s=0):
    """Call step() repeatedly in the background, after this time each."""
    ended = threading.Event()

    def repeat():
        while not ended.wait(interval_s):
            step()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

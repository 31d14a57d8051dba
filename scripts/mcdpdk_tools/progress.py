# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A line on the terminal while something takes long: what is done, how far it is, and for how long already.

It is on stderr, appears after a while, and is gone at the end. Where stderr is no terminal, there is none.
"""

import os
import sys
import threading
import time

DELAY_S = 1.5
# Benchmarks run beside it.
REFRESH_S = 0.5

# To the first column, and erase to the last. A signal that ends the program leaves no more than a line.
ERASE = "\r\033[K"
DEFAULT_WIDTH = 80


def shown_time(seconds):
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def is_on_terminal():
    """There is no stderr if the program started with it closed."""
    return sys.stderr is not None and sys.stderr.isatty()


def width():
    """A serial console says 0."""
    return os.get_terminal_size(sys.stderr.fileno()).columns or DEFAULT_WIDTH


def elided(text, most):
    return text if len(text) <= most else f"{text[:most - 3]}..."


class Progress:
    """A context. `text` and `done` may be set meanwhile; with a `total`, it says how many are done."""

    def __init__(self, text, total=None, is_wanted=True, delay_s=None):
        self.text, self.total, self.done = text, total, 0
        self._delay_s = DELAY_S if delay_s is None else delay_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True) if is_wanted and is_on_terminal() else None

    def __enter__(self):
        if self._thread:
            self._thread.start()
        return self

    def __exit__(self, *exc):
        self._over.set()
        if self._thread:
            self._thread.join()

    def _run(self):
        begun = time.monotonic()
        if self._over.wait(self._delay_s):
            return
        try:
            self._show(begun)
        except OSError:
            pass  # the terminal is gone

    def _show(self, begun):
        while True:
            # In the last column some terminals wrap already.
            sys.stderr.write(ERASE + elided(self._line(begun), width() - 1))
            sys.stderr.flush()
            if self._over.wait(REFRESH_S):
                break
        sys.stderr.write(ERASE)
        sys.stderr.flush()

    def _line(self, begun):
        done = f", {self.done}/{self.total}" if self.total else ""
        return f"{self.text}{done}, {shown_time(time.monotonic() - begun)}"

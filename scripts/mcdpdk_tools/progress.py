# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A line on the terminal while something takes long: what is done, how far it is, and for how long already.

It is on stderr, appears after a while, and is gone at the end. Where stderr is no terminal, there is none.
"""

import sys
import threading
import time

DELAY_S = 1.5
# Benchmarks run beside it.
REFRESH_S = 0.5


def shown_time(seconds):
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class Progress:
    """A context. `text` and `done` may be set meanwhile; with a `total`, there is a bar."""

    def __init__(self, text, total=None, is_wanted=True, delay_s=None):
        self.text, self.total, self.done = text, total, 0
        self._delay_s = DELAY_S if delay_s is None else delay_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True) if is_wanted and sys.stderr.isatty() else None

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
            # Late, as it takes longer to load than most answers do to come.
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
            from rich.progress import Progress as Bar
        except ImportError:
            return
        columns = [BarColumn(20), MofNCompleteColumn()] if self.total else []
        # Results go to stdout, which need not be this terminal.
        with Bar(SpinnerColumn(), TextColumn("{task.description}", markup=False), *columns,
                 console=Console(stderr=True), transient=True, redirect_stdout=False, auto_refresh=False) as bar:
            task = bar.add_task(self._line(begun), total=self.total)
            while not self._over.wait(REFRESH_S):
                bar.update(task, description=self._line(begun), completed=self.done, refresh=True)

    def _line(self, begun):
        return f"{self.text}, {shown_time(time.monotonic() - begun)}"

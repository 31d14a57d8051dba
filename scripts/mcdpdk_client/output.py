# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Output. A command that sets up a path finishes without a reader: half a path is worse than a lost line."""

import os
import signal
import sys


def end_on_closed_pipe():
    """As filters do, for commands that change nothing."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def ignore_closed_pipe():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def say(text, stream=None, end="\n"):
    stream = stream or sys.stdout
    try:
        print(text, end=end, file=stream, flush=True)
    except OSError:
        # Otherwise the buffered rest fails again at exit.
        with open(os.devnull, "w", encoding="ascii") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def complain(text):
    say(f"mcdpdk-client: {text}", sys.stderr)

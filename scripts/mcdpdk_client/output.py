# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the person reads. Work goes on when nobody reads any more: half a path is worse than a lost line."""

import os
import signal
import sys


def end_silently():
    """A command that only looks ends, as others do, when its reader has enough."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def go_on():
    """A command that changes something does so to the end."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def say(text, stream=None, end="\n"):
    stream = stream or sys.stdout
    try:
        print(text, end=end, file=stream, flush=True)
    except OSError:
        # What is buffered would fail once more at the end.
        with open(os.devnull, "w", encoding="ascii") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def complain(text):
    say(f"mcdpdk-client: {text}", sys.stderr)

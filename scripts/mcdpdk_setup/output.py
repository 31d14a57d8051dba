# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Output. A command that changes something finishes without a reader: half a change is worse than a lost line."""

import os
import sys


def say(text, stream=None):
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError:
        # Otherwise the buffered rest fails again at exit.
        with open(os.devnull, "w", encoding="ascii") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())


def complain(text):
    say(f"mcdpdk-setup: {text}", sys.stderr)


def show(lines):
    for line in lines:
        say(line)


def columns(rows):
    """Rows of words as aligned lines."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]

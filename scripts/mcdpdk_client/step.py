# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A step: how to take it, how to undo it, how to see that it is in effect."""

import re

from .system import read


def step(what, check, want, do, undo=()):
    """`check` prints `want` when, and only when, the step is in effect."""
    return {"what": what, "check": check, "want": want, "do": do, "undo": list(undo)}


def command(*argv, text=None):
    return {"argv": [str(word) for word in argv], "input": text}


def in_effect(a_step):
    return re.search(a_step["want"], read(*a_step["check"])) is not None


def exactly(text):
    """A pattern for whole words in a command's output."""
    return rf"(?<![^\s]){re.escape(text)}(?![^\s])"

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A step: how to take it, how to undo it, how to see that it is in effect."""

import re

from .system import read


def step(piece, what, check, want, do, undo=(), mine=None, in_the_way=False):
    """`check` prints `want` when, and only when, what the step is for is so.

    piece: which part of the path it is, in the words of `test`.
    mine: what it prints while all is as the step made it; else somebody changed it since.
    in_the_way: a half of it must be undone before it is taken again.
    """
    return {"piece": piece, "what": what, "check": check, "want": want, "do": do, "undo": list(undo),
            "mine": mine or want, "in_the_way": in_the_way}


def command(*argv, text=None):
    return {"argv": [str(word) for word in argv], "input": text}


def in_effect(a_step):
    return re.search(a_step["want"], read(*a_step["check"])) is not None


def as_we_made_it(a_step):
    # A state that an older version left has no `mine`.
    return re.search(a_step.get("mine", a_step["want"]), read(*a_step["check"])) is not None


def exactly(text):
    """A pattern for whole words in a command's output."""
    return rf"(?<![^\s]){re.escape(text)}(?![^\s])"

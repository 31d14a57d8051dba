# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A step: commands that take it, undo it, and check that it is in effect."""

import re

from .system import read


def step(piece, what, check, want, do, undo=(), mine=None, in_the_way=False):
    """The output of `check` matches `want` exactly when the step is in effect.

    piece: the part of the path, in the words of `test`.
    mine: matches while nobody has changed what the step made.
    in_the_way: must be undone before it is taken again.
    """
    return {"piece": piece, "what": what, "check": check, "want": want, "do": do, "undo": list(undo),
            "mine": mine or want, "in_the_way": in_the_way}


def command(*argv, text=None):
    return {"argv": [str(word) for word in argv], "input": text}


def in_effect(a_step):
    return re.search(a_step["want"], read(*a_step["check"])) is not None


def as_we_made_it(a_step):
    # Older versions recorded no `mine`.
    return re.search(a_step.get("mine", a_step["want"]), read(*a_step["check"])) is not None


def exactly(text):
    return rf"(?<![^\s]){re.escape(text)}(?![^\s])"

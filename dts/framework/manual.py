# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Examples of the manual pages, and the shell completion of the commands."""

import re
import shlex
import subprocess


def examples(manual):
    """The text of each example of a manual page; none if the page does not exist."""
    text = manual.read_text() if manual.exists() else ""
    blocks = re.findall(r"^\.EX\n(.*?)^\.EE", text, re.MULTILINE | re.DOTALL)
    return [block.replace("\\-", "-").replace("\\(aq", "'") for block in blocks]


def example_commands(manual, command):
    """The lines of the examples that run this command."""
    lines = [line.strip() for block in examples(manual) for line in block.splitlines()]
    return [line for line in lines if line.startswith(command)]


def complete(script, function, *words):
    """What bash offers for the last word."""
    code = (f"source {script}; COMP_WORDS=({shlex.join(map(str, words))}); COMP_CWORD={len(words) - 1}; "
            f"{function}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return done.stdout.split()

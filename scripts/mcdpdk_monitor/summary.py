# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""--once: a line for each hub, and what is wrong in words."""

NUMBERS = (("MEMBERS", "info", "members"), ("GROUPS", "info", "groups"), ("RECEIVED", "stats", "rx_packets"),
           ("COPIES", "stats", "copies"), ("DROPPED", "stats", "rx_drop_packets"),
           ("COPIES LOST", "stats", "copy_drops"))


def lines(states):
    table = [["HUB", "STATE", "UP FOR", *(title for title, _, _ in NUMBERS)]]
    for state in states:
        found = [state.answers.get(answer, {}).get(name, "-") for _, answer, name in NUMBERS]
        uptime = state.answers.get("info", {}).get("uptime_s")
        table.append([printable(state.name), state.verdict(), "-" if uptime is None else duration(uptime),
                      *(f"{value:,}" if isinstance(value, int) else value for value in found)])
    widths = [max(map(len, column)) for column in zip(*table)]
    for row in table:
        # Text to the left, numbers to the right.
        yield "  ".join(cell.ljust(width) if n < 2 else cell.rjust(width)
                        for n, (cell, width) in enumerate(zip(row, widths))).rstrip()
    for state in states:
        yield from (f"{printable(state.name)}: {words}" for words in problems(state))


def problems(state):
    if state.error:
        yield f"down: {printable(state.error)}"
    for reason in state.reasons():
        yield f"{'degraded' if reason['degrades'] else 'note'}: {printable(reason['text'])}"


def printable(text):
    """Names come from other machines: no control sequence of a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def duration(seconds):
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"

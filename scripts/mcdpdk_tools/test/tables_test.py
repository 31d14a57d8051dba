# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the tables show of names and addresses of IPv6."""

import io
import unittest
from contextlib import redirect_stdout

from mcdpdk_tools import queries, tables


def shown(renderables):
    with redirect_stdout(io.StringIO()) as output:
        tables.console().print(*renderables)
    return output.getvalue()


class Texts(unittest.TestCase):
    def test_brackets_and_colons_are_no_markup(self):
        """To the library of the tables [fd00::77] is a style, and :ab: an emoji."""
        for name in ("gre:[fd00::77]:5", "gre:[2001:db8:ab::a:b]:5"):
            data = {"verdict": "source_denied", "admits": 1, "sender": name, "message": ""}
            self.assertIn(f"admitted as {name}.", shown(tables.explain(data)))

    def test_a_pattern_may_be_a_name_with_brackets(self):
        name = "gre:[fd00::77]:5"
        for pattern in (name, "[fd00::77]", "gre:*", "gre:[[]fd00*", "fd00::77"):
            self.assertTrue(queries.matches(name, pattern), pattern)
        for pattern in ("[fd00::78]", "gre:[fd]*", "[f]*"):
            self.assertFalse(queries.matches(name, pattern), pattern)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the tables show of names and addresses of IPv6."""

import io
import unittest
from contextlib import redirect_stdout

from mcdpdk_tools import tables


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


if __name__ == "__main__":
    unittest.main()

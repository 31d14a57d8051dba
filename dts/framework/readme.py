# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The commands and samples of README.rst."""

import json
import re
from paths import SOURCE

README = (SOURCE / "README.rst").read_text(encoding="utf-8")


def block(name):
    """Return a named code block of README without its indentation."""
    found = re.search(rf"^\.\. code-block:: \w+\n   :name: {re.escape(name)}\n\n((?:   .*\n|\n)+)", README, re.M)
    assert found, f"README has no block {name}"
    return re.sub(r"^   ", "", found[1], flags=re.M).strip() + "\n"


def lines(name):
    return block(name).splitlines()


CONFIG = json.loads(block("groups.json"))

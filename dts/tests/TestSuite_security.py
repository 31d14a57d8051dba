# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""SECURITY.rst names files and tests that exist, and for each threat both."""

import re

import pytest

from paths import SOURCE

TEXT = (SOURCE / "SECURITY.rst").read_text(encoding="utf-8")
WORDS = re.findall(r"``([^`]+)``", TEXT)
TESTS = [word for word in WORDS if re.fullmatch(r"(TestSuite_\w+|\w+_test)\.\w+", word)]
FILES = [word for word in WORDS if re.fullmatch(r"(app|config|dts|lib|scripts)/[\w./-]+", word)]
# A row of a table of threats: threat, defence, test, what is open.
ROW = re.compile(r"^   \* - (.*?)^     - (.*?)^     - (.*?)^     -(.*?)(?=^   \* - |^\S|\Z)", re.MULTILINE | re.DOTALL)
ROWS = [row for row in ROW.findall(TEXT) if row[0] != "threat\n"]


def defines(path, name):
    text = path.read_text(encoding="utf-8")
    wanted = rf"def {name}\(" if path.suffix == ".py" else rf"^{name}\(void \*\*\w+\)"
    return re.search(wanted, text, re.MULTILINE) is not None


@pytest.mark.parametrize("word", sorted(set(TESTS)))
def test_a_named_test_exists(word):
    stem, name = word.split(".")
    found = [path for folder in ("app", "lib", "scripts", "dts/tests") for suffix in (".c", ".py")
             for path in (SOURCE / folder).rglob(stem + suffix)]
    assert any(defines(path, name) for path in found), found


@pytest.mark.parametrize("word", sorted(set(FILES)))
def test_a_named_file_exists(word):
    assert (SOURCE / word).is_file()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", "_", row[0])[:50])
def test_a_threat_has_a_defence_and_a_test(row):
    _, defence, test, _ = row
    assert any(f"``{word}``" in defence for word in FILES)
    assert re.findall(r"``([^`]+)``", test) and all(word in TESTS for word in re.findall(r"``([^`]+)``", test))


def test_each_row_is_read():
    assert len(ROWS) == len(re.findall(r"^   \* - (?!threat$)", TEXT, re.MULTILINE)) > 20

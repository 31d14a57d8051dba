# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The tables of RFC sentences in dts/rfc name what exists, and the README has their counts.

A sentence has a number (section and ordinal), a level and a gist, and one of: where it is obeyed and which tests fall
without it; where, and why the hub deviates; why it does not apply.
"""

import re
import tomllib
from functools import cache

import pytest

from paths import DTS, SOURCE

LEVELS = {"MUST", "MUST NOT", "SHALL", "SHALL NOT", "REQUIRED", "SHOULD", "SHOULD NOT"}
KINDS = [{"where", "test"}, {"where", "deviates"}, {"not_applicable"}]
NUMBER = r"\d+(\.\d+)*-[1-9]\d*"
TABLES = sorted((DTS / "rfc").glob("rfc*.toml"), key=lambda table: int(table.stem[3:]))


@cache
def read(file):
    return (SOURCE / file).read_text()


def sentences_of(table):
    return tomllib.loads(table.read_text())["sentence"]


def is_defined(reference):
    file, _, name = reference.partition(": ")
    if not name or not (SOURCE / file).is_file():
        return False
    pattern = rf"^def {re.escape(name)}\(" if file.endswith(".py") else rf"^{re.escape(name)}\("
    return re.search(pattern, read(file), re.MULTILINE) is not None


def is_run(reference):
    """A C test must be named in its program's list, too."""
    file, _, name = reference.partition(": ")
    return file.endswith(".py") or len(re.findall(rf"\b{re.escape(name)}\b", read(file))) > 1


def faults_of(sentence):
    kind = set(sentence) - {"number", "level", "gist"}
    if kind not in KINDS or not all(sentence.values()):
        yield f"has {', '.join(sorted(kind))}"
    if not re.fullmatch(NUMBER, sentence["number"]):
        yield "its number is no section and ordinal"
    if sentence["level"] not in LEVELS:
        yield f"unknown level {sentence['level']}"
    for reference in [*sentence.get("where", []), *sentence.get("test", [])]:
        if not is_defined(reference):
            yield f"no {reference}"
    for reference in sentence.get("test", []):
        if is_defined(reference) and not is_run(reference):
            yield f"not run: {reference}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_sentences_name_what_exists(table):
    faults = [f"{sentence['number']}: {fault}" for sentence in sentences_of(table) for fault in faults_of(sentence)]
    assert faults == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_each_sentence_stands_once(table):
    numbers = [sentence["number"] for sentence in sentences_of(table)]
    assert sorted(set(numbers)) == sorted(numbers)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_other_sections_have_a_reason(table):
    for others in tomllib.loads(table.read_text()).get("others", []):
        assert others["sections"] and others["why"]


def test_the_readme_has_the_counts():
    sentences = [sentence for table in TABLES for sentence in sentences_of(table)]
    obeyed = sum("test" in sentence for sentence in sentences)
    deviates = sum("deviates" in sentence for sentence in sentences)
    readme = " ".join(read("README.rst").split())
    counts = f"{obeyed} sentences of {len(TABLES)} RFCs are obeyed and tested; the hub deviates from {deviates}"
    assert counts in readme, counts

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Each figure of config/cloud/allowances.json has a source and the day on which it was read."""

import json
import unittest

import jsonschema

from mcdpdk_tools import budget

NAME = "^[A-Za-z0-9._-]+$"


def thing(required, **optional):
    return {"type": "object", "additionalProperties": False, "required": list(required),
            "properties": {**required, **optional}}


SCHEMA = thing({
    "about": {"type": "string"},
    "sources": {"type": "object", "additionalProperties": thing({
        "kind": {"enum": ["primary", "secondary"]},
        "read": {"type": "string", "pattern": r"^20\d\d-\d\d-\d\d$"},
        "url": {"type": "string", "pattern": "^https://[^ ]+$"},
    })},
    "facts": {"type": "array", "minItems": 1, "items": thing({
        "cloud": {"enum": ["aws", "azure", "gcp", "ibm", "oci", "alibaba"]},
        "limit": {"enum": list(budget.KINDS)},
        "value": {"type": "integer", "minimum": 1000},
        "source": {"type": "string", "pattern": NAME},
    }, type={"type": "string", "pattern": NAME}, note={"type": "string", "minLength": 1},
       both_directions={"const": True}, value_per_ocpu={"type": "integer", "minimum": 1000})},
})


class Allowances(unittest.TestCase):
    def setUp(self):
        with open(budget.FACTS[-1], encoding="utf-8") as file:
            self.content = json.load(file)

    def test_the_form_is_right(self):
        jsonschema.validate(self.content, SCHEMA)

    def test_each_figure_has_a_source_and_each_source_a_figure(self):
        self.assertEqual({fact["source"] for fact in self.content["facts"]}, set(self.content["sources"]))

    def test_a_limit_of_a_type_is_named_once(self):
        keys = [(fact["cloud"], fact.get("type"), fact["limit"]) for fact in self.content["facts"]]
        self.assertEqual(len(keys), len(set(keys)))

    def test_what_a_source_says_of_all_its_figures_is_in_each(self):
        """Alibaba counts both directions; Oracle's bare metal has two ports, and its flexible shapes grow."""
        for fact in self.content["facts"]:
            kind = fact.get("type", "")
            self.assertEqual(fact.get("both_directions", False), fact["cloud"] == "alibaba", fact)
            self.assertEqual("value_per_ocpu" in fact, kind.endswith(".Flex"), fact)
            self.assertEqual(fact.get("note") == "two ports together", kind.startswith("BM."), fact)


if __name__ == "__main__":
    unittest.main()

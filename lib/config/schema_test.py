#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Hold the JSON schema against the same files as the parser.

Usage: schema_test.py CONFIG_FOLDER TESTDATA_FOLDER

good/   accepted by both, and so are the samples in the config folder
warned/ the same, the parser with the lines of the .warnings files
bad/    refused by both, at the same places: those in the .errors files
cross/  refused by the parser only: checks between entries, which a schema cannot make
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft7Validator


def write_path(parts):
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def spell_out(schema):
    """The schema with each forbidden key as {"not": {}}: of `false` some releases of jsonschema do not say where."""
    if isinstance(schema, list):
        return [spell_out(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    spelt = {key: spell_out(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        spelt["properties"] = {
            key: {"not": {}} if value is False else value for key, value in spelt["properties"].items()
        }
    return spelt


def schema_errors(validator, file):
    """The set of (path, rule) at which the schema refuses the file."""
    found = set()
    for error in validator.iter_errors(json.loads(file.read_text())):
        parts = list(error.absolute_path)
        if error.validator == "required":
            missing = set(error.validator_value) - set(error.instance)
            found |= {(write_path(parts + [key]), "required") for key in missing}
        elif error.validator == "additionalProperties":
            unknown = set(error.instance) - set(error.schema["properties"])
            found |= {(write_path(parts + [key]), "unknown") for key in unknown}
        else:
            found.add((write_path(parts), error.validator))
    return found


def parser_errors(file):
    """The set of paths at which the parser refuses the file."""
    prefix = file.name + ": "
    paths = set()
    for line in file.with_suffix(".errors").read_text().splitlines():
        words = line.removeprefix(prefix)
        path, separator, _ = words.partition(": ")
        paths.add(path if separator and not path.startswith("expected") else "")
    return paths


# Where one of several keys is missing, the parser may name the first: of a port.
FIRST_KEY = ".address"


def is_found(path, rule, parser):
    """The schema knows only that a list repeats itself, the parser knows where."""
    if rule == "uniqueItems":
        return any(other.startswith(path + "[") for other in parser)
    return path in parser or (rule == "anyOf" and path + FIRST_KEY in parser)


def compare(validator, file):
    """What one finds and the other does not."""
    schema, parser = schema_errors(validator, file), parser_errors(file)
    lines = [
        f"{file}: only the schema refuses {path!r} ({rule})"
        for path, rule in sorted(schema)
        if not is_found(path, rule, parser)
    ]
    repeated = tuple(path + "[" for path, rule in schema if rule == "uniqueItems")
    paths = {path for path, _ in schema} | {path + FIRST_KEY for path, rule in schema if rule == "anyOf"}
    lines += [
        f"{file}: only the parser refuses {path!r}"
        for path in sorted(parser)
        if path not in paths and not path.startswith(repeated or ("\0",))
    ]
    return lines


def check(config, testdata):
    schema = json.loads((config / "groups.schema.json").read_text())
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(spell_out(schema))
    samples = [file for file in config.glob("*.json") if file.name != "groups.schema.json"]
    good = [file for folder in ("good", "warned") for file in (testdata / folder).glob("*.json")]
    bad = list((testdata / "bad").glob("*.json"))
    cross = list((testdata / "cross").glob("*.json"))
    if not (samples and good and bad and cross):
        return ["files to hold it against are missing"]

    lines = []
    for file in samples + good + cross:
        for path, rule in sorted(schema_errors(validator, file)):
            lines.append(f"{file}: the schema refuses {path!r} ({rule})")
    for file in bad:
        lines += compare(validator, file)
    print(f"{len(samples)} samples, {len(good)} good, {len(bad)} bad, {len(cross)} cross")
    return lines


def main():
    lines = check(Path(sys.argv[1]), Path(sys.argv[2]))
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk.spdx.json, which the build writes: all that the programs are made of, each with its licence."""

import ast
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub import PROGRAM
from paths import SCRIPTS, SOURCE

BUILD = Path(PROGRAM).resolve().parents[1]
PROGRAMS = [BUILD / "app/mcdpdk", BUILD / "app/domain/mcdpdk-domain"]
# SPDX 2.3, clauses 6 to 8 and 11.
OF_DOCUMENT = {"spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace", "creationInfo"}
OF_PACKAGE = {"SPDXID", "name", "downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"}
OF_FILE = {"SPDXID", "fileName", "checksums"}


@pytest.fixture(scope="module", name="sbom")
def fixture_sbom():
    return json.loads((BUILD / "mcdpdk.spdx.json").read_text(encoding="utf-8"))


def test_each_element_has_what_spdx_demands(sbom):
    assert OF_DOCUMENT <= sbom.keys() and sbom["spdxVersion"] == "SPDX-2.3"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sbom["creationInfo"]["created"])
    assert all(OF_PACKAGE <= package.keys() for package in sbom["packages"])
    assert all(OF_FILE <= file.keys() and file["checksums"][0]["algorithm"] == "SHA1" for file in sbom["files"])
    names = [element["SPDXID"] for element in (sbom, *sbom["packages"], *sbom["files"])]
    assert len(names) == len(set(names)) and all(re.fullmatch(r"SPDXRef-[\w.-]+", name) for name in names)
    related = {relation[end] for relation in sbom["relationships"] for end in ("spdxElementId", "relatedSpdxElement")}
    assert related == set(names)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.name)
def test_each_linked_library_has_an_entry_with_version_and_licence(sbom, program):
    packages = {package["SPDXID"]: package for package in sbom["packages"]}
    linked = {name: packages[relation["relatedSpdxElement"]] for relation in sbom["relationships"]
              if relation["relationshipType"] == "DYNAMIC_LINK" for name in relation["comment"].split()}
    dynamic = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"NEEDED.*\[(.+)\]", dynamic)
    assert len(names) > 4
    for name in names:
        assert name in linked, name
        assert linked[name]["versionInfo"] and linked[name]["licenseDeclared"] != "NOASSERTION", name


def test_what_the_page_vendors_is_there_as_it_is(sbom):
    vendor = SCRIPTS / "mcdpdk_monitor/page/vendor"
    code = {f"./{path.relative_to(SOURCE)}": path for path in vendor.iterdir() if path.suffix in (".mjs", ".css")}
    assert {file["fileName"] for file in sbom["files"]} == code.keys() and code
    for file in sbom["files"]:
        content = code[file["fileName"]].read_bytes()
        assert file["checksums"][1]["checksumValue"] == hashlib.sha256(content).hexdigest()


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def test_what_the_commands_import_is_there(sbom):
    """Beside Python's own library and each other."""
    paths = [path for folder in SCRIPTS.glob("mcdpdk_*") for path in folder.glob("*.py")]
    names = {name.split(".")[0] for path in paths for name in imported(path)}
    other = {name for name in names if name not in sys.stdlib_module_names and not name.startswith("mcdpdk_")}
    assert "aiohttp" in other and other <= {package["name"] for package in sbom["packages"]}


def test_the_same_build_gives_the_same_bytes():
    texts = set()
    for folder, locale, zone in (("/", "C", "Asia/Tokyo"), (SOURCE, "C.UTF-8", "UTC")):
        env = {"PATH": "/usr/bin:/bin", "SOURCE_DATE_EPOCH": "1", "LC_ALL": locale, "TZ": zone}
        done = subprocess.run([SCRIPTS / "sbom", "1.2.3", *PROGRAMS], cwd=folder, env=env, capture_output=True, check=True)
        texts.add(done.stdout)
    assert len(texts) == 1 and b'"created": "1970-01-01T00:00:01Z"' in texts.pop()

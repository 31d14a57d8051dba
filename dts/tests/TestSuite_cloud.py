# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The pages about public clouds in config/cloud/: what the program can check of them, and that each limit has a source.

Nobody tried what they say of providers, and each page has to admit that.
"""

import re
import shlex
import subprocess

import pytest

from hub import PROGRAM
from paths import SCRIPTS, SOURCE

CLOUDS = SOURCE / "config/cloud"
PAGES = sorted(path for path in CLOUDS.glob("*.rst") if path.stem != "README")
SECTIONS = ["NIC and driver", "Source check", "Firewall", "MTU", "Encapsulation", "IPv6", "Limits", "Make the hub",
            "Members", "Size", "Traps", "Tried"]
SOURCED = re.compile(r"<https://[^>\s]+>`__.*, read \d{4}-\d\d-\d\d\.$", re.DOTALL)


@pytest.fixture(name="page", params=PAGES, ids=lambda path: path.stem)
def fixture_page(request):
    return request.param.read_text(encoding="utf-8")


def sections(page):
    """The text of each section by its title, in order."""
    parts = re.split(r"^(.+)\n-+\n", page, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2]))


def blocks(text, language):
    found = re.findall(rf"^\.\. code-block:: {language}\n\n((?:   .*\n|\n)+)", text, re.MULTILINE)
    return [re.sub("^   ", "", block, flags=re.MULTILINE) for block in found]


def commands(page, name):
    lines = "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(line) for line in lines if line.split()[:1] == [name]]


def bullets(text):
    return [" ".join(bullet.split()) for bullet in re.split(r"^- ", text, flags=re.MULTILINE)[1:]]


def test_there_is_a_page_for_each_cloud_and_a_table():
    assert [path.stem for path in PAGES] == ["alibaba", "aws", "azure", "gcp", "ibm", "oci"]
    table = (CLOUDS / "README.rst").read_text()
    assert re.findall(r"^   \* - `.* <(\w+)\.rst>`_$", table, re.MULTILINE) == [
        "aws", "azure", "gcp", "ibm", "oci", "alibaba"]


def test_sections_are_the_same(page):
    assert list(sections(page)) == SECTIONS


def test_configuration_is_good(page, tmp_path):
    """It is warned of nothing but of the cloud's MTU."""
    texts = blocks(page, "json")
    assert texts
    for text in texts:
        path = tmp_path / "groups.json"
        path.write_text(text)
        done = subprocess.run([PROGRAM, "-t", "-c", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert all("leaves less than 1500 bytes for inner packets" in line for line in done.stderr.splitlines())


def test_members_join_as_the_configuration_says(page, cloud):
    """mcdpdk-client plans the path that the page shows (--dry-run), with an encapsulation of the page's members."""
    node = cloud.nodes.get("app-1") or cloud.add_instance("app-1", "10.0.0.21")
    (command,) = commands(page, "mcdpdk-client")
    done = node.attempt(SCRIPTS / "mcdpdk-client", *command[1:], "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "ip route replace 224.0.0.0/4 dev mcdpdk0" in done.stdout
    assert f'"encap": "{command[command.index("--encap") + 1]}"' in blocks(page, "json")[0]


def test_set_up_has_the_options(page):
    known = subprocess.run([SCRIPTS / "mcdpdk-setup", "apply", "--help"], capture_output=True, text=True, check=True)
    found = commands(page, "mcdpdk-setup")
    assert ["mcdpdk-setup", "apply"] in [command[:2] for command in found]
    for command in found:
        assert command[1] in ("plan", "apply", "undo")
        assert {word for word in command if word.startswith("--")} <= set(re.findall(r"--[\w-]+", known.stdout))


def test_each_limit_has_its_source_and_date(page):
    limits = bullets(sections(page)["Limits"])
    assert limits
    for limit in limits:
        assert SOURCED.search(limit), limit


def test_what_is_said_of_ipv6_has_its_source_and_date(page):
    """Or the page says that nothing was found."""
    text = sections(page)["IPv6"]
    said = re.findall(r"^- .+\n(?:  .+\n)*", text, re.MULTILINE)
    assert said or text.startswith("\nNothing was found ")
    for bullet in said:
        assert SOURCED.search(" ".join(bullet.split())), bullet


def test_page_says_that_nothing_was_tried(page):
    assert sections(page)["Tried"].startswith("\nNothing on ")


def test_hubs_address_is_the_same_in_all_blocks(page):
    """The NIC that the provider's commands make, the configuration and the members' option."""
    (command,) = commands(page, "mcdpdk-client")
    hub = command[command.index("--hub") + 1]
    assert f'"address": "{hub}/' in blocks(page, "json")[0]
    assert re.search(rf"\b{re.escape(hub)}\b", "".join(blocks(sections(page)["Make the hub"], "sh")))

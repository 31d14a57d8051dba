# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""pytest set-up of the end-to-end suites."""

import compileall
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

import quartet as four
from topo import Cloud
from paths import SCRIPTS

GUESTS = "TestSuite_guest_"
# The slowest suites after these, slowest first.
LONG = [f"TestSuite_{name}.py" for name in (
    "page", "mcdpdk_client_test", "client_failover", "mcdpdk_client", "domain_shared", "mcdpdk_client_watch", "health",
    "domain_agent", "domain", "domain_notify", "explain", "encapsulations", "mcdpdkctl", "ipv6_underlay", "igmp",
    "copies", "amt", "log", "app_jgroups", "app_keepalived", "mcdpdkctl_drain", "mld")]


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="also run the tests marked slow")


def pytest_configure(config):
    # The Python commands write no bytecode, but use it: else each of their many starts compiles all modules.
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(SCRIPTS, quiet=2)


class SuiteScheduling(LoadScopeScheduling):
    """One process runs a suite; one process runs all suites with guests, which are booted once."""

    def _split_scope(self, nodeid):
        suite = nodeid.split("::", 1)[0]
        return GUESTS if GUESTS in suite else suite


def place(item):
    return next((n for n, name in enumerate([GUESTS, *LONG]) if name in item.nodeid), len(LONG) + 1)


def pytest_xdist_make_scheduler(config, log):
    return SuiteScheduling(config, log)


def pytest_collection_modifyitems(config, items):
    # Start the slowest suites first, so that none runs alone at the end.
    items.sort(key=place)
    if config.getoption("--full"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def public_scripts():
    """The scripts in a place that every user may read, unlike a clone below /root."""
    scripts = SCRIPTS
    with tempfile.TemporaryDirectory(prefix="mcr-scripts-") as folder:
        os.chmod(folder, 0o755)
        yield Path(shutil.copytree(scripts, Path(folder) / "scripts"))


@pytest.fixture(scope="module")
def cloud():
    with Cloud() as running:
        yield running


@pytest.fixture(scope="module")
def quartet(cloud):
    return four.Quartet(cloud)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""pytest set-up of the end-to-end suites."""

import pytest

import quartet as four
from topo import Cloud


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="also run the tests marked slow")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--full"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="module")
def cloud():
    with Cloud() as running:
        yield running


@pytest.fixture(scope="module")
def quartet(cloud):
    return four.Quartet(cloud)

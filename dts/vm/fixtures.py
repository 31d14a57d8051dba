# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A pytest plugin, apart from region.py: pytest has to be the first to import a plugin."""

import pytest

from vm.region import booted_region


@pytest.fixture(scope="session", name="region")
def fixture_region():
    """One boot serves all guest suites; each leaves the members without tunnels and rules."""
    with booted_region() as region:
        yield region

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A pytest plugin. Apart from region.py, as pytest wants to be the first to import a plugin."""

import pytest

from vm.region import booted_region


@pytest.fixture(scope="session", name="region")
def fixture_region():
    """One boot serves every guest suite; each leaves the members without tunnels and rules."""
    with booted_region() as region:
        yield region

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A fixture for suites on raw frames."""

import pytest


def accounted(wires):
    """An autouse fixture: after each test the hub's sums balance, and the named fixture's wires are quiet."""
    @pytest.fixture(autouse=True)
    def settle(request, hub):
        wired = request.getfixturevalue(wires)
        yield
        hub.settled()
        wired.assert_quiet()
    return settle

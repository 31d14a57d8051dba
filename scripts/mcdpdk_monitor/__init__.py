# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-monitor: polls hubs, keeps an hour of their history, and serves both; see mcdpdk-monitor(8)."""

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The parts of mcdpdkctl: socket, queries, tables, live views, command line."""

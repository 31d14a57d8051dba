# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What mcdpdkctl is made of: socket, queries, tables, live views, command line."""

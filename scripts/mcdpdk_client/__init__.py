# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What mcdpdk-client is made of. Python's standard library only: members have nothing else."""

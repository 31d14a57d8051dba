# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Paths of the tree."""

from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = SOURCE / "build"
DTS = SOURCE / "dts"
PROGRAMS = DTS / "programs"
SCRIPTS = SOURCE / "scripts"

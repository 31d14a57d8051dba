#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Run in the hub's guest: ask the telemetry socket and print the answers as a JSON list."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from telemetry import Telemetry  # noqa: E402

telemetry = Telemetry("rte")
print(json.dumps([telemetry.ask(command) for command in sys.argv[1:]]))

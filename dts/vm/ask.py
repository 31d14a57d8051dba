#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Forward questions to the telemetry socket in the hub's guest, where a Python takes a second to start.

Commands are written to the first FIFO, one per line; the answers, a JSON list, are read from the second.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "framework"))
sys.dont_write_bytecode = True

from telemetry import Telemetry  # noqa: E402


def ask(commands):
    try:
        telemetry = Telemetry("rte")
        return [telemetry.ask(command) for command in commands]
    except OSError as error:
        return {"error": str(error)}


questions, answers = sys.argv[1:]
while True:
    with open(questions, encoding="utf-8") as asked:
        commands = asked.read().splitlines()
    with open(answers, "w", encoding="utf-8") as out:
        json.dump(ask(commands), out)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Stop the thread of process PID whose name contains WORD until SIGTERM: stop_thread.py PID WORD"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PTRACE_ATTACH = 16

pid, word = sys.argv[1:]
(tid,) = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir() if word in (task / "comm").read_text()]
if ctypes.CDLL(None).ptrace(PTRACE_ATTACH, tid, None, None) != 0:
    sys.exit("not attached")
os.waitpid(tid, 0x40000000)  # __WALL
signal.pause()

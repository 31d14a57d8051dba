# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The threads of a running hub."""

import ctypes
import os
from contextlib import contextmanager
from pathlib import Path

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
_libc = ctypes.CDLL(None, use_errno=True)


def program_pid(hub):
    return hub.telemetry.ask("/mcdpdk/info")["pid"]


def tasks(hub):
    return list(Path(f"/proc/{program_pid(hub)}/task").iterdir())


def worker(hub, lcore):
    """The thread of an lcore, by the name that EAL gives it."""
    for task in tasks(hub):
        if (task / "comm").read_text().strip() in (f"rte-worker-{lcore}", f"lcore-worker-{lcore}",
                                                   f"dpdk-worker{lcore}"):
            return int(task.name)
    raise AssertionError([(task / "comm").read_text() for task in tasks(hub)])


@contextmanager
def stopped_thread(tid):
    assert _libc.ptrace(PTRACE_ATTACH, tid, None, None) == 0, os.strerror(ctypes.get_errno())
    os.waitpid(tid, 0x40000000)  # __WALL
    try:
        yield
    finally:
        _libc.ptrace(PTRACE_DETACH, tid, None, None)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""QEMU guests for what the build machine's kernel lacks: GRE, uio, vfio, NetworkManager.

    with Guest("tokyo1", netns="cloud", nics=[Nic("tokyo1-0")]) as guest:
        print(guest.run("ip -br link").output)

A guest runs Debian's stock kernel on the host's file system (read-only, under an overlay): every program of the host
and the hub's build folder are available without an image.
"""

from .guest import Guest, GuestError, Job, Nic, Result
from .packages import MissingPackage

__all__ = ["Guest", "GuestError", "Job", "MissingPackage", "Nic", "Result"]

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which process has the NIC open. A driver that loses a NIC in use may wait for its user for ever."""

import os
import re

from .nic import DEVICES
from .system import Failure


def device_files(system, nic):
    """Files in /dev that lead to the NIC."""
    device = DEVICES + nic.pci
    files = [f"/dev/{name}" for name in system.names(f"{device}/uio")]
    if nic.driver == "vfio-pci" and nic.group:
        # Without an IOMMU the kernel names it so.
        files += [f"/dev/vfio/{nic.group}", f"/dev/vfio/noiommu-{nic.group}"]
    return files + [f"/dev/infiniband/{name}" for name in system.names(f"{device}/infiniband_verbs")]


def user_of(system, files):
    for process in filter(str.isdigit, system.names("proc")):
        for handle in system.names(f"proc/{process}/fd"):
            try:
                opened = os.readlink(system.path(f"proc/{process}/fd/{handle}"))
            except OSError:
                continue
            if re.sub(r" \(deleted\)$", "", opened) in files:
                return process
    return None


def refuse_in_use(system, nic):
    files = device_files(system, nic)
    process = user_of(system, files) if files else None
    if process:
        name = system.word(f"proc/{process}/comm")
        raise Failure(f"{name} (process {process}) uses {nic.label}: end it first; the hub by systemctl stop mcdpdk")

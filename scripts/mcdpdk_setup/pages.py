# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Huge pages: how many, on which NUMA node, and how they come back at boot."""

from .machine import NODE
from .step import Value, Write
from .system import Failure

# The program's defaults with packets of 9,000 bytes take a quarter of it.
WANTED_MIB, LEAST_MIB = 1024, 256
# Less than this for all else, and the kernel may kill what makes the machine reachable.
LEFT_MIB = 128
SYSCTL = "/etc/sysctl.d/60-mcdpdk-setup.conf"
TMPFILES = "/etc/tmpfiles.d/mcdpdk-setup.conf"
GIB_IN_KIB = 1 << 20


def wanted_mib(machine):
    """At most a quarter of memory, which leaves a small machine its own."""
    return max(LEAST_MIB, min(WANTED_MIB, machine.memory_mib // 4))


def is_enough(machine, node):
    """Pages of any size do."""
    return sum(pages.free * pages.kib for pages in machine.pages if pages.node == node) >= wanted_mib(machine) << 10


def reservable(machine, node):
    """The default size, but of 1 GiB the kernel finds none after boot."""
    sizes = [pages for pages in machine.pages if pages.node == node and pages.kib < GIB_IN_KIB]
    return next((pages for pages in sizes if pages.kib == machine.page_kib), sizes[0] if sizes else None)


def setting_of(machine, pages):
    """The one with a line in sysctl.d if it means the same."""
    if len(machine.nodes) == 1 and pages.kib == machine.page_kib:
        return "/proc/sys/vm/nr_hugepages"
    return f"/{NODE}node{pages.node}/hugepages/hugepages-{pages.kib}kB/nr_hugepages"


def size_of(kib):
    return f"{kib >> 20} GiB" if kib >= GIB_IN_KIB else f"{kib >> 10} MiB"


def refuse_scarce(machine, pages, count):
    more_mib = max(0, count - pages.total) * pages.kib >> 10
    if more_mib and machine.available_mib - more_mib < LEFT_MIB:
        raise Failure(f"{more_mib} MiB of huge pages do not fit: of {machine.memory_mib} MiB of memory "
                      f"{machine.available_mib} MiB are available, and {LEFT_MIB} MiB have to remain: free some, or "
                      "take a larger machine")


def plan_pages(machine, node, recorded):
    """The steps and the notes. What is recorded stays: the hub itself may hold the pages now."""
    pages = reservable(machine, node)
    if pages is None:
        return [], ["this kernel has no huge pages below 1 GiB"]
    setting = setting_of(machine, pages)
    before = next((step for step in recorded if isinstance(step, Value) and step.path == setting), None)
    if before is None and is_enough(machine, node):
        return [], []
    count = before.value if before else pages.total - pages.free + -(-(wanted_mib(machine) << 10) // pages.kib)
    refuse_scarce(machine, pages, count)
    what = f"{count} huge pages of {size_of(pages.kib)}"
    where = f" on NUMA node {node}" if len(machine.nodes) > 1 else ""
    persistent = (Write(SYSCTL, f"vm.nr_hugepages = {count}\n") if setting.startswith("/proc/")
                  else Write(TMPFILES, f"w {setting} - - - - {count}\n"))
    first = before.before if before else pages.total
    return [persistent, Value(setting, count, first, what + where)], gib_notes(machine)


def gib_notes(machine):
    if wanted_mib(machine) < WANTED_MIB or not any(pages.kib == GIB_IN_KIB for pages in machine.pages):
        return []
    return ["pages of 1 GiB come from the kernel command line only, which stays as it is: hugepagesz=1G hugepages=N"]

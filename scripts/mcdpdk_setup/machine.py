# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""CPUs, NUMA nodes, huge pages and the IOMMU."""

from dataclasses import dataclass

from .cloud import Cloud, find_cloud

CPU = "sys/devices/system/cpu/"
NODE = "sys/devices/system/node/"


@dataclass(frozen=True)
class Pages:
    """Huge pages of one size on one NUMA node."""

    node: int
    kib: int
    total: int
    free: int


@dataclass(frozen=True)
class Machine:
    cloud: Cloud
    cpus: list
    isolated: list
    nodes: dict  # node -> its CPUs
    memory_mib: int
    available_mib: int  # without swapping
    page_kib: int  # of the default huge page
    pages: list
    has_iommu: bool


def numbers(text):
    """Of a kernel's list: "0-3,8"."""
    found = []
    for part in filter(None, text.strip().split(",")):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def ranges(chosen):
    """The reverse: as short as possible."""
    parts = []
    for number in sorted(chosen):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in parts)


def meminfo(system, key):
    lines = (line.split() for line in system.text("proc/meminfo").splitlines())
    return next((int(line[1]) for line in lines if line[0] == f"{key}:"), 0)


def find_pages(system, node):
    folder = f"{NODE}node{node}/hugepages/"
    return [Pages(node, int(name.removeprefix("hugepages-").removesuffix("kB")),
                  system.number(f"{folder}{name}/nr_hugepages"), system.number(f"{folder}{name}/free_hugepages"))
            for name in system.names(folder)]


def find_machine(system):
    cpus = numbers(system.text(CPU + "online")) or [0]
    nodes = {node: numbers(system.text(f"{NODE}node{node}/cpulist"))
             for node in numbers(system.text(NODE + "online"))} or {0: cpus}
    return Machine(
        cloud=find_cloud(system),
        cpus=cpus,
        isolated=[cpu for cpu in numbers(system.text(CPU + "isolated")) if cpu in cpus],
        nodes=nodes,
        memory_mib=meminfo(system, "MemTotal") // 1024,
        available_mib=meminfo(system, "MemAvailable") // 1024,
        page_kib=meminfo(system, "Hugepagesize"),
        pages=[pages for node in nodes for pages in find_pages(system, node)],
        has_iommu=bool(system.names("sys/class/iommu")),
    )

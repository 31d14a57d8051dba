# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which driver of the kernel hands the NIC to DPDK, and what EAL has to know."""

from dataclasses import dataclass

from .nic import BIFURCATED, DEVICES
from .system import Failure

NO_IOMMU = "sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
KERNEL = "linux-image-amd64"
# DPDK 23.11's ABI, the first whose net_ena takes the argument.
POLLING_ABI = 24


@dataclass(frozen=True)
class Choice:
    """driver: None if the NIC stays with the kernel's."""

    driver: str | None
    modules: list
    unsafe: bool = False  # vfio-pci without an IOMMU
    physical: bool = False  # EAL's --iova-mode=pa
    why: str = ""


def can_load(system, name):
    return system.has_module(name) or bool(system.ask("modinfo", "-F", "filename", name))


def takes_no_iommu(system):
    """Debian's kernels leave it out. The parameter appears when vfio is loaded."""
    return system.has(NO_IOMMU) or "enable_unsafe_noiommu_mode" in system.ask("modinfo", "-F", "parm", "vfio")


def group_mates(system, nic):
    """Other functions of its IOMMU group that are not bridges: vfio needs all of them."""
    folder = f"sys/kernel/iommu_groups/{nic.group}/devices"
    return [pci for pci in system.names(folder) if pci != nic.pci
            and not system.word(f"{DEVICES}{pci}/class").startswith("0x06")
            and system.target(f"{DEVICES}{pci}/driver") not in ("", "vfio-pci")]


def is_behind_iommu(system, nic):
    """vfio without an IOMMU makes groups, too, and names them so."""
    return bool(nic.group) and system.word(f"sys/kernel/iommu_groups/{nic.group}/name") != "vfio-noiommu"


def running(system):
    return f"the running kernel {system.word('proc/sys/kernel/osrelease')}".rstrip()


def other_kernel(system):
    """An upgrade may have installed it, and taken the modules of the running one away."""
    status = system.ask("dpkg-query", "--show", "--showformat=${db:Status-Status}", KERNEL)
    return f"boot that of package {KERNEL}, which is installed" if status == "installed" else (
        f"install package {KERNEL}, and boot its kernel")


def choose_driver(system, nic):
    if nic.is_bifurcated:
        return Choice(None, ["ib_uverbs", BIFURCATED[nic.driver]], why="the kernel's driver shares it with DPDK")
    has_vfio = can_load(system, "vfio-pci")
    if is_behind_iommu(system, nic) and has_vfio:
        mates = group_mates(system, nic)
        if mates:
            raise Failure(f"{nic.label} shares its IOMMU group with {', '.join(mates)}: vfio-pci needs all of them")
        return Choice("vfio-pci", ["vfio-pci"], why="there is an IOMMU")
    if is_behind_iommu(system, nic):
        raise Failure(f"{running(system)} has no module vfio-pci, which an IOMMU needs: {other_kernel(system)}")
    if has_vfio and takes_no_iommu(system):
        return Choice("vfio-pci", ["vfio-pci"], True, True, "no IOMMU, but vfio works without")
    if can_load(system, "uio_pci_generic"):
        return Choice("uio_pci_generic", ["uio_pci_generic"], False, True, "no IOMMU")
    raise Failure(f"{running(system)} has no IOMMU and no module uio_pci_generic: {other_kernel(system)}")


def dpdk_abi(system):
    """Of the installed drivers; 0 if the program has its own."""
    found = [path.rpartition("pmds-")[2].partition(".")[0] for path in system.find("usr/lib/*/dpdk/pmds-*")]
    return max((int(number) for number in found if number.isdigit()), default=0)


def is_ena(system, nic):
    """By its vendor: once it is bound for DPDK, the kernel's driver is unknown."""
    return system.word(f"{DEVICES}{nic.pci}/vendor") == "0x1d0f"


def device_arguments(system, nic, link, choice):
    """What follows the PCI address in EAL's -a."""
    if nic.driver == "mana":
        # One function has all ports of the machine.
        return f",mac={link.mac}"
    if is_ena(system, nic) and choice.driver == "uio_pci_generic" and dpdk_abi(system) >= POLLING_ABI:
        return ",control_path_poll_interval=500"
    return ""


def driver_notes(system, nic, link, choice):
    notes = []
    if choice.unsafe:
        notes.append("vfio without an IOMMU: the NIC can write to all of memory, and the kernel is tainted")
    if is_ena(system, nic) and choice.driver == "uio_pci_generic" and dpdk_abi(system) < POLLING_ABI:
        notes.append("net_ena of DPDK before 23.11 needs interrupts, which uio_pci_generic does not pass on: the state "
                     "of the link stays unknown; Debian 13 has a newer one")
    if nic.is_bifurcated and not system.find(f"usr/lib/*/libibverbs/lib{nic.driver.removesuffix('_core')}-*"):
        notes.append(f"the verbs of {nic.driver} are missing: install package ibverbs-providers")
    if link and link.vf:
        notes.append(f"{link.vf} is the VF of {link.name}: what Azure sends to the synthetic NIC alone, as when it "
                     "takes the VF away for maintenance, does not reach the hub")
    if link and nic.is_bifurcated:
        notes.append(f"a DHCP client may give {link.name} its address again: take {link.name} out of its settings")
    return notes

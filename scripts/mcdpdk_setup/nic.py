# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The NICs, and what the kernel knows of each: name, addresses, routes."""

import re
from dataclasses import dataclass, field

from .link import NET, Link, find_link

PCI = re.compile(r"[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")
DEVICES = "sys/bus/pci/devices/"
SYNTHETIC = "hv_netvsc"

# The kernel's driver -> DPDK's.
DPDK_DRIVERS = {
    "ena": "net_ena", "gve": "net_gve", "virtio-pci": "net_virtio", "vmxnet3": "net_vmxnet3",
    "mlx4_core": "net_mlx4", "mlx5_core": "net_mlx5", "mana": "net_mana",
    "e1000": "net_e1000_em", "e1000e": "net_e1000_em", "igb": "net_e1000_igb", "igc": "net_igc",
    "ixgbe": "net_ixgbe", "ixgbevf": "net_ixgbe_vf", "i40e": "net_i40e", "iavf": "net_iavf", "ice": "net_ice",
    "bnxt_en": "net_bnxt", "cxgb4": "net_cxgbe", "qede": "net_qede", "nfp": "net_nfp", "ionic": "net_ionic",
    "hns3": "net_hns3", "sfc": "net_sfc", "atlantic": "net_atlantic", "enic": "net_enic", "fm10k": "net_fm10k",
}
# Their NICs stay with the kernel's driver, which shares them with DPDK.
BIFURCATED = {"mlx4_core": "mlx4_ib", "mlx5_core": "mlx5_ib", "mana": "mana_ib"}
DPDK_MODULES = ("vfio-pci", "uio_pci_generic", "igb_uio")


@dataclass
class Nic:
    """name: the kernel's; None of a NIC that is bound for DPDK. Of a pair (Azure) it is that of the synthetic NIC, and
    link.vf has the other one."""

    pci: str | None
    name: str | None
    driver: str
    node: int
    group: str  # of the IOMMU
    link: Link | None
    uppers: list = field(default_factory=list)  # bond, bridge, VLANs

    @property
    def label(self):
        return f"{self.pci} ({self.name})" if self.pci and self.name else self.pci or self.name

    @property
    def names(self):
        """Devices of the kernel whose traffic it carries."""
        return {self.name, self.link.vf if self.link else None, *self.uppers} - {None}

    @property
    def is_bifurcated(self):
        return self.driver in BIFURCATED


def pci_of(system, device):
    """The PCI address of a device in sysfs, which may be a child (virtio); None without one."""
    found = PCI.findall(system.real(device))
    return found[-1] if found else None


def normal_pci(text):
    """As the kernel writes it: with a domain, in lower case."""
    text = text.lower()
    return text if PCI.fullmatch(text) else f"0000:{text}"


def physical_links(system):
    return [name for name in system.names(NET) if system.has(f"{NET}{name}/device")]


def master_of(system, name):
    return system.target(f"{NET}{name}/master")


def uppers_of(system, name, without=()):
    uppers = [entry.removeprefix("upper_") for entry in system.names(NET + name) if entry.startswith("upper_")]
    return [upper for upper in uppers if upper not in without]


def kernel_driver(system, name):
    return system.target(f"{NET}{name}/device/driver")


def describe_pci(system, pci, link=None, uppers=()):
    device = DEVICES + pci
    return Nic(pci=pci, name=link.name if link else None, driver=system.target(f"{device}/driver"),
               node=max(0, system.number(f"{device}/numa_node")), group=system.target(f"{device}/iommu_group"),
               link=link, uppers=list(uppers))


def describe_link(system, kernel, name):
    """The NIC behind this device of the kernel."""
    master = master_of(system, name)
    if master and kernel_driver(system, master) == SYNTHETIC:
        # The address belongs to the synthetic NIC, the packets go through this one.
        link = find_link(system, kernel, master, vf=name)
        uppers = uppers_of(system, name, [master]) + uppers_of(system, master)
    else:
        link, uppers = find_link(system, kernel, name), uppers_of(system, name)
    pci = pci_of(system, f"{NET}{name}/device")
    if pci is None:
        return Nic(None, name, kernel_driver(system, name), 0, "", link, uppers)
    return describe_pci(system, pci, link, uppers)


def find_nics(system, kernel):
    """All of them, in the order of their PCI addresses."""
    nics = [describe_link(system, kernel, name) for name in physical_links(system)]
    paired = {nic.name for nic in nics if nic.link.vf}
    nics = [nic for nic in nics if nic.pci or nic.name not in paired]
    known = {nic.pci for nic in nics}
    nics += [describe_pci(system, pci) for pci in system.names(DEVICES)
             if pci not in known and system.word(f"{DEVICES}{pci}/class").startswith("0x02")]
    return sorted(nics, key=lambda nic: (nic.pci or "~", nic.name or ""))

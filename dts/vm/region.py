# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The guests of the region that the articles describe, booted once for all guest suites.

    subnet A 10.0.0.0/24                                        subnet B 10.5.0.0/24
    hub     eth0 .11 (the kernel's), mcdpdk .10 -+
    tokyo1  eth0 .12 ----------------------------+- switch A - router - switch B - tokyo2 eth0 .6
    tokyo2  eth1 .13 (down unless a test ups it)-+

The switches and the router are those of topo.Cloud. A suite gets the fixture `region` by `pytest_plugins =
["vm.fixtures"]`.
"""

import contextlib
from dataclasses import dataclass

from topo import Cloud

from . import Guest, Nic
from .hub_guest import HubGuest

# The hub's NICs by model, all on switch A; the program uses one at a time. Virtio also with more queue pairs.
HUB_NICS = {"virtio-net-pci": "0000:00:11.0", "e1000": "0000:00:12.0", "vmxnet3": "0000:00:13.0"}
MANY_PAIRS = {2: "0000:00:14.0", 4: "0000:00:15.0"}
IOMMU_MACHINE = ["-M", "q35,kernel-irqchip=split", "-device", "intel-iommu,intremap=on"]
# An idle hub wakes up 4,000 times a second, which takes a third of a CPU to emulate: here at each tick of the clock.
LONG_SLEEPS = "highres=off"
VFIO_MODULES = "modprobe -a vfio_iommu_type1 vfio-pci"
CONNECT = """set -e
ip addr add {address}/24 brd + dev eth0
ip link set eth0 up
ip route add default via {gateway}
"""

RESTORE_TTL = "table ip restore { chain ingress { type filter hook prerouting priority mangle; ip ttl set 64; }; }"


@dataclass
class Region:
    cloud: Cloud
    hub: HubGuest
    tokyo1: Guest
    tokyo2: Guest

    @contextlib.contextmanager
    def router_that_restores_ttl(self):
        """Let the router set the TTL to 64, so that a tunnel that inherits a group's TTL of 1 passes."""
        self.cloud.router.run("nft", RESTORE_TTL)
        try:
            yield
        finally:
            self.cloud.router.run("nft", "delete table ip restore")


def boot_guest(stack, cloud, name, nics, **options):
    """Start a guest for the lifetime of the stack; each of `nics` is (bridge, model, more options[, queue pairs])."""
    taps = []
    for number, (bridge, model, more, *pairs) in enumerate(nics):
        tap = f"{name}-{number}"
        cloud.switch.ip("tuntap", "add", tap, "mode", "tap", *(["multi_queue"] if pairs else []))
        cloud.switch.ip("link", "set", tap, "master", bridge, "up")
        taps.append(Nic(tap, model, f",addr=0x1{number}{more}", *pairs))
    return stack.enter_context(Guest(name, cloud.switch.namespace, taps, **options))


@contextlib.contextmanager
def booted_region():
    """The whole drawing; the guests boot in parallel."""
    virtio = "virtio-net-pci"
    with Cloud() as cloud, contextlib.ExitStack() as stack:
        nics = [*(("br-a", model, "") for model in (virtio, *HUB_NICS)),
                *(("br-a", virtio, "", pairs) for pairs in MANY_PAIRS)]
        hub = boot_guest(stack, cloud, "hub", nics, memory=768, append=f"hugepages=96 {LONG_SLEEPS}")
        tokyo1 = boot_guest(stack, cloud, "tokyo1", [("br-a", virtio, "")])
        tokyo2 = boot_guest(stack, cloud, "tokyo2", [("br-b", virtio, ""), ("br-a", virtio, "")])
        hub.run(CONNECT.format(address="10.0.0.11", gateway="10.0.0.1"))
        tokyo1.run(CONNECT.format(address="10.0.0.12", gateway="10.0.0.1"))
        tokyo2.run(CONNECT.format(address="10.5.0.6", gateway="10.5.0.1"))
        yield Region(cloud, HubGuest(hub), tokyo1, tokyo2)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Links and resets of each kind of NIC that QEMU has.

    alpha 10.0.0.31 --+
    beta  10.0.0.32 --+-- switch A -- hub 10.0.0.10 in a guest
"""

import contextlib

import pytest

from event_raiser import build_library
from topo import HUB_ADDRESS
from traffic import open_receiver, open_sender, receive
from vm.hub_guest import HubGuest
from vm.region import HUB_NICS, IOMMU_MACHINE, VFIO_MODULES, boot_guest
from waiting import await_condition

pytest_plugins = ["vm.fixtures"]
pytestmark = pytest.mark.slow

GROUP, PORT = "239.1.1.1", 5000
NAMES = {"alpha": "10.0.0.41", "beta": "10.0.0.42"}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24"}],
    "members": [{"name": name, "address": address} for name, address in NAMES.items()],
    "groups": [{"group": GROUP, "members": ["*"]}],
    "igmp": False, "mld": False,
    "idle": "sleep",
}
FIFO = "/run/raise-event"
RESETS = 25
MAIN_ALONE, ONE_WORKER, RX_AND_TX = "0@0", "0@0,1@0", "0@0,1@0,2@0"


@pytest.fixture(scope="module", name="members")
def fixture_members(region):
    return [region.cloud.add_l2_member(f"{name}-events", address) for name, address in NAMES.items()]


def port(hub):
    (ports,) = hub.ask("/mcdpdk/ports")
    return ports["r0"]


def await_port(hub, **values):
    def is_so():
        now = port(hub)
        return {key: now[key] for key in values} == values
    await_condition(is_so, f"{values} in {port(hub)}")


def check_delivery(members):
    alpha, beta = members
    for sender, receiver in ((alpha, beta), (beta, alpha)):
        sender.run("ping", "-c", "1", "-w", "15", HUB_ADDRESS)
        arriving, socket = open_receiver(receiver, GROUP, PORT, "eth0"), open_sender(sender)
        payloads = [f"{sender.name} {number}".encode() for number in range(20)]
        for payload in payloads:
            socket.sendto(payload, (GROUP, PORT))
        assert receive(arriving, len(payloads)) == payloads
        arriving.close()
        socket.close()


@pytest.mark.parametrize(("model", "lcores"), [
    ("virtio-net-pci", MAIN_ALONE), ("virtio-net-pci", RX_AND_TX),
    ("e1000", ONE_WORKER),
    ("vmxnet3", MAIN_ALONE), ("vmxnet3", RX_AND_TX),
])
def test_links_and_resets_are_counted_and_survived(region, members, model, lcores):
    """QEMU takes the link away and restores it; the driver asks for resets while alpha sends; then the link once more.
    Each change is counted and the hub's state follows. Before, between and after, what either member sends arrives once
    and in order; the hub ends cleanly. vmxnet3 has a reset of its own; the other two are stopped and started."""
    library = build_library(region.cloud.folder)
    nic = f"nic{list(HUB_NICS).index(model) + 1}"
    guest = region.hub.guest
    guest.run(f"[ -p {FIFO} ] || mkfifo {FIFO}")
    for member in members:
        member.ip("neigh", "flush", "all")  # another NIC has had the hub's address before
    environment = f"LD_PRELOAD={library} MCR_RAISE_EVENT={FIFO}"
    with region.hub.running(CONFIG, HUB_NICS[model], lcores, environment=environment) as hub:
        hub.await_resolved(*NAMES)
        check_delivery(members)
        changes = port(hub)["link_changes"]
        for up in (False, True):
            guest.qmp("set_link", name=nic, up=up)
            await_port(hub, link=int(up), link_changes=changes + 1 + up)
        check_delivery(members)

        name, socket = port(hub)["name"], open_sender(members[0])
        for number in range(1, RESETS + 1):
            socket.sendto(b"meanwhile", (GROUP, PORT))
            guest.run(f"echo reset {name} >{FIFO}")
            await_port(hub, resets=number)
        socket.close()
        check_delivery(members)

        await_port(hub, link=1)
        changes = port(hub)["link_changes"]
        guest.qmp("set_link", name=nic, up=False)
        await_port(hub, link=0, link_changes=changes + 1)
        guest.qmp("set_link", name=nic, up=True)
        await_port(hub, link=1, link_changes=changes + 2)
        check_delivery(members)
        hub.drops()


def test_an_unplugged_device_that_interrupts_is_released(region):
    """The NIC is bound to vfio-pci and its driver knows the link only by interrupts. Both changes of the link are
    counted. When the guest removes the NIC and waits for its release, the reason is device_gone, the hub ends cleanly
    and the removal succeeds."""
    nic, pci = ("br-a", "virtio-net-pci", ",disable-legacy=on,iommu_platform=on"), "0000:00:10.0"
    with contextlib.ExitStack() as stack:
        guest = boot_guest(stack, region.cloud, "unplugged", [nic], memory=768, machine=IOMMU_MACHINE,
                           append="hugepages=96 intel_iommu=on iommu=pt")
        guest.run(VFIO_MODULES)
        with HubGuest(guest).running(CONFIG, pci, driver="vfio-pci", iova="va") as hub:
            def reasons():
                return str(hub.ask("/mcdpdk/health"))

            await_port(hub, link=1, link_changes=0)
            for up in (False, True):
                guest.qmp("set_link", name="nic0", up=up)
                await_port(hub, link=int(up), link_changes=1 + up)
            assert "device_gone" not in reasons()
            guest.run(f"(echo 1 >/sys/bus/pci/devices/{pci}/remove; echo $? >/run/removed) >/dev/null 2>&1 &")
            await_condition(lambda: "device_gone" in reasons(), f"device_gone in {reasons()}")
            assert port(hub)["link"] == 0
        guest.run("until [ -s /run/removed ]; do sleep 0.2; done")

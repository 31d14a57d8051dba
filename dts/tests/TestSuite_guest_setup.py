# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-setup makes a guest a hub, without and with an IOMMU, and takes everything back.

    alpha 10.0.0.41 --+              +-- eth0 10.0.0.15, the default route
                      +-- switch A --+        the guest
    beta  10.0.0.42 --+              +-- eth1 10.0.0.10, MTU 1400, a route to 10.9.0.0/16

The guest has Debian's driverctl; what udev and systemd do with its files at boot, the test does.
"""

import contextlib
import json
from dataclasses import dataclass

import pytest

from hub import PROGRAM, READY
from topo import GATEWAY, HUB_ADDRESS
from traffic import open_receiver, open_sender, receive
from vm import Guest, dhcp, driverctl
from vm.hub_guest import FEW_DRIVERS, START_SECONDS, HubGuest
from vm.region import IOMMU_MACHINE, boot_guest
from waiting import await_condition
from paths import SCRIPTS

OWN, NIC = "0000:00:10.0", "0000:00:11.0"
OWN_ADDRESS, LEASED_ADDRESS = "10.0.0.15", "10.0.0.60"
GROUP, PORT = "239.1.1.1", 5000
SETUP = f"/usr/bin/python3 -SE {SCRIPTS / 'mcdpdk-setup'}"
# Into the guest's memory: each run would compile the modules again.
COMPILE = f"/usr/bin/python3 -SE -m compileall -q {SCRIPTS / 'mcdpdk_setup'}"
CONNECT = f"""set -e
ip address add {OWN_ADDRESS}/24 brd + dev eth0
ip link set eth0 up
ip route add default via {GATEWAY}
"""
CONNECT_NIC = f"""set -e
ip address flush dev eth1
ip link set eth1 mtu 1400
ip address add {HUB_ADDRESS}/24 brd + dev eth1
ip link set eth1 up
ip route add 10.9.0.0/16 via {GATEWAY} dev eth1 metric 7
"""
# Files in which a set-up outlives a reboot.
LASTING = ("/etc/driverctl.d", "/etc/modules-load.d/mcdpdk-setup.conf", "/etc/sysctl.d/60-mcdpdk-setup.conf",
           "/etc/mcdpdk", "/etc/default/mcdpdk", "/var/lib/mcdpdk-setup")
# A Python and some modules, loaded by a guest that shares its processor.
COMMAND_SECONDS = 400
BOOT = f"""set -e
/usr/sbin/sysctl -q -p /etc/sysctl.d/60-mcdpdk-setup.conf
xargs -n 1 /sbin/modprobe </etc/modules-load.d/mcdpdk-setup.conf
driverctl load-override {NIC}
"""
START = f"""sh -c '. /etc/default/mcdpdk
exec nice -n 15 {PROGRAM} $EAL_OPTIONS --file-prefix $FILE_PREFIX -- -c /etc/mcdpdk/groups.json'"""


@dataclass
class Candidate:
    """A guest that is to become a hub, and what it gets."""

    guest: Guest
    driver: str
    options: str

    def setup(self, words, status=0):
        """The output of mcdpdk-setup, which ends with this status."""
        done = self.guest.run(f"PATH=$PATH:{PROGRAM.rpartition('/')[0]} {SETUP} {words}", COMMAND_SECONDS, check=False)
        assert done.status == status, done.output
        return done.output

    def driver_of(self, pci):
        return self.guest.run(f"basename $(readlink /sys/bus/pci/devices/{pci}/driver)").output.strip()

    def configuration(self):
        """What the kernel has of eth1, and the files of a set-up that are there."""
        text = self.guest.run("ip -o link show eth1; ip -o -4 address show eth1; ip -4 route show dev eth1\n"
                              f"cat /proc/sys/vm/nr_hugepages; find {' '.join(LASTING)} -type f 2>&- || true").output
        # It is another device of the same name, and its queue may be set up later.
        return [line.split(":", 1)[-1].replace("qdisc noop", "qdisc pfifo_fast") for line in text.splitlines()]

    def await_configuration(self, expected):
        """The carrier comes back some time after the device."""
        await_condition(lambda: self.configuration() == expected, f"{expected}, as before")


@contextlib.contextmanager
def booted(cloud, name, driver="uio_pci_generic", **machine):
    """A guest with both NICs, of which eth1 is not set up."""
    behind = ",disable-legacy=on,iommu_platform=on" if machine else ""
    nics = [("br-a", "virtio-net-pci", ""), ("br-a", "virtio-net-pci", behind)]
    with contextlib.ExitStack() as stack:
        guest = boot_guest(stack, cloud, name, nics, memory=1024, **machine)
        driverctl.install(guest)
        guest.run(COMPILE)
        options = f"-l 0 -a {NIC}" + (" --iova-mode=pa" if driver != "vfio-pci" else "")
        yield Candidate(guest, driver, options)


@pytest.fixture(scope="module", name="candidate", params=["uio_pci_generic", "vfio-pci"])
def fixture_candidate(cloud, request):
    machine = {"machine": IOMMU_MACHINE, "append": "intel_iommu=on iommu=pt"} if request.param == "vfio-pci" else {}
    with booted(cloud, f"set-{request.param[:4]}", request.param, **machine) as candidate:
        candidate.guest.run(CONNECT + CONNECT_NIC)
        yield candidate


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return [cloud.add_l2_member(f"{name}-setup", address)
            for name, address in (("alpha", "10.0.0.41"), ("beta", "10.0.0.42"))]


def is_answered(member, address):
    member.ip("neigh", "flush", "all")
    return " 0% packet loss" in member.run("ping", "-c", "2", "-w", "60", address)


WITHOUT_IOMMU = pytest.mark.parametrize("candidate", ["uio_pci_generic"], indirect=True)


@pytest.mark.slow
@WITHOUT_IOMMU
def test_the_nic_of_the_default_route_is_refused(candidate):
    """apply and plan say why in one line, and nothing changes; so they do for a NIC that is not there."""
    before = candidate.configuration()
    for command in ("plan", "apply"):
        refused = candidate.setup(f"{command} --nic {OWN} 2>&1 >/dev/null", status=1)
        assert refused.startswith(f"mcdpdk-setup: {OWN} (eth0) has the default route: ") and refused.count("\n") == 1
        assert f"there is no NIC 0000:00:09.0; there are: {OWN} (eth0), {NIC} (eth1)" in candidate.setup(
            f"{command} --nic 0000:00:09.0", status=2)
    assert candidate.configuration() == before
    assert candidate.driver_of(OWN) == "virtio-pci"


ADD_MEMBERS = """set -e
cat >/run/add.py <<'END'
import json
path = "/etc/mcdpdk/groups.json"
with open(path) as file:
    config = json.load(file)
config |= {more}
with open(path, "w") as file:
    json.dump(config, file)
END
/usr/bin/python3 /run/add.py
"""


@contextlib.contextmanager
def service(candidate):
    """The hub runs as the service starts it, and ends well."""
    candidate.guest.run(FEW_DRIVERS)
    candidate.guest.run("mkdir -p /var/lib/mcdpdk")
    program = candidate.guest.start(START)
    program.wait_for(READY, START_SECONDS)
    try:
        yield
    finally:
        ended = program.stop()
    assert ended.status == 0, ended.output


def check_written(candidate):
    """eth1 is DPDK's, and the files say what it was."""
    assert candidate.driver_of(NIC) == candidate.driver
    assert "eth1" not in candidate.guest.run("ip link").output
    port = json.loads(candidate.guest.run("cat /etc/mcdpdk/groups.json").output)["ports"][0]
    assert port == {"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY, "mtu": 1400}
    assert f'EAL_OPTIONS="{candidate.options}"\n' in candidate.guest.run("cat /etc/default/mcdpdk").output
    assert candidate.guest.run("cat /proc/sys/vm/nr_hugepages").output == "128\n"


@pytest.mark.slow
def test_the_nic_becomes_the_hubs_and_comes_back(candidate, members):
    """apply runs what plan shows. An operator adds the members and starts the hub with what was written: a datagram
    arrives. While the hub runs, apply has nothing to do and undo is refused. After it undo gives eth1 back with
    address, MTU and route; the edited file stays."""
    alpha, beta = members
    before, planned = candidate.configuration(), candidate.setup("plan")
    applied = candidate.setup("apply")
    commands = [line for line in planned.splitlines() if line.startswith(("driverctl", "modprobe", "echo", "cat"))]
    assert f"driverctl set-override {NIC} {candidate.driver}" in commands
    assert [line for line in commands if line not in applied] == [] and f"set up: the hub has {NIC}" in applied
    check_written(candidate)
    candidate.guest.run(ADD_MEMBERS.format(more={
        "members": [{"name": member.name, "address": member.address} for member in members],
        "groups": [{"group": GROUP, "members": ["*"]}], "idle": "sleep"}))
    with service(candidate):
        HubGuest(candidate.guest).await_resolved(alpha.name, beta.name)
        assert is_answered(alpha, HUB_ADDRESS) and is_answered(alpha, OWN_ADDRESS)
        arriving = open_receiver(beta, GROUP, PORT, "eth0")
        open_sender(alpha).sendto(b"by the hub", (GROUP, PORT))
        assert receive(arriving) == [b"by the hub"]
        assert f"uses {NIC}: end it first" in candidate.setup("undo", status=1)
        assert "already set up" in candidate.setup("apply")
    assert "# /etc/mcdpdk/groups.json was changed since: it stays" in candidate.setup("undo")
    candidate.await_configuration([*before, "/etc/mcdpdk/groups.json"])
    assert GROUP in candidate.guest.run("cat /etc/mcdpdk/groups.json; rm -r /etc/mcdpdk").output
    assert candidate.driver_of(NIC) == "virtio-pci" and is_answered(alpha, HUB_ADDRESS)


# It accepts what would be written, but not what was.
BROKEN = """mkdir -p /run/broken
cat >/run/broken/mcdpdk <<'END'
#!/bin/sh
case $* in *" /etc/mcdpdk/groups.json") echo no good >&2; exit 2 ;; esac
END
chmod +x /run/broken/mcdpdk
"""


@pytest.mark.slow
@WITHOUT_IOMMU
def test_the_nic_comes_back_if_the_last_step_fails(candidate, members):
    """`mcdpdk -t`, which comes after the binding, fails: the kernel has eth1 and all else as before."""
    before = candidate.configuration()
    candidate.guest.run(BROKEN)
    done = candidate.guest.run(f"PATH=/run/broken:$PATH {SETUP} apply", COMMAND_SECONDS, check=False)
    assert (done.status, done.output.splitlines()[-1]) == (1, "mcdpdk-setup: mcdpdk: no good; nothing was changed")
    assert f"driverctl set-override {NIC} {candidate.driver}\n" in done.output
    assert candidate.driver_of(NIC) == "virtio-pci"
    candidate.await_configuration(before)
    assert is_answered(members[0], HUB_ADDRESS)


def mac_of(candidate):
    return candidate.guest.run("cat /sys/class/net/eth1/address").output.strip()


@pytest.mark.slow
@WITHOUT_IOMMU
def test_undo_works_after_a_reboot(cloud, candidate, members):
    """The files of a set-up are brought to a freshly booted guest, whose kernel has not configured eth1. The NIC is
    bound by them, apply finds all done, and undo gives eth1 its address, MTU and route."""
    before = candidate.configuration()
    candidate.setup("apply")
    kept = candidate.guest.run(f"tar -cz {' '.join(LASTING)} 2>/dev/null | base64").output
    candidate.setup("undo")
    candidate.guest.run("ip address flush dev eth1")
    with booted(cloud, "set-again") as again:
        again.guest.run(CONNECT.replace(OWN_ADDRESS, "10.0.0.16"))
        again.guest.run(f"base64 -d <<'END' | tar -xz -C /\n{kept}END\n{BOOT}")
        assert again.driver_of(NIC) == "uio_pci_generic"
        assert "already set up" in again.setup("apply")
        assert again.setup("undo").endswith("undone\n")
        mac = mac_of(candidate)
        assert [line.replace(mac_of(again), mac) for line in again.configuration()] == before
        assert is_answered(members[0], HUB_ADDRESS)
    candidate.guest.run(CONNECT_NIC)


# Without lifetimes.
SHOW_NIC = """cat /sys/class/net/eth1/mtu
ip -4 address show eth1 | grep -o "inet .* global"
ip -4 route show dev eth1
"""


def is_leased(candidate):
    return "dynamic" in candidate.guest.run("ip -4 address show eth1").output


@pytest.mark.slow
@WITHOUT_IOMMU
def test_undo_works_with_a_dhcp_client(cloud, candidate, members):
    """systemd-networkd configures eth1. After apply and undo it has done so again. Before the next undo the server
    goes away: eth1 has the same address, routes and MTU, but no lease. Nothing is left to see to."""
    def undo():
        out = candidate.setup("undo")
        assert out.endswith("\nundone\n") and "not restored" not in out, out
        await_condition(lambda: candidate.guest.run(SHOW_NIC, check=False).output == before, f"as before:\n{before}")

    candidate.guest.run("ip address flush dev eth1")
    with dhcp.client(candidate.guest, "eth1"):
        with dhcp.server(cloud, LEASED_ADDRESS):
            await_condition(lambda: is_leased(candidate), "an address by DHCP")
            before = candidate.guest.run(SHOW_NIC).output
            candidate.setup("apply")
            undo()
            assert is_leased(candidate)
            candidate.setup("apply")
        undo()
        assert not is_leased(candidate) and is_answered(members[0], LEASED_ADDRESS)
    candidate.guest.run(CONNECT_NIC)

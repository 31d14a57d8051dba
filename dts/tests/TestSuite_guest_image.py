# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The disk images of scripts/mkimage boot, become a hub by config/cloud-init-hub.yaml, and are one after a reboot.

    alpha 10.0.0.41 --+              +-- 0000:00:06.0, mcdpdk 10.0.0.10
                      +-- switch A --+       the machine
    beta  10.0.0.42 --+              +-- 0000:00:05.0, by DHCP: SSH

Debian 12 by BIOS without an IOMMU, and by UEFI with one; Debian 13 by BIOS.
"""

import contextlib
import functools
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from paths import SCRIPTS, SOURCE
from topo import HUB_ADDRESS, Cloud
from traffic import open_receiver, open_sender, receive
from vm.machine import BIOS, DISK_BYTES, HUB_PCI, UEFI, Machine
from waiting import await_condition

pytestmark = pytest.mark.slow

GROUP, PORT = "232.8.8.8", 5000
MEMBERS = {"alpha": "10.0.0.41", "beta": "10.0.0.42"}
RELEASES = {"bookworm": "deb12", "trixie": "deb13"}
# Each takes minutes. The BIOS's loader is written by scripts/image/disk itself, UEFI's comes from Debian.
BOOTS = [("bookworm", BIOS), ("bookworm", UEFI), ("trixie", BIOS)]
MAKE_SECONDS = 3600
SECTOR = 512


@functools.cache
def image_of(suite):
    """The disk. MCDPDK_IMAGES may name a folder with images that were made before."""
    made_before = os.environ.get("MCDPDK_IMAGES")
    if made_before:
        (image,) = Path(made_before).resolve().glob(f"*+{RELEASES[suite]}_*.raw")
        return image
    made = subprocess.run([SCRIPTS / "mkimage", "--suite", suite, "disk"], capture_output=True, text=True,
                          timeout=MAKE_SECONDS, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    (image,) = (SOURCE / word for word in made.stdout.split() if word.endswith(".raw"))
    return image


@pytest.fixture(scope="module", name="image", params=RELEASES)
def fixture_image(request):
    return image_of(request.param)


def user_data(members):
    """The sample, with these members besides its own. An idle hub leaves the processor to others."""
    sample = yaml.safe_load((SOURCE / "config/cloud-init-hub.yaml").read_text())
    file = sample["write_files"][0]
    config = json.loads(file["content"])
    config["members"] += [{"name": name, "address": address} for name, address in members.items()]
    file["content"] = json.dumps(config | {"idle": "sleep"})
    return sample


def of_root(image, request, work):
    """A request to debugfs on the image's root, which is partition 1: GPT's first entry."""
    with open(image, "rb") as file:
        file.seek(2 * SECTOR + 32)
        start = int.from_bytes(file.read(8), "little")
    subprocess.run(["/usr/sbin/debugfs", "-R", request, f"{image}?offset={start * SECTOR}"], cwd=work,
                   capture_output=True, check=True)


def test_nothing_of_the_machine_that_made_it_is_left(image, tmp_path):
    """Neither its mirror and proxy, nor its name and resolver, nor a key, a password or an identity of its own."""
    of_root(image, "rdump /etc .", tmp_path)
    of_root(image, "rdump /root .", tmp_path)
    etc = tmp_path / "etc"
    assert (etc / "machine-id").read_bytes() == b""
    assert sorted(path.name for path in (etc / "ssh").iterdir() if "host" in path.name) == []
    assert list((tmp_path / "root").glob(".ssh/*")) == []
    fields = [line.split(":") for line in (etc / "shadow").read_text().splitlines()]
    assert fields and {field[1] for field in fields} <= {"*", "!", "!*"}
    assert [path.name for path in etc.glob("*resolv.conf*")] == ["resolv.conf"]
    assert os.readlink(etc / "resolv.conf") == "../run/systemd/resolve/stub-resolv.conf"
    uris = re.findall(r"^(?:URIs: |deb .*?)(http\S+)", texts(etc / "apt"), re.MULTILINE)
    assert set(uris) == {"http://deb.debian.org/debian", "http://deb.debian.org/debian-security"}
    assert not re.search(r"^\s*Acquire::https?|proxy", texts(etc / "apt"), re.MULTILINE | re.IGNORECASE)
    names = {name for line in (etc / "hosts").read_text().splitlines() for name in line.split()[1:]}
    assert names == {"localhost", "ip6-localhost", "ip6-loopback"} and not (etc / "hostname").exists()


def texts(folder):
    """All files below it as one text."""
    return "\n".join(path.read_text(errors="replace") for path in folder.rglob("*")
                     if path.is_file() and not path.is_symlink())


@pytest.mark.parametrize("words, complaint", [(["--suite", "sid"], "--suite sid: bookworm or trixie"),
                                              (["floppy"], "usage: scripts/mkimage")])
def test_wrong_usage_is_refused(words, complaint):
    done = subprocess.run([SCRIPTS / "mkimage", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and complaint in done.stderr


def test_nothing_is_left_when_the_making_is_interrupted(tmp_path):
    """By Ctrl-C while Debian is being installed: neither folders nor mounts nor processes, and no image."""
    control = tmp_path / "package/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text("Package: none\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: none\n"
                       "Depends: libc6\n")
    subprocess.run(["dpkg-deb", "--build", control.parents[1], tmp_path / "none.deb"], check=True, capture_output=True)
    # A job in the background ignores Ctrl-C, and so would this.
    making = subprocess.Popen(["env", "--default-signal=INT", SCRIPTS / "image/disk", "bookworm", tmp_path / "none.deb",
                               tmp_path / "none.raw"],
                              cwd=SOURCE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert any("installing Debian" in line for line in making.stderr)
    root = SOURCE / "build/image/work-bookworm/root.new"
    await_condition((root / "var/lib/dpkg").exists, "the Debian to begin", 300)
    os.killpg(making.pid, signal.SIGINT)
    # Every process of it has this end of the pipe.
    making.stderr.read()
    assert making.wait() == 130
    assert not root.parent.exists() and list(tmp_path.glob("none.raw*")) == []
    assert str(root) not in Path("/proc/mounts").read_text()


class Hub:
    """The machine, and two members of its cloud."""

    def __init__(self, machine, alpha, beta):
        self.machine = machine
        self.alpha = alpha
        self.beta = beta

    def await_service(self):
        """Wait until cloud-init has ended and the hub serves packets."""
        machine = self.machine
        machine.ssh("cloud-init status --wait", check=False, deadline_s=900)
        state = "systemctl is-active mcdpdk"
        await_condition(lambda: machine.output(f"{state} || true").strip() == "active", "mcdpdk.service", 300)

    def driver(self):
        return Path(self.machine.output(f"readlink /sys/bus/pci/devices/{HUB_PCI}/driver").strip()).name


@pytest.fixture(scope="module", name="hub", params=BOOTS, ids=lambda boot: f"{boot[0]}-{boot[1].name}")
def fixture_hub(request):
    suite, kind = request.param
    image = image_of(suite)
    with Cloud() as cloud, contextlib.ExitStack() as stack:
        tap = f"image-{kind.name}"
        cloud.switch.ip("tuntap", "add", tap, "mode", "tap")
        cloud.switch.ip("link", "set", tap, "master", "br-a", "up")
        members = [cloud.add_l2_member(name, address) for name, address in MEMBERS.items()]
        machine = stack.enter_context(Machine(kind, image, cloud.switch, tap, user_data(MEMBERS)))
        machine.await_boot()
        hub = Hub(machine, *members)
        hub.await_service()
        yield hub


def exchange(hub, text):
    """alpha's datagram reaches beta through the hub; the hub learns both members' MAC addresses first."""
    hub.beta.run("ping", "-c", "1", "-w", "60", HUB_ADDRESS, timeout=70)
    hub.alpha.run("ping", "-c", "1", "-w", "60", HUB_ADDRESS, timeout=70)
    arriving = open_receiver(hub.beta, GROUP, PORT, "eth0")
    open_sender(hub.alpha).sendto(text, (GROUP, PORT))
    assert receive(arriving) == [text]


def test_it_is_a_hub_by_its_user_data(hub):
    """The second NIC is DPDK's by the driver that the machine allows, the first is the kernel's; packets pass."""
    assert hub.driver() == hub.machine.kind.driver
    assert hub.machine.ssh("test -d /sys/firmware/efi", check=False).returncode == (0 if hub.machine.kind.uefi else 1)
    exchange(hub, b"after the first boot")


def test_nothing_failed_and_the_root_has_grown(hub):
    machine = hub.machine
    status = json.loads(machine.output("cloud-init status --format=json", check=False))
    assert (status["status"], status["errors"]) == ("done", [])
    assert machine.output("systemctl --failed --no-legend --plain") == ""
    assert int(machine.output("df --output=size --block-size=1 / | tail -n 1")) > 0.9 * DISK_BYTES


def test_it_is_a_hub_after_a_reboot(hub):
    hub.machine.reboot()
    hub.await_service()
    assert hub.driver() == hub.machine.kind.driver
    exchange(hub, b"after the second")
    assert hub.machine.output("systemctl --failed --no-legend --plain") == ""

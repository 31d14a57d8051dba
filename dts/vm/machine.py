# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A whole machine that boots a disk image as a cloud boots it, with a NoCloud seed, and is reached by SSH.

    eth (10.0.2.15 by DHCP)   the management NIC, at 0000:00:05.0: QEMU's own network, which leads nowhere
    the hub's NIC             at 0000:00:06.0, on a tap device

The disk is a copy of the image, larger, as clouds make it. It lasts until the machine ends, through its reboots.
"""

import contextlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from node import die_with_parent, stop_process
from waiting import await_condition

from . import packages
from .guest import GuestError, Nic

HUB_PCI = "0000:00:06.0"
SSH_PORT = 2222
# The kernel and systemd run on an emulated processor that others use, too.
BOOT_SECONDS = 1200
DISK_BYTES = 6 << 30
# The kernel gives up when its first timer interrupts are late, as they are if others have the processor meanwhile. No
# disk is in use by then.
LATE_TIMER = "timer doesn't work through Interrupt-remapped IO-APIC"
FIRMWARE = ["OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"]


@dataclass(frozen=True)
class Kind:
    """What the machine is: its firmware, how the hub's NIC is behind an IOMMU, if it is, and its driver then."""

    name: str
    driver: str
    options: tuple
    nic_options: str = ""
    uefi: bool = False


BIOS = Kind("bios", "uio_pci_generic", ("-M", "pc"))
UEFI = Kind("uefi", "vfio-pci", ("-M", "q35,kernel-irqchip=split", "-device", "intel-iommu,intremap=on"),
            ",disable-legacy=on,iommu_platform=on", True)


class Machine:
    """A context manager. `user_data` is what cloud-init gets besides the key of `ssh`."""

    def __init__(self, kind, image, switch, tap, user_data):
        self.kind = kind
        self._image = image
        self._switch = switch
        self._tap = tap
        self._user_data = user_data
        self._stack = contextlib.ExitStack()
        self._argv = []
        self._process = None

    def __enter__(self):
        with self._stack:
            self._work = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{self._tap}-")))
            self._key = self._work / "key"
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", self._key], check=True)
            self._write_seed(self._work / "seed")
            subprocess.run(["cp", "--sparse=always", self._image, self._work / "disk"], check=True)
            os.truncate(self._work / "disk", DISK_BYTES)
            self._argv = self._command()
            self._start()
            self._stack.callback(lambda: stop_process(self._process))
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def ssh(self, command, check=True, deadline_s=300):
        """Run a command as the user of the cloud; return the CompletedProcess."""
        options = {"StrictHostKeyChecking": "no", "UserKnownHostsFile": "/dev/null", "LogLevel": "ERROR",
                   "BatchMode": "yes", "ConnectTimeout": 30, "IdentityFile": self._key, "IdentitiesOnly": "yes"}
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        done = self._switch.attempt("ssh", "-F", "none", "-p", SSH_PORT, *words, "debian@127.0.0.1", command,
                                    timeout=deadline_s)
        if check and done.returncode:
            raise GuestError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}\n{self.console()}")
        return done

    def output(self, command, **options):
        return self.ssh(command, **options).stdout

    def boot_id(self):
        """None while the machine is not reachable."""
        done = self.ssh("cat /proc/sys/kernel/random/boot_id", check=False)
        return done.stdout.strip() if done.returncode == 0 else None

    def await_boot(self, other_than=None):
        """Wait until the machine is reachable, in another boot than this."""
        def is_up():
            if self._process.poll() is not None:
                raise GuestError(f"QEMU ended: {(self._work / 'qemu').read_text()}")
            if LATE_TIMER in self.console():
                stop_process(self._process)
                self._start()
            return self.boot_id() not in (None, other_than)
        try:
            await_condition(is_up, "the machine by SSH", BOOT_SECONDS)
        except TimeoutError as error:
            raise GuestError(f"{error}\n{self.console()}") from None

    def reboot(self):
        before = self.boot_id()
        self.ssh("sudo systemctl reboot", check=False)
        self.await_boot(before)

    def console(self):
        """The last lines of the serial console."""
        return "\n".join((self._work / "console").read_text(errors="replace").splitlines()[-60:])

    def _start(self):
        (self._work / "console").write_bytes(b"")
        with open(self._work / "qemu", "wb") as log:
            self._process = subprocess.Popen(self._argv, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=subprocess.STDOUT, preexec_fn=die_with_parent)

    def _write_seed(self, seed):
        seed.mkdir()
        (seed / "meta-data").write_text(f"instance-id: {self._tap}\nlocal-hostname: hub\n")
        key = self._key.with_suffix(".pub").read_text().strip()
        text = json.dumps(self._user_data | {"ssh_authorized_keys": [key]})
        (seed / "user-data").write_text(f"#cloud-config\n{text}\n")

    def _command(self):
        nic = Nic(self._tap)
        return ["nsenter", f"--net=/run/netns/{self._switch.namespace}", "qemu-system-x86_64", *self.kind.options,
                "-cpu", "max", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "1536", "-display", "none",
                *self._firmware(), "-no-user-config", "-nodefaults", "-serial", f"file:{self._work}/console",
                "-drive", f"file={self._work}/disk,format=raw,if=virtio,cache=unsafe",
                # QEMU makes a FAT of the folder.
                "-drive", f"driver=vvfat,dir={self._work}/seed,label=cidata,if=virtio,read-only=on",
                "-device", "virtio-rng-pci",
                "-netdev", f"user,id=own,restrict=on,hostfwd=tcp:127.0.0.1:{SSH_PORT}-:22",
                "-device", f"virtio-net-pci,netdev=own,addr=0x5,mac={Nic(self._tap + '-own').mac}",
                "-netdev", f"tap,id=hub,ifname={self._tap},script=no,downscript=no",
                "-device", f"virtio-net-pci,netdev=hub,addr=0x6,mac={nic.mac}{self.kind.nic_options}"]

    def _firmware(self):
        if not self.kind.uefi:
            return []
        (package,) = packages.fetch(["ovmf"], self._work)
        subprocess.run(["dpkg-deb", "-x", package, self._work], check=True)
        code, variables = (self._work / "usr/share/OVMF" / name for name in FIRMWARE)
        return ["-drive", f"if=pflash,format=raw,readonly=on,file={code}",
                "-drive", f"if=pflash,format=raw,file={variables}"]

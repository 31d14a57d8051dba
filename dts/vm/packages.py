#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Debian packages that a guest needs and the host must not install.

The generic kernel (the cloud kernel has no 9p) and NetworkManager, which would take over the host's interfaces, are
unpacked into a cache folder that the guest mounts over the host's root. Run as a program this fills the cache and
prints its path; remove the folder to get newer packages.
"""

import lzma
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

KERNEL = "linux-image-amd64"
PROGRAMS = ["network-manager", "dbus"]
# program on the host -> the package that has it
HOST_NEEDS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "depmod": "kmod",
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ping": "iputils-ping",
    "setpriv": "util-linux",
    "tcpdump": "tcpdump",
}


class MissingPackage(Exception):
    """The machine lacks something; the message names the package to install."""


def check_host():
    """Raise MissingPackage unless every program that the guests use is there."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = {pkg for program, pkg in HOST_NEEDS.items() if not shutil.which(program, path=path)}
    if not os.path.exists("/dev/net/tun"):
        raise MissingPackage("/dev/net/tun is absent: load the kernel module tun")
    if missing:
        raise MissingPackage("apt-get install " + " ".join(sorted(missing)))


def unpacked():
    """The cache folder with the kernel and NetworkManager, filled at the first call."""
    folder = cache() / "guest"
    if not folder.is_dir():
        _fill(folder, _wanted())
    return folder


def cache():
    """The folder that keeps fetched packages and what was built from them."""
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mcdpdk"
    base.mkdir(parents=True, exist_ok=True)
    return base


def kernel_release(folder):
    """The release string of the unpacked kernel, as `uname -r` prints it."""
    return next((folder / "usr/lib/modules").iterdir()).name


def fetch(packages, work):
    """Download these packages into a folder and return their files."""
    done = subprocess.run(["apt-get", "download", *packages], cwd=work, capture_output=True, text=True)
    if done.returncode:
        raise MissingPackage(f"apt-get download {' '.join(packages)}: {done.stderr.strip()}")
    return sorted(Path(work).glob("*.deb"))


def _wanted():
    """name=version of the kernel's package and of all dependencies of PROGRAMS that the host lacks."""
    installs = _apt("apt-get", "install", "--simulate", "--no-install-recommends", *PROGRAMS)
    missing = [line.split()[1:3] for line in installs.splitlines() if line.startswith("Inst ")]
    kernel = next(line.split()[1] for line in _apt("apt-cache", "depends", KERNEL).splitlines()
                  if line.split()[0] == "Depends:")
    version = _apt("apt-cache", "show", "--no-all-versions", kernel).split("\nVersion: ")[1].split()[0]
    # Upgrades read "Inst name [old] (new ...": the host's own copy serves.
    news = [f"{name}={ver[1:]}" for name, ver in missing if ver.startswith("(")]
    return [f"{kernel}={version}", *sorted(news)]


def _apt(*command):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    if done.returncode:
        raise MissingPackage(f"{' '.join(command)}: {done.stderr.strip()} (run apt-get update)")
    return done.stdout


def _fill(folder, packages):
    """Build the folder under another name: parallel or aborted runs do no harm."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        root = Path(work, "root")
        for package in fetch(packages, work):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        release = next((root / "lib/modules").iterdir()).name
        subprocess.run(["depmod", "-b", root, release], check=True,
                       env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
        _merge_usr(root)
        _extract_kernel(root / f"boot/vmlinuz-{release}", root / "boot/vmlinux")
        try:
            root.rename(folder)
        except OSError:
            if not folder.is_dir():  # another run may have been first
                raise


def _merge_usr(root):
    """A /lib folder in the layer would hide the host's link /lib -> usr/lib."""
    for name in ("bin", "sbin", "lib", "lib64"):
        if (root / name).is_dir():
            subprocess.run(["cp", "-al", f"{name}/.", f"usr/{name}/"], cwd=root, check=True)
            shutil.rmtree(root / name)


def _extract_kernel(image, vmlinux):
    """QEMU starts the ELF inside the bzImage at once; to unpack it in the guest takes seconds."""
    packed = image.read_bytes()
    elf = lzma.LZMADecompressor().decompress(packed[packed.index(b"\xfd7zXZ\x00"):])
    vmlinux.write_bytes(elf)


if __name__ == "__main__":
    check_host()
    print(unpacked())

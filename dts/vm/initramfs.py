# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The guest's initial root: busybox, init.sh, and the modules that mount the host's file system."""

import shutil
from pathlib import Path

from . import packages

MODULES = ["virtio_pci", "9p", "9pnet_virtio", "overlay"]
HERE = Path(__file__).resolve().parent


def build(folder):
    """The archive (cpio, newc) as bytes for the kernel unpacked in `folder`."""
    release = packages.kernel_release(folder)
    tree = folder / "usr/lib/modules" / release
    files = _in_load_order(tree, MODULES)
    archive = _Archive()
    for name in ("bin", "dev", "proc", "sys", "host", "cache", "rw", "new", "modules"):
        archive.add(name, 0o040755)
    archive.add("dev/console", 0o020600, device=(5, 1))
    archive.add("bin/busybox", 0o100755, Path(shutil.which("busybox")).read_bytes())
    for number, file in enumerate(files):
        archive.add(f"modules/{number:02}-{file.name}", 0o100644, file.read_bytes())
    archive.add("init", 0o100755, (HERE / "init.sh").read_bytes())
    archive.add("agent", 0o100755, (HERE / "agent.sh").read_bytes())
    return archive.finish()


def _in_load_order(tree, names):
    """The files of the modules, each after its dependencies."""
    needs = {}
    for line in (tree / "modules.dep").read_text().splitlines():
        file, _, depends = line.partition(":")
        needs[Path(file).name.removesuffix(".ko").replace("-", "_")] = [file, *depends.split()]
    ordered = []
    for name in names:
        # modules.dep lists the deepest dependency last
        for file in reversed(needs[name]):
            if tree / file not in ordered:
                ordered.append(tree / file)
    return ordered


class _Archive:
    """The newc form of cpio; see initramfs-buffer-format in the kernel's documentation."""

    def __init__(self):
        self._parts = []
        self._inode = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        self._inode += 1
        fields = [self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        self._parts += [_pad(head), _pad(data)]

    def finish(self):
        self.add("TRAILER!!!", 0)
        return b"".join(self._parts)


def _pad(data):
    return data + bytes(-len(data) % 4)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Build the kernel's AMT driver, which Debian's kernel lacks, from Debian's kernel source. It is built once and kept in
the cache folder. Run as a program this prints its path."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from . import packages

SOURCE = "linux-source-6.1"
DRIVER = f"{SOURCE}/drivers/net/amt.c"
# The makefiles of the headers refer to each other by installed path: mount them there meanwhile.
BUILD = """
mount -t overlay overlay -o lowerdir={root}/usr:/usr /usr
make -C /usr/src/linux-headers-{release} M={work} modules
"""


def built():
    """The path of amt.ko for the guests' kernel, on the host and in the guests."""
    release = packages.kernel_release(packages.unpacked())
    module = packages.cache() / f"amt-{release}.ko"
    if not module.exists():
        with tempfile.TemporaryDirectory(dir=module.parent) as work:
            _build(Path(work), release).rename(module)
    return module


def _build(work, release):
    if not shutil.which("make"):
        raise packages.MissingPackage("apt-get install make")
    common = release.rpartition("-")[0] + "-common"
    for package in packages.fetch([f"linux-headers-{release}", f"linux-headers-{common}", "linux-kbuild-6.1"], work):
        subprocess.run(["dpkg-deb", "-x", package, work / "root"], check=True)
    _extract_driver(work)
    (work / "Makefile").write_text("obj-m := amt.o\n")
    script = BUILD.format(root=work / "root", release=release, work=work)
    made = subprocess.run(["unshare", "--mount", "sh", "-ec", script], capture_output=True, text=True)
    if made.returncode:
        raise RuntimeError(f"amt.ko for {release}:\n{made.stdout}{made.stderr}")
    return work / "amt.ko"


def _extract_driver(work):
    """Stop unpacking 80,000 files once this one is there; the feeding process may then fail."""
    source = work / "source"
    source.mkdir()
    (package,) = packages.fetch([SOURCE], source)
    script = (f"dpkg-deb --fsys-tarfile {package} | tar -xO ./usr/src/{SOURCE}.tar.xz"
              f" | tar -xJ -C {work} --strip-components=3 --occurrence=1 {DRIVER}")
    subprocess.run(["sh", "-c", script], stderr=subprocess.DEVNULL, check=False)
    if not (work / "amt.c").exists():
        raise RuntimeError(f"{package.name} has no {DRIVER}")


if __name__ == "__main__":
    packages.check_host()
    print(built())

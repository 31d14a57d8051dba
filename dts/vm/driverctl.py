# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Debian's driverctl for a guest, fetched once and kept in the cache folder."""

import tempfile
from pathlib import Path

from . import packages

# The program alone: without udev the rest of the package has no use. The guest's /lib is a link, which stays so.
INSTALL = "dpkg-deb --fsys-tarfile {package} | tar -x -C / ./usr/sbin/driverctl"


def install(guest):
    """Put the program into the guest's root, which only the guest sees."""
    guest.run(INSTALL.format(package=_package()))


def _package():
    kept = packages.cache() / "driverctl.deb"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=kept.parent) as work:
            (package,) = packages.fetch(["driverctl"], Path(work))
            package.rename(kept)
    return kept

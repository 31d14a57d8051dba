# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Identity of this network namespace. The kernel reuses the inode number of one that is gone."""

import os
import socket
import struct

SO_NETNS_COOKIE = 71


def number():
    return os.stat("/proc/self/ns/net").st_ino


def cookie():
    """Unique until the next boot; None before Linux 5.14."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        try:
            return struct.unpack("Q", opened.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8))[0]
        except OSError:
            return None


def boot():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def identity():
    return {"boot": boot(), "cookie": cookie()}

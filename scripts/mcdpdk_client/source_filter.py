# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""rp_filter: senders may have any address, so the device must accept all sources.

The kernel uses the larger of the values of `all` and of the device. 1 (strict) drops a source to which no route
leads by the device; 2 (loose) drops one to which no route leads at all, so with a default route it drops none.
Without a default route the value must be 0, and therefore `all` as well.
"""

import os

from .step import command, step
from .system import read, rp_filter

FOLDER = "/proc/sys/net/ipv4/conf"
# RFC 5737: reserved for documentation, so only a default route leads there.
ANYWHERE = "198.51.100.1"


def key(dev):
    return f"net/ipv4/conf/{dev}/rp_filter"


def leads_anywhere():
    return " dev " in read("ip", "route", "get", ANYWHERE)


def write(*settings):
    """-e ignores a device that is gone."""
    return command("sysctl", "-q", "-e", "-w", *(f"{key(dev)}={value}" for dev, value in settings))


def step_source_filter(dev, undone_with_device):
    general, own = rp_filter("all"), rp_filter(dev)
    back = [] if undone_with_device else [write((dev, own))]
    check = ["sysctl", "-n", key("all"), key(dev)]
    if not leads_anywhere():
        return step_off(dev, general, check, back)
    value = 0 if undone_with_device and general == 0 else 2
    return step("rp_filter", f"rp_filter of {dev} lets all sources in", check, r"\A(0\n0|\d\n2|2\n\d)$",
                [command("sysctl", "-q", "-w", f"{key(dev)}={value}")], back,
                mine=rf"\A\d\n{value}$")


def step_off(dev, general, check, back):
    """Set `all` to 0 and give its old value to every other device, so that nothing changes for them."""
    do = [command("sysctl", "-q", "-w", f"{key(dev)}=0")]
    if general != 0:
        others = [(other, rp_filter(other)) for other in sorted(os.listdir(FOLDER))
                  if other not in ("all", dev)]
        below = [(other, value) for other, value in others if value < general]
        do = [write(*((other, general) for other, _ in below)), write(("all", 0), (dev, 0))]
        back = [write(("all", general)), *back, write(*below)]
    return step("rp_filter", f"rp_filter of {dev} lets all sources in", check, r"\A0\n0$", do, back)

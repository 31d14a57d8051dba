# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A step: what it is, whether it is in effect, how it is taken and undone.

The record of steps keeps data, never commands, and only of the kinds below.
"""

import contextlib
import os
import re
import shlex
import tempfile
from dataclasses import asdict, dataclass, fields, replace

from .link import NET, Link, address_words, is_leased, shown_addresses
from .nic import DEVICES, DPDK_MODULES, PCI, pci_of
from .output import complain
from .system import Failure

GROUPS = "/etc/mcdpdk/groups.json"
DEFAULTS = "/etc/default/mcdpdk"
# What an operator writes is never written over.
OPERATORS = (GROUPS, DEFAULTS)
FILES = (*OPERATORS, "/etc/sysctl.d/60-mcdpdk-setup.conf", "/etc/tmpfiles.d/mcdpdk-setup.conf",
         "/etc/modules-load.d/mcdpdk-setup.conf", "/etc/modprobe.d/mcdpdk-setup.conf")
SETTING = re.compile(r"/proc/sys/vm/nr_hugepages|/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
                     r"|/sys/devices/system/node/node\d+/hugepages/hugepages-\d+kB/nr_hugepages")
MODULE = re.compile(r"[a-z0-9][a-z0-9_-]*")
# udev may rename a NIC after it has come back.
RETURN_S, RENAME_S = 20.0, 5.0
# A DHCP client that sees the NIC again has got an address by then, or will not. Whoever else configures it may take
# away what it has not set, when it begins.
LEASE_S, STAY_S = 15.0, 3.0
USUAL_MTU = 1500
# Of an address or a route; newer kernels say it in words of their own.
IS_THERE = re.compile("File exists|already assigned", re.IGNORECASE)


class Step:
    """Subclasses: `what`, `shown()` as shell lines, `is_done`, `take`, `undone()` as shell lines, `undo`."""

    @property
    def key(self):
        """What it changes: its kind and the first of its fields."""
        return type(self).__name__, getattr(self, fields(self)[0].name)

    def is_ours(self, system):
        """Whether undo does anything."""
        return True

    def check(self, is_valid):
        if not is_valid:
            raise ValueError(f"not a {type(self).__name__}")

    def takes(self, nic):
        """Whether it takes this NIC from the kernel."""
        return False

    def record(self):
        return {"kind": type(self).__name__, **asdict(self)}


def shell(*argv):
    return shlex.join(map(str, argv))


@dataclass(frozen=True)
class Write(Step):
    path: str
    text: str

    def __post_init__(self):
        self.check(self.path in FILES and isinstance(self.text, str))

    @property
    def what(self):
        return self.path

    def shown(self):
        return [f"cat >{self.path} <<'END'\n{self.text}END"]

    def undone(self):
        return [shell("rm", self.path)]

    def is_done(self, system):
        return system.text(self.path, None) == self.text

    def is_ours(self, system):
        return self.is_done(system)

    def take(self, system):
        if self.path in OPERATORS and system.has(self.path):
            raise Failure(f"{self.path} exists")
        path = system.path(self.path)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        replace_file(path, self.text)

    def undo(self, system):
        """A file that was changed since stays."""
        if not self.is_ours(system):
            return
        os.unlink(system.path(self.path))
        if self.path == GROUPS:
            with contextlib.suppress(OSError):  # others have files there
                os.rmdir(system.path(os.path.dirname(GROUPS)))


def replace_file(path, text):
    """At once, whatever stands there, and never through a link."""
    handle, new = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.")
    with open(handle, "w", encoding="utf-8") as file:
        os.fchmod(handle, 0o644)
        file.write(text)
        file.flush()
        os.fsync(handle)
    os.replace(new, path)


@dataclass(frozen=True)
class Value(Step):
    """A setting of the kernel, a number: at least so many huge pages, or 1."""

    path: str
    value: int
    before: int
    what: str

    def __post_init__(self):
        self.check(SETTING.fullmatch(self.path) and isinstance(self.value, int) and isinstance(self.before, int))

    def shown(self):
        return [f"echo {self.value} >{self.path}"]

    def undone(self):
        return [f"echo {self.before} >{self.path}"]

    def now(self, system):
        word = system.word(self.path)
        return {"Y": 1, "N": 0}.get(word, int(word) if word.isdigit() else 0)

    def is_done(self, system):
        return self.now(system) >= self.value

    def take(self, system):
        system.set(self.path, self.value)
        if not self.is_done(system):
            raise Failure(f"only {self.now(system)} of {self.what}: memory is too full or fragmented; free some, or "
                          f"reserve them at boot (kernel command line: hugepages={self.value}), then apply again")

    def undo(self, system):
        # Somebody else's number stays; without the module there is no setting.
        if system.has(self.path) and self.now(system) <= self.value:
            system.set(self.path, self.before)


@dataclass(frozen=True)
class Module(Step):
    name: str

    def __post_init__(self):
        self.check(MODULE.fullmatch(self.name))

    @property
    def what(self):
        return f"module {self.name}"

    def shown(self):
        return [shell("modprobe", self.name)]

    def undone(self):
        return [shell("modprobe", "-r", self.name)]

    def is_done(self, system):
        return system.has_module(self.name)

    def take(self, system):
        system.run("modprobe", self.name)

    def undo(self, system):
        # Another NIC may need it by now.
        with contextlib.suppress(Failure):
            system.run("modprobe", "-r", self.name)


def link_commands(link, name):
    """They give the device what it had; none if it was never configured. Routes need it up. `replace` might take a
    route from another device, if that has one to the same prefix."""
    if link.addresses or link.leased or link.mtu != USUAL_MTU:
        yield "ip", "link", "set", "dev", name, "mtu", link.mtu
    for words in link.addresses:
        family = "-6" if ":" in words[0] else "-4"
        yield "ip", family, "address", "add", *words, "dev", name
    for each in filter(None, (link.vf, name)):
        if link.up:
            yield "ip", "link", "set", "dev", each, "up"
    for family, *words in link.routes if link.up else ():
        yield "ip", family, "route", "append", *(name if word == link.name else word for word in words)


def names_at(system, pci):
    return [name for name in system.names(NET) if system.has(f"{NET}{name}/device")
            and pci_of(system, f"{NET}{name}/device") == pci]


def await_name(system, pci, link):
    """The device's name, best the one that it had."""
    if not system.wait(lambda: names_at(system, pci), RETURN_S):
        raise Failure(f"{pci} is back, but its driver has made no network device")
    system.wait(lambda: link.name in names_at(system, pci), RENAME_S)
    names = names_at(system, pci)
    if link.name in names or link.name in system.names(NET):
        return link.name if link.name in names else names[0]
    system.run("ip", "link", "set", "dev", names[0], "down")
    system.run("ip", "link", "set", "dev", names[0], "name", link.name)
    return link.name


def await_lease(system, link, name):
    """What remains to be restored: a DHCP client sets its addresses itself, perhaps others than before."""
    if not link.leased or not system.wait(lambda: any(map(is_leased, shown_addresses(system, name))), LEASE_S):
        return link
    return replace(link, addresses=[words for words in link.addresses if words[0] not in link.leased])


def give(system, link, name):
    """What failed: addresses and the like, and routes. Go on after it: each address or route that is back helps."""
    wrong, routes = [], []
    for argv in link_commands(link, name):
        try:
            system.run(*map(str, argv))
        except Failure as failure:
            # The kernel makes some routes itself, from the addresses; the rest may be a DHCP client's.
            if not IS_THERE.search(str(failure)):
                (routes if "route" in argv else wrong).append(f"{shell(*argv)}: {failure}")
    return wrong, routes


def lacks_address(system, link, name):
    shown = [address_words(info)[0] for info in shown_addresses(system, name)]
    return any(words[0] not in shown for words in link.addresses)


def restore(system, link, name):
    """Who has the address reaches the machine. Routes may be changing at this very moment, so they are no failure."""
    wrong, routes = give(system, link, name)
    if link.addresses and system.wait(lambda: lacks_address(system, link, name), STAY_S):
        wrong, routes = give(system, link, name)
    for said in routes:
        complain(f"note: not restored, see whether it is needed: {said}")
    if wrong:
        raise Failure("; ".join(wrong))


@dataclass(frozen=True)
class Bind(Step):
    """The NIC leaves the kernel. link: what it had there; None if it had been taken already."""

    pci: str
    driver: str
    link: Link | None

    def __post_init__(self):
        self.check(PCI.fullmatch(self.pci) and self.driver in DPDK_MODULES)

    @property
    def what(self):
        return f"{self.pci} is bound to {self.driver}, also after a reboot"

    def shown(self):
        return [shell("driverctl", "set-override", self.pci, self.driver)]

    def undone(self):
        lines = [shell("driverctl", "unset-override", self.pci)]
        if self.link and self.link.leased:
            lines.append(f"# without {', '.join(self.link.leased)} if a DHCP client sets an address in {LEASE_S:.0f} s")
        return lines + [shell(*argv) for argv in (link_commands(self.link, self.link.name) if self.link else ())]

    def takes(self, nic):
        return nic.pci == self.pci

    def is_done(self, system):
        return (system.target(f"{DEVICES}{self.pci}/driver") == self.driver
                and system.word(f"etc/driverctl.d/pci-{self.pci}") == self.driver)

    def take(self, system):
        system.run("driverctl", "set-override", self.pci, self.driver)

    def undo(self, system):
        system.run("driverctl", "unset-override", self.pci)
        if self.link:
            name = await_name(system, self.pci, self.link)
            restore(system, await_lease(system, self.link, name), name)


@dataclass(frozen=True)
class Release(Step):
    """The kernel keeps the NIC and its driver, but answers for it no more. Until a reboot."""

    pci: str
    link: Link
    down: bool  # net_mana needs that

    def __post_init__(self):
        self.check(PCI.fullmatch(self.pci))

    @property
    def what(self):
        return f"the kernel has no address on {self.link.name}"

    def takes(self, nic):
        return nic.pci == self.pci and nic.name == self.link.name

    def argvs(self):
        yield "ip", "address", "flush", "dev", self.link.name
        for name in self.link.names if self.down else ():
            yield "ip", "link", "set", "dev", name, "down"

    def shown(self):
        return [shell(*argv) for argv in self.argvs()]

    def undone(self):
        return [shell(*argv) for argv in link_commands(self.link, self.link.name)]

    def is_done(self, system):
        shown = next(iter(system.ask_json("ip", "-j", "address", "show", "dev", self.link.name)), {})
        has_address = any(info.get("scope") == "global" for info in shown.get("addr_info", []))
        return not has_address and not (self.down and "UP" in shown.get("flags", []))

    def take(self, system):
        for argv in self.argvs():
            system.run(*argv)

    def undo(self, system):
        restore(system, self.link, self.link.name)


KINDS = {cls.__name__: cls for cls in (Write, Value, Module, Bind, Release)}


def from_record(record):
    values = dict(record)
    if values.get("link") is not None:
        values["link"] = Link(**values["link"])
    return KINDS[values.pop("kind")](**values)

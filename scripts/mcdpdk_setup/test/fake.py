# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A machine of a cloud in a folder: files and answers of programs from trees/, and programs that change the files.

The trees follow what the clouds and their drivers document; none was recorded in a cloud.
A line of a tree is `PATH = CONTENT`, `PATH -> TARGET`, or begins a block of indented lines: `PATH:` or `$ COMMAND`.
"""

import contextlib
import io
import ipaddress
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

from mcdpdk_setup.cli import main
from mcdpdk_setup.plan import find_facts, make_plan
from mcdpdk_setup.state import load
from mcdpdk_setup.system import Failure, System

TREES = Path(__file__).resolve().parent / "trees"
NAMES = sorted(path.stem for path in TREES.glob("*.txt"))
ONE_LINE = re.compile(r"(\S+) = ?(.*)")
LINK = re.compile(r"(\S+) -> (\S+)")
GROUPS, DEFAULTS = "etc/mcdpdk/groups.json", "etc/default/mcdpdk"
STATE = "var/lib/mcdpdk-setup/setup.json"


def read_tree(name):
    """(files, links, answers) by path or command."""
    files, links, answers, block = {}, {}, {}, None
    for line in (TREES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            block.append(line[4:])
        elif line.startswith("$ "):
            block = answers.setdefault(line[2:], [])
        elif found := LINK.fullmatch(line):
            links[found[1]] = found[2]
        elif found := ONE_LINE.fullmatch(line):
            files[found[1]] = [found[2]]
        elif line.endswith(":"):
            block = files.setdefault(line[:-1], [])
    return files, links, answers


class Fake(System):
    """failing: the beginning of a command that fails. missing: programs that are not installed. ran: the commands that
    changed something. claims: address -> the MAC that answers for it."""

    def __init__(self, name, root, failing=None, missing=(), ssh=None):
        self.root_user = os.geteuid()
        super().__init__(root, {"SSH_CONNECTION": ssh} if ssh else {})
        self.failing, self.words, self.missing, self.ran = failing, "broken", missing, []
        self.kernel_driver, self.net, self.claims = {}, {}, {}
        files, links, self.answers = read_tree(name)
        for path, lines in files.items():
            self.put(path, "\n".join(lines) + "\n")
        for path, target in links.items():
            self.link(path, target)

    def put(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        Path(self.path(path)).write_text(text, encoding="utf-8")

    def link(self, path, target):
        place = self.path(path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)
        os.symlink(target, place)

    def which(self, program):
        return None if program in self.missing else program

    def ask(self, *argv):
        if argv[:4] == ("ip", "-j", "address", "show") and len(argv) > 4:
            return json.dumps([link for link in self.ask_json(*argv[:4]) if link["ifname"] == argv[-1]])
        return "\n".join(self.answers.get(" ".join(argv), []))

    def run(self, *argv):
        command = " ".join(argv)
        if argv[:2] == ("ip", "-j") and command in self.answers:
            return self.ask(*argv)
        if self.failing and command.startswith(self.failing):
            raise Failure(f"{argv[0]}: {self.words}")
        if argv[0] in ("mcdpdk", "setpriv"):
            return
        if argv[:2] == ("ip", "-j"):
            raise Failure("ip: broken")
        self.ran.append(command)
        change = {"driverctl": self.driverctl, "modprobe": self.modprobe, "ip": self.ip}[argv[0]]
        return change(*argv[1:])

    def set(self, name, value):
        """As the kernel: free pages follow."""
        super().set(name, value)
        self.ran.append(f"{value} >{name}")
        if name.endswith("/nr_hugepages"):
            counts = ([name.replace("/nr_", "/free_")] if "/sys/devices/" in name else
                      [f"{path}/{which}_hugepages" for which in ("nr", "free")
                       for path in self.find("sys/devices/system/node/node0/hugepages/hugepages-2048kB")])
            for count in counts:
                self.put(count, f"{value}\n")

    def claimant(self, name, mac, address):
        return self.claims.get(address)

    def wait(self, condition, seconds):
        return condition()

    def modprobe(self, *argv):
        folder = self.path(f"sys/module/{argv[-1].replace('-', '_')}")
        if argv[0] == "-r":
            shutil.rmtree(folder, ignore_errors=True)
        else:
            os.makedirs(folder)

    def ip(self, *argv):
        """Of what it changes, the tool reads only this again."""
        if argv[:2] == ("address", "flush"):
            self.change_link(argv[3], addr_info=[])
        elif argv[1:3] == ("address", "add"):
            self.add_address(argv[-1], argv[3])
        elif argv[0] == "link" and argv[-1] == "down":
            self.change_link(argv[3], flags=[])

    def change_link(self, name, **changes):
        links = self.ask_json("ip", "-j", "address", "show")
        self.answers["ip -j address show"] = [json.dumps(
            [{**link, **changes} if link["ifname"] == name else link for link in links])]

    def add_address(self, name, text, **more):
        interface = ipaddress.ip_interface(text)
        info = {"family": "inet" if interface.version == 4 else "inet6", "local": str(interface.ip),
                "prefixlen": interface.network.prefixlen, "scope": "global", **more}
        (link,) = self.ask_json("ip", "-j", "address", "show", "dev", name)
        self.change_link(name, addr_info=[*link["addr_info"], info])

    def driverctl(self, verb, pci, driver=None):
        device = f"sys/bus/pci/devices/{pci}"
        override = f"etc/driverctl.d/pci-{pci}"
        if verb == "set-override":
            self.kernel_driver.setdefault(pci, os.readlink(self.path(f"{device}/driver")))
            self.link(f"{device}/driver", f"../../../bus/pci/drivers/{driver}")
            self.take_links(pci)
            self.put(override, f"{driver}\n")
        else:
            self.link(f"{device}/driver", self.kernel_driver.get(pci) or os.readlink(self.path(f"{device}/driver")))
            for name, target in self.net.items():
                self.link(f"sys/class/net/{name}", target)
            Path(self.path(override)).unlink(missing_ok=True)

    def take_links(self, pci):
        for name in self.names("sys/class/net"):
            target = os.readlink(self.path(f"sys/class/net/{name}"))
            if pci in target:
                self.net[name] = target
                self.change_link(name, addr_info=[])
                os.unlink(self.path(f"sys/class/net/{name}"))


@contextlib.contextmanager
def machine(name, **options):
    with tempfile.TemporaryDirectory() as root:
        yield Fake(name, root, **options)


def snapshot(system):
    """Every file and link, with its content; the locks do not matter."""
    found = {}
    for path in sorted(Path(system.root).rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file() and path.suffix != ".lock":
            found[str(path)] = path.read_text(encoding="utf-8")
    return found


def arguments(nic=None, address=None, gateway=None, address6=None, gateway6=None, force=False):
    return SimpleNamespace(nic=nic, address=address, gateway=gateway, address6=address6, gateway6=gateway6, force=force)


def facts_of(system):
    return find_facts(system, load(system).taking)


def plan_of(system, **options):
    state = load(system)
    return make_plan(system, find_facts(system, state.taking), state, arguments(**options))


def call(system, *argv):
    """(exit status, standard output, standard error) of the command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(argv, system)
    return status, out.getvalue(), err.getvalue()

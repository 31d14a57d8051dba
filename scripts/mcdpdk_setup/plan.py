# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""From what the machine is to the steps, in order. What can fail comes before the NIC leaves the kernel."""

import ipaddress
from dataclasses import dataclass, field

from .check import refuse_text
from .driver import NO_IOMMU, choose_driver, device_arguments, driver_notes
from .files import Port, defaults_text, find_port, groups_text, read_groups, values_of
from .lcores import choose_lcores, lcore_notes
from .link import Kernel, Link
from .machine import Machine, find_machine
from .nic import Nic, find_nics, normal_pci
from .pages import plan_pages
from .risk import addresses_of, obstacles, risks
from .step import DEFAULTS, GROUPS, Bind, Module, Release, Value, Write
from .system import Failure, WrongArgument
from .users import refuse_in_use

MODULES = "/etc/modules-load.d/mcdpdk-setup.conf"
MODPROBE = "/etc/modprobe.d/mcdpdk-setup.conf"


@dataclass
class Facts:
    machine: Machine
    kernel: Kernel
    nics: list
    refused: dict  # label of the NIC -> (what no option overrides, what --force does)


@dataclass
class Plan:
    nic: Nic
    link: Link | None
    port: Port | None
    why: str
    steps: list
    notes: list
    kept: list = field(default_factory=list)  # steps that would write over an operator's file


def find_facts(system, taking):
    """taking: the recorded step that takes a NIC. Once it is in effect the NIC endangers nobody."""
    kernel = Kernel(system)
    nics = find_nics(system, kernel)
    ours = next((nic for nic in nics if taking and taking.takes(nic) and taking.is_done(system)), None)
    refused = {nic.label: ([], []) if nic is ours else (obstacles(nic), risks(system, kernel, nics, nic))
               for nic in nics}
    return Facts(find_machine(system), kernel, nics, refused)


def listed(nics):
    return ", ".join(nic.label for nic in nics) or "none"


def free_nics(facts):
    return [nic for nic in facts.nics if not any(facts.refused[nic.label])]


def named(facts, word):
    """The NIC at this PCI address or with this name of the kernel."""
    found = [nic for nic in facts.nics if word in nic.names or nic.pci == normal_pci(word)]
    if not found:
        raise WrongArgument(f"there is no NIC {word}; there are: {listed(facts.nics)}")
    free = [nic for nic in free_nics(facts) if nic in found]
    if len(found) > 1 and len(free) != 1:
        raise WrongArgument(f"{word} has several: give a name instead: {listed(found)}")
    return free[0] if len(found) > 1 else found[0]


def only_free(facts):
    free = free_nics(facts)
    if len(free) == 1:
        return free[0]
    if free:
        raise WrongArgument(f"which NIC? --nic takes one of: {listed(free)}")
    why = "; ".join(f"{nic.label} {', '.join(sum(facts.refused[nic.label], []))}" for nic in facts.nics)
    risky = any(not obstacles for obstacles, _ in facts.refused.values())
    raise Failure("no NIC can be taken: " + (f"{why}; attach a second one" if why else "there is none")
                  + (", or --nic with --force" if risky else ""))


def at_stake(facts, nic):
    """Why it would be refused without --force; "" if it would not."""
    reasons = facts.refused[nic.label][1]
    return f"{nic.label} {' and '.join(reasons)}: you may lose this machine" if reasons else ""


def refuse(facts, nic, force):
    obstacles_, _ = facts.refused[nic.label]
    if obstacles_:
        raise Failure(f"{nic.label} {obstacles_[0]}")
    if at_stake(facts, nic) and not force:
        free = free_nics(facts)
        raise Failure(f"{at_stake(facts, nic)}; " + (f"{listed(free)} can be spared; " if free else "")
                      + "--force takes this one all the same")


def choose_nic(facts, taking, args):
    if taking is None:
        nic = named(facts, args.nic) if args.nic else only_free(facts)
    else:
        nic = next(filter(taking.takes, facts.nics), None)
        if nic is None:
            raise Failure(f"{taking.pci}, which was set up, is gone: undo first")
        if args.nic and named(facts, args.nic) is not nic:
            raise Failure(f"this machine is set up with {nic.label}: undo first")
    refuse(facts, nic, args.force)
    return nic


def plan_driver(nic, link, choice):
    """The modules now and at each boot, then the step that takes the NIC."""
    steps = [Write(MODULES, "".join(f"{name}\n" for name in choice.modules))]
    if choice.unsafe:
        steps.append(Write(MODPROBE, "options vfio enable_unsafe_noiommu_mode=1\n"))
    steps += [Module(name) for name in choice.modules]
    if choice.unsafe:
        steps.append(Value(f"/{NO_IOMMU}", 1, 0, "vfio without an IOMMU"))
    if choice.driver:
        return steps, Bind(nic.pci, choice.driver, link)
    return steps, Release(nic.pci, link, nic.driver == "mana")


def plan_file(system, path, text, recorded, kept):
    """A step unless the operator has a file there. One that was written here and edited since needs no word."""
    step = Write(path, text)
    if system.text(path, text) == text:
        return [step]
    if step.key not in {other.key for other in recorded}:
        kept.append(step)
    return []


def refuse_other(system, recorded, args):
    """A file that exists stays, so it has to say what the options say."""
    config = read_groups(system)
    for key in ("address", "gateway", "address6", "gateway6"):
        wanted = getattr(args, key)
        found = values_of(config, key)
        if wanted and found and wanted not in found:
            is_ours = any(isinstance(step, Write) and step.path == GROUPS and step.is_ours(system) for step in recorded)
            raise Failure(f"{GROUPS} has {', '.join(map(str, filter(None, found))) or f'no {key}'}, not {wanted}: edit "
                          "it" + (", or undo first" if is_ours else ""))


def other_nics(facts, nic, interface, is_typed):
    """Refuse the address of another NIC; notes on one in the subnet of another that somebody typed."""
    notes = []
    for other in (other for other in facts.nics if other is not nic):
        addresses = addresses_of(facts.kernel, other.names)
        if interface.ip in addresses:
            raise Failure(f"{interface} is the address of {other.label}")
        if is_typed and any(ip in interface.network for ip in addresses):
            notes.append(f"{interface} is in the subnet of {other.label}, too: see that the cloud has assigned it to "
                         f"{nic.label}")
    return notes


def plan_port(system, facts, nic, link, args):
    """The hub's port and notes. A file that exists needs none."""
    if not (args.address or args.address6 or link and (link.address or link.address6)):
        if system.has(GROUPS):
            return None, []
        words = ["mcdpdk-setup apply --nic", nic.pci, "--address A.B.C.D/N --gateway", args.gateway or "A.B.C.D",
                 *(["--force"] if args.force else [])]
        raise Failure(f"the kernel has no address on {nic.label}: give the one that the cloud assigned, and its "
                      f"router (of IPv6 by --address6 and --gateway6): {' '.join(words)}")
    if args.gateway and not (args.address or link and link.address):
        raise WrongArgument("--gateway without an IPv4 address: give --address, too")
    if args.gateway6 and not (args.address6 or link and link.address6):
        raise WrongArgument("--gateway6 without an IPv6 address: give --address6, too")
    port, notes = find_port(facts.machine.cloud, facts.kernel, link, args)
    for chosen, typed, known in ((port.address, args.address, link and link.address),
                                 (port.address6, args.address6, link and link.address6)):
        if chosen:
            notes += other_nics(facts, nic, ipaddress.ip_interface(chosen), typed not in (None, known))
    return port, notes


def known_link(taking, nic):
    """What the kernel has on the NIC, or had before it was taken. After an undo that failed it has it again; an address
    of IPv6 alone, where there was one of IPv4, only says that a router has announced itself."""
    if taking is None:
        return nic.link
    before, now = taking.link, nic.link
    is_back = now and (now.address or now.address6 and not (before and before.address))
    return now if is_back else before


def make_plan(system, facts, state, args):
    nic, cloud = choose_nic(facts, state.taking, args), facts.machine.cloud
    link = known_link(state.taking, nic)
    choice = choose_driver(system, nic)
    modules, taking = plan_driver(nic, link, choice)
    if not taking.is_done(system):
        refuse_in_use(system, nic)
    pages, page_notes = plan_pages(facts.machine, nic.node, state.steps)
    refuse_other(system, state.steps, args)
    port, port_notes = plan_port(system, facts, nic, link, args)
    device = nic.pci + device_arguments(system, nic, link, choice)
    files, kept = [], []
    if port:
        text = groups_text(port)
        if not system.has(GROUPS):
            refuse_text(system, text)
        files += plan_file(system, GROUPS, text, state.steps, kept)
    lcores = choose_lcores(facts.machine, nic.node)
    files += plan_file(system, DEFAULTS, defaults_text(lcores, device, choice.physical), state.steps, kept)
    advice = [f"in {cloud.name}: {cloud.advice}"] if cloud.advice else []
    stake = [f"{text}; then undo at its console brings it back, a reboot does not"
             for text in filter(None, [at_stake(facts, nic)])]
    return Plan(nic, link, port, choice.why, [*pages, *files, *modules, taking],
                [*stake, *page_notes, *port_notes, *driver_notes(system, nic, link, choice),
                 *lcore_notes(facts.machine, lcores, read_groups(system).get("idle")), *advice], kept)

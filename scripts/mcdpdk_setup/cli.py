# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The commands: plan, apply, undo."""

import argparse
import contextlib
import ipaddress
import json
import os

from .apply import refuse_unprepared, take, undo
from .arp import conflict_notes
from .files import hub_addresses
from .output import complain, say, show
from .plan import find_facts, make_plan
from .show import facts_data, facts_lines, note_lines, plan_data, plan_lines
from .state import STATE, load, locked
from .step import GROUPS
from .system import Failure, System
from .users import refuse_in_use

EXIT_STATUS = "exit status: 0 well, 1 refused or failed (nothing was changed), 2 wrong usage"


@contextlib.contextmanager
def harmless():
    """As long as nothing is done; take and undo see to signals themselves."""
    try:
        yield
    except KeyboardInterrupt:
        raise Failure("interrupted; nothing was changed") from None


@harmless()
def plan(system, args):
    state = load(system)
    facts = find_facts(system, state.taking)
    try:
        made = make_plan(system, facts, state, args)
    except Failure as failure:
        if args.json:
            say(json.dumps({**facts_data(facts), "error": str(failure)}, indent=2))
        else:
            show(facts_lines(facts))
        raise
    if args.json:
        say(json.dumps({**facts_data(facts), **plan_data(system, made)}, indent=2))
    else:
        show([*facts_lines(facts, made.nic), *plan_lines(system, made)])
    return 0


@harmless()
def planned(system, args):
    state = load(system)
    return state, make_plan(system, find_facts(system, state.taking), state, args)


@harmless()
def ask_link(system, state, made):
    """Once, before the NIC leaves the kernel."""
    if made.link and state.taking is None:
        made.notes += conflict_notes(system, made.link, hub_addresses(system, made.nic, made.port))


@harmless()
def show_apply(system, args):
    _, made = planned(system, args)
    if args.json:
        say(json.dumps(plan_data(system, made), indent=2))
    else:
        show(plan_lines(system, made)[1:])
    refuse_unprepared(system, made)
    return 0


def apply(system, args):
    if args.dry_run:
        return show_apply(system, args)
    with locked(system):
        state, made = planned(system, args)
        ask_link(system, state, made)
        if not args.json:
            show(note_lines(made))
        taken = take(system, state, made, args.json)
    if args.json:
        say(json.dumps({**plan_data(system, made), "taken": [step.what for step in taken]}, indent=2))
    else:
        say(f"{'set up' if taken else 'already set up'}: the hub has {made.nic.pci}. Next: members in {GROUPS}, then "
            "systemctl enable --now mcdpdk")
    return 0


@harmless()
def show_undo(system, args):
    steps = load(system).steps
    lines = [line for step in reversed(steps) for line in step.undone() if step.is_ours(system)]
    say(json.dumps({"commands": lines}, indent=2)) if args.json else show(lines)
    return 0


@harmless()
def undoable(system):
    state = load(system)
    refuse_used(system, state)
    return state


def take_back(system, args):
    if args.dry_run:
        return show_undo(system, args)
    with locked(system):
        state = undoable(system)
        steps = list(state.steps)
        left = undo(system, state, is_silent=args.json)
    if args.json:
        say(json.dumps({"undone": [step.what for step in steps if step not in left],
                        "left": [step.what for step in left]}, indent=2))
    elif not left:
        say("undone" if steps else "nothing to undo")
    if left:
        raise Failure(f"not undone: {', '.join(step.what for step in left)}; {STATE} keeps it for another undo")
    return 0


def refuse_used(system, state):
    """The hub may run on the NIC."""
    if state.taking:
        for nic in filter(state.taking.takes, find_facts(system, state.taking).nics):
            refuse_in_use(system, nic)


def checked(kind, what):
    def check(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        # The hub makes its link-local address of IPv6 itself.
        is_own = what.endswith("/N")
        if value is None or int(value) == 0 or value.is_multicast or (
                is_own and ("/" not in text or value.version == 6 and value.is_link_local)):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return str(value)
    return check


def unicast6_or_ra(text):
    return text if text == "ra" else unicast6(text)


interface = checked(ipaddress.IPv4Interface, "an address with its prefix length, A.B.C.D/N")
unicast = checked(ipaddress.IPv4Address, "an address, A.B.C.D")
interface6 = checked(ipaddress.IPv6Interface, "an IPv6 address with its prefix length, ADDR/N")
unicast6 = checked(ipaddress.IPv6Address, "an IPv6 address, or ra")


def parser():
    main = argparse.ArgumentParser(prog="mcdpdk-setup", epilog=EXIT_STATUS,
                                   description="Make this machine a hub: give it a NIC, huge pages and its files.")
    commands = main.add_subparsers(dest="command", metavar="plan|apply|undo", required=True)
    helps = {"plan": "say what this machine has, and what apply would do", "apply": "do it; may be repeated",
             "undo": "give the NIC back to the kernel, and take the rest away"}
    for name, text in helps.items():
        command = commands.add_parser(name, help=text, description=text, epilog=EXIT_STATUS)
        if name != "undo":
            add_choice(command)
        command.add_argument("--dry-run", action="store_true", help="print the commands, run none")
        command.add_argument("--json", action="store_true", help="for programs")
    return main


def add_choice(command):
    command.add_argument("--nic", metavar="PCI", help="the hub's NIC, by PCI address or by the kernel's name")
    command.add_argument("--address", type=interface, metavar="A.B.C.D/N", help="its address (that of the kernel)")
    command.add_argument("--gateway", type=unicast, metavar="A.B.C.D", help="its subnet's router (that of the kernel)")
    command.add_argument("--address6", type=interface6, metavar="ADDR/N", help="its IPv6 address (that of the kernel)")
    command.add_argument("--gateway6", type=unicast6_or_ra, metavar="ADDR|ra",
                         help="its subnet's IPv6 router, or ra: the one that announces itself (that of the kernel)")
    command.add_argument("--force", action="store_true",
                         help="also a NIC without which this machine may be out of reach")


def main(argv=None, system=None):
    args = parser().parse_args(argv)
    system = system or System()
    try:
        if args.command != "plan" and not args.dry_run and os.getuid() != 0:
            raise Failure(f"{args.command} needs root; --dry-run does not")
        return {"plan": plan, "apply": apply, "undo": take_back}[args.command](system, args)
    except Failure as failure:
        complain(str(failure))
        if args.json and args.command != "plan":
            say(json.dumps({"error": str(failure)}))
        return failure.status

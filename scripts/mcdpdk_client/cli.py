# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The commands: up, down, watch, status, test."""

import argparse
import contextlib
import json
import os
import time
from dataclasses import asdict

from . import handover, output
from . import state as kept
from .diagnosis import Diagnosis, advice, as_json, first_broken, hub_answers
from .failover import MISSES, RECOVER_S
from .hub_watch import INTERVAL_MS, ask_addresses, first_answering
from .output import complain, say
from .path import bring_up, refuse_foreign_device, settings_in_force
from .plan import plan
from .settings import check_combination, device_name, overlay, overlay6, settings_of, unicast, whole
from .step import as_we_made_it, in_effect
from .system import Failure, WrongArgument, neighbour
from .watch import Watch

OPTIONS = ("hub", "encap", "dev", "local", "overlay", "overlay6", "key", "vni", "port", "nat", "name", "manager",
           "rule", "udp6_zero_checksum")


def asked_for(args):
    """The options as typed: `watch` completes them again when the system changes."""
    return {name: getattr(args, name) for name in OPTIONS}


def up(args):
    if args.dry_run:
        settings = settings_of(args)
        refuse_foreign_device(settings, kept.load())
        show_all(from_scratch(settings), "do")
        return 0
    with kept.locked():
        before = kept.load()
        settings = chosen(args)
        taken = bring_up(settings, asked_for(args))
    moved = before and before["settings"]["hub"] != settings.hub
    say(f"{'up' if taken or moved else 'already up'}: multicast goes {settings}")
    if moved:
        hand_over(settings_in_force(before), settings)
    if not answers(settings, seconds=1.0):
        complain(f"{settings.hub} does not answer: it is down, is not a hub, is an older hub, or does not accept "
                 "this member; `mcdpdk-client test` finds out")
    return 0


def chosen(args):
    """With several hubs, of the first that answers."""
    check_combination(args)
    return settings_of(args, first_answering(args.hub))


def hand_over(before, settings):
    try:
        handover.now(before, settings)
    except OSError as error:
        complain(f"the membership could not be reported: {error}")


def from_scratch(settings):
    """All steps, but rp_filter only if it drops any source."""
    return [a_step for a_step in plan(settings) if a_step["piece"] != "rp_filter" or not in_effect(a_step)]


def answers(settings, **timeout):
    try:
        return hub_answers(settings, **timeout)
    except OSError as error:
        complain(f"cannot ask the hub: {error}")
        return False


def down(args):
    with contextlib.nullcontext() if args.dry_run else kept.locked():
        state = kept.load()
        if state is None:
            say("not up")
            return 0
        if args.dry_run:
            show_all(filter(as_we_made_it, reversed(state["steps"])), "undo")
            return 0
        return 1 if kept.undo(state) else 0


def show_all(steps, direction):
    for a_step in steps:
        for a_command in a_step[direction]:
            kept.show(a_command)


def watch(args):
    args.dry_run = False
    return Watch(args, asked_for(args) if args.hub else None).run()


def status(args):
    """Exit status as of an init script: 0 up, 1 up but damaged, 3 down."""
    state = kept.load()
    if state is None:
        say(json.dumps({"up": False}) if args.json else "not up")
        return 3
    settings = settings_in_force(state)
    settings.hub_mac = neighbour(settings.hub, settings.dev)
    hubs = ask_addresses(settings.hubs) if len(settings.hubs) > 1 else {}
    well = {a_step["what"]: in_effect(a_step) for a_step in plan(settings)}
    answer = answers(settings)
    good = answer and all(well.values())
    if args.json:
        say(json.dumps({"up": True, **asdict(settings), "steps": well, "hub_answers": answer,
                        "hubs_answer": {hub: probe is not None for hub, probe in hubs.items()},
                        "hubs_drain": {hub: probe is not None and probe.drains for hub, probe in hubs.items()},
                        "moved": state.get("moved")}, indent=2))
        return 0 if good else 1
    mac = f"(MAC {settings.hub_mac})" if settings.hub_mac else "(MAC unknown)"
    say(f"multicast {'goes' if good else 'should go'} {settings} {mac}")
    for what, is_well in well.items():
        say(f"  {'ok' if is_well else 'MISSING':8}{what}")
    say(f"  {'ok      the hub answers' if answer else 'SILENT  the hub does not answer'} through {settings.encap}"
        + ("" if answer else ": `mcdpdk-client test` says why"))
    for hub, probe in hubs.items():
        word = "SILENT" if probe is None else "drains" if probe.drains else "ok"
        say(f"  {word:8}hub {hub}{', in use' if hub == settings.hub else ''}")
    if "moved" in state:
        moved = state["moved"]
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moved["at"]))
        say(f"  moved   from {moved['from']} at {when}: {moved['why']}")
    return 0 if good else 1


def test(args):
    state = kept.load()
    if args.hub:
        settings = chosen(argparse.Namespace(**{**vars(args), "dry_run": True}))
    elif state:
        settings = settings_in_force(state)
    else:
        raise Failure("nothing is up: --hub and --encap say what to test")
    # A path made by hand may look different from ours; it only has to work.
    steps = [a_step for a_step in plan(settings) if not args.hub or a_step["piece"] in ("rule", "rp_filter")]
    pieces = Diagnosis(settings, steps).pieces()
    broken = first_broken(pieces)
    if args.json:
        say(json.dumps(as_json(pieces, settings), indent=2))
        return 1 if broken else 0
    for piece in pieces:
        say(f"  {piece.state:8}{piece.piece:11}{piece.words}")
    if not broken:
        say(f"proven: multicast goes {settings}")
        return 0
    say(f"first broken: {broken.piece}: {broken.words}")
    for line in advice(broken, settings):
        say(f"  {line}")
    return 1


def add_path_options(command, required):
    command.add_argument("--hub", required=required, type=unicast, metavar="ADDR", action="append",
                         help="the hub's address, IPv4 or IPv6; again for the hubs to use when it is gone")
    command.add_argument("--encap", required=required, choices=["l2", "gre", "gre-udp", "vxlan", "gretap"],
                         help="as the hub's configuration says of this member")
    command.add_argument("--dev", type=device_name, help="the NIC (that of the route to the hub)")
    command.add_argument("--local", type=unicast, metavar="ADDR", help="own address (that of the route)")
    command.add_argument("--overlay", type=overlay, metavar="A.B.C.D/N", help="address inside the tunnel")
    command.add_argument("--overlay6", type=overlay6, metavar="ADDR/N",
                         help="IPv6 address inside the tunnel, which is then the path of groups of IPv6, too")
    command.add_argument("--key", type=whole(0, 2**32 - 1), metavar="K", help="GRE key; of gretap the segment")
    command.add_argument("--vni", type=whole(0, 2**24 - 1), metavar="V", help="VXLAN segment")
    command.add_argument("--port", type=whole(1, 65535), metavar="P", help="UDP port (4754 gre-udp, 4789 vxlan)")
    command.add_argument("--nat", action="store_true", help="behind a NAT: send from the UDP port that is listened on")
    command.add_argument("--udp6-zero-checksum", action="store_true",
                         help="over IPv6: send without UDP checksum, and take such packets")
    command.add_argument("--name", type=device_name, default="mcdpdk0", help="the tunnel's device (mcdpdk0)")
    command.add_argument("--manager", choices=["ip", "nmcli"],
                         help="what sets up the path (nmcli where it owns the NIC)")
    command.add_argument("--rule", choices=["nft", "tc"], help="l2 rule (nft where the kernel can)")


def add_watch_options(command):
    command.add_argument("--interval", type=whole(10, 60000), metavar="MS", default=INTERVAL_MS,
                         help=f"between two questions to the hub in use ({INTERVAL_MS} ms)")
    command.add_argument("--misses", type=whole(1, 1000), metavar="N", default=MISSES,
                         help=f"unanswered questions after which another hub is used ({MISSES})")
    command.add_argument("--recover", type=whole(0, 86400), metavar="S", default=int(RECOVER_S),
                         help=f"how long a preferred hub must answer to be used again ({RECOVER_S:g} s)")


def parser():
    main = argparse.ArgumentParser(prog="mcdpdk-client", description="Set up a member's path to the hub.")
    commands = main.add_subparsers(dest="command", metavar="up|down|watch|status|test", required=True)
    setup = commands.add_parser("up", help="set up the path; replaces another one")
    add_path_options(setup, required=True)
    takedown = commands.add_parser("down", help="undo what up did")
    for subcommand in (setup, takedown):
        subcommand.add_argument("--dry-run", action="store_true", help="print the commands, run none")
    stay = commands.add_parser("watch", help="stay and repair the path, or the one of the options")
    add_path_options(stay, required=False)
    add_watch_options(stay)
    state = commands.add_parser("status", help="say what is set up, whether it is intact and the hub answers")
    proof = commands.add_parser("test", help="prove the path, or one set up by hand, and name what is broken first")
    add_path_options(proof, required=False)
    for subcommand in (state, proof):
        subcommand.add_argument("--json", action="store_true", help="for programs")
    return main


def parse():
    main = parser()
    args = main.parse_args()
    asked = {name: getattr(args, name, None) for name in OPTIONS if name != "name"}
    # Not by truth: a key or VNI may be 0.
    given = [f"--{name.replace('_', '-')}" for name, value in asked.items() if value is not None and value is not False]
    if given and not (args.hub and args.encap):
        main.error(f"{args.command} with {given[0]} needs both --hub and --encap")
    return args


def main():
    output.end_on_closed_pipe()
    args = parse()
    dry_run = getattr(args, "dry_run", False)
    try:
        if os.getuid() != 0 and not dry_run:
            raise Failure(f"{args.command} needs root" + ("; --dry-run does not" if hasattr(args, "dry_run") else ""))
        if args.command in ("up", "down", "watch") and not dry_run:
            output.ignore_closed_pipe()
        return {"up": up, "down": down, "watch": watch, "status": status, "test": test}[args.command](args)
    except WrongArgument as wrong:
        complain(str(wrong))
        return 2
    except Failure as failure:
        complain(str(failure))
        return 1

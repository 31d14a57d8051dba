# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""up, down, status."""

import argparse
import contextlib
import json
import os
import sys
from dataclasses import asdict

from . import state as kept
from .plan import plan
from .settings import Settings, device_name, overlay, settings_of, unicast, whole
from .step import in_effect
from .system import Failure, WrongArgument, link, neighbour


def up(args):
    settings = settings_of(args)
    state = kept.load()
    refuse_foreign_device(settings, state)
    if args.dry_run:
        show_all(plan(settings), "do")
        return 0
    if state and settings.same_as(state["settings"]) and all(map(in_effect, state["steps"])):
        print(f"already up: {settings}")
        return 0
    if state and kept.undo(state):
        raise Failure("the path that was there before could not be taken down")
    kept.take(plan(settings), asdict(settings))
    print(f"up: {settings}")
    return 0


def refuse_foreign_device(settings, state):
    ours = state["settings"]["name"] if state else None
    if settings.encap != "l2" and settings.name != ours and link(settings.name):
        raise Failure(f"there is a device {settings.name} already, and mcdpdk-client did not make it: "
                      "choose another --name")


def down(args):
    state = kept.load()
    if state is None:
        print("not up")
        return 0
    if args.dry_run:
        show_all(filter(in_effect, reversed(state["steps"])), "undo")
        return 0
    return 1 if kept.undo(state) else 0


def show_all(steps, direction):
    for a_step in steps:
        for a_command in a_step[direction]:
            kept.show(a_command)


def status(args):
    """Exit status as an init script's: 0 up, 1 up but damaged, 3 down."""
    state = kept.load()
    if state is None:
        print(json.dumps({"up": False}) if args.json else "not up")
        return 3
    settings = Settings(**state["settings"])
    settings.hub_mac = neighbour(settings.hub, settings.dev)
    well = {a_step["what"]: in_effect(a_step) for a_step in state["steps"]}
    if args.json:
        print(json.dumps({"up": True, **asdict(settings), "steps": well}, indent=2))
    else:
        print(settings, f"(MAC {settings.hub_mac})" if settings.hub_mac else "(MAC unknown)")
        for what, good in well.items():
            print(f"  {'ok' if good else 'MISSING':8}{what}")
    return 0 if all(well.values()) else 1


def parser():
    main = argparse.ArgumentParser(prog="mcdpdk-client", description="Set up a member's path to the hub.")
    commands = main.add_subparsers(dest="command", metavar="up|down|status", required=True)
    setup = commands.add_parser("up", help="set up the path; replaces another one")
    setup.add_argument("--hub", required=True, type=unicast, metavar="ADDR", help="the hub's address")
    setup.add_argument("--encap", required=True, choices=["l2", "gre", "gre-udp", "vxlan"],
                       help="as the hub's configuration says of this member")
    setup.add_argument("--dev", type=device_name, help="the NIC (that of the route to the hub)")
    setup.add_argument("--local", type=unicast, metavar="ADDR", help="own address (that of the route)")
    setup.add_argument("--overlay", type=overlay, metavar="A.B.C.D/N", help="address inside the tunnel")
    setup.add_argument("--key", type=whole(0, 2**32 - 1), metavar="K", help="GRE key")
    setup.add_argument("--vni", type=whole(0, 2**24 - 1), metavar="V", help="VXLAN segment")
    setup.add_argument("--port", type=whole(1, 65535), metavar="P", help="UDP port (4754 gre-udp, 4789 vxlan)")
    setup.add_argument("--name", type=device_name, default="mcdpdk0", help="the tunnel's device (mcdpdk0)")
    setup.add_argument("--manager", choices=["ip", "nmcli"], help="who sets up (nmcli where it owns the NIC)")
    setup.add_argument("--rule", choices=["nft", "tc"], help="l2 rule (nft where the kernel can)")
    takedown = commands.add_parser("down", help="undo what up did")
    for subcommand in (setup, takedown):
        subcommand.add_argument("--dry-run", action="store_true", help="print the commands, run none")
    state = commands.add_parser("status", help="say what is set up, and whether it is intact")
    state.add_argument("--json", action="store_true", help="for programs")
    return main


def main():
    args = parser().parse_args()
    dry_run = getattr(args, "dry_run", False)
    try:
        if os.getuid() != 0 and not dry_run:
            raise Failure(f"{args.command} needs root" + ("" if args.command == "status" else
                                                          "; --dry-run does not"))
        with contextlib.nullcontext() if dry_run else kept.locked():
            return {"up": up, "down": down, "status": status}[args.command](args)
    except WrongArgument as wrong:
        print(f"mcdpdk-client: {wrong}", file=sys.stderr)
        return 2
    except Failure as failure:
        print(f"mcdpdk-client: {failure}", file=sys.stderr)
        return 1

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The command line of mcdpdkctl."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys

from . import budget, capture, drain, groups, live, queries
from .progress import Progress, is_on_terminal
from .telemetry import Hub, HubError, Refused, socket_path

DESCRIPTION = "Look into a running mcdpdk hub, and change its membership."

EXIT_STATUS = ("exit status: 0 well, 1 degraded (status) or refused by the hub, 2 wrong usage, 3 no hub there, "
               "4 permission denied, 5 not an mcdpdk socket, 6 members are left (drain)")

# Commands with lists that may be higher than the terminal.
SCREENS = ("groups", "members", "group", "receivers", "stations", "rates", "peers")

# Said when an answer takes long.
ASKING = "asking the hub"
RELOADING = "the hub reads its configuration and applies it"

# Begins a line of `mcdpdk -t` that is not an error.
WARNING = "warning: "

PLAIN = {
    "status": "whether all is well, what runs, since when, and its totals",
    "stats": "the totals alone",
    "drops": "every drop reason, with its meaning, and the last senders that were refused",
    "ports": "the ports",
    "lcores": "roles of lcores, and how busy each is",
    "control": "what the time of the control lcore goes to",
    "igmp": "IGMP messages and querier state",
    "mld": "MLD messages and querier state",
    "amt": "AMT messages and tunnels",
    "stations": "MAC addresses learned in VXLAN segments",
    "latency": "time from RX burst to TX burst",
    "peers": "the other hubs of the domain, and the links to them",
    "reload": "read the configuration file again",
}


class WrongConfig(HubError):
    exit_status = 2


def positive(text):
    value = float(text)
    if not 0.05 <= value <= 86400:
        raise argparse.ArgumentTypeError("must be between 0.05 and 86400 seconds")
    return value


def at_least_zero(text):
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def telemetry_command(text):
    if not text.startswith("/"):
        raise argparse.ArgumentTypeError("begins with a slash, as /mcdpdk/stats; / alone lists all")
    return text


def stream_rate(text):
    group, _, pps = text.rpartition("=")
    try:
        found = groups.parse(group)
        if found is None or found[1] and found[1].is_multicast:
            raise ValueError
        return groups.canonical(group), budget.quantity(pps)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not GROUP=PPS, as 239.1.1.1=8k: {text}") from None


def packet_size(text):
    value = int(text)
    if not 20 <= value <= 65535:
        raise argparse.ArgumentTypeError("must be between 20 and 65535 bytes")
    return value


def allowance(text):
    values = {}
    for part in text.split(","):
        kind, _, value = part.partition("=")
        try:
            if kind not in budget.KINDS or kind in values:
                raise ValueError
            values[kind] = budget.quantity(value)
        except ValueError:
            raise argparse.ArgumentTypeError(f"not pps=N,bps=N,flow_bps=N or some of these: {part}") from None
    return values


def parser():
    main = argparse.ArgumentParser(prog="mcdpdkctl", description=DESCRIPTION, epilog=EXIT_STATUS)
    common(main)
    commands = main.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in PLAIN.items():
        add(commands, name, text)
    add_lists(commands)
    add_capture(commands)
    add_budget(commands)
    add_changes(commands)
    add_live(commands)
    check = add(commands, "check", "check a configuration file, without a hub")
    check.add_argument("file", metavar="FILE")
    check.add_argument("--mcdpdk", metavar="PROGRAM", help="the mcdpdk to check with")
    return main


def common(target, **default):
    target.add_argument("--json", action="store_true", help="for programs", **default)
    target.add_argument("--all", action="store_true", help="all rows, also where the terminal is too low", **default)
    target.add_argument("--file-prefix", metavar="PREFIX",
                        help="the hub's EAL --file-prefix (rte)", **default)
    target.add_argument("--socket", metavar="PATH", help="the hub's telemetry socket", **default)


def add(commands, name, text, *arguments):
    command = commands.add_parser(name, help=text, description=text)
    # A default would overwrite an option given before the command.
    common(command, default=argparse.SUPPRESS)
    for argument in arguments:
        command.add_argument(argument, metavar=argument.upper())
    return command


def add_lists(commands):
    for kind in ("groups", "members"):
        command = add(commands, kind, f"all {kind}")
        command.add_argument("pattern", nargs="?", metavar="PATTERN",
                             help="a part of the name, or a shell pattern")
        command.add_argument("--names", action="store_true", help="names alone")
    add(commands, "group", "one group and its receivers; G or G,S", "group")
    add(commands, "receivers", "the receivers of one group; G or G,S", "group")
    add(commands, "member", "one member and its groups", "member")
    rates = add(commands, "rates", "packets and bits a second of groups, senders or members, the highest first")
    rates.add_argument("kind", choices=live.RATES.values())
    rates.add_argument("pattern", nargs="?", metavar="PATTERN", help="a part of the name, or a shell pattern")
    streams = add(commands, "streams", "which member sends to which group, the most packets first")
    streams.add_argument("subject", nargs="?", metavar="MEMBER|GROUP", help="only of this member, or to this group")
    add(commands, "explain", "what would happen to a packet of SENDER to GROUP (G or G,S)",
        "sender", "group")
    raw = add(commands, "raw", "the answer to a telemetry command, as JSON")
    raw.add_argument("text", metavar="COMMAND", type=telemetry_command,
                     help="with its parameters: /mcdpdk/stats, /mcdpdk/group,239.1.1.1")


def add_capture(commands):
    taken = add(commands, "capture", "write what the ports receive and send to a file, with dpdk-dumpcap")
    taken.add_argument("subject", nargs="?", metavar="MEMBER|GROUP", help="only of this member or group (G or G,S)")
    taken.add_argument("-o", "--output", required=True, metavar="FILE", help="pcapng, for wireshark and tcpdump")
    taken.add_argument("-n", "--count", type=at_least_zero, default=0, metavar="N", help="stop after N packets")
    taken.add_argument("--seconds", type=at_least_zero, default=0, metavar="N", help="stop after N seconds")
    taken.add_argument("--port", metavar="NAME", help="only at this port")


def add_budget(commands):
    cost = add(commands, "budget", "what the copies cost, what would be throttled first, and how many hubs would do")
    cost.add_argument("--rate", type=stream_rate, action="append", metavar="G=PPS",
                      help="a group's packets a second, instead of what comes in now; repeatable")
    cost.add_argument("--size", type=packet_size, metavar="BYTES", help="of the IP packets")
    cost.add_argument("--allowance", type=allowance, default={}, metavar="pps=N,bps=N,flow_bps=N",
                      help="what the cloud allows an instance, and one flow of it")
    cost.add_argument("--instance", metavar="TYPE", help="a type of instance, or a cloud, whose limits are published")
    cost.add_argument("--config", metavar="FILE", help="of this configuration, without a hub")
    cost.add_argument("--mcdpdk", metavar="PROGRAM", help="the mcdpdk to read FILE with")


def add_changes(commands):
    add(commands, "join", "make MEMBER a receiver of GROUP (G or G,S) until restart",
        "group", "member")
    add(commands, "leave", "take back a join", "group", "member")
    drained = add(commands, "drain", "have the other hubs of the domain serve this hub's members, before it is stopped")
    drained.add_argument("--end", action="store_true", help="take it back: serve members again")
    drained.add_argument("--no-wait", action="store_true", help="do not wait until nobody is left")
    drained.add_argument("--timeout", type=positive, metavar="SECONDS", help="wait no longer than this")


def add_live(commands):
    top = add(commands, "top", "rates of groups, senders or members, the busiest first")
    top.add_argument("view", nargs="?", choices=list(live.RATES), default="groups")
    top.add_argument("--sort", metavar="COUNTER", help="sort by this counter's rate, or by pps, bps or peak_pps")
    top.add_argument("--above", type=float, default=-1, metavar="N", help="only rows whose sorted rate is above N")
    top.add_argument("--filter", metavar="PATTERN", help="a part of the name, or a shell pattern")
    top.add_argument("--rows", type=at_least_zero, default=0, metavar="N", help="at most N rows")
    watch = add(commands, "watch", "one line of rates each interval: the hub, a group, a member")
    watch.add_argument("kind", nargs="?", choices=["group", "member"])
    watch.add_argument("name", nargs="?", metavar="NAME")
    for command in (top, watch):
        command.add_argument("-i", "--interval", type=positive, default=1.0, metavar="SECONDS")
        command.add_argument("-n", "--count", type=at_least_zero, default=0, metavar="N",
                             help="stop after N intervals")


def parse(argv):
    main = parser()
    args = main.parse_args(argv)
    if args.socket and args.file_prefix:
        main.error("--socket and --file-prefix exclude each other")
    if args.command == "watch" and args.kind and not args.name:
        main.error(f"watch {args.kind} needs a name")
    if args.command == "top" and args.sort not in (None, *live.sorts(args.view)):
        main.error(f"top {args.view} sorts by one of: {', '.join(live.sorts(args.view))}")
    if args.command == "drain" and args.end and (args.no_wait or args.timeout):
        main.error("drain --end does not wait")
    if args.command == "budget" and args.config and not (args.rate and args.size):
        main.error("budget --config needs --rate and --size: only a hub has counted packets")
    return args


def find_program(given):
    """The mcdpdk given, in PATH, beside this command (PATH may lack sbin), or in build/."""
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
    places = [os.environ.get("PATH", os.defpath), os.path.dirname(os.path.abspath(sys.argv[0])),
              os.path.join(source, "build", "app")]
    return given or shutil.which("mcdpdk", path=os.pathsep.join(places))


def run_program(args, *arguments):
    program = find_program(args.mcdpdk)
    if program is None:
        raise HubError("no mcdpdk in PATH, beside mcdpdkctl or in build/app: name it with --mcdpdk")
    try:
        with Progress(f"{os.path.basename(program)} reads {arguments[-1]}", is_wanted=not args.json):
            return subprocess.run([program, *arguments], capture_output=True, text=True)
    except OSError as error:
        raise HubError(f"{program}: {error.strerror}") from None


def check(args):
    done = run_program(args, "-t", "-c", args.file)
    lines = [line for line in done.stderr.splitlines() if line]
    if args.json:
        print(json.dumps({"status": "error" if done.returncode else "ok",
                          "errors": [line for line in lines if not line.startswith(WARNING)],
                          "warnings": [line.removeprefix(WARNING) for line in lines
                                       if line.startswith(WARNING)]}))
    else:
        print("\n".join(lines), file=sys.stderr, end="\n" if lines else "")
        if done.returncode == 0:
            print(done.stdout.strip() or f"{args.file}: ok")
    return done.returncode


def run_live(hub, args):
    frames = getattr(live, args.command)(hub, args)
    if args.json:
        live.print_json(frames)
    elif args.command == "top":
        live.show_top(frames, args.view)
    else:
        live.show_watch(frames)
    return 0


def run_capture(hub, args):
    if not args.json and is_on_terminal():
        print("mcdpdkctl: capturing; control-C ends it", file=sys.stderr)
    with Progress("capturing", is_wanted=not args.json):
        done = capture.capture(hub, args)
    show(done, args)
    return 0


def effective_config(args):
    """With every default filled in."""
    done = run_program(args, "-T", "-c", args.config)
    if done.returncode:
        raise WrongConfig(done.stderr.strip())
    return json.loads(done.stdout)


def run_drain(hub, args):
    if args.end:
        done = drain.end(hub)
    else:
        done = drain.drain(hub, not args.no_wait, args.timeout, is_shown=not args.json)
    show(done, args)
    if done["status"] != "ok":
        return 1
    return drain.LEFT if not (args.end or args.no_wait) and done["left"] else 0


def run_budget(args):
    rates = dict(args.rate or [])
    known = budget.of_instance(args.instance, budget.facts()) if args.instance else []
    if args.config:
        config = effective_config(args)
        oversize = config["oversize"]
        streams, members, own, ports = budget.of_config(config, rates, args.size)
    else:
        with Hub(args.socket or socket_path(args.file_prefix or "rte")) as hub:
            with Progress(ASKING, is_wanted=not args.json):
                streams, members, own, ports, oversize = queries.demand(hub, rates, args.size)
    limits = budget.chosen(own, known, args.allowance)
    show(budget.budget(streams, members, limits, oversize, ports), args)
    return 0


def screenful(args):
    if args.json or args.all or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().lines


def run_once(hub, args):
    own = {"json", "all", "file_prefix", "socket", "command"}
    values = {name: value for name, value in vars(args).items() if name not in own}
    if args.command in SCREENS:
        values["most"] = screenful(args)
    with Progress(RELOADING if args.command == "reload" else ASKING, is_wanted=not args.json):
        data = getattr(queries, args.command)(hub, **values)
    is_refused = isinstance(data, dict) and data.get("status") == "error"
    if is_refused and args.command != "raw":
        data["message"] += queries.suggestion(hub, data.get("message", ""))
    show(data, args)
    is_degraded = args.command == "status" and data["state"] == "degraded"
    return 1 if is_degraded or is_refused else 0


def show(data, args):
    if args.json or args.command == "raw":
        print(json.dumps(data, indent=2))
        return
    if data.get("status") == "error":
        print(f"mcdpdkctl: {args.command}: {data.get('message', '')}", file=sys.stderr)
        return
    if getattr(args, "names", False):
        print("".join(f"{name}\n" for name in data[args.command]), end="")
        return
    # Imported late: rich takes longer to load than the hub to answer, and --json works without it.
    from . import tables
    output = tables.console(args.all)
    for part in getattr(tables, args.command)(data):
        output.print(part)


def run(args):
    if args.command == "check":
        return check(args)
    if args.command == "budget":
        return run_budget(args)
    with Hub(args.socket or socket_path(args.file_prefix or "rte")) as hub:
        try:
            runs = {"top": run_live, "watch": run_live, "capture": run_capture, "drain": run_drain}
            return runs.get(args.command, run_once)(hub, args)
        except Refused as refused:
            raise Refused(f"{refused}{queries.suggestion(hub, str(refused))}") from None


def main(argv=None):
    # End quietly when the reader closes the pipe, as filters do.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    args = parse(argv)
    try:
        return run(args)
    except HubError as error:
        if args.json:
            print(json.dumps({"error": str(error)}))
        print(f"mcdpdkctl: {error}", file=sys.stderr)
        return error.exit_status
    except ModuleNotFoundError as error:
        print(f"mcdpdkctl: tables need Python's {error.name} (python3-rich); --json does without",
              file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130 if args.command not in ("top", "watch") else 0

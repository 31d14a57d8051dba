# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Measure a planned restart: how long members are without a stream, beside what a start takes.

The topology is that of dts/framework/crowd.py. alpha sends a stream to beta. The hub gets SIGTERM, and is started again
as soon as it has left, as a service manager does. Its memory is a hugetlbfs, and it has a state file. The kernel says
when frames reached beta. The outage is from the last copy of the old hub to the first of the new one, a start from
exec() to that copy. Another program (--against) is measured in the same run.
"""

import argparse
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("dts/framework", "dts/programs", "scripts")]
sys.dont_write_bytecode = True

from crowd import OF_ALL, PORT, STREAM, Crowd, await_joined  # noqa: E402
from hub import DRIVERS_FOLDER, PROGRAM, RX_AND_TX, Hub, hugetlbfs  # noqa: E402
from manager import Manager  # noqa: E402
from mcdpdk_tools.progress import Progress  # noqa: E402
from node import run  # noqa: E402
from telemetry import Telemetry  # noqa: E402
from topo import Cloud  # noqa: E402
from traffic import open_receiver  # noqa: E402
from waiting import await_condition  # noqa: E402

CLONE_NEWNS = 0x00020000
SO_TIMESTAMPNS = 35
DEVICE = "net_af_packet0,iface=eth0,framecnt=4096"
MEMORY_MB = 512
JOINS_EACH, GROUPS_OF_JOINS, RATE_OF_JOINS = 2, 1000, 2000
ASK_S = 0.002
START = "start: exec to first copy (ms)"
BREAKDOWN = re.compile(r"started in \d+ ms: (.*)")
PART = re.compile(r"([A-Za-z ]+) (\d+)")


class Receiver(threading.Thread):
    """When the kernel received each frame of the stream."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.socket = open_receiver(node, STREAM, PORT, "eth0")
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.settimeout(0.2)
        self.got, self.ended = [], False

    def run(self):
        while not self.ended:
            with contextlib.suppress(TimeoutError):
                _, ((_, _, stamp),), _, _ = self.socket.recvmsg(2048, 64)
                seconds, nanoseconds = struct.unpack("qq", stamp)
                self.got.append(seconds + nanoseconds / 1e9)

    def last_before(self, moment):
        return max(when for when in self.got if when < moment)

    def await_after(self, moment):
        """When the first frame came after this moment."""
        await_condition(lambda: self.got and self.got[-1] > moment, "the stream")
        return min(when for when in self.got if when > moment)

    def longest_gap(self, since):
        got = [when for when in self.got if when > since]
        return max(later - when for when, later in zip(got, got[1:]))

    def close(self):
        self.ended = True
        self.join()
        self.socket.close()


class Case:
    """A hub of one size."""

    def __init__(self, name, cloud, crowd, huge_pages, joiners, mbufs):
        self.name, self.cloud, self.crowd, self.huge_pages = name, cloud, crowd, huge_pages
        self.joiners, self.mbufs = joiners, mbufs
        self.state_file = cloud.folder / f"{name}.state"
        self.manager = Manager(cloud.folder / f"{name}.notify")

    def config(self):
        """Members without a MAC: it has to be found."""
        config = self.crowd.config(state_file=str(self.state_file), limits={"mbufs": self.mbufs} if self.mbufs else {})
        for member in config["members"]:
            member.pop("mac", None)
        return config | {"igmp": {"query_interval": 3600, "startup_query_interval": 900}}

    def hub(self, program, options):
        return Hub(self.cloud.hub_node, self.config(), self.cloud.folder, f"{self.cloud.name}-{self.name}",
                   lcores=RX_AND_TX, devices=[DEVICE], program=program, memory=["--huge-dir", str(self.huge_pages)],
                   arguments=options)

    def start(self, hub):
        """Without the shells of `ip netns exec`: time counts from exec()."""
        environment = os.environ | dict(word.split("=", 1) for word in self.manager.environment)
        with open(hub.log_file, "w", encoding="utf-8") as log, self.cloud.hub_node.inside():
            begun = time.time()
            hub.process = subprocess.Popen(hub.command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        return begun

    def join(self, hub):
        frames = self.crowd.joins(self.joiners, JOINS_EACH, GROUPS_OF_JOINS)
        with self.crowd.source("crowd", frames, RATE_OF_JOINS):
            pass
        await_joined(self.crowd, hub, self.joiners, JOINS_EACH)


def await_reached(hub):
    """When the hub can send to all receivers."""
    def reached():
        answer = hub.telemetry.ask(f"/mcdpdk/explain,alpha,{OF_ALL}")
        return answer["unresolved"] == 0
    while not reached():
        time.sleep(ASK_S)
    return time.time()


def breakdown_of(log):
    """Of the last start in it."""
    found = BREAKDOWN.findall(log)
    return {f"  {name.strip()} (ms)": float(ms) for name, ms in PART.findall(found[-1])} if found else {}


def measure_start(case, hub, receiver):
    count = len(case.manager.values("READY")) + 1
    begun = case.start(hub)
    case.manager.await_message("READY", count=count)
    ready = time.time()
    hub.telemetry = Telemetry(hub.file_prefix, hub.runtime_dir)
    reached = await_reached(hub)
    first = receiver.await_after(begun)
    return begun, first, breakdown_of(hub.log()) | {
        START: 1e3 * (first - begun), "exec to READY=1 (ms)": 1e3 * (ready - begun),
        "exec to all members reached (ms)": 1e3 * (reached - begun)}


def measure_round(case, hub, receiver, seconds):
    """The hub runs before and after."""
    receiver.await_after(time.time())
    time.sleep(seconds)
    told = time.time()
    hub.process.send_signal(signal.SIGTERM)
    hub.process.wait()
    left = time.time()
    hub.telemetry.close()
    begun, first, values = measure_start(case, hub, receiver)
    last = receiver.last_before(begun)
    return {"SIGTERM to last copy (ms)": 1e3 * (last - told), "last copy to exit (ms)": 1e3 * (left - last),
            "stop: SIGTERM to exit (ms)": 1e3 * (left - told)} | values | {
        "outage (ms)": 1e3 * (first - last), "outage / start": (first - last) / (first - begun)}


def measure(case, program, args, progress):
    hub = case.hub(program, args.eal.split())
    rounds = []
    case.state_file.unlink(missing_ok=True)
    receiver = Receiver(case.crowd.nodes["beta"])
    receiver.start()
    try:
        with case.crowd.stream(args.rate):
            measure_start(case, hub, receiver)
            case.join(hub)
            for _ in range(args.rounds):
                rounds.append(measure_round(case, hub, receiver, args.seconds))
                progress.done += 1
        hub.stop()
    finally:
        receiver.close()
        hub.close()
    return rounds


def medians(rounds):
    return {name: statistics.median(values[name] for values in rounds) for name in rounds[0]}


def report(case, results, args, lines):
    print(f"\n{case.name}: {len(case.crowd.names)} members, {case.crowd.groups} groups, "
          f"{JOINS_EACH * case.joiners} joined; "
          f"{args.rate:.0f} packets/s; medians of {args.rounds} rounds")
    print(f"{'':36}" + "".join(f"{name:>12}" for name in ("this", "against")[:len(results)]))
    columns = [medians(rounds) for rounds in results]
    for name in dict.fromkeys(name for column in columns for name in column):
        digits = 0 if "(ms)" in name else 2
        values = [column.get(name) for column in columns]
        print(f"{name:36}" + "".join(f"{'-':>12}" if v is None else f"{v:12.{digits}f}" for v in values))
        row = {"series": "restart", "case": case.name, "name": name.strip(), "value": values[0]}
        lines.write(json.dumps(row | ({"against": values[1]} if len(values) > 1 else {})) + "\n")


def show_only(drivers, folder):
    """This process and its children see only those drivers of the machine."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    run("mount", "--make-rprivate", "/")
    folder.mkdir()
    for pattern in drivers:
        for path in DRIVERS_FOLDER.glob(f"librte_{pattern}.so*"):
            shutil.copy(path, folder, follow_symlinks=False)
    run("mount", "--bind", folder, DRIVERS_FOLDER)


def measure_case(name, size, programs, args, lines):
    members, groups, joiners = size
    with (Progress(f"restarts of the {name} hub", len(programs) * args.rounds) as progress, Cloud() as cloud,
          hugetlbfs(cloud.folder / "huge", args.memory) as huge_pages):
        crowd = Crowd(cloud, members, groups)
        # Its kernel answers ARP for all addresses of the crowd.
        crowd.nodes["crowd"].ip("route", "add", "local", "10.1.0.0/16", "dev", "lo")
        case = Case(name, cloud, crowd, huge_pages, joiners, args.mbufs)
        results = [measure(case, program, args, progress) for program in programs]
    report(case, results, args, lines)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench restart", description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=4000, help="of the large hub")
    parser.add_argument("--groups", type=int, default=10000, help='of "*", of the large hub')
    parser.add_argument("--joiners", type=int, default=2000, help="members of the large hub who join two groups each")
    parser.add_argument("--rate", type=float, default=1000, help="packets a second")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="of the stream before each restart")
    parser.add_argument("--only", choices=["small", "large"])
    parser.add_argument("--eal", default="", metavar="OPTIONS", help="further EAL options: --eal=--huge-unlink=never")
    parser.add_argument("--mbufs", type=int, help="limits.mbufs")
    parser.add_argument("--memory", type=int, default=MEMORY_MB, help="huge pages, in MB")
    parser.add_argument("--drivers", nargs="+", metavar="PATTERN", help="of DPDK, else all of the machine: 'net_*'")
    parser.add_argument("--against", type=Path, metavar="PROGRAM", help="another mcdpdk")
    parser.add_argument("--json", type=Path, default=ROOT / "build/restart.json", help="lines to write")
    args = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("needs root, for namespaces")
    return args


def main():
    args = parse_arguments()
    programs = [PROGRAM] + ([str(args.against.resolve())] if args.against else [])
    sizes = {"small": (10, 10, 0), "large": (args.members, args.groups, args.joiners)}
    with tempfile.TemporaryDirectory(prefix="mcr-drivers-") as folder, open(args.json, "w", encoding="utf-8") as lines:
        if args.drivers:
            show_only(args.drivers, Path(folder) / "drivers")
        for name, size in sizes.items():
            if args.only in (None, name):
                measure_case(name, size, programs, args, lines)


if __name__ == "__main__":
    main()

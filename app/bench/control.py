# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Measure the control lcore of a hub with many members and groups: its start, reloads, joins, and how long others wait.

The topology is that of dts/framework/crowd.py. A second program (--against) takes turns with build/app/mcdpdk; each
round starts each of them anew, and the ratio is the median over the rounds. Work is CPU time of the control lcore's
thread less what it takes idle, which other load on the machine does not change. What it does change are the times of
answers: those are wall time, of pings, of ARP requests, and from a member's report to its first copy. They are
measured twice: on a quiet hub, and while a reload follows the other, members join, queries of all members are due, a
hostile member floods and a stream runs.
"""

import argparse
import contextlib
import itertools
import json
import os
import select
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("dts/framework", "dts/programs", "scripts")]
sys.dont_write_bytecode = True

import crowd as crowd_module  # noqa: E402
from crowd import ETHER_LEN, GRE, INNER, OF_ALL, Crowd, packed  # noqa: E402
from hub import PROGRAM, RX_AND_TX  # noqa: E402
from mcdpdk_tools.progress import Progress  # noqa: E402
from node import cpu_seconds  # noqa: E402
from topo import Cloud  # noqa: E402
from traffic import Wire  # noqa: E402
from waiting import await_stable, repeating  # noqa: E402

STREAM_RATE, FLOOD_RATE, RATE_OF_MEASURED_JOINS = 5000, 6000, 2000
MEASURED_JOINS, GROUPS_OF_JOINS = 6000, 1000
OF_PROBES = crowd_module.OF_HOSTILE + 0x10000
DEVICE = "net_af_packet0,iface=eth0,framecnt=16384"
IDLE_S = 1.0
PROBE_INTERVAL_S = 0.001
PATIENCE_S = 30
REPEATED_EACH_S = 1
MB = 1 << 20
CLASSES = ("neighbour", "membership", "admission", "echo", "telemetry")


@dataclass
class Work:
    control_ms: float
    wall_ms: float


def control_seconds(hub):
    """CPU time of the control lcore, which is the main thread."""
    pid = hub.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def memory_mb(hub, what):
    text = Path(f"/proc/{hub.process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in text.splitlines() if line.startswith(what)).split()[1]) * 1024 / MB


def forget_peak(hub):
    Path(f"/proc/{hub.process.pid}/clear_refs").write_text("5", encoding="ascii")


class Meter:
    """The control lcore's work, less its polling."""

    def __init__(self, hub):
        self.hub = hub
        begun, cpu = time.monotonic(), control_seconds(hub)
        time.sleep(IDLE_S)
        self.idle = (control_seconds(hub) - cpu) / (time.monotonic() - begun)

    def work_of(self, step):
        begun, cpu = time.monotonic(), control_seconds(self.hub)
        step()
        wall = time.monotonic() - begun
        busy = control_seconds(self.hub) - cpu - self.idle * wall
        return Work(1e3 * max(busy, 1e-6), 1e3 * wall)


def reload(hub):
    answer = hub.telemetry.ask("/mcdpdk/reload")
    if answer["status"] != "ok":
        raise RuntimeError(answer["message"])


def measure_reload(meter, config, name):
    hub = meter.hub
    hub.config_file.write_text(json.dumps(config), encoding="ascii")
    before = memory_mb(hub, "VmRSS")
    forget_peak(hub)
    work = meter.work_of(lambda: reload(hub))
    return {f"{name}, control lcore (ms)": work.control_ms, f"{name}, wall (ms)": work.wall_ms,
            f"{name}, RSS before (MB)": before, f"{name}, RSS at most (MB)": memory_mb(hub, "VmHWM")}


def measure_joins(crowd, meter, joiners, first, groups, name):
    turns = max(1, min(MEASURED_JOINS // joiners, groups))
    frames = crowd.joins(joiners, turns, groups, first)

    def joined():
        return meter.hub.telemetry.ask("/mcdpdk/igmp")["groups"]

    def join():
        with crowd.source("crowd", frames, RATE_OF_MEASURED_JOINS):
            pass
        await_stable(joined)

    before = joined()
    work = meter.work_of(join)
    return {f"{name} (joins a second of CPU time)": (joined() - before) / work.control_ms * 1e3}


class Probe:
    """A member joins a group to which alpha sends again and again: how long until the first copy. It repeats its
    report each second, as a host does."""

    numbers = itertools.count()     # no member joins a group twice

    def __init__(self, crowd, joiners):
        self.crowd, self.joiners = crowd, joiners
        self.member, self.alpha = Wire(crowd.nodes["crowd"]), Wire(crowd.nodes["alpha"])

    def _takes_copy(self, group, until):
        while (left := until - time.monotonic()) > 0 and select.select([self.member.socket], [], [], left)[0]:
            frame = self.member.socket.recv(2048)
            if (frame[12:14] == b"\x08\x00" and frame[ETHER_LEN + 9] == GRE
                    and frame[INNER + 16:INNER + 20] == group and frame[INNER + 9] == crowd_module.UDP):
                return True
        return False

    def measure_us(self):
        number = next(Probe.numbers)
        group = str(OF_PROBES + number)
        data, wanted = self.crowd.data(group), packed(group)
        report = self.crowd.join(number % self.joiners, group)
        begun = due = time.monotonic()
        while time.monotonic() < begun + PATIENCE_S:
            if time.monotonic() >= due:
                self.member.socket.send(report)
                due += REPEATED_EACH_S
            self.alpha.socket.send(data)
            if self._takes_copy(wanted, time.monotonic() + PROBE_INTERVAL_S):
                return round((time.monotonic() - begun) * 1e6)
        raise RuntimeError("a member's join took no effect")

    def close(self):
        self.member.close()
        self.alpha.close()


def share(values, part):
    """The value that this part of all does not exceed."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def summary(name, values_us):
    return {f"{name}, {label} (ms)": share(values_us, part) / 1e3
            for label, part in (("p50", 0.5), ("p99", 0.99), ("longest", 1))}


def measure_answers(crowd, joiners, seconds, name):
    probe, took = Probe(crowd, joiners), []
    try:
        with crowd.asker() as asker:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                took.append(probe.measure_us())
    finally:
        probe.close()
    found = json.loads(asker.answer)
    values = summary(f"join, {name}", took)
    for kind in ("ping", "arp"):
        values |= summary(f"{kind}, {name}", found[kind]["answered_us"])
        values[f"{kind}, {name}, unanswered"] = found[kind]["asked"] - len(found[kind]["answered_us"])
    return values


@contextlib.contextmanager
def load(crowd, hub, joiners, seconds, configs):
    """As in dts/tests/TestSuite_control_load.py."""
    turns = itertools.count(1)

    def reload_next():
        hub.config_file.write_text(configs[next(turns) % 2], encoding="ascii")
        reload(hub)

    frames = crowd.joins(joiners, int(seconds), GROUPS_OF_JOINS, crowd_module.JOINED + 0x10000)
    with (crowd.stream(STREAM_RATE), crowd.source("hostile", crowd.flood(), FLOOD_RATE, "--repeat"),
          crowd.source("crowd", frames, joiners), repeating(reload_next, 0.1)):
        yield


def classes(hub):
    answer = hub.telemetry.ask("/mcdpdk/control")
    if answer is None:
        return {}
    values = {f"class {name} (ms)": answer[name]["busy_us"] / 1e3 for name in CLASSES}
    return values | {"longest slice (ms)": answer["longest_slice_us"] / 1e3}


def measure(cloud, crowd, program, args, progress):
    config = crowd.config()
    progress.text = "a start"
    begun = time.monotonic()
    with cloud.start_hub(config, lcores=RX_AND_TX, devices=[DEVICE], program=program) as hub:
        values = {"start, all lcores (ms)": 1e3 * cpu_seconds(hub.process),
                  "start, wall (ms)": 1e3 * (time.monotonic() - begun),
                  "start, RSS at most (MB)": memory_mb(hub, "VmHWM")}
        hub.await_resolved("alpha", "beta", "carol", "hostile")
        progress.text = "reloads"
        meter = Meter(hub)
        values |= measure_reload(meter, config, "reload, no change")
        values |= measure_reload(meter, crowd.config(less=1), "reload, one member less")
        progress.text = "joins"
        values |= measure_joins(crowd, meter, args.joiners, crowd_module.JOINED, GROUPS_OF_JOINS, "new groups")
        values |= measure_joins(crowd, meter, args.joiners, OF_ALL, args.groups, 'groups of "*"')
        progress.text = "answers, quiet"
        values |= measure_answers(crowd, args.joiners, args.seconds, "quiet")
        progress.text = "answers, loaded"
        configs = [json.dumps(config), json.dumps(crowd.config(less=1))]
        with load(crowd, hub, args.joiners, args.seconds, configs):
            values |= measure_answers(crowd, args.joiners, args.seconds, "loaded")
        values |= classes(hub)
        hub.settled()
        hub.stop()
    progress.done += 1
    return values


def values_of(rounds, name, place):
    return [r[place][name] for r in rounds if name in r[place]]


def median(values):
    return statistics.median(values) if values else None


def ratio(rounds, name):
    """Of this program's figure to the other's, round by round."""
    return median([own / other for own, other in zip(values_of(rounds, name, 0), values_of(rounds, name, 1)) if other])


def shown(value, digits):
    return f"{value:12.{digits}f}" if value is not None else f"{'-':>12}"


def print_report(rounds, args, lines):
    print(f"\n{args.members} members x {args.groups} groups of \"*\", {args.joiners} of them join; "
          f"medians of {len(rounds)} rounds")
    print(f"{'':44}{'this':>12}" + (f"{'against':>12}{'ratio':>12}" if args.against else ""))
    for name in dict.fromkeys(name for values in rounds[0] for name in values):
        row = {"series": "control", "members": args.members, "groups": args.groups, "name": name,
               "value": median(values_of(rounds, name, 0))}
        text = f"{name:44}" + shown(row["value"], 1)
        if args.against:
            row |= {"against": median(values_of(rounds, name, 1)), "ratio": ratio(rounds, name)}
            text += shown(row["against"], 1) + shown(row["ratio"], 2)
        print(text)
        lines.write(json.dumps(row) + "\n")


def main():
    parser = argparse.ArgumentParser(prog="bench control", description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=4000)
    parser.add_argument("--groups", type=int, default=60000, help='groups of "*"')
    parser.add_argument("--joiners", type=int, default=2000, help="members who join, each second")
    parser.add_argument("--seconds", type=float, default=5, help="of answers, quiet and loaded")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--against", type=Path, metavar="PROGRAM", help="another mcdpdk, measured in turns")
    parser.add_argument("--json", type=Path, default=ROOT / "build/control.json", help="lines to write")
    args = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("needs root, for namespaces")
    if not 1 <= args.joiners <= args.members <= 65000:
        parser.error("1 to 65,000 members, and no more joiners than members")
    programs = [PROGRAM] + ([str(args.against.resolve())] if args.against else [])
    with Cloud() as cloud, Progress("laying out", args.rounds * len(programs)) as progress:
        crowd = Crowd(cloud, args.members, args.groups)
        rounds = [[measure(cloud, crowd, program, args, progress) for program in programs] for _ in range(args.rounds)]
    with open(args.json, "w", encoding="utf-8") as lines:
        print_report(rounds, args, lines)


if __name__ == "__main__":
    main()

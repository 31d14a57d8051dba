# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Measure a domain of hubs: how soon a dead hub is known, how long a join takes, what many entries cost.

The topology is that of dts/framework/domain.py: three hubs with the default hellos (50 ms, three of them), their
agents, and etcd of three nodes. All times are wall time, with what polling adds (some ms), so they mean something on a
quiet machine only: where a hub is preempted for 150 ms, links go down.

detection   Kill hub east and start it again, then cut a link and heal it, round by round.
joins       A member of east sends to a group that nobody wants. A member of west joins; the kernel says when its
            first packet came. Quiet, then while others join and leave, then while etcd loses its leader.
entries     West has many static groups. How long until east knows all, and again after restarts; memory of agents.
takeover    Hubs share their members. One is killed: what its members lose until others serve them, and when it is back.
drain       A hub hands its members over, and takes them back.
coalescing  Small packets in 20 groups cross one link, evenly or 20 at once: packets a frame, and what waiting adds.
scale       What watches of etcd cost here, then agents of up to 1,000 hubs in virtual time with that, hellos with lists
            of 1,023 peers, and choosing servers anew. Only if it is named: it takes long.
"""

import argparse
import contextlib
import functools
import itertools
import json
import os
import socket
import statistics
import struct
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("dts/framework", "dts/programs", "scripts")]
sys.dont_write_bytecode = True

from crowd import UDP, ip_packet, mac_bytes, write_frames  # noqa: E402
from domain import HUBS, Domain  # noqa: E402
from domain_members import PORT, Member, Stream  # noqa: E402
from scale import measure_scale  # noqa: E402
from takeover import measure_drain, measure_takeover  # noqa: E402
from mcdpdk_tools.progress import Progress  # noqa: E402
from telemetry import Telemetry  # noqa: E402
from traffic import open_receiver  # noqa: E402
from waiting import await_condition, await_stable  # noqa: E402

HELLOS = {"hello_ms": 50, "hello_multiplier": 3}
POLL_S = 0.002
PATIENCE_S = 120
SO_TIMESTAMPNS = 35
STREAM_RATE = 10000
JOINS_BY_IGMP = 20
LEADER_ROUNDS, LEADER_S = 3, 7
EDGE_THREADS, EDGE_TICK_S, EDGES_OPEN = 2, 0.01, 500
SMALL_RATE, SMALL_GROUPS, SMALL_PAYLOAD = 10000, 20, bytes(32)
WAITS_US = (0, 50)
MB = 1 << 20


# Figures

def share(values, part):
    """The value that this part of all does not exceed."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


class Report:
    """Prints a row as soon as it is known, and writes it as a line of JSON."""

    def __init__(self, lines):
        self.lines = lines
        print(f"{'':58}{'count':>6}{'min':>9}{'median':>9}{'p99':>9}{'max':>9}  aim")

    def add(self, name, values, aim="", digits=0):
        """Many values of one kind, or one."""
        values = values if isinstance(values, list) else [values]
        row = {"series": "domain", "name": name, "count": len(values), "min": min(values),
               "median": statistics.median(values), "p99": share(values, 0.99), "max": max(values), "aim": aim}
        shown = ("min", "median", "p99", "max") if len(values) > 1 else ("median",)
        cells = "".join(f"{row[key]:9.{digits}f}" if key in shown else f"{'':9}"
                        for key in ("min", "median", "p99", "max"))
        print(f"{name:58}{len(values):6}{cells}  {aim}".rstrip(), flush=True)
        self.lines.write(json.dumps(row) + "\n")


def await_quickly(condition, what):
    """As await_condition(), but measured: when it became true."""
    end = time.time() + PATIENCE_S
    while not condition():
        if time.time() > end:
            raise TimeoutError(f"not within {PATIENCE_S} s: {what}")
        time.sleep(POLL_S)
    return time.time()


def ms_since(begun, now=None):
    return 1e3 * ((now or time.time()) - begun)


# The bed

def configuration(domain, name, members=(), groups=(), **keys):
    config = domain.configuration(name, [member.declaration() for member in members], groups, **keys)
    config["domain"] |= HELLOS
    return config


@contextlib.contextmanager
def running(configure, names=HUBS):
    """A domain; configure(domain) gives the configuration of each hub."""
    with Domain() as domain:
        domain.etcd.start()
        configs = configure(domain)
        for n, name in enumerate(names):
            core = n % os.cpu_count()
            domain.start(name, configs[name], lcores=f"0@{core},1@{core}")
        for name in names:
            domain.hubs[name].await_resolved()
        domain.await_up(*names)
        yield domain
        domain.stop()


def downs(domain):
    return sum(domain.downs().values())


def are(domain, state, *pairs):
    return all(domain.state(name, other) == state for name, other in pairs)


def both(*names):
    return list(itertools.permutations(names, 2))


# Detection and recovery

def measure_detection(report, args, progress):
    def configure(domain):
        return {name: configuration(domain, name) for name in HUBS}

    found = {"killed": [], "up": [], "cut": [], "healed": []}
    with running(configure) as domain:
        for _ in range(args.rounds):
            domain.await_up()
            kill(domain, found)
            cut(domain, found)
            progress.done += 1
    report.add("detection: kill -9 of a hub, until another says down (ms)", found["killed"], "<= 200")
    report.add("detection: link cut, until an end says down (ms)", found["cut"], "<= 200")
    report.add("recovery: hub's ready, until links are up at both ends (ms)", found["up"])
    report.add("recovery: link healed, until it is up at both ends (ms)", found["healed"])


def await_each_down(domain, pairs):
    """When each of the links was seen down."""
    left, seen = set(pairs), []

    def all_down():
        for pair in [pair for pair in left if domain.state(*pair) == "down"]:
            left.remove(pair)
            seen.append(time.time())
        return not left

    await_quickly(all_down, f"down: {left}")
    return seen


def kill(domain, found):
    begun = time.time()
    domain.hubs["east"].process.kill()
    found["killed"] += [ms_since(begun, at) for at in await_each_down(domain, [("west", "east"), ("south", "east")])]
    domain.kill_hub("east")
    domain.restart_hub("east")
    ready = time.time()
    up = await_quickly(lambda: are(domain, "up", *both("east", "west"), *both("east", "south")), "all links up")
    found["up"].append(ms_since(ready, up))
    domain.await_up()


def cut(domain, found):
    begun = time.time()
    with domain.cut_link("east", "west"):
        found["cut"] += [ms_since(begun, at) for at in await_each_down(domain, both("east", "west"))]
    healed = time.time()
    found["healed"].append(ms_since(healed, await_quickly(lambda: are(domain, "up", *both("east", "west")), "up")))


# Joins

class Joiner:
    """Each join is of a group that nobody joined before."""

    numbers = itertools.count()

    def __init__(self, sender, receiver):
        self.sender, self.receiver = sender, receiver

    def measure_ms(self, by_igmp=False):
        number = next(Joiner.numbers)
        group = f"239.{100 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"
        with Stream(self.sender, group, STREAM_RATE):
            if by_igmp:
                begun = time.time()
                program = open_stamped(self.receiver, group)
            else:
                program = open_stamped(self.receiver, group)
                begun = time.time()
                self.receiver.join(group)
            _, first = arrival_ns(program)
        program.close()
        if not by_igmp:
            self.receiver.leave(group)
        return ms_since(begun, first / 1e9)


def open_stamped(member, group):
    """A program that has joined at its kernel, which stamps what arrives."""
    program = open_receiver(member.node, group, PORT, member.dev)
    program.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return program


def arrival_ns(program):
    """The next packet, and when the kernel received it."""
    data, ((_, _, stamp),), _, _ = program.recvmsg(2048, 64)
    seconds, nanoseconds = struct.unpack("qq", stamp)
    return data, seconds * 1000000000 + nanoseconds


def delays_us(program):
    """Of all packets that have come with the time of their sending."""
    program.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            data, arrived = arrival_ns(program)
            yield (arrived - struct.unpack("!Q", data[-8:])[0]) / 1e3


class Edges:
    """A context: so many joins and leaves a second at a hub, each of a group without other receivers."""

    def __init__(self, hub, member, rate):
        self.hub, self.member, self.rate = hub, member, rate
        self.done, self.ended, self.begun, self.threads = 0, threading.Event(), None, []

    def _run(self, number):
        telemetry = Telemetry(self.hub.file_prefix, self.hub.runtime_dir)
        owed, last, turn = 0.0, time.monotonic(), 0
        while not self.ended.wait(EDGE_TICK_S):
            now = time.monotonic()
            owed += (now - last) * self.rate / EDGE_THREADS
            last = now
            for _ in range(int(owed)):
                what = "leave" if turn // EDGES_OPEN % 2 else "join"
                at = turn % EDGES_OPEN
                answer = telemetry.ask(f"/mcdpdk/{what},239.{90 + number}.{at // 250}.{at % 250 + 1},{self.member}")
                # DPDK's telemetry mixes up the parameters of two requests at the same moment, now and then.
                self.done += answer["status"] == "ok"
                turn += 1
            owed -= int(owed)
        telemetry.close()

    def __enter__(self):
        self.begun = time.monotonic()
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(EDGE_THREADS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def a_second(self):
        return self.done / (time.monotonic() - self.begun)


def measure_joins(report, args, progress):
    members = {}

    def configure(domain):
        members.update({name: Member(domain, *name.split("-")) for name in ("east-l2", "west-l2", "west-vxlan")})
        return {name: configuration(domain, name, [member for member in members.values() if member.hub == name])
                for name in HUBS}

    def many(joiner, count, **options):
        values = []
        for _ in range(count):
            values.append(joiner.measure_ms(**options))
            progress.done += 1
        return values

    with running(configure) as domain:
        before = downs(domain)
        for member in members.values():
            member.wire.close()
        by_operator = Joiner(members["east-l2"], members["west-l2"])
        by_kernel = Joiner(members["east-l2"], members["west-vxlan"])
        report.add("join to first packet, quiet (ms)", many(by_operator, args.joins), "p50 < 100, p99 < 250")
        report.add("join to first packet, by IGMP, quiet (ms)", many(by_kernel, JOINS_BY_IGMP, by_igmp=True))
        with Edges(domain.hubs["west"], "west-l2", args.edges) as edges:
            values = many(by_operator, args.joins)
            rate = edges.a_second()
        report.add(f"join to first packet, at {rate:.0f} edges/s (ms)", values, "p50 < 100, p99 < 250")
        report.add("join to first packet, etcd's leader is killed (ms)",
                   [lose_leader(domain, by_operator, progress) for _ in range(LEADER_ROUNDS)])
        report.add("joins: links that went down meanwhile", downs(domain) - before)


def lose_leader(domain, joiner, progress):
    """The longest join of those that begin after the leader's end."""
    progress.text = "joins without a leader"
    domain.etcd.leader().kill()
    longest, end = 0, time.monotonic() + LEADER_S
    while time.monotonic() < end:
        longest = max(longest, joiner.measure_ms())
    domain.etcd.start()
    return longest


# Many entries

AGENTS = {"west": "that publishes", "east": "that reads"}


def memory_mb(process, what):
    text = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(next(line for line in text.splitlines() if line.startswith(what)).split()[1]) * 1024 / MB


def measure_entries(report, args, progress):
    names, count, probe = ("east", "west"), args.entries, "239.1.1.1"
    made, limits = [], {"groups": 2 * args.entries}

    def configure(domain):
        made.append(Member(domain, "west", "l2"))
        return {"east": configuration(domain, "east", limits=limits),
                "west": configuration(domain, "west", made, limits=limits)}

    def known(number):
        return lambda: domain.peers("east").get("west", {}).get("groups") == number

    def await_known(number):
        return await_quickly(known(number), f"{number} groups: {domain.peers('east')}")

    def restart_agent(name):
        """West has one group less meanwhile: east knows that when both its agent and west's have compared all."""
        made[0].join(probe)
        await_known(count + 1)
        domain.agents[name].kill()
        made[0].leave(probe)
        begun = time.time()
        domain.agents[name].start()
        took = ms_since(begun, await_known(count))
        progress.done += 1
        return took

    with running(configure, names) as domain:
        west = domain.hubs["west"]
        groups = [{"group": f"239.{64 + n // 65536}.{n // 256 % 256}.{n % 256}", "members": ["west-l2"]}
                  for n in range(count)]
        progress.text = "entries"
        west.reload_and_wait(configuration(domain, "west", made, groups, limits=limits))
        begun = time.time()
        report.add(f"{count} entries: west has reloaded, until east knows them (ms)",
                   ms_since(begun, await_known(count)))
        # An agent that starts reads the file: as if these groups were joined, it is a small one again.
        west.config_file.write_text(json.dumps(configuration(domain, "west", made, limits=limits)), encoding="ascii")
        memory = {name: [memory_mb(domain.agents[name].process, "VmHWM")] for name in names}
        for name, what in AGENTS.items():
            report.add(f"{count} entries: agent {what}, resync (ms)",
                       [restart_agent(name) for _ in range(args.restarts)], "< 3000")
        for name, what in AGENTS.items():
            memory[name].append(memory_mb(domain.agents[name].process, "VmHWM"))
            report.add(f"{count} entries: agent {what}, RSS at most (MB)", memory[name], "< 100")
        report.add(f"{count} entries: east's ready, until it knows them again (ms)",
                   [restart_hub(domain, await_known, count) for _ in range(args.restarts)])


def restart_hub(domain, await_known, count):
    domain.kill_hub("east")
    domain.restart_hub("east")
    ready = time.time()
    return ms_since(ready, await_known(count))


# Coalescing

def received_frames(node):
    return int(node.run("cat", "/sys/class/net/eth0/statistics/rx_packets"))


def measure_coalescing(report, args, progress):
    members, names = [], ("east", "west")
    groups = [f"239.3.0.{n + 1}" for n in range(SMALL_GROUPS)]

    def config(domain, name, wait_us=0):
        own = [member for member in members if member.hub == name]
        found = configuration(domain, name, own, [{"group": group, "members": ["west-l2"]} for group in groups]
                              if name == "west" else [])
        found["domain"]["coalesce_us"] = wait_us
        return found

    def configure(domain):
        members.extend(Member(domain, name, "l2") for name in names)
        return {name: config(domain, name) for name in names}

    def source(domain, options):
        sender = members[0]
        udp = struct.pack("!HHHH", PORT, PORT, 8 + len(SMALL_PAYLOAD), 0) + SMALL_PAYLOAD
        macs = mac_bytes(sender.hub_mac) + mac_bytes(sender.node.mac)
        path = write_frames(domain.folder / "small.frames",
                            [macs + b"\x08\x00" + ip_packet(sender.address, group, UDP, udp) for group in groups])
        return sender.node.start_python("frame_source.py", "--rate", SMALL_RATE, "--repeat", *options, path, stdin=-1)

    def measure_one(domain, wait_us, name, options):
        """East is new, so is its histogram."""
        domain.kill_hub("east")
        domain.restart_hub("east", config(domain, "east", wait_us))
        domain.await_up(*names)
        domain.hubs["east"].await_resolved()
        await_condition(lambda: domain.peers("east")["west"]["groups"] >= SMALL_GROUPS, "all groups")
        sent, came = domain.hubs["west"].stats()["copies"], received_frames(domain.hub_nodes["west"])
        program = open_stamped(members[1], groups[0])
        process = source(domain, options)
        time.sleep(args.seconds)
        process.communicate()
        await_stable(lambda: domain.hubs["west"].stats()["copies"])
        packets = domain.hubs["west"].stats()["copies"] - sent
        frames = received_frames(domain.hub_nodes["west"]) - came
        latency = domain.hubs["east"].telemetry.ask("/mcdpdk/latency")
        title = f"small packets {name}, coalesce_us {wait_us}"
        report.add(f"{title}: packets/s", packets / args.seconds)
        report.add(f"{title}: packets a frame", packets / frames, digits=2)
        for part in ("p50", "p99"):
            report.add(f"{title}: hub's {part} (us)", latency[f"{part}_ns"] / 1e3)
        if options:
            report.add(f"{title}: sender to receiver (us)", list(delays_us(program)))
        program.close()
        progress.done += 1

    with running(configure, names) as domain:
        for member in members:
            member.wire.close()
        for wait_us, (name, options) in itertools.product(WAITS_US, {"evenly": ["--evenly"], "in bursts": []}.items()):
            measure_one(domain, wait_us, name, options)


SERIES = {"detection": measure_detection, "takeover": functools.partial(measure_takeover, hellos=HELLOS),
          "drain": functools.partial(measure_drain, hellos=HELLOS), "joins": measure_joins,
          "entries": measure_entries, "coalescing": measure_coalescing, "scale": measure_scale}
UNASKED = [name for name in SERIES if name != "scale"]


def main():
    parser = argparse.ArgumentParser(prog="bench domain", description=__doc__.splitlines()[0])
    parser.add_argument("series", nargs="*", metavar="SERIES", help=f"of {', '.join(SERIES)}; all but scale by default")
    parser.add_argument("--rounds", type=int, default=10, help="of detection, takeover and drain (%(default)s)")
    parser.add_argument("--joins", type=int, default=100, help="one after the other (%(default)s)")
    parser.add_argument("--edges", type=int, default=1000, help="joins and leaves a second meanwhile (%(default)s)")
    parser.add_argument("--entries", type=int, default=100000, help="of one hub (%(default)s)")
    parser.add_argument("--restarts", type=int, default=3, help="with these entries, of each (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of coalescing (%(default)s)")
    parser.add_argument("--watches", type=int, nargs="+", default=[10, 100, 300], metavar="N",
                        help="of scale: watches of etcd (%(default)s)")
    parser.add_argument("--hubs", type=int, nargs="+", default=[10, 100, 300, 1000], metavar="N",
                        help="of scale: in virtual time; 1,000 take half an hour (%(default)s)")
    parser.add_argument("--json", type=Path, default=ROOT / "build/domain.json", help="lines to write")
    args = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("needs root, for namespaces")
    if unknown := set(args.series) - set(SERIES):
        parser.error(f"no such series: {', '.join(sorted(unknown))}")
    with open(args.json, "w", encoding="utf-8") as lines:
        report = Report(lines)
        for name in args.series or UNASKED:
            with Progress(name) as progress:
                SERIES[name](report, args, progress)


if __name__ == "__main__":
    main()

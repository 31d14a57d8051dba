# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What members that hubs share lose when their hub dies, and what drains cost. A part of domain.py.

The topology is that of dts/framework/domain_shared.py. One member sends by hub west; the others receive, and come to no
hub by themselves. Losses are counted by numbers: as milliseconds they are the time in which so many were sent.
"""

import contextlib
import os
import threading
import time

from domain_shared import SharedDomain, SharedMember
from domain_streams import Streams
from telemetry import Telemetry
from waiting import await_condition

GROUP, RATE, RECEIVERS = "239.2.0.1", 1000, 8
# The sender is never a victim's.
INGRESS, VICTIMS = "west", ("east", "south")
HUBS = (INGRESS, *VICTIMS)


@contextlib.contextmanager
def running(hellos):
    with SharedDomain(HUBS) as domain:
        domain.etcd.start()
        sender = SharedMember(domain, "sender", "l2", 100)
        receivers = [SharedMember(domain, f"m{n}", "l2", 101 + n) for n in range(RECEIVERS)]
        for n, name in enumerate(HUBS):
            config = domain.configuration(name, [sender, *receivers],
                                          [{"group": GROUP, "members": [member.name for member in receivers]}])
            config["domain"] |= hellos
            core = n % os.cpu_count()
            domain.start(name, config, lcores=f"0@{core},1@{core}")
        for hub in domain.hubs.values():
            hub.await_resolved()
        domain.await_up()
        domain.await_settled()
        sender.use(INGRESS)
        streams = Streams(domain, [sender], receivers, GROUP, RATE)
        domain.await_server(sender, INGRESS)
        streams.await_more()
        yield streams
        streams.close()
        domain.stop()


def numbers_lost(window):
    """By member."""
    window.assert_no_duplicate()
    return {member: sum(end - begin + 1 for begin, end in ranges) for (member, _), ranges in window.lost().items()}


def served_by(streams, hub):
    servers = {name: streams.domain.server(name, INGRESS) for name in streams.receivers}
    return [name for name, server in servers.items() if server == hub]


def kill(streams, victim, found):
    orphans, window = served_by(streams, victim), streams.window(victim)
    streams.domain.kill_hub(victim)
    await_condition(lambda: not served_by(streams, victim), f"others serve the members of {victim}")
    streams.await_more()
    lost = numbers_lost(window)
    if is_fair(window, found):
        found["window"] += [1e3 * lost.get(member, 0) / RATE for member in orphans]
        found["others"].append(sum(count for member, count in lost.items() if member not in orphans))


def restart(streams, victim, found):
    window, begun = streams.window(victim), time.monotonic()
    streams.domain.restart_hub(victim)
    streams.domain.await_up()
    streams.domain.await_settled()
    settled = time.monotonic()
    streams.await_more()
    lost = numbers_lost(window)
    if is_fair(window, found):
        found["settled"].append(1e3 * (settled - begun))
        found["back"].append(sum(lost.values()))


def is_fair(window, found):
    """No other link went down meanwhile: where the machine preempts a hub for 150 ms, the figures mean nothing."""
    found["unfair"] += bool(window.excuse())
    return not window.excuse()


def measure_takeover(report, args, progress, hellos):
    found = {"window": [], "others": [], "settled": [], "back": [], "unfair": 0}
    with running(hellos) as streams:
        for n in range(args.rounds):
            kill(streams, VICTIMS[n % 2], found)
            restart(streams, VICTIMS[n % 2], found)
            progress.done += 1
    for title, name, aim in (("a hub is killed, what each of its members lost (ms)", "window", "<= 250"),
                             ("a hub is killed, packets that all others lost", "others", "0"),
                             ("the hub starts again, until it serves members (ms)", "settled", ""),
                             ("the hub starts again, packets that all lost", "back", "0")):
        if found[name]:
            report.add(f"takeover: {title}", found[name], aim)
    report.add("takeover: not counted, as another link went down", found["unfair"])


class Phases(threading.Thread):
    """A context: when a hub was first told each phase of a placement."""

    def __init__(self, hub):
        super().__init__(daemon=True)
        self.telemetry, self.ended = Telemetry(hub.file_prefix, hub.runtime_dir), threading.Event()
        self.seen = []

    def run(self):
        while not self.ended.wait(0.002):
            answer = self.telemetry.ask("/mcdpdk/placement")
            stage = answer["generation"], answer["phase"]
            if not self.seen or self.seen[-1][0] != stage:
                self.seen.append((stage, time.monotonic()))
        self.telemetry.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()

    def times_ms(self):
        """From one phase of a handover to the next."""
        return {(phase, next_phase): 1e3 * (after - before)
                for ((_, phase), before), ((_, next_phase), after) in zip(self.seen, self.seen[1:])}


def measure_drain(report, args, progress, hellos):
    times = {"drain": [], "drain --end": []}
    phases = {("settled", "prepare"): [], ("prepare", "switch"): [], ("switch", "settled"): []}
    lost = []
    with running(hellos) as streams:
        domain = streams.domain
        for n in range(args.rounds):
            victim = VICTIMS[n % 2]
            window = streams.window()
            for words, found in times.items():
                begun = time.monotonic()
                with Phases(domain.hubs[INGRESS]) as seen:
                    done = domain.hubs[victim].ctl(*words.split())
                    assert done.returncode == 0, done
                    domain.await_settled(among=set(HUBS) - ({victim} if words == "drain" else set()))
                found.append(1e3 * (time.monotonic() - begun))
                for stages, took in seen.times_ms().items():
                    if stages in phases and (words == "drain" or stages[0] != "settled"):
                        phases[stages].append(took)
            streams.await_more()
            lost.append(sum(numbers_lost(window).values()))
            progress.done += 1
    report.add("drain: until the hub serves nobody (ms)", times["drain"])
    report.add("drain --end: until it serves its members again (ms)", times["drain --end"])
    for (before, after), found in phases.items():
        report.add(f"drain: {'begun' if before == 'settled' else before}, until {after} (ms)", found)
    report.add("drain: packets that all lost, of both ways", lost, "0")

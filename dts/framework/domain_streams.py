# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Numbered streams to the shared members of a domain, one by each hub, and what became of every number.

They run all the time. A Window looks at what was sent while it was open: which receiver missed which numbers of which
stream, and what came twice. Nothing depends on how long something takes.
"""

import functools
import json
from itertools import product

from domain_members import PORT, UDP_PORT
from waiting import await_condition

# More than may be under way or stored.
MORE = 50
ATTEMPTS = 3


class Preempted(AssertionError):
    """Packets were lost because the machine is crowded, which proves nothing."""


class NumberedStream:
    """A member's program that sends numbered datagrams to a group. The stream has the member's name."""

    def __init__(self, member, group, rate):
        self.name = member.name
        assert len(self.name) <= 8
        payload = f"{self.name:<8}".encode() + bytes(64) + b"00000000"
        self.process = member.node.start_python("numbered_sender.py", "--to", f"{group}:{PORT}", "--rate", rate,
                                                payload.hex(), stdin=-1)
        assert self.process.stdout.readline() == "sending\n"

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class StreamsReceiver:
    """A member's program that receives all streams."""

    def __init__(self, member, *groups):
        self.name = member.name
        port, joined = (UDP_PORT, ()) if member.encap == "udp" else (PORT, groups)
        self.process = member.node.start_python("streams_receiver.py", "--dev", member.dev, port, *joined, stdin=-1)
        assert self.process.stdout.readline() == "receiving\n"

    def report(self, since):
        """Of each stream, with what is missing above a number: {stream: number}."""
        self.process.stdin.write(f"{json.dumps(since)}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Streams:
    def __init__(self, domain, senders, receivers, group, rate):
        self.domain = domain
        self.receivers = {member.name: StreamsReceiver(member, group) for member in receivers}
        self.senders = {member.name: NumberedStream(member, group, rate) for member in senders}

    def close(self):
        for program in (*self.senders.values(), *self.receivers.values()):
            program.close()

    def report(self, member, since=None):
        return self.receivers[member].report({name: (since or {}).get(name, -1) for name in self.senders})

    def last(self, member):
        return {name: found["last"] for name, found in self.report(member).items()}

    def sent(self, stream):
        """At least as many numbers, as the receivers have seen."""
        return max(self.last(member)[stream] for member in self.receivers)

    def await_more(self, streams=None, members=None):
        """What is sent from now on arrives at each of these members."""
        goals = {stream: self.sent(stream) + MORE for stream in streams or self.senders}
        for member in members or self.receivers:
            await_condition(lambda: all(self.last(member)[stream] >= goal for stream, goal in goals.items()),
                            f"{goals} at {member}: {self.last(member)}")

    def stalls(self):
        """How often lcores of the hubs stood still for two seconds, since the hubs' starts."""
        return sum(len(hub.log_lines("makes no progress")) for hub in self.domain.hubs.values())

    def window(self, *disturbed):
        return Window(self, disturbed)


class Window:
    """From its making on. `disturbed` are hubs whose links the test itself takes down."""

    def __init__(self, streams, disturbed):
        self.streams = streams
        self._begin = {member: streams.report(member) for member in streams.receivers}
        self._undisturbed = [name for name in streams.domain.hubs if name not in disturbed]
        self._strains, self._stalls = streams.domain.strains(*self._undisturbed), streams.stalls()

    def _since(self, member):
        return {stream: found["last"] for stream, found in self._begin[member].items()}

    def reports(self):
        return {member: self.streams.report(member, self._since(member)) for member in self.streams.receivers}

    def lost(self, members=None, streams=None):
        """Ranges of numbers [from, to] by member and stream, where there are any."""
        reports = self.reports()
        return {(member, stream): reports[member][stream]["missing"]
                for member, stream in product(members or reports, streams or self.streams.senders)
                if reports[member][stream]["missing"]}

    def assert_no_duplicate(self):
        """Of any stream, at any member. A handover waits for a second for what is under way between hubs, which one
        whose lcore stood still for longer may still have in its rings."""
        twice = {(member, stream): found["duplicates"] - self._begin[member][stream]["duplicates"]
                 for member, report in self.reports().items() for stream, found in report.items()}
        twice = {key: count for key, count in twice.items() if count}
        if twice and self.streams.stalls() > self._stalls:
            raise Preempted(f"twice: {twice}, and lcores stood still")
        assert not twice, f"twice: {twice}"

    def excuse(self):
        """What shows that the machine preempted a hub that the test left alone."""
        now = self.streams.domain.strains(*self._undisturbed)
        return {what: count for what, count in now.items() if count > max(0, self._strains.get(what, 0))}

    def judge(self, is_well, words):
        if not is_well:
            excuse = self.excuse()
            assert excuse, f"{words}, and nothing went down or overran"
            raise Preempted(f"{words}, and these went down or overran: {excuse}")

    def assert_whole(self, members=None, streams=None):
        """Each of these members has every number of these streams, once."""
        self.streams.await_more(streams, members)
        self.assert_no_duplicate()
        lost = self.lost(members, streams)
        self.judge(not lost, f"lost: {lost}")

    def assert_lost_once_until(self, sent, members, streams):
        """Each of these members misses at most one range of a stream, and nothing beyond what had been sent by then:
        {stream: number}."""
        self.streams.await_more(streams, members)
        self.assert_no_duplicate()
        lost = self.lost(members, streams)
        print(f"lost: {({key: ranges for key, ranges in lost.items()})}")
        self.judge(all(len(ranges) == 1 and ranges[0][1] <= sent[stream] for (_, stream), ranges in lost.items()),
                   f"lost: {lost}, though only until {sent}")


def lossless(test):
    """Repeat a test of streams when the machine was too crowded for it."""
    @functools.wraps(test)
    def repeated(streams, **fixtures):
        for _ in range(ATTEMPTS - 1):
            try:
                return test(streams=streams, **fixtures)
            except Preempted as preempted:
                print(f"{preempted}: again")
                streams.domain.restore()
        return test(streams=streams, **fixtures)
    return repeated

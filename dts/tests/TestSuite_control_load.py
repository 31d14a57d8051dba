# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Everything that the control lcore does comes at once, beside a stream. Topology: crowd.py.

    alpha     5,000 datagrams a second to beta; its kernel asks for the hub's MAC again and again
    crowd     members join, 300 of them each second (2,000 with --full); queries of all members are due
    hostile   6,000 legal reports a second, as costly as can be
    carol     pings the hub and asks for its MAC
    operator  reloads the configuration with one member less, with it again, and so on

The load is made once. Each test looks at what it did to somebody.
"""

import itertools
import json
from dataclasses import dataclass

import pytest

from crowd import JOINED, PORT, QUERIES, Crowd, Listener, Receiver, await_joined, packed
from hub import LONGEST_SLICE_UNDER_LOAD_US, RX_AND_TX, Hub, paces
from traffic import open_sender
from waiting import await_condition

STREAM_RATE, FLOOD_RATE = 5000, 6000
# Of the crowd, groups of "*", who join, groups that each joins, one a second.
CI = 500, 10000, 300, 6
FULL = 4000, 60000, 2000, 10
JOINED_GROUPS = 100
LEAST_RELOADS = 4
CLASSES = ("neighbour", "membership", "admission", "echo", "telemetry")
COUNTS = ("queued", "served", "dropped", "busy_us")
# A shared machine may preempt the hub for as long as these last: a second of all that is sent to it.
DEVICE = "net_af_packet0,iface=eth0,framecnt=16384"


@dataclass
class Load:
    crowd: Crowd
    hub: Hub
    listener: Listener
    receiver: Receiver
    sent: int
    asked: dict
    joiners: int
    turns: int

    def expected_copies(self):
        """Of one datagram to each joined group."""
        return {(packed(self.crowd.address(member)),
                 packed(self.crowd.group_of_join(member, turn, JOINED_GROUPS)))
                for member in range(self.joiners) for turn in range(self.turns)}


def missed(hub):
    """Frames that the hub never saw, as the kernel's ring was full."""
    return hub.telemetry.ask("/mcdpdk/ports")["r0"]["rx_missed"]


def reload_until(hub, configs, is_over):
    for number in itertools.count(1):
        hub.reload_and_wait(configs[number % 2])
        if number >= LEAST_RELOADS and is_over():
            return


def make_load(crowd, hub, pace, joiners, turns):
    """Return how many datagrams were sent, and what carol found."""
    joins = crowd.joins(joiners, turns, JOINED_GROUPS)
    configs = [crowd.config(), crowd.config(less=1)]
    with (crowd.stream(STREAM_RATE * pace) as stream, crowd.asker() as asker,
          crowd.source("hostile", crowd.flood(), FLOOD_RATE * pace, "--repeat"),
          crowd.source("crowd", joins, joiners * pace) as source):
        reload_until(hub, configs, lambda: source.poll() is not None)
    return int(stream.answer), json.loads(asker.answer)


@pytest.fixture(name="load", scope="module")
def fixture_load(cloud, request):
    members, groups, joiners, turns = FULL if request.config.getoption("--full") else CI
    crowd = Crowd(cloud, members, groups)
    for pace in paces(1):
        with (crowd.listening(Listener, "crowd") as listener, crowd.listening(Receiver, "beta") as receiver,
              cloud.start_hub(crowd.config(), lcores=RX_AND_TX, devices=[DEVICE]) as hub):
            hub.await_resolved("alpha", "beta", "carol", "hostile")
            sent, asked = make_load(crowd, hub, pace, joiners, turns)
            if missed(hub) == 0:
                yield Load(crowd, hub, listener, receiver, sent, asked, joiners, turns)
                hub.stop()
                return


def test_the_stream_loses_nothing(load):
    """Each datagram arrives once and in order, and the hub drops no copy."""
    await_condition(lambda: len(load.receiver.numbers) >= load.sent, f"{load.sent} datagrams", 10)
    assert load.receiver.numbers == list(range(load.sent))
    _, drops = load.hub.settled()
    assert not {reason: count for reason, count in drops.items() if reason.startswith("copy_") and count}


def test_every_question_is_answered(load):
    """Pings of the hub and ARP requests."""
    for kind, found in load.asked.items():
        assert found["asked"] > 0 and len(found["answered_us"]) == found["asked"], kind


def test_every_join_takes_effect(load):
    """The querier knows each membership, and a datagram to each group reaches exactly who joined it."""
    await_joined(load.crowd, load.hub, load.joiners, load.turns)
    sender = open_sender(load.crowd.nodes["alpha"])
    for group in range(JOINED_GROUPS):
        sender.sendto(b"joined", (str(JOINED + group), PORT))
    wanted = load.expected_copies()
    await_condition(lambda: load.listener.copies.total() >= len(wanted), f"{len(wanted)} copies")
    load.hub.settled()
    assert load.listener.copies == dict.fromkeys(wanted, 1)


def test_every_query_is_sent(load):
    """All members of the crowd but the one that came and went get each of their queries. The next are due in an hour,
    so one that is lost is not made up for."""
    staying = [packed(load.crowd.address(member)) for member in range(len(load.crowd.names) - 1)]
    await_condition(lambda: all(load.listener.queries[member] >= QUERIES for member in staying),
                    f"{QUERIES} queries for each member")
    assert {load.listener.queries[member] for member in staying} == {QUERIES}


def test_the_flood_is_refused_as_its_members_own(load):
    """What the hostile member sends beyond its share is refused before it takes the room of others."""
    _, drops = load.hub.settled()
    assert drops["rate_limited"] > 0
    assert drops["ring_full"] == 0


def test_each_class_counts_what_it_did(load):
    """Everything that was asked is in the counts, and nothing waits once the load has ended."""
    await_condition(lambda: not any(load.hub.control()[name]["queued"] for name in CLASSES[:-1]), "empty queues")
    found = load.hub.control()
    assert all(set(COUNTS) <= set(found[name]) for name in CLASSES)
    assert found["neighbour"]["served"] >= load.asked["arp"]["asked"]
    assert found["echo"]["served"] >= load.asked["ping"]["asked"]
    assert found["membership"]["served"] >= load.joiners * load.turns
    assert found["telemetry"]["served"] >= load.joiners
    assert found["neighbour"]["dropped"] == found["echo"]["dropped"] == 0
    assert all(found[name]["busy_us"] > 0 for name in CLASSES if found[name]["served"] > 0)


def test_no_slice_is_long(load):
    """Of everything that the control lcore did since its start, in time of its CPU, interrupts included."""
    assert 0 < load.hub.control()["longest_slice_us"] <= LONGEST_SLICE_UNDER_LOAD_US

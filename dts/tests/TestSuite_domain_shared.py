# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Three hubs share their members: one of them serves each, another does when it drains or dies, and no packet ever
comes twice. Topology: domain_shared.py.

    l2-1 l2-2 l2-3 l2-4 udp-1 (in the hubs' subnet)     receive 239.2.0.1, and come to no hub by themselves
    vxlan-1 gre-1 greudp-1 (in another)                 likewise
    by-east by-west by-south (in the hubs' subnet)      send numbered datagrams there, each by the hub of its name
    comer (vxlan)                                       receives, and comes to a hub by itself when a test says so
    seg-1 seg-2 seg-3 (vxlan)                           a segment

All losses are counted by numbers; no time is asserted.
"""

from contextlib import suppress

import pytest
from scapy.layers.l2 import Ether

from domain import HUBS
from domain_members import PORT, udp_to
from domain_shared import SharedDomain, SharedMember
from domain_streams import Streams, lossless
from traffic import open_receiver
from waiting import await_condition

GROUP, JOINED = "239.2.0.1", "239.3.0.1"
RATE = 250
RECEIVERS = {"l2-1": ("l2", 101), "l2-2": ("l2", 102), "l2-3": ("l2", 103), "l2-4": ("l2", 104), "udp-1": ("udp", 105),
             "vxlan-1": ("vxlan", 111), "gre-1": ("gre", 112), "greudp-1": ("gre-udp", 113)}
COMER = {"comer": ("vxlan", 121)}
BY = {name: f"by-{name}" for name in HUBS}
SENDERS = {name: ("l2", 131 + n) for n, name in enumerate(BY.values())}
SEGMENT = {f"seg-{n}": ("vxlan", 140 + n) for n in (1, 2, 3)}
LATER = {"later": ("l2", 151)}
BROADCAST = "ff:ff:ff:ff:ff:ff"


@pytest.fixture(scope="module", name="domain")
def fixture_domain():
    with SharedDomain() as domain:
        domain.etcd.start()
        yield domain


@pytest.fixture(scope="module", name="members")
def fixture_members(domain):
    kinds = RECEIVERS | COMER | SENDERS | SEGMENT | LATER
    return {name: SharedMember(domain, name, *kind) for name, kind in kinds.items()}


def configuration(domain, members, name, without=("later",), groups=()):
    declared = [member for member in members.values() if member.name not in without]
    receivers = [member.name for member in declared if member.name in RECEIVERS | COMER | LATER]
    return domain.configuration(name, declared, [{"group": GROUP, "members": receivers}, *groups])


@pytest.fixture(scope="module", name="running", autouse=True)
def fixture_running(domain, members):
    for name in HUBS:
        domain.start(name, configuration(domain, members, name))
    for hub in domain.hubs.values():
        hub.await_resolved()
    domain.await_up()
    domain.await_settled()
    yield
    domain.settled()
    domain.stop()


@pytest.fixture(scope="module", name="streams")
def fixture_streams(domain, members, running):
    """Each sender comes to the hub of its name."""
    streams = Streams(domain, [members[name] for name in SENDERS],
                      [members[name] for name in RECEIVERS | COMER], GROUP, RATE)
    await_senders(domain, members, streams)
    window = streams.window()
    yield streams
    # Also between the tests.
    window.assert_no_duplicate()
    streams.close()


def await_senders(domain, members, streams):
    for hub, name in BY.items():
        members[name].use(hub)
    for hub, name in BY.items():
        domain.await_server(members[name], hub)
    streams.await_more()


@pytest.fixture(name="whole", autouse=True)
def fixture_whole(domain, members, streams):
    """A test that failed spoils no other."""
    yield
    domain.restore()
    await_senders(domain, members, streams)


def passive(domain, members, server=None, at="east"):
    """Names of receivers that come to no hub, of all or of one server."""
    servers = domain.servers(at, [members[name] for name in RECEIVERS])
    return [name for name, found in servers.items() if server in (None, found)]


def everybody(domain, members, at):
    return domain.servers(at, [member for member in members.values() if member.name not in LATER])


def await_servers(domain, members, wanted):
    """Until all hubs say so; else the difference."""
    for name in HUBS:
        with suppress(TimeoutError):
            await_condition(lambda: everybody(domain, members, name) == wanted, "servers")
        assert everybody(domain, members, name) == wanted


# Ordinary operation

def test_each_member_has_one_server_and_all_hubs_agree(domain, members):
    """Each hub has some of those who come to none, and the sum of what the hubs serve is the number of members."""
    found = [everybody(domain, members, name) for name in HUBS]
    assert found[0] == found[1] == found[2]
    assert {found[0][name] for name in RECEIVERS} == set(HUBS)
    placements = [domain.placement(name) for name in HUBS]
    assert {answer["members"] for answer in placements} == {len(members) - len(LATER)}
    assert sum(answer["serves"] for answer in placements) == len(members) - len(LATER)
    assert [answer["claims"] for answer in placements] == [1, 1, 1]


@lossless
def test_what_any_hub_takes_in_reaches_each_member_once(streams):
    """Three hubs take in a stream each; every member, in whatever encapsulation, has all three, once."""
    streams.window().assert_whole()


def test_mcdpdkctl_shows_who_serves(domain, members):
    (name, server), *_ = domain.servers("east", [members["l2-1"]]).items()
    shown = domain.hubs["east"].ctl("member", name).stdout.split()
    assert shown[shown.index("server") + 1] == server
    served = domain.placement("east")["serves"]
    assert f"this hub serves {served} of {len(members) - len(LATER)} shared members, 1 of them by claim" in (
        domain.hubs["east"].ctl("peers").stdout)


# Deaths and cuts

def take_over(domain, members, streams, victim):
    """Kill a hub. The others serve its members, who miss one range of each stream that goes on, and nothing after the
    others have said that they serve them."""
    others = [name for name in HUBS if name != victim]
    going_on = [BY[name] for name in others]
    orphans = [name for name in streams.receivers if domain.server(name, others[0]) == victim]
    rest = [name for name in streams.receivers if name not in orphans]
    assert orphans and rest
    window = streams.window(victim)
    domain.kill_hub(victim)
    for name in orphans:
        await_condition(lambda: {domain.server(name, other) for other in others} <= set(others),
                        f"{name} has another server than {victim}")
    streams.await_more(going_on)
    window.assert_lost_once_until({stream: streams.sent(stream) for stream in going_on}, orphans, going_on)
    window.assert_whole(rest, going_on)


def come_back(domain, members, streams, victim, before):
    """A hub that starts again has its members again, who miss nothing and have nothing twice."""
    others = [name for name in HUBS if name != victim]
    window = streams.window(victim)
    domain.restart_hub(victim)
    domain.await_up()
    domain.await_settled()
    window.assert_whole(streams=[BY[name] for name in others])
    await_servers(domain, members, before)
    streams.await_more()


@lossless
def test_a_killed_hubs_members_are_served_by_the_others(domain, members, streams):
    """kill -9 of west. When it is back, so are its members."""
    before = everybody(domain, members, "east")
    take_over(domain, members, streams, "west")
    come_back(domain, members, streams, "west", before)


@lossless
def test_a_cut_link_that_a_third_hub_sees_moves_nobody(domain, members, streams):
    """East and west do not reach each other, but south reaches both: no member changes its server, and none has a
    packet twice. Only what would cross that link is lost. Nor is there a duplicate when it is healed."""
    before = everybody(domain, members, "south")
    window = streams.window("east", "west")
    with domain.cut_link("east", "west"):
        for one, other in (("east", "west"), ("west", "east")):
            domain.await_state(one, other, "down")
        streams.await_more([BY["south"]])
        for name in HUBS:
            assert everybody(domain, members, name) == before
    domain.await_up()
    streams.await_more()
    window.assert_no_duplicate()
    window.assert_whole(streams=[BY["south"]])
    for stream, other in (("east", "west"), ("west", "east")):
        there = [name for name in streams.receivers if before[name] == other]
        window.assert_whole([name for name in streams.receivers if name not in there], [BY[stream]])
        assert window.lost(there, [BY[stream]])
    assert everybody(domain, members, "south") == before


@lossless
def test_without_etcd_a_dead_hubs_members_are_taken_over(domain, members, streams):
    """etcd stops and nobody misses anything. Then south is killed, and the others serve its members. With etcd again,
    and south, all is as before."""
    before = everybody(domain, members, "east")
    window = streams.window()
    domain.etcd.stop()
    for name in HUBS:
        await_condition(lambda: not domain.agents[name].is_connected(), f"{name} misses etcd")
    window.assert_whole()
    take_over(domain, members, streams, "south")
    domain.etcd.start()
    come_back(domain, members, streams, "south", before)


# Planned moves

@lossless
def test_a_hub_is_drained_stopped_and_started_again_without_loss(domain, members, streams):
    """west's sender goes to east first. Until it has, drain says that one member is left. Neither the drain, nor the
    end of the hub, nor its return costs a packet or brings one twice."""
    await_senders(domain, members, streams)
    window = streams.window("west")
    left = domain.hubs["west"].ctl("drain")
    assert (left.returncode, left.stderr) == (6, "")
    assert left.stdout == ("1 member is still served by this hub: it comes by itself, or no other hub takes it\n"
                           f"left: {BY['west']}\n")
    members[BY["west"]].use("east")
    done = domain.hubs["west"].ctl("drain", "--timeout", "60")
    assert (done.returncode, done.stdout) == (
        0, "drained: this hub serves no member any more, and may be stopped\n")
    assert "west" not in everybody(domain, members, "south").values()
    assert "this hub drains: no member is left, it may be stopped" in domain.hubs["west"].ctl("peers").stdout
    domain.await_settled(among={"east", "south"})
    window.assert_whole()
    domain.hubs["west"].stop()
    domain.hubs["west"].telemetry.close()
    domain.await_state("east", "west", "down")
    window.assert_whole()
    domain.restart_hub("west")
    domain.await_up()
    domain.await_settled()
    assert passive(domain, members, "west")
    window.assert_whole()
    members[BY["west"]].use("west")
    domain.await_server(members[BY["west"]], "west")
    window.assert_whole()


@lossless
def test_a_drain_that_is_taken_back_costs_nothing(domain, members, streams):
    before, window = everybody(domain, members, "east"), streams.window()
    assert domain.hubs["south"].ctl("drain", "--no-wait").returncode == 0
    await_condition(lambda: not passive(domain, members, "south"), "south serves nobody who came to no hub")
    assert domain.hubs["south"].ctl("drain", "--end").returncode == 0
    domain.await_settled()
    await_servers(domain, members, before)
    window.assert_whole()


def has_begun(placement, generation, phase):
    """Or is through with it: a machine may be slow."""
    return placement["generation"] > generation and placement["phase"] in (phase, "settled")


@pytest.mark.parametrize("kill_at", ["prepare", "switch"])
@lossless
def test_agents_that_die_in_a_handover_cost_nothing(domain, members, streams, kill_at):
    """South drains. As soon as east says that it prepares, or switches, all agents are killed. When they are back they
    go on where they were."""
    window, begun = streams.window(), domain.placement("east")["generation"]
    domain.hubs["south"].ctl("drain", "--no-wait")
    await_condition(lambda: has_begun(domain.placement("east"), begun, kill_at), f"{kill_at} at east")
    for agent in domain.agents.values():
        agent.kill()
    streams.await_more()
    window.assert_whole()
    for agent in domain.agents.values():
        agent.start()
    domain.await_up()
    domain.await_settled(among={"east", "west"})
    assert not passive(domain, members, "south")
    window.assert_whole()
    domain.hubs["south"].ctl("drain", "--end")
    domain.await_settled()
    window.assert_whole()


@lossless
def test_one_more_member_is_declared_hub_by_hub(domain, members, streams):
    """Each hub is told of another member by a reload, one after another: those of before miss nothing and have nothing
    twice, and the hubs whose files differ meanwhile are named. At the end one hub serves it."""
    window, added = streams.window(), members["later"]
    for name in HUBS:
        domain.hubs[name].reload_and_wait(configuration(domain, members, name, without=()))
        if name == "east":
            await_condition(lambda: "east" in domain.hubs["south"].telemetry.ask("/mcdpdk/domain")["agent"],
                            "south's agent says that east's file is another")
        window.assert_whole()
    for name in HUBS:
        domain.hubs[name].await_resolved("later")
    await_condition(lambda: len({domain.server("later", name) for name in HUBS} & set(HUBS)) == 1, "one server")
    packet = udp_to(GROUP, members[BY["east"]].source, b"for all")
    members[BY["east"]].send(packet)
    added.skip_to(packet)
    assert packet_count(added, b"for all") == 0
    for name in HUBS:
        domain.hubs[name].reload_and_wait(configuration(domain, members, name))
        window.assert_whole()


def packet_count(member, payload):
    return len([packet for packet in member.pending_packets(GROUP) if bytes(packet).endswith(payload)])


@lossless
def test_hubs_whose_groups_differ_are_named(domain, members, streams):
    """West has another group in its file. The agents of the others say so in mcdpdkctl peers until it is gone again,
    and have a line in their logs, which are paced."""
    window, more = streams.window(), [{"group": "239.9.9.9", "members": ["l2-1"]}]
    others = ("east", "south")
    domain.hubs["west"].reload_and_wait(configuration(domain, members, "west", groups=more))
    for name in others:
        await_condition(lambda: "west" in domain.hubs[name].telemetry.ask("/mcdpdk/domain")["agent"],
                        f"{name} says that west's file is another")
        assert "west" in domain.hubs[name].ctl("peers").stdout.splitlines()[1]
        assert " other members, groups or domain.members in " in domain.agents[name].log()
    domain.hubs["west"].reload_and_wait(configuration(domain, members, "west"))
    for name in others:
        await_condition(lambda: "west" not in domain.hubs[name].telemetry.ask("/mcdpdk/domain")["agent"],
                        f"{name} is content with west's file")
    window.assert_whole()


# Members that come by themselves

def other_than(*names):
    return next(name for name in HUBS if name not in names)


def await_coming(domain, member, hub):
    """It sends to its hub until all hubs say that this one serves it."""
    def has_come():
        member.send(udp_to("239.8.8.8", member.source, b"here I am"))
        return all(domain.server(member.name, name) == hub for name in HUBS)
    await_condition(has_come, f"{member.name} has come to {hub}")


@lossless
def test_a_member_that_joins_at_another_hub_is_served_there(domain, members, streams):
    """comer's kernel reports a group to a hub that is not its server: that hub serves it, its joined group and the
    static one alike, each packet once. Its hub is killed and another serves it; when its hub is back and it is heard
    there again, it is served there again."""
    comer = members["comer"]
    hub = other_than(domain.server("comer", "east"))
    others = [name for name in HUBS if name != hub]
    before = {name: server for name, server in everybody(domain, members, "east").items() if name != "comer"}
    window = streams.window(hub)
    comer.report_memberships()
    comer.use(hub)
    program = open_receiver(comer.node, JOINED, PORT + 1, comer.dev)
    domain.await_server(comer, hub)
    assert [domain.placement(name)["claims"] for name in HUBS] == [1 + (name == hub) for name in HUBS]
    expect_joined(members, comer)
    window.assert_whole([name for name in streams.receivers if name != "comer"])
    assert {name: server for name, server in everybody(domain, members, "east").items() if name != "comer"} == before
    window.assert_no_duplicate()
    take_over(domain, members, streams, hub)
    domain.restart_hub(hub)
    domain.await_up()
    domain.await_settled()
    await_coming(domain, comer, hub)
    await_condition(lambda: JOINED in domain.hubs[hub].ctl("member", "comer").stdout, "comer has joined there again")
    expect_joined(members, comer)
    program.close()
    window.assert_no_duplicate()
    window.assert_whole([name for name in streams.receivers if before.get(name) not in (hub, None)],
                        [BY[name] for name in others])


def expect_joined(members, comer):
    """Packets to the joined group by each hub: each once."""
    for name in HUBS:
        sender = members[BY[name]]

        def has_path():
            sender.send(udp_to(JOINED, sender.source, b"probe"))
            return comer.pending_packet(JOINED)

        await_condition(has_path, f"a path from {name} to {JOINED}")
    for n, name in enumerate(HUBS * 4):
        packet = udp_to(JOINED, members[BY[name]].source, b"joined %d" % n)
        members[BY[name]].send(packet)
        comer.skip_to(packet)
    assert comer.pending_packet(JOINED) is None


def test_a_segment_behind_two_hubs_gets_floods_once(domain, members, streams):
    """seg-1 and seg-2 have come to two hubs, seg-3 to none. What one sends to all of the segment, each other has once,
    whichever hubs serve it."""
    stations = [members[name] for name in SEGMENT]
    for member, hub in zip(stations, ("east", "west")):
        member.use(hub)
        await_coming(domain, member, hub)
    for sender in stations[:2]:
        receivers = [member for member in stations if member is not sender]
        await_flood(sender, receivers)
        for packet in [flooded(sender, what) for what in (*range(20), "end")]:
            flood(sender, packet)
            for member in receivers:
                member.expect(packet)


def flooded(sender, what):
    return udp_to("255.255.255.255", sender.source, f"{sender.name} {what}".encode())


def flood(sender, packet):
    sender.wire.send(Ether(src=sender.node.device_mac(sender.dev), dst=BROADCAST) / packet)


def await_flood(sender, receivers):
    """That a hub serves a station of the segment, others know in a moment."""
    waiting = set(receivers)

    def is_open():
        flood(sender, flooded(sender, "probe"))
        waiting.difference_update([member for member in waiting if member.pending_packet("255.255.255.255")])
        return not waiting

    await_condition(is_open, f"floods of {sender.name} at {[member.name for member in receivers]}")
    flood(sender, flooded(sender, "path is open"))
    for member in receivers:
        member.skip_to(flooded(sender, "path is open"))

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Three hubs are one multicast router, on a record in etcd. Topology: domain.py; members: domain_members.py.

    east:  l2, vxlan, gre, gre-udp     send
    west:  l2, vxlan, gre, gre-udp, udp     receive
    south: l2, vxlan

Times are printed, not asserted: the machine may be shared.
"""

import functools
import itertools
import json
import re
import time
from pathlib import Path

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP, IPOption_Router_Alert
from scapy.layers.l2 import Ether

from domain import HUBS, NAME, Agent, Domain
from domain_members import (
    GRE_UDP_PORT, HOSTS, PORT, SENDERS, Member, Stream, StreamReceiver, await_no_path, await_path, udp_to)
from traffic import OUTER_TTL, Wire, open_receiver, receive
from waiting import await_condition

MEMBERS = {"east": ("l2", "vxlan", "gre", "gre-udp"), "west": tuple(HOSTS), "south": ("l2", "vxlan")}
RATE = 2000
PLENTY_PPS = 10_000_000
PREFIX, IN_PREFIX = "239.192.0.0/16", "239.192.7.7"
# A group of its own for each test: what one test joined is no receiver in the next.
_groups = (f"239.1.{n // 250}.{n % 250 + 1}" for n in itertools.count())
# Static, so that they are there again when a hub comes back.
STREAMS = {"east": "239.2.0.1", "west": "239.2.0.2"}
HOST_OF_TWIN = 20
# Of package libfaketime; not of faketime(1), which is a process in between.
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), Path("libfaketime is not installed"))


@pytest.fixture(scope="module", name="domain")
def fixture_domain():
    with Domain() as domain:
        domain.etcd.start()
        yield domain


@pytest.fixture(scope="module", name="members")
def fixture_members(domain):
    made = [Member(domain, hub, encap) for hub, encaps in MEMBERS.items() for encap in encaps]
    return {member.name: member for member in made}


def configuration(domain, members, name):
    own = [member for member in members.values() if member.hub == name]
    statics = {group: [f"{name}-l2"] for sender, group in STREAMS.items() if sender != name}
    if name == "west":
        statics[PREFIX] = ["west-l2"]
    config = domain.configuration(
        name, [member.declaration() for member in own],
        [{"group": group, "members": receivers} for group, receivers in statics.items()],
        broadcast={"members": [f"{name}-l2"]})
    if name == "south":
        config["ports"][0]["allowance"] = {"pps": PLENTY_PPS}
    return config


@pytest.fixture(scope="module", name="running", autouse=True)
def fixture_running(domain, members):
    for name in HUBS:
        domain.start(name, configuration(domain, members, name))
    for hub in domain.hubs.values():
        hub.await_resolved()
    domain.await_up()
    yield
    domain.settled()
    domain.stop()


@pytest.fixture(name="group")
def fixture_group(members):
    """One that nobody has joined; afterwards no member has a packet to it that the test did not expect."""
    group = next(_groups)
    yield group
    members["east-l2"].domain.settled()
    for member in members.values():
        member.assert_quiet(group)


def everybody_else(members, sender):
    return [member for member in members.values() if member is not sender]


# What is delivered

PACKETS = {
    "TTL 1": {"ttl": 1},
    "DF, ID, DSCP EF": {"flags": "DF", "id": 0xBEEF, "tos": 46 << 2},
    "options": {"options": [IPOption_Router_Alert()]},
    "1300 bytes": {"payload": bytes(range(256)) * 5 + bytes(20)},
}


@pytest.mark.parametrize("fields", PACKETS.values(), ids=PACKETS.keys())
def test_a_packet_crosses_to_another_hub_unchanged_and_once(members, group, fields):
    """A member of west joins, a member of east sends: TTL, ID, DSCP, options and payload arrive as they were sent,
    and nothing comes back to the sender."""
    sender, receiver = members["east-l2"], members["west-l2"]
    receiver.join(group)
    await_path(sender, group, receiver)
    packet = udp_to(group, sender.source, **fields)
    sender.send(packet)
    receiver.expect(packet)


@pytest.mark.parametrize("encap", SENDERS)
def test_each_encapsulation_reaches_each_other_through_another_hub(members, group, encap):
    """From a member of east in one encapsulation to the members of west in all, each in its own form."""
    sender = members[f"east-{encap}"]
    receivers = [members[f"west-{each}"] for each in MEMBERS["west"]]
    for receiver in receivers:
        receiver.join(group)
    await_path(sender, group, *receivers)
    packet = udp_to(group, sender.source, encap.encode())
    sender.send(packet)
    for receiver in receivers:
        receiver.expect(packet)


@pytest.mark.parametrize("name", HUBS)
def test_split_horizon(domain, members, group, name):
    """All members of all three hubs join and one sends: each other has exactly one copy. Of each peer the sender's hub
    counts one packet sent; the others send none on."""
    sender = members[f"{name}-l2"]
    receivers = everybody_else(members, sender)
    for member in members.values():
        member.join(group)
    await_path(sender, group, *receivers)
    domain.settled()
    before = {hub: sent_to_peers(domain, hub) for hub in HUBS}
    packets = [udp_to(group, sender.source, b"%d" % n) for n in range(20)]
    for packet in packets:
        sender.send(packet)
    for receiver in receivers:
        for packet in packets:
            receiver.expect(packet)
    domain.settled()
    for hub in HUBS:
        grown = {peer: sent - before[hub][peer] for peer, sent in sent_to_peers(domain, hub).items()}
        assert grown == {peer: len(packets) if hub == name else 0 for peer in HUBS if peer != hub}, hub
    for member in members.values():
        member.leave(group)


def sent_to_peers(domain, name):
    return {peer: record["tx_packets"] for peer, record in domain.peers(name).items()}


def test_source_specific_receivers_have_only_that_source(members, group):
    """west-l2 joins (S,G) of east-l2, west-vxlan (*,G). What another member of east sends comes to west-vxlan only."""
    sender, other = members["east-l2"], members["east-vxlan"]
    specific, any_source = members["west-l2"], members["west-vxlan"]
    specific.join(group, sender.source)
    any_source.join(group)
    await_path(sender, group, specific, any_source)
    await_path(other, group, any_source)
    packets = [udp_to(group, member.source, member.name.encode()) for member in (other, sender)]
    for member, packet in zip((other, sender), packets):
        member.send(packet)
        any_source.expect(packet)
    specific.expect(packets[1])


def test_a_static_prefix_of_another_hub(members):
    """west declares 239.192.0.0/16 for west-l2: any group in it crosses, without a join."""
    sender, receiver = members["east-l2"], members["west-l2"]
    await_path(sender, IN_PREFIX, receiver)
    for packet in (udp_to(f"239.192.{n}.1", sender.source) for n in range(3)):
        sender.send(packet)
        receiver.expect(packet)


def test_broadcast_reaches_the_receivers_of_each_hub(members):
    """255.255.255.255 and the directed broadcast of the sender's subnet go to broadcast.members of all hubs."""
    sender, receivers = members["east-l2"], [members["west-l2"], members["south-l2"]]
    await_path(sender, "255.255.255.255", *receivers)
    directed = str(sender.domain.subnet("east").broadcast_address)
    for packet in (udp_to("255.255.255.255", sender.source, b"limited"), udp_to(directed, sender.source, b"directed")):
        sender.send(packet)
        for receiver in receivers:
            receiver.expect(packet)


def test_a_link_carries_nothing_that_nobody_behind_it_wants(domain, members, group):
    """west's only receiver leaves: east has nobody for the group, and the count of packets sent to west stands
    still."""
    sender, receiver = members["east-l2"], members["west-l2"]
    receiver.join(group)
    await_path(sender, group, receiver)
    receiver.leave(group)
    await_no_path(sender, group)
    _, drops = domain.settled()["east"]
    before = sent_to_peers(domain, "east")
    for n in range(50):
        sender.send(udp_to(group, sender.source, b"unwanted %d" % n))
    domain.hubs["east"].await_drop("no_receiver", drops["no_receiver"] + 50)
    assert sent_to_peers(domain, "east") == before
    while receiver.pending_packet(group):
        pass  # probes from before


@pytest.mark.parametrize("encap", ["vxlan", "gre", "gre-udp"])
def test_a_program_joins_by_igmp_and_has_what_another_hubs_member_sends(members, group, encap):
    """An ordinary program of west joins; its kernel reports that through the tunnel. Nobody else tells anybody."""
    sender, receiver = members["east-l2"], members[f"west-{encap}"]
    begun = time.monotonic()
    program = open_receiver(receiver.node, group, PORT, receiver.dev)
    await_path(sender, group, receiver)
    print(f"IGMP join on west to first packet from east: {took(begun)}")
    packet = udp_to(group, sender.source, b"by IGMP")
    sender.send(packet)
    receiver.expect(packet)
    assert b"by IGMP" in receive_until_seen(program)
    program.close()


def receive_until_seen(program):
    """Behind the probes."""
    while (data := receive(program)[0]) in (b"probe", b"path is open"):
        pass
    return data


def test_links_count_what_they_carry(domain, members, group):
    """What east counts as sent to west, west counts as received from east, and nothing as lost, late or twice."""
    sender, receiver = members["east-l2"], members["west-l2"]
    receiver.join(group)
    await_path(sender, group, receiver)
    domain.settled()
    sent, received = domain.peers("east")["west"]["tx_packets"], domain.peers("west")["east"]
    packets = [udp_to(group, sender.source, b"%d" % n) for n in range(100)]
    for packet in packets:
        sender.send(packet)
    for packet in packets:
        receiver.expect(packet)
    domain.settled()
    now = domain.peers("west")["east"]
    assert domain.peers("east")["west"]["tx_packets"] - sent == 100
    assert now["rx_packets"] - received["rx_packets"] == 100
    assert [now[name] - received[name] for name in ("lost", "duplicates", "reordered")] == [0, 0, 0]


def test_small_packets_share_the_frames_of_a_link(domain, members, group):
    """East is told by a reload to wait for more. Each packet still arrives once and in order, west takes out of the
    frames as many as east put together, and the sums of all hubs balance."""
    sender, receiver = members["east-l2"], members["west-l2"]
    receiver.join(group)
    await_path(sender, group, receiver)
    east, config = domain.hubs["east"], configuration(domain, members, "east")
    before = domain.settled()
    east.reload_and_wait(config | {"domain": config["domain"] | {"coalesce_us": 1000}})
    packets = [udp_to(group, sender.source, b"%d" % n) for n in range(100)]

    def have_shared():
        for packet in packets:
            sender.send(packet)
        for packet in packets:
            receiver.expect(packet)
        return east.stats()["tx_coalesced"] > before["east"][0]["tx_coalesced"]
    await_condition(have_shared, "packets that share a frame")
    now = domain.settled()
    joined, taken = (now[name][0][counter] - before[name][0][counter]
                     for name, counter in (("east", "tx_coalesced"), ("west", "rx_coalesced")))
    assert joined == taken
    east.reload_and_wait(config)


def test_mcdpdkctl_shows_the_domain(domain):
    shown = domain.hubs["east"].ctl("peers").stdout
    assert f"{NAME}: this hub is east, 2 of 2 peers up" in shown and "west" in shown and "south" in shown
    assert domain.addresses["west"] in shown


def test_a_hub_registers_what_it_may_send(domain):
    records = domain.etcd.read(f"/mcdpdk/{NAME}/hubs/")
    for name, expected in (("south", PLENTY_PPS), ("east", 0)):
        assert domain.hubs[name].telemetry.ask("/mcdpdk/domain")["capacity_pps"] == expected
        assert json.loads(records[f"/mcdpdk/{NAME}/hubs/{name}"]).get("capacity_pps", 0) == expected


# Faults, while streams run

class Preempted(AssertionError):
    """Packets were lost because the machine is crowded, which proves nothing."""


class Streams:
    """east-l2 and west-l2 send; the l2 members of the other two hubs receive each."""

    def __init__(self, domain, members):
        self.domain, self.members = domain, members
        self.start(RATE)

    def start(self, rate):
        members = self.members
        for sender, group in STREAMS.items():
            await_path(members[f"{sender}-l2"], group,
                       *(members[f"{hub}-l2"] for hub in HUBS if hub != sender))
        self.receivers = {(sender, hub): StreamReceiver(members[f"{hub}-l2"], group)
                          for sender, group in STREAMS.items() for hub in HUBS if hub != sender}
        self.strains = self.domain.strains()
        self.streams = {sender: Stream(members[f"{sender}-l2"], group, rate) for sender, group in STREAMS.items()}
        for receiver in self.receivers.values():
            receiver.await_last(100)

    def close(self):
        for stream in self.streams.values():
            stream.__exit__()
        for receiver in self.receivers.values():
            receiver.close()
        self.domain.restore()

    def __getitem__(self, key):
        return self.receivers[key]

    def await_more(self, *keys):
        for key in keys or self.receivers:
            self.receivers[key].await_more()

    def stop(self):
        return {sender: stream.stop() for sender, stream in self.streams.items()}

    def assert_whole(self, *keys):
        """Stop both; each of these receivers, or all, has every packet once and in order."""
        sent = self.stop()
        for key in keys or self.receivers:
            receiver = self.receivers[key]
            receiver.await_last(sent[key[0]] - 1)
            report = receiver.report()
            whole = {"first": 0, "received": sent[key[0]], "lost": 0, "duplicates": 0, "late": 0}
            if report == report | whole:
                continue
            between = {f"{key[0]} to {key[1]}", f"{key[1]} to {key[0]}", *(f"ring of {name}" for name in key)}
            strained = {what: count for what, count in self.domain.strains().items()
                        if what in between and count > self.strains.get(what, 0)}
            assert strained, f"{key}: {report}, and nothing went down or overran"
            raise Preempted(f"{key}: {report}, and these went down or overran: {strained}")

    def print_gaps(self, what):
        for (sender, hub), receiver in self.receivers.items():
            report = receiver.report()
            print(f"{what}: {sender} to {hub}: {report['lost']} of {report['last'] + 1} lost, "
                  f"longest gap {report['longest_gap_s']} s")


@pytest.fixture(name="streams")
def fixture_streams(domain, members):
    streams = Streams(domain, members)
    yield streams
    streams.close()
    for member in members.values():
        while member.wire.pending() is not None:
            pass


def lossless(test):
    """Repeat a test of streams, at a lower rate, when the machine was too crowded for it."""
    @functools.wraps(test)
    def repeated(streams, **fixtures):
        for rate in (RATE // 2, RATE // 4):
            try:
                return test(streams=streams, **fixtures)
            except Preempted as preempted:
                print(f"{preempted}: again with {rate} packets/s")
            streams.close()
            streams.start(rate)
            if "group" in fixtures:
                fixtures["group"] = next(_groups)
        return test(streams=streams, **fixtures)
    return repeated


def took(begin):
    return f"{(time.monotonic() - begin) * 1000:.0f} ms"


@lossless
def test_a_killed_hub_is_down_for_the_others_only(domain, streams):
    """kill -9 of east: west and south see it down and lose nothing of their own. When it is started again it comes
    back by itself, with its stream."""
    between = ("west", "south")
    killed = time.monotonic()
    domain.kill_hub("east")
    for name in between:
        domain.await_state(name, "east", "down")
        print(f"{name} has east down after {took(killed)}")
    assert domain.state("west", "south") == domain.state("south", "west") == "up"
    streams.await_more(between)
    domain.restart_hub("east")
    started = time.monotonic()
    domain.await_up()
    print(f"east is up again {took(started)} after its start")
    streams.await_more()
    streams.print_gaps("a hub was killed")
    streams.assert_whole(between)


@lossless
def test_a_hub_that_comes_back_with_another_configuration(domain, members, streams):
    """east is killed and started with a group less and another one more: the others follow, and keep what is their
    own. Afterwards it has its old configuration again."""
    added, config = "239.3.0.1", configuration(domain, members, "east")
    domain.kill_hub("east")
    domain.await_state("west", "east", "down")
    others = [group for group in config["groups"] if group["group"] != STREAMS["west"]]
    domain.restart_hub("east", config | {"groups": [*others, {"group": added, "members": ["east-l2"]}]})
    await_path(members["west-vxlan"], added, members["east-l2"])
    domain.await_up()
    sent = sent_to_peers(domain, "west")["east"]
    streams.await_more(("west", "south"))
    assert sent_to_peers(domain, "west")["east"] == sent
    domain.kill_hub("east")
    domain.restart_hub("east", config)
    streams.await_more(("west", "east"))
    streams.assert_whole(("west", "south"))


@lossless
def test_a_cut_link_stops_only_what_crosses_it(domain, streams):
    """east and west do not reach each other: each sees the other down, south loses nothing of either. After it is
    healed, both streams cross again, without a new join."""
    others = [("east", "south"), ("west", "south")]
    cut = time.monotonic()
    with domain.cut_link("east", "west"):
        domain.await_state("east", "west", "down")
        domain.await_state("west", "east", "down")
        print(f"both ends are down after {took(cut)}")
        sent = sent_to_peers(domain, "east")["west"]
        streams.await_more(*others)
        assert sent_to_peers(domain, "east")["west"] == sent
    healed = time.monotonic()
    domain.await_up("east", "west")
    streams.await_more()
    print(f"both streams cross again after {took(healed)}")
    streams.print_gaps("a link was cut")
    streams.assert_whole(*others)


@lossless
def test_a_link_that_works_one_way_only_is_down_at_both_ends(domain, streams):
    """What east sends to west is lost: west hears nothing and says so, thus east knows."""
    with domain.cut_link("east", "west", both_ways=False):
        domain.await_state("west", "east", "down")
        await_condition(lambda: domain.state("east", "west") != "up", "west not up at east")
        streams.await_more(("east", "south"), ("west", "south"))
    domain.await_up("east", "west")
    streams.assert_whole(("east", "south"), ("west", "south"))


def registered(domain, name):
    return f"/mcdpdk/{NAME}/hubs/{name}" in domain.etcd.read(f"/mcdpdk/{NAME}/hubs/")


def agent_age_s(hub):
    hub.ctl("peers")
    return hub.telemetry.ask("/mcdpdk/domain")["agent_age_s"]


@lossless
def test_an_agent_that_is_killed_costs_nothing(domain, members, group, streams):
    """kill -9 of west's agent: its lease ends and its keys go, but its link is up and its interest stays. After the
    restart its joins reach the others again."""
    agent = domain.agents["west"]
    agent.kill()
    domain.etcd.end_lease_of(f"/mcdpdk/{NAME}/hubs/west")
    await_condition(lambda: not registered(domain, "west"), "the keys of west are gone")
    streams.await_more()
    assert domain.state("east", "west") == "up"
    await_condition(lambda: agent_age_s(domain.hubs["west"]) >= 3, "who looks at the domain is not taken for the agent")
    agent.start()
    agent.await_connected()
    await_condition(lambda: registered(domain, "west"), "west in etcd again")
    members["west-vxlan"].join(group)
    await_path(members["east-vxlan"], group, members["west-vxlan"])
    streams.assert_whole()


@lossless
def test_an_agent_whose_clock_is_an_hour_ahead(domain, members, group, streams):
    """west's agent has another time than etcd and the other hubs: what it joins is known, and nothing is lost."""
    assert FAKETIME.exists(), FAKETIME
    agent = domain.agents["west"]
    agent.stop()
    agent.environment = [f"LD_PRELOAD={FAKETIME}", "FAKETIME=+1h", "DONT_FAKE_MONOTONIC=1"]
    agent.start()
    try:
        # The loader only warns of a library that it cannot load.
        await_condition(lambda: str(FAKETIME) in Path(f"/proc/{agent.process.pid}/maps").read_text(),
                        "the agent with another time")
        agent.await_connected()
        members["west-vxlan"].join(group)
        await_path(members["east-vxlan"], group, members["west-vxlan"])
    finally:
        agent.stop()
        agent.environment = []
        agent.start()
    agent.await_connected()
    streams.assert_whole()


@lossless
def test_etcd_may_lose_its_leader(domain, members, group, streams):
    """kill -9 of the leader: another is elected, nothing is lost, and a new join works."""
    leader = domain.etcd.leader()
    leader.kill()
    begun = time.monotonic()
    members["west-vxlan"].join(group)
    await_path(members["east-vxlan"], group, members["west-vxlan"])
    print(f"etcd had lost its leader: a join took {took(begun)}")
    assert domain.etcd.leader() is not leader
    domain.etcd.start()
    streams.assert_whole()


@pytest.mark.parametrize("away_s", [0, pytest.param(60, marks=pytest.mark.slow)])
@lossless
def test_without_etcd_streams_go_on_and_joins_wait(domain, members, group, streams, away_s):
    """All three nodes stop, until each agent says so and for as long: every hub stays up for every other, nothing is
    lost, and a join is not known elsewhere. When etcd is back, it is."""
    domain.etcd.stop()
    for name in HUBS:
        await_condition(lambda: not domain.agents[name].is_connected(), f"{name} misses etcd")
        await_condition(lambda: "2 of 2 peers up" in domain.hubs[name].ctl("peers").stdout, f"{name} has its peers up")
        assert "etcd" in domain.hubs[name].ctl("peers").stdout
        await_condition(lambda: "etcd unreachable" in domain.hubs[name].ctl("status").stdout, f"{name} is degraded")
    members["west-vxlan"].join(group)
    end = time.monotonic() + away_s
    await_condition(lambda: time.monotonic() >= end, "the time that etcd is away", away_s + 60)
    await_no_path(members["east-vxlan"], group)
    streams.await_more()
    domain.etcd.start()
    begun = time.monotonic()
    await_path(members["east-vxlan"], group, members["west-vxlan"])
    print(f"etcd is back: the join that waited took {took(begun)}")
    domain.await_up()
    streams.assert_whole()


@lossless
def test_a_hub_that_died_while_etcd_is_away_is_down(domain, streams):
    """Liveness needs no etcd: east is killed, the others see it down, and what does not cross it goes on. Started again
    without etcd it comes back to the domain when etcd does."""
    domain.etcd.stop()
    domain.kill_hub("east")
    domain.await_state("west", "east", "down")
    streams.await_more(("west", "south"))
    domain.restart_hub("east")
    domain.etcd.start()
    domain.await_up()
    streams.await_more()
    streams.assert_whole(("west", "south"))


# Bad input

def put_and_delete(domain, values):
    for key, value in values.items():
        domain.etcd.put(key, value)
    return lambda: [domain.etcd.delete(key) for key in values]


@lossless
def test_values_that_are_not_ours_install_nothing(domain, members, group, streams):
    """Hubs that are no JSON or lie about their address, keys that are no groups, and another domain's: no peer and no
    interest comes of them, and what is right still works."""
    delete = put_and_delete(domain, {
        f"/mcdpdk/{NAME}/hubs/ghost": "no JSON",
        f"/mcdpdk/{NAME}/hubs/liar": '{"address": "239.1.1.1", "encap": "gre-udp", "udp_port": 4754, "epoch": 1}',
        f"/mcdpdk/{NAME}/hubs/un{'known' * 30}": '{"address": "10.9.0.1"}',
        f"/mcdpdk/{NAME}/interest/west/no-group": "1",
        f"/mcdpdk/{NAME}/interest/west/{group}/99": "1",
        f"/mcdpdk/{NAME}/interest/nobody/{group}": "1",
        f"/mcdpdk/{NAME}/interest/south/{group}": "neither",
        "/mcdpdk/elsewhere/hubs/far": '{"address": "10.9.0.2", "encap": "gre-udp", "udp_port": 4754, "epoch": 1}',
    })
    try:
        members["west-vxlan"].join(group)
        await_path(members["east-vxlan"], group, members["west-vxlan"])
        for name in HUBS:
            assert set(domain.peers(name)) == set(HUBS) - {name}
        streams.await_more()
        streams.assert_whole()
    finally:
        delete()


@lossless
def test_the_younger_of_two_hubs_of_one_name_refuses(domain, members, streams):
    """Another hub, in south's subnet, is called west as well. Its agent says so and does not register it; the elder
    stays, and loses nothing."""
    node = domain.nodes.get("twin") or domain.add_hub_node("twin", "south")
    config = domain.configuration("west", host=HOST_OF_TWIN, subnet="south")
    with domain.start_hub(config, node, driver="deep rings") as twin:
        agent = Agent(twin, domain.folder / "twin-agent.log")
        agent.start()
        await_condition(lambda: re.search(r"\bwest\b.*(taken|another|other)", agent.log()), f"refusal: {agent.log()}")
        assert agent.process.poll() is not None or not agent.is_connected()
        assert domain.peers("east")["west"]["address"] == domain.addresses["west"]
        agent.stop()
        twin.stop()
    streams.assert_whole()
    assert domain.peers("south")["west"]["state"] == "up"


def hub_id(domain, name):
    return domain.hubs[name].telemetry.ask("/mcdpdk/domain")["id"]


def link_frame(domain, key, record, sequence=0):
    """From west to east, as it comes out of the router."""
    node = domain.hub_nodes["east"]
    outer = IP(src=domain.addresses["west"], dst=domain.addresses["east"], ttl=OUTER_TTL - 1, flags="DF", id=0)
    gre = b"\x30\x00\x88\xb5" + key.to_bytes(4, "big") + sequence.to_bytes(4, "big")
    return raw(Ether(src=domain.router.device_mac("br-east"), dst=node.mac)
               / outer / UDP(sport=0xC000, dport=GRE_UDP_PORT, chksum=0) / (gre + record))


def packet_record(packet, version=1, kind=1, length=None, member="10.2.0.11", lane=100):
    """In a lane that west does not use, so that its sequence is not disturbed."""
    data = raw(packet)
    head = bytes([version << 4 | kind, 0]) + (len(data) if length is None else length).to_bytes(2, "big")
    return head + bytes(map(int, member.split("."))) + bytes([lane, 0, 0, 0]) + data


# The reason, the key (by whose id), and what differs in the record. The unit test of links has them all.
LINK_FRAMES = {
    "another domain's key": ("source_denied", None, {}),
    "its own key": ("loop", "east", {}),
    "another version": ("malformed", "west", {"version": 2}),
    "an unknown kind": ("malformed", "west", {"kind": 9}),
    "a length beyond the frame": ("malformed", "west", {"length": 1400}),
    "a length that cuts the packet": ("malformed", "west", {"length": 12}),
}
SLOW_FRAMES = ("its own key", "another version", "a length that cuts the packet")


@pytest.mark.parametrize("reason, owner, fields", [
    pytest.param(*values, id=name, marks=pytest.mark.slow if name in SLOW_FRAMES else ())
    for name, values in LINK_FRAMES.items()])
def test_a_link_frame_that_is_wrong_is_counted_and_goes_nowhere(domain, members, group, reason, owner, fields):
    """east-l2 has joined the group, so a right frame would reach it: that follows, and is the first that does."""
    receiver = members["east-l2"]
    receiver.join(group)
    wire, hub = Wire(domain.router, "br-east"), domain.hubs["east"]
    packet = udp_to(group, members["west-l2"].source)
    before = domain.settled()["east"][1][reason]
    key = hub_id(domain, owner) if owner else (hub_id(domain, "west") ^ 1)
    wire.send(link_frame(domain, key, packet_record(packet, **fields)))
    hub.await_drop(reason, before + 1)
    right = udp_to(group, members["west-l2"].source, b"right")
    wire.send(link_frame(domain, hub_id(domain, "west"), packet_record(right)))
    receiver.expect(right)
    wire.close()


def test_a_link_counts_what_is_lost_twice_and_late(domain, members, group):
    """Of the sequence 0, 1, 2, 5, 5, 4 in a lane of its own one packet is lost, one came twice and one late. All are
    delivered."""
    receiver = members["east-l2"]
    receiver.join(group)
    wire, source = Wire(domain.router, "br-east"), members["west-l2"].source
    before = domain.peers("east")["west"]
    for sequence in (0, 1, 2, 5, 5, 4):
        packet = udp_to(group, source, b"%d" % sequence)
        wire.send(link_frame(domain, hub_id(domain, "west"), packet_record(packet, lane=101), sequence))
        receiver.expect(packet)
    wire.close()
    now = domain.peers("east")["west"]
    assert [now[name] - before[name] for name in ("lost", "duplicates", "reordered")] == [1, 1, 1]


@lossless
def test_garbage_from_a_peers_address_leaves_the_link_up(domain, members, streams):
    """Each shorter piece of a frame, and frames of noise: all are counted, the streams go on."""
    wire, hub = Wire(domain.router, "br-east"), domain.hubs["east"]
    frame = link_frame(domain, hub_id(domain, "west"), packet_record(udp_to(STREAMS["west"], "10.2.0.11")))
    cut = [frame[:length] for length in range(14 + 20 + 8 + 12 + 1, len(frame) - 1)]
    noise = [link_frame(domain, hub_id(domain, "west"), bytes([n] * 40)) for n in range(0x20, 0x100, 7)]
    before = hub.drops()["malformed"]
    for piece in cut + noise:
        wire.send(piece)
    await_condition(lambda: hub.drops()["malformed"] >= before + len(cut + noise), f"all counted: {hub.drops()}")
    wire.close()
    assert domain.state("east", "west") == domain.state("west", "east") == "up"
    streams.assert_whole()

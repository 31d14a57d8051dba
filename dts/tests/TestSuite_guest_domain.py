# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members whose kernels have GRE, behind three hubs of one domain. Topology: domain.py; members: guest_members.py.

    east:  gre, gre-udp, gretap     mcdpdk-client watch: east, and when it is gone south
    west:  gre, gre-udp, gretap     set up by hand
    south: l2, vxlan                on the kernel of the machine, which has no GRE

Those of east and west are network namespaces of one guest. The gretap members and the vxlan member are one segment.
"""

import itertools
from contextlib import ExitStack

import pytest

from domain import Domain
from domain_members import Stream
from guest_members import KINDS, GuestMember, HostMember, Members, await_none, missing_in
from vm.instances import Instances
from vm.region import boot_guest
from waiting import await_condition

pytestmark = pytest.mark.slow

HUB_OVERLAY = "192.168.9.254"
LINK_LOCAL = "224.0.0.251"
STREAM, RATE = "239.2.0.1", 50
COUNT = 20


@pytest.fixture(scope="module", name="domain")
def fixture_domain():
    with Domain() as domain:
        yield domain


@pytest.fixture(scope="module", name="instances")
def fixture_instances(domain):
    with ExitStack() as stack:
        nics = [(f"br-{name}", "virtio-net-pci", "") for name in domain.names]
        yield Instances(boot_guest(stack, domain, "members", nics, append="ipv6.disable=1"))


@pytest.fixture(scope="module", name="members")
def fixture_members(domain, instances):
    domain.etcd.start()
    return Members(instances, [
        *(GuestMember(domain, instances, f"east-{encap}", encap, "east", host, "mcdpdk0")
          for host, encap in enumerate(KINDS, 30)),
        *(GuestMember(domain, instances, f"west-{encap}", encap, "west", host) for host, encap in enumerate(KINDS, 40)),
        *(HostMember(domain, "south", encap) for encap in ("l2", "vxlan"))])


def configuration(domain, name, declarations, groups=(), **keys):
    config = domain.configuration(name, declarations, groups, overlay={"address": f"{HUB_OVERLAY}/24"})
    config["domain"] |= keys
    return config


@pytest.fixture(scope="module", name="running", autouse=True)
def fixture_running(domain, members):
    """The hubs and the paths of all members."""
    for name in domain.names:
        own = members.of(name) + (members.of("east") if name == "south" else [])
        domain.start(name, configuration(domain, name, members.declarations(own)))
    for hub in domain.hubs.values():
        hub.await_resolved()
    domain.await_up()
    hubs = [domain.addresses[name] for name in ("east", "south")]
    watching = {name: members[name].watch(hubs) for name in members.of("east")}
    for name in members.of("west"):
        members[name].set_up(domain.addresses["west"])
    for job in watching.values():
        job.wait_for(f"the hub {hubs[0]} answers")
    members.join_each_other()
    members.await_paths()
    yield
    for name, job in watching.items():
        output = job.stop().output
        print(f"--- {name}\n{output}")
        assert "Traceback" not in output and "made anew" not in output
    domain.settled()
    domain.stop()


def await_tunnels(domain, members, names, hub):
    """Until the clients of these members have led their tunnels to a hub."""
    remote = f"remote {domain.addresses[hub]} "
    await_none(lambda: [name for name in names if remote not in members[name].run("ip -d link show dev mcdpdk0")])


@pytest.fixture(autouse=True)
def fixture_once(domain, members):
    """What is under way after a test comes into the account as well."""
    yield
    domain.restore()
    domain.settled()
    members.reports()


def test_each_kind_reaches_each_other_through_other_hubs(members):
    """All eight send at once: each other has each number once."""
    members.exchange(COUNT)


def test_a_segment_spans_the_hubs(domain, members):
    """Its stations find each other by ARP, and each hub learns which are behind another."""
    stations = [members[name] for name in ("east-gretap", "west-gretap", "south-vxlan")]
    for one, other in itertools.product(stations[:2], stations):
        await_condition(lambda: one.reaches(other.overlay), f"{one.name} reaches {other.name}")
    for hub, station in (("east", stations[1]), ("west", stations[0])):
        assert learned(domain, hub)[station.about_device("address")] == f"peer:{station.hub}"


def learned(domain, name):
    pages = domain.hubs[name].telemetry.pages("/mcdpdk/stations")
    records = [page[key] for page in pages for key in page if key.startswith("r")]
    return {record["mac"]: record["member"] for record in records}


def test_a_group_of_the_link_floods_the_segment(domain, members):
    """224.0.0.251, which nobody reports: the other stations have it once, through all hubs."""
    sender, stations = "east-gretap", ("west-gretap", "south-vxlan")
    quiet = "sysctl -qw net.ipv4.igmp_link_local_mcast_reports=0"
    members["west-gretap"].run(quiet)
    members["south-vxlan"].node.run(*quiet.split())
    members.join(stations, LINK_LOCAL)
    members.instances.traffic(members[sender].call("send", LINK_LOCAL, 0, COUNT))
    members.await_last(LINK_LOCAL, stations, COUNT - 1)
    reports = members.reports()
    assert [reports[name, LINK_LOCAL]["received"] for name in stations] == [COUNT, COUNT]
    assert not any(hub.receivers(LINK_LOCAL) for hub in domain.hubs.values())


def test_a_cut_link_parts_two_hubs_and_no_more(domain, members):
    """While the link of east and west is cut, south hears both and both hear south. What they send each other meanwhile
    is lost, and nothing after the link has healed."""
    parted = [pair for pair in members.pairs if {members[name].hub for name in pair} == {"east", "west"}]
    with domain.cut_link("east", "west"):
        for name, other in (("east", "west"), ("west", "east")):
            domain.await_state(name, other, "down")
        first = members.exchange(COUNT, [pair for pair in members.pairs if pair not in parted])
    domain.await_up()
    members.exchange(COUNT)
    reports = members.reports()
    for receiver, sender in parted:
        lost = [first[sender], first[sender] + COUNT - 1]
        assert lost in reports[receiver, members.groups[sender]]["missing"], (receiver, sender)


def test_members_leave_a_dead_hub_and_return(domain, members):
    """East is killed while south-l2 sends. Its three members go to south with their memberships and devices, and back
    when it has returned. Sockets have stayed open, and nothing came twice to them; members of west miss nothing."""
    moved, others = members.of("east"), members.of("west")
    devices = {name: members[name].about_device("ifindex") for name in moved}
    members.join(moved + others, STREAM)
    with Stream(members["south-l2"], STREAM, RATE) as stream:
        members.await_more(STREAM, moved + others)
        domain.kill_hub("east")
        await_tunnels(domain, members, moved, "south")
        members.await_more(STREAM, moved)
        members.await_paths()
        members.exchange(COUNT)
        assert set(moved) <= set(domain.hubs["south"].receivers(STREAM))
        domain.restart_hub("east")
        domain.await_up()
        await_tunnels(domain, members, moved, "east")
        await_condition(lambda: set(moved) <= set(domain.hubs["east"].receivers(STREAM)), "east knows them again")
        await_condition(lambda: not set(moved) & set(domain.hubs["south"].receivers(STREAM)), "south knows that")
        members.await_more(STREAM, moved)
        sent = stream.stop()
    members.await_paths()
    members.exchange(COUNT)
    reports = members.reports()
    for name in others:
        report = reports[name, STREAM]
        assert report["lost"] == 0 and report["last"] == sent - 1, (name, report)
    for name in moved:
        print(f"{name}: lost of {sent}: {reports[name, STREAM]['missing']}")
    assert {name: members[name].about_device("ifindex") for name in moved} == devices


# Shared members

SPEAKERS = {f"speaker-{encap}-{n}": (encap, hub, 40 + 10 * n + host) for n, hub in ((1, "east"), (2, "west"))
            for host, encap in enumerate(KINDS)}
CALLS = "239.4.0.0/16"


@pytest.fixture(scope="module", name="shared")
def fixture_shared(domain, members, running):
    """All hubs start again, with all members in each file. Speakers, two of each kind, only receive a static group, and
    come to no hub: their tunnels take packets of each."""
    for name, (encap, hub, host) in SPEAKERS.items():
        members.add(GuestMember(domain, members.instances, name, encap, hub, host))
        members[name].set_up("any")
    declarations = members.declarations([*members.parties, *SPEAKERS])
    groups = [{"group": CALLS, "members": [*SPEAKERS]}]
    for hub in domain.hubs.values():
        hub.stop()
        hub.telemetry.close()
    for name in domain.hubs:
        domain.restart_hub(name, configuration(domain, name, declarations, groups, members="shared"))
    domain.await_up()
    await_placed(domain)
    members.join_by_operator_again()
    members.await_paths()


def ask(domain, hub, *words):
    return domain.hubs[hub].telemetry.ask(",".join(words))


def servers(domain):
    """The hub of each speaker, as south says."""
    return {name: ask(domain, "south", "/mcdpdk/member", name)["server"] for name in SPEAKERS}


def await_placed(domain):
    """All hubs have settled on one placement."""
    def apart():
        found = {hub: ask(domain, hub, "/mcdpdk/placement") for hub in domain.hubs}
        states = {(each["generation"], each["phase"], each["applied"]) for each in found.values()}
        return found if len(states) > 1 or states.pop()[1:] != ("settled", 1) else None
    await_none(apart)


class Call:
    """A context manager: a stream from south-l2 to all speakers."""

    numbers = itertools.count(1)

    def __init__(self, members):
        self.members, self.group = members, f"239.4.0.{next(self.numbers)}"
        members.join(SPEAKERS, self.group)
        self.stream = Stream(members["south-l2"], self.group, RATE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.__exit__()

    def await_more(self, names=SPEAKERS):
        self.members.await_more(self.group, names)

    def last(self):
        return self.members.last(self.group)

    def stop(self):
        """Ranges of numbers that each speaker has missed, from the first number on."""
        sent = self.stream.stop()
        self.members.await_last(self.group, SPEAKERS, sent - 1)
        reports = self.members.reports()
        assert {reports[name, self.group]["first"] for name in SPEAKERS} == {0}
        return {name: missing_in(reports[name, self.group]) for name in SPEAKERS}


def test_shared_members_of_each_kind_have_each_packet_once(domain, members, shared):
    """Those with a tunnel to one hub are served there, as they have come to it, speakers by some hub each."""
    members.exchange(COUNT)
    with Call(members) as call:
        call.await_more()
        assert not any(call.stop().values())
    assert set(servers(domain).values()) == set(domain.names)


def test_overlay_addresses_reach_each_other_across_hubs(members, shared):
    """A packet to one address goes to the hub that serves it."""
    tunnelled = [members[name] for name in members.parties if name in members.guests]
    for one, other in itertools.permutations(tunnelled, 2):
        await_condition(lambda: one.reaches(other.overlay), f"{one.name} reaches {other.name}")


def test_silent_members_of_a_dead_hub_are_served_by_another(domain, members, shared):
    """East is killed while south-l2 sends. Its speakers, of each kind, miss some numbers in a row, and then have all
    from other hubs; those of other hubs miss none. East returns and serves them again, and nobody misses any. The
    watching clients go to south and return, as ever."""
    before = servers(domain)
    orphans = [name for name in SPEAKERS if before[name] == "east"]
    assert {members[name].encap for name in orphans} == set(KINDS)
    with Call(members) as call:
        call.await_more()
        domain.kill_hub("east")
        await_tunnels(domain, members, members.of("east"), "south")
        await_none(lambda: [name for name, hub in servers(domain).items() if hub not in ("west", "south")])
        call.await_more()
        last = call.last()
        domain.restart_hub("east")
        domain.await_up()
        await_tunnels(domain, members, members.of("east"), "east")
        await_condition(lambda: servers(domain) == before, f"as before: {before}")
        await_placed(domain)
        call.await_more()
        missing = call.stop()
    for name, ranges in missing.items():
        assert len(ranges) <= (name in orphans) and all(end < last for _, end in ranges), (name, ranges)
    members.await_paths()
    members.exchange(COUNT)


def test_a_cut_link_moves_no_silent_member(domain, members, shared):
    """East and south do not hear each other, but west hears both. The speakers of east miss what south-l2 sends
    meanwhile, and nothing else."""
    before = servers(domain)
    with Call(members) as call:
        call.await_more()
        with domain.cut_link("east", "south"):
            for one, other in (("east", "south"), ("south", "east")):
                domain.await_state(one, other, "down")
            call.await_more([name for name in SPEAKERS if before[name] != "east"])
            assert servers(domain) == before
        domain.await_up()
        call.await_more()
        missing = call.stop()
    assert {name for name, ranges in missing.items() if ranges} == {
        name for name in SPEAKERS if before[name] == "east"}, missing
    assert all(len(ranges) <= 1 for ranges in missing.values()), missing
    assert servers(domain) == before


def test_a_hub_is_drained_stopped_and_started_again_without_loss(domain, members, shared):
    """East drains while south-l2 sends: its speakers are served by the others, and watching clients go to south. East
    ends and starts again. No speaker misses a number, and nobody has one twice."""
    with Call(members) as call:
        call.await_more()
        answer = ask(domain, "east", "/mcdpdk/drain")
        assert answer["status"] == "ok", answer
        await_tunnels(domain, members, members.of("east"), "south")
        await_none(lambda: ask(domain, "east", "/mcdpdk/drain")["left"])
        call.await_more()
        domain.hubs["east"].stop()
        domain.hubs["east"].telemetry.close()
        domain.await_state("south", "east", "down")
        call.await_more()
        domain.restart_hub("east")
        domain.await_up()
        await_tunnels(domain, members, members.of("east"), "east")
        await_placed(domain)
        call.await_more()
        missing = call.stop()
    assert not any(missing.values()), missing
    members.await_paths()
    members.exchange(COUNT)

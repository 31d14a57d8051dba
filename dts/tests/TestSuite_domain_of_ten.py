# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Ten hubs in ten subnets are one multicast router. Topology: domain.py, with a member of each hub."""

import pytest

from domain import Domain
from domain_members import Member, Stream, StreamReceiver, await_path, udp_to

HUBS = tuple(f"hub-{n}" for n in range(10))
GROUP, RATE = "239.2.0.1", 500

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="domain")
def fixture_domain():
    with Domain(HUBS) as domain:
        domain.etcd.start()
        yield domain


@pytest.fixture(scope="module", name="members")
def fixture_members(domain):
    members = {name: Member(domain, name, "l2") for name in HUBS}
    for name, member in members.items():
        domain.start(name, domain.configuration(
            name, [member.declaration()], [{"group": GROUP, "members": [member.name]}]))
    for hub in domain.hubs.values():
        hub.await_resolved()
    domain.await_up()
    yield members
    domain.settled()
    domain.stop()


@pytest.mark.parametrize("name", [HUBS[0], HUBS[-1]])
def test_each_of_nine_other_hubs_has_one_copy(domain, members, name):
    sender = members[name]
    receivers = [member for member in members.values() if member is not sender]
    await_path(sender, GROUP, *receivers)
    packets = [udp_to(GROUP, sender.source, b"%d" % n) for n in range(20)]
    for packet in packets:
        sender.send(packet)
    for receiver in receivers:
        for packet in packets:
            receiver.expect(packet)
    domain.settled()
    for member in members.values():
        member.assert_quiet(GROUP)


def test_a_killed_hub_costs_the_other_nine_nothing(domain, members):
    """hub-9 is killed while hub-0's member sends: all others see it down, and their members lose nothing. It comes
    back by itself."""
    dead, sender = HUBS[-1], members[HUBS[0]]
    await_path(sender, GROUP, *(member for member in members.values() if member is not sender))
    receivers = [StreamReceiver(members[name], GROUP) for name in HUBS[1:-1]]
    with Stream(sender, GROUP, RATE) as stream:
        for receiver in receivers:
            receiver.await_more()
        domain.kill_hub(dead)
        for name in HUBS[:-1]:
            domain.await_state(name, dead, "down")
        for receiver in receivers:
            receiver.await_more()
        domain.restart_hub(dead)
        domain.await_up()
        sent = stream.stop()
    for receiver in receivers:
        receiver.await_last(sent - 1)
        report = receiver.report()
        receiver.close()
        assert report == report | {"first": 0, "received": sent, "lost": 0, "duplicates": 0, "late": 0}

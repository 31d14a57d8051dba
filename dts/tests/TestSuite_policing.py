# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the hub takes of senders and groups that have a rate_limit, of both families. Topology: ipv6_members.py.

The limit lets ten packets through at once and then one a second, so that few come in beside these ten.
After each test the sums balance.
"""

import time

import pytest

import traffic
from ipv6_members import ADDRESSES, CONFIG, PORT, Members
from waiting import await_condition

GROUPS = {"IPv4": ("239.1.1.1", "239.1.1.2"), "IPv6": ("ff05::1:3", "ff05::1:4")}
SENDERS = ("alice", "dave", "erin")
LIMIT = {"pps": 1, "burst_ms": 10000}
BURST, PACKETS = 10, 50
BASE = CONFIG | {"groups": [{"group": group, "members": ["bob"]} for groups in GROUPS.values() for group in groups]}


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return Members(cloud)


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, members):
    with cloud.running_hub(BASE) as hub:
        hub.await_resolved()
        yield hub


@pytest.fixture(autouse=True)
def fixture_balanced(hub):
    yield
    hub.reload_and_wait(BASE)
    hub.settled()


@pytest.fixture(params=GROUPS, name="groups")
def fixture_groups(request):
    return GROUPS[request.param]


def limited(kind, which, limit=None):
    """The configuration in which the entries of these names or groups have a limit."""
    return BASE | {kind: [entry | {"rate_limit": limit or LIMIT} if which in (entry.get("name"), entry.get("group"))
                          else entry for entry in BASE[kind]]}


def send(members, name, group, count=PACKETS):
    if ":" in group:
        members.send(name, group, *[b"packet"] * count)
        return
    dev = "vx0" if name == "alice" else "gre1"
    sender = traffic.open_sender(members.nodes[name], dev=dev)
    for _ in range(count):
        sender.sendto(b"packet", (group, PORT))
    sender.close()


def packets_to(hub, group):
    return hub.telemetry.ask(f"/mcdpdk/group,{group}")["packets"]


def member(hub, name):
    return hub.telemetry.ask(f"/mcdpdk/member,{name}")


def taken(hub, members, name, group, count=PACKETS):
    """How many of these packets reach the receivers, and how many at most after a burst of ten. What does not is
    `rate_limited`, and counts as received from the sender."""
    received, packets, drops = member(hub, name)["rx_packets"], packets_to(hub, group), hub.drops()["rate_limited"]
    begun = time.monotonic()
    send(members, name, group, count)
    await_condition(lambda: member(hub, name)["rx_packets"] == received + count, f"the packets of {name}")
    passed = hub.settled() and packets_to(hub, group) - packets
    assert hub.drops()["rate_limited"] - drops == count - passed
    return passed, BURST + 1 + int(time.monotonic() - begun)


def assert_limited(hub, members, name, group):
    passed, most = taken(hub, members, name, group)
    assert BURST <= passed <= most


def assert_free(hub, members, name, group):
    assert taken(hub, members, name, group)[0] == PACKETS


@pytest.mark.parametrize("name", SENDERS)
def test_each_sender_has_the_general_limit(hub, members, groups, name):
    """Whatever the encapsulation and the group; what one sends is not taken from the others."""
    hub.reload_and_wait(BASE | {"rate_limit": LIMIT})
    assert_limited(hub, members, name, groups[0])
    passed, most = taken(hub, members, name, groups[1])
    assert passed <= most - BURST
    others = set(SENDERS) - {name}
    for other in others:
        assert_limited(hub, members, other, groups[0])


def test_a_member_has_its_own_limit(hub, members, groups):
    """In place of the general one. Its telemetry and explain say so."""
    hub.reload_and_wait(limited("members", "dave"))
    before = member(hub, "dave")["rate_limited"]
    assert_limited(hub, members, "dave", groups[0])
    assert member(hub, "dave")["rate_limited"] - before >= PACKETS - BURST - 2
    assert_free(hub, members, "alice", groups[0])
    assert "the sender has a rate_limit; refused beyond it: " in hub.ctl("explain", "dave", groups[0]).stdout
    assert "rate_limit" not in hub.ctl("explain", "alice", groups[0]).stdout
    hub.reload_and_wait(limited("members", "dave", {"pps": 100000, "burst_ms": 1000}) | {"rate_limit": LIMIT})
    assert_free(hub, members, "dave", groups[0])


def test_a_group_limits_all_its_senders_together(hub, members, groups):
    """Another group is not limited."""
    hub.reload_and_wait(limited("groups", groups[0]))
    assert_limited(hub, members, "alice", groups[0])
    passed, most = taken(hub, members, "dave", groups[0])
    assert passed <= most - BURST
    assert_free(hub, members, "alice", groups[1])
    assert hub.telemetry.ask(f"/mcdpdk/group,{groups[0]}")["rate_limited"] >= 2 * PACKETS - BURST - 4
    assert hub.telemetry.ask(f"/mcdpdk/group,{groups[1]}")["rate_limited"] == 0
    assert "the group has a rate_limit" in hub.ctl("explain", "alice", groups[0]).stdout


def test_bits_are_limited_as_well(hub, members, groups):
    """Ten seconds of 1,000 bits hold 1,250 bytes of inner packets, whatever the tunnel adds."""
    hub.reload_and_wait(limited("members", "alice", {"bps": 1000, "burst_ms": 10000}))
    inner = 34 if groups is GROUPS["IPv4"] else 54
    passed, _ = taken(hub, members, "alice", groups[0])
    assert 1250 // inner <= passed <= 1250 // inner + 20


def test_each_admitted_instance_has_its_rules_limit(hub, members, groups):
    """dave and erin are admitted by what they send first, which counts."""
    names = {"dave": "gre:10.0.0.13", "erin": "gre-udp:10.0.0.14"}
    config = BASE | {
        "members": [entry for entry in BASE["members"] if entry["name"] not in names],
        "admit": [{"prefix": "10.0.0.0/24", "encap": ["gre", "gre-udp"], "rate_limit": LIMIT}]}
    hub.reload_and_wait(config)
    for name, admitted in names.items():
        packets = packets_to(hub, groups[0])
        begun = time.monotonic()
        send(members, name, groups[0])
        await_condition(lambda known=admitted: (member(hub, known) or {}).get("rx_packets") == PACKETS,
                        f"{admitted} admitted")
        hub.settled()
        assert BURST <= packets_to(hub, groups[0]) - packets <= BURST + 1 + time.monotonic() - begun
        assert member(hub, admitted)["address"] == ADDRESSES[name]
        assert member(hub, admitted)["rate_limited"] > 0


def test_a_reload_changes_limits_and_forgives_nobody(hub, members, groups):
    """The same limit goes on where it was; a larger one, and none, take effect at once."""
    hub.reload_and_wait(limited("members", "alice"))
    assert_limited(hub, members, "alice", groups[0])
    hub.reload_and_wait(limited("members", "alice") | {"ttl": "decrement"})
    passed, most = taken(hub, members, "alice", groups[0])
    assert passed <= most - BURST
    hub.reload_and_wait(limited("members", "alice", {"pps": 4, "burst_ms": 10000}))
    passed, _ = taken(hub, members, "alice", groups[0])
    assert passed >= 4 * BURST
    hub.reload_and_wait(BASE)
    assert_free(hub, members, "alice", groups[0])

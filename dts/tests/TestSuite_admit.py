# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Instances that are not declared become members by the prefix of their address. Topology: quartet.py.

Here only alpha is declared. 10.0.0.12/31 (beta l2, gamma GRE with key 7) may use l2 and GRE, 10.5.0.0/16 (delta, GRE)
only GRE. The unknown sender, 10.0.0.66, is in no prefix.
"""

import subprocess

import pytest
from scapy.compat import raw
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import IPv6

import igmp_message
import mld_message
import quartet as four
from hub import crowding
from igmp_message import TO_EX, TO_IN, carries_query
from numbered_sender import DIGITS
from quartet import ADDRESSES, GROUP, udp_to
from topo import HUB_ADDRESS
from traffic import Wire, gre_copy, gre_frame, l2_frame
from waiting import DEADLINE_S, await_condition

ADMIT = [{"prefix": "10.0.0.12/31", "encap": ["l2", "gre"], "max_members": 3},
         {"prefix": "10.5.0.0/16", "encap": ["gre"]}]
CONFIG = four.CONFIG | {
    "members": four.CONFIG["members"][:1],
    "groups": [{"group": GROUP, "members": ["*"]}],
    "admit": ADMIT,
    # After the start the hub sends no query during a test.
    "igmp": {"query_interval": 3600, "query_response_interval": 10, "startup_query_interval": 3600,
             "immediate_leave": True},
}
NAMES = {"beta": "l2:10.0.0.12", "gamma": "gre:10.0.0.13:7", "delta": "gre:10.5.0.6"}
JOINED = "239.3.3.3"


@pytest.fixture(name="start")
def fixture_start(quartet):
    with four.starting_hubs(quartet, CONFIG, driver="deep rings") as start:
        yield start


@pytest.fixture(name="hub")
def fixture_hub(start):
    return start()


def report(member, kind, group=JOINED):
    return igmp_message.report(ADDRESSES[member], igmp_message.record(kind, group))


def await_copy(quartet, receiver, inner):
    """Wait for the copy on the receiver's wire; only queries may come before it."""
    wanted = quartet.copy(receiver, inner)
    for frame in quartet.wires[receiver].frames():
        if frame == wanted:
            return
        assert carries_query(frame), f"{receiver} got a frame nobody expected: {frame.hex()}"
    raise AssertionError(f"{receiver} did not get its copy")


def assert_no_data(quartet):
    for name, wire in quartet.wires.items():
        while (frame := wire.pending()) is not None:
            assert carries_query(frame), f"{name} got a frame nobody expected: {frame.hex()}"


def members(hub):
    return set(hub.telemetry.listing("members"))


def await_groups(hub, member, groups):
    def joined():
        page = hub.telemetry.ask(f"/mcdpdk/member_groups,0,{NAMES[member]}")
        return page.get("groups") == groups
    await_condition(joined, f"{member} in {groups}")


def reload(hub, **keys):
    hub.reload_and_wait(CONFIG | keys)


def source(member):
    return ADDRESSES[member]


@pytest.mark.parametrize("member", NAMES)
def test_first_packet_of_an_undeclared_instance_is_delivered(hub, quartet, member):
    """alpha gets the first packet and the 20 after it in order. The sender is a member of origin `admitted`, named by
    its encapsulation, address and key, and gets no copy."""
    for number in range(21):
        quartet.send(member, udp_to(source=source(member), payload=b"%d" % number))
    for number in range(21):
        await_copy(quartet, "alpha", udp_to(source=source(member), payload=b"%d" % number))
    assert members(hub) == {"alpha", NAMES[member]}
    known = hub.telemetry.ask(f"/mcdpdk/member,{NAMES[member]}")
    assert (known["name"], known["origin"], known["address"]) == (
        NAMES[member], "admitted", ADDRESSES[member])
    assert (known["rx_packets"], known["groups"]) == (21, 0)
    stats, drops = hub.settled()
    assert (stats["data_packets"], drops["source_denied"]) == (21, 0)
    assert_no_data(quartet)


@pytest.mark.parametrize("member", NAMES)
def test_stream_of_an_undeclared_instance_stays_in_order(hub, quartet, member):
    """2,000 packets/s begin while the sender is unknown; none is lost."""
    packet = IP(src=source(member), dst=GROUP) / UDP(sport=4000, dport=5000, chksum=0) / bytes(DIGITS)
    wanted = quartet.copy("alpha", packet)[:-DIGITS]
    # delta's frames are sent at the router's interface.
    node = quartet.wires[member].node
    stream = node.start_python("numbered_sender.py", "--dev", "br-a" if member == "delta" else "eth0",
                               "--rate", 2000 / crowding(), raw(quartet.frame(member, packet)).hex(),
                                stdin=subprocess.PIPE)
    try:
        assert stream.stdout.readline() == "sending\n"
        await_condition(lambda: hub.stats()["data_packets"] >= 500, "500 packets")
        sent = int(stream.communicate(timeout=DEADLINE_S)[0])
    finally:
        stream.kill()
    await_condition(lambda: hub.stats()["data_packets"] >= sent, f"{sent} packets")
    got = [frame for frame in quartet.wires["alpha"].frames(1) if frame[:-DIGITS] == wanted]
    assert [int(frame[-DIGITS:]) for frame in got] == list(range(sent))


def test_declared_members_come_before_admitted_ones(start, quartet):
    """`limits` allows three members: alpha and the admitted beta and gamma. A reload with delta removes one admitted
    member, which is refused until there is room."""
    hub = start(limits={"members": 3})
    for member in ("beta", "gamma"):
        quartet.send(member, udp_to(source=source(member)))
        await_condition(lambda: NAMES[member] in members(hub), f"{member} admitted")
    reload(hub, members=[m for m in four.CONFIG["members"] if m["name"] in ("alpha", "delta")], limits={"members": 3})
    assert len(members(hub)) == 3 and {"alpha", "delta"} < members(hub)
    quartet.discard()
    (left,) = {"beta", "gamma"} - {name for name in NAMES if NAMES[name] in members(hub)}
    quartet.send(left, udp_to(source=source(left)))
    hub.await_drop("source_denied", 1)


@pytest.mark.parametrize("member", NAMES)
def test_an_admitted_member_gets_only_what_it_joined(hub, quartet, member):
    """A join admits an instance. It does not get a group with members "*", which means declared members, and gets
    nothing after its leave."""
    quartet.send(member, report(member, TO_EX))
    await_groups_of_new(hub, member)
    hub.await_resolved(NAMES[member])
    records = hub.telemetry.receivers(JOINED)
    assert [(r["member"], r["origins"]) for r in records] == [(NAMES[member], ["igmp"])]
    quartet.send("alpha", udp_to())
    hub.await_drop("no_receiver", 1)
    quartet.send("alpha", udp_to(JOINED))
    await_copy(quartet, member, udp_to(JOINED))
    quartet.send(member, report(member, TO_IN))
    await_groups(hub, member, [])
    quartet.send("alpha", udp_to(JOINED))
    hub.await_drop("no_receiver", 2)
    assert_no_data(quartet)


def await_groups_of_new(hub, member):
    await_condition(lambda: NAMES[member] in members(hub), f"{member} admitted")
    await_groups(hub, member, [JOINED])


def test_an_instance_that_speaks_ipv6_alone_is_admitted(start, quartet):
    """gamma by its report, delta by its first packet, which gamma gets. The leave of gamma takes effect, too."""
    hub = start(mld=CONFIG["igmp"])
    group, host = "ff05::66", "fe80::3"
    quartet.send("gamma", mld_message.report(host, mld_message.record(TO_EX, group)))
    await_condition(lambda: set(hub.receivers(group)) == {NAMES["gamma"]}, "gamma is admitted and has joined")
    packet = IPv6(src="fd00::4", dst=group, hlim=1) / UDP(sport=4000, dport=5000) / b"the first"
    quartet.send("delta", packet)
    assert quartet.copy("gamma", packet) in quartet.wires["gamma"].frames()
    assert members(hub) == {"alpha", NAMES["gamma"], NAMES["delta"]}
    quartet.send("gamma", mld_message.report(host, mld_message.record(TO_IN, group)))
    await_condition(lambda: not hub.receivers(group), "gamma has left")


def test_an_instance_without_a_rule_is_denied(hub, quartet):
    """The unknown sender, in no prefix, sends data and reports over l2 and GRE; delta, which may use only GRE, sends
    over l2. All is `source_denied`; nobody is admitted and nothing replicated."""
    packet = udp_to(source=ADDRESSES["unknown"])
    mac = quartet.mac("unknown")
    quartet.send("unknown", packet)
    quartet.send("unknown", report("unknown", TO_EX))
    quartet.send_frame("unknown", gre_frame(packet, mac, quartet.hub_mac, ADDRESSES["unknown"],
                                             HUB_ADDRESS))
    quartet.send_frame("delta", l2_frame(udp_to(source=ADDRESSES["delta"]), quartet.mac("delta"),
                                         quartet.hub_mac))
    hub.await_drop("source_denied", 4)
    stats, _ = hub.settled()
    assert stats["data_packets"] == stats["copies"] == 0
    assert members(hub) == {"alpha"}
    assert_no_data(quartet)


def test_max_members_is_a_bound(hub, quartet):
    """gamma sends with 3 keys, which the rule allows, then with 5 more and as beta. The first three stay members, all
    others are `source_denied`; another rule still admits delta."""
    def send(key):
        quartet.send_frame("gamma", gre_frame(
            udp_to(payload=b"%d" % key), quartet.mac("gamma"), quartet.hub_mac, ADDRESSES["gamma"],
            HUB_ADDRESS, key))

    for key in range(8):
        send(key)
        if key < 3:
            await_copy(quartet, "alpha", udp_to(payload=b"%d" % key))
        else:
            hub.await_drop("source_denied", key - 2)
    quartet.send("beta", udp_to(source=source("beta")))
    hub.await_drop("source_denied", 6)
    named = {f"gre:10.0.0.13:{key}" for key in range(3)}
    assert members(hub) == {"alpha"} | named
    send(1)
    await_copy(quartet, "alpha", udp_to(payload=b"1"))
    quartet.send("delta", udp_to(payload=b"delta"))
    await_copy(quartet, "alpha", udp_to(payload=b"delta"))
    assert members(hub) == {"alpha", NAMES["delta"]} | named
    stats, _ = hub.settled()
    assert stats["data_packets"] == 5
    assert_no_data(quartet)


def test_a_reload_keeps_members_whose_rule_stays(hub, quartet):
    """gamma and delta stay when other groups are reloaded. A member whose rule a reload removes gets nothing and is
    `source_denied`."""
    for member in ("gamma", "delta"):
        quartet.send(member, report(member, TO_EX))
        await_groups_of_new(hub, member)
        hub.await_resolved(NAMES[member])
    reload(hub, groups=[{"group": "239.4.4.4", "members": ["*"]}])
    quartet.send("alpha", udp_to(JOINED))
    for member in ("gamma", "delta"):
        await_copy(quartet, member, udp_to(JOINED))
    reload(hub, admit=ADMIT[1:])
    assert members(hub) == {"alpha", NAMES["delta"]}
    quartet.send("alpha", udp_to(JOINED))
    await_copy(quartet, "delta", udp_to(JOINED))
    quartet.send("gamma", udp_to())
    hub.await_drop("source_denied", 1)
    reload(hub, admit=[])
    assert members(hub) == {"alpha"}
    quartet.send("alpha", udp_to(JOINED))
    hub.await_drop("no_receiver", 1)
    hub.settled()
    assert_no_data(quartet)


def test_a_rule_restricts_what_its_members_join(start, quartet):
    """gamma's rule allows 239.3.0.0/16, delta's nothing, igmp.groups everything. A reload moves the prefix to delta's
    rule, another removes both lists. The group has gamma alone, then delta alone, then every joiner; refused joins are
    counted, and a member admitted later has the current list."""
    def rules(gamma, delta):
        return [ADMIT[0] | {"join": gamma}, ADMIT[1] | {"join": delta}]

    def join(refused):
        for member in ("gamma", "delta"):
            quartet.send(member, report(member, TO_EX))
        await_condition(lambda: hub.telemetry.ask("/mcdpdk/igmp")["rejected_not_permitted"] == refused,
                        f"{refused} refused")

    hub = start(admit=rules(["239.3.0.0/16"], []))
    join(refused=1)
    await_groups_of_new(hub, "gamma")
    await_groups(hub, "delta", [])
    reload(hub, admit=rules(["239.4.0.0/16"], [JOINED]))
    await_groups(hub, "gamma", [])
    join(refused=2)
    await_groups(hub, "delta", [JOINED])
    await_groups(hub, "gamma", [])
    quartet.send("beta", report("beta", TO_EX))
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/igmp")["rejected_not_permitted"] == 3, "beta's")
    await_groups(hub, "beta", [])
    reload(hub)
    await_groups(hub, "delta", [JOINED])
    join(refused=3)
    await_groups(hub, "gamma", [JOINED])


def test_a_smaller_bound_removes_the_surplus(hub, quartet):
    """One rule admits beta and gamma. After a reload with `max_members` 1 one is left; the other is `source_denied`."""
    for member in ("beta", "gamma"):
        quartet.send(member, udp_to(source=source(member)))
        await_copy(quartet, "alpha", udp_to(source=source(member)))
    reload(hub, admit=[ADMIT[0] | {"max_members": 1}])
    left = members(hub) - {"alpha"}
    assert len(left) == 1 and left < set(NAMES.values())
    (member,) = {"beta", "gamma"} - {m for m, name in NAMES.items() if name in left}
    quartet.send(member, udp_to(source=source(member)))
    hub.await_drop("source_denied", 1)


def test_a_declaration_takes_over_an_admitted_member(hub, quartet):
    """A reload declares the admitted gamma: it has its declared name, origin `static` and the "*" groups. After a
    reload without it, its next packet admits it anew."""
    quartet.send("gamma", report("gamma", TO_EX))
    await_groups_of_new(hub, "gamma")
    reload(hub, members=CONFIG["members"] + [four.CONFIG["members"][2]])
    assert members(hub) == {"alpha", "gamma"}
    assert hub.telemetry.ask("/mcdpdk/member,gamma")["origin"] == "static"
    hub.await_resolved("gamma")
    quartet.send("alpha", udp_to())
    await_copy(quartet, "gamma", udp_to())
    reload(hub)
    assert members(hub) == {"alpha"}
    quartet.send("gamma", udp_to(payload=b"again"))
    await_copy(quartet, "alpha", udp_to(payload=b"again"))
    assert members(hub) == {"alpha", NAMES["gamma"]}


def test_two_hundred_senders_are_admitted_at_once(start, quartet):
    """200 unknown GRE senders of one prefix send 3 packets each without a pause. Every packet is delivered once, each
    sender's in order."""
    hub = start(admit=[{"prefix": "10.0.0.13/32", "encap": ["gre"], "max_members": 200}])
    for number in range(3):
        for key in range(200):
            quartet.send_frame("gamma", raw(gre_frame(
                udp_to(source="172.16.0.1", payload=b"%d %d" % (key, number)),
                quartet.mac("gamma"), quartet.hub_mac, ADDRESSES["gamma"], HUB_ADDRESS, key)))
    got = {key: [] for key in range(200)}
    for frame in quartet.wires["alpha"].frames():
        if carries_query(frame):
            continue
        key, number = map(int, frame[42:].split())
        got[key].append(number)
        if sum(map(len, got.values())) == 600:
            break
    assert all(numbers == [0, 1, 2] for numbers in got.values()), got
    assert len(members(hub)) == 201
    stats, _ = hub.settled()
    assert stats["data_packets"] == 600


def test_the_tunnel_follows_the_overlay(hub, quartet):
    """A reload changes the overlay: only the hub's new address answers gamma's ping, and gamma keeps its group."""
    quartet.send("gamma", report("gamma", TO_EX))
    await_groups_of_new(hub, "gamma")
    hub.await_resolved(NAMES["gamma"])
    reload(hub, overlay={"address": "192.168.20.254/24"})
    for target in (four.HUB_OVERLAY, "192.168.20.254"):
        quartet.send("gamma", request := four.echo_request("192.168.20.3", target))
    await_copy(quartet, "gamma", IP(src="192.168.20.254", dst=request.src, ttl=64, id=request.id, flags=request.flags)
               / ICMP(type=0, id=request[ICMP].id, seq=request[ICMP].seq) / request[ICMP].payload)
    hub.await_drop("no_receiver", 1)
    await_groups(hub, "gamma", [JOINED])
    assert_no_data(quartet)


def test_an_address_that_no_host_can_have_is_not_admitted(start, quartet):
    """Every prefix is admitted. Frames and tunnelled packets from such addresses are `source_denied`."""
    hub = start(admit=[{"prefix": "0.0.0.0/0", "encap": ["l2", "gre"]}])
    mac = quartet.mac("unknown")
    for number, address in enumerate([HUB_ADDRESS, "10.0.0.255", "10.0.0.0", "127.0.0.1", "240.0.0.1"]):
        quartet.send_frame("unknown", l2_frame(udp_to(source=address), mac, quartet.hub_mac))
        quartet.send_frame("unknown", gre_frame(udp_to(), mac, quartet.hub_mac, address, HUB_ADDRESS))
        hub.await_drop("source_denied", 2 * number + 2)
    assert members(hub) == {"alpha"}
    assert_no_data(quartet)


@pytest.fixture(name="side")
def fixture_side(cloud):
    """A second interface of the hub and the wire of its network."""
    cloud.hub_node.ip("link", "add", "side", "address", "02:00:00:00:01:0a", "type", "veth",
                      "peer", "name", "side-peer")
    for name in ("side", "side-peer"):
        cloud.hub_node.ip("link", "set", name, "up")
    wire = Wire(cloud.hub_node, "side-peer")
    yield wire
    wire.socket.close()
    cloud.hub_node.ip("link", "del", "side")


def test_a_member_is_served_by_the_port_that_admitted_it(cloud, quartet, side):
    """The hub has two ports with a gateway each; delta, in neither subnet, reports to the second port's address. Copies
    leave by that port from its address, the only one that delta's tunnel accepts, also after a restart with the state
    file. A report to the first port's address moves them there."""
    router, own = "02:00:00:00:01:01", "02:00:00:00:01:0a"
    ports = [CONFIG["ports"][0] | {"device": "net_af_packet0"},
             {"device": "net_af_packet1", "address": "10.1.0.10/24", "gateway": "10.1.0.1", "gateway_mac": router}]
    config = CONFIG | {"ports": ports, "state_file": str(cloud.folder / "two-ports")}
    for is_new in (True, False):
        with cloud.start_hub(config, arguments=["--vdev", "net_af_packet1,iface=side"]) as hub:
            hub.await_resolved()
            if is_new:
                side.send(gre_frame(report("delta", TO_EX), router, own, ADDRESSES["delta"], "10.1.0.10"))
            await_groups_of_new(hub, "delta")
            packet = udp_to(JOINED, payload=b"%d" % is_new)
            quartet.send("alpha", packet)
            wanted = gre_copy(packet, own, router, "10.1.0.10", ADDRESSES["delta"])
            assert next(frame for frame in side.frames() if not carries_query(frame)) == wanted
            if not is_new:
                quartet.send("delta", report("delta", TO_EX))
                command = f"/mcdpdk/member,gre:{ADDRESSES['delta']}"
                await_condition(lambda ask=hub.telemetry.ask, command=command: ask(command)["mac"] != router, "a move")
                packet = udp_to(JOINED, payload=b"by the first")
                quartet.send("alpha", packet)
                await_copy(quartet, "delta", packet)
            hub.stop()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A reload does not affect what both configurations allow. Topology: quartet.py.

Two streams of numbered packets run while the hub is reloaded again and again:

    alpha --> hub --> beta, gamma, delta     a group whose list is another one in each configuration
    gamma --> hub --> alpha, beta, delta     a group whose entry is a prefix in one, its own in the other
"""

import copy
import itertools
import json
import os
import signal
import struct
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP

import quartet as four
from hub import ONE_WORKER, RX_AND_TWO_TX, RX_AND_TX, overrun, paces
from igmp_message import carries_query
from numbered_sender import DIGITS
from quartet import ADDRESSES, GROUP, udp_to
from topo import HUB_ADDRESS
from traffic import gre_copy
from waiting import DEADLINE_S, await_condition

# The hub's own queries would only disturb the comparison of frames.
CONFIG = four.CONFIG | {"igmp": False, "mld": False}
RELOADS = 50
RATE = 2500                     # of each of the two streams: 5,000 packets/s through the hub,
                                # less where a crowded machine cannot carry that
PACKETS_A_RELOAD = 50           # at least, before the next
OTHER_GROUP = "239.7.7.7"
UNKNOWN = {"name": "unknown", "address": ADDRESSES["unknown"]}
EXTRA_NAMES = [f"extra-{number}" for number in range(8)]

LAYOUTS = {
    "one worker": (ONE_WORKER, "deep rings"),
    "RX and TX": (RX_AND_TX, "deep rings"),
    "RX and two more": (RX_AND_TWO_TX, "deep rings"),
}
STREAMS = {"alpha": (GROUP, ("beta", "gamma", "delta")),
           "gamma": (OTHER_GROUP, ("alpha", "beta", "delta"))}
WATCHED = four.MEMBERS
SOL_PACKET, PACKET_STATISTICS = 263, 6


def configurations(quartet):
    """Two configurations that share only the two streams; the unknown sender gets the extra members' copies."""
    groups = CONFIG["groups"]
    extra = [{"name": name, "address": f"10.0.0.{100 + number}", "mac": quartet.mac("unknown")}
             for number, name in enumerate(EXTRA_NAMES)]
    first = four.CONFIG | {
        "members": CONFIG["members"] + extra[:4],
        "groups": groups + [{"group": "239.7.0.0/16", "members": ["alpha", "beta", "delta"]}],
    }
    second = four.CONFIG | {
        "members": extra[2:] + CONFIG["members"][::-1],
        "groups": [
            {"group": GROUP, "members": ["delta", "gamma", *EXTRA_NAMES[3:], "beta"],
             "senders": ["alpha"]},
            {"group": OTHER_GROUP, "members": ["beta", "alpha", "delta", "extra-7"]},
            {"group": "239.8.8.8", "members": ["*"]},
        ],
        "unknown_groups": "flood",
    }
    return first, second


class Stream:
    """A member's numbered packets, and those that each receiver gets."""

    def __init__(self, quartet, sender, rate):
        group, receivers = STREAMS[sender]
        # The number stands at the end, where no checksum covers it.
        packet = IP(src=ADDRESSES[sender], dst=group) / UDP(sport=4000, dport=5000, chksum=0) / (
            b"%-8s" % sender.encode() + bytes(DIGITS))
        self.copies = {r: quartet.copy(r, packet)[:-DIGITS] for r in receivers}
        self.got = {r: [] for r in receivers}
        self.process = quartet.nodes[sender].start_python(
            "numbered_sender.py", "--rate", rate, raw(quartet.frame(sender, packet)).hex(),
            stdin=subprocess.PIPE)
        assert self.process.stdout.readline() == "sending\n"

    def take(self, receiver, frame):
        if self.copies.get(receiver) != frame[:-DIGITS]:
            return False
        self.got[receiver].append(int(frame[-DIGITS:]))
        return True

    def stop(self):
        """Return how many packets were sent."""
        out, _ = self.process.communicate(timeout=DEADLINE_S)
        return int(out)


def take_what_is_here(quartet, streams):
    for name in WATCHED:
        while (frame := quartet.wires[name].pending()) is not None:
            if not any(stream.take(name, frame) for stream in streams):
                assert carries_query(frame), f"{name} got a frame nobody expected: {frame.hex()}"


def unseen_by_the_test(quartet):
    """Frames that reached a wire but exceeded the test's own buffer."""
    lost = 0
    for name in WATCHED:
        statistics = quartet.wires[name].socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        lost += struct.unpack("II", statistics)[1]
    return lost


def describe(numbers, sent):
    missing = sorted(set(range(sent)) - set(numbers))
    backwards = sum(a > b for a, b in itertools.pairwise(numbers))
    twice = len(numbers) - len(set(numbers))
    return f"of {sent}: {len(missing)} lost {missing[:5]}, {twice} twice, {backwards} out of order"


def change_lists(hub):
    """Other members join and leave the two groups; no stream may be affected."""
    for group, member in itertools.product((GROUP, OTHER_GROUP), ("extra-2", "extra-3")):
        for verb in ("join", "leave"):
            answer = hub.telemetry.ask(f"/mcdpdk/{verb},{group},{member}")
            assert answer == {"status": "ok", "message": ""}


def reload_now(hub, config, by_signal):
    """Reload by signal or telemetry and wait until it is applied."""
    wanted = generation(hub) + 1
    hub.config_file.write_text(json.dumps(config))
    if by_signal:
        hub.process.send_signal(signal.SIGHUP)
        await_condition(lambda: generation(hub) == wanted, f"generation {wanted}")
    else:
        assert hub.telemetry.ask("/mcdpdk/reload") == {
            "status": "ok", "message": "", "generation": wanted}


def generation(hub):
    return hub.telemetry.ask("/mcdpdk/info")["generation"]


@pytest.mark.parametrize("churn", [False, True], ids=["", "while others join and leave"])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_streams_do_not_notice_reloads(cloud, quartet, layout, churn):
    """The configurations alternate 50 times, by signal and telemetry in turn; in half of the runs other members keep
    joining and leaving the same groups. Each receiver gets each packet once and in order."""
    lcores, driver = layout
    first, second = configurations(quartet)
    for rate in paces(RATE):
        with cloud.start_hub(first, lcores=lcores, driver=driver) as hub:
            hub.await_resolved("alpha", "beta", "gamma", "delta")
            # The switch learns the unknown sender's port and floods nothing that is for it.
            quartet.send("unknown", udp_to(source=ADDRESSES["unknown"]))
            await_condition(lambda: hub.drops()["source_denied"] == 1, "source_denied")
            quartet.discard()
            unseen_by_the_test(quartet)
            streams, sent = stream_across_reloads(hub, quartet, rate, (second, first), churn)
            stats, drops = hub.settled()
            if overrun(stats, drops, sum(sent)):
                continue
            take_what_is_here(quartet, streams)
            assert unseen_by_the_test(quartet) == 0
            for stream, count in zip(streams, sent):
                for receiver, numbers in stream.got.items():
                    assert numbers == list(range(count)), f"{receiver}: {describe(numbers, count)} {drops}"
            hub.stop()
        break
    quartet.discard()


def stream_across_reloads(hub, quartet, rate, configs, churn):
    """The two streams, and how many packets each sent."""
    with ExitStack() as senders:
        streams = [Stream(quartet, sender, rate) for sender in STREAMS]
        for stream in streams:
            senders.callback(stream.process.kill)
        for number, config in zip(range(RELOADS), itertools.cycle(configs)):
            wanted = hub.stats()["rx_packets"] + PACKETS_A_RELOAD
            reload_now(hub, config, by_signal=number % 2)
            if churn:
                change_lists(hub)
            take_what_is_here(quartet, streams)
            await_condition(lambda: hub.stats()["rx_packets"] >= wanted, "traffic")
        return streams, [stream.stop() for stream in streams]


@pytest.fixture(name="start")
def fixture_start(quartet):
    with four.starting_hubs(quartet, CONFIG) as start:
        yield start


@pytest.fixture(name="hub")
def fixture_hub(start):
    return start()


def refused(hub, text, by_signal):
    """Let the hub read a file that it must refuse; return its reason."""
    before = hub.log()
    if text is None:
        hub.config_file.unlink()
    else:
        hub.config_file.write_text(text)
    if by_signal:
        hub.process.send_signal(signal.SIGHUP)
        return await_condition(lambda: hub.log()[len(before):], "a line in the log")
    answer = hub.telemetry.ask("/mcdpdk/reload")
    assert answer["status"] == "error"
    assert answer["message"] in hub.log()[len(before):]
    return answer["message"]


def dumped(**keys):
    return json.dumps(CONFIG | keys)


@pytest.mark.parametrize("by_signal", [False, True], ids=["telemetry", "SIGHUP"])
def test_bad_file_changes_nothing_and_says_why(hub, quartet, by_signal):
    """A reload reads a file that is not JSON, ones with wrong content, or none. The log and the answer have the reason
    with its place; generation, groups and traffic are unchanged. Then a good file is accepted."""
    groups = hub.telemetry.listing("groups")
    file = hub.config_file.name
    for text, reason in (
            (dumped()[:-1], f"{file}:1:"),
            (dumped(member=[]), f"{file}: member: "),
            (dumped(groups=[{"group": "10.0.0.1", "members": []}]), f"{file}: groups[0].group: "),
            (dumped(groups=[{"group": GROUP, "members": ["nobody"]}]),
             f"{file}: groups[0].members[0]: "),
            (dumped(members=CONFIG["members"] + [{"name": "alpha", "address": "10.0.0.99"}]),
             f"{file}: members[4].name: "),
            (dumped(ports=[CONFIG["ports"][0] | {"next_hop": "gateway"}]), f"{file}: members[0].encap: "),
            (None, file)):
        assert reason in refused(hub, text, by_signal)
        assert generation(hub) == 1
        assert hub.telemetry.listing("groups") == groups
        quartet.exchange("alpha", udp_to())
    reload_now(hub, CONFIG | {"groups": []}, by_signal)
    assert hub.telemetry.listing("groups") == []


@pytest.mark.parametrize("by_signal", [False, True], ids=["telemetry", "SIGHUP"])
def test_warnings_of_a_reload_are_logged(hub, by_signal):
    """They are those of `-t`, once, with their level, and the file is in force."""
    before = hub.log()
    reload_now(hub, CONFIG | {"broadcast": {"members": []}}, by_signal)
    warning = f"mcdpdk: warning: {hub.config_file}: broadcast.members: "
    await_condition(lambda: warning in hub.log()[len(before):], "the warning")
    assert hub.log()[len(before):].count(warning) == 1


def test_all_errors_of_a_file_are_logged(hub):
    """The answer has the first."""
    before = hub.log()
    message = refused(hub, dumped(nonsense=1, groups=[{"group": GROUP, "members": ["nobody"]}]), False)
    log = hub.log()[len(before):]
    assert "nonsense" in log and "nobody" in log
    assert ("nonsense" in message) != ("nobody" in message)


def test_what_is_allocated_at_start_needs_a_restart(hub, quartet):
    """Files that change ports, lcores or limits together with the groups are refused as a whole with these words."""
    on_link = [m for m in CONFIG["members"] if m["name"] != "delta"]
    for what, keys in (
            ("ports", {"ports": [{"address": f"{HUB_ADDRESS}/24"}], "members": on_link}),
            ("ports", {"ports": [CONFIG["ports"][0] | {"address": "10.0.0.20/24"}]}),
            ("lcores", {"lcores": {"rx": [1], "tx": [1]}}),
            ("limits", {"limits": {"members": 100}}),
            ("limits", {"limits": {"groups": 100}})):
        message = refused(hub, dumped(**{"groups": []} | keys), False)
        assert "needs a restart" in message and what in message
        assert generation(hub) == 1
        quartet.exchange("alpha", udp_to())


def test_full_tables_replace_members_and_groups(cloud, quartet):
    """There are as many members and groups as `limits` allows. Reloads replace some and restore them; the declared
    members receive the declared groups."""
    full = [{"members": ["alpha", "beta"], "group": GROUP}, {"members": ["alpha", "gamma"], "group": OTHER_GROUP}]
    configs = [CONFIG | {"members": [m for m in CONFIG["members"] if m["name"] in group["members"]],
                         "groups": [group], "broadcast": {"members": []}, "limits": {"members": 2, "groups": 1}}
               for group in full]
    with cloud.start_hub(configs[0]) as hub:
        for config, (sender, receiver) in itertools.islice(
                itertools.cycle(zip(configs, (("alpha", "beta"), ("alpha", "gamma")))), 5):
            reload_now(hub, config, False)
            hub.await_resolved()
            quartet.discard()
            quartet.exchange(sender, udp_to(config["groups"][0]["group"]), [receiver])
        hub.stop()


def test_explicit_default_limits_are_no_change(hub):
    reload_now(hub, CONFIG | {"limits": {"members": 4096, "groups": 65536}}, False)
    assert "needs a restart" not in hub.log()


def test_stating_the_devices_values_is_no_change(hub):
    """The port's name and MTU may be stated, and omitted again."""
    port = hub.telemetry.ask("/mcdpdk/ports")["r0"]
    named = CONFIG["ports"][0] | {"device": port["name"], "mtu": port["mtu"]}
    for ports in ([named], CONFIG["ports"], [named]):
        reload_now(hub, CONFIG | {"ports": ports}, False)
    assert "needs a restart" in refused(hub, dumped(ports=[named | {"mtu": port["mtu"] - 100}]), False)


def test_generation_counts_what_was_applied(hub):
    """1 at the start, one more with each applied reload, unchanged by others."""
    assert generation(hub) == 1
    for applied in range(1, 5):
        refused(hub, "{", False)
        assert generation(hub) == applied
        reload_now(hub, CONFIG, by_signal=applied % 2)


def test_member_is_added_and_removed(hub, quartet):
    """The unknown sender receives and sends while it is a member; before and after it is `source_denied`."""
    packet = udp_to(source=ADDRESSES["unknown"])
    for denied in (1, 2):
        quartet.send("unknown", packet)
        await_condition(lambda: hub.drops()["source_denied"] == denied, "source_denied")
        reload_now(hub, CONFIG | {"members": CONFIG["members"] + [UNKNOWN]}, denied % 2)
        hub.await_resolved("unknown")
        quartet.exchange("alpha", udp_to(), ("beta", "gamma", "delta", "unknown"))
        quartet.exchange("unknown", packet)
        reload_now(hub, CONFIG, denied % 2)
        quartet.exchange("alpha", udp_to(), ("beta", "gamma", "delta"))
        assert "unknown" not in hub.telemetry.listing("members")
    hub.settled()
    quartet.assert_quiet()


def test_member_is_renamed(hub, quartet):
    """beta is then unknown, and bravo gets its groups."""
    members = copy.deepcopy(CONFIG["members"])
    members[1]["name"] = "bravo"
    groups = copy.deepcopy(CONFIG["groups"])
    groups[3]["members"] = ["bravo"]
    reload_now(hub, CONFIG | {"members": members, "groups": groups}, False)
    hub.await_resolved("bravo")
    assert sorted(hub.telemetry.listing("members")) == ["alpha", "bravo", "delta", "gamma"]
    assert "error" in hub.telemetry.ask("/mcdpdk/member,beta")
    quartet.exchange("alpha", udp_to())
    quartet.exchange("alpha", udp_to("239.192.7.7"), ("beta",))
    quartet.exchange("beta", udp_to(source=ADDRESSES["beta"]))


@pytest.mark.parametrize("key, pair", [("name", (0, 1)), ("overlay", (2, 3))])
def test_two_members_may_swap_names_or_addresses(hub, quartet, key, pair):
    """alpha and beta swap names: a group of one name reaches the other's address. gamma and delta swap overlay
    addresses: overlay unicast likewise."""
    members = copy.deepcopy(CONFIG["members"])
    first, second = (members[i] for i in pair)
    first[key], second[key] = second[key], first[key]
    for config in (CONFIG | {"members": members}, CONFIG, CONFIG | {"members": members}):
        reload_now(hub, config, False)
    hub.await_resolved()
    quartet.exchange("gamma", udp_to())
    if key == "name":
        quartet.exchange("gamma", udp_to("239.192.7.7"), ("alpha",))
        quartet.exchange("gamma", udp_to("239.192.1.1"), ("beta", "delta"))
    else:
        packet = udp_to(first["overlay"], second["overlay"])
        quartet.send("delta", packet)
        quartet.expect_copies(packet, "gamma")
        packet = udp_to(second["overlay"], first["overlay"])
        quartet.send("gamma", packet)
        quartet.expect_copies(packet, "delta")


def test_encapsulation_and_key_change(hub, quartet):
    """gamma loses its key, beta gets a GRE tunnel. Copies have the new form; the old form is `source_denied`."""
    members = copy.deepcopy(CONFIG["members"])
    del members[2]["key"]
    members[1] |= {"encap": "gre", "key": 9}
    old = quartet.frame("gamma", udp_to())
    denied = hub.drops()["source_denied"]
    reload_now(hub, CONFIG | {"members": members}, True)
    hub.await_resolved()
    quartet.send_frame("gamma", old)
    await_condition(lambda: hub.drops()["source_denied"] == denied + 1, "source_denied")
    quartet.send("alpha", udp_to())
    for receiver, key in (("beta", 9), ("gamma", None)):
        quartet.wires[receiver].expect(gre_copy(
            udp_to(), quartet.hub_mac, quartet.mac(receiver), HUB_ADDRESS, ADDRESSES[receiver], key))
    quartet.expect_copies(udp_to(), "delta")


def test_runtime_joins_survive_reloads(hub, quartet):
    """beta gets a group without an entry and one that becomes static until it leaves, nothing afterwards."""
    mine, shared = "239.5.5.5", "239.5.5.6"
    for group in (mine, shared):
        assert hub.telemetry.ask(f"/mcdpdk/join,{group},beta")["status"] == "ok"
    with_shared = CONFIG | {"groups": CONFIG["groups"] + [{"group": shared, "members": ["*"]}]}
    for number, config in enumerate((CONFIG, with_shared, CONFIG, with_shared, CONFIG)):
        reload_now(hub, config, by_signal=number % 2)
        static = config is with_shared
        quartet.exchange("alpha", udp_to(mine), ("beta",))
        quartet.exchange("alpha", udp_to(shared), ("beta", "gamma", "delta") if static else ("beta",))
        origins = {r["member"]: r["origins"] for r in hub.telemetry.receivers(shared)}
        assert origins["beta"] == (["static", "runtime"] if static else ["runtime"])
    for group in (mine, shared):
        assert hub.telemetry.ask(f"/mcdpdk/leave,{group},beta")["status"] == "ok"
        quartet.send("alpha", udp_to(group))
    await_condition(lambda: hub.drops()["no_receiver"] == 2, "two no_receiver")
    hub.settled()
    quartet.assert_quiet()


def test_runtime_joins_end_with_their_member(start, quartet):
    """A reload removes the unknown sender, which had a join. The next member with its id does not inherit it."""
    full = CONFIG["members"] + [UNKNOWN]
    hub = start(members=full)
    assert hub.telemetry.ask("/mcdpdk/join,239.5.5.5,unknown")["status"] == "ok"
    quartet.exchange("alpha", udp_to("239.5.5.5"), ("unknown",))
    reload_now(hub, CONFIG, False)
    reload_now(hub, CONFIG | {"members": full}, False)
    hub.await_resolved("unknown")
    assert "239.5.5.5" not in hub.telemetry.listing("groups")
    quartet.send("alpha", udp_to("239.5.5.5"))
    await_condition(lambda: hub.drops()["no_receiver"] == 1, "no_receiver")


def test_top_level_keys_are_followed(hub, quartet):
    """Another TTL rule, flooding, broadcast receivers, then none of the three: each takes effect with its reload."""
    reload_now(hub, CONFIG | {"ttl": "decrement", "unknown_groups": "flood",
                              "broadcast": {"members": ["beta"]}}, False)
    quartet.send("alpha", udp_to(ttl=9))
    quartet.expect_copies(udp_to(ttl=8), "beta", "gamma", "delta")
    quartet.send("alpha", udp_to("239.9.9.9", ttl=9))
    quartet.expect_copies(udp_to("239.9.9.9", ttl=8), "beta", "gamma", "delta")
    quartet.send("alpha", udp_to("255.255.255.255", ttl=9))
    quartet.expect_copies(udp_to("255.255.255.255", ttl=8), "beta")
    reload_now(hub, CONFIG, True)
    quartet.exchange("alpha", udp_to(ttl=9))
    for group in ("239.9.9.9", "255.255.255.255"):
        quartet.send("alpha", udp_to(group))
    await_condition(lambda: hub.drops()["no_receiver"] == 2, "two no_receiver")


def test_senders_and_roles_are_followed(hub, quartet):
    """First the group has `senders`, then alpha is a receiver: `sender_denied` until the last reload."""
    groups = [CONFIG["groups"][0] | {"senders": ["beta", "10.5.0.0/16"]}, *CONFIG["groups"][1:]]
    members = [CONFIG["members"][0] | {"role": "receiver"}, *CONFIG["members"][1:]]
    for denied, keys in enumerate(({"groups": groups}, {"members": members}), 1):
        reload_now(hub, CONFIG | keys, False)
        quartet.send("alpha", udp_to())
        await_condition(lambda: hub.drops()["sender_denied"] == denied, "sender_denied")
        quartet.exchange("delta", udp_to())
        reload_now(hub, CONFIG, True)
        quartet.exchange("alpha", udp_to())


def await_reader(hub):
    """Until the hub's thread waits for the file."""
    tasks = Path(f"/proc/{hub.telemetry.ask('/mcdpdk/info')['pid']}/task")
    await_condition(lambda: any((task / "comm").read_text().strip() == "mcdpdk-config" for task in tasks.iterdir()),
                    "the thread that reads the file")


def test_a_file_that_cannot_be_read_delays_nothing(start, quartet):
    """The file is a FIFO that nobody writes to, as a file on a network disk that does not answer. Packets flow,
    requests are answered; what is then written is read. Another one that nobody writes to does not delay the end."""
    hub = start()
    hub.config_file.unlink()
    os.mkfifo(hub.config_file)
    hub.process.send_signal(signal.SIGHUP)
    await_reader(hub)
    quartet.exchange("alpha", udp_to())
    assert generation(hub) == 1
    hub.config_file.write_text(json.dumps(CONFIG))
    hub.await_generation(2)
    hub.process.send_signal(signal.SIGHUP)
    await_reader(hub)               # the fixture ends the hub, within two seconds

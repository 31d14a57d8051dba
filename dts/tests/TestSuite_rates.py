# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The rates of streams that real sockets send, /mcdpdk/rates, and who sends them, /mcdpdk/streams. Rates are compared
with the hub's counters, since how fast a sender gets on is the machine's.

    alpha l2  10.0.0.11 --+
    beta  l2  10.0.0.12 --+-- switch A --- hub 10.0.0.10      250 GRE members behind the gateway, whose copies go to a
    gamma l2  10.0.0.13 --+                                   MAC that nobody has
"""

import json
import select
from collections import Counter
from contextlib import closing, contextmanager

import pytest

from telemetry import Telemetry
from topo import GATEWAY, HUB_ADDRESS
from traffic import open_sender
from waiting import await_condition, repeating

ADDRESSES = {"alpha": "10.0.0.11", "beta": "10.0.0.12", "gamma": "10.0.0.13"}
FAST, SLOW, SILENT = "239.1.1.1", "239.1.1.2", "239.1.1.3"
MANY = [f"239.2.{number // 50}.{number % 50 + 1}" for number in range(250)]
FAR = [f"{'long-name-' * 6}{number:03}" for number in range(250)]
PORT, PAYLOAD = 5000, b"x" * 100
ANSWER_MAX, RECORDS_A_PAGE = 16384, 92
COUNTERS = {"group": ("group", "packets", "bytes"), "sender": ("member", "rx_packets", "rx_bytes"),
            "member": ("member", "tx_packets", "tx_bytes")}
CONFIG = {
    "igmp": False, "mld": False,
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY, "gateway_mac": "02:00:00:00:00:0a"}],
    "members": [*({"name": name, "address": address} for name, address in ADDRESSES.items()),
                *({"name": name, "address": f"10.50.0.{number + 1}", "encap": "gre"}
                  for number, name in enumerate(FAR))],
    "groups": [{"group": FAST, "members": list(ADDRESSES)}, {"group": SLOW, "members": ["gamma"]},
               {"group": SILENT, "members": list(ADDRESSES)},
               *({"group": group, "members": [FAR[number], FAR[number - 1]]} for number, group in enumerate(MANY))],
    "idle": "sleep",
}


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    return {name: cloud.add_l2_member(name, address) for name, address in ADDRESSES.items()}


@pytest.fixture(name="hub")
def fixture_hub(cloud, nodes):
    with running_hub(cloud, nodes) as hub:
        yield hub


@contextmanager
def running_hub(cloud, nodes):
    with cloud.start_hub(CONFIG, driver="deep rings") as hub:
        hub.await_resolved(*nodes)
        yield hub
        hub.settled()
        hub.stop()


@contextmanager
def streams(nodes):
    """alpha sends four packets to FAST for each that beta sends to SLOW."""
    alpha, beta = open_sender(nodes["alpha"]), open_sender(nodes["beta"])

    def step():
        for _ in range(4):
            alpha.sendto(PAYLOAD, (FAST, PORT))
        beta.sendto(PAYLOAD, (SLOW, PORT))

    with repeating(step, 0.005):
        yield


def records_of(page):
    return [page[f"r{i}"] for i in range(len(page) - 4)]


def sampled_at(page):
    """When the sample was taken, in ms since the first one."""
    return page["since_ms"] - page["age_ms"]


def names_of(hub, kind):
    return [record["name"] for page in hub.telemetry.pages(f"/mcdpdk/rates,{kind}") for record in records_of(page)]


class Watch:
    """Adds up the samples of a kind, one after the other."""

    def __init__(self, hub, kind):
        self.hub, self.kind = hub, kind
        self.last_ms, self.longest_ms, self.samples = 0, 0, 0
        self.packets, self.bits, self.highest = Counter(), Counter(), Counter()
        self.records = {}

    def look(self):
        page = self.hub.telemetry.ask(f"/mcdpdk/rates,{self.kind}")
        took_ms = sampled_at(page) - self.last_ms
        if took_ms == 0:
            return
        self.last_ms += took_ms
        self.longest_ms = max(self.longest_ms, took_ms)
        self.samples += 1
        self.records = {record["name"]: record for record in records_of(page)}
        for name, record in self.records.items():
            self.packets[name] += record["pps"] * took_ms / 1000
            self.bits[name] += record["bps"] * took_ms / 1000
            self.highest[name] = max(self.highest[name], record["pps"])

    def is_quiet(self):
        return bool(self.records) and all(record["pps"] == 0 for record in self.records.values())

    def check(self):
        """Each rate is rounded up."""
        rounding = self.last_ms / 1000
        command, packets, size = COUNTERS[self.kind]
        for name, record in self.records.items():
            counted = self.hub.telemetry.ask(f"/mcdpdk/{command},{name}")
            bits = 8 * counted[size]
            assert 0 < counted[packets] <= self.packets[name] + 0.01 <= counted[packets] + rounding + 0.02, name
            assert 0 < bits <= self.bits[name] + 0.01 <= bits + rounding + 0.02, name
            assert record["peak_pps"] == self.highest[name] > 0


def watch_streams(hub, nodes):
    """Look at the rates of each kind from before the streams begin until they have ended."""
    watches = [Watch(hub, kind) for kind in COUNTERS]

    def look():
        for watch in watches:
            watch.look()

    look()  # each kind takes a second to begin
    look()
    for watch in watches:
        watch.longest_ms = 0
    with streams(nodes):
        await_condition(lambda: look() or all(watch.samples >= 4 for watch in watches), "four samples")
    hub.settled()
    await_condition(lambda: look() or all(watch.is_quiet() for watch in watches), "the end of the streams")
    return watches


def test_the_rates_of_all_seconds_add_up_to_the_counters(cloud, nodes):
    """Of groups, senders and members: packets and bits a second, times the length of each second, and the peaks. A
    second that this test missed proves nothing: then another hub is watched."""
    for _ in range(5):
        with running_hub(cloud, nodes) as hub:
            watches = watch_streams(hub, nodes)
            if any(watch.longest_ms >= 1900 for watch in watches):
                continue
            for watch in watches:
                watch.check()
            assert [set(watch.records) for watch in watches] == [
                {FAST, SLOW}, {"alpha", "beta"}, {"beta", "gamma"}]
            return
    pytest.fail("this machine is too busy to see each sample")


def test_the_first_question_is_answered_with_rates_and_nobody_else_waits(hub, nodes):
    """The answer comes when there are rates. Meanwhile other requests are answered."""
    other = Telemetry(hub.file_prefix)
    with streams(nodes), closing(other):
        hub.telemetry.socket.send(b"/mcdpdk/rates,group")
        assert other.ask("/mcdpdk/info")["ready"] == 1
        assert not select.select([hub.telemetry.socket], [], [], 0)[0]
        page = json.loads(hub.telemetry.socket.recv(ANSWER_MAX))["/mcdpdk/rates"]
    assert [record["name"] for record in records_of(page)] == [FAST, SLOW]
    assert page["since_ms"] >= 1000 and page["total"] == 2 and page["next"] == 0


def test_mcdpdkctl_shows_who_sends(hub, nodes):
    """rates and top, the busiest first."""
    with streams(nodes):
        for command in (("rates", "sender"), ("top", "senders", "-n", "1")):
            shown = hub.ctl(*command).stdout
            assert 0 < shown.index("alpha") < shown.index("beta") and "gamma" not in shown, shown


def read_pages(hub, kind):
    """All pages of one sample."""
    def read():
        pages = list(hub.telemetry.pages(f"/mcdpdk/rates,{kind}"))
        return pages if len({sampled_at(page) for page in pages}) == 1 else None
    return await_condition(read, "pages of one sample")


def test_pages_hold_every_stream_once_the_highest_first(hub, nodes):
    """250 groups, and 250 members with long names: three pages each, which fit DPDK's buffer, while the streams go on
    with rates of their own."""
    sender = open_sender(nodes["alpha"])

    def step():
        for number, group in enumerate(MANY):
            for _ in range(number % 3 + 1):
                sender.sendto(PAYLOAD, (group, PORT))

    for kind in ("group", "member"):
        assert hub.telemetry.ask(f"/mcdpdk/rates,{kind}")["total"] == 0
    with repeating(step, 0.05):
        await_condition(lambda: len(names_of(hub, "group")) == len(MANY), "a rate of each group")
        for kind, names in (("group", MANY), ("member", FAR)):
            await_condition(lambda: len(names_of(hub, kind)) == len(names), "a rate of each")
            pages = read_pages(hub, kind)
            assert [len(records_of(page)) for page in pages] == [RECORDS_A_PAGE, RECORDS_A_PAGE, 66]
            assert [(page["total"], page["next"]) for page in pages] == [(250, 92), (250, 184), (250, 0)]
            records = [record for page in pages for record in records_of(page)]
            assert sorted(record["name"] for record in records) == sorted(names)
            assert all(set(record) == {"name", "pps", "bps", "peak_pps"} for record in records)
            rates = [record["pps"] for record in records]
            assert rates == sorted(rates, reverse=True) and rates[0] > rates[-1] > 0
            assert max(len(hub.telemetry.ask_raw(f"/mcdpdk/rates,{kind},{offset}"))
                       for offset in (0, 92, 184)) < ANSWER_MAX
    assert hub.telemetry.ask("/mcdpdk/rates,group,250")["next"] == 0


class Streams:
    """Sends packets one by one, each after the hub has noted the one before."""

    def __init__(self, hub, nodes):
        self.hub, self.sent = hub, Counter()
        self.sockets = {name: open_sender(node) for name, node in nodes.items()}

    def send(self, sender, group, packets):
        for _ in range(packets):
            self.sent[sender, group] += 1
            self.sockets[sender].sendto(PAYLOAD, (group, PORT))
            await_condition(lambda: self.shown().get((sender, group), {}).get("packets") == self.sent[sender, group],
                            f"{sender} to {group}")

    def shown(self, of=""):
        pages = self.hub.telemetry.pages("/mcdpdk/streams", of)
        records = [record for page in pages for record in stream_records(page)]
        found = {(record["sender"], record["group"]): record for record in records}
        assert len(found) == len(records)
        return found


def stream_records(page):
    return [page[f"r{i}"] for i in range(len(page) - 2)]


def test_streams_say_who_sends_to_which_group(hub, nodes):
    """alpha and beta send to one group, alpha to another one too: three streams, with all that was sent one by one.
    They can be asked for by group and by member."""
    streams = Streams(hub, nodes)
    assert not streams.shown()
    streams.send("alpha", FAST, 3)
    streams.send("beta", FAST, 2)
    streams.send("alpha", SLOW, 1)
    found = streams.shown()
    assert {stream: record["packets"] for stream, record in found.items()} == streams.sent
    for (sender, group), record in found.items():
        packets = streams.sent[sender, group]
        assert record.pop("last_seen_s") < 60
        assert record == {"sender": sender, "group": group, "source": ADDRESSES[sender], "entry": group,
                          "samples": packets, "packets": packets, "bytes": packets * (len(PAYLOAD) + 28)}
    assert set(streams.shown(f",{FAST}")) == {("alpha", FAST), ("beta", FAST)}
    assert set(streams.shown(",alpha")) == {("alpha", FAST), ("alpha", SLOW)}
    assert streams.shown(",gamma") == streams.shown(f",{SILENT}") == {}
    for wrong in ("x", "0,", "0,nobody", "0,239.1.1.1,10.0.0.11", "0,10.0.0.11"):
        answer = hub.telemetry.ask(f"/mcdpdk/streams,{wrong}")
        assert (set(answer) == {"error"}) == (wrong != "0,"), answer


def test_the_entry_of_a_stream_is_the_one_that_decides(hub, nodes):
    """A prefix; after a reload the group itself."""
    group, prefix = "239.7.1.1", {"group": "239.7.0.0/16", "members": ["gamma"]}
    hub.reload_and_wait(CONFIG | {"groups": [*CONFIG["groups"], prefix]})
    streams = Streams(hub, nodes)
    streams.send("alpha", group, 1)
    assert streams.shown()["alpha", group]["entry"] == "239.7.0.0/16"
    hub.reload_and_wait(CONFIG | {"groups": [*CONFIG["groups"], prefix, {"group": group, "members": ["beta"]}]})
    assert streams.shown()["alpha", group]["entry"] == group


def test_a_member_that_leaves_takes_its_streams_along(hub, nodes):
    """A reload without beta: its stream is gone, alpha's stays. Another member with beta's address and id has only what
    it sends itself."""
    streams = Streams(hub, nodes)
    streams.send("alpha", FAST, 1)
    streams.send("beta", FAST, 2)
    others = [member for member in CONFIG["members"] if member["name"] != "beta"]
    groups = [{"group": FAST, "members": ["*"]}]
    hub.reload_and_wait(CONFIG | {"members": others, "groups": groups})
    assert set(streams.shown()) == {("alpha", FAST)}
    hub.reload_and_wait(CONFIG | {"members": [*others, {"name": "delta", "address": ADDRESSES["beta"]}],
                                  "groups": groups})
    assert set(streams.shown()) == {("alpha", FAST)}
    streams.sockets["delta"] = streams.sockets["beta"]
    streams.send("delta", FAST, 1)
    assert hub.telemetry.ask("/mcdpdk/member,delta")["rx_bytes"] == len(PAYLOAD) + 28


def test_mcdpdkctl_shows_who_sends_to_a_group(hub, nodes):
    """The most packets first; of a member only its own."""
    streams = Streams(hub, nodes)
    streams.send("beta", FAST, 2)
    streams.send("alpha", FAST, 1)
    shown = hub.ctl("streams", FAST).stdout
    assert 0 < shown.index("beta") < shown.index("alpha") and "2 streams" in shown, shown
    assert "beta" not in hub.ctl("streams", "alpha").stdout


def test_pages_of_streams_hold_each_once(hub, nodes):
    """250 groups: seven pages within DPDK's buffer. None comes twice, also while others come."""
    sender, wanted = open_sender(nodes["alpha"]), {("alpha", group) for group in MANY}
    streams = Streams(hub, nodes)

    def send():
        for group in MANY:
            sender.sendto(PAYLOAD, (group, PORT))

    with repeating(send, 0.02):
        await_condition(lambda: set(streams.shown()) == wanted, "each stream")
    hub.settled()
    pages = list(hub.telemetry.pages("/mcdpdk/streams"))
    assert [len(stream_records(page)) for page in pages] == [41, 41, 41, 41, 41, 41, 4]
    assert {page["total"] for page in pages} == {250}
    assert max(len(hub.telemetry.ask_raw(f"/mcdpdk/streams,{page['next']}")) for page in pages) < ANSWER_MAX
    assert hub.telemetry.ask("/mcdpdk/streams,99999") == {"total": 250, "next": 0}

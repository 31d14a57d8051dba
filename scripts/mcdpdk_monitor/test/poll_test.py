# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Hubs that come, go, restart, hang and lie, and what is known of them."""

import asyncio
import contextlib
import io
import math
import os
import tempfile
import time
import unittest
from unittest import mock

from fake_hub import COMMANDS, GROUPS_A_PAGE, STREAMS_A_PAGE, FakeHub, group, member, peer, reason, stream
from mcdpdk_monitor import local, monitor
from mcdpdk_monitor.local import LocalSource
from mcdpdk_monitor.monitor import Watched
from mcdpdk_monitor.state import HubState, Sample


class Polling(unittest.IsolatedAsyncioTestCase):
    """`now` is what the monotonic clock says to hubs that are watched."""

    def setUp(self):
        self.now = 1000.0
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.said = self.enterContext(contextlib.redirect_stderr(io.StringIO()))
        self.fakes, self.sources = [], []

    async def asyncSetUp(self):
        # asyncio would tell stderr, too, that a loaded machine is slow.
        asyncio.get_running_loop().slow_callback_duration = math.inf

    async def asyncTearDown(self):
        for fake in self.fakes:
            fake.close()
        for source in self.sources:
            source.close()

    def fake(self, name="rte", **options):
        self.fakes.append(FakeHub(os.path.join(self.folder, name, "dpdk_telemetry.v2"), **options))
        return self.fakes[-1]

    def watch(self, fake):
        self.sources.append(LocalSource(fake.path, lambda: self.now))
        return Watched(HubState("rte", fake.path, True), self.sources[-1], False)

    async def polled(self, hub, times=1):
        """A second later each time."""
        for _ in range(times):
            self.now += 1.0
            await hub.poll()
        return hub.state


def kinds(state):
    return [event["kind"] for event in state.events.kept]


class Lives(Polling):
    async def test_rates_follow_from_counters(self):
        fake = self.fake()
        hub = self.watch(fake)
        await self.polled(hub)
        fake.packets += 1000
        state = await self.polled(hub)
        self.assertEqual(state.verdict(), "well")
        self.assertEqual((state.rates_now["rx_pps"], state.rates_now["copies_per_s"]), (1000, 2000))

    async def test_a_hub_that_is_gone_is_down_and_has_no_rates(self):
        fake = self.fake()
        hub = self.watch(fake)
        state = await self.polled(hub, 2)
        fake.close()
        before = time.time()
        await self.polled(hub, 3)
        self.assertEqual((state.verdict(), state.exit_status(), state.rates_now), ("down", 3, {}))
        self.assertGreaterEqual(state.since, before)
        self.assertEqual(kinds(state), ["down"])
        self.assertLessEqual(len(self.said.getvalue().splitlines()), 2, self.said.getvalue())

    async def test_a_restart_is_seen_and_no_rate_jumps(self):
        """Counters are lower, and higher, than those of the process before."""
        for packets in (3, 10 ** 9):
            with self.subTest(packets=packets):
                fake = self.fake(f"rte{packets}", groups=[group(1, 50)], members=[member("a", 50)])
                fake.packets = 1000
                hub = self.watch(fake)
                state = await self.polled(hub, 3)
                fake.close()
                await self.polled(hub)
                fake.restart()
                fake.packets = packets
                fake.groups, fake.members = [group(1, packets)], [member("a", packets)]
                fake.open()
                for _ in range(3):
                    await self.polled(hub)
                    rates = [*state.rates_now.values(),
                             *(value for table in state.tables.values() for row in table.rows.values()
                               for value in row.rates)]
                    self.assertTrue(all(math.isnan(rate) or rate == 0 for rate in rates), rates)
                self.assertIn("restart", kinds(state))
                self.assertEqual(state.verdict(), "well")
                for _, lists in (state.track.read(self.now, 300)[1:],):
                    self.assertEqual([v for values in lists for v in values if v > 0], [])

    async def test_a_restart_between_two_polls_is_seen_by_its_uptime(self):
        """A container's process has the same number again."""
        fake = self.fake()
        fake.packets, fake.uptime_s = 1000, 500
        hub = self.watch(fake)
        state = await self.polled(hub, 2)
        fake.uptime_s, fake.packets = 1, 10 ** 7
        await self.polled(hub, 2)
        self.assertEqual(kinds(state), ["restart"])
        self.assertTrue(all(rate == 0 or math.isnan(rate) for rate in state.rates_now.values()))

    async def test_a_pause_of_the_machine_is_no_restart(self):
        fake = self.fake()
        hub = self.watch(fake)
        await self.polled(hub)
        fake.uptime_s += 1
        self.now += 29
        state = await self.polled(hub)
        self.assertEqual(kinds(state), [])
        fake.uptime_s -= 1
        await self.polled(hub)
        self.assertEqual(kinds(state), ["restart"])

    async def test_a_restart_behind_a_gap_is_seen_though_all_is_higher(self):
        """The same number of the process, a longer uptime, and counters above the old ones: the monitor could not ask
        for an hour, and the hub has run for less."""
        for uptime_s, is_seen in ((3000, True), (3000 + 200, False)):
            with self.subTest(uptime_s=uptime_s):
                fake = self.fake(f"rte{uptime_s}", groups=[group(1, 50)])
                fake.uptime_s, fake.packets = 200, 1000
                hub = self.watch(fake)
                await self.polled(hub, 2)
                fake.close()
                await self.polled(hub)
                self.now += 3000
                fake.uptime_s, fake.packets, fake.groups = uptime_s, 10 ** 9, [group(1, 10 ** 9)]
                fake.open()
                state = await self.polled(hub, 2)
                self.assertEqual(kinds(state), ["down", "restart" if is_seen else "up"])
                seen = [value for values in state.track.read(self.now, 3600)[2] for value in values if value > 0]
                self.assertEqual(bool(seen), not is_seen)

    async def test_a_hub_that_answers_late_while_it_starts_is_not_taken_for_two(self):
        fake = self.fake()
        answered = fake.answer_info

        def answer_late():
            self.now += 4
            return answered()
        fake.uptime_s, fake.answer_info = 0, answer_late
        hub = self.watch(fake)
        await self.polled(hub)
        fake.uptime_s, fake.answer_info = 1, answered
        state = await self.polled(hub)
        self.assertEqual(kinds(state), [])

    async def test_counters_and_generations_that_fell_are_a_restart(self):
        """The machine of the hub had paused, so its uptime says nothing."""
        for packets, generation, seen in ((999, 2, ["restart"]), (1000, 1, ["restart"]), (1000, 2, [])):
            with self.subTest(packets=packets, generation=generation):
                fake = self.fake(f"rte{packets}{generation}")
                fake.packets, fake.generation, fake.uptime_s = 1000, 2, 500
                hub = self.watch(fake)
                await self.polled(hub)
                fake.packets, fake.generation, fake.uptime_s = packets, generation, 501
                self.now += 30
                state = await self.polled(hub)
                self.assertEqual(kinds(state), seen)

    async def test_a_hub_that_hangs_stops_no_other(self):
        hangs, runs = self.fake("hangs"), self.fake("runs")
        local.TIMEOUT_S, usual = 2.0, local.TIMEOUT_S
        self.addCleanup(setattr, local, "TIMEOUT_S", usual)
        watched = monitor.Monitor([hangs.path, runs.path], [], None)
        await watched.start()
        await watched.poll_once()
        hangs.answering.clear()
        hanging = asyncio.create_task(watched.hubs["hangs"].poll())
        await watched.hubs["runs"].poll()
        self.assertFalse(hanging.done())
        await asyncio.wait_for(hanging, 30)
        states = {name: hub.state for name, hub in watched.hubs.items()}
        self.assertEqual((states["hangs"].is_up, states["runs"].is_up), (False, True))
        self.assertIn("does not answer", str(states["hangs"].error))
        hangs.answering.set()
        await watched.poll_once()
        self.assertTrue(states["hangs"].is_up)
        await watched.close()

    async def test_an_answer_of_another_form_is_one_line(self):
        for answer in ({"answer_health": lambda: [1]}, {"answer_stats": lambda: {"rx_packets": "x"}},
                       {"answer_ports": lambda: {"r0": 7}}, {"answer_group_table": lambda *_: {"r0": {}, "next": 0}}):
            with self.subTest(answer=list(answer)):
                fake = self.fake(list(answer)[0])
                for name, handler in answer.items():
                    setattr(fake, name, handler)
                state = await self.polled(self.watch(fake), 3)
                self.assertFalse(state.is_up)
                self.assertNotIn("\n", str(state.error))
        self.assertNotIn("Traceback", self.said.getvalue())

    async def test_without_a_hub_it_says_which_socket_is_missing(self):
        path = os.path.join(self.folder, "none", "dpdk_telemetry.v2")
        watched = monitor.Monitor([path], [], None)
        await watched.start()
        await watched.poll_once()
        state = watched.hubs["none"].state
        self.assertEqual(state.exit_status(), 3)
        self.assertEqual(self.said.getvalue(), f"mcdpdk-monitor: none: no hub is running: there is no socket {path}\n")
        await watched.close()


class Search(Polling):
    async def searched(self, found, condition):
        """Run a monitor that finds these sockets, until the condition is true."""
        with mock.patch("mcdpdk_monitor.monitor.sockets", side_effect=lambda: list(found)), \
                mock.patch("mcdpdk_monitor.monitor.SEARCH_S", 0.02):
            watched = monitor.Monitor([], [], None)
            await watched.start()
            running = asyncio.create_task(watched.run())
            try:
                async with asyncio.timeout(30):
                    while not condition(watched):
                        await asyncio.sleep(0.02)
            finally:
                running.cancel()
                await watched.close()

    async def test_a_hub_that_starts_later_is_found_and_stays_when_it_is_gone(self):
        first = self.fake("first")
        found = [first.path]

        def goes_on(watched):
            states = {name: hub.state for name, hub in watched.hubs.items()}
            if len(found) == 1:
                found.append(self.fake("later").path)
            if states.get("later") and states["later"].is_up and states["first"].is_up:
                first.close()
            return states.get("later") and states["first"].was_ever_up and not states["first"].is_up

        await self.searched(found, goes_on)

    async def test_another_dpdk_program_is_no_hub(self):
        alien, hub = self.fake("alien", lacks=COMMANDS), self.fake("hub")
        await self.searched([alien.path, hub.path], lambda watched: list(watched.hubs) == ["hub"])
        self.assertIn("not mcdpdk", self.said.getvalue())

    async def test_two_hubs_of_one_prefix_have_two_names(self):
        hubs = [self.fake(f"{user}/rte") for user in ("0", "1000")]
        await self.searched([hub.path for hub in hubs], lambda watched: list(watched.hubs) == ["rte", "rte-2"])


class Tables(Polling):
    async def test_a_large_table_is_read_to_its_end_and_costs_its_share(self):
        """As in an hour at one poll a second, each page of members costing 4 ms."""
        fake = self.fake(groups=[group(i) for i in range(1000)], members=[member(f"m{i}") for i in range(1000)])
        costs = {"/mcdpdk/group_table": 150, "/mcdpdk/member_table": 4000}
        answered = fake._answer

        def answer(command, params):
            fake.busy_us += costs.get(command, 20)
            return answered(command, params)

        fake._answer = answer
        hub = self.watch(fake)
        state = await self.polled(hub, 60)
        self.assertEqual({name: len(table.rows) for name, table in state.tables.items()},
                         {"groups": 1000, "members": 1000})
        self.assertTrue(state.tables["groups"].is_complete and state.tables["members"].is_complete)
        self.assertLess(fake.busy_us / 60e6, 0.01)
        before = fake.busy_us
        await self.polled(hub, 60)
        self.assertLess((fake.busy_us - before) / 60e6, 0.01)
        self.assertGreater((fake.busy_us - before) / 60e6, 0.001)

    async def test_a_short_table_is_read_each_second(self):
        fake = self.fake(groups=[group(i) for i in range(GROUPS_A_PAGE)])
        hub = self.watch(fake)
        await self.polled(hub, 2)
        for row in fake.groups[:2]:
            row["packets"] += 70
        state = await self.polled(hub)
        self.assertEqual(fake.asked.count("/mcdpdk/group_table,0"), 3)
        self.assertEqual(state.tables["groups"].rows["239.0.0.1"].rates[0], 70)
        self.assertEqual(state.tables["groups"].rows["239.0.0.5"].rates[0], 0)

    async def test_what_an_old_hub_does_not_count_has_no_rate(self):
        fake = self.fake(members=[member("old"), member("new", rx_bytes=0)])
        hub = self.watch(fake)
        await self.polled(hub)
        for row in fake.members:
            row["rx_packets"] += 70
        fake.members[1]["rx_bytes"] += 7000
        table = (await self.polled(hub)).tables["members"]
        rates = {name: dict(zip(table.names, row.rates)) for name, row in table.rows.items()}
        self.assertTrue(math.isnan(rates["old"]["rx_bps"]) and rates["old"]["rx_pps"] > 35, rates)
        self.assertAlmostEqual(rates["new"]["rx_bps"], 800 * rates["new"]["rx_pps"])

    async def test_who_comes_and_who_goes_is_an_event(self):
        fake = self.fake(members=[member("a"), member("b")])
        hub = self.watch(fake)
        state = await self.polled(hub, 2)
        self.assertEqual(kinds(state), [])
        fake.members = [member("a", resolved=0), member("c")]
        await self.polled(hub, 3)
        texts = [event["text"] for event in state.events.kept]
        self.assertEqual(sorted(texts), ["a cannot be reached", "b is no longer a member", "c is a member now"])

    async def test_a_crowd_does_not_displace_other_events(self):
        fake = self.fake(members=[member("a")])
        hub = self.watch(fake)
        state = await self.polled(hub, 2)
        fake.generation = 2
        fake.members += [member(f"m{i}") for i in range(5000)]
        fake.cost_us = 0
        while len(state.tables["members"].rows) < 5000 or not state.events.kept[-1]["text"].endswith("is a member now"):
            await self.polled(hub)
        self.assertEqual(state.events.kept[0]["kind"], "reload")
        self.assertIn("more is a member now", state.events.kept[-1]["text"])

    async def test_what_the_hub_measures_is_kept_by_second(self):
        fake = self.fake(groups=[group(1)], lacks={"domain", "peers"})
        fake.rates_of = {"group": [{"name": "239.0.0.1", "pps": 40, "bps": 32000, "peak_pps": 90}]}
        hub = self.watch(fake)
        state = await self.polled(hub, 2)
        self.assertEqual(state.rates["group"][0]["peak_pps"], 90)
        lists = state.tracks["group", "239.0.0.1"].read(self.now, 10)[2]
        self.assertIn(90, lists[2])

    async def test_streams_are_read_whole_each_five_seconds(self):
        fake = self.fake(lacks={"domain", "peers"})
        fake.streams_of = [stream("a", i, 1000) for i in range(120)]
        hub = self.watch(fake)
        state = await self.polled(hub, 3)
        self.assertEqual(len(state.streams.rows), 120)
        self.assertEqual(fake.asked_for("streams"),
                         [f"/mcdpdk/streams,{offset}" for offset in range(0, 120, STREAMS_A_PAGE)])
        self.assertTrue(all(math.isnan(row["pps"]) for row in state.streams.rows.values()))
        fake.streams_of = [stream("a", 1, 1070), stream("b", 1, 5000), stream("a", 2, 3)]
        state = await self.polled(hub, 3)
        self.assertEqual(set(state.streams.rows), {("a", "239.0.0.1"), ("b", "239.0.0.1"), ("a", "239.0.0.2")})
        grown = state.streams.rows["a", "239.0.0.1"]
        self.assertEqual((grown["pps"], grown["bps"]), (14, 11200))
        # One may have been counted long ago, the other was forgotten meanwhile.
        self.assertTrue(math.isnan(state.streams.rows["b", "239.0.0.1"]["pps"]))
        self.assertTrue(math.isnan(state.streams.rows["a", "239.0.0.2"]["pps"]))
        self.assertEqual(state.streams.busiest()[0]["group"], "239.0.0.1")

    async def test_streams_are_as_many_and_as_frequent_as_they_may(self):
        fake = self.fake(lacks={"domain", "peers"})
        fake.streams_of = [stream("a", i) for i in range(3000)]
        fake.cost_us = 1000
        hub = self.watch(fake)
        state = await self.polled(hub)
        self.assertTrue(2000 <= len(state.streams.rows) < 2000 + STREAMS_A_PAGE)
        # Each page takes a millisecond, and a thousandth of the time is theirs.
        pages = len(fake.asked_for("streams"))
        await self.polled(hub, pages - 1)
        self.assertEqual(len(fake.asked_for("streams")), pages)
        await self.polled(hub, 2)
        self.assertGreater(len(fake.asked_for("streams")), pages)

    async def test_a_hub_that_is_gone_or_restarted_has_no_streams(self):
        fake = self.fake(lacks={"domain", "peers"})
        fake.streams_of = [stream("a", 1)]
        hub = self.watch(fake)
        state = await self.polled(hub)
        self.assertEqual(len(state.streams.rows), 1)
        fake.restart()
        state = await self.polled(hub)
        self.assertEqual(state.streams.rows, {})
        hub.source._streams_due = 0
        state = await self.polled(hub)
        self.assertEqual(len(state.streams.rows), 1)
        fake.close()
        state = await self.polled(hub)
        self.assertEqual(state.streams.rows, {})

    async def test_peers_of_all_pages_are_read_when_one_goes_down(self):
        fake = self.fake(lacks={"streams"})
        fake.peers_of = [peer(f"h{i}") for i in range(100)]
        hub = self.watch(fake)
        state = await self.polled(hub, 3)
        self.assertEqual([record["name"] for record in state.answers["peers"]], [f"h{i}" for i in range(100)])
        self.assertEqual(fake.asked_for("peers"), [f"/mcdpdk/peers,{offset}" for offset in (0, 40, 80)])
        self.assertEqual(state.verdict(), "well")
        fake.peers_of[70] = peer("h70", "down")
        fake.reasons = [reason("peer_down", "1 of 100 peers does not answer: h70")]
        state = await self.polled(hub)
        self.assertEqual(state.events.kept[-1]["text"], "h70 is down")
        self.assertEqual([found["text"] for found in state.reasons()], ["1 of 100 peers does not answer: h70"])
        self.assertEqual((state.verdict(), state.exit_status()), ("degraded", 1))

    async def test_an_agent_that_is_away_degrades_the_hub(self):
        fake = self.fake(lacks={"streams"})
        fake.peers_of = [peer("b")]
        hub = self.watch(fake)
        await self.polled(hub)
        for agent, age_s, name in (("etcd unreachable since 12:08", 0, "etcd_away"), ("connected", 70, "agent_away")):
            fake.agent, fake.agent_age_s, fake.reasons = agent, age_s, [reason(name)]
            state = await self.polled(hub)
            self.assertEqual([found["reason"] for found in state.reasons()], [name])
            self.assertEqual(state.events.kept[-1]["kind"], "domain")
        fake.agent_age_s += 1
        known = len(state.events.kept)
        state = await self.polled(hub)
        self.assertEqual(len(state.events.kept), known)
        fake.agent_age_s, fake.reasons = 0, []
        state = await self.polled(hub)
        self.assertEqual((state.verdict(), state.events.kept[-1]["text"]), ("well", "mcdpdk-domain: connected"))

    async def test_a_placement_is_asked_for_where_members_are_shared(self):
        """Each second: a handover takes few. A hub that drains is well, since it was told to."""
        fake = self.fake(lacks={"streams"})
        fake.peers_of = [peer("b")]
        hub = self.watch(fake)
        await self.polled(hub, 2)
        self.assertEqual(fake.asked_for("placement"), [])
        fake.placement_of = {"generation": 1, "phase": "settled", "applied": 1, "members": 2, "serves": 2, "claims": 0,
                             "draining": 1}
        fake.reasons = [reason("draining", "draining: 2 members are left", degrades=0)]
        state = await self.polled(hub, 2)
        self.assertEqual(len(fake.asked_for("placement")), 2)
        self.assertEqual((state.answers["placement"]["serves"], state.verdict()), (2, "well"))
        self.assertEqual(state.events.kept[-1]["text"], "draining: 2 members are left")

    async def test_a_hub_in_no_domain_is_well(self):
        state = await self.polled(self.watch(self.fake(lacks={"streams"})), 2)
        self.assertEqual((state.verdict(), "domain" in state.answers), ("well", False))

    async def test_an_old_hub_is_asked_nothing_that_it_does_not_know(self):
        fake = self.fake(groups=[group(1)], lacks={"rates", "domain", "peers", "streams", "control", "latency",
                                                   "group_table"})
        state = await self.polled(self.watch(fake), 3)
        self.assertTrue(state.is_up)
        asked = " ".join(fake.asked)
        self.assertFalse(any(word in asked for word in ("rates", "peers", "streams")), asked)


class Memory(Polling):
    """Room for fewer rows and histories than there are, as with millions of groups."""

    async def swept(self, hub, fake):
        """Until the table was read once more, at no cost."""
        fake.cost_us = 0
        table = hub.state.tables["groups"]
        sweep = table.sweep
        while table.sweep == sweep:
            await self.polled(hub)
        return table

    def count(self, fake, *busy):
        for number, packets in enumerate(busy):
            fake.groups[number].update(group(number, fake.groups[number]["packets"] + packets))

    async def test_rows_end_at_the_room_and_the_rest_is_counted_as_one(self):
        fake = self.fake(groups=[group(n, 1000) for n in range(200)])
        hub = self.watch(fake)
        hub.state.tables["groups"].room.rows = 150
        table = await self.swept(hub, fake)
        self.assertEqual((len(table.rows), table.left_out, table.others), (150, 50, [0, 0, 0]))
        self.count(fake, *[0] * 149, 5, 7)
        await self.swept(hub, fake)
        self.assertEqual(table.others, [12, 1200, 24])
        # Those without room count on, and each that goes makes room for another.
        fake.groups = fake.groups[40:]
        for _ in range(3):
            await self.swept(hub, fake)
        self.assertEqual((len(table.rows), table.left_out, table.room.rows), (150, 10, 0))
        self.assertEqual(table.others[0], 12)

    async def test_a_poll_reads_no_more_pages_than_it_may_hold(self):
        """However little they cost."""
        fake = self.fake(groups=[group(n) for n in range(6 * GROUPS_A_PAGE)])
        fake.cost_us = 0
        hub = self.watch(fake)
        with mock.patch("mcdpdk_monitor.local.PAGES_A_POLL", 2):
            read = [len((await self.polled(hub)).tables["groups"].rows) for _ in range(4)]
        self.assertEqual(read, [GROUPS_A_PAGE * n for n in (1, 3, 5, 6)])

    async def test_a_reading_that_broke_off_counts_nothing_twice(self):
        fake = self.fake(groups=[group(n, 1000) for n in range(300)])
        hub = self.watch(fake)
        hub.state.tables["groups"].room.rows = 64
        table = await self.swept(hub, fake)
        fake.cost_us = 100000
        while table._without_room in (0, 236):
            await self.polled(hub)
        fake.close()
        await self.polled(hub)
        fake.open()
        for _ in range(2):
            await self.swept(hub, fake)
        self.assertEqual((table.left_out, table.others), (236, [0, 0, 0]))

    async def test_only_the_busiest_have_a_history_when_all_are_busy(self):
        """Who becomes twice as busy as one of these takes its place; who is a little busier does not."""
        fake = self.fake(groups=[group(n) for n in range(200)])
        hub = self.watch(fake)
        table = hub.state.tables["groups"]
        table.room.tracks = 20
        await self.swept(hub, fake)
        for _ in range(3):
            self.count(fake, *range(1000, 1200))
            await self.swept(hub, fake)
        self.assertEqual((self.tracked(table), table.room.tracks), (set(range(20)), 0))
        for _ in range(3):
            self.count(fake, *(9000 if n in range(20, 40) else 1000 for n in range(200)))
            await self.swept(hub, fake)
        self.assertEqual((self.tracked(table), table.room.tracks), (set(range(20, 40)), 0))
        # All fall silent but one that had no history: there is room again.
        fake.groups = [row for row in fake.groups if row["group"] == "239.0.0.199"]
        for _ in range(4):
            fake.groups[0]["packets"] += 500
            await self.swept(hub, fake)
        self.assertEqual((self.tracked(table), table.room.tracks), ({199}, 19))

    @staticmethod
    def tracked(table):
        return {int(name.split(".")[-1]) for name, row in table.rows.items() if row.track}

    async def test_hubs_share_the_room_and_a_forgotten_one_gives_it_back(self):
        fakes = [self.fake(name, groups=[group(n) for n in range(40)]) for name in "ab"]
        watched = monitor.Monitor([fake.path for fake in fakes], [], None)
        watched.room["groups"].rows = 50
        await watched.start()
        await watched.poll_once()
        states = [hub.state for hub in watched.hubs.values()]
        self.assertEqual(sum(len(state.tables["groups"].rows) for state in states), 50)
        states[0].close()
        self.assertEqual(watched.room["groups"].rows, 50 - len(states[1].tables["groups"].rows))
        await watched.close()


class Events(unittest.TestCase):
    def compared(self, before, after):
        state = HubState("rte", "", True)
        for uptime, answers in ((50, before), (51, after)):
            sample = Sample(1000.0 + uptime)
            sample.answers = {"info": {"pid": 1, "uptime_s": uptime, "generation": 1}, **answers}
            state.take(sample)
        return [(event["kind"], event["subject"], event["text"]) for event in state.events.kept]

    def test_a_reason_is_there_already_begins_and_ends(self):
        reason = {"reason": "rx_missed", "degrades": 1, "count": 3, "text": "3 frames were lost"}
        well, ill = ({"health": {"state": "", "reasons": reasons}} for reasons in ([], [reason]))
        self.assertEqual(self.compared(well, ill), [("overload", "rx_missed", "3 frames were lost")])
        self.assertEqual(self.compared(ill, well), [("overload", "rx_missed", "3 frames were lost"),
                                                    ("overload", "rx_missed", "over: 3 frames were lost")])
        self.assertEqual(self.compared(ill, ill), [("overload", "rx_missed", "3 frames were lost")])

    def test_a_link_that_flaps_between_polls_is_seen(self):
        up, down, flapped = ({"ports": [{"name": "net0", "link": link, "link_changes": changes}]}
                             for link, changes in ((1, 4), (0, 5), (1, 6)))
        self.assertEqual(self.compared(up, down), [("link", "net0", "net0: the link is down")])
        self.assertEqual(self.compared(up, flapped), [("link", "net0", "net0: the link is up, 2 changes")])

    def test_a_peers_state_and_a_ports_stall(self):
        peers = [{"peers": [{"name": "b", "state": state}]} for state in ("up", "down")]
        self.assertEqual(self.compared(*peers), [("peer", "b", "b is down")])
        ports = [{"ports": [{"name": "net0", "link": 1, "stalled": n}]} for n in (0, 1)]
        self.assertEqual(self.compared(*ports), [("port", "net0", "net0: the port stalled")])


if __name__ == "__main__":
    unittest.main()

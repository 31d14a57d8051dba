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

from fake import COMMANDS, GROUPS_A_PAGE, FakeHub, group, member
from mcdpdk_monitor import local, monitor
from mcdpdk_monitor.local import LocalSource
from mcdpdk_monitor.monitor import Watched
from mcdpdk_monitor.state import HubState, Sample


class Polling(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.said = self.enterContext(contextlib.redirect_stderr(io.StringIO()))
        self.fakes, self.sources = [], []

    async def asyncTearDown(self):
        for fake in self.fakes:
            fake.close()
        for source in self.sources:
            source.close()

    def fake(self, name="rte", **options):
        self.fakes.append(FakeHub(os.path.join(self.folder, name, "dpdk_telemetry.v2"), **options))
        return self.fakes[-1]

    def watch(self, fake):
        self.sources.append(LocalSource(fake.path))
        return Watched(HubState("rte", fake.path, True), self.sources[-1], False)

    async def polled(self, hub, times=1):
        """As much later as polls are, without waiting."""
        for _ in range(times):
            if hub.state.polled is not None:
                age(hub, 1.0)
            await hub.poll()
        return hub.state


def age(hub, seconds):
    """Let the last poll be as much longer ago."""
    hub.state.polled -= seconds
    hub.source._last -= seconds
    hub.source._sometimes_due -= seconds
    for sweep in hub.source._sweeps.values():
        sweep.due -= seconds
    for table in hub.state.tables.values():
        for row in table.rows.values():
            if row.at is not None:
                row.at -= seconds


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
        # A second, and as much more as the machine took.
        self.assertTrue(500 < state.rates_now["rx_pps"] <= 1000, state.rates_now)
        self.assertAlmostEqual(state.rates_now["copies_per_s"], 2 * state.rates_now["rx_pps"])

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
                for _, lists in (state.track.read(time.monotonic(), 300)[1:],):
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
        age(hub, 30.0)
        state = await self.polled(hub)
        self.assertEqual(kinds(state), [])
        fake.uptime_s -= 1
        await self.polled(hub)
        self.assertEqual(kinds(state), ["restart"])

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
        self.assertTrue(35 < state.tables["groups"].rows["239.0.0.1"].rates[0] <= 70)
        self.assertEqual(state.tables["groups"].rows["239.0.0.5"].rates[0], 0)

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
        fake = self.fake(groups=[group(1)], lacks={"peers"})
        fake.rates_of = {"group": [{"name": "239.0.0.1", "pps": 40, "bps": 32000, "peak_pps": 90}]}
        hub = self.watch(fake)
        state = await self.polled(hub, 2)
        self.assertEqual(state.rates["group"][0]["peak_pps"], 90)
        lists = state.tracks["group", "239.0.0.1"].read(time.monotonic(), 10)[2]
        self.assertIn(90, lists[2])

    async def test_an_old_hub_is_asked_nothing_that_it_does_not_know(self):
        fake = self.fake(groups=[group(1)], lacks={"rates", "peers", "control", "latency", "group_table"})
        state = await self.polled(self.watch(fake), 3)
        self.assertTrue(state.is_up)
        self.assertEqual([asked for asked in fake.asked if "rates" in asked or "peers" in asked], [])


class Events(unittest.TestCase):
    def compared(self, before, after):
        state = HubState("rte", "", True)
        for uptime, answers in ((50, before), (51, after)):
            sample = Sample(1000.0 + uptime)
            sample.answers = {"info": {"pid": 1, "uptime_s": uptime, "generation": 1}, **answers}
            state.take(sample)
        return [(event["kind"], event["subject"], event["text"]) for event in state.events.kept]

    def test_a_reason_begins_and_ends(self):
        reason = {"reason": "rx_missed", "degrades": 1, "count": 3, "text": "3 frames were lost"}
        well, ill = ({"health": {"state": "", "reasons": reasons}} for reasons in ([], [reason]))
        self.assertEqual(self.compared(well, ill), [("overload", "rx_missed", "3 frames were lost")])
        self.assertEqual(self.compared(ill, well), [("overload", "rx_missed", "over: 3 frames were lost")])
        self.assertEqual(self.compared(ill, ill), [])

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

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""/metrics, read again by the parsers of both formats."""

import contextlib
import io
import os
import re
import tempfile
import unittest
from types import SimpleNamespace

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from fake_hub import FakeHub, group, member, peer, reason
from mcdpdk_monitor.metrics import OTHER, exposition
from mcdpdk_monitor.monitor import Monitor
from mcdpdk_monitor.state import HubState, Sample

HOSTILE = 'a"b\\c\nd} 7\n# HELP x \ud800\x00é'


def state_of(answers, groups=(), members=(), name="rte"):
    state = HubState(name, "", True)
    more(state, 100.0, answers, groups, members)
    return state


def more(state, now, answers=(), groups=(), members=()):
    sample = Sample(now)
    sample.answers = {"info": {"pid": 1, "uptime_s": int(now), "members": 1, "groups": 1, "ready": 1, "generation": 1},
                      **dict(answers)}
    sample.records = [*(("groups", record, now) for record in groups),
                      *(("members", record, now) for record in members)]
    sample.ended = ["groups", "members"]
    state.take(sample)


def scrape(*states, top=100, accept=""):
    monitor = SimpleNamespace(site_errors={}, hubs={state.name: SimpleNamespace(state=state) for state in states})
    body, content_type = exposition(monitor, top)(accept)
    parse = parse_openmetrics if "openmetrics" in content_type else parse_text
    return [sample for family in parse(body.decode()) for sample in family.samples]


def values(samples, name, *labels):
    found = [(tuple(sample.labels[label] for label in labels), sample.value) for sample in samples
             if sample.name == f"mcdpdk_{name}"]
    assert len(dict(found)) == len(found), found
    return {key[0] if len(key) == 1 else key: value for key, value in found}


class Metrics(unittest.IsolatedAsyncioTestCase):
    async def test_all_of_a_hub_is_there_in_both_formats(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            fake = FakeHub(os.path.join(folder, "rte", "telemetry"), [group(1, 5)], [member("m", 6, last_seen_s=400)],
                           lacks={"rates"})
            fake.peers_of = [peer("b", "init")]
            fake.placement_of = {"generation": 7, "phase": "switch", "applied": 1, "members": 9, "serves": 3,
                                 "claims": 2, "draining": 1}
            fake.reasons = [reason("rx_missed", "3 frames were lost", count=3), reason("peer_down")]
            monitor = Monitor([fake.path], [], None)
            await monitor.start()
            await monitor.poll_once()
            collect = exposition(monitor, 100)
            text, openmetrics = collect(""), collect("application/openmetrics-text; version=1.0.0,text/plain;q=0.5")
            await monitor.close()
            fake.close()
        self.assertIn("text/plain", text[1])
        self.assertIn("application/openmetrics-text", openmetrics[1])
        self.assertTrue(openmetrics[0].endswith(b"# EOF\n"))
        for body, parse in ((text[0], parse_text), (openmetrics[0], parse_openmetrics)):
            families = list(parse(body.decode()))
            samples = [sample for family in families for sample in family.samples]
            self.assertTrue(all(family.documentation for family in families))
            self.assertEqual(values(samples, "up", "hub"), {"rte": 1})
            self.assertEqual(values(samples, "drops_total", "reason", "stage"),
                             {("source_denied", "received"): 0, ("copy_tx_full", "copies"): 0})
            self.assertEqual(values(samples, "port_xstats_total", "port", "name"),
                             {("net0", "rx_good_packets"): 5, ("net0", "bw_out_allowance_exceeded"): 2})
            self.assertEqual(values(samples, "lcore_busy_ratio", "lcore", "role"), {("0", "control"): 0.07})
            self.assertGreater(values(samples, "control_busy_seconds_total", "class")["telemetry"], 0)
            self.assertEqual(values(samples, "igmp_received_total", "type"), {"v2_report": 4})
            self.assertEqual(values(samples, "igmp_rejected_total", "type"), {"checksum": 1})
            self.assertEqual(values(samples, "latency_seconds_bucket", "le"),
                             {"1e-06": 5, "2e-06": 8, "5e-06": 9, "+Inf": 10})
            self.assertEqual(values(samples, "latency_seconds_sum", "hub"), {"rte": 22e-6})
            self.assertEqual(values(samples, "latency_seconds_count", "hub"), {"rte": 10})
            self.assertEqual(values(samples, "spread_seconds_bucket", "le")["+Inf"], 10)
            self.assertEqual(values(samples, "spread_seconds_count", "hub"), {})
            self.assertEqual(values(samples, "peer_state", "peer", "state"),
                             {("b", "up"): 0, ("b", "init"): 1, ("b", "down"): 0})
            for name, value in (("rx_packets_total", 3), ("tx_packets_total", 4), ("lost_packets_total", 1),
                                ("duplicate_packets_total", 0), ("reordered_packets_total", 2), ("groups", 5),
                                ("downs_total", 1), ("hello_age_seconds", 250e-6)):
                self.assertEqual(values(samples, f"peer_{name}", "peer"), {"b": value}, name)
            for name, value in (("peers", 1), ("peers_up", 0), ("agent_age_seconds", 0), ("agent_connected", 1)):
                self.assertEqual(values(samples, f"domain_{name}", "hub", "domain"), {("rte", "tokyo"): value}, name)
            for name, value in (("placement_generation", 7), ("shared_members", 9), ("served_members", 3),
                                ("claimed_members", 2), ("draining", 1), ("handover", 1)):
                self.assertEqual(values(samples, f"domain_{name}", "hub", "domain"), {("rte", "tokyo"): value}, name)
            self.assertEqual(values(samples, "domain_configuration", "domain", "digest"), {("tokyo", "1f2e"): 1})
            self.assertEqual(values(samples, "health_reason", "reason", "degrades"),
                             {("rx_missed", "1"): 3, ("peer_down", "1"): 1})
            self.assertEqual(values(samples, "degraded", "hub"), {"rte": 1})
            self.assertEqual(values(samples, "member_quiet_seconds", "member"), {"m": 400})

    def test_an_allowance_is_there_if_there_is_one(self):
        ports = [{"name": "p", "link": 0, "allowance_pps": 100, "allowance_bps": 0, "shed": [7, 0],
                  "burst_copies_1ms": 9}]
        samples = scrape(state_of({"ports": ports}))
        self.assertEqual(values(samples, "port_allowance_packets_per_second", "port"), {"p": 100})
        self.assertEqual(values(samples, "port_allowance_bits_per_second", "port"), {})
        self.assertEqual(values(samples, "port_shed_copies_total", "priority"), {"0": 7, "1": 0})
        self.assertEqual(values(samples, "port_burst_copies", "port"), {"p": 9})
        self.assertEqual(values(samples, "port_link_up", "port"), {"p": 0})

    def test_a_hub_that_is_down_has_no_counters(self):
        state = state_of({"stats": {"rx_packets": 7}}, [group(1, 5)])
        self.assertIn("mcdpdk_rx_packets_total", {sample.name for sample in scrape(state)})
        state.fail(OSError("gone"))
        self.assertEqual({sample.name for sample in scrape(state)}, {"mcdpdk_up", "mcdpdk_up_since_seconds"})
        self.assertEqual(values(scrape(state), "up", "hub"), {"rte": 0})

    def test_names_are_text_whatever_they_contain(self):
        state = state_of({"ports": [{"name": HOSTILE, "link": 1, "rx_packets": 1}],
                          "xstats": {HOSTILE: {HOSTILE: 1}}, "drops": {HOSTILE: 1}},
                         [{**group(1), "group": HOSTILE}], [member(HOSTILE)], name=HOSTILE)
        for accept in ("", "application/openmetrics-text"):
            samples = scrape(state, accept=accept)
            sent = HOSTILE.replace("\ud800", "?")
            self.assertEqual({sample.labels["hub"] for sample in samples}, {sent})
            self.assertEqual(values(samples, "group_packets_total", "group"), {sent: 0, OTHER: 0})
            self.assertEqual(values(samples, "up", "hub"), {sent: 1})

    def test_names_that_become_the_same_are_sent_once(self):
        state = state_of({}, [], [member("a\ud800", 1), member("a\ud801", 2), member(OTHER, 3)])
        self.assertEqual(set(values(scrape(state), "member_tx_packets_total", "member")), {"a?", OTHER})

    def test_an_answer_of_another_form_spoils_no_other_hub(self):
        strange = state_of({"ports": [{}], "latency": {"p50_ns": "x"}}, name="strange")
        with contextlib.redirect_stderr(io.StringIO()) as said:
            samples = scrape(strange, state_of({"stats": {"copies": 4}}))
        self.assertEqual(values(samples, "copies_total", "hub"), {"rte": 4})
        self.assertEqual(len(said.getvalue().splitlines()), 1)


class Cardinality(unittest.TestCase):
    """Of ten groups, two have series."""

    def rows(self, packets):
        return [group(n, count) for n, count in enumerate(packets)]

    def setUp(self):
        self.state = state_of({}, self.rows([0] * 10))
        self.now = 100.0

    def after(self, packets):
        self.now += 10
        more(self.state, self.now, {}, self.rows([*packets, *[0] * 10][:10]))
        return values(scrape(self.state, top=2), "group_packets_total", "group")

    def test_the_busiest_are_named_and_the_rest_is_one(self):
        found = self.after([0, 50, 10, 40, 0, 0, 0, 0, 0, 0])
        self.assertEqual({name for name in found if name != OTHER}, {"239.0.0.1", "239.0.0.3"})
        found = self.after([0, 60, 15, 50, 5, 0, 0, 0, 0, 0])
        # The first interval counted all, as nobody had a name yet.
        self.assertEqual(found, {"239.0.0.1": 60, "239.0.0.3": 50, OTHER: 100 + 10})

    def test_the_rest_never_falls(self):
        last, packets = 0, [0] * 10
        for turn in range(12):
            for n in range(10):
                packets[n] += (n * 7 + turn * 5) % 10
            found = self.after(packets)
            self.assertGreaterEqual(found[OTHER], last)
            self.assertEqual(len(found), 3)
            last = found[OTHER]

    def test_a_group_that_began_anew_takes_nothing_from_the_rest(self):
        self.after([0, 50, 10, 40, 30])
        before = self.after([0, 100, 10, 80, 30])[OTHER]
        self.assertEqual(self.after([0, 150, 12, 120, 0])[OTHER], before + 2)

    def test_who_is_named_stays_while_nearly_as_busy(self):
        self.assertEqual(set(self.after([0, 50, 0, 40])) - {OTHER}, {"239.0.0.1", "239.0.0.3"})
        self.assertEqual(set(self.after([0, 60, 30, 60])) - {OTHER}, {"239.0.0.1", "239.0.0.3"})
        self.assertEqual(set(self.after([100, 60, 100, 160, 100, 100])) - {OTHER}, {"239.0.0.3", "239.0.0.0"})

    def test_a_restart_of_the_hub_lets_nothing_fall(self):
        before = self.after([0, 50, 10, 40, 7])
        state = self.state
        sample = Sample(self.now + 10)
        sample.answers = {"info": {"pid": 2, "uptime_s": 0}}
        sample.records = [("groups", group(1, 3), self.now + 10)]
        state.take(sample)
        found = values(scrape(state, top=2), "group_packets_total", "group")
        self.assertEqual(found, {"239.0.0.1": 3, OTHER: before[OTHER]})


class Names(unittest.TestCase):
    def test_every_counter_ends_so_and_nothing_else(self):
        state = state_of({"stats": {"copies": 1, "something_new": 2}, "ports": [{"name": "p", "link": 1, "mtu": 1500,
                                                                                 "allowance_pps": 5}]})
        body, _ = exposition(SimpleNamespace(site_errors={}, hubs={"rte": SimpleNamespace(state=state)}), 10)("")
        types = dict(re.findall(r"# TYPE (\S+) (\S+)", body.decode()))
        self.assertEqual({name for name in types if name.endswith("_total")},
                         {name for name, kind in types.items() if kind == "counter"})
        self.assertIn("mcdpdk_something_new_total", types)
        self.assertEqual(types["mcdpdk_port_allowance_packets_per_second"], "gauge")


if __name__ == "__main__":
    unittest.main()

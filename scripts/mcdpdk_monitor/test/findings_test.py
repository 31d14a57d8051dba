# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is wrong in words, and why somebody does not get a group."""

import unittest

from fake_hub import member, stream
from mcdpdk_monitor import findings
from mcdpdk_monitor.condition import RECENT_S, Conditions
from mcdpdk_monitor.local import shape
from mcdpdk_monitor.state import HubState, Sample
from mcdpdk_monitor.verdict import Question

EXPLAINED = {"verdict": "replicate", "match": "239.1.1.1", "total": 1, "unresolved": 0, "sender": "a", "message": "",
             "receivers": [{"member": "b"}]}
LINK_DOWN = {"reason": "link_down", "degrades": 1, "text": "net0 is down", "count": 1, "since_s": 7}
SILENT = {"reason": "members_silent", "degrades": 0, "text": "1 member has never sent", "count": 1, "since_s": 7}
TX_DROPS = {"reason": "tx_drops", "degrades": 1, "text": "net0 does not keep up", "count": 1, "since_s": 7}


def refused(reason, address, **more):
    return {"reason": reason, "address": address, "encap": "gre", "key": 7, "count": 3, "last_seen_s": 1,
            "destination": "", "member": "", **more}


class Hub:
    """Two seconds of a hub with members a and b."""

    def __init__(self):
        self.state = HubState("rte", "somewhere", True)
        self.now, self.rows = 1000.0, [member("a", address="10.0.0.11"), member("b", address="10.0.0.12")]
        self.reasons, self.xstats, self.link, self.allowance = [], {"net0": {}}, 1, {}
        self.drops = {"source_denied": 0, "copy_oversize": 0, "copy_tx_full": 0, "copy_shed": 0}
        self.refused, self.streams = [], None
        self.poll()

    def poll(self, seconds=1):
        self.now += seconds
        sample = Sample(self.now)
        health = {"state": "well", **{f"r{i}": reason for i, reason in enumerate(self.reasons)}}
        sample.answers = {"info": {"pid": 1, "uptime_s": int(self.now)}, "health": shape("health", health),
                          "drops": dict(self.drops), "refused": self.refused,
                          "ports": [{"name": "net0", "link": self.link, "mtu": 1500, **self.allowance}],
                          "xstats": {port: dict(counters) for port, counters in self.xstats.items()}}
        sample.streams = self.streams
        sample.records = [("members", dict(row), self.now) for row in self.rows]
        self.state.take(sample)

    def lose(self, name, copies, reason):
        next(row for row in self.rows if row["name"] == name)["drops"] += copies
        self.drops[reason] += copies

    def found(self):
        self.poll()
        return findings.findings(self.state)

    def why(self, receives=True, receiver="b", resolved=1, group="239.1.1.1", encap="gre", **explained):
        self.poll()
        record = {**member(receiver), "resolved": resolved, "encap": encap} if receiver else None
        question = Question(self.state, "a", group, receiver)
        return question.judge({**EXPLAINED, **explained}, record, ["b"] if receives else ["c"])


class Findings(unittest.TestCase):
    def setUp(self):
        self.hub = Hub()

    def test_nothing(self):
        self.assertEqual(self.hub.found(), [])

    def test_the_hubs_own_reasons_with_what_to_try_the_worst_first(self):
        self.hub.reasons = [SILENT, LINK_DOWN]
        found = self.hub.found()
        self.assertEqual([(one["severity"], one["text"], one["since_s"]) for one in found],
                         [("bad", "net0 is down", 7), ("note", "1 member has never sent", 7)])
        self.assertEqual(found[0]["subject"], {"kind": "port", "name": "net0"})
        self.assertTrue(all(one["next"] for one in found))

    def test_a_reason_that_a_later_hub_has(self):
        self.hub.reasons = [{"reason": "later", "degrades": 1, "text": "something", "count": 1, "since_s": 1}]
        self.assertEqual([(one["text"], one["next"]) for one in self.hub.found()], [("something", "")])

    def test_every_reason_of_the_hub_is_known(self):
        """Those are a table in control/health.h."""
        with open(f"{__file__.rpartition('/scripts/')[0]}/app/control/health.h", encoding="ascii") as file:
            names = {line.split(",")[1].strip() for line in file if line.startswith("\tX(")}
        self.assertGreater(len(names), 15)
        self.assertEqual(names - findings.NEXT.keys(), set())

    def test_a_wrong_key_names_the_member_whose_address_it_is(self):
        self.hub.rows[1]["last_seen_s"] = 0
        self.hub.refused = [refused("source_denied", "10.0.0.12")]
        (found,) = self.hub.found()
        self.assertEqual((found["severity"], found["subject"]), ("warn", {"kind": "member", "name": "b"}))
        self.assertIn("10.0.0.12 sends gre with key 7", found["text"])
        self.assertIn("another key", found["text"])

    def test_who_is_heard_as_declared_may_send_something_else_besides(self):
        self.hub.refused = [refused("source_denied", "10.0.0.12", encap="l2", key="", destination="224.0.0.251")]
        (found,) = self.hub.found()
        self.assertEqual((found["severity"], found["text"]),
                         ("note", "b sends to 224.0.0.251 as l2 besides, which is refused"))

    def test_a_refused_join_says_why(self):
        self.hub.refused = [refused("join_refused", "10.0.0.12", member="b", destination="239.1.1.1",
                                    why="not_permitted")]
        (found,) = self.hub.found()
        self.assertEqual(found["text"], "b may not join 239.1.1.1: not permitted")

    def test_frames_for_others_are_nobodys_fault(self):
        self.hub.refused = [refused("not_for_us", "10.0.0.12")]
        self.assertEqual(self.hub.found(), [])

    def test_an_unknown_sender_has_a_mac(self):
        self.hub.refused = [refused("malformed", "", encap="", key="", mac="02:00:00:00:00:09")]
        self.assertIn("02:00:00:00:00:09 sends something unknown", self.hub.found()[0]["text"])

    def test_a_stranger_is_nobody(self):
        self.hub.refused = [refused("source_denied", "10.0.0.66", encap="l2", key="")]
        (found,) = self.hub.found()
        self.assertIsNone(found["subject"])
        self.assertIn("10.0.0.66 sends l2, which is refused", found["text"])

    def test_a_group_without_a_receiver_is_only_a_note(self):
        self.hub.refused = [refused("no_receiver", "10.0.0.11", member="a", destination="239.9.9.9")]
        (found,) = self.hub.found()
        self.assertEqual((found["severity"], found["text"]),
                         ("note", "a sends to 239.9.9.9, and nobody else receives that"))

    def test_what_is_over_is_not_wrong_now(self):
        self.hub.refused = [refused("source_denied", "10.0.0.12", last_seen_s=RECENT_S + 1)]
        self.assertEqual(self.hub.found(), [])

    def test_many_strangers_are_summed_up(self):
        self.hub.refused = [refused("source_denied", f"10.9.0.{i}") for i in range(30)]
        found = self.hub.found()
        self.assertEqual(len(found), findings.AT_ONCE + 1)
        self.assertIn("25 more", found[-1]["text"])

    def test_a_member_behind_a_small_mtu(self):
        """While another, to which all fits, loses copies for another reason."""
        self.hub.rows[1]["path_mtu"] = 1200
        self.hub.lose("b", 50, "copy_oversize")
        self.hub.lose("a", 50, "copy_tx_full")
        self.hub.reasons = [TX_DROPS]
        of_hub, found = self.hub.found()
        self.assertEqual(of_hub["reason"], "tx_drops")
        self.assertEqual((found["severity"], found["reason"], found["subject"]),
                         ("warn", "copy_oversize", {"kind": "member", "name": "b"}))
        self.assertIn("1,200 bytes", found["text"])

    def test_losses_that_the_hub_has_no_reason_for(self):
        self.hub.lose("b", 50, "copy_tx_full")
        (found,) = self.hub.found()
        self.assertEqual((found["reason"], found["subject"]), ("copy_tx_full", None))

    def test_losses_are_over_after_a_while(self):
        self.hub.lose("b", 50, "copy_oversize")
        self.hub.poll()
        self.hub.poll(RECENT_S - 1)
        self.assertEqual(len(self.hub.found()), 1)
        self.assertEqual(self.hub.found(), [])

    def test_a_dead_port_and_who_is_behind_it(self):
        """What it loses is not told twice."""
        for row in self.hub.rows:
            row["port"] = "net0"
        self.hub.link, self.hub.reasons = 0, [LINK_DOWN, TX_DROPS]
        self.hub.lose("a", 50, "copy_tx_full")
        self.hub.lose("b", 50, "copy_tx_full")
        (found,) = self.hub.found()
        self.assertEqual(found["text"], "net0 is down; a, b get nothing")
        self.hub.rows[0]["port"] = "net1"
        self.hub.lose("a", 50, "copy_tx_full")
        self.assertEqual([one["reason"] for one in self.hub.found()], ["link_down", "tx_drops"])

    def test_what_is_shed_where(self):
        self.hub.reasons = [{**LINK_DOWN, "reason": "copies_shed", "text": "9 copies were shed"}]
        self.hub.allowance = {"allowance_pps": 5, "shed": [0, 9, 2]}
        self.hub.poll()
        self.hub.allowance = {"allowance_pps": 5, "shed": [0, 29, 12]}
        (found,) = self.hub.found()
        self.assertEqual((found["text"], found["subject"]["name"]),
                         ("9 copies were shed; now 30 a second at net0, most of them of priority 1", "net0"))

    def test_one_of_each_reason_comes_first(self):
        self.hub.refused = [refused("source_denied", f"10.9.0.{i}") for i in range(3)]
        self.hub.refused.append(refused("malformed", "10.9.1.1"))
        self.assertEqual([one["reason"] for one in self.hub.found()],
                         ["source_denied", "malformed", "source_denied", "source_denied"])

    def test_the_cloud_throttles(self):
        self.hub.xstats["net0"] = {"bw_out_allowance_exceeded": 5, "rx_good_packets": 9}
        self.hub.poll(10)
        self.assertEqual(self.hub.found(), [])
        self.hub.xstats["net0"] = {"bw_out_allowance_exceeded": 105, "rx_good_packets": 99}
        self.hub.poll(10)
        (found,) = self.hub.found()
        self.assertEqual(found["subject"], {"kind": "port", "name": "net0"})
        self.assertIn("rose by 100 in 11 seconds", found["text"])
        self.hub.poll(20)
        self.assertEqual(self.hub.found(), [])

    def test_of_a_hub_that_is_down_nothing_is_known(self):
        self.hub.reasons = [LINK_DOWN]
        self.hub.poll()
        self.hub.state.fail(findings_error())
        self.assertEqual(findings.findings(self.hub.state), [])


def findings_error():
    from mcdpdk_tools.telemetry import HubError
    return HubError("gone")


class Members(unittest.TestCase):
    """The condition of one, in a few words."""

    def setUp(self):
        self.hub = Hub()
        self.row = self.hub.rows[1]
        self.row |= {"rx_packets": 9, "port": "net0"}

    def assert_b_is(self, rank, says):
        self.hub.poll()
        self.assertEqual(Conditions(self.hub.state).of("b"), {"condition": rank, "says": says})

    def test_well(self):
        self.assert_b_is("good", "well")

    def test_the_port_goes_before_all_that_it_causes(self):
        self.hub.link = 0
        self.hub.lose("b", 50, "copy_tx_full")
        self.assert_b_is("bad", "its port is down")

    def test_a_port_is_named_whole(self):
        self.hub.reasons = [{**LINK_DOWN, "text": "port net01: the link is down"}]
        self.assertIsNone(self.hub.found()[0]["subject"])

    def test_a_row_that_is_read_slowly_does_not_flicker(self):
        for _ in range(3):
            self.row["tx_packets"] += 50
            self.hub.lose("b", 50, "copy_tx_full")
            self.hub.poll(40)
        self.assert_losing_until(70)

    def assert_losing_until(self, seconds):
        state, row = self.hub.state, self.hub.state.tables["members"].rows["b"]
        state.polled, state.dropped_at["copy_tx_full"] = row.at + seconds, row.at + seconds
        self.assertEqual(Conditions(state).of("b")["condition"], "warn")
        state.polled, state.dropped_at["copy_tx_full"] = row.at + 90, row.at + 90
        self.assertEqual(Conditions(state).of("b")["condition"], "good")

    def test_who_was_heard_and_is_quiet(self):
        self.row["last_seen_s"] = 3 * 86400
        self.assert_b_is("note", "not heard for 3 d 0 h")

    def test_of_a_hub_that_is_down(self):
        self.hub.poll()
        self.hub.state.fail(findings_error())
        self.assertEqual(Conditions(self.hub.state).of("b"), {"condition": "note", "says": "its hub is down"})

    def test_refused(self):
        self.row |= {"rx_packets": 0, "last_seen_s": 0}
        self.hub.refused = [refused("source_denied", "10.0.0.12")]
        self.assert_b_is("warn", "is refused: another key, VNI or encapsulation")

    def test_a_share_is_lost(self):
        self.row["tx_packets"] += 150
        self.hub.lose("b", 50, "copy_tx_full")
        self.assert_b_is("warn", "loses 25%: TX queue full")

    def test_all_is_lost(self):
        self.hub.lose("b", 50, "copy_tx_full")
        self.assert_b_is("bad", "gets nothing: TX queue full")

    def test_a_loss_is_not_blamed_on_an_allowance_that_its_port_has_not(self):
        self.hub.allowance = {"allowance_pps": 0, "allowance_bps": 0}
        self.hub.lose("a", 50, "copy_shed")
        self.hub.lose("b", 50, "copy_tx_full")
        self.assert_b_is("bad", "gets nothing: TX queue full")

    def test_only_who_has_a_narrow_path_loses_what_is_too_large(self):
        self.hub.lose("a", 50, "copy_oversize")
        self.hub.lose("b", 50, "copy_shed")
        self.assert_b_is("bad", "gets nothing: shed")
        self.row["path_mtu"] = 1200
        self.assert_b_is("bad", "gets nothing: too large, shed")

    def test_all_of_one_encapsulation_may_have_a_narrow_path(self):
        """Less than others of its kind; else less than the port."""
        self.hub.rows[0]["path_mtu"] = self.row["path_mtu"] = 1400
        self.hub.lose("b", 50, "copy_oversize")
        self.hub.lose("b", 50, "copy_shed")
        self.assert_b_is("bad", "gets nothing: too large, shed")
        self.hub.rows.append({**self.row, "name": "c", "path_mtu": 1300, "address": "10.0.0.13"})
        self.hub.poll()
        self.hub.lose("c", 50, "copy_oversize")
        self.hub.lose("b", 50, "copy_shed")
        self.hub.poll()
        self.hub.rows[1]["path_mtu"] = 1400
        self.assert_b_is("bad", "gets nothing: shed")

    def test_what_is_over(self):
        self.hub.lose("b", 50, "copy_tx_full")
        self.hub.poll()
        self.hub.poll(RECENT_S)
        self.assert_b_is("good", "well")

    def test_receivers_may_be_silent(self):
        self.row |= {"rx_packets": 0, "last_seen_s": 0}
        self.assert_b_is("note", "only receives")
        self.row["groups"] = 0
        self.assert_b_is("note", "never heard")


class Verdicts(unittest.TestCase):
    """Each cause has a sentence of its own, and the next thing to try."""

    def setUp(self):
        self.hub = Hub()
        self.hub.rows[0]["rx_packets"] = 9
        self.hub.streams = [stream("a", 1, group="239.1.1.1")]

    def asked(self, gets, words, **options):
        answer = self.hub.why(**options)
        self.assertEqual((answer["gets"], words in answer["sentence"]), (gets, True), answer["sentence"])
        return " ".join(answer["next"])

    def test_it_gets_them(self):
        self.assertIn("tcpdump", self.asked(True, "sends b a copy"))

    def test_nobody_in_particular(self):
        self.asked(True, "sends 1 receiver a copy of what a sends to 239.1.1.1.", receiver="")
        self.hub.rows[1]["resolved"] = 0
        self.asked(False, "not all arrive: b cannot be reached", receiver="")

    def test_the_hub_drops_it(self):
        self.assertIn("b's program joined 239.1.1.1", self.asked(False, "no_receiver", verdict="no_receiver", match=""))
        self.asked(False, "(not now)", verdict="ttl_expired", message="not now")
        following = self.asked(False, "239.1.1.1: this hub serves none.", verdict="no_receiver",
                               message="this hub serves none")
        self.assertIn("mcdpdk-domain", following)

    def test_it_is_not_in_the_list(self):
        following = self.asked(False, "b is not among them", receives=False)
        self.assertIn('"members": ["b"]', following)

    def test_it_is_the_sender(self):
        self.asked(False, "what its own address sends", receiver="a", receives=False)

    def test_all_of_one_address_are_one_instance(self):
        self.hub.rows[1]["address"] = "10.0.0.11"
        self.asked(False, "what its own address sends")

    def test_it_cannot_be_reached(self):
        self.assertIn("ARP", self.asked(False, "MAC address of its next hop is not known", resolved=0))

    def test_the_sender_comes_with_another_key(self):
        self.hub.refused = [refused("source_denied", "10.0.0.11")]
        self.asked(True, "sends b a copy")
        self.hub.streams = []
        self.hub.refused = [refused("source_denied", "10.0.0.11", destination="239.9.9.9")]
        self.asked(False, "nothing comes from a to 239.1.1.1")
        self.hub.refused = [refused("source_denied", "10.0.0.11")]
        self.assertIn("Compare encap", self.asked(False, "refuses what comes from a's address as gre with key 7"))

    def test_nothing_comes_from_the_sender(self):
        self.hub.rows[0]["rx_packets"], self.hub.streams = 0, None
        self.assertIn("224.0.0.0/4 routed to the hub", self.asked(False, "nothing comes from a"))

    def test_the_sender_sends_to_other_groups(self):
        """Only a hub that samples streams knows, as long as there is room for all of them."""
        self.hub.poll()
        self.hub.streams = [stream("a", 2)]
        self.asked(False, "nothing comes from a to 239.1.1.1")
        self.hub.streams = [stream("a", 1, group="239.1.1.1")]
        self.asked(True, "sends b a copy")
        self.hub.streams = [stream("a", 1, group="239.1.1.1", last_seen_s=31)]
        self.asked(False, "nothing comes from a to 239.1.1.1")
        self.hub.rows[0]["rx_packets"] += 1
        self.asked(False, "has seen nothing from a to 239.1.1.1 of late")

    def test_an_ipv6_group_has_a_hop_limit(self):
        self.hub.poll()
        self.hub.streams = [stream("a", 1, group="ff05::1")]
        self.assertIn("tcpdump", self.asked(True, "a sends to ff05::1,", group="ff05::1"))
        self.hub.streams = [stream("a", 1, group="ff05::2")]
        self.assertIn("ff00::/8 routed to the hub (ip route get ff05::1), and is the hop limit",
                      self.asked(False, "nothing comes from a to ff05::1", group="ff05::1"))

    def test_a_sender_may_be_denied_by_keys_that_exist(self):
        following = self.asked(False, "sender_denied", verdict="sender_denied", total=0)
        self.assertIn("members[].role", following)
        self.assertIn("groups[].senders", following)

    def test_a_rewritten_member_takes_groups_of_its_own_family(self):
        following = self.asked(False, "b is not among them", receives=False, group="ff05::1")
        self.assertIn('"group": "ff05::1"', following)
        following = self.asked(False, "b is not among them", receives=False, group="ff05::1", encap="udp")
        self.assertIn("of the other family", following)
        self.assertIn('"group": "239.1.1.1"', self.asked(False, "b is not among them", receives=False, encap="udp"))

    def test_copies_are_lost(self):
        self.hub.rows[1]["path_mtu"] = 1200
        self.hub.lose("b", 50, "copy_oversize")
        self.assertIn("MTU", self.asked(False, "gets nothing. Of late: copies larger than its path MTU, 1,200 bytes"))
        self.asked(False, "not all arrive: b gets nothing: too large", receiver="")

    def test_its_port_is_down(self):
        """Whatever else is lost meanwhile."""
        self.hub.rows[1]["port"], self.hub.link = "net0", 0
        self.hub.lose("b", 50, "copy_tx_full")
        self.hub.lose("a", 50, "copy_oversize")
        self.hub.reasons = [LINK_DOWN]
        self.asked(False, "its port, net0, is down")
        self.assertEqual([one["reason"] for one in self.hub.found()], ["link_down", "copy_oversize"])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What happened, found by comparing each answer of a hub with the one before."""

import time
from collections import deque

from mcdpdk_tools import domain

KEPT = 1000
# Of one kind from one answer; more are summed up, so that a crowd does not displace the rest.
AT_ONCE = 20

OVERLOADS = {"rx_missed", "no_mbuf", "ring_full", "tx_drops"}
LCORES = {"lcore_stuck"}


class Events:
    def __init__(self):
        self.kept, self.next = deque(maxlen=KEPT), 1

    def add(self, kind, subject, text):
        self.kept.append({"seq": self.next, "time": round(time.time(), 3), "kind": kind, "subject": subject,
                          "text": text})
        self.next += 1

    def add_all(self, kind, subjects, text):
        for subject in subjects[:AT_ONCE]:
            self.add(kind, subject, f"{subject} {text}")
        if len(subjects) > AT_ONCE:
            self.add(kind, "", f"and {len(subjects) - AT_ONCE:,} more {text}")

    def since(self, seq):
        return [event for event in self.kept if event["seq"] > seq]

    def begin(self, answers):
        """What is wrong already."""
        for reason in answers.get("health", {}).get("reasons", []):
            self.add(kind_of(reason["reason"]), reason["reason"], reason["text"])

    def compare(self, before, after):
        """Two sets of a hub's answers, between which it did not restart."""
        self._compare_generation(before.get("info", {}), after.get("info", {}))
        self._compare_reasons(before.get("health", []), after.get("health", []))
        self._compare_agent(before.get("domain"), after.get("domain"))
        self._compare_ports(before.get("ports", []), after.get("ports", []))
        self._compare_peers(before.get("peers", []), after.get("peers", []))

    def _compare_generation(self, before, after):
        if after.get("generation", 0) > before.get("generation", after.get("generation", 0)):
            self.add("reload", "", f"the configuration was reloaded: generation {after['generation']}")

    def _compare_reasons(self, before, after):
        old, new = ({reason["reason"]: reason for reason in health["reasons"]} if health else {}
                    for health in (before, after))
        for name in new.keys() - old.keys():
            self.add(kind_of(name), name, new[name]["text"])
        for name in old.keys() - new.keys():
            self.add(kind_of(name), name, f"over: {old[name]['text']}")

    def _compare_ports(self, before, after):
        old = {port["name"]: port for port in before}
        for port in after:
            was = old.get(port["name"])
            if was is None:
                continue
            name, flaps = port["name"], port.get("link_changes", 0) - was.get("link_changes", 0)
            if port["link"] != was["link"] or flaps > 0:
                self.add("link", name, f"{name}: the link is {'up' if port['link'] else 'down'}"
                                       f"{f', {flaps} changes' if flaps > 1 else ''}")
            for counter, text in (("resets", "the device was reset"), ("stalled", "the port stalled")):
                if port.get(counter, 0) > was.get(counter, 0):
                    self.add("port", name, f"{name}: {text}")

    def _compare_peers(self, before, after):
        old = {peer["name"]: peer for peer in before}
        for peer in after:
            was = old.get(peer["name"], {}).get("state")
            if was != peer["state"]:
                self.add("peer", peer["name"], f"{peer['name']} is {peer['state']}")

    def _compare_agent(self, before, after):
        """The words of an agent that is away grow older each second."""
        if not before or not after:
            return
        was, now = ((domain.is_away(answer), answer["agent"]) for answer in (before, after))
        if was != now:
            self.add("domain", "", domain.agent_words(after))

    def compare_member(self, before, after):
        """Two records of one member."""
        if after.get("resolved") != before.get("resolved"):
            verb = "can" if after.get("resolved") else "cannot"
            self.add("member", after["name"], f"{after['name']} {verb} be reached")


def kind_of(reason):
    if reason in OVERLOADS:
        return "overload"
    return "lcore" if reason in LCORES else "health"

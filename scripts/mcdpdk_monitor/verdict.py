# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Why B does not get G from A: the hub's explanation in a sentence, and what to try next."""

from mcdpdk_tools.reasons import REASONS
from mcdpdk_tools.tables import plural

from .condition import BAD, WARN, Conditions
from .findings import NEXT, OF_LOSS, listed

# A stream that was not seen for as long has ended.
QUIET_S = 30

LOOK_AT_SENDER = ("On {sender}: `mcdpdk-client test`; is 224.0.0.0/4 routed to the hub (ip route get {group}), and is "
                  "the TTL above 1?")
LOOK_AT_RECEIVER = ("On {receiver}: `tcpdump -ni DEV dst {group}` shows whether copies arrive. If they do: rp_filter, "
                    "the firewall, and whether the program has joined on that interface. If not: `mcdpdk-client test`, "
                    "and what the cloud lets pass.")
JOIN = ("Has {receiver}'s program joined {group}, on the interface that leads to the hub (cat /proc/net/igmp)? A join "
        "by plain l2 does not reach the hub without mcdpdk-client's rule.")
DECLARE = "Or declare it: groups, \"group\": \"{group}\", \"members\": [\"{receiver}\"], and reload."
COMPARE = "Compare encap, key and vni of {sender} in groups.json with its tunnel (ip -d link)."
OF_VERDICT = {
    "source_denied": ["Declare {sender} under members, or admit its prefix.",
                      "Refused senders shows how its packets come, and with which key."],
    "sender_denied": ["Allow it: members[].send, groups[].senders."],
    "no_receiver": [JOIN, DECLARE],
    "ttl_expired": ["Send with a higher TTL (IP_MULTICAST_TTL), or set ttl to preserve."],
}


class Question:
    """Without a receiver it is about all of them."""

    def __init__(self, state, sender, group, receiver):
        self.state, self.sender, self.group, self.receiver = state, sender, group, receiver
        self.conditions = Conditions(state)

    def judge(self, explained, member, names):
        """`member`: the record of the receiver that was asked for, or None; `names`: all receivers."""
        gets, sentence, following = self._judge(explained, member, names)
        receivers = [{**record, **self.conditions.of(record["member"])} for record in explained["receivers"]]
        return {**explained, "receivers": receivers, "meaning": REASONS.get(explained["verdict"], ""),
                "receiver": self.receiver, "gets": gets, "sentence": sentence,
                "next": [self._named(text) for text in following]}

    def _named(self, text):
        return text.format(sender=self.sender, group=self.group.partition(",")[0],
                           receiver=self.receiver or "the receiver")

    def _judge(self, explained, member, names):
        verdict, message = explained["verdict"], explained.get("message", "")
        if verdict != "replicate":
            sentence = f"The hub drops what {self.sender} sends to {self.group}: {verdict}, {REASONS.get(verdict, '')}"
            return False, f"{sentence}{f' ({message})' if message else ''}.", OF_VERDICT.get(verdict, [])
        if self.receiver and self.receiver == explained.get("sender"):
            return False, f"{self.receiver} gets no copy of what it sends itself; its own kernel loops it back.", []
        if self.receiver and self.receiver not in names:
            entry = f" (entry {explained['match']})" if explained["match"] else ""
            return False, (f"{self.group} from {self.sender} goes to {plural(explained['total'], 'receiver')}{entry}, and "
                           f"{self.receiver} is not among them."), [JOIN, DECLARE]
        return self._judge_copies(explained, member, names)

    def _judge_copies(self, explained, member, names):
        """A copy would be made. Is there a packet, and does the copy leave?"""
        denied = self._denied()
        if denied:
            key = f" with key {denied['key']}" if denied.get("key", "") != "" else ""
            return False, (f"The hub refuses what comes from {self.sender}'s address as {denied['encap']}{key}: "
                           f"{self.sender} is declared with another key, VNI or encapsulation."), [COMPARE]
        if self._is_quiet(explained):
            return False, (f"The hub would send {self.receiver or 'each receiver'} a copy, but nothing comes from "
                           f"{self.sender} to {self.group}."), [LOOK_AT_SENDER]
        return self._judge_all(names) if member is None else self._judge_one(member)

    def _judge_all(self, names):
        wrong = {name: found["says"] for name in names
                 if (found := self.conditions.of(name))["condition"] in (BAD, WARN) and "refused" not in found["says"]}
        sentence = f"The hub sends {plural(len(names), 'receiver')} a copy of what {self.sender} sends to {self.group}"
        if not wrong:
            return True, f"{sentence}.", []
        who = listed([f"{name} {says}" for name, says in wrong.items()])
        return False, f"{sentence}, but not all arrive: {who}.", ["Ask for one of them."]

    def _judge_one(self, member):
        if not member["resolved"]:
            return False, (f"A copy for {self.receiver} cannot leave: the MAC address of its next hop is not "
                           "known."), [OF_LOSS["copy_unresolved"]]
        row = self._row(self.receiver)
        if row and self.conditions.is_port_down(row):
            return False, f"A copy for {self.receiver} cannot leave: its port, {row.record['port']}, is down.", [
                NEXT["link_down"]]
        if row and self.conditions.is_losing(row):
            why = "; ".join(self.conditions.sentences(row))
            return False, f"The hub makes copies for {self.receiver}, which {self._says(row)}. Of late: {why}.", [
                OF_LOSS[reason] for reason in self.conditions.causes(row) if reason in OF_LOSS]
        return True, (f"The hub sends {self.receiver} a copy of what {self.sender} sends to {self.group}, as "
                      f"{member['encap']}, path MTU {member.get('path_mtu', 0)}."), [LOOK_AT_RECEIVER]

    def _says(self, row):
        return self.conditions.of_row(row)["says"].partition(":")[0]

    # What else is known

    def _row(self, name):
        return self.state.tables["members"].rows.get(name)

    def _denied(self):
        """The latest refusal of a packet from the sender's address, if of late."""
        row = self._row(self.sender)
        address = row.record["address"] if row else self.sender
        return self.conditions.refused.get(address)

    def _is_quiet(self, explained):
        """A hub that samples streams knows; of another, only whether anything comes from a member."""
        row = self._row(self.sender)
        streams = self.state.streams
        if streams.at is None:
            return row is not None and not row.record.get("rx_packets")
        name, group = explained.get("sender") or self.sender, self.group.partition(",")[0]
        stream = streams.rows.get((name, group))
        return stream is None or stream["last_seen_s"] > QUIET_S

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Why B does not get G from A: the hub's explanation in a sentence, and what to try next."""

import math

from mcdpdk_tools import groups
from mcdpdk_tools.reasons import REASONS
from mcdpdk_tools.words import plural

from .condition import BAD, WARN, Conditions
from .findings import NEXT, OF_LOSS, came_as, listed

# A stream that was not seen for as long has ended.
QUIET_S = 30

LOOK_AT_SENDER = ("On {sender}: `mcdpdk-client test`; is {range} routed to the hub (ip route get {group}), and is the "
                  "{ttl} above 1?")
LOOK_AT_RECEIVER = ("On {receiver}: `tcpdump -ni DEV dst {group}` shows whether copies arrive. If they do: rp_filter, "
                    "the firewall, and whether the program has joined on that interface. If not: `mcdpdk-client test`, "
                    "and what the cloud lets pass.")
JOIN = ("Has {receiver}'s program joined {group}, on the interface that leads to the hub (ip maddr)? A join by plain "
        "l2 does not reach the hub without mcdpdk-client's rule.")
OTHER_FAMILY = "Copies with encap udp get {receiver}'s own address, which is of the other family: give it a tunnel."
DECLARE = "Or declare it: groups, \"group\": \"{group}\", \"members\": [\"{receiver}\"], and reload."
COMPARE = "Compare encap, key and vni of {sender} in groups.json with its tunnel (ip -d link)."
OF_PLACEMENT = "Does mcdpdk-domain run at this hub, is etcd up, and does the hub drain? mcdpdkctl peers."
OF_VERDICT = {
    "source_denied": ["Declare {sender} under members, or admit its prefix.",
                      "Refused senders shows how its packets come, and with which key."],
    "sender_denied": ["Allow it: members[].role, groups[].senders."],
    "no_receiver": [JOIN, DECLARE],
    "ttl_expired": ["Send with a higher TTL (IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS), or set ttl to preserve."],
}


class Question:
    """Without a receiver it is about all of them."""

    def __init__(self, state, sender, group, receiver, streams=None):
        """`streams`: the sender's, asked just now."""
        self.state, self.sender, self.group, self.receiver, self.streams = state, sender, group, receiver, streams
        self.conditions = Conditions(state)

    def judge(self, explained, member, listed):
        """`member`: the record of the receiver that was asked for, or None; `listed`: the receivers of the entry if the
        explanation has only the first."""
        first = [record["member"] for record in explained["receivers"]]
        names = first if listed is None else [name for name in listed if not self._is_sender(name, explained)]
        gets, sentence, following = self._judge(explained, member, names)
        receivers = [{**record, **self.conditions.of(record["member"])} for record in explained["receivers"]]
        return {**explained, "receivers": receivers, "meaning": REASONS.get(explained["verdict"], ""),
                "receiver": self.receiver, "gets": gets, "sentence": sentence,
                "next": [self._named(text) for text in following]}

    def _is_sender(self, name, explained):
        """All members of one address are one instance."""
        if name == explained.get("sender"):
            return True
        row, sender = self._row(name), self._row(explained.get("sender", ""))
        return row is not None and sender is not None and row.record.get("address") == sender.record.get("address")

    def _named(self, text):
        is_ipv6 = groups.is_ipv6(self.group)
        return text.format(sender=self.sender, group=self.group.partition(",")[0],
                           receiver=self.receiver or "the receiver", range="ff00::/8" if is_ipv6 else "224.0.0.0/4",
                           ttl="hop limit" if is_ipv6 else "TTL")

    def _judge(self, explained, member, names):
        verdict, message = explained["verdict"], explained.get("message", "")
        if verdict == "no_receiver" and message:
            return False, f"The hub drops what {self.sender} sends to {self.group}: {message}.", [OF_PLACEMENT]
        if verdict != "replicate":
            sentence = f"The hub drops what {self.sender} sends to {self.group}: {verdict}, {REASONS.get(verdict, '')}"
            return False, f"{sentence}{f' ({message})' if message else ''}.", OF_VERDICT.get(verdict, [])
        if self.receiver and self._is_sender(self.receiver, explained):
            return False, (f"{self.receiver} gets no copy of what its own address sends; its own kernel loops that "
                           "back."), []
        if self.receiver and self.receiver not in names and len(names) < explained["total"]:
            return False, (f"{self.group} from {self.sender} goes to {plural(explained['total'], 'receiver')}"
                           f"{by_entry(explained)}; whether {self.receiver} is one of them is not known here."), [JOIN]
        if self.receiver and self.receiver not in names:
            return False, (f"{self.group} from {self.sender} goes to {plural(explained['total'], 'receiver')}"
                           f"{by_entry(explained)}, and {self.receiver} is not among them."), self._how_to_receive(member)
        return self._judge_copies(explained, member, names)

    def _how_to_receive(self, member):
        takes = member is None or "encap" not in member or groups.takes(member, self.group)
        return [JOIN, DECLARE] if takes else [OTHER_FAMILY]

    def _judge_copies(self, explained, member, names):
        """A copy would be made. Is there a packet, and does the copy leave?"""
        heard = self._hears(explained)
        denied = None if heard else self._denied()
        if denied:
            return False, (f"The hub refuses what comes from {self.sender}'s address as {came_as(denied)}: "
                           f"{self.sender} is declared with another key, VNI or encapsulation."), [COMPARE]
        if heard is False:
            return False, (f"The hub would send {self.receiver or 'each receiver'} a copy, but nothing comes from "
                           f"{self.sender} to {self.group}."), [LOOK_AT_SENDER]
        if heard is None:
            return False, (f"The hub would send {self.receiver or 'each receiver'} a copy, but has seen nothing from "
                           f"{self.sender} to {self.group} of late. A slow stream among many busy ones may be missed."
                           ), [LOOK_AT_SENDER]
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
        """The latest refusal of a packet from the sender's address to the group, or to one that is not known."""
        row = self._row(self.sender)
        found = self.conditions.refused.get(row.record["address"] if row else self.sender)
        is_other = found and found.get("destination") not in (None, "", self.group.partition(",")[0])
        return None if is_other else found

    def _hears(self, explained):
        """Whether packets come from the sender to the group. None: there is no sample, but counters do not exclude it.
        """
        streams, row = self.state.streams, self._row(self.sender)
        sends = math.nan if row is None else row.rates[self.state.tables["members"].names.index("rx_pps")]
        if streams.at is None:
            # A hub that does not sample streams.
            return sends > 0 or (None if row is None or row.record.get("rx_packets") else False)
        name, group = explained.get("sender") or self.sender, self.group.partition(",")[0]
        age = self.state.polled - streams.at if self.streams is None else 0
        for stream in streams.rows.values() if self.streams is None else self.streams:
            if (stream["sender"], stream["group"]) == (name, group) and stream["last_seen_s"] + age <= QUIET_S:
                return True
        entry = self.state.tables["groups"].rows.get(explained["match"])
        return False if sends == 0 or entry is not None and entry.rates[0] == 0 else None


def by_entry(explained):
    return f" (entry {explained['match']})" if explained["match"] else ""

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Whether a member gets what it should, and if not, why."""

from mcdpdk_tools.words import duration

# Losses and refusals are a fault while they go on. Rows of a large hub are read more slowly.
RECENT_S, READINGS = 30, 2
# Whoever sent or joined and is not heard for as long may be gone.
QUIET_S = 600
BAD, WARN, NOTE, GOOD = RANKS = ("bad", "warn", "note", "good")

# Of copies, by reason: in a word, and in a sentence.
LOSSES = {
    "copy_oversize": ("too large", "copies larger than its path MTU, {mtu:,} bytes, are dropped"),
    "copy_shed": ("shed", "its port is at its allowance, and copies of the lowest priority are shed"),
    "copy_tx_full": ("TX queue full", "its port's TX queue is full"),
    "copy_no_mbuf": ("no buffers", "the hub's packet pool is empty"),
    "copy_stale": ("list changed", "the receivers changed while packets waited"),
}


class Conditions:
    """Of the members of a hub, as far as is known now."""

    def __init__(self, state):
        self.state, self.now = state, state.polled
        self.ports = {port["name"]: port for port in state.answers.get("ports", [])}
        self.lost = [reason for reason in LOSSES if reason in state.lost_of_late(RECENT_S)] if state.is_up else []
        self.widest = self.widest_paths()
        self.refused = latest_refused(state)
        # Then that is said once, of the port.
        self.lacks_link = "copy_tx_full" in self.lost and self.is_full_for_want_of_a_link()
        if self.lacks_link:
            self.lost.remove("copy_tx_full")

    def of_row(self, row):
        rank, says = self._judge(row)
        return {"condition": rank, "says": says}

    def of(self, name):
        row = self.state.tables["members"].rows.get(name)
        return {"condition": NOTE, "says": "not known"} if row is None else self.of_row(row)

    def _judge(self, row):
        record = row.record
        if not self.state.is_up:
            return NOTE, "its hub is down"
        if not record.get("resolved"):
            return BAD, "cannot be reached"
        if self.is_port_down(row):
            return BAD, "its port is down"
        if self.is_refused(row):
            return WARN, "is refused: another key, VNI or encapsulation"
        if self.is_losing(row):
            why = ", ".join(LOSSES[reason][0] for reason in self.causes(row))
            if row.sent < row.lost / 20:
                return BAD, f"gets nothing: {why}"
            return WARN, f"loses {percent(row.lost / (row.lost + row.sent))}: {why}"
        return self._judge_by_voice(record)

    @staticmethod
    def _judge_by_voice(record):
        heard = record.get("last_seen_s") or 0
        if heard > QUIET_S:
            return NOTE, f"not heard for {duration(heard)}"
        if not heard and not record.get("rx_packets"):
            return NOTE, "only receives" if record.get("groups") else "never heard"
        return GOOD, "well"

    def is_refused(self, row):
        """Who is heard as declared may send something else besides."""
        heard = row.record.get("last_seen_s") or 0
        return row.record.get("address") in self.refused and not 0 < heard <= RECENT_S

    def is_port_down(self, row):
        return self.ports.get(row.record.get("port"), {}).get("link") == 0

    def is_full_for_want_of_a_link(self):
        """Copies to a port without a link count as copy_tx_full. Do all others that lose copies have another reason?"""
        losing = [row for row in self.state.tables["members"].rows.values() if self.is_losing(row)]
        dead = [row for row in losing if self.is_port_down(row)]
        return bool(dead) and all(self.is_port_down(row) or self.likely(row) - {"copy_tx_full"} for row in losing)

    def is_losing(self, row):
        return (self.state.is_up and row.lost_at is not None and bool(self.lost)
                and self.now - row.lost_at <= max(RECENT_S, READINGS * row.gap))

    def likely(self, row):
        """Those of the hub's reasons that fit to the member: a hub counts for all members together."""
        port = self.ports.get(row.record.get("port"), {})
        unfit = set()
        if not self.is_narrow(row):
            unfit.add("copy_oversize")
        if not (port.get("allowance_pps", 1) or port.get("allowance_bps")):
            unfit.add("copy_shed")
        return set(self.lost) - unfit

    def widest_paths(self):
        """By encapsulation: who has less is the one to whom large packets do not fit. If all who lose copies have the
        same, it may be any whose path is narrower than the ports."""
        rows = self.state.tables["members"].rows.values()
        widest = {}
        for row in rows:
            kind = row.record.get("encap")
            widest[kind] = max(widest.get(kind, 0), mtu_of(row))
        losing = [row for row in rows if self.is_losing(row) and not self.is_port_down(row)]
        if any(mtu_of(row) < widest[row.record.get("encap")] for row in losing):
            return widest
        return dict.fromkeys(widest, max((port.get("mtu", 0) for port in self.ports.values()), default=0))

    def is_narrow(self, row):
        return 0 < mtu_of(row) < self.widest[row.record.get("encap")]

    def causes(self, row):
        """The likeliest first."""
        if self.is_port_down(row):
            return ["copy_tx_full"]
        return [reason for reason in self.lost if reason in self.likely(row)] or self.lost

    def sentences(self, row):
        if self.is_port_down(row):
            return [f"its port, {row.record['port']}, is down"]
        return [LOSSES[reason][1].format(mtu=mtu_of(row)) for reason in self.causes(row)]


def mtu_of(row):
    return row.record.get("path_mtu") or 0


def latest_refused(state):
    """By address, of what no member's key and encapsulation explain."""
    found = [record for record in state.answers.get("refused", [])
             if record["reason"] == "source_denied" and record.get("address") and not record.get("member")
             and record.get("last_seen_s", 0) <= RECENT_S]
    return {record["address"]: record for record in sorted(found, key=lambda record: -record.get("last_seen_s", 0))}


def percent(share):
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Whether a member gets what it should, and if not, why."""

# Losses and refusals are a fault while they go on.
RECENT_S = 30
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
        self.widest = max((port.get("mtu", 0) for port in self.ports.values()), default=0)
        self.lost = [reason for reason in LOSSES if reason in state.lost_of_late(RECENT_S)] if state.is_up else []
        if "copy_tx_full" in self.lost and self.is_full_for_want_of_a_link():
            self.lost.remove("copy_tx_full")
        self.refused = {record["address"]: record for record in reversed(state.answers.get("refused", []))
                        if record["reason"] == "source_denied" and record.get("last_seen_s", 0) <= RECENT_S}

    def of_row(self, row):
        rank, says = self._judge(row)
        return {"condition": rank, "says": says}

    def of(self, name):
        row = self.state.tables["members"].rows.get(name)
        return {"condition": NOTE, "says": "not known"} if row is None else self.of_row(row)

    def _judge(self, row):
        record = row.record
        if not record.get("resolved"):
            return BAD, "cannot be reached"
        if self.is_port_down(row):
            return BAD, "its port is down"
        if record.get("address") in self.refused:
            return WARN, "is refused: another key, VNI or encapsulation"
        if self.is_losing(row):
            why = ", ".join(LOSSES[reason][0] for reason in self.causes(row))
            if row.sent < row.lost / 20:
                return BAD, f"gets nothing: {why}"
            return WARN, f"loses {percent(row.lost / (row.lost + row.sent))}: {why}"
        if not record.get("last_seen_s") and not record.get("rx_packets"):
            return NOTE, "only receives" if record.get("groups") else "never heard"
        return GOOD, "well"

    def is_port_down(self, row):
        return self.ports.get(row.record.get("port"), {}).get("link") == 0

    def is_full_for_want_of_a_link(self):
        """Copies to a port without a link count as copy_tx_full: are those all of them?"""
        table = self.state.tables["members"]
        index = table.names.index("drops_per_s")
        lost = sum(row.rates[index] for row in table.rows.values() if row.rates[index] > 0 and self.is_port_down(row))
        return lost > 0 and lost >= 0.9 * self.state.drop_rates.get("copy_tx_full", 0)

    def is_losing(self, row):
        return self.state.is_up and row.lost_at is not None and self.now - row.lost_at <= RECENT_S and bool(self.lost)

    def causes(self, row):
        """Reasons for which copies to it may be lost, the likeliest first: a hub counts them for all members together.
        """
        if self.is_port_down(row):
            return ["copy_tx_full"]
        port = self.ports.get(row.record.get("port"), {})
        is_narrow = 0 < row.record.get("path_mtu", 0) < self.widest
        is_limited = bool(port.get("allowance_pps", 1) or port.get("allowance_bps"))
        may_be = {"copy_oversize": is_narrow, "copy_shed": is_limited}
        found = [reason for reason in self.lost if may_be.get(reason, True)]
        return found or self.lost

    def sentences(self, row):
        if self.is_port_down(row):
            return [f"its port, {row.record['port']}, is down"]
        return [LOSSES[reason][1].format(mtu=row.record.get("path_mtu", 0)) for reason in self.causes(row)]


def percent(share):
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"

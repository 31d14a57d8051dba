# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A client of the DPDK telemetry socket (version 2), and the sums that mcdpdk guarantees."""

import json
import socket
from contextlib import suppress

from waiting import DEADLINE_S, await_condition

RX_REASONS = ("malformed", "not_for_us", "source_denied", "sender_denied", "no_receiver",
              "ttl_expired", "bad_checksum", "ring_full", "rate_limited", "loop", "reassembly")
COPY_REASONS = ("copy_oversize", "copy_no_mbuf", "copy_tx_full", "copy_unresolved", "copy_stale",
                "copy_shed")


class Telemetry:
    def __init__(self, file_prefix, runtime_dir="/var/run/dpdk"):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(f"{runtime_dir}/{file_prefix}/dpdk_telemetry.v2")
        self.greeting = json.loads(self.socket.recv(1024))

    def close(self):
        self.socket.close()

    def ask_raw(self, command):
        self.socket.send(command.encode())
        return self.socket.recv(self.greeting["max_output_len"])

    def ask(self, command):
        """Return the answer's value, which DPDK wraps in an object named after the command.

        On a crowded machine the control lcore may be too slow and the answer is "try again": ask again.
        """
        def answer():
            (value,) = json.loads(self.ask_raw(command)).values()
            is_busy = isinstance(value, dict) and "try again" in value.get("error", "")
            return None if is_busy else (value,)
        return await_condition(answer, f"an answer to {command}")[0]

    def stats(self):
        return self.ask("/mcdpdk/stats")

    def drops(self):
        return self.ask("/mcdpdk/drops")

    def pages(self, command, parameters=""):
        """Yield every page of a list."""
        offset = 0
        while True:
            page = self.ask(f"{command},{offset}{parameters}")
            yield page
            offset = page.get("next", 0)
            if offset == 0:
                return

    def listing(self, what):
        """Return the names of all groups or members."""
        return [name for page in self.pages(f"/mcdpdk/{what}") for name in page[what]]

    def receivers(self, group):
        pages = self.pages("/mcdpdk/receivers", f",{group}")
        return [page[f"r{i}"] for page in pages for i in range(len(page)) if f"r{i}" in page]


def assert_balance(stats, drops):
    """Every received packet and every copy is counted exactly once."""
    assert set(drops) == {*RX_REASONS, *COPY_REASONS}
    assert stats["rx_drop_packets"] == sum(drops[reason] for reason in RX_REASONS)
    assert stats["copy_drops"] == sum(drops[reason] for reason in COPY_REASONS)
    assert stats["rx_packets"] + stats["reassembled_packets"] + stats["rx_coalesced"] == (
        stats["data_packets"] + stats["unicast_packets"] + stats["control_packets"]
        + stats["rx_fragments"] + stats["rx_drop_packets"])
    assert stats["copies"] + stats["tx_fragments"] == (
        stats["tx_data_packets"] + stats["tx_coalesced"] + stats["copy_drops"])


def await_balance(sample):
    """Return sample()'s statistics and drops once their sums balance: packets inside the hub are in none of them."""
    def balanced():
        counters = sample()
        with suppress(AssertionError):
            assert_balance(*counters)
            return counters
    return await_condition(balanced, f"balance of {sample()}")

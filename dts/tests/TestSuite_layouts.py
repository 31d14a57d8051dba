# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The same traffic with every assignment of work to lcores. Topology: quartet.py."""

import signal

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP

from hub import MAIN_ALONE, ONE_WORKER, RX_AND_TWO_TX, RX_AND_TX
from quartet import ADDRESSES, CONFIG, GROUP, MEMBERS, udp_to
from waiting import await_condition

LAYOUTS = {
    "main lcore alone": MAIN_ALONE,
    "one worker": ONE_WORKER,
    "RX and TX": RX_AND_TX,
    "RX and two more": RX_AND_TWO_TX,
}
ROUNDS, BURST = 10, 50


@pytest.mark.parametrize("idle", ["sleep", "poll"])
@pytest.mark.parametrize("lcores", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_traffic_flows_and_sums_balance(cloud, quartet, lcores, idle):
    """Two l2 and two GRE members send 500 packets each to one group in interleaved bursts. Each gets the other three's
    packets once, each sender's in order; the sums balance; latency was measured; SIGTERM ends the hub within 2 s with
    status 0 and every buffer returned."""
    with cloud.start_hub(CONFIG | {"idle": idle}, lcores=lcores) as hub:
        hub.await_resolved()
        quartet.discard()
        exchange_bursts(quartet, ROUNDS)
        stats, _ = hub.settled()
        assert stats["data_packets"] == ROUNDS * BURST * len(MEMBERS)
        assert stats["copies"] == stats["tx_data_packets"] == stats["data_packets"] * 3
        quartet.assert_quiet()
        latency = hub.telemetry.ask("/mcdpdk/latency")
        assert 0 < latency["p50_ns"] <= latency["p99_ns"] <= latency["max_ns"] < 10**10
        assert latency["spread_p99_ns"] <= latency["max_ns"]
        check_histograms(latency)
        assert 0 < hub.telemetry.ask("/mcdpdk/ports")["r0"]["burst_copies_1ms"] <= stats["copies"]
        hub.stop()


def check_histograms(latency):
    """Both have counted the same packets; percentiles and sums are what the buckets say, whose width is the error."""
    bounds = latency["bounds_ns"]
    assert bounds == sorted(bounds) and bounds[0] < 1000 < 10**9 <= bounds[-1]
    counts, spreads = latency["latency_counts"], latency["spread_counts"]
    total = sum(counts)
    assert len(counts) == len(spreads) == len(bounds) + 1 and total == sum(spreads) > 0
    for permille, percentile in ((500, "p50_ns"), (990, "p99_ns"), (1000, "max_ns")):
        below = sum(count for bound, count in zip(bounds, counts) if bound < latency[percentile])
        at_most = sum(count for bound, count in zip([0, *bounds], counts) if bound * 7 / 8 <= latency[percentile])
        assert 1000 * below < permille * total <= 1000 * at_most, percentile
    least = sum(bound * count for bound, count in zip([0, *bounds], counts))
    most = sum(bound * count for bound, count in zip([*bounds, latency["max_ns"]], counts))
    assert least * 7 / 8 <= latency["latency_sum_ns"] <= most * 9 / 8
    assert latency["spread_sum_ns"] <= latency["latency_sum_ns"] * 9 / 8


class Numbered:
    """A member's packets and their copies, with a number that no checksum covers."""

    def __init__(self, quartet, sender):
        packet = IP(src=ADDRESSES[sender], dst=GROUP) / UDP(sport=4000, dport=5000, chksum=0) / (
            sender.encode() + b" 00000000")
        self.frame = raw(quartet.frame(sender, packet))
        self.copies = {r: quartet.copy(r, packet) for r in MEMBERS if r != sender}

    @staticmethod
    def number(frame, number):
        return frame[:-8] + f"{number:08}".encode()


def exchange_bursts(quartet, rounds):
    """Each member sends in turn; every receiver gets the others' packets, each sender's in order."""
    packets = {sender: Numbered(quartet, sender) for sender in MEMBERS}
    for first in range(0, rounds * BURST, BURST):
        for number in range(first, first + BURST):
            for sender in MEMBERS:
                quartet.send_frame(sender, Numbered.number(packets[sender].frame, number))
        for receiver in MEMBERS:
            copies = {p.copies[receiver][:-8]: first for s, p in packets.items() if s != receiver}
            arriving = quartet.wires[receiver].frames()
            for _ in range(BURST * len(copies)):
                frame = next(arriving)
                assert frame == Numbered.number(frame, copies[frame[:-8]]), frame.hex()
                copies[frame[:-8]] += 1


@pytest.mark.parametrize("lcores", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_queue_of_a_device_is_an_input(cloud, quartet, lcores):
    """The kernel spreads alpha's 32 flows over two queues of one RX lcore. Everybody else gets all of them."""
    with cloud.start_hub(CONFIG, lcores=lcores, driver="af_packet, two queues") as hub:
        hub.await_resolved()
        quartet.discard()
        for port in range(32):
            ip = IP(src=ADDRESSES["alpha"], dst=GROUP)
            quartet.exchange("alpha", ip / UDP(sport=1000 + port, dport=5000) / b"payload")
        stats, _ = hub.settled()
        assert stats["data_packets"] == 32
        hub.stop()


@pytest.mark.parametrize("lcores, wanted, roles", [
    (RX_AND_TWO_TX, {}, ["control", "rx", "tx", "tx"]),
    (RX_AND_TX, {"rx": [1, 2], "tx": [1, 2]}, ["control", "rxtx", "tx"]),
], ids=["apart", "both"])
def test_flows_of_one_queue_are_spread_over_tx_lcores(
        cloud, quartet, monkeypatch, lcores, wanted, roles):
    """gamma sends eight flows through its tunnel to as many groups in turn. The lcore without an RX queue sends; both
    TX lcores had packets, together all of them; each receiver gets each flow in order."""
    config = CONFIG | ({"lcores": wanted} if wanted else {})
    with cloud.start_hub(config, lcores=lcores, driver="pcap, two TX queues") as hub:
        hub.await_resolved()
        # With an interface for each direction the driver invents a MAC.
        monkeypatch.setattr(quartet, "hub_mac", hub.telemetry.ask("/mcdpdk/ports")["r0"]["mac"])
        quartet.discard()
        for number in range(64):
            packet = udp_to(f"239.192.0.{1 + number % 8}", ADDRESSES["gamma"], b"%d" % number)
            quartet.exchange("gamma", packet, ["alpha", "delta"])
        stats, _ = hub.settled()
        assert stats["data_packets"] == 64
        by_lcore = list(hub.telemetry.ask("/mcdpdk/lcores").values())
        assert [lcore["role"] for lcore in by_lcore] == roles
        sent = [lcore["packets"] for lcore in by_lcore if lcore["role"] == "tx"]
        assert all(0 < count < 64 for count in sent), by_lcore
        hub.stop()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("lcores", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_it_ends_cleanly_in_the_middle_of_traffic(cloud, quartet, lcores, by):
    """A signal in the middle of traffic ends the hub with status 0 within 2 s, every buffer returned."""
    frame = raw(quartet.frame("alpha", udp_to()))
    with cloud.start_hub(CONFIG, lcores=lcores) as hub:
        hub.await_resolved()
        before = hub.stats()["data_packets"]

        def keep_sending():
            for _ in range(100):
                quartet.send_frame("alpha", frame)
            return hub.stats()["data_packets"] > before + 500

        await_condition(keep_sending, "500 packets")
        for _ in range(1000):
            quartet.send_frame("alpha", frame)
        hub.stop(by)
    quartet.discard()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The same traffic with every division of work over lcores. Topology: quartet.py."""

import signal

import pytest
from scapy.compat import raw

from hub import MAIN_ALONE, ONE_WORKER, RX_AND_TWO_TX, RX_AND_TX
from quartet import ADDRESSES, CONFIG, MEMBERS, udp_to
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
    """
    Steps: start the hub on these lcores; two l2 and two GRE members send 500 packets each to one
    group, in interleaved bursts; stop it.
    Verify: each member gets the other three's packets, each sender's in order, none twice; the sums
    balance; no buffer is in use that was not before; SIGTERM ends it with status 0 within 2 s.
    """
    hub = cloud.start_hub(CONFIG | {"idle": idle}, lcores=lcores)
    hub.await_resolved()
    quartet.discard()
    before = hub.telemetry.mbufs_in_use()
    for round_number in range(ROUNDS):
        exchange_bursts(quartet, round_number)
    stats, _ = hub.settled()
    assert stats["data_packets"] == ROUNDS * BURST * len(MEMBERS)
    assert stats["copies"] == stats["tx_data_packets"] == stats["data_packets"] * 3
    assert hub.telemetry.mbufs_in_use() == before
    quartet.assert_quiet()
    hub.stop()


def exchange_bursts(quartet, round_number):
    packets = {sender: [udp_to(source=ADDRESSES[sender], id=round_number,
                               payload=f"{sender} {number}".encode()) for number in range(BURST)]
               for sender in MEMBERS}
    frames = {sender: [raw(quartet.frame(sender, packet)) for packet in packets[sender]]
              for sender in MEMBERS}
    for number in range(BURST):
        for sender in MEMBERS:
            quartet.send_frame(sender, frames[sender][number])
    for receiver in MEMBERS:
        others = [sender for sender in MEMBERS if sender != receiver]
        wanted = {sender: [quartet.copy(receiver, packet) for packet in packets[sender]]
                  for sender in others}
        arriving = quartet.wires[receiver].frames()
        for _ in range(BURST * len(others)):
            frame = next(arriving)
            sender = next((s for s in others if wanted[s] and wanted[s][0] == frame), None)
            assert sender, f"{receiver} got out of turn: {frame.hex()}"
            wanted[sender].pop(0)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("lcores", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_it_ends_cleanly_in_the_middle_of_traffic(cloud, quartet, lcores, by):
    """
    Steps: send to the group without pause, and the signal in the middle of it.
    Verify: status 0 within 2 s.
    """
    hub = cloud.start_hub(CONFIG, lcores=lcores)
    hub.await_resolved()
    frame = raw(quartet.frame("alpha", udp_to()))
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


def test_a_copy_to_the_sender_is_never_made(cloud, quartet):
    """
    Steps: beta is the only member of a group, gamma and beta send to it.
    Verify: beta gets gamma's packet; beta's own is `no_receiver`.
    """
    hub = cloud.start_hub(CONFIG)
    hub.await_resolved()
    quartet.discard()
    quartet.exchange("gamma", udp_to("239.192.7.7"), ("beta",))
    quartet.send("beta", udp_to("239.192.7.7", ADDRESSES["beta"]))
    await_condition(lambda: hub.drops()["no_receiver"] == 1, "no_receiver")
    hub.settled()
    quartet.assert_quiet()
    hub.stop()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub of one lcore, which receives, sends and controls. Topology: crowd.py."""

from crowd import Crowd, Receiver
from hub import MAIN_ALONE, paces
from waiting import await_condition


def reload_beside_stream(crowd, hub, rate, keys):
    """Return how many datagrams were sent meanwhile."""
    with crowd.stream(rate) as stream:
        for less in (1, 0, 1, 0):
            hub.reload_and_wait(crowd.config(less=less, **keys))
    return int(stream.answer)


def test_where_one_lcore_does_all_reloads_cost_no_packet(cloud):
    """Nor the order; the kernel's ring has room for a tenth of a second."""
    crowd = Crowd(cloud, 60000, 20000)
    keys = {"limits": {"members": 65536, "groups": 65536}}
    for rate in paces(5000):
        with (crowd.listening(Receiver, "beta") as receiver,
              cloud.start_hub(crowd.config(**keys), lcores=MAIN_ALONE) as hub):
            hub.await_resolved("alpha", "beta", "carol", "hostile")
            sent = reload_beside_stream(crowd, hub, rate, keys)
            missed = hub.telemetry.ask("/mcdpdk/ports")["r0"]["rx_missed"]
            if missed == 0:
                await_condition(lambda: len(receiver.numbers) >= sent, f"{sent} datagrams", 10)
                assert receiver.numbers == list(range(sent))
            hub.stop()
        if missed == 0:
            return

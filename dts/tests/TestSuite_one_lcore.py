# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub of one lcore, which receives, sends and controls. Topology: crowd.py."""

import ipaddress
import json

import pytest

from crowd import OF_ALL, Crowd, Receiver
from hub import MAIN_ALONE, paces
from waiting import await_condition

MEMBERS, GROUPS = 60000, 20000

RECEIVERS = 20000           # behind a second port, which discards: a bridge would lose answers among so many copies
OVERLOAD_PPS = 8000         # to all of them: more than an lcore copies
DROPPED = 8000
BURST = 32
DEVICES = ["net_af_packet0,iface=eth0,framecnt=4096", "net_null0,no-rx=1"]


def reload_beside_stream(crowd, hub, rate, keys):
    """Return how many datagrams were sent meanwhile."""
    with crowd.stream(rate) as stream:
        for less in (1, 0, 1, 0):
            hub.reload_and_wait(crowd.config(less=less, **keys))
    return int(stream.answer)


@pytest.fixture(scope="module", name="crowd")
def fixture_crowd(cloud):
    return Crowd(cloud, MEMBERS, GROUPS)


def test_where_one_lcore_does_all_reloads_cost_no_packet(cloud, crowd):
    """Nor the order; the kernel's ring has room for a tenth of a second."""
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


def with_receivers(config):
    """All of the crowd's group, on a port of their own."""
    address = ipaddress.ip_address("11.1.0.0")
    names = [f"r{i}" for i in range(RECEIVERS)]
    near, = config["ports"]
    return config | {
        "ports": [near | {"device": "net_af_packet0"}, {"device": "net_null0", "address": "11.0.0.1/8"}],
        "members": config["members"] + [{"name": name, "address": str(address + i), "mac": "02:00:00:00:00:01",
                                         "encap": "gre"} for i, name in enumerate(names)],
        "groups": [{"group": str(OF_ALL), "members": names}],
        "limits": {"members": 65536},
    }


def count_ring_full(hub):
    return hub.telemetry.ask("/mcdpdk/drops")["ring_full"]


def count_missed(hub):
    return hub.telemetry.ask("/mcdpdk/ports")["r0"]["rx_missed"]


def test_an_overload_of_the_lcore_that_copies_loses_neither_arp_nor_pings(cloud, crowd):
    """Once the kernel's ring has lost frames, the hub looks at all that arrives before it copies."""
    with cloud.start_hub(with_receivers(crowd.config(less=MEMBERS)), lcores=MAIN_ALONE, devices=DEVICES) as hub:
        hub.await_resolved("alpha", "beta", "carol")
        with crowd.source("alpha", [crowd.data(str(OF_ALL))], OVERLOAD_PPS, "--repeat"):
            await_condition(lambda: count_ring_full(hub), "packets that find no room in the hub")
            missed, copied = count_missed(hub), hub.stats()["data_packets"]
            with crowd.asker() as asker:
                enough = count_ring_full(hub) + DROPPED
                await_condition(lambda: count_ring_full(hub) >= enough, "an overload that goes on")
        assert count_missed(hub) == missed
        assert hub.stats()["data_packets"] > copied + BURST
        for kind, found in json.loads(asker.answer).items():
            assert found["asked"] > 0 and len(found["answered_us"]) == found["asked"], kind
        hub.settled()
        hub.stop()

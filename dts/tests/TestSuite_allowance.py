# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A port keeps to its allowance: copies of the less important group are dropped.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+-- switch A     alpha sends to an important group now and then, and to another one as fast as it can
beta  10.0.0.12 --+
gamma 10.0.0.13 --+
"""

import copy
import json
import time

import pytest

from hub import ONE_WORKER, RX_AND_TWO_TX
from topo import GATEWAY, HUB_ADDRESS
from traffic import open_receiver, open_sender, receive
from waiting import DEADLINE_S, await_condition, repeating

IMPORTANT, OTHER, LEARNED, PORT = "239.1.1.6", "239.1.1.1", "239.2.0.9", 5000
PRIORITIES = {IMPORTANT: 6, OTHER: 1}
PPS, PAYLOAD = 4000, 1000
FRAME_BITS = 8 * (14 + 20 + 8 + PAYLOAD)
# What a full bucket lets through besides, of the highest priority.
BURST = PPS * 8 // 200
ENOUGH = 1000
RECEIVERS = ("beta", "gamma")
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY, "allowance": {"pps": PPS}}],
    "members": [{"name": "alpha", "address": "10.0.0.11"}, {"name": "beta", "address": "10.0.0.12"},
                {"name": "gamma", "address": "10.0.0.13"}],
    "groups": [{"group": group, "members": list(RECEIVERS), "priority": priority}
               for group, priority in PRIORITIES.items()] + [{"group": "239.2.0.0/16", "members": [], "priority": 5}],
    "idle": "sleep", "igmp": False, "mld": False,
}


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    return [cloud.add_l2_member(member["name"], member["address"]) for member in CONFIG["members"]]


def with_allowance(allowance):
    config = copy.deepcopy(CONFIG)
    config["ports"][0]["allowance"] = allowance
    return config


def shed_by_priority(hub):
    return hub.telemetry.ask("/mcdpdk/ports")["r0"]["shed"]


def send_burst(sender, groups=(OTHER,) * 100):
    for group in groups:
        sender.sendto(bytes(PAYLOAD), (group, PORT))


def overload(hub, sender):
    """Until enough was dropped: 1 packet to the important group amid 400 to the other one."""
    before, deadline = hub.drops().get("copy_shed", 0), time.monotonic() + DEADLINE_S
    while hub.drops().get("copy_shed", 0) < before + ENOUGH:
        assert time.monotonic() < deadline
        send_burst(sender, [OTHER] * 50 + [IMPORTANT] + [OTHER] * 50)
        for _ in range(3):
            time.sleep(0.012)
            send_burst(sender)
        time.sleep(0.012)


def packets_to(hub, group):
    return hub.telemetry.ask(f"/mcdpdk/group,{group}")["packets"]


@pytest.mark.parametrize("lcores", [ONE_WORKER, RX_AND_TWO_TX], ids=["one lcore", "two TX lcores"])
def test_the_less_important_group_loses_copies(cloud, members, lcores):
    """The important group loses none, the port sends no more than it may, the sums balance, and the hub says so."""
    alpha, *receivers = members
    with cloud.running_hub(CONFIG, lcores=lcores) as hub:
        hub.await_resolved(*RECEIVERS)
        sockets = [open_receiver(member, IMPORTANT, PORT, "eth0") for member in receivers]
        start, earlier = time.monotonic(), hub.stats()
        overload(hub, open_sender(alpha))
        stats, drops = hub.settled()
        seconds = time.monotonic() - start
        shed = shed_by_priority(hub)
        assert [shed[priority] for priority in (0, 2, 3, 4, 5, 6, 7)] == [0] * 7
        assert shed[1] == drops["copy_shed"] == stats["copy_drops"] >= ENOUGH
        assert stats["copies"] == stats["tx_data_packets"] + stats["copy_drops"]
        assert stats["tx_data_packets"] - earlier["tx_data_packets"] <= PPS * seconds + BURST
        wanted = packets_to(hub, IMPORTANT)
        assert wanted > 0
        for socket in sockets:
            assert len(receive(socket, wanted)) == wanted
            socket.close()
        assert hub.telemetry.ask("/mcdpdk/member,beta")["drops"] > 0
        await_condition(lambda: "copies were shed" in hub.ctl("status").stdout, "the reason of the state")
        assert hub.log_lines("copies_shed: ")


def test_a_reload_changes_the_allowance(cloud, members):
    """Without one nothing is dropped; one of bits limits as well."""
    sender = open_sender(members[0])
    with cloud.running_hub(CONFIG) as hub:
        hub.await_resolved(*RECEIVERS)
        overload(hub, sender)
        hub.settled()
        hub.reload_and_wait({**CONFIG, "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}]})
        before, packets = hub.drops()["copy_shed"], packets_to(hub, OTHER)
        for _ in range(10):
            send_burst(sender)
            await_condition(lambda: packets_to(hub, OTHER) >= packets + 50, "the burst")
            packets = packets_to(hub, OTHER)
        hub.settled()
        assert hub.drops()["copy_shed"] == before
        hub.reload_and_wait(with_allowance({"bps": PPS * FRAME_BITS}))
        start, earlier = time.monotonic(), hub.stats()
        overload(hub, sender)
        sent = hub.settled()[0]["tx_data_bytes"] - earlier["tx_data_bytes"]
        assert 8 * sent <= FRAME_BITS * (PPS * (time.monotonic() - start) + BURST)
        assert shed_by_priority(hub)[6] == 0


def test_the_hub_answers_during_an_overload(cloud, members):
    """Its own frames leave in any case: a ping that the less important group would not leave anything for."""
    alpha, beta, _ = members
    sender = open_sender(alpha)
    with cloud.running_hub(CONFIG) as hub:
        hub.await_resolved(*RECEIVERS)
        with repeating(lambda: send_burst(sender, [OTHER] * 20), 0.001):
            await_condition(lambda: hub.drops()["copy_shed"] > 0, "an overload")
            before = hub.drops()["copy_shed"]
            assert " 3 received" in beta.run("ping", "-c", "3", "-i", "0.2", "-w", "60", HUB_ADDRESS)
            await_condition(lambda: hub.drops()["copy_shed"] > before, "the overload goes on")


def test_a_joined_group_has_the_priority_of_its_prefix(cloud, members):
    del members
    with cloud.running_hub(CONFIG) as hub:
        assert hub.ctl("join", LEARNED, "beta").returncode == 0
        answer = json.loads(hub.ctl("--json", "group", LEARNED).stdout)["group"]
        assert answer["origins"] == ["runtime"] and answer["priority"] == 5
        assert hub.telemetry.ask("/mcdpdk/group,239.2.0.0/16")["priority"] == 5
        assert hub.telemetry.ask(f"/mcdpdk/group,{IMPORTANT}")["priority"] == 6

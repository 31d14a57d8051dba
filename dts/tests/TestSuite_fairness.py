# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Who asks for more copies than the hub makes takes nothing from who asks for few.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+-- switch A     alpha sends to 200 receivers as fast as it can, beta 1,000 packets a second to four
beta  10.0.0.12 --+
"""

import pytest

from hub import ONE_WORKER, RX_AND_TX
from topo import GATEWAY, HUB_ADDRESS
from traffic import Stream
from waiting import await_condition

GREEDY, SMALL, PORT = "239.9.9.1", "239.9.9.2", 5000
SENDERS = {"alpha": "10.0.0.11", "beta": "10.0.0.12"}
CROWD = [f"crowd-{i}" for i in range(200)]
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [*({"name": name, "address": address} for name, address in SENDERS.items()),
                *({"name": name, "address": f"10.0.0.{40 + i}", "mac": "02:00:00:00:99:99"}
                  for i, name in enumerate(CROWD))],
    "groups": [{"group": GREEDY, "members": CROWD}, {"group": SMALL, "members": CROWD[:4]}],
    "idle": "sleep", "igmp": False, "mld": False,
}
# Of the small stream; the greedy one asks for many times what the hub makes.
ENOUGH = 3000


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    return [cloud.add_l2_member(name, address) for name, address in SENDERS.items()]


def packets_to(hub, group):
    return hub.telemetry.ask(f"/mcdpdk/group,{group}")["packets"]


@pytest.mark.slow
@pytest.mark.parametrize("lcores", [ONE_WORKER, RX_AND_TX], ids=["one lcore", "two lcores"])
def test_a_small_stream_loses_less_than_a_hundredth(cloud, nodes, lcores):
    """While three quarters and more of the greedy one are lost. The sums balance."""
    alpha, beta = nodes
    with cloud.running_hub(CONFIG, lcores=lcores) as hub:
        hub.await_resolved(*SENDERS)
        with Stream(alpha, GREEDY, PORT, 0.001, burst=30) as greedy:
            # Who asks for how much is known after 10 ms.
            await_condition(lambda: hub.drops()["ring_full"] > ENOUGH, "the overload")
            with Stream(beta, SMALL, PORT, 0.001) as small:
                await_condition(lambda: small.sent >= ENOUGH, "the small stream")
        stats, drops = hub.settled()
        assert packets_to(hub, SMALL) > small.sent * 0.99
        assert packets_to(hub, GREEDY) < greedy.sent / 4
        assert drops["ring_full"] > ENOUGH and stats["copies"] > ENOUGH

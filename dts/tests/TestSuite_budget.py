# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdkctl budget: what it computes for a stream agrees with the hub's own counters of what it sent.

    alpha l2  10.0.0.11 --+
    beta  l2  10.0.0.12 --+-- switch A --- hub 10.0.0.10      members of every encapsulation behind the gateway, whose
                                                              copies go to a MAC that nobody has
"""

import json
import socket

import pytest

from topo import GATEWAY, HUB_ADDRESS
from traffic import open_sender
from waiting import await_condition, repeating

GROUP, PREFIX, PORT, PACKETS = "239.1.1.1", "239.2.0.0/16", 5000, 500
IP_AND_UDP = 28
IP_MTU_DISCOVER, IP_PMTUDISC_DONT = 10, 0
FAR = [{"name": "gre", "encap": "gre"}, {"name": "gre-udp", "encap": "gre-udp", "mtu": 1400},
       {"name": "vxlan", "encap": "vxlan", "vni": 5}, {"name": "gretap", "encap": "gretap"},
       {"name": "udp", "encap": "udp"}]
KEYED = [{"name": "gre-key", "encap": "gre", "key": 7}, {"name": "gre-udp-key", "encap": "gre-udp", "key": 8},
         {"name": "gretap-key", "encap": "gretap", "key": 9}]
NAMES = ["beta", *(member["name"] for member in FAR)]


def config(far):
    return {
        "igmp": False, "mld": False,
        "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY, "gateway_mac": "02:00:00:00:00:0a",
                   "mtu": 1500}],
        "members": [{"name": "alpha", "address": "10.0.0.11", "role": "sender"},
                    {"name": "beta", "address": "10.0.0.12"},
                    *({"address": f"10.50.0.{number + 1}", **member} for number, member in enumerate(far))],
        "groups": [{"group": GROUP, "members": ["*"]}, {"group": PREFIX, "members": ["beta", far[0]["name"]]}],
        "idle": "sleep",
    }


@pytest.fixture(scope="module", name="alpha")
def fixture_alpha(cloud):
    cloud.add_l2_member("beta", "10.0.0.12")
    return cloud.add_l2_member("alpha", "10.0.0.11")


def budget(hub, *words):
    done = hub.ctl("budget", "--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sent_to(hub, names):
    return {name: (answer["tx_packets"], 8 * answer["tx_bytes"]) for name in names
            for answer in [hub.telemetry.ask(f"/mcdpdk/member,{name}")]}


def send(hub, alpha, size, group=GROUP):
    """A second's packets, which may be cut: Linux would else forbid it."""
    sender = open_sender(alpha)
    sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)
    for number in range(PACKETS):
        sender.sendto(bytes(size - IP_AND_UDP), (group, PORT))
        if number % 50 == 49:
            await_condition(lambda sent=number: hub.stats()["data_packets"] > sent, "the packets")
    return hub.settled()[0]


def agree(found, hub, stats, names):
    assert found["total"] == {"copies": stats["copies"], "pps": stats["tx_data_packets"],
                              "bps": 8 * stats["tx_data_bytes"]}
    assert {row["name"]: (row["pps"], row["bps"]) for row in found["members"]} == sent_to(hub, names)


@pytest.mark.parametrize("size", [128, 1430, 1500])
def test_it_agrees_with_what_the_hub_sent(cloud, alpha, size):
    """One stream to every encapsulation, of a size that fits all, that some cut, and that all tunnels cut."""
    with cloud.running_hub(config(FAR)) as hub:
        stats = send(hub, alpha, size)
        assert stats["copies"] == PACKETS * len(NAMES) and not stats["copy_drops"]
        assert (stats["tx_fragments"] > 0) == (size > 1400)
        agree(budget(hub, "--rate", f"{GROUP}={PACKETS}"), hub, stats, NAMES)
        agree(budget(hub, "--config", hub.config_file, "--rate", f"{GROUP}={PACKETS}", "--size", str(size)), hub, stats,
              NAMES)


def test_keys_are_known_to_the_hub_and_to_the_configuration(cloud, alpha):
    with cloud.running_hub(config(KEYED)) as hub:
        names = ["beta", *(member["name"] for member in KEYED)]
        stats = send(hub, alpha, 1470)
        agree(budget(hub, "--rate", f"{GROUP}={PACKETS}"), hub, stats, names)
        agree(budget(hub, "--config", hub.config_file, "--rate", f"{GROUP}={PACKETS}", "--size", "1470"), hub, stats,
              names)


def test_what_is_too_large_is_not_sent_if_the_hub_drops_it(cloud, alpha):
    """Only beta, without a tunnel, and udp have room for 1500 bytes."""
    with cloud.running_hub(config(FAR) | {"oversize": "drop"}) as hub:
        stats = send(hub, alpha, 1500)
        assert stats["copy_drops"] == PACKETS * 4 and stats["tx_data_packets"] == PACKETS * 2
        agree(budget(hub, "--rate", f"{GROUP}={PACKETS}"), hub, stats, NAMES)
        agree(budget(hub, "--config", hub.config_file, "--rate", f"{GROUP}={PACKETS}", "--size", "1500"), hub, stats,
              NAMES)
        hub.reload_and_wait(config(FAR))
        assert budget(hub, "--rate", f"{GROUP}={PACKETS}")["total"]["pps"] > stats["tx_data_packets"]


def test_a_group_has_the_receivers_of_its_prefix(cloud, alpha):
    """Also those that joined, whom only the hub knows."""
    with cloud.running_hub(config(FAR)) as hub:
        assert hub.ctl("join", "239.2.0.9", "udp").returncode == 0
        rates = ["--rate", "239.2.0.8=100", "--rate", "239.2.0.9=100", "--size", "100"]
        found = budget(hub, *rates)
        assert {row["group"]: row["receivers"] for row in found["groups"]} == {"239.2.0.8": 2, "239.2.0.9": 3}
        assert budget(hub, "--config", hub.config_file, *rates)["total"]["copies"] == 400
        stats = send(hub, alpha, 100, "239.2.0.9")
        assert stats["copies"] == 3 * PACKETS


def test_without_rates_it_takes_those_of_now(cloud, alpha):
    """And says in words what ends first, and what to set."""
    with cloud.running_hub(config(FAR)) as hub:
        sender = open_sender(alpha)
        with repeating(lambda: sender.sendto(bytes(100), (GROUP, PORT)), 0.002):
            found = await_condition(lambda: (answer := budget(hub))["groups"] and answer, "a rate")
            shown = hub.ctl("budget", "--allowance", "pps=10,bps=1G,flow_bps=1G").stdout
        (group,) = found["groups"]
        assert (group["group"], round(group["size"])) == (GROUP, 128)
        assert group["copies"] == group["packets_pps"] * len(NAMES) == found["total"]["copies"] > 0
        assert {row["name"] for row in found["members"]} == set(NAMES)
        assert "First throttled: packets a second of the instance" in shown
        assert 'Set ports[].allowance to {"pps": 9, "bps": 950000000}' in shown


def test_a_limit_that_is_known_has_its_source(cloud, alpha):
    """The port's own as well: its allowance, and the speed that the driver reports."""
    del alpha
    limited = config(FAR)
    limited["ports"][0]["allowance"] = {"pps": 5000}
    with cloud.running_hub(limited) as hub:
        found = budget(hub, "--instance", "m5.8xlarge", "--rate", f"{GROUP}=1M", "--size", "1000")
        limits = {row["limit"]: row for row in found["limits"]}
        assert limits["bps"]["allowed"] == 10**10 and limits["bps"]["source"].startswith("https://docs.aws.amazon.com/")
        assert (limits["pps"]["whose"], limits["pps"]["allowed"]) == ("port", 5000)
        assert limits["port_bps"]["allowed"] == 10**10 and limits["port_bps"]["used"] > found["total"]["bps"]
        assert found["hubs"] == 0 and "bps" in found["allowance"] and "pps" not in found["allowance"]
        refused = hub.ctl("budget", "--instance", "z9.large")
        assert refused.returncode == 1 and "no figure of z9.large has a source" in refused.stderr
        assert hub.ctl("budget", "--rate", "10.0.0.1=5").returncode == 2
        assert hub.ctl("budget", "--config", hub.config_file).returncode == 2
        assert "name --size" in hub.ctl("budget", "--rate", f"{GROUP}=5").stderr

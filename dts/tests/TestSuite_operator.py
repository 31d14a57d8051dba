# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""An operator's commands on a running hub: mcdpdkctl on its host, mcdpdk-client on two members.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+-- switch A     alpha and beta: mcdpdk-client up --encap l2
beta  10.0.0.12 --+                carol is declared, and not there
"""

import copy
import json
import subprocess
from itertools import count

import pytest

from hub import PROGRAM
from topo import GATEWAY, HUB_ADDRESS
from traffic import open_receiver, open_sender, receive, receive_until
from waiting import await_condition
from paths import SCRIPTS

GROUP, OTHER, PORT = "239.1.1.1", "239.1.1.2", 5000
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "alpha", "address": "10.0.0.11"}, {"name": "beta", "address": "10.0.0.12"},
                {"name": "carol", "address": "10.0.0.13"}],
    "groups": [{"group": GROUP, "members": ["alpha", "beta"]}],
    "idle": "sleep",
    # A socket's own IGMP would undo `leave`.
    "igmp": False, "mld": False,
}
UP = ("up", "--hub", HUB_ADDRESS, "--encap", "l2")

marker = (f"marker {number}".encode() for number in count())


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud):
    hub = cloud.start_hub(CONFIG)
    yield hub
    if hub.process.poll() is None:
        hub.stop()


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud, hub):
    nodes = [cloud.add_instance("alpha", "10.0.0.11"), cloud.add_instance("beta", "10.0.0.12")]
    for node in nodes:
        node.run(SCRIPTS / "mcdpdk-client", *UP)
    hub.await_resolved("alpha", "beta")
    yield nodes
    for node in nodes:
        node.run(SCRIPTS / "mcdpdk-client", "down")


def answer(hub, *words):
    done = hub.ctl("--json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def generation_of(hub):
    return hub.telemetry.ask("/mcdpdk/info")["generation"]


def bound_sender(node):
    """Bound to its own address like many programs: the route alone does not cover it."""
    sender = open_sender(node)
    sender.bind((node.address, 0))
    return sender


def test_members_of_mcdpdk_client_hear_each_other(members):
    alpha, beta = members
    receivers = [open_receiver(node, GROUP, PORT, "eth0") for node in members]
    bound_sender(alpha).sendto(b"from alpha", (GROUP, PORT))
    assert receive(receivers[1]) == [b"from alpha"]
    bound_sender(beta).sendto(b"from beta", (GROUP, PORT))
    assert receive(receivers[0]) == [b"from beta"]


def test_lists_agree_with_the_configuration(hub, members):
    status = json.loads(hub.ctl("--json", "status").stdout)
    assert status["info"]["config_file"] == str(hub.config_file)
    assert (status["info"]["members"], status["info"]["ready"]) == (3, 1)
    assert [row["name"] for row in answer(hub, "members")["members"]] == ["alpha", "beta", "carol"]
    assert {row["name"]: row["resolved"] for row in answer(hub, "members")["members"]}["carol"] == 0
    assert [row["group"] for row in answer(hub, "groups")["groups"]] == [GROUP]
    assert {row["member"] for row in answer(hub, "receivers", GROUP)["receivers"]} == {"alpha", "beta"}
    assert answer(hub, "member", "beta")["groups"] == [GROUP]
    assert answer(hub, "ports")["ports"][0]["link"] == 1
    assert {row["role"] for row in answer(hub, "lcores")["lcores"]} == {"control", "rxtx"}
    assert answer(hub, "drops").keys() == {*hub.drops(), "refused"}


@pytest.mark.parametrize("words", ["status", "stats", "groups", f"group {GROUP}", "members", "member carol",
                                   "drops", "ports", "lcores", f"explain alpha {GROUP}", "top -n 1 -i 0.1",
                                   "top members -n 1 -i 0.1", "watch -n 1 -i 0.1", "watch member alpha -n 1 -i 0.1"])
def test_tables_of_a_running_hub(hub, members, words):
    # carol is not there, which counts after some questions without an answer.
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/health")["state"] == "degraded", "degraded")
    done = hub.ctl(*words.split())
    assert (done.returncode, done.stderr) == (1 if words == "status" else 0, "") and done.stdout


def test_join_and_leave_change_the_receivers(hub, members):
    """beta gets only what alpha sends between the operator's join and leave; a second leave is refused."""
    alpha, beta = members
    receiver, marked = (open_receiver(beta, group, PORT, "eth0") for group in (OTHER, GROUP))
    sender = bound_sender(alpha)
    assert hub.ctl("join", OTHER, "beta").returncode == 0
    assert answer(hub, "receivers", OTHER)["receivers"][0]["origins"] == ["runtime"]
    sender.sendto(b"joined", (OTHER, PORT))
    assert receive(receiver) == [b"joined"]
    assert hub.ctl("leave", OTHER, "beta").returncode == 0
    sender.sendto(b"left", (OTHER, PORT))
    end = next(marker)
    sender.sendto(end, (GROUP, PORT))
    receive_until(marked, end)
    receiver.setblocking(False)
    with pytest.raises(BlockingIOError):
        receiver.recv(100)
    assert hub.ctl("leave", OTHER, "beta").returncode == 1
    assert hub.ctl("join", OTHER, "osaka").returncode == 1


def test_explain_says_what_happens(hub, members):
    data = answer(hub, "explain", "alpha", GROUP)
    assert data["verdict"] == "replicate"
    assert [(row["member"], row["encap"], row["next_hop_mac"].lower()) for row in data["receivers"]] == [
        ("beta", "l2", members[1].mac)]
    assert answer(hub, "explain", "10.9.9.9", GROUP)["verdict"] == "source_denied"
    assert answer(hub, "explain", "alpha", "239.9.9.9")["verdict"] == "no_receiver"
    assert "no entry for this group" in hub.ctl("explain", "alpha", "239.9.9.9").stdout
    assert hub.ctl("join", OTHER, "alpha").returncode == 0
    assert "no receiver except the sender" in hub.ctl("explain", "alpha", OTHER).stdout
    assert hub.ctl("leave", OTHER, "alpha").returncode == 0


def test_top_shows_a_stream(hub, members):
    """While alpha sends, top shows its group with packets and copies."""
    sender = bound_sender(members[0])
    command = [SCRIPTS / "mcdpdkctl", "--file-prefix", hub.file_prefix, "--json", "top", "-n", "1", "-i", "0.3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as top:
        while top.poll() is None:
            sender.sendto(b"stream", (GROUP, PORT))
        frame = json.loads(top.stdout.read())
    row = frame["groups"][0]
    assert row["group"] == GROUP and row["copies_per_s"] > 0 and row["packets_per_s"] > 0


def test_check_and_reload_refuse_a_wrong_file(hub, members, tmp_path):
    """It is refused with its path and changes nothing; a good one with another group counts a generation."""
    before = generation_of(hub)
    wrong = copy.deepcopy(CONFIG)
    wrong["members"][1]["address"] = "10.0.0"
    good = copy.deepcopy(CONFIG)
    good["groups"].append({"group": "239.5.5.5", "members": ["beta"]})
    for config, status, generation in ((wrong, 2, before), (good, 0, before + 1)):
        hub.config_file.write_text(json.dumps(config))
        checked = hub.ctl("check", str(hub.config_file), "--mcdpdk", PROGRAM)
        assert checked.returncode == status
        reloaded = hub.ctl("reload")
        assert reloaded.returncode == (1 if status else 0)
        if status:
            assert "members[1].address" in checked.stderr and "members[1].address" in reloaded.stderr
        assert generation_of(hub) == generation
    assert "239.5.5.5" in answer(hub, "groups", "--names")["groups"]


def test_a_hub_that_is_gone_is_reported(hub, cloud):
    """mcdpdkctl says so and ends with 3; a new l2 member is warned that nobody answers."""
    hub.stop()
    done = hub.ctl("status")
    assert done.returncode == 3 and "no hub is running" in done.stderr
    late = cloud.add_instance("late", "10.0.0.14")
    done = late.attempt(SCRIPTS / "mcdpdk-client", *UP)
    assert done.returncode == 1 and "does not answer ARP" in done.stderr

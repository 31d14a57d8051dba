# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""config/failover's keepalived: two hubs with one floating address, for members without the client.

    hub-1 (no address in the kernel) --+-- switch A      the hub on either has 10.0.0.10
    hub-2 (no address in the kernel) --+
    anna  10.0.0.11 -------------------+ plain l2, sends to the group
    otto  10.0.0.12 -------------------+ plain l2, static receiver
    hub-1 10.9.0.10 ==== management ==== hub-2 10.9.0.20: keepalived, VRRP by unicast

A stand-in of systemctl starts and stops the hub.
"""

import json
import shlex

import pytest

from apps import Machine
from hub import DRIVERS, MEMORY_MB, ONE_WORKER, PROGRAM, READY, with_few_drivers
from topo import HUB_ADDRESS
from traffic import Stream, open_receiver, receive
from waiting import await_condition
from paths import SCRIPTS, SOURCE

FAILOVER = SOURCE / "config" / "failover"
SCRIPT = FAILOVER / "mcdpdk-floating"
GROUP, PORT = "239.1.1.1", 5000
MANAGEMENT = {"hub-1": "10.9.0.10", "hub-2": "10.9.0.20"}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": "10.0.0.1"}],
    "members": [{"name": "anna", "address": "10.0.0.11"}, {"name": "otto", "address": "10.0.0.12"}],
    "groups": [{"group": GROUP, "members": ["*"]}],
    "idle": "sleep",
}
SYSTEMCTL = """#!/bin/sh
case $1 in
start)
    {program} >/run/hub.log 2>&1 9>&- &
    echo $! >/run/hub.pid
    until grep -q "{ready}" /run/hub.log; do sleep 0.05; done ;;
stop)
    [ ! -e /run/hub.pid ] || kill $(cat /run/hub.pid)
    rm -f /run/hub.pid ;;
esac
"""


def keepalived_conf(name):
    """The sample, with the places of the test; the second hub's as its first lines say."""
    text = (FAILOVER / "keepalived.conf").read_text()
    assert "interface eth0" in text and "/etc/keepalived/mcdpdk-floating" in text
    text = text.replace("interface eth0", "interface mgmt").replace("/etc/keepalived/mcdpdk-floating", str(SCRIPT))
    if name == "hub-1":
        return text
    first, second = MANAGEMENT.values()
    text = text.replace(first, "other").replace(second, first).replace("other", second)
    return text.replace("priority 150", "priority 100").replace("hub-1", name)


def start_keepalived(machine):
    path = f"/run/bin:{SCRIPTS}:/usr/sbin:/usr/bin:/sbin:/bin"
    conf = machine.write("/run/keepalived.conf", keepalived_conf(machine.node.name))
    return machine.start("env", f"PATH={path}", "keepalived", "--dont-fork", "--log-console", "--vrrp", "--use-file",
                         conf)


def prepare(machine):
    """keepalived starts the hub later and again, when huge pages of other tests are gone: ordinary memory."""
    program = with_few_drivers(machine.folder, [
        PROGRAM, "--lcores", ONE_WORKER, "--no-huge", "-m", str(MEMORY_MB), "--no-pci", "--vdev", DRIVERS["af_packet"],
        "--", "-c", "/run/groups.json"])
    machine.write("/run/groups.json", json.dumps(CONFIG))
    machine.write("/run/bin/systemctl", SYSTEMCTL.format(program=shlex.join(map(str, program)), ready=READY), 0o755)


@pytest.fixture(scope="module", name="nodes")
def fixture_nodes(cloud):
    nodes = {"hub-1": cloud.add_instance("hub-1", "10.0.0.21"), "hub-2": cloud.add_instance("hub-2", "10.0.0.22")}
    nodes["hub-1"].ip("link", "add", "mgmt", "type", "veth", "peer", "name", "mgmt", "netns",
                      nodes["hub-2"].namespace)
    for name, node in nodes.items():
        node.ip("address", "flush", "dev", "eth0")
        node.connect("mgmt", MANAGEMENT[name])
        node.address = None
    return nodes


@pytest.fixture(name="machines")
def fixture_machines(cloud, nodes):
    with Machine(nodes["hub-1"], cloud.folder) as first, Machine(nodes["hub-2"], cloud.folder) as second:
        for machine in (first, second):
            prepare(machine)
        yield {"hub-1": first, "hub-2": second}


@pytest.fixture(scope="module", name="members")
def fixture_members(cloud):
    anna, otto = cloud.add_instance("anna", "10.0.0.11"), cloud.add_instance("otto", "10.0.0.12")
    anna.route_groups(via=HUB_ADDRESS)
    return anna, otto


def serves(machine):
    return machine.attempt("test", "-e", "/run/mcdpdk-floating").returncode == 0


def runs_hub(machine):
    return machine.attempt("test", "-e", "/run/hub.pid").returncode == 0


def await_serving(machines, name):
    await_condition(lambda: [one for one in machines if serves(machines[one])] == [name], f"{name} alone serves")


def await_stream(stream, receiver):
    """A datagram that was sent from now on."""
    now = stream.sent
    while int(receive(receiver)[0]) <= now:
        pass


@pytest.fixture(name="stream")
def fixture_stream(members):
    with Stream(members[0], GROUP, PORT, 0.02) as stream:
        yield stream


@pytest.fixture(name="receiver")
def fixture_receiver(members):
    with open_receiver(members[1], GROUP, PORT, "eth0") as receiver:
        yield receiver


@pytest.fixture(name="keepalived")
def fixture_keepalived(machines, stream, receiver):
    """One on each machine; hub-1 serves, and the receiver hears the sender."""
    started = {"hub-1": start_keepalived(machines["hub-1"])}
    await_serving(machines, "hub-1")
    await_stream(stream, receiver)
    started["hub-2"] = start_keepalived(machines["hub-2"])
    started["hub-2"].await_log("Entering BACKUP STATE")
    return started


@pytest.mark.usefixtures("keepalived")
def test_the_hub_survives_its_machine(machines, stream, receiver):
    """hub-1's machine crashes: hub-2 serves, and the receiver hears the sender again. hub-1 comes back, and does not
    take over."""
    machines["hub-1"].crash()
    await_condition(lambda: serves(machines["hub-2"]), "hub-2 serves")
    await_stream(stream, receiver)

    with Machine(machines["hub-1"].node, machines["hub-1"].folder) as again:
        machines["hub-1"] = again
        prepare(again)
        start_keepalived(again).await_log("Entering BACKUP STATE")
        await_serving(machines, "hub-2")
        await_stream(stream, receiver)


@pytest.mark.slow
def test_the_hub_moves_when_it_or_keepalived_ends(machines, keepalived, stream, receiver):
    """hub-1's hub alone is killed: hub-2 serves. hub-2's keepalived is stopped: its hub ends, and hub-1 serves."""
    assert machines["hub-1"].attempt("sh", "-c", "kill -9 $(cat /run/hub.pid)").returncode == 0
    await_serving(machines, "hub-2")
    await_stream(stream, receiver)

    keepalived["hub-2"].end()
    await_serving(machines, "hub-1")
    await_condition(lambda: not runs_hub(machines["hub-2"]), "hub-2's hub has ended")
    await_stream(stream, receiver)

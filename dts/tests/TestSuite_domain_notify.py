# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-domain --notify: a program is run when a link to another hub changes.

    DomainHub h0 <-- telemetry --> mcdpdk-domain --notify PROGRAM \\
                                                                   etcd, on loopback
    DomainHub h1 <-- telemetry --> mcdpdk-domain                  /

The hubs are stand-ins, so that links change when the test says so.
"""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from domain_bed import Bed, await_line
from paths import SOURCE
from waiting import await_condition

ROUTE = SOURCE / "config" / "failover" / "mcdpdk-route"
NOTE = """#!/bin/sh
echo "$* of $MCDPDK_DOMAIN.$MCDPDK_HUB ($MCDPDK_UP)" >>{log}
until [ -e {go} ]; do sleep 0.02; done
exit $(cat {go})
"""

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="there is no etcd here")


@pytest.fixture
def bed(tmp_path):
    made = Bed(tmp_path)
    yield made
    made.close()


class Program:
    """Notes with what it was run; it ends at once, with a status, unless it is held."""

    def __init__(self, folder):
        self.path, self.log, self.go = folder / "notify", folder / "notified", folder / "go"
        self.path.write_text(NOTE.format(log=self.log, go=self.go))
        self.path.chmod(0o755)
        self.release()

    def hold(self):
        self.go.unlink()

    def release(self, status=0):
        # In one step: it reads the file as soon as it is there.
        new = self.go.with_suffix(".new")
        new.write_text(f"{status}\n")
        new.rename(self.go)

    def lines(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def await_lines(self, *lines):
        await_condition(lambda: len(self.lines()) >= len(lines), f"{lines} in {self.lines()}")
        assert self.lines() == list(lines)
        self.log.unlink()


@pytest.fixture(name="program")
def fixture_program(tmp_path):
    return Program(tmp_path)


@pytest.fixture(name="pair")
def fixture_pair(bed, program):
    """The stand-ins, and the agent that notifies, which has told what it found."""
    etcd = bed.etcd()
    hubs = [bed.hub("h0"), bed.hub("h1")]
    agents = [bed.agent(hubs[0], etcd, "--notify", program.path), bed.agent(hubs[1], etcd)]
    program.await_lines("up h0 10.0.0.1 of d.h0 (h1)", "up h1 10.0.0.2 of d.h0 (h1)")
    return hubs, agents, etcd


def surveyed(hub):
    """The agent has asked for the links once more, twice begun: what changed before is known to it."""
    before = hub.surveys
    await_condition(lambda: hub.surveys >= before + 2, "the agent asks for the links")


def test_what_comes_and_goes_is_notified(pair, program):
    (a, _), (agent, _), _ = pair
    a.down.add("h1")
    program.await_lines("down h1 10.0.0.2 of d.h0 ()")
    a.down.clear()
    program.await_lines("up h1 10.0.0.2 of d.h0 (h1)")
    assert "notify" not in agent.log()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_a_new_start_notifies_what_it_finds(pair, program, number):
    """A change that came meanwhile is not lost."""
    (a, _), (agent, _), _ = pair
    if number == signal.SIGHUP:
        agent.process.send_signal(number)
        await_condition(lambda: a.connections == 2, "the agent begins anew")
    else:
        agent.end(number)
    a.down.add("h1")
    if number != signal.SIGHUP:
        agent.start()
    program.await_lines("up h0 10.0.0.1 of d.h0 ()", "down h1 10.0.0.2 of d.h0 ()")


def test_without_etcd_the_hub_knows_its_links(pair, program):
    """The agent starts while etcd is away, and notifies all the same; who else there may be it does not know yet."""
    (a, _), (agent, _), etcd = pair
    agent.end(signal.SIGKILL)
    etcd.stop()
    agent.start()
    program.await_lines("up h1 10.0.0.2 of d.h0 (h1)")
    a.down.add("h1")
    program.await_lines("down h1 10.0.0.2 of d.h0 ()")
    a.down.clear()
    program.await_lines("up h1 10.0.0.2 of d.h0 (h1)")
    etcd.start()
    program.await_lines("up h0 10.0.0.1 of d.h0 (h1)")


def test_one_at_a_time_and_only_the_newest_state(pair, program):
    (a, _), _, _ = pair
    program.hold()
    a.down.add("h1")
    await_condition(program.lines, "it runs")
    for change in (a.down.clear, lambda: a.down.add("h1"), a.down.clear):
        change()
        surveyed(a)
    assert program.lines() == ["down h1 10.0.0.2 of d.h0 ()"]
    program.release()
    program.await_lines("down h1 10.0.0.2 of d.h0 ()", "up h1 10.0.0.2 of d.h0 (h1)")

    program.hold()
    a.down.add("h1")
    await_condition(program.lines, "it runs")
    a.down.clear()
    surveyed(a)
    a.down.add("h1")
    surveyed(a)
    program.release()
    surveyed(a)
    assert program.lines() == ["down h1 10.0.0.2 of d.h0 ()"]


def test_a_failure_is_one_line_and_the_next_change_is_notified(pair, program):
    (a, _), (agent, _), _ = pair
    program.release(3)
    a.down.add("h1")
    await_line(agent, f"warning: {program.path} down h1 10.0.0.2: exit status 3\n")
    program.release()
    program.path.chmod(0o644)
    a.down.clear()
    await_line(agent, f"warning: {program.path} up h1 10.0.0.2: Permission denied\n")
    program.path.chmod(0o755)
    a.down.add("h1")
    program.await_lines("down h1 10.0.0.2 of d.h0 ()", "down h1 10.0.0.2 of d.h0 ()")
    assert agent.log().count("notify") == 2


def runs(program):
    """Processes that run the program."""
    return [path.parent.name for path in Path("/proc").glob("[0-9]*/cmdline") if str(program.path) in read(path)]


def read(path):
    try:
        return path.read_text()
    except OSError:
        return ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_what_runs_ends_with_the_agent(pair, program, number):
    (a, _), (agent, _), _ = pair
    program.hold()
    a.down.add("h1")
    await_condition(program.lines, "it runs")
    before = [pid for pid in runs(program) if pid != str(agent.process.pid)]
    assert before
    if number == signal.SIGTERM:
        assert agent.end() == 0
        assert not runs(program)
    else:
        agent.process.send_signal(number)
        await_condition(lambda: not set(before) & set(runs(program)), "it has ended")
        program.release()
        await_condition(lambda: len(program.lines()) == 3, "it is notified again")
        assert program.lines()[1:] == ["up h0 10.0.0.1 of d.h0 ()", "down h1 10.0.0.2 of d.h0 ()"]


# config/failover/mcdpdk-route

NAMES = ("east", "west", "south")
AWS = """#!/bin/sh
while [ "$1" != --network-interface-id ]; do shift; done
echo "$MCDPDK_HUB $2" >>{log}
"""


class Cloud:
    """Three hubs with the example, whose call to the cloud is noted: whom the route leads to, in sequence."""

    def __init__(self, bed):
        self.calls = bed.folder / "calls"
        self.calls.touch()
        aws = bed.folder / "aws"
        aws.write_text(AWS.format(log=self.calls))
        aws.chmod(0o755)
        etcd = bed.etcd()
        self.hubs = {name: bed.hub(name, domain="harbour") for name in NAMES}
        self.agents = {name: bed.agent(hub, etcd, "--notify", ROUTE) for name, hub in self.hubs.items()}

    def owners(self):
        return [line.split()[0] for line in self.calls.read_text().splitlines()]

    def cut(self, one, other):
        self.hubs[one].down.add(other)
        self.hubs[other].down.add(one)

    def kill(self, name):
        self.agents[name].end(signal.SIGKILL)
        self.hubs[name].close()
        for other in NAMES:
            self.hubs[other].down.add(name)

    def restart(self, name):
        self.hubs[name].start()
        self.agents[name].start()
        for hub in self.hubs.values():
            hub.down.discard(name)

    def settle(self):
        for name, hub in self.hubs.items():
            if self.agents[name].process.poll() is None:
                surveyed(hub)

    def await_owner(self, name):
        await_condition(lambda: self.owners()[-1:] == [name], f"the route leads to {name}: {self.owners()}")


@pytest.fixture(name="cloud")
def fixture_cloud(bed, monkeypatch):
    monkeypatch.setenv("PATH", f"{bed.folder}:{os.environ['PATH']}")
    made = Cloud(bed)
    made.await_owner("east")
    return made


def test_one_hub_alone_takes_the_route_of_a_dead_one(cloud):
    """The first of the list that is left does, and the dead one when it is back. It calls with its own NIC."""
    assert set(cloud.owners()) == {"east"}
    cloud.kill("east")
    cloud.await_owner("west")
    cloud.kill("west")
    cloud.await_owner("south")
    cloud.restart("west")
    cloud.await_owner("west")
    cloud.restart("east")
    cloud.await_owner("east")
    cloud.settle()
    owners = cloud.owners()
    changes = [owner for n, owner in enumerate(owners) if n == 0 or owners[n - 1] != owner]
    assert changes == ["east", "west", "south", "west", "east"]
    nics = {line.split()[0]: line.split()[1][-1] for line in cloud.calls.read_text().splitlines()}
    assert nics == {"east": "1", "west": "2", "south": "3"}


def test_a_hub_that_the_first_one_sees_moves_nothing(cloud):
    """East and south do not hear each other, but west hears both."""
    cloud.cut("east", "south")
    cloud.settle()
    cloud.kill("south")
    cloud.settle()
    assert set(cloud.owners()) == {"east"}

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The content of README.rst, word for word.

    hub     10.0.0.10 --+
    osaka-1 10.0.0.21 --+-- switch A --- router --- switch B --- tokyo-2 10.5.0.6
    osaka-2 10.0.0.22 --+

The hub runs README's groups.json by README's command for a kernel interface; the members join by README's `ip`
commands. tokyo-2's tunnel is the stand-in's (Linux's own: TestSuite_guest_readme.py).
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from hub import PROGRAM, READY
from node import run
from readme import CONFIG, README, block, lines
from topo import HUB_ADDRESS
from traffic import open_receiver, open_sender, receive, receive_until
from waiting import await_condition
from paths import SOURCE

GROUP, PORT = "232.8.8.8", 1900
NO_GRE_IN_THIS_KERNEL = 'add tunnel "gre0" failed: No such device'


class Folder:
    """A user's working folder: the clone's scripts, the built program, README's groups.json. The hub sleeps when idle,
    since other suites run at the same time."""

    def __init__(self, path):
        self.path = path
        (path / "groups.json").write_text(json.dumps(CONFIG | {"idle": "sleep"}))
        (path / "scripts").symlink_to(SOURCE / "scripts")
        (path / "build").mkdir()
        (path / "build" / "app").symlink_to(Path(PROGRAM).parent)

    def command(self, line):
        """Run the line in a shell there; EAL's run-time files stay in the folder."""
        return ["env", "-C", self.path, f"RUNTIME_DIRECTORY={self.path}", "sh", "-ec", line]

    def run(self, line, **options):
        return subprocess.run([str(word) for word in self.command(line)], capture_output=True, text=True,
                              timeout=60, check=False, **options)


@pytest.fixture(scope="module", name="folder")
def fixture_folder(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("readme"))


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, folder):
    """The hub's instance has its address until README's first line removes it."""
    node = cloud.hub_node
    node.ip("address", "add", f"{HUB_ADDRESS}/24", "dev", "eth0")
    *prepare, start = lines("start-af_packet")
    for line in prepare:
        node.run(*folder.command(line))
    log = folder.path / "log"
    with open(log, "w", encoding="utf-8") as output:
        process = node.start(*folder.command(f"exec {start}"), stdout=output, stderr=subprocess.STDOUT)
    await_condition(lambda: READY in log.read_text() or process.poll() is not None, "ready")
    assert process.poll() is None, log.read_text()
    yield process
    process.terminate()
    assert process.wait(10) == 0, log.read_text()


def join_by_hand(cloud, name, address):
    node = cloud.add_instance(name, address)
    node.write_sysctl("net/ipv4/conf/eth0/rp_filter", 1)
    for line in lines("member-l2"):
        node.run("sh", "-ec", line)
    return node


def await_resolved(folder, name):
    def is_resolved():
        members = json.loads(folder.run("scripts/mcdpdkctl --json members").stdout)["members"]
        return next(member for member in members if member["name"] == name)["resolved"]
    await_condition(is_resolved, f"{name} resolved")


@pytest.fixture(scope="module", name="osaka")
def fixture_osaka(cloud, hub, folder):
    nodes = [join_by_hand(cloud, name, address) for name, address in
             (("osaka-1", "10.0.0.21"), ("osaka-2", "10.0.0.22"))]
    for node in nodes:
        await_resolved(folder, node.name)
    return nodes


def exchange(sender, receiver, dev="eth0"):
    listener = open_receiver(receiver, GROUP, PORT, dev)
    open_sender(sender).sendto(sender.name.encode(), (GROUP, PORT))
    # The router holds older packets back while it resolves a new instance.
    receive_until(listener, sender.name.encode())


# The text

def test_paths_that_readme_names_exist():
    links = re.findall(r"`[^`<]+ <([^>]+)>`_", README)
    files = re.findall(r"\b(?:config|scripts)/[\w./-]*\w", README)
    assert len(links) > 5 and len(files) > 10
    assert [path for path in {*links, *files} if not (SOURCE / path).exists()] == []


def maintained():
    """The F: and X: lines of each section of MAINTAINERS."""
    sections = (SOURCE / "MAINTAINERS").read_text(encoding="utf-8").split("\n\n")
    pairs = [(re.findall("^F: (.*)", text, re.M), re.findall("^X: (.*)", text, re.M)) for text in sections]
    return [(files, others) for files, others in pairs if files]


def is_below(path, patterns):
    return any(path == pattern or pattern.endswith("/") and path.startswith(pattern) for pattern in patterns)


def test_every_file_belongs_to_one_section_of_maintainers():
    sections = maintained()
    files = run("git", "-C", str(SOURCE), "ls-files").split()
    owners = {path: sum(is_below(path, own) and not is_below(path, others) for own, others in sections)
              for path in files}
    assert {path: number for path, number in owners.items() if number != 1} == {}
    patterns = [pattern for own, others in sections for pattern in own + others]
    assert [pattern for pattern in patterns if not any(is_below(path, [pattern]) for path in files)] == []


# The hub

def test_first_configuration_is_good(folder):
    done = folder.run(block("check"))
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("groups.json: ok: ")


@pytest.mark.parametrize("line", [line.split("  ")[0] for line in lines("look")] + ["scripts/mcdpdkctl top -n 1"])
def test_look_at_the_hub(hub, folder, line):
    done = folder.run(line)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout


def test_telemetry_client_of_dpdk(hub, folder):
    done = folder.run("dpdk-telemetry.py", input="/mcdpdk/stats\nquit\n")
    assert '"rx_packets"' in done.stdout, done.stderr


# Members by hand

def test_l2_members_hear_each_other(osaka):
    exchange(*osaka)
    exchange(*reversed(osaka))


def test_ping_of_the_hub_is_answered_once(osaka):
    """The hub answers, and the kernel below it, whose address README removed, does not."""
    answers = osaka[0].run("ping", "-c", "3", "-i", "0.2", HUB_ADDRESS)
    assert " 0% packet loss" in answers and "DUP!" not in answers and "duplicates" not in answers


def test_tcpdump_on_a_member_shows_copies(osaka):
    """README's tcpdump on osaka-2 prints the packet that osaka-1 sends."""
    command = re.search(r"``(tcpdump -ni eth0 [^`]+)``", README)[1]
    watching = osaka[1].start("timeout", "20", *command.split(), "-l")
    copy = re.compile(rf"IP 10\.0\.0\.21\.\d+ > {re.escape(GROUP)}\.{PORT}:")
    await_condition(lambda: "listening on" in watching.stdout.readline(), "tcpdump")
    exchange(*osaka)
    await_condition(lambda: copy.search(watching.stdout.readline()), "the copy")
    watching.terminate()


def test_only_the_client_covers_a_bound_socket(cloud, osaka):
    """A socket bound to osaka-1's address sends before and after README's mcdpdk-client. The cloud drops the first,
    osaka-2 gets only the second; down restores the route."""
    client = SOURCE / re.search(r"``(scripts/mcdpdk-client) up --hub", README)[1]
    options = re.search(r"``scripts/mcdpdk-client (up [^`]+)``", README)[1].split()
    listener = open_receiver(osaka[1], GROUP, PORT, "eth0")
    sender = open_sender(osaka[0])
    sender.bind((osaka[0].address, 0))
    dropped = cloud.dropped_group_frames()
    sender.sendto(b"by the route", (GROUP, PORT))
    await_condition(lambda: cloud.dropped_group_frames() > dropped, "the cloud drops it")
    osaka[0].run(client, *options)
    sender.sendto(b"by the rule", (GROUP, PORT))
    assert receive(listener) == [b"by the rule"]
    osaka[0].run(client, "down")
    exchange(*osaka)


def test_a_gre_member_by_hand_sends_and_receives(cloud, osaka, folder):
    """tokyo-2 has the stand-in as its bare tunnel and runs README's other lines. It and osaka-1 hear each other, and
    `ip` understands README's first line."""
    tokyo = cloud.add_gre_member("tokyo-2", "10.5.0.6", "192.168.10.2/24")
    tokyo.ip("address", "flush", "dev", "gre1")
    tokyo.ip("link", "set", "gre1", "down", "multicast", "off")
    make, *others = lines("member-gre")
    done = tokyo.attempt("sh", "-ec", make)
    assert "local 10.5.0.6" in make
    assert done.returncode == 0 or NO_GRE_IN_THIS_KERNEL in done.stderr, done.stderr
    for line in others:
        tokyo.run("sh", "-ec", line)
    await_resolved(folder, "tokyo-2")
    exchange(tokyo, osaka[0])
    exchange(osaka[0], tokyo, dev="gre1")

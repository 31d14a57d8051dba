# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The command line, the messages about a wrong configuration, and the exit status.

No network: what starts EAL here does so without devices.
"""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from hub import PROGRAM
from quartet import CONFIG

MEMBER = {"name": "m", "address": "10.0.0.11"}
PORT = {"address": "10.0.0.10/24"}
FAILED, WRONG = 1, 2
NO_DEVICES = ["--no-huge", "-m", "64", "--no-pci", "--lcores", "0@0"]


def mcdpdk(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          timeout=20, check=False, **options)


@pytest.fixture(name="write")
def fixture_write(tmp_path):
    def write(content, name="groups.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path
    return write


def config_with(**keys):
    return {"ports": [PORT], "members": [MEMBER]} | keys


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], ["--", "-h"], ["--", "--help"]])
def test_help_names_every_option(arguments):
    """Verify: status 0 and every option, without EAL, with `--` or without."""
    done = mcdpdk(*arguments)
    assert done.returncode == 0
    for option in ("-c", "--config", "-t", "--test", "-T", "--dump", "-V", "--version",
                   "-h", "--help"):
        assert re.search(rf"(^|[\s,]){option}\b", done.stdout, re.M), option
    assert "EAL: " not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["-V"], ["--version"], ["--", "-V"]])
def test_version(arguments):
    """Verify: name and version on one line, status 0."""
    done = mcdpdk(*arguments)
    assert done.returncode == 0
    assert re.fullmatch(r"mcdpdk \d+\.\d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize("head", [[], ["--"], ["-l", "0-3", "--"]])
@pytest.mark.parametrize("flag", ["-t", "--test"])
def test_good_configuration_passes(write, head, flag):
    """Verify: `-t` ends with 0 and starts no EAL, whether EAL options stand before `--` or not."""
    done = mcdpdk(*head, "-c", write(CONFIG), flag)
    assert done.returncode == 0, done.stderr
    assert "EAL: " not in done.stdout + done.stderr


def test_dump_is_a_configuration_of_the_same_effect(write):
    """
    Steps: `-T` of a configuration, and `-T` of what it printed.
    Verify: both print the same JSON, with defaults filled in and what was given kept.
    """
    first = mcdpdk("-c", write(CONFIG), "-T")
    assert first.returncode == 0, first.stderr
    second = mcdpdk("--", "--dump", "--config", write(first.stdout, "dumped.json"))
    assert (second.returncode, second.stdout) == (0, first.stdout), second.stderr
    dumped = json.loads(first.stdout)
    assert dumped["members"][0]["encap"] == "l2"
    assert dumped["members"][2]["key"] == 7
    assert dumped["ports"][0]["next_hop"] == "arp"
    assert dumped["idle"] == "sleep"
    assert dumped["limits"]["members"] == 4096


def test_config_checks_need_no_root(write):
    """Verify: nobody may run `-t`, from a copy of the program that nobody can reach."""
    config = write(CONFIG)
    program = shutil.copy(PROGRAM, config.parent / "mcdpdk")
    for path in (config.parent, *config.parent.parents):
        if path.owner() == "root" and path != Path("/") and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o055)
    config.chmod(0o644)
    done = subprocess.run([program, "-t", "-c", config], user=65534, group=65534, extra_groups=[],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments, says", [
    ([], "-c"),
    (["--"], "-c"),
    (["--", "-t"], "-c"),
    (["--", "-c"], "argument"),
    (["--", "-c", "/nonexistent", "-x"], "-x|'x'"),
    (["--", "-c", "/nonexistent", "--nonsense"], "nonsense"),
    (["--", "-c", "/nonexistent", "stray"], "stray"),
])
def test_wrong_usage(arguments, says):
    """Verify: status 2, and a message on stderr that names what is wrong."""
    done = mcdpdk(*arguments)
    assert done.returncode == WRONG
    assert re.search(says, done.stderr)
    assert "EAL: " not in done.stderr


@pytest.mark.parametrize("arguments", [
    ["-l", "0-3", "-c", "groups.json"],
    ["-c", "groups.json"],
    ["-l", "0", "-c", "groups.json", "-t"],
    ["--no-huge", "-c", "groups.json", "-T"],
])
def test_missing_separator_is_pointed_out(arguments):
    """Verify: EAL would take `-c` as a coremask; the answer is "did you mean `-- -c FILE`?"."""
    done = mcdpdk(*arguments)
    assert done.returncode == WRONG
    assert "did you mean `-- -c groups.json`?" in done.stderr or \
        "did you mean `-- -c FILE`?" in done.stderr, done.stderr


@pytest.mark.parametrize("path", ["/nonexistent/groups.json", "/", "/dev/null"])
def test_unreadable_configuration(path):
    """Verify: status 2, and the file's name in the message."""
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == WRONG
    assert done.stderr.startswith(f"{path}:"), done.stderr


@pytest.mark.parametrize("text, line, column", [
    ("{", 1, None),
    ('{"ports": [}', 1, 12),
    ('{\n  "ports": [],\n  "members" []\n}', 3, None),
    ('{"ports": [{"address": "10.0.0.10/24"}]} trailing', 1, None),
])
def test_text_that_is_not_json(write, text, line, column):
    """Verify: `FILE:LINE:COLUMN: what is wrong`, status 2."""
    path = write(text)
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == WRONG
    place = re.match(rf"{re.escape(str(path))}:(\d+):(\d+): .", done.stderr)
    assert place and int(place[1]) == line, done.stderr
    assert column is None or int(place[2]) == column


WRONG_CONFIGURATIONS = {
    "ports missing": ({}, ["ports: "]),
    "ports empty": ({"ports": []}, ["ports: "]),
    "address missing": ({"ports": [{}]}, ["ports[0].address: "]),
    "address without prefix": ({"ports": [{"address": "10.0.0.10"}]}, ["ports[0].address: "]),
    "address of a network": ({"ports": [{"address": "10.0.0.0/24"}]}, ["ports[0].address: "]),
    "address multicast": ({"ports": [{"address": "239.0.0.1/24"}]}, ["ports[0].address: "]),
    "mtu too small": ({"ports": [PORT | {"mtu": 575}]}, ["ports[0].mtu: "]),
    "mtu too large": ({"ports": [PORT | {"mtu": 9601}]}, ["ports[0].mtu: "]),
    "gateway off-link": ({"ports": [PORT | {"gateway": "10.9.0.1"}]}, ["ports[0].gateway: "]),
    "unknown key": (config_with(memberz=[]), ['memberz: .*"members"']),
    "unknown key of a member": (
        config_with(members=[MEMBER | {"adress": "10.0.0.1"}]),
        ['members[0].adress: .*"address"']),
    "name missing": (config_with(members=[{"address": "10.0.0.11"}]), ["members[0].name: "]),
    "name empty": (config_with(members=[MEMBER | {"name": ""}]), ["members[0].name: "]),
    "name with a slash": (config_with(members=[MEMBER | {"name": "a/b"}]), ["members[0].name: "]),
    "name of 64": (config_with(members=[MEMBER | {"name": "n" * 64}]), ["members[0].name: "]),
    "name twice": (config_with(members=[MEMBER, MEMBER | {"address": "10.0.0.12"}]),
                   ["members[1].name: "]),
    "address twice": (config_with(members=[MEMBER, MEMBER | {"name": "n"}]),
                      ["members[1].address: "]),
    "l2 off-link": (config_with(members=[MEMBER | {"address": "10.5.0.6"}]),
                    ["members[0].(address|encap): "]),
    "encap unknown": (config_with(members=[MEMBER | {"encap": "ipip"}]), ["members[0].encap: "]),
    "key too large": (config_with(members=[MEMBER | {"encap": "gre", "key": 4294967296}]),
                      ["members[0].key: "]),
    "key negative": (config_with(members=[MEMBER | {"encap": "gre", "key": -1}]),
                     ["members[0].key: "]),
    "key of the wrong type": (config_with(members=[MEMBER | {"encap": "gre", "key": "7"}]),
                              ["members[0].key: "]),
    "mac multicast": (config_with(members=[MEMBER | {"mac": "01:00:5e:00:00:01"}]),
                      ["members[0].mac: "]),
    "mac cut": (config_with(members=[MEMBER | {"mac": "02:00:00:00:00"}]), ["members[0].mac: "]),
    "group unicast": (config_with(groups=[{"group": "10.0.0.1", "members": ["m"]}]),
                      ["groups[0].group: "]),
    "group with host bits": (config_with(groups=[{"group": "239.1.2.3/16", "members": ["m"]}]),
                             ["groups[0].group: "]),
    "group's member unknown": (config_with(groups=[{"group": "239.1.1.1", "members": ["m", "x"]}]),
                               ["groups[0].members[1]: "]),
    "group's members missing": (config_with(groups=[{"group": "239.1.1.1"}]),
                                ["groups[0].members: "]),
    "group twice": (config_with(groups=[{"group": "239.1.1.1", "members": ["m"]},
                                        {"group": "239.1.1.1", "members": ["*"]}]),
                    ["groups[1].group: "]),
    "sources of a prefix": (
        config_with(groups=[{"group": "239.1.0.0/16", "members": ["m"], "sources": ["1.2.3.4"]}]),
        ["groups[0].sources: "]),
    "idle unknown": (config_with(idle="doze"), ["idle: "]),
    "ports not a list": ({"ports": {}}, ["ports: "]),
    "a list at the top": ([], [""]),
    "several at once": (
        config_with(idle="doze", members=[MEMBER | {"key": -1, "nmae": "x"}, {}]),
        ["idle: ", "members[0].key: ", 'members[0].nmae: .*"name"', "members[1].name: ",
         "members[1].address: "]),
}


@pytest.mark.parametrize("config, wanted", WRONG_CONFIGURATIONS.values(),
                         ids=WRONG_CONFIGURATIONS.keys())
def test_every_error_is_named_with_its_path(write, config, wanted):
    """Verify: status 2, and for each error a line `FILE: PATH: what is wrong`; nothing on stdout."""
    path = write(config)
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == WRONG
    assert done.stdout == ""
    for error in wanted:
        pattern = re.escape(f"{path}: ") + error.replace("[", r"\[").replace("]", r"\]") + "."
        assert re.search("^" + pattern, done.stderr, re.M), done.stderr
    assert all(line.startswith(f"{path}: ") for line in done.stderr.splitlines()), done.stderr


def test_duplicate_keys_are_errors(write):
    """Verify: JSON that names a key twice is refused, with its path."""
    path = write('{"ports": [{"address": "10.0.0.10/24", "address": "10.0.0.11/24"}]}')
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == WRONG
    assert done.stderr.startswith(f"{path}:") and "address" in done.stderr


@pytest.mark.parametrize("arguments", [["--no-such-eal-option"], ["--vdev", "net_nonexistent0"]])
def test_eal_that_cannot_start(write, arguments):
    """Verify: status 1."""
    prefix = f"mcr{os.getpid()}-eal"
    done = mcdpdk(*NO_DEVICES, "--file-prefix", prefix, *arguments, "--", "-c", write(CONFIG))
    shutil.rmtree(f"/var/run/dpdk/{prefix}", ignore_errors=True)
    assert done.returncode == FAILED, done.stderr


@pytest.mark.parametrize("port", [PORT, PORT | {"device": "net_nowhere"}])
def test_device_that_is_not_there(write, port):
    """Verify: status 1, and a message; with `device` it names it."""
    prefix = f"mcr{os.getpid()}-dev"
    done = mcdpdk(*NO_DEVICES, "--file-prefix", prefix, "--", "-c", write({"ports": [port]}))
    shutil.rmtree(f"/var/run/dpdk/{prefix}", ignore_errors=True)
    assert done.returncode == FAILED
    assert port.get("device", "mcdpdk") in done.stdout + done.stderr


def test_wrong_configuration_starts_nothing(write):
    """Verify: with a wrong file EAL is not even tried: its run folder does not appear."""
    prefix = f"mcr{os.getpid()}-none"
    done = mcdpdk(*NO_DEVICES, "--file-prefix", prefix, "--", "-c", write({"ports": []}))
    assert done.returncode == WRONG
    assert not Path(f"/var/run/dpdk/{prefix}").exists()
    assert "EAL: " not in done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_while_it_starts(tmp_path, number):
    """
    Steps: signals arrive again and again from before EAL's first line on.
    Verify: SIGTERM and SIGINT end it with 0, as later; SIGHUP does not end it.
    """
    config = tmp_path / "groups.json"
    config.write_text(json.dumps({"ports": [{"address": "10.0.0.10/24"}], "idle": "sleep"}))
    command = [PROGRAM, "-l", "0", "--no-huge", "-m", "64", "--no-pci", "--no-telemetry", "--no-shconf",
               "--vdev", "net_null0", "--", "-c", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stderr.readline()
            while "ready" not in line and process.poll() is None:
                process.send_signal(number)
                line = process.stderr.readline()
            if number == signal.SIGHUP:
                assert "ready" in line
                process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()

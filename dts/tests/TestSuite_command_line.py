# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The command line, the messages about a wrong configuration, and the exit status.

No network: where EAL starts it has no devices.
"""

import json
import os
import re
import shutil
import signal
import socket
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
    return subprocess.run([PROGRAM, *map(str, arguments)],
                          **{"capture_output": True, "text": True, "timeout": 20, "check": False} | options)


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
    """Status 0, without EAL, with `--` or without."""
    done = mcdpdk(*arguments)
    assert done.returncode == 0
    for option in ("-c", "--config", "-t", "--test", "-T", "--dump", "-V", "--version",
                   "-h", "--help"):
        assert re.search(rf"(^|[\s,]){option}\b", done.stdout, re.M), option
    assert "EAL: " not in done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["-V"], ["--version"], ["--", "-V"]])
def test_version_is_one_line(arguments):
    """Name and version, status 0."""
    done = mcdpdk(*arguments)
    assert done.returncode == 0
    assert re.fullmatch(r"mcdpdk \d+\.\d+\.\d+\S*\n", done.stdout)


@pytest.mark.parametrize("head", [[], ["--"], ["-l", "0-3", "--"]])
@pytest.mark.parametrize("flag", ["-t", "--test"])
def test_good_configuration_passes(write, head, flag):
    """`-t` ends with 0 and does not start EAL, whether or not EAL options precede `--`."""
    path = write(CONFIG)
    done = mcdpdk(*head, "-c", path, flag)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (f"{path}: ok: {len(CONFIG['ports'])} port, {len(CONFIG['members'])} members, "
                           f"{len(CONFIG['groups'])} groups\n")
    assert "EAL: " not in done.stdout + done.stderr


def test_dump_is_a_configuration_of_the_same_effect(write):
    """`-T` of a configuration and of its output print the same JSON: defaults filled in, given values kept."""
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
    """Any user may run `-t`, from a copy of the program in a readable place."""
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
    (["-t", "-c"], "argument is missing: -c"),
    (["-t", "-c", "/nonexistent", "-x"], "unknown option: -x"),
    (["-c", "/nonexistent", "--tset"], "unknown option: --tset"),
    (["-t", "-c", "/nonexistent", "stray"], "unexpected argument: stray"),
    (["--test=1", "-c", "/nonexistent"], "takes no argument: --test=1"),
])
def test_wrong_usage_is_named(arguments, says):
    """Status 2, and stderr names the error."""
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
    """EAL would read `-c` as a coremask; the message is "did you mean `-- -c FILE`?"."""
    done = mcdpdk(*arguments)
    assert done.returncode == WRONG
    assert "did you mean `-- -c groups.json`?" in done.stderr or \
        "did you mean `-- -c FILE`?" in done.stderr, done.stderr


@pytest.mark.parametrize("path", ["/nonexistent/groups.json", "/", "/dev/null"])
def test_unreadable_configuration_is_named(path):
    """Status 2, and the file's name in the message."""
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == WRONG
    assert done.stderr.startswith(f"{path}:"), done.stderr


@pytest.mark.parametrize("text, line, column", [
    ("{", 1, None),
    ('{"ports": [}', 1, 12),
    ('{\n  "ports": [],\n  "members" []\n}', 3, None),
    ('{"ports": [{"address": "10.0.0.10/24"}]} trailing', 1, None),
])
def test_text_that_is_not_json_is_refused_with_its_place(write, text, line, column):
    """`FILE:LINE:COLUMN: what is wrong`, status 2."""
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
    """Status 2, a line `FILE: PATH: what is wrong` for each error, and nothing on stdout."""
    path = write(config)
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == WRONG
    assert done.stdout == ""
    for error in wanted:
        pattern = re.escape(f"{path}: ") + error.replace("[", r"\[").replace("]", r"\]") + "."
        assert re.search("^" + pattern, done.stderr, re.M), done.stderr
    assert all(line.startswith(f"{path}: ") for line in done.stderr.splitlines()), done.stderr


def test_duplicate_keys_are_errors(write):
    """JSON with a key twice is refused with its path."""
    path = write('{"ports": [{"address": "10.0.0.10/24", "address": "10.0.0.11/24"}]}')
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == WRONG
    assert done.stderr.startswith(f"{path}:") and "address" in done.stderr


WARNED = {
    "the gateway": ({"members": [MEMBER | {"address": "10.0.0.1"}]}, "members[0].address: m: "),
    "one instance twice": ({"members": [MEMBER, MEMBER | {"name": "n", "encap": "gre"}]}, "members[1].address: n: "),
    "equal rules": ({"admit": [{"prefix": "10.0.0.0/24", "encap": ["l2"]}] * 2}, "admit[1].prefix: "),
    "a group without members": ({"groups": [{"group": "239.1.1.1", "members": []}]},
                                "groups[0].members: 239.1.1.1: "),
    "a folder that is not there": ({"state_file": "/nonexistent/state"}, "state_file: "),
}


@pytest.mark.parametrize("keys, says", WARNED.values(), ids=WARNED.keys())
def test_a_probable_mistake_is_a_warning(write, keys, says):
    """Accepted, with one warning that begins with the path and the entry's name."""
    path = write({"ports": [PORT | {"gateway": "10.0.0.1"}]} | keys)
    done = mcdpdk("-c", path, "-t")
    assert done.returncode == 0
    assert done.stderr.startswith(f"warning: {path}: {says}") and done.stderr.count("\n") == 1, done.stderr


def test_errors_give_the_name_beside_the_index(write):
    """`FILE: PATH: NAME: what is wrong`, for a member and for a group."""
    path = write(config_with(members=[MEMBER | {"mtu": 1}], groups=[{"group": "239.1.1.1", "members": ["x"]}]))
    done = mcdpdk("-c", path, "-t")
    assert done.stderr.splitlines()[0].startswith(f"{path}: members[0].mtu: m: expected ")
    assert f'{path}: groups[0].members[0]: 239.1.1.1: no member is named "x"' in done.stderr


@pytest.fixture(name="start")
def fixture_start(write):
    """Run the program with EAL, expecting failure; its run folder is removed."""
    prefix = f"mcr{os.getpid()}-start"

    def start(*arguments, config=None, **options):
        return mcdpdk(*arguments, "--file-prefix", prefix, "--", "-c", write(config or {"ports": [PORT]}),
                      **options)
    yield start
    for folder in ("/var/run/dpdk", "/tmp/dpdk"):
        shutil.rmtree(f"{folder}/{prefix}", ignore_errors=True)


CPUS = os.cpu_count()

EAL_FAILURES = {
    "an lcore without a CPU": (["--no-huge", "-l", f"0-{CPUS}"], rf"lcore {CPUS} unavailable"),
    "an unknown option": (["--no-huge", "--no-such-eal-option"], "unknown option: --no-such-eal-option"),
    "an unknown letter": (["--no-huge", "-y"], "unknown option: -y"),
    "options that exclude each other": (["-m", "64", "--socket-mem", "64"], "-m and --socket-mem cannot"),
    "an unknown driver": (["--no-huge", "--vdev", "net_nonexistent0"], "net_nonexistent0"),
    "no device name": (["--no-huge", "-a", "bogus"], "bogus"),
    "a secondary process": (["--proc-type", "secondary"], "--proc-type"),
}


@pytest.mark.parametrize("arguments, says", EAL_FAILURES.values(), ids=EAL_FAILURES.keys())
def test_the_last_line_names_why_eal_cannot_start(start, arguments, says):
    """Status 1; the last line names only this mistake; EAL's usage does not follow it."""
    done = start("--no-pci", *arguments)
    assert done.returncode == FAILED, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("mcdpdk: ") and says in last, done.stderr
    assert "Success" not in last and "--no-huge -m 512" not in last
    assert done.stdout == ""


def test_usage_of_eal_is_printed_when_asked_for(start):
    """EAL's options, then the program's own; status 0."""
    done = start("--no-huge", "--help")
    assert done.returncode == 0
    assert "--vdev" in done.stdout and "--config FILE" in done.stdout


def test_missing_huge_pages_are_named(write, tmp_path):
    """The kernel shows none, even on a machine that has some. The message names what is missing and the remedy."""
    empty = tmp_path / "empty"
    empty.mkdir()
    prefix = f"mcr{os.getpid()}-huge"
    done = subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind "$0" /sys/kernel/mm/hugepages && exec "$@"',
                           empty, PROGRAM, "--no-pci", "--file-prefix", prefix, "--", "-c", write({"ports": [PORT]})],
                          capture_output=True, text=True, timeout=20, check=False)
    shutil.rmtree(f"/var/run/dpdk/{prefix}", ignore_errors=True)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == FAILED
    assert "no huge page is free" in last and "--no-huge" in last


def test_a_second_hub_with_the_same_prefix_is_refused(write):
    """It ends with 1 and says that the prefix is taken, not "Success"."""
    prefix = f"mcr{os.getpid()}-twice"
    command = [*NO_DEVICES, "--file-prefix", prefix, "--vdev", "net_null0", "--", "-c", write({"ports": [PORT]})]
    with subprocess.Popen([PROGRAM, *map(str, command)], stderr=subprocess.PIPE, text=True) as first:
        try:
            assert any("mcdpdk: ready" in line for line in first.stderr)
            done = mcdpdk(*command)
        finally:
            first.terminate()
    shutil.rmtree(f"/var/run/dpdk/{prefix}", ignore_errors=True)
    assert done.returncode == FAILED
    last = done.stderr.splitlines()[-1]
    assert prefix in last and "--file-prefix" in last and "Success" not in last


DEVICES = {
    "none": ([], PORT, "ports[0]: no device is left for it; there are: none; bind a NIC"),
    "another name": (["--vdev", "net_null0"], PORT | {"device": "net_nowhere"},
                     "ports[0].device: no such device: net_nowhere; there are: net_null0"),
    "no such interface": (["--vdev", "net_af_packet0,iface=mcr-nowhere"], PORT, 'no interface "mcr-nowhere"'),
    "no interface": (["--vdev", "net_af_packet0,ifac=lo"], PORT, "needs iface="),
    "no such PCI device": (["-a", "0000:fe:1f.7"], PORT, "-a 0000:fe:1f.7 is no Ethernet device: there is no such"),
    "an MTU that does not fit": (["--vdev", "net_af_packet0,iface=lo"], PORT | {"mtu": 9000}, "ports[0].mtu: 9000"),
}


@pytest.mark.parametrize("arguments, port, says", DEVICES.values(), ids=DEVICES.keys())
def test_a_missing_device_is_named(start, arguments, port, says):
    """Status 1; the message names the device, the reason, and the devices that exist."""
    pci = [] if "-a" in arguments else ["--no-pci"]
    done = start("--no-huge", "-m", "256", "--lcores", "0@0", *pci, *arguments, config={"ports": [port]})
    assert done.returncode == FAILED
    assert says in done.stderr, done.stderr


def test_a_device_without_permission_is_named(start, tmp_path):
    """The message says who may open it, not "give a --vdev"."""
    program = shutil.copy(PROGRAM, tmp_path / "mcdpdk")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"ports": [PORT]}))
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == "root" and path not in (Path("/"), Path("/tmp")):
            path.chmod(path.stat().st_mode | 0o055)
    done = subprocess.run([program, *NO_DEVICES, "--file-prefix", f"mcr{os.getpid()}-nobody", "--vdev",
                           "net_af_packet0,iface=lo", "--", "-c", config],
                          user=65534, group=65534, extra_groups=[], cwd="/", capture_output=True, text=True,
                          timeout=20, check=False, env={"PATH": os.environ["PATH"]})
    shutil.rmtree(f"/tmp/dpdk/mcr{os.getpid()}-nobody", ignore_errors=True)
    assert done.returncode == FAILED
    assert 'user 65534 may not open "lo": root may' in done.stderr, done.stderr


def test_word_before_the_separator_is_refused(start):
    """EAL would ignore it and every option after it."""
    done = start("--no-huge", "-m", "64", "--no-pci", "stray", "--vdev", "net_null0")
    assert done.returncode == FAILED
    assert "unexpected argument before --: stray" in done.stderr


class Syslog:
    """A private /dev for one process, with the test's socket as its log."""

    def __init__(self, folder):
        self.dev = folder / "dev"
        self.dev.mkdir()
        nodes = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
        subprocess.run(["cp", "-a", *nodes, self.dev], check=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.dev / "log"))
        self.socket.setblocking(False)

    def command(self, *command):
        return ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /dev && exec "$@"', str(self.dev), *command]

    def text(self):
        lines = []
        try:
            while True:
                lines.append(self.socket.recv(65536).decode())
        except BlockingIOError:
            return "\n".join(lines)


@pytest.mark.parametrize("to_syslog", [False, True])
def test_each_log_line_goes_to_one_place(write, tmp_path, to_syslog):
    """With a syslog daemon: on standard error once, or with EAL's --syslog in syslog with its level."""
    log = Syslog(tmp_path)
    prefix = f"mcr{os.getpid()}-syslog"
    done = subprocess.run(log.command(PROGRAM, *NO_DEVICES, "--file-prefix", prefix,
                                      *(["--syslog", "daemon"] if to_syslog else []), "--", "-c",
                                      write({"ports": [PORT]})),
                          capture_output=True, text=True, timeout=20, check=False)
    shutil.rmtree(f"/var/run/dpdk/{prefix}", ignore_errors=True)
    assert done.returncode == FAILED
    places = [done.stderr, log.text()]
    for line in ("Detected CPU lcores", "ports[0]: no device is left"):
        assert [line in place for place in places] == [not to_syslog, to_syslog], places
    if to_syslog:
        assert re.search(r"^<27>.*ports\[0\]: no device is left", places[1], re.M), places[1]


def test_journal_gets_the_level(start, tmp_path):
    """If standard error is the journal, each line begins with its level as in sd-daemon(3)."""
    with open(tmp_path / "log", "w+", encoding="utf-8") as log:
        status = os.fstat(log.fileno())
        done = start("--no-huge", "-m", "64", "--no-pci", config={"ports": [PORT], "broadcast": {"members": []}},
                     capture_output=False, stderr=log, stdout=subprocess.DEVNULL,
                     env=os.environ | {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        log.seek(0)
        lines = log.read().splitlines()
    assert done.returncode == FAILED
    assert all(re.match(r"<[3-6]>", line) for line in lines), lines
    assert any(line.startswith("<4>warning: ") for line in lines), lines
    assert any(line.startswith("<3>mcdpdk: ports[0]: no device") for line in lines), lines


def test_wrong_configuration_starts_nothing(write):
    """With a wrong file EAL does not start: its run folder does not appear."""
    prefix = f"mcr{os.getpid()}-none"
    done = mcdpdk(*NO_DEVICES, "--file-prefix", prefix, "--", "-c", write({"ports": []}))
    assert done.returncode == WRONG
    assert not Path(f"/var/run/dpdk/{prefix}").exists()
    assert "EAL: " not in done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_during_the_start_act_as_later(tmp_path, number):
    """They come repeatedly from EAL's first line on. SIGTERM and SIGINT end it with 0; SIGHUP does not end it."""
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

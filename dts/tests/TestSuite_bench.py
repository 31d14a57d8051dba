# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The benchmarks that need namespaces run; their figures are not judged here.

far eth0 ---- eth0 near    a pair for each who replicates; drawn in app/bench/peers.py
crowd, alpha ... hub       drawn in dts/framework/crowd.py
chromium ... large hub     on loopback, as in TestSuite_page
"""

import json
import subprocess

import pytest

from hub import PROGRAM
from node import run
from topo import NAME_PREFIX
from waiting import await_condition
from paths import BUILD, SCRIPTS

BENCH = SCRIPTS / "bench"
CONTROL = ["control", "--members", "60", "--groups", "100", "--joiners", "30", "--seconds", "1", "--rounds", "1"]
MEASURED = {"start, all lcores (ms)", "reload, one member less, control lcore (ms)",
            "reload, no change, RSS at most (MB)",
            "new groups (joins a second of CPU time)", "join, loaded, p99 (ms)", "ping, quiet, p99 (ms)"}
WHO = {"Linux VXLAN head-end", "sendmmsg loop", "hub, af_xdp, vxlan", "hub, af_xdp, udp",
       "hub, af_packet, vxlan", "hub, af_packet, udp"}


def namespaces_of(process):
    return [line for line in run("ip", "netns", "list").splitlines()
            if line.startswith(f"{NAME_PREFIX}{process.pid}-")]


def start_peers(json_file, *options):
    return subprocess.Popen([BENCH, "--peers", "--receivers", "4", "--seconds", "0.01",
                             "--json", json_file, *options], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_peers_are_measured_and_nothing_of_them_remains(tmp_path):
    """A round of `scripts/bench --peers` prints a line for each peer and both lengths, and a ratio for the hub's; then
    all namespaces are gone."""
    lines = tmp_path / "peers.json"
    process = start_peers(lines, "--rounds", "1")
    shown, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert {(row["who"], row["frame"]) for row in rows} == {(who, length) for who in WHO for length in (64, 1442)}
    assert all(row["ns"] > 0 and ("ratio" in row) == row["who"].startswith("hub") for row in rows)
    assert all(who in shown for who in WHO)
    assert not namespaces_of(process)


@pytest.mark.slow
def test_peers_leave_nothing_when_they_are_interrupted(tmp_path):
    """SIGTERM comes after all is laid out. `scripts/bench --peers` ends with an error and all namespaces are gone."""
    process = start_peers(tmp_path / "peers.json", "--rounds", "100000")
    try:
        await_condition(lambda: len(namespaces_of(process)) == 8, "four pairs of namespaces", 60)
        process.terminate()
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode != 0
    assert not namespaces_of(process)


@pytest.mark.slow
def test_the_control_lcore_is_measured_beside_another_program(tmp_path):
    """A round of `scripts/bench control` with the program itself as the other one: all is measured, and compared."""
    lines = tmp_path / "control.json"
    done = subprocess.run([BENCH, *CONTROL, "--against", PROGRAM, "--json", lines], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["name"]: row for row in map(json.loads, lines.read_text().splitlines())}
    assert MEASURED <= set(rows)
    assert all(rows[name]["ratio"] > 0 and name in done.stdout for name in MEASURED)


DOMAIN = {"detection": ["--rounds", "1"], "takeover": ["--rounds", "2"], "drain": ["--rounds", "1"],
          "joins": ["--joins", "2", "--edges", "100"],
          "entries": ["--entries", "1000", "--restarts", "1"], "coalescing": ["--seconds", "1"]}


@pytest.mark.slow
@pytest.mark.parametrize("series, options", DOMAIN.items(), ids=DOMAIN)
def test_a_domain_is_measured(series, options, tmp_path):
    """`scripts/bench domain SERIES` prints each row that it writes."""
    lines = tmp_path / "domain.json"
    done = subprocess.run([BENCH, "domain", series, *options, "--json", lines], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(rows) == len(done.stdout.splitlines()) - 1 > 0
    for row in rows:
        assert row["name"] in done.stdout
        assert row["count"] > 0 and row["min"] <= row["median"] <= row["max"]


@pytest.mark.slow
def test_the_live_page_is_measured_in_each_case():
    """`scripts/bench page` with ten members: a line for the picture and one for the page in each, also as JSON."""
    done = subprocess.run([BENCH, "page", "--members", "10", "--frames", "20"], capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {name: found for name, found in json.loads((BUILD / "reports/page/frames.json").read_text()).items()
            if name.startswith("10 members")}
    assert len(rows) == done.stdout.count(" picture ") == done.stdout.count(" page ") == 10
    assert all(found[kind]["frames"] >= 20 and name in done.stdout for name, found in rows.items()
               for kind in ("picture", "page"))


@pytest.mark.slow
def test_a_domain_is_simulated_with_what_etcd_costs_here(tmp_path):
    """`scripts/bench domain scale` with two watches and three hubs: etcd is measured, agents go through all phases,
    hellos and placement are measured."""
    lines = tmp_path / "scale.json"
    done = subprocess.run([BENCH, "domain", "scale", "--watches", "2", "--hubs", "3", "--json", lines],
                          capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    names = {row["name"] for row in map(json.loads, lines.read_text().splitlines())}
    assert {"etcd: CPU time of a transaction (us)", "etcd, 2 watches: CPU time of a line of 128 keys (us)"} <= names
    assert all(phase in done.stdout for phase in ("all start", "a join", "a hub drains", "it starts again"))
    assert "1023 peers" in done.stdout and "65536 members" in done.stdout

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The judgements of scripts/soak, on series and streams that are known, and five minutes of it with --full."""

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

import soak_report
import soak_samples
from node import run
from paths import SCRIPTS
from soak_judge import judge
from soak_run import Run
from soak_streams import Account, Disturbances, Stream
from waiting import DEADLINE_S, await_condition

LOSSES = """
table ip planted {
    chain input {
        type filter hook input priority 0; policy accept;
        ip protocol gre limit rate over 40/second burst 5 packets drop
    }
}
"""
SAMPLES = 300
TIMES = [float(at) for at in range(SAMPLES)]


def series(seed, slope, noise=10.0, start=50_000.0):
    chance = random.Random(seed)
    return [start + slope * at + chance.gauss(0, noise) for at in TIMES]


@pytest.mark.parametrize("seed", range(20))
def test_a_leak_grows_and_noise_does_not(seed):
    """1 a sample in noise of 10, floor 20; the same noise alone, and falling."""
    assert judge(TIMES, series(seed, 1), 20).grows
    assert not judge(TIMES, series(seed, 0), 20).grows
    assert not judge(TIMES, series(seed, -1), 20).grows


def test_a_leak_of_one_descriptor_each_half_minute_grows():
    """Without noise, in whole numbers, with ties."""
    assert judge(TIMES, [30 + at // 30 for at in range(SAMPLES)], 2).grows
    assert not judge(TIMES, [30 + at % 3 for at in range(SAMPLES)], 2).grows


def test_what_fills_in_the_first_half_does_not_grow():
    """Caches do."""
    assert not judge(TIMES, [min(at, SAMPLES // 2 - 1) * 100.0 for at in range(SAMPLES)], 20).grows


def test_outliers_do_not_grow():
    """Each tenth sample is a hundred times as large; the last ones are the largest."""
    values = [value if at % 10 else value * (100 + at) for at, value in enumerate(series(1, 0))]
    assert not judge(TIMES, values, 20).grows


def test_growth_below_the_floor_is_none():
    """However regular it is."""
    assert not judge(TIMES, [1000 + at * 0.01 for at in TIMES], 20).grows


def test_few_samples_are_told():
    assert judge(TIMES[:10], TIMES[:10], 0).blocks < 8


@pytest.fixture(name="account")
def fixture_account():
    stream = Stream("sender", 4, "239.1.1.1", sent_at=[float(at) for at in range(100)])
    return Account("receiver", stream, Disturbances())


def test_numbers_that_all_come_are_no_fault(account):
    for number in range(100):
        account.take(number, float(number))
    account.finish()
    assert (account.received, account.duplicates, account.late, account.explained, account.unexplained) == (
        100, 0, 0, 0, 0)


def test_what_comes_twice_or_late_or_never_is_counted(account):
    """5 is late, 7 comes twice, 8 and the last are lost."""
    for number in (*range(5), 6, 5, 7, 7, *range(9, 99)):
        account.take(number, float(number))
    account.finish()
    assert (account.duplicates, account.late, account.unexplained) == (1, 1, 2)
    assert [number for number, _ in account.examples] == [8, 99]


@pytest.mark.parametrize("disturbed", ["receiver", "sender", "another"])
def test_only_a_disturbance_of_its_receiver_or_sender_explains_a_loss(disturbed):
    disturbances = Disturbances()
    stream = Stream("sender", 4, "239.1.1.1")
    account = Account("receiver", stream, disturbances)
    with disturbances.of(disturbed):
        stream.sent_at.append(time.monotonic())
    stream.sent_at.append(time.monotonic())
    account.finish()
    assert (account.explained, account.unexplained) == ((0, 2) if disturbed == "another" else (1, 1))


def test_the_report_says_why_it_failed_and_loads_nothing():
    page = soak_report.html("title", ["a < b grows"], (0.0, float(SAMPLES)), {"a": ("kB", TIMES, series(1, 1))},
                            {"a": judge(TIMES, series(1, 1), 20)}, [(3.0, "restart", "x", 1.0)],
                            [("receiver", "stream", 5, 0, 0, 0, 0)])
    assert "a &lt; b grows" in page and "<polyline" in page and "restart: x" in page
    assert not any(word in page for word in ("http", "src=", "<script", "@import"))


def test_wrong_usage_ends_with_2():
    for arguments in ([], ["--hours", "0"], ["--hours", "nan"], ["--hours", "1", "--minutes", "1"]):
        done = subprocess.run([SCRIPTS / "soak", *arguments], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 2 and "usage: soak" in done.stderr


def leavings(pid):
    """What a run has on this machine."""
    namespaces = [name for name in run("ip", "netns", "list").splitlines() if name.startswith(f"mcr{pid}-")]
    return [*namespaces, *Path("/tmp").glob(f"mcr{pid}-*"), *Path("/var/run/dpdk").glob(f"mcr{pid}-*")]


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(by):
    with subprocess.Popen([SCRIPTS / "soak", "--minutes", "5"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
        telemetry = Path(f"/var/run/dpdk/mcr{process.pid}-0-soak/dpdk_telemetry.v2")
        await_condition(lambda: telemetry.exists() or process.poll() is not None, "the hub")
        assert leavings(process.pid)
        process.send_signal(by)
        said = process.communicate(timeout=DEADLINE_S)[0]
    assert process.returncode == 1 and "interrupted" in said, said
    assert not leavings(process.pid)


@pytest.mark.slow
def test_a_planted_leak_and_planted_losses_fail_a_run(monkeypatch):
    """The sampler sees one descriptor more each two seconds; mona's kernel drops a part of what its tunnel gets."""
    begin = time.monotonic()
    monkeypatch.setattr(soak_samples, "descriptors", lambda _: 30 + int(time.monotonic() - begin) // 2)
    with Run(60, seed=1) as soak:
        soak.members.nodes["mona"].run("nft", LOSSES)
        soak.run(lambda *_: None)
    assert any("hub's file descriptors grows" in reason for reason in soak.reasons), soak.reasons
    assert any("were lost while nothing happened: mona" in reason for reason in soak.reasons), soak.reasons
    assert "Failed:" in soak.html()


@pytest.mark.slow
def test_five_minutes(tmp_path):
    """All kinds of events; a report is written."""
    report = tmp_path / "report.html"
    done = subprocess.run([SCRIPTS / "soak", "--minutes", "5", "--report", report], capture_output=True, text=True,
                          timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed." in report.read_text(encoding="utf-8")

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdkctl against a socket that answers like the hub's telemetry.

    mcdpdkctl --socket S  <---- SOCK_SEQPACKET ---->  StandIn (a thread of this test)

This covers hubs that are large, busy, broken or foreign; TestSuite_operator.py uses a real hub.
"""

import contextlib
import json
import math
import os
import re
import select
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from hub import PROGRAM
from manual import complete, example_commands
from stand_in import (COPIES, GROUPS, MEMBERS, PAGE, RECEIVED, RECORDS_A_PAGE, Answers, StandIn, peer, placement,
                      reason, record_page)
from paths import SOURCE

MCDPDKCTL = SOURCE / "scripts" / "mcdpdkctl"
COMPLETION = SOURCE / "scripts" / "completion" / "mcdpdkctl"
MANUAL = SOURCE / "scripts" / "man" / "mcdpdkctl.8"


@pytest.fixture
def hub(tmp_path):
    stand_in = StandIn(tmp_path / "hub", Answers())
    yield stand_in
    stand_in.close()


def run(*args, program=MCDPDKCTL, **options):
    return subprocess.run([program, *map(str, args)], capture_output=True, text=True, timeout=60, **options)


def ctl(hub, *args):
    return run("--socket", hub.path, *args)


def answer(hub, *args):
    done = ctl(hub, "--json", *args)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


# Output for programs

def test_status_is_info_and_stats(hub):
    data = answer(hub, "status")
    assert data["info"]["config_file"] == "/etc/mcdpdk/groups.json"
    assert data["stats"]["copy_drops"] == 2


def test_a_degraded_hub_is_an_exit_status_and_reasons_in_words(hub):
    data = answer(hub, "status")
    assert (data["state"], data["reasons"]) == ("well", [])
    assert [note["reason"] for note in data["notes"]] == ["members_silent"]
    hub.answers.is_degraded = True
    done = ctl(hub, "--json", "status")
    data = json.loads(done.stdout)
    assert (done.returncode, data["state"], data["members"]["members_unresolved"]) == (1, "degraded", 1)
    assert [reason["reason"] for reason in data["reasons"]] == ["members_unresolved"]
    done = ctl(hub, "status")
    assert (done.returncode, done.stderr) == (1, "")
    assert "degraded: 1 of 3 members does not answer ARP: tokyo-2 (for 1 min 1 s)" in done.stdout
    assert "note: 1 member has never sent nor joined: tokyo-2" in done.stdout


def test_status_ends_with_what_is_wrong_or_that_all_is_well(hub):
    assert ctl(hub, "status").stdout.splitlines()[-1] == "all well"
    hub.answers.is_degraded = True
    done = ctl(hub, "status")
    assert done.stdout.splitlines()[-1] == "degraded: 1 of 3 members does not answer ARP: tokyo-2 (for 1 min 1 s)"
    assert "well" not in done.stdout


def test_a_domain_that_is_well_leaves_the_hub_well(hub):
    hub.answers.peers_of = [peer("hub-b"), peer("hub-c")]
    assert answer(hub, "status")["state"] == "well"
    hub.answers.agent = "connected; 3 keys of etcd were not usable"
    assert answer(hub, "status")["state"] == "well"
    assert hub.answers.agent in ctl(hub, "peers").stdout


@pytest.mark.parametrize("name", ["peer_down", "agent_away", "etcd_away"])
def test_what_the_hub_says_of_its_domain_is_in_its_status(hub, name):
    hub.answers.peers_of = [peer("hub-b")]
    hub.answers.faults = [reason(name, "words of the hub")]
    done = ctl(hub, "--json", "status")
    data = json.loads(done.stdout)
    assert (done.returncode, data["state"]) == (1, "degraded")
    assert [found["reason"] for found in data["reasons"]] == [name]
    assert ctl(hub, "status").stdout.endswith("degraded: words of the hub (for 1 min 1 s)\n")


def test_status_says_nothing_of_the_domain_that_the_hub_does_not_say(hub):
    hub.answers.peers_of, hub.answers.agent_age_s = [peer("hub-b", state="down")], 61
    assert answer(hub, "status")["state"] == "well"


AGENTS = [("connected; 3 keys of etcd were not usable", 0, "mcdpdk-domain: connected; 3 keys of etcd were not usable"),
          ("etcd unreachable since 12:08:49", 0, "mcdpdk-domain: etcd unreachable since 12:08:49"),
          ("", 0, "mcdpdk-domain: not connected to etcd yet"),
          ("connected", 61, "mcdpdk-domain has not asked for 1 min 1 s"),
          ("connected", 4294967295, "mcdpdk-domain has not asked this hub yet")]


@pytest.mark.parametrize(("text", "age_s", "words"), AGENTS)
def test_above_the_peers_stands_how_the_agent_is(hub, text, age_s, words):
    hub.answers.peers_of, hub.answers.agent, hub.answers.agent_age_s = [], text, age_s
    assert ctl(hub, "peers").stdout == f"tokyo: this hub is hub-a, 0 of 0 peers up\n{words}\n\nno peers\n"


def test_peers_of_all_pages_are_one_list(hub):
    hub.answers.peers_of = [peer(f"hub-{n}", n, "up" if n else "init") for n in range(100)]
    data = answer(hub, "peers")
    assert data["peers"] == hub.answers.peers_of
    assert (data["domain"]["hub"], data["domain"]["peers_up"]) == ("hub-a", 99)
    assert hub.answers.asked == 1 + math.ceil(100 / RECORDS_A_PAGE)


def test_without_a_domain_there_are_no_peers(hub):
    assert answer(hub, "peers") == {"domain": None, "peers": []}
    assert ctl(hub, "peers").stdout == "this hub is in no domain: its configuration has none\n"


def test_a_table_of_peers_says_how_well_the_links_are(hub):
    hub.answers.peers_of = [peer("hub-b"), peer("hub-c", 1, "down", hello_us=7_000_000, agent_s=4294967295)]
    shown = ctl(hub, "peers").stdout
    for words in ("tokyo: this hub is hub-a, 1 of 2 peers up", "mcdpdk-domain: connected", "10.5.0.2", "down",
                  "2,345,678", "41 ms ago", "7 s ago", "2 s ago", "never", "1 min 1 s", "2 peers"):
        assert words in shown


def test_groups_follow_every_page_in_order(hub):
    assert answer(hub, "groups", "--names") == {"groups": GROUPS}


def test_groups_carry_their_counters(hub):
    data = answer(hub, "groups", "232.8")
    assert [row["group"] for row in data["groups"]] == ["232.8.8.8,10.0.0.12"]
    assert data["groups"][0]["origins"] == ["static", "igmp"]


def test_receivers_of_a_source_specific_group_are_one_list(hub):
    data = answer(hub, "group", "232.8.8.8,10.0.0.12")
    assert data["group"]["group"] == "232.8.8.8,10.0.0.12"
    assert [row["member"] for row in data["receivers"]] == [f"m{i}" for i in range(250)]
    assert answer(hub, "receivers", "239.1.0.1") == {"receivers": data["receivers"]}


def test_members_and_their_groups(hub):
    assert [row["name"] for row in answer(hub, "members")["members"]] == MEMBERS
    assert answer(hub, "members", "gre:*", "--names") == {"members": ["gre:10.0.0.57:7"]}
    data = answer(hub, "member", "tokyo-1")
    assert data["member"]["origin"] == "static"
    assert data["groups"] == GROUPS[:150]


def test_records_become_lists(hub):
    assert answer(hub, "ports")["ports"][0]["name"] == "net_af_packet0"
    assert [row["role"] for row in answer(hub, "lcores")["lcores"]] == ["control", "rxtx"]


def test_classes_of_the_control_lcore_are_one_list(hub):
    data = answer(hub, "control")
    assert [row["class"] for row in data["classes"]] == ["neighbour", "membership", "admission", "echo", "telemetry"]
    assert data["classes"][1] == {"class": "membership", "queued": 3, "served": 12345, "dropped": 6,
                                  "busy_us": 2345678}
    assert data["longest_slice_us"] == 1234


def test_stations_of_all_pages_are_one_list(hub):
    assert [row["silent_s"] for row in answer(hub, "stations")["stations"]] == list(range(130))


def test_drops_and_igmp_keep_the_hubs_names(hub):
    assert set(answer(hub, "drops")) == {*RECEIVED, *COPIES, "refused"}
    assert answer(hub, "igmp")["querier"]["state"] == "querier"


def test_drops_list_who_was_refused_of_all_pages(hub):
    rows = answer(hub, "drops")["refused"]
    assert [row["address"] for row in rows] == [f"10.0.9.{n}" for n in range(1, 61)]
    assert rows[0]["key"] == 1 and rows[1]["key"] == ""


# By command: the number of names and of the requests that may ask for them.
REQUESTS = {
    "groups": math.ceil(len(GROUPS) / RECORDS_A_PAGE),
    "groups 232.8": math.ceil(len(GROUPS) / RECORDS_A_PAGE),
    "groups --names": math.ceil(len(GROUPS) / PAGE),
    "members": 1,
    "top -i 0.05 -n 2": 3 * math.ceil(len(GROUPS) / RECORDS_A_PAGE),
    "top members -i 0.05 -n 2": 3,
    "watch -i 0.05 -n 2": 3 * 2,
    "watch group 239.1.0.7 -i 0.05 -n 2": 3,
    "receivers 239.1.0.1": math.ceil(250 / RECORDS_A_PAGE),
    "group 239.1.0.1": 1 + math.ceil(250 / RECORDS_A_PAGE),
    "member tokyo-1": 1 + math.ceil(150 / PAGE),
    "drops": 1 + math.ceil(60 / RECORDS_A_PAGE),
    "stations": math.ceil(130 / RECORDS_A_PAGE),
    "streams": math.ceil(130 / RECORDS_A_PAGE),
    "rates group": math.ceil(250 / RECORDS_A_PAGE),
    "rates group 239.1.0.7": math.ceil(250 / RECORDS_A_PAGE),
    "rates sender": 1,
    "top --sort pps -i 0.05 -n 2": 2 * math.ceil(250 / RECORDS_A_PAGE),
    "top --sort pps --rows 5 -i 0.05 -n 2": 2,
    "top --sort bps --rows 5 -i 0.05 -n 2": 2 * math.ceil(250 / RECORDS_A_PAGE),
}


@pytest.mark.parametrize("command", REQUESTS)
def test_a_list_is_asked_for_page_by_page_and_not_name_by_name(hub, command):
    """The number of requests, each of which waits for a turn of the control lcore."""
    assert ctl(hub, *command.split()).returncode == 0
    assert hub.answers.asked == REQUESTS[command]


# Rows on a terminal of 24, and the requests for them.
SCREENS = {"groups": 1, "receivers 239.1.0.1": 1, "group 239.1.0.1": 2, "stations": 1, "members": 1,
           "rates group": 1, "top --sort pps -n 1": 1,
           "--all groups": REQUESTS["groups"], "groups 239.1.0": REQUESTS["groups"]}


@pytest.mark.parametrize("command", SCREENS)
def test_a_terminal_needs_requests_for_one_screen_only(hub, command):
    """The number of requests does not depend on the length of the list."""
    on_terminal(hub, 24, 100, command)
    assert hub.answers.asked == SCREENS[command]


def test_streams_come_with_the_most_packets_first(hub):
    """Of all pages, of a member, or to a group."""
    rows = answer(hub, "streams")["streams"]
    assert [row["group"] for row in rows] == [f"239.1.1.{n}" for n in range(129, -1, -1)]
    assert {row["sender"] for row in answer(hub, "streams", MEMBERS[1])["streams"]} == {MEMBERS[1]}
    row, = answer(hub, "streams", "239.1.1.4")["streams"]
    assert (row["sender"], row["samples"], row["last_seen_s"]) == (MEMBERS[1], 5, 241)
    done = ctl(hub, "streams", "tokyo-3")
    assert done.returncode == 1 and "no such member: tokyo-3; did you mean tokyo-" in done.stderr


def test_a_stream_that_comes_meanwhile_shows_no_other_twice(hub):
    """It is on the first page, which was read already, so the last of that page is on the second one, too."""
    page_of = hub.answers.streams

    def streams(offset="0"):
        rows = [page_of(str(n))["r0"] for n in range(130)]
        if offset != "0":
            rows.insert(0, {**rows[0], "group": "239.1.2.0"})
            rows[RECORDS_A_PAGE] = {**rows[RECORDS_A_PAGE], "packets": 7}
        return record_page(int(offset), rows)

    hub.answers.streams = streams
    rows = answer(hub, "streams")["streams"]
    assert sorted(row["group"] for row in rows) == sorted(f"239.1.1.{n}" for n in range(130))
    assert rows[-1]["group"] == f"239.1.1.{RECORDS_A_PAGE - 1}" and rows[-1]["packets"] == 7


def test_explain_lists_the_receivers_and_says_how_many_there_are(hub):
    data = answer(hub, "explain", "tokyo-1", "232.8.8.8,10.0.0.12")
    assert (data["verdict"], data["total"], len(data["receivers"])) == ("replicate", 20, 16)
    assert data["match"] == "232.8.8.8,10.0.0.12"
    assert answer(hub, "explain", "10.9.9.9", "239.1.1.1")["verdict"] == "source_denied"


def test_raw_is_the_answer_as_it_came(hub):
    assert answer(hub, "raw", "/mcdpdk/igmp") == answer(hub, "igmp")
    assert answer(hub, "raw", "/mcdpdk/groups,1030") == {"total": 1031, "next": 0, "groups": GROUPS[1030:]}
    assert answer(hub, "raw", "/mcdpdk/group,232.8.8.8,10.0.0.12")["group"] == "232.8.8.8,10.0.0.12"
    assert "/mcdpdk/stats" in answer(hub, "raw", "/")
    assert json.loads(ctl(hub, "raw", "/mcdpdk/ports").stdout) == answer(hub, "raw", "/mcdpdk/ports")


def test_join_sends_the_source_last(hub):
    answer(hub, "join", "232.8.8.8,10.0.0.12", "tokyo-1")
    answer(hub, "join", "239.1.1.1", "tokyo-2")
    assert hub.answers.runtime == [("232.8.8.8", "tokyo-1", "10.0.0.12"), ("239.1.1.1", "tokyo-2", None)]
    answer(hub, "leave", "239.1.1.1", "tokyo-2")
    assert hub.answers.runtime == [("232.8.8.8", "tokyo-1", "10.0.0.12")]


def test_options_may_follow_the_command(hub):
    done = run("drops", "--json", "--socket", hub.path)
    assert done.returncode == 0 and "malformed" in json.loads(done.stdout)


# Output for people

READABLE = {
    "status": ["ready", "all well", "note: 1 member has never", "1 h 2 min", "1 port, 3 members, 1,031 groups",
               "generation 3", "copy_drops"],
    "groups": ["239.1.0.250", "static, igmp", "1,031 groups"],
    "group 239.1.0.1": ["2 receivers", "m249", "never", "4 min 20 s"],
    "members": ["tokyo-2", "no", "5 s ago", "never", "3 members"],
    "member tokyo-1": ["02:00:00:00:00:12", "239.1.0.150"],
    "drops": ["source_denied", "the sender is no member", "the last refused senders", "10.0.9.60", "40 s ago",
              "60 senders"],
    "ports": ["net_af_packet0"],
    "lcores": ["control", "12,345,678", "97"],
    "control": ["class", "neighbour", "membership", "12,345", "2,345,678", "busy_us", "longest slice: 1,234 us"],
    "rates group": ["bps", "239.1.0.250", "200,249", "250 groups"],
    "rates member": ["tokyo-1", "100,000", "3 members"],
    "rates sender gre": ["gre:10.0.0.57:7", "33,333", "1 sender"],
    "streams": ["239.1.1.129", "tokyo-1", "650,000", "4 min 1 s ago", "239.1.0.0/16", "130 streams"],
    "streams 239.9.9.9": ["no streams"],
    "latency": ["p99_ns", "4,000", "up to 1 us", "1,234", "up to 50 us", "longer", "1,240"],
    "stations": ["02:00:00:00:01:0C", "tokyo-1", "130 stations"],
    "igmp": ["v3_reports", "12", "queries_sent"],
    "explain tokyo-1 239.1.1.1": ["replicate to 20 receivers", "no copy leaves to 3 of them now", "m15", "and 4 more",
                                  "Not examined: the key; the port."],
    "explain 10.9.9.9 239.1.1.1": ["dropped: source_denied", "10.9.9.9 is no member's.", "Not examined"],
    "join 239.1.1.1 tokyo-1": ["joined"],
}


@pytest.mark.parametrize("command", READABLE)
def test_tables_without_a_terminal_have_no_colours_and_cut_nothing(hub, command):
    done = ctl(hub, *command.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout and "…" not in done.stdout
    for words in READABLE[command]:
        assert words in done.stdout


def coloured(hub, command):
    """What a terminal gets."""
    command = f"{MCDPDKCTL} --socket {hub.path} {command}"
    done = subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"})
    return done.stdout


def test_a_terminal_gets_colours(hub):
    shown = coloured(hub, "members")
    assert "\x1b[" in shown and "tokyo-1" in shown


def test_an_agent_that_is_not_well_is_red(hub):
    hub.answers.peers_of = []
    assert "\x1b[1;31m" not in coloured(hub, "peers")
    hub.answers.agent_age_s = 61
    assert "\x1b[1;31mmcdpdk-domain has not asked" in coloured(hub, "peers")
    hub.answers.agent_age_s, hub.answers.agent = 0, "etcd unreachable since 12:08:49"
    assert "\x1b[1;31mmcdpdk-domain: etcd unreachable" in coloured(hub, "peers")


def on_terminal(hub, rows, columns, *args):
    """The text on a terminal of this size, without colours."""
    command = f"stty rows {rows} cols {columns}; {MCDPDKCTL} --socket {hub.path} {' '.join(args)}"
    done = subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "TERM": "xterm-256color"})
    assert done.returncode == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", done.stdout).replace("\r", "").rstrip("\n").split("\n")


@pytest.mark.parametrize("columns", [80, 132])
@pytest.mark.parametrize("command, first, last", [
    ("groups", "239.1.0.1 ", "1,031 groups; and 1,013 of them not shown: --all"),
    ("receivers 239.1.0.1", "m0 ", "250 receivers; and 232 of them not shown: --all"),
    ("stations", "02:00:00:00:01:00", "130 stations; and 112 of them not shown: --all"),
])
def test_a_table_fits_the_terminal_and_says_what_it_leaves_out(hub, columns, command, first, last):
    lines = on_terminal(hub, 24, columns, command)
    assert len(lines) < 24 and max(map(len, lines)) <= columns
    assert any(first in line for line in lines) and lines[-1] == last and not any("…" in line for line in lines)


def test_what_is_below_something_else_fits_too(hub):
    for command, last in (("group 239.1.0.1", "250 receivers"), ("member tokyo-1", "150 groups"),
                          ("drops", "60 senders")):
        lines = on_terminal(hub, 40, 100, command)
        assert len(lines) < 40 and lines[-1].startswith(f"{last}; and ") and lines[-1].endswith("not shown: --all")


def test_columns_without_room_are_named(hub):
    lines = on_terminal(hub, 24, 70, "members")
    text = " ".join("\n".join(lines).split())
    assert "3 members; no room for " in text and "tx_bytes" in text and text.endswith(": --json")
    assert "tokyo-1" in text and max(map(len, lines)) <= 70


def test_a_reason_means_all_of_its_words_on_a_narrow_terminal(hub):
    text = " ".join("\n".join(on_terminal(hub, 60, 60, "drops")).split())
    assert "…" not in text and "the sender is no member, or" in text and "VNI or encapsulation" in text


def test_all_rows_on_demand(hub):
    lines = on_terminal(hub, 24, 80, "--all", "groups")
    assert len(lines) > len(GROUPS) and lines[-1] == "1,031 groups"


@contextlib.contextmanager
def shown_on_terminal(hub, *words):
    """A function that awaits a text on a terminal of 24 by 80, and returns all until then; None: the end."""
    command = f"stty rows 24 cols 80; exec {MCDPDKCTL} --socket {hub.path} {' '.join(words)}"
    with subprocess.Popen(["script", "-qec", command, "/dev/null"], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "TERM": "xterm-256color"}) as process:
        shown = ""

        def await_text(text):
            nonlocal shown
            while text is None or text not in shown:
                assert select.select([process.stdout], [], [], 60)[0], shown
                piece = os.read(process.stdout.fileno(), 4096).decode(errors="replace")
                if not piece and text is None:
                    break
                assert piece, shown
                shown += piece
            return shown

        yield await_text
        process.terminate()


def test_top_shows_its_first_screen_before_the_first_interval_is_over(hub):
    """The interval is an hour, the terminal 24 by 80: a screen of groups, and the number of the others."""
    hub.answers.after_first_page.clear()
    with shown_on_terminal(hub, "top -i 3600") as await_text:
        shown = await_text("more")
    hub.answers.after_first_page.set()
    assert "239.1.0.7" in shown and "1,031 groups" in shown and "and 1,013 more" in shown


@pytest.mark.parametrize("command, blocked, meanwhile", [
    ("reload", "reloaded", "the hub reads its configuration and applies it"),
    ("groups --all", "after_first_page", "asking the hub")])
def test_what_takes_long_says_for_how_long_already(hub, command, blocked, meanwhile):
    """The hub answers only when the terminal has shown two times. At the end that line is erased."""
    event = getattr(hub.answers, blocked)
    event.clear()
    with shown_on_terminal(hub, command) as await_text:
        await_text(f"{meanwhile}, 1 s")
        await_text(f"{meanwhile}, 2 s")
        event.set()
        shown = await_text(None)
    last = shown[shown.rindex(meanwhile):]
    assert "\r\x1b[K" in last and "\x1b[?25l" not in shown and ("needs a restart" in last or "1,031 groups" in last)


def test_with_json_a_terminal_gets_nothing_else(hub):
    """The hub answers four seconds after it was asked: the line would be there after one and a half."""
    hub.answers.reloaded.clear()
    timer = threading.Timer(4, hub.answers.reloaded.set)
    with shown_on_terminal(hub, "reload --json") as await_text:
        assert hub.answers.reload_asked.wait(60)
        timer.start()
        assert json.loads(await_text(None))["status"] == "error"
    timer.join()


# Live

def test_top_sorts_the_busiest_first(hub):
    done = ctl(hub, "--json", "top", "groups", "--filter", "239.1.0.*", "-i", "0.05", "-n", "2", "--rows", "3")
    frames = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(frames) == 2
    for frame in frames:
        assert [row["group"] for row in frame["groups"]] == ["239.1.0.7", "239.1.0.1", "239.1.0.10"]
        assert frame["groups"][0]["copies_per_s"] > 0 == frame["groups"][1]["copies_per_s"]
        assert (frame["sorted_by"], frame["total"]) == ("copies", 250)


@pytest.mark.parametrize("view, sort, first", [("groups", "pps", GROUPS[0]), ("groups", "bps", GROUPS[249]),
                                               ("groups", "peak_pps", GROUPS[249]), ("members", "pps", MEMBERS[0]),
                                               ("senders", None, MEMBERS[0]), ("senders", "peak_pps", MEMBERS[2])])
def test_top_sorts_by_the_hubs_own_rates(hub, view, sort, first):
    done = ctl(hub, "--json", "top", view, *(["--sort", sort] if sort else []), "-i", "0.05", "-n", "2", "--rows", "2")
    frames = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(frames) == 2
    for frame in frames:
        key = "group" if view == "groups" else "name"
        assert frame[view][0][key] == first and len(frame[view]) == 2
        assert (frame["sorted_by"], frame["total"]) == (sort or "pps", 250 if view == "groups" else 3)
        assert set(frame[view][0]) == {key, "pps", "peak_pps", "bps"}


def test_top_filters_by_the_sorted_rate(hub):
    done = ctl(hub, "--json", "top", "--sort", "pps", "--above", "20000", "-n", "1")
    frame = json.loads(done.stdout)
    assert [row["pps"] for row in frame["groups"]] == [100000, 50000, 33333, 25000] and frame["total"] == 4
    done = ctl(hub, "--json", "top", "--above", "0", "-i", "0.05", "-n", "1")
    frame = json.loads(done.stdout)
    assert [row["group"] for row in frame["groups"]] == ["239.1.0.7"] and frame["total"] == 1
    done = ctl(hub, "top", "senders", "--above", "40000", "-n", "1")
    assert "pps ▼" in done.stdout and "tokyo-2" in done.stdout and "gre:" not in done.stdout


def test_rates_carry_the_hubs_names_and_times(hub):
    data = answer(hub, "rates", "member", "tokyo")
    assert data == {"kind": "member", "since_ms": 61500, "age_ms": 300, "rates": [
        {"name": "tokyo-1", "pps": 100000, "bps": 1000, "peak_pps": 200000},
        {"name": "tokyo-2", "pps": 50000, "bps": 2000, "peak_pps": 200001}]}


def test_top_without_a_terminal_prints_tables(hub):
    done = ctl(hub, "top", "members", "--sort", "rx_packets", "-i", "0.05", "-n", "2")
    assert done.stdout.count("rx_packets/s ▼") == 2 and "\x1b" not in done.stdout


def test_watch_gives_rates_of_the_hub(hub):
    done = ctl(hub, "--json", "watch", "-i", "0.05", "-n", "3")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 3
    for line in lines:
        assert line["copies_per_s"] > line["data_packets_per_s"] > 0
        assert line["top_drop"] == "source_denied"


def test_watch_follows_one_group_or_member(hub):
    done = ctl(hub, "watch", "group", "239.1.0.7", "-i", "0.05", "-n", "2")
    assert done.returncode == 0 and "copies" in done.stdout and len(done.stdout.splitlines()) == 3
    assert ctl(hub, "watch", "member", "osaka", "-n", "1").returncode == 1


def test_a_counter_that_went_back_was_started_afresh():
    code = "from mcdpdk_tools.live import rates; print(rates({'a': 900, 'b': 1}, {'a': 100, 'b': 5}, ['a', 'b'], 2))"
    done = subprocess.run(["/usr/bin/python3", "-Bc", code], cwd=MCDPDKCTL.parent, capture_output=True, text=True)
    assert done.stdout == "{'a': 50.0, 'b': 2.0}\n"


# Refusals

def test_the_hubs_error_is_passed_on(hub):
    for command in ("member osaka", "group 239.9.9.9", "join 239.1.1.1 osaka"):
        done = ctl(hub, *command.split())
        assert (done.returncode, done.stdout) == (1, "")
        assert "no such member: osaka" in done.stderr or "no group 239.9.9.9" in done.stderr


def test_programs_get_the_hubs_error_as_json(hub, tmp_path):
    for command in ("member osaka", "group 239.9.9.9", "raw /mcdpdk/member,osaka", "raw /mcdpdk/nothing"):
        done = ctl(hub, "--json", *command.split())
        assert done.returncode == 1 and set(json.loads(done.stdout)) == {"error"}
        assert json.loads(done.stdout)["error"] in done.stderr
    done = run("--json", "--socket", tmp_path / "none", "status")
    assert done.returncode == 3 and "no hub is running" in json.loads(done.stdout)["error"]


def test_a_refused_reload_says_why(hub):
    done = ctl(hub, "reload")
    assert done.returncode == 1
    assert "ports[0].mtu: needs a restart" in done.stderr
    assert json.loads(ctl(hub, "--json", "reload").stdout)["status"] == "error"
    done = ctl(hub, "raw", "/mcdpdk/reload")
    assert done.returncode == 1 and json.loads(done.stdout)["status"] == "error"


def test_a_command_that_the_hub_does_not_know(hub):
    done = ctl(hub, "amt")
    assert done.returncode == 1 and "does not know the command amt" in done.stderr


def test_no_socket(tmp_path):
    done = run("--socket", tmp_path / "none", "status")
    assert done.returncode == 3 and "no hub is running" in done.stderr and "Traceback" not in done.stderr


def test_a_socket_left_behind(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:
        left.bind(str(tmp_path / "left"))
    done = run("--socket", tmp_path / "left", "status")
    assert done.returncode == 3 and "nobody listens" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="gives up root's rights")
def test_permission_denied(hub, public_scripts):
    os.chmod(hub.path, 0o600)
    os.chmod(Path(hub.path).parent, 0o700)
    done = run("--socket", hub.path, "status", program=public_scripts / "mcdpdkctl", user="nobody")
    assert done.returncode == 4 and "permission denied" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="gives up root's rights")
def test_permission_denied_on_the_hub_that_root_runs(public_scripts):
    """A user who may not enter root's folder gets "permission denied", not "no hub is running"."""
    os.makedirs("/var/run/dpdk", mode=0o700, exist_ok=True)
    os.chmod("/var/run/dpdk", 0o700)
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR")}
    done = run("status", program=public_scripts / "mcdpdkctl", user="nobody", env=environment)
    assert done.returncode == 4 and "permission denied on /var/run/dpdk/rte/" in done.stderr


def status_of_another_program(tmp_path, **options):
    stand_in = StandIn(tmp_path / "other", lambda command, params: None, **options)
    try:
        return ctl(stand_in, "status")
    finally:
        stand_in.close()


def test_another_dpdk_program(tmp_path):
    done = status_of_another_program(tmp_path)
    assert done.returncode == 5 and "not mcdpdk" in done.stderr


def test_something_that_is_not_dpdk(tmp_path):
    done = status_of_another_program(tmp_path, greeting=["hello"])
    assert done.returncode == 5 and "not a DPDK telemetry socket" in done.stderr


def test_a_hub_that_ends_meanwhile(tmp_path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(tmp_path / "hub"))
    listener.listen()
    thread = threading.Thread(target=lambda: listener.accept()[0].close())
    thread.start()
    done = run("--socket", tmp_path / "hub", "status")
    thread.join()
    listener.close()
    assert done.returncode == 3 and "Traceback" not in done.stderr


def test_pages_that_turn_in_circles_end(tmp_path):
    stand_in = StandIn(tmp_path / "hub", lambda command, params: {"total": 9, "next": 5, "groups": ["239.1.1.1"]})
    try:
        done = run("--socket", stand_in.path, "groups", "--names")
    finally:
        stand_in.close()
    assert done.returncode == 5 and "repeats" in done.stderr


@pytest.mark.parametrize("words", ["", "frobnicate", "group", "watch group", "top groups --sort tx_bytes",
                                   "top -i 0", "top senders --sort bytes", "rates",
                                   "rates groups", "raw", "raw mcdpdk/stats", "--socket a --file-prefix b status"])
def test_wrong_usage_is_named(words):
    done = run(*words.split())
    assert done.returncode == 2 and "usage:" in done.stderr


@pytest.mark.parametrize("command", [*READABLE, "top -i 0.05", "top members -i 0.05", "watch -i 0.05",
                                     "--json top -i 0.05", "--json watch -i 0.05", "groups --names", "--help"])
def test_whatever_it_prints_head_ends_it_silently(hub, command):
    """No trace of a broken pipe; endless commands end, too."""
    line = f"{MCDPDKCTL} --socket {hub.path} {command} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60)
    assert done.stderr == "" and done.stdout.splitlines()[-1] in ("0", "141")


def test_a_misspelt_member_is_refused_with_the_nearest_name(hub):
    for command in ("member tokio-1", "explain tokio-1 239.1.1.1", "join 239.1.1.1 tokio-1", "watch member tokio-1"):
        done = ctl(hub, *command.split())
        assert (done.returncode, done.stdout) == (1, "")
        assert "no such member: tokio-1; did you mean tokyo-1?" in done.stderr
    done = ctl(hub, "--json", "explain", "tokio-1", "239.1.1.1")
    assert done.returncode == 1 and "did you mean tokyo-1?" in json.loads(done.stdout)["error"]


def test_a_reader_that_has_enough_ends_it_silently(hub):
    command = f"{MCDPDKCTL} --socket {hub.path} --json groups | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("{\n141\n", "")


def test_the_file_prefix_chooses_the_socket(tmp_path):
    directory = tmp_path / "dpdk" / "blue"
    directory.mkdir(parents=True)
    stand_in = StandIn(directory / "dpdk_telemetry.v2", Answers())
    environment = {**os.environ, "RUNTIME_DIRECTORY": str(tmp_path)}
    try:
        assert run("--file-prefix", "blue", "status", env=environment).returncode == 0
        done = run("status", env=environment)
    finally:
        stand_in.close()
    assert done.returncode == 3
    assert "dpdk/rte/dpdk_telemetry.v2" in done.stderr and "blue" in done.stderr


def test_sockets_left_behind_do_not_count_as_other_programs(tmp_path):
    for prefix in ("blue", "gone"):
        (tmp_path / "dpdk" / prefix).mkdir(parents=True)
    stand_in = StandIn(tmp_path / "dpdk" / "blue" / "dpdk_telemetry.v2", Answers())
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as left:
            left.bind(str(tmp_path / "dpdk" / "gone" / "dpdk_telemetry.v2"))
        done = run("status", env={**os.environ, "RUNTIME_DIRECTORY": str(tmp_path)})
    finally:
        stand_in.close()
    assert "blue" in done.stderr and "gone" not in done.stderr


# check

def program(path, status):
    path.write_text(f"#!/bin/sh\necho \"$3: members[0].address: wrong\" >&2\nexit {status}\n"
                    if status else "#!/bin/sh\n[ \"$1 $2\" = '-t -c' ]\n")
    path.chmod(0o755)
    return path


def test_check_asks_the_program(tmp_path):
    good, bad = program(tmp_path / "good", 0), program(tmp_path / "bad", 2)
    assert run("check", "groups.json", "--mcdpdk", good).stdout == "groups.json: ok\n"
    done = run("check", "groups.json", "--mcdpdk", bad)
    assert (done.returncode, done.stderr) == (2, "groups.json: members[0].address: wrong\n")
    data = json.loads(run("--json", "check", "groups.json", "--mcdpdk", bad).stdout)
    assert data == {"status": "error", "errors": ["groups.json: members[0].address: wrong"], "warnings": []}


def test_check_says_what_the_program_says(tmp_path):
    """In text and status, as `mcdpdk -t` does: on a good file, one with a warning, and a wrong one."""
    port = {"address": "10.0.0.10/24", "gateway": "10.0.0.1"}
    for config, status in (({"ports": [port]}, 0),
                           ({"ports": [port], "members": [{"name": "m", "address": "10.0.0.1"}]}, 0),
                           ({"ports": []}, 2)):
        file = tmp_path / "groups.json"
        file.write_text(json.dumps(config))
        done = run("check", file, "--mcdpdk", PROGRAM)
        asked = subprocess.run([PROGRAM, "-t", "-c", file], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (status, asked.stdout, asked.stderr)
        assert done.stdout.startswith(f"{file}: ok: 1 port, ") == (status == 0)


def test_check_keeps_warnings_apart(tmp_path):
    warns = tmp_path / "warns"
    warns.write_text("#!/bin/sh\necho 'warning: x.json: members: more than fit' >&2\n")
    warns.chmod(0o755)
    done = run("--json", "check", "x.json", "--mcdpdk", warns)
    assert (done.returncode, json.loads(done.stdout)) == (
        0, {"status": "ok", "errors": [], "warnings": ["x.json: members: more than fit"]})


def test_check_finds_the_program_in_the_path(tmp_path):
    program(tmp_path / "mcdpdk", 2)
    done = run("check", "x.json", env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 2


def test_check_with_a_program_that_is_not_there():
    assert run("check", "x.json", "--mcdpdk", "/nowhere/mcdpdk").returncode == 1


# Capture

@pytest.fixture(name="dumpcap")
def fixture_dumpcap(tmp_path):
    """A folder for PATH with a dpdk-dumpcap that prints its arguments and what it is run with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "dpdk-dumpcap"
    script.write_text('#!/bin/sh\nprintf "%s\\n" "$@"; echo "$RUNTIME_DIRECTORY $(umask)"; exit ${CAPTURES:-0}\n')
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:/usr/bin:/bin", "RUNTIME_DIRECTORY": "/elsewhere"}


def captured_by(hub, environment, *words):
    return run("--socket", hub.path, "capture", "-o", "hub.pcap", *words, env=environment)


def test_capture_runs_dumpcap_for_all_ports_of_the_hub(hub, dumpcap, tmp_path):
    """Its file prefix is the folder of the socket. This test is the hub: its runtime folder is what counts, and it is
    root's."""
    runtime = os.environ.get("RUNTIME_DIRECTORY", "/var/run")
    done = captured_by(hub, dumpcap)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [f"--file-prefix={tmp_path.name}", "-w", "hub.pcap", "-i", "net_af_packet0", runtime,
                                   "0022", "written", "to", "hub.pcap"]
    done = captured_by(hub, dumpcap, "--json", "tokyo-1", "-n", "7", "--seconds", "60", "--port", "net_af_packet0")
    data = json.loads(done.stdout)
    assert (data["file"], data["filter"]) == ("hub.pcap", "host 10.0.0.12")
    assert data["said"].split("\n")[3:-1] == ["-f", "host 10.0.0.12", "-i", "net_af_packet0", "-c", "7", "-a",
                                              "duration:60"]


@pytest.mark.parametrize("group, terms", [
    ("239.1.1.1", ["ip[16:4] = 0xef010101", "ip[44:4] = 0xef010101", "ip6[64:4] = 0xef010101"]),
    ("ff05::1", ["ip6[24:4] = 0xff050000", "ip[56:4] = 0xff050000", "ip6[76:4] = 0xff050000"]),
    ("239.192.0.0/16", ["ip[16:4] & 0xffff0000 = 0xefc00000"]),
    ("232.8.8.8,10.0.0.12", ["ip[16:4] = 0xe8080808 and ip[12:4] = 0xa00000c"])])
def test_capture_of_a_group_is_a_filter_that_libpcap_compiles(hub, dumpcap, group, terms):
    expression = json.loads(captured_by(hub, dumpcap, "--json", group).stdout)["filter"]
    assert all(term in expression for term in terms)
    subprocess.run(["tcpdump", "-y", "EN10MB", "-d", expression], stdout=subprocess.DEVNULL, check=True)


def test_capture_says_why_it_cannot(hub, dumpcap, tmp_path, public_scripts):
    """No such member, port or program, a hub that dumpcap cannot attach to, a dumpcap that fails, and a user who may
    ask the hub but not map its memory."""
    for words, said in ((["osaka"], "no such member: osaka"), (["10.0.0.1"], "no such member: 10.0.0.1"),
                        (["--port", "eth9"], "no such port: eth9; ports are net_af_packet0")):
        done = captured_by(hub, dumpcap, *words)
        assert done.returncode == 1 and said in done.stderr and done.stdout == ""
    done = captured_by(hub, {**dumpcap, "CAPTURES": "3"})
    assert done.returncode == 1 and "dpdk-dumpcap ended with 3" in done.stderr
    done = captured_by(hub, {**dumpcap, "PATH": str(tmp_path)})
    assert done.returncode == 1 and "no dpdk-dumpcap in PATH" in done.stderr
    os.chmod(hub.path, 0o777)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o755)
    done = run("--socket", hub.path, "capture", "-o", "hub.pcap", program=public_scripts / "mcdpdkctl", env=dumpcap,
               user="nobody")
    assert done.returncode == 4 and "capture as root" in done.stderr
    hub.answers.obstacle = "no hugepages"
    done = captured_by(hub, dumpcap)
    assert done.returncode == 1 and "cannot attach to this hub: no hugepages" in done.stderr


# Completion and manual

def completed(*words):
    return complete(COMPLETION, "_mcdpdkctl", MCDPDKCTL, *words)


def test_completion_of_commands_and_names(hub):
    assert completed("mem") == ["members", "member"]
    here = ["--socket", hub.path]
    assert completed(*here, "member", "tok") == ["tokyo-1", "tokyo-2"]
    assert completed(*here, "join", "239.1.4.30") == ["239.1.4.30"]
    assert completed(*here, "top", "m") == ["members"]
    assert completed(*here, "rates", "s") == ["sender"]
    assert completed(*here, "streams", "tok") == ["tokyo-1", "tokyo-2"]
    assert completed("budget", "--r") == ["--rate"]
    assert completed(*here, "capture", "tok") == ["tokyo-1", "tokyo-2"]
    assert completed(*here, "capture", "239.1.4.30") == ["239.1.4.30"]
    assert completed(*here, "raw", "/mc") == ["/mcdpdk/info", "/mcdpdk/stats"]
    # As the shell divides ff05::1.
    assert completed(*here, "join", "ff05", "::", "1", "tok") == ["tokyo-1", "tokyo-2"]


def test_completion_knows_every_command():
    usage = run("--help").stdout
    commands = set(re.findall(r"^    ([a-z]+) ", usage, re.MULTILINE))
    assert set(completed("")) == commands


def test_the_manual_names_every_command():
    commands = set(re.findall(r"^    ([a-z]+) ", run("--help").stdout, re.MULTILINE))
    text = MANUAL.read_text()
    assert {name for name in commands if not re.search(rf"^\.B[RI]? \"?{name}\b", text, re.MULTILINE)} == set()


@pytest.mark.parametrize("line", example_commands(MANUAL, "mcdpdkctl"))
def test_the_manuals_examples_run(hub, tmp_path, line):
    hub.answers.peers_of, hub.answers.placement_of = [peer("hub-b", serves=1)], placement()
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "mcdpdkctl").symlink_to(MCDPDKCTL)
    program(tools / "mcdpdk", 0)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    command = line.replace("mcdpdkctl ", f"mcdpdkctl --socket {hub.path} ", 1)
    if " top" in command or " watch" in command:
        command = re.sub(r" (top|watch)", r" \1 -i 0.05 -n 1", command, count=1)
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], env=environment, capture_output=True,
                          text=True, timeout=60)
    refused = " reload" in command
    assert done.returncode == int(refused), done.stderr

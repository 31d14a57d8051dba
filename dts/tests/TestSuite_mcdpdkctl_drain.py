# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdkctl drain, and what mcdpdkctl says of members that hubs share, against a socket that answers like the hub's.

    mcdpdkctl --socket S  <---- SOCK_SEQPACKET ---->  StandIn (a thread of this test)

TestSuite_domain_shared.py drains real hubs.
"""

import json
import signal
import subprocess
from contextlib import contextmanager

import pytest

from manual import complete
from paths import SOURCE
from stand_in import MEMBERS, Answers, StandIn, peer, placement
from waiting import await_condition

MCDPDKCTL = SOURCE / "scripts" / "mcdpdkctl"
COMPLETION = SOURCE / "scripts" / "completion" / "mcdpdkctl"
LEFT = 6


@pytest.fixture
def hub(tmp_path):
    stand_in = StandIn(tmp_path / "hub", Answers())
    stand_in.answers.peers_of, stand_in.answers.placement_of = [peer("hub-b", serves=1)], placement()
    yield stand_in
    stand_in.close()


@contextmanager
def started(hub, *args):
    # A shell starts what runs in the background with SIGINT ignored, and that is inherited.
    process = subprocess.Popen([MCDPDKCTL, "--socket", hub.path, *map(str, args)], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    with process:
        try:
            yield process
        finally:
            process.kill()


def ctl(hub, *args):
    with started(hub, *args) as process:
        output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def is_draining(hub):
    return hub.answers.placement_of["draining"]


# drain

def test_drain_waits_until_nobody_is_left(hub):
    """The last answer is never asked for."""
    hub.answers.drained = [(3, 0), (2, 0), (2, 1), (1, 1), (0, 0), (9, 9)]
    assert ctl(hub, "drain") == (0, "drained: this hub serves no member any more, and may be stopped\n", "")
    assert hub.answers.drained == [(9, 9)] and is_draining(hub)


def test_drain_is_one_document_for_programs(hub):
    hub.answers.drained = [(3, 0), (0, 0)]
    status, output, _ = ctl(hub, "drain", "--json")
    assert (status, json.loads(output)) == (
        0, {"status": "ok", "message": "as the hub says it", "left": 0, "coming": 0, "draining": 1, "hint": "",
            "members": []})


def test_drain_does_not_wait_for_members_that_nobody_moves(hub):
    """Of five members three are moved, and two of those that come by themselves go."""
    hub.answers.drained = [(5, 3), (4, 3), (3, 3), (2, 2)]
    hub.answers.servers = {"tokyo-1": "hub-a", "tokyo-2": "hub-a"}
    status, output, _ = ctl(hub, "drain")
    assert status == LEFT and is_draining(hub)
    assert output == ("2 members are still served by this hub: they come by themselves, or no other hub takes them\n"
                      "left: tokyo-1, tokyo-2\n")


def test_drain_ends_at_its_time_out_and_leaves_the_hub_draining(hub):
    hub.answers.drained, hub.answers.servers = [(1, 0)], {"tokyo-2": "hub-a"}
    status, output, _ = ctl(hub, "drain", "--timeout", 0.5)
    assert (status, output) == (LEFT, "1 member is still served by this hub\nleft: tokyo-2\n") and is_draining(hub)


@pytest.mark.parametrize(("agent", "age_s", "hint"), [
    ("connected", 0, ""),
    ("connected; hub-a drains", 0, ""),
    ("connected; hub-a drains; the handover waits for hub-b", 0,
     "mcdpdk-domain: connected; the handover waits for hub-b"),
    ("connected; hub-a and 1 more drain", 0, "mcdpdk-domain: connected; hub-a and 1 more drain"),
    ("etcd unreachable since 12:08:49", 0, "mcdpdk-domain: etcd unreachable since 12:08:49"),
    ("connected", 61, "mcdpdk-domain has not asked for 1 min 1 s")])
def test_drain_that_does_not_go_on_says_what_the_agent_says(hub, agent, age_s, hint):
    hub.answers.drained, hub.answers.agent, hub.answers.agent_age_s = [(1, 0)], agent, age_s
    shown = ["1 member is still served by this hub", *([hint] if hint else [])]
    for words in (["--timeout", 0.3], ["--no-wait"]):
        assert ctl(hub, "drain", *words)[1].splitlines() == shown
    assert json.loads(ctl(hub, "drain", "--timeout", 0.3, "--json")[1])["hint"] == hint
    hub.answers.drained = [(0, 0)]
    assert ctl(hub, "drain")[1].splitlines() == ["drained: this hub serves no member any more, and may be stopped"]


def test_drain_says_what_the_agent_says_while_it_waits(hub):
    hub.answers.drained, hub.answers.agent = [(3, 0)], "etcd unreachable since 2026-11-30T12:08:49Z"
    # Longer than a line of progress takes to appear.
    command = f"{MCDPDKCTL} --socket {hub.path} drain --timeout 2.5"
    done = subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, text=True, timeout=60)
    assert done.returncode == LEFT
    assert "draining, 3 members left: etcd unreachable since 2026-11-30T12:08:49Z, " in done.stdout


def test_drain_names_ten_of_those_that_are_left(hub):
    hub.answers.drained, hub.answers.servers = [(40, 0)], {f"m{n}": "hub-a" for n in range(40)}
    hub.answers.member_names = [*MEMBERS, *hub.answers.servers]
    names = [f"m{n}" for n in range(10)]
    assert f"left: {', '.join(names)} and 30 more" in ctl(hub, "drain", "--timeout", 0.3)[1].splitlines()
    assert json.loads(ctl(hub, "drain", "--timeout", 0.3, "--json")[1])["members"] == names


@pytest.mark.parametrize(("left", "coming", "words"), [
    (3, 0, "3 members are still served by this hub"),
    (3, 2, "3 members are still served by this hub; 2 of them come by themselves, or no other hub takes them"),
    (3, 1, "3 members are still served by this hub; 1 of them comes by itself, or no other hub takes it"),
    (1, 1, "1 member is still served by this hub: it comes by itself, or no other hub takes it")])
def test_drain_says_why_members_stay(hub, left, coming, words):
    hub.answers.drained = [(left, coming)]
    assert ctl(hub, "drain", "--no-wait")[1] == f"{words}\n"


def test_drain_need_not_wait(hub):
    hub.answers.drained = [(3, 1), (2, 1)]
    status, _, _ = ctl(hub, "drain", "--no-wait")
    assert status == 0
    assert hub.answers.drained == [(2, 1)] and is_draining(hub)


def test_drain_can_be_taken_back(hub):
    hub.answers.placement_of["draining"] = 1
    assert ctl(hub, "drain", "--end") == (0, "taken back: the hub serves members again\n", "")
    assert not is_draining(hub)


def test_drain_that_another_takes_back_says_so(hub):
    """It does not begin again."""
    hub.answers.drained = [(1, 0)] * 3
    with started(hub, "drain") as process:
        await_condition(lambda: len(hub.answers.drained) < 3, "the drain has begun")
        hub.answers.drain("end")
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and "taken back meanwhile" in errors and not is_draining(hub)


def test_control_c_leaves_the_hub_draining_and_says_so(hub):
    hub.answers.drained = [(1, 0)] * 3
    with started(hub, "drain") as process:
        await_condition(lambda: len(hub.answers.drained) < 2, "it waits")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert errors == "mcdpdkctl: interrupted: the hub goes on draining; mcdpdkctl drain --end takes it back\n"
    assert is_draining(hub)


def test_a_hub_in_no_domain_refuses_to_drain(hub):
    hub.answers.peers_of = None
    for words in (["drain"], ["drain", "--no-wait"], ["drain", "--end"]):
        status, output, errors = ctl(hub, *words)
        assert (status, output, errors) == (1, "", "mcdpdkctl: no domain is configured\n")


@pytest.mark.parametrize("words", ["drain --end --no-wait", "drain --end --timeout 5", "drain --timeout 0",
                                   "drain hub-b"])
def test_drain_takes_no_words_that_mean_nothing(hub, words):
    status, _, errors = ctl(hub, *words.split())
    assert status == 2 and "usage:" in errors and not is_draining(hub)


def test_completion_of_drain(hub):
    shown = complete(COMPLETION, "_mcdpdkctl", MCDPDKCTL, "--socket", hub.path, "drain", "--")
    assert {"--end", "--no-wait", "--timeout", "--json"} <= set(shown)
    assert complete(COMPLETION, "_mcdpdkctl", MCDPDKCTL, "drain", "--timeout", "") == []


# peers and member

WORDS = [({}, "this hub serves 3 of 9 shared members; placement 7"),
         ({"claims": 1},
          "this hub serves 3 of 9 shared members, 1 of them by claim: it came here or has to stay; placement 7"),
         ({"claims": 2},
          "this hub serves 3 of 9 shared members, 2 of them by claim: they came here or have to stay; placement 7"),
         ({"phase": "switch"},
          "this hub serves 3 of 9 shared members; placement 7, switch: a handover is under way"),
         ({"applied": 0},
          "this hub serves 3 of 9 shared members; placement 7, settled: a handover is under way"),
         ({"phase": "none", "generation": 0, "serves": 0},
          "shared members: no placement yet, mcdpdk-domain has told this hub none"),
         ({"draining": 1}, "this hub drains: 3 members left"),
         ({"draining": 1, "serves": 0}, "this hub drains: no member is left, it may be stopped")]


@pytest.mark.parametrize(("more", "words"), WORDS)
def test_above_the_peers_stands_who_serves_whom(hub, more, words):
    hub.answers.placement_of |= more
    assert words in ctl(hub, "peers")[1].splitlines()


def test_peers_say_which_of_them_take_members(hub):
    hub.answers.peers_of = [peer("hub-b", serves=1), peer("hub-c", 1, serves=0)]
    status, output, _ = ctl(hub, "peers")
    heading, *rows = [line.split() for line in output.splitlines() if line.startswith(("name", "hub-"))]
    place = heading.index("serves")
    # "1 min 1 s" is one cell of four words.
    assert status == 0 and [row[place + 3] for row in rows] == ["yes", "no"]
    data = json.loads(ctl(hub, "peers", "--json")[1])
    assert data["placement"] == placement() and [record["serves"] for record in data["peers"]] == [1, 0]


def test_peers_of_hubs_with_members_of_their_own_say_nothing_of_it(hub):
    hub.answers.placement_of, hub.answers.peers_of = None, [peer("hub-b")]
    status, output, _ = ctl(hub, "peers")
    assert status == 0 and "shared" not in output and "serves" not in output
    assert "placement" not in json.loads(ctl(hub, "peers", "--json")[1])


@pytest.mark.parametrize(("server", "shown"), [("hub-b", "hub-b"), ("", "none")])
def test_a_member_has_a_server_or_none(hub, server, shown):
    hub.answers.server = server
    assert ["server", shown] in [line.split() for line in ctl(hub, "member", "tokyo-1")[1].splitlines()]


def test_explain_says_that_this_hub_serves_none_of_the_shared_receivers(hub):
    """Not that the group has no receiver."""
    hub.answers.unserved = "this hub serves none of the shared receivers: the placement is without it"
    shown = ctl(hub, "explain", "tokyo-1", "239.1.1.1")[1]
    assert shown.startswith(f"dropped: no_receiver ({hub.answers.unserved})\n") and "except the sender" not in shown
    assert shown.count(hub.answers.unserved) == 1

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdkctl drain: have the other hubs of the domain serve this hub's members, and wait until they do."""

import time

from . import domain
from .progress import Progress
from .telemetry import HubError, records
from .words import plural

POLL_S = 0.2
# Members that come by themselves move when their client notices, if they have one.
PATIENCE_S = 5.0
NAMES_MAX = 10

# Exit status: members are still served by this hub.
LEFT = 6


class TakenBack(HubError):
    """Another operator ended the drain."""


class Interrupted(HubError):
    """By control-C."""

    exit_status = 130


def begin(hub):
    """Repeated, it only asks how far the drain is."""
    return {**hub.ask("drain"), "draining": 1}


def end(hub):
    return {**hub.ask("drain", "end"), "draining": 0}


def hint(own):
    """What mcdpdk-domain says, if it may be why a drain does not go on. Members that are not shared need no agent."""
    said = own["agent"].replace(f"; {own['hub']} drains", "", 1)
    if not domain.is_shared(own) or (not domain.is_away(own) and said == domain.CONNECTED):
        return ""
    return domain.agent_words({**own, "agent": said})


def left_words(answer):
    left, coming = answer["left"], answer["coming"]
    served = f"{plural(left, 'member')} {'is' if left == 1 else 'are'} still served by this hub"
    if coming == 0:
        return served
    who = f"; {coming:,} of them" if coming < left else ": it" if left == 1 else ": they"
    why = ("comes by itself, or no other hub takes it" if coming == 1 else
           "come by themselves, or no other hub takes them")
    return f"{served}{who} {why}"


def words(answer):
    """What is left, and why, a line each."""
    if answer["left"] == 0:
        return ["drained: this hub serves no member any more, and may be stopped"]
    lines = [left_words(answer)]
    names = answer.get("members", [])
    if names:
        more = answer["left"] - len(names)
        lines.append(f"left: {', '.join(names)}" + (f" and {more:,} more" if more > 0 else ""))
    return lines + ([answer["hint"]] if answer["hint"] else [])


def progress_words(answer):
    """Short: a line of the terminal."""
    why = answer["hint"].removeprefix(domain.AGENT)
    return f"draining, {plural(answer['left'], 'member')} left{': ' if why else ''}{why}"


def names_left(hub, own):
    """Some of the shared members that this hub serves: others have no server."""
    names = []
    if not domain.is_shared(own):
        return names
    for page in hub.pages("member_table"):
        names += [row["name"] for row in records(page) if row.get("server") == own["hub"]]
        if len(names) >= NAMES_MAX:
            break
    return names[:NAMES_MAX]


class Waiting:
    """Whether there is something to wait for: not for those that nobody moves, if none of them went for a while."""

    def __init__(self, timeout_s):
        self._end = None if timeout_s is None else time.monotonic() + timeout_s
        self._fewest, self._fell = None, time.monotonic()

    def is_over(self, answer):
        now, left = time.monotonic(), answer["left"]
        if self._fewest is None or left < self._fewest:
            self._fewest, self._fell = left, now
        are_all_coming = left == answer["coming"] and now - self._fell >= PATIENCE_S
        return left == 0 or are_all_coming or (self._end is not None and now >= self._end)


def drain(hub, wait=True, timeout_s=None, is_shown=True):
    """The last answer of the hub, which is {"status": "error"} if it refused; with a hint, and if it waited, names of
    members that are left."""
    answer = begin(hub)
    if answer["status"] != "ok":
        return answer
    own = hub.ask("domain")
    answer["hint"] = hint(own)
    if not wait:
        return answer
    waiting = Waiting(timeout_s)
    try:
        with Progress("draining", is_wanted=is_shown) as progress:
            while not waiting.is_over(answer):
                progress.text = progress_words(answer)
                time.sleep(POLL_S)
                own = hub.ask("domain")
                if not own["draining"]:
                    raise TakenBack("the drain was taken back meanwhile: this hub serves members again")
                answer = {**begin(hub), "hint": hint(own)}
            return {**answer, "members": names_left(hub, own) if answer["left"] else []}
    except KeyboardInterrupt:
        raise Interrupted("interrupted: the hub goes on draining; mcdpdkctl drain --end takes it back") from None

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdkctl drain: have the other hubs of the domain serve this hub's members, and wait until they do."""

import time

from .progress import Progress
from .telemetry import HubError
from .words import plural

POLL_S = 0.2
# Members that come by themselves move when their client notices, if they have one.
PATIENCE_S = 5.0

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


def is_draining(hub):
    return bool(hub.ask("domain")["draining"])


def words(answer):
    """What is left."""
    left, coming = answer["left"], answer["coming"]
    if left == 0:
        return "drained: this hub serves no member any more, and may be stopped"
    served = f"{plural(left, 'member')} {'is' if left == 1 else 'are'} still served by this hub"
    if coming == 0:
        return served
    some = "" if coming == left else f", {coming:,} of them"
    come = "it comes to another by itself" if coming == 1 else "they come to another by themselves"
    return f"{served}{some} until {come}"


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
    """The last answer of the hub, which is {"status": "error"} if it refused."""
    answer = begin(hub)
    if not wait or answer["status"] != "ok":
        return answer
    waiting = Waiting(timeout_s)
    try:
        with Progress("draining", is_wanted=is_shown) as progress:
            while not waiting.is_over(answer):
                progress.text = f"draining: {words(answer)}"
                time.sleep(POLL_S)
                if not is_draining(hub):
                    raise TakenBack("the drain was taken back meanwhile: this hub serves members again")
                answer = begin(hub)
    except KeyboardInterrupt:
        raise Interrupted("interrupted: the hub goes on draining; mcdpdkctl drain --end takes it back") from None
    return answer

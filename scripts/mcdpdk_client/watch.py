# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Stay and repair the path: a NIC that goes down loses its routes, a firewall reload deletes tables,
a DHCP client changes the address, sysctl.d turns rp_filter on."""

import contextlib
import io
import os
import socket

from . import state as kept
from .changes import Changes
from .diagnosis import hub_answers
from .output import complain, say
from .path import bring_up, settings_now
from .settings import settings_of
from .system import Failure, NotThere, WrongArgument

# The kernel does not announce every change.
INTERVAL_S = 10.0


class TakenDown(Exception):
    """Somebody ran `down`."""


def notify(text):
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        try:
            opened.sendto(text.encode(), path.replace("@", "\0", 1) if path[0] == "@" else path)
        except OSError as error:
            complain(f"cannot notify systemd: {error}")


class Watch:
    def __init__(self, args, asked):
        self.args, self.asked = args, asked
        self.is_up = False
        self.settings = None
        self.said = None
        self.answers = None

    def wanted(self):
        state = kept.load()
        if state is None and self.is_up:
            raise TakenDown
        if state is None and self.asked is None:
            raise Failure("nothing is up, and no options are given")
        if state and (self.is_up or self.asked in (None, state.get("asked"))):
            return settings_now(state), state.get("asked")
        return settings_of(self.args), self.asked

    def repair(self):
        """Repair once. A failure is reported once; its commands are not shown again by later attempts."""
        shown = contextlib.redirect_stdout(io.StringIO()) if self.said else contextlib.nullcontext()
        try:
            with kept.locked(), shown:
                self.settings, asked = self.wanted()
                taken = bring_up(self.settings, asked)
            if taken or self.said or not self.is_up:
                done = ", ".join(a_step["what"] for a_step in taken) or "nothing to do"
                say(f"{'repaired' if self.is_up else 'up ' + str(self.settings)}: {done}")
            self.is_up, self.said = True, None
        except Failure as failure:
            if isinstance(failure, WrongArgument) and not isinstance(failure, NotThere) and not self.is_up:
                raise
            if str(failure) != self.said:
                complain(f"{failure}; trying again")
            self.said = str(failure)

    def ask_hub(self):
        if self.settings is None:
            return
        try:
            answers = hub_answers(self.settings)
        except OSError:
            answers = False
        if answers != self.answers:
            hub = self.settings.hub
            say(f"the hub {hub} answers" if answers else
                f"the hub {hub} does not answer: `mcdpdk-client test` says why")
            notify(f"STATUS={self.settings}, which {'answers' if answers else 'does not answer'}")
        self.answers = answers

    def run(self):
        with Changes() as changes:
            self.repair()
            self.ask_hub()
            notify("READY=1")
            try:
                while not changes.ended:
                    changes.forget()
                    changes.wait(INTERVAL_S)
                    if not changes.ended:
                        self.repair()
                        self.ask_hub()
            except TakenDown:
                say("taken down by somebody else")
                return 0
            notify("STOPPING=1")
            return self.end()

    def end(self):
        """Take down the path only if this `watch` set it up."""
        if self.asked is None:
            return 0
        with kept.locked():
            state = kept.load()
            return 1 if state and kept.undo(state) else 0

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Stay and repair the path: a NIC that goes down loses its routes, a firewall reload deletes tables,
a DHCP client changes the address, sysctl.d turns rp_filter on. With several hubs, leave one that is gone."""

import contextlib
import io
import os
import socket

from . import handover
from . import state as kept
from .changes import Changes
from .diagnosis import hub_answers
from .hub_watch import HubWatch, clock, first_answering
from .output import complain, say
from .path import asked_in, bring_up, led_to, settings_in_force, settings_now
from .settings import check_combination, settings_of
from .soft_handover import SoftHandover
from .system import Failure, NotThere, WrongArgument

# The kernel does not announce every change.
INTERVAL_S = 10.0
# How long a failed move is not tried again.
RETRY_S = 1.0
# How long a busy service manager is waited for to take what it has to know.
STATE_PATIENCE_S = 5.0


class TakenDown(Exception):
    """Somebody ran `down`."""


def notify(text, patience_s=0):
    """A manager that does not read holds up nobody: the next status says more."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.settimeout(patience_s)
        try:
            opened.sendto(text.encode(), path.replace("@", "\0", 1) if path[0] == "@" else path)
        except BlockingIOError:
            pass
        except OSError as error:
            complain(f"cannot notify systemd: {error}")


def send(function, settings):
    # A device that is gone is made anew by the next repair; a dead hub takes no leave.
    with contextlib.suppress(OSError):
        function(settings)


class Watch:
    def __init__(self, args, asked):
        self.args, self.asked = args, asked
        self.is_up = False
        self.lost = None  # settings and options of a path that a failed move has taken down
        self.settings = None
        self.said = None
        self.reported = None  # hub, and what it says
        self.switch = None  # HubSwitch, while there are several hubs

    def wanted(self):
        state = kept.load()
        if state is None and self.lost:
            return self.lost
        if state is None and self.is_up:
            raise TakenDown
        if state is None and self.asked is None:
            raise Failure("nothing is up, and no options are given")
        if state and (self.is_up or self.lost or self.asked in (None, asked_in(state))):
            return settings_now(state), asked_in(state)
        check_combination(self.args)
        return settings_of(self.args, first_answering(self.args.hub)), self.asked

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
            if self.lost:
                send(handover.report, self.settings)
            self.is_up, self.lost, self.said = True, None, None
        except Failure as failure:
            if isinstance(failure, WrongArgument) and not isinstance(failure, NotThere) and not self.is_up:
                raise
            if str(failure) != self.said:
                complain(f"{failure}; trying again")
            self.said = str(failure)

    def look(self):
        """Repair, and see whether the hub answers. With several hubs, they are asked all the time."""
        self.repair()
        if self.settings is None:
            return
        if not self.is_up or len(self.settings.hubs) < 2:
            self.end_switch()
            self.ask_hub()
        elif self.switch is None or not self.switch.is_of(self.settings):
            self.end_switch()
            self.switch = HubSwitch(self, self.settings)

    def end_switch(self):
        if self.switch:
            self.switch.close()
        self.switch = None

    def ask_hub(self):
        try:
            answers = hub_answers(self.settings)
        except OSError:
            answers = False
        self.report(answers)

    def report(self, answers, drains=False):
        hub = self.settings.hub
        does = "does not answer" if not answers else "drains" if drains else "answers"
        if (hub, does) != self.reported:
            say(f"the hub {hub} {does}" + ("" if answers else ": `mcdpdk-client test` says why"))
            notify(f"STATUS={self.settings}, which {does}")
        self.reported = hub, does

    def prepare(self, move):
        """The handover to a hub that is to serve before the path leads to it, or None if it cannot begin."""
        with kept.locked():
            state = kept.load()
        if state is None:
            raise TakenDown
        before = settings_in_force(state)
        try:
            return SoftHandover(before, settings_of(self.args_of(asked_in(state)), move.to))
        except (Failure, OSError) as failure:
            complain(f"{failure}; the path stays with {before.hub}")
            return None

    def move(self, to, why, settings=None):
        """Returns the settings before, or None if the path could not be led to the other hub. settings: of the new
        path, if they are known already."""
        with kept.locked():
            state = kept.load()
            if state is None:
                raise TakenDown
            before, asked = settings_in_force(state), asked_in(state)
            try:
                if settings is None or not settings.is_of_another_hub(before):
                    settings = settings_of(self.args_of(asked), to)
                say(f"to the hub {to}: {why}")
                if led_to(settings, asked, state, why) is None:
                    bring_up(settings, asked, why)
            except Failure as failure:
                complain(f"{failure}; the path stays with {before.hub}")
                if kept.load() is None:
                    self.restore(before, asked)
                return None
        self.settings = settings
        notify(f"STATUS={settings}: {why}")
        return before

    def restore(self, before, asked):
        """The path that a failed move has taken down. If it cannot be made again now, `repair` tries again."""
        try:
            bring_up(before, asked)
        except Failure as failure:
            complain(f"{failure}; trying again")
            self.is_up, self.lost, self.said = False, (before, asked), str(failure)

    def args_of(self, asked):
        return type(self.args)(**{**vars(self.args), **asked, "dry_run": False})

    def run(self):
        with Changes() as changes:
            self.look()
            notify("READY=1", STATE_PATIENCE_S)
            try:
                while not changes.ended:
                    changes.forget()
                    changes.wait(INTERVAL_S, self.switch)
                    if not changes.ended:
                        self.look()
            except TakenDown:
                say("taken down by somebody else")
                return 0
            finally:
                self.end_switch()
            notify("STOPPING=1", STATE_PATIENCE_S)
            return self.end()

    def end(self):
        """Take down the path only if this `watch` set it up."""
        if self.asked is None:
            return 0
        with kept.locked():
            state = kept.load()
            return 1 if state and kept.undo(state) else 0


class HubSwitch:
    """The part of a watch that has several hubs: served by `Changes.wait`."""

    def __init__(self, watch, settings):
        self.watch = watch
        self.hubs = HubWatch(settings.hubs, settings.hub, watch.args.interval, watch.args.misses, watch.args.recover)
        self.soft = None  # SoftHandover, while one is under way
        self.scheduled = []  # (time, function, settings): reports and leaves to be sent
        self.left = {}  # hubs that had failed when they were left, with the settings that led there
        self.retry_at = 0.0
        self.refused = False

    def is_of(self, settings):
        return (self.hubs.names, self.hubs.in_use) == (settings.hubs, settings.hub)

    def sockets(self):
        return [self.hubs.socket, *([self.soft.socket] if self.soft else [])]

    def due(self):
        return min([self.hubs.due(), *([self.soft.due()] if self.soft else []),
                    *(max(0.0, at - clock()) for at, *_ in self.scheduled)])

    def serve(self):
        """Whether the path is to be looked at."""
        move = self.hubs.serve()
        moved = self.go_on(self.hubs.wanted()) if self.soft else self.begin(move)
        if self.hubs.answers is not None:
            self.watch.report(self.hubs.answers, self.hubs.drains)
        for hub in [hub for hub in self.left if self.hubs.answers_by_address(hub)]:
            # It may have kept the membership over its death.
            self.schedule(handover.leave, self.left.pop(hub))
        self.send_due()
        was_refused, self.refused = self.refused, self.hubs.failover.is_refused
        return moved or not self.watch.is_up or (self.refused and not was_refused)

    def begin(self, move):
        """Whether the path was moved. One that a failed move has taken down is made again before the next attempt."""
        if move is None or not self.watch.is_up or clock() < self.retry_at:
            return False
        if not move.is_gentle:
            return self.move(move)
        # A hub of a domain that hears from this member after the next one does takes it back.
        self.scheduled = [item for item in self.scheduled if item[1] is not handover.report]
        self.soft = self.watch.prepare(move)
        if self.soft is None:
            self.retry_at = clock() + RETRY_S
        return False

    def go_on(self, wanted):
        """The hub in use serves until the next one does; if that one does not, or is wanted no more, the path stays."""
        soft = self.soft
        if wanted is None or not wanted.is_gentle or wanted.to != soft.after.hub:
            self.give_up()
            return self.begin(wanted)
        try:
            serves = soft.serve()
        except OSError:  # as of a device that is gone
            serves = False
        if serves is None:
            return False
        if not serves:
            complain(f"{wanted.to} does not serve this member; the path stays with {soft.before.hub}")
            self.hubs.refused(wanted.to)
            self.give_up()
            return False
        with contextlib.suppress(OSError):
            if soft.from_any:
                soft.leave_old()
        self.end_soft()
        if self.move(wanted, soft.after):
            return True
        self.stay(soft.after)
        return False

    def end_soft(self):
        self.soft.close()
        self.soft = None

    def give_up(self):
        after = self.soft.after
        self.end_soft()
        self.stay(after)

    def stay(self, after):
        """The next hub does not have to serve. The one in use may know already that this member goes to another, from
        this member or from the domain."""
        settings = self.watch.settings
        if after.hub != settings.hub:
            send(handover.leave, after)
        self.schedule(handover.report, settings)
        self.send_due()

    def move(self, move, settings=None):
        had_failed = self.hubs.failover.has_failed
        before = self.watch.move(move.to, move.why, settings)
        if before is None:
            self.retry_at = clock() + RETRY_S
            return False
        self.hubs.moved(move.to)
        self.scheduled.clear()
        self.left.pop(move.to, None)
        if had_failed:
            self.left[before.hub] = before
        self.schedule(handover.report, self.watch.settings)
        self.schedule(handover.leave, before)
        return True

    def schedule(self, function, settings):
        self.scheduled += [(clock() + delay, function, settings) for delay in handover.REPEAT_S]

    def send_due(self):
        now = clock()
        for item in [item for item in self.scheduled if item[0] <= now]:
            self.scheduled.remove(item)
            send(*item[1:])

    def close(self):
        if self.soft:
            self.give_up()
        self.hubs.close()

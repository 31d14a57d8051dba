# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Wait for a change that the kernel announces (netlink), for a signal, or for a timeout."""

import contextlib
import select
import signal
import socket
import time

NETLINK_NETFILTER = 12
# rtnetlink(7): links; addresses and routes of IPv4 and IPv6; rules, rp_filter (netconf). Not neighbours: asking the hub
# changes them.
RTNL_GROUPS = (1, 5, 7, 9, 11, 8, 24)
NFNL_GROUPS = (7,)
QUIET_S = 0.2
AT_MOST_S = 1.0


def subscribe(protocol, groups):
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    opened.bind((0, sum(1 << group - 1 for group in groups)))
    opened.setblocking(False)
    return opened


def drain(opened):
    # An error says that messages were lost, so there was a change.
    with contextlib.suppress(OSError):
        while opened.recv(1 << 16):
            pass


class Changes:
    """A context manager. Inside it, SIGTERM and SIGINT set `ended` instead of killing."""

    def __init__(self):
        self.ended = False
        self.sockets = [subscribe(socket.NETLINK_ROUTE, RTNL_GROUPS)]
        with contextlib.suppress(OSError):  # a kernel without nftables
            self.sockets.append(subscribe(NETLINK_NETFILTER, NFNL_GROUPS))
        self.woken, self.wake = socket.socketpair()
        for opened in (self.woken, self.wake):
            opened.setblocking(False)

    def __enter__(self):
        signal.set_wakeup_fd(self.wake.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end)
        signal.signal(signal.SIGHUP, lambda *_: None)  # only wakes
        return self

    def __exit__(self, *_):
        signal.set_wakeup_fd(-1)
        for opened in (*self.sockets, self.woken, self.wake):
            opened.close()

    def end(self, *_):
        self.ended = True

    def wait(self, seconds, beside=None):
        """Wait for the first change, and a little longer for those that follow it. beside: work to be done meanwhile,
        when one of its sockets is readable or `due()` seconds have passed; its `serve()` may say that there was a
        change."""
        if self.ended or not self.heard(seconds, beside):
            return
        latest = time.monotonic() + AT_MOST_S
        while not self.ended and time.monotonic() < latest and self.heard(QUIET_S, beside):
            pass

    def forget(self):
        """What was announced: changes by this process, above all. A signal that came meanwhile still counts."""
        for opened in self.sockets:
            drain(opened)

    def heard(self, seconds, beside=None):
        end = time.monotonic() + seconds
        while True:
            left = max(0, end - time.monotonic())
            sockets = [*self.sockets, self.woken]
            ready = select.select([*sockets, *(beside.sockets() if beside else [])], [], [],
                                  min(left, beside.due()) if beside else left)[0]
            if beside and beside.serve():
                return True
            changed = [opened for opened in sockets if opened in ready]
            for opened in changed:
                drain(opened)
            if changed or time.monotonic() >= end:
                return bool(changed)

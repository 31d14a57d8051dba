# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Numbered streams of a long run and the account of who got which number.

A number that does not come is lost; it is explained if something was being done to its receiver or sender when it was
sent. One that comes twice, or after a later one, is a fault at any time.
"""

import contextlib
import select
import struct
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

HEADER = struct.Struct("!4sHIQ")
MAGIC = b"soak"
# A number that has not come after so long is lost.
LOST_AFTER_S = 10.0


@dataclass
class Stream:
    sender: str
    version: int
    group: str
    socket: object = None
    sent_at: list = field(default_factory=list)

    @property
    def name(self):
        return f"{self.sender} to {self.group}"


class Disturbances:
    """When something was done to a member; open ones have no end yet."""

    def __init__(self):
        self._windows = defaultdict(list)
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def of(self, *names):
        windows = [[time.monotonic(), float("inf")] for _ in names]
        with self._lock:
            for name, window in zip(names, windows):
                self._windows[name].append(window)
        try:
            yield
        finally:
            for window in windows:
                window[1] = time.monotonic()

    def cover(self, at, *names):
        with self._lock:
            return any(begin <= at <= end for name in names for begin, end in self._windows[name])


class Account:
    """What one receiver got of one stream."""

    def __init__(self, receiver, stream, disturbances):
        self.receiver, self.stream, self.disturbances = receiver, stream, disturbances
        self.last, self.received, self.last_sent_at = None, 0, 0.0
        self.duplicates, self.late, self.explained, self.unexplained = 0, 0, 0, 0
        self.missing = {}
        self.examples = []

    def take(self, number, sent_at):
        self.received += 1
        self.last_sent_at = max(self.last_sent_at, sent_at)
        if self.last is None or number > self.last:
            for lost in range(number if self.last is None else self.last + 1, number):
                self.missing[lost] = self.stream.sent_at[lost]
            self.last = number
        elif self.missing.pop(number, None) is not None:
            self.late += 1
        else:
            self.duplicates += 1

    def settle(self, before):
        """Give up what was sent before that time."""
        for number, at in [item for item in self.missing.items() if item[1] < before]:
            del self.missing[number]
            if self.disturbances.cover(at, self.receiver, self.stream.sender):
                self.explained += 1
            else:
                self.unexplained += 1
                self.examples = (self.examples + [(number, at)])[:5]

    def finish(self):
        """All that the stream has sent had time to arrive."""
        for number in range(0 if self.last is None else self.last + 1, len(self.stream.sent_at)):
            self.missing[number] = self.stream.sent_at[number]
        self.settle(float("inf"))


class Traffic:
    """Sends all streams and reads all receivers, in a thread each."""

    def __init__(self, streams, rate, disturbances):
        self.streams, self.rate, self.disturbances = streams, rate, disturbances
        self.accounts = {}                      # by (receiver, index of the stream)
        self._sockets = {}                      # fd: (receiver, socket, offset of the payload)
        self._lock = threading.RLock()
        self._delays = []
        self._ended = threading.Event()
        self._silent = threading.Event()
        self._errors = []
        self._threads = [threading.Thread(target=self._guarded, args=[work]) for work in (self._send, self._receive)]

    def expect(self, receiver, index):
        self.accounts[receiver, index] = Account(receiver, self.streams[index], self.disturbances)

    def listen(self, receiver, opened, offset=0):
        with self._lock:
            opened.setblocking(False)
            self._sockets[opened.fileno()] = receiver, opened, offset

    def hush(self, receiver):
        """Close its sockets."""
        with self._lock:
            for fd in [fd for fd, (name, *_) in self._sockets.items() if name == receiver]:
                self._sockets.pop(fd)[1].close()

    def set_sender(self, stream, opened):
        with self._lock:
            if stream.socket:
                stream.socket.close()
            stream.socket = opened

    def start(self):
        for thread in self._threads:
            thread.start()

    def stop_sending(self):
        self._silent.set()

    def close(self):
        self._ended.set()
        for thread in self._threads:
            if thread.ident:
                thread.join()

    def raise_errors(self):
        if self._errors:
            raise self._errors[0]

    def delays(self):
        """The median and the largest delay since the last call, in microseconds; None without one."""
        with self._lock:
            delays, self._delays = self._delays, []
        return (median(delays) * 1e6, max(delays) * 1e6) if delays else None

    def flows_to(self, receiver, since, groups=None):
        """Whether it has got all that it expects, sent after that time."""
        return all(account.last_sent_at > since for (name, _), account in self.accounts.items()
                   if name == receiver and (groups is None or account.stream.group in groups))

    def _guarded(self, work):
        try:
            work()
        except Exception as error:              # a thread that dies silently would be taken for silence of the hub
            self._errors.append(error)

    def _send(self):
        due = time.monotonic()
        while not self._ended.is_set() and not self._silent.is_set():
            for index, stream in enumerate(self.streams):
                with self._lock:
                    now = time.monotonic()
                    number = len(stream.sent_at)
                    stream.sent_at.append(now)
                    # While its device is away the number is lost, and explained.
                    with contextlib.suppress(OSError):
                        stream.socket.sendto(HEADER.pack(MAGIC, index, number, int(now * 1e9)), (stream.group, 5000))
            due = max(due + 1 / self.rate, time.monotonic() - 1 / self.rate)
            time.sleep(max(0, due - time.monotonic()))

    def _receive(self):
        settle_at = time.monotonic()
        while not self._ended.is_set():
            with self._lock:
                fds = list(self._sockets)
            ready = select.select(fds, [], [], 0.1)[0] if fds else time.sleep(0.1) or []
            with self._lock:
                for fd in ready:
                    if fd in self._sockets:
                        self._read(*self._sockets[fd])
                if time.monotonic() > settle_at:
                    settle_at = time.monotonic() + 1
                    for account in self.accounts.values():
                        account.settle(settle_at - LOST_AFTER_S)

    def _read(self, receiver, opened, offset):
        with contextlib.suppress(OSError):
            while True:
                data = opened.recv(2048)[offset:]
                if len(data) < HEADER.size or not data.startswith(MAGIC):
                    continue
                _, index, number, sent_ns = HEADER.unpack_from(data)
                self._delays.append(time.monotonic() - sent_ns / 1e9)
                if account := self.accounts.get((receiver, index)):
                    account.take(number, sent_ns / 1e9)

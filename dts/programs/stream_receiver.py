# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Join a group and keep account of the numbers that arrive, as numbered_sender.py sends them.

A line on standard input is a question: `last` is answered by the highest number (-1: none), `report` by a line of
JSON. It ends when standard input closes.
"""

import argparse
import json
import select
import socket
import struct
import sys

DIGITS = 8
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER = 32 << 20
MOST_RANGES = 20


class Account:
    """Times are of the kernel, at arrival."""

    def __init__(self):
        self.seen = bytearray()
        self.first, self.last = None, -1
        self.received, self.duplicates, self.late = 0, 0, 0
        self.at, self.longest_gap_s = None, 0.0

    def take(self, number, at):
        self.received += 1
        self.seen.extend(bytes(max(0, number + 1 - len(self.seen))))
        self.duplicates += self.seen[number]
        self.late += number < self.last and not self.seen[number]
        self.seen[number] = 1
        self.first = number if self.first is None else min(self.first, number)
        self.last = max(self.last, number)
        if self.at is not None:
            self.longest_gap_s = max(self.longest_gap_s, at - self.at)
        self.at = at

    def missing(self, at=None):
        """Ranges between a number, or the first that came, and the last, [from, to]."""
        at = at if at is not None else self.first or 0
        while (begin := self.seen.find(0, at)) >= 0:
            end = self.seen.find(1, begin)
            yield [begin, end - 1]
            at = end

    def report(self):
        ranges = list(self.missing())
        return {"received": self.received, "first": self.first, "last": self.last, "duplicates": self.duplicates,
                "late": self.late, "lost": sum(end - begin + 1 for begin, end in ranges),
                "missing": ranges[:MOST_RANGES], "longest_gap_s": round(self.longest_gap_s, 4)}


def open_socket(group, port, dev):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    receiver.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    receiver.bind((group, port))
    index = socket.if_nametoindex(dev)
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack("4s4si", socket.inet_aton(group), bytes(4), index))
    receiver.setblocking(False)
    return receiver


def drain(receiver, account):
    try:
        while True:
            data, control, _, _ = receiver.recvmsg(65535, 64)
            seconds, nanoseconds = struct.unpack("qq", control[0][2])
            account.take(int(data[-DIGITS:]), seconds + nanoseconds / 1e9)
    except BlockingIOError:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", default="eth0")
    parser.add_argument("group")
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    receiver = open_socket(arguments.group, arguments.port, arguments.dev)
    account = Account()
    print("receiving", flush=True)
    while True:
        ready, _, _ = select.select([receiver, sys.stdin], [], [])
        drain(receiver, account)
        if sys.stdin in ready:
            question = sys.stdin.readline()
            if not question:
                return
            print(account.last if question == "last\n" else json.dumps(account.report()), flush=True)


if __name__ == "__main__":
    main()

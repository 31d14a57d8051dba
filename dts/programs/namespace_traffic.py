#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Numbered datagrams to and from many network namespaces, in a guest where each Python takes seconds to start.

Requests, a JSON list of calls [NAME, ARGUMENT...] of Traffic, come through the first FIFO; the list of their results is
read from the second. What arrives meanwhile waits in the sockets.
"""

import json
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "framework"))
sys.dont_write_bytecode = True

from node import inside  # noqa: E402
from numbered_sender import DIGITS  # noqa: E402
from stream_receiver import Account, drain, open_socket  # noqa: E402

TTL = 10
# A burst would find the ring of the guest's NIC full.
PAUSE_S = 0.005


class Traffic:
    def __init__(self):
        self.receivers = {}

    def join(self, namespace, dev, group, port):
        with inside(namespace):
            self.receivers[namespace, group] = open_socket(group, port, dev), Account()

    def send(self, namespace, dev, group, port, first, count):
        """These numbers, not to receivers of the same namespace."""
        with inside(namespace):
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            index = socket.if_nametoindex(dev)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", bytes(4), bytes(4), index))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, False)
        with sender:
            for number in range(first, first + count):
                sender.sendto(b"%0*d" % (DIGITS, number), (group, port))
                time.sleep(PAUSE_S)

    def reports(self):
        """[NAMESPACE, GROUP, what a receiver has so far] of each."""
        for receiver, account in self.receivers.values():
            drain(receiver, account)
        return [[*key, account.report()] for key, (_, account) in self.receivers.items()]


def main():
    requests, results = sys.argv[1:]
    traffic = Traffic()
    while True:
        with open(requests, encoding="utf-8") as asked:
            calls = json.load(asked)
        answers = [getattr(traffic, name)(*arguments) for name, *arguments in calls]
        with open(results, "w", encoding="utf-8") as out:
            json.dump(answers, out)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Receive several streams, as numbered_sender.py sends them, and keep account of each.

A datagram begins with the name of its stream, padded with spaces to eight bytes. A line on standard input, {"name":
SINCE, ...} in JSON, is a question. The answer, {"name": {...}, ...}, is a line: how many datagrams came (`received`),
twice (`duplicates`) or behind a later one (`late`), the highest number (`last`, -1: none), and which numbers above
SINCE are missing (`missing`, [from, to], at most 20). It ends when standard input closes.
"""

import argparse
import json
import select
import socket
import struct
import sys
from collections import defaultdict
from itertools import islice

from stream_receiver import DIGITS, MOST_RANGES, RECEIVE_BUFFER, SO_RCVBUFFORCE, Account

NAME_SIZE = 8


def open_socket(port, dev, groups):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    receiver.bind(("", port))
    for group in groups:
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            struct.pack("4s4si", socket.inet_aton(group), bytes(4), socket.if_nametoindex(dev)))
    receiver.setblocking(False)
    return receiver


def drain(receiver, accounts):
    try:
        while True:
            data = receiver.recv(65535)
            if data[-DIGITS:].isdigit():
                accounts[data[:NAME_SIZE].decode().strip()].take(int(data[-DIGITS:]), 0)
    except BlockingIOError:
        pass


def answer(account, since):
    missing = ([max(begin, since + 1), end] for begin, end in account.missing(0) if end > since)
    return {"received": account.received, "duplicates": account.duplicates, "late": account.late, "last": account.last,
            "missing": list(islice(missing, MOST_RANGES))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", default="eth0")
    parser.add_argument("port", type=int)
    parser.add_argument("groups", nargs="*")
    arguments = parser.parse_args()
    receiver = open_socket(arguments.port, arguments.dev, arguments.groups)
    accounts = defaultdict(Account)
    print("receiving", flush=True)
    while True:
        ready, _, _ = select.select([receiver, sys.stdin], [], [])
        drain(receiver, accounts)
        if sys.stdin in ready:
            question = sys.stdin.readline()
            if not question:
                return
            answers = {name: answer(accounts[name], since) for name, since in json.loads(question).items()}
            print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main()

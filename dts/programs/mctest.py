#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Send or receive multicast as a user's first trial of a network does.

    mctest.py -rec              join 232.8.8.8 on any source, print what arrives on port 1900
    mctest.py -send TEXT        send TEXT to 232.8.8.8:1900 with TTL 10, once a second
"""

import argparse
import itertools
import socket
import struct
import time

GROUP = "232.8.8.8"
PORT = 1900
TTL = 10
INTERVAL_S = 1.0


def numbers_to(count):
    """0, 1, ... up to the count, or without end."""
    return range(count) if count else itertools.count()


def send(text, interface, count):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
    if interface:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
    for number in numbers_to(count):
        if number > 0:
            time.sleep(INTERVAL_S)
        sender.sendto(text.encode(), (GROUP, PORT))
        print(f"sent to {GROUP}:{PORT}: {text}", flush=True)


def receive(interface, count):
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.bind(("", PORT))
    membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(interface))
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    print(f"listening on {GROUP}:{PORT}", flush=True)
    for _ in numbers_to(count):
        data, (address, port) = receiver.recvfrom(65535)
        print(f"received from {address}:{port}: {data.decode(errors='replace')}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-send", metavar="TEXT", help="send TEXT once a second")
    parser.add_argument("-rec", action="store_true", help="receive")
    parser.add_argument("-i", metavar="ADDRESS", help="address of the interface to use")
    parser.add_argument("-n", metavar="COUNT", type=int, default=0, help="leave after COUNT packets")
    arguments = parser.parse_args()
    if arguments.rec == bool(arguments.send):
        parser.error("either -send TEXT or -rec")
    if arguments.rec:
        receive(arguments.i or "0.0.0.0", arguments.n)
    else:
        send(arguments.send, arguments.i, arguments.n)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass

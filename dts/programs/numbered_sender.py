# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Send a frame or a datagram repeatedly at a steady rate, with its number in the last eight bytes.

It sends until its standard input closes, then prints how many frames were sent. A sender that was preempted does not
catch up in a burst: a packet source has no backlog.
"""

import argparse
import select
import socket
import sys
import time

DIGITS = 8
TICK_S = 0.002
LARGEST_BURST = 32


def numbered(frame, number):
    return frame[:-DIGITS] + b"%0*d" % (DIGITS, number)


def send_until_closed(send, frame, rate):
    sent, owed = 0, 0.0
    last = time.monotonic()
    while not select.select([sys.stdin], [], [], TICK_S)[0]:
        now = time.monotonic()
        owed = min(owed + (now - last) * rate, LARGEST_BURST)
        last = now
        for _ in range(int(owed)):
            send(numbered(frame, sent))
            sent += 1
        owed -= int(owed)
    return sent


def sender_of_datagrams(to):
    address, port = to.split(":")
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 10)
    return lambda data: sender.sendto(data, (address, int(port)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", default="eth0")
    parser.add_argument("--rate", type=float, required=True, help="frames a second")
    parser.add_argument("--to", metavar="ADDRESS:PORT", help="send datagrams, as an ordinary program does")
    parser.add_argument("frame", type=bytes.fromhex, help="hexadecimal, with the Ethernet header; or a datagram's data")
    arguments = parser.parse_args()
    if arguments.to:
        send = sender_of_datagrams(arguments.to)
    else:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        wire.bind((arguments.dev, 0))
        send = wire.send
    print("sending", flush=True)
    print(send_until_closed(send, arguments.frame, arguments.rate), flush=True)


if __name__ == "__main__":
    main()

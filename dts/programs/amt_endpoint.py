# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A user-space AMT gateway (RFC 7450) on a tun device, over IPv4 or IPv6, written from the RFC.

It does what a kernel's `ip link add DEV type amt mode gateway local A discovery B` does, which Linux can over IPv4
alone: it asks the relay for a query of IGMP and for one of MLD, and gives them to its own kernel, whose reports it
sends as Updates. What the relay sends to groups it gives to the kernel, too. It runs until it is terminated.
"""

import argparse
import contextlib
import os
import select
import socket
import time

from gre_endpoint import LARGEST_PACKET, open_tun, set_up

DISCOVERY, ADVERTISEMENT, REQUEST, QUERY, UPDATE, DATA = range(1, 7)
MLD_FLAG, GATEWAY_FLAG = 0x01, 0x01
ENDPOINT_LEN = 18
IGMP, HOP_BY_HOP, ICMPV6 = 2, 0, 58
MLD_REPORTS = (131, 132, 143)


def is_report(packet):
    """Whether a packet of the kernel is a report or a leave of IGMP or MLD."""
    if packet[0] >> 4 == 4:
        return packet[9] == IGMP
    if packet[6] != HOP_BY_HOP or packet[40] != ICMPV6:
        return False
    return packet[40 + 8 * (packet[41] + 1)] in MLD_REPORTS


class Gateway:
    def __init__(self, outer, discovery, tun):
        self.outer = outer
        self.discovery = discovery
        self.relay = None
        self.tun = tun
        self.nonce = os.urandom(4)
        self.mac = None

    def ask(self):
        if self.relay is None:
            self.outer.sendto(bytes([DISCOVERY, 0, 0, 0]) + self.nonce, self.discovery)
            return
        for flags in (0, MLD_FLAG):
            self.outer.sendto(bytes([REQUEST, flags, 0, 0]) + self.nonce, self.relay)

    def hear(self):
        message, source = self.outer.recvfrom(LARGEST_PACKET)
        kind = message[0]
        if kind == ADVERTISEMENT and message[4:8] == self.nonce:
            family = socket.AF_INET6 if len(message) == 24 else socket.AF_INET
            self.relay = (socket.inet_ntop(family, message[8:]), self.discovery[1])
            self.ask()
        elif source[:2] == self.relay and kind == QUERY and message[8:12] == self.nonce:
            self.mac = message[2:8]
            os.write(self.tun, message[12:-ENDPOINT_LEN if message[1] & GATEWAY_FLAG else None])
        elif source[:2] == self.relay and kind == DATA:
            os.write(self.tun, message[2:])

    def report(self):
        packet = os.read(self.tun, LARGEST_PACKET)
        if self.mac and is_report(packet):
            self.outer.sendto(bytes([UPDATE, 0]) + self.mac + self.nonce + packet, self.relay)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", default="amt1")
    parser.add_argument("--local", required=True)
    parser.add_argument("--discovery", required=True)
    parser.add_argument("--port", type=int, default=2268)
    parser.add_argument("--overlay", required=True, help="A.B.C.D/N of the tunnel device")
    parser.add_argument("--interval", type=float, default=1, help="seconds from a request to the next")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    outer = socket.socket(socket.AF_INET6 if ":" in arguments.local else socket.AF_INET, socket.SOCK_DGRAM)
    outer.bind((arguments.local, arguments.port))
    tun = open_tun(arguments.dev)
    set_up(arguments.dev, arguments.overlay, mtu=1400)
    gateway = Gateway(outer, (arguments.discovery, arguments.port), tun)
    due = time.monotonic()
    while True:
        if time.monotonic() >= due:
            gateway.ask()
            due = time.monotonic() + arguments.interval
        for ready in select.select([outer, tun], [], [], max(0, due - time.monotonic()))[0]:
            # An ICMP error from the other side.
            with contextlib.suppress(OSError):
                if ready is outer:
                    gateway.hear()
                else:
                    gateway.report()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass

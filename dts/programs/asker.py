# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Ask a hub by ARP who has its address, and ping it, each at a steady rate, until standard input closes.

Then wait for what is not answered yet, and print as JSON for both how many were asked and the time of each answer in
microseconds. An ARP request has no number, so the next one waits for the answer to the last, or a second.
"""

import argparse
import json
import select
import socket
import struct
import sys
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4
IDENTIFIER = 0x6d63
ARP_PATIENCE_S = 1.0
PATIENCE_S = 10.0


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def with_checksum(data, place):
    return data[:place] + struct.pack("!H", checksum(data)) + data[place + 2:]


class Pings:
    """Each has its own number, so answers may come late."""

    def __init__(self, macs, addresses):
        self.header = macs + b"\x08\x00"
        self.addresses = addresses
        self.waiting, self.asked, self.answered_us = {}, 0, []

    def is_due(self, now):      # pylint: disable=unused-argument
        return True

    def next(self, now):
        number = self.asked
        self.asked += 1
        self.waiting[number] = now
        echo = with_checksum(struct.pack("!BBHHH", 8, 0, 0, IDENTIFIER, number & 0xffff) + bytes(16), 2)
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(echo), 0, 0, 64, 1, 0)
        return self.header + with_checksum(ip + self.addresses, 10) + echo

    def take(self, frame, now):
        if frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] == 0:
            identifier, number = struct.unpack_from("!HH", frame, 38)
            asked = self.waiting.pop(number, None) if identifier == IDENTIFIER else None
            if asked is not None:
                self.answered_us.append(round((now - asked) * 1e6))


class ArpRequests:
    def __init__(self, macs, addresses):
        own_mac, (own, hub) = macs[6:], (addresses[:4], addresses[4:])
        self.hub = hub
        self.frame = (b"\xff" * 6 + own_mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1)
                      + own_mac + own + bytes(6) + hub)
        self.waiting, self.asked, self.answered_us = {}, 0, []

    def is_due(self, now):
        return all(now - asked > ARP_PATIENCE_S for asked in self.waiting.values())

    def next(self, now):
        self.asked += 1
        self.waiting[self.asked] = now
        return self.frame

    def take(self, frame, now):
        if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\x00\x02" and frame[28:32] == self.hub and self.waiting:
            oldest = min(self.waiting)
            self.answered_us.append(round((now - self.waiting.pop(oldest)) * 1e6))


def receive(wire, kinds):
    frame, (_, _, direction, *_) = wire.recvfrom(2048)
    now = time.monotonic()
    if direction != PACKET_OUTGOING:
        for kind in kinds:
            kind.take(frame, now)


def ask(wire, kinds, interval_s):
    due = time.monotonic()
    while True:
        readable = select.select([sys.stdin, wire], [], [], max(0, due - time.monotonic()))[0]
        if sys.stdin in readable:
            return
        if wire in readable:
            receive(wire, kinds)
        now = time.monotonic()
        if now >= due:
            due = now + interval_s
            for kind in kinds:
                if kind.is_due(now):
                    wire.send(kind.next(time.monotonic()))


def await_answers(wire, kinds):
    end = time.monotonic() + PATIENCE_S
    while any(kind.waiting for kind in kinds) and (left := end - time.monotonic()) > 0:
        if select.select([wire], [], [], left)[0]:
            receive(wire, kinds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", default="eth0")
    parser.add_argument("--interval", type=float, default=0.02, help="seconds")
    parser.add_argument("own", type=socket.inet_aton)
    parser.add_argument("hub", type=socket.inet_aton)
    parser.add_argument("hub_mac", type=lambda mac: bytes.fromhex(mac.replace(":", "")))
    arguments = parser.parse_args()
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((arguments.dev, ETH_P_ALL))
    of_both = arguments.hub_mac + wire.getsockname()[4], arguments.own + arguments.hub
    kinds = {"ping": Pings(*of_both), "arp": ArpRequests(*of_both)}
    print("asking", flush=True)
    ask(wire, kinds.values(), arguments.interval)
    await_answers(wire, kinds.values())
    print(json.dumps({name: {"asked": kind.asked, "answered_us": kind.answered_us} for name, kind in kinds.items()}))


if __name__ == "__main__":
    main()

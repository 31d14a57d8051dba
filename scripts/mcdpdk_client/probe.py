# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Ask the hub by ICMP echo, and watch question and answer pass the devices.

A question to 224.0.0.2, all routers (RFC 1112), takes the path of any program's multicast, and only a hub that
knows this member answers it. A question to the hub's own address is an ordinary ping.
"""

import contextlib
import ctypes
import ipaddress
import os
import select
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Optional

ALL_ROUTERS = "224.0.0.2"
ECHO_REPLY, UNREACHABLE, ECHO_REQUEST = 0, 3, 8
SOL_RAW, ICMP_FILTER = 255, 1
ETH_P_ALL = 3
PACKET_OUTGOING = 4
LOAD, LOAD_BYTE, EQUALS, RETURN, SKF_NET_OFF = 0x20, 0x30, 0x15, 0x06, 0xfff00000
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE = 10, 3
SO_ATTACH_FILTER, SO_RCVBUFFORCE = 26, 33
IP_HEADER, ICMP_HEADER, COOKIE = 20, 8, 16
SMALLEST = IP_HEADER + ICMP_HEADER + COOKIE
ETHERNET_HEADER = 14


@dataclass
class Question:
    to: str = ALL_ROUTERS
    by: Optional[str] = None  # interface; None: by the route
    size: int = SMALLEST  # of the IP packet
    answered: bool = False
    source: Optional[str] = None
    milliseconds: Optional[float] = None
    error: Optional[OSError] = None  # of sending
    left: set = field(default_factory=set)  # devices that sent it
    came: set = field(default_factory=set)  # devices that received its answer
    sent: float = 0.0
    refused: Optional[tuple] = None  # (address, code) of an ICMP "unreachable"


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[:len(data) & ~1])) + (data[-1] << 8) * (len(data) & 1)
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def echo_request(ident, number, body):
    head = struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, ident, number & 0xffff)
    return struct.pack("!BBHHH", ECHO_REQUEST, 0, checksum(head + body), ident, number & 0xffff) + body


def open_icmp():
    opened = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    opened.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("I", ~(1 << ECHO_REPLY) & 0xffffffff))
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
    # The default of programs: shows a tunnel that inherits the TTL and so does not reach far.
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    return opened


class Prober:
    """A context manager with the sockets: one for ICMP, one for each device that it watches."""

    def __init__(self, watched=(), hub=None):
        self.cookie = os.urandom(COOKIE)
        self.number = int.from_bytes(os.urandom(2), "big")
        self.questions = []
        with contextlib.ExitStack() as stack:
            self.icmp = stack.enter_context(open_icmp())
            # Set DF and ignore the kernel's path MTU.
            self.icmp.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
            self.taps = [stack.enter_context(open_tap(dev, hub)) for dev in watched]
            self.sockets = stack.pop_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sockets.close()

    def ask(self, questions, seconds=1.0, tries=4):
        first = len(self.questions)
        self.questions += questions
        for _ in range(tries):
            for number, question in enumerate(questions, start=first):
                if not question.answered:
                    self.send(number, question)
            self.listen(time.monotonic() + seconds / tries, questions)
            if all(question.answered for question in questions):
                break
        return questions

    def send(self, number, question):
        body = self.cookie + bytes(max(question.size, SMALLEST) - SMALLEST)
        question.sent = time.monotonic()
        try:
            index = socket.if_nametoindex(question.by) if question.by else 0
            self.icmp.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", index))
            self.icmp.sendto(echo_request(self.number, number, body), (question.to, 0))
            question.error = None
        except OSError as error:
            question.error = error

    def listen(self, deadline, questions):
        while not all(question.answered for question in questions):
            left = deadline - time.monotonic()
            ready = select.select([self.icmp, *self.taps], [], [], max(left, 0))[0]
            if not ready and left <= 0:
                return
            for opened in ready:
                with contextlib.suppress(OSError):
                    if opened is self.icmp:
                        self.hear()
                    else:
                        self.watch(opened)

    def find(self, data):
        """The question that a packet belongs to, or None, and the offset of the ICMP header."""
        at = data.find(self.cookie) - ICMP_HEADER
        if at < 0 or struct.unpack_from("!H", data, at + 4)[0] != self.number:
            return None, 0
        number = struct.unpack_from("!H", data, at + 6)[0]
        return (self.questions[number] if number < len(self.questions) else None), at

    def hear(self):
        data, (source, _) = self.icmp.recvfrom(1 << 16)
        question, at = self.find(data)
        if question and data[at] == ECHO_REPLY and not question.answered:
            question.answered, question.source = True, source
            question.milliseconds = round((time.monotonic() - question.sent) * 1000, 2)

    def watch(self, tap):
        data, (device, _, kind, *_) = tap.recvfrom(1 << 16)
        question, at = self.find(data)
        if question is None:
            return
        if kind == PACKET_OUTGOING:
            question.left.add(device)
        elif data[at] == ECHO_REPLY:
            question.came.add(device)
        else:
            question.refused = unreachable(data) or question.refused


def unreachable(frame):
    """Sender and code if the frame is an ICMP "unreachable", else None."""
    ip = frame[ETHERNET_HEADER:]
    at = (ip[0] & 15) * 4
    if ip[9] != socket.IPPROTO_ICMP or ip[at] != UNREACHABLE:
        return None
    return str(ipaddress.IPv4Address(ip[12:16])), ip[at + 1]


def open_tap(dev, hub):
    """See ICMP and all packets from and to the hub on a device, before filters drop received ones."""
    net, address = SKF_NET_OFF, int(ipaddress.IPv4Address(hub))
    program = [(LOAD_BYTE, 0, 0, net + 9), (EQUALS, 4, 0, socket.IPPROTO_ICMP),
               (LOAD, 0, 0, net + 12), (EQUALS, 2, 0, address),
               (LOAD, 0, 0, net + 16), (EQUALS, 0, 1, address),
               (RETURN, 0, 0, 1 << 16), (RETURN, 0, 0, 0)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                       struct.pack("HP", len(program), ctypes.addressof(code)))
        tap.bind((dev, ETH_P_ALL))
    except OSError:
        tap.close()
        raise
    return tap

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Ask the hub by ICMP echo, and watch question and answer pass the devices.

A question to 224.0.0.2, all routers (RFC 1112), or to ff02::2 if the hub's address is of IPv6, takes the path of any
program's multicast, and only a hub that knows this member answers it. A question to the hub's own address is an
ordinary ping.
"""

import contextlib
import ipaddress
import os
import select
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Optional

from . import icmpv6
from .bpf import EQUALS, LOAD_BYTE, RETURN, SKF_NET_OFF, attach, compare

ALL_ROUTERS = "224.0.0.2"
ECHO_REPLY, UNREACHABLE, ECHO_REQUEST = 0, 3, 8
# RFC 1812, 5.2.7.1: communication administratively prohibited. A hub that drains answers so, but by RFC 1122, 3.2.2 not
# to a question to all routers.
PROHIBITED = 13
SOL_RAW, ICMP_FILTER = 255, 1
ETH_P_ALL = 3
PACKET_OUTGOING = 4
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE = 10, 3
SO_RCVBUFFORCE = 33
IP_HEADER, ICMP_HEADER, COOKIE = 20, 8, 16
DONT_FRAGMENT = 0x4000
ETHERNET_HEADER = 14


@dataclass
class Question:
    to: str = ALL_ROUTERS
    by: Optional[str] = None  # interface; None: by the route
    size: int = 0  # of the IP packet, at least
    answered: bool = False
    source: Optional[str] = None
    milliseconds: Optional[float] = None
    error: Optional[OSError] = None  # of sending
    left: set = field(default_factory=set)  # devices that sent it
    came: set = field(default_factory=set)  # devices that received its answer
    sent: float = 0.0
    refused: Optional[tuple] = None  # (address, code) of an ICMP "unreachable"


def is_ipv6(address):
    return address is not None and ":" in address


def all_routers(hub):
    return icmpv6.ALL_ROUTERS if is_ipv6(hub) else ALL_ROUTERS


def smallest(hub):
    """Size of the IP packet of a question."""
    return (icmpv6.IP_HEADER if is_ipv6(hub) else IP_HEADER) + ICMP_HEADER + COOKIE


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data[:len(data) & ~1])) + (data[-1] << 8) * (len(data) & 1)
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def echo_request(ident, number, body):
    head = struct.pack("!BBHHH", ECHO_REQUEST, 0, 0, ident, number & 0xffff)
    return struct.pack("!BBHHH", ECHO_REQUEST, 0, checksum(head + body), ident, number & 0xffff) + body


def echo_packet(source, ident, body):
    """A whole IPv4 packet with a question to the hub."""
    echo = echo_request(ident, 0, body)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, IP_HEADER + len(echo), 0, DONT_FRAGMENT, 1, socket.IPPROTO_ICMP, 0,
                       socket.inet_aton(source), socket.inet_aton(ALL_ROUTERS))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + echo


@dataclass
class Answer:
    number: int  # of the echo request
    source: str
    drains: bool


def read_answer(packet, ident, cookie):
    """The answer in an IPv4 packet to an echo request with this identifier and body, or None."""
    source, at = packet[12:16], header_length(packet)
    if packet[at:at + 1] == bytes([ECHO_REPLY]) and packet[at + ICMP_HEADER:].startswith(cookie):
        echo, drains = packet[at:], False
    elif packet[at:at + 2] == bytes([UNREACHABLE, PROHIBITED]):
        asked = packet[at + ICMP_HEADER:]
        echo, drains = asked[header_length(asked):], True
        # Not of what is inside an outer packet, which a router may have prohibited.
        if asked[9:10] != bytes([socket.IPPROTO_ICMP]) or echo[:1] != bytes([ECHO_REQUEST]):
            return None
        # It need not quote more than the header of the echo request (RFC 792).
        if not cookie.startswith(echo[ICMP_HEADER:][:COOKIE]):
            return None
    else:
        return None
    if len(echo) < ICMP_HEADER:
        return None
    its_ident, number = struct.unpack_from("!HH", echo, 4)
    return Answer(number, socket.inet_ntoa(source), drains) if its_ident == ident else None


def receive_answer(opened, ident, cookie):
    """As read_answer(), of what a socket of open_icmp() receives next."""
    data, source = opened.recvfrom(1 << 16)
    if opened.family == socket.AF_INET:
        return read_answer(data, ident, cookie)
    found = icmpv6.read_answer(data, ident, cookie)
    # A link-local address has its interface behind it.
    return Answer(found[0], source[0].partition("%")[0], found[1]) if found else None


def header_length(packet):
    return (packet[0] & 15) * 4 if packet else 0


def open_icmp(hub=None):
    """Of the hub's family."""
    opened = icmpv6.open_socket() if is_ipv6(hub) else open_icmp_of_ipv4()
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
    return opened


def open_icmp_of_ipv4():
    opened = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    opened.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("I", ~(1 << ECHO_REPLY | 1 << UNREACHABLE) & 0xffffffff))
    # The default of programs: shows a tunnel that inherits the TTL and so does not reach far.
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    return opened


class Prober:
    """A context manager with the sockets: one for ICMP of the hub's family, one for each device that it watches."""

    def __init__(self, hub, watched=()):
        self.is_ipv6 = is_ipv6(hub)
        self.smallest = smallest(hub)
        self.cookie = os.urandom(COOKIE)
        self.number = int.from_bytes(os.urandom(2), "big")
        self.questions = []
        with contextlib.ExitStack() as stack:
            self.icmp = stack.enter_context(open_icmp(hub))
            # Set DF and ignore the kernel's path MTU.
            if self.is_ipv6:
                icmpv6.ignore_path_mtu(self.icmp)
            else:
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
        body = self.cookie + bytes(max(question.size - self.smallest, 0))
        question.sent = time.monotonic()
        try:
            index = socket.if_nametoindex(question.by) if question.by else 0
            if self.is_ipv6:
                self.icmp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
                request = icmpv6.echo_request(self.number, number, body)
            else:
                self.icmp.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"", b"", index))
                request = echo_request(self.number, number, body)
            self.icmp.sendto(request, (question.to, 0))
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
        answer = receive_answer(self.icmp, self.number, self.cookie)
        question = self.questions[answer.number] if answer and answer.number < len(self.questions) else None
        if question and not question.answered and (not answer.drains or question.to == answer.source):
            question.answered, question.source = True, answer.source
            question.milliseconds = round((time.monotonic() - question.sent) * 1000, 2)

    def watch(self, tap):
        data, (device, _, kind, *_) = tap.recvfrom(1 << 16)
        question, at = self.find(data)
        if question is None:
            return
        if kind == PACKET_OUTGOING:
            question.left.add(device)
        elif data[at] == (icmpv6.ECHO_REPLY if self.is_ipv6 else ECHO_REPLY):
            question.came.add(device)
        else:
            question.refused = unreachable(data) or question.refused


def unreachable(frame):
    """Sender and code if the frame is an ICMP "unreachable", else None."""
    ip = frame[ETHERNET_HEADER:]
    if ip[0] >> 4 == 6:
        return icmpv6.unreachable(ip)
    at = (ip[0] & 15) * 4
    if ip[9] != socket.IPPROTO_ICMP or ip[at] != UNREACHABLE:
        return None
    return str(ipaddress.IPv4Address(ip[12:16])), ip[at + 1]


def open_tap(dev, hub):
    """See ICMP and all packets from and to the hub on a device, before filters drop received ones."""
    address = ipaddress.ip_address(hub).packed
    protocol, number, source = (6, socket.IPPROTO_ICMPV6, 8) if is_ipv6(hub) else (9, socket.IPPROTO_ICMP, 12)
    take = (RETURN, 0, 0, 1 << 16)
    program = [(LOAD_BYTE, 0, 0, SKF_NET_OFF + protocol), (EQUALS, 0, 1, number), take,
               *compare(SKF_NET_OFF + source, address, take),
               *compare(SKF_NET_OFF + source + len(address), address, take), (RETURN, 0, 0, 0)]
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        attach(tap, program)
        tap.bind((dev, ETH_P_ALL))
    except OSError:
        tap.close()
        raise
    return tap

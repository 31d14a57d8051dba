# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Senders, receivers and sniffers in the namespaces of a cloud, and the copies that they expect.

Sockets are opened before anything is sent. A later datagram that arrives proves that an earlier one did not: packets
of one sender to one group stay in order, so no test waits for silence.
"""

import contextlib
import logging
import socket
import struct
import threading
import time

logging.getLogger("scapy").setLevel(logging.ERROR)
# pylint: disable=wrong-import-position
from scapy.compat import raw
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether, GRE

from waiting import DEADLINE_S

ETH_P_ALL = 0x0003
ETH_P_ARP = 0x0806
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER = 16 << 20
OUTER_TTL = 64


def open_sender(node, ttl=10, dev=None, loop=False):
    """A kernel socket that sends to groups, as in an unmodified program."""
    sender = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, ttl)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, loop)
    if dev:
        request = struct.pack("4s4si", bytes(4), bytes(4), interface_index(node, dev))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    return sender


def open_receiver(node, group, port, dev):
    """A kernel socket that has joined the group on the interface."""
    receiver = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    receiver.bind((group, port))
    request = struct.pack("4s4si", socket.inet_aton(group), bytes(4), interface_index(node, dev))
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    receiver.settimeout(DEADLINE_S)
    return receiver


def interface_index(node, dev):
    with node.inside():
        return socket.if_nametoindex(dev)


def receive(receiver, count=1):
    """Return the next datagrams; if too few arrive, the error lists them."""
    received = []
    while len(received) < count:
        try:
            received.append(receiver.recv(65535))
        except TimeoutError:
            raise AssertionError(f"{len(received)} of {count} datagrams: {received}") from None
    return received


def receive_until(receiver, marker):
    """Return everything that arrives before the marker."""
    received = []
    while (data := receive(receiver)[0]) != marker:
        received.append(data)
    return received


class Stream(threading.Thread):
    """A context manager: numbered datagrams to a group, a burst in each interval. `sent` is the last number that has
    left."""

    def __init__(self, node, group, port, interval_s, burst=1):
        super().__init__()
        self.sender, self.destination = open_sender(node), (group, port)
        self.interval_s, self.burst = interval_s, burst
        self.sent = 0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(self.interval_s):
            for _ in range(self.burst):
                self.sender.sendto(b"%d" % (self.sent + 1), self.destination)
                self.sent += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


class Wire:
    """Receives what reaches a device of a node from the network, and sends raw frames."""

    def __init__(self, node, dev="eth0"):
        self.node, self.dev = node, dev
        self.socket = node.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        self.socket.bind((dev, ETH_P_ALL))

    def send(self, frame):
        self.socket.send(raw(frame))

    def _received(self, deadline_s, arp):
        end = time.monotonic() + deadline_s
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                frame, (_, protocol, kind, *_) = self.socket.recvfrom(65535)
                if kind != PACKET_OUTGOING and (protocol == ETH_P_ARP) == arp:
                    yield frame

    def frames(self, deadline_s=DEADLINE_S):
        """Yield received frames without ARP until the deadline."""
        return self._received(deadline_s, arp=False)

    def arp_frames(self, deadline_s=DEADLINE_S):
        return self._received(deadline_s, arp=True)

    def _pending(self, arp):
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, (_, protocol, kind, *_) = self.socket.recvfrom(65535)
                if kind != PACKET_OUTGOING and (protocol == ETH_P_ARP) == arp:
                    yield frame

    def pending(self):
        """Return a frame that has already arrived, ARP excluded, or None."""
        return next(self._pending(arp=False), None)

    def pending_arp(self):
        """Yield the ARP frames that have already arrived and discard others."""
        return self._pending(arp=True)

    def expect(self, *wanted):
        """Require exactly these frames next, in this order, to the byte."""
        arriving = self.frames()
        for frame in wanted:
            got = next(arriving, None)
            assert got is not None, f"did not arrive: {Ether(raw(frame)).summary()}"
            assert got == raw(frame), difference(got, raw(frame))

    def close(self):
        self.socket.close()


class Wired:
    """Several nodes with a wire each, by name."""

    def __init__(self, wires):
        self.wires = wires

    def assert_quiet(self):
        """Call it after the hub has settled: all that left the hub has reached the wires by then."""
        for name, wire in self.wires.items():
            stray = wire.pending()
            assert stray is None, f"{name} got a frame nobody expected: {stray.hex()}"

    def discard(self):
        for wire in self.wires.values():
            while wire.pending() is not None:
                pass


def difference(got, wanted):
    return (f"got\n{Ether(got).show(dump=True)}{got.hex()}\n"
            f"wanted\n{Ether(wanted).show(dump=True)}{wanted.hex()}")


def inner_ip(frame):
    """The IP packet in a frame, plain or in GRE; None if there is none."""
    packet = Ether(frame)
    inner = packet[GRE].payload if GRE in packet else packet.payload
    return inner if isinstance(inner, IP) else None


def ether_type(packet):
    return 0x86DD if raw(packet)[0] >> 4 == 6 else 0x0800


def traffic_class(packet):
    """DSCP and ECN of a packet of either family."""
    octets = raw(packet)[:2]
    return int.from_bytes(octets, "big") >> 4 & 0xFF if octets[0] >> 4 == 6 else octets[1]


def l2_copy(inner, hub_mac, member_mac):
    """The sender's IP packet in a frame from the hub's MAC to the member's."""
    return raw(Ether(src=hub_mac, dst=member_mac, type=0x0800)) + raw(inner)


def gre_header(inner, key):
    fields = {} if key is None else {"key_present": 1, "key": key}
    return GRE(proto=ether_type(inner), **fields)


def gre_copy(inner, hub_mac, next_hop_mac, hub, member, key=None):
    """Ethernet / IPv4 / GRE / inner: outer TTL 64, DF, ID 0, the inner DSCP and ECN."""
    outer = IP(src=hub, dst=member, ttl=OUTER_TTL, flags="DF", id=0, tos=traffic_class(inner), proto=47)
    gre = gre_header(inner, key)
    return raw(Ether(src=hub_mac, dst=next_hop_mac) / outer / gre / raw(inner))


def l2_frame(inner, sender_mac, hub_mac):
    """An l2 member's packet to a group as it reaches the hub."""
    return Ether(src=sender_mac, dst=hub_mac, type=0x0800) / raw(inner)


def gre_frame(inner, sender_mac, hub_mac, sender, hub, key=None, tos=0):
    """An on-link GRE member's packet as it reaches the hub."""
    outer = IP(src=sender, dst=hub, ttl=OUTER_TTL, flags="DF", tos=tos, proto=47)
    gre = gre_header(inner, key)
    return Ether(src=sender_mac, dst=hub_mac) / outer / gre / raw(inner)

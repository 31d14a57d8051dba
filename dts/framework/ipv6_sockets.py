# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Kernel sockets of UDP over IPv6 that send to groups and join them, as in an unmodified program."""

import ipaddress
import socket
import struct
from dataclasses import dataclass

from traffic import RECEIVE_BUFFER, SO_RCVBUFFORCE, interface_index
from waiting import DEADLINE_S

# linux/in.h
MCAST_JOIN_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE, MCAST_LEAVE_GROUP = 42, 43, 44, 45
MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP = 46, 47
IPV6_RECVHOPLIMIT, IPV6_HOPLIMIT, IPV6_RECVTCLASS, IPV6_TCLASS = 51, 52, 66, 67
ANCILLARY_ROOM = 256


def open_sender(node, dev=None, hops=10, traffic_class=0, source=None):
    sender = node.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    if dev:
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface_index(node, dev))
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, hops)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    sender.setsockopt(socket.IPPROTO_IPV6, IPV6_TCLASS, traffic_class)
    if source:
        sender.bind((source, 0))
    return sender


@dataclass(frozen=True)
class Datagram:
    payload: bytes
    source: str
    hops: int
    traffic_class: int


def socket_address(address):
    """A sockaddr_in6 in the room of a sockaddr_storage."""
    return struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, ipaddress.ip_address(address).packed, 0).ljust(128, b"\0")


class Receiver:
    """A socket on a port, which gets what it joins on a device, or on one that the kernel chooses."""

    def __init__(self, node, dev, port, *groups):
        self.index = interface_index(node, dev) if dev else 0
        self.socket = node.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        for option in (IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS):
            self.socket.setsockopt(socket.IPPROTO_IPV6, option, 1)
        self.socket.bind(("::", port))
        self.socket.settimeout(DEADLINE_S)
        for group in groups:
            self.join(group)

    def join(self, group):
        self._change_membership(socket.IPV6_JOIN_GROUP, group)

    def leave(self, group):
        self._change_membership(socket.IPV6_LEAVE_GROUP, group)

    def _change_membership(self, option, group):
        request = ipaddress.ip_address(group).packed + struct.pack("=i", self.index)
        self.socket.setsockopt(socket.IPPROTO_IPV6, option, request)

    def change_source(self, option, group, source):
        """By one of MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE."""
        request = struct.pack("=I4x", self.index) + socket_address(group) + socket_address(source)
        self.socket.setsockopt(socket.IPPROTO_IPV6, option, request)

    def next(self):
        payload, ancillary, _, source = self.socket.recvmsg(65535, ANCILLARY_ROOM)
        values = {kind: struct.unpack("=i", data)[0] for _, kind, data in ancillary}
        return Datagram(payload, source[0].split("%")[0], values[IPV6_HOPLIMIT], values[IPV6_TCLASS])

    def until(self, marker):
        """The payloads that arrive before this one."""
        return [datagram.payload for datagram in self.datagrams_until(marker)]

    def datagrams_until(self, marker):
        received = []
        while (datagram := self.next()).payload != marker:
            received.append(datagram)
        return received

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

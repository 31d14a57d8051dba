# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""An AMT gateway on a plain UDP socket, over IPv4 or IPv6, written from RFC 7450 and not from the hub's code."""

import ipaddress
import os
import socket
import struct
from dataclasses import dataclass

from scapy.compat import raw
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6

import igmp_message
import mld_message
from waiting import DEADLINE_S

AMT_PORT = 2268
DISCOVERY, ADVERTISEMENT, REQUEST, QUERY, UPDATE, DATA, TEARDOWN = range(1, 8)
LIMIT_FLAG, GATEWAY_FLAG = 0x02, 0x01
MLD_FLAG = 0x01  # of a Request
ENDPOINT_LEN = 18
# What reports of MLD come from inside the tunnel.
LINK_LOCAL = "fe80::2"


@dataclass(frozen=True)
class Query:
    flags: int
    mac: bytes
    nonce: bytes
    packet: IP | IPv6  # the general query
    endpoint: bytes = b""  # the gateway's own, as the relay sees it


def endpoint_of(address, port):
    """RFC 7450 5.1.4: an IPv4 address lies behind 96 zeros."""
    return struct.pack("!H", port) + ipaddress.ip_address(address).packed.rjust(16, b"\0")


class Gateway:
    """One tunnel endpoint. It knows of the relay only what the relay has sent."""

    def __init__(self, node, relay, port=0, relay_port=AMT_PORT, host=None):
        self.relay = (relay, relay_port)
        is_ipv6 = ":" in relay
        # The source of the reports of IGMP inside.
        self.host = host or ("0.0.0.0" if is_ipv6 else node.address)
        self.socket = node.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((node.address, port))
        self.socket.settimeout(DEADLINE_S)
        self.address, self.port = self.socket.getsockname()[:2]
        self.name = f"amt:[{self.address}]:{self.port}" if is_ipv6 else f"amt:{self.address}:{self.port}"
        self.query = None

    def send(self, message):
        self.socket.sendto(message, self.relay)

    def receive(self, kind):
        """Return the next message of this type from the relay."""
        while True:
            message, sender = self.socket.recvfrom(65535)
            if sender[:2] == self.relay and message[0] == kind:
                return message

    def discover(self):
        """Return the relay's address from its Advertisement, which is as long as an address of its family."""
        nonce = os.urandom(4)
        self.send(bytes([DISCOVERY, 0, 0, 0]) + nonce)
        message = self.receive(ADVERTISEMENT)
        assert len(message) in (12, 24) and message[1:4] == bytes(3) and message[4:8] == nonce
        return str(ipaddress.ip_address(message[8:]))

    def request(self, flags=0, nonce=None):
        """Request a query and keep its Response MAC."""
        nonce = nonce or os.urandom(4)
        self.send(bytes([REQUEST, flags, 0, 0]) + nonce)
        message = self.receive(QUERY)
        assert message[8:12] == nonce
        packet, endpoint = message[12:], b""
        if message[1] & GATEWAY_FLAG:
            packet, endpoint = packet[:-ENDPOINT_LEN], packet[-ENDPOINT_LEN:]
        packet = IPv6(packet) if packet[0] >> 4 == 6 else IP(packet)
        self.query = Query(message[1], message[2:8], nonce, packet, endpoint)
        return self.query

    def update(self, packet, query=None):
        """Send a report with the Response MAC of the last query."""
        query = query or self.query
        self.send(bytes([UPDATE, 0]) + query.mac + query.nonce + raw(packet))

    def _report(self, group, joins, *sources):
        protocol, host = (mld_message, LINK_LOCAL) if ":" in group else (igmp_message, self.host)
        kind = protocol.TO_EX if joins and not sources else protocol.TO_IN
        self.update(protocol.report(host, protocol.record(kind, group, *sources)))

    def join(self, group, *sources):
        self._report(group, True, *sources)

    def leave(self, group):
        self._report(group, False)

    def teardown(self, query, address, port):
        """Tear down the tunnel of this query, from the gateway's present address and port."""
        self.send(bytes([TEARDOWN, 0]) + query.mac + query.nonce + endpoint_of(address, port))

    def data(self):
        """Return the IP packet of the next Multicast Data message."""
        message = self.receive(DATA)
        assert message[1] == 0
        return message[2:]

    def pending(self):
        """Whether a message waits to be received."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
            return True
        except BlockingIOError:
            return False
        finally:
            self.socket.settimeout(DEADLINE_S)

    def close(self):
        self.socket.close()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""An AMT gateway on a plain UDP socket, written from RFC 7450 and not from the hub's code."""

import os
import socket
import struct
from dataclasses import dataclass

from scapy.compat import raw
from scapy.layers.inet import IP

from igmp_message import TO_EX, TO_IN, record, report
from waiting import DEADLINE_S

AMT_PORT = 2268
DISCOVERY, ADVERTISEMENT, REQUEST, QUERY, UPDATE, DATA, TEARDOWN = range(1, 8)
LIMIT_FLAG, GATEWAY_FLAG = 0x02, 0x01


@dataclass(frozen=True)
class Query:
    flags: int
    mac: bytes
    nonce: bytes
    packet: IP  # the general query


class Gateway:
    """One tunnel endpoint. It knows of the relay only what the relay has sent."""

    def __init__(self, node, relay, port=0, relay_port=AMT_PORT, host=None):
        self.relay = (relay, relay_port)
        self.host = host or node.address    # the source of the reports inside
        self.socket = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((node.address, port))
        self.socket.settimeout(DEADLINE_S)
        self.address, self.port = self.socket.getsockname()
        self.name = f"amt:{self.address}:{self.port}"
        self.query = None

    def send(self, message):
        self.socket.sendto(message, self.relay)

    def receive(self, kind):
        """Return the next message of this type from the relay."""
        while True:
            message, sender = self.socket.recvfrom(65535)
            if sender == self.relay and message[0] == kind:
                return message

    def discover(self):
        """Return the relay's address from its Advertisement."""
        nonce = os.urandom(4)
        self.send(bytes([DISCOVERY, 0, 0, 0]) + nonce)
        message = self.receive(ADVERTISEMENT)
        assert len(message) == 12 and message[1:4] == bytes(3) and message[4:8] == nonce
        return socket.inet_ntoa(message[8:12])

    def request(self):
        """Request a query and keep its Response MAC."""
        nonce = os.urandom(4)
        self.send(bytes([REQUEST, 0, 0, 0]) + nonce)
        message = self.receive(QUERY)
        assert message[8:12] == nonce
        self.query = Query(message[1], message[2:8], nonce, IP(message[12:]))
        return self.query

    def update(self, packet, query=None):
        """Send a report with the Response MAC of the last query."""
        query = query or self.query
        self.send(bytes([UPDATE, 0]) + query.mac + query.nonce + raw(packet))

    def join(self, group, *sources):
        self.update(report(self.host, record(TO_IN, group, *sources) if sources else record(TO_EX, group)))

    def leave(self, group):
        self.update(report(self.host, record(TO_IN, group)))

    def teardown(self, query, address, port):
        """Tear down the tunnel of this query, from the gateway's present address and port."""
        endpoint = struct.pack("!H12x4s", port, socket.inet_aton(address))
        self.send(bytes([TEARDOWN, 0]) + query.mac + query.nonce + endpoint)

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

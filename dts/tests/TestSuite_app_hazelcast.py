# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Hazelcast's multicast join: its datagrams to the byte, on sockets set up as Hazelcast does.

    hub   10.0.0.10 --+
    alpha 10.0.0.11 --+  l2
    beta  10.0.0.12 --+  l2
    gamma 10.0.0.13 --+  gre, 192.168.10.3
                      +-- switch A

A member asks 224.2.2.3:54327 for others, from the same port and with TTL 32. The master answers to the group, and
members connect to the address in the message. Hazelcast is not packaged: the message is built as version 4.0
serializes its JoinMessage.
"""

import socket
import struct
import uuid

import pytest

from apps import cluster
from traffic import interface_index, receive_until

GROUP, PORT, TTL = "224.2.2.3", 54327, 32
MEMBERS = [("alpha", "10.0.0.11"), ("beta", "10.0.0.12"), ("gamma", "10.0.0.13", "192.168.10.3")]
OWN_ADDRESSES = {name: rest[-1] for name, *rest in MEMBERS}
DEVICES = {"alpha": "eth0", "beta": "eth0", "gamma": "gre1"}

PACKET_VERSION = 4
BUILD_NUMBER = 20200203
VERSION = (4, 0, 0)
FIRST_PORT = 5701
TYPE_DATA_SERIALIZABLE = -2
CLUSTER_FACTORY = 0
ADDRESS, CONFIG_CHECK, JOIN_MESSAGE, MEMBER_VERSION = 1, 4, 26, 29
NULL_STRING = struct.pack("!i", -1)
DATAGRAM_BUFFER = 64 * 1024
IP_RECVTTL = 12


def an_object(class_id, fields):
    return struct.pack("!ibii", TYPE_DATA_SERIALIZABLE, 1, CLUSTER_FACTORY, class_id) + fields


def a_string(text):
    return struct.pack("!i", len(text)) + text.encode()


def join_message(address):
    """The message by which a member of the cluster `dev` announces itself."""
    identity = uuid.uuid5(uuid.NAMESPACE_DNS, address)
    config_check = (a_string("dev") + a_string("multicast-joiner") + struct.pack("!?", False)
                    + struct.pack("!i", 1) + a_string("hazelcast.partition.count") + NULL_STRING
                    + struct.pack("!ii", 0, 0))
    fields = (struct.pack("!bi", PACKET_VERSION, BUILD_NUMBER)
              + an_object(MEMBER_VERSION, bytes(VERSION))
              + an_object(ADDRESS, struct.pack("!ib", FIRST_PORT, 4) + a_string(address))
              + struct.pack("!?", False) + identity.bytes
              + an_object(CONFIG_CHECK, config_check)
              + struct.pack("!?ii", False, 0, 0))
    return struct.pack("!b", PACKET_VERSION) + an_object(JOIN_MESSAGE, fields)


def open_socket(node, dev):
    """As MulticastService does: one socket for both directions, bound to the port."""
    opened = node.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind(("", PORT))
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
    opened.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    request = struct.pack("4s4si", socket.inet_aton(GROUP), bytes(4), interface_index(node, dev))
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    # Java leaves the loop on; here it would hide a copy that the hub returns.
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    opened.settimeout(10)
    return opened


@pytest.fixture(scope="module", name="sockets")
def fixture_sockets(cloud):
    with cluster(cloud, MEMBERS, [GROUP]) as (_, machines):
        yield {name: open_socket(machine.node, DEVICES[name])
               for name, machine in machines.items()}


@pytest.mark.parametrize("sender", OWN_ADDRESSES)
def test_a_join_message_and_its_answer_reach_all_others(sockets, sender):
    """All others receive the bytes with TTL 32 from the sender's address and port, the sender only the answer."""
    message = join_message(OWN_ADDRESSES[sender])
    sockets[sender].sendto(message, (GROUP, PORT))
    others = [name for name in sockets if name != sender]
    for name in others:
        data, ancillary, _, source = sockets[name].recvmsg(DATAGRAM_BUFFER, 64)
        assert (data, source) == (message, (OWN_ADDRESSES[sender], PORT))
        assert [struct.unpack("i", value)[0] for _, kind, value in ancillary
                if kind == socket.IP_TTL] == [TTL]

    answer = join_message(OWN_ADDRESSES[others[0]])
    sockets[others[0]].sendto(answer, (GROUP, PORT))
    assert receive_until(sockets[sender], answer) == []
    assert receive_until(sockets[others[1]], answer) == []

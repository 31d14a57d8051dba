# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Neighbour solicitations of our own (RFC 4861), as arp.py asks for IPv4."""

import ipaddress
import select
import socket
import struct
import time

from .membership import link_local_on

SOLICIT, ADVERT = 135, 136
SOURCE_LINK_ADDRESS, TARGET_LINK_ADDRESS = 1, 2
HEADER = 24  # with the target
# Of packets that no router has forwarded.
HOP_LIMIT = 255
ICMP6_FILTER = 1
ARPHRD_ETHER = 1


def solicited_node(address):
    return f"ff02::1:ff{address[-3:].hex()[:2]}:{address[-2:].hex()}"


def link_address(dev):
    """(type, bytes) of the device's."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as opened:
        opened.bind((dev, 0))
        return opened.getsockname()[3:5]


def who_has(address, dev, own, seconds=1.0, tries=4):
    """The MAC; None if nobody answers or the device has none. own: as the asker, unless the address is link-local."""
    target, (hardware, mac) = ipaddress.ip_address(address).packed, link_address(dev)
    index = socket.if_nametoindex(dev)
    if hardware != ARPHRD_ETHER:
        return None
    source = link_local_on(index) if ipaddress.ip_address(address).is_link_local else own
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as opened:
        passes = [0xffffffff] * 8
        passes[ADVERT >> 5] ^= 1 << (ADVERT & 31)
        opened.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, struct.pack("8I", *passes))
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, HOP_LIMIT)
        opened.bind((source or "::", 0, 0, index))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, dev.encode())
        question = struct.pack("!BBHI16sBB", SOLICIT, 0, 0, 0, target, SOURCE_LINK_ADDRESS, 1) + mac
        for _ in range(tries):
            opened.sendto(question, (solicited_node(target), 0, 0, index))
            answer = listen(opened, target, time.monotonic() + seconds / tries)
            if answer:
                return answer
    return None


def listen(opened, target, deadline):
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([opened], [], [], left)[0]:
            return None
        advert = opened.recv(2048)
        if advert[8:HEADER] == target and (mac := advertised(advert)):
            return mac
    return None


def advertised(advert):
    """The target's MAC in a neighbour advertisement, or None."""
    at = HEADER
    while at + 8 <= len(advert) and advert[at + 1]:
        if advert[at] == TARGET_LINK_ADDRESS:
            return advert[at + 2:at + 8].hex(":")
        at += advert[at + 1] * 8
    return None

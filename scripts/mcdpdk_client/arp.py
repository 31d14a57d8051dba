# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""ARP requests of our own: the kernel's cache may name a hub that is gone."""

import select
import socket
import struct
import time

ETH_P_ARP, ETH_P_IP, ARPHRD_ETHER = 0x0806, 0x0800, 1
REQUEST, REPLY = 1, 2
HEADER_LEN = 14


def who_has(address, dev, own, seconds=1.0, tries=4):
    """The MAC; None if nobody answers or the device does not speak ARP."""
    target = socket.inet_aton(address)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP)) as link:
        link.bind((dev, ETH_P_ARP))
        _, _, _, hardware, mac = link.getsockname()
        if hardware != ARPHRD_ETHER:
            return None
        question = b"\xff" * 6 + mac + struct.pack("!HHHBBH", ETH_P_ARP, ARPHRD_ETHER, ETH_P_IP, 6, 4, REQUEST) \
            + mac + socket.inet_aton(own) + bytes(6) + target
        for _ in range(tries):
            link.send(question)
            answer = listen(link, target, time.monotonic() + seconds / tries)
            if answer:
                return answer
    return None


def listen(link, target, deadline):
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([link], [], [], left)[0]:
            return None
        arp = link.recv(2048)[HEADER_LEN:]
        if len(arp) >= 28 and arp[6:8] == bytes([0, REPLY]) and arp[14:18] == target:
            return ":".join(f"{octet:02x}" for octet in arp[8:14])
    return None

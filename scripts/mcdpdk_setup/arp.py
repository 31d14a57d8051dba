# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Whether another host on the link has the hub's address: probes as of RFC 5227, while the kernel has the NIC."""

import ipaddress
import socket
import struct
import time

from .link import NET

ARP, IPV4, ETHERNET, REQUEST = 0x0806, 0x0800, 1, 1
PROBES, INTERVAL_S = 3, 1.0
CARRIER_S = 5.0


def octets(mac):
    return bytes.fromhex(mac.replace(":", ""))


def probe(mac, address):
    """From no address, so that nobody learns one."""
    head = struct.pack("!6s6sHHHBBH", b"\xff" * 6, octets(mac), ARP, ETHERNET, IPV4, 6, 4, REQUEST)
    return head + octets(mac) + bytes(4 + 6) + ipaddress.IPv4Address(address).packed


def claimed_by(frame, address):
    """The MAC that this frame gives for the address, if any."""
    mac, sender = frame[22:28], frame[28:32]
    return mac.hex(":") if sender == ipaddress.IPv4Address(address).packed else None


def receive(link, seconds):
    """The frames of so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        link.settimeout(left)
        try:
            yield link.recv(64)
        except TimeoutError:
            return


def claimant(name, mac, address):
    """The MAC of another device that has the address on this link; None if nobody answers."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP)) as link:
        link.bind((name, ARP))
        for _ in range(PROBES):
            link.send(probe(mac, address))
            for frame in receive(link, INTERVAL_S):
                if claimed_by(frame, address) not in (None, mac):
                    return claimed_by(frame, address)
    return None


def ask(system, link, address, gateway):
    """A router that answers for it, too, does so for every address, as clouds do."""
    found = system.claimant(link.name, link.mac, address)
    if not found or gateway and system.claimant(link.name, link.mac, gateway) == found:
        return []
    return [f"{found} answers for {address} on {link.name}: unless the cloud does so, another host has this address"]


def ask_all(system, link, pairs):
    return [note for pair in pairs for note in ask(system, link, *pair)]


def conflict_notes(system, link, pairs):
    """Of addresses with their gateways, without those that the device has. One that is down is up meanwhile."""
    own = [words[0].partition("/")[0] for words in link.addresses]
    pairs = [pair for pair in pairs if pair[0] not in own]
    if link.up or not pairs:
        return ask_all(system, link, pairs)
    system.run("ip", "link", "set", "dev", link.name, "up")
    try:
        system.wait(lambda: system.number(f"{NET}{link.name}/carrier") == 1, CARRIER_S)
        return ask_all(system, link, pairs)
    finally:
        system.run("ip", "link", "set", "dev", link.name, "down")

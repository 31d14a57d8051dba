#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A program that chooses no interface: send datagrams to a group of either family, or join it and print what comes.

    group_socket.py send GROUP PORT LENGTH...
    group_socket.py receive GROUP PORT COUNT
"""

import socket
import struct
import sys

HOPS = 9


def payload(length):
    return bytes(n % 251 for n in range(length))


def is_ipv6(group):
    return ":" in group


def open_socket(group):
    return socket.socket(socket.AF_INET6 if is_ipv6(group) else socket.AF_INET, socket.SOCK_DGRAM)


def send(group, port, lengths):
    sender = open_socket(group)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, HOPS)
    if is_ipv6(group):
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, HOPS)
    for length in lengths:
        sender.sendto(payload(length), (group, port))


def receive(group, port, count):
    receiver = open_socket(group)
    receiver.bind((group, port))
    if is_ipv6(group):
        request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("=i", 0)
        receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
    else:
        request = socket.inet_aton(group) + bytes(4)
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    print("joined", flush=True)
    for _ in range(count):
        data, source = receiver.recvfrom(65535)
        print(f"{len(data)} bytes from {source[0]}, {'whole' if data == payload(len(data)) else 'damaged'}", flush=True)


def main():
    what, group, port, *numbers = sys.argv[1:]
    if what == "send":
        send(group, int(port), map(int, numbers))
    else:
        receive(group, int(port), int(numbers[0]))


if __name__ == "__main__":
    main()

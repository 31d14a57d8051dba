# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the programs of this instance have joined on an interface: /proc/net/igmp and /proc/net/mcfilter."""

import ipaddress
import re
from dataclasses import dataclass

ALL_HOSTS = "224.0.0.1"
LOCAL = ipaddress.ip_network("224.0.0.0/24")
SOURCE_SPECIFIC = ipaddress.ip_network("232.0.0.0/8")
LINK_LOCAL_REPORTS = "/proc/sys/net/ipv4/igmp_link_local_mcast_reports"


@dataclass(frozen=True)
class Membership:
    group: str
    exclude: bool = True
    sources: tuple = ()


def read_file(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def joined_on(index):
    """The IGMP version in use on an interface, and its memberships, in the kernel's order."""
    version, groups = groups_of(read_file("/proc/net/igmp"), index)
    filters = filters_of(read_file("/proc/net/mcfilter"), index)
    with_local = read_file(LINK_LOCAL_REPORTS).strip() != "0"
    return version, [membership(group, users, filters.get(group, [])) for group, users in groups
                     if group != ALL_HOSTS and (with_local or ipaddress.ip_address(group) not in LOCAL)]


def groups_of(text, index):
    """The version (1 to 3), and for each group how many sockets have joined it."""
    version, groups, inside = 3, [], False
    for line in text.splitlines():
        if head := re.match(r"(\d+)\s.*\sV([123])\s*$", line):
            inside = int(head[1]) == index
            version = int(head[2]) if inside else version
        elif inside and (row := re.match(r"\s+([0-9A-F]{8})\s+(\d+)\s", line)):
            # The kernel prints the word as it lies in memory.
            word = int(row[1], 16).to_bytes(4, byteorder="little")
            groups.append((str(ipaddress.IPv4Address(word)), int(row[2])))
    return version, groups


def filters_of(text, index):
    """For each group the sources, and how many sockets include and exclude each."""
    filters = {}
    for line in text.splitlines()[1:]:
        number, *_, group, source, include, exclude = line.split()
        if int(number) == index:
            group, source = (str(ipaddress.IPv4Address(int(word, 16))) for word in (group, source))
            filters.setdefault(group, []).append((source, int(include), int(exclude)))
    return filters


def membership(group, users, filters):
    """The kernel does not show how many of the sockets exclude. Where that matters, the larger membership is assumed:
    the next query corrects it, and nothing is lost until then."""
    including = [(source, include) for source, include, _ in filters if include]
    if not including:
        return Membership(group, True, tuple(source for source, _, exclude in filters if exclude == users))
    counts = [include for _, include in including]
    excludes = any(exclude for *_, exclude in filters) or users > sum(counts)
    specific = ipaddress.ip_address(group) in SOURCE_SPECIFIC
    if excludes or (users > max(counts) and not specific):
        return Membership(group)
    return Membership(group, False, tuple(source for source, _ in including))

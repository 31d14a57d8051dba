# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the programs of this instance have joined on an interface: /proc/net/igmp and mcfilter, igmp6 and mcfilter6."""

import contextlib
import ipaddress
import re
import socket
from dataclasses import dataclass

ALL_HOSTS = "224.0.0.1"
LOCAL = ipaddress.ip_network("224.0.0.0/24")
SOURCE_SPECIFIC = ipaddress.ip_network("232.0.0.0/8")
# RFC 4607: the prefix of each scope.
IPV6_SOURCE_SPECIFIC = [ipaddress.ip_network(f"ff3{scope:x}::/32") for scope in range(16)]
# linux/if_inet6.h: MAF_NOREPORT, of all nodes and of groups that do not leave the host.
NO_REPORT = 8
# The kernel joins them for its addresses; no hub learns them.
SOLICITED_NODE = ipaddress.ip_network("ff02::1:ff00:0/104")
# linux/if_addr.h and net/ipv6.h
IFA_F_TENTATIVE, IPV6_ADDR_LINKLOCAL = 0x40, 0x20
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
    specific = any(ipaddress.ip_address(group) in network for network in (SOURCE_SPECIFIC, *IPV6_SOURCE_SPECIFIC))
    if excludes or (users > max(counts) and not specific):
        return Membership(group)
    return Membership(group, False, tuple(source for source, _ in including))


def ipv6_joined_on(index):
    """The MLD version that the kernel is held to, and the memberships. It does not show that it follows a querier of
    version 1."""
    try:
        groups, filters = read_file("/proc/net/igmp6"), read_file("/proc/net/mcfilter6")
    except OSError:  # a kernel without IPv6
        return 2, []
    filters = ipv6_filters_of(filters, index)
    return 1 if is_held_to_version_1(index) else 2, [
        membership(group, users, filters.get(group, [])) for group, users in ipv6_groups_of(groups, index)]


def is_held_to_version_1(index):
    values = []
    for device in ("all", socket.if_indextoname(index)):
        with contextlib.suppress(OSError):
            values.append(int(read_file(f"/proc/sys/net/ipv6/conf/{device}/force_mld_version")))
    return next(filter(None, values), 2) == 1


def ipv6_text(digits):
    return str(ipaddress.IPv6Address(int(digits, 16)))


def ipv6_groups_of(text, index):
    """For each group that is reported, how many sockets have joined it."""
    rows = (line.split() for line in text.splitlines())
    groups = [(ipv6_text(group), int(users)) for number, _, group, users, flags, _ in rows
              if int(number) == index and not int(flags, 16) & NO_REPORT]
    return [(group, users) for group, users in groups if ipaddress.ip_address(group) not in SOLICITED_NODE]


def ipv6_filters_of(text, index):
    filters = {}
    for line in text.splitlines()[1:]:
        number, *_, group, source, include, exclude = line.split()
        if int(number) == index:
            filters.setdefault(ipv6_text(group), []).append((ipv6_text(source), int(include), int(exclude)))
    return filters


def link_local_of(text, index):
    """The address from which an interface reports, or None."""
    for digits, number, _, scope, flags, _ in (line.split() for line in text.splitlines()):
        if int(number, 16) == index and int(scope, 16) == IPV6_ADDR_LINKLOCAL and not int(flags, 16) & IFA_F_TENTATIVE:
            return ipv6_text(digits)
    return None


def link_local_on(index):
    try:
        return link_local_of(read_file("/proc/net/if_inet6"), index)
    except OSError:
        return None

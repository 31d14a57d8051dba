# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Group records, which reports of IGMPv3 (RFC 9776) and MLDv2 (RFC 9777) have in common."""

import struct

IS_INCLUDE, IS_EXCLUDE, TO_INCLUDE, BLOCK = 1, 2, 3, 6
HEADER = struct.Struct("!BBH")


def of_state(memberships):
    """The kind, group and sources of each record."""
    return [(IS_EXCLUDE if one.exclude else IS_INCLUDE, one.group, one.sources) for one in memberships]


def of_end(memberships):
    return [(TO_INCLUDE, one.group, ()) if one.exclude else (BLOCK, one.group, one.sources) for one in memberships]


def pack(records, room, packed):
    """Lists of packed records: as few as hold all, each list in so many bytes (RFC 9776, 5.2.14). packed: of an address
    the bytes."""
    lists = [[]]
    for kind, group, sources in records:
        head = len(packed(group)) + HEADER.size
        for part in parts(kind, list(sources), (room - head) // len(packed(group))):
            one = HEADER.pack(kind, 0, len(part)) + packed(group) + b"".join(map(packed, part))
            if lists[-1] and sum(map(len, lists[-1])) + len(one) > room:
                lists.append([])
            lists[-1].append(one)
    return [one for one in lists if one]


def parts(kind, sources, most):
    """A list of excluded sources must not be split: what is left out of it is received."""
    if kind == IS_EXCLUDE or not sources:
        return [sources[:most]]
    return [sources[n:n + most] for n in range(0, len(sources), most)]

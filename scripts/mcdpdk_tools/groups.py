# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Groups as texts: G, G/LENGTH or G,S, of IPv4 and IPv6."""

import ipaddress


def parse(text):
    """(network, source or None), or None if it is not a group."""
    group, _, source = text.partition(",")
    try:
        network = ipaddress.ip_network(group)
        sender = ipaddress.ip_address(source) if source else None
    except ValueError:
        return None
    is_one_family = sender is None or sender.version == network.version
    return (network, sender) if network.is_multicast and is_one_family else None


def canonical(text):
    """As the hub writes it: IPv6 in the form of RFC 5952. What is no group stays as it is."""
    found = parse(text)
    if found is None:
        return text
    network, source = found
    group = network if network.prefixlen != network.max_prefixlen else network.network_address
    return str(group) if source is None else f"{group},{source}"


def is_ipv6(text):
    return ":" in text.partition(",")[0]


def takes(member, group):
    """Whether copies of packets to the group can reach a member: those of udp get its own address."""
    return member["encap"] != "udp" or is_ipv6(member["address"]) == is_ipv6(group)


def covers(seen, group):
    """Whether the group is `seen`, or in the prefix that `seen` is."""
    if seen == group:
        return True
    wide, narrow = parse(seen), parse(group)
    return (wide is not None and narrow is not None and "/" in seen and wide[0].version == narrow[0].version
            and narrow[0].subnet_of(wide[0]))

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The l2 egress rule: frames of IPv4 and IPv6 with the I/G bit go to the hub's MAC, except what belongs to the network:
DHCP, and of IPv6 the discovery of neighbours and routers. MLD is for the hub."""

import re

from .step import command, exactly, step
from .system import works

TABLE = "mcdpdk_client"
# tc sorts filters by these: DHCP passes first.
TC_PREFERENCES = (22400, 22401, 22402)
TC_IPV6_PREFERENCES = (22403, 22404, 22405)
TC_FAMILIES = {"ip": TC_PREFERENCES, "ipv6": TC_IPV6_PREFERENCES}
# ICMPv6: neighbour discovery (RFC 4861), inverse (RFC 3122), secure (RFC 3971).
OF_NETWORK = (133, 134, 135, 136, 137, 141, 142, 148, 149)

# The map holds the MAC of the hub's last ARP packet or neighbour discovery, so the rule follows a hub that was
# replaced.
# nft cannot change an element, so delete and add it; the MAC that `up` found bridges the gap.
RULESET = """\
table netdev {table} {{
}}
delete table netdev {table}
table netdev {table} {{
	map hub {{
		type ifname : ether_addr
		size 16
		flags dynamic
	}}
	chain learn {{
		type filter hook ingress device "{dev}" priority 0; policy accept;
		{from_hub} delete @hub {{ iifname : {its_mac} }}
		{from_hub} add @hub {{ iifname : {its_mac} }}
	}}
	chain turn {{
		type filter hook egress device "{dev}" priority 0; policy accept;
		ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00 return
		ether type != {{ ip, ip6 }} return
		ether type ip udp dport {{ 67, 68 }} return
		ether type ip6 udp dport {{ 546, 547 }} return
		icmpv6 type {{ {of_network} }} return
		counter ether saddr set {own_mac} ether daddr set {hub_mac}
		ether daddr set oifname map @hub
	}}
}}
"""


def ruleset(settings):
    from_hub, its_mac = f"arp saddr ip {settings.hub}", "arp saddr ether"
    if settings.is_ipv6:
        # No router has forwarded what has this hop limit.
        from_hub = (f"ip6 saddr {settings.hub} ip6 hoplimit 255 "
                    "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }")
        its_mac = "ether saddr"
    return RULESET.format(table=TABLE, dev=settings.dev, from_hub=from_hub, its_mac=its_mac, hub_mac=settings.hub_mac,
                          own_mac=settings.own_mac, of_network=", ".join(map(str, OF_NETWORK)))


def kernel_takes(rules):
    """The egress hook needs Linux 5.16."""
    return works("nft", "-c", "-f", "-", input=rules)


def steps_nft(settings):
    """That of older versions turned IPv4 alone."""
    return [step("rule", f"rule: I/G-bit frames on {settings.dev} go to the hub's MAC",
                 ["nft", "list", "table", "netdev", TABLE], rf"ip6[\s\S]*{re.escape(settings.own_mac)}",
                 [command("nft", "-f", "-", text=ruleset(settings))],
                 [command("nft", "delete", "table", "netdev", TABLE)])]


def replacements(old, new):
    """Commands that make the rule lead to another hub, without a moment in which there is none."""
    if (old.hub, old.hub_mac) == (new.hub, new.hub_mac):
        return []
    if new.rule == "nft":
        return [command("nft", "-f", "-", text=ruleset(new))]
    return [tc_frames(new, "replace", protocol, preferences[2]) for protocol, preferences in TC_FAMILIES.items()]


def tc_rule(settings, verb, protocol):
    return ["tc", "filter", verb, "dev", settings.dev, "egress", "protocol", protocol, "pref"]


def tc_frames(settings, verb, protocol, preference):
    """With its handle a filter can be replaced."""
    macs = settings.hub_mac, settings.own_mac
    if works("modprobe", "-n", "-q", "act_skbmod"):
        turn = ["skbmod", "set", "dmac", macs[0], "set", "smac", macs[1]]
    else:
        turn = ["pedit", "ex", "munge", "eth", "dst", "set", macs[0], "munge", "eth", "src", "set", macs[1]]
    return command(*tc_rule(settings, verb, protocol), preference, *(["handle", 1] if verb == "replace" else []),
                   "flower", "dst_mac", "01:00:00:00:00:00/01:00:00:00:00:00", "action", *turn)


def steps_tc(settings):
    dev = settings.dev
    show = ["tc", "filter", "show", "dev", dev, "egress"]
    (server, client, rest), (discovery, dhcp6, rest6) = TC_FAMILIES.values()
    hook = step("rule", f"tc hook on {dev}", ["tc", "qdisc", "show", "dev", dev], exactly("clsact"),
                [command("tc", "qdisc", "add", "dev", dev, "clsact")],
                [command("tc", "qdisc", "del", "dev", dev, "clsact")])
    passed = {"ip": [(server, "udp", "dst_port", 67), (client, "udp", "dst_port", 68)],
              "ipv6": [*((discovery, "icmpv6", "type", number) for number in OF_NETWORK),
                       *((dhcp6, "udp", "dst_port", port) for port in (546, 547))]}
    filters = [a_filter for protocol, preferences in TC_FAMILIES.items() for a_filter in (
        *(command(*tc_rule(settings, "add", protocol), preference, "flower", "ip_proto", *what, "action", "pass")
          for preference, *what in passed[protocol]),
        tc_frames(settings, "add", protocol, preferences[2]))]
    return [hook, step("rule", f"rule: I/G-bit frames on {dev} go to {settings.hub_mac}", show,
                       rf"{exactly(f'pref {rest}')}[\s\S]*{exactly(f'pref {rest6}')}", filters,
                       [command("tc", "filter", "del", "dev", dev, "egress", "pref", preference)
                        for preference in (*TC_PREFERENCES, *TC_IPV6_PREFERENCES)], in_the_way=True)]

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The l2 egress rule: IPv4 frames with the I/G bit, except DHCP, go to the hub's MAC."""

import re

from .step import command, exactly, step
from .system import works

TABLE = "mcdpdk_client"
# tc sorts filters by these: DHCP passes first.
TC_PREFERENCES = (22400, 22401, 22402)

# The map holds the MAC of the hub's last ARP packet, so the rule follows a hub that was replaced.
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
		arp saddr ip != {hub} return
		delete @hub {{ iifname : arp saddr ether }}
		add @hub {{ iifname : arp saddr ether }}
	}}
	chain turn {{
		type filter hook egress device "{dev}" priority 0; policy accept;
		ether daddr & 01:00:00:00:00:00 == 00:00:00:00:00:00 return
		ether type != ip return
		udp dport {{ 67, 68 }} return
		counter ether saddr set {own_mac} ether daddr set {hub_mac}
		ether daddr set oifname map @hub
	}}
}}
"""


def ruleset(settings):
    return RULESET.format(table=TABLE, dev=settings.dev, hub=settings.hub, hub_mac=settings.hub_mac,
                          own_mac=settings.own_mac)


def kernel_takes(rules):
    """The egress hook needs Linux 5.16."""
    return works("nft", "-c", "-f", "-", input=rules)


def steps_nft(settings):
    return [step("rule", f"rule: I/G-bit IPv4 frames on {settings.dev} go to the hub's MAC",
                 ["nft", "list", "table", "netdev", TABLE], re.escape(settings.own_mac),
                 [command("nft", "-f", "-", text=ruleset(settings))],
                 [command("nft", "delete", "table", "netdev", TABLE)])]


def replacements(old, new):
    """Commands that make the rule lead to another hub, without a moment in which there is none."""
    if (old.hub, old.hub_mac) == (new.hub, new.hub_mac):
        return []
    return [command("nft", "-f", "-", text=ruleset(new)) if new.rule == "nft" else tc_frames(new, "replace")]


def tc_rule(settings, verb):
    return ["tc", "filter", verb, "dev", settings.dev, "egress", "protocol", "ip", "pref"]


def tc_frames(settings, verb):
    """With its handle a filter can be replaced."""
    macs = settings.hub_mac, settings.own_mac
    if works("modprobe", "-n", "-q", "act_skbmod"):
        turn = ["skbmod", "set", "dmac", macs[0], "set", "smac", macs[1]]
    else:
        turn = ["pedit", "ex", "munge", "eth", "dst", "set", macs[0], "munge", "eth", "src", "set", macs[1]]
    return command(*tc_rule(settings, verb), TC_PREFERENCES[2], *(["handle", 1] if verb == "replace" else []),
                   "flower", "dst_mac", "01:00:00:00:00:00/01:00:00:00:00:00", "action", *turn)


def steps_tc(settings):
    dev = settings.dev
    show = ["tc", "filter", "show", "dev", dev, "egress"]
    server, client, rest = TC_PREFERENCES
    hook = step("rule", f"tc hook on {dev}", ["tc", "qdisc", "show", "dev", dev], exactly("clsact"),
                [command("tc", "qdisc", "add", "dev", dev, "clsact")],
                [command("tc", "qdisc", "del", "dev", dev, "clsact")])
    dhcp = [command(*tc_rule(settings, "add"), preference, "flower", "ip_proto", "udp", "dst_port", port,
                    "action", "pass") for preference, port in ((server, 67), (client, 68))]
    return [hook, step("rule", f"rule: I/G-bit IPv4 frames on {dev} go to {settings.hub_mac}", show,
                       exactly(f"pref {rest}"), [*dhcp, tc_frames(settings, "add")],
                       [command("tc", "filter", "del", "dev", dev, "egress", "pref", preference)
                        for preference in TC_PREFERENCES], in_the_way=True)]

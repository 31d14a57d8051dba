# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is wrong between the hubs of a domain, by /mcdpdk/domain and /mcdpdk/peers, as reasons like the hub's own."""

from .words import duration, plural

# What the agent says of itself begins so, and may go on.
CONNECTED = "connected"
# UINT32_MAX: the agent has not asked since the hub started.
NEVER_S = 4294967295
# An agent asks for changes many times a second.
AWAY_S = 10
NAMED = 3


def is_away(domain):
    return domain["agent_age_s"] > AWAY_S


def is_connected(domain):
    """To etcd, by its own words."""
    return domain["agent"].startswith(CONNECTED)


def agent_words(domain):
    if domain["agent_age_s"] == NEVER_S:
        return "mcdpdk-domain has not asked this hub yet"
    if is_away(domain):
        return f"mcdpdk-domain has not asked for {duration(domain['agent_age_s'])}"
    return f"mcdpdk-domain: {domain['agent'] or 'not connected to etcd yet'}"


def reasons(domain, peers, uptime_s):
    """Records as in /mcdpdk/health. The hub has measured nothing from before its start."""
    if not domain:
        return []
    found = [*of_peers(peers), *of_agent(domain)]
    return [{"reason": name, "degrades": 1, "count": count, "since_s": min(since_s, uptime_s), "text": text}
            for name, count, since_s, text in found]


def of_peers(peers):
    down = [peer for peer in peers if peer["state"] != "up"]
    if down:
        names = ", ".join(peer["name"] for peer in down[:NAMED]) + (", ..." if len(down) > NAMED else "")
        verb = "is" if len(down) == 1 else "are"
        yield ("peer_down", len(down), max(peer.get("since_s", 0) for peer in down),
               f"{len(down)} of {plural(len(peers), 'peer')} {verb} not up: {names}")


def of_agent(domain):
    """While it is away, interest stays as it was, and joins that another hub would have to know of wait."""
    if is_away(domain):
        yield "agent_away", 1, domain["agent_age_s"], agent_words(domain)
    elif not is_connected(domain):
        yield "etcd_away", 1, 0, agent_words(domain)


def with_hubs_own(own, found):
    """What the hub says of itself counts more."""
    told = {reason["reason"] for reason in own}
    return [*own, *(reason for reason in found if reason["reason"] not in told)]

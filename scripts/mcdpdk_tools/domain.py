# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""How a hub's agent, mcdpdk-domain, is, by /mcdpdk/domain, and which members the hub serves, by /mcdpdk/placement. What
is wrong in the domain is in /mcdpdk/health."""

from .words import duration, plural

# What the agent says of itself begins so, and may go on.
CONNECTED = "connected"
AGENT = "mcdpdk-domain: "
# UINT32_MAX: the agent has not asked since the hub started.
NEVER_S = 4294967295
# As in the hub's reason agent_away.
AWAY_S = 5


def is_away(domain):
    return domain["agent_age_s"] >= AWAY_S


def is_connected(domain):
    """To etcd, by its own words."""
    return domain["agent"].startswith(CONNECTED)


def is_well(domain):
    return not is_away(domain) and is_connected(domain)


def agent_words(domain):
    if domain["agent_age_s"] == NEVER_S:
        return "mcdpdk-domain has not asked this hub yet"
    if is_away(domain):
        return f"mcdpdk-domain has not asked for {duration(domain['agent_age_s'])}"
    return f"{AGENT}{domain['agent'] or 'not connected to etcd yet'}"


def is_shared(domain):
    """Whether the hubs of the domain share their members."""
    return domain.get("members") == "shared"


def is_settled(placement):
    """No member is on its way from one hub to another."""
    return placement["phase"] == "settled" and bool(placement["applied"])


def placement_words(placement):
    if placement["phase"] == "none":
        return "shared members: no placement yet, mcdpdk-domain has told this hub none"
    served = f"this hub serves {placement['serves']:,} of {plural(placement['members'], 'shared member')}"
    claims = placement["claims"]
    who = "it came here or has to stay" if claims == 1 else "they came here or have to stay"
    claimed = f", {claims:,} of them by claim: {who}" if claims else ""
    phase = "" if is_settled(placement) else f", {placement['phase']}: a handover is under way"
    return f"{served}{claimed}; placement {placement['generation']:,}{phase}"


def draining_words(placement):
    left = placement["serves"]
    return (f"this hub drains: {plural(left, 'member')} left" if left else
            "this hub drains: no member is left, it may be stopped")

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is wrong with a hub now, in a sentence each, and what to try next."""

from collections import Counter

from mcdpdk_tools.reasons import REASONS

from .condition import BAD, NOTE, RANKS, RECENT_S, WARN, Conditions

# Of one kind; more are summed up.
AT_ONCE = 5

# By the hub's own reasons.
NEXT = {
    "not_ready": "Wait; if it stays, its log says what it waits for.",
    "gateway_unresolved": "Is ports[].gateway right, and does the cloud's router answer ARP on this NIC's subnet?",
    "members_unresolved": "Are they up, and are their addresses right? The gateway leads to those of other subnets.",
    "address_conflict": "Two machines have the address: take it from one of them, or correct groups.json.",
    "kernel_address": "The kernel answers for the port's address as well: take the address from its interface.",
    "device_gone": "The NIC was detached: attach it again, or restart the hub with another.",
    "port_reset": "The device asked for a reset and is being set up again. If it repeats, look at the cloud's events.",
    "link_down": "Nothing comes in or goes out there: is the NIC attached and enabled, and its other end up?",
    "queues_unread": "Give the hub as many receiving lcores as the NIC has queues (lcores, -l).",
    "port_stalled": "The device takes no more frames: look at the host; the hub tries to reset it.",
    "rx_missed": "Packets come faster than they are taken: more receiving lcores or queues, or fewer copies for each.",
    "no_mbuf": "The packet pool is empty: more memory (-m), or fewer and shorter queues.",
    "ring_full": "A TX lcore is behind: more TX lcores (lcores), or `mcdpdkctl budget` for another hub.",
    "tx_drops": "The NIC or the cloud takes less than the hub sends: see its own counters, `mcdpdkctl budget`, and "
                "ports[].allowance.",
    "copies_shed": "The port is at its allowance, so the hub chooses what is lost, before the cloud does at random: "
                   "raise ports[].allowance if the cloud allows more, or divide the groups between hubs (`mcdpdkctl "
                   "budget`).",
    "lcore_stuck": "Something keeps that CPU from it: look for other programs on it, and at the host.",
    "state_file": "Joins are not kept over a restart: is the folder of state_file there, writable, and not full?",
    "reload_refused": "The old configuration goes on: `mcdpdk -t -c FILE` names the place.",
    "joins_waiting": "The table is full of joins: raise its size, or leave groups that nobody needs.",
    "same_mac": "Several members are behind one next hop; that is normal behind a router.",
    "peer_down": "`mcdpdkctl peers` names it: does its hub run, and do the cloud's rules let domain.encap pass?",
    "agent_away": "systemctl status mcdpdk-domain: streams go on, joins that other hubs must know of wait.",
    "etcd_away": "Is etcd up, and are domain.etcd and the credentials right? Streams go on, joins between hubs wait. "
                 "Restart no hub meanwhile.",
    "members_unserved": "`mcdpdkctl peers`: is a hub that reaches them down, or draining? If no placement was told: "
                        "does mcdpdk-domain run here, and is etcd up?",
    "draining": "An operator asked for it: stop the hub when no member is left, or `mcdpdkctl drain --end`.",
    "members_silent": "If they should send or join: on one of them, `mcdpdk-client test`. Is 224.0.0.0/4 routed to the "
                      "hub?",
}
OF_REFUSED = {
    "source_denied": "Declare it under members, or admit its prefix.",
    "join_refused": "What it may join: members[].join, admit[].join, igmp.groups, mld.groups.",
    "no_receiver": "Declare receivers under groups, or let receivers join (IGMP, MLD).",
    "sender_denied": "Allow it in groups[].senders or members[].role.",
    "ttl_expired": "Send with a higher TTL (IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS), or set ttl to preserve.",
    "rate_limited": "It sends more than its rate_limit or its group's, or more control packets than its share.",
}


def findings(state):
    """The worst first. Nothing of a hub that is down but that."""
    if not state.is_up:
        return []
    found = [*of_health(state), *of_allowance(state), *of_losses(state), *of_refused(state)]
    # One of each reason comes before the second of any, and what is summed up after all of its severity.
    seen, order = Counter(more_losses=AT_ONCE, more_refused=AT_ONCE), []
    for one in found:
        order.append((RANKS.index(one["severity"]), seen[one["reason"]], len(order)))
        seen[one["reason"]] += 1
    return [found[place] for _, _, place in sorted(order)]


def finding(severity, reason, text, following, subject=None, since_s=None):
    return {"severity": severity, "reason": reason, "subject": subject, "text": text, "next": following,
            "since_s": since_s}


def of(kind, name):
    return {"kind": kind, "name": name}


def of_health(state):
    lacks_link = Conditions(state).lacks_link
    for reason in state.reasons():
        name, text = reason["reason"], reason["text"]
        if name == "tx_drops" and lacks_link:
            # That the link is down says more.
            continue
        port = port_in(state, text)
        if name == "copies_shed" and state.shed_rates:
            port, now = shed_now(state)
            text += now
        if name == "link_down" and port:
            text += without_port(state, port)
        yield finding(BAD if reason["degrades"] else NOTE, name, text, NEXT.get(name, ""), port and of("port", port),
                      reason.get("since_s"))


def port_in(state, text):
    """The port that the text names."""
    words = {word.strip(":,;.") for word in text.split()}
    return next((port["name"] for port in state.answers.get("ports", []) if port["name"] in words), None)


def shed_now(state):
    """The port that sheds most, and words about it."""
    port = max(state.shed_rates, key=lambda name: sum(state.shed_rates[name]))
    rates = state.shed_rates[port]
    most = max(range(len(rates)), key=lambda priority: rates[priority])
    return port, (f"; now {sum(rates):,.0f} a second at {port}, most of them of priority {most}" if sum(rates) > 0
                  else "")


def without_port(state, port):
    names = sorted(name for name, row in state.tables["members"].rows.items() if row.record.get("port") == port)
    if not names:
        return ""
    return f"; {listed(names)} {'gets' if len(names) == 1 else 'get'} nothing"


def listed(names):
    more = len(names) - AT_ONCE
    return f"{', '.join(names[:AT_ONCE])}{f' and {more:,} more' if more > 0 else ''}"


def of_allowance(state):
    """What the cloud takes away, by the NIC's own counters."""
    for port, grown in state.xstats_grown.items():
        for counter, more in grown.items():
            if counter.endswith("_allowance_exceeded") and more > 0:
                yield finding(BAD, counter, f"the cloud throttles this port: {counter} rose by {more:,} in "
                              f"{state.xstats_seconds:.0f} seconds", OF_ALLOWANCE.get(counter, LARGER),
                              of("port", port))


LARGER = ("The instance sends or receives more than its type is allowed: take a larger type, another hub, or "
          "ports[].allowance, by which the hub chooses what is lost.")
OF_ALLOWANCE = {
    "conntrack_allowance_exceeded": "The cloud tracks too many connections: rules that let all pass both ways track "
                                    "none.",
    "linklocal_allowance_exceeded": "The instance asks the cloud's own services (DNS, time, metadata) too often.",
}


def of_losses(state):
    """Copies that were lost of late for a reason that the hub's own reasons do not tell."""
    told = {reason["reason"] for reason in state.reasons()}
    for reason in state.lost_of_late(RECENT_S):
        if not reason.startswith("copy_") or TOLD_BY.get(reason, set()) & told:
            continue
        members = too_narrow(state) if reason == "copy_oversize" else []
        for name, mtu in members[:AT_ONCE]:
            yield finding(WARN, reason, f"loses copies that are larger than its path MTU, {mtu:,} bytes",
                          OF_LOSS[reason], of("member", name))
        if len(members) > AT_ONCE:
            yield finding(WARN, "more_losses", f"and {len(members) - AT_ONCE:,} more members lose such copies", "")
        if not members:
            yield finding(WARN, reason, f"copies are lost: {reason}, {REASONS.get(reason, '')}",
                          OF_LOSS.get(reason, ""))


TOLD_BY = {
    "copy_shed": {"copies_shed"},
    "copy_tx_full": {"tx_drops", "port_stalled", "link_down"},
    "copy_no_mbuf": {"no_mbuf"},
    "copy_unresolved": {"members_unresolved", "gateway_unresolved"},
}


def too_narrow(state):
    """Members that lose copies, to which less fits than through the ports."""
    conditions = Conditions(state)
    lost = [(name, row.record.get("path_mtu", 0)) for name, row in state.tables["members"].rows.items()
            if conditions.is_losing(row) and "copy_oversize" in conditions.likely(row)]
    return sorted(lost, key=lambda pair: pair[1])


OF_LOSS = {
    "copy_oversize": "Send smaller datagrams, raise the MTU on the way (members[].mtu, tunnels take 24 to 50 bytes), "
                     "or set oversize to fragment.",
    "copy_unresolved": "Nobody answers ARP or neighbour discovery for it: is it up, and is its address right?",
    "copy_tx_full": NEXT["tx_drops"],
    "copy_no_mbuf": NEXT["no_mbuf"],
    "copy_shed": NEXT["copies_shed"],
}


def of_refused(state):
    rows = state.tables["members"].rows
    addresses = {row.record.get("address"): name for name, row in reversed(rows.items())}
    # Any network has frames for others.
    recent = [record for record in state.answers.get("refused", [])
              if record.get("last_seen_s", 0) <= RECENT_S and record["reason"] != "not_for_us"]
    conditions = Conditions(state)
    for record in recent[:AT_ONCE]:
        name = addresses.get(record.get("address") or None)
        yield refusal(record, name, name is not None and conditions.is_refused(rows[name]))
    if len(recent) > AT_ONCE:
        yield finding(WARN, "more_refused", f"and {len(recent) - AT_ONCE:,} more refused senders",
                      "See Refused senders.")


def refusal(record, of_address, is_mute):
    """`of_address`: the member of that address; `is_mute`: it is not heard as it is declared."""
    reason, member = record["reason"], record.get("member") or of_address
    who = record.get("member") or record.get("address") or record.get("mac") or "somebody"
    towards = f" to {record['destination']}" if record.get("destination") else ""
    severity, following = WARN, OF_REFUSED.get(reason, "")
    text = f"{who} sends {came_as(record)}{towards}, which is refused: {REASONS.get(reason, reason)}"
    if reason == "no_receiver":
        severity, text = NOTE, f"{who} sends{towards}, and nobody else receives that"
    elif reason == "join_refused":
        text = f"{who} may not join{towards.replace(' to', '')}: {record.get('why', '').replace('_', ' ')}"
    elif reason == "source_denied" and record.get("member"):
        severity, following = NOTE, "It is declared now."
    elif reason == "source_denied" and is_mute:
        text = (f"{who} sends {came_as(record)}, which is refused: that is {of_address}'s address, but {of_address} is "
                "declared with another key, VNI or encapsulation")
        following = f"Compare encap, key and vni of {of_address} in groups.json with its tunnel (ip -d link)."
    elif reason == "source_denied" and of_address:
        severity = NOTE
        text = f"{of_address} sends{towards} as {came_as(record)} besides, which is refused"
        following = "It is well as it is declared; its system sends by another interface as well."
    return finding(severity, reason, text, following, of("member", member) if member else None)


def came_as(record):
    encap, key = record.get("encap") or "something unknown", str(record.get("key", ""))
    if key != "":
        return f"{encap} with key {key}"
    return f"{encap} without a key" if encap.startswith("gre") else encap

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""/metrics: what the hubs answered last, in the formats of Prometheus and OpenMetrics.

Counters are the hubs' own, so that a restart of the monitor changes none. What is down has `mcdpdk_up` 0 and no other
series: none goes on with an old value, and none falls to 0.
"""

import math

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder

from mcdpdk_tools import domain

from .monitor import STRANGE, say

# No group or member has such a name.
OTHER = "(other)"
# Silent for longer than a member that answers IGMP queries.
QUIET_S = 300

STATS = {
    "rx_packets": "Packets received",
    "rx_bytes": "Bytes received",
    "data_packets": "Multicast and broadcast packets accepted for replication",
    "unicast_packets": "Unicast packets accepted, of overlays and segments",
    "control_packets": "Packets for the hub itself, as ARP, IGMP and MLD",
    "rx_fragments": "Fragments whose datagram became complete",
    "reassembled_packets": "Datagrams that were put together from fragments",
    "rx_drop_packets": "Received packets that were dropped, for any reason",
    "copies": "Copies, one for each receiver of a packet",
    "copy_drops": "Copies that were dropped, for any reason",
    "tx_data_packets": "Frames sent with copies",
    "tx_data_bytes": "Bytes sent with copies",
    "tx_fragments": "Frames more than copies, by fragmentation",
    "tx_control_packets": "Frames of the hub itself that were sent",
    "tx_control_drops": "Frames of the hub itself that could not be sent",
    "learning_drops": "Observed addresses that did not reach the control lcore",
    "finished_checksums": "Packets whose checksum the hub completed",
    "rx_coalesced": "Packets beyond the first of a received frame",
    "tx_coalesced": "Copies that left in the frame of another",
}
PORT_COUNTERS = {
    "rx_packets": ("rx_packets", "Packets that the port received"),
    "rx_bytes": ("rx_bytes", "Bytes that the port received"),
    "tx_packets": ("tx_packets", "Packets that the port sent"),
    "tx_bytes": ("tx_bytes", "Bytes that the port sent"),
    "rx_missed": ("rx_missed_packets", "Received packets that were lost before the hub could read them"),
    "rx_nombuf": ("rx_nombuf", "Failures to find a buffer for a received packet"),
    "link_changes": ("link_changes", "Changes of the link"),
    "resets": ("resets", "Resets of the device"),
    "stalled": ("stalls", "How often the port took or gave no frames for two seconds"),
}
PORT_GAUGES = {
    "link": ("link_up", "Whether the port has a link"),
    "mtu": ("mtu_bytes", "The port's IP MTU"),
    "burst_copies_1ms": ("burst_copies", "The most copies that one TX lcore sent within a millisecond"),
}
# 0: it may send any amount.
PORT_ALLOWANCES = {
    "allowance_pps": ("allowance_packets_per_second", "Packets that the port may send, by ports[].allowance"),
    "allowance_bps": ("allowance_bits_per_second", "Bits that the port may send, by ports[].allowance"),
}
CONTROL = {
    "queued": (GaugeMetricFamily, "queued", "Work of a class that waits for the control lcore", 1),
    "served": (CounterMetricFamily, "served", "Work of a class that the control lcore has done", 1),
    "dropped": (CounterMetricFamily, "dropped", "Work of a class that was refused", 1),
    "busy_us": (CounterMetricFamily, "busy_seconds", "Time of the control lcore that a class took", 1e-6),
}
MESSAGES = {
    "rx": ("received", "Messages received, by type"),
    "tx": ("sent", "Messages sent, by type"),
    "record": ("records", "Group records received, by type"),
    "rejected": ("rejected", "Messages and records refused, by reason"),
}
PROTOCOL_COUNTERS = {
    "older_queriers": "Queries of an older version of the protocol",
    "elections_lost": "How often another querier was elected",
}
PROTOCOL_GAUGES = {
    "enabled": "Whether the protocol is on",
    "links": "Links with receivers",
    "links_queried": "Links that the hub queries",
    "groups": "Joined groups, for each link its own",
    "sources": "Sources of joined groups",
    "hosts": "Hosts that are kept for an immediate leave",
    "waiting": "Joined groups that wait for room in the table",
    "tunnels": "Tunnels of gateways",
    "max_tunnels": "As many tunnels as there may be",
}
GROUP_COUNTERS = {
    "packets": ("packets", "Packets to the group"),
    "bytes": ("bytes", "Bytes to the group"),
    "copies": ("copies", "Copies of packets to the group"),
    "rate_limited": ("rate_limited", "Packets to the group that exceeded its rate limit"),
}
MEMBER_COUNTERS = {
    "tx_packets": ("tx_packets", "Packets sent to the member"),
    "tx_bytes": ("tx_bytes", "Bytes sent to the member"),
    "rx_packets": ("rx_packets", "Packets received from the member"),
    "rx_bytes": ("rx_bytes", "Bytes received from the member, of inner packets"),
    "drops": ("drops", "Copies to the member that were dropped"),
    "rate_limited": ("rate_limited", "Packets of the member that exceeded a rate limit"),
}
MEMBER_GAUGES = {
    "resolved": ("resolved", "Whether a copy to the member could leave now"),
    "path_mtu": ("path_mtu_bytes", "The path MTU to the member"),
    "groups": ("groups", "Groups that the member receives"),
}
PEER_COUNTERS = {
    "rx_packets": ("rx_packets", "Packets received from the peer"),
    "tx_packets": ("tx_packets", "Packets sent to the peer"),
    "lost": ("lost_packets", "Packets of the peer that were lost on the way"),
    "duplicates": ("duplicate_packets", "Packets of the peer that came twice"),
    "reordered": ("reordered_packets", "Packets of the peer that came late"),
    "drops": ("drops", "Copies to the peer that were dropped"),
    "downs": ("downs", "How often the link to the peer went down"),
}
DOMAIN_GAUGES = {
    "peers": ("domain_peers", "The other hubs of the domain"),
    "peers_up": ("domain_peers_up", "The other hubs of the domain that are up"),
    "agent_age_s": ("domain_agent_age_seconds", "Time since mcdpdk-domain last asked the hub"),
}
PLACEMENT_GAUGES = {
    "generation": ("domain_placement_generation", "Number of the placement of shared members"),
    "members": ("domain_shared_members", "Members that any hub of the domain may serve"),
    "serves": ("domain_served_members", "Shared members that this hub serves"),
    "claims": ("domain_claimed_members", "Shared members that this hub serves by claim: they came, or have to stay"),
}
PEER_STATES = ("up", "init", "down")
PERCENTILES = {"p50_ns": "0.5", "p99_ns": "0.99"}
HISTOGRAMS = {
    "latency": ("latency_seconds", "Time from a packet's arrival to its last copy"),
    "spread": ("spread_seconds", "Time from a packet's first copy to its last"),
}


class Families:
    """The families of one scrape, made when they get their first sample."""

    def __init__(self):
        self._made, self._seen = {}, set()

    def _add(self, kind, name, text, labels, value):
        labels = {key: text_of(label) for key, label in labels.items()}
        # Names that differ only in what is not text would make the whole scrape invalid.
        if (name, *labels.values()) in self._seen or not isinstance(value, (int, float)):
            return
        self._seen.add((name, *labels.values()))
        family = self._made.get(name)
        if family is None:
            family = self._made[name] = kind(f"mcdpdk_{name}", text, labels=list(labels))
        family.add_metric(list(labels.values()), value)

    def gauge(self, name, text, value, /, **labels):
        self._add(GaugeMetricFamily, name, text, labels, value)

    def counter(self, name, text, value, /, **labels):
        self._add(CounterMetricFamily, name, text, labels, value)

    def histogram(self, name, text, buckets, total, /, **labels):
        """A hub that does not tell the sum has, by OpenMetrics, no count either."""
        family = self._made.setdefault(name, HistogramMetricFamily(f"mcdpdk_{name}", text, labels=list(labels)))
        family.add_metric([text_of(label) for label in labels.values()], buckets, total)

    def __iter__(self):
        return iter(self._made.values())


def text_of(label):
    """Whatever a name is: text that can be sent."""
    return str(label).encode(errors="replace").decode()


class Collector:
    """Labels say which hub. Groups and members beyond the busiest are counted as one."""

    def __init__(self, monitor, top):
        self.monitor, self.top = monitor, top

    def describe(self):
        return []

    def collect(self):
        found = Families()
        for url, error in self.monitor.site_errors.items():
            found.gauge("site_up", "Whether the monitor elsewhere answers", int(error is None), url=url)
        for watched in list(self.monitor.hubs.values()):
            try:
                collect_hub(found, watched.state, self.top)
            except STRANGE as error:
                # The others' metrics are good.
                say(f"{watched.state.name}: an answer cannot be understood: {error!r}")
        return found


def exposition(monitor, top):
    """A function of the Accept header: (body, content type)."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(monitor, top))

    def collect(accept):
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    return collect


def collect_hub(found, state, top):
    hub = state.name
    found.gauge("up", "Whether the hub answers", int(state.is_up), hub=hub)
    found.gauge("up_since_seconds", "Unix time since which mcdpdk_up has its value", round(state.since, 3), hub=hub)
    if not state.is_up:
        return
    answers = state.answers
    collect_info(found, hub, state, answers)
    for name, value in answers.get("stats", {}).items():
        found.counter(name, STATS.get(name, f"{name} of /mcdpdk/stats"), value, hub=hub)
    for reason, value in answers.get("drops", {}).items():
        stage = "copies" if reason.startswith("copy_") else "received"
        found.counter("drops", "Packets and copies dropped, by reason", value, hub=hub, stage=stage, reason=reason)
    collect_ports(found, hub, answers)
    collect_lcores(found, hub, answers)
    for protocol in ("igmp", "mld", "amt"):
        collect_protocol(found, hub, protocol, answers.get(protocol, {}))
    collect_latency(found, hub, answers.get("latency", {}))
    collect_domain(found, hub, answers.get("domain"))
    collect_placement(found, hub, answers.get("domain"), answers.get("placement"))
    collect_peers(found, hub, answers.get("peers", []))
    collect_table(found, hub, "group", state.tables["groups"], GROUP_COUNTERS, top)
    collect_table(found, hub, "member", state.tables["members"], MEMBER_COUNTERS, top)
    collect_streams(found, hub, state.tables)
    collect_members(found, hub, state.tables["members"], top)
    for name, table in state.tables.items():
        found.gauge("monitor_rows_left_out", "Groups or members for which the monitor has no room", table.left_out,
                    hub=hub, table=name)


def collect_info(found, hub, state, answers):
    info, health = answers.get("info", {}), answers.get("health", {})
    found.gauge("hub_info", "The hub's version and configuration", 1, hub=hub, version=info.get("version", ""),
                config_file=info.get("config_file", ""))
    found.gauge("start_time_seconds", "Unix time at which the hub started", round(state.started), hub=hub)
    found.gauge("ready", "Whether the hub serves packets", info.get("ready"), hub=hub)
    found.gauge("config_generation", "1 at the start, and 1 more for each reload", info.get("generation"), hub=hub)
    found.gauge("degraded", "Whether something is wrong, by /mcdpdk/health", int(state.verdict() == "degraded"),
                hub=hub)
    for reason in state.reasons():
        found.gauge("health_reason", "What is wrong, or peculiar (degrades 0), and for how many", reason["count"],
                    hub=hub, reason=reason["reason"], degrades=reason["degrades"])
    found.gauge("members", "Members, declared or admitted", info.get("members"), hub=hub)
    found.gauge("groups", "Group entries", info.get("groups"), hub=hub)
    found.gauge("members_limit", "limits.members", info.get("max_members"), hub=hub)
    found.gauge("groups_limit", "limits.groups", info.get("max_groups"), hub=hub)
    found.gauge("members_unresolved", "Members that cannot be reached", health.get("members_unresolved"), hub=hub)
    found.gauge("members_silent", "Declared members that have never sent nor joined", health.get("members_silent"),
                hub=hub)
    found.gauge("monitor_control_ratio", "Share of the control lcore's time that the monitor's polling takes",
                answers.get("load"), hub=hub)


def collect_ports(found, hub, answers):
    for port in answers.get("ports", []):
        for key, (name, text) in PORT_COUNTERS.items():
            found.counter(f"port_{name}", text, port.get(key), hub=hub, port=port["name"])
        for key, (name, text) in PORT_GAUGES.items():
            found.gauge(f"port_{name}", text, port.get(key), hub=hub, port=port["name"])
        for key, (name, text) in PORT_ALLOWANCES.items():
            if port.get(key):
                found.gauge(f"port_{name}", text, port[key], hub=hub, port=port["name"])
        for priority, copies in enumerate(port.get("shed", [])):
            found.counter("port_shed_copies", "Copies shed to keep to the allowance, by priority of their group", copies,
                          hub=hub, port=port["name"], priority=priority)
    for port, counters in answers.get("xstats", {}).items():
        for name, value in counters.items():
            found.counter("port_xstats", "The device's own counters, by DPDK's name of the extended statistic", value,
                          hub=hub, port=port, name=name)


def collect_lcores(found, hub, answers):
    for lcore in answers.get("lcores", []):
        labels = {"hub": hub, "lcore": lcore["lcore"], "role": lcore["role"]}
        found.counter("lcore_packets", "Packets that the lcore handled", lcore.get("packets"), **labels)
        found.gauge("lcore_busy_ratio", "Share of time in which the lcore has work", lcore.get("busy_percent", 0) / 100,
                    **labels)
        if "last_progress_ms" in lcore:
            found.gauge("lcore_last_progress_seconds", "Time since the lcore made progress",
                        lcore["last_progress_ms"] / 1e3, **labels)
    control = answers.get("control", {})
    for name, share in control.items():
        if isinstance(share, dict):
            for key, (kind, metric, text, factor) in CONTROL.items():
                add = found.gauge if kind is GaugeMetricFamily else found.counter
                add(f"control_{metric}", text, share.get(key, 0) * factor, hub=hub, **{"class": name})
    if "longest_slice_us" in control:
        found.gauge("control_longest_slice_seconds", "The longest piece of work of the control lcore since its start",
                    control["longest_slice_us"] / 1e6, hub=hub)


def collect_protocol(found, hub, protocol, answer):
    title = protocol.upper()
    for key, value in answer.items():
        group, _, rest = key.partition("_")
        if key in PROTOCOL_GAUGES:
            found.gauge(f"{protocol}_{key}", f"{title}: {PROTOCOL_GAUGES[key]}", value, hub=hub)
        elif key in PROTOCOL_COUNTERS:
            found.counter(f"{protocol}_{key}", f"{title}: {PROTOCOL_COUNTERS[key]}", value, hub=hub)
        elif group in MESSAGES and rest:
            name, text = MESSAGES[group]
            found.counter(f"{protocol}_{name}", f"{title}: {text}", value, hub=hub, type=rest)


def collect_latency(found, hub, answer):
    bounds = answer.get("bounds_ns", [])
    for key, (name, text) in HISTOGRAMS.items():
        counts, sum_ns = answer.get(f"{key}_counts", []), answer.get(f"{key}_sum_ns")
        if not bounds or len(counts) != len(bounds) + 1:
            continue
        total, buckets = 0, []
        for bound, count in zip([*bounds, None], counts):
            total += count
            buckets.append(("+Inf" if bound is None else repr(bound / 1e9), total))
        found.histogram(name, text, buckets, None if sum_ns is None else sum_ns / 1e9, hub=hub)
    for key, percentile in PERCENTILES.items():
        if key in answer:
            found.gauge("latency_percentile_seconds", "Time from RX burst to TX burst since the start, by percentile",
                        answer[key] / 1e9, hub=hub, percentile=percentile)
    if "max_ns" in answer:
        found.gauge("latency_max_seconds", "The longest time from RX burst to TX burst since the start",
                    answer["max_ns"] / 1e9, hub=hub)


def collect_domain(found, hub, own):
    """Nothing of a hub that is in none."""
    if not own:
        return
    for key, (name, text) in DOMAIN_GAUGES.items():
        value = math.inf if own.get(key) == domain.NEVER_S else own.get(key)
        found.gauge(name, text, value, hub=hub, domain=own["name"])
    found.gauge("domain_agent_connected", "Whether mcdpdk-domain says that it has a connection to etcd",
                int(domain.is_connected(own)), hub=hub, domain=own["name"])


def collect_placement(found, hub, own, placement):
    """Nothing of a hub whose members are its own."""
    if not placement:
        return
    for key, (name, text) in PLACEMENT_GAUGES.items():
        found.gauge(name, text, placement.get(key), hub=hub, domain=own["name"])
    found.gauge("domain_draining", "Whether an operator has the other hubs serve the members of this one",
                own.get("draining"), hub=hub, domain=own["name"])
    found.gauge("domain_handover", "Whether members are being handed from one hub to another",
                int(not domain.is_settled(placement)), hub=hub, domain=own["name"])
    found.gauge("domain_configuration", "1, for the digest of the members and groups in the hub's file", 1, hub=hub,
                domain=own["name"], digest=own.get("digest", ""))


def collect_peers(found, hub, peers):
    for peer in peers:
        for state in PEER_STATES:
            found.gauge("peer_state", "1 for the state that the peer is in", int(peer.get("state") == state), hub=hub,
                        peer=peer["name"], state=state)
        for key, (name, text) in PEER_COUNTERS.items():
            found.counter(f"peer_{name}", text, peer.get(key), hub=hub, peer=peer["name"])
        found.gauge("peer_groups", "Groups that the peer has receivers for", peer.get("groups"), hub=hub,
                    peer=peer["name"])
        if "hello_us" in peer:
            found.gauge("peer_hello_age_seconds", "Time since the last hello of the peer", peer["hello_us"] / 1e6,
                        hub=hub, peer=peer["name"])


def collect_table(found, hub, kind, table, counters, top):
    """The busiest by name, and the sum of what all others have counted since the monitor started."""
    for name in table.busiest(top):
        record = record_of(table, name)
        for key, (metric, text) in counters.items():
            found.counter(f"{kind}_{metric}", text, record.get(key), hub=hub, **{kind: name})
    for (_, key, _), value in zip(table.counted, table.others):
        metric, text = counters[key]
        found.counter(f"{kind}_{metric}", text, value, hub=hub, **{kind: OTHER})


def record_of(table, name):
    """Nothing of a name that the sum goes by, nor what was read before the hub restarted."""
    row = table.rows[name]
    return {} if name == OTHER or row.at is None else row.record


def collect_streams(found, hub, tables):
    for name in tables["groups"].top:
        found.gauge("group_receivers", "Receivers of the group", record_of(tables["groups"], name).get("receivers"),
                    hub=hub, group=name)
    for name in tables["members"].top:
        record = record_of(tables["members"], name)
        for key, (metric, text) in MEMBER_GAUGES.items():
            found.gauge(f"member_{metric}", text, record.get(key), hub=hub, member=name)


def collect_members(found, hub, table, top):
    """By name those who went silent last: they are among the busiest no more."""
    quiet = sorted((row.record["last_seen_s"], name) for name, row in table.rows.items()
                   if row.at is not None and row.record.get("last_seen_s", 0) > QUIET_S)
    found.gauge("members_quiet", "Members that sent or joined something, and nothing in the last five minutes",
                len(quiet), hub=hub)
    for seconds, name in quiet[:top]:
        found.gauge("member_quiet_seconds", "How long a quiet member has sent and joined nothing", seconds, hub=hub,
                    member=name)

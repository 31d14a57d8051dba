#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub's telemetry socket at scale: many members and groups whose counters and rates go on, and faults.

It forwards nothing. Its answers have the keys and sizes of the hub's, and their sums balance as the hub's do.
"""

import argparse
import math
import random
import signal
import sys
import threading
import time

from paths import SCRIPTS

sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "mcdpdk_monitor/test")]

from fake_hub import NAMES_OF_GROUPS_A_PAGE, RECEIVERS_A_PAGE, FakeHub, page, page_of_names  # noqa: E402
from mcdpdk_tools.reasons import REASONS  # noqa: E402

# Where members are, and how they are reached: of a small hub the first three.
PLACES = [("tokyo", "10.0.0", "l2"), ("osaka", "10.5.0", "gre"), ("seoul", "10.6.0", "gre-udp"),
          ("nagoya", "10.7.0", "vxlan"), ("amt", "192.168.7", "amt"), ("kyoto", "10.0.1", "l2"),
          ("taipei", "10.8.0", "gre"), ("sapporo", "10.9.0", "udp")]
FEW_PLACES, MEMBERS_A_PLACE = 3, 125
HUB, GATEWAY_MAC = "10.0.0.10", "02:00:00:00:00:01"
PORTS = ("0000:00:05.0", "0000:00:06.0")
# A member of so many sends; of all groups, so many at most have a stream.
SENDERS, STREAMS = 10, 2000
MOST_RECEIVERS = 200
SIZES = (120, 316, 740, 1316, 1400)
# Counters are brought up to date at most so often; a rate that follows from them is right within that.
STEP_S = 0.2
BOUNDS_NS = [n * scale for scale in (100, 1000, 10000, 100000, 1000000, 10000000, 100000000) for n in (1, 2, 5)]
BOUNDS_NS.append(1000000000)
LATENCY_NS, SPREAD_NS = (4500, 0.7), (1600, 0.9)
# What comes from outside goes wrong a little, always: packets a second.
USUAL_DROPS = {"not_for_us": 3.0, "source_denied": 0.4, "no_receiver": 1.5, "bad_checksum": 0.02}
FAULT_PPS = 40.0
FAULTS = {
    "mtu": "the path to one member takes no large packets",
    "key": "one member sends with a wrong GRE key",
    "route": "one member has no route for multicast to the hub",
    "allowance": "the first port sends more than its allowance",
    "port": "the second port is dead",
}
NOT_LOOKED_AT = ["the encapsulation, key, VNI and MAC of a real packet",
                 "the port that it arrives at, and its destination MAC", "its lengths, checksums and fragments",
                 "IGMP and MLD, which are never replicated", "its size beside the receivers' MTU",
                 "rates, full queues and empty pools"]
IGMP_COUNTERS = """rx_v1_report rx_v2_report rx_v2_leave rx_v3_report rx_v1_query rx_v2_query rx_v3_query
    tx_general_query tx_group_query tx_group_source_query tx_advertisement tx_delayed record_is_in record_is_ex
    record_to_in record_to_ex record_allow record_block rejected_malformed rejected_fragment rejected_not_igmp
    rejected_bad_checksum rejected_unknown_type rejected_bad_ttl rejected_no_router_alert rejected_bad_sender
    rejected_bad_destination rejected_unknown_member rejected_unknown_record rejected_not_multicast
    rejected_all_systems rejected_not_permitted rejected_ssm_any_source rejected_bad_source rejected_older_host
    rejected_member_groups rejected_total_groups rejected_group_sources rejected_member_sources
    rejected_total_sources rejected_no_memory older_queriers elections_lost""".split()
AMT_COUNTERS = """rx_discovery rx_request rx_update rx_teardown tx_advertisement tx_query rejected_malformed
    rejected_version rejected_not_for_relay rejected_unknown_type rejected_mld rejected_response_mac
    rejected_bad_report rejected_bad_checksum rejected_unreachable rejected_max_tunnels
    rejected_max_tunnels_per_address rejected_no_tunnel""".split()


class Stream:
    """What one member sends to one group. Its rate swings, and some streams pause."""

    def __init__(self, chance, group, sender, receivers, pps):
        self.group, self.sender, self.receivers, self.base = group, sender, receivers, pps
        self.size = chance.choice(SIZES)
        self.period, self.phase = chance.uniform(20, 300), chance.uniform(0, 2 * math.pi)
        self.pauses = chance.random() < 0.1
        self.pps, self.packets, self.last = 0.0, 0, 0.0

    def turn(self, now):
        swing = math.sin(2 * math.pi * now / self.period + self.phase)
        self.pps = 0.0 if self.pauses and swing < -0.5 else self.base * (1 + 0.3 * swing)


class LargeHub(FakeHub):
    def __init__(self, path, members=1000, groups=10000, faults=()):
        self.chance, self.lock = random.Random(1), threading.Lock()
        self.faults, self.started, self.advanced = set(faults), time.monotonic(), time.monotonic()
        self.rows, self.entries, self.receivers_of = {}, {}, {}
        self.streams, self.counts, self.copies_to = [], dict.fromkeys(REASONS, 0.0), {}
        self.stats = dict.fromkeys(("rx", "rx_bytes", "data", "control", "copies", "tx", "tx_bytes"), 0.0)
        self.latency, self.spread = ([0] * (len(BOUNDS_NS) + 1) for _ in range(2))
        self.shed, self.of_ports = [0] * 8, {name: [0.0] * 4 for name in PORTS}
        self._make_members(members)
        self._make_groups(groups)
        self._plant_faults()
        # Pages cost the control lcore little, so that the monitor has both tables within seconds.
        super().__init__(path, self.entries.values(), self.rows.values(), lacks={"domain", "peers"})
        self.cost_us = 100

    # What there is

    def _make_members(self, count):
        places = PLACES[:max(min(len(PLACES), count // MEMBERS_A_PLACE), FEW_PLACES)]
        for i in range(count):
            place, prefix, encap = places[i % len(places)]
            number = i // len(places)
            net, host = prefix.rsplit(".", 1)
            address = f"{net}.{int(host) + 2 * (number // 200)}.{number % 200 + 11}"
            name = f"amt:{address}:2268" if encap == "amt" else f"{place}-{number + 1}"
            mac = f"02:00:0a:00:{number >> 8:02x}:{number & 255:02x}" if encap == "l2" else GATEWAY_MAC
            self.rows[name] = {
                "name": name, "address": address, "encap": encap, "mac": mac, "resolved": 1,
                "origin": "amt" if encap == "amt" else "static", "rx_packets": 0, "rx_bytes": 0, "tx_packets": 0,
                "tx_bytes": 0, "drops": 0, "groups": 0, "path_mtu": 1500 if encap in ("l2", "udp", "amt") else 8500,
                "last_seen_s": 0 if encap == "udp" else self.chance.randint(1, 60)}

    def _make_groups(self, count):
        names = list(self.rows)
        senders = [name for name in names if self.rows[name]["encap"] not in ("udp", "amt")]
        senders = senders[:max(len(names) // SENDERS, 2)]
        most = max(min(MOST_RECEIVERS, len(names) // 2), 1)
        for i in range(count):
            address = f"239.{1 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}"
            sender = senders[i % len(senders)]
            is_ssm = i % 10 == 9
            group = f"232{address[3:]},{self.rows[sender]['address']}" if is_ssm else address
            size = min(int(self.chance.paretovariate(0.8)) + 1, most)
            receivers = self.chance.sample(names, size)
            self.receivers_of[group] = receivers
            for name in receivers:
                self.rows[name]["groups"] += 1
            self.entries[group] = {"group": group, "packets": 0, "bytes": 0, "copies": 0, "receivers": size,
                                   "priority": 5 if i % 50 == 0 else 3, "origins": ["igmp"] if is_ssm else ["static"]}
            if i < STREAMS:
                others = [name for name in receivers if name != sender]
                self.streams.append(Stream(self.chance, group, sender, others, 20 * len(names) / (i + 1) ** 0.9))

    def _victim(self, encap, place):
        found = [name for name, row in self.rows.items() if row["encap"] == encap]
        return found[place % len(found)]

    def _plant_faults(self):
        """Victims are others than the first members, which send most."""
        self.victims = {"mtu": self._victim("gre", -1), "key": self._victim("gre", -2),
                        "route": self._victim("l2", -1)}
        self.silent = [self.victims[fault] for fault in ("key", "route") if fault in self.faults]
        for name in self.silent:
            self.rows[name]["last_seen_s"] = 0
        if "mtu" in self.faults:
            self.rows[self.victims["mtu"]]["path_mtu"] = 1280
        self.behind = {name for name, row in self.rows.items() if row["encap"] == "gre-udp"}
        if "port" in self.faults:
            for name in self.behind:
                self.rows[name] |= {"resolved": 0, "mac": "", "last_seen_s": 3600}
        self.streams = [stream for stream in self.streams if not self._is_mute(stream.sender)]

    def _is_mute(self, sender):
        return sender in self.silent or "port" in self.faults and sender in self.behind

    # What goes on

    def advance(self):
        """Count what was sent since the last time."""
        with self.lock:
            now = time.monotonic()
            seconds = now - self.advanced
            if seconds < STEP_S:
                return
            self.advanced, self.uptime_s = now, int(now - self.started)
            self.copies_to = {name: [0.0, 0.0] for name in self.rows}
            sent_by = {name: [0.0, 0.0] for name in self.rows}
            for stream in self.streams:
                stream.turn(now)
                sent_by[stream.sender][0] += stream.pps
                sent_by[stream.sender][1] += stream.pps * stream.size * 8
                self._send(stream, self._whole(stream.pps * seconds))
            self._lose(seconds)
            self._count_devices()
            self._rank(sent_by)

    def _whole(self, count):
        """A part of a packet is one now and then."""
        return int(count + self.chance.random())

    def _send(self, stream, packets):
        entry = self.entries[stream.group]
        stream.packets += packets
        entry["packets"] += packets
        entry["bytes"] += packets * stream.size
        entry["copies"] += packets * len(stream.receivers)
        self.rows[stream.sender]["rx_packets"] += packets
        self.rows[stream.sender]["rx_bytes"] += packets * stream.size
        self.rows[stream.sender]["last_seen_s"] = 1
        self.stats["data"] += packets
        self.stats["rx_bytes"] += packets * (stream.size + 14)
        copies = 0
        for name in stream.receivers:
            row = self.rows[name]
            reason = self._reason(stream, row)
            if reason:
                row["drops"] += packets
                self.counts[reason] += packets
                continue
            copies += packets
            row["tx_packets"] += packets
            row["tx_bytes"] += packets * (stream.size + 14)
            self.copies_to[name][0] += stream.pps
            self.copies_to[name][1] += stream.pps * stream.size * 8
            port = self.of_ports[PORTS[name in self.behind]]
            port[2] += packets
            port[3] += packets * (stream.size + 14)
        self.of_ports[PORTS[0]][0] += packets
        self.of_ports[PORTS[0]][1] += packets * (stream.size + 14)
        self.stats["copies"] += packets * len(stream.receivers)
        self.stats["tx"] += copies
        self.stats["tx_bytes"] += copies * (stream.size + 14)
        for counts, (median, sigma) in ((self.latency, LATENCY_NS), (self.spread, SPREAD_NS)):
            self._sample(counts, packets, median, sigma)

    def _reason(self, stream, row):
        if not row["resolved"]:
            return "copy_unresolved"
        if row["path_mtu"] < stream.size:
            return "copy_oversize"
        if "allowance" in self.faults and self.entries[stream.group]["priority"] == 3 and self.chance.random() < 0.02:
            return "copy_shed"
        return None

    def _sample(self, counts, packets, median, sigma):
        """All packets of a burst have one time."""
        if packets:
            taken = self.chance.lognormvariate(math.log(median), sigma)
            counts[next((i for i, bound in enumerate(BOUNDS_NS) if taken <= bound), len(BOUNDS_NS))] += packets

    def _lose(self, seconds):
        for reason, pps in USUAL_DROPS.items():
            self.counts[reason] += self._whole(pps * seconds)
        if "key" in self.faults:
            self.counts["source_denied"] += self._whole(FAULT_PPS * seconds)
        self.stats["control"] += self._whole(len(self.rows) / 5 * seconds)
        self.shed[3] = int(self.counts["copy_shed"])

    def _count_devices(self):
        """By the names of ENA."""
        for name, (rx, rx_bytes, tx, tx_bytes) in self.of_ports.items():
            throttled = int(2 * self.counts["copy_shed"]) if name == PORTS[0] else 0
            self.devices[name] = {"rx_good_packets": int(rx), "tx_good_packets": int(tx),
                                  "rx_good_bytes": int(rx_bytes), "tx_good_bytes": int(tx_bytes),
                                  "bw_in_allowance_exceeded": 0,
                                  "bw_out_allowance_exceeded": 0, "pps_allowance_exceeded": throttled,
                                  "conntrack_allowance_exceeded": 0, "linklocal_allowance_exceeded": 0}

    def _rank(self, sent_by):
        groups, self.streams_of = {}, []
        for stream in self.streams:
            groups[stream.group] = [stream.pps, stream.pps * stream.size * 8]
            if stream.pps:
                stream.last = self.advanced
            if stream.packets:
                self.streams_of.append(self._describe(stream))
        for kind, found in (("group", groups), ("sender", sent_by), ("member", self.copies_to)):
            busy = sorted(((pps, bps, name) for name, (pps, bps) in found.items() if pps >= 1), reverse=True)
            self.rates_of[kind] = [{"name": name, "pps": int(pps), "bps": int(bps), "peak_pps": int(1.3 * pps) + 1}
                                   for pps, bps, name in busy]

    def _describe(self, stream):
        seconds = max(int(self.advanced - stream.last), 1)
        return {"sender": stream.sender, "group": stream.group.partition(",")[0],
                "source": self.rows[stream.sender]["address"], "entry": stream.group,
                "samples": stream.packets // 32 + 1, "packets": stream.packets, "bytes": stream.packets * stream.size,
                "last_seen_s": seconds}

    # What it answers

    def _answer(self, command, params):
        self.advance()
        with self.lock:
            return super()._answer(command, params)

    def answer_info(self):
        return {**super().answer_info(), "config_file": "/etc/mcdpdk/groups.json", "ports": len(PORTS),
                "max_members": 4096, "max_groups": 65536, "capture": "the hub runs with --in-memory"}

    def answer_stats(self):
        rx_drops, copy_drops = (sum(int(count) for name, count in self.counts.items()
                                    if name.startswith("copy_") == of_copies) for of_copies in (False, True))
        of = {name: int(count) for name, count in self.stats.items()}
        return {"rx_packets": of["data"] + of["control"] + rx_drops, "rx_bytes": of["rx_bytes"],
                "data_packets": of["data"], "unicast_packets": 0, "control_packets": of["control"], "rx_fragments": 0,
                "reassembled_packets": 0, "rx_coalesced": 0, "copies": of["copies"], "tx_data_packets": of["tx"],
                "tx_data_bytes": of["tx_bytes"], "tx_fragments": 0, "tx_coalesced": 0,
                "tx_control_packets": of["control"], "tx_control_drops": 0, "learning_drops": 0,
                "finished_checksums": 0, "rx_drop_packets": rx_drops, "copy_drops": copy_drops}

    def answer_drops(self):
        return {name: int(count) for name, count in self.counts.items()}

    def answer_ports(self):
        is_dead = ["port" in self.faults and name == PORTS[1] for name in PORTS]
        return {f"r{i}": {
            "name": name, "mac": f"02:00:0a:00:00:{0x10 + i:02x}", "link": int(not is_dead[i]),
            "link_changes": int(is_dead[i]), "resets": 0, "mtu": 9000, "rx_packets": int(self.of_ports[name][0]),
            "rx_bytes": int(self.of_ports[name][1]), "tx_packets": int(self.of_ports[name][2]),
            "tx_bytes": int(self.of_ports[name][3]), "burst_copies_1ms": 4100 - 900 * i, "rx_missed": 0,
            "rx_nombuf": 0, "stalled": int(is_dead[i]), "rx_queues": 2, "punt_queue": 0, "tx_queues": 3,
            "allowance_pps": 1800000 if "allowance" in self.faults and i == 0 else 0, "allowance_bps": 0,
            "shed": self.shed if i == 0 else [0] * 8} for i, name in enumerate(PORTS)}

    def answer_lcores(self):
        pps = sum(stream.pps for stream in self.streams)
        load = min(pps / (20.0 * len(self.rows) * 12), 1.3)
        roles = [("control", 6), ("rx", 40 * load), ("rx", 35 * load), ("tx", 75 * load), ("tx", 70 * load),
                 ("tx", 66 * load)]
        return {f"r{i}": {"lcore": i, "role": role, "socket": 0, "packets": int(self.stats["data"]) * (i > 0),
                          "busy_percent": min(int(percent + self.chance.random() * 3), 100), "last_progress_ms": 1}
                for i, (role, percent) in enumerate(roles)}

    def answer_control(self):
        control = int(self.stats["control"])
        shares = {"neighbour": control // 4, "membership": control // 2, "admission": control // 50, "echo": 40}
        return {**{name: {"queued": 0, "served": served, "dropped": 0, "busy_us": served * 3}
                   for name, served in shares.items()}, **super().answer_control()}

    def answer_latency(self):
        return {"p50_ns": percentile(self.latency, 0.5), "p99_ns": percentile(self.latency, 0.99),
                "max_ns": percentile(self.latency, 1), "spread_p99_ns": percentile(self.spread, 0.99),
                "bounds_ns": BOUNDS_NS, "latency_counts": self.latency, "spread_counts": self.spread,
                "latency_sum_ns": int(sum(self.latency) * LATENCY_NS[0] * 1.3),
                "spread_sum_ns": int(sum(self.spread) * SPREAD_NS[0] * 1.5)}

    def answer_igmp(self):
        reports = int(self.stats["control"]) // 2
        links, joined = len(self.rows), len(self.entries) // 10
        return {"enabled": 1, "links": links, "links_queried": links, "groups": joined, "sources": joined,
                "hosts": 2 * joined, "waiting": 0,
                **dict.fromkeys(IGMP_COUNTERS, 0), "rx_v3_report": reports, "record_is_in": reports // 2,
                "record_is_ex": reports - reports // 2, "tx_general_query": links * (self.uptime_s // 125 + 1),
                "rejected_no_router_alert": self.uptime_s // 90}

    def answer_amt(self):
        tunnels = sum(row["encap"] == "amt" for row in self.rows.values())
        return {"enabled": 1, "port": 2268, "tunnels": tunnels, "max_tunnels": 4096, "max_tunnels_per_address": 64,
                **dict.fromkeys(AMT_COUNTERS, 0), "rx_request": tunnels, "rx_update": 2 * tunnels, "tx_query": tunnels}

    def answer_refused(self, offset="0"):
        found = [{"reason": "source_denied", "address": "10.0.0.250", "encap": "l2", "key": "",
                  "count": int(0.4 * self.uptime_s) + 1, "last_seen_s": 2, "mac": "02:00:0a:00:00:fa",
                  "destination": "239.255.255.250"}]
        if "key" in self.faults:
            found.append({"reason": "source_denied", "address": self.rows[self.victims["key"]]["address"],
                          "encap": "gre", "key": 99, "count": int(FAULT_PPS * self.uptime_s) + 1, "last_seen_s": 1,
                          "destination": next(iter(self.entries)).split(",")[0]})
        self.refused_of = found
        return super().answer_refused(offset)

    def answer_health(self):
        self.reasons = list(self._reasons())
        unresolved = [name for name, row in self.rows.items() if not row["resolved"]]
        return {**super().answer_health(), "members_unresolved": len(unresolved), "members_silent": len(self.silent)}

    def _reasons(self):
        if "port" in self.faults:
            yield self._reason_of("members_unresolved", len(self.behind), 1,
                                  f"{len(self.behind)} of {len(self.rows)} members do not answer ARP: "
                                  f"{', '.join(sorted(self.behind)[:3])}{', ...' if len(self.behind) > 3 else ''}")
            yield self._reason_of("link_down", 1, 1, f"port {PORTS[1]}: the link is down")
        if "allowance" in self.faults and self.counts["copy_shed"]:
            yield self._reason_of("copies_shed", 1, 1, f"{int(self.counts['copy_shed'])} copies were shed: "
                                                       "ports[].allowance permits no more")
        if self.silent:
            yield self._reason_of("members_silent", len(self.silent), 0,
                                  f"{len(self.silent)} {'member has' if len(self.silent) == 1 else 'members have'} "
                                  f"never sent nor joined: {', '.join(self.silent)}")

    def _reason_of(self, name, count, degrades, text):
        return {"reason": name, "degrades": degrades, "text": text, "count": count, "since_s": self.uptime_s}

    def answer_group(self, *name):
        return self.entries.get(",".join(name), {"error": f"no such entry: {','.join(name)}"})

    def answer_member(self, name):
        return self.rows.get(name, {"error": f"no such member: {name}"})

    def answer_receivers(self, offset, *name):
        origins = self.entries.get(",".join(name), {}).get("origins")
        if origins is None:
            return {"error": f"no such entry: {','.join(name)}"}
        return page(int(offset), [{"member": member, "origins": origins, "expires_s": 170 * ("igmp" in origins)}
                                  for member in self.receivers_of[",".join(name)]], RECEIVERS_A_PAGE)

    def answer_member_groups(self, offset, name):
        joined = [group for group, receivers in self.receivers_of.items() if name in receivers]
        return page_of_names(int(offset), "groups", joined, NAMES_OF_GROUPS_A_PAGE)

    def answer_rates(self, kind, offset="0"):
        times = {"since_ms": 1000, "age_ms": int((time.monotonic() - self.advanced) * 1000)}
        return {**super().answer_rates(kind, offset), **times}

    def answer_explain(self, sender, *group):
        row = self.rows.get(sender) or next((row for row in self.rows.values() if row["address"] == sender), None)
        answer = {"verdict": "source_denied", "match": "", "total": 0, "unresolved": 0, "sender": "", "admits": 0}
        if row is None:
            is_address = sender.replace(".", "").isdigit()
            return {**answer, **({"message": f"{sender} is no member's; a plain frame is known by its MAC, too"}
                                 if is_address else {"error": f"no such member: {sender}"})}
        # A source-specific entry of the sender comes first.
        match = next((name for name in (",".join(group), f"{group[0]},{row['address']}", group[0])
                      if name in self.entries), "")
        found = [self.rows[name] for name in self.receivers_of.get(match, []) if name != row["name"]]
        verdict = "sender_denied" if row["encap"] == "udp" else "replicate" if found else "no_receiver"
        found = found if verdict == "replicate" else []
        return {**answer, "verdict": verdict, "match": match, "total": len(found), "sender": row["name"],
                "unresolved": sum(not member["resolved"] for member in found), "message": "",
                "not_looked_at": NOT_LOOKED_AT,
                **{f"r{i}": {"member": member["name"], "encap": member["encap"], "next_hop_mac": member["mac"],
                             "mtu": member["path_mtu"]} for i, member in enumerate(found[:16])}}


def percentile(counts, share):
    wanted, below = share * sum(counts), 0
    for count, bound in zip(counts, BOUNDS_NS):
        below += count
        if below >= wanted:
            return bound
    return BOUNDS_NS[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--groups", type=int, default=10000)
    parser.add_argument("--socket", required=True, metavar="PATH", help="PREFIX/dpdk_telemetry.v2: PREFIX is its name")
    parser.add_argument("--fault", action="append", choices=FAULTS, default=[],
                        help="; ".join(f"{name}: {what}" for name, what in FAULTS.items()))
    args = parser.parse_args()
    hub = LargeHub(args.socket, args.members, args.groups, args.fault)

    def reload(*_):
        hub.generation += 1

    signal.signal(signal.SIGHUP, reload)
    print(f"answers on {hub.path}; SIGHUP is a reload", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())

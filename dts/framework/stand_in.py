# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A socket that answers like a hub's telemetry.

It follows DPDK 22.11: a greeting, one answer per request under the command's name, null for unknown commands, records
r0, r1, ..., pages with total and next.
"""

import json
import os
import socket
import threading
from contextlib import suppress

from telemetry import COPY_REASONS, RX_REASONS

PAGE = 100
RECORDS_A_PAGE = 40

GROUPS = [f"239.1.{i // 250}.{i % 250 + 1}" for i in range(1030)] + ["232.8.8.8,10.0.0.12"]
MEMBERS = ["tokyo-1", "tokyo-2", "gre:10.0.0.57:7"]
RECEIVED, COPIES = list(RX_REASONS), list(COPY_REASONS)


def page(offset, names, key):
    shown = names[offset:offset + PAGE]
    following = offset + PAGE if offset + PAGE < len(names) else 0
    return {"total": len(names), "next": following, key: shown}


def record_page(offset, rows):
    shown = rows[offset:offset + RECORDS_A_PAGE]
    following = offset + RECORDS_A_PAGE if offset + RECORDS_A_PAGE < len(rows) else 0
    return {"total": len(rows), "next": following, **{f"r{i}": row for i, row in enumerate(shown)}}


def peer(name, place=0, state="up", **more):
    return {"name": name, "address": f"10.5.{place // 250}.{place % 250 + 1}", "state": state,
            "rx_packets": 1234567, "tx_packets": 2345678, "lost": 3, "duplicates": 0, "reordered": 1, "groups": 17,
            "segments": 1, "hosts": 2, "hello_us": 41000, "agent_s": 2, "mac": "02:00:00:00:00:01", "since_s": 61,
            "downs": 1, "drops": 0, **more}


def reason(name, text, **more):
    """What is wrong, for `Answers.faults`."""
    return {"reason": name, "degrades": 1, "count": 1, "since_s": 61, "text": text, **more}


def placement(**more):
    """Of a hub that serves three of nine shared members."""
    return {"generation": 7, "phase": "settled", "applied": 1, "members": 9, "serves": 3, "claims": 0, "draining": 0,
            **more}


class Answers:
    """The telemetry of mcdpdk(8) for a small hub whose traffic never stops."""

    def __init__(self):
        self.asked = 0
        self.is_degraded = False
        self.faults = []
        self.obstacle = ""
        self.runtime = []
        # None: there is no domain.
        self.peers_of, self.agent, self.agent_age_s = None, "connected", 0
        # Of /mcdpdk/placement, where hubs share their members; (left, coming) of each /mcdpdk/drain, the last stays.
        self.placement_of, self.drained, self.server = None, [(0, 0)], None
        # The servers of some members, by name.
        self.member_names, self.servers = MEMBERS, {}
        # Why /mcdpdk/explain has no receiver.
        self.unserved = ""
        self.after_first_page = threading.Event()
        self.after_first_page.set()
        self.reload_asked = threading.Event()
        self.reloaded = threading.Event()
        self.reloaded.set()

    def __call__(self, command, params):
        self.asked += 1
        if command == "/":
            return ["/", "/ethdev/list", "/mcdpdk/info", "/mcdpdk/stats"]
        handler = getattr(self, command.removeprefix("/mcdpdk/"), None)
        return handler(*params) if command.startswith("/mcdpdk/") and handler else None

    def info(self):
        return {"version": "0.1.0", "pid": os.getpid(), "uptime_s": 3725, "ready": 1, "generation": 3,
                "config_file": "/etc/mcdpdk/groups.json", "ports": 1, "members": 3, "groups": len(GROUPS),
                "capture": self.obstacle}

    def health(self):
        unresolved = reason("members_unresolved", "1 of 3 members does not answer ARP: tokyo-2")
        faults = [*([unresolved] if self.is_degraded else []), *self.faults]
        silent = reason("members_silent", "1 member has never sent nor joined: tokyo-2", degrades=0, since_s=9)
        return {"state": "degraded" if faults else "well", "members": 3,
                "members_unresolved": int(self.is_degraded), "members_silent": 1,
                **{f"r{i}": reason for i, reason in enumerate([*faults, silent])}}

    def stats(self):
        moved = self.asked * 1000
        return {"rx_packets": moved + 7, "rx_bytes": 64 * moved, "data_packets": moved,
                "unicast_packets": 0, "control_packets": 0, "rx_fragments": 0, "reassembled_packets": 0,
                "rx_coalesced": 0,
                "rx_drop_packets": 7, "copies": 3 * moved, "copy_drops": 2, "tx_data_packets": 3 * moved - 2,
                "tx_data_bytes": 200 * moved, "tx_fragments": 0, "tx_coalesced": 0, "tx_control_packets": 4,
                "tx_control_drops": 0, "learning_drops": 0, "finished_checksums": 0}

    def drops(self):
        return {**{name: 0 for name in RECEIVED + COPIES}, "source_denied": 7 * self.asked}

    def refused(self, offset="0"):
        rows = [{"reason": "source_denied", "address": f"10.0.9.{n}", "encap": "gre", "key": n if n % 2 else "",
                 "count": 7 * n, "last_seen_s": 100 - n, "destination": "239.1.0.7",
                 "mac": f"02:00:00:00:09:{n:02x}"} for n in range(1, 61)]
        return record_page(int(offset), rows)

    def ports(self):
        return {"r0": {"name": "net_af_packet0", "mac": "02:00:00:00:00:01", "link": 1, "mtu": 1500,
                       "rx_packets": 7, "tx_packets": 3, "rx_missed": 0, "tx_queues": 1}}

    def lcores(self):
        return {"r0": {"lcore": 0, "role": "control", "socket": 0, "packets": 4, "busy_percent": 1},
                "r1": {"lcore": 1, "role": "rxtx", "socket": 0, "packets": 12345678, "busy_percent": 97}}

    def control(self):
        shares = {name: {"queued": 0, "served": 7, "dropped": 0, "busy_us": 21}
                  for name in ("neighbour", "membership", "admission", "echo", "telemetry")}
        shares["membership"] = {"queued": 3, "served": 12345, "dropped": 6, "busy_us": 2345678}
        return {**shares, "longest_slice_us": 1234}

    def latency(self):
        return {"p50_ns": 900, "p99_ns": 4000, "max_ns": 8000, "spread_p99_ns": 300, "bounds_ns": [500, 1000, 50000],
                "latency_counts": [0, 1234, 7, 0], "spread_counts": [1240, 0, 0, 1], "latency_sum_ns": 1100000,
                "spread_sum_ns": 300000}

    def domain(self):
        if self.peers_of is None:
            return {"error": "no domain is configured"}
        shared = self.placement_of is not None
        return {"members": "shared" if shared else "local", "draining": self.placement_of["draining"] if shared else 0,
                "name": "tokyo", "hub": "hub-a", "id": 7, "epoch": 8, "encap": "gre-udp", "address": "10.0.0.10",
                "udp_port": 4754, "peers": len(self.peers_of),
                "peers_up": len([peer for peer in self.peers_of if peer["state"] == "up"]), "interest_version": 9,
                "agent_age_s": self.agent_age_s, "agent": self.agent}

    def peers(self, offset="0"):
        return self.domain() if self.peers_of is None else record_page(int(offset), self.peers_of)

    def placement(self):
        return self.placement_of

    def drain(self, *params):
        if self.peers_of is None:
            return self.domain()
        self.placement_of["draining"] = int(params != ("end",))
        left, coming = self.drained.pop(0) if len(self.drained) > 1 else self.drained[0]
        return {"status": "ok", "message": "as the hub says it", "left": left, "coming": coming}

    def igmp(self):
        return {"v3_reports": 12, "querier": {"state": "querier", "queries_sent": 3}}

    def stations(self, offset="0"):
        rows = [{"vni": 100, "mac": f"02:00:00:00:01:{n:02X}", "member": "tokyo-1", "silent_s": n}
                for n in range(130)]
        return record_page(int(offset), rows)

    def groups(self, offset="0"):
        return page(int(offset), GROUPS, "groups")

    def group(self, *name):
        group = ",".join(name)
        if group not in GROUPS:
            return {"error": f"no group {group}"}
        busy = self.asked * 100 if group == "239.1.0.7" else 0
        return {"group": group, "packets": busy, "bytes": 10 * busy, "copies": 2 * busy, "receivers": 2,
                "origins": ["static", "igmp"]}

    def group_table(self, offset="0"):
        assert offset == "0" or self.after_first_page.wait(60)
        return record_page(int(offset), [self.group(*group.split(",")) for group in GROUPS])

    def rates(self, kind, offset="0"):
        names = GROUPS[:250] if kind == "group" else MEMBERS
        # The highest pps first; the last has the highest peak and the most bits.
        rows = [{"name": name, "pps": 100000 // (n + 1), "bps": 1000 * (n + 1),
                 "peak_pps": 200000 + n} for n, name in enumerate(names)]
        return {**record_page(int(offset), rows), "since_ms": 61500, "age_ms": 300}

    def streams(self, offset="0", subject=None):
        if subject and subject not in MEMBERS and subject[0] != "2":
            return {"error": f"no such member: {subject}"}
        rows = [{"sender": MEMBERS[n % 3], "group": f"239.1.1.{n}", "source": "192.168.10.1", "entry": "239.1.0.0/16",
                 "samples": n + 1, "packets": 5000 * (n + 1), "bytes": 640000 * (n + 1), "last_seen_s": 1 + 60 * n}
                for n in range(130)]
        return record_page(int(offset), [row for row in rows if subject in (None, row["sender"], row["group"])])

    def receivers(self, offset, *name):
        rows = [{"member": f"m{i}", "origins": ["igmp"], "expires_s": 260 if i else 0} for i in range(250)]
        return record_page(int(offset), rows)

    def members(self, offset="0"):
        return page(int(offset), MEMBERS, "members")

    def member(self, name):
        if name not in self.member_names:
            return {"error": f"no such member: {name}"}
        resolved = name != "tokyo-2"
        server = self.servers.get(name, self.server)
        served = {} if server is None else {"server": server}
        return {"name": name, **served, "address": "10.0.0.12", "encap": "gre", "mac": "02:00:00:00:00:12" * resolved,
                "resolved": int(resolved), "origin": "static", "rx_packets": 5, "rx_bytes": 140,
                "tx_packets": self.asked, "tx_bytes": 6, "drops": 0, "groups": 1, "path_mtu": 1500,
                "last_seen_s": 5 * resolved}

    def member_table(self, offset="0"):
        return record_page(int(offset), [self.member(name) for name in self.member_names])

    def member_groups(self, offset, name):
        return page(int(offset), GROUPS[:150], "groups")

    def explain(self, sender, *name):
        unseen = {"not_looked_at": ["the key", "the port"]}
        if self.unserved:
            return {"verdict": "no_receiver", "match": ",".join(name), "total": 0, "sender": sender, "admits": 0,
                    "message": self.unserved, **unseen}
        if sender[0].isdigit():
            return {"verdict": "source_denied", "match": "", "total": 0, "sender": "", "admits": 0,
                    "message": f"{sender} is no member's", **unseen}
        if sender not in MEMBERS:
            return {"verdict": "source_denied", "match": "", "total": 0, "sender": "", "admits": 0,
                    "error": f"no such member: {sender}", **unseen}
        rows = [{"member": f"m{i}", "encap": "l2", "next_hop_mac": "02:00:00:00:00:12", "mtu": 1500}
                for i in range(16)]
        return {"verdict": "replicate", "match": ",".join(name), "total": 20, "unresolved": 3, "sender": sender,
                "admits": 0, "message": "", **unseen,
                **{f"r{i}": row for i, row in enumerate(rows)}}

    def join(self, group, member, source=None):
        if member not in MEMBERS:
            return {"status": "error", "message": f"no such member: {member}"}
        self.runtime.append((group, member, source))
        return {"status": "ok", "message": "joined"}

    def leave(self, group, member, source=None):
        self.runtime.remove((group, member, source))
        return {"status": "ok", "message": "left"}

    def reload(self):
        self.reload_asked.set()
        assert self.reloaded.wait(60)
        return {"status": "error", "message": "groups.json: ports[0].mtu: needs a restart", "generation": 3}


class StandIn:
    def __init__(self, path, answers, greeting=None):
        self.path, self.answers = str(path), answers
        self.greeting = greeting or {"version": "DPDK 22.11.11", "pid": os.getpid(), "max_output_len": 16384}
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            # An interrupted peer closes its socket without waiting for the answer.
            with client, suppress(BrokenPipeError, ConnectionResetError):
                client.send(json.dumps(self.greeting).encode())
                while request := client.recv(1024):
                    if request == b"end":
                        return
                    command, *params = request.decode().split(",")
                    reply = json.dumps({command: self.answers(command, params)}).encode()
                    assert len(reply) <= 16384
                    client.send(reply)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(self.path)
            client.send(b"end")
            self.thread.join()
        self.listener.close()

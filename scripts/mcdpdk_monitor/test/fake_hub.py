# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub's telemetry socket, as large, busy, old or hostile as a test wants it."""

import json
import os
import socket
import threading
from contextlib import suppress

GROUPS_A_PAGE, MEMBERS_A_PAGE, RATES_A_PAGE, RECEIVERS_A_PAGE, REFUSED_A_PAGE = 64, 19, 100, 80, 40
PEERS_A_PAGE = 40
NAMES_OF_GROUPS_A_PAGE, NAMES_OF_MEMBERS_A_PAGE, STREAMS_A_PAGE = 256, 200, 55
OLD = {"rates", "domain", "peers", "streams"}
BOUNDS = [1000, 2000, 5000]


def page(offset, rows, size):
    shown = rows[offset:offset + size]
    following = offset + size if offset + size < len(rows) else 0
    return {"total": len(rows), "next": following, **{f"r{i}": row for i, row in enumerate(shown)}}


def page_of_names(offset, key, names, size):
    following = offset + size if offset + size < len(names) else 0
    return {"total": len(names), "next": following, key: names[offset:offset + size]}


def reason(name, text="", **more):
    """What is wrong, for `FakeHub.reasons`."""
    return {"reason": name, "degrades": 1, "count": 1, "since_s": 0, "text": text, **more}


class FakeHub:
    """`groups` and `members` are records, which a test changes; `cost_us` is what a command costs the control lcore."""

    def __init__(self, path, groups=(), members=(), lacks=OLD):
        self.path, self.groups, self.members, self.lacks = str(path), list(groups), list(members), set(lacks)
        self.pid, self.uptime_s, self.generation = 100, 50, 1
        self.packets, self.drops_of = 0, {"source_denied": 0, "copy_tx_full": 0}
        self.reasons, self.ports_of = [], [{"name": "net0", "link": 1, "mtu": 1500, "rx_packets": 5, "link_changes": 0}]
        self.peers_of, self.rates_of, self.refused_of, self.streams_of = [], {}, [], []
        # Of /mcdpdk/placement, where hubs share their members.
        self.placement_of = None
        # Without peers it is in no domain.
        self.agent, self.agent_age_s = "connected", 0
        self.devices = {"net0": {"rx_good_packets": 5, "bw_out_allowance_exceeded": 2}}
        self.busy_us, self.cost_us, self.asked = 0, 10, []
        self.answering = threading.Event()
        self.answering.set()
        self.waiting = False
        self.listener, self.clients = None, []
        self.open()

    def open(self):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self):
        """As killed: the socket's file stays."""
        self.answering.set()
        for opened in (self.listener, *self.clients):
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
        self.clients = []

    def restart(self):
        """Another process: all counters begin anew."""
        self.pid, self.uptime_s, self.generation, self.packets = self.pid + 1, 0, 1, 0
        for row in self.groups + self.members:
            for name in row.keys() & {"packets", "bytes", "copies", "tx_packets", "tx_bytes", "rx_packets", "drops"}:
                row[name] = 0

    def asked_for(self, command):
        return [asked for asked in self.asked if command in asked]

    def _accept(self, listener):
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with suppress(OSError):
            client.send(json.dumps({"version": "DPDK 22.11.11", "pid": self.pid, "max_output_len": 16384}).encode())
            while request := client.recv(1024):
                self.waiting = not self.answering.is_set()
                self.answering.wait()
                command, *params = request.decode().split(",")
                self.asked.append(request.decode())
                self.busy_us += self.cost_us if command.startswith("/mcdpdk") else 0
                reply = json.dumps({command: self._answer(command, params)}).encode()
                assert len(reply) <= 16384, (command, len(reply))
                client.send(reply)

    def _answer(self, command, params):
        name = command.removeprefix("/mcdpdk/")
        if command == "/":
            return sorted(f"/mcdpdk/{word}" for word in COMMANDS - self.lacks) + ["/", "/ethdev/xstats"]
        if command == "/ethdev/list":
            return list(range(len(self.devices)))
        if command == "/ethdev/info":
            return {"name": list(self.devices)[int(params[0])]}
        if command == "/ethdev/xstats":
            return list(self.devices.values())[int(params[0])]
        if name not in COMMANDS - self.lacks:
            return None
        return getattr(self, f"answer_{name}")(*params)

    def answer_info(self):
        return {"version": "0.1.0", "pid": self.pid, "uptime_s": self.uptime_s, "config_file": "/etc/groups.json",
                "generation": self.generation, "ports": 1, "members": len(self.members), "groups": len(self.groups),
                "ready": 1}

    def answer_health(self):
        state = "degraded" if any(reason["degrades"] for reason in self.reasons) else "well"
        return {"state": state, "members": len(self.members), "members_unresolved": 0, "members_silent": 0,
                **{f"r{i}": reason for i, reason in enumerate(self.reasons)}}

    def answer_stats(self):
        return {"rx_packets": self.packets, "rx_bytes": 100 * self.packets, "copies": 2 * self.packets,
                "tx_data_bytes": 200 * self.packets, "rx_drop_packets": 0, "copy_drops": 0,
                "rx_coalesced": 0, "tx_coalesced": 0}

    def answer_drops(self):
        return dict(self.drops_of)

    def answer_ports(self):
        return {f"r{i}": port for i, port in enumerate(self.ports_of)}

    def answer_lcores(self):
        return {"r0": {"lcore": 0, "role": "control", "packets": 3, "busy_percent": 7, "last_progress_ms": 2}}

    def answer_control(self):
        return {"telemetry": {"queued": 0, "served": len(self.asked), "dropped": 0, "busy_us": int(self.busy_us)},
                "longest_slice_us": 300}

    def answer_latency(self):
        return {"p50_ns": 900, "p99_ns": 4000, "max_ns": 7000, "spread_p99_ns": 2000, "bounds_ns": BOUNDS,
                "latency_counts": [5, 3, 1, 1], "spread_counts": [9, 0, 1, 0], "latency_sum_ns": 22000}

    def answer_igmp(self):
        return {"enabled": 1, "rx_v2_report": 4, "tx_general_query": 2, "rejected_checksum": 1, "groups": 3,
                "waiting": 0}

    def answer_amt(self):
        return {"enabled": 0}

    def answer_domain(self):
        if not self.peers_of:
            return {"error": "no domain is configured"}
        shared = {"members": "local", "draining": 0} if self.placement_of is None else {
            "members": "shared", "draining": self.placement_of["draining"], "digest": "1f2e"}
        return {**shared, "name": "tokyo", "hub": "a", "id": 1, "epoch": 2, "encap": "gre-udp", "address": "10.0.0.10",
                "udp_port": 4754, "peers": len(self.peers_of),
                "peers_up": len([peer for peer in self.peers_of if peer["state"] == "up"]), "interest_version": 3,
                "agent_age_s": self.agent_age_s, "agent": self.agent}

    def answer_peers(self, offset="0"):
        return page(int(offset), self.peers_of, PEERS_A_PAGE)

    def answer_placement(self):
        return self.placement_of

    def answer_refused(self, offset="0"):
        return page(int(offset), self.refused_of, REFUSED_A_PAGE)

    def answer_group_table(self, offset="0"):
        return page(int(offset), self.groups, GROUPS_A_PAGE)

    def answer_member_table(self, offset="0"):
        return page(int(offset), self.members, MEMBERS_A_PAGE)

    def answer_groups(self, offset="0"):
        return page_of_names(int(offset), "groups", [row["group"] for row in self.groups], NAMES_OF_GROUPS_A_PAGE)

    def answer_members(self, offset="0"):
        return page_of_names(int(offset), "members", [row["name"] for row in self.members], NAMES_OF_MEMBERS_A_PAGE)

    def answer_rates(self, kind, offset="0"):
        return page(int(offset), self.rates_of.get(kind, []), RATES_A_PAGE)

    def answer_streams(self, offset="0"):
        return page(int(offset), self.streams_of, STREAMS_A_PAGE)

    def answer_explain(self, sender, *group):
        if sender == "nobody":
            return {"error": "no such member: nobody"}
        return {"verdict": "no_receiver", "match": ",".join(group), "total": 0, "sender": sender}

    def answer_group(self, *name):
        return next((row for row in self.groups if row["group"] == ",".join(name)), {"error": "no such entry"})

    def answer_receivers(self, offset, *_):
        return page(int(offset), [{"member": "m0", "origins": ["static"], "expires_s": 0}], RECEIVERS_A_PAGE)

    def answer_member(self, name):
        return next((row for row in self.members if row["name"] == name), {"error": f"no such member: {name}"})

    def answer_member_groups(self, offset, _):
        return {"total": 1, "next": 0, "groups": ["239.1.1.1"]}


COMMANDS = {name.removeprefix("answer_") for name in vars(FakeHub) if name.startswith("answer_")}


def group(number, packets=0):
    return {"group": f"239.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", "packets": packets,
            "bytes": 100 * packets, "copies": 2 * packets, "receivers": 2, "origins": ["static"]}


def member(name, packets=0, **more):
    return {"name": name, "address": "10.0.0.12", "encap": "gre", "mac": "02:00:00:00:00:12", "resolved": 1,
            "origin": "static", "rx_packets": packets, "tx_packets": packets, "tx_bytes": 100 * packets, "drops": 0,
            "groups": 1, "path_mtu": 1500, "last_seen_s": 1, **more}


def stream(sender, number, packets=0, **more):
    return {"sender": sender, "group": f"239.0.{number >> 8}.{number & 255}", "source": "10.0.0.12",
            "entry": "239.0.0.0/8", "samples": packets, "packets": packets, "bytes": 100 * packets, "last_seen_s": 1,
            **more}


def peer(name, state="up", **more):
    return {"name": name, "address": "10.5.0.10", "state": state, "rx_packets": 3, "tx_packets": 4, "lost": 1,
            "duplicates": 0, "reordered": 2, "groups": 5, "segments": 1, "hosts": 2,
            "hello_us": 250, "agent_s": 1, "since_s": 7,
            "downs": 1, **more}

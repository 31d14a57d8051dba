# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A stand-in for a hub of a domain: what mcdpdk-domain asks of its telemetry socket, and what it tells it.

It answers as app/telemetry/domain.c does.
"""

import json
import os
import random
import socket
import threading
from contextlib import suppress
from itertools import takewhile

PAGE = 400


class DomainHub:
    """`wants` is its own interest, `peers` what it was told: {name: {"address":, "interest": {key: sign}}}."""

    def __init__(self, path, name, address, domain="d", encap="gre-udp", members=None):
        self.path, self.name, self.address, self.domain_name, self.encap = str(path), name, address, domain, encap
        self.members, self.draining, self.digest = members, 0, "0a"  # members: None for an older hub
        self.capacity = 0
        self.lock = threading.Lock()
        self.listener, self.clients = None, []
        self.down = set()  # peers whose link is down
        self.surveys = 0   # how often it was asked for its peers
        self.room = None   # for keys of peers
        # What it answers everything with: None until its commands are registered, or an error.
        self.faulty, self.fault, self.faults = False, None, 0
        self.start()

    def start(self):
        self.epoch, self.version = random.getrandbits(52) | 1 << 52, 0
        self.staged, self.serving, self.reach = {}, {}, {}  # {name: (bits, epoch)}
        self.stages = []  # "GENERATION PHASE", as told
        self.wants, self.changed, self.places = {}, {}, []
        self.peers, self.removed, self.synced, self.states = {}, [], [], []
        self.connections, self.longest = 0, 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def close(self):
        for opened in (self.listener, *self.clients):
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
        self.clients = []
        with suppress(FileNotFoundError):
            os.unlink(self.path)

    def want(self, *keys, sign="+"):
        with self.lock:
            for key in keys:
                self.version += 1
                self.wants[key] = sign
                if self.changed.pop(key, None) is None:
                    self.places.append(key)
                self.changed[key] = self.version  # the last one of all
                if sign == "-":
                    del self.wants[key]

    def interest_of(self, name):
        """Keys that a peer wants, as this hub was told."""
        with self.lock:
            interest = self.peers.get(name, {"interest": {}})["interest"]
            return {key for key, sign in interest.items() if sign == "+"}

    def _accept(self, listener):
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.connections += 1
                self.clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with suppress(OSError):
            client.send(json.dumps({"version": "test", "pid": os.getpid(), "max_output_len": 16384}).encode())
            while request := client.recv(4096):
                self.longest = max(self.longest, len(request))
                command, _, params = request.decode().partition(",")
                with self.lock:
                    name = command.removeprefix("/mcdpdk/")
                    answer = self.answer(name, params)
                client.send(json.dumps({command: answer}, separators=(",", ":")).encode())

    def answer(self, name, params):
        if self.faulty:
            self.faults += 1
            return self.fault
        return self.list_peers() if name == "peers" else getattr(self, name)(params)

    def domain(self, _):
        return {"name": self.domain_name, "hub": self.name, "id": 7, "epoch": self.epoch, "encap": self.encap,
                "address": self.address, "udp_port": 4754, "peers": len(self.peers), "capacity_pps": self.capacity,
                **self.sharing()}

    def sharing(self):
        if self.members is None:
            return {}
        return {"members": self.members, "draining": self.draining, "networks": f"{self.address}/32",
                "digest": self.digest}

    def peer_serves(self, params):
        name, bits, epoch = params.split(",")
        self.staged[name] = (int(bits), epoch)
        return {"status": "ok", "message": ""}

    def peer_reach(self, params):
        name, networks = params.split(",")
        self.reach[name] = networks
        return {"status": "ok", "message": ""}

    def placement(self, params):
        if params:
            self.stages.append(params.replace(",", " "))
            self.serving = dict(self.staged)
            return {"status": "ok", "message": ""}
        generation, phase = (self.stages or ["0 none"])[-1].split()
        return {"generation": int(generation), "phase": phase, "applied": 1, "serves": 0}

    def servers(self):
        """Names of the hubs that serve in the newest generation."""
        with self.lock:
            bit = 1 << int(self.stages[-1].split()[0]) % 2 if self.stages else 0
            return {name for name, (bits, _) in self.serving.items() if bits & bit}

    def interest(self, params):
        since, _, offset = params.partition(",")
        since, offset = int(since), int(offset or 0)
        if since > self.version:
            since = 0
        version = self.version
        if since == 0:
            changes, offset = self.list_interest(offset)
        else:
            offset = 0
            keys = list(takewhile(lambda key: self.changed[key] > since, reversed(self.changed)))[:-PAGE - 1:-1]
            changes = [self.wants.get(key, "-") + key for key in keys]
            if len(keys) == PAGE:
                version = self.changed[keys[-1]]
        return {"version": version, "reset": int(since == 0), "total": len(self.wants), "next": offset,
                "changes": changes}

    def list_interest(self, place):
        """By places, which stay as they are while others come and go."""
        changes = []
        while place < len(self.places) and len(changes) < PAGE:
            key = self.places[place]
            if key in self.wants:
                changes.append(self.wants[key] + key)
            place += 1
        return changes, place if place < len(self.places) else 0

    def domain_state(self, params):
        self.states.append(params)
        return {"status": "ok", "message": ""}

    def list_peers(self):
        self.surveys += 1
        rows = [{"name": name, "address": peer["address"], "state": "down" if name in self.down else "up"}
                for name, peer in self.peers.items()]
        return {"total": len(rows), "next": 0, **{f"r{i}": row for i, row in enumerate(rows)}}

    def peer_set(self, params):
        name, address, *port = params.split(",")
        if any(peer["address"] == address for other, peer in self.peers.items() if other != name):
            return {"status": "error", "message": "another peer has this address"}
        if self.peers.get(name, {"address": address})["address"] != address:
            del self.peers[name]
        self.peers.setdefault(name, {"interest": {}}).update(address=address, port=port, touched=None)
        return {"status": "ok", "message": ""}

    def peer_remove(self, params):
        self.removed.append(params)
        return {"status": "ok" if self.peers.pop(params, None) else "error", "message": ""}

    def peer_sync(self, params):
        name, step = params.split(",")
        peer = self.peers[name]
        if step == "begin":
            peer["touched"] = set()
        else:
            self.synced.append(name)
            peer["interest"] = {k: v for k, v in peer["interest"].items() if k in peer["touched"]}
            peer["touched"] = None
        return {"status": "ok", "message": ""}

    def peer_interest(self, params):
        name, _, tokens = params.partition(",")
        peer, refused, message = self.peers[name], 0, ""
        for token in tokens.split(" "):
            sign, key = token[0], token[1:]
            if peer["touched"] is not None:
                peer["touched"].add(key)
            if sign == "-":
                peer["interest"].pop(key, None)
            elif self.room is not None and key not in peer["interest"] and len(peer["interest"]) >= self.room:
                refused += 1
                message = message or f"{token}: peers may name no more groups"
            else:
                peer["interest"][key] = sign
        return {"status": "ok", "message": message, "refused": refused}

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What etcd's watches cost, and with that a domain of up to a thousand hubs in virtual time. A part of domain.py.

One etcd on loopback, and so many watches of its JSON gateway as agents have: one writes, each watch gets it. The cost
is etcd's CPU time. Three kinds of transactions differ in keys and bytes, which tells what a line, an event in it and a
kilobyte cost. lib/domain/domain_bench.c goes on with these.
"""

import base64
import contextlib
import http.client
import json
import os
import selectors
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from etcd import Etcd
from paths import BUILD

PREFIX, END = "/mcdpdk/d/", "/mcdpdk/d0"
RECEIVE = 1 << 18
TOKEN = b'"mod_revision"'
# One key, as many as a transaction has at most, and one value as long as a placement of 1,000 hubs.
KINDS = {"one key": (1, 8), "128 keys": (128, 1), "a value of 60 kB": (1, 60000)}
PAUSE_S = 0.01
LISTED = 5000
PATIENCE_S = 120


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


class Watches:
    """Connections that each watch all keys, and what has come through them."""

    def __init__(self, url, count):
        address = (urlsplit(url).hostname, urlsplit(url).port)
        body = json.dumps({"create_request": {"key": in_base64(PREFIX), "range_end": in_base64(END)}})
        self.selector, self.rests = selectors.DefaultSelector(), {}
        self.events = self.bytes = 0
        for _ in range(count):
            connection = socket.create_connection(address)
            head = f"POST /v3/watch HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall((head + body).encode())
            self.rests[connection] = b""
            self.selector.register(connection, selectors.EVENT_READ)
        waiting = set(self.rests)
        while waiting:
            waiting -= set(self.receive(1))

    def receive(self, timeout_s):
        """Connections that something came from."""
        ready = [key.fileobj for key, _ in self.selector.select(timeout_s)]
        for connection in ready:
            data = self.rests[connection] + connection.recv(RECEIVE)
            self.events += data.count(TOKEN)
            self.bytes += len(data) - len(self.rests[connection])
            # A word may come in two parts.
            self.rests[connection] = data[-len(TOKEN) + 1:]
        return ready

    def receive_until(self, events):
        end = time.monotonic() + PATIENCE_S
        while self.events < events:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.events} of {events} events after {PATIENCE_S} s")
            self.receive(1)

    def close(self):
        for connection in self.rests:
            connection.close()
        self.selector.close()


class Writer:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self.turn = 0

    def ask(self, path, **body):
        self.connection.request("POST", f"/v3/kv/{path}", json.dumps(body))
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return text

    def write(self, keys, size):
        self.turn += 1
        value = in_base64(("%08d" % self.turn * (size // 8 + 1))[:size])
        self.ask("txn", success=[{"request_put": {"key": in_base64(f"{PREFIX}interest/hub/{n:06d}"), "value": value}}
                                 for n in range(keys)])

    def list(self):
        self.ask("range", key=in_base64(PREFIX), range_end=in_base64(END), limit=LISTED)


def cpu_s(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running_etcd():
    with tempfile.TemporaryDirectory(prefix="mcdpdk-scale") as folder:
        etcd = Etcd(Path(folder))
        try:
            yield etcd
        finally:
            etcd.close()


def cost_us(etcd, writer, watches, kind, writes, pause_s):
    """CPU time of etcd for a transaction, wall time of all, events and bytes that came."""
    keys, size = kind
    watches.events = watches.bytes = 0
    begun, cpu = time.monotonic(), cpu_s(etcd.process)
    for n in range(writes):
        writer.write(keys, size)
        watches.receive_until((n + 1) * keys * len(watches.rests) if pause_s else 0)
        time.sleep(pause_s)
    watches.receive_until(writes * keys * len(watches.rests))
    return (cpu_s(etcd.process) - cpu) * 1e6 / writes, time.monotonic() - begun, watches.events, watches.bytes


def measure_watches(report, etcd, count, progress):
    """Of a line with one event, of one with 128, and of a long value: in us of CPU time, and their bytes."""
    writer, found = Writer(etcd.url), {}
    for name, kind in KINDS.items():
        writes = min(400, max(10, 40000 // (count * max(kind[0], kind[1] // 1000))))
        progress.text = f"{count} watches, {name}"
        alone = Watches(etcd.url, 0)
        base, *_ = cost_us(etcd, writer, alone, kind, writes, PAUSE_S)
        alone.close()
        watches = Watches(etcd.url, count)
        total, _, _, size = cost_us(etcd, writer, watches, kind, writes, PAUSE_S)
        found[name] = max(total - base, 0) / count, size / count / writes
        report.add(f"etcd, {count} watches: CPU time of a line of {name} (us)", found[name][0], digits=1)
        _, wall, events, _ = cost_us(etcd, writer, watches, kind, writes, 0)
        report.add(f"etcd, {count} watches: {name} without pause, events/s", events / wall)
        watches.close()
        progress.done += 1
    return found


def measure_requests(report, etcd):
    """CPU time of etcd for a request, and for each key of a list, in us."""
    writer, nobody = Writer(etcd.url), Watches(etcd.url, 0)
    writer.write(128, 60)
    request, *_ = cost_us(etcd, writer, nobody, (1, 8), 2000, 0)
    report.add("etcd: CPU time of a transaction (us)", request, digits=1)
    writes, rounds = LISTED // 128 + 1, 20
    for first in range(writes):
        writer.ask("txn", success=[{"request_put": {"key": in_base64(f"{PREFIX}x/{first}/{n}"), "value": "MQ=="}}
                                   for n in range(128)])
    cpu = cpu_s(etcd.process)
    for _ in range(rounds):
        writer.list()
    listed = (cpu_s(etcd.process) - cpu) * 1e6 / rounds / LISTED
    report.add("etcd: CPU time of a key in a list (us)", listed, digits=2)
    return request, listed


def solve(found):
    """Of a line, of an event in it, of a kilobyte of it."""
    (one, small), (many, middle), (long, large) = found.values()
    kilobyte = max(long - one, 0) / (large - small) * 1000
    event = max(many - one - kilobyte * (middle - small) / 1000, 0) / 127
    return max(one - event - kilobyte * small / 1000, 0), event, kilobyte


def measure_scale(report, args, progress):
    with running_etcd() as etcd:
        progress.text = "requests"
        costs = measure_requests(report, etcd)
        for count in args.watches:
            found = measure_watches(report, etcd, count, progress)
    costs = ",".join(f"{cost:.3f}" for cost in (*costs, *solve(found)))
    progress.text = f"{args.hubs} hubs"
    subprocess.run([BUILD / "lib/domain_bench", "--costs", costs, *map(str, args.hubs)], check=True)
    progress.text = "hellos, placement"
    for program in ("app/bench/mcdpdk_hellos", "lib/placement_bench"):
        subprocess.run([BUILD / program], check=True)

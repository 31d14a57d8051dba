# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub with as many members and groups as one likes, and all that keeps its control lcore busy at once.

    alpha   l2  10.0.0.11 --+                  an ordinary program sends the stream
    beta    l2  10.0.0.12 --+                  an ordinary program receives it
    carol   l2  10.0.0.13 --+-- switch A -- hub asks by ARP and ping
    hostile gre 10.0.0.14 --+                  floods with legal reports
    crowd   gre 10.1.0.0 on +                  one instance in the place of all others, who join

The crowd has fixed MACs: those of its instance. alpha's kernel asks for the hub's MAC again each second or two.
"""

import ipaddress
import struct
import subprocess
import threading
from collections import Counter
from contextlib import contextmanager

from asker import with_checksum
from numbered_sender import DIGITS
from traffic import Wire, open_receiver
from topo import HUB_ADDRESS
from waiting import DEADLINE_S, await_condition

STREAM, PORT = "239.1.1.1", 5000
ADDRESSES = {"alpha": "10.0.0.11", "beta": "10.0.0.12", "carol": "10.0.0.13", "hostile": "10.0.0.14"}
OF_ALL = ipaddress.ip_address("239.64.0.0")         # groups of "*"
JOINED = ipaddress.ip_address("239.128.0.0")        # groups that the crowd joins
OF_HOSTILE = ipaddress.ip_address("239.192.0.0")
HOSTILE_GROUPS, HOSTILE_SOURCES = 16, 256           # the most of a member
RECORDS = 180                                       # of a report in one frame
REFRESHED_EACH = 400                                # reports, before the hostile's sources expire
QUERIES, STARTUP_QUERY_INTERVAL_S = 7, 1.2
IS_IN, IS_EX, TO_IN, TO_EX, ALLOW = range(1, 6)
GRE, IGMP, UDP = 47, 2, 17
ETHER_LEN, IP_LEN, GRE_LEN, ALERT_LEN = 14, 20, 4, 24
INNER = ETHER_LEN + IP_LEN + GRE_LEN


def packed(address):
    return ipaddress.ip_address(address).packed


def ip_packet(source, destination, protocol, payload, ttl=64, options=b""):
    header_len = IP_LEN + len(options)
    header = struct.pack("!BBHHHBBH", 0x40 | header_len // 4, 0, header_len + len(payload), 0, 0, ttl, protocol, 0)
    return with_checksum(header + packed(source) + packed(destination) + options, 10) + payload


def record(kind, group, sources=()):
    return struct.pack("!BBH", kind, 0, len(sources)) + packed(group) + b"".join(map(packed, sources))


def report(source, records):
    """An IGMPv3 report as an IP packet."""
    message = with_checksum(struct.pack("!BBHHH", 0x22, 0, 0, 0, len(records)) + b"".join(records), 2)
    return ip_packet(source, "224.0.0.22", IGMP, message, ttl=1, options=b"\x94\x04\x00\x00")


def in_gre(packet, member, macs):
    return macs + b"\x08\x00" + ip_packet(member, HUB_ADDRESS, GRE, b"\x00\x00\x08\x00" + packet)


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def write_frames(path, frames):
    path.write_bytes(b"".join(struct.pack("!H", len(frame)) + frame for frame in frames))
    return path


class Listener(threading.Thread):
    """What the crowd's instance receives in GRE: general queries and data, counted."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.queries, self.copies = Counter(), Counter()
        self.wire, self.ended = Wire(node), False

    def run(self):
        while not self.ended:
            for frame in self.wire.frames(0.2):
                self.take(frame)

    def take(self, frame):
        if frame[12:14] != b"\x08\x00" or frame[ETHER_LEN + 9] != GRE:
            return
        member, protocol = frame[30:34], frame[INNER + 9]
        if protocol == IGMP and frame[INNER + ALERT_LEN] == 0x11 and not any(frame[INNER + 28:INNER + 32]):
            self.queries[member] += 1
        elif protocol == UDP:
            self.copies[member, frame[INNER + 16:INNER + 20]] += 1

    def close(self):
        self.ended = True
        self.join()
        self.wire.close()


class Receiver(threading.Thread):
    """An ordinary program that receives the stream; the numbers as they came."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.socket = open_receiver(node, STREAM, PORT, "eth0")
        self.socket.settimeout(0.2)
        self.numbers, self.ended = [], False

    def run(self):
        while not self.ended:
            try:
                self.numbers.append(int(self.socket.recv(2048)[-DIGITS:]))
            except TimeoutError:
                pass

    def close(self):
        self.ended = True
        self.join()
        self.socket.close()


class Crowd:
    def __init__(self, cloud, members, groups):
        """`members`: of the crowd, who are all receivers of as many groups."""
        self.cloud, self.groups = cloud, groups
        self.nodes = {name: cloud.add_l2_member(name, address) for name, address in ADDRESSES.items()}
        self.nodes["crowd"] = cloud.add_instance("crowd", "10.0.0.15")
        self.names = [f"c{i}" for i in range(members)]
        self.hub_mac = cloud.hub_node.mac
        self._grow_stale()

    def _grow_stale(self):
        """alpha soon doubts the hub's MAC, asks for it again, and does without it when no answer comes."""
        for key, value in {"base_reachable_time_ms": 1000, "retrans_time_ms": 500, "delay_first_probe_time": 1}.items():
            self.nodes["alpha"].write_sysctl(f"net/ipv4/neigh/eth0/{key}", value)

    @staticmethod
    def address(member):
        return str(ipaddress.ip_address("10.1.0.0") + member)

    def config(self, less=0, **keys):
        """With fewer members, as many as told, from the end of the crowd."""
        declared = [{"name": name, "address": ADDRESSES[name]} for name in ("alpha", "beta", "carol")]
        declared.append({"name": "hostile", "address": ADDRESSES["hostile"], "encap": "gre"})
        declared += [{"name": name, "address": self.address(i), "encap": "gre", "mac": self.nodes["crowd"].mac}
                     for i, name in enumerate(self.names[:len(self.names) - less])]
        return {
            "ports": [{"address": f"{HUB_ADDRESS}/8"}],
            "members": declared,
            "groups": [{"group": STREAM, "members": ["beta"]},
                       *({"group": str(OF_ALL + i), "members": ["*"]} for i in range(self.groups))],
            "igmp": {"robustness": QUERIES, "startup_query_interval": STARTUP_QUERY_INTERVAL_S,
                     "query_interval": 3600},
            # Each source of a group that somebody asks for takes an entry, too.
            "limits": {"members": max(4096, len(declared)), "groups": self.groups + 16384},
            "idle": "sleep",
        } | keys

    def macs(self, name):
        return mac_bytes(self.hub_mac) + mac_bytes(self.nodes[name].mac)

    @staticmethod
    def group_of_join(member, turn, groups, first=JOINED):
        """Which of these groups a member joins in its next turn, never one twice."""
        return str(first + (member * 7 + turn) % groups)

    def join(self, member, group):
        address = self.address(member)
        return in_gre(report(address, [record(TO_EX, group)]), address, self.macs("crowd"))

    def joins(self, members, turns, groups, first=JOINED):
        """One frame a join; the members take turns."""
        return [self.join(member, self.group_of_join(member, turn, groups, first))
                for turn in range(turns) for member in range(members)]

    def data(self, group):
        """alpha's datagram to a group, as its kernel would send it."""
        udp = struct.pack("!HHHH", PORT, PORT, 8 + DIGITS, 0) + bytes(DIGITS)
        return self.macs("alpha") + b"\x08\x00" + ip_packet(ADDRESSES["alpha"], group, UDP, udp)

    def flood(self):
        """As costly as legal reports get: each lowers the timers of 256 sources of a group 180 times."""
        def frame(records):
            return in_gre(report("0.0.0.0", records), ADDRESSES["hostile"], self.macs("hostile"))

        groups = [str(OF_HOSTILE + i) for i in range(HOSTILE_GROUPS)]
        sources = [f"192.0.2.{i}" for i in range(HOSTILE_SOURCES)]
        refresh = [frame([record(ALLOW, group, sources)]) for group in groups]
        costly = frame([record(TO_IN, groups[i % HOSTILE_GROUPS]) for i in range(RECORDS)])
        return refresh + [costly] * REFRESHED_EACH

    @contextmanager
    def running(self, name, program, *arguments):
        """A program that ends when its input closes, or by itself. Its last line is in `answer` then."""
        process = self.nodes[name].start_python(program, *arguments, stdin=subprocess.PIPE)
        try:
            line = process.stdout.readline()
            assert line.endswith("ing\n"), line + process.stdout.read()
            process.answer = None
            yield process
            process.answer = process.communicate(timeout=DEADLINE_S)[0].splitlines()[-1]
        finally:
            process.kill()

    def stream(self, rate):
        return self.running("alpha", "numbered_sender.py", "--rate", rate, "--to", f"{STREAM}:{PORT}",
                            bytes(64).hex())

    def source(self, name, frames, rate, *options):
        path = write_frames(self.cloud.folder / f"{name}.frames", frames)
        return self.running(name, "frame_source.py", "--rate", rate, *options, path)

    def asker(self, interval_s=0.02):
        return self.running("carol", "asker.py", "--interval", interval_s, ADDRESSES["carol"], HUB_ADDRESS,
                            self.hub_mac)

    @contextmanager
    def listening(self, what, name):
        thread = what(self.nodes[name])
        thread.start()
        try:
            yield thread
        finally:
            thread.close()

    def groups_joined(self, hub, member):
        """How many groups a member has joined by IGMP."""
        return hub.telemetry.ask(f"/mcdpdk/igmp,{self.names[member]}")["groups"]


def await_joined(crowd, hub, members, turns):
    """Wait until each of the first members has joined as many groups as there were turns."""
    lacking = {}

    def all_joined():
        lacking.clear()
        lacking.update((crowd.names[member], count) for member in range(members)
                       if (count := crowd.groups_joined(hub, member)) != turns)
        return not lacking

    try:
        await_condition(all_joined, "")
    except TimeoutError:
        raise AssertionError(f"{len(lacking)} of {members} members have not joined {turns} groups: {lacking}") from None

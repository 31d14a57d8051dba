# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members of a domain's hubs: l2, vxlan and udp by the kernel, gre and gre-udp by user-space tunnels.

A member's device has the inner packets: eth0 of l2 and udp, vx0 of vxlan, gre1 of the tunnels.
"""

import ipaddress
import json
import socket

from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from encapsulations import group_mac, rewritten
from segment import INSIDE_MTU
from traffic import OUTER_TTL, Wire, difference, ether_type
from waiting import await_condition

HOSTS = {"l2": 11, "vxlan": 12, "gre": 13, "gre-udp": 14, "udp": 15}
SENDERS = ("l2", "vxlan", "gre", "gre-udp")
DEVICES = {"l2": "eth0", "vxlan": "vx0", "gre": "gre1", "gre-udp": "gre1", "udp": "eth0"}
VNI, GRE_UDP_PORT, UDP_PORT, PORT = 100, 4754, 6000, 5000
ETHERNET = 14


def ipv6_of(source):
    """The address of IPv6 that a member sends from to groups of IPv6."""
    return str(ipaddress.IPv6Address(f"fd00::{source}"))


def udp_to(group, source, payload=b"payload", **fields):
    """From a member's source, in the group's family."""
    if ":" in group:
        return IPv6(src=ipv6_of(source), dst=group, **{"hlim": 1} | fields) / UDP(sport=4000, dport=PORT) / payload
    return IP(src=source, dst=group, **{"ttl": 1, "id": 0x1234} | fields) / UDP(sport=4000, dport=PORT) / payload


class Member:
    """Its kernel neither answers nor loops what the tests send: all frames are raw."""

    def __init__(self, domain, hub, encap):
        self.domain, self.hub, self.encap = domain, hub, encap
        self.name, self.dev = f"{hub}-{encap}", DEVICES[encap]
        self.address = domain.address_in(hub, HOSTS[encap])
        third = self.address.split(".")[1]
        self.overlay = f"192.168.{third}.{HOSTS[encap]}"
        self.source = self.address if self.dev == "eth0" else self.overlay
        self.node = domain.add_instance(self.name, self.address)
        self._open()
        self.wire = Wire(self.node, self.dev)
        self.socket = self.node.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((self.address, UDP_PORT))
        self.hub_mac = domain.hub_nodes[hub].mac

    def _open(self):
        hub = self.domain.addresses[self.hub]
        if self.encap == "vxlan":
            self.node.ip("link", "add", self.dev, "type", "vxlan", "id", str(VNI), "local", self.address, "remote", hub,
                         "dstport", "4789", "ttl", str(OUTER_TTL), "noudpcsum")
            self.node.run("ethtool", "-K", self.dev, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
            self.node.ip("address", "add", f"{self.overlay}/24", "brd", "+", "dev", self.dev)
            self.node.ip("link", "set", self.dev, "up", "mtu", str(INSIDE_MTU))
            self.node.route_groups(dev=self.dev)
        elif self.encap in ("gre", "gre-udp"):
            port = ("--udp-port", GRE_UDP_PORT) if self.encap == "gre-udp" else ()
            self.node.open_tunnel(hub, f"{self.overlay}/24", dev=self.dev, arguments=port)
        else:
            self.node.route_groups(via=hub)

    def declaration(self):
        more = {"vxlan": {"vni": VNI}, "udp": {"udp_port": UDP_PORT}}.get(self.encap, {})
        if self.encap in ("gre", "gre-udp"):
            more = {"overlay": self.overlay}
        return {"name": self.name, "address": self.address, "encap": self.encap} | more

    # Membership, as an operator gives it: it reaches the other hubs like any other

    def join(self, group, source=None):
        self._change("join", group, source)

    def leave(self, group, source=None):
        self._change("leave", group, source)

    def _change(self, what, group, source):
        words = [f"/mcdpdk/{what}", group, self.name, *([source] if source else [])]
        answer = self.domain.hubs[self.hub].telemetry.ask(",".join(words))
        assert answer["status"] == "ok", answer

    # Packets

    def send(self, packet):
        if self.encap == "vxlan":
            packet = Ether(src=self.node.device_mac(self.dev), dst=group_mac(packet.dst),
                           type=ether_type(packet)) / packet
        elif self.encap == "l2":
            packet = Ether(src=self.node.mac, dst=self.hub_mac, type=0x0800) / packet
        self.wire.send(packet)

    def _inner(self, frame):
        return frame if self.dev == "gre1" else frame[ETHERNET:]

    def _concerns(self, packet, destination):
        address = ipaddress.ip_address(destination).packed
        if packet[0] >> 4 == 6:
            return packet[24:40] == address and packet[6] == socket.IPPROTO_UDP
        return packet[16:20] == address and packet[9] == socket.IPPROTO_UDP

    def destination(self, group):
        return self.address if self.encap == "udp" else group

    def next_packet(self, group):
        """The next UDP packet to the group."""
        for frame in self.wire.frames():
            packet = self._inner(frame)
            if self._concerns(packet, self.destination(group)):
                return packet
        raise AssertionError(f"{self.name} got nothing to {group}")

    def pending_packet(self, group):
        while (frame := self.wire.pending()) is not None:
            packet = self._inner(frame)
            if self._concerns(packet, self.destination(group)):
                return packet
        return None

    def expect(self, packet):
        """The packet, to the byte; as a udp member gets it, with its own address and port."""
        wanted = raw(rewritten(packet, self.address, UDP_PORT) if self.encap == "udp" else packet)
        got = self.next_packet(packet.dst)
        assert got == wanted, difference(bytes(ETHERNET) + got, bytes(ETHERNET) + wanted)

    def skip_to(self, packet):
        """Read until this packet has come."""
        wanted = raw(packet[UDP].payload)
        while not self.next_packet(packet.dst).endswith(wanted):
            pass

    def assert_quiet(self, group):
        stray = self.pending_packet(group)
        assert stray is None, f"{self.name} got a packet that nobody expected: {stray.hex()}"


def await_path(sender, group, *receivers):
    """A join reaches the other hubs in a moment. Send probes until each receiver has one; then none is under way."""
    waiting = set(receivers)

    def is_open():
        sender.send(udp_to(group, sender.source, b"probe"))
        waiting.difference_update([member for member in waiting if member.pending_packet(group)])
        return not waiting

    await_condition(is_open, f"a path from {sender.name} to {group} for {[member.name for member in receivers]}")
    marker = udp_to(group, sender.source, b"path is open")
    sender.send(marker)
    for receiver in receivers:
        receiver.skip_to(marker)


def await_no_path(sender, group):
    """Send probes until the hub has nobody for them, not even another hub."""
    hub = sender.domain.hubs[sender.hub]
    before = hub.drops()["no_receiver"]

    def is_refused():
        sender.send(udp_to(group, sender.source, b"probe"))
        return hub.drops()["no_receiver"] > before

    await_condition(is_refused, f"nobody has {group} from {sender.name}")


class Stream:
    """A context manager: numbered datagrams to a group by an ordinary program."""

    def __init__(self, member, group, rate):
        self.process = member.node.start_python("numbered_sender.py", "--to", f"{group}:{PORT}", "--rate", rate,
                                                (b"stream  " * 16).hex(), stdin=-1)
        assert self.process.stdout.readline() == "sending\n"
        self.sent = None

    def stop(self):
        self.process.stdin.close()
        self.sent = int(self.process.stdout.readline())
        self.process.wait()
        return self.sent

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.sent is None:
            self.process.kill()
            self.process.wait()


class StreamReceiver:
    """An ordinary program that has joined the group on the member's device."""

    def __init__(self, member, group):
        self.member = member
        self.process = member.node.start_python("stream_receiver.py", "--dev", member.dev, group, PORT, stdin=-1)
        assert self.process.stdout.readline() == "receiving\n"

    def _ask(self, question):
        self.process.stdin.write(f"{question}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def last(self):
        return int(self._ask("last"))

    def report(self):
        return json.loads(self._ask("report"))

    def await_last(self, number):
        await_condition(lambda: self.last() >= number, f"number {number} at {self.member.name}: {self.report()}")

    def await_more(self):
        """What is sent from now on arrives: twice as many as may be under way or stored."""
        self.await_last(self.last() + 100)

    def close(self):
        self.process.stdin.close()
        self.process.wait()

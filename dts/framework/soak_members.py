# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The members of a long run: those of ipv6_underlay.py, which have each encapsulation of a kernel's member over either
family, and

    flat  10.0.0.21  l2
    sock4 10.0.0.22  udp, port 6000
    tap   10.0.0.23  gretap, key 100: in the segment of VNI 100; a raw socket that reads what is inside
    gate  10.0.0.24  AMT; its kernel joins behind it

Everybody but gate is a static receiver of two groups; those whose kernel is behind a tunnel also join two others.
"""

import socket

import ipv6_sockets
import ipv6_underlay as underlay
import traffic
from ipv6_cloud import open_ipv6
from ipv6_underlay import KINDS, PORT, SOCK_PORT
from node import stop_process
from soak_streams import Stream
from topo import HUB_ADDRESS
from waiting import await_condition

STATIC = underlay.GROUP
JOINED = {4: "239.2.1.1", 6: "ff05::2:1"}
L2, SOCK4, TAP, GATE = "flat", "sock4", "tap", "gate"
ADDRESSES = {L2: "10.0.0.21", SOCK4: "10.0.0.22", TAP: "10.0.0.23", GATE: "10.0.0.24"}
DEVICES = {name: kind.device for name, kind in KINDS.items()} | {L2: "eth0", GATE: "amt1"}
TUNNELLED = tuple(name for name, device in DEVICES.items() if device != "eth0")
SENDERS = ((L2, 4), ("mona", 4), ("nick", 6), ("dave", 6))
# A raw socket shows the headers of IPv4, GRE with a key, Ethernet, IPv4 and UDP.
INSIDE_TAP = 20 + 8 + 14 + 20 + 8
TIMES = {"query_interval": 10, "query_response_interval": 2, "startup_query_interval": 2}


def config(**keys):
    answer = underlay.config()
    answer["members"] += [
        {"name": L2, "address": ADDRESSES[L2], "encap": "l2"},
        {"name": SOCK4, "address": ADDRESSES[SOCK4], "encap": "udp", "udp_port": SOCK_PORT},
        {"name": TAP, "address": ADDRESSES[TAP], "encap": "gretap", "key": 100}]
    return answer | {"igmp": TIMES, "mld": TIMES, "amt": {"prefixes": [f"{ADDRESSES[GATE]}/32"]}} | keys


def expects(name, version, group):
    """Whether a member gets a stream to a group, if it does not send it."""
    if name in ("sock", SOCK4, TAP):
        return group == STATIC[version] and version == (6 if name == "sock" else 4)
    if name in (L2, "plain"):
        return group == STATIC[version] and (name == "plain" or version == 4)
    return group == JOINED[version] or name != GATE


class Members:
    def __init__(self, cloud):
        self.cloud = cloud
        self.built = underlay.Members(cloud)
        self.nodes = self.built.nodes
        for wire in self.built.wires.values():
            wire.close()
        for name, address in ADDRESSES.items():
            self.nodes[name] = cloud.add_l2_member(name, address) if name == L2 else cloud.add_instance(name, address)
        for node in self.nodes.values():
            # A changed MAC is announced.
            node.write_sysctl("net/ipv4/conf/eth0/arp_notify", 1)
            node.write_sysctl("net/ipv6/conf/eth0/ndisc_notify", 1)
        self.gateway = None
        self.nodes_of_members = tuple(self.nodes)
        self.streams = [Stream(name, version, group[version]) for name, version in SENDERS
                        for group in (STATIC, JOINED)]

    def connect(self, traffic_of_all):
        """Open what the hub must be running for, and all sockets."""
        self.traffic = traffic_of_all
        for name in self.nodes:
            if name == GATE:
                self._open_gateway()
            self.open_sockets(name)
            for index, stream in enumerate(self.streams):
                if name != stream.sender and expects(name, stream.version, stream.group):
                    self.traffic.expect(name, index)

    def _open_gateway(self):
        node = self.nodes[GATE]
        self.gateway = node.start_python("amt_endpoint.py", "--dev", "amt1", "--local", node.address, "--discovery",
                                         HUB_ADDRESS, "--overlay", "192.168.20.2/24")
        await_condition(lambda: "amt1: " in node.ip("-o", "link"), "amt1")
        open_ipv6(node, "amt1")

    def open_sockets(self, name):
        """Its receivers, and the senders of its streams."""
        node = self.nodes[name]
        for stream in self.streams:
            if stream.sender == name:
                self.traffic.set_sender(stream, self._open_sender(name, stream.version))
        if name == TAP:
            raw = node.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_GRE)
            self.traffic.listen(name, raw, INSIDE_TAP)
        elif name in ("sock", SOCK4):
            opened = node.socket(socket.AF_INET6 if name == "sock" else socket.AF_INET, socket.SOCK_DGRAM)
            # The thread that reads may still hold the one before.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind((node.address, SOCK_PORT))
            self.traffic.listen(name, opened)
        else:
            self._open_receivers(name)

    def _open_receivers(self, name):
        node, device = self.nodes[name], DEVICES[name]
        for group in (STATIC, JOINED)[name == GATE:1 + (name in TUNNELLED)]:
            self.traffic.listen(name, traffic.open_receiver(node, group[4], PORT, device))
        if name != L2:
            groups = [STATIC[6]] * (name != GATE) + [JOINED[6]] * (name in TUNNELLED)
            self.traffic.listen(name, ipv6_sockets.Receiver(node, device, PORT, *groups).socket)

    def _open_sender(self, name, version):
        if name == L2:
            return traffic.open_sender(self.nodes[name], dev="eth0")
        return self.built._open_sender(self.nodes[name], KINDS[name], version)

    def restart(self, name):
        """Its programs end and start again, and its tunnel with them."""
        node = self.nodes[name]
        self.traffic.hush(name)
        if name == GATE:
            stop_process(self.gateway)
            node.processes.remove(self.gateway)
            self._open_gateway()
        elif DEVICES.get(name) == "gre1":
            endpoint = node.processes.pop()
            stop_process(endpoint)
            self.built._add_gre(node, KINDS[name])
        elif DEVICES.get(name) == "vx0":
            node.ip("link", "delete", "vx0")
            self.built._add_vxlan(node, KINDS[name])
        # Closed ones would be collected for the whole run.
        node.sockets[:] = [opened for opened in node.sockets if opened.fileno() >= 0]
        self.open_sockets(name)

    def leave(self, name):
        """All that it has joined; its programs end."""
        self.traffic.hush(name)

    def rejoin(self, name):
        self.nodes[name].sockets[:] = [opened for opened in self.nodes[name].sockets if opened.fileno() >= 0]
        self._open_receivers(name)

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A layer-2 segment of kernel VXLAN devices whose only destination is the hub.

    hub    10.0.0.10 --+-- switch A --- router --- switch B --- carol 10.5.0.6
                       |                                        vx0 192.168.10.3
    alice  10.0.0.11 --+  vx0 192.168.10.1
    bob    10.0.0.12 --+  vx0 192.168.10.2

Each device is `ip link add vx0 type vxlan id 100 remote HUB dstport 4789 ttl 64`: ARP, neighbour discovery and
unicast all go to the hub, which switches the segment.
"""

from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN

from topo import GATEWAY, HUB_ADDRESS
from traffic import OUTER_TTL
from waiting import await_condition

VNI = 100
PORT = 4789
DEVICE = "vx0"
HUB_OVERLAY = "192.168.10.254"
INSIDE_MTU = 1450
ADDRESSES = {"alice": "10.0.0.11", "bob": "10.0.0.12", "carol": "10.5.0.6"}
OVERLAYS = {"alice": "192.168.10.1", "bob": "192.168.10.2", "carol": "192.168.10.3"}


def member(name, **keys):
    return {"name": name, "address": ADDRESSES[name], "encap": "vxlan", "vni": VNI} | keys


CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "members": [member(name) for name in ADDRESSES],
    "igmp": False, "mld": False,
    "idle": "sleep",
}


def add_station(node, overlay, vni=VNI, port=PORT, dev=DEVICE):
    """Add a kernel VXLAN device with its address; IPv6 is on inside."""
    node.write_sysctl("net/ipv6/conf/all/disable_ipv6", 0)
    node.write_sysctl("net/ipv6/conf/eth0/disable_ipv6", 1)
    node.ip("link", "add", dev, "type", "vxlan", "id", str(vni), "local", node.address, "remote",
            HUB_ADDRESS, "dstport", str(port), "ttl", str(OUTER_TTL), "noudpcsum")
    node.write_sysctl(f"net/ipv6/conf/{dev}/disable_ipv6", 0)
    node.write_sysctl(f"net/ipv6/conf/{dev}/accept_dad", 0)
    node.run("ethtool", "-K", dev, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
    node.ip("address", "add", f"{overlay}/24", "brd", "+", "dev", dev)
    node.ip("link", "set", dev, "up", "mtu", str(INSIDE_MTU))
    node.route_groups(dev=dev)
    await_condition(lambda: "fe80" in node.ip("-6", "-o", "address", "show", "dev", dev),
                    f"a link-local address on {node.name}")


def link_local(node, dev=DEVICE):
    return node.ip("-6", "-o", "address", "show", "dev", dev, "scope", "link").split(
        "inet6 ")[1].split("/")[0]


def from_member(name, inner, vni=VNI, port=PORT, tos=0):
    """The headers, without Ethernet, that a member's kernel puts around an Ethernet frame for the hub."""
    return IP(src=ADDRESSES[name], dst=HUB_ADDRESS, ttl=OUTER_TTL, flags="DF", id=0, tos=tos) / UDP(
        sport=50000, dport=port, chksum=0) / VXLAN(vni=vni, flags="Instance") / raw(inner)


def inner_frame(frame, vni=VNI):
    """The Ethernet frame inside a frame from the hub; None if it is not of this segment."""
    packet = Ether(frame)
    if VXLAN not in packet or packet[VXLAN].vni != vni:
        return None
    return raw(packet[VXLAN].payload)

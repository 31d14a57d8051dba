# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Four declared members and an unknown sender, driven frame by frame.

    hub      10.0.0.10 --+
    alpha l2 10.0.0.11 --+
    beta  l2 10.0.0.12 --+-- switch A --- router --- switch B --- delta gre 10.5.0.6
    gamma gre 10.0.0.13 -+                                              no key
          key 7          |
    unknown  10.0.0.66 --+   not declared

The members' kernels answer ARP; all other frames are raw. delta's frames are sent and received at the router's
interface on subnet A, where they look as the hub sees them.
"""

import contextlib
import socket

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP, Ether

from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, Wired, gre_copy, gre_frame, l2_copy, l2_frame
from waiting import await_condition

GROUP = "239.1.1.1"
KEYS = {"gamma": 7, "delta": None}
HUB_OVERLAY = "192.168.10.254"
OVERLAYS = {"gamma": "192.168.10.3", "delta": "192.168.10.4"}
ADDRESSES = {"alpha": "10.0.0.11", "beta": "10.0.0.12", "gamma": "10.0.0.13", "delta": "10.5.0.6",
             "unknown": "10.0.0.66"}
MEMBERS = ("alpha", "beta", "gamma", "delta")

CONFIG = {
    # Queries of the hub would appear between the copies.
    "igmp": False, "mld": False,
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [
        {"name": "alpha", "address": ADDRESSES["alpha"]},
        {"name": "beta", "address": ADDRESSES["beta"], "encap": "l2"},
        {"name": "gamma", "address": ADDRESSES["gamma"], "encap": "gre", "key": KEYS["gamma"],
         "overlay": OVERLAYS["gamma"]},
        {"name": "delta", "address": ADDRESSES["delta"], "encap": "gre",
         "overlay": OVERLAYS["delta"]},
    ],
    "groups": [
        {"group": GROUP, "members": ["*"]},
        {"group": "224.0.0.0/24", "members": ["*"]},
        {"group": "239.192.0.0/16", "members": ["alpha", "delta"]},
        {"group": "239.192.7.7", "members": ["beta"]},
    ],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "idle": "sleep",
}


def udp_to(group=GROUP, source=ADDRESSES["alpha"], payload=b"payload", **ip_fields):
    return IP(src=source, dst=group, **ip_fields) / UDP(sport=4000, dport=5000) / payload


class Quartet(Wired):
    def __init__(self, cloud):
        self.cloud = cloud
        self.nodes = {name: cloud.add_instance(name, address)
                      for name, address in ADDRESSES.items()}
        super().__init__({name: Wire(node) for name, node in self.nodes.items()})
        self.wires["delta"] = Wire(cloud.router, "br-a")
        self.hub_mac = cloud.hub_node.mac
        self.router_mac = cloud.router.device_mac("br-a")
        for name in KEYS:
            self._absorb_gre(self.nodes[name])

    @staticmethod
    def _absorb_gre(node):
        """Open a socket for GRE: without one the kernel answers with ICMP errors."""
        node.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_GRE)

    def mac(self, name):
        return self.router_mac if name == "delta" else self.nodes[name].mac

    def owner(self, frame):
        """The member whose MAC a raw frame has as its source. Sent by another one it would mislead the switch."""
        return next(name for name in ADDRESSES
                    if bytes.fromhex(self.mac(name).replace(":", "")) == frame[6:12])

    def frame(self, sender, inner):
        """The sender's packet as it reaches the hub."""
        if sender not in KEYS:
            return l2_frame(inner, self.mac(sender), self.hub_mac)
        return gre_frame(inner, self.mac(sender), self.hub_mac, ADDRESSES[sender], HUB_ADDRESS,
                         KEYS[sender])

    def copy(self, receiver, inner):
        """The copy as it leaves the hub, to the byte."""
        if receiver not in KEYS:
            return l2_copy(inner, self.hub_mac, self.mac(receiver))
        return gre_copy(inner, self.hub_mac, self.mac(receiver), HUB_ADDRESS, ADDRESSES[receiver],
                        KEYS[receiver])

    def send_frame(self, sender, frame):
        self.wires[sender].send(frame)

    def send(self, sender, inner):
        self.send_frame(sender, self.frame(sender, inner))

    def expect_copies(self, inner, *receivers):
        for receiver in receivers:
            self.wires[receiver].expect(self.copy(receiver, inner))

    def exchange(self, sender, inner, receivers=MEMBERS):
        """Send one packet; every receiver but the sender gets its copy."""
        self.send(sender, inner)
        self.expect_copies(inner, *(r for r in receivers if r != sender))

    def announce(self, hub):
        """Every member announces its MAC again, after a test sent another one in its name."""
        owners = {name: ADDRESSES[name] for name in MEMBERS} | {"delta": GATEWAY}
        for name, address in owners.items():
            mac = self.mac(name)
            self.send_frame(name, Ether(src=mac, dst="ff:ff:ff:ff:ff:ff")
                            / ARP(hwsrc=mac, psrc=address, pdst=address))
            await_condition(lambda: hub.telemetry.ask(
                f"/mcdpdk/member,{name}")["mac"] == mac, f"{name} at {mac}")


def echo_request(source, target, payload=b"ping", ttl=64):
    return IP(src=source, dst=target, ttl=ttl) / ICMP(type=8, id=77, seq=1) / payload


@contextlib.contextmanager
def starting_hubs(wired, config, settle=None, driver="af_packet"):
    """Yield `start(**keys)`, which starts a hub with this configuration and these keys and resolves all members.

    At the end each hub is stopped once `settle(hub)` finds its sums balanced.
    """
    started = []

    def start(**keys):
        started.append(wired.cloud.start_hub(config | keys, driver=driver))
        started[-1].await_resolved()
        wired.discard()
        return started[-1]

    yield start
    for hub in started:
        with hub:
            settle(hub) if settle else hub.settled()
            hub.stop()
    wired.discard()

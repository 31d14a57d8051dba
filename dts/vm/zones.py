# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The first article's region: two zones in two subnets behind a router that decrements the TTL.

    zone a 10.0.0.0/24                     zone b 10.5.0.0/24
    taps -- [ bridge za ] 10.0.0.1 -- router -- 10.5.0.1 [ bridge zb ] -- taps

Bridges and router are one network namespace; the taps are NICs of guests. As in a public cloud
the bridges drop frames whose destination MAC has the I/G bit set; ARP alone gets through.
"""

import os
import subprocess

ZONES = {"a": "10.0.0.1/24", "b": "10.5.0.1/24"}

CLOUD = """
table bridge cloud {
	counter group_bit { }
	chain ingress {
		type filter hook prerouting priority 0;
		ether type arp accept
		ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 counter name group_bit drop
	}
}
"""

RESTORE_TTL = """
table ip restore {
	chain ingress {
		type filter hook prerouting priority mangle;
		ip ttl set 64
	}
}
"""


class Zones:
    """A context manager: the namespace and all in it go on exit."""

    def __init__(self, name="zones"):
        self.netns = f"{name}-{os.getpid()}"

    def __enter__(self):
        self._host("ip", "netns", "add", self.netns)
        try:
            self._lay_out()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._host("ip", "netns", "del", self.netns)

    def run(self, *command, stdin=None):
        """Run a command in the router's namespace and return its output."""
        return self._host("ip", "netns", "exec", self.netns, *command, stdin=stdin)

    def add_tap(self, name, zone):
        """A tap device in the zone's subnet, ready for a guest's NIC."""
        self.run("ip", "tuntap", "add", name, "mode", "tap")
        self.run("ip", "link", "set", name, "master", f"z{zone}", "up")
        return name

    def restore_ttl(self, on):
        """Have the router set every packet's TTL to 64, so that tunnels which inherit TTL 1 get through."""
        if on:
            self.run("nft", "-f", "-", stdin=RESTORE_TTL)
        else:
            self.run("nft", "delete", "table", "ip", "restore")

    def _lay_out(self):
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.disable_ipv6=1")
        for zone, address in ZONES.items():
            bridge = f"z{zone}"
            self.run("ip", "link", "add", bridge, "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
            self.run("ip", "addr", "add", address, "dev", bridge)
            self.run("ip", "link", "set", bridge, "up")
        self.run("nft", "-f", "-", stdin=CLOUD)

    @staticmethod
    def _host(*command, stdin=None):
        done = subprocess.run(command, input=stdin, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

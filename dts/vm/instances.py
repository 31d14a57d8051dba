# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Many instances of a cloud on the kernel of one guest: a network namespace each, with eth0 in a subnet of the cloud.

A guest costs a boot, and a processor is emulated for it; a namespace costs nothing.
"""

import json
import shlex

from paths import PROGRAMS

INSTANCE = """set -e
ip link set {nic} up
ip netns add {name}
ip link add link {nic} name new type macvlan mode bridge
ip link set new netns {name} name eth0
ip -n {name} link set lo up
ip -n {name} address add {address}/24 brd + dev eth0
ip -n {name} link set eth0 up
ip -n {name} route add default via {gateway}
"""
REQUESTS, RESULTS = "/run/requests", "/run/results"


class Instances:
    """What the namespaces have in common is `guest`."""

    def __init__(self, guest):
        self.guest = guest
        self._traffic = None

    def add(self, name, nic, address, gateway):
        """An instance behind one of the guest's NICs, which leads to the subnet of its address."""
        self.guest.run(INSTANCE.format(name=name, nic=nic, address=address, gateway=gateway))

    def run(self, name, script, **options):
        """Run a shell script in an instance, as Guest.run does."""
        return self.guest.run(f"ip netns exec {name} sh -ec {shlex.quote(script)}", **options)

    def start(self, name, command):
        return self.guest.start(f"ip netns exec {name} {command}")

    def traffic(self, *calls):
        """Call functions of namespace_traffic.py, [NAME, ARGUMENT...] each; return their results."""
        if self._traffic is None:
            self.guest.run(f"mkfifo {REQUESTS} {RESULTS}")
            program = PROGRAMS / "namespace_traffic.py"
            self._traffic = self.guest.start(f"python3 -SE {program} {REQUESTS} {RESULTS}")
        asked = self.guest.run(f"cat >{REQUESTS} <<'END'\n{json.dumps(calls)}\nEND\ncat {RESULTS}", check=False)
        assert asked.status == 0, f"namespace_traffic.py: {self._traffic.output()}"
        return json.loads(asked.output)

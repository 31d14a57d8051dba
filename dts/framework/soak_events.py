# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What happens during a long run, one thing after the other, chosen by a seed. After each, the members that it
disturbed must get all their streams again."""

import contextlib
import random
import socket
import threading
import time

from soak_members import GATE, JOINED, TUNNELLED, config
from waiting import await_condition

# ARP and neighbour discovery are asked again each second, queries come each ten.
RECOVERY_S = 45.0
HANGING = 4                     # of ten clients that DPDK's telemetry serves
STEPS_S = (3600, -3600, 86400, -86400, 0)


class Events:
    def __init__(self, seed, cloud, hub, members, traffic, disturbances, clock):
        self.random = random.Random(seed)
        self.cloud, self.hub, self.members, self.traffic = cloud, hub, members, traffic
        self.disturbances, self.clock = disturbances, clock
        self.abandoned = threading.Event()      # nobody waits for what comes after an event any more
        self.hanging = []
        self.done = []                          # (time, kind, about whom, seconds until all flowed again)
        self.faults = []
        self.serial = 0
        # A shuffled round after the other: all kinds come in a short run, too.
        self.kinds = {"leave and join": self.leave_and_join, "restart": self.restart, "reload": self.reload,
                      "member's link": self.flap, "hub's link": self.flap_hub, "MAC": self.change_mac,
                      "clock": self.step_clock, "hanging client": self.hang}
        self.round = []

    def next(self):
        if not self.round:
            self.round = self.random.sample(list(self.kinds), len(self.kinds))
        kind = self.round.pop()
        began = time.monotonic()
        try:
            about = self.kinds[kind]()
        except (AssertionError, TimeoutError) as error:
            about = f"failed: {error}"
            self.faults.append(f"{kind}: {error}")
        self.done.append((began, kind, about, time.monotonic() - began))

    @contextlib.contextmanager
    def disturbing(self, *names):
        """What they lose until all flows to them again is no fault."""
        with self.disturbances.of(*names):
            yield
            since = time.monotonic()
            for name in names:
                await_condition(lambda: self.abandoned.is_set() or self.traffic.flows_to(name, since),
                                f"{name} does not get all of its streams again", RECOVERY_S)

    def leave_and_join(self):
        name = self.random.choice([name for name in TUNNELLED if name != GATE])
        listed = [member for member in self.hub.receivers(JOINED[4]) if member == name]
        assert listed, f"{name} is no receiver of {JOINED[4]}"
        with self.disturbing(name):
            self.members.leave(name)
            for group in JOINED.values():
                await_condition(lambda: self.abandoned.is_set() or name not in self.hub.receivers(group),
                                f"{name} has not left {group}", RECOVERY_S)
            self.members.rejoin(name)
        return name

    def restart(self):
        name = self.random.choice(list(self.members.nodes_of_members))
        # Nobody gets what a sender does not send.
        with self.disturbing(name):
            self.members.restart(name)
        return name

    def reload(self):
        """Another member, another group and other times; no packet is lost."""
        self.serial += 1
        keys = config()
        if self.serial % 2:
            keys["members"].append({"name": f"extra{self.serial}", "address": f"10.5.0.{100 + self.serial % 100}",
                                    "encap": "gre"})
            keys["groups"].append({"group": f"239.77.0.{self.serial % 256}", "members": ["mona"]})
        self.hub.reload_and_wait(keys)
        return f"configuration {self.serial}"

    def _flap(self, port, *names):
        with self.disturbing(*names):
            self.cloud.switch.ip("link", "set", port, "down")
            time.sleep(1)                       # the fault's length
            self.cloud.switch.ip("link", "set", port, "up")

    def flap(self):
        name = self.random.choice(list(self.members.nodes_of_members))
        self._flap(name, name)
        return name

    def flap_hub(self):
        self._flap(self.cloud.hub_node.name, *self.members.nodes_of_members)
        return "all"

    def change_mac(self):
        name = self.random.choice([name for name in self.members.nodes_of_members if name != "carol"])
        node = self.members.nodes[name]
        mac = "02:" + ":".join(f"{self.random.randrange(256):02x}" for _ in range(5))
        with self.disturbing(name):
            node.ip("link", "set", "eth0", "address", mac)
            node.mac = mac
        return f"{name} {mac}"

    def step_clock(self):
        step = self.random.choice(STEPS_S)
        self.clock.step(step)
        return f"{step:+} s"

    def hang(self):
        """A client asks and never reads; the oldest goes."""
        if len(self.hanging) == HANGING:
            self.hanging.pop(0).close()
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.hanging.append(client)
        client.connect(f"{self.hub.runtime_dir}/{self.hub.file_prefix}/dpdk_telemetry.v2")
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while client.send(b"/mcdpdk/stats"):
                pass
        return f"{len(self.hanging)} clients"

    def close(self):
        for client in self.hanging:
            client.close()

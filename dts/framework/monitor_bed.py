# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A hub for a monitor to watch, its l2 members, and a stream from the first of them."""

from hub import Hub
from traffic import open_sender
from waiting import repeating

GROUP, PORT = "239.1.1.1", 5000
SENT_A_S = 100


class Bed:
    """All members of the configuration are there, and the hub runs."""

    def __init__(self, cloud, config):
        self.cloud = cloud
        self.nodes = {member["name"]: cloud.add_l2_member(member["name"], member["address"])
                      for member in config["members"]}
        self.hub = Hub(cloud.hub_node, config, cloud.folder, f"{cloud.name}-watched")
        self.hub.start()
        self.name = self.hub.file_prefix
        self.socket = self.hub.runtime_dir / self.name / "dpdk_telemetry.v2"
        self.sender = open_sender(next(iter(self.nodes.values())))

    def send(self, packets=1):
        for _ in range(packets):
            self.sender.sendto(b"stream", (GROUP, PORT))

    def streaming(self):
        return repeating(self.send, 1 / SENT_A_S)

    def start(self):
        """Again, after it has ended."""
        self.hub.telemetry.close()
        self.hub.start()
        self.hub.await_resolved()

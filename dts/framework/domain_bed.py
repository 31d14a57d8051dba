# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-domain beside a stand-in of its hub, and what it needs."""

import json
import re
import signal
import subprocess

from domain_hub import DomainHub
from etcd import Etcd
from node import die_with_parent
from paths import BUILD
from waiting import await_condition

PROGRAM = BUILD / "app" / "domain" / "mcdpdk-domain"


class Agent:
    def __init__(self, folder, hub, etcd, *arguments, **settings):
        self.folder, self.hub, self.arguments = folder, hub, arguments
        self.config = folder / f"{hub.name}-{hub.address}.json"
        self.log_file = folder / f"{hub.name}-{hub.address}.log"
        self.write(etcd.url, **settings)
        self.process = None
        self.start()

    def write(self, *urls, **settings):
        self.config.write_text(json.dumps({
            "ports": [{"address": f"{self.hub.address}/24"}],
            "domain": {"name": self.hub.domain_name, "hub": self.hub.name, "etcd": urls, **settings}}))

    def start(self):
        with open(self.log_file, "ab") as log:
            command = [PROGRAM, "-c", self.config, "--socket", self.hub.path, *self.arguments]
            self.process = subprocess.Popen(command, stderr=log, preexec_fn=die_with_parent)

    def log(self):
        return self.log_file.read_text()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(30)

    def memory_kb(self):
        status = (f"/proc/{self.process.pid}/status")
        with open(status, encoding="ascii") as lines:
            return int(re.search(r"VmHWM:\s+(\d+)", lines.read())[1])


class Bed:
    """Makes etcd, hubs and their agents, and ends them."""

    def __init__(self, folder):
        self.folder, self.closing, self.count = folder, [], 0

    def etcd(self, *options, **settings):
        etcd = Etcd(self.folder, *options, **settings)
        self.closing.append(etcd.close)
        return etcd

    def hub(self, name, address=None, **settings):
        self.count += 1
        hub = DomainHub(self.folder / f"hub{self.count}", name, address or f"10.0.0.{self.count}", **settings)
        self.closing.append(hub.close)
        return hub

    def agent(self, hub, etcd, *arguments, **settings):
        agent = Agent(self.folder, hub, etcd, *arguments, **settings)
        self.closing.append(lambda: agent.process.poll() is None and agent.end(signal.SIGKILL))
        return agent

    def pair(self, etcd):
        hubs = [self.hub("h0"), self.hub("h1")]
        return hubs, [self.agent(hub, etcd) for hub in hubs]

    def close(self):
        for close in reversed(self.closing):
            close()


def await_line(agent, words):
    await_condition(lambda: words in agent.log(), f"{words!r} in the log of {agent.hub.name}")

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""An etcd cluster, each node in a namespace of its own. It is asked by its JSON gateway, as mcdpdk-domain does."""

import base64
import json
import subprocess
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from etcd import supported
from node import stop_process
from waiting import await_condition

PROGRAM = "etcd"
CLIENT_PORT, PEER_PORT = 2379, 2380
TIMEOUT_S = 5


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


class EtcdNode:
    def __init__(self, node, address, folder):
        self.node, self.name, self.address = node, node.name, address
        self.data = folder / f"{node.name}.etcd"
        self.log_file = folder / f"{node.name}.log"
        self.process = None

    @property
    def url(self):
        return f"http://{self.address}:{CLIENT_PORT}"

    @property
    def peer_url(self):
        return f"http://{self.address}:{PEER_PORT}"

    def launch(self, members):
        command = [PROGRAM, "--name", self.name, "--data-dir", self.data, "--listen-client-urls", self.url,
                   "--advertise-client-urls", self.url, "--listen-peer-urls", self.peer_url,
                   "--initial-advertise-peer-urls", self.peer_url, "--initial-cluster",
                   ",".join(f"{member.name}={member.peer_url}" for member in members),
                   "--initial-cluster-token", members[0].node.namespace, "--logger", "zap"]
        if "--unsafe-no-fsync" in supported():
            command.append("--unsafe-no-fsync")
        with open(self.log_file, "a", encoding="utf-8") as log:
            self.process = self.node.start(*command, stdout=log, stderr=subprocess.STDOUT)

    def ask(self, path, **body):
        with self.node.inside():
            connection = HTTPConnection(self.address, CLIENT_PORT, timeout=TIMEOUT_S)
            try:
                connection.request("POST", f"/v3/{path}", json.dumps(body))
                return json.loads(connection.getresponse().read())
            finally:
                connection.close()

    def is_leader(self):
        with suppress(OSError, HTTPException, ValueError):
            status = self.ask("maintenance/status")
            return status.get("leader") == status["header"]["member_id"]
        return False

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        stop_process(self.process)


class EtcdCluster:
    def __init__(self, nodes):
        self.nodes = nodes

    @property
    def urls(self):
        return [node.url for node in self.nodes]

    def start(self):
        """Those that do not run, until there is a leader."""
        for node in self.nodes:
            if not node.is_running():
                node.launch(self.nodes)
        self.leader()

    def stop(self):
        for node in self.nodes:
            node.stop()

    def leader(self):
        return await_condition(lambda: next((node for node in self.nodes if node.is_running() and node.is_leader()),
                                            None), "a leader of etcd")

    def put(self, key, value):
        self.leader().ask("kv/put", key=base64_of(key), value=base64_of(value))

    def delete(self, key):
        self.leader().ask("kv/deleterange", key=base64_of(key))

    def end_lease_of(self, key):
        """As time does: all its keys go at once."""
        leader = self.leader()
        (pair,) = leader.ask("kv/range", key=base64_of(key))["kvs"]
        leader.ask("lease/revoke", ID=pair["lease"])

    def read(self, prefix):
        """Values by key."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        answer = self.leader().ask("kv/range", key=base64_of(prefix), range_end=base64_of(end))
        return {base64.b64decode(pair["key"]).decode(): base64.b64decode(pair.get("value", "")).decode()
                for pair in answer.get("kvs", [])}

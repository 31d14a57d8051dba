# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""dpdk-dumpcap beside the hub shows the hub's packets where it can attach; elsewhere the log says why not.

    tokyo-1 (l2) ---- switch ---- hub: mcdpdk <-- shared hugepages --> dpdk-dumpcap
"""

import subprocess
from contextlib import contextmanager

import pytest
from scapy.layers.inet import IP
from scapy.utils import rdpcap

from hub import Hub, reserved_hugepages
from node import run
from service_user import USER, become_user

GROUP = "239.1.1.1"
HUB = "10.0.0.10"
MEMBERS = {"tokyo-1": "10.0.0.11", "tokyo-2": "10.0.0.12"}
MEMORY_MB = 256
PREFIX = "capture"


@pytest.fixture(scope="module")
def members(cloud):
    return {name: cloud.add_l2_member(name, address) for name, address in MEMBERS.items()}


def configuration():
    return {
        "ports": [{"address": f"{HUB}/24"}],
        "members": [{"name": name, "address": address} for name, address in MEMBERS.items()],
        "groups": [{"group": GROUP, "members": ["*"]}],
        "idle": "sleep",
    }


@contextmanager
def shared_hugepages(folder, owner=0):
    """Hugepages that a second process can map, returned at the end."""
    with reserved_hugepages(2 * MEMORY_MB):
        run("mount", "-t", "hugetlbfs", "-o", f"uid={owner}", "none", str(folder))
        try:
            yield folder
        finally:
            run("umount", str(folder))


def hub_with(cloud, memory):
    hub = Hub(cloud.hub_node, configuration(), cloud.folder, f"{cloud.name}-{PREFIX}")
    # A second process has to have what they bring, in the same order.
    hub.loads_all_drivers = True
    start = hub.command.index("-m") - 1
    hub.command[start:start + 3] = memory
    return hub


@pytest.mark.parametrize("owner", [0, USER], ids=["root", "user"])
def test_dumpcap_shows_what_the_hub_sends(cloud, members, tmp_path, owner):
    """On shared hugepages, a capture of ten packets has a ping of the group and its copy. Root captures, also from the
    hub of a user; there with a umask that lets the group, the hub, write to dumpcap's socket for its answers."""
    pages, capture = tmp_path / "huge", tmp_path / "hub.pcap"
    pages.mkdir()
    with shared_hugepages(pages, owner), hub_with(
            cloud, ["--huge-dir", str(pages), "-m", str(MEMORY_MB)]) as hub:
        if owner:
            become_user(hub, cloud.folder)
        hub.start()
        hub.await_resolved()
        dumpcap = subprocess.Popen(
            ["env", f"RUNTIME_DIRECTORY={hub.runtime_dir.parent}", "dpdk-dumpcap", f"--file-prefix={hub.file_prefix}",
             "-i", "net_af_packet0", "-P", "-c", "10", "-w", str(capture)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, umask=0o002 if owner else 0o022)
        try:
            for _ in range(200):
                members["tokyo-1"].attempt("ping", "-c", "1", "-W", "0.1", "-t", "3", GROUP)
                if dumpcap.poll() is not None:
                    break
        finally:
            dumpcap.kill()
            said = dumpcap.communicate()[0].decode()
        assert capture.exists() and dumpcap.returncode == 0, said
        destinations = {packet.dst for packet in rdpcap(str(capture))
                        if IP in packet and packet[IP].dst == GROUP}
        assert destinations == {cloud.hub_node.mac, members["tokyo-2"].mac}
        hub.stop()


@pytest.mark.parametrize("mode, reason", [
    ("--no-huge", "no hugepages"),
    ("--in-memory", "--in-memory or --no-shconf"),
])
def test_where_dumpcap_cannot_attach_the_log_says_so(cloud, tmp_path, mode, reason):
    """One line of the log names the reason; packets are still served."""
    with shared_hugepages(tmp_path), hub_with(cloud, [mode, "-m", str(MEMORY_MB)]) as hub:
        hub.start()
        assert f"dpdk-dumpcap cannot attach: {reason}" in hub.log()
        hub.stop()

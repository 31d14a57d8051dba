# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""dpdk-dumpcap beside the hub shows the hub's packets where it can attach; elsewhere the log says why not.

    tokyo-1 (l2) ---- switch ---- hub: mcdpdk <-- shared hugepages --> dpdk-dumpcap

In some tests a member of each encapsulation is declared with a MAC that nobody has: its copies leave all the same.
"""

import json
import re
import signal
import subprocess
from contextlib import contextmanager

import pytest
from scapy.layers.inet import IP, UDP
from scapy.utils import rdpcap

from hub import Hub, reserved_hugepages
from node import run
from service_user import USER, become_user
from waiting import await_condition, repeating
from paths import SCRIPTS

GROUP, OTHER = "239.1.1.1", "239.1.1.2"
HUB = "10.0.0.10"
MEMBERS = {"tokyo-1": "10.0.0.11", "tokyo-2": "10.0.0.12"}
NOBODY = {"mac": "02:00:00:00:00:99"}
TUNNELS = [{"name": "plain", "address": "10.0.0.31", "encap": "gre", **NOBODY},
           {"name": "keyed", "address": "10.0.0.32", "encap": "gre", "key": 7, **NOBODY},
           {"name": "fou", "address": "10.0.0.33", "encap": "gre-udp", **NOBODY},
           {"name": "segment", "address": "10.0.0.34", "encap": "vxlan", "vni": 100, **NOBODY}]
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


@contextmanager
def pinging(members):
    """tokyo-1 pings both groups again and again."""
    def ping():
        for group in (GROUP, OTHER):
            members["tokyo-1"].attempt("ping", "-c", "1", "-W", "0.05", "-t", "3", group)

    with repeating(ping):
        yield


@contextmanager
def capturing_hub(cloud, tmp_path, owner=0):
    pages = tmp_path / "huge"
    pages.mkdir()
    with shared_hugepages(pages, owner), hub_with(
            cloud, ["--huge-dir", str(pages), "-m", str(MEMORY_MB)]) as hub:
        config = configuration()
        config["members"] += TUNNELS
        config["groups"].append({"group": OTHER, "members": ["*"]})
        hub.config_file.write_text(json.dumps(config))
        if owner:
            become_user(hub, cloud.folder)
            like_the_service(hub, cloud.folder)
        hub.start()
        hub.await_resolved()
        yield hub
        hub.stop()


def like_the_service(hub, folder):
    """The hub knows its folder by another name than who asks it: /run and /var/run are one."""
    hub.command[:] = [re.sub("^RUNTIME_DIRECTORY=", "XDG_RUNTIME_DIR=", str(word)) for word in hub.command]
    other = folder / "var-run"
    other.symlink_to("run")
    hub.runtime_dir = other / "dpdk"


def start_capture(hub, *words):
    socket = hub.runtime_dir / hub.file_prefix / "dpdk_telemetry.v2"
    return subprocess.Popen([SCRIPTS / "mcdpdkctl", "--socket", socket, "--json", "capture", *words],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def captured(hub, members, path, *words):
    """The packets of a capture, during which both groups are pinged."""
    with start_capture(hub, *words, "-o", path) as capture, pinging(members):
        out, err = capture.communicate(timeout=120)
    assert capture.returncode == 0, err
    assert json.loads(out)["file"] == str(path)
    return rdpcap(str(path))


def destinations(packets):
    """Where the packets of a capture go to, and how: tunnel's UDP port, IP protocol, or plain."""
    return {(packet.dst, packet[IP].dst, packet[UDP].dport if UDP in packet and packet[IP].proto == 17
             else packet[IP].proto) for packet in packets}


@pytest.mark.parametrize("owner", [0, USER], ids=["root", "user"])
def test_a_capture_of_a_group_has_its_packets_in_every_encapsulation(cloud, members, tmp_path, owner):
    """What tokyo-1 sends to the group, the plain copy, and those in GRE with and without a key, GRE-in-UDP and VXLAN;
    nothing of the other group, to which as much is sent."""
    with capturing_hub(cloud, tmp_path, owner) as hub:
        packets = captured(hub, members, tmp_path / "group.pcap", GROUP, "-n", "24")
        assert len(packets) >= 24
        address = bytes(map(int, GROUP.split(".")))
        assert all(address in bytes(packet) for packet in packets)
        assert not any(bytes(map(int, OTHER.split("."))) in bytes(packet) for packet in packets)
        nobody = NOBODY["mac"]
        assert destinations(packets) == {
            (cloud.hub_node.mac, GROUP, 1), (members["tokyo-2"].mac, GROUP, 1), (nobody, "10.0.0.31", 47),
            (nobody, "10.0.0.32", 47), (nobody, "10.0.0.33", 4754), (nobody, "10.0.0.34", 4789)}


def test_a_capture_of_a_member_has_its_frames_alone(cloud, members, tmp_path):
    """Of an l2 member, by MAC; of one behind a tunnel, by address; of all, without a filter. A capture without an end
    completes its file when it is interrupted."""
    with capturing_hub(cloud, tmp_path) as hub:
        packets = captured(hub, members, tmp_path / "l2.pcap", "tokyo-2", "-n", "10")
        assert all(members["tokyo-2"].mac in (packet.src, packet.dst) for packet in packets)
        assert {GROUP, OTHER} <= {packet[IP].dst for packet in packets if IP in packet}
        packets = captured(hub, members, tmp_path / "gre.pcap", "keyed", "-n", "10")
        assert {packet[IP].dst for packet in packets} == {"10.0.0.32"}
        path = tmp_path / "all.pcap"
        with start_capture(hub, "-o", path) as capture, pinging(members):
            await_condition(lambda: path.exists() and path.stat().st_size > 20000, "a file")
            capture.send_signal(signal.SIGTERM)
            assert capture.wait(60) == 0
        assert {"10.0.0.31", "10.0.0.34", GROUP} <= {packet[IP].dst for packet in rdpcap(str(path)) if IP in packet}
        refused = hub.ctl("capture", "tokio-2", "-o", path)
        assert refused.returncode == 1 and "did you mean tokyo-2?" in refused.stderr


@pytest.mark.parametrize("mode, reason", [
    ("--no-huge", "no hugepages"),
    ("--in-memory", "--in-memory or --no-shconf"),
])
def test_where_dumpcap_cannot_attach_the_log_says_so(cloud, tmp_path, mode, reason):
    """One line of the log names the reason, and so does mcdpdkctl; packets are still served."""
    with shared_hugepages(tmp_path), hub_with(cloud, [mode, "-m", str(MEMORY_MB)]) as hub:
        hub.start()
        assert f"dpdk-dumpcap cannot attach: {reason}" in hub.log()
        refused = hub.ctl("capture", "-o", tmp_path / "none.pcap")
        assert refused.returncode == 1 and f"cannot attach to this hub: {reason}" in refused.stderr
        assert not (tmp_path / "none.pcap").exists()
        hub.stop()

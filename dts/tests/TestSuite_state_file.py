# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Learned membership survives a restart of the hub.

    hub 10.0.0.10 -----+
    sender 10.0.0.11 --+                                     10.5.0.6
    host 10.0.0.12 ----+-- switch A --- router --- switch B --- guest, GRE, not declared

Reports are raw frames and nobody answers queries: after a restart data flows only because of the file.
"""

import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
from scapy.layers.inet import IP, UDP

from hub import Hub
from igmp_message import IS_EX, TO_EX, TO_IN, record, report
from paths import PROGRAMS
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, gre_frame, inner_ip, l2_frame
from waiting import await_condition

GROUP, SSM_GROUP = "239.1.1.1", "232.1.1.1"
SENDER, HOST, GUEST = "10.0.0.11", "10.0.0.12", "10.5.0.6"
LASTING = {"query_interval": 3600, "startup_query_interval": 900, "immediate_leave": True}
BRIEF = {"query_interval": 3600, "startup_query_interval": 0.5, "query_response_interval": 0.5}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "sender", "address": SENDER}, {"name": "host", "address": HOST}],
    "admit": [{"prefix": "10.5.0.0/16", "encap": ["gre"]}],
    "igmp": LASTING,
    "idle": "sleep",
}


class Bed:
    def __init__(self, cloud):
        self.cloud = cloud
        self.hub_mac = cloud.hub_node.mac
        self.sender = cloud.add_instance("sender", SENDER)
        self.host = cloud.add_instance("host", HOST)
        self.guest = cloud.add_instance("guest", GUEST)
        self.wires = {node.name: Wire(node) for node in (self.sender, self.host, self.guest)}
        self.state_file = cloud.folder / "state"

    def start(self, **keys):
        return self.cloud.start_resolved_hub(CONFIG | {"state_file": str(self.state_file)} | keys)

    def report_from_host(self, *records):
        packet = report(HOST, *records)
        self.wires["host"].send(l2_frame(packet, self.host.mac, self.hub_mac))

    def report_from_guest(self, *records):
        packet = report("192.168.10.6", *records)
        gateway = self.cloud.router.run("cat", "/sys/class/net/br-b/address").strip()
        self.wires["guest"].send(gre_frame(packet, self.guest.mac, gateway, GUEST, HUB_ADDRESS))

    def flows_to(self, name, group=GROUP, source=SENDER):
        packet = IP(src=source, dst=group) / UDP(sport=4000, dport=5000, chksum=0) / b"data"
        self.wires["sender"].send(l2_frame(packet, self.sender.mac, self.hub_mac))
        for frame in self.wires[name].frames():
            inner = inner_ip(frame)
            if inner is not None and (inner.src, inner.dst) == (source, group):
                return True
        return False


def await_receiver(hub, member, group=GROUP):
    await_condition(lambda: member in hub.receivers(group), f"{member} in {group}")


def await_no_receiver(hub, member, group=GROUP):
    await_condition(lambda: member not in hub.receivers(group), f"{member} not in {group}")


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud):
    return Bed(cloud)


@pytest.fixture(autouse=True)
def fixture_no_file(bed):
    for path in bed.cloud.folder.glob("state*"):
        path.unlink()


def test_membership_survives_a_restart(bed):
    """Host joined a group from any source and one from the sender alone. Both flow at once without a report, the latter
    only from that source."""
    with bed.start() as hub:
        bed.report_from_host(record(TO_EX, GROUP), record(TO_IN, SSM_GROUP, SENDER))
        await_receiver(hub, "host", f"{SSM_GROUP},{SENDER}")
        hub.stop()
    with bed.start() as hub:
        assert "2 memberships are in force again" in hub.log()
        assert hub.receivers(GROUP)["host"]["origins"] == ["igmp"]
        assert bed.flows_to("host")
        assert bed.flows_to("host", SSM_GROUP)
        assert SSM_GROUP not in hub.telemetry.listing("groups")
        assert hub.telemetry.ask("/mcdpdk/igmp")["rx_v3_report"] == 0
        hub.settled()
        hub.stop()


def test_membership_survives_a_kill(bed):
    """Once the file shows the join, the group flows after a kill; after host's leave and another kill it does not."""
    with bed.start() as hub:
        bed.report_from_host(record(TO_EX, GROUP))
        await_condition(lambda: bed.state_file.exists() and GROUP in bed.state_file.read_text(),
                        "the file")
        hub.process.send_signal(signal.SIGKILL)
        hub.process.wait()
    with bed.start() as hub:
        assert bed.flows_to("host")
        bed.report_from_host(record(TO_IN, GROUP))
        await_condition(lambda: GROUP not in bed.state_file.read_text(), "the file")
        hub.process.send_signal(signal.SIGKILL)
        hub.process.wait()
    with bed.start() as hub:
        assert not hub.receivers(GROUP)
        hub.stop()


def test_an_unconfirmed_membership_ends_with_the_startup_queries(bed):
    """After a restart with startup queries within 1.5 s, host reports one of its two groups. The other is gone after
    that time, far below the group membership interval; the reported one lasts for that interval."""
    with bed.start() as hub:
        bed.report_from_host(record(TO_EX, GROUP), record(TO_EX, "239.1.1.2"))
        await_receiver(hub, "host", "239.1.1.2")
        hub.stop()
    with bed.start(igmp=BRIEF) as hub:
        bed.report_from_host(record(IS_EX, GROUP))
        await_no_receiver(hub, "host", "239.1.1.2")
        assert hub.receivers(GROUP)["host"]["expires_s"] > 3600
        hub.settled()
        hub.stop()


def test_admitted_members_come_back(bed):
    """An undeclared instance joins over GRE. After a restart it is a member and the group flows; without the rule that
    admits it, the hub starts and knows neither."""
    with bed.start() as hub:
        bed.report_from_guest(record(TO_EX, GROUP))
        await_receiver(hub, f"gre:{GUEST}")
        hub.stop()
    with bed.start() as hub:
        assert hub.telemetry.ask(f"/mcdpdk/member,gre:{GUEST}")["origin"] == "admitted"
        hub.await_resolved(f"gre:{GUEST}")
        assert bed.flows_to("guest")
        hub.stop()
    with bed.start(admit=[]) as hub:
        assert hub.telemetry.listing("members") == ["sender", "host"]
        assert not hub.receivers(GROUP)
        hub.stop()


def test_what_may_not_be_joined_any_more_is_not_restored(bed):
    """Host and an admitted guest joined two groups. After a restart with `join` lists that have one of them, both are
    at once in that one only."""
    other = "239.7.7.7"
    with bed.start() as hub:
        bed.report_from_host(record(TO_EX, GROUP), record(TO_EX, other))
        bed.report_from_guest(record(TO_EX, GROUP), record(TO_EX, other))
        for name in ("host", f"gre:{GUEST}"):
            await_receiver(hub, name)
            await_receiver(hub, name, other)
        hub.stop()
    members = [CONFIG["members"][0], CONFIG["members"][1] | {"join": [GROUP]}]
    with bed.start(members=members, admit=[CONFIG["admit"][0] | {"join": [GROUP]}]) as hub:
        assert set(hub.receivers(GROUP)) == {"host", f"gre:{GUEST}"}
        assert set(hub.receivers(other)) == set()
        hub.stop()


@pytest.mark.parametrize("content", ["", "mcdpdk-state 1\n", "mcdpdk-state 2\nwhatever\n", "cut off"])
def test_a_broken_file_is_set_aside(bed, content):
    """It is empty, truncated, of another version, or modified. The hub starts, logs the problem and keeps it as
    FILE.broken; later joins make a good one."""
    if content == "cut off":
        with bed.start() as hub:
            bed.report_from_host(record(TO_EX, GROUP))
            await_receiver(hub, "host")
            hub.stop()
        content = bed.state_file.read_text().replace(GROUP, "239.1.1.9")
        assert "239.1.1.9" in content
    bed.state_file.write_text(content)
    broken = bed.state_file.with_name("state.broken")
    with bed.start() as hub:
        assert f"set aside as {broken}" in hub.log()
        assert broken.read_text() == content and not bed.state_file.exists()
        assert not hub.telemetry.listing("groups")
        bed.report_from_host(record(TO_EX, GROUP))
        await_receiver(hub, "host")
        hub.stop()
    assert f"exclude {GROUP}\n" in bed.state_file.read_text()


def test_a_file_that_cannot_be_written_is_logged_once(bed):
    """While its folder is missing there is one error. Once the folder appears, the file does and a line says so."""
    folder = bed.cloud.folder / "state-folder"
    with bed.start(state_file=str(folder / "state")) as hub:
        bed.report_from_host(record(TO_EX, GROUP))
        await_condition(lambda: "cannot be written" in hub.log(), "the error")
        bed.report_from_host(record(TO_EX, "239.1.1.2"))
        await_receiver(hub, "host", "239.1.1.2")
        time.sleep(1.5)                 # one more turn of a second: a further failure is not visible
        folder.mkdir()
        try:
            await_condition(lambda: "is written again" in hub.log(), "the file")
            assert hub.log().count("cannot be written") == 1
            assert "239.1.1.2" in (folder / "state").read_text()
            hub.stop()
        finally:
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()


def test_a_reload_turns_it_on_and_off(bed):
    """A reload names a file: it has what was learned before. After another removes it the file stays unchanged."""
    with bed.start() as hub:
        hub.reload_and_wait(CONFIG)
        if bed.state_file.exists():
            bed.state_file.unlink()
        bed.report_from_host(record(TO_EX, GROUP))
        await_receiver(hub, "host")
        assert not bed.state_file.exists()
        hub.reload(CONFIG | {"state_file": str(bed.state_file)})
        await_condition(lambda: bed.state_file.exists() and GROUP in bed.state_file.read_text(),
                        "the file")
        hub.reload_and_wait(CONFIG)
        bed.report_from_host(record(TO_IN, GROUP))
        await_no_receiver(hub, "host")
        hub.stop()
    assert GROUP in bed.state_file.read_text()


@contextmanager
def service(bed, *folders):
    """A hub whose manager keeps these folders for it, without the key."""
    hub = Hub(bed.cloud.hub_node, CONFIG, bed.cloud.folder, f"{bed.cloud.name}-service")
    hub.command[:0] = ["env", f"STATE_DIRECTORY={':'.join(map(str, folders))}"]
    with hub:
        hub.start()
        hub.await_resolved()
        yield hub


def test_a_service_has_one_without_the_key(bed, tmp_path):
    """It is in the first folder that the manager keeps for it, and serves the next start; the key has precedence."""
    with service(bed, tmp_path, bed.cloud.folder) as hub:
        bed.report_from_host(record(TO_EX, GROUP))
        await_receiver(hub, "host")
        hub.stop()
    with service(bed, tmp_path) as hub:
        assert bed.flows_to("host")
        hub.reload_and_wait(CONFIG | {"state_file": str(bed.state_file)})
        await_condition(lambda: bed.state_file.exists() and GROUP in bed.state_file.read_text(), "the other file")
        hub.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


class SlowDisk:
    """While the gate exists, the hub waits for its disk."""

    def __init__(self, bed):
        self.bed = bed
        self.library = bed.cloud.folder / "slow_disk.so"
        self.gate = bed.cloud.folder / "gate"
        self.reached = bed.cloud.folder / "gate.reached"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", self.library,
                        PROGRAMS / "slow_disk.c"], check=True)
        self.close()

    def start(self):
        """A hub whose disk stopped while it wrote a join of host."""
        hub = Hub(self.bed.cloud.hub_node, CONFIG | {"state_file": str(self.bed.state_file)}, self.bed.cloud.folder,
                  f"{self.bed.cloud.name}-slow")
        hub.command[:0] = ["env", f"LD_PRELOAD={self.library}", f"MCR_SLOW_DISK={self.gate}"]
        hub.start()
        try:
            hub.await_resolved()
            self.gate.touch()
            self.bed.report_from_host(record(TO_EX, GROUP))
            await_condition(self.reached.exists, "the hub at its slow disk")
        except BaseException:
            hub.close()
            raise
        return hub

    def close(self):
        self.gate.unlink(missing_ok=True)
        self.reached.unlink(missing_ok=True)


@pytest.fixture(name="slow_disk")
def fixture_slow_disk(bed):
    disk = SlowDisk(bed)
    yield disk
    disk.close()


def test_a_reload_does_not_wait_for_a_slow_disk(bed, slow_disk):
    """A reload names another file while the disk does not answer for the first one: it is applied, joins take effect.
    When the disk answers, the other file has all."""
    other = bed.cloud.folder / "state-other"
    with slow_disk.start() as hub:
        hub.reload_and_wait(CONFIG | {"state_file": str(other)})
        bed.report_from_host(record(TO_EX, "239.1.1.2"))
        await_receiver(hub, "host", "239.1.1.2")
        assert slow_disk.gate.exists() and not other.exists()
        slow_disk.close()
        await_condition(lambda: other.exists() and "239.1.1.2" in other.read_text(), "the other file")
        assert GROUP in other.read_text() and GROUP in bed.state_file.read_text()
        hub.stop()


def test_the_end_does_not_wait_for_a_slow_disk(slow_disk):
    """It comes in time, and the log says what is lost."""
    with slow_disk.start() as hub:
        hub.stop()
        assert "the disk is too slow: the last changes are lost" in hub.log()

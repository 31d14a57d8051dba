# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The hub's machine fails it: a full or read-only disk, a clock that jumps, clients of telemetry that misbehave, a
stopped lcore.

    sender 10.0.0.11 --+
    host   10.0.0.12 --+-- switch A -- hub 10.0.0.10
    other  10.0.0.13 --+

TestSuite_app_restart.py kills the hub, TestSuite_state_file.py has other faults of that file, TestSuite_health.py
stops lcores, TestSuite_neighbours.py moves the gateway.
"""

import contextlib
import socket
import time

import pytest
from scapy.layers.inet import IP, UDP

from hub import RX_AND_TWO_TX, Hub
from igmp_message import TO_EX, TO_IN, record, report
from node import run
from stepped_clock import SteppedClock
from telemetry import Telemetry
from threads import stopped_thread, worker
from topo import GATEWAY, HUB_ADDRESS
from traffic import Wire, inner_ip, l2_frame
from waiting import await_condition

GROUP = "239.1.1.1"
ADDRESSES = {"sender": "10.0.0.11", "host": "10.0.0.12", "other": "10.0.0.13"}
LASTING = {"query_interval": 3600, "startup_query_interval": 900, "immediate_leave": True}
BRIEF = {"query_interval": 1, "query_response_interval": 0.5, "startup_query_interval": 1, "robustness": 1}
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": name, "address": address} for name, address in ADDRESSES.items()],
    "igmp": LASTING, "mld": False,
    "idle": "sleep",
}
DAY_S = 86400
CLIENTS = 10                    # as many as DPDK's telemetry serves at a time


class Bed:
    def __init__(self, cloud):
        self.cloud = cloud
        self.hub_mac = cloud.hub_node.mac
        self.nodes = {name: cloud.add_instance(name, address) for name, address in ADDRESSES.items()}
        self.wires = {name: Wire(node) for name, node in self.nodes.items()}

    def start(self, **keys):
        return self.cloud.start_resolved_hub(CONFIG | keys)

    def report(self, name, *records):
        self.wires[name].send(l2_frame(report(ADDRESSES[name], *records), self.nodes[name].mac, self.hub_mac))

    def send(self, group):
        packet = IP(src=ADDRESSES["sender"], dst=group) / UDP(sport=4000, dport=5000, chksum=0) / b"data"
        self.wires["sender"].send(l2_frame(packet, self.nodes["sender"].mac, self.hub_mac))

    def flows_to(self, name, group=GROUP):
        self.send(group)
        inner = map(inner_ip, self.wires[name].frames())
        return any(packet is not None and packet.dst == group for packet in inner)


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud):
    return Bed(cloud)


def await_receiver(hub, name, group=GROUP):
    await_condition(lambda: name in hub.receivers(group), f"{name} in {group}")


@pytest.fixture(name="small_disk")
def fixture_small_disk(bed):
    folder = bed.cloud.folder / "small-disk"
    folder.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
    yield folder
    run("umount", "-l", folder)
    folder.rmdir()


@contextlib.contextmanager
def full(folder):
    with contextlib.suppress(OSError), open(folder / "filler", "wb", buffering=0) as filler:
        while filler.write(bytes(4096)):
            pass
    yield
    (folder / "filler").unlink()


@contextlib.contextmanager
def read_only(folder):
    run("mount", "-o", "remount,ro", folder)
    yield
    run("mount", "-o", "remount,rw", folder)


@pytest.mark.parametrize("broken", [full, read_only])
def test_a_disk_that_takes_nothing_costs_no_membership(bed, small_disk, broken):
    """The state file cannot be written: joins take effect and flow, the file stays the last good one, a line says so.
    When the disk takes it again, the file has all, and a kill then costs no membership."""
    state = small_disk / "state"
    with bed.start(state_file=str(state)) as hub:
        bed.report("host", record(TO_EX, GROUP))
        await_condition(lambda: state.exists() and GROUP in state.read_text(), "the file")
        good = state.read_text()
        with broken(small_disk):
            bed.report("other", record(TO_EX, "239.1.1.2"))
            await_condition(lambda: "cannot be written" in hub.log(), hub.log)
            assert bed.flows_to("other", "239.1.1.2") and bed.flows_to("host")
            assert state.read_text() == good
        await_condition(lambda: "239.1.1.2" in state.read_text(), "the file")
        assert [path.name for path in small_disk.iterdir()] == ["state"]
        hub.process.kill()
        hub.process.wait()
    with bed.start(state_file=str(state)) as hub:
        assert bed.flows_to("host") and bed.flows_to("other", "239.1.1.2")
        hub.settled()
        hub.stop()


def test_steps_of_the_clock_change_no_timer(bed, tmp_path):
    """The calendar jumps a day ahead, back, and before its start. A membership that lasts does, its expiry is that of
    before; one that nobody confirms ends in its time, also with the clock a day back."""
    clock = SteppedClock(tmp_path)
    hub = Hub(bed.cloud.hub_node, CONFIG, bed.cloud.folder, f"{bed.cloud.name}-clock")
    hub.command[:0] = clock.environment
    with hub:
        hub.start()
        hub.await_resolved()
        bed.report("host", record(TO_EX, GROUP))
        await_receiver(hub, "host")
        before = hub.receivers(GROUP)["host"]["expires_s"]
        uptime = hub.telemetry.ask("/mcdpdk/info")["uptime_s"]
        for step in (DAY_S, -DAY_S, -40 * 365 * DAY_S):
            clock.step(step)
            assert abs(int(run(*clock.environment, "date", "+%s")) - time.time() - step) < 60
            assert bed.flows_to("host")
            assert before - 60 < hub.receivers(GROUP)["host"]["expires_s"] <= before
            assert uptime <= hub.telemetry.ask("/mcdpdk/info")["uptime_s"] < uptime + 60
        clock.step(-DAY_S)
        hub.reload_and_wait(CONFIG | {"igmp": BRIEF})
        bed.report("other", record(TO_EX, "239.1.1.2"))
        await_receiver(hub, "other", "239.1.1.2")
        await_condition(lambda: not hub.receivers("239.1.1.2"), "the end of a membership that nobody confirms")
        hub.settled()
        hub.stop()


def connect(hub):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(10)
    client.connect(f"{hub.runtime_dir}/{hub.file_prefix}/dpdk_telemetry.v2")
    return client


@contextlib.contextmanager
def hanging(hub):
    """Clients that ask until no answer of theirs has room, and read nothing."""
    with contextlib.ExitStack() as stack:
        for _ in range(CLIENTS - 1):
            client = stack.enter_context(connect(hub))
            client.recv(1024)
            client.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while client.send(b"/mcdpdk/drops"):
                    pass
        yield


@contextlib.contextmanager
def babbling(hub):
    """Clients that send what is no command, of all lengths."""
    with contextlib.ExitStack() as stack:
        for number in range(CLIENTS - 1):
            client = stack.enter_context(connect(hub))
            client.recv(1024)
            for length in (1, 7, 255, 1023, 1024, 4096):
                # It may be closed for that.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    client.send(bytes((number * 31 + i * 7) % 255 + 1 for i in range(length)))
                    client.recv(1 << 16)
        yield


@pytest.mark.parametrize("misbehaving", [hanging, babbling])
def test_clients_of_telemetry_stop_nothing(bed, misbehaving):
    """All places but one are taken by clients that never read, or send garbage. Joins and data go on; who connected
    before them is answered; mcdpdkctl says that there are too many clients; when they have gone it works."""
    with bed.start() as hub:
        with misbehaving(hub):
            bed.report("host", record(TO_EX, GROUP))
            await_receiver(hub, "host")
            assert bed.flows_to("host")
            refused = hub.ctl("status")
            assert refused.returncode == 3 and "too many clients" in refused.stderr, refused
        await_condition(lambda: hub.ctl("status", "--json").returncode == 0, "mcdpdkctl is answered again")
        bed.report("host", record(TO_IN, GROUP))
        await_condition(lambda: not hub.receivers(GROUP), "the leave")
        hub.settled()
        hub.stop()


def test_a_flood_of_clients_stops_nothing(bed):
    """Hundreds connect, ask and go without reading. Data goes on, and the next client is answered."""
    with bed.start(groups=[{"group": GROUP, "members": ["host"]}]) as hub:
        for number in range(300):
            # One that is not accepted or already closed is a part of the flood, too.
            with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError), connect(hub) as client:
                client.send(b"/mcdpdk/stats")
            if number % 100 == 0:
                assert bed.flows_to("host")

        def answered():
            with contextlib.suppress(OSError, ValueError):
                client = Telemetry(hub.file_prefix, hub.runtime_dir)
                try:
                    return client.stats()
                finally:
                    client.close()
            return None

        await_condition(answered, "a new client is answered")
        assert bed.flows_to("host")
        hub.settled()
        hub.stop()


def test_while_one_tx_lcore_is_stopped_the_other_serves(bed):
    """Each of two TX lcores has its groups. While one is stopped for longer than the watchdog waits, some groups flow
    and status names that lcore; afterwards all do."""
    groups = [f"239.1.2.{number}" for number in range(8)]
    with bed.cloud.start_resolved_hub(
            CONFIG | {"groups": [{"group": group, "members": ["host"]} for group in groups]},
            lcores=RX_AND_TWO_TX, driver="af_packet, two queues") as hub:
        seen = set()

        def arrives(*wanted):
            """Send to all groups; whether all wanted ones have come, without these: any."""
            for group in groups:
                bed.send(group)
            while frame := bed.wires["host"].pending():
                seen.update({inner_ip(frame).dst} & set(groups) if inner_ip(frame) else ())
            return seen >= set(wanted) if wanted else seen

        with stopped_thread(worker(hub, 2)):
            await_condition(lambda: "lcore 2 makes no progress" in hub.ctl("status").stdout, "lcore 2 is stuck")
            await_condition(arrives, "groups of the other lcore")
            assert seen < set(groups)
        await_condition(lambda: arrives(*groups), lambda: f"all groups: {seen}")
        await_condition(lambda: "makes no progress" not in hub.ctl("status").stdout, "lcore 2 runs")
        hub.settled()
        hub.stop()

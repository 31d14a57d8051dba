# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The program under test, running on the hub's instance of a cloud."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from node import run
from telemetry import Telemetry, await_balance
from waiting import await_condition, await_stable
from paths import BUILD, SCRIPTS

PROGRAM = os.environ.get("MCDPDK", str(BUILD / "app/mcdpdk"))
READY = "mcdpdk: ready"
NO_MEMORY = ("Cannot init memory", "Cannot get hugepage information")
STOP_DEADLINE_S = 2
LONGEST_SLICE_US = 5000
# Interrupts count as time of the thread that they come to: a kernel may handle packets for 8 ms at once, and again.
LONGEST_SLICE_UNDER_LOAD_US = 50000
DRIVERS_FOLDER = next(Path("/usr/lib").glob("*/dpdk/pmds-*"), None)
# EAL loads all 380 drivers of Debian, which takes longer than all else of a start.
LOADED_DRIVERS = ("bus_pci", "bus_vdev", "mempool_ring", "mempool_stack", "net_af_packet", "net_af_xdp", "net_memif",
                  "net_null", "net_pcap", "net_ring", "net_tap", "net_vhost", "net_virtio")
LOST_BUFFERS = re.compile(r"(\d+) packet buffers were not returned")
REFUSED_CALL = "refused a system call that the hub has no use for: "
MEMORY_MB = 512
PAGE_MB = 2
HUGEPAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")

# af_packet reassembles packets and truncates what exceeds its frame: suites with fragments or large
# datagrams use one of the other two. A shared machine may preempt the hub for longer than its 512
# frames last: tests that may lose nothing use deep rings.
DRIVERS = {
    "af_packet": "net_af_packet0,iface=eth0",
    "af_packet, two queues": "net_af_packet0,iface=eth0,qpairs=2",
    "af_packet, four queues": "net_af_packet0,iface=eth0,qpairs=4",
    "deep rings": "net_af_packet0,iface=eth0,framecnt=4096",
    "shallow rings": "net_af_packet0,iface=eth0,framecnt=16",
    "af_xdp": "net_af_xdp0,iface=eth0",
    "af_xdp, second queue": "net_af_xdp0,iface=eth0,start_queue=1",
    "af_xdp, two queues": "net_af_xdp0,iface=eth0,queue_count=2",
    "af_xdp, four queues": "net_af_xdp0,iface=eth0,queue_count=4",
    "pcap": "net_pcap0,iface=eth0,phy_mac=1",
    "pcap, two RX queues": "net_pcap0,rx_iface_in=eth0,rx_iface_in=eth1,tx_iface=eth0",
    "pcap, two TX queues": "net_pcap0,rx_iface_in=eth0,tx_iface=eth0,tx_iface=eth0",
    "tap": "net_tap0,iface=eth0",
}
ONE_WORKER = "0@0,1@0"
MAIN_ALONE = "0@0"
RX_AND_TX = "0@0,1@0,2@1"
RX_AND_TWO_TX = "0@0,1@0,2@1,3@1"


def crowding():
    """How many processes want each CPU. The time to end grows with it."""
    return max(1.0, os.getloadavg()[0] / os.cpu_count())


def paces(rate):
    """This rate, then lower ones for further attempts on a machine that preempted the hub."""
    for divisor in (1, 2, 4):
        yield rate / divisor / crowding()
    raise AssertionError(f"rings overrun even at {rate / 4} packets/s")


def overrun(stats, drops, sent):
    """Whether the kernel's ring or that of a TX lcore overran; the run then proves nothing."""
    arrived = stats["data_packets"] + stats["rx_drop_packets"] - drops["not_for_us"]
    return drops["ring_full"] > 0 or arrived < sent


def hugepages_free():
    path = HUGEPAGES / "free_hugepages"
    return int(path.read_text()) if path.exists() else 0


def change_hugepages(by):
    """Add free hugepages or remove some, and return how many stay more. Parallel tests take turns.

    nr_hugepages also counts surplus pages, which go with their user; what is written stays for good. Pages that are
    added beside surplus ones make those stay, too.
    """
    def count(name):
        return int((HUGEPAGES / name).read_text())

    def kept():
        return count("nr_hugepages") - count("surplus_hugepages")

    with open(HUGEPAGES / "nr_hugepages", "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        before = kept()
        (HUGEPAGES / "nr_hugepages").write_text(str(max(0, (count("nr_hugepages") if by > 0 else before) + by)))
        return kept() - before


@contextmanager
def reserved_hugepages(megabytes):
    """Add hugepages for the time of the context; others may add some at the same time."""
    wanted = megabytes // PAGE_MB
    got = change_hugepages(wanted)
    try:
        assert got >= wanted, f"{got} of {wanted} hugepages"
        yield
    finally:
        change_hugepages(-got)


@contextmanager
def hugetlbfs(folder, megabytes=MEMORY_MB):
    """A hugetlbfs with room and pages for one hub; restores the machine's number of pages."""
    with reserved_hugepages(megabytes):
        folder.mkdir()
        run("mount", "-t", "hugetlbfs", "-o",
            f"pagesize={PAGE_MB}M,size={megabytes}M,min_size={megabytes}M", "hugetlbfs", folder)
        try:
            yield folder
        finally:
            run("umount", folder)
            folder.rmdir()


def memory_arguments():
    """Hugepages if the machine has enough of them free, else ordinary memory."""
    if hugepages_free() * PAGE_MB >= MEMORY_MB:
        return ["--in-memory", "-m", str(MEMORY_MB)]
    return ["--no-huge", "-m", str(MEMORY_MB)]


def with_few_drivers(folder, command):
    """The command, which sees only the drivers of tests. In a namespace of `ip netns exec` nobody else sees the mount;
    tests of the command line start the program without it."""
    if DRIVERS_FOLDER is None:
        return command
    few = folder / "drivers"
    if not few.exists():
        few.mkdir()
        for name in LOADED_DRIVERS:
            for path in DRIVERS_FOLDER.glob(f"librte_{name}.so*"):
                shutil.copy(path, few, follow_symlinks=False)
    return ["sh", "-c", f'mount --bind {few} {DRIVERS_FOLDER} && exec "$@"', "sh", *command]


class Hub:
    def __init__(self, node, config, folder, file_prefix, lcores=ONE_WORKER, driver="af_packet",
                 program=PROGRAM, memory=None, devices=None, arguments=()):
        """Use one driver of DRIVERS or these devices, and further EAL arguments."""
        self.node = node
        self.file_prefix = file_prefix
        self.config_file = folder / f"{file_prefix}.json"
        self.config_file.write_text(json.dumps(config))
        self.log_file = folder / f"{file_prefix}.log"
        vdevs = [word for device in devices or [DRIVERS[driver]] for word in ("--vdev", device)]
        self.command = [str(program), "--lcores", lcores, *(memory or memory_arguments()), "--no-pci",
                        *vdevs, *arguments, "--file-prefix", file_prefix,
                        "--", "-c", str(self.config_file)]
        self.runtime_dir = Path("/var/run/dpdk")
        self.loads_all_drivers = False
        # Called before each launch, as the program that a manager runs before a service.
        self.prepare = lambda: None
        self.process = None
        self.telemetry = None
        self.closed = False
        self.ended_well = False

    def start(self):
        self._launch()
        lacks_memory = any(words in self.log() for words in NO_MEMORY)
        if self.process.poll() is not None and lacks_memory and "--in-memory" in self.command:
            # Another program took the hugepages after they were counted.
            self.command[self.command.index("--in-memory")] = "--no-huge"
            self._launch()
        if self.process.poll() is not None:
            raise RuntimeError(f"mcdpdk left with {self.process.returncode}:\n{self.log()}")
        self.telemetry = Telemetry(self.file_prefix, self.runtime_dir)

    def _launch(self):
        self.prepare()
        with open(self.log_file, "w", encoding="utf-8") as log:
            command = self.command
            if not self.loads_all_drivers:
                command = with_few_drivers(self.log_file.parent, command)
            self.process = self.node.start(*command, stdout=log, stderr=subprocess.STDOUT)
        await_condition(lambda: READY in self.log() or self.process.poll() is not None,
                        f"{READY!r} in\n{self.log()}")

    def log(self):
        return self.log_file.read_text(encoding="utf-8")

    def log_lines(self, words):
        return [line for line in self.log().splitlines() if words in line]

    def stats(self):
        return self.telemetry.stats()

    def drops(self):
        return self.telemetry.drops()

    def settled(self):
        """Return the counters once traffic has stopped and their sums balance."""
        return await_balance(lambda: await_stable(lambda: (self.stats(), self.drops())))

    def await_resolved(self, *members):
        """Wait until copies to these members can leave; without names, to all members."""
        for name in members or self.telemetry.listing("members"):
            await_condition(lambda: self.telemetry.ask(f"/mcdpdk/member,{name}")["resolved"],
                            f"{name} resolved")

    def reload(self, config):
        self.config_file.write_text(json.dumps(config))
        self.process.send_signal(signal.SIGHUP)

    def await_generation(self, generation):
        await_condition(lambda: self.telemetry.ask("/mcdpdk/info").get("generation") == generation,
                        f"generation {generation}")

    def reload_and_wait(self, config):
        generation = self.telemetry.ask("/mcdpdk/info")["generation"] + 1
        self.reload(config)
        self.await_generation(generation)

    def receivers(self, group):
        """The records of a group's receivers by member; empty if there is no such group."""
        return {record["member"]: record for record in self.telemetry.receivers(group)}

    def await_receivers(self, group, *names):
        await_condition(lambda: set(self.receivers(group)) == set(names),
                        lambda: f"{group} is received by {set(self.receivers(group))}, not {names}")

    def control(self):
        """What each class of the control lcore's work took, and the longest slice."""
        answer = self.telemetry.ask("/mcdpdk/control")
        assert answer is not None, "there is no /mcdpdk/control"
        return answer

    def await_drop(self, reason, count=1):
        await_condition(lambda: self.drops()[reason] == count, f"{count} {reason}: {self.drops()}")

    def ctl(self, *words, scripts=SCRIPTS, **options):
        """Run mcdpdkctl for this hub; the caller checks the exit status."""
        return subprocess.run([scripts / "mcdpdkctl", "--file-prefix", self.file_prefix, *words], capture_output=True,
                              text=True, timeout=60, check=False, **options)

    def stop(self, by=signal.SIGTERM, refused_calls=0):
        """Require a clean end within two seconds with every buffer returned and no system call refused."""
        deadline_s = STOP_DEADLINE_S * crowding()
        self.process.send_signal(by)
        try:
            status = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {deadline_s} s:\n{self.log()}") from None
        assert status == 0, f"left with {status}:\n{self.log()}"
        lost = LOST_BUFFERS.findall(self.log())
        assert not lost, f"{lost} buffers lost:\n{self.log()}"
        assert len(self.log_lines(REFUSED_CALL)) == refused_calls, self.log()
        self.ended_well = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Clean up in every state; a second call does nothing."""
        if self.closed:
            return
        self.closed = True
        if self.telemetry:
            self.telemetry.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.log_file.exists() and not self.ended_well:
            print(f"--- {self.log_file.name}\n{self.log()}")
        shutil.rmtree(self.runtime_dir / self.file_prefix, ignore_errors=True)

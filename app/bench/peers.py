# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Compare the hub with programs that do the same job without DPDK, on equal veth pairs, in one run.

    far                          near
    source ---------- eth0 --veth-- eth0   contender:  hub on af_xdp (copy mode), hub on af_packet,
    (counts copies)                                    a sendmmsg loop (relay.c)
    source ---------- in   --veth-- in     bridge with a VXLAN device: head-end replication by Linux

Each pair of namespaces has one contender. They take turns; outside its turn a contender is stopped. The hub
sends VXLAN copies to compare with Linux and rewritten ones (encap "udp") to compare with the loop, so lengths
and headers of copies are equal. A contender does everything on CPU 1: the hub's only lcore, the loop's process,
and for Linux the source, in whose context the kernel floods (its own cost is measured and subtracted). The far
end counts and drops copies on the same CPU. The source of the other three has CPU 0.

The result is copies per second of CPU time, which other load on the machine does not change.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import struct
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "dts/framework"), str(ROOT / "scripts")]
sys.dont_write_bytecode = True

import hub as hub_module  # noqa: E402
from hub import Hub  # noqa: E402
from mcdpdk_tools.progress import Progress  # noqa: E402
from node import Node, cpu_seconds, run  # noqa: E402
from topo import NAME_PREFIX, remove_leftovers  # noqa: E402
from waiting import await_condition  # noqa: E402

BUILD = ROOT / "build/app/bench"
SOURCE_CPU, CPU = 0, 1
FRAMES = (64, 1442)
SENDER, NEAR = "10.0.0.11", "10.0.0.10"
SENDER_MAC, MEMBER_MAC = "02:00:00:00:00:0b", "02:00:00:01:00:01"
GROUP_OF_VXLAN, GROUP_OF_UDP, UDP_PORT, VNI = "239.1.1.1", "239.1.1.2", 5001, 7
VXLAN_HEADERS = 50
RECEIVERS_MIN, RECEIVERS_MAX = 4, 1024  # fewer do not keep a contender busy; one sendmmsg
MOST_COPIES_A_SECOND = 4_000_000    # offered by the source; over twice what any contender makes
MOST_FRAMES_A_SECOND = 400_000      # half of a CPU, so that the kernel does not throttle it
OWN_BYTES = 2 * 1500             # now and then the hub asks by ARP who else has its address
WARM_UP_S = 0.02
IDLE_S = 0.01
DEADLINE_S = 20
ETH_P_ALL, SO_RCVBUFFORCE, RECEIVE_BUFFER = 3, 33, 16 << 20

hub_module.DRIVERS |= {"af_xdp": "net_af_xdp0,iface=eth0,force_copy=1",
                       "af_packet": "net_af_packet0,iface=eth0"}


def receivers_of(group, count):
    net = 1 if group == GROUP_OF_VXLAN else 2
    return [f"10.{net}.{i >> 8}.{i & 255}" for i in range(1, count + 1)]


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def group_mac(group):
    low = socket.inet_aton(group)
    return bytes((1, 0, 0x5e, low[1] & 0x7f, low[2], low[3]))


def make_frame(length, group, destination_mac):
    ip_length = length - 14
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, ip_length, 0, 0, 32, socket.IPPROTO_UDP, 0,
                         socket.inet_aton(SENDER), socket.inet_aton(group))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    udp = struct.pack("!HHHH", UDP_PORT, UDP_PORT, ip_length - 20, 0)
    return destination_mac + mac_bytes(SENDER_MAC) + b"\x08\x00" + header + udp + bytes(ip_length - 28)


def pinned(cpu, *command):
    return ["taskset", "-c", str(cpu), *map(str, command)]


def remove_namespaces():
    """Also after SIGTERM in the middle of a measurement."""
    for line in run("ip", "netns", "list").splitlines():
        if line.startswith(f"{NAME_PREFIX}{os.getpid()}-"):
            run("ip", "netns", "delete", line.split()[0])


def received(node, device):
    with node.inside():
        for line in Path("/proc/thread-self/net/dev").read_text(encoding="utf-8").splitlines():
            name, _, fields = line.partition(":")
            if name.strip() == device:
                return int(fields.split()[1]), int(fields.split()[0])
    raise RuntimeError(f"no {device}")


class Bed:
    def __init__(self, name, stack):
        self.name = name
        self.stack = stack
        self.far, self.near = (self._make_node(f"{name}-{end}") for end in ("far", "near"))
        self.link("eth0")
        self.near_mac = self.near.ip("-o", "link", "show", "eth0").split("link/ether ")[1].split()[0]

    def _make_node(self, name):
        node = Node(name, f"{NAME_PREFIX}{os.getpid()}-{name}")
        self.stack.callback(node.close)
        return node

    def link(self, name):
        self.far.ip("link", "add", name, "type", "veth", "peer", "name", name, "netns", self.near.namespace)
        for node in (self.far, self.near):
            node.ip("link", "set", name, "up")

    def address_near(self, group, receivers):
        """The kernel's routes and neighbours; without ARP, as the hub's members have fixed MACs."""
        self.near.ip("address", "add", f"{NEAR}/8", "dev", "eth0")
        self.near.ip("route", "add", "224.0.0.0/4", "dev", "eth0")
        for address in receivers_of(group, receivers):
            self.near.ip("neigh", "add", address, "lladdr", MEMBER_MAC, "dev", "eth0", "nud", "permanent")

    def arrived(self):
        return received(self.far, "eth0")

    def start_source(self, device, frame, rate, cpu):
        """With a rate, real-time priority makes the source send in time on a busy machine."""
        in_time = ["chrt", "--fifo", "1"] if rate else []
        return self.far.start(*pinned(cpu, *in_time, BUILD / "mcdpdk_frames", device, rate, frame.hex()))


class Contender:
    """Replicates on a bed of its own, in its turns only."""

    device = "eth0"

    def __init__(self, name, bed, group, receivers):
        self.name, self.bed, self.group, self.receivers = name, bed, group, receivers
        self.process = None

    def frame(self, length):
        return make_frame(length, self.group, group_mac(self.group))

    def length_of_copy(self, length):
        return length + (VXLAN_HEADERS if self.group == GROUP_OF_VXLAN else 0)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def source(self, length):
        rate = min(MOST_COPIES_A_SECOND // self.receivers, MOST_FRAMES_A_SECOND)
        return self.bed.start_source(self.device, self.frame(length), rate, SOURCE_CPU)

    def worker(self, source):       # pylint: disable=unused-argument
        return self.process

    def counter(self):
        return self.bed.arrived()

    def ns_beside(self, length, seconds):       # pylint: disable=unused-argument
        """CPU time per copy that is not replication."""
        return 0.0


class Linux(Contender):
    device = "in"

    def start(self):
        bed, near = self.bed, self.bed.near
        bed.address_near(self.group, self.receivers)
        bed.link("in")
        for family in ("iptables", "ip6tables", "arptables"):
            near.write_sysctl(f"net/bridge/bridge-nf-call-{family}", 0)
        near.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        near.ip("link", "add", "vxlan7", "type", "vxlan", "id", str(VNI), "dstport", "4789", "local", NEAR,
                "dev", "eth0", "nolearning")
        for port in ("in", "vxlan7"):
            near.ip("link", "set", port, "master", "br0", "up")
        near.ip("link", "set", "br0", "up")
        for address in receivers_of(self.group, self.receivers):
            near.run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vxlan7", "dst", address)

    def resume(self):
        pass

    def pause(self):
        pass

    def source(self, length):
        return self.bed.start_source(self.device, self.frame(length), 0, CPU)

    def worker(self, source):
        return source

    def ns_beside(self, length, seconds):
        """The cost of the source, in whose context the kernel replicates: a frame without flooding."""
        self._flood("off")
        alone = SourceAlone(self)
        first, last = sample_turn(alone, length, seconds)
        self._flood("on")
        return ns_of(first, last) / self.receivers

    def _flood(self, switch):
        self.bed.near.run("bridge", "link", "set", "dev", "vxlan7", "flood", switch, "mcast_flood", switch)


class SourceAlone(Linux):
    """Counts the frames that enter the bridge."""

    def __init__(self, of):
        super().__init__(of.name, of.bed, of.group, of.receivers)

    def counter(self):
        return received(self.bed.near, self.device)


class Relay(Contender):
    def start(self):
        self.bed.address_near(self.group, self.receivers)
        self.process = self.bed.near.start(
            *pinned(CPU, BUILD / "mcdpdk_relay", self.group, UDP_PORT, *receivers_of(self.group, self.receivers)))
        self.bed.stack.callback(self.resume)
        await_condition(lambda: self.group in self.bed.near.run("ip", "maddress", "show", "dev", "eth0"),
                        "the relay's membership")


class OfHub(Contender):
    def __init__(self, name, bed, group, receivers, hub):
        super().__init__(name, bed, group, receivers)
        self.hub, self.process = hub, hub.process

    def start(self):
        pass

    def frame(self, length):
        return make_frame(length, self.group, mac_bytes(self.bed.near_mac))


def hub_config(receivers):
    def members(letter, group, **options):
        return [{"name": f"{letter}{i}", "address": address, "mac": MEMBER_MAC, **options}
                for i, address in enumerate(receivers_of(group, receivers))]

    of_vxlan = members("v", GROUP_OF_VXLAN, encap="vxlan", vni=VNI)
    of_udp = members("u", GROUP_OF_UDP, encap="udp", udp_port=UDP_PORT)
    return {"ports": [{"address": f"{NEAR}/8", "mtu": 1500}],
            "members": [{"name": "sender", "address": SENDER, "encap": "l2", "mac": SENDER_MAC},
                        *of_vxlan, *of_udp],
            "groups": [{"group": GROUP_OF_VXLAN, "members": [m["name"] for m in of_vxlan]},
                       {"group": GROUP_OF_UDP, "members": [m["name"] for m in of_udp]}],
            "igmp": False}


def start_hub(driver, receivers, stack, folder):
    bed = Bed(driver.replace("_", ""), stack)
    hub = Hub(bed.near, hub_config(receivers), folder, f"{NAME_PREFIX}{os.getpid()}-{bed.name}",
              lcores=f"0@{CPU}", driver=driver)
    stack.callback(hub.close)
    hub.start()
    stack.callback(hub.process.send_signal, signal.SIGCONT)
    return [OfHub(f"hub, {driver}, vxlan", bed, GROUP_OF_VXLAN, receivers, hub),
            OfHub(f"hub, {driver}, udp", bed, GROUP_OF_UDP, receivers, hub)]


def start_all(receivers, stack, folder):
    contenders = [Linux("Linux VXLAN head-end", Bed("linux", stack), GROUP_OF_VXLAN, receivers),
                  Relay("sendmmsg loop", Bed("relay", stack), GROUP_OF_UDP, receivers)]
    for contender in contenders:
        contender.start()
        if contender.process:
            contender.pause()
    for driver in ("af_xdp", "af_packet"):
        contenders += start_hub(driver, receivers, stack, folder)
        contenders[-1].pause()
    return contenders


def check_copies(contender, length):
    """One frame becomes one copy per member, as long as those of its rival."""
    bed, wanted = contender.bed, set(receivers_of(contender.group, contender.receivers))
    with bed.far.inside():
        sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    with sniffer, sender:
        sniffer.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
        sniffer.settimeout(2)
        sniffer.bind(("eth0", ETH_P_ALL))
        sender.bind((contender.device, 0))
        contender.resume()
        sender.send(contender.frame(length))
        seen = []
        while len(seen) < len(wanted):
            frame = sniffer.recv(65535)
            if frame[:6] == mac_bytes(MEMBER_MAC):
                assert len(frame) == contender.length_of_copy(length), len(frame)
                seen.append(socket.inet_ntoa(frame[30:34]))
        drain(contender)
        contender.pause()
    assert len(seen) == len(set(seen)) and set(seen) == wanted, seen


def is_asleep(process):
    return Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "S"


def await_cpu(process, seconds):
    end = cpu_seconds(process) + seconds
    await_condition(lambda: cpu_seconds(process) >= end, f"{seconds} s of CPU time", DEADLINE_S)


def drain(contender):
    """Wait until the contender sends no copy although it gets CPU time, or sleeps."""
    if contender.process is None:
        return
    arrived = None
    while arrived != (arrived := contender.bed.arrived()):
        end = cpu_seconds(contender.process) + IDLE_S
        await_condition(lambda: cpu_seconds(contender.process) >= end or is_asleep(contender.process),
                        "an idle end", DEADLINE_S)


class Sample:
    def __init__(self, contender, process):
        self.frames, self.bytes = contender.counter()
        self.wall = time.monotonic()
        self.cpu = cpu_seconds(process)


def ns_of(first, last):
    return (last.cpu - first.cpu) * 1e9 / (last.frames - first.frames)


def sample_turn(contender, length, seconds):
    before = contender.counter()[0]
    source = contender.source(length)
    process = contender.worker(source)
    try:
        await_condition(lambda: contender.counter()[0] > before, "frames", DEADLINE_S)
        await_cpu(process, WARM_UP_S)
        first = Sample(contender, process)
        await_cpu(process, seconds)
        await_condition(lambda: contender.counter()[0] > first.frames, "more frames", DEADLINE_S)
        return first, Sample(contender, process)
    finally:
        source.kill()
        source.wait()
        source.stdout.close()


def run_turn(contender, length, seconds):
    """CPU time per copy in ns, copies per second of wall time, share of the CPU."""
    contender.resume()
    first, last = sample_turn(contender, length, seconds)
    drain(contender)
    contender.pause()
    copies, wall = last.frames - first.frames, last.wall - first.wall
    if abs(last.bytes - first.bytes - copies * contender.length_of_copy(length)) > OWN_BYTES:
        raise RuntimeError(f"{contender.name}: other frames than copies arrived")
    return {"ns": ns_of(first, last) - contender.ns_beside(length, seconds),
            "rate": copies / wall, "share": (last.cpu - first.cpu) / wall}


def finish(hub):
    """Report lost copies: a hub that drops them looks faster."""
    hub.process.send_signal(signal.SIGCONT)
    stats, drops = hub.settled()
    if any(count for reason, count in drops.items() if reason.startswith("copy_")):
        print(f"peers: {hub.driver} dropped copies: {drops}", file=sys.stderr)
    hub.stop()


def median_of(turns, key):
    return statistics.median(turn[key] for turn in turns)


def ratio_to_rival(turns, rival_turns):
    """Copies per second, hub to rival: the median over rounds."""
    return statistics.median(rival["ns"] / own["ns"] for own, rival in zip(turns, rival_turns))


def report(contenders, results, receivers, lines):
    print("\npeers, one CPU each; ratio: copies per second of CPU time, the hub's to the rival's")
    print(f"{'frame':>5} {'receivers':>9}  {'':24} {'ns a copy':>9} {'Mcopies/s':>9} {'CPU got':>7}  ratio")
    for length in FRAMES:
        rivals = {c.group: c for c in contenders if not isinstance(c, OfHub)}
        for c in contenders:
            turns = results[length, c]
            row = {"series": "peers", "frame": length, "receivers": receivers, "who": c.name,
                   "ns": round(median_of(turns, "ns"), 1), "copies_per_s": round(median_of(turns, "rate")),
                   "cpu_share": round(median_of(turns, "share"), 3)}
            text = (f"{length:5} {receivers:9}  {c.name:24} {row['ns']:9.0f} {1e3 / row['ns']:9.2f}"
                    f" {row['cpu_share']:7.0%}")
            rival = rivals[c.group]
            if rival is not c:
                row |= {"rival": rival.name, "ratio": round(ratio_to_rival(turns, results[length, rival]), 3)}
                text += f"  {row['ratio']:5.2f} to {rival.name}"
            print(text)
            lines.write(json.dumps(row) + "\n")


def measure(contenders, args):
    results = {(length, c): [] for length in FRAMES for c in contenders}
    with Progress("turns", args.rounds * len(results)) as progress:
        take_turns(results, args, progress)
    return results


def take_turns(results, args, progress):
    end = time.monotonic() + args.limit
    for done in range(args.rounds):
        if done > 0 and time.monotonic() > end:
            print(f"peers: {done} rounds in {args.limit:.0f} s, the machine is busy", file=sys.stderr)
            break
        for (length, contender), turns in results.items():
            progress.text = f"{contender.name}, {length} bytes"
            turns.append(run_turn(contender, length, args.seconds))
            progress.done += 1


def main():
    parser = argparse.ArgumentParser(prog="bench --peers", description=__doc__.splitlines()[0])
    parser.add_argument("--receivers", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU time of one measurement")
    parser.add_argument("--limit", type=float, default=180, help="seconds after which no round begins")
    parser.add_argument("--json", type=Path, default=ROOT / "build/peers.json", help="lines to write")
    args = parser.parse_args()
    if os.geteuid() != 0 or os.cpu_count() < 2:
        parser.error("needs root, for namespaces, and two CPUs")
    if not RECEIVERS_MIN <= args.receivers <= RECEIVERS_MAX:
        parser.error(f"{RECEIVERS_MIN} to {RECEIVERS_MAX} receivers")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    remove_leftovers()
    with ExitStack() as stack:
        stack.callback(remove_namespaces)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=NAME_PREFIX)))
        with Progress("starting all"):
            contenders = start_all(args.receivers, stack, folder)
            for length in FRAMES:
                for contender in contenders:
                    check_copies(contender, length)
        results = measure(contenders, args)
        with open(args.json, "w", encoding="utf-8") as lines:
            report(contenders, results, args.receivers, lines)
        for hub in {c.hub for c in contenders if isinstance(c, OfHub)}:
            finish(hub)


if __name__ == "__main__":
    main()

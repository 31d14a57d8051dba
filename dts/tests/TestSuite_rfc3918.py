# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""RFC 3918, the methodology for IP multicast benchmarking, with the tester of tester.py.

    tester ----- memif ----- hub
      senders   from-l2, from-gre, from-gre-udp, from-vxlan
      receivers 32 of each of the same encapsulations, and one that joins and leaves

Throughput is measured with the hub's input always filled and no more frames in flight than its output holds. No frame
may be lost, and a shared machine affects only the figures, which are not judged here. They are in build/reports:
rfc3918.table for people, rfc3918.jsonl for programs. "waited" is the share of its turns in which the tester waited
for the hub; near 0 the tester was the limit.
"""

import ipaddress
import json

import pytest
from scapy.compat import raw
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mr
from scapy.layers.inet import IP, IPOption_Router_Alert, UDP
from scapy.layers.l2 import GRE, Ether
from scapy.layers.vxlan import VXLAN

from tester import BUILD, MemifTester, receiver_mac, start_hub
from topo import HUB_ADDRESS
from waiting import await_condition

REPORTS = BUILD / "reports"
HUB_MAC, SENDER_MAC = "02:00:00:00:00:0a", "02:00:00:00:00:0b"
ENCAPS = ("l2", "gre", "gre-udp", "vxlan")
OFFSETS = {"l2": 14, "gre": 38, "gre-udp": 46, "vxlan": 64}     # of the sender's packet in a frame
SENDERS = {encap: f"10.0.0.{20 + i}" for i, encap in enumerate(ENCAPS)}
RECEIVERS = 32
FRAMES = (64, 128, 256, 512, 1024, 1280, 1442)                  # RFC 2544 9.1, and room for headers
VNI = 7
GROUPS = {encap: f"239.{1 + i}.0.1" for i, encap in enumerate(ENCAPS)}
MATRIX, MATRIX_GROUPS, MATRIX_RECEIVERS = "239.16.0.0", (1, 10, 100, 1000, 10000), 4
JOINED, JOINED_GROUPS, JOINED_MOST = "239.32.0.0", (1, 10, 100), 100
CAPACITY, CAPACITY_GROUPS = "239.64.0.0", 16384
JOINER = "10.9.0.1"
COPIES = 1_000_000                                              # of a trial
JOIN_LOAD = 50_000                                              # frames a second beside joins
RECORDS = 180                                                   # of a report in one frame
TO_IN, TO_EX = 3, 4


def options(encap):
    return {"encap": encap} | ({"vni": VNI} if encap == "vxlan" else {})


def names(encap, count=RECEIVERS):
    return [f"{encap}-{i}" for i in range(count)]


def address_of(first, i):
    return str(ipaddress.ip_address(first) + i)


def members(joiner_place=1):
    senders = [{"name": f"from-{encap}", "address": address, "mac": SENDER_MAC, **options(encap)}
               for encap, address in SENDERS.items()]
    receivers = [{"name": name, "address": f"10.{1 + e}.0.{1 + i}", "mac": receiver_mac(i), **options(encap)}
                 for e, encap in enumerate(ENCAPS) for i, name in enumerate(names(encap))]
    return [*senders, *receivers, {"name": "joiner", "address": JOINER, "mac": receiver_mac(joiner_place),
                                    "encap": "l2"}]


def config():
    matrix = [{"group": address_of(MATRIX, i), "members": names("gre", MATRIX_RECEIVERS)}
              for i in range(max(MATRIX_GROUPS))]
    joined = [{"group": address_of(JOINED, i), "members": names("l2", 1)} for i in range(JOINED_MOST)]
    return {"ports": [{"address": f"{HUB_ADDRESS}/8", "mtu": 1500}],
            "members": members(),
            "groups": [{"group": group, "members": names(encap)} for encap, group in GROUPS.items()]
            + matrix + joined,
            "igmp": {"immediate_leave": True}}


def plain_packet(length):
    """The sender's packet in a frame of this length."""
    packet = IP(src=SENDERS["l2"], dst=GROUPS["l2"], ttl=16) / UDP(sport=4000, dport=5000, chksum=0)
    return raw(packet / bytes(length - 14 - 28))


def sent_by(encap, length):
    """A sender's frame of this length as it reaches the hub."""
    inner = plain_packet(length)
    outer = IP(src=SENDERS[encap], dst=HUB_ADDRESS, ttl=64, flags="DF", id=0)
    segment = Ether(src="02:00:00:00:02:0b", dst="01:00:5e:01:00:01", type=0x0800) / inner
    packet = {"l2": inner,
              "gre": outer / GRE(proto=0x0800) / inner,
              "gre-udp": outer / UDP(sport=50000, dport=4754, chksum=0) / GRE(proto=0x0800) / inner,
              "vxlan": outer / UDP(sport=50000, dport=4789, chksum=0) / VXLAN(vni=VNI, flags=8) / segment}[encap]
    return raw(Ether(src=SENDER_MAC, dst=HUB_MAC, type=0x0800) / packet)


class Report:
    """The measurements, for people and for programs."""

    COLUMNS = (("test", 24), ("case", 26), ("frame", 5), ("groups", 6), ("receivers", 9), ("copies_per_s", 12),
               ("frames_per_s", 12), ("waited", 6), ("p50_us", 9), ("p99_us", 9), ("max_us", 9))

    def __init__(self):
        REPORTS.mkdir(parents=True, exist_ok=True)
        self.rows = []

    def add(self, test, case, **row):
        row = {"test": test, "case": case} | row
        for key in ("p50", "p99", "max"):
            if f"{key}_ns" in row:
                row[f"{key}_us"] = round(row.pop(f"{key}_ns") / 1000, 1)
        if "copies_per_s" in row:
            row["frames_per_s"] = round(row["sent"] / row["seconds"])
        self.rows.append(row)

    def line(self, row):
        return "  ".join(f"{row.get(name, ''):{width}}" if isinstance(row.get(name, ""), str)
                         else f"{row[name]:{width},}" for name, width in self.COLUMNS).rstrip()

    def write(self):
        table = [self.line({name: name for name, _ in self.COLUMNS}), *map(self.line, self.rows)]
        (REPORTS / "rfc3918.table").write_text("\n".join(table) + "\n", encoding="utf-8")
        (REPORTS / "rfc3918.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")
        print("\n".join(table))


@pytest.fixture(scope="module", name="report")
def fixture_report():
    report = Report()
    yield report
    report.write()


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud):
    path, hub = start_hub(cloud, config(), "rfc3918")
    with hub:
        hub.tester = MemifTester(hub, path)
        yield hub
        hub.settled()
        hub.stop()


def frames_for(receivers, copies=COPIES):
    return copies // receivers


def run_trial(hub, group, groups, frames, rate=0):
    """Every frame becomes an ordered copy for each receiver; the hub counts the same."""
    before = hub.stats()
    result = hub.tester.trial(group, groups, frames, rate)
    assert (result["sent"], result["lost"], result["misordered"]) == (frames, 0, 0)
    after, drops = hub.settled()
    assert after["data_packets"] - before["data_packets"] == frames
    assert after["copies"] - before["copies"] == result["copies"]
    assert not any(drops.values()), drops
    return result


def prepare(hub, length, source="l2", target="l2", receivers=RECEIVERS):
    hub.tester.prepare(sent_by(source, length), OFFSETS[source], OFFSETS[target], receivers)


def test_nothing_is_lost_at_the_hub_s_own_pace(hub, report):
    """2,000 frames to 32 members come as fast as the hub takes them. All copies arrive in order, and the hub counted
    them. Longer trials need --full."""
    prepare(hub, 64)
    result = run_trial(hub, GROUPS["l2"], 1, 2000)
    report.add("first trial", "l2", frame=64, groups=1, receivers=RECEIVERS, **result)


@pytest.mark.slow
@pytest.mark.parametrize("length", FRAMES)
def test_aggregated_throughput(hub, report, length):
    """RFC 3918 4.3: one group, all receivers in it."""
    prepare(hub, length)
    result = run_trial(hub, GROUPS["l2"], 1, frames_for(RECEIVERS))
    report.add("aggregated throughput", "l2", frame=length, groups=1, receivers=RECEIVERS, **result)


@pytest.mark.slow
@pytest.mark.parametrize("groups", MATRIX_GROUPS)
def test_scaled_group_forwarding_matrix(hub, report, groups):
    """RFC 3918 4.2: frames of one length to more and more groups."""
    prepare(hub, 64, target="gre", receivers=MATRIX_RECEIVERS)
    result = run_trial(hub, MATRIX, groups, frames_for(MATRIX_RECEIVERS))
    report.add("scaled group forwarding", "l2 to gre", frame=64, groups=groups, receivers=MATRIX_RECEIVERS, **result)


@pytest.mark.slow
@pytest.mark.parametrize("length", (64, 1442))
@pytest.mark.parametrize("target", ENCAPS)
@pytest.mark.parametrize("source", ENCAPS)
def test_encapsulation_throughput(hub, report, source, target, length):
    """RFC 3918 4.4 to 4.6: encapsulation, decapsulation, re-encapsulation."""
    kind = {(True, False): "encapsulation", (False, True): "decapsulation",
            (False, False): "re-encapsulation", (True, True): "plain"}[source == "l2", target == "l2"]
    prepare(hub, length, source, target)
    result = run_trial(hub, GROUPS[target], 1, frames_for(RECEIVERS))
    report.add(kind, f"{source} to {target}", frame=length, groups=1, receivers=RECEIVERS, **result)


@pytest.mark.slow
@pytest.mark.parametrize("length", (64, 1442))
def test_latency(hub, report, length):
    """RFC 3918 5.1: from the tester to the tester, at parts of the throughput."""
    prepare(hub, length)
    throughput = run_trial(hub, GROUPS["l2"], 1, frames_for(RECEIVERS))
    most = throughput["sent"] / throughput["seconds"]
    for percent in (10, 50, 90):
        rate = max(1, int(most * percent / 100))
        result = run_trial(hub, GROUPS["l2"], 1, frames_for(RECEIVERS, COPIES // 2), rate)
        report.add("latency", f"at {percent} % of throughput", frame=length, groups=1, receivers=RECEIVERS, **result)


def membership_reports(kind, first, count):
    frames = []
    for begin in range(0, count, RECORDS):
        records = [IGMPv3gr(rtype=kind, maddr=address_of(first, i))
                   for i in range(begin, min(begin + RECORDS, count))]
        packet = IP(src=JOINER, dst="224.0.0.22", ttl=1, proto=2, options=[IPOption_Router_Alert()]) / IGMPv3(
            type=0x22) / IGMPv3mr(numgrp=len(records), records=records)
        frames.append(raw(Ether(src=receiver_mac(1), dst=HUB_MAC, type=0x0800) / packet))
    return frames


@pytest.mark.slow
@pytest.mark.parametrize("groups", JOINED_GROUPS)
def test_group_join_and_leave_delay(hub, report, groups):
    """RFC 3918 6.1 and 6.2, with 50,000 frames/s to these groups. The joiner gets each group without a gap from its
    first copy to its last; others lose nothing."""
    prepare(hub, 64, receivers=1)
    result = hub.tester.change(JOINED, groups, JOIN_LOAD, membership_reports(TO_EX, JOINED, groups),
                               membership_reports(TO_IN, JOINED, groups))
    beside = result["beside"]
    assert (result["joined"], result["left"]) == (groups, True)
    assert (beside["lost"], beside["misordered"]) == (0, 0)
    hub.settled()
    for what in ("join", "leave"):
        report.add(f"{what} delay", f"beside {JOIN_LOAD} frames/s", frame=64, groups=groups, receivers=1,
                   p50_ns=result[f"{what}_p50_ns"], max_ns=result[f"{what}_max_ns"])


def joined_groups(hub):
    return hub.telemetry.ask("/mcdpdk/member_groups,0,joiner")["total"]


@pytest.mark.slow
def test_group_capacity(cloud, report):
    """RFC 3918 7.1. A member joins as many groups as there is room for, and one more. All but the last are known; every
    frame to them arrives."""
    roomy = {"ports": config()["ports"], "members": members(joiner_place=0),
             "limits": {"groups": CAPACITY_GROUPS}, "igmp": {"max_groups_per_member": 2 * CAPACITY_GROUPS}}
    path, running = start_hub(cloud, roomy, "capacity")
    with running as hub:
        hub.tester = MemifTester(hub, path)
        prepare(hub, 64, receivers=1)
        for i, frame in enumerate(membership_reports(TO_EX, CAPACITY, CAPACITY_GROUPS)):
            hub.tester.ask("send", frame.hex())
            known = min((i + 1) * RECORDS, CAPACITY_GROUPS)
            await_condition(lambda known=known: joined_groups(hub) == known, f"{known} groups")
        (one_more,) = membership_reports(TO_EX, address_of(CAPACITY, CAPACITY_GROUPS), 1)
        hub.tester.ask("send", one_more.hex())
        result = run_trial(hub, CAPACITY, CAPACITY_GROUPS, 10 * CAPACITY_GROUPS)
        assert joined_groups(hub) == CAPACITY_GROUPS
        report.add("group capacity", "joined by IGMP", frame=64, groups=CAPACITY_GROUPS, receivers=1, **result)
        hub.stop()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The senders behind a drop counter: /mcdpdk/refused. Topology: quartet.py, except for one test."""

import struct

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether, GRE
from scapy.packet import Raw

from gre_endpoint import internet_checksum
from quartet import ADDRESSES, CONFIG, GROUP, OVERLAYS, echo_request, starting_hubs, udp_to
from topo import HUB_ADDRESS
from waiting import await_condition

ANSWER_MAX = 16384
ALL_REPORTS, JOIN = "224.0.0.22", 4


def refused(hub):
    """The records without the time: (reason, address, encap, key) to the other fields."""
    pages = list(hub.telemetry.pages("/mcdpdk/refused"))
    records = [page[f"r{i}"] for page in pages for i in range(len(page) - 2)]
    assert len(records) == pages[0]["total"]
    for record in records:
        assert record.pop("last_seen_s") < 600
    return {tuple(record.pop(name) for name in ("reason", "address", "encap", "key")): record
            for record in records}


@pytest.fixture(name="start")
def fixture_start(quartet):
    # af_packet would reassemble fragments.
    with starting_hubs(quartet, CONFIG, driver="pcap") as start:
        yield start


def around(quartet, sender, payload, **fields):
    return raw(Ether(src=quartet.mac(sender), dst=quartet.hub_mac)
               / IP(src=ADDRESSES[sender], dst=HUB_ADDRESS, **fields) / Raw(raw(payload)))


def gre(inner, **fields):
    return GRE(proto=0x0800, **fields) / raw(inner)


def igmp_join(group, source):
    body = bytearray(struct.pack("!BBHHH", 0x22, 0, 0, 0, 1) + struct.pack("!BBH", JOIN, 0, 0)
                     + bytes(map(int, group.split("."))))
    body[2:4] = internet_checksum(bytes(body)).to_bytes(2, "big")
    return IP(src=source, dst=ALL_REPORTS, proto=2, ttl=1, options=[b"\x94\x04\0\0"]) / Raw(bytes(body))


def frames_of_every_kind(quartet):
    """(sender, frame, expected record)."""
    unknown, gamma, alpha = quartet.mac("unknown"), quartet.mac("gamma"), quartet.mac("alpha")
    inner = udp_to(source="172.16.5.5")
    lives_short = echo_request(OVERLAYS["gamma"], OVERLAYS["delta"], ttl=1)
    return [
        ("unknown", quartet.frame("unknown", udp_to(source=ADDRESSES["unknown"])),
         ("source_denied", "10.0.0.66", "l2", ""), {"mac": unknown, "destination": GROUP}),
        ("unknown", around(quartet, "unknown", gre(inner, key_present=1, key=8), proto=47),
         ("source_denied", "10.0.0.66", "gre", 8), {"mac": unknown, "destination": GROUP}),
        ("gamma", around(quartet, "gamma", gre(inner, key_present=1, key=8), proto=47),
         ("source_denied", "10.0.0.13", "gre", 8), {"mac": gamma, "destination": GROUP}),
        ("gamma", around(quartet, "gamma", gre(inner), proto=47),
         ("source_denied", "10.0.0.13", "gre", ""), {"mac": gamma, "destination": GROUP}),
        ("gamma", around(quartet, "gamma", gre(inner, key_present=1, key=0), proto=47),
         ("source_denied", "10.0.0.13", "gre", 0), {"mac": gamma, "destination": GROUP}),
        ("unknown", around(quartet, "unknown", gre(inner), proto=47, flags="MF"),
         ("source_denied", "10.0.0.66", "gre", ""), {"mac": unknown, "destination": HUB_ADDRESS}),
        ("gamma", quartet.frame("gamma", udp_to("239.3.3.3", OVERLAYS["gamma"])),
         ("sender_denied", "10.0.0.13", "gre", 7), {"destination": "239.3.3.3", "member": "gamma"}),
        ("alpha", quartet.frame("alpha", udp_to("239.9.9.9", ttl=9)),
         ("no_receiver", "10.0.0.11", "l2", ""), {"destination": "239.9.9.9", "member": "alpha"}),
        ("beta", quartet.frame("beta", udp_to("239.192.7.7", ADDRESSES["beta"], ttl=9)),
         ("no_receiver", "10.0.0.12", "l2", ""), {"destination": "239.192.7.7", "member": "beta"}),
        ("gamma", quartet.frame("gamma", udp_to("192.168.10.99", OVERLAYS["gamma"], ttl=9)),
         ("no_receiver", "10.0.0.13", "gre", 7), {"destination": "192.168.10.99", "member": "gamma"}),
        ("gamma", quartet.frame("gamma", lives_short),
         ("ttl_expired", "10.0.0.13", "gre", 7), {"destination": OVERLAYS["delta"], "member": "gamma"}),
        ("alpha", quartet.frame("alpha", udp_to(ttl=1)),
         ("ttl_expired", "10.0.0.11", "l2", ""), {"destination": GROUP, "member": "alpha"}),
        ("alpha", around(quartet, "alpha", UDP(sport=9, dport=8472) / b"a VXLAN of somebody", proto=17),
         ("not_for_us", "10.0.0.11", "", ""), {"mac": alpha, "udp_port": 8472}),
        ("alpha", Ether(src=alpha, dst=quartet.hub_mac, type=0x86DD) / bytes(60),
         ("not_for_us", "", "l2", ""), {"mac": alpha}),
        ("gamma", around(quartet, "gamma", b"\0\0\x08", proto=47),
         ("malformed", "10.0.0.13", "gre", ""), {"mac": gamma, "member": None}),
        ("alpha", around(quartet, "alpha", b"\x08\0\xba\xd1\0\0\0\0", proto=1),
         ("bad_checksum", "10.0.0.11", "l2", ""), {"mac": alpha, "member": "alpha"}),
        ("unknown", Ether(src=unknown, dst=quartet.hub_mac)
         / ARP(hwsrc="01:00:00:00:00:01", psrc=ADDRESSES["unknown"], pdst=HUB_ADDRESS),
         ("malformed", "", "l2", ""), {"mac": unknown}),
    ]


def test_every_refused_sender_is_recorded(start, quartet):
    """With `ttl: "decrement"` and a group that only alpha may send to, members and an unknown sender send twice a frame
    for every reason that records its sender. Each record has the reason, address, encapsulation, key, the count 2, and
    what else is known: an unknown sender's MAC, the destination, the member's name. The counts match the drop
    counters."""
    over_udp = {"name": "over-udp", "address": "10.5.0.9", "encap": "gre-udp"}
    hub = start(ttl="decrement", members=CONFIG["members"] + [over_udp], groups=CONFIG["groups"] + [
        {"group": "239.3.3.3", "members": ["*"], "senders": ["alpha"]}])
    cases = frames_of_every_kind(quartet)
    before = hub.stats()["rx_drop_packets"]
    for _ in range(2):
        for sender, frame, _, _ in cases:
            quartet.send_frame(sender, frame)
    await_condition(lambda: hub.stats()["rx_drop_packets"] == before + 2 * len(cases),
                    "every frame dropped")
    found = refused(hub)
    for sender, _, key, details in cases:
        assert key in found, (sender, key, found)
        record = found[key]
        for name, value in details.items():
            assert record.get(name) == value, (key, record)
    same = {key: sum(other[2] == key for other in cases) for key in found}
    assert {key: record["count"] for key, record in found.items()} == {
        key: 2 * count for key, count in same.items()}
    drops = hub.drops()
    for reason in {key[0] for key in found}:
        assert sum(record["count"] for key, record in found.items() if key[0] == reason) == drops[reason]


def test_a_refused_join_is_recorded(start, quartet):
    """Only 239.1.0.0/16 may be joined. gamma's join outside it is recorded, with gamma, the group and the reason; the
    one inside is not. No packet was dropped."""
    hub = start(igmp={"groups": ["239.1.0.0/16"]})
    for group in ("239.7.7.7", "239.1.7.7"):
        quartet.send("gamma", igmp_join(group, OVERLAYS["gamma"]))
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/groups")["total"] == len(CONFIG["groups"]) + 1,
                    "the second join")
    assert refused(hub) == {("join_refused", "10.0.0.13", "gre", 7): {
        "count": 1, "destination": "239.7.7.7", "member": "gamma", "why": "not_permitted"}}
    assert hub.drops()["source_denied"] == 0


def test_a_sender_beyond_max_members_is_recorded(start, quartet):
    """One GRE instance may be admitted. Key 1 of the unknown sender is; key 2 is recorded under `source_denied`."""
    hub = start(admit=[{"prefix": "10.0.0.64/26", "encap": ["gre"], "max_members": 1}])
    for key in (1, 2):
        quartet.send_frame("unknown", around(
            quartet, "unknown", gre(udp_to(source="172.16.5.5"), key_present=1, key=key), proto=47))
    await_condition(lambda: hub.drops()["source_denied"] == 1, "the second refused")
    assert list(refused(hub)) == [("source_denied", "10.0.0.66", "gre", 2)]


def test_a_record_survives_the_declaration_of_its_sender(start, quartet):
    """After a reload declares the refused sender, the record stays, names the member, and does not grow."""
    hub = start()
    frame = quartet.frame("unknown", udp_to(source=ADDRESSES["unknown"]))
    quartet.send_frame("unknown", frame)
    await_condition(lambda: refused(hub), "a record")
    who = ("source_denied", "10.0.0.66", "l2", "")
    assert "member" not in refused(hub)[who]
    members = CONFIG["members"] + [{"name": "late", "address": ADDRESSES["unknown"]}]
    hub.reload_and_wait(CONFIG | {"members": members})
    quartet.send_frame("unknown", frame)
    quartet.expect_copies(udp_to(source=ADDRESSES["unknown"]), "alpha", "beta", "gamma", "delta")
    record = refused(hub)[who]
    assert (record["member"], record["count"]) == ("late", 1)


def test_a_flood_of_forged_senders_pushes_nobody_out(quartet):
    """The unknown sender is refused 20 times, then once more after 2,500 frames from forged addresses. Its record
    counts 21; records stay within their bound; DPDK truncates no page, and `mcdpdkctl drops` shows them."""
    with starting_hubs(quartet, CONFIG, driver="deep rings") as start:
        hub = start()
        frame = quartet.frame("unknown", udp_to(source=ADDRESSES["unknown"]))
        for _ in range(20):
            quartet.send_frame("unknown", frame)
        # In portions that fit every ring.
        for number in range(10):
            for host in range(1, 251):
                forged = udp_to(source=f"172.20.{number}.{host}")
                quartet.send_frame("unknown", quartet.frame("unknown", forged))
            await_condition(lambda: hub.drops()["source_denied"] == 20 + 250 * (number + 1), "the portion")
        quartet.send_frame("unknown", frame)
        await_condition(lambda: refused(hub)[("source_denied", "10.0.0.66", "l2", "")]["count"] == 21, "21")
        pages = list(hub.telemetry.pages("/mcdpdk/refused"))
        assert len(pages) == 2 and pages[0]["total"] == 64
        assert len(hub.telemetry.ask_raw("/mcdpdk/refused")) < ANSWER_MAX
        shown = hub.ctl("drops").stdout
        assert "10.0.0.66" in shown and shown.count("172.20.") == 63


@pytest.mark.parametrize("offset, answer", [("x", {"error"}), ("1,2", {"error"}),
                                            ("99", {"total", "next"}), ("0", {"total", "next"})])
def test_a_wrong_offset_is_an_error(start, offset, answer):
    """Without records or past the end, the page is empty."""
    hub = start()
    assert set(hub.telemetry.ask(f"/mcdpdk/refused,{offset}")) == answer

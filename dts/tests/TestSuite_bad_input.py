# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Mutated frames through the running hub. Topology: quartet.py."""

import copy
import random

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, IPOption_Router_Alert, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, Jumbo, RouterAlert
from scapy.layers.l2 import ARP, Dot1Q, Ether, GRE
from scapy.packet import Raw

import mld_message
from hub import MAIN_ALONE, ONE_WORKER, RX_AND_TX
from mutation import mutate
from quartet import ADDRESSES, CONFIG, GROUP, HUB_OVERLAY, OVERLAYS, echo_request, udp_to
from topo import HUB_ADDRESS

FRAMES = 100_000
BURST = 100
# A seed makes a failure reproducible; every layout gets other frames.
SEED = 20260214
IPV6_GROUP = "ff05::1:3"


def config(quartet):
    """beta's MAC is fixed: a mutated ARP packet may claim its address."""
    changed = copy.deepcopy(CONFIG)
    changed["members"][1]["mac"] = quartet.mac("beta")
    changed["groups"].append({"group": IPV6_GROUP, "members": ["gamma", "delta"]})
    return changed


def ipv6_to(group=IPV6_GROUP, *headers, **fields):
    packet = IPv6(src="fd00::1", dst=group, **fields)
    for header in headers:
        packet /= header
    return packet / UDP(sport=4000, dport=5000) / b"payload"


def in_tunnel(quartet, packet, protocol=0x86DD):
    """gamma's packet, or bytes, in GRE."""
    return raw(Ether(src=quartet.mac("gamma"), dst=quartet.hub_mac)
               / IP(src=ADDRESSES["gamma"], dst=HUB_ADDRESS, proto=47, flags="DF")
               / GRE(proto=protocol, key_present=1, key=7) / raw(packet))


def seeds(quartet):
    """One frame of each kind that the hub parses."""
    hub, alpha, gamma = quartet.hub_mac, quartet.mac("alpha"), quartet.mac("gamma")
    tunnel = (Ether(src=gamma, dst=hub)
              / IP(src=ADDRESSES["gamma"], dst=HUB_ADDRESS, proto=47, flags="DF"))
    return [raw(frame) for frame in (
        quartet.frame("alpha", udp_to()),
        quartet.frame("alpha", udp_to(options=[IPOption_Router_Alert()], tos=0xB8)),
        quartet.frame("alpha", udp_to(flags="MF", frag=100)),
        quartet.frame("gamma", udp_to()),
        quartet.frame("delta", udp_to(source=OVERLAYS["delta"])),
        quartet.frame("gamma", udp_to(OVERLAYS["delta"], OVERLAYS["gamma"])),
        quartet.frame("gamma", echo_request(OVERLAYS["gamma"], HUB_OVERLAY)),
        tunnel / GRE(proto=0x0800, key_present=1, key=7, chksum_present=1, seqnum_present=1)
        / udp_to(),
        tunnel / GRE(proto=0x0800, key_present=1, key=7)
        / IP(src=OVERLAYS["gamma"], dst="224.0.0.22", proto=2, ttl=1,
             options=[IPOption_Router_Alert()]) / Raw(bytes.fromhex("22000af80000000104000000e8080808")),
        Ether(in_tunnel(quartet, ipv6_to(tc=0xB8))),
        Ether(in_tunnel(quartet, ipv6_to(IPV6_GROUP, IPv6ExtHdrHopByHop(options=[RouterAlert()]),
                                         IPv6ExtHdrDestOpt()))),
        Ether(in_tunnel(quartet, ipv6_to(IPV6_GROUP, IPv6ExtHdrFragment(m=1)))),
        Ether(in_tunnel(quartet, mld_message.report(
            "fe80::3", mld_message.record(mld_message.TO_IN, IPV6_GROUP, "fd00::1")))),
        Ether(src=alpha, dst=hub) / echo_request(ADDRESSES["alpha"], HUB_ADDRESS, bytes(100)),
        Ether(src=alpha, dst=hub) / ARP(hwsrc=alpha, psrc=ADDRESSES["alpha"], pdst=HUB_ADDRESS),
        Ether(src=alpha, dst=hub) / Dot1Q(vlan=3) / udp_to(),
    )]


@pytest.mark.parametrize("driver, lcores", [
    pytest.param("af_packet", ONE_WORKER, marks=pytest.mark.slow),
    ("af_packet", RX_AND_TX),
    pytest.param("pcap", MAIN_ALONE, marks=pytest.mark.slow),
])
def test_mutated_frames_do_no_harm(cloud, quartet, driver, lcores):
    """100,000 of them come in bursts that end with an ordinary packet, whose copy beta awaits. The hub received nearly
    all (a kernel drops a truncated VLAN tag, af_packet keeps fragments) and counts each; ordinary packets of each
    member are replicated; no buffer is lost, status 0."""
    with cloud.start_hub(config(quartet), driver=driver, lcores=lcores) as hub:
        hub.await_resolved()
        quartet.discard()
        before = hub.settled()[0]["rx_packets"]
        rng = random.Random(f"{SEED} {driver} {lcores}")
        frames = [(quartet.owner(frame), frame) for frame in seeds(quartet)]
        for burst in range(FRAMES // BURST):
            for _ in range(BURST):
                owner, frame = rng.choice(frames)
                quartet.send_frame(owner, mutate(rng, frame))
            await_copy(quartet, f"burst {burst}".encode())
        quartet.discard()

        stats, drops = hub.settled()
        assert stats["rx_packets"] - before > FRAMES * 0.9
        for reason in ("malformed", "bad_checksum", "not_for_us", "source_denied", "no_receiver"):
            assert drops[reason] > 0, f"no {reason}: the mutations did not reach that far"
        assert stats["data_packets"] > FRAMES // BURST
        quartet.announce(hub)
        quartet.discard()
        for sender in ("alpha", "beta", "gamma", "delta"):
            quartet.exchange(sender, udp_to(source=ADDRESSES[sender]))
        hub.settled()
        hub.stop()


def await_copy(quartet, payload):
    """Send an ordinary packet and skip the copies of mutated ones until beta has its copy."""
    packet = udp_to(payload=payload)
    quartet.send("alpha", packet)
    wanted = quartet.copy("beta", packet)
    assert wanted in quartet.wires["beta"].frames(), payload


def broken_ipv6():
    """By name: bytes that are no IPv6 packet, or one whose headers lie."""
    good = raw(ipv6_to())
    yield from ((f"cut after {length}", good[:length]) for length in range(len(good)))
    yield from ((f"version {n}", bytes([n << 4]) + good[1:]) for n in range(16) if n != 6)
    yield from ((f"payload of {n}", good[:4] + n.to_bytes(2, "big") + good[6:]) for n in
                (len(good) - 39, len(good), 0x7FFF, 0xFFFF))


def strange_ipv6():
    """By name: packets whose extension headers are cut off, endless or larger than the packet."""
    jumbo = raw(ipv6_to(IPV6_GROUP, IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=70000)])))
    yield "jumbo", jumbo[:4] + bytes(2) + jumbo[6:]
    yield "jumbo of nothing", jumbo[:4] + bytes(2) + jumbo[6:40]
    for header in (0, 43, 44, 50, 51, 60, 135, 139):
        head = raw(IPv6(src="fd00::1", dst=IPV6_GROUP, nh=header))
        for length, body in ((0, b""), (1, b"\x00"), (7, bytes(7)), (8, b"\x3a\xff" + bytes(6)),
                             (16, bytes([header, 0]) * 8)):
            yield f"header {header} of {length}", head[:4] + len(body).to_bytes(2, "big") + head[6:] + body
    hop_by_hop = b"\x3a\x00"
    for options in (b"\x05\xff", b"\x05\x02\x00", b"\x01\xc8", b"\xff\xff\xff\xff\xff\xff"):
        body = (hop_by_hop + options).ljust(8, b"\0") + b"\x8f" + bytes(7)
        head = raw(IPv6(src="fe80::1", dst="ff02::16", hlim=1, nh=0, plen=len(body)))
        yield f"options {options.hex()}", head + body


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, quartet):
    with cloud.running_hub(config(quartet)) as hub:
        quartet.discard()
        yield hub


def await_ipv6_copy(quartet, payload):
    """Send an ordinary packet in gamma's tunnel and skip other copies until delta has its own."""
    packet = IPv6(src="fd00::1", dst=IPV6_GROUP) / UDP(sport=4000, dport=5000) / payload
    quartet.send_frame("gamma", in_tunnel(quartet, packet))
    assert any(frame.endswith(raw(packet)) for frame in quartet.wires["delta"].frames()), payload


def test_broken_ipv6_is_malformed_and_goes_nowhere(hub, quartet):
    """Each cut of a packet, each wrong version, each payload that is longer than the packet."""
    before, broken = hub.settled()[1]["malformed"], dict(broken_ipv6())
    for packet in broken.values():
        quartet.send_frame("gamma", in_tunnel(quartet, packet))
    await_ipv6_copy(quartet, b"after them")
    quartet.assert_quiet()
    assert hub.settled()[1]["malformed"] - before == len(broken)


def test_strange_extension_headers_do_no_harm(hub, quartet):
    """The hub counts each and passes what follows."""
    before, strange = hub.settled()[0]["rx_packets"], dict(strange_ipv6())
    for packet in strange.values():
        quartet.send_frame("gamma", in_tunnel(quartet, packet))
    await_ipv6_copy(quartet, b"after them")
    # ARP may come beside them.
    assert hub.settled()[0]["rx_packets"] - before >= len(strange) + 1
    quartet.discard()


def test_ipv6_in_the_wrong_protocol_is_malformed(hub, quartet):
    """An IPv6 packet that says it is IPv4, and the reverse."""
    before = hub.settled()[1]["malformed"]
    quartet.send_frame("gamma", in_tunnel(quartet, ipv6_to(), protocol=0x0800))
    quartet.send_frame("gamma", in_tunnel(quartet, udp_to()))
    await_ipv6_copy(quartet, b"after them")
    assert hub.settled()[1]["malformed"] - before == 2


def test_a_sender_of_this_network_is_shown_as_it_is(hub, quartet):
    """0.0.0.0/8 has the numbers of IPv6 addresses, known ones and others: a stream from there remains one of IPv4."""
    for source in ("0.0.0.1", "0.200.0.1", "0.0.0.0"):
        quartet.send("gamma", udp_to(source=source))
        await_ipv6_copy(quartet, b"after it")
        records = [page[name] for page in hub.telemetry.pages("/mcdpdk/streams", f",{GROUP}") for name in page
                   if name.startswith("r")]
        assert [record["source"] for record in records if record["sender"] == "gamma"] == [source]
    quartet.discard()

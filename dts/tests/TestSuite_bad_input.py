# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Mutated frames through the running hub. Topology: quartet.py."""

import copy
import random

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, IPOption_Router_Alert
from scapy.layers.l2 import ARP, Dot1Q, Ether, GRE
from scapy.packet import Raw

from hub import MAIN_ALONE, ONE_WORKER, RX_AND_TX
from quartet import ADDRESSES, CONFIG, HUB_OVERLAY, OVERLAYS, echo_request, udp_to
from topo import HUB_ADDRESS

FRAMES = 100_000
BURST = 100
# A seed makes a failure reproducible; every layout gets other frames.
SEED = 20260214
SHORTEST = 14


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
        Ether(src=alpha, dst=hub) / echo_request(ADDRESSES["alpha"], HUB_ADDRESS, bytes(100)),
        Ether(src=alpha, dst=hub) / ARP(hwsrc=alpha, psrc=ADDRESSES["alpha"], pdst=HUB_ADDRESS),
        Ether(src=alpha, dst=hub) / Dot1Q(vlan=3) / udp_to(),
    )]


def mutate(rng, frame):
    """Flip bits, set bytes, truncate, grow or splice. Source MACs stay, so the switch is not misled."""
    frame = bytearray(frame)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(12, len(frame))
        kind = rng.randrange(4)
        if kind == 0:
            frame[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            frame[at] = rng.choice((0, 1, 0x45, 0x4F, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind == 2:
            del frame[max(SHORTEST, at):]
        else:
            frame[at:at] = rng.randbytes(rng.randrange(1, 40))
        if len(frame) <= SHORTEST:
            break
    return bytes(frame[:1514])


@pytest.mark.parametrize("driver, lcores", [
    pytest.param("af_packet", ONE_WORKER, marks=pytest.mark.slow),
    ("af_packet", RX_AND_TX),
    pytest.param("pcap", MAIN_ALONE, marks=pytest.mark.slow),
])
def test_mutated_frames_do_no_harm(cloud, quartet, driver, lcores):
    """100,000 of them come in bursts that end with an ordinary packet, whose copy beta awaits. The hub received nearly
    all (a kernel drops a truncated VLAN tag, af_packet keeps fragments) and counts each; ordinary packets of each
    member are replicated; no buffer is lost, status 0."""
    # beta's MAC is fixed: a mutated ARP packet may claim its address.
    config = copy.deepcopy(CONFIG)
    config["members"][1]["mac"] = quartet.mac("beta")
    with cloud.start_hub(config, driver=driver, lcores=lcores) as hub:
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

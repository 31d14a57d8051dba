# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Jumbo frames. Topology: quartet.py, every link and the hub's port with an MTU of 9000.

On net_pcap: af_packet and af_xdp hold a frame in 2,048 bytes.
"""

import pytest
from scapy.layers.inet import IP, UDP

import quartet as four
from quartet import GROUP, OVERLAYS, udp_to

MTU = 9000
CONFIG = four.CONFIG | {"ports": [four.CONFIG["ports"][0] | {"mtu": MTU}]}
GRE, KEY = 20 + 4, 4


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud, quartet):
    cloud.set_mtu(MTU)
    with cloud.running_hub(CONFIG, driver="pcap") as hub:
        quartet.discard()
        yield hub
        hub.settled()
        quartet.assert_quiet()


def packet_of(total_len, **fields):
    return udp_to(payload=bytes(i % 251 for i in range(total_len - 28)), **fields)


@pytest.mark.parametrize("total_len", [1501, 4000, MTU - GRE - KEY])
@pytest.mark.parametrize("sender", ["alpha", "gamma"])
def test_packets_up_to_the_mtu_pass_whole(hub, quartet, sender, total_len):
    """Every other member gets the packet unchanged in one frame, whoever sends it."""
    source = OVERLAYS.get(sender, four.ADDRESSES[sender])
    quartet.exchange(sender, packet_of(total_len, source=source))


def test_a_copy_too_long_for_its_tunnel_is_fragmented(hub, quartet):
    """beta gets 9,000 bytes without DF whole, gamma and delta in fragments of up to 9,000 bytes."""
    packet = packet_of(MTU)
    before = hub.settled()[0]
    quartet.send("alpha", packet)
    quartet.expect_copies(packet, "beta")
    for receiver, around in (("gamma", GRE + KEY), ("delta", GRE)):
        lengths = []
        for frame in quartet.wires[receiver].frames():
            assert len(frame) - 14 <= MTU
            lengths.append(len(frame) - 14 - around - 20)
            if len(lengths) == 2:
                break
        assert sum(lengths) == MTU - 20
    assert hub.settled()[0]["tx_fragments"] == before["tx_fragments"] + 2


def test_a_member_with_a_smaller_path_gets_fragments(hub, quartet):
    """With an `mtu` of 1500 by reload, beta gets a packet of 8,000 bytes in six frames, the others in one."""
    members = [m | {"mtu": 1500} if m["name"] == "beta" else m for m in CONFIG["members"]]
    hub.reload_and_wait(CONFIG | {"members": members})
    packet = packet_of(8000)
    quartet.send("alpha", packet)
    quartet.expect_copies(packet, "gamma", "delta")
    pieces = []
    for frame in quartet.wires["beta"].frames():
        pieces.append(IP(frame[14:]))
        assert pieces[-1].len <= 1500
        if not pieces[-1].flags.MF:
            break
    assert len(pieces) == 6
    assert pieces[0][UDP].dport == 5000 and {piece.dst for piece in pieces} == {GROUP}

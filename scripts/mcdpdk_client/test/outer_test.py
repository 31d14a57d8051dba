# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What goes into a tunnel past the path, and what comes out of one."""

import socket
import struct
import unittest

from mcdpdk_client import mld
from mcdpdk_client.outer import in_tunnel, out_of_tunnel, udp_header
from mcdpdk_client.probe import echo_packet
from mcdpdk_client.settings import PORTS, Settings

HUB, OWN = "10.0.0.10", "10.0.0.11"
HUB_IPV6, OWN_IPV6 = "fd00:a::10", "fd00:a::11"
INSIDE = echo_packet(OWN, 1, bytes(16))
INSIDE_OF_IPV6 = mld.packet("fe80::2", "ff1e::4242", mld.message(mld.V1_REPORT, "ff1e::4242"))
OWN_MAC = bytes([2, 0, 0, 0, 0, 1])
KEYED = ("gre", "gre-udp", "gretap")
TUNNELS = (*KEYED, "vxlan")


def settings(encap, **more):
    given = {"key": None, "vni": 77 if encap == "vxlan" else None, "port": PORTS.get(encap)} | more
    return Settings(hub=HUB, encap=encap, dev="eth0", local=OWN, overlay=None, name="mcdpdk0", manager="ip", **given)


def arrived_over_ipv6(one, packet=INSIDE, fragment=None):
    """As it comes from the hub; fragment: offset and flag of such a header."""
    payload = in_tunnel(one, packet, OWN_MAC)
    if one.port:
        payload = udp_header(one.port, len(payload)) + payload
    protocol = socket.IPPROTO_UDP if one.port else socket.IPPROTO_GRE
    if fragment is not None:
        payload, protocol = struct.pack("!BBHI", protocol, 0, fragment, 1) + payload, 44
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + mld.packed_address(HUB_IPV6) \
        + mld.packed_address(OWN_IPV6) + payload


def arrived(one, inside=None, fragment=0, packet=INSIDE):
    """As it comes from the hub."""
    payload = in_tunnel(one, packet, OWN_MAC) if inside is None else inside
    if one.port:
        payload = udp_header(one.port, len(payload)) + payload
    protocol = socket.IPPROTO_UDP if one.port else socket.IPPROTO_GRE
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, fragment, 64, protocol, 0,
                       socket.inet_aton(HUB), socket.inet_aton(OWN)) + payload


class Tunnels(unittest.TestCase):
    def test_what_goes_in_comes_out(self):
        for encap in TUNNELS:
            for key in (None, 0, 4242) if encap in KEYED else (None,):
                one = settings(encap, key=key)
                self.assertEqual(out_of_tunnel(one, arrived(one)), INSIDE, (encap, key))

    def test_ipv6_is_told_by_the_protocol_and_the_mac_of_its_group(self):
        for encap in TUNNELS:
            one = settings(encap)
            self.assertEqual(out_of_tunnel(one, arrived(one, packet=INSIDE_OF_IPV6)), INSIDE_OF_IPV6, encap)
            inside = in_tunnel(one, INSIDE_OF_IPV6, OWN_MAC)
            head = bytes.fromhex("333300004242") + OWN_MAC if encap in ("vxlan", "gretap") else b"\0\0"
            self.assertIn(head + bytes.fromhex("86dd") + INSIDE_OF_IPV6, inside, encap)

    def test_over_ipv6_it_comes_out_too(self):
        for encap in TUNNELS:
            one, other = settings(encap), settings("vxlan", vni=78) if encap == "vxlan" else settings(encap, key=1)
            for packet in (INSIDE, INSIDE_OF_IPV6):
                self.assertEqual(out_of_tunnel(one, arrived_over_ipv6(one, packet)), packet, encap)
            self.assertIsNone(out_of_tunnel(other, arrived_over_ipv6(one)), encap)
            self.assertEqual(out_of_tunnel(one, arrived_over_ipv6(one, fragment=1)), INSIDE)
            self.assertIsNone(out_of_tunnel(one, arrived_over_ipv6(one, fragment=8)))
            for length in range(40, len(arrived_over_ipv6(one, fragment=1))):
                out_of_tunnel(one, arrived_over_ipv6(one, fragment=1)[:length])

    def test_with_l2_nothing_is_around_it(self):
        self.assertEqual(out_of_tunnel(settings("l2"), INSIDE), INSIDE)

    def test_other_keys_segments_ports_and_protocols_are_others(self):
        for encap in TUNNELS:
            one = settings(encap)
            for other in ([settings(encap, key=1)] if encap in KEYED else [settings(encap, vni=78)]):
                self.assertIsNone(out_of_tunnel(other, arrived(one)))
                self.assertIsNone(out_of_tunnel(one, arrived(other)))
            if one.port:
                self.assertIsNone(out_of_tunnel(one, arrived(settings(encap, port=9))))
        self.assertIsNone(out_of_tunnel(settings("gre"), arrived(settings("gretap"))))
        self.assertIsNone(out_of_tunnel(settings("gretap"), arrived(settings("gre"))))
        self.assertIsNone(out_of_tunnel(settings("gre"), arrived(settings("gre-udp"))))
        self.assertIsNone(out_of_tunnel(settings("vxlan"), arrived(settings("gre"))))

    def test_checksum_and_sequence_number_are_passed_over(self):
        one = settings("gre", key=7)
        head = struct.pack("!HHIII", 0xb000, 0x0800, 0, 7, 1)
        self.assertEqual(out_of_tunnel(one, arrived(one, head + INSIDE)), INSIDE)

    def test_a_later_fragment_has_no_header(self):
        one = settings("gre")
        self.assertIsNone(out_of_tunnel(one, arrived(one, fragment=100)))
        self.assertEqual(out_of_tunnel(one, arrived(one, fragment=0x2000)), INSIDE)

    def test_a_frame_without_ipv4_inside(self):
        for encap in ("vxlan", "gretap"):
            one = settings(encap)
            packet = bytearray(arrived(one))
            at = packet.index(OWN_MAC) + 6
            packet[at:at + 2] = b"\x08\x06"
            self.assertIsNone(out_of_tunnel(one, bytes(packet)))

    def test_any_packet_is_taken_without_harm(self):
        for encap in (*TUNNELS, "l2"):
            one = settings(encap)
            packet = arrived(settings("gre")) if encap == "l2" else arrived(one)
            for length in range(20, len(packet)):
                out_of_tunnel(one, packet[:length])


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the kernel says of memberships, and what the reports about them say."""

import ipaddress
import struct
import unittest

from mcdpdk_client import igmp, mld
from mcdpdk_client.membership import (
    Membership, filters_of, groups_of, ipv6_filters_of, ipv6_groups_of, link_local_of, membership)
from mcdpdk_client.probe import checksum

IGMP = """\
Idx	Device    : Count Querier	Group    Users Timer	Reporter
1	lo        :     1      V3
				010000E0     1 0:00000000		0
2	eth0      :     3      V2
				FB0000E0     2 0:00000000		1
				010101EF     1 1:0000003C		0
				010000E0     1 0:00000000		0
12	mcdpdk0   :     1      V3
				020101E8     1 0:00000000		1
"""
MCFILTER = """\
Idx Device        MCA        SRC    INC    EXC
  2   eth0 0xef010101 0x0a00000d      0      1
 12 mcdpdk 0xe8010102 0x0a00000e      1      0
 12 mcdpdk 0xe8010102 0x0a00000d      1      0
"""
IGMP6 = """\
2    eth0            ff050000000000000000000000010003     1 00000004 0
12   mcdpdk0         ff1e0000000000000000000000004242     2 00000004 0
12   mcdpdk0         ff3e0000000000000000000080000009     1 00000005 12
12   mcdpdk0         ff0200000000000000000001ff000002     1 00000004 0
12   mcdpdk0         ff020000000000000000000000000001     1 0000000C 0
12   mcdpdk0         ff010000000000000000000000000001     1 00000008 0
"""
MCFILTER6 = """\
Idx Device                Multicast Address                   Source Address    INC    EXC
  2   eth0 ff050000000000000000000000010003 fd000000000000000000000000000009      0      1
 12 mcdpdk ff3e0000000000000000000080000009 fd000000000000000000000000000003      1      0
"""
IF_INET6 = """\
fd000000000000000000000000000002 0c 40 00 82  mcdpdk0
fe800000000000000000000000000001 02 40 20 80     eth0
fe800000000000000000000000000002 0c 40 20 c0  mcdpdk0
fe800000000000000000000000000003 0c 40 20 80  mcdpdk0
"""
GROUP, SSM = "239.1.1.1", "232.1.1.1"
OWN = "10.0.0.11"


class Kernel(unittest.TestCase):
    def test_groups_of_an_interface_in_the_kernels_order(self):
        self.assertEqual(groups_of(IGMP, 2), (2, [("224.0.0.251", 2), ("239.1.1.1", 1), ("224.0.0.1", 1)]))
        self.assertEqual(groups_of(IGMP, 12), (3, [("232.1.1.2", 1)]))

    def test_an_interface_without_groups(self):
        self.assertEqual(groups_of(IGMP, 3), (3, []))

    def test_sources_by_the_number_of_the_interface(self):
        """The name is cut to six characters."""
        self.assertEqual(filters_of(MCFILTER, 12), {"232.1.1.2": [("10.0.0.14", 1, 0), ("10.0.0.13", 1, 0)]})
        self.assertEqual(filters_of(MCFILTER, 2), {"239.1.1.1": [("10.0.0.13", 0, 1)]})
        self.assertEqual(filters_of("", 2), {})


class KernelOfIpv6(unittest.TestCase):
    def test_groups_that_are_reported(self):
        """Not all nodes, those that do not leave the host, and those of the kernel's own addresses."""
        self.assertEqual(ipv6_groups_of(IGMP6, 12), [("ff1e::4242", 2), ("ff3e::8000:9", 1)])
        self.assertEqual(ipv6_groups_of(IGMP6, 1), [])

    def test_sources_by_the_number_of_the_interface(self):
        self.assertEqual(ipv6_filters_of(MCFILTER6, 12), {"ff3e::8000:9": [("fd00::3", 1, 0)]})
        self.assertEqual(ipv6_filters_of(MCFILTER6, 2), {"ff05::1:3": [("fd00::9", 0, 1)]})
        self.assertEqual(ipv6_filters_of("", 2), {})

    def test_the_source_of_reports_is_link_local_and_not_tentative(self):
        self.assertEqual(link_local_of(IF_INET6, 12), "fe80::3")
        self.assertIsNone(link_local_of(IF_INET6, 3))

    def test_groups_of_some_sources_by_their_prefix(self):
        """As of IPv4: sockets may include different ones, but none receives all."""
        two = [("fd00::3", 1, 0), ("fd00::4", 1, 0)]
        for group in ("ff3e::8000:9", "ff32::1", "ff3f:0:ffff::1"):
            self.assertEqual(membership(group, 2, two), Membership(group, False, ("fd00::3", "fd00::4")))
        for group in ("ff1e::8000:9", "ff3e:20::1"):
            self.assertEqual(membership(group, 2, two), Membership(group))


class Filters(unittest.TestCase):
    def test_without_sources_all_are_received(self):
        self.assertEqual(membership(GROUP, 3, []), Membership(GROUP, True, ()))

    def test_a_source_is_excluded_if_all_sockets_exclude_it(self):
        self.assertEqual(membership(GROUP, 2, [("1.1.1.1", 0, 2), ("2.2.2.2", 0, 1)]),
                         Membership(GROUP, True, ("1.1.1.1",)))

    def test_sources_that_every_socket_includes(self):
        self.assertEqual(membership(GROUP, 1, [("1.1.1.1", 1, 0), ("2.2.2.2", 1, 0)]),
                         Membership(GROUP, False, ("1.1.1.1", "2.2.2.2")))
        self.assertEqual(membership(GROUP, 2, [("1.1.1.1", 2, 0)]), Membership(GROUP, False, ("1.1.1.1",)))

    def test_more_sockets_than_include_receive_all(self):
        self.assertEqual(membership(GROUP, 2, [("1.1.1.1", 1, 0)]), Membership(GROUP))
        self.assertEqual(membership(SSM, 2, [("1.1.1.1", 1, 0)]), Membership(SSM))

    def test_included_and_excluded_receive_all(self):
        self.assertEqual(membership(GROUP, 2, [("1.1.1.1", 1, 0), ("2.2.2.2", 0, 1)]), Membership(GROUP))

    def test_where_the_kernel_does_not_say_more_is_received(self):
        """Two sockets with a source each, or one with two sources and one with all: only of SSM the former is sure."""
        either = [("1.1.1.1", 1, 0), ("2.2.2.2", 1, 0)]
        self.assertEqual(membership(GROUP, 2, either), Membership(GROUP))
        self.assertEqual(membership(SSM, 2, either), Membership(SSM, False, ("1.1.1.1", "2.2.2.2")))


def records(packet):
    """(type, group, sources) of each record of a v3 report."""
    body, found = packet[24 + 8:], []
    while body:
        kind, _, count = struct.unpack_from("!BBH", body)
        found.append((kind, ".".join(map(str, body[4:8])), count))
        body = body[8 + 4 * count:]
    return found


class Reports(unittest.TestCase):
    def test_checksums_are_right(self):
        (packet,) = igmp.reports(3, [Membership(GROUP)], OWN, 1500)
        self.assertEqual((checksum(packet[:24]), checksum(packet[24:])), (0, 0))

    def test_the_current_state(self):
        (packet,) = igmp.reports(3, [Membership(GROUP), Membership(SSM, False, ("1.1.1.1", "2.2.2.2"))], OWN, 1500)
        self.assertEqual(records(packet), [(2, GROUP, 0), (1, SSM, 2)])

    def test_the_end_of_it(self):
        (packet,) = igmp.leaves(3, [Membership(GROUP, True, ("9.9.9.9",)), Membership(SSM, False, ("1.1.1.1",))], OWN,
                                1500)
        self.assertEqual(records(packet), [(3, GROUP, 0), (6, SSM, 1)])

    def test_nothing_to_say(self):
        for version in (1, 2, 3):
            self.assertEqual(igmp.reports(version, [], OWN, 1500) + igmp.leaves(version, [], OWN, 1500), [])

    def test_no_packet_is_larger_than_the_mtu_and_no_record_is_lost(self):
        many = [Membership(f"239.1.{n // 250}.{n % 250}") for n in range(1000)]
        packets = igmp.reports(3, many, OWN, 600)
        self.assertLessEqual(max(map(len, packets)), 600)
        self.assertEqual([group for packet in packets for _, group, _ in records(packet)], [one.group for one in many])
        # 71 records of eight bytes behind 32 of headers.
        self.assertEqual(len(packets), -(-1000 // 71))

    def test_included_sources_are_split_and_excluded_ones_cut(self):
        sources = tuple(f"10.1.{n // 250}.{n % 250}" for n in range(300))
        split = igmp.reports(3, [Membership(GROUP, False, sources)], OWN, 600)
        self.assertEqual([records(packet) for packet in split],
                         [[(1, GROUP, 140)], [(1, GROUP, 140)], [(1, GROUP, 20)]])
        (cut,) = igmp.reports(3, [Membership(GROUP, True, sources)], OWN, 600)
        self.assertEqual(records(cut), [(2, GROUP, 140)])

    def test_version_2_reports_to_the_group_and_leaves_to_the_routers(self):
        (report,) = igmp.reports(2, [Membership(GROUP)], OWN, 1500)
        (leave,) = igmp.leaves(2, [Membership(GROUP)], OWN, 1500)
        self.assertEqual((report[16:20], report[24]), (bytes([239, 1, 1, 1]), 0x16))
        self.assertEqual((leave[16:20], leave[24]), (bytes([224, 0, 0, 2]), 0x17))

    def test_version_1_has_no_leave(self):
        (report,) = igmp.reports(1, [Membership(GROUP)], OWN, 1500)
        self.assertEqual(report[24], 0x12)
        self.assertEqual(igmp.leaves(1, [Membership(GROUP)], OWN, 1500), [])


IPV6_GROUP, IPV6_SSM, LINK_LOCAL = "ff1e::4242", "ff3e::8000:9", "fe80::2"


def icmp_of(packet):
    """The ICMPv6 message of a packet with the headers that RFC 9777 demands."""
    assert struct.unpack_from("!IHBB", packet) == (6 << 28, len(packet) - 40, 0, 1)
    assert packet[40:48] == bytes.fromhex("3a00050200000100")
    icmp = packet[48:]
    assert checksum(packet[8:40] + struct.pack("!II", len(icmp), 58) + icmp) == 0
    return icmp


def ipv6_records(packet):
    """The kind, group and number of sources of each record of a version 2 report."""
    icmp = icmp_of(packet)
    assert packet[24:40] == mld.packed_address("ff02::16") and icmp[0] == 143
    found, at = [], 8
    for _ in range(struct.unpack_from("!H", icmp, 6)[0]):
        kind, _, count = struct.unpack_from("!BBH", icmp, at)
        found.append((kind, icmp[at + 4:at + 20], count))
        at += 20 + 16 * count
    assert at == len(icmp)
    return [(kind, str(ipaddress.IPv6Address(group)), count) for kind, group, count in found]


class ReportsOfIpv6(unittest.TestCase):
    MEMBERSHIPS = [Membership(IPV6_GROUP, True, ("fd00::9",)), Membership(IPV6_SSM, False, ("fd00::3", "fd00::4"))]

    def test_the_current_state_and_the_end_of_it(self):
        (report,) = mld.reports(2, self.MEMBERSHIPS, LINK_LOCAL, 1500)
        (leave,) = mld.leaves(2, self.MEMBERSHIPS, LINK_LOCAL, 1500)
        self.assertEqual(ipv6_records(report), [(2, IPV6_GROUP, 1), (1, IPV6_SSM, 2)])
        self.assertEqual(ipv6_records(leave), [(3, IPV6_GROUP, 0), (6, IPV6_SSM, 2)])
        self.assertEqual(report[8:24], mld.packed_address(LINK_LOCAL))

    def test_nothing_to_say(self):
        for version in (1, 2):
            self.assertEqual(mld.reports(version, [], None, 1500) + mld.leaves(version, [], None, 1500), [])

    def test_no_packet_is_larger_than_the_mtu_and_no_record_is_lost(self):
        many = [Membership(f"ff1e::{n:x}") for n in range(1, 501)]
        packets = mld.reports(2, many, LINK_LOCAL, 1280)
        self.assertLessEqual(max(map(len, packets)), 1280)
        self.assertEqual([group for one in packets for _, group, _ in ipv6_records(one)], [one.group for one in many])
        # 61 records of twenty bytes behind 56 of headers.
        self.assertEqual(len(packets), -(-500 // 61))

    def test_version_1_reports_to_the_group_and_is_done_to_the_routers(self):
        (report,) = mld.reports(1, [Membership(IPV6_GROUP)], LINK_LOCAL, 1500)
        (done,) = mld.leaves(1, [Membership(IPV6_GROUP)], LINK_LOCAL, 1500)
        for packet, to, kind in ((report, IPV6_GROUP, 131), (done, "ff02::2", 132)):
            icmp = icmp_of(packet)
            self.assertEqual((packet[24:40], icmp[0], icmp[8:]),
                             (mld.packed_address(to), kind, mld.packed_address(IPV6_GROUP)))

    def test_a_query_is_no_packet_of_its_group(self):
        query = mld.packet(LINK_LOCAL, IPV6_GROUP, mld.message(mld.QUERY, IPV6_GROUP))
        (report,) = mld.reports(1, [Membership(IPV6_GROUP)], LINK_LOCAL, 1500)
        self.assertTrue(mld.is_query(query))
        for other in (report, query[:40], query[:6] + b"\x11" + query[7:], query[:5]):
            self.assertFalse(mld.is_query(other))


if __name__ == "__main__":
    unittest.main()

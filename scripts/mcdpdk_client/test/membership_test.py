# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the kernel says of memberships, and what the reports about them say."""

import struct
import unittest

from mcdpdk_client import igmp
from mcdpdk_client.membership import Membership, filters_of, groups_of, membership
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


if __name__ == "__main__":
    unittest.main()

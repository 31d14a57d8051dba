# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which CPUs the hub gets."""

import unittest
from types import SimpleNamespace

from mcdpdk_setup.lcores import choose_lcores
from mcdpdk_setup.machine import numbers, ranges


def machine(cpus, isolated="", nodes=None):
    return SimpleNamespace(cpus=numbers(cpus), isolated=numbers(isolated),
                           nodes={n: numbers(text) for n, text in enumerate(nodes or [cpus])})


class Lcores(unittest.TestCase):
    def expect(self, chosen, *what, node=0, **more):
        self.assertEqual(ranges(choose_lcores(machine(*what, **more), node)), chosen)

    def test_cpu_0_is_left_to_the_system_if_two_others_remain(self):
        self.expect("0", "0")
        self.expect("0-1", "0-1")
        self.expect("1-2", "0-2")
        self.expect("1-4", "0-95")

    def test_isolated_cpus_come_first_and_all(self):
        self.expect("2-7", "0-7", "2-7")
        self.expect("0", "0-7", "0")

    def test_they_are_of_the_nics_node(self):
        self.expect("16-19", "0-31", nodes=["0-15", "16-31"], node=1)
        self.expect("20-23", "0-31", "4-7,20-23", nodes=["0-15", "16-31"], node=1)
        self.expect("4-7", "0-31", "4-7", nodes=["0-15", "16-31"], node=1)

    def test_a_node_without_cpus_is_no_reason_to_have_none(self):
        self.expect("1-3", "0-3", nodes=["0-3", ""], node=1)

    def test_eal_takes_no_cpu_beyond_its_limit(self):
        self.expect("126-127", "0-255", "126-200")

    def test_lists_are_read_and_written_as_the_kernel_does(self):
        for text in ("", "0", "0-3", "0,2,4", "0-1,4-7,9"):
            self.assertEqual(ranges(numbers(text + "\n")), text)


if __name__ == "__main__":
    unittest.main()

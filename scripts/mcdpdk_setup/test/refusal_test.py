# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A NIC without which the machine may be out of reach is refused in one line that says why; --force overrides."""

import json
import unittest
from unittest import mock

from fake import call, machine, plan_of


def change_answer(system, command, change):
    """Let `change` work on the records of the answer."""
    records = json.loads("\n".join(system.answers[command]))
    system.answers[command] = [json.dumps(change(records))]


def without_default(system):
    change_answer(system, "ip -j -4 route show table all",
                  lambda routes: [route for route in routes if route["dst"] != "default"])


def tcp_line(local, remote, state):
    return f"   9: {local} {remote} {state} 00000000:00000000 00:00000000 00000000     0        0 3\n"


def with_memory(system, total_mib, available_mib):
    system.put("proc/meminfo", f"MemTotal: {total_mib << 10} kB\nMemAvailable: {available_mib << 10} kB\n"
               "Hugepagesize: 2048 kB\n")


class Refusal(unittest.TestCase):
    def expect(self, system, reason, *argv, status=1):
        for verb in ("plan", "apply"):
            got, out, err = call(system, verb, *argv)
            self.assertEqual(got, status, out + err)
            self.assertEqual(len(err.splitlines()), 1, err)
            self.assertIn(reason, err)
        self.assertEqual(system.ran, [])

    def test_the_default_route(self):
        with machine("ibm-virtio") as system:
            system.put("proc/net/tcp", "")
            self.expect(system, "0000:00:03.0 (eth0) has the default route: you may lose this machine; "
                        "0000:00:04.0 (eth1) can be spared; --force takes this one all the same",
                        "--nic", "0000:00:03.0")
            plan = plan_of(system, nic="0000:00:03.0", force=True)
            self.assertEqual((plan.nic.name, plan.notes[0]),
                             ("eth0", "0000:00:03.0 (eth0) has the default route: you may lose this machine; then "
                              "undo at its console brings it back, a reboot does not"))
            status, out, _ = call(system, "apply", "--nic", "eth0", "--force", "--dry-run")
            self.assertEqual((status, f"note: {plan.notes[0]}\n" in out), (0, True))
            with mock.patch("os.getuid", lambda: 0):
                status, out, _ = call(system, "apply", "--nic", "eth0", "--force")
            self.assertEqual((status, out.splitlines()[0]), (0, f"note: {plan.notes[0]}"))
            self.assertNotIn("you may lose", call(system, "plan")[1])

    def test_no_nic_is_called_free_that_is_not(self):
        with machine("ibm-virtio", ssh="198.51.100.7 50000 10.240.0.10 22") as system:
            self.expect(system, "from 198.51.100.7: you may lose this machine; --force", "--nic", "eth1")

    def test_only_the_default_route_in_force_counts(self):
        """In AWS every NIC has one; the lowest metric wins."""
        with machine("aws-ena") as system:
            system.put("proc/net/tcp", "")
            self.expect(system, "(ens5) has the default route", "--nic", "ens5")
            change_answer(system, "ip -j -4 route show table all", lambda routes: [
                {**route, "metric": 100} if route.get("metric") == 1024 else route for route in routes])
            self.expect(system, "(ens6) has the default route", "--nic", "ens6")

    def test_a_default_route_of_ipv6_and_one_with_several_hops(self):
        for family, route in (("-6", {"dst": "default", "gateway": "fe80::1", "dev": "eth1"}),
                              ("-4", {"dst": "default", "nexthops": [{"gateway": "10.240.0.1", "dev": "eth1"}]})):
            with machine("ibm-virtio") as system:
                without_default(system)
                change_answer(system, f"ip -j {family} route show table all", lambda routes: [*routes, route])
                self.expect(system, "(eth1) has the default route", "--nic", "eth1")

    def test_the_nic_of_the_ssh_session(self):
        """By the session's own word, at either end."""
        with machine("ibm-virtio", ssh="198.51.100.7 50000 10.240.0.10 22") as system:
            self.expect(system, "(eth1) carries your SSH session from 198.51.100.7: you may lose", "--nic", "eth1")
        with machine("ibm-virtio", ssh="198.51.100.7 50000 10.240.0.4 22") as system:
            system.answers["ip -j route get 198.51.100.7"] = ['[{"dst": "198.51.100.7", "dev": "eth1"}]']
            self.expect(system, "(eth1) carries your SSH session", "--nic", "eth1")

    def test_established_sessions_show_what_sudo_hides(self):
        with machine("ibm-virtio") as system:
            without_default(system)
            self.expect(system, "(eth0) carries a session from 198.51.100.7 to port 22", "--nic", "eth0")

    def test_a_session_of_ipv4_on_a_socket_of_ipv6(self):
        with machine("ibm-virtio") as system:
            mapped = "0000000000000000FFFF0000"
            system.put("proc/net/tcp6", "head\n" + tcp_line("0" * 32 + ":0016", "0" * 32 + ":0000", "0A")
                       + tcp_line(mapped + "0A00F00A:0016", mapped + "076433C6:C350", "01"))
            self.expect(system, "(eth1) carries a session from 198.51.100.7 to port 22", "--nic", "eth1")

    def test_own_connections_are_no_sessions(self):
        """A connection to elsewhere may end, and so may one of this machine with itself."""
        with machine("ibm-virtio") as system:
            system.put("proc/net/tcp", "head\n" + tcp_line("00000000:0016", "00000000:0000", "0A")
                       + tcp_line("0A00F00A:C350", "076433C6:01BB", "01")
                       + tcp_line("0A00F00A:0016", "0A00F00A:C351", "01"))
            self.assertEqual(plan_of(system).nic.name, "eth1")

    def test_the_only_nic_with_an_address(self):
        with machine("ibm-virtio") as system:
            without_default(system)
            system.put("proc/net/tcp", "")
            change_answer(system, "ip -j address show", lambda links: [
                {**link, "addr_info": []} if link["ifname"] == "eth0" else link for link in links])
            self.expect(system, "(eth1) is the only NIC with an address", "--nic", "eth1")

    def test_the_pair_of_azure_is_one_nic(self):
        """The route is that of the synthetic NIC, the PCI address that of its VF."""
        with machine("azure-mlx5") as system:
            self.expect(system, "b1a0:00:02.0 (eth0) has the default route", "--nic", "b1a0:00:02.0")
            for word in ("eth1", "enP45473s2", "b1a1:00:02.0"):
                self.assertEqual(plan_of(system, nic=word).nic.pci, "b1a1:00:02.0")

    def test_of_several_at_one_pci_address_the_free_one_is_meant(self):
        with machine("azure-mana") as system:
            self.assertEqual(plan_of(system, nic="7870:00:00.0").nic.name, "eth1")
            system.environ["SSH_CONNECTION"] = "198.51.100.7 50000 10.0.0.10 22"
            self.expect(system, "give a name instead: 7870:00:00.0 (eth0), 7870:00:00.0 (eth1)",
                        "--nic", "7870:00:00.0", status=2)

    def test_what_force_does_not_override(self):
        with machine("rack-iommu") as system:
            self.expect(system, "(eno1) is in use by bond0", "--nic", "0000:31:00.0", "--force")
        with machine("azure-mlx5") as system:
            system.link("sys/class/net/enP45473s2", "../../gone")
            self.expect(system, "eth1 has no VF: switch on accelerated networking", "--nic", "eth1", "--force")

    def test_a_nic_that_is_not_there_is_named_with_those_that_are(self):
        with machine("ibm-virtio") as system:
            self.expect(system, "there is no NIC 00:09.0; there are: 0000:00:03.0 (eth0), 0000:00:04.0 (eth1)",
                        "--nic", "00:09.0", status=2)

    def test_without_nic_a_single_free_one_is_needed(self):
        with machine("ibm-virtio") as system:
            without_default(system)
            system.put("proc/net/tcp", "")
            self.expect(system, "which NIC? --nic takes one of: 0000:00:03.0 (eth0), 0000:00:04.0 (eth1)", status=2)
        with machine("ibm-virtio", ssh="198.51.100.7 50000 10.240.0.10 22") as system:
            self.expect(system, "no NIC can be taken: 0000:00:03.0 (eth0) has the default route, carries a session")

    def test_a_nic_in_use_by_a_program(self):
        """Of DPDK, that is; the kernel would wait for it."""
        with machine("gcp-gve") as system:
            system.link("sys/devices/pci0000:00/0000:00:05.0/driver", "../../../bus/pci/drivers/uio_pci_generic")
            system.put("sys/devices/pci0000:00/0000:00:05.0/uio/uio0/name", "uio_pci_generic")
            system.put("proc/77/comm", "mcdpdk\n")
            system.link("proc/77/fd/12", "/dev/uio0")
            self.expect(system, "mcdpdk (process 77) uses 0000:00:05.0 (ens5): end it first", "--nic", "ens5")

    def test_pages_that_would_leave_too_little_memory(self):
        """A machine of 512 MB, which had 383 MiB left; with one more it is well, and so is what is set up already."""
        with machine("qemu-iommu") as system:
            with_memory(system, 470, 383)
            self.expect(system, "256 MiB of huge pages do not fit: of 470 MiB of memory 383 MiB are available, and 128 "
                        "MiB have to remain: free some, or take a larger machine\n")
            with_memory(system, 470, 384)
            with mock.patch("os.getuid", lambda: 0):
                self.assertEqual(call(system, "apply")[0], 0)
                with_memory(system, 470, 100)
                self.assertEqual(call(system, "apply")[0], 0)

    def test_nothing_is_decided_without_the_kernels_answers(self):
        for command in ("ip -j address show", "ip -j -4 route show table all"):
            with machine("ibm-virtio") as system:
                del system.answers[command]
                self.expect(system, "ip: broken")

    def test_an_address_that_another_nic_has(self):
        with machine("ibm-virtio") as system:
            self.expect(system, "10.240.0.4/24 is the address of 0000:00:03.0 (eth0)", "--address", "10.240.0.4/24")

    def test_wrong_usage(self):
        with machine("ibm-virtio") as system:
            for argv in (["--address", "10.0.0.1"], ["--address", "239.1.1.1/24"], ["--gateway", "x"]):
                with self.assertRaises(SystemExit) as ended:
                    call(system, "plan", *argv)
                self.assertEqual(ended.exception.code, 2)
            self.expect(system, "cannot be both", "--gateway", "10.240.0.10", status=2)


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is found on machines of several clouds, and what would be done there."""

import json
import os
import unittest

from fake import DEFAULTS, GROUPS, NAMES, call, facts_of, machine, plan_of, snapshot

AZURE_PORT = {"address": "10.0.0.10/24", "gateway": "10.0.0.1", "next_hop": "gateway",
              "gateway_mac": "12:34:56:78:9a:bc", "mtu": 1500}
GCP_PORT = {"address": "10.0.0.10/32", "gateway": "10.0.0.1", "mtu": 1460}
# Tree -> cloud, the hub's NIC, its driver, EAL's options, the port of groups.json.
EXPECTED = {
    "aws-ena": ("AWS", "0000:00:06.0", "uio_pci_generic",
                "-l 1-3 -a 0000:00:06.0,control_path_poll_interval=500 --iova-mode=pa",
                {"address": "10.0.0.10/24", "gateway": "10.0.0.1", "mtu": 9001}),
    "azure-mlx5": ("Azure", "b1a1:00:02.0", None, "-l 1-3 -a b1a1:00:02.0", AZURE_PORT),
    "azure-mana": ("Azure", "7870:00:00.0", None, "-l 1-3 -a 7870:00:00.0,mac=00:22:48:00:00:01", AZURE_PORT),
    "gcp-gve": ("GCP", "0000:00:05.0", "uio_pci_generic", "-l 1-3 -a 0000:00:05.0 --iova-mode=pa", GCP_PORT),
    "gcp-virtio": ("GCP", "0000:00:05.0", "uio_pci_generic", "-l 1-3 -a 0000:00:05.0 --iova-mode=pa", GCP_PORT),
    "ibm-virtio": ("IBM Cloud", "0000:00:04.0", "uio_pci_generic", "-l 0-1 -a 0000:00:04.0 --iova-mode=pa",
                   {"address": "10.240.0.10/24", "gateway": "10.240.0.1", "mtu": 1500}),
    "alibaba-virtio": ("Alibaba Cloud", "0000:00:04.0", "uio_pci_generic", "-l 0-1 -a 0000:00:04.0 --iova-mode=pa",
                       {"address": "10.240.0.10/24", "gateway": "10.240.0.253", "mtu": 1500}),
    "qemu-iommu": ("QEMU Standard PC (Q35 + ICH9, 2009)", "0000:00:11.0", "vfio-pci", "-l 0 -a 0000:00:11.0",
                   {"address": "10.0.0.10/24", "gateway": "10.0.0.1", "mtu": 1400}),
    "rack-iommu": ("Dell Inc. PowerEdge R650", "0000:b1:00.0", "vfio-pci", "-l 20-23 -a 0000:b1:00.0",
                   {"address": "10.1.0.10/24", "gateway": "10.1.0.1", "mtu": 9000}),
}


def written(plan):
    return {step.path.lstrip("/"): step.text for step in plan.steps if hasattr(step, "text")}


def commands(plan):
    return [line for step in plan.steps for line in step.shown()]


def port_of(plan):
    return json.loads(written(plan)[GROUPS])["ports"][0]


def give_ipv6(system, name, address):
    """By DHCPv6, with a router that announces itself."""
    system.add_address(name, address, dynamic=True)
    routes = system.ask_json("ip", "-j", "-6", "route", "show", "table", "all")
    system.answers["ip -j -6 route show table all"] = [json.dumps([*routes, {
        "dst": "default", "gateway": "fe80::1", "dev": name, "protocol": "ra", "metric": 512, "flags": []}])]


def forget_ipv4(system, name):
    (link,) = system.ask_json("ip", "-j", "address", "show", "dev", name)
    system.change_link(name, addr_info=[info for info in link["addr_info"] if info["family"] == "inet6"])


class Plan(unittest.TestCase):
    def test_every_tree_has_a_plan(self):
        self.assertEqual(sorted(EXPECTED), NAMES)

    def test_the_nic_that_nobody_needs_is_taken_as_its_cloud_demands(self):
        for name, (cloud, pci, driver, options, port) in EXPECTED.items():
            with self.subTest(name), machine(name) as system:
                plan = plan_of(system)
                files = written(plan)
                self.assertEqual(facts_of(system).machine.cloud.name, cloud)
                self.assertEqual(plan.nic.pci, pci)
                self.assertIn(f'EAL_OPTIONS="{options}"\n', files[DEFAULTS])
                self.assertEqual(json.loads(files[GROUPS]), {"ports": [port], "members": [], "groups": []})
                binding = [line for line in commands(plan) if line.startswith("driverctl")]
                self.assertEqual(binding, [f"driverctl set-override {pci} {driver}"] if driver else [])

    def test_a_bifurcated_nic_stays_with_the_kernel_without_its_address(self):
        with machine("azure-mlx5") as system:
            self.assertEqual(commands(plan_of(system))[-3:],
                             ["modprobe ib_uverbs", "modprobe mlx5_ib", "ip address flush dev eth1"])
        with machine("azure-mana") as system:
            self.assertEqual(commands(plan_of(system))[-4:],
                             ["modprobe mana_ib", "ip address flush dev eth1", "ip link set dev eth1 down",
                              "ip link set dev enP30832s1d1 down"])

    def test_missing_verbs_are_noted(self):
        for name, is_missing in (("azure-mlx5", False), ("azure-mana", True)):
            with machine(name) as system:
                self.assertEqual("ibverbs-providers" in " ".join(plan_of(system).notes), is_missing)

    def test_the_kernels_vfio_is_used_without_an_iommu_if_it_can(self):
        with machine("aws-ena") as system:
            system.answers["modinfo -F parm vfio"] = ["enable_unsafe_noiommu_mode:Enable UNSAFE, no-IOMMU mode. (bool)"]
            plan = plan_of(system)
            self.assertIn('-a 0000:00:06.0 --iova-mode=pa"', written(plan)[DEFAULTS])
            self.assertEqual(commands(plan)[-3:], [
                "modprobe vfio-pci", "echo 1 >/sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
                "driverctl set-override 0000:00:06.0 vfio-pci"])
            self.assertEqual(written(plan)["etc/modprobe.d/mcdpdk-setup.conf"],
                             "options vfio enable_unsafe_noiommu_mode=1\n")

    def test_a_group_of_vfio_without_an_iommu_is_none(self):
        """Such a group appears with the binding, when a second run looks."""
        with machine("gcp-gve") as system:
            system.link("sys/bus/pci/devices/0000:00:05.0/iommu_group", "../../../kernel/iommu_groups/0")
            system.put("sys/kernel/iommu_groups/0/name", "vfio-noiommu\n")
            self.assertIn("--iova-mode=pa", written(plan_of(system))[DEFAULTS])

    def test_old_ena_gets_no_argument_that_it_does_not_know(self):
        with machine("aws-ena") as system:
            os.rename(*(system.path(f"usr/lib/x86_64-linux-gnu/dpdk/pmds-{abi}") for abi in ("25.0", "23.0")))
            plan = plan_of(system)
            self.assertIn("-a 0000:00:06.0 --iova-mode=pa", written(plan)[DEFAULTS])
            self.assertIn("needs interrupts", " ".join(plan.notes))

    def test_a_kernel_without_a_module_is_an_error(self):
        with machine("gcp-gve") as system:
            del system.answers["modinfo -F filename uio_pci_generic"]
            system.put("proc/sys/kernel/osrelease", "6.1.0-40-other\n")
            status, _, err = call(system, "plan")
            self.assertEqual(status, 1)
            self.assertIn("kernel 6.1.0-40-other has no IOMMU and no module uio_pci_generic: install package "
                          "linux-image-amd64, and boot its kernel\n", err)
            system.answers["dpkg-query --show --showformat=${db:Status-Status} linux-image-amd64"] = ["installed"]
            self.assertIn(": boot that of package linux-image-amd64, which is installed\n", call(system, "plan")[2])

    def test_an_iommu_without_its_module_is_an_error(self):
        with machine("qemu-iommu") as system:
            del system.answers["modinfo -F filename vfio-pci"]
            self.assertIn("kernel has no module vfio-pci, which an IOMMU needs: install", call(system, "plan")[2])

    def test_a_shared_iommu_group_is_an_error(self):
        with machine("qemu-iommu") as system:
            system.link("sys/kernel/iommu_groups/4/devices/0000:00:10.0", "../../../../devices/pci0000:00/0000:00:10.0")
            self.assertIn("shares its IOMMU group with 0000:00:10.0", call(system, "plan")[2])

    def test_a_hub_that_polls_on_every_cpu_is_noted(self):
        note = "polls on every CPU"
        for name, is_noted in (("ibm-virtio", True), ("aws-ena", False)):
            with machine(name) as system:
                self.assertEqual(note in " ".join(plan_of(system).notes), is_noted)
                system.put(GROUPS, '{"idle": "sleep"}')
                self.assertNotIn(note, " ".join(plan_of(system).notes))

    def test_pages_follow_the_memory_and_the_node(self):
        with machine("aws-ena") as system:
            self.assertIn("echo 512 >/proc/sys/vm/nr_hugepages", commands(plan_of(system)))
            self.assertIn("hugepagesz=1G", " ".join(plan_of(system).notes))
            system.put("proc/meminfo", "MemTotal: 2000000 kB\nMemAvailable: 1800000 kB\nHugepagesize: 2048 kB\n")
            self.assertNotIn("hugepagesz=1G", " ".join(plan_of(system).notes))
        with machine("qemu-iommu") as system:
            self.assertEqual(written(plan_of(system))["etc/sysctl.d/60-mcdpdk-setup.conf"], "vm.nr_hugepages = 128\n")
        with machine("rack-iommu") as system:
            setting = "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"
            self.assertIn(f"echo 512 >{setting}", commands(plan_of(system)))
            self.assertEqual(written(plan_of(system))["etc/tmpfiles.d/mcdpdk-setup.conf"], f"w {setting} - - - - 512\n")

    def test_free_pages_are_enough_of_any_size_and_used_ones_are_not(self):
        with machine("aws-ena") as system:
            folder = "sys/devices/system/node/node0/hugepages/"
            system.put(f"{folder}hugepages-2048kB/nr_hugepages", "600\n")
            self.assertIn("echo 1112 >/proc/sys/vm/nr_hugepages", commands(plan_of(system)))
            system.put(f"{folder}hugepages-1048576kB/free_hugepages", "1\n")
            self.assertFalse([line for line in commands(plan_of(system)) if "hugepages" in line])

    def test_options_tell_what_the_kernel_does_not_know(self):
        with machine("ibm-virtio") as system:
            system.answers["ip -j address show"] = [
                line.replace("10.240.0.10", "169.254.3.3") for line in system.answers["ip -j address show"]]
            status, _, err = call(system, "plan", "--nic", "eth1")
            self.assertEqual(status, 1)
            typed = "mcdpdk-setup apply --nic 0000:00:04.0 --address A.B.C.D/N --gateway"
            self.assertIn(f": {typed} A.B.C.D\n", err)
            err = call(system, "plan", "--nic", "eth1", "--gateway", "10.240.0.3", "--force")[2]
            self.assertIn(f": {typed} 10.240.0.3 --force\n", err)
            plan = plan_of(system, nic="eth1", address="10.240.0.77/24", gateway="10.240.0.3")
            port = json.loads(written(plan)[GROUPS])["ports"][0]
            self.assertEqual(port, {"address": "10.240.0.77/24", "gateway": "10.240.0.3", "mtu": 1500})

    def test_an_address_of_ipv6_is_taken_too_and_alone_if_there_is_no_other(self):
        with machine("aws-ena") as system:
            for name, address in (("ens5", "2001:db8::5/128"), ("ens6", "2001:db8::a/128")):
                give_ipv6(system, name, address)
            both = {**EXPECTED["aws-ena"][4], "address6": "2001:db8::a/128", "gateway6": "ra"}
            self.assertEqual(port_of(plan_of(system)), both)
            self.assertRegex(call(system, "plan")[1], r"10\.0\.0\.10/24 2001:db8::a/128 +10\.0\.0\.1 ra ")
            forget_ipv4(system, "ens6")
            self.assertEqual(port_of(plan_of(system)), {"address6": "2001:db8::a/128", "gateway6": "ra", "mtu": 9001})
            self.assertNotIn("gateway", " ".join(plan_of(system).notes))

    def test_options_of_ipv6_tell_what_the_kernel_does_not_know(self):
        with machine("aws-ena") as system:
            port = port_of(plan_of(system, address6="2001:db8::a/64", gateway6="fe80::1"))
            self.assertEqual((port["address6"], port["gateway6"]), ("2001:db8::a/64", "fe80::1"))
            self.assertEqual(port["address"], "10.0.0.10/24")
            plan = plan_of(system, address6="2001:db8::a/64")
            self.assertNotIn("gateway6", port_of(plan))
            self.assertIn("no gateway of IPv6 is known", " ".join(plan.notes))
            forget_ipv4(system, "ens6")
            self.assertEqual(port_of(plan_of(system, nic="ens6", address6="2001:db8::a/64", gateway6="ra")),
                             {"address6": "2001:db8::a/64", "gateway6": "ra", "mtu": 9001})

    def test_options_of_ipv6_that_cannot_be_are_refused(self):
        with machine("aws-ena") as system:
            for words, wrong in ((["--gateway6", "ra"], "--gateway6 without an IPv6 address"),
                                 (["--address6", "fe80::5/64"], "is not an IPv6 address"),
                                 (["--address6", "fd00::5"], "is not an IPv6 address"),
                                 (["--address6", "10.0.0.5/24"], "is not an IPv6 address"),
                                 (["--address6", "fd00::5/64", "--gateway6", "fd00::5"], "both the address and the"),
                                 (["--gateway6", "10.0.0.1"], "is not an IPv6 address, or ra")):
                try:
                    status, _, err = call(system, "plan", *words)
                except SystemExit as end:  # of the parser, which writes to the real one
                    status, err = end.code, wrong
                self.assertEqual((status, wrong in err), (2, True), (words, err))
            forget_ipv4(system, "ens6")
            for name, address in (("ens5", "2001:db8::5/64"), ("ens6", "2001:db8::a/64")):
                give_ipv6(system, name, address)
            self.assertIn("--gateway without an IPv4 address",
                          call(system, "plan", "--nic", "ens6", "--gateway", "10.0.0.1")[2])
            self.assertIn("2001:db8::5/64 is the address of 0000:00:05.0 (ens5)",
                          call(system, "plan", "--nic", "ens6", "--address6", "2001:db8::5/64")[2])

    def test_an_address_in_the_subnet_of_another_nic_is_noted_if_it_was_typed(self):
        with machine("ibm-virtio") as system:
            note = "is in the subnet of 0000:00:03.0 (eth0), too"
            self.assertIn(note, " ".join(plan_of(system, address="10.240.0.77/24").notes))
            self.assertNotIn(note, " ".join(plan_of(system, address="10.241.0.77/24").notes))
            for own in (None, "10.240.0.10/24"):
                self.assertNotIn(note, " ".join(plan_of(system, address=own).notes))

    def test_files_of_the_operator_stay_and_the_plan_says_what_it_would_write(self):
        with machine("gcp-gve") as system:
            system.put(GROUPS, "{}\n")
            plan = plan_of(system)
            self.assertNotIn(GROUPS, written(plan))
            self.assertEqual([step.path for step in plan.kept], [f"/{GROUPS}"])
            self.assertIn('"address": "10.0.0.10/32"', call(system, "plan")[1])

    def test_the_plan_as_data_says_the_same(self):
        with machine("gcp-gve") as system:
            status, out, _ = call(system, "plan", "--json")
            data = json.loads(out)
            self.assertEqual((status, data["nic"], data["name"]), (0, "0000:00:05.0", "ens5"))
            self.assertEqual([line for step in data["steps"] for line in step["commands"]], commands(plan_of(system)))
            self.assertEqual([nic["refused"] for nic in data["nics"]],
                             [["has the default route", "carries a session from 35.235.240.1 to port 22"], []])

    def test_a_plan_and_a_dry_run_change_nothing(self):
        with machine("gcp-gve") as system:
            before = snapshot(system)
            self.assertEqual(call(system, "plan")[0], 0)
            status, out, _ = call(system, "apply", "--dry-run")
            self.assertEqual((status, snapshot(system), system.ran), (0, before, []))
            self.assertIn("\ndriverctl set-override 0000:00:05.0 uio_pci_generic\n", out)
            self.assertTrue(out.rstrip().split("\nnote: ")[0].endswith("\nmcdpdk -t -c /etc/mcdpdk/groups.json"))


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What apply does, undo takes back; a step that fails leaves nothing behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from mcdpdk_setup.state import locked
from mcdpdk_setup.step import STAY_S, Write
from mcdpdk_setup.system import Failure, System

from fake import DEFAULTS, GROUPS, NAMES, STATE, call, machine, snapshot

FREE = "sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages"
BIND = "driverctl set-override 0000:00:05.0 uio_pci_generic"
SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
UNBIND = "driverctl unset-override 0000:00:05.0"


def as_root(test):
    return mock.patch("os.getuid", lambda: 0)(test)


@as_root
class Apply(unittest.TestCase):
    def well(self, system, *argv):
        status, out, err = call(system, *argv)
        self.assertEqual((status, err), (0, ""), out)
        return out

    def failed(self, system, *argv):
        status, out, err = call(system, *argv)
        self.assertEqual(status, 1, out)
        return err

    def test_undo_takes_all_back_on_every_machine(self):
        for name in NAMES:
            with self.subTest(name), machine(name) as system:
                before = snapshot(system)
                self.well(system, "apply")
                self.assertNotEqual(snapshot(system), before)
                self.assertTrue(system.has(GROUPS) and system.has(DEFAULTS))
                self.well(system, "undo")
                self.assertEqual(snapshot(system), before)

    def test_the_nic_gets_its_addresses_routes_and_mtu_back(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            system.ran.clear()
            self.well(system, "undo")
            self.assertEqual(system.ran[:6], [
                UNBIND,
                "ip link set dev ens5 mtu 1460",
                "ip -4 address add 10.0.0.10/32 scope global dev ens5",
                "ip link set dev ens5 up",
                "ip -4 route append 10.0.0.1 src 10.0.0.10 metric 100 proto dhcp scope link dev ens5",
                "ip -4 route append 10.0.0.0/20 via 10.0.0.1 src 10.0.0.10 metric 100 proto dhcp dev ens5",
            ])

    def test_ipv6_is_recorded_and_given_back(self):
        """What is dynamic comes back by itself. The record is enough for a second apply."""
        with machine("ibm-virtio") as system:
            system.change_link("eth1", addr_info=[])
            system.add_address("eth1", "fd00::5/64")
            system.add_address("eth1", "2001:db8::5/128", dynamic=True)
            system.answers["ip -j -6 route show table all"] = [json.dumps([
                {"dst": "default", "gateway": "fd00::1", "dev": "eth1", "protocol": "static", "metric": 2048}])]
            self.well(system, "apply", "--nic", "eth1", "--force")
            port = json.loads(system.text(GROUPS))["ports"][0]
            self.assertEqual(port, {"address6": "fd00::5/64", "gateway6": "fd00::1", "mtu": 1500})
            del system.answers["ip -j -6 route show table all"]
            self.assertIn("already set up", self.well(system, "apply"))
            system.ran.clear()
            self.well(system, "undo")
            self.assertEqual([line for line in system.ran if line.startswith("ip -6")], [
                "ip -6 address add fd00::5/64 scope global dev eth1",
                "ip -6 route append default via fd00::1 metric 2048 proto static dev eth1"])

    def test_a_router_that_announces_itself_does_not_end_the_recorded_address(self):
        with machine("azure-mlx5") as system:
            self.well(system, "apply")
            system.add_address("eth1", "2001:db8::5/128", dynamic=True)
            os.unlink(system.path(GROUPS))
            self.well(system, "apply")
            self.assertEqual(json.loads(system.text(GROUPS))["ports"][0]["address"], "10.0.0.10/24")

    def test_a_record_of_a_version_without_ipv6_is_taken(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            record = json.loads(system.text(STATE))
            for step in record["steps"]:
                if step.get("link"):
                    del step["link"]["address6"], step["link"]["gateway6"]
            system.put(STATE, json.dumps(record))
            self.assertIn("already set up", self.well(system, "apply"))
            self.well(system, "undo")

    def test_routes_that_others_need_come_first(self):
        """Each default route of this tree stands before the route to its gateway."""
        with machine("aws-ena") as system:
            self.well(system, "apply")
            self.well(system, "undo")
            routes = [line.split()[4] for line in system.ran if line.startswith("ip -4 route")]
            self.assertEqual(routes, ["10.0.0.0/24", "10.0.0.1", "default"])

    def test_a_route_that_the_kernel_has_made_is_no_failure(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            system.failing, system.words = "ip -4 route append 10.0.0.1 ", "RTNETLINK answers: File exists"
            self.well(system, "undo")

    def test_an_address_that_another_has_set_is_no_failure(self):
        for words in ("RTNETLINK answers: File exists", "Error: ipv4: Address already assigned.",
                      "Error: ipv6: address already assigned."):
            with self.subTest(words), machine("gcp-gve") as system:
                self.well(system, "apply")
                system.failing, system.words = "ip -4 address add ", words
                self.well(system, "undo")

    def test_a_device_that_comes_back_with_another_name_is_renamed(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            system.net["eth7"] = system.net.pop("ens5")
            self.well(system, "undo")
            self.assertIn("ip link set dev eth7 name ens5", system.ran)

    def test_the_pair_of_azure_gets_its_address_back(self):
        with machine("azure-mana") as system:
            self.well(system, "apply")
            self.well(system, "undo")
            self.assertEqual([line for line in system.ran if line.startswith("ip ")][3:], [
                "ip link set dev eth1 mtu 1500",
                "ip -4 address add 10.0.0.10/24 broadcast 10.0.0.255 scope global dev eth1",
                "ip link set dev enP30832s1d1 up",
                "ip link set dev eth1 up",
                "ip -4 route append 10.0.0.0/24 src 10.0.0.10 proto kernel scope link dev eth1"])

    def test_a_second_apply_does_nothing(self):
        for name in NAMES:
            with self.subTest(name), machine(name) as system:
                self.well(system, "apply")
                before, ran = snapshot(system), list(system.ran)
                self.assertIn("already set up", self.well(system, "apply"))
                self.assertEqual((snapshot(system), system.ran), (before, ran))

    def test_a_second_apply_does_nothing_while_the_hub_holds_the_pages(self):
        with machine("aws-ena") as system:
            self.well(system, "apply")
            system.put(FREE, "0\n")
            self.assertIn("already set up", self.well(system, "apply"))

    def test_a_second_apply_needs_no_force(self):
        with machine("ibm-virtio") as system:
            links = system.ask_json("ip", "-j", "address", "show")
            system.answers["ip -j address show"] = [json.dumps(
                [{**link, "addr_info": []} if link["ifname"] == "eth0" else link for link in links])]
            self.well(system, "apply", "--nic", "eth1", "--force")
            self.assertIn("already set up", self.well(system, "apply"))

    def test_a_second_apply_with_other_options_is_refused(self):
        with machine("gcp-gve") as system:
            options = ["--address", "10.0.0.21/24", "--gateway", "10.0.0.2"]
            self.well(system, "apply", *options)
            self.assertIn("already set up", self.well(system, "apply", *options))
            for option, has in zip((["--address", "10.0.0.10/24"], ["--gateway", "10.0.0.1"]), options[1::2]):
                for verb in ("plan", "apply"):
                    self.assertIn(f"/{GROUPS} has {has}, not {option[1]}: edit it, or undo first\n",
                                  self.failed(system, verb, *option))
            system.put(GROUPS, '{"ports": [{"address": "10.0.0.7/24"}, {"address": "10.0.0.8/24"}]}')
            self.assertIn("has 10.0.0.7/24, 10.0.0.8/24, not 10.0.0.9/24: edit it\n",
                          self.failed(system, "apply", "--address", "10.0.0.9/24"))
            self.assertIn("has no gateway, not 10.0.0.2: edit it\n", self.failed(system, "apply", *options[2:]))
            self.well(system, "apply", "--address", "10.0.0.8/24")

    def test_a_second_apply_repairs(self):
        """After it, undo still knows what was there first: ten pages that somebody uses."""
        with machine("aws-ena") as system:
            system.set("/proc/sys/vm/nr_hugepages", 10)
            system.put(FREE, "0\n")
            before = {path: text for path, text in snapshot(system).items() if not path.endswith(FREE)}
            self.well(system, "apply")
            recorded = system.text(STATE)
            system.set("/proc/sys/vm/nr_hugepages", 0)
            os.unlink(system.path(DEFAULTS))
            self.well(system, "apply")
            self.assertTrue(system.has(DEFAULTS))
            self.assertEqual((system.number("proc/sys/vm/nr_hugepages"), system.text(STATE)), (522, recorded))
            self.well(system, "undo")
            self.assertEqual({path: text for path, text in snapshot(system).items() if not path.endswith(FREE)}, before)

    def test_whatever_fails_all_is_undone(self):
        for failing in ("modprobe uio_pci_generic", BIND, "mcdpdk -t"):
            with self.subTest(failing), machine("gcp-gve") as system:
                system.failing = f"{failing} -c {system.path(GROUPS)}" if failing == "mcdpdk -t" else failing
                before = snapshot(system)
                self.assertIn("broken; nothing was changed", self.failed(system, "apply"))
                # A binding that failed may have taken the NIC away from the kernel.
                self.assertEqual(UNBIND in system.ran, failing != "modprobe uio_pci_generic")
                self.assertEqual(snapshot(system), before)

    def test_a_signal_undoes_and_the_end_of_the_session_does_not_matter(self):
        def send(*numbers):
            for number in numbers:
                os.kill(os.getpid(), number)
        with machine("gcp-gve") as system:
            before, handlers = snapshot(system), [signal.getsignal(number) for number in SIGNALS]
            with mock.patch("mcdpdk_setup.step.Bind.take", side_effect=lambda _: send(signal.SIGHUP, signal.SIGTERM)):
                self.assertIn("interrupted by SIGTERM; nothing was changed", self.failed(system, "apply"))
            self.assertEqual((snapshot(system), UNBIND in system.ran), (before, True))
            with mock.patch("mcdpdk_setup.step.Bind.take", side_effect=lambda _: send(signal.SIGHUP)):
                self.well(system, "apply")
            with mock.patch("mcdpdk_setup.step.Bind.undo", side_effect=lambda _: send(*SIGNALS)):
                self.well(system, "undo")
            self.assertEqual([signal.getsignal(number) for number in SIGNALS], handlers)

    def test_an_interruption_of_what_changes_nothing_is_one_line(self):
        with machine("gcp-gve") as system:
            for argv in (["plan"], ["apply", "--dry-run"], ["apply"]):
                with mock.patch("mcdpdk_setup.plan.find_nics", side_effect=KeyboardInterrupt):
                    self.assertEqual(self.failed(system, *argv), "mcdpdk-setup: interrupted; nothing was changed\n")
            with mock.patch("mcdpdk_setup.apply.refuse_unprepared",
                            side_effect=lambda *_: os.kill(os.getpid(), signal.SIGINT)):
                self.assertEqual(self.failed(system, "apply"),
                                 "mcdpdk-setup: interrupted by SIGINT; nothing was changed\n")
            self.well(system, "apply")
            for argv in (["undo"], ["undo", "--dry-run"]):
                with mock.patch("mcdpdk_setup.cli.load", side_effect=KeyboardInterrupt):
                    self.assertEqual(self.failed(system, *argv), "mcdpdk-setup: interrupted; nothing was changed\n")

    def test_pages_that_the_kernel_does_not_find_are_an_error(self):
        with machine("gcp-gve") as system:
            before = snapshot(system)
            usual = system.set

            def scarce(name, value):
                usual(name, min(value, 37))
            system.set = scarce
            self.assertIn("only 37 of 512 huge pages of 2 MiB: memory is too full or fragmented",
                          self.failed(system, "apply"))
            self.assertEqual(snapshot(system), before)

    def test_pages_that_somebody_added_stay(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            system.set("/proc/sys/vm/nr_hugepages", 600)
            self.well(system, "undo")
            self.assertEqual(system.number("proc/sys/vm/nr_hugepages"), 600)

    def test_an_undo_that_fails_can_be_repeated(self):
        with machine("gcp-gve") as system:
            before = snapshot(system)
            self.well(system, "apply")
            system.failing = "driverctl unset-override"
            self.assertIn("not undone: 0000:00:05.0 is bound", self.failed(system, "undo"))
            self.assertFalse(system.has(GROUPS))
            system.failing = None
            self.well(system, "undo")
            self.assertEqual(snapshot(system), before)
            self.assertIn("nothing to undo", self.well(system, "undo"))

    def test_a_route_that_cannot_come_back_does_not_keep_the_others_away(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            system.failing = "ip -4 route append 10.0.0.1 "
            status, out, err = call(system, "undo")
            self.assertEqual((status, out.splitlines()[-1], system.has(STATE)), (0, "undone", False))
            self.assertRegex(err, "^mcdpdk-setup: note: not restored, .*: ip -4 route append 10.0.0.1 .*: broken\n$")
            self.assertIn("ip -4 route append 10.0.0.0/20 via", "\n".join(system.ran))

    def test_a_dhcp_client_may_set_another_address(self):
        """The old one may be another host's by now."""
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            usual = system.driverctl

            def lease(*argv):
                usual(*argv)
                system.add_address("ens5", "10.0.0.77/32", dynamic=True)
            system.driverctl = lease
            out = self.well(system, "undo")
            self.assertIn("# without 10.0.0.10/32 if a DHCP client sets an address in 15 s\n", out)
            self.assertEqual([line for line in system.ran if " address add " in line], [])
            self.assertIn("ip -4 route append 10.0.0.0/20 via", "\n".join(system.ran))

    def test_an_address_that_somebody_takes_away_at_once_is_given_again(self):
        """As systemd-networkd does before it asks by DHCP."""
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            usual = system.wait

            def drop(condition, seconds):
                if seconds == STAY_S:
                    system.change_link("ens5", addr_info=[])
                return usual(condition, seconds)
            system.wait = drop
            self.well(system, "undo")
            added = [line for line in system.ran if " address add " in line]
            self.assertEqual(added, ["ip -4 address add 10.0.0.10/32 scope global dev ens5"] * 2)
            self.assertEqual(sum("route append 10.0.0.1 " in line for line in system.ran), 2)

    def test_a_nic_that_is_back_is_looked_at_anew(self):
        """After an undo that failed, another address and other routes may have been set."""
        with machine("gcp-gve") as system:
            links = system.answers["ip -j address show"]
            self.well(system, "apply")
            first = json.loads(system.text(STATE))
            system.failing = "ip -4 address add"
            self.failed(system, "undo")
            system.failing, system.answers["ip -j address show"] = None, links
            left = json.loads(system.text(STATE))
            (bind,) = left["steps"]
            bind["link"]["routes"].append(["-4", "10.9.0.0/16", "scope", "link", "dev", "eth1"])
            system.put(STATE, json.dumps(left))
            self.well(system, "apply")
            self.assertEqual(json.loads(system.text(STATE))["steps"][0]["link"], first["steps"][-1]["link"])

    def test_files_that_were_edited_stay(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            system.put(GROUPS, "{}\n")
            self.assertNotIn("would be", self.well(system, "apply"))
            self.assertIn(f"# /{GROUPS} was changed since: it stays", self.well(system, "undo"))
            self.assertEqual(system.text(GROUPS), "{}\n")
            self.assertFalse(system.has(STATE))

    def test_files_of_the_operator_are_never_written_over(self):
        with machine("gcp-gve") as system:
            system.put(GROUPS, "{}\n")
            system.put(DEFAULTS, "EAL_OPTIONS=\n")
            before = snapshot(system)
            out = self.well(system, "apply")
            self.assertIn(f"note: /{GROUPS} exists and stays; otherwise it would be:\n    {{\n", out)
            self.assertIn("    EAL_OPTIONS=\"-l 1-3 -a 0000:00:05.0 --iova-mode=pa\"\n", out)
            self.assertEqual((system.text(GROUPS), system.text(DEFAULTS)), ("{}\n", "EAL_OPTIONS=\n"))
            self.well(system, "undo")
            self.assertEqual(snapshot(system), before)

    def test_not_even_one_that_appears_meanwhile(self):
        with machine("gcp-gve") as system:
            step = Write(f"/{GROUPS}", "new\n")
            system.put(GROUPS, "old\n")
            with self.assertRaisesRegex(Failure, "exists"):
                step.take(system)
            self.assertEqual(system.text(GROUPS), "old\n")

    def test_a_wrong_file_of_the_operator_is_found_before_anything_is_done(self):
        with machine("gcp-gve", failing="mcdpdk -t") as system:
            system.put(GROUPS, "{}\n")
            self.failed(system, "apply")
            self.assertEqual(system.ran, [])

    def test_what_the_hub_would_refuse_is_found_before_anything_is_done(self):
        with machine("gcp-gve", failing="mcdpdk -t") as system:
            before = snapshot(system)
            for argv in (["plan"], ["apply", "--dry-run"], ["apply"]):
                self.assertIn("broken", self.failed(system, *argv))
                self.assertEqual((system.ran, snapshot(system)), ([], before))

    def test_a_file_that_the_service_may_not_read_is_found_before_anything_is_done(self):
        with machine("gcp-gve", failing="setpriv --reuid=mcdpdk") as system:
            system.put(GROUPS, "{}\n")
            self.well(system, "apply")
            self.well(system, "undo")
            system.answers["getent passwd mcdpdk"] = ["mcdpdk:x:997:997::/var/lib/mcdpdk:/usr/sbin/nologin"]
            system.ran.clear()
            self.assertIn("user mcdpdk, who runs the service, may not read /etc/mcdpdk/groups.json: chmod a+r",
                          self.failed(system, "apply"))
            self.assertEqual(system.ran, [])

    def test_missing_programs_are_named(self):
        for program, words in (("driverctl", "install package driverctl"), ("mcdpdk", "install it first")):
            with machine("gcp-gve", missing=[program]) as system:
                before = snapshot(system)
                self.assertIn(words, self.failed(system, "apply"))
                self.assertEqual(snapshot(system), before)
        with machine("azure-mlx5", missing=["driverctl"]) as system:
            self.well(system, "apply")

    def test_an_address_that_another_host_answers_for_is_noted(self):
        options = ["--address", "10.0.0.21/24", "--gateway", "10.0.0.1"]
        note = "02:00:00:00:00:99 answers for 10.0.0.21 on ens5"
        for claims, is_noted in (({"10.0.0.21": "02:00:00:00:00:99"}, True), ({}, False),
                                 ({"10.0.0.21": "02:00:00:00:00:99", "10.0.0.1": "02:00:00:00:00:99"}, False)):
            with machine("gcp-gve") as system:
                system.claims = claims
                self.assertEqual(note in self.well(system, "apply", *options), is_noted)
                self.assertFalse([line for line in system.ran if line.startswith("ip ")])
                self.assertNotIn(note, self.well(system, "apply", *options))
        with machine("gcp-gve") as system:
            system.claims = {"10.0.0.10": "02:00:00:00:00:99"}
            self.assertNotIn("answers for", self.well(system, "apply"))

    def test_the_address_of_an_existing_file_is_asked_for(self):
        """What the hub will have, not what the file would be; of another device's port it says nothing."""
        other = "02:00:00:00:00:99"
        for port, noted in (({"address": "10.0.0.22/24"}, ["10.0.0.22"]),
                            ({"address": "10.0.0.22/24", "device": "00:05.0"}, ["10.0.0.22"]),
                            ({"address": "10.0.0.22/24", "device": "0000:00:07.0"}, []),
                            ({"address": "10.0.0.22/24", "gateway": "10.0.0.1"}, []),
                            ({"address": "10.0.0.22/24", "gateway": 1}, ["10.0.0.22"]),
                            ({"address": "10.0.0.300/24"}, []), ({"address": None}, [])):
            with machine("gcp-gve") as system:
                system.claims = {"10.0.0.10": other, "10.0.0.22": other, "10.0.0.1": other}
                system.put(GROUPS, json.dumps({"ports": [port, 3]}))
                lines = [line for line in self.well(system, "apply").splitlines() if "answers for" in line]
                self.assertEqual([line.partition(" on ens5")[0] for line in lines],
                                 [f"note: {other} answers for {address}" for address in noted])
        with machine("gcp-gve") as system:
            self.forget_address(system)
            system.claims = {"10.0.0.22": other}
            system.put(GROUPS, '{"ports": [{"address": "10.0.0.22/24"}]}')
            self.assertIn("answers for 10.0.0.22", self.well(system, "apply", "--nic", "ens5"))

    def forget_address(self, system):
        """As if ens5 had never been configured."""
        links = system.ask_json("ip", "-j", "address", "show")
        system.answers["ip -j address show"] = [json.dumps(
            [{**link, "flags": [], "addr_info": []} if link["ifname"] == "ens5" else link for link in links])]

    def test_a_device_that_is_down_is_up_while_it_is_asked(self):
        with machine("gcp-gve") as system:
            self.forget_address(system)
            self.well(system, "apply", "--address", "10.0.0.21/24")
            self.assertEqual(system.ran[:2], [f"ip link set dev ens5 {state}" for state in ("up", "down")])

    def test_undo_sets_no_usual_mtu_of_a_nic_without_addresses(self):
        for mtu, commands in ((1500, []), (9000, ["ip link set dev ens5 mtu 9000"])):
            with machine("gcp-gve") as system:
                self.forget_address(system)
                system.put("sys/class/net/ens5/mtu", f"{mtu}\n")
                self.well(system, "apply", "--address", "10.0.0.21/24")
                dry = self.well(system, "undo", "--dry-run").splitlines()
                self.assertEqual([line for line in dry if line.startswith("ip ")], commands)

    def test_another_nic_needs_an_undo_first(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            self.assertIn("is set up with 0000:00:05.0: undo first",
                          self.failed(system, "apply", "--nic", "ens4", "--force"))

    def test_an_interrupted_apply_is_finished_by_another(self):
        """As after a power failure: recorded, not taken."""
        with machine("gcp-gve") as system:
            before = snapshot(system)
            with mock.patch("mcdpdk_setup.step.Bind.take", side_effect=KeyboardInterrupt), \
                    self.assertRaises(KeyboardInterrupt):
                call(system, "apply")
            self.assertTrue(system.has(STATE))
            self.well(system, "apply")
            self.assertIn(BIND, system.ran)
            self.well(system, "undo")
            self.assertEqual(snapshot(system), before)

    def test_the_record_holds_no_commands(self):
        """What is not of the known kind is refused."""
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            good = json.loads(system.text(STATE))["steps"]
            for kind, key, value in (("Write", "path", "/etc/passwd"), ("Value", "path", "/proc/sys/kernel/modprobe"),
                                     ("Module", "name", "-x"), ("Bind", "pci", "0000:00:05.0/.."),
                                     ("Bind", "driver", "x"), ("Bind", "link", {"name": "-batch"})):
                bad = [{**step, key: {**step[key], **value} if isinstance(value, dict) else value}
                       if step["kind"] == kind else step for step in good]
                system.put(STATE, json.dumps({"steps": bad}))
                self.assertIn("cannot be read: undo by hand", self.failed(system, "undo"))

    def test_a_record_that_others_may_write_is_refused(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            self.assertEqual([os.stat(system.path(path)).st_mode & 0o7777 for path in (STATE, os.path.dirname(STATE))],
                             [0o644, 0o755])
            before = snapshot(system)
            for path, mode in ((STATE, 0o646), (os.path.dirname(STATE), 0o775)):
                usual = os.stat(system.path(path)).st_mode & 0o7777
                os.chmod(system.path(path), mode)
                for verb in ("apply", "undo"):
                    self.assertIn(f"/{path} is not root's alone", self.failed(system, verb))
                os.chmod(system.path(path), usual)
            system.root_user += 1
            self.assertIn("is not root's alone", self.failed(system, "undo"))
            system.root_user -= 1
            self.assertEqual(snapshot(system), before)
            self.well(system, "undo")
            self.assertFalse(system.has(os.path.dirname(STATE)))

    def test_the_outcome_as_data(self):
        with machine("gcp-gve") as system:
            data = json.loads(self.well(system, "apply", "--json"))
            self.assertEqual(data["taken"], [step["what"] for step in data["steps"]])
            data = json.loads(self.well(system, "undo", "--json"))
            self.assertEqual((len(data["undone"]), data["left"]), (7, []))

    def test_a_dry_run_of_undo_shows_its_commands(self):
        with machine("gcp-gve") as system:
            self.well(system, "apply")
            before, ran = snapshot(system), list(system.ran)
            self.assertEqual(self.well(system, "undo", "--dry-run").splitlines()[0], UNBIND)
            self.assertEqual((snapshot(system), system.ran), (before, ran))


class User(unittest.TestCase):
    @mock.patch("os.getuid", lambda: 1000)
    def test_changes_need_root(self):
        with machine("gcp-gve") as system:
            for verb in ("apply", "undo"):
                self.assertEqual(call(system, verb)[::2], (1, f"mcdpdk-setup: {verb} needs root; --dry-run does not\n"))
                self.assertEqual(call(system, verb, "--dry-run")[0], 0)


# A set-up whose program ends only when the pipe does.
HALF_WAY = """
import sys
from mcdpdk_setup.state import locked
from mcdpdk_setup.system import System
system = System(sys.argv[1])
with locked(system):
    system.run("sh", "-c", f"echo >{sys.argv[1]}/begun; read line <{sys.argv[1]}/pipe")
"""


class Programs(unittest.TestCase):
    def test_one_that_outlives_its_set_up_keeps_others_away(self):
        """driverctl writes what lasts over a reboot at its end: an undo that came before that would leave it there."""
        with tempfile.TemporaryDirectory() as root:
            pipe, system = os.path.join(root, "pipe"), System(root)
            os.mkfifo(pipe)
            killed = subprocess.Popen([sys.executable, "-Bc", HALF_WAY, root],
                                      env={"PYTHONPATH": os.pathsep.join(sys.path)})
            self.assertTrue(system.wait(lambda: system.has("begun"), 60))
            killed.kill()
            killed.wait()
            with self.assertRaisesRegex(Failure, "^another mcdpdk-setup is at work$"), locked(system):
                pass
            with open(pipe, "w", encoding="ascii"):
                pass

            def is_free():
                with contextlib.suppress(Failure), locked(system):
                    return True
            self.assertTrue(system.wait(is_free, 60))

    def test_a_program_that_is_none_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "mcdpdk")
            with open(path, "wb") as file:
                file.write(b"\x7fELF")
            os.chmod(path, 0o755)
            with self.assertRaisesRegex(Failure, "^mcdpdk: Exec format error$"):
                System(environ={"PATH": folder}).run("mcdpdk", "-t")


if __name__ == "__main__":
    unittest.main()

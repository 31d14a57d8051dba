# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The commands of mcdpdk-client whose features the kernel may lack, by --dry-run.

    alpha 10.0.0.11 -----+-- switch A --- router --- switch B --- gamma 10.5.0.6

Also the input of NetworkManager, the manual and the completion.
"""

import re
import subprocess

import pytest

from manual import complete, example_commands
from member_client import CLIENT, GRE, L2, VXLAN, client, configuration, dry_run
from topo import HUB_ADDRESS
from paths import SCRIPTS

MANUAL = SCRIPTS / "man" / "mcdpdk-client.8"
COMPLETION = SCRIPTS / "completion" / "mcdpdk-client"
GRETAP = ("--hub", HUB_ADDRESS, "--encap", "gretap", "--key", 100)


@pytest.fixture(scope="module", name="alpha")
def fixture_alpha(cloud):
    alpha = cloud.add_instance("alpha", "10.0.0.11")
    # No address changes during a test.
    for key in ("accept_dad", "accept_ra", "disable_ipv6"):
        alpha.write_sysctl(f"net/ipv6/conf/eth0/{key}", 0)
    alpha.ip("address", "add", "fd00:a::11/64", "dev", "eth0", "nodad")
    return alpha


@pytest.fixture(scope="module", name="gamma")
def fixture_gamma(cloud):
    return cloud.add_instance("gamma", "10.5.0.6")


def test_dry_run_changes_nothing(alpha):
    before = configuration(alpha)
    dry_run(alpha, *L2)
    dry_run(alpha, *VXLAN)
    assert configuration(alpha) == before
    assert client(alpha, "status").returncode == 3


def test_gre_commands(alpha):
    assert dry_run(alpha, *GRE, "--key", 7) == [
        "ip link add mcdpdk0 type gre local 10.0.0.11 remote 10.0.0.10 ttl 64 dev eth0 key 7",
        "ip address add 192.168.10.2/24 dev mcdpdk0",
        "ip link set mcdpdk0 up multicast on",
        "sysctl -q -w net/ipv4/conf/mcdpdk0/rp_filter=0",
        "ip route replace 224.0.0.0/4 dev mcdpdk0",
    ]


@pytest.mark.parametrize("path", [GRE, VXLAN, ("--hub", HUB_ADDRESS, "--encap", "gre-udp"), GRETAP],
                         ids=["gre", "vxlan", "gre-udp", "gretap"])
def test_commands_for_groups_of_ipv6(alpha, path):
    """IPv6 begins on the device before it is up. Duplicate address detection is off; the address and the route need a
    device that is up."""
    commands = dry_run(alpha, *path, "--overlay6", "FD00:0:0::2/64")
    mine = [n for n, line in enumerate(commands) if line not in dry_run(alpha, *path)]
    sysctl, address, route = mine
    assert commands[sysctl] == "sysctl -q -w " + " ".join(
        f"net/ipv6/conf/mcdpdk0/{key}=0" for key in ("accept_ra", "accept_dad", "addr_gen_mode", "disable_ipv6"))
    assert commands[address] == "ip address add fd00::2/64 dev mcdpdk0 nodad"
    assert commands[route] == "ip -6 route add multicast ff00::/8 dev mcdpdk0 table local metric 1"
    assert sysctl < commands.index("ip link set mcdpdk0 up multicast on") < address < route


def test_network_manager_gets_the_address_of_ipv6(alpha):
    profile, activate, *rest = dry_run(alpha, *GRE, "--overlay6", "fd00::2/64", "--manager", "nmcli")
    assert profile.endswith("ipv6.method manual ipv6.addresses fd00::2/64 ipv6.may-fail no")
    assert rest[-1] == "ip -6 route add multicast ff00::/8 dev mcdpdk0 table local metric 1"
    assert not [line for line in (activate, *rest) if "ip address add" in line]
    assert dry_run(alpha, *GRE, "--manager", "nmcli")[0].endswith("ipv6.method disabled")


def test_gre_in_udp_commands(alpha):
    commands = dry_run(alpha, "--hub", HUB_ADDRESS, "--encap", "gre-udp", "--port", 5555)
    assert commands[:4] == [
        "modprobe fou",
        "ip fou add port 5555 ipproto 47",
        "ip link add mcdpdk0 type gre local 10.0.0.11 remote 10.0.0.10 ttl 64 dev eth0 "
        "encap fou encap-sport auto encap-dport 5555",
        "ip address add 10.0.0.11/32 dev mcdpdk0",
    ]


@pytest.mark.parametrize("manager", ["ip", "nmcli"])
def test_behind_a_nat_the_port_is_fixed(alpha, manager):
    """A NAT admits only what comes to the source port; NetworkManager cannot choose it."""
    nat = ["--nat", "--manager", manager]
    assert "type vxlan id 77 dstport 4789 srcport 4789 4790 local" in dry_run(alpha, *VXLAN, *nat)[0]
    gre = dry_run(alpha, "--hub", HUB_ADDRESS, "--encap", "gre-udp", *nat)[2]
    assert gre.endswith("encap fou encap-sport 4754 encap-dport 4754")


def test_ethernet_in_gre_by_ip(alpha):
    commands = dry_run(alpha, *GRETAP)
    assert commands[0] == ("ip link add mcdpdk0 type gretap local 10.0.0.11 remote 10.0.0.10 ttl 64 dev eth0 key 100")


def test_network_manager_gets_a_gretap_profile_with_both_keys(alpha):
    """IPv6 stays on, since the segment carries it."""
    profile, activate, *_ = dry_run(alpha, *GRETAP, "--manager", "nmcli")
    assert profile.startswith("nmcli connection add save no type ip-tunnel ip-tunnel.mode gretap ip-tunnel.parent eth0")
    assert "ip-tunnel.input-key 100 ip-tunnel.output-key 100" in profile and profile.endswith("ipv6.method link-local")
    assert activate == "nmcli connection up mcdpdk0"
    without_key, *_ = dry_run(alpha, *GRETAP[:-2], "--manager", "nmcli")
    assert "ip-tunnel.mode gretap" in without_key and "-key" not in without_key


def test_a_strict_filter_of_all_devices_is_overridden(alpha):
    alpha.write_sysctl("net/ipv4/conf/all/rp_filter", 1)
    try:
        assert "sysctl -q -w net/ipv4/conf/mcdpdk0/rp_filter=2" in dry_run(alpha, *GRE)
    finally:
        alpha.write_sysctl("net/ipv4/conf/all/rp_filter", 0)


def test_a_member_behind_a_router(gamma):
    commands = dry_run(gamma, *GRE)
    assert commands[0].startswith("ip link add mcdpdk0 type gre local 10.5.0.6 remote 10.0.0.10")


def test_network_manager_commands(alpha):
    profile, activate, *rest = dry_run(alpha, *GRE, "--key", 7, "--manager", "nmcli")
    assert profile.startswith("nmcli connection add save no type ip-tunnel ip-tunnel.mode gre")
    for words in ("ip-tunnel.parent eth0", "ip-tunnel.remote 10.0.0.10", "ip-tunnel.ttl 64",
                  "ip-tunnel.input-key 7", "ip-tunnel.output-key 7", "ifname mcdpdk0",
                  "ipv4.addresses 192.168.10.2/24", "ipv4.routes 224.0.0.0/4", "ipv4.route-metric 50"):
        assert words in profile
    assert activate == "nmcli connection up mcdpdk0"
    assert "ip link set mcdpdk0 multicast on" in rest
    assert dry_run(alpha, *L2, "--manager", "nmcli")[-1] == (
        "nmcli device modify eth0 +ipv4.routes '224.0.0.0/4 10.0.0.10 50 src=10.0.0.11'")
    segment = dry_run(alpha, *VXLAN, "--manager", "nmcli")[0]
    for words in ("vxlan.id 77 ", "vxlan.remote 10.0.0.10", "ipv6.method link-local"):
        assert words in segment


def fake_nmcli(folder, running, state):
    path = folder / "nmcli"
    path.write_text(f"#!/bin/sh\ncase \"$*\" in *RUNNING*) echo '{running}' ;; *STATE*) echo '{state}' ;; esac\n")
    path.chmod(0o755)
    return folder


@pytest.mark.parametrize("running, state, used", [
    ("running", "100 (connected)", True), ("running", "10 (unmanaged)", False), ("not running", "", False)])
def test_network_manager_is_used_where_it_owns_the_nic(alpha, tmp_path, running, state, used):
    commands = dry_run(alpha, *GRE, path=fake_nmcli(tmp_path, running, state))
    assert commands[0].startswith("nmcli") == used


def test_tc_commands_where_nftables_cannot(alpha):
    commands = dry_run(alpha, *L2, "--rule", "tc")
    assert commands[0] == "tc qdisc add dev eth0 clsact"
    assert [re.search(r"dst_port (\d+) action pass", line)[1] for line in commands[1:3]] == ["67", "68"]
    assert re.search(r"pref 22402 flower dst_mac 01:00:00:00:00:00/01:00:00:00:00:00 action "
                     r"(skbmod set dmac|pedit ex munge eth dst set) ", commands[3])
    assert alpha.mac in commands[3]


# Manual and completion

EXAMPLES = example_commands(MANUAL, "mcdpdk-client up")


def test_the_manual_has_an_example_of_each_encapsulation():
    assert {re.search(r"--encap (\S+)", line)[1] for line in EXAMPLES} == {"l2", "gre", "gre-udp", "vxlan"}


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_manuals_examples_run(alpha, line):
    dry_run(alpha, *line.split()[2:])


def completed(*words):
    return complete(COMPLETION, "_mcdpdk_client", "mcdpdk-client", *words)


def test_completion():
    assert completed("d") == ["down"]
    assert completed("up", "--encap", "gre") == ["gre", "gre-udp", "gretap"]
    assert completed("up", "--dev", "l") == ["lo"]
    assert completed("status", "--") == ["--json", "--help"]
    assert completed("") == [*COMMANDS, "--help"]


COMMANDS = ["up", "down", "watch", "status", "test"]


@pytest.mark.parametrize("command", COMMANDS)
def test_completion_and_manual_know_every_option(command):
    usage = subprocess.run([CLIENT, command, "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"--[a-z0-9-]+", usage))
    assert set(completed(command, "--")) == options
    manual = MANUAL.read_text().replace("\\-", "-")
    assert {option for option in options - {"--help"} if option not in manual} == set()

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Telemetry's answers stay within DPDK 22.11's limits with long lists and long names.

this test --- /var/run/dpdk/PREFIX/dpdk_telemetry.v2 --- hub 10.0.0.10
                                                         1,500 GRE members behind the gateway
                                                         1,100 groups
"""

import json
import re
import subprocess

import pytest

from quartet import ADDRESSES, HUB_OVERLAY
from topo import GATEWAY, HUB_ADDRESS

ANSWER_MAX, STRING_MAX, ARRAY_MAX, DICT_MAX = 16384, 127, 512, 256
MEMBERS = [f"{'long-name-' * 5}-{number:011}" for number in range(1500)]
MOST_MEMBERS, MOST_GROUPS = 1501, 1102
GROUPS = [f"239.{number // 250}.{number % 250}.1" for number in range(1098)] + [
    "224.0.0.0/24", f"232.1.1.1,{ADDRESSES['alpha']}"]
BUSY_GROUP = GROUPS[0]
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY,
               "gateway_mac": "02:00:00:00:00:0A"}],
    "members": [{"name": name, "address": f"10.{50 + number // 250}.0.{number % 250 + 1}",
                 "encap": "gre", "key": number} for number, name in enumerate(MEMBERS)],
    "groups": [{"group": BUSY_GROUP, "members": ["*"]}]
              + [{"group": group, "members": [MEMBERS[0]]} for group in GROUPS[1:-1]]
              + [{"group": "232.1.1.1", "sources": [ADDRESSES["alpha"]],
                  "members": MEMBERS[:3]}],
    "overlay": {"address": f"{HUB_OVERLAY}/24"},
    "limits": {"members": MOST_MEMBERS, "groups": MOST_GROUPS},
    "idle": "sleep",
}


@pytest.fixture(scope="module", name="hub")
def fixture_hub(cloud):
    with cloud.start_hub(CONFIG) as hub:
        yield hub
        hub.settled()
        hub.stop()


def check_limits(value):
    """The limits of rte_tel_data: nothing was truncated, and nothing nests where it must not."""
    if isinstance(value, dict):
        assert len(value) <= DICT_MAX
        assert all(re.fullmatch(r"[A-Za-z0-9_/]+", key) for key in value)
        for item in value.values():
            check_limits(item)
    elif isinstance(value, list):
        assert len(value) <= ARRAY_MAX
        for item in value:
            assert not isinstance(item, (dict, list))
            check_limits(item)
    elif isinstance(value, str):
        assert len(value) <= STRING_MAX
    else:
        assert isinstance(value, int) and value >= 0


def ask(hub, command):
    answer = hub.telemetry.ask_raw(command)
    assert len(answer) <= ANSWER_MAX
    (name, value), = json.loads(answer).items()
    assert name == command.split(",")[0]
    check_limits(value)
    return value


def test_info_has_every_documented_field(hub):
    """With the values of this run."""
    info = ask(hub, "/mcdpdk/info")
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", info.pop("version"))
    assert info.pop("uptime_s") < 600
    assert info.pop("capture") in ("no hugepages", "--in-memory or --no-shconf")
    assert info == {"pid": hub.process.pid, "config_file": str(hub.config_file), "generation": 1,
                    "ports": 1, "members": len(MEMBERS), "groups": len(GROUPS), "max_members": MOST_MEMBERS,
                    "max_groups": MOST_GROUPS, "ready": 1, "oversize": "fragment"}


def test_stats_are_the_documented_counters(hub):
    """Exactly those; the balance checks the names of the drops."""
    assert set(ask(hub, "/mcdpdk/stats")) == {
        "rx_packets", "rx_bytes", "data_packets", "unicast_packets", "control_packets",
        "rx_fragments", "reassembled_packets", "rx_coalesced", "rx_drop_packets", "copies", "copy_drops",
        "tx_data_packets", "tx_data_bytes", "tx_fragments", "tx_coalesced", "tx_control_packets", "tx_control_drops",
        "learning_drops", "finished_checksums"}
    ask(hub, "/mcdpdk/drops")
    hub.settled()


def test_control_has_every_class(hub):
    """Each with its figures. A request is served and takes time, and none else waits."""
    before = ask(hub, "/mcdpdk/control")
    assert before.pop("longest_slice_us") > 0
    assert set(before) == {"neighbour", "membership", "admission", "echo", "telemetry"}
    for share in before.values():
        assert set(share) == {"queued", "served", "dropped", "busy_us"}
    ask(hub, "/mcdpdk/member_table")
    after = ask(hub, "/mcdpdk/control")
    assert after["telemetry"]["served"] == before["telemetry"]["served"] + 2
    assert after["telemetry"]["busy_us"] > before["telemetry"]["busy_us"]
    assert after["telemetry"]["queued"] == after["telemetry"]["dropped"] == 0


def test_a_hub_without_traffic_has_empty_histograms(hub):
    """With the bounds of the others, within the limits of arrays."""
    latency = ask(hub, "/mcdpdk/latency")
    bounds = latency.pop("bounds_ns")
    assert bounds[0] == 100 and bounds[-1] == 10**9
    assert latency == {"p50_ns": 0, "p99_ns": 0, "max_ns": 0, "spread_p99_ns": 0, "latency_sum_ns": 0,
                       "spread_sum_ns": 0, "latency_counts": [0] * (len(bounds) + 1),
                       "spread_counts": [0] * (len(bounds) + 1)}


@pytest.mark.parametrize("what, names", [("groups", GROUPS), ("members", MEMBERS)])
def test_lists_come_in_pages(hub, what, names):
    """Every name once, the right `total` on each page, each page within the limits, also without an offset."""
    pages = list(hub.telemetry.pages(f"/mcdpdk/{what}"))
    assert len(pages) > 1
    for page in pages:
        check_limits(page)
        assert set(page) == {"total", "next", what}
        assert page["total"] == len(names)
    listed = [name for page in pages for name in page[what]]
    assert sorted(listed) == sorted(names)
    assert ask(hub, f"/mcdpdk/{what}") == pages[0]
    assert ask(hub, f"/mcdpdk/{what},{pages[0]['next']}") == pages[1]


def test_receivers_come_in_pages(hub):
    """The 1,500 receivers of a group, each a record with member, origins and expiry."""
    pages = list(hub.telemetry.pages("/mcdpdk/receivers", f",{BUSY_GROUP}"))
    assert len(pages) > 1
    receivers = []
    for page in pages:
        check_limits(page)
        records = len(page) - 2
        assert set(page) == {"total", "next", *(f"r{i}" for i in range(records))}
        assert page["total"] == len(MEMBERS)
        receivers += [page[f"r{i}"] for i in range(records)]
    assert [r["member"] for r in receivers] == sorted((r["member"] for r in receivers),
                                                      key=MEMBERS.index)
    assert {r["member"] for r in receivers} == set(MEMBERS)
    assert all(r["origins"] == ["static"] and r["expires_s"] == 0 for r in receivers)


@pytest.mark.parametrize("group, count", [(BUSY_GROUP, len(MEMBERS)), ("224.0.0.0/24", 1),
                                          (f"232.1.1.1,{ADDRESSES['alpha']}", 3)])
def test_group_describes_each_kind_of_entry(hub, group, count):
    """A group, a prefix, a source-specific one: counters, receivers, origins."""
    assert ask(hub, f"/mcdpdk/group,{group}") == {
        "group": group, "packets": 0, "bytes": 0, "copies": 0, "rate_limited": 0, "receivers": count, "priority": 3,
        "origins": ["static"]}
    assert ask(hub, f"/mcdpdk/receivers,0,{group}")["total"] == count


def test_member_shows_its_gateways_mac(hub):
    """The gateway's fixed MAC, as Linux writes it."""
    assert ask(hub, f"/mcdpdk/member,{MEMBERS[0]}") == {
        "name": MEMBERS[0], "address": "10.50.0.1", "encap": "gre", "key": 0, "port": "net_af_packet0",
        "mac": "02:00:00:00:00:0a", "resolved": 1, "origin": "static", "rx_packets": 0, "rx_bytes": 0,
        "tx_packets": 0, "tx_bytes": 0, "drops": 0, "rate_limited": 0, "groups": len(GROUPS), "path_mtu": 1500,
        "last_seen_s": 0}


def test_a_member_names_its_port_in_whatever_order_devices_are_found(cloud):
    """A device that is not used is found first."""
    config = {
        "ports": [{"device": "net_null2", "address": "10.0.0.10/24"}, {"device": "net_null1", "address": "10.9.0.10/24"}],
        "members": [{"name": "near", "address": "10.0.0.11"}, {"name": "far", "address": "10.9.0.12"}],
        "idle": "sleep"}
    with cloud.start_hub(config, devices=["net_null0", "net_null1", "net_null2"]) as hub:
        ports = {name: ask(hub, f"/mcdpdk/member,{name}")["port"] for name in ("near", "far")}
        assert ports == {"near": "net_null2", "far": "net_null1"}


def test_a_hub_over_ipv6_shows_and_takes_addresses_of_ipv6(cloud):
    """Whatever the form of a question's, its answer has that of RFC 5952. A hub without IPv4 has no text for it."""
    config = {
        "ports": [{"device": "net_null0", "address6": "FD00::0:10/64", "gateway6": "fe80::1",
                   "gateway6_mac": "02:00:00:00:00:0a"},
                  {"device": "net_null1", "address": "10.9.0.10/24"}],
        "members": [{"name": "near", "address": "fd00:0::11", "encap": "gre", "mac": "02:00:00:00:00:0b"},
                    {"name": "far", "address": "2001:DB8::5", "encap": "vxlan", "vni": 5}],
        "groups": [{"group": "ff15::1", "members": ["*"], "senders": ["fd00::/64"]}],
        "admit": [{"prefix": "fd00::/64", "encap": ["gre"]}],
        "idle": "sleep"}
    with cloud.start_hub(config, devices=["net_null0", "net_null1"]) as hub:
        ports = ask(hub, "/mcdpdk/ports")
        shown = [{key: ports[record][key] for key in ("address", "address6", "gateway6")} for record in ("r0", "r1")]
        assert shown == [{"address": "", "address6": "fd00::10/64", "gateway6": "fe80::1"},
                         {"address": "10.9.0.10/24", "address6": "", "gateway6": ""}]
        found = ask(hub, "/mcdpdk/member,far")
        assert (found["address"], found["mac"], found["port"]) == ("2001:db8::5", "02:00:00:00:00:0a", "net_null0")
        answer = ask(hub, "/mcdpdk/explain,FD00::0:11,ff15::1")
        assert (answer["verdict"], answer["sender"], answer["r0"]["member"]) == ("replicate", "near", "far")
        answer = ask(hub, "/mcdpdk/explain,fd00:0:0::77,ff15::1")
        assert (answer["verdict"], answer["sender"], answer["admits"]) == ("replicate", "gre:[fd00::77]", 1)
        assert ask(hub, "/mcdpdk/explain,2001:db8::5,ff15::1")["verdict"] == "sender_denied"
        answer = ask(hub, "/mcdpdk/explain,2001:DB8::77,ff15::1")
        assert answer["verdict"] == "source_denied" and answer["message"].startswith("2001:db8::77 is no member's")
        error = 'source: fd00::10 is the hub\'s own address'
        assert ask(hub, "/mcdpdk/explain,near,ff15::1,fd00::10") == {"error": error}
        assert ask(hub, "/mcdpdk/join,ff15::2,near,fd00::10") == {"status": "error", "message": error}


@pytest.mark.parametrize("kind, key, names, most", [("group", "group", GROUPS, 50), ("member", "name", MEMBERS, 25)])
def test_a_table_has_the_record_of_each_entry(hub, kind, key, names, most):
    """Pages are within DPDK's limits and nearly full, so that a list takes some dozens of requests instead of one per
    name. Every name comes once; its record equals the answer to its own command."""
    pages = list(hub.telemetry.pages(f"/mcdpdk/{kind}_table"))
    for page in pages:
        check_limits(page)
        assert page["total"] == len(names)
    assert len(pages) == -(-len(names) // most)
    assert len(hub.telemetry.ask_raw(f"/mcdpdk/{kind}_table")) < ANSWER_MAX
    listed = [page[f"r{i}"] for page in pages for i in range(len(page) - 2)]
    assert sorted(row[key] for row in listed) == sorted(names)
    for row in (listed[0], listed[most], listed[-1]):
        assert row == ask(hub, f"/mcdpdk/{kind},{row[key]}")
    assert ask(hub, f"/mcdpdk/{kind}_table,99999") == {"total": len(names), "next": 0}


@pytest.mark.parametrize("command", [
    "/mcdpdk/group_table,x", "/mcdpdk/member_table,1,2", "/mcdpdk/refused,-1",
    "/mcdpdk/groups,x", "/mcdpdk/groups,-1", "/mcdpdk/groups,1,2",
    "/mcdpdk/members,99999999999999999999", "/mcdpdk/member", "/mcdpdk/member,",
    "/mcdpdk/member,nobody", "/mcdpdk/member,m,m", "/mcdpdk/group", "/mcdpdk/group,10.0.0.1",
    "/mcdpdk/group,239.9.9.9", "/mcdpdk/group,239.1.1", "/mcdpdk/group,239.1.1.1/33",
    "/mcdpdk/group,232.1.1.1,x", "/mcdpdk/receivers", "/mcdpdk/receivers,0",
    "/mcdpdk/receivers,x,239.1.1.1", "/mcdpdk/receivers,0,nonsense", "/mcdpdk/info,x",
    "/mcdpdk/rates", "/mcdpdk/rates,", "/mcdpdk/rates,groups", "/mcdpdk/rates,0", "/mcdpdk/rates,group,x",
    "/mcdpdk/rates,member,1,2", "/mcdpdk/streams,x", "/mcdpdk/streams,0,nobody",
    "/mcdpdk/stats,1", "/mcdpdk/drops,1", "/mcdpdk/control,1", "/mcdpdk/member," + "n" * 900,
])
def test_wrong_parameter_is_answered_with_an_error(hub, command):
    """`{"error": "..."}`, and the next command works."""
    error = ask(hub, command)
    assert set(error) == {"error"} and error["error"]
    assert ask(hub, "/mcdpdk/info")["ready"] == 1


@pytest.mark.parametrize("source, found", [
    *((source, f'expected a unicast IPv4 address, found "{source}"')
      for source in ("224.1.1.1", "255.255.255.255", "0.0.0.0", "127.0.0.1", "x")),
    (HUB_ADDRESS, f'"{HUB_ADDRESS}" is the hub\'s own address'),
    (HUB_OVERLAY, f'"{HUB_OVERLAY}" is the hub\'s own address')])
def test_source_that_cannot_be_one_is_refused(hub, source, found):
    """In a join, a leave and an explanation, in the configuration's words; no entry is made."""
    for change in ("join", "leave"):
        answer = ask(hub, f"/mcdpdk/{change},239.8.8.8,{MEMBERS[0]},{source}")
        assert answer == {"status": "error", "message": f"source: {found}"}
    answer = ask(hub, f"/mcdpdk/explain,{MEMBERS[0]},239.8.8.8,{source}")
    assert answer == {"error": f"source: {found}"}
    assert ask(hub, "/mcdpdk/groups")["total"] == len(GROUPS)


@pytest.mark.parametrize("command, what", [("/mcdpdk/groups,5000", "groups"),
                                           ("/mcdpdk/members,1500", "members")])
def test_offset_past_the_end_is_an_empty_page(hub, command, what):
    """The usual `total`, `next` 0, no names."""
    page = ask(hub, command)
    assert page == {"total": len(GROUPS if what == "groups" else MEMBERS), "next": 0, what: []}
    assert ask(hub, f"/mcdpdk/receivers,9999,{BUSY_GROUP}") == {"total": len(MEMBERS), "next": 0}


def test_every_command_has_a_help(hub):
    """DPDK's help for each of our commands is not empty."""
    commands = [c for c in hub.telemetry.ask("/") if c.startswith("/mcdpdk/")]
    assert {"/mcdpdk/info", "/mcdpdk/stats", "/mcdpdk/drops", "/mcdpdk/groups", "/mcdpdk/group",
            "/mcdpdk/receivers", "/mcdpdk/members", "/mcdpdk/member"} <= set(commands)
    for command in commands:
        assert json.loads(hub.telemetry.ask_raw(f"/help,{command}"))["/help"]


def test_dpdk_telemetry_py_gets_the_same_answer(hub):
    """DPDK's own client, fed a command, prints it."""
    done = subprocess.run(["dpdk-telemetry.py", "-f", hub.file_prefix], input="/mcdpdk/drops\n",
                          capture_output=True, text=True, timeout=20, check=True)
    assert all(f'"{reason}": {count}' in done.stdout for reason, count in hub.drops().items())

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-monitor watches a running hub, and Debian's Prometheus scrapes it.

    alpha 10.0.0.11 --+
    beta  10.0.0.12 --+-- switch A -- hub 10.0.0.10 -- telemetry socket -- monitor -- Prometheus
                                                                            (HTTP on this machine's loopback)

The monitor asks for a token, and has the hub twice: by its file prefix, and by a folder with a hostile name.
"""

import importlib.util
import json
import re
import subprocess
import time
import urllib.parse
from itertools import count
from pathlib import Path

import pytest

from hub import Hub
from monitor_bed import GROUP, Bed
from paths import SCRIPTS, SOURCE
from prometheus import SAMPLES, Monitor, Prometheus, fetch
from service_user import USER, become_user
from telemetry import COPY_REASONS, RX_REASONS
from topo import GATEWAY, HUB_ADDRESS
from waiting import await_condition

CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": [{"name": "alpha", "address": "10.0.0.11"}, {"name": "beta", "address": "10.0.0.12"}],
    "groups": [{"group": GROUP, "members": ["alpha", "beta"]}, {"group": "239.2.0.0/16", "members": ["*"]}],
    "idle": "sleep",
}
TOKEN = "correct-horse-battery-staple"
HOSTILE = 'a"b\\c\n<b>{}'
ENDPOINT = SOURCE / "scripts/telemetry-endpoints/mcdpdk.py"
DASHBOARD = SOURCE / "config/grafana/mcdpdk.json"
# No test sends as much in a second, and a count that fell or jumped would seem more.
MOST_A_S, BEFORE = 5000, 10000
# Of a large hub, what polling may take.
MEMBERS, GROUPS, MEASURED_S = 1000, 10000, 60
SHARE_OF_CONTROL, MEMORY_KB = 0.01, 200 << 10
# What this hub has no occasion to tell: another hub, a NIC's allowance, losses.
NOT_HERE = {"mcdpdk_site_up", "mcdpdk_peer_state", "mcdpdk_peer_lost_packets_total", "mcdpdk_peer_rx_packets_total",
            "mcdpdk_domain_agent_age_seconds", "mcdpdk_domain_agent_connected", "mcdpdk_domain_handover",
            "mcdpdk_domain_shared_members", "mcdpdk_domain_served_members", "mcdpdk_domain_peers",
            "mcdpdk_domain_configuration", "mcdpdk_domain_draining",
            "mcdpdk_port_allowance_packets_per_second", "mcdpdk_port_allowance_bits_per_second",
            "mcdpdk_latency_seconds_bucket", "mcdpdk_spread_seconds_bucket", "mcdpdk_health_reason",
            "mcdpdk_member_quiet_seconds", "mcdpdk_amt_tunnels", "mcdpdk_amt_max_tunnels", "mcdpdk_igmp_received_total"}

_serial = count()


@pytest.fixture(scope="module", name="bed")
def fixture_bed(cloud):
    bed = Bed(cloud, CONFIG)
    with bed.hub:
        bed.hub.await_resolved()
        yield bed
        bed.hub.stop()


@pytest.fixture(scope="module", name="monitor")
def fixture_monitor(bed, tmp_path_factory):
    hostile = tmp_path_factory.mktemp("sockets") / HOSTILE
    hostile.symlink_to(bed.socket.parent)
    with Monitor(tmp_path_factory.mktemp("monitor"), "--socket", bed.socket, "--socket", hostile / bed.socket.name,
                 token=TOKEN) as monitor:
        yield monitor


@pytest.fixture(scope="module", name="prometheus")
def fixture_prometheus(monitor, tmp_path_factory):
    with Prometheus(tmp_path_factory.mktemp("prometheus"), monitor) as prometheus:
        yield prometheus


@pytest.fixture(autouse=True)
def fixture_running(bed):
    """A test that failed may have left none."""
    if bed.hub.process.poll() is not None:
        bed.start()


def of(bed, metric, **labels):
    """A selector of the hub's series."""
    chosen = "".join(f',{name}="{value}"' for name, value in labels.items())
    return f'{metric}{{hub="{bed.name}"{chosen}}}'


def test_prometheus_has_the_hubs_counters(bed, monitor, prometheus):
    """After a stream all counters are the hub's own, by the text of OpenMetrics that Prometheus asks for."""
    bed.send(200)
    stats, drops = bed.hub.settled()
    assert stats["copies"] >= 200 and set(drops) == {*RX_REASONS, *COPY_REASONS}

    def differences():
        """ARP goes on meanwhile."""
        counted = {of(bed, f"mcdpdk_{name}_total"): value for name, value in bed.hub.stats().items()}
        counted |= {of(bed, "mcdpdk_drops_total", reason=reason): value for reason, value in bed.hub.drops().items()}
        return {name: value for name, value in counted.items() if prometheus.value(name) != value}

    await_condition(lambda: not differences(), "the hub's counters")
    prometheus.await_value(of(bed, "mcdpdk_group_copies_total", group=GROUP), stats["copies"])
    prometheus.await_value(of(bed, "mcdpdk_member_tx_packets_total", member="beta"), stats["copies"])
    port = bed.hub.telemetry.ask("/mcdpdk/ports")["r0"]["name"]
    assert prometheus.value(of(bed, "mcdpdk_port_link_up", port=port)) == 1
    xstats = of(bed, "mcdpdk_port_xstats_total", port=port, name="rx_good_packets")
    await_condition(lambda: (prometheus.value(xstats) or 0) >= 200, "xstats, asked each ten seconds")
    assert {labels["role"] for labels, _ in prometheus.query(of(bed, "mcdpdk_lcore_busy_ratio"))} == {"control", "rxtx"}
    assert prometheus.targets() == [("up", "")]


def test_promtool_finds_nothing_to_say(monitor, bed):
    content_type, text = monitor.metrics()
    assert content_type.startswith("text/plain")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    content_type, text = monitor.metrics("application/openmetrics-text")
    assert content_type.startswith("application/openmetrics-text") and text.endswith("\n# EOF\n")


def test_a_hostile_name_is_a_name(bed, monitor, prometheus):
    """It has the same counters under its own label, and its own documents."""
    await_condition(lambda: HOSTILE in [labels["hub"] for labels, _ in prometheus.query("mcdpdk_up == 1")], "its label")
    assert monitor.hub(HOSTILE)["info"]["pid"] == monitor.hub(bed.name)["info"]["pid"]
    assert {labels["hub"] for labels, _ in prometheus.query("mcdpdk_up")} == {HOSTILE, bed.name}


def test_only_who_has_the_token_reads_and_nobody_writes(bed, monitor):
    generation = bed.hub.telemetry.ask("/mcdpdk/info")["generation"]
    for path in ("/metrics", "/api/hubs", f"/api/hub/{bed.name}"):
        assert fetch(monitor.url + path)[0] == 401
        assert fetch(monitor.url + path, TOKEN)[0] == 200
        for method in ("POST", "PUT", "DELETE"):
            assert fetch(monitor.url + path, TOKEN, method)[0] == 405
    for question in ("explain?sender=alpha&group=239.1.1.1,x,/mcdpdk/reload", "member/alpha,/mcdpdk/reload",
                     "group/239.1.1.1,beta,10.0.0.1"):
        assert fetch(f"{monitor.url}/api/hub/{bed.name}/{question}", TOKEN)[0] in (400, 404)
    assert bed.hub.telemetry.ask("/mcdpdk/info")["generation"] == generation


def test_the_api_follows_a_stream(bed, monitor):
    """Rates of the hub, the group and the member while alpha sends; the question why, and who receives."""
    def rate_of(path, key):
        rows = [row for row in monitor.get(f"/api/hub/{bed.name}/{path}").popitem()[1]]
        return rows[0][key] if rows else 0

    with bed.streaming():
        await_condition(lambda: (monitor.hub(bed.name)["rates"].get("copies_per_s") or 0) > 10, "copies")
        await_condition(lambda: rate_of("rates/group", "pps") > 10, "the group's rate")
        await_condition(lambda: rate_of("members?sort=-tx_pps", "tx_pps") > 10, "the member's rate")
        await_condition(lambda: rate_of("members?sort=-rx_bps", "rx_bps") > 1000, "the sender's rate")
        await_condition(lambda: (rate_of("streams", "pps") or 0) > 10, "the stream's rate")
    assert monitor.get(f"/api/hub/{bed.name}/rates/group")["rates"][0]["name"] == GROUP
    stream, = monitor.get(f"/api/hub/{bed.name}/streams")["streams"]
    assert (stream["sender"], stream["group"], stream["entry"]) == ("alpha", GROUP, GROUP)
    series = monitor.get(f"/api/hub/{bed.name}/history/group/{GROUP}")["series"]
    assert max(value or 0 for value in series["pps"]) > 10
    answer = monitor.get(f"/api/hub/{bed.name}/explain?sender=alpha&group={GROUP}")
    assert (answer["verdict"], [row["member"] for row in answer["receivers"]]) == ("replicate", ["beta"])
    answer = monitor.get(f"/api/hub/{bed.name}/group/{GROUP}")
    assert {row["member"] for row in answer["receivers"]} == {"alpha", "beta"}
    group = urllib.parse.quote("239.2.0.0/16", safe="")
    assert monitor.get(f"/api/hub/{bed.name}/group/{group}")["group"]["group"] == "239.2.0.0/16"


def test_a_reload_is_an_event(bed, monitor):
    bed.hub.reload_and_wait(CONFIG)
    await_condition(lambda: [event for event in monitor.events(bed.name) if event["kind"] == "reload"], "the event")


def highest(monitor, bed, kind):
    series = monitor.get(f"/api/hub/{bed.name}/history/{kind}?seconds=300")["series"]
    values = [value for name, values in series.items() if not name.endswith("bps") for value in values
              if value is not None]
    assert values and min(values) >= 0
    return max(values)


def count_far(bed, prometheus):
    """Prometheus has a count that is larger by far than that of a new process."""
    while bed.hub.stats()["copies"] < BEFORE:
        bed.send(100)
        bed.hub.settled()
    prometheus.await_value(of(bed, "mcdpdk_copies_total"), bed.hub.settled()[0]["copies"])
    return time.time()


def await_copies(bed, prometheus):
    """The new process has its own counters there."""
    with bed.streaming():
        await_condition(lambda: 0 < (prometheus.value(of(bed, "mcdpdk_copies_total")) or 0) < BEFORE / 2,
                        "counters of the new process")


def assert_nothing_jumped(bed, monitor, prometheus, since):
    """Neither in the monitor's history, nor in Prometheus' rates."""
    assert highest(monitor, bed, f"group/{GROUP}") < MOST_A_S
    assert highest(monitor, bed, "hub") < MOST_A_S
    rates = prometheus.ask("query_range", query=f"rate({of(bed, 'mcdpdk_copies_total')}[5s])", start=since,
                           end=time.time(), step=1)["result"]
    values = [float(value) for series in rates for _, value in series["values"]]
    assert values and min(values) >= 0 and max(values) < MOST_A_S


def test_a_restart_is_shown_and_nothing_jumps(bed, monitor, prometheus):
    since = count_far(bed, prometheus)
    started = prometheus.value(of(bed, "mcdpdk_start_time_seconds"))
    bed.hub.stop()
    bed.start()
    await_copies(bed, prometheus)
    assert prometheus.value(of(bed, "mcdpdk_start_time_seconds")) > started
    assert "restart" in [event["kind"] for event in monitor.events(bed.name)]
    assert_nothing_jumped(bed, monitor, prometheus, since)


def test_a_hub_that_is_killed_is_down_until_it_is_back(bed, monitor, prometheus):
    """Down with the reason and since when, without counters; the alert is pending; then as before."""
    since = count_far(bed, prometheus)
    bed.hub.process.kill()
    bed.hub.process.wait()
    prometheus.await_value(of(bed, "mcdpdk_up"), 0)
    await_condition(lambda: prometheus.value(of(bed, "mcdpdk_copies_total")) is None, "no counters")
    document = monitor.hub(bed.name)
    assert (document["state"], document["exit_status"], document["rates"]) == ("down", 3, {})
    await_condition(lambda: "no hub is running" in monitor.hub(bed.name)["error"], "why")
    assert since - 5 < document["since"] < time.time()
    await_condition(lambda: ("McdpdkHubDown", bed.name) in [(alert["labels"]["alertname"], alert["labels"].get("hub"))
                                                            for alert in prometheus.ask("alerts")["alerts"]],
                    "the alert")
    done = subprocess.run([SCRIPTS / "mcdpdk-monitor", "--once", "--socket", bed.socket], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 3 and " down " in done.stdout
    bed.start()
    prometheus.await_value(of(bed, "mcdpdk_up"), 1)
    await_copies(bed, prometheus)
    kinds = [event["kind"] for event in monitor.events(bed.name)]
    assert kinds[-kinds[::-1].index("down") - 1:].count("restart") == 1
    assert_nothing_jumped(bed, monitor, prometheus, since)
    # One line when it went, one when it was back.
    assert len(re.findall(f"{bed.name}: it answers", monitor.text())) <= 2 and "Traceback" not in monitor.text()


def test_once_prints_a_line_and_json(bed):
    await_condition(lambda: bed.hub.telemetry.ask("/mcdpdk/health")["state"] == "well", "well")
    command = [SCRIPTS / "mcdpdk-monitor", "--once", "--socket", bed.socket]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and re.search(rf"^{bed.name} +well ", done.stdout, re.MULTILINE), done
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["hubs"][0]["stats"]["copies"] >= 0


def names_of_metrics(text):
    return set(re.findall(r"\bmcdpdk_\w+", text))


def await_metrics(prometheus, text):
    """All that are named there, but those that this hub lacks."""
    def missing():
        return names_of_metrics(text) - set(prometheus.ask("label/__name__/values")) - NOT_HERE
    await_condition(lambda: not missing(), "metrics of config/prometheus and config/grafana")


def test_rules_are_good_and_their_metrics_exist(bed, prometheus):
    """promtool runs the rules' own tests. Prometheus evaluates each rule; each drop reason has one."""
    for command in (["check", "rules", "mcdpdk.rules.yml"], ["test", "rules", "mcdpdk.rules.test.yml"],
                    ["check", "config", "prometheus.yml"]):
        done = subprocess.run(["promtool", *command], cwd=SAMPLES, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    await_condition(lambda: {rule["health"] for group in prometheus.ask("rules")["groups"]
                             for rule in group["rules"]} == {"ok"}, "all rules evaluated")
    await_metrics(prometheus, " ".join(rule["query"] for rule in rules))
    patterns = [pattern for rule in rules for pattern in re.findall(r'reason=~?"([^"]*)"', rule["query"])]
    for reason in (*RX_REASONS, *COPY_REASONS):
        assert any(re.fullmatch(pattern, reason) for pattern in patterns), reason


def test_each_query_of_the_dashboard_runs(bed, prometheus):
    """With Grafana's variables filled in; those whose metrics this hub has give series."""
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [annotation["expr"] for annotation in dashboard["annotations"]["list"]]
    assert len(queries) > 20
    await_metrics(prometheus, " ".join(queries))
    for query in queries:
        filled = query.replace("$hub", ".*").replace("$__rate_interval", "4s")
        is_filter = "> 0" in query or "allowance_exceeded" in query
        # A rate needs two scrapes.
        if is_filter or names_of_metrics(query) & NOT_HERE:
            prometheus.query(filled)
        else:
            await_condition(lambda: prometheus.query(filled), f"series of {filled}")


class TelemetrySocket:
    """As DPDK's exporter has it, 24.07 and later."""

    def __init__(self, hub):
        self.hub = hub

    def cmd(self, uri, arg=None):
        return self.hub.telemetry.ask(uri if arg is None else f"{uri},{arg}")


def test_the_plug_in_of_dpdks_exporter_has_the_hubs_counters(bed):
    """It declares all that it exports, and promtool takes that in the exporter's form."""
    place = importlib.util.spec_from_file_location("mcdpdk", ENDPOINT)
    plug_in = importlib.util.module_from_spec(place)
    place.loader.exec_module(plug_in)
    declared, found = plug_in.info(), plug_in.metrics(TelemetrySocket(bed.hub))
    assert {name for name, _, _ in found} == set(declared)
    lines = []
    for name in declared:
        lines += [f"# HELP dpdk_mcdpdk_{name} {declared[name][0]}", f"# TYPE dpdk_mcdpdk_{name} {declared[name][1]}"]
        for _, value, labels in (metric for metric in found if metric[0] == name):
            text = ", ".join(f'{key}="{label}"' for key, label in labels.items())
            lines.append(f"dpdk_mcdpdk_{name}{{{text}}} {value}")
    done = subprocess.run(["promtool", "check", "metrics"], input="\n".join(lines) + "\n", capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    values = {(name, *labels.values()): value for name, value, labels in found}
    assert values[("copies_total",)] == bed.hub.stats()["copies"] and values[("up",)] == 1
    assert {name[1] for name in values if name[0] == "drops_total"} == {*RX_REASONS, *COPY_REASONS}


def test_a_user_of_the_hubs_group_may_watch(cloud, bed, public_scripts):
    """As in the service: no rights but the group's. Another user is told what is missing."""
    hub = Hub(cloud.hub_node, CONFIG, cloud.folder, f"u{next(_serial)}")
    become_user(hub, cloud.folder)
    # One after the other: they have the same address.
    bed.hub.stop()
    with hub:
        hub.start()
        socket = hub.runtime_dir / hub.file_prefix / "dpdk_telemetry.v2"
        for groups, status, words in ((["--groups", str(USER)], (0, 1), " well |degraded"),
                                      (["--clear-groups"], (4,), "permission denied")):
            done = subprocess.run(["setpriv", "--reuid=12345", "--regid=12345", *groups,
                                   public_scripts / "mcdpdk-monitor", "--once", "--socket", socket],
                                  capture_output=True, text=True, check=False)
            assert done.returncode in status, done
            assert re.search(words, done.stdout + done.stderr)
        hub.stop()
    bed.start()


def large_config(mac):
    """Each group has receivers of its own, so that no list is shared."""
    members = [{"name": f"m{n}", "address": f"10.1.{n // 250}.{n % 250 + 1}", "encap": "gre", "mac": mac}
               for n in range(MEMBERS)]
    groups = [{"group": f"239.8.{n // 250}.{n % 250 + 1}",
               "members": [f"m{(n + step) % MEMBERS}" for step in (0, 1 + n // MEMBERS)]} for n in range(GROUPS)]
    return CONFIG | {"ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY, "gateway_mac": mac}],
                     "members": members, "groups": groups, "igmp": False, "mld": False}


def memory_kb(process):
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())[1])


@pytest.mark.slow
def test_a_large_hub_is_polled_within_bounds(cloud, bed, tmp_path):
    """The control lcore's time for telemetry while all is read again and again, and the monitor's memory."""
    bed.hub.stop()
    with cloud.start_hub(large_config(bed.nodes["alpha"].mac)) as hub:
        path = hub.runtime_dir / hub.file_prefix / "dpdk_telemetry.v2"

        def busy_us():
            return hub.control()["telemetry"]["busy_us"]

        with Monitor(tmp_path, "--socket", path) as monitor:
            def tables():
                return [monitor.get(f"/api/hub/{hub.file_prefix}/{name}?limit=1") for name in ("groups", "members")]

            began, before = time.monotonic(), busy_us()
            await_condition(lambda: all(table["complete"] for table in tables()), "both tables", 300)
            # No condition to wait for: a share is of time.
            time.sleep(MEASURED_S)
            share = (busy_us() - before) / 1e6 / (time.monotonic() - began)
            assert [table["total"] for table in tables()] == [GROUPS, MEMBERS]
            print(f"control lcore {100 * share:.2f} %, memory {memory_kb(monitor.process) >> 10} MB, "
                  f"tables after {time.monotonic() - began - MEASURED_S:.0f} s")
            assert share < SHARE_OF_CONTROL and memory_kb(monitor.process) < MEMORY_KB
        hub.stop()

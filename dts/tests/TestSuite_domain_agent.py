# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk-domain against a real etcd and hubs that are stand-ins.

    DomainHub h0 <-- telemetry --> mcdpdk-domain \\
                                                  etcd, on loopback
    DomainHub h1 <-- telemetry --> mcdpdk-domain /
"""

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from domain_bed import PROGRAM, Bed, await_line
from domain_hub import DomainHub
from etcd import supported
from manual import complete
from node import die_with_parent
from paths import SOURCE
from waiting import await_condition

COMPLETION = SOURCE / "scripts" / "completion" / "mcdpdk-domain"
GROUPS = ["239.1.1.1", "232.8.8.8,10.0.0.9", "239.192.0.0/16", "255.255.255.255", "0.0.0.0/0"]

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="there is no etcd here")


@pytest.fixture
def bed(tmp_path):
    made = Bed(tmp_path)
    yield made
    made.close()


def await_interest(hub, name, keys):
    await_condition(lambda: hub.interest_of(name) == set(keys), f"{hub.name} is told that {name} wants {keys}")


def record_of(etcd, name):
    return etcd.get(f"/mcdpdk/d/hubs/{name}").get(f"/mcdpdk/d/hubs/{name}")


def test_hubs_are_told_what_the_others_want(bed):
    etcd = bed.etcd()
    (a, b), _ = bed.pair(etcd)
    a.want(*GROUPS)
    a.want("239.7.0.0/16", sign="!")
    b.want("239.9.9.9")
    await_interest(b, "h0", GROUPS)
    await_interest(a, "h1", ["239.9.9.9"])
    await_condition(lambda: b.peers["h0"]["interest"].get("239.7.0.0/16") == "!", "an entry without receivers")
    assert a.peers["h1"]["address"] == b.address and a.peers["h1"]["port"] == ["4754"]

    a.capacity = 2000000
    a.want(*GROUPS[1:], sign="-")
    await_interest(b, "h0", GROUPS[:1])
    await_condition(lambda: a.states[-1:] == ["connected"], "the hub knows that etcd is well")
    record = json.loads(record_of(etcd, "h0"))
    assert (record["address"], record["encap"], record["udp_port"]) == (a.address, "gre-udp", 4754)
    await_condition(lambda: json.loads(record_of(etcd, "h0"))["capacity_pps"] == 2000000, "a reload changed it")
    assert "capacity_pps" not in json.loads(record_of(etcd, "h1"))
    keys = etcd.get("/mcdpdk/d/interest/h0/")
    assert keys == {"/mcdpdk/d/interest/h0/239.1.1.1": "1", "/mcdpdk/d/interest/h0/239.7.0.0/16": "0"}
    assert a.connections == b.connections == 1


def test_nothing_is_lost_while_etcd_is_away(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    await_interest(b, "h0", GROUPS)
    etcd.stop(signal.SIGKILL)
    await_condition(lambda: b.states[-1].startswith("etcd unreachable since 20"), "the hub knows that etcd is away")
    a.want("239.5.5.5")
    etcd.start()
    await_interest(b, "h0", [*GROUPS, "239.5.5.5"])
    await_line(agents[1], "etcd answers again")
    assert not a.removed and not b.removed
    assert agents[1].log().count("error: etcd: http://127.0.0.1") >= 1


def test_what_was_compacted_meanwhile_is_listed_anew(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    await_interest(b, "h0", GROUPS)
    agents[1].process.send_signal(signal.SIGSTOP)
    # Its connections end.
    etcd.stop()
    etcd.start()
    a.want("239.5.5.5")
    a.want(GROUPS[0], sign="-")
    await_condition(lambda: "/mcdpdk/d/interest/h0/239.5.5.5" in etcd.get("/mcdpdk/d/interest/h0"), "the join")
    await_condition(lambda: "/mcdpdk/d/interest/h0/239.1.1.1" not in etcd.get("/mcdpdk/d/interest/h0"), "the leave")
    etcd.compact()
    agents[1].process.send_signal(signal.SIGCONT)
    await_interest(b, "h0", [*GROUPS[1:], "239.5.5.5"])
    await_line(agents[1], "etcd was compacted while the agent was away")
    assert not b.removed


def test_a_killed_agent_withdraws_nothing_and_catches_up(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    b.want("239.9.9.9", "239.9.9.8")
    await_interest(b, "h0", GROUPS)
    await_interest(a, "h1", ["239.9.9.9", "239.9.9.8"])
    before = etcd.ctl("get", "--prefix", "/mcdpdk/d/hubs/h0", "-w", "json").stdout
    agents[0].end(signal.SIGKILL)
    a.want("239.5.5.5")
    a.want(GROUPS[0], sign="-")
    b.want("239.9.9.8", sign="-")
    agents[0].start()
    await_interest(b, "h0", [*GROUPS[1:], "239.5.5.5"])
    await_interest(a, "h1", ["239.9.9.9"])
    # The lease goes on.
    assert json.loads(before)["kvs"] == json.loads(
        etcd.ctl("get", "--prefix", "/mcdpdk/d/hubs/h0", "-w", "json").stdout)["kvs"]
    assert not a.removed and not b.removed

    assert agents[0].end() == 0
    assert record_of(etcd, "h0")
    assert "the hub stays in its domain" in agents[0].log()


def test_a_hub_that_restarts_is_told_all_again(bed):
    etcd = bed.etcd()
    (a, b), _ = bed.pair(etcd)
    a.want(*GROUPS)
    b.want("239.9.9.9")
    await_interest(b, "h0", GROUPS)
    a.close()
    a.start()
    a.want(GROUPS[0])
    await_interest(a, "h1", ["239.9.9.9"])
    await_interest(b, "h0", GROUPS[:1])
    await_condition(lambda: "h1" in a.synced, "all of it is told")
    assert not b.removed


def test_a_hub_that_restarts_with_another_address_keeps_its_name(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    await_interest(b, "h0", GROUPS)
    a.close()
    a.address = "10.0.0.77"
    a.start()
    a.want(GROUPS[0])
    await_condition(lambda: b.peers["h0"]["address"] == "10.0.0.77", "it is known by its new address")
    await_interest(b, "h0", GROUPS[:1])
    assert "is taken by" not in agents[0].log()


@pytest.mark.parametrize("fault", [None, {"error": "the hub is starting or ending"}])
def test_a_hub_that_starts_or_ends_withdraws_nothing(bed, fault):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    b.want("239.9.9.9")
    await_interest(b, "h0", GROUPS)
    await_interest(a, "h1", ["239.9.9.9"])
    key = "/mcdpdk/d/interest/h0/239.1.1.1"
    before = json.loads(etcd.ctl("get", key, "-w", "json").stdout)["kvs"]
    a.fault, a.faulty = fault, True
    await_condition(lambda: a.faults >= 12, "the agent asks again")
    a.faulty = False
    a.want("239.5.5.5")
    await_interest(b, "h0", [*GROUPS, "239.5.5.5"])
    assert json.loads(etcd.ctl("get", key, "-w", "json").stdout)["kvs"] == before
    assert not a.removed and not b.removed and "error: the hub" not in agents[0].log()


def test_a_name_that_is_taken_is_refused_until_it_is_free(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    await_interest(b, "h0", GROUPS)
    other = bed.hub("h0", "10.0.0.99")
    other.want("239.6.6.6")
    younger = bed.agent(other, etcd)
    await_line(younger, "error: the name h0 is taken by the hub at 10.0.0.1: this hub stays out of the domain")
    await_condition(lambda: other.states[-1:] == ["the name h0 is taken by 10.0.0.1"], "its hub knows it")
    assert not other.peers and json.loads(record_of(etcd, "h0"))["address"] == a.address
    assert b.interest_of("h0") == set(GROUPS)
    # The older one goes for good.
    agents[0].end(signal.SIGKILL)
    etcd.ctl("del", "--prefix", "/mcdpdk/d/hubs/h0")
    etcd.ctl("del", "--prefix", "/mcdpdk/d/interest/h0/")
    await_interest(b, "h0", ["239.6.6.6"])
    assert b.peers["h0"]["address"] == "10.0.0.99" and younger.log().count("is taken by") == 1


def test_the_same_address_takes_its_name_over_at_once(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    await_interest(b, "h0", GROUPS)
    agents[0].end(signal.SIGKILL)
    again = bed.hub("h0", a.address)
    again.want("239.6.6.6")
    bed.agent(again, etcd)
    await_interest(b, "h0", ["239.6.6.6"])
    assert json.loads(record_of(etcd, "h0"))["epoch"] == str(int(float(again.epoch)))
    assert not b.removed


def test_a_hub_whose_keys_are_gone_stays_while_its_link_is_up(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    await_interest(b, "h0", GROUPS)
    agents[0].end(signal.SIGKILL)
    # As by the end of the lease: all keys in one revision.
    lease = json.loads(etcd.ctl("get", "/mcdpdk/d/hubs/h0", "-w", "json").stdout)["kvs"][0]["lease"]
    etcd.ctl("lease", "revoke", f"{lease:x}")
    b.want("239.9.9.9")
    await_condition(lambda: "/mcdpdk/d/interest/h1/239.9.9.9" in etcd.get("/mcdpdk/d/interest"), "the agent goes on")
    assert b.interest_of("h0") == set(GROUPS) and not b.removed
    b.down.add("h0")
    await_condition(lambda: b.removed == ["h0"], "the dead hub is removed")


def placement_text(etcd):
    return etcd.get("/mcdpdk/d/placement").get("/mcdpdk/d/placement")


def placement_of(etcd):
    return json.loads(placement_text(etcd))


def trio(bed, etcd):
    """Three hubs that share members, when all serve."""
    hubs = [bed.hub(name, members="shared") for name in ("h0", "h1", "h2")]
    agents = [bed.agent(hub, etcd) for hub in hubs]
    await_servers(hubs, {"h0", "h1", "h2"})
    return hubs, agents


def await_servers(hubs, names):
    await_condition(lambda: all(hub.stages[-1:] and hub.stages[-1].endswith("settled") and hub.servers() == names
                                for hub in hubs), f"all hubs are told that {names} serve")


def phases_of(hub):
    return [stage.split()[1] for stage in hub.stages]


def test_shared_members_are_handed_over_to_hubs_that_come_and_from_those_that_drain(bed):
    etcd = bed.etcd()
    hubs, agents = trio(bed, etcd)
    epochs = {f"{hub.name}#{hub.epoch}" for hub in hubs}
    placement = placement_of(etcd)
    assert set(placement["hubs"]) == epochs and placement["phase"] == "settled" and "from" not in placement
    assert hubs[0].serving["h1"][1] == str(hubs[1].epoch) and hubs[0].reach["h1"] == f"{hubs[1].address}/32"
    assert "lease" not in json.loads(etcd.ctl("get", "/mcdpdk/d/placement", "-w", "json").stdout)["kvs"][0]

    before = [len(hub.stages) for hub in hubs]
    hubs[2].draining = 1
    await_servers(hubs, {"h0", "h1"})
    # Nobody skips a phase.
    for hub, count in zip(hubs, before):
        assert phases_of(hub)[count:] == ["prepare", "switch", "settled"]
    generation = placement_of(etcd)["generation"]
    assert etcd.get("/mcdpdk/d/placed/") == {f"/mcdpdk/d/placed/h{i}": f"{generation} switch" for i in range(3)}
    await_condition(lambda: all(hub.states[-1] == "connected; h2 drains" for hub in hubs), "hubs say who drains")
    hubs[2].draining = 0
    await_servers(hubs, {"h0", "h1", "h2"})
    assert not any(re.search("not used|refuses", agent.log()) for agent in agents)


def test_a_hub_that_restarts_serves_when_all_know_it(bed):
    etcd = bed.etcd()
    hubs, _ = trio(bed, etcd)
    hubs[1].close()
    hubs[1].start()
    await_servers(hubs, {"h0", "h1", "h2"})
    await_condition(lambda: all(hub.serving["h1"][1] == str(hubs[1].epoch) for hub in hubs), "its new epoch")
    # It takes part in what is going on at once, and serves only by a generation that names it.
    assert hubs[1].stages[0].split()[1] in ("settled", "prepare")


def test_a_handover_waits_for_a_hub_without_an_agent(bed):
    etcd = bed.etcd()
    hubs, agents = trio(bed, etcd)
    agents[2].end(signal.SIGKILL)
    lease = json.loads(etcd.ctl("get", "/mcdpdk/d/hubs/h2", "-w", "json").stdout)["kvs"][0]["lease"]
    etcd.ctl("lease", "revoke", f"{lease:x}")
    hubs[1].draining = 1
    await_line(agents[0], "hub h2 is not registered, but the link to it is up")
    await_condition(lambda: hubs[0].stages[-1].endswith("prepare"), "it is prepared")
    assert "/mcdpdk/d/placed/h0" not in etcd.get("/mcdpdk/d/placed/") or \
        "prepare" not in etcd.get("/mcdpdk/d/placed/")["/mcdpdk/d/placed/h0"]
    agents[2].start()
    await_servers(hubs, {"h0", "h2"})


def test_an_agent_that_restarts_hands_nothing_over(bed):
    etcd = bed.etcd()
    hubs, agents = trio(bed, etcd)
    before = etcd.ctl("get", "/mcdpdk/d/placement", "-w", "json").stdout
    stage = hubs[0].stages[-1]
    agents[0].end(signal.SIGKILL)
    count = len(hubs[0].stages)
    agents[0].start()
    await_condition(lambda: len(hubs[0].stages) > count, "it tells its hub")
    assert set(hubs[0].stages[count:]) == {stage}
    assert json.loads(before)["kvs"] == json.loads(etcd.ctl("get", "/mcdpdk/d/placement", "-w", "json").stdout)["kvs"]


def test_a_placement_that_is_not_of_an_agent_is_named_counted_and_replaced(bed):
    etcd = bed.etcd()
    hubs, agents = trio(bed, etcd)
    text, good = placement_text(etcd), placement_of(etcd)
    told = [len(hub.stages) for hub in hubs]
    for value in ("hello", json.dumps({**good, "phase": "prepare", "from": good["hubs"]}),
                  json.dumps({**good, "phase": "soon"}), json.dumps({**good, "hubs": ["h1#1"]})):
        etcd.ctl("put", "/mcdpdk/d/placement", value)
        await_condition(lambda: placement_text(etcd) == text, "it is put right")
    etcd.ctl("del", "/mcdpdk/d/placement")
    await_condition(lambda: placement_text(etcd) == text, "it is there again")
    await_condition(lambda: hubs[0].states[-1] == "connected; 4 keys of etcd were not usable", "the count")
    for words in ("placement: it is no JSON object", "placement: it goes back from generation",
                  "placement: it has no phase", "has other hubs than before"):
        assert agents[0].log().count(words) == 1
    assert [len(hub.stages) for hub in hubs] == told


def test_other_members_in_the_file_of_a_hub_are_told(bed):
    etcd = bed.etcd()
    hubs, agents = trio(bed, etcd)
    hubs[2].digest = "0b"
    await_line(agents[0], "hub h2 has other members, groups or domain.members in its file than this hub")
    await_condition(lambda: hubs[0].states[-1] == "connected; h2 has other members, groups or domain.members",
                    "its hub knows it")
    await_line(agents[2], "1 more have other members, groups or domain.members in their files than this hub")


BAD_KEYS = {
    "hubs/bad name": '{"address": "10.0.0.50", "encap": "gre-udp", "udp_port": 4754, "epoch": "1"}',
    "hubs/text": "hello",
    "hubs/list": "[]",
    "hubs/none": '{"address": "10.0.0.51"}',
    "hubs/multicast": '{"address": "239.0.0.1", "encap": "gre-udp", "udp_port": 4754, "epoch": "1"}',
    "hubs/mine": '{"address": "10.0.0.2", "encap": "gre-udp", "udp_port": 4754, "epoch": "1"}',
    "hubs/theirs": '{"address": "10.0.0.1", "encap": "gre-udp", "udp_port": 4754, "epoch": "1"}',
    "hubs/encap": '{"address": "10.0.0.52", "encap": "gre", "epoch": "1"}',
    "hubs/large": '{"address": "10.0.0.53", "encap": "gre", "epoch": "' + 5000 * "1" + '"}',
    "interest/h0/10.0.0.1": "1",
    "interest/h0/239.1.1.01": "1",
    "interest/h0/239.1.1.1/32": "1",
    "interest/h0/239.1.1.2": "yes",
    "interest/nobody/239.1.1.1": "1",
    "members/x": "1",
}


# A good record, but for a lease.
UNLEASED = '{"address": "10.0.0.99", "encap": "gre-udp", "udp_port": 4754, "epoch": "1"}'


def test_what_is_not_of_an_agent_is_named_counted_and_not_used(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    a.want(*GROUPS)
    await_interest(b, "h0", GROUPS)
    lease = etcd.ctl("lease", "grant", "600").stdout.split()[1]
    for key, value in BAD_KEYS.items():
        etcd.ctl("put", f"/mcdpdk/d/{key}", value, f"--lease={lease}")
    etcd.ctl("put", "/mcdpdk/d/hubs/old", UNLEASED)
    etcd.ctl("put", "/mcdpdk/other/hubs/x", "not of this domain")
    await_condition(lambda: b.states[-1] == f"connected; {len(BAD_KEYS) + 1} keys of etcd were not usable", "the count")
    await_condition(lambda: agents[1].log().count("warning: ") >= 10, "the lines")
    assert list(b.peers) == ["h0"]
    log = agents[1].log()
    assert "warning: hub mine claims the address of this hub: it is not used" in log
    assert "warning: hub theirs claims the address of hub h0: it is not used" in log
    assert "warning: hub text: its record is no JSON object: it is not used" in log
    a.want("239.5.5.5")
    await_interest(b, "h0", [*GROUPS, "239.5.5.5"])
    assert list(b.peers) == ["h0"]
    # What somebody else does to a hub's own keys is undone.
    etcd.ctl("put", "/mcdpdk/d/hubs/h0", "hello")
    etcd.ctl("put", "/mcdpdk/d/interest/h0/239.5.5.5", "0")
    etcd.ctl("del", "/mcdpdk/d/interest/h0/239.1.1.1")
    await_condition(lambda: (record_of(etcd, "h0") or "").startswith("{"), "the record is repaired")
    await_interest(b, "h0", [*GROUPS, "239.5.5.5"])


def test_a_record_of_this_name_without_a_lease_is_replaced(bed):
    etcd = bed.etcd()
    etcd.ctl("put", "/mcdpdk/d/hubs/h0", UNLEASED)
    hub = bed.hub("h0")
    agent = bed.agent(hub, etcd)
    await_line(agent, "is registered")
    await_line(agent, "has no lease: it is replaced")
    assert json.loads(record_of(etcd, "h0"))["address"] == hub.address


def with_users(etcd):
    etcd.ctl("user", "add", "root:secret")
    etcd.ctl("user", "grant-role", "root", "root")
    etcd.ctl("auth", "enable")
    etcd.user = "root:secret"


def test_wrong_credentials_are_said_and_right_ones_are_taken_by_reload(bed):
    etcd = bed.etcd()
    with_users(etcd)
    hub = bed.hub("h0")
    file = bed.folder / "credentials"
    file.write_text("root:wrong\n")
    agent = bed.agent(hub, etcd, credentials_file=str(file))
    await_line(agent, "login: ")
    assert "authentication failed" in agent.log()
    assert "wrong" not in agent.log().replace("credentials", "")
    assert record_of(etcd, "h0") is None
    file.write_text("root:secret\n")
    agent.process.send_signal(signal.SIGHUP)
    await_condition(lambda: record_of(etcd, "h0"), "it is registered")


@pytest.mark.skipif("--auth-token-ttl" not in (supported() if shutil.which("etcd") else ""),
                    reason="this etcd has a fixed life of tokens")
def test_a_token_that_ends_is_renewed(bed):
    etcd = bed.etcd("--auth-token-ttl", "1")
    with_users(etcd)
    hub = bed.hub("h0")
    file = bed.folder / "credentials"
    file.write_text("root:secret")
    agent = bed.agent(hub, etcd, credentials_file=str(file))
    await_condition(lambda: record_of(etcd, "h0"), "it is registered")
    time.sleep(3)
    hub.want("239.1.1.1")
    await_condition(lambda: etcd.get("/mcdpdk/d/interest/h0/"), "it is published")
    assert "error" not in agent.log()


def certificates(folder):
    """Two authorities, and a server's certificate of the first."""
    folder.mkdir()
    for name in ("ca", "other"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                        "-keyout", f"{name}.key", "-out", f"{name}.pem"], cwd=folder, check=True, capture_output=True)
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=etcd", "-keyout", "server.key",
                    "-out", "server.csr"], cwd=folder, check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                    "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", "server.pem"],
                   cwd=folder, check=True, capture_output=True)
    return folder


def test_only_a_known_authority_is_trusted(bed):
    tls = certificates(bed.folder / "tls")
    etcd = bed.etcd(tls=tls)
    hub = bed.hub("h0")
    agent = bed.agent(hub, etcd, ca_file=str(tls / "other.pem"))
    await_line(agent, "error: etcd: https://127.0.0.1")
    assert "certificate" in agent.log() and record_of(etcd, "h0") is None
    agent.write(etcd.url, ca_file=str(tls / "ca.pem"))
    agent.process.send_signal(signal.SIGHUP)
    await_condition(lambda: record_of(etcd, "h0"), "it is registered")


def test_the_next_endpoint_is_taken_when_one_is_away(bed):
    etcd = bed.etcd()
    hub = bed.hub("h0")
    agent = bed.agent(hub, etcd)
    await_line(agent, "is registered")
    agent.write("http://127.0.0.1:1", etcd.url)
    agent.process.send_signal(signal.SIGHUP)
    await_line(agent, "error: etcd: http://127.0.0.1:1: ")
    await_line(agent, "etcd answers again")


def test_a_hub_without_room_for_keys_gets_the_rest(bed):
    etcd = bed.etcd()
    (a, b), agents = bed.pair(etcd)
    b.room = 3
    a.want(*GROUPS)
    await_condition(lambda: len(b.interest_of("h0")) == 3, "the keys that have room")
    await_line(agents[1], "warning: the hub refuses 2 keys of hub h0: +")
    await_condition(lambda: "h0" in b.synced, "its interest is known to be whole")
    await_condition(lambda: b.states[-1:] == ["connected; 1 keys of etcd were not usable"], "it is counted")
    b.want("239.9.9.9")
    await_interest(a, "h1", ["239.9.9.9"])
    assert agents[1].log().count("refuses") == 1


def test_a_hub_of_another_name_is_not_served(bed):
    etcd = bed.etcd()
    hub = bed.hub("h0", domain="d")
    agent = bed.agent(hub, etcd)
    await_condition(lambda: record_of(etcd, "h0"), "it is registered")
    hub.close()
    hub.domain_name = "e"
    hub.start()
    await_line(agent, "error: the hub that runs is h0 of domain e, not h0 of d: one of the two goes by an older file")


def test_many_entries(bed, request):
    """10,000 of them, 100,000 with --full."""
    count = 100_000 if request.config.getoption("--full") else 10_000
    etcd = bed.etcd("--quota-backend-bytes", str(2 << 30))
    (a, b), agents = bed.pair(etcd)
    keys = [f"239.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}" for i in range(count)]
    start = time.monotonic()
    a.want(*keys)
    await_condition(lambda: len(b.interest_of("h0")) == len(keys), "all are told", 300)
    print(f"published and told: {time.monotonic() - start:.1f} s")
    agents[1].end(signal.SIGKILL)
    b.synced.clear()
    start = time.monotonic()
    agents[1].start()
    await_condition(lambda: b.synced, "all are told again", 300)
    print(f"resync: {time.monotonic() - start:.1f} s")
    print("memory:", [agent.memory_kb() for agent in agents], "kB")
    assert max(agent.memory_kb() for agent in agents) < 100_000
    assert b.longest <= 1023


@pytest.mark.parametrize("arguments, words", [
    ([], "a configuration is required"),
    (["-c", "FILE", "--socket", "a", "--file-prefix", "b"], "only one of"),
    (["-c", "FILE", "x"], "unexpected argument: x"),
    (["-c", "FILE", "--prefix", "x"], "unknown option: --prefix"),
    (["-c"], "an argument is missing: -c"),
    (["-c", "FILE"], "FILE: domain: missing"),
    (["-c", "/nonexistent"], "/nonexistent: No such file"),
    (["-c", "DOMAIN", "--socket", "/" + 107 * "s"], f"/{107 * 's'}: too long for the path of a socket"),
])
def test_wrong_usage_ends_with_2(tmp_path, arguments, words):
    file = tmp_path / "groups.json"
    config = {"ports": [{"address": "10.0.0.1/24"}]}
    file.write_text(json.dumps(config))
    of_domain = tmp_path / "domain.json"
    of_domain.write_text(json.dumps(config | {"domain": {"name": "d", "hub": "h0", "etcd": ["http://127.0.0.1:1"]}}))
    files = {"FILE": str(file), "DOMAIN": str(of_domain)}
    done = subprocess.run([PROGRAM, *(files.get(argument, argument) for argument in arguments)],
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and words.replace("FILE", str(file)) in done.stderr


def test_help_and_version():
    for option, words in (("-h", "Usage: mcdpdk-domain -c FILE"), ("-V", "mcdpdk-domain 0.1.0")):
        done = subprocess.run([PROGRAM, option], capture_output=True, text=True, timeout=30, check=True)
        assert words in done.stdout and done.stderr == ""


def test_completion_offers_every_option_and_files(tmp_path):
    usage = subprocess.run([PROGRAM, "-h"], capture_output=True, text=True, timeout=30, check=True).stdout
    assert set(completed("--")) == set(re.findall(r"--[a-z-]+", usage.partition("\n\n")[2]))
    (tmp_path / "groups.json").write_text("{}")
    for option in ("-c", "--config", "--socket"):
        assert completed(option, f"{tmp_path}/g") == [f"{tmp_path}/groups.json"]


def completed(*words):
    return complete(COMPLETION, "_mcdpdk_domain", "mcdpdk-domain", *words)


def test_no_rights_are_needed(bed):
    """As a user of its own, in a folder that it may read."""
    etcd = bed.etcd()
    with tempfile.TemporaryDirectory(prefix="mcdpdk-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        hub = DomainHub(folder / "hub", "h0", "10.0.0.1")
        bed.closing.append(hub.close)
        os.chmod(hub.path, 0o666)
        agent = bed.agent(hub, etcd)
        agent.end()
        program = shutil.copy(PROGRAM, folder / "mcdpdk-domain")
        config = shutil.copy(agent.config, folder / "groups.json")
        config.chmod(0o644)
        agent.process = subprocess.Popen([program, "-c", config, "--socket", hub.path], user=65534, group=65534,
                                         extra_groups=[], stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        hub.want("239.1.1.1")
        await_condition(lambda: etcd.get("/mcdpdk/d/interest/h0/"), "it is published")
        bed.close()
        bed.closing.clear()


def test_a_closed_connection_does_not_end_it(bed):
    """As one of TLS that etcd has closed: a write to it must not send the signal that ends a program."""
    agent = bed.agent(bed.hub("h0"), bed.etcd())
    await_line(agent, "is registered")
    with open(f"/proc/{agent.process.pid}/status", encoding="ascii") as lines:
        ignored = int(re.search(r"SigIgn:\s+(\w+)", lines.read())[1], 16)
    assert ignored & 1 << signal.SIGPIPE - 1


@pytest.mark.parametrize("line, words", [
    (b"root:" + 600 * b"x", "its line is too long"),
    (b"root:\xff\xfe", "it is not UTF-8"),
    (b"root", "it has no line USER:PASSWORD"),
])
def test_what_is_wrong_with_credentials_is_said(bed, line, words):
    file = bed.folder / "credentials"
    file.write_bytes(line + b"\n")
    agent = bed.agent(bed.hub("h0"), bed.etcd(), credentials_file=str(file))
    await_line(agent, f"credentials_file {file}: {words}")


class FakeEtcd(http.server.ThreadingHTTPServer):
    """Gives a long token, and answers everything else with {}."""

    TOKEN = 3000 * "x"

    def __init__(self, bed):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.url, self.seen = f"http://127.0.0.1:{self.server_port}", []
        threading.Thread(target=self.serve_forever, daemon=True).start()
        bed.closing += [self.server_close, self.shutdown]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            is_login = self.path == "/v3/auth/authenticate"
            if not is_login:
                self.server.seen.append(self.headers["Authorization"])
            answer = {"header": {"cluster_id": "1"}, "token": FakeEtcd.TOKEN} if is_login else {}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass


def test_what_is_no_etcd_is_not_believed_and_a_long_token_is_sent_whole(bed):
    fake = FakeEtcd(bed)
    file = bed.folder / "credentials"
    file.write_text("root:secret\n")
    agent = bed.agent(bed.hub("h0"), fake, credentials_file=str(file))
    await_line(agent, f"error: etcd: {fake.url}: it does not answer as etcd")
    assert set(fake.seen) == {fake.TOKEN}


def test_a_hub_that_closes_before_it_greets_is_told_of_once(bed):
    hub = bed.hub("h0")
    hub.close()
    agent = bed.agent(hub, bed.etcd())
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(hub.path)
        listener.listen()
        for _ in range(3):
            listener.accept()[0].close()
    os.unlink(hub.path)
    await_line(agent, "no hub answers at")
    hub.start()
    await_line(agent, "is registered")
    assert agent.log().count("Connection reset by peer") == 1

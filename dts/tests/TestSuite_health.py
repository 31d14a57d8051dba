# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""A problem is reported once in the log, and in `mcdpdkctl status` for as long as it lasts.

hub   10.0.0.10 --+
alpha 10.0.0.11 --+-- switch A -- router 10.0.0.1      carol 10.0.0.13 is declared, and not there
beta  10.0.0.12 --+
"""

import copy
import json
import os
import signal
import time

import pytest
from scapy.compat import raw
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

from hub import MAIN_ALONE, RX_AND_TX, Hub, READY
from threads import program_pid, stopped_thread, worker
from topo import GATEWAY, HUB_ADDRESS, Cloud
from traffic import Wire, open_receiver, open_sender
from waiting import await_condition
from paths import SCRIPTS

GROUP, PORT = "239.1.1.1", 5000
MEMBERS = [{"name": "alpha", "address": "10.0.0.11"}, {"name": "beta", "address": "10.0.0.12"}]
CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": GATEWAY}],
    "members": MEMBERS,
    "groups": [{"group": GROUP, "members": ["alpha", "beta"]}],
    "idle": "sleep",
}


@pytest.fixture(scope="module", name="nodes", autouse=True)
def fixture_nodes(cloud):
    return {member["name"]: cloud.add_l2_member(member["name"], member["address"]) for member in MEMBERS}


@pytest.fixture(name="start")
def fixture_start(cloud):
    started = []

    def start(config=None, **options):
        started.append(cloud.start_hub(config or CONFIG, **options))
        return started[-1]

    yield start
    for hub in started:
        with hub:
            if hub.process.poll() is None:
                hub.stop()


def changed(**keys):
    return copy.deepcopy(CONFIG) | keys


def with_member(name, address, **keys):
    return changed(members=[*MEMBERS, {"name": name, "address": address, **keys}])


def status(hub):
    done = hub.ctl("--json", "status")
    data = json.loads(done.stdout)
    assert done.returncode == {"well": 0, "degraded": 1}[data["state"]]
    assert (data["state"] == "degraded") == bool(data["reasons"])
    return data


def found(hub, reason, among="reasons"):
    return next((record for record in status(hub)[among] if record["reason"] == reason), None)


def told(hub, reason):
    """What `status` has from the hub, without a process for each time that a wait asks."""
    answer = hub.telemetry.ask("/mcdpdk/health")
    records = (answer[f"r{n}"] for n in range(len(answer)) if f"r{n}" in answer)
    return next((record for record in records if record["reason"] == reason), None)


def await_reason(hub, reason, among="reasons"):
    return await_condition(lambda: told(hub, reason) and found(hub, reason, among),
                           lambda: f"{reason} in {status(hub)}")


def await_none(hub, reason, among="reasons"):
    await_condition(lambda: not told(hub, reason) and not found(hub, reason, among),
                    lambda: f"no {reason} in {status(hub)}")


def await_well(hub):
    await_condition(lambda: hub.telemetry.ask("/mcdpdk/health")["state"] == "well" == status(hub)["state"],
                    lambda: f"well: {status(hub)}")


def await_line(hub, words):
    await_condition(lambda: hub.log_lines(words), f"{words!r} in\n{hub.log()}")
    (line,) = hub.log_lines(words)
    return line


def frame_to(nodes, cloud, destination=GROUP):
    return raw(Ether(src=nodes["alpha"].mac, dst=cloud.hub_node.mac)
               / IP(src="10.0.0.11", dst=destination, ttl=8) / UDP(sport=PORT, dport=PORT) / bytes(10))


def test_a_hub_without_problems_is_well(start):
    """Both members and the gateway answer: exit 0 and no reason, also in tables."""
    hub = start()
    hub.await_resolved()
    await_well(hub)
    done = hub.ctl("status")
    assert done.returncode == 0 and done.stdout.endswith("\nall well\n") and "degraded" not in done.stdout


def test_an_absent_member_is_reported_once_and_when_it_comes(start, cloud):
    """carol is absent at first: one line and the reason. One line when she answers, then the hub is well."""
    hub = start(with_member("carol", "10.0.0.13"))
    assert "1 of 3 members does not answer ARP: carol" == await_reason(hub, "members_unresolved")["text"]
    assert "1 of 3 members does not answer ARP: carol" in await_line(hub, "members_unresolved: ")
    assert status(hub)["members"]["members_unresolved"] == 1
    cloud.add_instance("carol", "10.0.0.13")
    await_well(hub)
    assert "over: all members answer" in hub.log()
    assert len(hub.log_lines("members_unresolved: ")) == 2


def test_absent_members_are_summed_up(start):
    """998 of 1,000 members are absent, half of them over IPv6; one line of the log counts them all."""
    dead = [{"name": f"dead-{n}", "address": f"fd00::{n:x}" if n % 2 else f"10.0.{1 + n // 250}.{n % 250 + 1}"}
            for n in range(1000, 1998)]
    port = {"address": f"{HUB_ADDRESS}/16", "address6": "fd00::10/64"}
    hub = start(changed(ports=[port], members=[*MEMBERS, *dead]))
    await_condition(lambda: await_reason(hub, "members_unresolved")["count"] == 998, "all the dead")
    assert status(hub)["members"]["members_unresolved"] == 998
    text = found(hub, "members_unresolved")["text"]
    assert text.startswith("998 of 1000 members do not answer ARP or ND: dead-1000, dead-1001, ")
    assert text.endswith(", ...")
    assert text in await_line(hub, "answer ARP or")


def test_a_gateway_that_does_not_answer(start):
    config = with_member("far", "10.5.0.6", encap="gre")
    config["ports"] = [{"address": f"{HUB_ADDRESS}/24", "gateway": "10.0.0.77"}]
    hub = start(config)
    await_condition(lambda: "10.0.0.77 does not answer ARP; members behind it: 1" in
                    await_reason(hub, "gateway_unresolved")["text"], "the gateway and who is behind it")
    await_line(hub, "gateway_unresolved: ")
    assert found(hub, "members_unresolved") is None
    assert status(hub)["members"]["members_unresolved"] == 1


def test_a_member_is_silent_until_it_sends_or_joins(start, nodes):
    """alpha sends, beta joins by IGMP; udp cannot send. From then on last_seen_s follows from the packets and the
    report. A silent member is a note, and the hub is well."""
    hub = start()
    hub.await_resolved()

    def last_seen(name):
        return hub.telemetry.ask(f"/mcdpdk/member,{name}")["last_seen_s"]

    assert last_seen("alpha") == last_seen("beta") == 0
    assert "2 members have never sent nor joined: alpha, beta" == await_reason(hub, "members_silent", "notes")["text"]
    open_sender(nodes["alpha"]).sendto(b"heard", (GROUP, PORT))
    await_condition(lambda: last_seen("alpha"), "alpha seen")
    assert last_seen("beta") == 0
    await_condition(lambda: told(hub, "members_silent")["text"].endswith(": beta"), "beta alone is silent")
    assert found(hub, "members_silent", "notes")["text"].endswith(": beta")
    nodes["beta"].run(SCRIPTS / "mcdpdk-client", "up", "--hub", HUB_ADDRESS, "--encap", "l2")
    try:
        open_receiver(nodes["beta"], "239.2.2.2", PORT, "eth0")
        await_condition(lambda: last_seen("beta"), "beta seen")
    finally:
        nodes["beta"].run(SCRIPTS / "mcdpdk-client", "down")
        nodes["beta"].route_groups(via=HUB_ADDRESS)
    await_none(hub, "members_silent", "notes")
    await_well(hub)


def test_two_members_with_one_mac_are_a_note(start, nodes):
    """alpha's second address, declared as another member, gives a note and a line."""
    nodes["alpha"].ip("address", "add", "10.0.0.21/24", "dev", "eth0")
    try:
        hub = start(with_member("twin", "10.0.0.21"))
        assert await_reason(hub, "same_mac", "notes")["text"].endswith(": alpha, twin")
        assert "alpha, twin" in await_line(hub, "same_mac: ")
        await_well(hub)
    finally:
        nodes["alpha"].ip("address", "del", "10.0.0.21/24", "dev", "eth0")


def test_a_kernel_that_still_has_the_address_is_reported(start, cloud):
    """While eth0 has the hub's address in the kernel, the reason names the remedy."""
    cloud.hub_node.ip("address", "add", f"{HUB_ADDRESS}/24", "dev", "eth0")
    try:
        hub = start()
        assert f"ip address del {HUB_ADDRESS}/24 dev eth0" in await_reason(hub, "kernel_address")["text"]
        await_line(hub, "kernel_address: ")
    finally:
        cloud.hub_node.ip("address", "flush", "dev", "eth0")
    await_well(hub)


def test_another_host_with_the_address_is_named(start, cloud):
    """It only answers probes. The reason and one line of the log name its MAC address."""
    double = cloud.add_instance("double", HUB_ADDRESS)
    try:
        hub = start()
        assert f"{double.mac} claims the hub's address {HUB_ADDRESS}" in await_reason(hub, "address_conflict")["text"]
        wire = Wire(double)
        for _ in range(3):
            wire.send(Ether(src=double.mac, dst="ff:ff:ff:ff:ff:ff")
                      / ARP(op=1, hwsrc=double.mac, psrc=HUB_ADDRESS, pdst=HUB_ADDRESS))
        await_line(hub, "claims the hub's address")
    finally:
        double.ip("link", "set", "eth0", "down")


def test_a_second_hub_on_the_interface_is_refused(start, cloud):
    """Although it has another file prefix and driver, it ends with 1 and names the first one's pid, which continues.
    After the first is killed it starts."""
    first = start()
    for driver in ("af_packet", "af_xdp"):
        second = Hub(cloud.hub_node, CONFIG, cloud.folder, f"{cloud.name}-second", driver=driver)
        with second, pytest.raises(RuntimeError, match="left with 1"):
            second.start()
        assert f"the hub of process {program_pid(first)} serves interface eth0 already" in second.log()
        second.ended_well = True
    first.process.kill()
    first.process.wait()
    assert READY in start().log()


@pytest.mark.parametrize("driver, count", [("shallow rings", 500), ("af_packet", 2000), ("af_xdp", 9000),
                                           ("pcap", 30000)])
def test_frames_that_the_hub_never_saw_are_counted(start, nodes, cloud, driver, count):
    """The hub is stopped while more frames arrive than its rings hold. Every frame was received or is in rx_missed,
    which the hub reports."""
    hub = start(driver=driver)
    hub.await_resolved()
    await_well(hub)
    wire, frame = Wire(nodes["alpha"]), frame_to(nodes, cloud)

    def port():
        return hub.telemetry.ask("/mcdpdk/ports")["r0"]

    hub.settled()
    before = port()
    hub.process.send_signal(signal.SIGSTOP)
    for _ in range(count):
        wire.send(frame)
    hub.process.send_signal(signal.SIGCONT)

    def seen():
        return sum(port()[name] - before[name] for name in ("rx_packets", "rx_missed"))

    assert before["rx_missed"] == 0
    await_condition(lambda: seen() >= count, f"{count} frames in {port()}")
    # The hub's copies and ARP pass the interface, too.
    assert port()["rx_missed"] > 0 and seen() < 3.2 * count
    assert "received frames were lost" in await_reason(hub, "rx_missed")["text"]
    assert "received frames were lost" in await_line(hub, "rx_missed: ")


def test_a_link_that_is_down(start, cloud):
    hub = start()
    hub.await_resolved()
    cloud.switch.ip("link", "set", "hub", "down")
    try:
        await_reason(hub, "link_down")
        assert hub.telemetry.ask("/mcdpdk/ports")["r0"]["link"] == 0
    finally:
        cloud.switch.ip("link", "set", "hub", "up")
    await_well(hub)
    assert len(hub.log_lines("link_down: ")) == 2


def test_a_stopped_peer_stalls_its_port_only(start, nodes, cloud, tmp_path):
    """The second port is a memif to a hub that is absent at first: its link is down, which is no stall. While that hub
    is stopped, the reason is port_stalled, once in the log. alpha's packets always reach beta, and each copy that the
    port did not take is counted."""
    memif = f"net_memif0,socket={tmp_path}/memif,socket-abstract=no,rsize=8,"
    ports = [CONFIG["ports"][0] | {"device": "net_af_packet0"}, {"address": "10.7.0.10/24", "device": "net_memif0"}]
    config = changed(ports=ports,
                     members=[*MEMBERS, {"name": "other", "address": "10.7.0.20", "mac": "02:00:00:00:07:20"}],
                     groups=[{"group": GROUP, "members": ["beta", "other"]}])
    hub = start(config, arguments=["--vdev", memif + "role=server"], driver="deep rings")
    other = Hub(cloud.add_instance("other", "10.0.0.20"), {"ports": [{"address": "10.7.0.20/24"}], "idle": "sleep"},
                cloud.folder, f"{cloud.name}-other", devices=[memif + "role=client"])
    receiver, sender = open_receiver(nodes["beta"], GROUP, PORT, "eth0"), open_sender(nodes["alpha"])
    receiver.settimeout(10)
    sent = 0

    def exchange(count=50):
        nonlocal sent
        for _ in range(count):
            sent += 1
            sender.sendto(b"%d" % sent, (GROUP, PORT))
            assert receiver.recv(100) == b"%d" % sent

    def stalled():
        exchange()
        return told(hub, "port_stalled") and found(hub, "port_stalled")

    def port():
        return hub.telemetry.ask("/mcdpdk/ports")["r1"]

    hub.await_resolved()
    await_condition(lambda: not stalled() and (told(hub, "link_down") or {}).get("since_s", 0) > 3, "no link")
    with other:
        other.start()
        await_condition(lambda: not stalled() and port()["link"] and port()["tx_packets"] > 0, "a link")
        full = hub.drops()["copy_tx_full"]
        exchange(200)
        assert hub.drops()["copy_tx_full"] == full > 0 and not stalled()
        other.process.send_signal(signal.SIGSTOP)
        reason = await_condition(stalled, "the port stalled")
        other.process.send_signal(signal.SIGCONT)
        assert reason["text"] == "port net_memif0: TX stalled: it accepts none of the frames to be sent"
        await_condition(lambda: not stalled(), "the port going on")
        other.stop()
    assert [port["stalled"] for port in hub.telemetry.ask("/mcdpdk/ports").values()] == [0, 1]
    assert [line.split("port_stalled: ")[1][:5] for line in hub.log_lines("port_stalled: ")] == ["port ", "over:"]
    stats, drops = hub.settled()
    assert stats["copies"] == 2 * sent and stats["tx_data_packets"] == 2 * sent - drops["copy_tx_full"]
    assert hub.telemetry.ask("/mcdpdk/member,other")["drops"] == drops["copy_tx_full"] > full


def test_an_interface_that_holds_frames_back_stalls_its_port_only(start, nodes, cloud):
    """A token bucket on the interface of a second af_packet port holds all frames back: port_stalled until it is
    removed. alpha's packets always reach beta and no lcore waits."""
    cloud.hub_node.ip("link", "add", "slow", "type", "veth", "peer", "name", "slow-peer")
    for name in ("slow", "slow-peer"):
        cloud.hub_node.ip("link", "set", name, "up")
    ports = [CONFIG["ports"][0] | {"device": "net_af_packet0"}, {"address": "10.7.0.10/24", "device": "net_af_packet1"}]
    config = changed(ports=ports,
                     members=[*MEMBERS, {"name": "other", "address": "10.7.0.20", "mac": "02:00:00:00:07:20"}],
                     groups=[{"group": GROUP, "members": ["beta", "other"]}])
    hub = start(config, arguments=["--vdev", "net_af_packet1,iface=slow,qdisc_bypass=0,framecnt=64"],
                driver="deep rings")
    hub.await_resolved()
    receiver, sender = open_receiver(nodes["beta"], GROUP, PORT, "eth0"), open_sender(nodes["alpha"])
    receiver.settimeout(10)

    def stalled():
        for _ in range(50):
            sender.sendto(bytes(1000), (GROUP, PORT))
            assert len(receiver.recv(2000)) == 1000
        return told(hub, "port_stalled") and found(hub, "port_stalled")

    cloud.hub_node.run("tc", "qdisc", "add", "dev", "slow", "root", "tbf", "rate", "8bit", "burst", "1600",
                       "limit", "10000000")
    reason = await_condition(stalled, "the port stalled")
    assert reason["text"] == "port net_af_packet1: TX stalled: it accepts none of the frames to be sent"
    assert found(hub, "lcore_stuck") is None
    cloud.hub_node.run("tc", "qdisc", "del", "dev", "slow", "root")
    await_condition(lambda: not stalled(), "the port going on")
    hub.stop()
    cloud.hub_node.ip("link", "delete", "slow")


def test_a_port_that_nobody_reads_is_stalled(start, nodes, cloud):
    """The thread of the RX lcore is stopped while frames arrive: port_stalled until it continues, as the kernel drops
    frames, but none is received."""
    hub = start(lcores=RX_AND_TX, driver="shallow rings")
    hub.await_resolved()
    await_well(hub)
    wire, frame = Wire(nodes["alpha"]), frame_to(nodes, cloud)

    def stalled():
        for _ in range(50):
            wire.send(frame)
        return told(hub, "port_stalled") and found(hub, "port_stalled")

    with stopped_thread(worker(hub, 1)):
        reason = await_condition(stalled, "the port stalled")
        assert reason["text"] == "port net_af_packet0: RX stalled: frames arrive, but none is received"
    await_none(hub, "port_stalled")
    assert hub.telemetry.ask("/mcdpdk/ports")["r0"]["stalled"] == 1


def test_a_device_that_is_gone():
    with Cloud() as cloud, cloud.start_hub(changed(members=[], groups=[])) as hub:
        await_well(hub)
        cloud.switch.ip("link", "delete", "hub")
        assert "its device is gone" in await_reason(hub, "device_gone")["text"]
        await_line(hub, "device_gone: ")
        hub.stop()


def test_a_state_file_that_cannot_be_written(start):
    hub = start()
    hub.await_resolved()
    hub.reload(changed(state_file="/proc/mcdpdk-state"))
    assert "a restart will forget" in await_reason(hub, "state_file")["text"]
    hub.reload(CONFIG)
    await_well(hub)


def test_a_reload_that_was_refused(start):
    hub = start()
    hub.await_resolved()
    hub.config_file.write_text("{")
    assert hub.ctl("reload").returncode == 1
    assert "reload refused: " in await_reason(hub, "reload_refused")["text"]
    hub.config_file.write_text(json.dumps(CONFIG))
    assert hub.ctl("reload").returncode == 0
    await_well(hub)


def test_a_stopped_lcore_is_stuck(start, nodes, cloud):
    """The thread of the TX lcore is stopped and its ring overflows: lcore_stuck until it continues, and ring_full."""
    hub = start(lcores=RX_AND_TX)
    hub.await_resolved()
    await_well(hub)
    wire, frame = Wire(nodes["alpha"]), frame_to(nodes, cloud)
    with stopped_thread(worker(hub, 2)):
        assert "lcore 2 makes no progress" == await_reason(hub, "lcore_stuck")["text"]
        end = time.monotonic() + 30
        while hub.drops()["ring_full"] == 0 and time.monotonic() < end:
            for _ in range(100):
                wire.send(frame)
        assert "TX lcore is behind" in await_reason(hub, "ring_full")["text"]
    await_none(hub, "lcore_stuck")


@pytest.mark.parametrize("lcores", [RX_AND_TX, MAIN_ALONE], ids=["three lcores", "the main lcore alone"])
def test_a_stopped_control_lcore_is_logged(start, lcores):
    """It cannot log that itself, so a thread does, and says what it was about."""
    hub = start(lcores=lcores)
    with stopped_thread(program_pid(hub)):
        await_line(hub, "the control lcore makes no progress for 2000 ms: it ")
    await_line(hub, "the control lcore makes progress again")
    await_well(hub)


def test_a_user_without_permission_gets_another_status(start, public_scripts):
    """4 without permission, 3 without a hub."""
    hub = start()
    environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    done = hub.ctl("status", scripts=public_scripts, user="nobody", env=environment)
    assert done.returncode == 4 and "permission denied" in done.stderr
    hub.stop()
    assert hub.ctl("status").returncode == 3

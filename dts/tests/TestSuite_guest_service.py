# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The installed unit under systemd, process 1 of a guest with an IOMMU.

alpha 10.0.0.31 ---- switch A ---- hub 10.0.0.10 in the guest, its NIC on vfio-pci
"""

import contextlib
import json

import pytest

from paths import PROGRAMS
from topo import HUB_ADDRESS
from vm.hub_guest import BIND
from vm.hub_service import INSTALL, PCI, boot_service
from waiting import await_condition

pytestmark = pytest.mark.slow

CONFIG = {"ports": [{"address": f"{HUB_ADDRESS}/24"}], "admit": [{"prefix": "10.0.0.0/24", "encap": ["l2"]}],
          "state_file": "/var/lib/mcdpdk/state", "idle": "sleep"}


@pytest.fixture(scope="module", name="alpha")
def fixture_alpha(cloud):
    return cloud.add_l2_member("alpha-service", "10.0.0.31")


@pytest.fixture(scope="module", name="service")
def fixture_service(cloud):
    with contextlib.ExitStack() as stack:
        service = boot_service(stack, cloud, "service", INSTALL)
        service.write(CONFIG)
        service.start()
        yield service


def test_on_vfio_it_holds_no_right(service, alpha):
    """`systemctl start` returned when the hub was ready. It is the user's, with no capability in any thread, and
    packets pass: alpha pings it."""
    assert service.show("ActiveState") == "active"
    user = service.guest.run("id -u mcdpdk").output.strip()
    threads = service.threads()
    assert len(threads) > 5
    for thread in threads:
        assert thread["Uid"].split() == [user] * 4
        for kind in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
            assert thread[kind] == f"{0:016x}", thread
        assert (thread["NoNewPrivs"], thread["Seccomp"]) == ("1", "2"), thread
    alpha.run("ping", "-c", "3", "-w", "60", HUB_ADDRESS, timeout=70)
    assert "not filtered" not in service.journal()


def test_systemctl_shows_its_status(service):
    await_condition(lambda: "packets/s received" in service.show("StatusText"), "the status", deadline_s=120)


def test_the_group_may_ask_it(service):
    """mcdpdkctl finds the socket unasked: as root, and as a member of the group; not as another user."""
    ask = "/usr/local/sbin/mcdpdkctl raw /mcdpdk/info"
    assert service.guest.run(ask).status == 0
    other = "setpriv --reuid=65534 --clear-groups --regid={group} env -u XDG_RUNTIME_DIR " + ask
    assert service.guest.run(other.format(group="mcdpdk")).status == 0
    denied = service.guest.run(other.format(group="65534"), check=False)
    assert denied.status == 4 and "permission denied" in denied.output


# As for the hub: what it waits for at a boot would take the guest many minutes.
MONITOR_ALONE = """set -e
mkdir -p /run/systemd/system/mcdpdk-monitor.service.d
printf '[Unit]\\nDefaultDependencies=no\\n' >/run/systemd/system/mcdpdk-monitor.service.d/alone.conf
systemctl daemon-reload
"""
GET = "python3 -c 'import urllib.request as r; print(r.urlopen(\"http://127.0.0.1:9464{path}\").read().decode())'"
MONITOR = "/proc/$(systemctl show -p MainPID --value mcdpdk-monitor)/status"


def test_the_monitor_reads_the_hub_from_its_sandbox(service):
    """mcdpdk-monitor.service finds the hub's socket, is of another user, and holds no right but that of the group."""
    service.guest.run(MONITOR_ALONE)
    started = service.systemctl("start", "mcdpdk-monitor", check=False)
    assert started.status == 0, service.guest.run("journalctl -u mcdpdk-monitor --no-pager -o cat").output

    def get(path):
        answer = service.guest.run(GET.format(path=path), 300, check=False)
        return answer.output if answer.status == 0 else ""
    await_condition(lambda: 'mcdpdk_up{hub="rte"} 1.0' in get("/metrics"), "metrics of the hub", deadline_s=300)
    assert 'mcdpdk_port_link_up{hub="rte"' in get("/metrics")
    (hub,) = json.loads(get("/api/hubs"))["hubs"]
    assert (hub["name"], hub["up"], hub["members"]) == ("rte", True, 0)
    lines = service.guest.run(f"cat {MONITOR}").output.splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    user, group = (service.guest.run(f"id -{kind} mcdpdk").output.strip() for kind in "ug")
    assert not {"0", user} & set(status["Uid"]) and group in status["Groups"]
    assert (status["CapEff"], status["NoNewPrivs"], status["Seccomp"]) == (["0" * 16], ["1"], ["2"])
    service.systemctl("stop", "mcdpdk-monitor")
    assert service.systemctl("show", "-p", "Result", "--value", "mcdpdk-monitor").output.strip() == "success"


def test_a_reload_that_is_refused_fails_with_the_reason(service):
    service.systemctl("reload", "mcdpdk")
    service.write("{")
    assert service.systemctl("reload", "mcdpdk", check=False).status != 0
    assert "mcdpdkctl: reload: groups.json:" in service.guest.run("journalctl --no-pager -u mcdpdk").output
    service.write(CONFIG)
    service.systemctl("reload", "mcdpdk")
    assert service.show("ActiveState") == "active"


def test_it_is_started_again_when_an_lcore_makes_no_progress(service, alpha):
    """The thread of the RX lcore is stopped: systemd ends the hub by its watchdog and starts another."""
    script = (PROGRAMS / "stop_thread.py").read_text()
    service.guest.run(f"cat >/run/stop_thread.py <<'END'\n{script}\nEND")
    stopper = service.guest.start(f"python3 /run/stop_thread.py {service.show('MainPID')} worker")
    service.await_value("NRestarts", "1")
    service.await_value("ActiveState", "active")
    assert "Watchdog timeout" in service.guest.run("journalctl --no-pager -u mcdpdk").output
    stopper.stop()
    alpha.run("ping", "-c", "3", "-w", "60", HUB_ADDRESS, timeout=70)


def test_it_ends_and_leaves_only_folders(service):
    service.systemctl("stop", "mcdpdk")
    assert service.show("Result") == "success"
    left = service.guest.run("ls /run/dpdk/rte /dev/hugepages; stat -c %U /var/lib/mcdpdk").output
    assert "rtemap" not in left and "telemetry" not in left and left.split()[-1] == "mcdpdk"


def test_it_comes_up_when_its_nic_appears_late(service, alpha):
    """At the first starts no driver has the NIC. As soon as vfio-pci has it, a restart succeeds."""
    service.guest.run(f"echo {PCI} >/sys/bus/pci/drivers/vfio-pci/unbind")
    assert service.systemctl("start", "mcdpdk", check=False).status != 0
    await_condition(lambda: int(service.show("NRestarts")) >= 1, "a restart", deadline_s=300)
    service.guest.run(BIND.format(driver="vfio-pci", pci=PCI))
    service.await_value("ActiveState", "active")
    alpha.run("ping", "-c", "3", "-w", "60", HUB_ADDRESS, timeout=70)
    service.systemctl("stop", "mcdpdk")


FEWER_STARTS = """set -e
printf '[Unit]\\nStartLimitBurst=3\\n' >/run/systemd/system/mcdpdk.service.d/fewer.conf
systemctl daemon-reload
systemctl reset-failed mcdpdk || true
"""


def test_it_stays_failed_if_its_device_never_comes(service):
    """Three starts are the limit here, and each logs the reason. Mended, it starts once its failure is reset. A wrong
    file ends it at once."""
    service.guest.run(FEWER_STARTS)
    service.write(CONFIG, "--lcores 0@0,1@0 -a 0000:00:1e.0")
    assert service.systemctl("start", "mcdpdk", check=False).status != 0
    service.await_value("ActiveState", "failed")
    assert service.journal().count("-a 0000:00:1e.0 is no Ethernet device: there is no such PCI device") == 3
    service.write(CONFIG)
    assert service.systemctl("start", "mcdpdk", check=False).status != 0
    assert service.journal().count("Start request repeated too quickly") == 2
    service.systemctl("reset-failed", "mcdpdk")
    service.start()
    service.systemctl("stop", "mcdpdk")
    service.guest.run("rm /run/systemd/system/mcdpdk.service.d/fewer.conf; systemctl daemon-reload")
    service.write("{")
    assert service.systemctl("start", "mcdpdk", check=False).status != 0
    assert (service.show("ActiveState"), service.show("NRestarts")) == ("failed", "0")
    service.systemctl("reset-failed", "mcdpdk")


def test_on_an_interface_it_keeps_the_rights_of_the_network(service):
    """net_af_xdp: CAP_NET_ADMIN and CAP_NET_RAW. Its XDP program is gone at the end."""
    service.guest.run("ip link add mcr0 type veth peer name mcr1; ip link set mcr0 up; ip link set mcr1 up")
    service.write(CONFIG, "--lcores 0@0,1@0 --no-pci --vdev net_af_xdp0,iface=mcr0")
    service.start()
    for thread in service.threads():
        assert int(thread["CapPrm"], 16) == int(thread["CapEff"], 16) == 1 << 12 | 1 << 13, thread
    assert "xdp" in service.guest.run("ip link show mcr0").output
    service.systemctl("stop", "mcdpdk")
    assert service.show("Result") == "success"
    assert "xdp" not in service.guest.run("ip link show mcr0").output

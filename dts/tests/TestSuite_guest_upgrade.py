# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""An upgrade of the package restarts the hub in a guest, and what members have joined stays.

    alpha 10.0.0.31 --+
                      +-- switch A ---- hub 10.0.0.10 in the guest, its NIC on vfio-pci
    beta  10.0.0.32 --+

Beta's report is a raw frame: the switch drops those of its kernel, so nothing of it answers the hub's queries.
"""

import contextlib
import json
import shutil

import pytest

from debian import make_packages, older
from igmp_message import TO_EX, record, report
from topo import HUB_ADDRESS
from traffic import Wire, l2_frame, open_receiver, open_sender, receive
from vm.hub_guest import HubGuest
from vm.hub_service import boot_service
from waiting import await_condition

pytestmark = pytest.mark.slow

# No state_file: the service has one.
CONFIG = {"ports": [{"address": f"{HUB_ADDRESS}/24"}], "admit": [{"prefix": "10.0.0.0/24", "encap": ["l2"]}],
          "igmp": {"query_interval": 3600, "startup_query_interval": 900}, "idle": "sleep"}
ALPHA, BETA = "10.0.0.31", "10.0.0.32"
GROUP, PORT = "239.1.1.1", 5000
# The test's machine may forbid its packages to start services. Manual pages would be indexed, which takes minutes.
DPKG = "rm -f /usr/sbin/policy-rc.d; dpkg --no-triggers --install {package}"
DPKG_SECONDS = 600


@pytest.fixture(scope="module", name="packages")
def fixture_packages(tmp_path_factory):
    """(older, newer), in a place that a guest sees."""
    folder = tmp_path_factory.mktemp("packages")
    newer = make_packages("bookworm", folder)["mcdpdk"]
    yield older(newer, folder), newer
    shutil.rmtree(folder)


@pytest.fixture(scope="module", name="service")
def fixture_service(cloud, packages):
    """The older package serves."""
    with contextlib.ExitStack() as stack:
        service = boot_service(stack, cloud, "upgrade", DPKG.format(package=packages[0]))
        service.write(CONFIG)
        service.start()
        yield service


def hub_mac(member):
    member.run("ping", "-c", "1", "-w", "60", HUB_ADDRESS, timeout=70)
    (neighbour,) = json.loads(member.ip("-j", "neigh", "show", HUB_ADDRESS))
    return neighbour["lladdr"]


def test_membership_survives_an_upgrade(cloud, packages, service):
    """Beta joins and gets what alpha sends. The newer package comes: another process serves, beta is in the group
    without a report, and gets what alpha sends."""
    alpha, beta = cloud.add_l2_member("alpha-upgrade", ALPHA), cloud.add_l2_member("beta-upgrade", BETA)
    hub, sender, arriving = HubGuest(service.guest), open_sender(alpha), open_receiver(beta, GROUP, PORT, "eth0")
    Wire(beta).send(l2_frame(report(BETA, record(TO_EX, GROUP)), beta.mac, hub_mac(beta)))
    await_condition(lambda: f"l2:{BETA}" in hub.receivers(GROUP), "beta in the group")
    sender.sendto(b"before", (GROUP, PORT))
    assert receive(arriving) == [b"before"]
    first = service.show("MainPID")
    said = service.guest.run(DPKG.format(package=packages[1]), DPKG_SECONDS).output
    assert service.show("MainPID") not in (first, "0"), said
    assert "1 memberships are in force again" in service.journal()
    assert hub.receivers(GROUP)[f"l2:{BETA}"]["origins"] == ["igmp"]
    assert hub.ask("/mcdpdk/igmp")[0]["rx_v3_report"] == 0
    hub.await_resolved(f"l2:{BETA}")
    sender.sendto(b"after", (GROUP, PORT))
    assert receive(arriving) == [b"after"]

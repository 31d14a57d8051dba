# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""mcdpdk.service of a guest whose process 1 is systemd, its NIC behind an IOMMU and on vfio-pci."""

import json

from paths import BUILD
from waiting import await_condition

from .hub_guest import BIND, FEW_DRIVERS
from .region import IOMMU_MACHINE, VFIO_MODULES, boot_guest

PCI = "0000:00:10.0"
NIC = ("br-a", "virtio-net-pci", ",disable-legacy=on,iommu_platform=on")
# systemd reads its units through 9p, which a busy machine makes slow.
BOOT_SECONDS = 600
INSTALL = f"meson install -C {BUILD} --no-rebuild && systemd-sysusers"
# What mcdpdk.service waits for at a boot (the network, /tmp, udev) would take the guest many minutes. The hub polls the
# guest's only processor, which others need, too.
PREPARE = """set -e
mkdir -p /etc/mcdpdk /run/systemd/system/mcdpdk.service.d
ln -s /dev/null /run/systemd/system/network-online.target
printf '[Unit]\\nDefaultDependencies=no\\n[Service]\\nNice=15\\n' >/run/systemd/system/mcdpdk.service.d/alone.conf
systemctl daemon-reload
systemctl start systemd-journald.socket systemd-journald.service
"""
FILES = """cat >/etc/mcdpdk/groups.json <<'END'
{config}
END
printf 'EAL_OPTIONS="%s"\\nFILE_PREFIX=rte\\n' '{options}' >/etc/default/mcdpdk
"""
PID = "$(systemctl show -p MainPID --value mcdpdk)"


class HubService:
    def __init__(self, guest):
        self.guest = guest

    def write(self, config, options="--lcores 0@0,1@0 -a " + PCI):
        text = config if isinstance(config, str) else json.dumps(config)
        self.guest.run(FILES.format(config=text, options=options))

    def systemctl(self, *words, check=True):
        return self.guest.run(f"systemctl --no-pager {' '.join(words)}", 300, check=check)

    def start(self):
        """Also proves that it is ready: Type=notify."""
        started = self.systemctl("start", "mcdpdk", check=False)
        assert started.status == 0, self.journal()

    def show(self, name):
        return self.systemctl("show", "-p", name, "--value", "mcdpdk").output.strip()

    def await_value(self, name, value):
        await_condition(lambda: self.show(name) == value, f"{name}={value}", deadline_s=300)

    def journal(self):
        return self.guest.run("journalctl -u mcdpdk --no-pager -o cat").output

    def threads(self):
        """The status of each thread by name."""
        texts = self.guest.run(f"cat /proc/{PID}/task/*/status").output.split("Name:\t")[1:]
        return [dict(line.split(":\t", 1) for line in ("Name:\t" + text).splitlines() if ":\t" in line)
                for text in texts]


def boot_service(stack, cloud, name, install):
    """A guest for the lifetime of the stack, in which this script has installed the service."""
    guest = boot_guest(stack, cloud, name, [NIC], memory=1024, machine=IOMMU_MACHINE,
                       append="hugepages=128 intel_iommu=on iommu=pt mcr.systemd fstab=no", boot_seconds=BOOT_SECONDS)
    guest.run(install, 600)
    guest.run(PREPARE)
    guest.run(FEW_DRIVERS)
    guest.run(VFIO_MODULES)
    guest.run(BIND.format(driver="vfio-pci", pci=PCI))
    return HubService(guest)

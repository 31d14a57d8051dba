# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The hub on a DPDK-bound NIC of a guest."""

import contextlib
import json
from pathlib import Path

from hub import LOST_BUFFERS, PROGRAM, READY
from telemetry import await_balance
from waiting import await_condition

from .guest import GuestError

ASK = Path(__file__).resolve().with_name("ask.py")
CONFIG = "/run/groups.json"
START_SECONDS = 180
QUESTIONS, ANSWERS = "/run/questions", "/run/answers"

# As in the kernel's documentation on sysfs PCI: an override, then probe again.
BIND = """set -e
modprobe {driver}
cd /sys/bus/pci/devices/{pci}
echo {driver} >driver_override
[ ! -e driver ] || echo {pci} >driver/unbind
echo {pci} >/sys/bus/pci/drivers_probe
[ "$(basename "$(readlink driver)")" = {driver} ]
"""


# EAL loads every driver of the folder, some 130: the few that a guest needs start far faster.
FEW_DRIVERS = """set -e
drivers=$(echo /usr/lib/*/dpdk/pmds-*)
! mountpoint -q $drivers || exit 0
mkdir /run/drivers
cd $drivers
for name in bus_pci bus_vdev mempool_ring net_virtio net_e1000 net_vmxnet3 net_af_xdp net_tap; do
	cp -a librte_$name.so* /run/drivers
done
mount --bind /run/drivers $drivers
"""


class HubGuest:
    """Starts and stops the program in `guest`, one instance at a time."""

    def __init__(self, guest):
        self.guest = guest
        self._asker = None
        self._program = None

    @contextlib.contextmanager
    def running(self, config, pci, lcores="0@0,1@0", driver="uio_pci_generic", iova="pa", **options):
        """Run mcdpdk with this configuration on the NIC at this PCI address; require a clean end."""
        self.bind(pci, driver)
        with self.running_with(config, f"-a {pci} --iova-mode={iova}", lcores, **options):
            yield self

    def bind(self, pci, driver):
        """Bind the NIC to this kernel driver."""
        self.guest.run(BIND.format(driver=driver, pci=pci))

    @contextlib.contextmanager
    def running_with(self, config, devices, lcores="0@0,1@0", environment=""):
        """As `running`, with these EAL options for devices; a failed start is a GuestError with the log."""
        self.guest.run(FEW_DRIVERS)
        self._write(config)
        # Polling uses the guest's only processor; scripts need more than half of it.
        program = self.guest.start(f"nice -n 15 env {environment} {PROGRAM} --lcores {lcores} {devices} --in-memory"
                                   f" -- -c {CONFIG}")
        program.wait_for(READY, START_SECONDS)
        self._program = program
        try:
            yield self
        except BaseException:
            print(f"--- mcdpdk in {self.guest.name}")
            with contextlib.suppress(Exception):
                print(self.ask("/mcdpdk/stats", "/mcdpdk/drops", "/mcdpdk/ports", "/mcdpdk/members"))
            print(program.stop("KILL").output)
            raise
        left = program.stop()
        assert left.status == 0, f"mcdpdk left with {left.status}:\n{left.output}"
        assert not LOST_BUFFERS.search(left.output), left.output

    def log(self):
        """The log of the running program."""
        return self._program.output()

    def reload(self, config):
        """Reload another configuration and wait until it is in force."""
        self._write(config)
        (answer,) = self.ask("/mcdpdk/reload")
        assert answer["status"] == "ok", answer["message"]

    def ask(self, *commands):
        """The telemetry answers, in order."""
        if self._asker is None:
            self.guest.run(f"mkfifo {QUESTIONS} {ANSWERS}")
            self._asker = self.guest.start(f"python3 -SE {ASK} {QUESTIONS} {ANSWERS}")
        quoted = " ".join(f"'{command}'" for command in commands)
        answers = json.loads(self.guest.run(f"printf '%s\\n' {quoted} >{QUESTIONS}; cat {ANSWERS}").output)
        if isinstance(answers, dict):
            raise GuestError(f"{self.guest.name}: {answers['error']}")
        return answers

    def await_resolved(self, *names):
        """Wait until a copy can leave to each of these members."""
        commands = [f"/mcdpdk/member,{name}" for name in names]
        await_condition(lambda: all(member["resolved"] for member in self.ask(*commands)), f"{names} resolved")

    def receivers(self, group):
        """The records of a group's receivers by member."""
        (page,) = self.ask(f"/mcdpdk/receivers,0,{group}")
        records = [record for key, record in page.items() if key.startswith("r")]
        return {record["member"]: record for record in records}

    def groups(self):
        (page,) = self.ask("/mcdpdk/groups")
        return page["groups"]

    def drops(self):
        """The drop counters other than zero, once the sums balance."""
        _, drops = await_balance(lambda: self.ask("/mcdpdk/stats", "/mcdpdk/drops"))
        return {reason: count for reason, count in drops.items() if count}

    def _write(self, config):
        self.guest.run(f"cat >{CONFIG} <<'END'\n{json.dumps(config, indent=2)}\nEND")

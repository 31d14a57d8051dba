# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Measure `systemctl restart mcdpdk` in an emulated guest, whose NIC is on vfio-pci.

alpha sends a stream to beta, both in namespaces. The outage is what beta's kernel saw; all other times are those of
systemd in the guest, for which a start begins with what the unit does before exec(). The guest sees only the drivers of
tests.
"""

import argparse
import contextlib
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("dts", "app/bench", "scripts")]
sys.dont_write_bytecode = True

from restart import Receiver, breakdown_of  # noqa: E402
from crowd import ADDRESSES, PORT, STREAM  # noqa: E402
from mcdpdk_tools.progress import Progress  # noqa: E402
from numbered_sender import DIGITS  # noqa: E402
from topo import HUB_ADDRESS, Cloud  # noqa: E402
from vm.hub_service import INSTALL, boot_service  # noqa: E402

CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24"}],
    "members": [{"name": name, "address": ADDRESSES[name]} for name in ("alpha", "beta")],
    "groups": [{"group": STREAM, "members": ["beta"]}],
    "state_file": "/var/lib/mcdpdk/state",
    "idle": "sleep",
}
MOMENTS = {"stop": ("ActiveExit", "InactiveEnter"), "start": ("InactiveExit", "ActiveEnter"),
           "exec to READY=1": ("ExecMainStart", "ActiveEnter")}


def moment(service, name):
    return int(service.show(f"{name}TimestampMonotonic")) / 1e3


def measure_round(service, receiver, progress):
    before = time.time()
    receiver.await_after(before)
    service.systemctl("restart", "mcdpdk")
    receiver.await_after(time.time())
    values = {name: moment(service, end) - moment(service, begin) for name, (begin, end) in MOMENTS.items()}
    progress.done += 1
    outage = 1e3 * receiver.longest_gap(before)
    return values | breakdown_of(service.journal()) | {
        "outage": outage, "outage / start": outage / values["start"]}


def main():
    parser = argparse.ArgumentParser(prog="bench restart-guest", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rate", type=float, default=100, help="packets a second")
    args = parser.parse_args()
    with (Progress("booting a guest", args.rounds) as progress, Cloud() as cloud,
          contextlib.ExitStack() as stack):
        alpha, beta = (cloud.add_l2_member(name, ADDRESSES[name]) for name in ("alpha", "beta"))
        service = boot_service(stack, cloud, "restart", INSTALL)
        progress.text = "restarts in the guest"
        service.write(CONFIG)
        service.start()
        receiver = Receiver(beta)
        stack.callback(receiver.close)
        receiver.start()
        alpha.start_python("numbered_sender.py", "--rate", args.rate, "--to", f"{STREAM}:{PORT}", bytes(DIGITS).hex(),
                           stdin=-1)
        rounds = [measure_round(service, receiver, progress) for _ in range(args.rounds)]
        service.systemctl("stop", "mcdpdk")
    print(f"\nguest: {args.rate:.0f} packets/s; medians of {args.rounds} rounds, in ms")
    for name in rounds[0]:
        print(f"{name:36}{statistics.median(values[name] for values in rounds):12.2f}")


if __name__ == "__main__":
    main()

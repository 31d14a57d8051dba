# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Multicast between ordinary programs in a cloud that drops it.

    subnet A 10.0.0.0/24                               subnet B 10.5.0.0/24

    hub      10.0.0.10 --+
    tokyo-1  10.0.0.12 --+                          +-- tokyo-2 10.5.0.6
    osaka-1  10.0.0.21 --+-- switch -- router -- switch
    osaka-2  10.0.0.22 --+
    unknown  10.0.0.66 --+

tokyo-1 and tokyo-2 reach the hub by GRE (192.168.10.1 and .2 inside, fd00::1 and fd00::2), osaka-1 and osaka-2 without
a tunnel. The hub's configuration does not list the unknown sender. The switches drop multicast and broadcast, of IPv6
as well.
"""

import re
import sys
from collections import Counter
from contextlib import ExitStack
from itertools import product

import ipv6_sockets
from topo import Cloud, HUB_ADDRESS
from traffic import open_receiver
from waiting import await_condition, await_stable
from paths import PROGRAMS

CONFIG = {
    "ports": [{"address": f"{HUB_ADDRESS}/24", "gateway": "10.0.0.1"}],
    "members": [
        {"name": "tokyo-1", "address": "10.0.0.12", "encap": "gre", "overlay": "192.168.10.1"},
        {"name": "tokyo-2", "address": "10.5.0.6", "encap": "gre", "overlay": "192.168.10.2"},
        {"name": "osaka-1", "address": "10.0.0.21", "encap": "l2"},
        {"name": "osaka-2", "address": "10.0.0.22", "encap": "l2"},
    ],
    "groups": [
        {"group": "232.8.8.8", "members": ["*"]},
        {"group": "239.192.0.0/16", "members": ["tokyo-1", "tokyo-2"]},
        {"group": "ff0e::29", "members": ["osaka-1", "osaka-2"]},
    ],
    "overlay": {"address": "192.168.10.254/24"},
    "idle": "sleep",
}
RECEIVED = re.compile(r"received from \S+: hello from (\S+)")
MULTICAST_PING = "239.192.0.29"
IPV6_GROUP, IPV6_PORT = "ff0e::29", 1900
IPV6_INSIDE = {"tokyo-1": "fd00::1", "tokyo-2": "fd00::2"}
IPV6_RECEIVERS = {"tokyo-2": "gre1", "osaka-1": "eth0", "osaka-2": "eth0"}


def enable_ipv6(node, dev):
    for key, value in (("accept_dad", 0), ("accept_ra", 0), ("disable_ipv6", 0)):
        node.write_sysctl(f"net/ipv6/conf/{dev}/{key}", value)


def lay_out(cloud):
    """Every instance sets up its path to the hub with `ip` commands. Its programs do not change."""
    members = {}
    for member in CONFIG["members"]:
        name, address = member["name"], member["address"]
        if member["encap"] == "gre":
            node = cloud.add_gre_member(name, address, f"{member['overlay']}/24")
            enable_ipv6(node, "gre1")
            node.ip("address", "add", f"{IPV6_INSIDE[name]}/64", "dev", "gre1", "nodad")
        else:
            node = cloud.add_l2_member(name, address)
            enable_ipv6(node, "eth0")
        node.write_sysctl("net/ipv4/icmp_echo_ignore_broadcasts", 0)
        members[name] = node
    unknown = cloud.add_l2_member("unknown", "10.0.0.66")
    return members, unknown


class Listener:
    """`mctest.py -rec` on an instance; its output is the evidence."""

    def __init__(self, node, folder):
        self.output = folder / f"{node.name}.out"
        with open(self.output, "w", encoding="utf-8") as output:
            node.start_python("mctest.py", "-rec", stdout=output)
        await_condition(lambda: "listening" in self.output.read_text(), f"mctest.py on {node.name}")

    def heard(self):
        return Counter(RECEIVED.findall(self.output.read_text()))


def expected_datagrams(members):
    """The datagrams that each instance receives. A sender gets its own copy from its kernel, not from the hub."""
    return {name: Counter(list(members)) for name in members} | {"unknown": Counter({"unknown": 1})}


def exchange(cloud, hub, members, unknown):
    """Every instance sends one datagram to 232.8.8.8; return who received it from whom, and how often."""
    nodes = members | {"unknown": unknown}
    listeners = {name: Listener(node, cloud.folder) for name, node in nodes.items()}
    for name, node in nodes.items():
        node.run(sys.executable, PROGRAMS / "mctest.py", "-send", f"hello from {name}", "-n", "1")
    wanted = expected_datagrams(members)
    try:
        await_condition(lambda: all(listeners[name].heard() >= wanted[name] for name in nodes),
                        "every expected datagram")
    except TimeoutError as late:
        print(late)
    hub.settled()
    return await_stable(lambda: {name: listeners[name].heard() for name in nodes})


def print_matrix(heard, wanted):
    names = list(wanted)
    print("\n232.8.8.8:1900, mctest.py: datagrams that each receiver (row) got from each sender\n")
    print(" " * 12 + "".join(f"{name:>10}" for name in names))
    for receiver in names:
        row = (f"{heard[receiver][sender]}{' self' if sender == receiver else ''}"
               for sender in names)
        print(f"  {receiver:10}" + "".join(f"{cell:>10}" for cell in row))
    print("\n  self: from the sender's own kernel, not from the hub")
    wrong = [(s, r) for r, s in product(names, names) if heard[r][s] != wanted[r][s]]
    for sender, receiver in wrong:
        print(f"  wrong: {receiver} got {heard[receiver][sender]} of "
              f"{wanted[receiver][sender]} datagrams of {sender}")
    return not wrong


def ping_group(node, answerer):
    # A kernel answers for a group that one of its programs has joined.
    open_receiver(answerer, MULTICAST_PING, 1900, "gre1")
    print(f"\n$ ping -c 3 {MULTICAST_PING}        on tokyo-1, through its tunnel\n")
    done = node.attempt("ping", "-c", "3", "-i", "0.2", "-w", "10", "-L", MULTICAST_PING)
    print("\n".join("  " + line for line in done.stdout.splitlines() if "bytes from" in line))
    answers = Counter(re.findall(r"bytes from (\S+):", done.stdout))
    return answers == {"192.168.10.2": 3}


def datagrams(receiver, count):
    got = []
    try:
        while len(got) < count:
            got.append(receiver.next())
    except TimeoutError as late:
        print(late)
    return got


def send_to_ipv6_group(hub, members, count=3):
    """Two are declared for it; the kernel of tokyo-2 reports that a program has joined."""
    sender, sent = members["tokyo-1"], [b"hello %d from tokyo-1" % n for n in range(count)]
    with ExitStack() as stack:
        programs = {name: stack.enter_context(ipv6_sockets.Receiver(members[name], dev, IPV6_PORT, IPV6_GROUP))
                    for name, dev in IPV6_RECEIVERS.items()}
        await_condition(lambda: "tokyo-2" in hub.receivers(IPV6_GROUP), "tokyo-2 is known to have joined")
        program = ipv6_sockets.open_sender(sender, "gre1")
        for payload in sent:
            program.sendto(payload, (IPV6_GROUP, IPV6_PORT))
        got = {name: datagrams(program, count) for name, program in programs.items()}
    print(f"\n{IPV6_GROUP}: datagrams of tokyo-1 ({IPV6_INSIDE['tokyo-1']}) that each receiver got\n")
    for name, heard in got.items():
        why = "has joined by MLD" if name == "tokyo-2" else "is declared"
        print(f"  {name:10}{sum(datagram.payload in sent for datagram in heard):>10}  {why}")
    wanted = [(payload, IPV6_INSIDE["tokyo-1"]) for payload in sent]
    return all([(datagram.payload, datagram.source) for datagram in heard] == wanted for heard in got.values())


def print_counters(hub):
    stats, drops = hub.settled()
    print("\nthe hub: " + ", ".join(f"{stats[key]} {key}" for key in
                                   ("data_packets", "copies", "unicast_packets", "tx_data_packets")))
    print("dropped: " + (", ".join(f"{count} {reason}" for reason, count in drops.items() if count)
                         or "nothing"))


def main():
    print(__doc__)
    with Cloud() as cloud:
        members, unknown = lay_out(cloud)
        hub = cloud.start_hub(CONFIG)
        hub.await_resolved()
        heard = exchange(cloud, hub, members, unknown)
        well = print_matrix(heard, expected_datagrams(members))
        well = ping_group(members["tokyo-1"], members["tokyo-2"]) and well
        well = send_to_ipv6_group(hub, members) and well
        print_counters(hub)
        print(f"the cloud's switch dropped {cloud.dropped_group_frames()} multicast frames")
        hub.stop()
    print("\nevery expected datagram arrived, and no other" if well else "\nFAILED")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())

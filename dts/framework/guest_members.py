# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Members of a domain's hubs on the kernel of a guest, which has GRE, and on that of the machine, and what each has
received of each. Nothing depends on how long something takes: a guest's processor is emulated.
"""

import itertools

from domain_members import GRE_UDP_PORT, PORT, VNI, Member, StreamReceiver, udp_to
from paths import SCRIPTS
from waiting import await_condition

KINDS = {"gre": {"key": 7}, "gre-udp": {}, "gretap": {"key": VNI}}
CLIENT = f"python3 -SE {SCRIPTS}/mcdpdk-client"
# Its questions are answered later than on a processor of its own.
SLOWLY = "--interval 500 --misses 6 --recover 3"
BY_HAND = """
ip link add gre1 type {kind} local {local} remote {hub} ttl 64 {options}
ip link set gre1 up multicast on
ip address add {overlay}/24 dev gre1
ip route add 224.0.0.0/4 dev gre1
"""
FOU = """
modprobe fou
ip fou add port {port} ipproto 47
"""
TTL = 10
# More than may be under way.
MANY = 50


class GuestMember:
    """A network namespace of a guest, in the subnet of a hub: see vm/instances.py."""

    def __init__(self, domain, instances, name, encap, hub, host, dev="gre1"):
        self.instances, self.name, self.encap, self.hub, self.dev = instances, name, encap, hub, dev
        self.address = domain.address_in(hub, host)
        self.overlay = f"192.168.9.{host}"
        instances.add(name, f"eth{domain.names.index(hub)}", self.address, domain.address_in(hub, 1))

    def declaration(self):
        return {"name": self.name, "address": self.address, "encap": self.encap,
                "overlay": self.overlay} | KINDS[self.encap]

    def run(self, script, **options):
        return self.instances.run(self.name, script, **options).output

    def set_up(self, hub):
        """By hand. A tunnel to the hub "any" takes packets of every hub, and sends to none."""
        options = " ".join(f"{key} {value}" for key, value in KINDS[self.encap].items())
        script = BY_HAND
        if self.encap == "gre-udp":
            script = FOU.format(port=GRE_UDP_PORT) + BY_HAND
            options = f"encap fou encap-sport auto encap-dport {GRE_UDP_PORT}"
        self.run(script.format(kind="gretap" if self.encap == "gretap" else "gre", local=self.address, hub=hub,
                               options=options, overlay=self.overlay))

    def watch(self, hubs):
        """By mcdpdk-client, with the device mcdpdk0."""
        options = " ".join(f"--{key} {value}" for key, value in KINDS[self.encap].items())
        return self.instances.start(self.name, " ".join((
            CLIENT, "watch", *(f"--hub {hub}" for hub in hubs), f"--encap {self.encap} {options}",
            f"--overlay {self.overlay}/24", SLOWLY)))

    def reaches(self, address):
        return "1 received" in self.run(f"ping -n -c 1 -W 5 {address} || :")

    def about_device(self, what):
        return self.run(f"cat /sys/class/net/{self.dev}/{what}").strip()

    def call(self, name, group, *arguments):
        """Of a function of namespace_traffic.py."""
        return [name, self.name, self.dev, group, PORT, *arguments]


class HostMember(Member):
    """In the overlay network of the others."""

    def _open(self):
        self.overlay = f"192.168.9.{200 + int(self.address.split('.')[3])}"
        super()._open()
        if self.dev != "eth0":
            self.source = self.overlay

    def declaration(self):
        return super().declaration() | ({"overlay": self.overlay} if self.encap == "vxlan" else {})


def await_none(wrong):
    """Until nothing is wrong; else the failure says what was at last."""
    found = []

    def is_none():
        found[:] = [wrong()]
        return not found[0]

    try:
        await_condition(is_none, "nothing wrong")
    except TimeoutError:
        raise AssertionError(f"still: {found[0]}") from None


class Members:
    """By name. `parties` send to each other: each to a group of its own, which all others have joined."""

    def __init__(self, instances, members):
        self.instances = instances
        self.guests = {member.name: member for member in members if isinstance(member, GuestMember)}
        self.hosts = {member.name: member for member in members if isinstance(member, HostMember)}
        self.parties = [member.name for member in members]
        self.groups = {name: f"239.1.0.{n}" for n, name in enumerate(self.parties, 1)}
        self.pairs = list(itertools.permutations(self.parties, 2))  # receiver, sender
        self.sent = dict.fromkeys(self.parties, 0)
        self._programs = {}

    def add(self, guest):
        """One that is no party."""
        self.guests[guest.name] = guest

    def __getitem__(self, name):
        return self.guests.get(name) or self.hosts[name]

    def of(self, hub):
        return [name for name in self.parties if self[name].hub == hub]

    def declarations(self, names):
        return [self[name].declaration() for name in names]

    def join(self, names, group):
        self.instances.traffic(*(self[name].call("join", group) for name in names if name in self.guests))
        for name in names:
            if name in self.hosts:
                self._programs[name, group] = StreamReceiver(self[name], group)
                self._join_by_operator(name, group)

    def _join_by_operator(self, name, group):
        """The switch drops an l2 member's reports."""
        if self[name].encap == "l2":
            self[name].join(group)

    def join_each_other(self):
        for sender, group in self.groups.items():
            self.join([name for name in self.parties if name != sender], group)

    def join_by_operator_again(self):
        """After a hub has started."""
        for receiver, sender in self.pairs:
            if receiver in self.hosts:
                self._join_by_operator(receiver, self.groups[sender])

    def send(self, count=1):
        """All parties send."""
        self.instances.traffic(*(self[name].call("send", self.groups[name], self.sent[name], count)
                                 for name in self.parties if name in self.guests))
        for name in self.parties:
            if name in self.hosts:
                for number in range(self.sent[name], self.sent[name] + count):
                    self[name].send(udp_to(self.groups[name], self[name].source, b"%08d" % number, ttl=TTL))
            self.sent[name] += count

    def reports(self):
        """What stream_receiver.py says of each receiver and group. No number comes twice to anybody, ever."""
        (found,) = self.instances.traffic(["reports"])
        reports = {(name, group): report for name, group, report in found}
        reports |= {key: program.report() for key, program in self._programs.items()}
        twice = {key: report for key, report in reports.items() if report["duplicates"]}
        assert not twice, twice
        return reports

    def exchange(self, count, pairs=None):
        """All parties send so many; the receivers of these pairs, or of all, have each, once. Return what had been
        sent before."""
        first = dict(self.sent)
        self.send(count)
        await_none(lambda: self._behind(pairs or self.pairs, first))
        return first

    def _behind(self, pairs, first):
        """Of these pairs those where a number that was sent since has not come."""
        reports = self.reports()
        found = {}
        for receiver, sender in pairs:
            report = reports[receiver, self.groups[sender]]
            missing = [end for _, end in missing_in(report) if end >= first[sender]]
            if missing or report["last"] < self.sent[sender] - 1:
                found[receiver, sender] = report
        return found

    def await_paths(self):
        """A join reaches the other hubs in a moment: until something that is sent from now on reaches each party."""
        first = dict(self.sent)

        def closed():
            self.send()
            reports = self.reports()
            return [pair for pair in self.pairs if reports[pair[0], self.groups[pair[1]]]["last"] < first[pair[1]]]
        await_none(closed)

    def await_last(self, group, names, number):
        def behind():
            reports = self.reports()
            return {name: reports[name, group] for name in names if reports[name, group]["last"] < number}
        await_none(behind)

    def await_more(self, group, names):
        """What is sent to the group from now on reaches each of these."""
        self.await_last(group, names, self.last(group) + MANY)

    def last(self, group):
        """The highest number that anybody has."""
        return max(report["last"] for (_, each), report in self.reports().items() if each == group)


def missing_in(report):
    missing = report["missing"]
    assert sum(end - begin + 1 for begin, end in missing) == report["lost"], f"not all are listed: {report}"
    return missing

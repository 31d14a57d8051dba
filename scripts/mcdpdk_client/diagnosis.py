# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What is wrong with a path: its pieces in the order in which a packet passes them."""

import errno
from dataclasses import asdict, dataclass

from . import arp, ipv6, nd
from .plan import GROUPS
from .probe import ALL_ROUTERS, Prober, Question, all_routers, smallest
from .source_filter import ANYWHERE, leads_anywhere
from .step import in_effect
from .system import dropped_by_source_filter, link, read, read_json

WELL, BROKEN, UNKNOWN = "ok", "BROKEN", "?"
# Two rounds with this many sizes find the MTU to a few bytes.
SIZES_AT_ONCE = 24
# A healthy hub answers within a millisecond; on a busy machine it is slow.
ANSWER_TIMEOUT_S = 2.0
LAST_GROUP = "239.255.255.255"
PROTOCOLS = {"gre": "IP protocol 47", "gre-udp": "UDP port {port}", "vxlan": "UDP port {port}",
             "gretap": "IP protocol 47",
             "l2": "IP in frames from this NIC's MAC"}


@dataclass
class Piece:
    piece: str
    state: str
    words: str


def questions_of(settings):
    """By the route; with l2 also by the interface, which tests the rule."""
    to = all_routers(settings.hub)
    return [Question(to), Question(to, settings.dev)] if settings.encap == "l2" else [Question(to)]


def hub_answers(settings, seconds=ANSWER_TIMEOUT_S):
    with Prober(settings.hub) as prober:
        return all(question.answered for question in prober.ask(questions_of(settings), seconds))


def watched(settings):
    return [dev for dev in dict.fromkeys((settings.dev, settings.device)) if link(dev)]


class Diagnosis:
    def __init__(self, settings, steps):
        self.settings = settings
        self.failed = [a_step for a_step in steps if not in_effect(a_step)]
        before = dropped_by_source_filter()
        with Prober(settings.hub, watched(settings)) as prober:
            self.questions = prober.ask(questions_of(settings), ANSWER_TIMEOUT_S)
            self.filtered = dropped_by_source_filter() > before
            self.answered = all(question.answered for question in self.questions)
            self.ping = self.mac = None
            if not self.answered:
                self.ping = prober.ask([Question(to=settings.hub)])[0]
        if not self.answered and link(settings.dev):
            self.mac = self.ask_link()

    def ask_link(self):
        try:
            who_has = nd.who_has if self.settings.is_ipv6 else arp.who_has
            return who_has(self.next_hop(), self.settings.dev, self.settings.local)
        except OSError:
            return None

    def next_hop(self):
        route = next(iter(read_json("ip", "-j", "route", "get", self.settings.hub)), {})
        return route.get("gateway", self.settings.hub)

    def pieces(self):
        return [self.device(), self.address(), self.route(), *self.rule(), self.source_filter(), self.firewall(),
                self.hub(), self.path(), self.mtu()]

    def missing(self, piece):
        return "; ".join(a_step["what"] for a_step in self.failed if a_step["piece"] == piece)

    def device(self):
        for dev in dict.fromkeys((self.settings.dev, self.settings.device)):
            found = link(dev)
            if not found:
                return Piece("device", BROKEN, f"there is no {dev}")
            if "UP" not in found["flags"]:
                return Piece("device", BROKEN, f"{dev} is down")
            if "NO-CARRIER" in found["flags"]:
                return Piece("device", BROKEN, f"{dev} has no carrier")
        missing = self.missing("device")
        if missing:
            return Piece("device", BROKEN, f"missing: {missing}")
        return Piece("device", WELL, str(self.settings.device))

    def address(self):
        settings = self.settings
        if not read("ip", "-o", "address", "show", "dev", settings.dev, "to", settings.local):
            return Piece("address", BROKEN, f"{settings.dev} does not have {settings.local}, which the hub knows")
        missing = self.missing("address")
        return Piece("address", BROKEN, f"missing: {missing}") if missing else Piece("address", WELL, settings.local)

    def route(self):
        settings, prefixes = self.settings, []
        if settings.inside or (settings.encap == "l2" and not settings.is_ipv6):
            broken, prefixes = self.ipv4_route(), [GROUPS]
            if broken:
                return broken
        if not (settings.inside6 or settings.is_ipv6):
            return Piece("route", WELL, f"{GROUPS} to {settings.device}")
        found = next(iter(read_json("ip", "-j", "-6", "route", "get", ipv6.A_GROUP)), {})
        if found.get("dev") != settings.device:
            leaves = f"leaves by {found['dev']}" if "dev" in found else "has no route"
            return Piece("route", BROKEN, f"{ipv6.A_GROUP} {leaves}, not by {settings.device}")
        return Piece("route", WELL, f"{' and '.join([*prefixes, ipv6.GROUPS])} to {settings.device}")

    def ipv4_route(self):
        """The broken piece, or None."""
        gateway = self.settings.hub if self.settings.encap == "l2" else None
        for group in (ALL_ROUTERS, LAST_GROUP):
            found = next(iter(read_json("ip", "-j", "route", "get", group)), {})
            if "dev" not in found:
                return Piece("route", BROKEN, f"no route to {group}")
            is_so, should_be = (found["dev"], found.get("gateway")), (self.settings.device, gateway)
            if is_so != should_be:
                return Piece("route", BROKEN,
                             f"{group} leaves by {route_text(*is_so)}, not by {route_text(*should_be)}")
        return None

    def rule(self):
        if self.settings.encap != "l2":
            return []
        missing = self.missing("rule")
        by_rule = self.questions[1]
        if by_rule.answered:
            return [Piece("rule", WELL, "packets with a chosen interface go to the hub's MAC")]
        if missing:
            return [Piece("rule", BROKEN, f"missing: {missing}")]
        if self.questions[0].answered:
            return [Piece("rule", BROKEN, "the hub answers packets that follow the route, but not those that the rule "
                          "redirects: it may lead to another MAC")]
        return [Piece("rule", WELL, "is there")]

    def lost_inside(self):
        return [question for question in self.questions
                if not question.answered and self.settings.device in question.came]

    def source_filter(self):
        missing = self.missing("rp_filter")
        if self.lost_inside() and self.filtered:
            return Piece("rp_filter", BROKEN, f"dropped the hub's answer on {self.settings.device}")
        if missing:
            why = "" if leads_anywhere() else f" (loose is not enough: no route leads to {ANYWHERE})"
            return Piece("rp_filter", BROKEN, f"would drop senders to which no route by "
                         f"{self.settings.device} leads{why}")
        return Piece("rp_filter", WELL, "lets all sources in")

    def firewall(self):
        settings = self.settings
        for question in (question for question in self.questions if not question.answered):
            if question.error and question.error.errno in (errno.EPERM, errno.EACCES):
                return Piece("firewall", BROKEN, f"this instance's packet filter drops what it sends to {question.to}")
            if settings.device in question.left and settings.dev not in question.left and self.mac:
                return Piece("firewall", BROKEN, f"this instance's packet filter drops what {settings.device} sends "
                             f"to {settings.hub} ({self.protocol()}): {settings.dev} did not get it")
            if settings.dev in question.came and settings.device not in question.came:
                return Piece("firewall", BROKEN, f"the hub's answer reached {settings.dev} but not {settings.device}: "
                             f"this instance's packet filter drops {self.protocol()} from {settings.hub}")
        if self.lost_inside() and not self.filtered:
            return Piece("firewall", BROKEN, f"the hub's answer reached {settings.device} but no socket: this "
                         "instance's packet filter drops it, and probably the packets of groups too")
        if self.answered:
            return Piece("firewall", WELL, "passes the question and the answer")
        return Piece("firewall", UNKNOWN, "no drop was seen here")

    def protocol(self):
        return PROTOCOLS[self.settings.encap].format(port=self.settings.port)

    def hub(self):
        hub = self.settings.hub
        if self.answered or any(question.answered for question in self.questions):
            source = next(question.source for question in self.questions if question.answered)
            return Piece("hub", WELL, f"answers from {source}")
        on_link = self.next_hop() == hub
        by = "neighbour discovery" if self.settings.is_ipv6 else "ARP"
        heard = [words for words, true in ((by, on_link and self.mac), ("ping", self.ping.answered),
                                           ("ping (the answer was dropped here)", self.ping.came and not
                                            self.ping.answered)) if true]
        if heard:
            return Piece("hub", WELL, f"{hub} answers {' and '.join(heard)}")
        if on_link:
            return Piece("hub", BROKEN, f"{hub} answers neither {by} nor ping: it is down, or not in this network")
        if not self.mac:
            return Piece("hub", BROKEN, f"the router to it, {self.next_hop()}, does not answer {by}")
        return Piece("hub", BROKEN, f"{hub} does not answer ping: it is down, no route leads to it, or the network "
                     "filters ping")

    def path(self):
        settings = self.settings
        if self.answered:
            times = [question.milliseconds for question in self.questions]
            return Piece("path", WELL, f"the hub answered through {settings.encap} in {max(times)} ms")
        refused = next((question.refused for question in self.questions if question.refused), None)
        if refused and refused[0] == settings.hub:
            return Piece("path", BROKEN, f"{settings.hub} is not a hub: it does not accept {self.protocol()} "
                         f"(ICMP unreachable, code {refused[1]})")
        if refused:
            return Piece("path", BROKEN, f"{refused[0]} blocks {self.protocol()} "
                         f"(ICMP unreachable, code {refused[1]})")
        return Piece("path", BROKEN, f"no answer through {settings.encap}: the hub does not accept this member (its "
                     f"address{self.secret()} or encapsulation is not as declared), "
                     f"or {settings.hub} is not a hub, or is an older one that does not answer "
                     f"{all_routers(settings.hub)}, or the "
                     f"network drops {self.protocol()}")

    def secret(self):
        return {"vxlan": f", VNI {self.settings.vni}", "l2": ""}.get(
            self.settings.encap, f", key {self.settings.key if self.settings.key is not None else 'none'}")

    def mtu(self):
        if not self.answered:
            return Piece("MTU", UNKNOWN, "no packet passes")
        device = self.settings.device
        mtu = link(device)["mtu"]
        passes = largest(self.settings.hub, mtu)
        if passes == mtu:
            return Piece("MTU", WELL, f"{mtu} bytes pass, as {device} says")
        enough = not self.settings.inside6 or passes >= ipv6.LEAST_MTU
        return Piece("MTU", BROKEN, f"{device} says {mtu}, but packets of more than {passes} bytes do not come back"
                     + ("" if enough else f", and IPv6 needs {ipv6.LEAST_MTU}"))


def route_text(dev, gateway):
    return f"{dev} through {gateway}" if gateway else f"{dev} directly"


def largest(hub, mtu):
    to, low, high = all_routers(hub), smallest(hub), mtu
    with Prober(hub) as prober:
        if prober.ask([Question(to, size=mtu)])[0].answered:
            return mtu
        while high - low > 1:
            count = min(SIZES_AT_ONCE, high - low - 1)
            sizes = sorted({low + (high - low) * n // (count + 1) for n in range(1, count + 1)} - {low})
            prober.ask([Question(to, size=size) for size in sizes])
            low = largest_answered(prober)
            high = min((size for size in sizes if size > low), default=high)
            if high - low <= 1 and prober.ask([Question(to, size=high)])[0].answered:
                low, high = largest_answered(prober), mtu
    return low


def largest_answered(prober):
    return max((question.size for question in prober.questions if question.answered), default=prober.smallest)


def first_broken(pieces):
    return next((piece for piece in pieces if piece.state == BROKEN), None)


def advice(piece, settings):
    device = settings.device
    again = "`mcdpdk-client up` with its options repairs it; `mcdpdk-client watch` does so by itself"
    on_hub = [f"on the hub, `mcdpdkctl drops` says who is refused and why, "
              f"`mcdpdkctl explain {settings.local} {all_routers(settings.hub)}` what is declared"]
    return {
        "device": [again], "address": [again], "route": [again], "rule": [again], "rp_filter": [again],
        "firewall": [f"accept packets between {settings.local} and {settings.hub}, and packets that come in by "
                     f"{device}: for example `nft add rule inet filter input iifname {device} accept`"],
        "hub": ["on the hub, `mcdpdkctl status`", *on_hub],
        "path": on_hub,
        "MTU": [f"`ip link set dev {device} mtu BYTES`, or a larger MTU on the path, including ports[].mtu and "
                "members[].mtu of the hub"],
    }[piece.piece]


def as_json(pieces, settings):
    broken = first_broken(pieces)
    return {"proven": broken is None, "first_broken": broken and broken.piece,
            "advice": advice(broken, settings) if broken else [], "pieces": [asdict(piece) for piece in pieces]}

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""What the copies of given streams cost, against what port and cloud allow: arithmetic alone, without a hub."""

import difflib
import heapq
import ipaddress
import json
import math
import os
from typing import NamedTuple

from . import groups
from .telemetry import HubError

ETHERNET, IPV4, IPV6, UDP, GRE, GRE_KEY, VXLAN, AMT_DATA = 14, 20, 40, 8, 4, 4, 8, 2
# What a port sends besides: preamble, start delimiter, FCS and the gap between frames; and the shortest frame.
ON_WIRE, SHORTEST = 8 + 4 + 12, 60
DEFAULT_MTU = 1500

# Between the Ethernet header of the frame and the inner IP packet, over IPv4.
HEADERS = {
    "l2": 0,
    "udp": 0,
    "gre": IPV4 + GRE,
    "gre-udp": IPV4 + UDP + GRE,
    "vxlan": IPV4 + UDP + VXLAN + ETHERNET,
    "gretap": IPV4 + GRE + ETHERNET,
    "amt": IPV4 + UDP + AMT_DATA,
}
# Their ports are not part of a flow: there are none, or they are the same for every stream.
WHOLE_TUNNEL = ("gre", "gretap", "amt")

# Of what the cloud allows, so that the hub sheds before the cloud drops.
SHARE = 0.95
LEAST_BPS = 100000

# How many are listed, the largest first.
FLOWS = 10

HERE = os.path.dirname(os.path.realpath(__file__))
# Beside the package where it is installed, else in the source tree.
FACTS = [os.path.join(HERE, "../allowances.json"), os.path.join(HERE, "../../config/cloud/allowances.json")]

KINDS = ("pps", "bps", "flow_bps")


class Member(NamedTuple):
    name: str
    address: str
    encap: str
    headers: int
    mtu: int
    is_nat: bool = False

    def flow(self, group):
        """What tells the flows to the member apart, for the cloud; a GRE key does not."""
        if self.encap in ("gre", "gretap"):
            return ("gre", self.address)
        return (self.name,) if self.is_nat or self.encap in WHOLE_TUNNEL else (self.name, group)


class Stream(NamedTuple):
    group: str
    pps: float
    size: float  # of an IP packet
    receivers: list


class Limit(NamedTuple):
    kind: str  # pps, bps, flow_bps, port_bps
    value: int
    whose: str
    source: str = ""
    note: str = ""
    both_directions: bool = False  # what comes in counts as well


def headers(encap, has_key, address):
    length = HEADERS[encap] + (GRE_KEY if has_key and encap in ("gre", "gre-udp", "gretap") else 0)
    return length + IPV6 - IPV4 if length and groups.is_ipv6(address) else length


def frames(size, member, oversize="fragment"):
    """(frames, bytes) of one copy. Larger than the path MTU, it is cut into inner fragments, or dropped."""
    room = member.mtu - member.headers
    if size <= room:
        return 1, ETHERNET + member.headers + size
    if oversize == "drop":
        return 0, 0
    count = math.ceil((size - IPV4) / ((room - IPV4) // 8 * 8))
    return count, count * (ETHERNET + member.headers + IPV4) + size - IPV4


def quantity(text):
    """A number, with k, M or G behind it for thousands, millions and billions."""
    scale = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1:], 1)
    value = float(text[:-1] if scale > 1 else text) * scale
    if not 0 < value < 1e15:
        raise ValueError(text)
    return value


class Cost:
    """A plain sum: there may be millions of copies."""

    __slots__ = ("copies", "pps", "bps", "port_bps")

    def __init__(self):
        self.copies = self.pps = self.bps = self.port_bps = 0

    def add(self, copies, pps, bps, port_bps):
        self.copies += copies
        self.pps += pps
        self.bps += bps
        self.port_bps += port_bps

    def rounded(self):
        """Up, but not for an error in the last place of a sum."""
        return {name: math.ceil(round(getattr(self, name), 3)) for name in ("copies", "pps", "bps")}


def received(streams, members):
    """What comes in. Who sends is not known: the member with the longest frames, which cuts what is too large."""
    kinds = {(member.headers, member.mtu): member for member in members.values()}.values()
    total = Cost()
    for stream in streams:
        size, count = max((frames(stream.size, member)[::-1] for member in kinds), default=(ETHERNET + stream.size, 1))
        total.add(0, stream.pps * count, 8 * stream.pps * size, 0)
    rounded = total.rounded()
    return {"pps": rounded["pps"], "bps": rounded["bps"]}


def load(streams, members, oversize="fragment"):
    """Add up the copies by group, member and flow."""
    total, groups, flows = Cost(), [], {}
    by_member = {name: Cost() for name in members}
    for stream in streams:
        of_stream = Cost()
        for member in map(members.get, stream.receivers):
            count, size = frames(stream.size, member, oversize)
            cost = (stream.pps, stream.pps * count, 8 * stream.pps * size,
                    8 * stream.pps * (max(size, count * SHORTEST) + count * ON_WIRE))
            of_stream.add(*cost)
            by_member[member.name].add(*cost)
            flow = flows.setdefault(member.flow(stream.group), [0, 0, member])
            flow[0] += cost[2]
            flow[1] += 1
        total.add(of_stream.copies, of_stream.pps, of_stream.bps, of_stream.port_bps)
        groups.append({"group": stream.group, "packets_pps": stream.pps, "size": stream.size,
                       "receivers": len(stream.receivers), **of_stream.rounded()})
    return {"total": total.rounded(), "received": received(streams, members), "port_bps": math.ceil(total.port_bps),
            "groups": sorted(groups, key=lambda row: -row["bps"]),
            "members": sorted(({"name": name, "encap": members[name].encap, **cost.rounded()}
                               for name, cost in by_member.items() if cost.copies),
                              key=lambda row: (-row["bps"], row["name"])),
            "flows": [{"member": member.name, "encap": member.encap, "streams": count, "bps": math.ceil(bits)}
                      for bits, count, member in heapq.nlargest(FLOWS, flows.values(), key=lambda flow: flow[0])]}


def judged(limit, demand):
    """A limit, how much of it is used, and at how many members like the present ones it ends; None: at no number."""
    receiving = len(demand["members"])
    extra = coming_in(limit, demand)
    if limit.kind == "flow_bps":
        sent, most = demand["flows"][0]["bps"] if demand["flows"] else 0, None
    else:
        sent = demand["port_bps"] if limit.kind == "port_bps" else demand["total"][limit.kind]
        # Each hub gets all that comes in, however few its members are.
        most = max(0, limit.value - extra) * receiving // sent if sent else None
    notes = [*(["in and out together"] if limit.both_directions else []), *([limit.note] if limit.note else [])]
    return {"limit": limit.kind, "whose": limit.whose, "allowed": limit.value, "used": sent + extra,
            "percent": round(100 * (sent + extra) / limit.value, 1), "members": most, "source": limit.source,
            "note": "; ".join(notes)}


def coming_in(limit, demand):
    """What of the limit is used before a copy is sent."""
    return demand["received"].get(limit.kind, 0) if limit.both_directions else 0


def budget(streams, members, limits, oversize="fragment", ports=1):
    demand = load(streams, members, oversize)
    judgements = sorted((judged(limit, demand) for limit in limits), key=lambda row: -row["percent"])
    answer = {**demand, "limits": judgements, "hubs": hubs(judgements, len(demand["members"])),
              "allowance": suggested(limits, demand, ports)}
    return {**answer, "words": words(answer, ports, any(coming_in(limit, demand) for limit in limits))}


def hubs(judgements, receiving):
    """How many would share the members; 0: no number would do; None: no limit that they would share is known."""
    shared = [row for row in judgements if row["members"] is not None]
    if not shared:
        return None
    if any(row["members"] == 0 for row in shared):
        return 0
    return max([1, *(math.ceil(receiving / row["members"]) for row in shared)])


def suggested(limits, demand, ports):
    """A port's allowance a little below the cloud's, less what comes in if that counts; several ports share equally."""
    values = {}
    for limit in limits:
        if limit.whose != "port" and limit.kind in ("pps", "bps"):
            value = int((limit.value * SHARE - coming_in(limit, demand)) / ports)
            values[limit.kind] = min(value, values.get(limit.kind, limit.value))
    return {kind: max(value, LEAST_BPS) if kind == "bps" else max(value, 1) for kind, value in values.items()}


def scaled(value):
    """With at most four digits, and with the unit's prefix."""
    for unit in ("", "k", "M"):
        if value < 999.95:
            return f"{value:.4g} {unit}"
        value /= 1000
    return f"{value:.4g} G"


def plural(count, noun):
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def words(answer, ports, counts_input=False):
    total, receiving = answer["total"], len(answer["members"])
    lines = [f"Copies a second: {total['copies']:,} to {plural(receiving, 'member')}, in "
             f"{plural(total['pps'], 'frame')}, {scaled(total['bps'])}bit/s."]
    if not answer["limits"]:
        return [*lines, "No limit is known: name --instance or --allowance."]
    first, *others = answer["limits"]
    head = "First throttled" if first["percent"] > 100 else "Nothing is throttled; first would be"
    lines += [f"{head}: {judgement(first, receiving)}."]
    lines += [f"Throttled as well: {judgement(row, receiving)}." for row in others if row["percent"] > 100]
    lines += advice(answer)
    if answer["allowance"]:
        of_each = " of each port" if ports > 1 else ""
        room = ", which leaves room for what comes in" if counts_input else ""
        lines.append(f"Set ports[].allowance{of_each} to {json.dumps(answer['allowance'])}{room}: then the hub sheds "
                     "by priority what the cloud would drop at random.")
    return lines


def judgement(row, receiving):
    whose = {"port_bps": "the link of the port", "flow_bps": "one flow"}.get(row["limit"], {
        "port": "the port's allowance", "instance": "the instance"}[row["whose"]])
    unit = "packets a second" if row["limit"] == "pps" else "bits a second"
    words = f"{unit} of {whose}, {row['percent']:,.0f} % of {scaled(row['allowed']).strip()}"
    if row["note"]:
        words += f" ({row['note']})"
    if row["members"] is None:
        return words
    return f"{words}, which ends at {plural(row['members'], 'member')} like these {receiving:,}"


def advice(answer):
    lines = []
    if answer["hubs"] == 0:
        lines.append("No number of hubs would do: the copies of a single member are too many.")
    elif answer["hubs"]:
        lines.append(f"{plural(answer['hubs'], 'hub')} would do.")
    over = [row for row in answer["limits"] if row["limit"] == "flow_bps" and row["percent"] > 100]
    if over:
        flow = answer["flows"][0]
        can_split = flow["streams"] > 1 and flow["encap"] in ("gre", "gretap")
        help_ = ("gre-udp or vxlan has a flow for each source and group" if can_split
                 else "more hubs do not help, only less in this stream")
        lines.append(f"The largest flow goes to {flow['member']} ({flow['encap']}, "
                     f"{plural(flow['streams'], 'stream')}, {scaled(flow['bps'])}bit/s): {help_}.")
    return lines


def entry(group, known):
    """The most specific of the entries that would apply: G,S, then G, then the longest prefix; None: none does."""
    address = group.partition(",")[0]
    for name in (group, address):
        if name in known:
            return name
    if "/" in address:
        return None
    fitting = [name for name in known if "/" in name and groups.covers(name, address)]
    return max(fitting, key=lambda name: int(name.partition("/")[2]), default=None)


def no_entry(group):
    return HubError(f"no entry for the group {group}")


def of_config(config, rates, size):
    """(streams, members, limits, ports) of an effective configuration; each of its groups' own receivers alone."""
    members = {member["name"]: described(config, member) for member in config.get("members", [])}
    receivers = [member for member in config.get("members", []) if member.get("role") != "sender"]
    entries = {",".join([group["group"], source]).strip(","): group["members"] for group in config.get("groups", [])
               for source in group.get("sources", [""])}
    streams = []
    for group, pps in rates.items():
        found = entry(group, entries)
        if found is None and config.get("unknown_groups") != "flood":
            raise no_entry(group)
        names = entries[found] if found else ["*"]
        receiving = [member["name"] for member in receivers if groups.takes(member, group)]
        streams.append(Stream(group, pps, size, receiving if "*" in names else [
            name for name in names if name in receiving]))
    limits = own_allowance([port.get("allowance", {}) for port in config["ports"]])
    return streams, members, limits, len(config["ports"])


def own_allowance(ports):
    """Of all ports together, as the copies are not told apart by port; none if one port has none."""
    return [Limit(kind, sum(port[kind] for port in ports), "port", "ports[].allowance") for kind in ("pps", "bps")
            if all(port.get(kind) for port in ports)]


def described(config, member):
    return Member(member["name"], member["address"], member["encap"],
                  headers(member["encap"], "key" in member, member["address"]),
                  member.get("mtu", mtu_of_port(config, member["address"])),
                  bool(member.get("nat")))


def mtu_of_port(config, address):
    """Of the port whose prefix the member is in, else of the first with a gateway."""
    member = ipaddress.ip_address(address)
    own, gateway = ("address6", "gateway6") if member.version == 6 else ("address", "gateway")

    def order(port):
        is_on_link = own in port and (member in ipaddress.ip_interface(port[own]).network
                                      or (member.version == 6 and member.is_link_local))
        return (not is_on_link, gateway not in port)
    return min(config["ports"], key=order).get("mtu", DEFAULT_MTU)


def facts(paths=FACTS):
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                read = json.load(file)
            return [{**fact, "source": read["sources"][fact["source"]]["url"]} for fact in read["facts"]]
        except FileNotFoundError:
            continue
    raise HubError(f"no {os.path.basename(paths[0])} beside mcdpdkctl")


def of_instance(instance, known):
    """The limits of a type of instance, or TYPE:OCPUS, and of its cloud. A cloud's name alone: only those of each."""
    types = {fact["type"]: fact["cloud"] for fact in known if "type" in fact}
    clouds = {fact["cloud"] for fact in known}
    kind, _, ocpus = instance.partition(":")
    cloud = types.get(kind, kind)
    if cloud not in clouds:
        close = difflib.get_close_matches(kind, clouds | set(types), 3)
        known = (f"one of {', '.join(close)} has" if close else
                 f"some types of {' and '.join(sorted(clouds))} have one: {os.path.basename(FACTS[0])}")
        raise HubError(f"no figure of {kind} has a source; {known}. Give your own with --allowance")
    found = [fact for fact in known if fact["cloud"] == cloud and fact.get("type", kind) == kind]
    check_ocpus(kind, ocpus, any("value_per_ocpu" in fact for fact in found))
    return [Limit(fact["limit"], allowed(fact, ocpus), "instance", fact["source"], fact.get("note", ""),
                  fact.get("both_directions", False)) for fact in found]


def check_ocpus(kind, ocpus, is_flexible):
    if is_flexible and not (ocpus.isdecimal() and int(ocpus)):
        raise HubError(f"{kind} is allowed more with more OCPUs: name their number, as {kind}:4")
    if ocpus and not is_flexible:
        raise HubError(f"{kind} has no number of OCPUs to choose: leave out :{ocpus}")


def allowed(fact, ocpus):
    return min(fact["value"], fact["value_per_ocpu"] * int(ocpus)) if "value_per_ocpu" in fact else fact["value"]


def chosen(own, instance, allowance):
    """What --allowance says replaces what is known of the instance, but not which directions its cloud counts."""
    both = {limit.kind for limit in instance if limit.both_directions}
    given = [Limit(kind, int(value), "instance", "--allowance", both_directions=kind in both)
             for kind, value in allowance.items()]
    return [*own, *(limit for limit in instance if limit.kind not in allowance), *given]

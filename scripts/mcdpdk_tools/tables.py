# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Tables: a function for each answer of queries.py returns a list of renderables."""

import sys

from rich import box
from rich.columns import Columns
from rich.console import Console
from rich.measure import Measurement
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from . import domain, queries
from .drain import words as drain_words
from .reasons import REASONS
from .words import duration, plural

# Larger than any table: without a terminal nothing may be cut or wrapped.
PIPE_WIDTH = 4096
PIPE_HEIGHT = 1 << 32

# Lines around the rows of a table: heading, note of what is cut, prompt.
AROUND_ROWS = 6
FEWEST_ROWS = 3

NO_ENTRY = "no entry for this group: groups.json has none, and nobody has joined it"


def console(everything=False):
    """Texts are shown as they are: an address in brackets is no markup, and :ab: in one is no emoji."""
    plain = {"highlight": False, "markup": False, "emoji": False}
    if sys.stdout.isatty():
        return Console(**plain, height=PIPE_HEIGHT if everything else None)
    return Console(**plain, no_color=True, color_system=None, width=PIPE_WIDTH, height=PIPE_HEIGHT)


def number(value):
    return f"{value:,}" if isinstance(value, int) else str(value)


def rate(value):
    for unit in ("", "k", "M"):
        if value < 9999.5:
            return f"{value:.0f}{unit}" if value >= 100 or unit == "" else f"{value:.1f}{unit}"
        value /= 1000
    return f"{value:.1f}G"


def cell(name, value):
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if name == "resolved":
        return Text("yes", "green") if value else Text("no", "bold red")
    if name == "serves":
        return "yes" if value else "no"
    if name == "server" and not value:
        return Text("none", "bold red")
    if name == "link":
        return Text("up", "green") if value else Text("down", "bold red")
    if name == "state":
        return Text(str(value), "green" if value == "up" else "bold red")
    if name == "hello_us":
        return f"{short_time(value * 1000)} ago" if value else "never"
    if name == "agent_s":
        return "never" if value == domain.NEVER_S else f"{duration(value)} ago"
    if name == "since_s":
        return duration(value)
    if name == "expires_s":
        return duration(value) if value else "never"
    if name == "last_seen_s":
        return f"{duration(value)} ago" if value else "never"
    if name in ("mac", "next_hop_mac") and not value:
        return Text("unresolved", "bold red")
    if name == "nat_port" and not value:
        return Text("unknown", "bold red")
    if name in ("key", "nat_port", "udp_port"):
        return str(value)
    if name == "drops" and value:
        return Text(number(value), "yellow")
    return number(value)


def table(columns, title=None):
    """A leading '>' in a column's name aligns it right."""
    grid = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", header_style="bold",
                 title_style="bold", pad_edge=False, show_edge=False)
    for name in columns:
        right = name.startswith(">")
        grid.add_column(name.lstrip(">"), justify="right" if right else "left", no_wrap=True)
    return grid


def body(records, names):
    numeric = {name for record in records for name in record
               if isinstance(record[name], int) and name not in ("resolved", "link", "serves", "last_seen_s")}
    columns = [f">{name}" if name in numeric else name for name in names]
    return columns, [[cell(name, record.get(name, "")) for name in names] for record in records]


def filled(columns, cells, title=None):
    grid = table(columns, title)
    for row in cells:
        grid.add_row(*row)
    return grid


def plain(columns, cells, title=None):
    """As filled(), for a pipe and without rich, which takes seconds for 10,000 rows."""
    lines = [[name.lstrip(">") for name in columns], *([str(each) for each in row] for row in cells)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    justify = [str.rjust if name.startswith(">") else str.ljust for name in columns]
    text = ["   ".join(put(each, width) for put, each, width in zip(justify, line, widths)).rstrip() for line in lines]
    text.insert(1, "─" * (sum(widths) + 3 * (len(widths) - 1)))
    # Line by line: at each line end rich would copy the rest of the text.
    return Segments([Segment(f"{line}\n") for line in [title] * bool(title) + text])


def fitting(console, options, names, make, kept=()):
    """make() with as many columns as fit, always with the first and those in `kept`; returns the rest too."""
    shown = list(names)
    unbounded = options.update(width=PIPE_WIDTH)
    grid = make(shown)
    while Measurement.get(console, unbounded, grid).maximum > options.max_width:
        droppable = [name for name in shown[1:] if name not in kept]
        if not droppable:
            break
        shown.remove(droppable[-1])
        grid = make(shown)
    return grid, [name for name in names if name not in shown]


class Fitting:
    """A table cut to the size of the terminal, below `above` lines, and a note of what is cut."""

    def __init__(self, records, names, noun, above=0):
        self.records = records
        self.total = queries.total(records)
        self.names = names or list(records[0])
        self.noun = noun
        self.above = above

    def __rich_console__(self, console, options):
        room = max(console.height - AROUND_ROWS - self.above, FEWEST_ROWS)
        shown, narrow = self.records[:room], []
        if console.is_terminal:
            grid, narrow = fitting(console, options, self.names, lambda names: filled(*body(shown, names)))
            yield grid
        else:
            yield plain(*body(shown, self.names))
        yield ""
        # As Text, without padding, which would wrap.
        yield Text(remainder(self.total, len(shown), self.noun, narrow))


def remainder(total, shown, noun, narrow):
    words = [plural(total, noun)]
    if shown < total:
        words.append(f"and {total - shown:,} of them not shown: --all")
    if narrow:
        words.append(f"no room for {', '.join(narrow)}: --json")
    return "; ".join(words)


def counters(values, title):
    grid = table(["", ">"], title)
    grid.show_header = False
    add_counters(grid, values, "")
    return grid


def add_counters(grid, values, indent):
    for name, value in values.items():
        if isinstance(value, dict):
            grid.add_row(Text(indent + name, "bold"), "")
            add_counters(grid, value, indent + "  ")
        else:
            grid.add_row(indent + name, cell(name, value), style="dim" if value == 0 else "")


def status(data):
    info = data["info"]
    ready = Text("ready", "bold green") if info["ready"] else Text("not ready", "bold red")
    head = Text.assemble(("mcdpdk ", "bold"), info["version"], ", process ", str(info["pid"]),
                         ", up ", duration(info["uptime_s"]), ", ", ready)
    what = ", ".join(plural(info[noun + "s"], noun) for noun in ("port", "member", "group"))
    return [head, f"{info['config_file']}, generation {info['generation']}: {what}", "", *stats(data["stats"]), "",
            *judgement(data)]


def judgement(data):
    """The last lines: what is wrong now, or that all is well."""
    notes = [Text.assemble(("note: ", "bold"), note["text"]) for note in data["notes"]]
    wrong = [Text.assemble(("degraded: ", "bold red"), reason["text"], f" (for {duration(reason['since_s'])})")
             for reason in data["reasons"]]
    return [*notes, *(wrong or [Text("all well", "bold green")])]


def stats(data):
    sent = {name: value for name, value in data.items() if name.startswith(("cop", "tx_"))}
    received = {name: value for name, value in data.items() if name not in sent}
    return [Columns([counters(received, "received"), counters(sent, "sent")], padding=(0, 4))]


def listed(records, names, nothing, noun, above=0):
    return [Fitting(records, names, noun, above)] if records else [nothing]


def groups(data):
    names = ["group", "receivers", "origins", "packets", "bytes", "copies"]
    return listed(data["groups"], names, "no groups", "group")


def group(data):
    answer = data["group"]
    head = Text.assemble((answer["group"], "bold"), ": ", plural(answer["receivers"], "receiver"))
    fields = {name: answer[name] for name in ("packets", "bytes", "copies", "origins")}
    return [head, "", counters(fields, None), "", *receivers(data, len(fields) + 4)]


def receivers(data, above=0):
    return listed(data["receivers"], ["member", "origins", "expires_s"], "no receivers", "receiver", above)


def members(data):
    names = ["name", "address", "encap", "resolved", "groups", "tx_packets", "rx_packets", "drops",
             "last_seen_s", "mac", "tx_bytes", "rx_bytes", "origin"]
    return listed(data["members"], names, "no members", "member")


def member(data):
    answer = data["member"]
    fields = {name: value for name, value in answer.items() if name != "name"}
    joined = [{"group": name} for name in data["groups"]]
    return [Text(answer["name"], "bold"), "", counters(fields, None), "",
            *listed(joined, None, "no groups", "group", len(fields) + 4)]


def rates(data):
    nothing = f"no {data['kind']} had a packet in the last {duration(data['since_ms'] // 1000)}"
    return listed(data["rates"], ["name", "pps", "bps", "peak_pps"], nothing, data["kind"])


def streams(data):
    names = ["sender", "group", "packets", "bytes", "last_seen_s", "entry", "source", "samples"]
    return listed(data["streams"], names, "no streams", "stream")


def drops(data):
    counts = {reason: count for reason, count in data.items() if reason != "refused"}
    grid = table(["reason", ">packets", "what it means"])
    grid.columns[-1].no_wrap = False
    for reason, count in counts.items():
        style = "dim" if count == 0 else "yellow"
        grid.add_row(reason, number(count), REASONS.get(reason, ""), style=style)
    return [grid, "", *refused(data["refused"], len(counts) + 3)]


def refused(records, above):
    if not records:
        return ["no refused senders"]
    names = ["reason", "address", "encap", "key", "count", "last_seen_s", "destination", "member", "mac", "udp_port",
             "why"]
    known = [name for name in names if any(record.get(name, "") != "" for record in records)]
    latest = sorted(records, key=lambda record: record["last_seen_s"])
    return [Text("the last refused senders", "bold"), Fitting(latest, known, "sender", above + 2)]


def ports(data):
    return listed(data["ports"], None, "no ports", "port")


def lcores(data):
    return listed(data["lcores"], None, "no lcores", "lcore")


def control(data):
    names = ["class", "queued", "served", "dropped", "busy_us"]
    return [filled(*body(data["classes"], names)), "", f"longest slice: {number(data['longest_slice_us'])} us"]


def igmp(data):
    return [counters(data, "IGMP")]


def mld(data):
    return [counters(data, "MLD")]


def amt(data):
    return [counters(data, "AMT")]


def stations(data):
    return listed(data["stations"], ["vni", "mac", "member", "silent_s"], "no stations", "station")


def peers(data):
    own = data["domain"]
    if own is None:
        return ["this hub is in no domain: its configuration has none"]
    head = Text.assemble((own["name"], "bold"), f": this hub is {own['hub']}, ",
                         f"{own['peers_up']:,} of {plural(own['peers'], 'peer')} up")
    agent = Text(domain.agent_words(own), "" if domain.is_well(own) else "bold red")
    above = [head, agent, *(placement(data["placement"]) if "placement" in data else []), ""]
    names = ["name", "address", "state", "since_s", *(["serves"] if domain.is_shared(own) else []), "groups",
             "segments", "hosts", "rx_packets", "tx_packets", "lost", "duplicates", "reordered", "drops", "downs",
             "hello_us", "agent_s", "mac"]
    return [*above, *listed(data["peers"], names, "no peers", "peer", len(above))]


def placement(answer):
    shown = [Text(domain.placement_words(answer), "bold red" if answer["phase"] == "none" else "")]
    return shown + ([Text(domain.draining_words(answer), "yellow")] if answer["draining"] else [])


def drain(data):
    lines = drain_words(data) if data["draining"] else ["taken back: the hub serves members again"]
    return [Text(line) for line in lines]


def short_time(ns):
    for unit in ("ns", "us", "ms"):
        if ns < 1000:
            return f"{ns} {unit}"
        ns //= 1000
    return f"{ns} s"


def latency(data):
    figures = {name: value for name, value in data.items() if not isinstance(value, list)}
    bounds = [f"up to {short_time(bound)}" for bound in data["bounds_ns"]] + ["longer"]
    counts = zip(bounds, data["latency_counts"], data["spread_counts"], strict=True)
    cells = [[bound, *map(number, both)] for bound, *both in counts if any(both)]
    parts = [counters(figures, "from RX burst to TX burst")]
    return [*parts, "", filled(["packets", ">latency", ">spread"], cells)] if cells else parts


def explain(data):
    lines = verdict_of(data)
    if data.get("admits"):
        lines.append(f"No member yet: it would be admitted as {data['sender']}.")
    if data.get("message") and data["verdict"] != "no_receiver":
        lines.append(f"{data['message']}.")
    if data.get("not_looked_at"):
        lines += ["", f"Not examined: {'; '.join(data['not_looked_at'])}. For refused packets: mcdpdkctl drops."]
    return lines


def verdict_of(data):
    verdict = data["verdict"]
    if verdict != "replicate":
        meaning = no_receiver_words(data) if verdict == "no_receiver" else REASONS.get(verdict, "")
        return [Text.assemble(("dropped: ", "bold red"), verdict, f" ({meaning})")]
    why = f"by entry {data['match']}" if data["match"] else "flooded to its VXLAN segment"
    head = Text.assemble(("replicate", "bold green"), f" to {plural(data['total'], 'receiver')}, {why}",
                         lost_copies(data))
    more = data["total"] - len(data["receivers"])
    tail = [f"and {more:,} more: mcdpdkctl receivers {data['match']}"] if more > 0 else []
    return [head, "", Fitting(data["receivers"], ["member", "encap", "next_hop_mac", "mtu"], "listed receiver"), *tail]


def no_receiver_words(data):
    return data.get("message") or (REASONS["no_receiver"] if data["match"] else NO_ENTRY)


def lost_copies(data):
    unresolved = data.get("unresolved", 0)
    if not unresolved:
        return ""
    who = "no copy leaves now" if unresolved == data["total"] else f"no copy leaves to {unresolved:,} of them now"
    return Text(f"; {who}: copy_unresolved ({REASONS['copy_unresolved']})", style="bold red")


def capture(data):
    return [Text(data["said"]), f"written to {data['file']}"]


def budget(data):
    """What costs most, the limits, and at the end what follows in words."""
    names = {"group": ["group", "receivers", "copies", "bps", "pps", "packets_pps", "size"],
             "member": ["name", "encap", "bps", "copies", "pps"]}
    parts = []
    for kind, columns in names.items():
        parts += [*listed([whole(row) for row in data[f"{kind}s"]], columns, f"no {kind} costs anything", kind), ""]
    limits = [{**row, "allowed": rate(row["allowed"]), "used": rate(row["used"]), "percent": f"{row['percent']} %",
               "members": "" if row["members"] is None else number(row["members"])} for row in data["limits"]]
    if limits:
        parts += [Text("limits, and at how many members they end", "bold"),
                  Fitting(limits, ["limit", "allowed", "used", "percent", "members", "note", "source"], "limit"), ""]
    return [*parts, *(Text(line) for line in data["words"])]


def whole(row):
    return {name: round(value) if isinstance(value, float) else value for name, value in row.items()}


def outcome(data):
    words = data.get("message") or data["status"]
    generation = f", generation {data['generation']}" if "generation" in data else ""
    return [f"{words}{generation}"]


join = leave = reload = outcome

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Facts and plan as text and as data."""

from dataclasses import asdict

from .machine import ranges
from .nic import DPDK_DRIVERS
from .output import columns
from .pages import size_of
from .step import GROUPS

NO = "-"


def pages_line(machine):
    found = [f"{pages.free} of {pages.total} of {size_of(pages.kib)} free"
             + (f" on node {pages.node}" if len(machine.nodes) > 1 else "") for pages in machine.pages]
    return ", ".join(found) or "none"


def machine_rows(machine):
    return [
        ["cloud", machine.cloud.name],
        ["memory", f"{machine.memory_mib} MiB; huge pages: {pages_line(machine)}"],
        ["CPUs", f"{ranges(machine.cpus)}; isolated: {ranges(machine.isolated) or 'none'}; NUMA nodes: "
                 f"{len(machine.nodes)}"],
        ["IOMMU", "yes" if machine.has_iommu else "no"],
    ]


def both(*values):
    return " ".join(filter(None, values)) or NO


def nic_row(facts, nic, chosen):
    link = nic.link
    reasons = sum(facts.refused[nic.label], [])
    return [nic.pci or NO, nic.name or NO, nic.driver or NO, DPDK_DRIVERS.get(nic.driver, NO),
            both(link.address, link.address6) if link else NO, both(link.gateway, link.gateway6) if link else NO,
            str(link.mtu) if link else NO,
            link.mac if link else NO, "the hub's" if nic is chosen else ", ".join(reasons)]


HEADS = ["PCI", "name", "driver", "DPDK's", "address", "gateway", "MTU", "MAC", ""]


def facts_lines(facts, chosen=None):
    rows = [HEADS, *(nic_row(facts, nic, chosen) for nic in facts.nics)]
    return [*columns(machine_rows(facts.machine)), "", *columns(rows)]


def plan_lines(system, plan):
    lines = ["", f"# {plan.nic.label}: {plan.why}"]
    for step in plan.steps:
        is_done = step.is_done(system)
        lines += [f"# {step.what}" + (": done already" if is_done else "")] + ([] if is_done else step.shown())
    lines += ["# check what the hub will read", f"mcdpdk -t -c {GROUPS}"]
    return lines + note_lines(plan)


def note_lines(plan):
    lines = [f"note: {note}" for note in plan.notes]
    for step in plan.kept:
        lines += [f"note: {step.path} exists and stays; otherwise it would be:",
                  *(f"    {line}" for line in step.text.splitlines())]
    return lines


def facts_data(facts):
    machine = asdict(facts.machine)
    machine["cloud"] = facts.machine.cloud.name
    return {"machine": machine, "nics": [
        {**asdict(nic), "refused": facts.refused[nic.label][0] + facts.refused[nic.label][1]} for nic in facts.nics]}


def plan_data(system, plan):
    return {
        "nic": plan.nic.pci, "name": plan.link.name if plan.link else None, "why": plan.why,
        "steps": [{"what": step.what, "done": step.is_done(system), "commands": step.shown(), **step.record()}
                  for step in plan.steps],
        "notes": plan.notes,
        "kept": [{"path": step.path, "text": step.text} for step in plan.kept],
    }

# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""Which CPUs the hub polls on."""

# One main lcore, one that receives and two that transmit.
ENOUGH = 4
# DPDK's RTE_MAX_LCORE: -l takes no higher CPU.
LIMIT = 128


def choose_lcores(machine, node):
    """All isolated CPUs, best those of the NIC's node. Without any, up to four of the node, without CPU 0 if two others
    remain: the system keeps it."""
    cpus = [cpu for cpu in machine.cpus if cpu < LIMIT]
    near = [cpu for cpu in cpus if cpu in machine.nodes.get(node, [])] or cpus
    isolated = [cpu for cpu in cpus if cpu in machine.isolated]
    if isolated:
        return [cpu for cpu in isolated if cpu in near] or isolated
    others = [cpu for cpu in near if cpu != 0]
    return (others if len(others) >= 2 else near)[:ENOUGH]


def lcore_notes(machine, chosen, idle):
    """idle: that of groups.json, with which the hub may sleep."""
    if idle == "sleep" or set(machine.cpus) - set(chosen):
        return []
    return ['the hub polls on every CPU, and the kernel and your sessions share them: "idle": "sleep" in groups.json '
            "leaves them the time without traffic"]

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "control/announce.h"
#include "control/conflict.h"
#include "infra/interface.h"
#include "infra/log.h"

/* Two probes without an answer. */
#define CONFLICT_MS (2 * MCR_ANNOUNCE_PATROL_MS + MCR_ANNOUNCE_PROBE_MS)
#define KERNEL_INTERVAL_MS 5000

struct port_conflict {
	struct rte_ether_addr claimant;
	uint64_t claimed_ms;      /* 0: never */
	char kernel[IF_NAMESIZE]; /* the kernel interface with the address; "": none */
};

struct mcr_conflicts {
	uint64_t kernel_due_ms;
	struct port_conflict ports[];
};

struct mcr_conflicts *
mcr_conflict_create(uint16_t port_count)
{
	return calloc(1, sizeof(struct mcr_conflicts) + port_count * sizeof(struct port_conflict));
}

/* Some networks answer all ARP requests with the gateway's MAC, even for the hub's own address. */
bool
mcr_conflict_can_be_found(const struct mcr_controller *control, uint16_t port)
{
	return !control->ports->at[port].config.next_hop_is_gateway;
}

void
mcr_conflict_note(
	struct mcr_controller *control, uint16_t port, const struct rte_ether_addr *claimant)
{
	struct port_conflict *conflict = &control->conflicts->ports[port];

	RTE_ASSERT(port < control->ports->count);
	RTE_ASSERT(!rte_is_same_ether_addr(claimant, &control->ports->at[port].mac));
	if (!mcr_conflict_can_be_found(control, port))
		return;
	conflict->claimant = *claimant;
	conflict->claimed_ms = control->now_ms;
}

bool
mcr_conflict_is_claimed(const struct mcr_controller *control, uint16_t port)
{
	const uint64_t claimed_ms = control->conflicts->ports[port].claimed_ms;

	return claimed_ms != 0 && control->now_ms - claimed_ms < CONFLICT_MS;
}

static void
ask_kernel(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		char *name = control->conflicts->ports[i].kernel;

		if (!mcr_interface_kernel_has(control->ports->at[i].address, name))
			name[0] = '\0';
	}
}

void
mcr_conflict_run(struct mcr_controller *control)
{
	struct mcr_conflicts *conflicts = control->conflicts;

	if (control->now_ms >= conflicts->kernel_due_ms) {
		ask_kernel(control);
		conflicts->kernel_due_ms = control->now_ms + KERNEL_INTERVAL_MS;
	}
}

void
mcr_conflict_find_hosts(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		const struct mcr_port *port = &control->ports->at[i];

		if (!mcr_conflict_is_claimed(control, i) || finding->count++ > 0)
			continue;
		/* cppcheck-suppress wrongPrintfScanfArgNum */
		snprintf(finding->text, sizeof(finding->text),
			"port %s: " MCR_MAC_FMT " claims the hub's address " MCR_IP_FMT ", too",
			port->name, RTE_ETHER_ADDR_BYTES(&control->conflicts->ports[i].claimant),
			MCR_IP_ARGS(port->address));
	}
}

void
mcr_conflict_find_kernel(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		const char *name = control->conflicts->ports[i].kernel;
		const uint32_t address = control->ports->at[i].address;

		if (name[0] == '\0' || finding->count++ > 0)
			continue;
		snprintf(finding->text, sizeof(finding->text),
			"the kernel answers for " MCR_IP_FMT ", too: ip address del " MCR_IP_FMT
			"/%u dev %s",
			MCR_IP_ARGS(address), MCR_IP_ARGS(address),
			control->ports->at[i].prefix_len, name);
	}
}

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

/* Of one address. */
struct conflict {
	struct rte_ether_addr claimant;
	uint64_t claimed_ms;            /* 0: never */
	char address[MCR_ADDRESS_TEXT]; /* that was claimed */
	char kernel[IF_NAMESIZE];       /* the kernel interface with the address; "": none */
};

struct port_conflicts {
	struct conflict of[MCR_OWN_ADDRESSES];
};

struct mcr_conflicts {
	uint64_t kernel_due_ms;
	struct port_conflicts ports[];
};

struct mcr_conflicts *
mcr_conflict_create(uint16_t port_count)
{
	return calloc(1, sizeof(struct mcr_conflicts) + port_count * sizeof(struct port_conflicts));
}

/* Some networks answer all ARP requests with the gateway's MAC, even for the hub's own address. */
bool
mcr_conflict_can_be_found(const struct mcr_controller *control, uint16_t port)
{
	return !control->ports->at[port].config.next_hop_is_gateway;
}

static enum mcr_own_address
which_of(const struct mcr_port *port, uint32_t address)
{
	if (!mcr_address_is_ipv6(address))
		return MCR_OWN_IPV4;
	return address == port->address6 ? MCR_OWN_IPV6 : MCR_OWN_LINK_LOCAL;
}

void
mcr_conflict_note(struct mcr_controller *control, uint16_t port, uint32_t address,
	const struct rte_ether_addr *claimant)
{
	struct conflict *conflict =
		&control->conflicts->ports[port].of[which_of(&control->ports->at[port], address)];

	RTE_ASSERT(port < control->ports->count);
	RTE_ASSERT(!rte_is_same_ether_addr(claimant, &control->ports->at[port].mac));
	if (!mcr_conflict_can_be_found(control, port))
		return;
	conflict->claimant = *claimant;
	conflict->claimed_ms = control->now_ms;
	mcr_address_format(address, conflict->address);
}

bool
mcr_conflict_is_claimed(
	const struct mcr_controller *control, uint16_t port, enum mcr_own_address address)
{
	const uint64_t claimed_ms = control->conflicts->ports[port].of[address].claimed_ms;

	return claimed_ms != 0 && control->now_ms - claimed_ms < CONFLICT_MS;
}

static uint32_t
address_of(const struct mcr_port *port, enum mcr_own_address which)
{
	return which == MCR_OWN_IPV6 ? port->address6 : port->address;
}

/* Not for its link-local address: that would be the same by the same MAC, and do no harm. */
static void
ask_kernel_for(struct mcr_controller *control, uint16_t port, enum mcr_own_address which)
{
	const uint32_t address = address_of(&control->ports->at[port], which);
	char *name = control->conflicts->ports[port].of[which].kernel;

	if (address == MCR_ADDRESS_NONE || !mcr_interface_kernel_has(address, name))
		name[0] = '\0';
}

static void
ask_kernel(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->ports->count; i++) {
		ask_kernel_for(control, i, MCR_OWN_IPV4);
		ask_kernel_for(control, i, MCR_OWN_IPV6);
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
	for (unsigned int i = 0; i < MCR_OWN_ADDRESSES * control->ports->count; i++) {
		const uint16_t port = i / MCR_OWN_ADDRESSES;
		const enum mcr_own_address address = i % MCR_OWN_ADDRESSES;
		const struct conflict *conflict = &control->conflicts->ports[port].of[address];

		if (!mcr_conflict_is_claimed(control, port, address) || finding->count++ > 0)
			continue;
		/* cppcheck-suppress [wrongPrintfScanfArgNum, invalidPrintfArgType_uint] */
		snprintf(finding->text, sizeof(finding->text),
			"port %s: " MCR_MAC_FMT " claims the hub's address %s, too",
			control->ports->at[port].name, RTE_ETHER_ADDR_BYTES(&conflict->claimant),
			conflict->address);
	}
}

void
mcr_conflict_find_kernel(const struct mcr_controller *control, struct mcr_health_finding *finding)
{
	for (unsigned int i = 0; i < 2u * control->ports->count; i++) {
		const struct mcr_port *port = &control->ports->at[i / 2];
		const char *name = control->conflicts->ports[i / 2].of[i % 2].kernel;
		unsigned int length = port->prefix_len;
		char text[MCR_ADDRESS_TEXT];

		if (name[0] == '\0' || finding->count++ > 0)
			continue;
		if (i % 2 != 0)
			length = mcr_address_length(port->prefix6);
		mcr_address_format(address_of(port, i % 2), text);
		snprintf(finding->text, sizeof(finding->text),
			"the kernel answers for %s, too: ip address del %s/%u dev %s", text, text,
			length, name);
	}
}

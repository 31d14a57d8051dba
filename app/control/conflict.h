/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Finds other owners of the hub's addresses: hosts by ARP (RFC 5227) and by neighbour
 * discovery (RFC 4862), and the kernel beneath a port. The kernel answers with the port's own MAC,
 * so the hub queries it directly. */

#ifndef MCR_CONTROL_CONFLICT_H
#define MCR_CONTROL_CONFLICT_H

#include "control/context.h"
#include "control/health.h"

/** Of a port's addresses. */
enum mcr_own_address {
	MCR_OWN_IPV4,
	MCR_OWN_IPV6,
	MCR_OWN_LINK_LOCAL,
	MCR_OWN_ADDRESSES,
};

struct mcr_conflicts *
mcr_conflict_create(uint16_t port_count);

/** Note that another MAC address claims one of a port's addresses. */
void
mcr_conflict_note(struct mcr_controller *control, uint16_t port, uint32_t address,
	const struct rte_ether_addr *claimant);

/** Whether answers can show another owner: not where the network answers all ARP. */
bool
mcr_conflict_can_be_found(const struct mcr_controller *control, uint16_t port);

/** Whether another host claimed this address of the port recently. */
bool
mcr_conflict_is_claimed(
	const struct mcr_controller *control, uint16_t port, enum mcr_own_address address);

/** Query the kernel when it is due. */
void
mcr_conflict_run(struct mcr_controller *control);

/** Report hosts that claimed a port's address recently. */
void
mcr_conflict_find_hosts(const struct mcr_controller *control, struct mcr_health_finding *finding);

/** Report port addresses that the kernel also has. */
void
mcr_conflict_find_kernel(const struct mcr_controller *control, struct mcr_health_finding *finding);

#endif

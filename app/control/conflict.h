/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Another owner of the hub's address: a host, which ARP shows (RFC 5227), or the kernel beneath the
 * port. The kernel answers with the port's own MAC, so it is asked directly.
 */

#ifndef MCR_CONTROL_CONFLICT_H
#define MCR_CONTROL_CONFLICT_H

#include "control/context.h"
#include "control/health.h"

/** @return NULL: no memory. */
struct mcr_conflicts *
mcr_conflict_create(uint16_t port_count);

/** A MAC address that is not the port's came with the port's address. */
void
mcr_conflict_note(
	struct mcr_controller *control, uint16_t port, const struct rte_ether_addr *claimant);

/** Whether ARP can show another owner on this port: not where the network answers all ARP. */
bool
mcr_conflict_can_be_found(const struct mcr_controller *control, uint16_t port);

/** Whether another host claimed the port's address a short time ago. */
bool
mcr_conflict_is_claimed(const struct mcr_controller *control, uint16_t port);

/** Ask the kernel, as it is due. */
void
mcr_conflict_run(struct mcr_controller *control);

/** Other hosts that claimed a port's address a short time ago. */
void
mcr_conflict_find_hosts(const struct mcr_controller *control, struct mcr_health_finding *finding);

/** Addresses of ports that the kernel has, too. */
void
mcr_conflict_find_kernel(const struct mcr_controller *control, struct mcr_health_finding *finding);

#endif

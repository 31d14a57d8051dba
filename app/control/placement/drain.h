/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The hub drains: its members are to be served by other hubs before it stops. Those that are
 * placed here are placed elsewhere by the agents; those that come by themselves are refused pings,
 * so that they go to another hub, and are served until they have. Control lcore only. */

#ifndef MCR_CONTROL_PLACEMENT_DRAIN_H
#define MCR_CONTROL_PLACEMENT_DRAIN_H

#include "control/context.h"
#include "control/health.h"

/** Nothing from a member for so long: it does not come any more. */
#define MCR_DRAIN_SILENT_MS 30000

/** Members that this hub still serves. */
struct mcr_drain_counts {
	uint32_t left;
	uint32_t
		coming; /**< of them, those that come by themselves or cannot be placed elsewhere */
};

/** @return NULL: no memory. */
struct mcr_drain *
mcr_drain_create(void);

/** Begin; again changes nothing. Background. */
void
mcr_drain_begin(struct mcr_controller *control);

/** Take it back. */
void
mcr_drain_end(struct mcr_controller *control);

bool
mcr_drain_is_on(const struct mcr_controller *control);

/** Count them now. Background. */
struct mcr_drain_counts
mcr_drain_count(struct mcr_controller *control);

/** Count them once a second. Background. */
void
mcr_drain_run(struct mcr_controller *control);

void
mcr_drain_find(const struct mcr_controller *control, struct mcr_health_finding *finding);

#endif

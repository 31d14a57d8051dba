/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Private to membership.c, membership_route.c and membership_link.c. Control lcore only. */

#ifndef MCR_CONTROL_MEMBERSHIP_STATE_H
#define MCR_CONTROL_MEMBERSHIP_STATE_H

#include <mcr_igmp.h>

#include "control/context.h"
#include "infra/log_pace.h"

/* By enum mcr_router. */
struct mcr_membership {
	struct mcr_igmp *routers[MCR_ROUTERS]; /* NULL: off */
	uint64_t due_ms[MCR_ROUTERS];
	uint64_t retry_due_ms[MCR_ROUTERS]; /* of waiting joins */
	bool asks[MCR_ROUTERS];             /* else the router of IGMP serves AMT alone */
	enum mcr_router first;              /* in the next turn */
	bool joins_wait;                    /* as last logged */
	struct mcr_log_pace waiting_pace;
};

/* membership_route.c: how routers reach members and the table of groups; their arg is the
 * controller. */
extern const struct mcr_igmp_ops mcr_membership_ops;

/* As mcr_igmp_ops.refused. @param group 0: of a whole packet. */
void
mcr_membership_follow_refusal(
	void *arg, uint32_t member, uint32_t group, enum mcr_igmp_rejection rejection);

/* membership_link.c: make the links of one router those of the members that take part. */
void
mcr_membership_follow_links(struct mcr_controller *control, enum mcr_router which);

/* Remove all links, and with them what was joined, from the table of groups as well. */
void
mcr_membership_remove_links(struct mcr_controller *control, enum mcr_router which);

#endif

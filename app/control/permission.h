/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which groups a member may join by IGMP: `join` of its own or of the rule that admitted it, else
 * igmp.groups. Control lcore only.
 *
 * A configuration's lists are copied once, whoever shares them. The router's links point to the
 * copies, which live until the next configuration has given all links theirs.
 */

#ifndef MCR_CONTROL_PERMISSION_H
#define MCR_CONTROL_PERMISSION_H

#include <mcr_igmp.h>

#include "control/context.h"

/** What a member may join. */
struct mcr_permission {
	const struct mcr_igmp_prefix *groups; /**< NULL: what igmp.groups says */
	uint32_t group_count;
};

/** @return NULL: no memory. */
struct mcr_permissions *
mcr_permission_create(uint32_t max_members);

void
mcr_permission_free(struct mcr_controller *control);

struct mcr_permission
mcr_permission_get(const struct mcr_controller *control, uint32_t id);

/**
 * Follow a configuration, for all members there are. To be called before
 * mcr_membership_configure(), which withdraws what may not be joined any more.
 *
 * @param router
 *   Its links point to these lists; NULL: IGMP is off.
 * @param ids
 *   Of the declared members, by their place in config->members.
 * @return
 *   0 or -ENOMEM; then nothing changed.
 */
int
mcr_permission_configure(struct mcr_controller *control, struct mcr_igmp *router,
	const struct mcr_config *config, const uint32_t *ids);

/** A member was admitted by the configuration in force. */
void
mcr_permission_admit(struct mcr_controller *control, struct mcr_igmp *router, uint32_t id);

/** A member is withdrawn, and its link with it: who gets the id next starts over. */
void
mcr_permission_forget(struct mcr_controller *control, uint32_t id);

#endif

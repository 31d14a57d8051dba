/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Which groups a member may join: its own `join` or that of its admit rule, else igmp.groups
 * and mld.groups. Control lcore only. The lists, which have groups of both families, are copied
 * once a configuration. The routers' links point to the copies until the next configuration has
 * replaced them in all links. */

#ifndef MCR_CONTROL_PERMISSION_H
#define MCR_CONTROL_PERMISSION_H

#include <mcr_igmp.h>

#include "control/context.h"

/** What a member may join. */
struct mcr_permission {
	const struct mcr_igmp_prefix *groups; /**< NULL: igmp.groups and mld.groups */
	uint32_t group_count;
};

struct mcr_permissions *
mcr_permission_create(uint32_t max_members);

void
mcr_permission_free(struct mcr_controller *control);

struct mcr_permission
mcr_permission_get(const struct mcr_controller *control, uint32_t id);

/**
 * Follow a configuration. Call it before mcr_membership_configure(), which withdraws joins that
 * are no longer permitted.
 * @param routers Those of mcr_membership_routers().
 * @param ids Of the declared members, as in config->members.
 * @return 0 or -ENOMEM; a failure changes nothing.
 */
int
mcr_permission_configure(struct mcr_controller *control, struct mcr_igmp *const *routers,
	const struct mcr_config *config, const uint32_t *ids);

/** Permit a newly admitted member what its rule in the configuration in force permits. */
void
mcr_permission_admit(struct mcr_controller *control, struct mcr_igmp *const *routers, uint32_t id);

/** Forget a withdrawn member's lists; its link is gone. */
void
mcr_permission_forget(struct mcr_controller *control, uint32_t id);

#endif

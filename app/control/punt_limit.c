/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "control/punt_limit.h"

/* Twice the required 10,000 joins/s. */
#define FRAMES_PER_MS 20
#define FRAMES_AT_ONCE 20000

struct mcr_punt_limits {
	struct mcr_rate_limit no_member[MCR_PUNT_CLASSES];
	struct mcr_rate_limit members[]; /* by member id */
};

struct mcr_punt_limits *
mcr_punt_limit_create(uint32_t max_members)
{
	return calloc(
		1, sizeof(struct mcr_punt_limits) + max_members * sizeof(struct mcr_rate_limit));
}

void
mcr_punt_limit_start_member(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->config->limits.members);
	control->punt_limits->members[id] = (struct mcr_rate_limit){0};
}

bool
mcr_punt_limit_take(struct mcr_controller *control, enum mcr_punt_class class, uint32_t id)
{
	struct mcr_punt_limits *limits = control->punt_limits;

	RTE_ASSERT(id == MCR_MEMBER_NONE || id < control->config->limits.members);
	return mcr_rate_limit_take(
		id == MCR_MEMBER_NONE ? &limits->no_member[class] : &limits->members[id],
		FRAMES_PER_MS, FRAMES_AT_ONCE, control->now_ms);
}

uint32_t
mcr_punt_limit_used(const struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->config->limits.members);
	return control->punt_limits->members[id].used;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "control/punt_limit.h"

/* Twice the required 10,000 joins/s. */
#define FRAMES_PER_MS 20
#define FRAMES_AT_ONCE 20000

struct mcr_punt_limits {
	struct mcr_rate_limit no_member;
	uint32_t max_members;
	struct mcr_rate_limit members[]; /* by member id */
};

int
mcr_punt_limit_create(struct mcr_controller *control)
{
	const uint32_t max_members = control->config->limits.members;
	struct mcr_punt_limits *limits =
		calloc(1, sizeof(*limits) + max_members * sizeof(limits->members[0]));

	control->punt_limits = limits;
	if (limits == NULL)
		return -ENOMEM;
	limits->max_members = max_members;
	return 0;
}

void
mcr_punt_limit_free(struct mcr_controller *control)
{
	free(control->punt_limits);
	control->punt_limits = NULL;
}

void
mcr_punt_limit_start_member(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->punt_limits->max_members);
	control->punt_limits->members[id] = (struct mcr_rate_limit){0};
}

bool
mcr_punt_limit_take(struct mcr_controller *control, uint32_t id)
{
	struct mcr_punt_limits *limits = control->punt_limits;

	RTE_ASSERT(id == MCR_MEMBER_NONE || id < limits->max_members);
	return mcr_rate_limit_take(
		id == MCR_MEMBER_NONE ? &limits->no_member : &limits->members[id], FRAMES_PER_MS,
		FRAMES_AT_ONCE, control->now_ms);
}

uint32_t
mcr_punt_limit_used(const struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->punt_limits->max_members);
	return control->punt_limits->members[id].used;
}

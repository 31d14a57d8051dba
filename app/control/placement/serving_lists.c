/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "control/bridge.h"
#include "control/domain.h"
#include "control/membership.h"
#include "control/placement/serving_state.h"
#include "fib/placement.h"
#include "infra/log_pace.h"

/* Other hubs wait for it until a next turn has the memory. */
static int
list(struct mcr_controller *control, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	int ret;

	control->serving->at[id].is_listed = true;
	ret = mcr_bridge_add(control, id);
	if (ret == 0)
		ret = mcr_domain_add_host(control, id, member);
	if (ret != 0) {
		MCR_LOG_PACED(ERR, control->now_ms, id, "member %s cannot be served yet: %s",
			member->name, strerror(-ret));
		mcr_bridge_remove(control, id);
		control->serving->at[id].is_listed = false;
		return ret;
	}
	mcr_group_suspend(control->fib->groups, id, false);
	mcr_membership_reach(control, id);
	return 0;
}

void
mcr_serving_unlist(struct mcr_controller *control, uint32_t id)
{
	mcr_group_suspend(control->fib->groups, id, true);
	mcr_bridge_remove(control, id);
	mcr_domain_remove_host(control, id, mcr_member_get(control->fib->members, id));
	control->serving->at[id].is_listed = false;
}

void
mcr_serving_set_masks(struct mcr_controller *control, bool widens)
{
	struct mcr_placement *placement = control->fib->placement;

	for (uint32_t id = mcr_serving_next(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_serving_next(control, id)) {
		const uint8_t before = widens ? mcr_placement_mask(placement, id) : 0;

		mcr_placement_set_mask(placement, id, control->serving->at[id].now.mask | before);
	}
}

static int
keep_error(int first, int next)
{
	return first != 0 ? first : next;
}

int
mcr_serving_publish(struct mcr_controller *control)
{
	int ret = 0;

	control->serving->gave_up = false;
	for (uint32_t id = mcr_serving_next(control, MCR_MEMBER_NONE); id != MCR_MEMBER_NONE;
		id = mcr_serving_next(control, id)) {
		const struct mcr_serving_member *shared = &control->serving->at[id];
		const bool must_list = shared->now.mask != MCR_PLACEMENT_NEVER;

		if (shared->is_listed && !must_list)
			mcr_serving_unlist(control, id);
		else if (!shared->is_listed && must_list)
			ret = keep_error(ret, list(control, id));
	}
	ret = keep_error(ret, mcr_fib_commit_groups(control->fib));
	return keep_error(ret, mcr_fib_commit_segments(control->fib));
}

bool
mcr_serving_gave_up(const struct mcr_controller *control)
{
	return control->serving->gave_up;
}

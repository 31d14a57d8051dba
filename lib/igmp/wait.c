/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Groups whose routes the owner could not all put in force, in the order in which they are tried
 * again. */

#include <errno.h>

#include <rte_common.h>

#include "state.h"

static void
begin_waiting(struct mcr_igmp *igmp, struct igmp_group *group, enum mcr_igmp_rejection bound)
{
	struct igmp_link *link = igmp_group_link(group);

	group->is_waiting = true;
	TAILQ_INSERT_TAIL(&igmp->waiting, group, wait);
	link->waiting_count++;
	igmp->waiting_count++;
	igmp_count_rejection(igmp, bound);
	igmp->ops.limited(igmp->arg, link->member_id, group->node.address, bound);
}

enum mcr_igmp_route
igmp_wait_tell(struct mcr_igmp *igmp, struct igmp_group *group, uint32_t source,
	enum mcr_igmp_route before, enum mcr_igmp_route after)
{
	const int ret = igmp->ops.changed(igmp->arg, igmp_group_link(group)->member_id,
		group->node.address, source, before, after);

	if (ret == 0)
		return after;
	igmp->refusals++;
	if (!group->is_waiting)
		begin_waiting(igmp, group,
			ret == -ENOMEM ? MCR_IGMP_REJECT_NO_MEMORY : MCR_IGMP_REJECT_TOTAL_GROUPS);
	return MCR_IGMP_ROUTE_NONE;
}

void
igmp_wait_end(struct mcr_igmp *igmp, struct igmp_group *group)
{
	if (!group->is_waiting)
		return;
	group->is_waiting = false;
	TAILQ_REMOVE(&igmp->waiting, group, wait);
	igmp_group_link(group)->waiting_count--;
	igmp->waiting_count--;
}

uint32_t
mcr_igmp_retry(struct mcr_igmp *igmp, uint64_t now_ms, uint32_t limit)
{
	const uint32_t before = igmp->waiting_count;
	const uint64_t refusals = igmp->refusals;
	struct igmp_group *group;

	igmp->now = now_ms;
	/* Each of them may have many sources. */
	for (uint32_t i = 0; i < RTE_MIN(limit, before) && igmp->refusals - refusals < limit; i++) {
		group = TAILQ_FIRST(&igmp->waiting);
		TAILQ_REMOVE(&igmp->waiting, group, wait);
		TAILQ_INSERT_TAIL(&igmp->waiting, group, wait);
		igmp_group_settle(igmp, group);
	}
	return before - igmp->waiting_count;
}

uint32_t
mcr_igmp_count_waiting(const struct mcr_igmp *igmp)
{
	return igmp->waiting_count;
}

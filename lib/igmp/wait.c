/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Groups with refused routes, in the order of their retries. */

#include <errno.h>

#include <rte_debug.h>

#include "state.h"

static void
begin_waiting(struct mcr_igmp *igmp, struct igmp_group *group, enum mcr_igmp_rejection bound)
{
	struct igmp_link *link = igmp_group_link(group);

	RTE_ASSERT(!group->is_waiting);
	group->is_waiting = true;
	TAILQ_INSERT_TAIL(&igmp->waiting, group, wait);
	link->waiting_count++;
	igmp->waiting_count++;
	igmp_report_limit(igmp, link, group->node.address, bound);
}

enum mcr_igmp_route
igmp_wait_publish(struct mcr_igmp *igmp, struct igmp_group *group, uint32_t source,
	enum mcr_igmp_route before, enum mcr_igmp_route after)
{
	const int ret = igmp->ops.changed(igmp->arg, igmp_group_link(group)->member_id,
		group->node.address, source, before, after);

	RTE_ASSERT(before != after);
	RTE_ASSERT(source != 0 || after != MCR_IGMP_ROUTE_EXCLUDE);
	RTE_ASSERT(ret == 0 || after != MCR_IGMP_ROUTE_NONE);
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
	RTE_ASSERT(igmp_group_link(group)->waiting_count > 0 && igmp->waiting_count > 0);
	group->is_waiting = false;
	TAILQ_REMOVE(&igmp->waiting, group, wait);
	igmp_group_link(group)->waiting_count--;
	igmp->waiting_count--;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "state.h"

#define TIMERS_OF_A_GROUP 2

struct igmp_group *
igmp_group_find(const struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t address)
{
	return (struct igmp_group *)igmp_index_find(&igmp->groups, link, address);
}

static enum mcr_igmp_rejection
check_group_bounds(const struct mcr_igmp *igmp, const struct igmp_link *link)
{
	if (link->group_count >= igmp->config.max_groups_per_member)
		return MCR_IGMP_REJECT_MEMBER_GROUPS;
	if (igmp->group_count >= igmp->config.max_groups)
		return MCR_IGMP_REJECT_TOTAL_GROUPS;
	return MCR_IGMP_ACCEPTED;
}

static struct igmp_group *
allocate_group(struct mcr_igmp *igmp)
{
	struct igmp_group *group = calloc(1, sizeof(*group));

	if (group == NULL || mcr_timers_reserve(&igmp->timers, TIMERS_OF_A_GROUP) != 0) {
		free(group);
		return NULL;
	}
	group->timer.tag = IGMP_TIMER_GROUP;
	group->retransmit.tag = IGMP_TIMER_RETRANSMIT;
	return group;
}

struct igmp_group *
igmp_group_add(struct mcr_igmp *igmp, struct igmp_link *link, uint32_t address)
{
	enum mcr_igmp_rejection bound = check_group_bounds(igmp, link);
	struct igmp_group *group = NULL;

	if (bound == MCR_IGMP_ACCEPTED) {
		group = allocate_group(igmp);
		bound = MCR_IGMP_REJECT_NO_MEMORY;
	}
	if (group == NULL) {
		igmp_report_limit(igmp, link, address, bound);
		return NULL;
	}
	mcr_address_hold(address);
	group->node.owner = link;
	group->node.address = address;
	igmp_index_add(&igmp->groups, &group->node);
	LIST_INSERT_HEAD(&link->groups, group, link);
	link->group_count++;
	igmp->group_count++;
	return group;
}

static void
publish_any_source(struct mcr_igmp *igmp, struct igmp_group *group, enum mcr_igmp_route route)
{
	if (group->published != route)
		group->published = igmp_wait_publish(igmp, group, 0, group->published, route);
}

void
igmp_group_remove(struct mcr_igmp *igmp, struct igmp_group *group)
{
	publish_any_source(igmp, group, MCR_IGMP_ROUTE_NONE);
	while (!LIST_EMPTY(&group->sources))
		igmp_source_remove(igmp, group, LIST_FIRST(&group->sources));
	RTE_ASSERT(group->source_count == 0 && group->published == MCR_IGMP_ROUTE_NONE);
	igmp_wait_end(igmp, group);
	igmp_host_forget_all(igmp, group);
	RTE_ASSERT(group->hosts.count == 0);
	mcr_timer_stop(&igmp->timers, &group->timer);
	mcr_timer_stop(&igmp->timers, &group->retransmit);
	mcr_timers_release(&igmp->timers, TIMERS_OF_A_GROUP);
	igmp_index_remove(&igmp->groups, &group->node);
	RTE_ASSERT(igmp_group_link(group)->group_count > 0 && igmp->group_count > 0);
	LIST_REMOVE(group, link);
	igmp_group_link(group)->group_count--;
	igmp->group_count--;
	mcr_address_drop(group->node.address);
	free(group);
}

/*
 * New source routes first, then (*,G), then withdrawals: a source that moves from its own JOIN to
 * (*,G) is never without a route, and an excluded one is blocked before (*,G) opens.
 */
void
igmp_group_settle(struct mcr_igmp *igmp, struct igmp_group *group)
{
	const uint64_t refusals = igmp->refusals;
	struct igmp_source *source;

	LIST_FOREACH (source, &group->sources, link) {
		const enum mcr_igmp_route route = igmp_source_route(igmp, group, source);

		if (route != MCR_IGMP_ROUTE_NONE)
			igmp_source_publish(igmp, group, source, route);
	}
	publish_any_source(igmp, group,
		group->mode == MCR_IGMP_EXCLUDE ? MCR_IGMP_ROUTE_JOIN : MCR_IGMP_ROUTE_NONE);
	LIST_FOREACH (source, &group->sources, link) {
		if (igmp_source_route(igmp, group, source) == MCR_IGMP_ROUTE_NONE)
			igmp_source_publish(igmp, group, source, MCR_IGMP_ROUTE_NONE);
	}
	if (igmp->refusals == refusals)
		igmp_wait_end(igmp, group);
}

void
igmp_group_expire(struct mcr_igmp *igmp, struct igmp_group *group)
{
	struct igmp_source *source, *next;

	RTE_ASSERT(group->mode == MCR_IGMP_EXCLUDE);
	mcr_timer_stop(&igmp->timers, &group->timer);
	group->queries_left = 0;
	group->mode = MCR_IGMP_INCLUDE;
	igmp_group_settle(igmp, group);
	for (source = LIST_FIRST(&group->sources); source != NULL; source = next) {
		next = LIST_NEXT(source, link);
		if (!igmp_source_runs(igmp, source))
			igmp_source_remove(igmp, group, source);
	}
}

struct igmp_group *
igmp_group_find_current(struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t address)
{
	struct igmp_group *group = igmp_group_find(igmp, link, address);

	if (group == NULL || group->mode == MCR_IGMP_INCLUDE ||
		mcr_timer_runs(&group->timer, igmp->now))
		return group;
	igmp_group_expire(igmp, group);
	return igmp_group_tidy(igmp, group) ? NULL : group;
}

bool
igmp_group_tidy(struct mcr_igmp *igmp, struct igmp_group *group)
{
	if (group->mode != MCR_IGMP_INCLUDE || !LIST_EMPTY(&group->sources))
		return false;
	igmp_group_remove(igmp, group);
	return true;
}

uint8_t
igmp_group_version(const struct igmp_group *group, uint64_t now)
{
	if (group->v1_until > now)
		return 1;
	return group->v2_until > now ? 2 : 3;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "state.h"

struct igmp_source *
igmp_source_find(const struct mcr_igmp *igmp, const struct igmp_group *group, uint32_t address)
{
	return (struct igmp_source *)igmp_index_find(&igmp->sources, group, address);
}

struct igmp_source *
igmp_source_find_bytes(
	const struct mcr_igmp *igmp, const struct igmp_group *group, const uint8_t *bytes)
{
	const uint32_t address = igmp_address_find(igmp, bytes);

	return address == MCR_ADDRESS_NONE ? NULL : igmp_source_find(igmp, group, address);
}

static enum mcr_igmp_rejection
check_source_bounds(const struct mcr_igmp *igmp, const struct igmp_group *group)
{
	if (group->source_count >= igmp->config.max_sources_per_group)
		return MCR_IGMP_REJECT_GROUP_SOURCES;
	if (igmp_group_link(group)->source_count >= igmp->config.max_sources_per_member)
		return MCR_IGMP_REJECT_MEMBER_SOURCES;
	if (igmp->source_count >= igmp->config.max_sources)
		return MCR_IGMP_REJECT_TOTAL_SOURCES;
	return MCR_IGMP_ACCEPTED;
}

static struct igmp_source *
allocate_source(struct mcr_igmp *igmp, const uint8_t *bytes)
{
	const uint32_t address = igmp_address_get(igmp, bytes);
	struct igmp_source *source = calloc(1, sizeof(*source));

	if (address == MCR_ADDRESS_NONE || source == NULL ||
		mcr_timers_reserve(&igmp->timers, 1) != 0) {
		mcr_address_drop(address);
		free(source);
		return NULL;
	}
	source->node.address = address;
	source->timer.tag = IGMP_TIMER_SOURCE;
	return source;
}

struct igmp_source *
igmp_source_add(struct mcr_igmp *igmp, struct igmp_group *group, const uint8_t *bytes)
{
	enum mcr_igmp_rejection bound = check_source_bounds(igmp, group);
	struct igmp_link *link = igmp_group_link(group);
	struct igmp_source *source = NULL;

	if (bound == MCR_IGMP_ACCEPTED) {
		source = allocate_source(igmp, bytes);
		bound = MCR_IGMP_REJECT_NO_MEMORY;
	}
	if (source == NULL) {
		igmp_report_limit(igmp, link, group->node.address, bound);
		return NULL;
	}
	source->node.owner = group;
	igmp_index_add(&igmp->sources, &source->node);
	LIST_INSERT_HEAD(&group->sources, source, link);
	group->source_count++;
	link->source_count++;
	igmp->source_count++;
	return source;
}

void
igmp_source_remove(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source)
{
	RTE_ASSERT(source->node.owner == group);
	igmp_source_publish(igmp, group, source, MCR_IGMP_ROUTE_NONE);
	RTE_ASSERT(source->published == MCR_IGMP_ROUTE_NONE);
	mcr_timer_stop(&igmp->timers, &source->timer);
	mcr_timers_release(&igmp->timers, 1);
	igmp_index_remove(&igmp->sources, &source->node);
	RTE_ASSERT(group->source_count > 0 && igmp->source_count > 0);
	LIST_REMOVE(source, link);
	group->source_count--;
	igmp_group_link(group)->source_count--;
	igmp->source_count--;
	mcr_address_drop(source->node.address);
	free(source);
}

void
igmp_source_expire(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source)
{
	if (group->mode == MCR_IGMP_INCLUDE) {
		igmp_source_remove(igmp, group, source);
		return;
	}
	mcr_timer_stop(&igmp->timers, &source->timer);
	source->queries_left = 0;
	igmp_source_publish(igmp, group, source, MCR_IGMP_ROUTE_EXCLUDE);
}

enum mcr_igmp_route
igmp_source_route(const struct mcr_igmp *igmp, const struct igmp_group *group,
	const struct igmp_source *source)
{
	const bool runs = igmp_source_runs(igmp, source);

	if (group->mode == MCR_IGMP_INCLUDE)
		return runs ? MCR_IGMP_ROUTE_JOIN : MCR_IGMP_ROUTE_NONE;
	return runs ? MCR_IGMP_ROUTE_NONE : MCR_IGMP_ROUTE_EXCLUDE;
}

void
igmp_source_publish(struct mcr_igmp *igmp, struct igmp_group *group, struct igmp_source *source,
	enum mcr_igmp_route route)
{
	if (source->published != route)
		source->published = igmp_wait_publish(
			igmp, group, source->node.address, source->published, route);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_common.h>
#include <rte_debug.h>

#include "state.h"

const struct mcr_igmp_counters *
mcr_igmp_get_counters(const struct mcr_igmp *igmp)
{
	return &igmp->counters;
}

uint32_t
mcr_igmp_count_groups(const struct mcr_igmp *igmp)
{
	return igmp->group_count;
}

uint32_t
mcr_igmp_count_sources(const struct mcr_igmp *igmp)
{
	return igmp->source_count;
}

uint32_t
mcr_igmp_count_hosts(const struct mcr_igmp *igmp)
{
	return igmp->host_count;
}

uint32_t
mcr_igmp_count_waiting(const struct mcr_igmp *igmp)
{
	return igmp->waiting_count;
}

bool
mcr_igmp_get_querier(const struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms,
	struct mcr_igmp_querier *querier)
{
	const struct igmp_link *link = igmp_link_find(igmp, member_id);

	if (link == NULL)
		return false;
	*querier = (struct mcr_igmp_querier){
		.querier = link->querier,
		.passive = link->passive,
		.address = link->querier ? link->address : link->other_querier,
		.robustness = link->robustness,
		.startup_queries_left = link->startup_queries_left,
		.query_interval_ms = link->query_interval_ms,
		.next_ms = mcr_timer_left(
			link->querier ? &link->query_timer : &link->other_querier_present, now_ms),
		.groups = link->group_count,
		.sources = link->source_count,
		.waiting = link->waiting_count,
	};
	return true;
}

static uint64_t
last_source_left(const struct igmp_group *group, uint64_t now)
{
	const struct igmp_source *source;
	uint64_t left = 0;

	LIST_FOREACH (source, &group->sources, link)
		left = RTE_MAX(left, mcr_timer_left(&source->timer, now));
	return left;
}

static void
fill_state(const struct mcr_igmp *igmp, const struct igmp_group *group, uint64_t now,
	struct mcr_igmp_state *state)
{
	*state = (struct mcr_igmp_state){
		.member_id = igmp_group_link(group)->member_id,
		.group = group->node.address,
		.mode = group->mode,
		.version = igmp_group_version(group, now) - igmp->protocol->version_offset,
		.source_count = group->source_count,
		.expires_ms = group->mode == MCR_IGMP_EXCLUDE ? mcr_timer_left(&group->timer, now)
	                                                      : last_source_left(group, now),
	};
}

static void
fill_source(const struct igmp_source *source, uint64_t now, struct mcr_igmp_source *state)
{
	*state = (struct mcr_igmp_source){
		.address = source->node.address,
		.forward = source->timer.slot != 0,
		.expires_ms = mcr_timer_left(&source->timer, now),
	};
}

static const struct igmp_group *
find_group_record(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group)
{
	const struct igmp_link *link = igmp_link_find(igmp, member_id);

	return link == NULL ? NULL : igmp_group_find(igmp, link, group);
}

bool
mcr_igmp_get_state(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group, uint64_t now_ms,
	struct mcr_igmp_state *state)
{
	const struct igmp_group *record = find_group_record(igmp, member_id, group);

	if (record == NULL)
		return false;
	fill_state(igmp, record, now_ms, state);
	return true;
}

bool
mcr_igmp_get_source(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group,
	uint32_t source, uint64_t now_ms, struct mcr_igmp_source *state)
{
	const struct igmp_group *record = find_group_record(igmp, member_id, group);
	const struct igmp_source *found =
		record == NULL ? NULL : igmp_source_find(igmp, record, source);

	if (found == NULL)
		return false;
	fill_source(found, now_ms, state);
	return true;
}

uint32_t
mcr_igmp_get_sources(const struct mcr_igmp *igmp, uint32_t member_id, uint32_t group,
	uint64_t now_ms, struct mcr_igmp_source *sources, uint32_t max)
{
	const struct igmp_group *record = find_group_record(igmp, member_id, group);
	const struct igmp_source *source;
	uint32_t count = 0;

	if (record == NULL)
		return 0;
	LIST_FOREACH (source, &record->sources, link) {
		if (count < max)
			fill_source(source, now_ms, &sources[count]);
		count++;
	}
	RTE_ASSERT(count == record->source_count);
	return count;
}

uint32_t
mcr_igmp_visit_member(const struct mcr_igmp *igmp, uint32_t member_id, uint64_t now_ms,
	mcr_igmp_visit visit, void *arg)
{
	const struct igmp_link *link = igmp_link_find(igmp, member_id);
	const struct igmp_group *group;
	uint32_t visited = 0;

	if (link == NULL)
		return 0;
	LIST_FOREACH (group, &link->groups, link) {
		struct mcr_igmp_state state;

		fill_state(igmp, group, now_ms, &state);
		visited++;
		if (!visit(arg, &state))
			break;
	}
	RTE_ASSERT(visited <= link->group_count);
	return visited;
}

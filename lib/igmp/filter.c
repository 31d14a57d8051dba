/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * The tables of RFC 9776 6.4.1 and 6.4.2. Their ten rows consist of three operations, after which
 * the marked sources are those in B:
 *
 *   request(B)         (B)=GMI
 *   restrict_to(B, t)  EXCLUDE with the sources in B; new ones get the timer t
 *   mark_known(B)      mark the sources in B that exist
 */

#include <rte_debug.h>

#include "interval.h"
#include "state.h"

#define NOT_RUNNING 0

static void
unmark_all(struct igmp_group *group)
{
	struct igmp_source *source;

	LIST_FOREACH (source, &group->sources, link)
		source->marked = false;
}

static void
mark_or_add(struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record,
	uint64_t deadline)
{
	for (uint16_t i = 0; i < record->source_count; i++) {
		const uint8_t *address = igmp_source_at(igmp, record->sources, i);
		struct igmp_source *source = igmp_source_find_bytes(igmp, group, address);

		if (source == NULL) {
			source = igmp_source_add(igmp, group, address);
			if (source == NULL)
				continue;
			if (deadline != NOT_RUNNING)
				mcr_timer_start(&igmp->timers, &source->timer, deadline);
		}
		source->marked = true;
	}
}

static void
mark_known(struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record)
{
	for (uint16_t i = 0; i < record->source_count; i++) {
		struct igmp_source *source = igmp_source_find_bytes(
			igmp, group, igmp_source_at(igmp, record->sources, i));

		if (source != NULL)
			source->marked = true;
	}
}

static void
request(struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record,
	uint64_t deadline)
{
	struct igmp_source *source;

	mark_or_add(igmp, group, record, NOT_RUNNING);
	LIST_FOREACH (source, &group->sources, link) {
		if (source->marked)
			mcr_timer_start(&igmp->timers, &source->timer, deadline);
	}
}

static void
remove_unmarked(struct mcr_igmp *igmp, struct igmp_group *group)
{
	struct igmp_source *source, *next;

	for (source = LIST_FIRST(&group->sources); source != NULL; source = next) {
		next = LIST_NEXT(source, link);
		if (!source->marked)
			igmp_source_remove(igmp, group, source);
	}
}

/* Publish (*,G) before removing sources, so that joined sources are not interrupted. */
static void
restrict_to(struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record,
	uint64_t deadline)
{
	mark_or_add(igmp, group, record, deadline);
	group->mode = MCR_IGMP_EXCLUDE;
	igmp_group_settle(igmp, group);
	remove_unmarked(igmp, group);
	RTE_ASSERT(group->source_count <= record->source_count);
}

static void
apply_exclude(struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record,
	uint64_t expiry)
{
	const bool was_exclude = group->mode == MCR_IGMP_EXCLUDE;

	restrict_to(igmp, group, record, was_exclude ? expiry : NOT_RUNNING);
	mcr_timer_start(&igmp->timers, &group->timer, expiry);
}

static void
apply_to_exclude(struct mcr_igmp *igmp, struct igmp_group *group,
	const struct mcr_igmp_record *record, uint64_t expiry)
{
	const bool was_exclude = group->mode == MCR_IGMP_EXCLUDE;

	restrict_to(igmp, group, record, was_exclude ? group->timer.deadline : NOT_RUNNING);
	igmp_query_sources(igmp, group, true);
	mcr_timer_start(&igmp->timers, &group->timer, expiry);
}

static void
apply_to_include(struct mcr_igmp *igmp, struct igmp_group *group,
	const struct mcr_igmp_record *record, uint64_t expiry)
{
	request(igmp, group, record, expiry);
	igmp_group_settle(igmp, group);
	igmp_query_sources(igmp, group, false);
	if (group->mode == MCR_IGMP_EXCLUDE)
		igmp_query_group(igmp, group);
}

static void
apply_block(struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record)
{
	if (group->mode == MCR_IGMP_INCLUDE)
		mark_known(igmp, group, record);
	else
		mark_or_add(igmp, group, record, group->timer.deadline);
	igmp_query_sources(igmp, group, true);
}

static void
apply_record(struct mcr_igmp *igmp, struct igmp_group *group, const struct mcr_igmp_record *record)
{
	const uint64_t expiry = igmp->now + igmp_membership_interval(igmp, igmp_group_link(group));

	unmark_all(group);
	switch (record->type) {
	case MCR_IGMP_IS_IN:
	case MCR_IGMP_ALLOW:
		request(igmp, group, record, expiry);
		break;
	case MCR_IGMP_IS_EX:
		apply_exclude(igmp, group, record, expiry);
		break;
	case MCR_IGMP_TO_IN:
		apply_to_include(igmp, group, record, expiry);
		break;
	case MCR_IGMP_TO_EX:
		apply_to_exclude(igmp, group, record, expiry);
		break;
	case MCR_IGMP_BLOCK:
		apply_block(igmp, group, record);
		break;
	}
}

void
igmp_filter_apply(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record)
{
	struct igmp_group *group = igmp_group_find(igmp, link, record->group);

	RTE_ASSERT(record->type > MCR_IGMP_RECORD_NONE && record->type < MCR_IGMP_RECORD_TYPES);
	if (group == NULL && mcr_igmp_record_joins(record))
		group = igmp_group_add(igmp, link, record->group);
	if (group == NULL)
		return;
	igmp_host_note(igmp, group, record);
	apply_record(igmp, group, record);
	RTE_ASSERT((group->mode == MCR_IGMP_EXCLUDE) == (group->timer.slot != 0));
	igmp_group_settle(igmp, group);
	igmp_group_tidy(igmp, group);
}

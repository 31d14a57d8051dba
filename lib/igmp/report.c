/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "interval.h"
#include "state.h"
#include "wire.h"

#define SSM_RANGE MCR_IPV4(232, 0, 0, 0)
#define SSM_MASK MCR_IPV4(255, 0, 0, 0)

static bool
is_listed(const struct mcr_igmp_prefix *prefixes, uint32_t count, uint32_t group)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct mcr_igmp_prefix *prefix = &prefixes[i];

		if (((group ^ prefix->address) & mcr_ipv4_mask(prefix->length)) == 0)
			return true;
	}
	return false;
}

bool
igmp_is_permitted(const struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t group)
{
	if (link->permitted != NULL)
		return is_listed(link->permitted, link->permitted_count, group);
	return is_listed(igmp->config.groups, igmp->config.group_count, group);
}

/* 224.0.0.1 is never reported (RFC 9776 5); the rest of 224.0.0.0/24 is ordinary. */
static enum mcr_igmp_rejection
check_group(const struct mcr_igmp *igmp, const struct igmp_link *link, uint32_t group)
{
	if (!mcr_ipv4_is_multicast(group))
		return MCR_IGMP_REJECT_NOT_MULTICAST;
	if (group == WIRE_ALL_SYSTEMS)
		return MCR_IGMP_REJECT_ALL_SYSTEMS;
	if (!igmp_is_permitted(igmp, link, group))
		return MCR_IGMP_REJECT_NOT_PERMITTED;
	return MCR_IGMP_ACCEPTED;
}

static bool
is_any_source(const struct mcr_igmp_record *record)
{
	return record->type == MCR_IGMP_IS_EX || record->type == MCR_IGMP_TO_EX;
}

static bool
is_ssm(const struct mcr_igmp *igmp, uint32_t group)
{
	return igmp->config.strict_ssm && (group & SSM_MASK) == SSM_RANGE;
}

static bool
is_unicast(uint32_t address)
{
	return address != 0 && !mcr_ipv4_is_multicast(address) && address != RTE_IPV4_BROADCAST;
}

static bool
has_bad_source(const struct mcr_igmp_record *record)
{
	for (uint16_t i = 0; i < record->source_count; i++) {
		if (!is_unicast(mcr_igmp_read_source(record->sources, i)))
			return true;
	}
	return false;
}

static enum mcr_igmp_rejection
check_record(const struct mcr_igmp *igmp, const struct igmp_link *link,
	const struct mcr_igmp_record *record)
{
	enum mcr_igmp_rejection rejection;

	if (record->type == MCR_IGMP_RECORD_NONE || record->type >= MCR_IGMP_RECORD_TYPES)
		return MCR_IGMP_REJECT_UNKNOWN_RECORD;
	rejection = check_group(igmp, link, record->group);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	if (is_any_source(record) && is_ssm(igmp, record->group))
		return MCR_IGMP_REJECT_SSM_ANY_SOURCE;
	if (has_bad_source(record))
		return MCR_IGMP_REJECT_BAD_SOURCE;
	return MCR_IGMP_ACCEPTED;
}

/* 7.3.2: older hosts present prevent BLOCK; v1 hosts prevent leaves, too. */
static bool
is_ignored_for_older_hosts(const struct mcr_igmp_record *record, uint8_t version)
{
	if (record->type == MCR_IGMP_BLOCK)
		return version < 3;
	return record->type == MCR_IGMP_TO_IN && version < 2;
}

static enum mcr_igmp_rejection
apply_permitted(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record)
{
	const struct igmp_group *group = igmp_group_find_current(igmp, link, record->group);
	const uint8_t version = group == NULL ? 3 : igmp_group_version(group, igmp->now);
	struct mcr_igmp_record effective = *record;

	RTE_ASSERT(igmp_is_permitted(igmp, link, record->group));
	if (is_ignored_for_older_hosts(record, version))
		return MCR_IGMP_REJECT_OLDER_HOST;
	if (record->type == MCR_IGMP_TO_EX && version < 3)
		effective.source_count = 0;
	igmp_filter_apply(igmp, link, &effective);
	return MCR_IGMP_ACCEPTED;
}

static void
report_refusal(const struct mcr_igmp *igmp, const struct igmp_link *link,
	const struct mcr_igmp_record *record, enum mcr_igmp_rejection rejection)
{
	if (igmp->ops.refused != NULL && mcr_igmp_record_joins(record))
		igmp->ops.refused(igmp->arg, link->member_id, record->group, rejection);
}

enum mcr_igmp_rejection
igmp_report_record(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record)
{
	enum mcr_igmp_rejection rejection = check_record(igmp, link, record);

	if (rejection == MCR_IGMP_ACCEPTED)
		rejection = apply_permitted(igmp, link, record);
	if (rejection == MCR_IGMP_ACCEPTED) {
		igmp->counters.records[record->type]++;
	} else {
		igmp_count_rejection(igmp, rejection);
		report_refusal(igmp, link, record, rejection);
	}
	return rejection;
}

static void
receive_v3(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	const uint8_t *records = message->body;

	for (uint16_t i = 0; i < message->count; i++) {
		struct mcr_igmp_record record;

		mcr_igmp_read_record(&records, &record);
		igmp_report_record(igmp, link, &record);
	}
}

/* A v1 or v2 report is IS_EX({}), a v2 leave TO_IN({}). */
static enum mcr_igmp_rejection
receive_older(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	const bool leaves = message->type == MCR_IGMP_V2_LEAVE;
	const uint64_t until = igmp->now + igmp_older_host_interval(igmp, link);
	const struct mcr_igmp_record record = {
		.type = leaves ? MCR_IGMP_TO_IN : MCR_IGMP_IS_EX,
		.group = message->group,
	};
	enum mcr_igmp_rejection rejection = check_record(igmp, link, &record);
	struct igmp_group *group;

	if (rejection == MCR_IGMP_ACCEPTED && is_ssm(igmp, message->group))
		rejection = MCR_IGMP_REJECT_SSM_ANY_SOURCE;
	if (rejection == MCR_IGMP_ACCEPTED)
		rejection = apply_permitted(igmp, link, &record);
	if (rejection != MCR_IGMP_ACCEPTED)
		report_refusal(igmp, link, &record, rejection);
	group = igmp_group_find(igmp, link, message->group);
	if (rejection != MCR_IGMP_ACCEPTED || leaves || group == NULL)
		return rejection;
	if (message->type == MCR_IGMP_V1_REPORT)
		group->v1_until = until;
	else
		group->v2_until = until;
	return MCR_IGMP_ACCEPTED;
}

enum mcr_igmp_rejection
igmp_report_receive(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	RTE_ASSERT(!mcr_igmp_is_query(message));
	igmp->reporter = message->type == MCR_IGMP_V3_REPORT ? message->sender : IGMP_UNKNOWN_HOST;
	if (message->type != MCR_IGMP_V3_REPORT)
		return receive_older(igmp, link, message);
	receive_v3(igmp, link, message);
	return MCR_IGMP_ACCEPTED;
}

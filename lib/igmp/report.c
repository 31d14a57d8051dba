/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "interval.h"
#include "state.h"

static bool
is_listed(const struct mcr_igmp_prefix *prefixes, uint32_t count, uint32_t group)
{
	for (uint32_t i = 0; i < count; i++) {
		if (mcr_address_covers(prefixes[i].address, prefixes[i].length, group))
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

static bool
is_any_source(const struct mcr_igmp_record *record)
{
	return record->type == MCR_IGMP_IS_EX || record->type == MCR_IGMP_TO_EX;
}

static bool
is_ssm(const struct mcr_igmp *igmp, uint32_t group)
{
	return igmp->config.strict_ssm && mcr_address_is_source_specific(group);
}

static bool
has_bad_source(const struct mcr_igmp *igmp, const struct mcr_igmp_record *record)
{
	for (uint16_t i = 0; i < record->source_count; i++) {
		if (!igmp->protocol->is_source(igmp_source_at(igmp, record->sources, i)))
			return true;
	}
	return false;
}

/* What needs no number of the group. */
static enum mcr_igmp_rejection
check_bytes(const struct mcr_igmp *igmp, const struct mcr_igmp_record *record, const uint8_t *group)
{
	enum mcr_igmp_rejection rejection;

	if (record->type == MCR_IGMP_RECORD_NONE || record->type >= MCR_IGMP_RECORD_TYPES)
		return MCR_IGMP_REJECT_UNKNOWN_RECORD;
	rejection = igmp->protocol->check_group(group);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	return has_bad_source(igmp, record) ? MCR_IGMP_REJECT_BAD_SOURCE : MCR_IGMP_ACCEPTED;
}

static enum mcr_igmp_rejection
check_permission(const struct mcr_igmp *igmp, const struct igmp_link *link,
	const struct mcr_igmp_record *record)
{
	if (!igmp_is_permitted(igmp, link, record->group))
		return MCR_IGMP_REJECT_NOT_PERMITTED;
	if (is_any_source(record) && is_ssm(igmp, record->group))
		return MCR_IGMP_REJECT_SSM_ANY_SOURCE;
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

static enum mcr_igmp_rejection
report_numbered(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record)
{
	const enum mcr_igmp_rejection rejection = check_permission(igmp, link, record);

	return rejection == MCR_IGMP_ACCEPTED ? apply_permitted(igmp, link, record) : rejection;
}

/* The group is numbered only while it is looked at, unless a state is made of it. */
static enum mcr_igmp_rejection
report_record(struct mcr_igmp *igmp, struct igmp_link *link, struct mcr_igmp_record *record,
	const uint8_t *group)
{
	enum mcr_igmp_rejection rejection = check_bytes(igmp, record, group);
	uint32_t held = MCR_ADDRESS_NONE;

	if (rejection == MCR_IGMP_ACCEPTED) {
		held = igmp_address_get(igmp, group);
		rejection = held == MCR_ADDRESS_NONE ? MCR_IGMP_REJECT_NO_MEMORY : rejection;
	}
	record->group = held != MCR_ADDRESS_NONE ? held : igmp_address_find(igmp, group);
	if (rejection == MCR_IGMP_ACCEPTED)
		rejection = report_numbered(igmp, link, record);
	if (rejection == MCR_IGMP_ACCEPTED) {
		igmp->counters.records[record->type]++;
	} else {
		igmp_count_rejection(igmp, rejection);
		report_refusal(igmp, link, record, rejection);
	}
	mcr_address_drop(held);
	return rejection;
}

static const uint8_t *
bytes_of(uint32_t address, uint8_t ipv4[4])
{
	if (mcr_address_is_ipv6(address))
		return mcr_address_ipv6(address)->s6_addr;
	mcr_write_be32(ipv4, address);
	return ipv4;
}

enum mcr_igmp_rejection
igmp_report_restore(
	struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_record *record)
{
	struct mcr_igmp_record copy = *record;
	uint8_t ipv4[4];

	RTE_ASSERT(mcr_address_is_ipv6(record->group) == igmp->config.mld);
	return report_record(igmp, link, &copy, bytes_of(record->group, ipv4));
}

static void
receive_v3(struct mcr_igmp *igmp, struct igmp_link *link, const struct mcr_igmp_message *message)
{
	const uint8_t *records = message->body;

	for (uint16_t i = 0; i < message->count; i++) {
		struct mcr_igmp_record record;
		const uint8_t *group =
			igmp_read_record(&records, igmp->protocol->address_len, &record);

		report_record(igmp, link, &record, group);
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
	uint8_t ipv4[4];
	enum mcr_igmp_rejection rejection =
		check_bytes(igmp, &record, bytes_of(message->group, ipv4));
	struct igmp_group *group;

	if (rejection == MCR_IGMP_ACCEPTED)
		rejection = check_permission(igmp, link, &record);
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

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "control/background.h"
#include "control/membership.h"
#include "datapath/counters.h"
#include "telemetry/commands.h"

/* Sizes in the answer's 16 kB: the record of a group up to 315 bytes, of a receiver 160. */
#define GROUPS_A_PAGE 256
#define GROUP_RECORDS_A_PAGE 50
#define RECEIVERS_A_PAGE 80

uint32_t
mcr_telemetry_next_group(struct mcr_controller *control, uint32_t from)
{
	mcr_background_pause(control);
	return mcr_group_next(control->fib->groups, from);
}

void
mcr_telemetry_groups(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_group_table *groups = control->fib->groups;
	struct mcr_telemetry_page page;

	if (mcr_telemetry_start_page(&page, answer, GROUPS_A_PAGE, params, NULL) == NULL ||
		!mcr_telemetry_start_names(&page))
		return;
	for (uint32_t id = mcr_telemetry_next_group(control, 0);
		id != MCR_GROUP_NONE && page.count < page.size;
		id = mcr_telemetry_next_group(control, id + 1)) {
		struct mcr_group_key key;
		char text[MCR_GROUP_TEXT_SIZE];

		if (!mcr_telemetry_is_on_page(&page))
			continue;
		key = mcr_group_key_of(groups, id);
		mcr_telemetry_format_group(&key, text);
		mcr_telemetry_add_name(&page, text);
	}
	mcr_telemetry_end_page(&page, mcr_group_count(groups), "groups");
}

static uint32_t
parse_entry(const struct mcr_fib *fib, const char *text, struct rte_tel_data *answer)
{
	struct mcr_group_key key;
	uint32_t id = MCR_GROUP_NONE;

	if (!mcr_telemetry_parse_group(text, &key)) {
		mcr_telemetry_error(answer, "not a group (G, G/LENGTH or G,S): %s", text);
		return MCR_GROUP_NONE;
	}
	id = mcr_group_lookup(fib->groups, &key);
	mcr_telemetry_drop_group(&key);
	if (id == MCR_GROUP_NONE)
		mcr_telemetry_error(answer, "no such entry: %s", text);
	return id;
}

/* An entry has no list before it is committed. */
static const struct mcr_receivers *
receivers_or_none(const struct mcr_fib *fib, uint32_t id)
{
	static const struct mcr_receivers none;
	const struct mcr_receivers *receivers =
		mcr_group_receivers(fib->groups, mcr_group_ref_of(fib->groups, id));

	return receivers != NULL ? receivers : &none;
}

/* Packets that exceeded the limit of its configured entry. */
static uint64_t
rate_limited(const struct mcr_fib *fib, uint32_t id)
{
	const uint32_t limit = mcr_group_limit(fib->groups, mcr_group_ref_of(fib->groups, id));

	return limit == 0 ? 0 : mcr_limiter_refused(&fib->limiters.groups[limit]);
}

static void
describe_group(const struct mcr_controller *control, uint32_t id, struct rte_tel_data *answer)
{
	const struct mcr_group_key key = mcr_group_key_of(control->fib->groups, id);
	const struct mcr_group_counters counters =
		mcr_counters_of_group(control->workers, mcr_group_ref_of(control->fib->groups, id));
	char text[MCR_GROUP_TEXT_SIZE];

	mcr_telemetry_format_group(&key, text);
	rte_tel_data_start_dict(answer);
	rte_tel_data_add_dict_string(answer, "group", text);
	rte_tel_data_add_dict_u64(answer, "packets", counters.packets);
	rte_tel_data_add_dict_u64(answer, "bytes", counters.bytes);
	rte_tel_data_add_dict_u64(answer, "copies", counters.copies);
	rte_tel_data_add_dict_u64(answer, "rate_limited", rate_limited(control->fib, id));
	rte_tel_data_add_dict_u64(answer, "receivers", receivers_or_none(control->fib, id)->count);
	rte_tel_data_add_dict_u64(answer, "priority",
		mcr_group_priority(
			control->fib->groups, mcr_group_ref_of(control->fib->groups, id)));
	mcr_telemetry_add_origins(answer, mcr_group_origins(control->fib->groups, id), key.group);
}

void
mcr_telemetry_group(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const uint32_t id = parse_entry(control->fib, params, answer);

	if (id != MCR_GROUP_NONE)
		describe_group(control, id, answer);
}

void
mcr_telemetry_group_table(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_group_table *groups = control->fib->groups;
	struct mcr_telemetry_page page;

	if (mcr_telemetry_start_page(&page, answer, GROUP_RECORDS_A_PAGE, params, NULL) == NULL)
		return;
	for (uint32_t id = mcr_telemetry_next_group(control, 0);
		id != MCR_GROUP_NONE && page.count < page.size;
		id = mcr_telemetry_next_group(control, id + 1)) {
		struct rte_tel_data *record;

		if (!mcr_telemetry_is_on_page(&page))
			continue;
		record = rte_tel_data_alloc();
		if (record == NULL)
			break;
		describe_group(control, id, record);
		mcr_telemetry_add_to_page(&page, record);
	}
	mcr_telemetry_end_page(&page, mcr_group_count(groups), NULL);
}

static struct rte_tel_data *
describe_receiver_of(const struct mcr_controller *control, uint32_t group, uint32_t id)
{
	const struct mcr_group_key key = mcr_group_key_of(control->fib->groups, group);
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const unsigned int origins = mcr_group_origins_of(control->fib->groups, group, id);
	struct rte_tel_data *record = rte_tel_data_alloc();
	uint64_t expires_s = 0;

	RTE_ASSERT(member != NULL);
	if (record == NULL)
		return NULL;
	if ((origins & (MCR_ORIGIN_IGMP | MCR_ORIGIN_AMT)) != 0)
		expires_s = mcr_membership_expires_s(control, &key, id);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "member", member->name);
	mcr_telemetry_add_origins(record, origins, key.group);
	rte_tel_data_add_dict_u64(record, "expires_s", expires_s);
	return record;
}

void
mcr_telemetry_receivers(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_receivers *receivers;
	struct mcr_telemetry_page page;
	const char *group =
		mcr_telemetry_start_page(&page, answer, RECEIVERS_A_PAGE, params, "G[,S]");
	uint32_t id;

	if (group == NULL)
		return;
	id = parse_entry(control->fib, group, answer);
	if (id == MCR_GROUP_NONE)
		return;
	receivers = receivers_or_none(control->fib, id);
	for (uint32_t i = page.offset; i < receivers->count && page.count < page.size; i++)
		mcr_telemetry_add_to_page(
			&page, describe_receiver_of(control, id, receivers->at[i].member));
	mcr_telemetry_end_page(&page, receivers->count, NULL);
}

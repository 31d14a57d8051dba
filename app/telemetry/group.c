/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "control/membership.h"
#include "datapath/counters.h"
#include "telemetry/commands.h"

/* A group takes 35 bytes of the answer's 16 kB, a record of it 215, one of a receiver 160. */
#define GROUPS_A_PAGE 256
#define GROUP_RECORDS_A_PAGE 64
#define RECEIVERS_A_PAGE 80

static void
add_group(const struct mcr_fib *fib, struct rte_tel_data *array, uint32_t id)
{
	const struct mcr_group_key key = mcr_group_key_of(fib->groups, id);
	char text[MCR_GROUP_TEXT_SIZE];

	mcr_telemetry_format_group(&key, text);
	rte_tel_data_add_array_string(array, text);
}

static uint32_t
skip_groups(const struct mcr_fib *fib, uint32_t count)
{
	uint32_t id = mcr_group_next(fib->groups, 0);

	while (count-- > 0 && id != MCR_GROUP_NONE)
		id = mcr_group_next(fib->groups, id + 1);
	return id;
}

void
mcr_telemetry_groups(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	struct rte_tel_data *array;
	uint32_t offset, count = 0;
	const char *end = mcr_telemetry_parse_offset(params, &offset);

	if (end == NULL || *end != '\0') {
		mcr_telemetry_error(answer, "not an offset: %s", params);
		return;
	}
	rte_tel_data_start_dict(answer);
	array = rte_tel_data_alloc();
	if (array == NULL)
		return;
	rte_tel_data_start_array(array, RTE_TEL_STRING_VAL);
	for (uint32_t id = skip_groups(control->fib, offset);
		id != MCR_GROUP_NONE && count < GROUPS_A_PAGE;
		id = mcr_group_next(control->fib->groups, id + 1), count++)
		add_group(control->fib, array, id);
	mcr_telemetry_add_page(answer, mcr_group_count(control->fib->groups),
		count == 0 ? UINT32_MAX : offset + count);
	rte_tel_data_add_dict_container(answer, "groups", array, 0);
}

/* The entry with this key, or an error as the answer. */
static uint32_t
find_group(const struct mcr_fib *fib, const char *text, struct rte_tel_data *answer)
{
	struct mcr_group_key key;
	uint32_t id = MCR_GROUP_NONE;

	if (!mcr_telemetry_parse_group(text, &key)) {
		mcr_telemetry_error(answer, "not a group (G, G/LENGTH or G,S): %s", text);
		return MCR_GROUP_NONE;
	}
	id = mcr_group_lookup(fib->groups, &key);
	if (id == MCR_GROUP_NONE)
		mcr_telemetry_error(answer, "no such entry: %s", text);
	return id;
}

/* An entry that was made since the last commit has none yet. */
static const struct mcr_receivers *
receivers_of(const struct mcr_fib *fib, uint32_t id)
{
	static const struct mcr_receivers none;
	const struct mcr_receivers *receivers =
		mcr_group_receivers(fib->groups, mcr_group_ref_of(fib->groups, id));

	return receivers != NULL ? receivers : &none;
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
	rte_tel_data_add_dict_u64(answer, "receivers", receivers_of(control->fib, id)->count);
	mcr_telemetry_add_origins(answer, mcr_group_origins(control->fib->groups, id));
}

void
mcr_telemetry_group(struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const uint32_t id = find_group(control->fib, params, answer);

	if (id != MCR_GROUP_NONE)
		describe_group(control, id, answer);
}

void
mcr_telemetry_group_table(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	uint32_t offset, count = 0;
	const char *end = mcr_telemetry_parse_offset(params, &offset);

	if (end == NULL || *end != '\0') {
		mcr_telemetry_error(answer, "not an offset: %s", params);
		return;
	}
	rte_tel_data_start_dict(answer);
	for (uint32_t id = skip_groups(control->fib, offset);
		id != MCR_GROUP_NONE && count < GROUP_RECORDS_A_PAGE;
		id = mcr_group_next(control->fib->groups, id + 1)) {
		struct rte_tel_data *record = rte_tel_data_alloc();

		if (record == NULL)
			break;
		describe_group(control, id, record);
		mcr_telemetry_add_record(answer, count++, record);
	}
	mcr_telemetry_add_page(answer, mcr_group_count(control->fib->groups),
		count == 0 ? UINT32_MAX : offset + count);
}

static struct rte_tel_data *
describe_receiver(const struct mcr_controller *control, uint32_t group, uint32_t id)
{
	const struct mcr_group_key key = mcr_group_key_of(control->fib->groups, group);
	const struct mcr_member *member = mcr_member_get(control->fib->members, id);
	const unsigned int origins = mcr_group_origins_of(control->fib->groups, group, id);
	struct rte_tel_data *record = rte_tel_data_alloc();
	uint64_t expires_s = 0;

	if (record == NULL)
		return NULL;
	/* What is reported may also be that it does not want this source. */
	if ((origins & (MCR_ORIGIN_IGMP | MCR_ORIGIN_AMT)) != 0)
		expires_s = mcr_membership_expires_s(control, &key, id);
	rte_tel_data_start_dict(record);
	rte_tel_data_add_dict_string(record, "member", member->name);
	mcr_telemetry_add_origins(record, origins);
	rte_tel_data_add_dict_u64(record, "expires_s", expires_s);
	return record;
}

void
mcr_telemetry_receivers(
	struct mcr_controller *control, const char *params, struct rte_tel_data *answer)
{
	const struct mcr_receivers *receivers;
	uint32_t offset, id, count = 0;
	const char *end = mcr_telemetry_parse_offset(params, &offset);

	if (end == NULL || *end != ',') {
		mcr_telemetry_error(answer, "parameters are OFFSET,G[,S], not %s", params);
		return;
	}
	id = find_group(control->fib, end + 1, answer);
	if (id == MCR_GROUP_NONE)
		return;
	receivers = receivers_of(control->fib, id);
	rte_tel_data_start_dict(answer);
	for (uint32_t i = offset; i < receivers->count && count < RECEIVERS_A_PAGE; i++) {
		struct rte_tel_data *record =
			describe_receiver(control, id, receivers->at[i].member);

		if (record != NULL)
			mcr_telemetry_add_record(answer, count++, record);
	}
	mcr_telemetry_add_page(answer, receivers->count, count == 0 ? UINT32_MAX : offset + count);
}

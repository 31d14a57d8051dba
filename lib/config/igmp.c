/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stddef.h>

#include "reader.h"

/* The shortest valid interval, and so the lower bound of a computed default. */
#define INTERVAL_MIN_US 50000

static void
read_max_groups(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const uint32_t groups = reader->config->limits.groups;
	struct mcr_config_igmp *igmp = object;

	RTE_ASSERT(groups > 0);
	igmp->max_groups_per_member = mcr_config_read_uint(reader, at, value, 1, 4194304);
	if (igmp->max_groups_per_member > groups)
		mcr_config_add_warning(
			reader, at, "is more than limits.groups, %u, allows", groups);
}

void
mcr_config_read_join(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_join *join = object;

	RTE_ASSERT(!join->is_given && join->groups == NULL);
	join->is_given = true;
	join->groups = mcr_config_read_list(reader, at, value, mcr_config_read_group,
		sizeof(*join->groups), &join->group_count);
}

static void
read_joinable(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_igmp *igmp = object;
	const bool is_mld = igmp == &reader->config->mld;

	mcr_config_free_prefixes(igmp->groups, igmp->group_count);
	igmp->group_count = 0;
	igmp->groups = mcr_config_read_list(reader, at, value,
		is_mld ? mcr_config_read_ipv6_group : mcr_config_read_ipv4_group,
		sizeof(*igmp->groups), &igmp->group_count);
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_igmp, field)
#define SECONDS(field) .read = mcr_config_read_seconds, FIELD(field##_us)

static const struct mcr_config_key keys[] = {
	{"query_interval", SECONDS(query_interval)},
	{"query_response_interval", SECONDS(query_response_interval)},
	{"robustness", FIELD(robustness), .min = 1, .max = 7},
	{"last_member_query_interval", SECONDS(last_member_query_interval)},
	{"startup_query_interval", SECONDS(startup_query_interval)},
	{"querier", FIELD(always_querier), .words = {"auto", "always"}},
	{"immediate_leave", .read = mcr_config_read_bool, FIELD(immediate_leave)},
	{"strict_ssm", .read = mcr_config_read_bool, FIELD(strict_ssm)},
	{"router_alert", FIELD(ignore_router_alert), .words = {"require", "ignore"}},
	{"groups", .read = read_joinable},
	{"max_groups_per_member", .read = read_max_groups},
	{.name = NULL},
};

static bool
set_defaults(struct mcr_config_reader *reader, struct mcr_config_igmp *igmp,
	struct mcr_config_prefix all_groups)
{
	RTE_ASSERT(igmp->groups == NULL);
	*igmp = (struct mcr_config_igmp){
		.enabled = true,
		.robustness = 2,
		.max_groups_per_member = 1024,
		.query_interval_us = 125000000,
		.query_response_interval_us = 10000000,
		.last_member_query_interval_us = 1000000,
		.startup_query_interval_us = 125000000 / 4,
		.groups = mcr_config_alloc(reader, 1, sizeof(*igmp->groups)),
	};
	if (igmp->groups == NULL)
		return false;
	igmp->groups[0] = all_groups;
	igmp->group_count = 1;
	return true;
}

bool
mcr_config_set_igmp_defaults(struct mcr_config_reader *reader)
{
	static const struct in6_addr multicast = {.s6_addr = {0xff}};
	const struct mcr_config_prefix ipv4 = {RTE_IPV4(224u, 0, 0, 0), 4};
	const struct mcr_config_prefix ipv6 = {mcr_address_get(&multicast, 8), 8};

	if (ipv6.address == MCR_ADDRESS_NONE) {
		mcr_config_add_error(reader, NULL, "out of memory");
		return false;
	}
	if (set_defaults(reader, &reader->config->igmp, ipv4) &&
		set_defaults(reader, &reader->config->mld, ipv6))
		return true;
	mcr_address_drop(ipv6.address);
	return false;
}

/* RFC 9776, 8.3: responses must arrive before the next query. */
static void
check_response_interval(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_igmp *igmp)
{
	const struct mcr_config_path at = {.parent = parent, .key = "query_response_interval"};

	if (igmp->query_response_interval_us >= igmp->query_interval_us)
		mcr_config_add_warning(reader, &at, "is not less than query_interval");
}

void
mcr_config_read_igmp(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_igmp *igmp = object;

	if (json_is_false(value)) {
		igmp->enabled = false;
	} else if (!json_is_object(value)) {
		mcr_config_add_mismatch(reader, at, "an object or false", value);
	} else {
		igmp->startup_query_interval_us = 0;
		mcr_config_read_object(reader, at, value, keys, igmp);
		if (igmp->startup_query_interval_us == 0)
			igmp->startup_query_interval_us =
				RTE_MAX(igmp->query_interval_us / 4, (uint64_t)INTERVAL_MIN_US);
		RTE_ASSERT(igmp->startup_query_interval_us >= INTERVAL_MIN_US);
		check_response_interval(reader, at, igmp);
	}
}

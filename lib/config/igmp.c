/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stddef.h>
#include <stdlib.h>

#include "reader.h"

/* The shortest valid interval, and so the lower bound of a computed default. */
#define INTERVAL_MIN_US 50000

static void
read_query_interval(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_igmp *igmp = object;

	igmp->query_interval_us = mcr_config_read_seconds(reader, at, value);
}

static void
read_query_response_interval(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_igmp *igmp = object;

	igmp->query_response_interval_us = mcr_config_read_seconds(reader, at, value);
}

static void
read_last_member_query_interval(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_igmp *igmp = object;

	igmp->last_member_query_interval_us = mcr_config_read_seconds(reader, at, value);
}

static void
read_startup_query_interval(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_igmp *igmp = object;

	igmp->startup_query_interval_us = mcr_config_read_seconds(reader, at, value);
}

static void
read_robustness(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_igmp *igmp = object;

	igmp->robustness = mcr_config_read_uint(reader, at, value, 1, 7);
}

static void
read_querier(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"auto", "always", NULL};
	struct mcr_config_igmp *igmp = object;

	igmp->always_querier = mcr_config_read_choice(reader, at, value, choices) == 1;
}

static void
read_immediate_leave(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_igmp *igmp = object;

	igmp->immediate_leave = mcr_config_read_bool(reader, at, value);
}

static void
read_strict_ssm(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_igmp *igmp = object;

	igmp->strict_ssm = mcr_config_read_bool(reader, at, value);
}

static void
read_router_alert(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	static const char *const choices[] = {"require", "ignore", NULL};
	struct mcr_config_igmp *igmp = object;

	igmp->ignore_router_alert = mcr_config_read_choice(reader, at, value, choices) == 1;
}

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

static void
read_joinable(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_igmp *igmp = object;
	struct mcr_config_join join = {0};

	mcr_config_read_join(reader, at, value, &join);
	free(igmp->groups);
	igmp->groups = join.groups;
	igmp->group_count = join.group_count;
}

static const struct mcr_config_key keys[] = {
	{"query_interval", read_query_interval, false},
	{"query_response_interval", read_query_response_interval, false},
	{"robustness", read_robustness, false},
	{"last_member_query_interval", read_last_member_query_interval, false},
	{"startup_query_interval", read_startup_query_interval, false},
	{"querier", read_querier, false},
	{"immediate_leave", read_immediate_leave, false},
	{"strict_ssm", read_strict_ssm, false},
	{"router_alert", read_router_alert, false},
	{"groups", read_joinable, false},
	{"max_groups_per_member", read_max_groups, false},
	{NULL, NULL, false},
};

bool
mcr_config_set_igmp_defaults(struct mcr_config_reader *reader)
{
	struct mcr_config_igmp *igmp = &reader->config->igmp;

	RTE_ASSERT(igmp->groups == NULL);
	*igmp = (struct mcr_config_igmp){
		.enabled = true,
		.robustness = 2,
		.max_groups_per_member = 1024,
		.query_interval_us = 125000000,
		.query_response_interval_us = 10000000,
		.last_member_query_interval_us = 1000000,
		.startup_query_interval_us = 125000000 / 4,
		.group_count = 1,
		.groups = mcr_config_alloc(reader, 1, sizeof(*igmp->groups)),
	};
	if (igmp->groups == NULL)
		return false;
	igmp->groups[0] = (struct mcr_config_prefix){RTE_IPV4(224u, 0, 0, 0), 4};
	return true;
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
	struct mcr_config_igmp *igmp = &((struct mcr_config *)object)->igmp;

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

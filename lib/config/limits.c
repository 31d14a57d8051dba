/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_limits, field)

static const struct mcr_config_key limits_keys[] = {
	{"members", FIELD(members), .min = 1, .max = 65536},
	{"groups", FIELD(groups), .min = 1, .max = 4194304},
	/* The minimum fills the queues of one port; the maximum takes 128 GiB. */
	{"mbufs", FIELD(mbufs), .min = 1024, .max = 67108864},
	{.name = NULL},
};

void
mcr_config_read_limits(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config_limits *limits = object;
	const uint64_t before = reader->error_count;

	mcr_config_read_object(reader, at, value, limits_keys, limits);
	if (reader->error_count != before) /* an unknown limit must cause no further errors */
		*limits = (struct mcr_config_limits){UINT32_MAX, UINT32_MAX, UINT32_MAX};
	RTE_ASSERT(limits->members > 0 && limits->groups > 0);
}

static void
read_share_above(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_tuning *tuning = object;

	tuning->share_above = mcr_config_read_uint(reader, at, value, 0, 65535);
	tuning->has_share_above = true;
}

static const struct mcr_config_key tuning_keys[] = {
	{"share_above", .read = read_share_above},
	{.name = NULL},
};

void
mcr_config_read_tuning(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	mcr_config_read_object(reader, at, value, tuning_keys, object);
}

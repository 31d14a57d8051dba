/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

/* From a packet a second, beyond what any instance has. */
#define PPS_MAX UINT64_C(10000000000)
#define ALLOWED_BPS_MIN UINT64_C(100000)
#define LIMITED_BPS_MIN UINT64_C(1000)
#define BPS_MAX UINT64_C(10000000000000)

#define BURST_MS_MAX 10000

static void
read_pps(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_rate *rate = object;

	rate->pps = mcr_config_read_uint(reader, at, value, 1, PPS_MAX);
}

static void
read_allowed_bps(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_rate *rate = object;

	rate->bps = mcr_config_read_uint(reader, at, value, ALLOWED_BPS_MIN, BPS_MAX);
}

static void
read_limited_bps(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_rate *rate = object;

	rate->bps = mcr_config_read_uint(reader, at, value, LIMITED_BPS_MIN, BPS_MAX);
}

static void
read_rate(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	const struct mcr_config_key *keys, void *object)
{
	mcr_config_read_object(reader, at, value, keys, object);
	if (json_is_object(value) && json_object_get(value, "pps") == NULL &&
		json_object_get(value, "bps") == NULL)
		mcr_config_add_error(reader, at, "needs the key \"pps\" or \"bps\"");
}

void
mcr_config_read_allowance(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	static const struct mcr_config_key keys[] = {
		{"pps", .read = read_pps},
		{"bps", .read = read_allowed_bps},
		{.name = NULL},
	};

	read_rate(reader, at, value, keys, object);
}

void
mcr_config_read_rate_limit(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	static const struct mcr_config_key keys[] = {
		{"pps", .read = read_pps},
		{"bps", .read = read_limited_bps},
		{"burst_ms", MCR_CONFIG_FIELD(struct mcr_config_rate, burst_ms), .min = 1,
			.max = BURST_MS_MAX},
		{.name = NULL},
	};
	struct mcr_config_rate *limit = object;

	limit->burst_ms = MCR_CONFIG_BURST_MS_DEFAULT;
	read_rate(reader, at, value, keys, limit);
}

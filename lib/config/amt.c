/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

static void
read_max_tunnels(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const uint32_t members = reader->config->limits.members;
	struct mcr_config_amt *amt = object;

	RTE_ASSERT(members > 0);
	amt->max_tunnels = mcr_config_read_uint(reader, at, value, 1, 65536);
	if (amt->max_tunnels > members)
		mcr_config_add_error(reader, at, "is above limits.members, which is %u", members);
}

static void
read_amt_prefixes(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_amt *amt = object;

	RTE_ASSERT(amt->prefixes == NULL);
	amt->prefixes = mcr_config_read_list(reader, at, value, mcr_config_read_network,
		sizeof(*amt->prefixes), &amt->prefix_count);
	if (json_is_array(value) && json_array_size(value) == 0)
		mcr_config_add_error(reader, at, "must name at least one prefix");
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_amt, field)

static const struct mcr_config_key keys[] = {
	{"port", FIELD(port), .min = 1, .max = UINT16_MAX},
	{"max_tunnels", .read = read_max_tunnels},
	/* May exceed max_tunnels: beside a small max_tunnels the default does. */
	{"max_tunnels_per_address", FIELD(max_tunnels_per_address), .min = 1, .max = 65536},
	{"prefixes", .read = read_amt_prefixes, .required = true},
	{.name = NULL},
};

void
mcr_config_read_amt(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config *config = object;

	RTE_ASSERT(config->limits.members > 0);
	config->amt.enabled = true;
	config->amt.port = MCR_AMT_PORT;
	config->amt.max_tunnels = RTE_MIN(4096u, config->limits.members);
	config->amt.max_tunnels_per_address = 64;
	mcr_config_read_object(reader, at, value, keys, &config->amt);
}

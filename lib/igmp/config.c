/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include <mcr_address.h>

#include "config.h"
#include "wire.h"

void
mcr_igmp_default_config(struct mcr_igmp_config *config)
{
	static const struct mcr_igmp_prefix any = {.address = MCR_IPV4(224, 0, 0, 0), .length = 4};

	*config = (struct mcr_igmp_config){.query_interval_ms = 125000,
		.query_response_interval_ms = 10000,
		.last_member_query_interval_ms = 1000,
		.robustness = 2,
		.groups = &any,
		.group_count = 1,
		.max_members = 4096,
		.max_groups_per_member = 1024,
		.max_groups = 65536,
		.max_sources_per_group = 256,
		.max_sources_per_member = 4096,
		.max_sources = 65536,
		.max_hosts_per_group = 64,
		.max_hosts_per_member = 4096,
		.max_hosts = 65536};
}

void
mcr_mld_default_config(struct mcr_igmp_config *config)
{
	static const struct mcr_igmp_prefix any = {.length = 0};

	mcr_igmp_default_config(config);
	config->mld = true;
	config->groups = &any;
}

static bool
is_valid_prefix(const struct mcr_igmp_config *config, const struct mcr_igmp_prefix *prefix)
{
	if (!config->mld)
		return prefix->length <= MCR_IPV4_LENGTH;
	return prefix->length == 0 ||
	       (mcr_address_is_ipv6(prefix->address) &&
		       prefix->length == mcr_address_length(prefix->address));
}

/* QRV has 3 bits, and 8.1 forbids a robustness of 0. */
static bool
is_valid_config(const struct mcr_igmp_config *config)
{
	if (config->robustness < 1 || config->robustness > 7 || config->query_jitter_percent > 50)
		return false;
	for (uint32_t i = 0; i < config->group_count; i++) {
		if (!is_valid_prefix(config, &config->groups[i]))
			return false;
	}
	return config->query_interval_ms > 0 && config->query_response_interval_ms > 0 &&
	       config->last_member_query_interval_ms > 0;
}

int
igmp_config_copy(struct mcr_igmp_config *copy, const struct mcr_igmp_config *config)
{
	const size_t size = config->group_count * sizeof(*config->groups);
	struct mcr_igmp_prefix *groups;

	RTE_ASSERT(config->groups != NULL || config->group_count == 0);
	if (!is_valid_config(config))
		return -EINVAL;
	groups = malloc(size + 1);
	if (groups == NULL)
		return -ENOMEM;
	if (size > 0)
		memcpy(groups, config->groups, size);
	for (uint32_t i = 0; i < config->group_count; i++)
		mcr_address_hold(groups[i].address);
	*copy = *config;
	copy->groups = groups;
	if (copy->startup_query_interval_ms == 0)
		copy->startup_query_interval_ms = (config->query_interval_ms + 3) / 4;
	return 0;
}

void
igmp_config_free(struct mcr_igmp_config *config)
{
	for (uint32_t i = 0; config->groups != NULL && i < config->group_count; i++)
		mcr_address_drop(config->groups[i].address);
	free((void *)(uintptr_t)config->groups);
}

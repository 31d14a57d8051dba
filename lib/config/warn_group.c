/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include "reader.h"

static const struct mcr_config_prefix local_groups = {RTE_IPV4(224u, 0, 0, 0), 24};

static bool
is_ipv6(const struct mcr_config_group *group)
{
	return mcr_address_is_ipv6(group->group.address);
}

static const char *
who_else_receives(const struct mcr_config *config, uint32_t group)
{
	const bool can_join = is_ipv6(&config->groups[group])
	                              ? config->mld.enabled
	                              : config->igmp.enabled || config->amt.enabled;

	return can_join ? "only members that join receive" : "no member receives";
}

/* The list of an IPv6 group is "*", and other groups would have receivers by that. */
static bool
is_left_by_all(const struct mcr_config *config, const struct mcr_config_group *group)
{
	return is_ipv6(group) && group->members.all_members && config->receivers.count != 0;
}

static void
warn_empty_groups(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0}, left = {0};

	for (uint32_t i = 0; i < config->group_count; i++)
		if (config->groups[i].members.count == 0)
			mcr_config_find(
				is_left_by_all(config, &config->groups[i]) ? &left : &found, i, i);
	if (found.count != 0)
		mcr_config_add_finding(reader, "groups", "members", &found,
			"no member is listed: %s", who_else_receives(config, found.index));
	if (left.count != 0)
		mcr_config_add_finding(reader, "groups", "members", &left,
			"no member has an encap that takes IPv6 groups: %s",
			who_else_receives(config, left.index));
}

/* The hub sends nothing back to its sender. */
static bool
sends_to_itself(const struct mcr_config_group *group)
{
	RTE_ASSERT(!group->any_sender ||
		   group->sender_members.count + group->sender_prefix_count == 0);
	return !group->any_sender && group->members.count == 1 &&
	       group->sender_members.count == 1 && group->sender_prefix_count == 0 &&
	       group->members.index[0] == group->sender_members.index[0];
}

static void
warn_groups_of_one(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0};

	for (uint32_t i = 0; i < config->group_count; i++)
		if (sends_to_itself(&config->groups[i]))
			mcr_config_find(&found, i, i);
	if (found.count != 0)
		mcr_config_add_finding(reader, "groups", "members", &found,
			"the only member is the only sender: %s",
			who_else_receives(config, found.index));
}

static void
warn_receivers_as_senders(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0};

	for (uint32_t i = 0; i < config->group_count; i++) {
		const struct mcr_config_names *senders = &config->groups[i].sender_members;

		RTE_ASSERT(senders->count <= config->member_count);
		for (uint32_t j = 0; j < senders->count; j++)
			if (config->members[senders->index[j]].role == MCR_CONFIG_ROLE_RECEIVER)
				mcr_config_find(&found, i, senders->index[j]);
	}
	if (found.count != 0)
		mcr_config_add_finding(reader, "groups", "senders", &found,
			"\"%s\" is a receiver only and sends nothing",
			config->members[found.other].name);
}

static int
compare_addresses(const void *a, const void *b)
{
	return mcr_address_compare(*(const uint32_t *)a, *(const uint32_t *)b);
}

static bool
has_address_in(const uint32_t *addresses, uint32_t count, const struct mcr_config_prefix *prefix)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (mcr_address_compare(addresses[middle], prefix->address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && mcr_config_contains(prefix, addresses[low]);
}

static uint32_t *
sort_addresses(const struct mcr_config *config)
{
	uint32_t *addresses = calloc(config->member_count + 1, sizeof(*addresses));

	if (addresses == NULL)
		return NULL;
	for (uint32_t i = 0; i < config->member_count; i++)
		addresses[i] = config->members[i].address;
	qsort(addresses, config->member_count, sizeof(*addresses), compare_addresses);
	return addresses;
}

/* With `admit`, undeclared members may have these addresses. */
static void
warn_sender_prefixes(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	uint32_t *addresses = config->admit_count > 0 ? NULL : sort_addresses(config);
	struct mcr_config_finding found = {0};
	struct mcr_config_prefix first = {0};
	char text[MCR_ADDRESS_TEXT];

	for (uint32_t i = 0; addresses != NULL && i < config->group_count; i++) {
		const struct mcr_config_group *group = &config->groups[i];

		for (uint32_t j = 0; j < group->sender_prefix_count; j++) {
			if (has_address_in(
				    addresses, config->member_count, &group->sender_prefixes[j]))
				continue;
			if (found.count == 0)
				first = group->sender_prefixes[j];
			mcr_config_find(&found, i, j);
		}
	}
	mcr_config_add_finding(reader, "groups", "senders", &found,
		"no member has an address in %s",
		mcr_address_format_prefix(first.address, first.length, text));
	free(addresses);
}

/* RFC 5771, 4: most packets to it have TTL 1. Those of IPv6 often have hop limit 1. */
static void
warn_local_groups(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	struct mcr_config_finding found = {0}, ipv6 = {0};

	for (uint32_t i = 0; config->ttl_decrement && i < config->group_count; i++) {
		const struct mcr_config_prefix *group = &config->groups[i].group;

		if (mcr_config_covers(&local_groups, group))
			mcr_config_find(&found, i, i);
		else if (is_ipv6(&config->groups[i]) &&
			 mcr_address_is_link_local_group(group->address))
			mcr_config_find(&ipv6, i, i);
	}
	mcr_config_add_finding(reader, "groups", "group", &found,
		"packets to 224.0.0.0/24 mostly have TTL 1 and expire with ttl \"decrement\"");
	mcr_config_add_finding(reader, "groups", "group", &ipv6,
		"packets to groups of one link often have hop limit 1 and expire with ttl "
		"\"decrement\"");
}

void
mcr_config_warn_groups(struct mcr_config_reader *reader)
{
	warn_empty_groups(reader);
	warn_groups_of_one(reader);
	warn_receivers_as_senders(reader);
	warn_sender_prefixes(reader);
	warn_local_groups(reader);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "reader.h"

/* Of an unknown family if the group is wrong. */
static mcr_config_read_fn *
reader_of_sources(const struct mcr_config_group *group)
{
	if (group->group.address == MCR_ADDRESS_NONE)
		return mcr_config_read_host;
	return mcr_address_is_ipv6(group->group.address) ? mcr_config_read_ipv6_host
	                                                 : mcr_config_read_unicast;
}

static void
check_scopes(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	const struct mcr_config_group *group)
{
	struct mcr_config_path at = {.parent = parent};
	char text[MCR_ADDRESS_TEXT];

	for (; at.index < group->source_count; at.index++) {
		const uint32_t source = group->sources[at.index];

		if (source != MCR_ADDRESS_NONE &&
			!mcr_address_takes_source(group->group.address, source))
			mcr_config_add_error(reader, &at,
				"\"%s\" is of one link, and the group is not: its scope is not 2",
				mcr_address_format(source, text));
	}
}

static void
read_sources(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const uint64_t before = reader->error_count;
	struct mcr_config_group *group = object;
	const uint32_t address = group->group.address;

	RTE_ASSERT(group->sources == NULL);
	group->sources = mcr_config_read_list(reader, at, value, reader_of_sources(group),
		sizeof(*group->sources), &group->source_count);
	if (json_is_array(value) && json_array_size(value) == 0)
		mcr_config_add_error(reader, at, "must name at least one source");
	if (address != MCR_ADDRESS_NONE && group->group.length != mcr_address_bits(address))
		mcr_config_add_error(reader, at, "needs a host group, not a prefix");
	else if (address != MCR_ADDRESS_NONE)
		check_scopes(reader, at, group);
	if (reader->error_count != before)
		mcr_config_drop(&group->group.address);
}

static void
read_members(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_group *group = object;

	if (group->group.address == MCR_ADDRESS_NONE)
		mcr_config_read_receivers(reader, at, value, &group->members);
	else if (mcr_address_is_ipv6(group->group.address))
		mcr_config_read_ipv6_receivers(reader, at, value, &group->members);
	else
		mcr_config_read_ipv4_receivers(reader, at, value, &group->members);
}

/* A name that looks like an address means the member. */
static void
read_sender(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	struct mcr_config_group *group)
{
	const char *text = mcr_config_read_string(reader, at, value);
	uint32_t address;

	if (text == NULL || mcr_config_append_name(reader, at, text, &group->sender_members))
		return;
	if (strpbrk(text, "/:") != NULL || mcr_config_parse_ipv4(text, &address))
		mcr_config_read_network(
			reader, at, value, &group->sender_prefixes[group->sender_prefix_count++]);
	else
		mcr_config_add_error(
			reader, at, "\"%.64s\" is neither a member's name nor a prefix", text);
}

static void
read_senders(struct mcr_config_reader *reader, const struct mcr_config_path *parent, json_t *value,
	void *object)
{
	struct mcr_config_path at = {.parent = parent};
	struct mcr_config_group *group = object;
	const size_t count = json_array_size(value);
	json_t *element;

	RTE_ASSERT(group->any_sender && group->sender_members.index == NULL);
	group->any_sender = false;
	if (!json_is_array(value)) {
		mcr_config_add_mismatch(
			reader, parent, "a list of member names or prefixes", value);
		return;
	}
	group->sender_members.index = mcr_config_alloc(reader, count, sizeof(uint32_t));
	group->sender_prefixes = mcr_config_alloc(reader, count, sizeof(*group->sender_prefixes));
	if (group->sender_members.index == NULL || group->sender_prefixes == NULL)
		return;
	json_array_foreach (value, at.index, element)
		read_sender(reader, &at, element, group);
	RTE_ASSERT(group->sender_members.count + group->sender_prefix_count <= count);
	mcr_config_finish_names(reader, &group->sender_members);
}

#define FIELD(field) MCR_CONFIG_FIELD(struct mcr_config_group, field)

/* Sources and members depend on the group. */
static const struct mcr_config_key keys[] = {
	{"group", .read = mcr_config_read_group, FIELD(group), .required = true},
	{"sources", .read = read_sources},
	{"members", .read = read_members, .required = true},
	{"senders", .read = read_senders},
	{"priority", FIELD(priority), .min = 0, .max = MCR_CONFIG_PRIORITY_MAX},
	{"rate_limit", .read = mcr_config_read_rate_limit, FIELD(rate_limit)},
	{.name = NULL},
};

static void
read_group_object(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	struct mcr_config_group *group = object;

	group->any_sender = true;
	group->priority = MCR_CONFIG_PRIORITY_DEFAULT;
	mcr_config_read_object(reader, at, value, keys, group);
}

void
mcr_config_read_groups(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	struct mcr_config *config = object;

	RTE_ASSERT(config->groups == NULL);
	config->groups = mcr_config_read_list(reader, at, value, read_group_object,
		sizeof(*config->groups), &config->group_count);
}

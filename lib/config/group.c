/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "reader.h"

static void
read_sources(struct mcr_config_reader *reader, const struct mcr_config_path *at, json_t *value,
	void *object)
{
	const uint64_t before = reader->error_count;
	struct mcr_config_group *group = object;

	RTE_ASSERT(group->sources == NULL);
	group->sources = mcr_config_read_list(reader, at, value, mcr_config_read_unicast,
		sizeof(*group->sources), &group->source_count);
	if (json_is_array(value) && json_array_size(value) == 0)
		mcr_config_add_error(reader, at, "must name at least one source");
	if (group->group.address != 0 && group->group.length != 32)
		mcr_config_add_error(reader, at, "needs a host group, not a prefix");
	if (reader->error_count != before)
		group->group.address = 0;
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
	if (strchr(text, '/') != NULL || mcr_config_parse_ipv4(text, &address))
		mcr_config_read_network(
			reader, at, value, &group->sender_prefixes[group->sender_prefix_count++]);
	else
		mcr_config_add_error(reader, at,
			"\"%.64s\" is neither a member's name nor an IPv4 prefix", text);
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
			reader, parent, "a list of member names or IPv4 prefixes", value);
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

/* The checks of sources need the group. */
static const struct mcr_config_key keys[] = {
	{"group", .read = mcr_config_read_group, FIELD(group), .required = true},
	{"sources", .read = read_sources},
	{"members", .read = mcr_config_read_receivers, FIELD(members), .required = true},
	{"senders", .read = read_senders},
	{"priority", FIELD(priority), .min = 0, .max = MCR_CONFIG_PRIORITY_MAX},
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

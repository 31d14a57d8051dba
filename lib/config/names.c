/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include "reader.h"

static int
compare_names(const struct mcr_config *config, uint32_t a, uint32_t b)
{
	return strcmp(config->members[a].name, config->members[b].name);
}

static int
compare_positions(const struct mcr_config *config, uint32_t a, uint32_t b)
{
	(void)config;
	return mcr_config_compare(a, b);
}

static void
report_name(struct mcr_config_reader *reader, uint32_t first, uint32_t again)
{
	const struct mcr_config_path members = {.key = "members"};
	const struct mcr_config_path member = {.parent = &members, .index = again};
	const struct mcr_config_path at = {.parent = &member, .key = "name"};

	if (reader->config->members[again].name[0] != '\0')
		mcr_config_add_error(reader, &at, "\"%s\" is the name of members[%u] already",
			reader->config->members[again].name, first);
}

void
mcr_config_index_names(struct mcr_config_reader *reader)
{
	const uint32_t count = reader->config->member_count;

	RTE_ASSERT(reader->by_name == NULL && reader->listed == NULL);
	reader->by_name = mcr_config_alloc(reader, count, sizeof(*reader->by_name));
	reader->listed = mcr_config_alloc(reader, count, sizeof(*reader->listed));
	if (reader->by_name == NULL || reader->listed == NULL)
		return;
	for (uint32_t i = 0; i < count; i++)
		reader->by_name[i] = i;
	mcr_config_check_unique(reader, reader->by_name, count, compare_names, report_name);
}

static bool
find_name(const struct mcr_config_reader *reader, const char *name, uint32_t *index)
{
	uint32_t low = 0, high = reader->by_name == NULL ? 0 : reader->config->member_count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		int order;

		RTE_ASSERT(reader->by_name[middle] < reader->config->member_count);
		order = strcmp(name, reader->config->members[reader->by_name[middle]].name);
		if (order == 0) {
			*index = reader->by_name[middle];
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool
mcr_config_append_name(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const char *name, struct mcr_config_names *names)
{
	uint32_t index;

	if (!find_name(reader, name, &index))
		return false;
	RTE_ASSERT(names->count < reader->config->member_count || reader->listed[index] != 0);
	if (reader->listed[index] != 0) {
		mcr_config_add_error(reader, at, "\"%s\" is in this list already, at [%u]", name,
			reader->listed[index] - 1);
		return true;
	}
	reader->listed[index] = at->index + 1;
	names->index[names->count++] = index;
	return true;
}

void
mcr_config_finish_names(struct mcr_config_reader *reader, struct mcr_config_names *names)
{
	RTE_ASSERT(names->count <= reader->config->member_count);
	for (uint32_t i = 0; i < names->count; i++)
		reader->listed[names->index[i]] = 0;
	mcr_config_sort(reader->config, names->index, names->count, compare_positions);
}

static void
append_receiver(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, struct mcr_config_names *names)
{
	const char *name = mcr_config_read_string(reader, at, value);

	if (name == NULL)
		return;
	if (strcmp(name, "*") == 0) {
		if (names->all_members)
			mcr_config_add_error(reader, at, "\"*\" is in this list already");
		names->all_members = true;
		return;
	}
	if (!mcr_config_append_name(reader, at, name, names))
		mcr_config_add_error(reader, at, "no member is named \"%.64s\"", name);
}

static void
drop_senders(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	struct mcr_config_names *names)
{
	const struct mcr_config_member *members = reader->config->members;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < names->count; i++) {
		const struct mcr_config_member *member = &members[names->index[i]];

		if (member->role != MCR_CONFIG_ROLE_SENDER)
			names->index[kept++] = names->index[i];
		else
			mcr_config_add_warning(reader, at,
				"\"%s\" is a sender only and receives nothing", member->name);
	}
	RTE_ASSERT(kept <= names->count);
	names->count = kept;
}

/* "*" has the meaning of `all`. */
static void
read_receivers(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, const struct mcr_config_names *all, struct mcr_config_names *names)
{
	struct mcr_config_path at = {.parent = parent};
	json_t *element;

	if (!json_is_array(value)) {
		mcr_config_add_mismatch(reader, parent, "a list of member names", value);
		return;
	}
	RTE_ASSERT(names->index == NULL && names->count == 0);
	names->index = mcr_config_alloc(reader, json_array_size(value), sizeof(*names->index));
	if (names->index == NULL)
		return;
	json_array_foreach (value, at.index, element)
		append_receiver(reader, &at, element, names);
	mcr_config_finish_names(reader, names);
	drop_senders(reader, parent, names);
	if (names->all_members) {
		free(names->index);
		names->index = all->index;
		names->count = all->count;
	}
}

void
mcr_config_read_receivers(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	read_receivers(reader, at, value, &reader->config->receivers, object);
}

bool
mcr_config_takes(const struct mcr_config_member *member, bool is_ipv6)
{
	return mcr_encap_takes(member->encap, mcr_address_is_ipv6(member->address), is_ipv6);
}

/* Members with a wrong encapsulation or address are errors already. */
static void
check_takes(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const struct mcr_config_member *member, bool is_ipv6)
{
	const int family = is_ipv6 ? 6 : 4;

	if (member->address == MCR_ADDRESS_NONE || member->role == MCR_CONFIG_ROLE_SENDER ||
		mcr_config_takes(member, is_ipv6))
		return;
	mcr_config_add_error(reader, at,
		"\"%s\" has encap \"%s\" and an IPv%d address, and takes no IPv%d groups",
		member->name, mcr_config_encap_names[member->encap], 10 - family, family);
}

static void
check_all_take(struct mcr_config_reader *reader, const struct mcr_config_path *parent,
	json_t *value, bool is_ipv6)
{
	struct mcr_config_path at = {.parent = parent};
	uint32_t member;
	json_t *element;

	json_array_foreach (value, at.index, element)
		if (json_is_string(element) &&
			find_name(reader, json_string_value(element), &member))
			check_takes(reader, &at, &reader->config->members[member], is_ipv6);
}

void
mcr_config_read_ipv4_receivers(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	read_receivers(reader, at, value, &reader->config->ipv4_receivers, object);
	check_all_take(reader, at, value, false);
}

void
mcr_config_read_ipv6_receivers(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	read_receivers(reader, at, value, &reader->config->ipv6_receivers, object);
	check_all_take(reader, at, value, true);
}

static void
collect(struct mcr_config_names *names, uint32_t member)
{
	names->index[names->count++] = member;
}

void
mcr_config_collect_receivers(struct mcr_config_reader *reader)
{
	struct mcr_config *config = reader->config;
	struct mcr_config_names *all = &config->receivers, *ipv4 = &config->ipv4_receivers,
				*ipv6 = &config->ipv6_receivers;

	RTE_ASSERT(all->index == NULL && ipv4->index == NULL && ipv6->index == NULL);
	all->index = mcr_config_alloc(reader, config->member_count, sizeof(*all->index));
	ipv4->index = mcr_config_alloc(reader, config->member_count, sizeof(*ipv4->index));
	ipv6->index = mcr_config_alloc(reader, config->member_count, sizeof(*ipv6->index));
	if (all->index == NULL || ipv4->index == NULL || ipv6->index == NULL)
		return;
	for (uint32_t i = 0; i < config->member_count; i++) {
		const struct mcr_config_member *member = &config->members[i];

		if (member->role == MCR_CONFIG_ROLE_SENDER)
			continue;
		collect(all, i);
		if (mcr_config_takes(member, false))
			collect(ipv4, i);
		if (mcr_config_takes(member, true))
			collect(ipv6, i);
	}
}

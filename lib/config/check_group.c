/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <stdlib.h>

#include "reader.h"

/* (S,G), or (*,G) and prefixes with source 0. */
struct entry {
	struct mcr_config_prefix group;
	uint32_t source;
	uint32_t index;    /* into groups */
	uint32_t position; /* into sources */
};

static uint64_t
entry_count(const struct mcr_config *config)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < config->group_count; i++)
		count += RTE_MAX(config->groups[i].source_count, 1u);
	return count;
}

static size_t
add_entries(struct entry *entries, const struct mcr_config_group *group, uint32_t index)
{
	RTE_ASSERT(group->source_count == 0 ||
		   (group->sources != NULL &&
			   group->group.length == mcr_address_bits(group->group.address)));
	for (uint32_t i = 0; i < group->source_count; i++)
		entries[i] = (struct entry){group->group, group->sources[i], index, i};
	if (group->source_count == 0)
		entries[0] = (struct entry){group->group, 0, index, 0};
	return RTE_MAX(group->source_count, 1u);
}

static int
compare_keys(const struct entry *a, const struct entry *b)
{
	if (a->group.address != b->group.address)
		return mcr_address_compare(a->group.address, b->group.address);
	if (a->group.length != b->group.length)
		return mcr_config_compare(a->group.length, b->group.length);
	return a->source == b->source ? 0 : mcr_address_compare(a->source, b->source);
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int order = compare_keys(x, y);

	if (order != 0)
		return order;
	return x->index != y->index ? mcr_config_compare(x->index, y->index)
	                            : mcr_config_compare(x->position, y->position);
}

static void
report_repeated_entry(
	struct mcr_config_reader *reader, const struct entry *first, const struct entry *again)
{
	const struct mcr_config_path groups = {.key = "groups"};
	const struct mcr_config_path group = {.parent = &groups, .index = again->index};
	const struct mcr_config_path sources = {.parent = &group, .key = "sources"};
	const struct mcr_config_path source = {.parent = &sources, .index = again->position};
	const struct mcr_config_path key = {.parent = &group, .key = "group"};

	RTE_ASSERT(compare_entries(first, again) < 0);
	if (again->source == 0)
		mcr_config_add_error(
			reader, &key, "has an entry already, groups[%u]", first->index);
	else
		mcr_config_add_error(reader, &source,
			"has an entry for this group already, groups[%u].sources[%u]", first->index,
			first->position);
}

static void
check_entries(struct mcr_config_reader *reader, struct entry *entries, size_t count)
{
	const struct entry *first = entries;

	qsort(entries, count, sizeof(*entries), compare_entries);
	for (size_t i = 1; i < count; i++) {
		RTE_ASSERT(compare_entries(&entries[i - 1], &entries[i]) < 0);
		if (compare_keys(first, &entries[i]) == 0)
			report_repeated_entry(reader, first, &entries[i]);
		else
			first = &entries[i];
	}
}

void
mcr_config_check_groups(struct mcr_config_reader *reader)
{
	const struct mcr_config *config = reader->config;
	const struct mcr_config_path at = {.key = "groups"};
	const uint64_t total = entry_count(config);
	struct entry *entries = mcr_config_alloc(reader, total, sizeof(*entries));
	size_t count = 0;

	if (total > config->limits.groups)
		mcr_config_add_error(reader, &at,
			"%" PRIu64
			" entries are declared, one for each source, but limits.groups is %u",
			total, config->limits.groups);
	if (entries == NULL)
		return;
	for (uint32_t i = 0; i < config->group_count; i++)
		if (config->groups[i].group.address != 0)
			count += add_entries(&entries[count], &config->groups[i], i);
	RTE_ASSERT(count <= total);
	check_entries(reader, entries, count);
	free(entries);
}

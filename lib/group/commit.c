/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "internal.h"

static int
publish(struct mcr_group_table *table, uint32_t id)
{
	struct mcr_group_list *old = published_list(table, id);
	struct mcr_group_list *list;

	RTE_ASSERT(table->entries[id].in_use);
	RTE_ASSERT(table->entries[id].dirty);
	if (mcr_rcu_reserve(table->rcu, 1) != 0)
		return -ENOMEM;
	list = group_entry_resolve(table, id);
	if (list == NULL)
		return -ENOMEM;
	list->is_published = true;
	if (list != old)
		atomic_store_explicit(&table->slots[id].list, list, memory_order_release);
	mcr_group_list_drop(table, old);
	return 0;
}

static int
publish_shape(struct mcr_group_table *table, uint32_t shape, bool fresh)
{
	int ret = 0;

	for (uint32_t id = table->dirty[shape]; id != MCR_GROUP_NONE && ret == 0;
		id = table->entries[id].next) {
		const struct group_entry *entry = &table->entries[id];

		if (has_content(entry) && entry->fresh == fresh)
			ret = publish(table, id);
	}
	return ret;
}

static bool
is_staged(const struct mcr_group_table *table, const struct group_entry *entry)
{
	return table->staging && entry->epoch == table->epoch;
}

static int
clean_shape(struct mcr_group_table *table, uint32_t shape)
{
	while (table->dirty[shape] != MCR_GROUP_NONE) {
		const uint32_t id = table->dirty[shape];
		struct group_entry *entry = &table->entries[id];

		RTE_ASSERT(entry->in_use);
		RTE_ASSERT(entry->dirty);
		RTE_ASSERT(group_entry_shape(table, id) == shape);
		if (mcr_rcu_reserve(table->rcu, 2) != 0)
			return -ENOMEM;
		table->dirty[shape] = entry->next;
		entry->dirty = false;
		if (has_content(entry))
			entry->fresh = false;
		else if (!is_staged(table, entry))
			group_entry_destroy(table, id);
	}
	return 0;
}

static int
publish_fresh(struct mcr_group_table *table)
{
	int ret = 0;

	for (uint32_t i = 0; i < SHAPES && ret == 0; i++)
		ret = publish_shape(table, SHAPES - 1 - i, true);
	atomic_fetch_add_explicit(&table->version, 1, memory_order_release);
	return ret;
}

/*
 * New entries come first, the more specific before the less specific; changes and removals follow
 * in the opposite order. So every search finds the state of before or of after.
 */
int
mcr_group_commit(struct mcr_group_table *table)
{
	int ret;

	table->commits++;
	ret = publish_fresh(table);
	for (uint32_t shape = 0; shape < SHAPES && ret == 0; shape++)
		ret = publish_shape(table, shape, false);
	for (uint32_t shape = 0; shape < SHAPES && ret == 0; shape++)
		ret = clean_shape(table, shape);
	return ret;
}

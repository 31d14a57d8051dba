/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "internal.h"

/* Bulk work pauses to make a long list: urgent work may change what it is made of. */
static struct mcr_group_list *
resolve_now(struct mcr_group_table *table, uint32_t id)
{
	const uint64_t commits = table->commits;
	struct mcr_group_list *first = group_entry_resolve(table, id), *list;

	if (table->commits == commits)
		return first;
	table->commits++;
	table->must_not_pause = true;
	list = group_entry_resolve(table, id);
	table->must_not_pause = false;
	mcr_group_list_drop(table, first);
	return list;
}

static int
publish(struct mcr_group_table *table, uint32_t id)
{
	struct mcr_group_list *list, *old;

	RTE_ASSERT(table->entries[id].in_use);
	RTE_ASSERT(is_dirty(&table->entries[id]));
	list = resolve_now(table, id);
	if (list == NULL || mcr_rcu_reserve(table->rcu, 1) != 0) {
		mcr_group_list_drop(table, list);
		return -ENOMEM;
	}
	old = published_list(table, id);
	list->is_published = true;
	if (list != old)
		atomic_store_explicit(&table->slots[id].list, list, memory_order_release);
	mcr_group_list_drop(table, old);
	table->entries[id].pass = table->pass;
	return group_must_stop(table) ? -EAGAIN : 0;
}

/* What a commit that had to stop has resolved is not resolved again when it goes on. */
static bool
is_to_be_published(const struct mcr_group_table *table, const struct group_entry *entry, bool fresh)
{
	if (!has_content(entry) || entry->fresh != fresh)
		return false;
	return !table->is_committing || entry->pass != table->pass;
}

static int
publish_shape(struct mcr_group_table *table, uint32_t shape, bool fresh)
{
	const enum mcr_group_work work = table->work;
	int ret = 0;

	for (uint32_t id = table->dirty[work][shape]; id != MCR_GROUP_NONE && ret == 0;
		id = table->entries[id].next[work]) {
		if (is_to_be_published(table, &table->entries[id], fresh))
			ret = publish(table, id);
	}
	return ret;
}

static bool
is_staged(const struct mcr_group_table *table, const struct group_entry *entry)
{
	return table->staging && entry->epoch == table->epoch;
}

/* The other kind of work has still to do with it. Until then packets find what is less specific. */
static void
unpublish(struct mcr_group_table *table, uint32_t id)
{
	struct mcr_group_list *list = published_list(table, id);

	atomic_store_explicit(&table->slots[id].list, NULL, memory_order_release);
	mcr_group_list_drop(table, list);
	table->entries[id].fresh = true;
}

static void
clean_entry(struct mcr_group_table *table, uint32_t id)
{
	struct group_entry *entry = &table->entries[id];

	RTE_ASSERT(entry->in_use);
	if (has_content(entry))
		entry->fresh = published_list(table, id) == NULL;
	else if (is_staged(table, entry) || is_dirty(entry))
		unpublish(table, id);
	else
		group_entry_destroy(table, id);
}

static int
clean_shape(struct mcr_group_table *table, uint32_t shape)
{
	uint32_t *first = &table->dirty[table->work][shape];

	while (*first != MCR_GROUP_NONE) {
		const uint32_t id = *first;

		RTE_ASSERT(table->entries[id].dirty[table->work]);
		RTE_ASSERT(group_entry_shape(table, id) == shape);
		if (mcr_rcu_reserve(table->rcu, 2) != 0)
			return -ENOMEM;
		*first = table->entries[id].next[table->work];
		table->entries[id].dirty[table->work] = false;
		table->n_dirty[table->work]--;
		clean_entry(table, id);
		if (group_must_stop(table))
			return -EAGAIN;
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
static int
publish_all(struct mcr_group_table *table)
{
	int ret = publish_fresh(table);

	for (uint32_t shape = 0; shape < SHAPES && ret == 0; shape++)
		ret = publish_shape(table, shape, false);
	for (uint32_t shape = 0; shape < SHAPES && ret == 0; shape++)
		ret = clean_shape(table, shape);
	return ret;
}

int
mcr_group_commit(struct mcr_group_table *table)
{
	int ret;

	if (table->n_dirty[table->work] == 0)
		return 0;
	table->commits++;
	if (table->work == MCR_GROUP_URGENT && !table->is_committing)
		table->pass++;
	ret = publish_all(table);
	RTE_ASSERT(ret != -EAGAIN || table->work == MCR_GROUP_URGENT);
	if (table->work == MCR_GROUP_URGENT)
		table->is_committing = ret != 0;
	RTE_ASSERT(ret != 0 || table->n_dirty[table->work] == 0);
	return ret;
}

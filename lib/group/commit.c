/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "internal.h"

/* Not published yet; of the parties whose list may change. */
struct resolved {
	struct mcr_group_list *receivers;
	struct mcr_group_list *peers; /* NULL also for none */
};

static void
drop(struct mcr_group_table *table, struct resolved resolved)
{
	mcr_group_list_drop(table, resolved.receivers);
	mcr_group_list_drop(table, resolved.peers);
}

static int
resolve(struct mcr_group_table *table, uint32_t id, struct resolved *resolved)
{
	const struct group_entry *entry = &table->entries[id];
	int ret = 0;

	*resolved = (struct resolved){0};
	if ((entry->stale & PARTY_BIT(GROUP_PEERS)) != 0)
		ret = group_peers_resolve(table, id, &resolved->peers);
	if (ret != 0 || (entry->stale & PARTY_BIT(GROUP_LOCAL)) == 0)
		return ret;
	resolved->receivers = group_entry_resolve(table, id);
	return resolved->receivers == NULL ? -ENOMEM : 0;
}

/* Bulk work pauses to make a long list: urgent work may change what it is made of. */
static int
resolve_now(struct mcr_group_table *table, uint32_t id, struct resolved *resolved)
{
	const uint64_t commits = table->commits;
	int ret = resolve(table, id, resolved);
	struct resolved first;

	if (table->commits == commits)
		return ret;
	first = *resolved;
	table->commits++;
	table->must_not_pause = true;
	ret = resolve(table, id, resolved);
	table->must_not_pause = false;
	drop(table, first);
	return ret;
}

static void
replace(struct mcr_group_table *table, struct mcr_group_list *_Atomic *published,
	struct mcr_group_list *list)
{
	struct mcr_group_list *old = atomic_load_explicit(published, memory_order_relaxed);

	if (list != NULL)
		list->is_published = true;
	if (list != old)
		atomic_store_explicit(published, list, memory_order_release);
	mcr_group_list_drop(table, old);
}

/* The list of receivers, which makes an entry seen, comes last. */
static int
publish(struct mcr_group_table *table, uint32_t id)
{
	struct group_entry *entry = &table->entries[id];
	struct resolved resolved;
	int ret;

	RTE_ASSERT(is_in_use(entry));
	RTE_ASSERT(is_dirty(entry));
	ret = resolve_now(table, id, &resolved);
	if (ret != 0 || mcr_rcu_reserve(table->rcu, 3) != 0) {
		drop(table, resolved);
		return -ENOMEM;
	}
	if ((entry->stale & PARTY_BIT(GROUP_PEERS)) != 0)
		replace(table, &table->slots[id].peers, resolved.peers);
	if ((entry->stale & PARTY_BIT(GROUP_LOCAL)) != 0)
		replace(table, &table->slots[id].list, resolved.receivers);
	RTE_ASSERT(published_list(table, id) != NULL);
	group_interest_tell(table, id);
	entry->pass = table->pass;
	return group_must_stop(table) ? -EAGAIN : 0;
}

/* What a commit that had to stop has resolved is not resolved again when it goes on. */
static bool
is_to_be_published(const struct mcr_group_table *table, uint32_t id, bool fresh)
{
	const struct group_entry *entry = &table->entries[id];

	if (!has_content(table, id) || entry->fresh != fresh)
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
		if (is_to_be_published(table, id, fresh))
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
	table->entries[id].stale = BOTH_PARTIES;
}

/* The parties that have a claim, and nothing in the entry any more. */
static unsigned int
find_idle(const struct mcr_group_table *table, uint32_t id)
{
	const struct group_entry *entry = &table->entries[id];
	unsigned int busy = 0;

	if (is_dirty(entry))
		return 0;
	if (has_own_content(entry) || is_staged(table, entry))
		busy |= PARTY_BIT(GROUP_LOCAL);
	if (interests_of(table, id) != NULL)
		busy |= PARTY_BIT(GROUP_PEERS);
	RTE_ASSERT((busy & ~entry->claims) == 0);
	return entry->claims & ~busy;
}

static void
clean_entry(struct mcr_group_table *table, uint32_t id)
{
	struct group_entry *entry = &table->entries[id];
	const unsigned int idle = find_idle(table, id);

	RTE_ASSERT(is_in_use(entry));
	if (!has_own_content(entry) && !is_dirty(entry))
		group_interest_tell(table, id);
	if (idle == entry->claims) {
		group_entry_destroy(table, id);
		return;
	}
	if (idle != 0)
		group_entry_disclaim(table, id, idle);
	if (!has_content(table, id)) {
		unpublish(table, id);
		return;
	}
	entry->fresh = published_list(table, id) == NULL;
	if (!is_dirty(entry))
		entry->stale = entry->fresh ? BOTH_PARTIES : 0;
}

static int
clean_shape(struct mcr_group_table *table, uint32_t shape)
{
	uint32_t *first = &table->dirty[table->work][shape];

	while (*first != MCR_GROUP_NONE) {
		const uint32_t id = *first;

		RTE_ASSERT(table->entries[id].dirty[table->work]);
		RTE_ASSERT(shape_of(table, id) == shape);
		if (mcr_rcu_reserve(table->rcu, 4) != 0)
			return -ENOMEM;
		*first = table->entries[id].next[table->work];
		table->entries[id].dirty[table->work] = false;
		table->entries[id].spread &= ~SPREAD_BITS(BOTH_PARTIES, table->work);
		table->n_dirty[table->work]--;
		clean_entry(table, id);
		if (group_must_stop(table))
			return -EAGAIN;
	}
	table->dirty_shapes[table->work][shape / 64] &= ~(UINT64_C(1) << shape % 64);
	return 0;
}

/* The next dirty shape from one on; SHAPES: none. */
static uint32_t
next_dirty(const struct mcr_group_table *table, uint32_t shape)
{
	const uint64_t *const words = table->dirty_shapes[table->work];

	for (uint32_t i = shape / 64; i < SHAPE_WORDS; i++) {
		const uint64_t mask = i == shape / 64 ? UINT64_MAX << shape % 64 : UINT64_MAX;

		if ((words[i] & mask) != 0)
			return i * 64 + __builtin_ctzll(words[i] & mask);
	}
	return SHAPES;
}

/* The last dirty shape before one; SHAPES: none. */
static uint32_t
previous_dirty(const struct mcr_group_table *table, uint32_t shape)
{
	const uint64_t *const words = table->dirty_shapes[table->work];

	for (uint32_t i = shape / 64 + 1; i-- > 0;) {
		const uint64_t mask = i == shape / 64 ? ~(UINT64_MAX << shape % 64) : UINT64_MAX;

		if ((words[i] & mask) != 0)
			return i * 64 + 63 - __builtin_clzll(words[i] & mask);
	}
	return SHAPES;
}

static bool
has_fresh(const struct mcr_group_table *table, uint32_t shape)
{
	uint32_t id = table->dirty[table->work][shape];

	while (id != MCR_GROUP_NONE && !is_to_be_published(table, id, true))
		id = table->entries[id].next[table->work];
	return id != MCR_GROUP_NONE;
}

static void
raise_version(struct mcr_group_table *table)
{
	atomic_fetch_add_explicit(&table->version, 1, memory_order_release);
}

/* What was found in an id that a new entry has now is not current, nor is what was found instead of
 * a new entry. A search that missed one of one shape must not return a new one of the next. */
static int
publish_fresh(struct mcr_group_table *table)
{
	int ret = 0;

	for (uint32_t shape = previous_dirty(table, SHAPES); shape != SHAPES && ret == 0;
		shape = previous_dirty(table, shape)) {
		if (!has_fresh(table, shape))
			continue;
		raise_version(table);
		ret = publish_shape(table, shape, true);
		raise_version(table);
	}
	return ret;
}

/*
 * New entries come first, the more specific before the less specific; changes and removals follow
 * in the opposite order. So every search finds the state of before or of after.
 */
static int
publish_all(struct mcr_group_table *table)
{
	int ret = group_interest_sweep(table);

	if (ret == 0)
		ret = group_suspension_sweep(table);
	if (ret == 0)
		ret = publish_fresh(table);
	for (uint32_t shape = next_dirty(table, 0); shape != SHAPES && ret == 0;
		shape = next_dirty(table, shape + 1))
		ret = publish_shape(table, shape, false);
	for (uint32_t shape = next_dirty(table, 0); shape != SHAPES && ret == 0;
		shape = next_dirty(table, shape + 1))
		ret = clean_shape(table, shape);
	return ret;
}

int
mcr_group_commit(struct mcr_group_table *table)
{
	int ret;

	if (table->n_dirty[table->work] == 0 && !table->suspension[table->work].is_pending)
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

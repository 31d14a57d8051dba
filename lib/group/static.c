/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_debug.h>

#include "internal.h"

#define STAGED_ROOM_MIN 64

/* Static entries are bulk work, which never has to stop. */
static void
pause_bulk(struct mcr_group_table *table)
{
	const bool stop = group_must_stop(table);

	RTE_ASSERT(!stop);
	RTE_SET_USED(stop);
}

void
mcr_group_static_begin(struct mcr_group_table *table)
{
	mcr_group_static_cancel(table);
	table->epoch++;
	table->staging = true;
}

static int
reserve_staged(struct mcr_group_table *table)
{
	const uint32_t room = RTE_MAX(table->staged_room * 2, (uint32_t)STAGED_ROOM_MIN);
	struct group_staged *staged;

	if (table->n_staged < table->staged_room)
		return 0;
	staged = realloc(table->staged, room * sizeof(*staged));
	if (staged == NULL)
		return -ENOMEM;
	table->staged = staged;
	table->staged_room = room;
	return 0;
}

/* The limit applies to the new configuration; until the old one goes there may be more entries. */
static int
obtain_entry(struct mcr_group_table *table, const struct mcr_group_key *key, uint32_t *id)
{
	int ret;

	if (!is_special(key->group, key->length) && table->n_staged_listed == table->n_groups)
		return -ENOSPC;
	ret = group_entry_obtain(table, key, GROUP_LOCAL, UINT32_MAX, id);
	if (ret != 0)
		return ret;
	return table->entries[*id].epoch == table->epoch ? -EEXIST : 0;
}

static void
stage(struct mcr_group_table *table, uint32_t id, struct mcr_group_list *list, bool listed)
{
	RTE_ASSERT(table->n_staged < table->staged_room);
	RTE_ASSERT(table->entries[id].epoch != table->epoch);
	table->staged[table->n_staged++] = (struct group_staged){
		.id = id,
		.list = list,
	};
	table->n_staged_listed += listed;
	table->entries[id].epoch = table->epoch;
}

int
mcr_group_static_set(
	struct mcr_group_table *table, const struct mcr_group_key *key, struct mcr_group_list *list)
{
	uint32_t id;
	int ret;

	RTE_ASSERT(table->staging);
	if (!group_key_is_valid(key))
		return -EINVAL;
	if (list == NULL || reserve_staged(table) != 0)
		return -ENOMEM;
	ret = obtain_entry(table, key, &id);
	if (ret == 0)
		stage(table, id, mcr_group_list_hold(list), !is_special(key->group, key->length));
	return ret;
}

static bool
is_prefix(const struct mcr_group_table *table, uint32_t id)
{
	return shape_of(table, id) < SHAPE_GROUP;
}

/* Returns whether a prefix changed. */
static bool
configure(struct mcr_group_table *table, uint32_t id, struct mcr_group_list *list)
{
	struct group_entry *entry = &table->entries[id];

	RTE_ASSERT(is_in_use(entry));
	mcr_group_list_drop(table, entry->configured);
	entry->configured = list;
	group_entry_touch(table, id, GROUP_LOCAL);
	return is_prefix(table, id);
}

static bool
apply_staged(struct mcr_group_table *table, struct group_staged staged)
{
	if (table->entries[staged.id].configured != staged.list)
		return configure(table, staged.id, staged.list);
	mcr_group_list_drop(table, staged.list);
	return false;
}

static bool
remove_unset(struct mcr_group_table *table)
{
	bool prefix_changed = false;

	for (uint32_t id = 0; id < table->used_ids; id++) {
		const struct group_entry *entry = &table->entries[id];

		if (is_in_use(entry) && entry->configured != NULL && entry->epoch != table->epoch)
			prefix_changed |= configure(table, id, NULL);
		pause_bulk(table);
	}
	return prefix_changed;
}

static void
touch_inheriting(struct mcr_group_table *table)
{
	for (uint32_t id = 0; id < table->used_ids; id++) {
		const struct group_entry *entry = &table->entries[id];

		if (is_in_use(entry) && entry->configured == NULL)
			group_entry_touch(table, id, GROUP_LOCAL);
		pause_bulk(table);
	}
}

/* The room stays: a reload stages twice, and the next one needs as much. */
static void
end_staging(struct mcr_group_table *table)
{
	table->n_staged = 0;
	table->n_staged_listed = 0;
	table->staging = false;
}

void
mcr_group_static_end(struct mcr_group_table *table)
{
	bool prefix_changed = false;

	RTE_ASSERT(table->staging);
	for (uint32_t i = 0; i < table->n_staged; i++) {
		prefix_changed |= apply_staged(table, table->staged[i]);
		pause_bulk(table);
	}
	prefix_changed |= remove_unset(table);
	if (prefix_changed)
		touch_inheriting(table);
	end_staging(table);
}

void
mcr_group_static_cancel(struct mcr_group_table *table)
{
	for (uint32_t i = 0; i < table->n_staged; i++) {
		mcr_group_list_drop(table, table->staged[i].list);
		group_entry_touch(table, table->staged[i].id, GROUP_LOCAL);
		pause_bulk(table);
	}
	end_staging(table);
}

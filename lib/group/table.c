/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_errno.h>

#include <mcr_dpdk.h>

#include "internal.h"

#define GROUPS_MAX (UINT32_C(1) << 22)

/* Grows when more groups have sources. */
#define SOURCES_CAPACITY 64

/* A reload may replace every entry before the old ones go. */
#define IDS_PER_GROUP 2
#define SPECIAL_ENTRIES 2

/* Zero pages cost nothing until used; huge pages spare the readers TLB misses. */
static void *
map_array(size_t count, size_t size)
{
	void *array = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (array == MAP_FAILED)
		return NULL;
	madvise(array, count * size, MADV_HUGEPAGE);
	return array;
}

static void
unmap_array(void *array, size_t count, size_t size)
{
	if (array != NULL)
		munmap(array, count * size);
}

static bool
create_arrays(struct mcr_group_table *table)
{
	table->index = mcr_index_create(table->n_groups + SPECIAL_ENTRIES, table->rcu);
	table->sources = mcr_index_create(SOURCES_CAPACITY, NULL);
	table->slots = map_array(table->n_ids, sizeof(*table->slots));
	table->entries = map_array(table->n_ids, sizeof(*table->entries));
	table->members = calloc(table->n_members, sizeof(*table->members));
	table->empty_list = group_list_create(
		table, NULL, 0, (struct group_terms){.priority = MCR_GROUP_PRIORITY_DEFAULT});
	return table->index != NULL && table->sources != NULL && table->slots != NULL &&
	       table->entries != NULL && table->members != NULL && table->empty_list != NULL;
}

struct mcr_group_table *
mcr_group_create(uint32_t groups, uint32_t members, uint32_t peer_keys, struct mcr_rcu *rcu)
{
	struct mcr_group_table *table;

	if (groups == 0 || groups > GROUPS_MAX || peer_keys > GROUPS_MAX || members == 0) {
		rte_errno = EINVAL;
		return NULL;
	}
	table = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*table));
	if (table == NULL) {
		rte_errno = ENOMEM;
		return NULL;
	}
	*table = (struct mcr_group_table){
		.rcu = rcu,
		.n_groups = groups,
		.n_members = members,
		.n_ids = groups * IDS_PER_GROUP + SPECIAL_ENTRIES,
		.free_ids = MCR_GROUP_NONE,
	};
	for (uint32_t shape = 0; shape < SHAPES; shape++) {
		table->dirty[MCR_GROUP_URGENT][shape] = MCR_GROUP_NONE;
		table->dirty[MCR_GROUP_BULK][shape] = MCR_GROUP_NONE;
	}
	if (!create_arrays(table)) {
		mcr_group_free(table);
		rte_errno = ENOMEM;
		return NULL;
	}
	return table;
}

static void
free_entry(struct mcr_group_table *table, uint32_t id)
{
	struct group_entry *entry = &table->entries[id];

	mcr_group_list_drop(table, published_list(table, id));
	mcr_group_list_drop(table, entry->configured);
	free(entry->memberships);
}

static void
free_members(struct mcr_group_table *table)
{
	for (uint32_t member = 0; table->members != NULL && member < table->n_members; member++)
		free(table->members[member].entries);
	free(table->members);
}

void
mcr_group_free(struct mcr_group_table *table)
{
	if (table == NULL)
		return;
	mcr_group_pace(table, NULL, NULL);
	mcr_group_static_cancel(table);
	for (uint32_t id = 0; id < table->used_ids; id++)
		free_entry(table, id);
	mcr_group_list_drop(table, table->empty_list);
	/* Retired objects refer to the table. */
	mcr_rcu_drain(table->rcu);
	free_members(table);
	free(table->shared);
	mcr_index_free(table->index);
	mcr_index_free(table->sources);
	unmap_array(table->slots, table->n_ids, sizeof(*table->slots));
	unmap_array(table->entries, table->n_ids, sizeof(*table->entries));
	for (enum mcr_group_work work = 0; work < GROUP_WORKS; work++)
		free(table->scratch[work]);
	free(table->staged);
	free(table);
}

void
mcr_group_work_on(struct mcr_group_table *table, enum mcr_group_work work)
{
	table->work = work;
	/* What the other kind of work has resolved meanwhile is no longer what it was. */
	table->commits++;
}

void
mcr_group_pace(struct mcr_group_table *table, bool (*must_stop)(void *arg), void *arg)
{
	table->must_stop = must_stop;
	table->must_stop_arg = arg;
}

uint32_t
mcr_group_ids(const struct mcr_group_table *table)
{
	return table->n_ids;
}

static size_t
memberships_bytes(const struct group_entry *entry)
{
	if (entry->n_memberships == 0)
		return 0;
	return rte_align32pow2(entry->n_memberships) * sizeof(struct group_membership);
}

size_t
group_table_memory(const struct mcr_group_table *table)
{
	size_t bytes = sizeof(*table) + table->list_bytes + mcr_index_memory(table->index) +
	               mcr_index_memory(table->sources) +
	               table->used_ids * (sizeof(struct group_slot) + sizeof(struct group_entry)) +
	               table->n_members * sizeof(struct group_member) +
	               table->n_buckets * sizeof(struct mcr_group_list *);

	for (enum mcr_group_work work = 0; work < GROUP_WORKS; work++)
		bytes += table->scratch_room[work] * sizeof(struct mcr_receiver);
	for (uint32_t id = 0; id < table->used_ids; id++)
		bytes += memberships_bytes(&table->entries[id]);
	for (uint32_t member = 0; member < table->n_members; member++)
		bytes += table->members[member].room * sizeof(uint32_t);
	return bytes;
}

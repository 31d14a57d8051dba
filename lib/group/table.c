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

uint32_t
group_ids_for(uint32_t keys)
{
	return keys == 0 ? 0 : 2 * keys + SPECIAL_ENTRIES;
}

/* Without peers they take no memory. */
static bool
create_peers(struct mcr_group_table *table)
{
	if (table->n_peer_keys == 0)
		return true;
	table->interests = map_array(table->n_ids, sizeof(*table->interests));
	table->members[GROUP_PEERS] = calloc(table->n_members, sizeof(struct group_member));
	return table->interests != NULL && table->members[GROUP_PEERS] != NULL;
}

static bool
create_arrays(struct mcr_group_table *table)
{
	table->index = mcr_index_create(
		table->n_groups + table->n_peer_keys + SPECIAL_ENTRIES, table->rcu);
	table->sources = mcr_index_create(SOURCES_CAPACITY, NULL);
	table->slots = map_array(table->n_ids, sizeof(*table->slots));
	table->entries = map_array(table->n_ids, sizeof(*table->entries));
	table->members[GROUP_LOCAL] = calloc(table->n_members, sizeof(struct group_member));
	table->standings = calloc(table->n_members, sizeof(*table->standings));
	table->empty_list = group_list_create(
		table, NULL, 0, (struct group_terms){.priority = MCR_GROUP_PRIORITY_DEFAULT});
	return table->index != NULL && table->sources != NULL && table->slots != NULL &&
	       table->entries != NULL && table->members[GROUP_LOCAL] != NULL &&
	       table->standings != NULL && table->empty_list != NULL && create_peers(table);
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
		.n_peer_keys = peer_keys,
		.n_ids = group_ids_for(groups) + group_ids_for(peer_keys),
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
	mcr_group_list_drop(table, published_peers(table, id));
	mcr_group_list_drop(table, entry->configured);
	if (is_in_use(entry))
		group_entry_drop_key(table, id);
	free(entry->joined);
	free(interests_of(table, id));
}

static void
free_members(struct mcr_group_table *table, struct group_member *members)
{
	for (uint32_t member = 0; members != NULL && member < table->n_members; member++)
		free(members[member].entries);
	free(members);
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
	free_members(table, table->members[GROUP_LOCAL]);
	free_members(table, table->members[GROUP_PEERS]);
	free(table->shared);
	mcr_index_free(table->index);
	mcr_index_free(table->sources);
	unmap_array(table->slots, table->n_ids, sizeof(*table->slots));
	unmap_array(table->entries, table->n_ids, sizeof(*table->entries));
	unmap_array(table->interests, table->n_ids, sizeof(*table->interests));
	for (enum mcr_group_work work = 0; work < GROUP_WORKS; work++)
		free(table->scratch[work]);
	free(table->standings);
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
memberships_bytes(const struct group_memberships *memberships)
{
	if (memberships == NULL)
		return 0;
	return sizeof(*memberships) +
	       rte_align32pow2(memberships->n) * sizeof(struct group_membership);
}

static size_t
members_bytes(const struct mcr_group_table *table, const struct group_member *members)
{
	size_t bytes = members == NULL ? 0 : table->n_members * sizeof(struct group_member);

	for (uint32_t member = 0; members != NULL && member < table->n_members; member++)
		bytes += members[member].room * sizeof(uint32_t);
	return bytes;
}

static size_t
id_bytes(const struct mcr_group_table *table)
{
	return sizeof(struct group_slot) + sizeof(struct group_entry) +
	       (table->interests == NULL ? 0 : sizeof(struct group_memberships *));
}

size_t
group_table_memory(const struct mcr_group_table *table)
{
	size_t bytes = sizeof(*table) + table->list_bytes + mcr_index_memory(table->index) +
	               mcr_index_memory(table->sources) + table->used_ids * id_bytes(table) +
	               members_bytes(table, table->members[GROUP_LOCAL]) +
	               members_bytes(table, table->members[GROUP_PEERS]) +
	               table->n_members * sizeof(*table->standings) +
	               table->n_buckets * sizeof(struct mcr_group_list *);

	for (enum mcr_group_work work = 0; work < GROUP_WORKS; work++)
		bytes += table->scratch_room[work] * sizeof(struct mcr_receiver);
	for (uint32_t id = 0; id < table->used_ids; id++)
		bytes += memberships_bytes(table->entries[id].joined) +
		         memberships_bytes(interests_of(table, id));
	return bytes;
}

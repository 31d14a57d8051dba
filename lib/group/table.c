/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_errno.h>

#include "table.h"

#define GROUPS_MAX (UINT32_C(1) << 22)

/* Grows when more groups have sources. */
#define SOURCES_CAPACITY 64

/* A configuration may replace every entry by another before the old ones go. */
#define IDS_PER_GROUP 2
#define SPECIAL_ENTRIES 2

/* Zero pages that cost nothing until they are used; huge ones spare the readers TLB misses. */
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
allocate(struct mcr_group_table *table)
{
	table->index = mcr_index_create(table->n_groups + SPECIAL_ENTRIES, table->rcu);
	table->sources = mcr_index_create(SOURCES_CAPACITY, NULL);
	table->slots = map_array(table->n_ids, sizeof(*table->slots));
	table->entries = map_array(table->n_ids, sizeof(*table->entries));
	table->members = calloc(table->n_members, sizeof(*table->members));
	table->nobody = group_list_create(table, NULL, 0, NULL);
	return table->index != NULL && table->sources != NULL && table->slots != NULL &&
	       table->entries != NULL && table->members != NULL && table->nobody != NULL;
}

struct mcr_group_table *
mcr_group_create(uint32_t groups, uint32_t members, struct mcr_rcu *rcu)
{
	struct mcr_group_table *table;

	if (groups == 0 || groups > GROUPS_MAX || members == 0) {
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
	for (uint32_t shape = 0; shape < SHAPES; shape++)
		table->dirty[shape] = MCR_GROUP_NONE;
	if (!allocate(table)) {
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

	if (published_list(table, id) != NULL)
		group_list_drop(table, published_list(table, id));
	if (entry->configured != NULL)
		group_list_drop(table, entry->configured);
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
	mcr_group_static_cancel(table);
	for (uint32_t id = 0; id < table->used_ids; id++)
		free_entry(table, id);
	if (table->nobody != NULL)
		group_list_drop(table, table->nobody);
	/* What it retired refers to it. */
	while (mcr_rcu_reclaim(table->rcu) != 0)
		;
	free_members(table);
	mcr_index_free(table->index);
	mcr_index_free(table->sources);
	unmap_array(table->slots, table->n_ids, sizeof(*table->slots));
	unmap_array(table->entries, table->n_ids, sizeof(*table->entries));
	free(table->scratch);
	free(table->staged);
	free(table);
}

struct probe {
	const struct group_slot *slots;
	uint32_t group;
	uint32_t source;
	uint32_t length;
};

/* An entry without a list is being made or removed: the search goes on as if it were not there. */
static inline bool
is_published_key(const void *arg, uint32_t id)
{
	const struct probe *probe = arg;
	const struct group_slot *slot = &probe->slots[id];

	return slot->group == probe->group && slot->source == probe->source &&
	       slot->length == probe->length &&
	       atomic_load_explicit(&slot->list, memory_order_acquire) != NULL;
}

static inline uint32_t
find_key(const struct mcr_group_table *table, uint32_t group, uint32_t source, uint32_t length,
	uint32_t hash)
{
	const struct probe probe = {table->slots, group, source, length};

	return mcr_index_find(table->index, hash, is_published_key, &probe);
}

static uint32_t
find_prefix(const struct mcr_group_table *table, uint32_t group, uint64_t shapes)
{
	uint32_t id = MCR_GROUP_NONE;

	if (!is_multicast(group))
		return MCR_GROUP_NONE;
	while (shapes != 0 && id == MCR_GROUP_NONE) {
		const uint32_t length = 63 - __builtin_clzll(shapes);
		const uint32_t prefix = prefix_of(group, length);

		id = find_key(table, prefix, 0, length, hash_key(prefix, 0, length));
		shapes &= ~SHAPE_BIT(length);
	}
	return id;
}

/* Of the keys that a flow is looked up by. */
struct flow_hashes {
	uint32_t source;
	uint32_t group;
};

static inline struct flow_hashes
hash_flow(struct mcr_flow flow)
{
	return (struct flow_hashes){
		.source = hash_key(flow.group, flow.source, 32),
		.group = hash_key(flow.group, 0, 32),
	};
}

static inline uint32_t
find_first(const struct mcr_group_table *table, struct mcr_flow flow, struct flow_hashes hashes,
	uint64_t shapes)
{
	uint32_t id = MCR_GROUP_NONE;

	if (shapes & SHAPE_BIT(SHAPE_SOURCE))
		id = find_key(table, flow.group, flow.source, 32, hashes.source);
	if (id == MCR_GROUP_NONE && (shapes & SHAPE_BIT(SHAPE_GROUP)))
		id = find_key(table, flow.group, 0, 32, hashes.group);
	if (id == MCR_GROUP_NONE && (shapes & PREFIX_BITS))
		id = find_prefix(table, flow.group, shapes & PREFIX_BITS);
	return id;
}

static inline uint64_t
shapes_of(const struct mcr_group_table *table)
{
	return atomic_load_explicit(&table->shapes, memory_order_relaxed);
}

static inline uint32_t
version_of(const struct mcr_group_table *table)
{
	return atomic_load_explicit(&table->version, memory_order_acquire);
}

/*
 * The version tells of a new entry: a search that missed it, as it was not yet there, must not go on to
 * what was changed or removed in its favour. All loads of a search acquire, so the second look at the
 * version comes last.
 */
static inline bool
find_flow(const struct mcr_group_table *table, struct mcr_flow flow, struct flow_hashes hashes,
	struct mcr_group_ref *ref)
{
	uint32_t version;

	do {
		version = version_of(table);
		ref->id = find_first(table, flow, hashes, shapes_of(table));
	} while (version_of(table) != version);
	if (ref->id == MCR_GROUP_NONE)
		return false;
	ref->generation =
		atomic_load_explicit(&table->slots[ref->id].generation, memory_order_relaxed);
	return true;
}

bool
mcr_group_find(const struct mcr_group_table *table, struct mcr_flow flow, struct mcr_group_ref *ref)
{
	return find_flow(table, flow, hash_flow(flow), ref);
}

static inline void
prefetch_index(const struct mcr_group_table *table, struct flow_hashes hashes, uint64_t shapes)
{
	if (shapes & SHAPE_BIT(SHAPE_SOURCE))
		mcr_index_prefetch(table->index, hashes.source);
	mcr_index_prefetch(table->index, hashes.group);
}

static inline void
prefetch_slot(const struct mcr_group_table *table, uint32_t hash)
{
	const uint32_t id = mcr_index_guess(table->index, hash);

	if (id != MCR_INDEX_NONE)
		rte_prefetch0(&table->slots[id]);
}

static inline void
prefetch_slots(const struct mcr_group_table *table, struct flow_hashes hashes, uint64_t shapes)
{
	if (shapes & SHAPE_BIT(SHAPE_SOURCE))
		prefetch_slot(table, hashes.source);
	prefetch_slot(table, hashes.group);
}

uint64_t
mcr_group_find_burst(const struct mcr_group_table *table, const struct mcr_flow *flows, uint32_t n,
	struct mcr_group_ref *refs)
{
	const uint64_t shapes = shapes_of(table);
	struct flow_hashes hashes[MCR_GROUP_BURST_MAX];
	uint64_t hits = 0;

	for (uint32_t i = 0; i < n; i++) {
		hashes[i] = hash_flow(flows[i]);
		prefetch_index(table, hashes[i], shapes);
	}
	for (uint32_t i = 0; i < n; i++)
		prefetch_slots(table, hashes[i], shapes);
	for (uint32_t i = 0; i < n; i++)
		hits |= (uint64_t)find_flow(table, flows[i], hashes[i], &refs[i]) << i;
	return hits;
}

/* The list first: if it is that of a later entry, the generation read after it is so too. */
static inline const struct group_list *
list_of(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct group_slot *slot = &table->slots[ref.id];
	const struct group_list *list = atomic_load_explicit(&slot->list, memory_order_acquire);

	if (atomic_load_explicit(&slot->generation, memory_order_relaxed) != ref.generation)
		return NULL;
	return list;
}

const struct mcr_receivers *
mcr_group_receivers(const struct mcr_group_table *table, struct mcr_group_ref ref)
{
	const struct group_list *list = list_of(table, ref);

	return list == NULL ? NULL : &list->receivers;
}

static bool
has_member(const struct group_senders *senders, uint32_t member)
{
	uint32_t from = 0, to = senders->n_members;

	while (from < to) {
		const uint32_t middle = from + (to - from) / 2;

		if (senders->at[middle].member == member)
			return true;
		if (senders->at[middle].member < member)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

static bool
has_address(const struct group_senders *senders, uint32_t address)
{
	for (uint32_t i = senders->n_members; i < senders->count; i++) {
		if (prefix_of(address, senders->at[i].length) == senders->at[i].address)
			return true;
	}
	return false;
}

bool
mcr_group_may_send(const struct mcr_group_table *table, struct mcr_group_ref ref, uint32_t member,
	uint32_t address)
{
	const struct group_list *list = list_of(table, ref);

	if (list == NULL)
		return false;
	if (list->senders == NULL)
		return true;
	return has_member(list->senders, member) || has_address(list->senders, address);
}

uint32_t
mcr_group_ids(const struct mcr_group_table *table)
{
	return table->n_ids;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include <mcr_dpdk.h>

#include "mcr_index.h"

#define CAPACITY_MAX (UINT32_C(1) << 30)

/* Two slots an entry keep the mean probe short; 8 slots are one cache line. */
#define SLOTS_PER_ENTRY 2
#define SLOTS_MIN UINT32_C(8)

#define HUGE_PAGE (UINT32_C(1) << 21)

static size_t
array_bytes(uint32_t slots)
{
	return sizeof(struct mcr_index_array) + slots * sizeof(uint64_t);
}

static struct mcr_index_array *
create_array(uint32_t slots)
{
	const size_t bytes = array_bytes(slots);
	const bool is_large = bytes > HUGE_PAGE;
	const size_t alignment = is_large ? HUGE_PAGE : RTE_CACHE_LINE_SIZE;
	struct mcr_index_array *array = aligned_alloc(alignment, RTE_ALIGN_CEIL(bytes, alignment));

	if (array == NULL)
		return NULL;
	/* Huge pages spare the readers TLB misses; they are optional. */
	if (is_large)
		madvise(array, bytes, MADV_HUGEPAGE);
	array->mask = slots - 1;
	for (uint32_t i = 0; i < slots; i++)
		atomic_init(&array->slots[i], MCR_INDEX_SLOT_EMPTY);
	return array;
}

static struct mcr_index_array *
array_of(const struct mcr_index *index)
{
	return atomic_load_explicit(&index->array, memory_order_relaxed);
}

struct mcr_index *
mcr_index_create(uint32_t capacity, struct mcr_rcu *rcu)
{
	struct mcr_index *index;
	struct mcr_index_array *array;

	if (capacity == 0 || capacity > CAPACITY_MAX) {
		rte_errno = EINVAL;
		return NULL;
	}
	index = calloc(1, sizeof(*index));
	array = create_array(RTE_MAX(rte_align32pow2(capacity * SLOTS_PER_ENTRY), SLOTS_MIN));
	if (index == NULL || array == NULL) {
		free(index);
		free(array);
		rte_errno = ENOMEM;
		return NULL;
	}
	index->rcu = rcu;
	atomic_init(&index->array, array);
	return index;
}

void
mcr_index_free(struct mcr_index *index)
{
	if (index == NULL)
		return;
	free(array_of(index));
	free(index);
}

static uint64_t
slot_at(const struct mcr_index_array *array, uint32_t i)
{
	return atomic_load_explicit(&array->slots[i & array->mask], memory_order_relaxed);
}

static void
set_slot(struct mcr_index_array *array, uint32_t i, uint64_t slot)
{
	atomic_store_explicit(&array->slots[i & array->mask], slot, memory_order_release);
}

static bool
is_entry(uint64_t slot)
{
	return (uint32_t)slot != 0;
}

static uint32_t
find_room(const struct mcr_index_array *array, uint32_t hash)
{
	uint32_t i = hash;

	while (is_entry(slot_at(array, i)))
		i++;
	RTE_ASSERT((slot_at(array, i) == MCR_INDEX_SLOT_EMPTY ||
		    slot_at(array, i) == MCR_INDEX_SLOT_TOMBSTONE));
	return i;
}

static void
copy_entries(struct mcr_index_array *to, const struct mcr_index_array *from)
{
	for (uint32_t i = 0; i <= from->mask; i++) {
		const uint64_t slot = slot_at(from, i);

		if (is_entry(slot))
			set_slot(to, find_room(to, slot >> 32), slot);
	}
}

static void
retire_array(struct mcr_index *index, struct mcr_index_array *array)
{
	if (index->rcu == NULL)
		free(array);
	else
		mcr_rcu_retire_memory(index->rcu, array);
}

/* Searches are shorter in a new array than in one full of tombstones. */
static int
rebuild(struct mcr_index *index)
{
	struct mcr_index_array *old = array_of(index);
	const uint32_t slots = old->mask + 1;
	struct mcr_index_array *array;

	RTE_ASSERT(rte_is_power_of_2(slots));
	RTE_ASSERT(index->entries < slots);
	if (slots > CAPACITY_MAX || (index->rcu != NULL && mcr_rcu_reserve(index->rcu, 1) != 0))
		return -ENOMEM;
	array = create_array(index->entries >= slots / SLOTS_PER_ENTRY ? slots * 2 : slots);
	if (array == NULL)
		return -ENOMEM;
	copy_entries(array, old);
	index->tombstones = 0;
	atomic_store_explicit(&index->array, array, memory_order_release);
	retire_array(index, old);
	return 0;
}

/* Use 3 of 4 slots before a rebuild; without memory all but one: an empty slot ends searches. */
static int
make_slot_room(struct mcr_index *index)
{
	const uint32_t slots = array_of(index)->mask + 1;
	const uint32_t used = index->entries + index->tombstones;

	if (index->entries < slots / SLOTS_PER_ENTRY && used < slots / 4 * 3)
		return 0;
	if (rebuild(index) == 0 || used < slots - 1)
		return 0;
	return -ENOMEM;
}

int
mcr_index_insert(struct mcr_index *index, uint32_t hash, uint32_t id)
{
	struct mcr_index_array *array;
	uint32_t i;

	RTE_ASSERT(id != MCR_INDEX_NONE);
	if (make_slot_room(index) != 0)
		return -ENOMEM;
	array = array_of(index);
	i = find_room(array, hash);
	if (slot_at(array, i) == MCR_INDEX_SLOT_TOMBSTONE)
		index->tombstones--;
	set_slot(array, i, (uint64_t)hash << 32 | (id + 1));
	index->entries++;
	return 0;
}

/* Slots before an empty one may be empty too: no search passes them. */
static void
clear_slot(struct mcr_index *index, struct mcr_index_array *array, uint32_t i)
{
	RTE_ASSERT(is_entry(slot_at(array, i)));
	RTE_ASSERT(index->entries != 0);
	if (slot_at(array, i + 1) != MCR_INDEX_SLOT_EMPTY) {
		set_slot(array, i, MCR_INDEX_SLOT_TOMBSTONE);
		index->tombstones++;
		return;
	}
	set_slot(array, i, MCR_INDEX_SLOT_EMPTY);
	while (slot_at(array, --i) == MCR_INDEX_SLOT_TOMBSTONE) {
		set_slot(array, i, MCR_INDEX_SLOT_EMPTY);
		index->tombstones--;
	}
}

static uint32_t
find_entry(const struct mcr_index_array *array, uint32_t hash, uint32_t id)
{
	const uint64_t wanted = (uint64_t)hash << 32 | (id + 1);
	uint32_t i = hash;

	while (slot_at(array, i) != wanted && slot_at(array, i) != MCR_INDEX_SLOT_EMPTY)
		i++;
	return i;
}

void
mcr_index_remove(struct mcr_index *index, uint32_t hash, uint32_t id)
{
	struct mcr_index_array *array = array_of(index);
	const uint32_t i = find_entry(array, hash, id);

	if (!is_entry(slot_at(array, i)))
		return;
	clear_slot(index, array, i);
	index->entries--;
}

void
mcr_index_replace(struct mcr_index *index, uint32_t hash, uint32_t old, uint32_t id)
{
	struct mcr_index_array *array = array_of(index);

	RTE_ASSERT(id != MCR_INDEX_NONE);
	RTE_ASSERT(is_entry(slot_at(array, find_entry(array, hash, old))));
	set_slot(array, find_entry(array, hash, old), (uint64_t)hash << 32 | (id + 1));
}

size_t
mcr_index_memory(const struct mcr_index *index)
{
	return sizeof(*index) + array_bytes(array_of(index)->mask + 1);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A hash index: the hash of a key (mcr_hash.h) to the id of the caller's entry.
 *
 * Open addressing, one writer, lock-free readers. The index stores hashes only: the caller's match
 * function, inlined into the search, compares keys. An id found stays valid for the read section if
 * the caller reuses ids only after a grace period.
 */

#ifndef MCR_INDEX_H
#define MCR_INDEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_prefetch.h>

#include "mcr_hash.h"
#include "mcr_rcu.h"

/** No entry; not a valid id. */
#define MCR_INDEX_NONE UINT32_MAX

/* A slot is hash << 32 | id + 1, so these two, whose low half is 0, are no entries. */
#define MCR_INDEX_SLOT_EMPTY UINT64_C(0)
#define MCR_INDEX_SLOT_TOMBSTONE (UINT64_C(1) << 32)

/** Replaced as a whole when full. Private. */
struct mcr_index_array {
	uint32_t mask; /* slots - 1; slots are a power of two */
	_Atomic uint64_t slots[] __rte_cache_aligned;
};

/** Private to the library and the inline functions below. */
struct mcr_index {
	struct mcr_index_array *_Atomic array;
	struct mcr_rcu *rcu;
	uint32_t entries;
	uint32_t tombstones;
};

/** Whether the entry with this id has the key in arg. */
typedef bool (*mcr_index_match)(const void *arg, uint32_t id);

/**
 * @param capacity How many entries fit without growing, 1 to 2^30.
 * @param rcu Retires replaced arrays; must outlive the index. NULL: the writer is the only reader.
 * @return NULL with rte_errno ENOMEM or EINVAL.
 */
struct mcr_index *
mcr_index_create(uint32_t capacity, struct mcr_rcu *rcu);

/** No reader may use the index. NULL is allowed. */
void
mcr_index_free(struct mcr_index *index);

/**
 * Writer: add an entry with a new key, which the match function can already read. The id is not
 * MCR_INDEX_NONE.
 * @return 0, or -ENOMEM: nothing was changed. Within the capacity of creation, memory is needed
 *   only to clear removed entries, and that is postponed as long as possible.
 */
int
mcr_index_insert(struct mcr_index *index, uint32_t hash, uint32_t id);

/** Writer: remove the entry with this hash and id, if present. */
void
mcr_index_remove(struct mcr_index *index, uint32_t hash, uint32_t id);

/** Writer: find id in place of old, which must be present. Needs no memory. */
void
mcr_index_replace(struct mcr_index *index, uint32_t hash, uint32_t old, uint32_t id);

/** Bytes of memory in use, without what is retired. */
size_t
mcr_index_memory(const struct mcr_index *index);

/** Prefetch the start of a search; useful some 100 cycles ahead, in bursts. */
static inline void
mcr_index_prefetch(const struct mcr_index *index, uint32_t hash)
{
	const struct mcr_index_array *array =
		atomic_load_explicit(&index->array, memory_order_acquire);

	rte_prefetch0((const void *)&array->slots[hash & array->mask]);
}

/** The id a search will probably find, to prefetch its entry; MCR_INDEX_NONE: no equal hash. */
static inline uint32_t
mcr_index_guess(const struct mcr_index *index, uint32_t hash)
{
	const struct mcr_index_array *array =
		atomic_load_explicit(&index->array, memory_order_acquire);
	const uint64_t slot =
		atomic_load_explicit(&array->slots[hash & array->mask], memory_order_relaxed);

	return slot >> 32 == hash ? (uint32_t)slot - 1 : MCR_INDEX_NONE;
}

/**
 * Reader in its read section, or writer: find an entry. No locks, no allocation.
 * @param match A static inline function: compilers inline it.
 * @return Its id, or MCR_INDEX_NONE.
 */
static __rte_always_inline uint32_t
mcr_index_find(const struct mcr_index *index, uint32_t hash, mcr_index_match match, const void *arg)
{
	const struct mcr_index_array *array =
		atomic_load_explicit(&index->array, memory_order_acquire);

	for (uint32_t i = hash;; i++) {
		const uint64_t slot =
			atomic_load_explicit(&array->slots[i & array->mask], memory_order_acquire);

		if (slot == MCR_INDEX_SLOT_EMPTY)
			return MCR_INDEX_NONE;
		if (slot >> 32 == hash && slot != MCR_INDEX_SLOT_TOMBSTONE &&
			match(arg, (uint32_t)slot - 1))
			return (uint32_t)slot - 1;
	}
}

#endif

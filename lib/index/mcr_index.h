/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A hash index: the hash of a key (mcr_hash.h) to the id of an entry that the caller keeps
 * elsewhere.
 *
 * Open addressing, one writer, readers without locks. The index knows hashes only: the caller's
 * match function compares the key with its own entry, inlined into the search.
 *
 * What a reader found stays a valid id for its read section if the caller reuses ids after a grace
 * period only.
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

/** Replaced as a whole when it fills up. Private. */
struct mcr_index_array {
	uint32_t mask; /* slots - 1; slots are a power of two */
	_Atomic uint64_t slots[] __rte_cache_aligned;
};

/** Only the inline functions below look into it. */
struct mcr_index {
	struct mcr_index_array *_Atomic array;
	struct mcr_rcu *rcu;
	uint32_t entries;
	uint32_t tombstones;
};

/** Does the entry with this id have the key in arg? */
typedef bool (*mcr_index_match)(const void *arg, uint32_t id);

/**
 * @param capacity
 *   How many entries fit without growing, 1 to 2^30. More make it grow.
 * @param rcu
 *   Retires replaced arrays; must outlive the index. NULL: there are no readers but the writer.
 * @return
 *   NULL with rte_errno set to ENOMEM or EINVAL.
 */
struct mcr_index *
mcr_index_create(uint32_t capacity, struct mcr_rcu *rcu);

/** No reader may use the index any more. NULL is allowed. */
void
mcr_index_free(struct mcr_index *index);

/**
 * Writer: add an entry. The entry's key must be readable by the match function already.
 *
 * @param id
 *   Any but MCR_INDEX_NONE. The caller has seen to it that the key is new.
 * @return
 *   0, or -ENOMEM: nothing was changed. Within the capacity of creation it needs memory only to
 * clear away removed entries, and does without as long as it can.
 */
int
mcr_index_insert(struct mcr_index *index, uint32_t hash, uint32_t id);

/** Writer: remove the entry with this hash and id. One that is not there is left alone. */
void
mcr_index_remove(struct mcr_index *index, uint32_t hash, uint32_t id);

/** Writer: what is found as old is found as id from now on. Needs no memory; old must be there. */
void
mcr_index_replace(struct mcr_index *index, uint32_t hash, uint32_t old, uint32_t id);

/** Bytes of memory in use, without what is retired. */
size_t
mcr_index_memory(const struct mcr_index *index);

/** Fetch what a search for this hash reads first: useful some 100 cycles ahead, in bursts. */
static inline void
mcr_index_prefetch(const struct mcr_index *index, uint32_t hash)
{
	const struct mcr_index_array *array =
		atomic_load_explicit(&index->array, memory_order_acquire);

	rte_prefetch0((const void *)&array->slots[hash & array->mask]);
}

/**
 * The id that a search will probably find: the first whose hash is equal, its key not compared.
 * Lets a burst prefetch entries.
 *
 * @return
 *   An id or MCR_INDEX_NONE.
 */
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
 * Find an entry.
 *
 * @param match
 *   Give a static inline function: compilers inline it.
 * @param arg
 *   For match.
 * @return
 *   Its id, or MCR_INDEX_NONE.
 *
 * Any reader, inside its read section; also the writer. Takes no lock, does not allocate.
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

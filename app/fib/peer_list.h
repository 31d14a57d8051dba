/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * To which other peers a peer carries packets, by the lists in its hellos (mcr_link.h).
 */

#ifndef MCR_FIB_PEER_LIST_H
#define MCR_FIB_PEER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_spinlock.h>

#include <mcr_link.h>

/** Peers of a hub at most. */
#define MCR_PEERS_MAX 1023

/** So many pages of older lists in sequence are ignored. */
#define MCR_PEER_LIST_LATE_MAX 32

/** The peers by hub id, ascending and unique. Immutable, published under RCU. So an index is
 * another peer's only after a grace period. */
struct mcr_peer_ids {
	uint32_t generation; /**< another one for each, not 0 */
	uint16_t count;
	uint16_t index[MCR_PEERS_MAX]; /**< of the peer */
	uint32_t id[MCR_PEERS_MAX];
};

/** What a peer said last, in its present session. Begins as zeros. */
struct mcr_peer_list {
	/** Held by the RX lcore that reads a page: only one does, unless a NIC spreads hellos. */
	rte_spinlock_t lock;
	uint32_t downs; /**< mcr_peer.downs of the session; atomic */
	uint64_t epoch; /**< likewise mcr_peer.epoch; atomic */
	/** Bit by index of peer; atomic. The control lcore clears those of peers that are gone. */
	uint64_t carries[(MCR_PEERS_MAX + 64) / 64];
	bool is_of_all; /**< it sends no lists, so it may carry to anybody; atomic */
	bool is_whole;  /**< of each id something was said; atomic */
	bool is_versioned;
	uint8_t late;        /**< pages of older lists in sequence */
	uint16_t version;    /**< the last, also of an earlier session with this epoch */
	uint32_t generation; /**< of the ids with which it was read; 0: nothing was */
	uint32_t first;      /**< a range of which everything was read in this version */
	uint32_t last;
	uint64_t unheard; /**< the first id of which nothing was said */
} __rte_cache_aligned;

/** Whether the peer said that it carries to the one with this index. */
static inline bool
mcr_peer_list_has(const struct mcr_peer_list *list, uint16_t index)
{
	const uint64_t bits = __atomic_load_n(&list->carries[index / 64], __ATOMIC_RELAXED);

	return (bits >> index % 64 & 1) != 0 || __atomic_load_n(&list->is_of_all, __ATOMIC_RELAXED);
}

/** Whether all of it is known. */
static inline bool
mcr_peer_list_is_whole(const struct mcr_peer_list *list)
{
	return __atomic_load_n(&list->is_whole, __ATOMIC_RELAXED);
}

/** Whether it is of this session. */
static inline bool
mcr_peer_list_is_of(const struct mcr_peer_list *list, uint64_t epoch, uint32_t downs)
{
	return __atomic_load_n(&list->downs, __ATOMIC_ACQUIRE) == downs &&
	       __atomic_load_n(&list->epoch, __ATOMIC_RELAXED) == epoch;
}

/**
 * RX lcore: take over a page. One that was read before costs next to nothing, and one of an older
 * list than the last is ignored.
 * @param epoch Of the peer's session; what it said in another one is void. @param downs Likewise.
 * @param page NULL: the hello has none, as that of an edition without lists.
 * @return 1: something else than before is said of some peer; 0: nothing is; -EINVAL: the page is
 *   malformed, and nothing changed.
 */
int
mcr_peer_list_read(struct mcr_peer_list *list, uint64_t epoch, uint32_t downs,
	const struct mcr_peer_ids *ids, const struct mcr_link_page *page);

/** Control lcore: a peer is gone, and no lcore has ids with it any more. */
static inline void
mcr_peer_list_take_out(struct mcr_peer_list *list, uint16_t index)
{
	__atomic_fetch_and(
		&list->carries[index / 64], ~(UINT64_C(1) << index % 64), __ATOMIC_RELAXED);
}

/** The index of the peer with this id, or MCR_PEERS_MAX. */
uint16_t
mcr_peer_ids_find(const struct mcr_peer_ids *ids, uint32_t id);

/** Control lcore: fill ids with those of others and one more. @param id Of none of them. */
void
mcr_peer_ids_add(
	struct mcr_peer_ids *ids, const struct mcr_peer_ids *others, uint32_t id, uint16_t index);

/** Control lcore: fill ids with those of others, but without the peer of this index. */
void
mcr_peer_ids_remove(struct mcr_peer_ids *ids, const struct mcr_peer_ids *others, uint16_t index);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The account of one lane of a peer: packets that are lost, duplicated and reordered on the way
 * (RFC 3550 A.3: lost is expected less received). Include mcr_link.h.
 *
 * One RX lcore counts for a lane, since RSS takes all its frames to one (mcr_link_entropy()).
 * Fragments, or a NIC that spreads otherwise, may bring some to another: then the numbers are not
 * exact, as updates of one lcore undo another's, but nothing is undefined. All fields are relaxed
 * atomics, and anybody may read.
 */

#ifndef MCR_LANE_H
#define MCR_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

/** A packet that comes later than this many after it has to be taken for lost. */
#define MCR_LANE_WINDOW 1024

/** Begins as zeros. */
struct mcr_lane {
	uint64_t epoch;      /**< of the sender; 0: nothing has arrived */
	uint64_t next;       /**< of the sequence, with the wraps of its 32 bits counted above */
	uint64_t missing;    /**< packets of the window that may still come */
	uint64_t first;      /**< of this epoch, like next */
	uint64_t before;     /**< expected in earlier epochs, or before the first one */
	uint64_t lost;       /**< of all epochs, those that are missing included */
	uint64_t duplicates; /**< of packets that were received within the window */
	uint64_t reordered;  /**< came after a packet that was sent later */
	/** Bit of each missing packet, by its sequence number modulo the window. */
	uint64_t window[MCR_LANE_WINDOW / 64];
} __rte_cache_aligned;

enum mcr_lane_order {
	MCR_LANE_NEXT,      /**< in order; others before it may be lost */
	MCR_LANE_REORDERED, /**< late, but it has not been received before */
	MCR_LANE_DUPLICATE, /**< received before */
	MCR_LANE_STALE,     /**< beyond the window; it counts as reordered, and as lost */
};

struct mcr_lane_counters {
	uint64_t received; /**< without duplicates */
	uint64_t lost;
	uint64_t duplicates;
	uint64_t reordered;
};

/** Private: what is not simply the next packet. */
enum mcr_lane_order
mcr_lane_receive_other(struct mcr_lane *lane, uint64_t epoch, uint32_t sequence);

/**
 * Count a packet that arrived.
 * @param epoch The sender's, of its session (mcr_link_session.peer_epoch); not 0. Another epoch
 *   than before begins another sequence.
 */
static inline enum mcr_lane_order
mcr_lane_receive(struct mcr_lane *lane, uint64_t epoch, uint32_t sequence)
{
	const uint64_t next = __atomic_load_n(&lane->next, __ATOMIC_RELAXED);

	if (unlikely((uint32_t)next != sequence ||
		     __atomic_load_n(&lane->epoch, __ATOMIC_RELAXED) != epoch ||
		     __atomic_load_n(&lane->missing, __ATOMIC_RELAXED) != 0))
		return mcr_lane_receive_other(lane, epoch, sequence);
	__atomic_store_n(&lane->next, next + 1, __ATOMIC_RELAXED);
	return MCR_LANE_NEXT;
}

/** What has been counted since the lane was zeros. */
struct mcr_lane_counters
mcr_lane_counters(const struct mcr_lane *lane);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Who of a list of receivers gets a copy: all but the sender's own address.
 */

#ifndef MCR_DATAPATH_FANOUT_H
#define MCR_DATAPATH_FANOUT_H

#include <string.h>

#include <rte_debug.h>

#include <mcr_group.h>

#include "fib/policy.h"

/** A list of receivers without those from first on whose number is the second: the sender's own. */
struct mcr_fanout {
	const struct mcr_receivers *receivers; /**< NULL: there is no list */
	uint32_t sender_first;
	uint32_t sender_count;
};

/* Without branches that depend on addresses: these would be mispredicted at every other step. */
static inline uint32_t
mcr_fanout_find(const struct mcr_receivers *receivers, uint32_t address)
{
	uint32_t first = 0;

	for (uint32_t left = receivers->count; left > 1; left -= left / 2)
		first += receivers->at[first + left / 2 - 1].address < address ? left / 2 : 0;
	return first + (receivers->at[first].address < address);
}

static inline bool
mcr_fanout_spans(const struct mcr_receivers *receivers, uint32_t address)
{
	RTE_ASSERT(receivers->count == 0 ||
		   receivers->at[0].address <= receivers->at[receivers->count - 1].address);
	return receivers->count != 0 && receivers->at[0].address <= address &&
	       receivers->at[receivers->count - 1].address >= address;
}

/** @param receivers Sorted by address. It stays where it is: valid as long as it is. */
static inline struct mcr_fanout
mcr_fanout_without(const struct mcr_receivers *receivers, uint32_t sender_address)
{
	uint32_t first, end;

	if (!mcr_fanout_spans(receivers, sender_address))
		return (struct mcr_fanout){receivers, 0, 0};
	first = end = mcr_fanout_find(receivers, sender_address);
	while (end < receivers->count && mcr_policy_is_sender(&receivers->at[end], sender_address))
		end++;
	return (struct mcr_fanout){receivers, first, end - first};
}

static inline uint32_t
mcr_fanout_count(const struct mcr_fanout *fanout)
{
	return fanout->receivers == NULL ? 0 : fanout->receivers->count - fanout->sender_count;
}

/** Receivers that lie side by side. */
struct mcr_fanout_piece {
	const struct mcr_receiver *at;
	uint32_t count; /**< may be 0 */
};

#define MCR_FANOUT_PIECES 3

/** Whoever is first gets its copy before the others: all receivers from one on, then those before.
 *
 * @param first
 *   Its number, below mcr_fanout_count().
 * @param[out] pieces
 *   All receivers in this order.
 */
static inline void
mcr_fanout_from(const struct mcr_fanout *fanout, uint32_t first,
	struct mcr_fanout_piece pieces[MCR_FANOUT_PIECES])
{
	const struct mcr_receiver *const low = fanout->receivers->at;
	const struct mcr_receiver *const high = low + fanout->sender_first + fanout->sender_count;
	const uint32_t lows = fanout->sender_first;
	const uint32_t highs = mcr_fanout_count(fanout) - lows;

	RTE_ASSERT(first < mcr_fanout_count(fanout) && lows <= mcr_fanout_count(fanout));
	if (first < lows) {
		pieces[0] = (struct mcr_fanout_piece){low + first, lows - first};
		pieces[1] = (struct mcr_fanout_piece){high, highs};
		pieces[2] = (struct mcr_fanout_piece){low, first};
	} else {
		pieces[0] = (struct mcr_fanout_piece){high + first - lows, highs - (first - lows)};
		pieces[1] = (struct mcr_fanout_piece){low, lows};
		pieces[2] = (struct mcr_fanout_piece){high, first - lows};
	}
}

/** Put pieces together. @return How many receivers they are. */
static inline uint32_t
mcr_fanout_gather(
	const struct mcr_fanout_piece pieces[MCR_FANOUT_PIECES], struct mcr_receiver *receivers)
{
	uint32_t count = 0;

	for (unsigned int i = 0; i < MCR_FANOUT_PIECES; i++) {
		if (pieces[i].count == 0)
			continue;
		memcpy(&receivers[count], pieces[i].at, pieces[i].count * sizeof(*receivers));
		count += pieces[i].count;
	}
	return count;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which receivers of a list get a copy: all but those at the sender's own address, and while
 * placements change only those that this hub serves.
 */

#ifndef MCR_DATAPATH_FANOUT_H
#define MCR_DATAPATH_FANOUT_H

#include <string.h>

#include <rte_debug.h>

#include <mcr_group.h>

#include "fib/placement.h"
#include "fib/policy.h"

/** A sorted list of receivers; sender_count of them, from sender_first on, are the sender's. */
struct mcr_fanout {
	const struct mcr_receivers *receivers;
	uint32_t sender_first;
	uint32_t sender_count;
};

/* No branch on an address: half of them would be mispredicted. */
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

/** @param receivers Sorted by address; not copied. */
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

/** The part of a list that this hub serves with a tag, in the same order. @param[out] out Has room
 * for all of it. */
static inline void
mcr_fanout_filter(const struct mcr_placement *placement, uint8_t tag,
	const struct mcr_receivers *receivers, struct mcr_receivers *out)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < receivers->count; i++) {
		/* No branch on a mask: half of them would be mispredicted. */
		out->at[count] = receivers->at[i];
		count += mcr_placement_serves(placement, receivers->at[i].member, tag);
	}
	out->count = count;
}

struct mcr_fanout_piece {
	const struct mcr_receiver *at;
	uint32_t count;
};

#define MCR_FANOUT_PIECES 3

/**
 * All receivers from number `first` on, then those before: the first gets its copy earliest.
 * @param first Below mcr_fanout_count().
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

/** Copy the pieces into one array. @return How many receivers they are. */
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

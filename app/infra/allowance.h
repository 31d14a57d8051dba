/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * What a port may send in a second, in packets and in bits, shared by all lcores that send to it.
 *
 * One bucket for each of the two (GCRA: only the time is kept when the bucket will be full again),
 * and for each priority a level below which it takes nothing: the higher the priority, the lower
 * the level. When more is to be sent than may be, the bucket settles at the level of one priority,
 * which gets what is left; those above find a reserve, those below find nothing.
 */

#ifndef MCR_INFRA_ALLOWANCE_H
#define MCR_INFRA_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_debug.h>

#include <mcr_config.h>

#include "infra/bucket.h"

/** A bucket holds this much time's worth for each priority, so that a burst of a more important
 * group finds the reserve of 5 ms that a less important one leaves. */
#define MCR_ALLOWANCE_STEPS_PER_S 200

#define MCR_ALLOWANCE_PRIORITIES (MCR_CONFIG_PRIORITY_MAX + 1)

/** All zeros: without a limit. */
struct mcr_allowance {
	struct mcr_bucket packets;
	struct mcr_bucket bytes;
	uint64_t step;                           /**< cycles of one priority's reserve */
	uint64_t shed[MCR_ALLOWANCE_PRIORITIES]; /**< frames, by priority. Atomic */
} __rte_cache_aligned;

/** For the control lcore, at any time. @param hz Of the TSC. */
static inline void
mcr_allowance_set(
	struct mcr_allowance *allowance, const struct mcr_config_rate *config, uint64_t hz)
{
	__atomic_store_n(&allowance->step, hz / MCR_ALLOWANCE_STEPS_PER_S, __ATOMIC_RELAXED);
	mcr_bucket_set(&allowance->packets, config->pps, hz);
	mcr_bucket_set(&allowance->bytes, config->bps / 8, hz);
}

static inline bool
mcr_allowance_is_limited(const struct mcr_allowance *allowance)
{
	return __atomic_load_n(&allowance->packets.cost, __ATOMIC_SEQ_CST) != 0 ||
	       __atomic_load_n(&allowance->bytes.cost, __ATOMIC_SEQ_CST) != 0;
}

/** Frames were sent. Those that leave in any case may be more than what is allowed. */
static inline void
mcr_allowance_charge(struct mcr_allowance *allowance, uint32_t frames, uint64_t bytes, uint64_t now)
{
	mcr_bucket_charge(&allowance->packets, frames, now);
	mcr_bucket_charge(&allowance->bytes, bytes, now);
}

/** What a priority may still take; see mcr_allowance_fits(). */
struct mcr_allowance_room {
	bool is_open;
	uint64_t packets;
	uint64_t bytes;
};

static inline uint64_t
mcr_bucket_room(const struct mcr_bucket *bucket, uint64_t cycles)
{
	const uint64_t cost = __atomic_load_n(&bucket->cost, __ATOMIC_RELAXED);

	return cost == 0 ? UINT64_MAX : (cycles << MCR_BUCKET_FRACTION) / cost;
}

/** @param priority Up to MCR_CONFIG_PRIORITY_MAX, the most important. */
static inline struct mcr_allowance_room
mcr_allowance_room(const struct mcr_allowance *allowance, uint8_t priority, uint64_t now)
{
	const uint64_t packets = mcr_bucket_lack(&allowance->packets, now);
	const uint64_t bytes = mcr_bucket_lack(&allowance->bytes, now);
	const uint64_t most = (priority + 1) * __atomic_load_n(&allowance->step, __ATOMIC_RELAXED);

	RTE_ASSERT(priority < MCR_ALLOWANCE_PRIORITIES);
	if (packets > most || bytes > most)
		return (struct mcr_allowance_room){.is_open = false};
	return (struct mcr_allowance_room){
		.is_open = true,
		.packets = mcr_bucket_room(&allowance->packets, most - packets),
		.bytes = mcr_bucket_room(&allowance->bytes, most - bytes),
	};
}

/** Whether one more frame may leave behind these. It may take more than there is: a frame can be
 * larger than the bucket. */
static inline bool
mcr_allowance_fits(const struct mcr_allowance_room *room, uint32_t frames, uint64_t bytes)
{
	return room->is_open && frames <= room->packets && bytes <= room->bytes;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file A binary heap with at most one timer for each of a fixed number of ids. */

#ifndef MCR_NEIGH_TIMERS_H
#define MCR_NEIGH_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

struct mcr_neigh_timer {
	uint64_t due; /**< milliseconds */
	uint32_t id;
};

struct mcr_neigh_timers {
	struct mcr_neigh_timer *heap; /**< running timers, the earliest first */
	uint32_t *places;             /**< heap index by id */
	uint32_t count;
};

/** For ids below capacity. 0 or -ENOMEM; needs mcr_neigh_timers_free() in both cases. */
int
mcr_neigh_timers_init(struct mcr_neigh_timers *timers, uint32_t capacity);

void
mcr_neigh_timers_free(struct mcr_neigh_timers *timers);

/** Start a timer that is not running. */
void
mcr_neigh_timers_start(struct mcr_neigh_timers *timers, uint32_t id, uint64_t due);

/** Move a running timer. */
void
mcr_neigh_timers_move(struct mcr_neigh_timers *timers, uint32_t id, uint64_t due);

/** Stop a running timer. */
void
mcr_neigh_timers_stop(struct mcr_neigh_timers *timers, uint32_t id);

static inline bool
mcr_neigh_timers_runs(const struct mcr_neigh_timers *timers, uint32_t id)
{
	const uint32_t place = timers->places[id];

	return place < timers->count && timers->heap[place].id == id;
}

static inline const struct mcr_neigh_timer *
mcr_neigh_timers_first(const struct mcr_neigh_timers *timers)
{
	return timers->count > 0 ? &timers->heap[0] : NULL;
}

#endif

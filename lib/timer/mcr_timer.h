/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Timers inside their owners' structures, in a binary heap: start, move and stop cost O(log n). The
 * unit of time is the owner's. One thread.
 */

#ifndef MCR_TIMER_H
#define MCR_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct mcr_timer {
	uint64_t deadline;
	uint32_t slot; /**< in the heap; 0: not running */
	uint32_t tag;  /**< the owner's: what it times, or whose it is */
};

/** A copy of the deadline, so that comparisons touch no timer. */
struct mcr_timer_entry {
	uint64_t deadline;
	struct mcr_timer *timer;
};

struct mcr_timers {
	struct mcr_timer_entry *heap;
	uint32_t count;
	uint32_t reserved;
	uint32_t capacity;
};

/** Reserve room, so that count more timers can start without failure. @return 0 or -ENOMEM. */
int
mcr_timers_reserve(struct mcr_timers *timers, uint32_t count);

void
mcr_timers_release(struct mcr_timers *timers, uint32_t count);

void
mcr_timers_free(struct mcr_timers *timers);

/** Start a timer, or move a running one. */
void
mcr_timer_start(struct mcr_timers *timers, struct mcr_timer *timer, uint64_t deadline);

/** Move a running timer, if that makes it earlier. */
void
mcr_timer_lower(struct mcr_timers *timers, struct mcr_timer *timer, uint64_t deadline);

void
mcr_timer_stop(struct mcr_timers *timers, struct mcr_timer *timer);

/** Stop and return the first due timer, or NULL. */
struct mcr_timer *
mcr_timers_take_due(struct mcr_timers *timers, uint64_t now);

/** @return The first deadline, or UINT64_MAX. */
uint64_t
mcr_timers_next(const struct mcr_timers *timers);

/** @return The timer with the first deadline, or NULL. */
static inline struct mcr_timer *
mcr_timers_first(const struct mcr_timers *timers)
{
	return timers->count > 0 ? timers->heap[1].timer : NULL;
}

static inline bool
mcr_timer_runs(const struct mcr_timer *timer, uint64_t now)
{
	return timer->slot != 0 && timer->deadline > now;
}

/** @return 0 when not running. */
static inline uint64_t
mcr_timer_left(const struct mcr_timer *timer, uint64_t now)
{
	return mcr_timer_runs(timer, now) ? timer->deadline - now : 0;
}

#endif

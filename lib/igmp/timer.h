/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Intrusive timers in a binary heap: start, move and stop cost O(log n). */

#ifndef MCR_IGMP_TIMER_H
#define MCR_IGMP_TIMER_H

#include <stdbool.h>
#include <stdint.h>

enum igmp_timer_kind {
	IGMP_TIMER_QUERY,
	IGMP_TIMER_OTHER_QUERIER_PRESENT,
	IGMP_TIMER_ADVERTISE,
	IGMP_TIMER_GROUP,
	IGMP_TIMER_RETRANSMIT,
	IGMP_TIMER_SOURCE,
};

struct igmp_timer {
	uint64_t deadline;
	uint32_t slot; /* in the heap; 0 when not running */
	enum igmp_timer_kind kind;
};

/* A copy of the deadline, so that comparisons touch no timer. */
struct igmp_timer_entry {
	uint64_t deadline;
	struct igmp_timer *timer;
};

struct igmp_timers {
	struct igmp_timer_entry *heap;
	uint32_t count;
	uint32_t reserved;
	uint32_t capacity;
};

/* Reserve room, so that count more timers can start without failure. 0 or -ENOMEM. */
int
igmp_timers_reserve(struct igmp_timers *timers, uint32_t count);
void
igmp_timers_release(struct igmp_timers *timers, uint32_t count);
void
igmp_timers_free(struct igmp_timers *timers);

void
igmp_timer_start(struct igmp_timers *timers, struct igmp_timer *timer, uint64_t deadline);
void
igmp_timer_lower(struct igmp_timers *timers, struct igmp_timer *timer, uint64_t deadline);
void
igmp_timer_stop(struct igmp_timers *timers, struct igmp_timer *timer);
/* Stop and return the first due timer, or NULL. */
struct igmp_timer *
igmp_timers_take_due(struct igmp_timers *timers, uint64_t now);
uint64_t
igmp_timers_next(const struct igmp_timers *timers);

static inline bool
igmp_timer_runs(const struct igmp_timer *timer, uint64_t now)
{
	return timer->slot != 0 && timer->deadline > now;
}

/* 0 when not running. */
static inline uint64_t
igmp_timer_left(const struct igmp_timer *timer, uint64_t now)
{
	return igmp_timer_runs(timer, now) ? timer->deadline - now : 0;
}

#endif

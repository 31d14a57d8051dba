/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Timers in an indexed binary heap: starting, moving and stopping one costs the logarithm of how
 * many run, and the next due is at the top. Timers live inside the objects they belong to.
 */

#ifndef MCR_IGMP_TIMER_H
#define MCR_IGMP_TIMER_H

#include <stdbool.h>
#include <stdint.h>

enum igmp_timer_kind {
	IGMP_TIMER_QUERY,
	IGMP_TIMER_PRESENT,
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

/* The deadline stands in the heap too: comparing then touches no timer. */
struct igmp_timer_entry {
	uint64_t deadline;
	struct igmp_timer *timer;
};

struct igmp_timers {
	struct igmp_timer_entry *heap; /* from index 1 on */
	uint32_t count;
	uint32_t reserved;
	uint32_t capacity;
};

/* Make room, so that starting up to count more timers cannot fail. 0 or -ENOMEM. */
int
igmp_timers_reserve(struct igmp_timers *timers, uint32_t count);
/* Give room back, when the objects of the timers go. */
void
igmp_timers_release(struct igmp_timers *timers, uint32_t count);
void
igmp_timers_free(struct igmp_timers *timers);

void
igmp_timer_start(struct igmp_timers *timers, struct igmp_timer *timer, uint64_t deadline);
/* Let a running timer end no later than the deadline. */
void
igmp_timer_lower(struct igmp_timers *timers, struct igmp_timer *timer, uint64_t deadline);
void
igmp_timer_stop(struct igmp_timers *timers, struct igmp_timer *timer);
/* Take the first timer that is due, or NULL. It no longer runs. */
struct igmp_timer *
igmp_timers_take_due(struct igmp_timers *timers, uint64_t now);
/* When the next is due; UINT64_MAX when none runs. */
uint64_t
igmp_timers_next(const struct igmp_timers *timers);

static inline bool
igmp_timer_runs(const struct igmp_timer *timer, uint64_t now)
{
	return timer->slot != 0 && timer->deadline > now;
}

/* Milliseconds left, 0 when not running. */
static inline uint64_t
igmp_timer_left(const struct igmp_timer *timer, uint64_t now)
{
	return igmp_timer_runs(timer, now) ? timer->deadline - now : 0;
}

#endif /* MCR_IGMP_TIMER_H */

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "mcr_timer.h"

#define SMALLEST_HEAP 64

int
mcr_timers_reserve(struct mcr_timers *timers, uint32_t count)
{
	const uint32_t wanted = timers->reserved + count;

	RTE_ASSERT(timers->reserved <= timers->capacity && wanted >= count);
	if (wanted > timers->capacity) {
		const uint32_t doubled = timers->capacity * 2;
		const uint32_t floor = doubled > SMALLEST_HEAP ? doubled : SMALLEST_HEAP;
		const uint32_t capacity = wanted > floor ? wanted : floor;
		void *heap = realloc(timers->heap, (capacity + 1ul) * sizeof(*timers->heap));

		if (heap == NULL)
			return -ENOMEM;
		timers->heap = heap;
		timers->capacity = capacity;
	}
	timers->reserved = wanted;
	return 0;
}

void
mcr_timers_release(struct mcr_timers *timers, uint32_t count)
{
	RTE_ASSERT(count <= timers->reserved);
	timers->reserved -= count;
	RTE_ASSERT(timers->count <= timers->reserved);
}

void
mcr_timers_free(struct mcr_timers *timers)
{
	free(timers->heap);
}

static void
place(struct mcr_timers *timers, uint32_t slot, struct mcr_timer_entry entry)
{
	RTE_ASSERT(slot >= 1 && slot <= timers->count);
	timers->heap[slot] = entry;
	entry.timer->slot = slot;
}

static void
sift_up(struct mcr_timers *timers, uint32_t slot, struct mcr_timer_entry entry)
{
	while (slot > 1 && timers->heap[slot / 2].deadline > entry.deadline) {
		place(timers, slot, timers->heap[slot / 2]);
		slot /= 2;
	}
	place(timers, slot, entry);
}

static uint32_t
earlier_child(const struct mcr_timers *timers, uint32_t slot)
{
	const uint32_t child = slot * 2;

	if (child < timers->count &&
		timers->heap[child + 1].deadline < timers->heap[child].deadline)
		return child + 1;
	return child;
}

static void
sift_down(struct mcr_timers *timers, uint32_t slot, struct mcr_timer_entry entry)
{
	while (slot * 2 <= timers->count) {
		const uint32_t child = earlier_child(timers, slot);

		if (timers->heap[child].deadline >= entry.deadline)
			break;
		place(timers, slot, timers->heap[child]);
		slot = child;
	}
	place(timers, slot, entry);
}

static void
settle(struct mcr_timers *timers, uint32_t slot, struct mcr_timer_entry entry)
{
	if (slot > 1 && timers->heap[slot / 2].deadline > entry.deadline)
		sift_up(timers, slot, entry);
	else
		sift_down(timers, slot, entry);
}

void
mcr_timer_start(struct mcr_timers *timers, struct mcr_timer *timer, uint64_t deadline)
{
	const struct mcr_timer_entry entry = {.deadline = deadline, .timer = timer};

	RTE_ASSERT(timer->slot != 0 || timers->count < timers->reserved);
	RTE_ASSERT(timer->slot == 0 || timers->heap[timer->slot].timer == timer);
	timer->deadline = deadline;
	settle(timers, timer->slot != 0 ? timer->slot : ++timers->count, entry);
}

void
mcr_timer_lower(struct mcr_timers *timers, struct mcr_timer *timer, uint64_t deadline)
{
	if (timer->slot != 0 && timer->deadline > deadline)
		mcr_timer_start(timers, timer, deadline);
}

void
mcr_timer_stop(struct mcr_timers *timers, struct mcr_timer *timer)
{
	const uint32_t slot = timer->slot;
	struct mcr_timer_entry last;

	if (slot == 0)
		return;
	RTE_ASSERT(slot <= timers->count && timers->heap[slot].timer == timer);
	timer->slot = 0;
	last = timers->heap[timers->count--];
	if (last.timer != timer)
		settle(timers, slot, last);
}

struct mcr_timer *
mcr_timers_take_due(struct mcr_timers *timers, uint64_t now)
{
	struct mcr_timer *timer;

	timer = mcr_timers_first(timers);
	if (timer == NULL || timer->deadline > now)
		return NULL;
	RTE_ASSERT(timer->deadline == timers->heap[1].deadline);
	mcr_timer_stop(timers, timer);
	return timer;
}

uint64_t
mcr_timers_next(const struct mcr_timers *timers)
{
	return timers->count > 0 ? timers->heap[1].deadline : UINT64_MAX;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_debug.h>

#include "timers.h"

int
mcr_neigh_timers_init(struct mcr_neigh_timers *timers, uint32_t capacity)
{
	timers->count = 0;
	timers->heap = calloc(capacity, sizeof(*timers->heap));
	timers->places = calloc(capacity, sizeof(*timers->places));
	return timers->heap != NULL && timers->places != NULL ? 0 : -ENOMEM;
}

void
mcr_neigh_timers_free(struct mcr_neigh_timers *timers)
{
	free(timers->heap);
	free(timers->places);
}

static void
put(struct mcr_neigh_timers *timers, uint32_t place, struct mcr_neigh_timer timer)
{
	RTE_ASSERT(place < timers->count);
	timers->heap[place] = timer;
	timers->places[timer.id] = place;
}

static uint32_t
rise(struct mcr_neigh_timers *timers, uint32_t place, uint64_t due)
{
	while (place > 0) {
		const uint32_t parent = (place - 1) / 2;

		if (timers->heap[parent].due <= due)
			break;
		put(timers, place, timers->heap[parent]);
		place = parent;
	}
	return place;
}

static uint32_t
sink(struct mcr_neigh_timers *timers, uint32_t place, uint64_t due)
{
	uint32_t child;

	while ((child = 2 * place + 1) < timers->count) {
		if (child + 1 < timers->count &&
			timers->heap[child + 1].due < timers->heap[child].due)
			child++;
		if (due <= timers->heap[child].due)
			break;
		put(timers, place, timers->heap[child]);
		place = child;
	}
	return place;
}

static void
settle(struct mcr_neigh_timers *timers, uint32_t place, struct mcr_neigh_timer timer)
{
	place = rise(timers, place, timer.due);
	place = sink(timers, place, timer.due);
	put(timers, place, timer);
}

void
mcr_neigh_timers_start(struct mcr_neigh_timers *timers, uint32_t id, uint64_t due)
{
	RTE_ASSERT(!mcr_neigh_timers_runs(timers, id));
	settle(timers, timers->count++, (struct mcr_neigh_timer){.due = due, .id = id});
}

void
mcr_neigh_timers_move(struct mcr_neigh_timers *timers, uint32_t id, uint64_t due)
{
	RTE_ASSERT(mcr_neigh_timers_runs(timers, id));
	settle(timers, timers->places[id], (struct mcr_neigh_timer){.due = due, .id = id});
}

void
mcr_neigh_timers_stop(struct mcr_neigh_timers *timers, uint32_t id)
{
	struct mcr_neigh_timer last;

	RTE_ASSERT(mcr_neigh_timers_runs(timers, id));
	last = timers->heap[--timers->count];
	if (last.id != id)
		settle(timers, timers->places[id], last);
}

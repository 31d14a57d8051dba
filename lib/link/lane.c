/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_debug.h>

#include "mcr_lane.h"

static uint64_t
load(const uint64_t *field)
{
	return __atomic_load_n(field, __ATOMIC_RELAXED);
}

static void
store(uint64_t *field, uint64_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELAXED);
}

/* Not atomic as a whole: see mcr_lane.h. */
static void
add(uint64_t *field, uint64_t count)
{
	store(field, load(field) + count);
}

/* When another lcore has undone a count, 0 stays 0. */
static void
take_one(uint64_t *field)
{
	const uint64_t value = load(field);

	if (value != 0)
		store(field, value - 1);
}

static uint64_t *
word_of(struct mcr_lane *lane, uint64_t number)
{
	return &lane->window[number / 64 % RTE_DIM(lane->window)];
}

static bool
is_missing(struct mcr_lane *lane, uint64_t number)
{
	return (load(word_of(lane, number)) >> number % 64 & 1) != 0;
}

static void
set_missing(struct mcr_lane *lane, uint64_t number)
{
	uint64_t *const word = word_of(lane, number);

	if (is_missing(lane, number))
		return;
	store(word, load(word) | UINT64_C(1) << number % 64);
	add(&lane->missing, 1);
}

static void
clear_missing(struct mcr_lane *lane, uint64_t number)
{
	uint64_t *const word = word_of(lane, number);

	if (!is_missing(lane, number))
		return;
	store(word, load(word) & ~(UINT64_C(1) << number % 64));
	take_one(&lane->missing);
}

/* Everything in the window is missing but its last packet. */
static void
miss_all_before(struct mcr_lane *lane, uint64_t number)
{
	for (uint32_t i = 0; i < RTE_DIM(lane->window); i++)
		store(&lane->window[i], UINT64_MAX);
	store(&lane->missing, MCR_LANE_WINDOW);
	clear_missing(lane, number);
}

/* Packets before the first one were not expected, but they are known when they come. */
static void
begin_epoch(struct mcr_lane *lane, uint64_t epoch, uint32_t sequence)
{
	add(&lane->before, load(&lane->next) - load(&lane->first));
	miss_all_before(lane, sequence);
	store(&lane->first, sequence);
	store(&lane->next, (uint64_t)sequence + 1);
	store(&lane->epoch, epoch);
}

static void
receive_ahead(struct mcr_lane *lane, uint64_t next, uint32_t gap)
{
	const uint64_t number = next + gap;

	store(&lane->next, number + 1);
	add(&lane->lost, gap);
	if (gap >= MCR_LANE_WINDOW) {
		miss_all_before(lane, number);
		return;
	}
	while (next < number)
		set_missing(lane, next++);
	clear_missing(lane, number);
}

static enum mcr_lane_order
receive_late(struct mcr_lane *lane, uint64_t next, uint32_t late)
{
	const uint64_t number = next - late;

	if (late > MCR_LANE_WINDOW) {
		add(&lane->reordered, 1);
		return MCR_LANE_STALE;
	}
	if (!is_missing(lane, number)) {
		add(&lane->duplicates, 1);
		return MCR_LANE_DUPLICATE;
	}
	clear_missing(lane, number);
	add(&lane->reordered, 1);
	if (late > next - load(&lane->first))
		add(&lane->before, 1);
	else
		take_one(&lane->lost);
	return MCR_LANE_REORDERED;
}

enum mcr_lane_order
mcr_lane_receive_other(struct mcr_lane *lane, uint64_t epoch, uint32_t sequence)
{
	const uint64_t next = load(&lane->next);
	const uint32_t gap = sequence - (uint32_t)next;

	RTE_ASSERT(epoch != 0);
	if (load(&lane->epoch) != epoch) {
		begin_epoch(lane, epoch, sequence);
		return MCR_LANE_NEXT;
	}
	if (gap > INT32_MAX)
		return receive_late(lane, next, -gap);
	receive_ahead(lane, next, gap);
	return MCR_LANE_NEXT;
}

struct mcr_lane_counters
mcr_lane_counters(const struct mcr_lane *lane)
{
	const uint64_t expected = load(&lane->before) + load(&lane->next) - load(&lane->first);
	const uint64_t lost = RTE_MIN(load(&lane->lost), expected);

	return (struct mcr_lane_counters){
		.received = expected - lost,
		.lost = lost,
		.duplicates = load(&lane->duplicates),
		.reordered = load(&lane->reordered),
	};
}

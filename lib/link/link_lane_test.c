/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_link.h"

/* The model remembers every packet of an epoch, in numbers that do not wrap. */
#define NUMBERS (1 << 14)

struct model {
	uint64_t epoch;
	uint32_t base; /* the sequence number of the packet with number 0 */
	int64_t first, last;
	uint64_t expected;
	struct mcr_lane_counters counters;
	bool seen[NUMBERS];
};

struct pair {
	struct mcr_lane lane;
	struct model model;
};

static void
begin_model(struct model *model, uint64_t epoch, int64_t number)
{
	memset(model->seen, 0, sizeof(model->seen));
	model->epoch = epoch;
	model->first = number;
	model->last = number - 1;
}

static enum mcr_lane_order
model_receive(struct model *model, uint64_t epoch, int64_t number)
{
	if (model->epoch != epoch)
		begin_model(model, epoch, number);
	if (number > model->last) {
		model->expected += number - model->last;
		model->last = number;
		model->seen[number] = true;
		model->counters.received++;
		return MCR_LANE_NEXT;
	}
	if (model->last - number >= MCR_LANE_WINDOW) {
		model->counters.reordered++;
		return MCR_LANE_STALE;
	}
	if (model->seen[number]) {
		model->counters.duplicates++;
		return MCR_LANE_DUPLICATE;
	}
	model->seen[number] = true;
	model->counters.reordered++;
	model->counters.received++;
	model->expected += number < model->first;
	return MCR_LANE_REORDERED;
}

static void
assert_equal(const struct pair *pair)
{
	const struct mcr_lane_counters got = mcr_lane_counters(&pair->lane);
	const struct mcr_lane_counters *expected = &pair->model.counters;

	if (got.received != expected->received ||
		got.lost != pair->model.expected - expected->received ||
		got.duplicates != expected->duplicates || got.reordered != expected->reordered)
		fail_msg("received %lu lost %lu duplicates %lu reordered %lu", got.received,
			got.lost, got.duplicates, got.reordered);
}

static void
receive(struct pair *pair, uint64_t epoch, int64_t number)
{
	const enum mcr_lane_order order =
		mcr_lane_receive(&pair->lane, epoch, pair->model.base + (uint32_t)number);

	assert_in_range(number, 0, NUMBERS - 1);
	if (order != model_receive(&pair->model, epoch, number))
		fail_msg("number %ld has order %d", number, order);
	assert_equal(pair);
}

/* Ahead of the last packet, or behind it. */
static const int steps[] = {1, 2, 3, MCR_LANE_WINDOW, MCR_LANE_WINDOW + 1, MCR_LANE_WINDOW + 2, 0,
	-1, -2, 1 - MCR_LANE_WINDOW, -MCR_LANE_WINDOW};

#define LENGTH 5

static void
run_sequence(struct pair *pair, unsigned int sequence)
{
	for (unsigned int i = 0; i < LENGTH; i++, sequence /= RTE_DIM(steps) + 1) {
		const unsigned int step = sequence % (RTE_DIM(steps) + 1);
		const int64_t next = pair->model.last + 1;

		if (step < RTE_DIM(steps))
			receive(pair, pair->model.epoch, next - 1 + steps[step]);
		else
			receive(pair, pair->model.epoch + 1,
				i % 2 == 0 ? next : 2 * MCR_LANE_WINDOW);
	}
}

static void
run_all_sequences(const struct pair *start)
{
	static struct pair pair;
	unsigned int count = 1;

	for (unsigned int i = 0; i < LENGTH; i++)
		count *= RTE_DIM(steps) + 1;
	for (unsigned int sequence = 0; sequence < count; sequence++) {
		pair = *start;
		run_sequence(&pair, sequence);
	}
}

/* From the first packet, where all before it are unknown, and from a lane without loss. */
static void
every_short_sequence_agrees_with_the_model(void **state)
{
	static struct pair pair;

	(void)state;
	memset(&pair, 0, sizeof(pair));
	pair.model.base = UINT32_MAX - 4 * MCR_LANE_WINDOW;
	receive(&pair, 1, 3 * MCR_LANE_WINDOW);
	run_all_sequences(&pair);
	for (unsigned int i = 0; i < MCR_LANE_WINDOW; i++)
		receive(&pair, 1, pair.model.last + 1);
	assert_int_equal(pair.lane.missing, 0);
	run_all_sequences(&pair);
}

static uint32_t
random_below(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (*seed >> 33) % limit;
}

/* Of 1,000 packets, so many come out of order, twice, or after a loss of up to two windows. */
struct path {
	uint32_t late, twice, lost, longest_loss;
};

static void
run_path(struct pair *pair, const struct path *path, uint64_t *seed)
{
	uint64_t epoch = 1;

	for (uint32_t i = 0; i < 20000; i++) {
		const uint32_t what = random_below(seed, 1000);
		int64_t number = pair->model.last + 1;

		if (number > NUMBERS - 4 * MCR_LANE_WINDOW || pair->model.epoch == 0) {
			epoch++;
			number = 2 * MCR_LANE_WINDOW;
		} else if (what < path->late) {
			number -= random_below(seed, MCR_LANE_WINDOW * 9 / 8);
		} else if (what < path->late + path->twice) {
			number -= random_below(seed, 4);
		} else if (what < path->late + path->twice + path->lost) {
			number += random_below(seed, path->longest_loss);
		}
		receive(pair, epoch, number);
	}
}

static void
every_path_agrees_with_the_model(void **state)
{
	static const struct path paths[] = {
		{0, 0, 0, 0},
		{10, 10, 10, 3},
		{300, 100, 50, 2 * MCR_LANE_WINDOW},
		{0, 0, 500, 8},
		{500, 0, 0, 0},
		{1, 1, 1, 200},
	};
	static struct pair pair;
	uint64_t seed = 1;

	(void)state;
	for (unsigned int i = 0; i < RTE_DIM(paths); i++) {
		memset(&pair, 0, sizeof(pair));
		/* The numbers wrap after some thousand packets of each epoch. */
		pair.model.base = UINT32_MAX - 2000 * (i + 1);
		run_path(&pair, &paths[i], &seed);
	}
}

static void
assert_counters(const struct mcr_lane *lane, uint64_t received, uint64_t lost, uint64_t duplicates,
	uint64_t reordered)
{
	const struct mcr_lane_counters counters = mcr_lane_counters(lane);

	assert_int_equal(counters.received, received);
	assert_int_equal(counters.lost, lost);
	assert_int_equal(counters.duplicates, duplicates);
	assert_int_equal(counters.reordered, reordered);
}

static void
a_lane_that_has_received_nothing_has_lost_nothing(void **state)
{
	const struct mcr_lane lane = {0};

	(void)state;
	assert_counters(&lane, 0, 0, 0, 0);
}

static void
a_late_packet_is_no_longer_lost(void **state)
{
	struct mcr_lane lane = {0};

	(void)state;
	mcr_lane_receive(&lane, 7, UINT32_MAX - 1);
	assert_int_equal(mcr_lane_receive(&lane, 7, 1), MCR_LANE_NEXT);
	assert_counters(&lane, 2, 2, 0, 0);
	assert_int_equal(mcr_lane_receive(&lane, 7, UINT32_MAX), MCR_LANE_REORDERED);
	assert_counters(&lane, 3, 1, 0, 1);
	assert_int_equal(mcr_lane_receive(&lane, 7, UINT32_MAX), MCR_LANE_DUPLICATE);
	assert_counters(&lane, 3, 1, 1, 1);
}

/* A hub that restarts begins with any number. */
static void
another_epoch_begins_without_loss_and_keeps_the_counters(void **state)
{
	struct mcr_lane lane = {0};

	(void)state;
	mcr_lane_receive(&lane, 7, 10);
	mcr_lane_receive(&lane, 7, 12);
	assert_int_equal(mcr_lane_receive(&lane, 8, 12), MCR_LANE_NEXT);
	assert_int_equal(mcr_lane_receive(&lane, 8, 11), MCR_LANE_REORDERED);
	assert_counters(&lane, 4, 1, 0, 1);
}

/* The usual case must stay the short one: after a window nothing is missing. */
static void
after_a_window_without_loss_nothing_is_missing(void **state)
{
	struct mcr_lane lane = {0};

	(void)state;
	for (uint32_t i = 0; i < MCR_LANE_WINDOW; i++)
		mcr_lane_receive(&lane, 7, i);
	assert_int_equal(lane.missing, 0);
	mcr_lane_receive(&lane, 7, MCR_LANE_WINDOW + 1);
	assert_int_equal(lane.missing, 1);
	for (uint32_t i = 2; i <= MCR_LANE_WINDOW; i++)
		mcr_lane_receive(&lane, 7, MCR_LANE_WINDOW + i);
	assert_int_equal(lane.missing, 0);
	assert_counters(&lane, 2 * MCR_LANE_WINDOW, 1, 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_sequence_agrees_with_the_model),
		cmocka_unit_test(every_path_agrees_with_the_model),
		cmocka_unit_test(a_lane_that_has_received_nothing_has_lost_nothing),
		cmocka_unit_test(a_late_packet_is_no_longer_lost),
		cmocka_unit_test(another_epoch_begins_without_loss_and_keeps_the_counters),
		cmocka_unit_test(after_a_window_without_loss_nothing_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

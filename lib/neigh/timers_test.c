/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "timers.h"

#define IDS 64
#define STEPS 200000
#define STOPPED UINT64_MAX

struct bench {
	struct mcr_neigh_timers timers;
	uint64_t due[IDS]; /* reference */
};

static int
setup(void **state)
{
	static struct bench bench;

	for (unsigned int id = 0; id < IDS; id++)
		bench.due[id] = STOPPED;
	*state = &bench;
	return mcr_neigh_timers_init(&bench.timers, IDS);
}

static int
teardown(void **state)
{
	struct bench *bench = *state;

	mcr_neigh_timers_free(&bench->timers);
	return 0;
}

static uint64_t
earliest(const struct bench *bench)
{
	uint64_t due = STOPPED;

	for (unsigned int id = 0; id < IDS; id++)
		due = bench->due[id] < due ? bench->due[id] : due;
	return due;
}

static void
change_one(struct bench *bench, uint32_t id, uint64_t due)
{
	if (bench->due[id] == STOPPED)
		mcr_neigh_timers_start(&bench->timers, id, due);
	else if (due % 3 == 0)
		mcr_neigh_timers_stop(&bench->timers, id);
	else
		mcr_neigh_timers_move(&bench->timers, id, due);
	bench->due[id] = bench->due[id] != STOPPED && due % 3 == 0 ? STOPPED : due;
}

static void
first_is_the_earliest_whatever_was_changed(void **state)
{
	struct bench *bench = *state;
	const struct mcr_neigh_timer *first;

	srand(1);
	for (unsigned int step = 0; step < STEPS; step++) {
		change_one(bench, rand() % IDS, rand() % 1000);
		first = mcr_neigh_timers_first(&bench->timers);
		if (first == NULL) {
			assert_true(earliest(bench) == STOPPED);
			continue;
		}
		assert_true(first->due == earliest(bench));
		assert_true(first->due == bench->due[first->id]);
	}
}

static void
timers_come_out_in_order(void **state)
{
	struct bench *bench = *state;
	const struct mcr_neigh_timer *first;
	uint64_t before = 0;
	unsigned int count = 0;

	for (uint32_t id = 0; id < IDS; id++)
		mcr_neigh_timers_start(&bench->timers, id, id * 7919 % 101);
	while ((first = mcr_neigh_timers_first(&bench->timers)) != NULL) {
		assert_true(first->due >= before);
		before = first->due;
		count++;
		mcr_neigh_timers_stop(&bench->timers, first->id);
	}
	assert_int_equal(count, IDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			first_is_the_earliest_whatever_was_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(timers_come_out_in_order, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

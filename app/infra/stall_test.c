/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* A stalled port is found; one that is idle, slow, down or was reset is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "infra/stall.h"

static struct mcr_stall stall;
static struct mcr_stall_look now;

static int
start(void **state)
{
	(void)state;
	memset(&stall, 0, sizeof(stall));
	now = (struct mcr_stall_look){.has_link = true, .received = 100, .missed = 7};
	mcr_stall_take(&stall, &now);
	return 0;
}

static void
take_look(uint64_t received, uint64_t missed, uint64_t refused)
{
	now.received += received;
	now.missed += missed;
	now.refused += refused;
	mcr_stall_take(&stall, &now);
}

static void
an_idle_port_is_not_stalled(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		take_look(0, 0, 0);
	assert_false(stall.rx || stall.tx);
	assert_int_equal(stall.count, 0);
}

static void
a_port_that_takes_nothing_for_two_seconds_is_stalled_until_it_takes_a_frame(void **state)
{
	(void)state;
	take_look(5, 0, 32);
	assert_false(stall.tx);
	take_look(5, 0, 32);
	assert_true(stall.tx);
	assert_false(stall.rx);
	for (unsigned int i = 0; i < 10; i++)
		take_look(5, 0, i % 2);
	assert_true(stall.tx);
	assert_int_equal(stall.count, 1);
	now.recoveries++;
	take_look(5, 0, 0);
	assert_false(stall.tx);
	take_look(5, 0, 32);
	take_look(5, 0, 32);
	assert_int_equal(stall.count, 2);
}

/* At each look it has refused more, but took something in between. */
static void
a_port_that_takes_a_little_is_not_stalled(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		now.recoveries++;
		take_look(0, 0, 32 * i);
	}
	assert_false(stall.tx);
}

static void
a_port_that_receives_nothing_of_what_arrives_is_stalled(void **state)
{
	(void)state;
	take_look(0, 9, 0);
	assert_false(stall.rx);
	take_look(0, 9, 0);
	assert_true(stall.rx);
	assert_false(stall.tx);
	take_look(0, 0, 0);
	assert_true(stall.rx);
	take_look(1, 9, 0);
	assert_false(stall.rx);
	assert_int_equal(stall.count, 1);
}

static void
a_port_that_loses_some_of_what_arrives_is_not_stalled(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		take_look(1, 1000, 0);
	assert_false(stall.rx);
}

static void
a_port_without_a_link_is_down_and_not_stalled(void **state)
{
	(void)state;
	take_look(0, 9, 32);
	take_look(0, 9, 32);
	assert_true(stall.rx && stall.tx);
	now.has_link = false;
	for (unsigned int i = 0; i < 10; i++) {
		take_look(0, 9, 32);
		assert_false(stall.rx || stall.tx);
	}
	assert_int_equal(stall.count, 2);
	now.has_link = true;
	take_look(0, 9, 32);
	assert_false(stall.rx || stall.tx);
}

static void
counters_that_restart_are_no_stall(void **state)
{
	(void)state;
	take_look(0, 9, 0);
	now.received = 0;
	now.missed = 0;
	take_look(0, 0, 0);
	assert_false(stall.rx);
	take_look(0, 9, 0);
	assert_false(stall.rx);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_idle_port_is_not_stalled),
		TEST(a_port_that_takes_nothing_for_two_seconds_is_stalled_until_it_takes_a_frame),
		TEST(a_port_that_takes_a_little_is_not_stalled),
		TEST(a_port_that_receives_nothing_of_what_arrives_is_stalled),
		TEST(a_port_that_loses_some_of_what_arrives_is_not_stalled),
		TEST(a_port_without_a_link_is_down_and_not_stalled),
		TEST(counters_that_restart_are_no_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

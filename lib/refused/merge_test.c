/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mcr_refused.h"

static void
lcores_are_added_sender_by_sender(void **state)
{
	struct mcr_refused_record records[] = {
		{.reason = 3,
			.sender = {.address = 2},
			.count = 5,
			.seen = 20,
			.last = {.destination = 7}},
		{.reason = 3, .sender = {.address = 1}, .count = 1, .seen = 10},
		{.reason = 1, .sender = {.address = 2}, .count = 2, .seen = 11},
		{.reason = 3,
			.sender = {.address = 2},
			.count = 6,
			.seen = 30,
			.last = {.destination = 8}},
		{.reason = 3, .sender = {.address = 2, .key = 1}, .count = 4, .seen = 12},
		{.reason = 3,
			.sender = {.address = 2},
			.count = 7,
			.seen = 25,
			.last = {.destination = 9}},
	};

	(void)state;
	assert_int_equal(mcr_refused_merge(records, RTE_DIM(records)), 4);
	assert_int_equal(records[0].reason, 1);
	assert_int_equal(records[1].sender.address, 1);
	assert_int_equal(records[2].count, 18);
	assert_int_equal(records[2].seen, 30);
	assert_int_equal(records[2].last.destination, 8);
	assert_int_equal(records[3].sender.key, 1);
}

static void
merging_no_records_gives_none(void **state)
{
	struct mcr_refused_record none[1];

	(void)state;
	assert_int_equal(mcr_refused_merge(none, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lcores_are_added_sender_by_sender),
		cmocka_unit_test(merging_no_records_gives_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

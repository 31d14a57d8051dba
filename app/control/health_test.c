/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What is wrong is said once, and once when it is over. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/health.h"

#define START 1000000
#define DELAY 3000

static struct mcr_health_state state;

static int
forget(void **unused)
{
	(void)unused;
	memset(&state, 0, sizeof(state));
	return 0;
}

static enum mcr_health_news
take(enum mcr_health_reason reason, uint32_t count, const char *text, uint64_t after_ms)
{
	struct mcr_health_finding finding = {.count = count};

	snprintf(finding.text, sizeof(finding.text), "%s", text);
	return mcr_health_take(reason, &state, &finding, START + after_ms);
}

static void
a_lasting_fault_is_said_once_and_once_more_when_it_is_over(void **unused)
{
	(void)unused;
	assert_int_equal(take(MCR_HEALTH_LINK, 1, "down", 0), MCR_HEALTH_BEGAN);
	for (uint64_t ms = 100; ms < 100000; ms += 100)
		assert_int_equal(take(MCR_HEALTH_LINK, 1, "down", ms), MCR_HEALTH_NO_NEWS);
	assert_int_equal(state.since_ms, START);
	assert_int_equal(take(MCR_HEALTH_LINK, 0, "", 100000), MCR_HEALTH_ENDED);
	assert_string_equal(state.now.text, "down");
	assert_int_equal(take(MCR_HEALTH_LINK, 0, "", 100100), MCR_HEALTH_NO_NEWS);
	assert_int_equal(take(MCR_HEALTH_LINK, 1, "down", 100200), MCR_HEALTH_BEGAN);
	assert_int_equal(state.since_ms, START + 100200);
}

/* Members or strangers may cause a reason again and again. */
static void
a_reason_that_comes_and_goes_does_not_fill_the_log(void **unused)
{
	unsigned int lines = 0;

	(void)unused;
	for (uint64_t ms = 0; ms < 100000; ms += 1000)
		lines += take(MCR_HEALTH_CONFLICT, ms / 1000 % 2, "claimed", ms) !=
		         MCR_HEALTH_NO_NEWS;
	assert_in_range(lines, 10, 20);
	assert_int_equal(take(MCR_HEALTH_CONFLICT, 1, "claimed", 110000), MCR_HEALTH_BEGAN);
	assert_int_equal(take(MCR_HEALTH_CONFLICT, 0, "", 110001), MCR_HEALTH_ENDED);
	assert_int_equal(take(MCR_HEALTH_CONFLICT, 1, "claimed", 110002), MCR_HEALTH_NO_NEWS);
	assert_int_equal(take(MCR_HEALTH_CONFLICT, 1, "claimed", 120000), MCR_HEALTH_BEGAN);
}

static void
members_have_time_to_answer_before_their_silence_is_logged(void **unused)
{
	(void)unused;
	assert_int_equal(take(MCR_HEALTH_UNRESOLVED, 3, "3", 0), MCR_HEALTH_NO_NEWS);
	assert_int_equal(state.now.count, 3);
	assert_int_equal(take(MCR_HEALTH_UNRESOLVED, 0, "all", 900), MCR_HEALTH_NO_NEWS);
	assert_int_equal(take(MCR_HEALTH_UNRESOLVED, 2, "2", 1000), MCR_HEALTH_NO_NEWS);
	assert_int_equal(take(MCR_HEALTH_UNRESOLVED, 2, "2", 1000 + DELAY - 1), MCR_HEALTH_NO_NEWS);
	assert_int_equal(take(MCR_HEALTH_UNRESOLVED, 2, "2", 1000 + DELAY), MCR_HEALTH_BEGAN);
	assert_int_equal(take(MCR_HEALTH_UNRESOLVED, 0, "all", 9000), MCR_HEALTH_ENDED);
	assert_string_equal(state.now.text, "all");
}

static void
members_that_die_one_by_one_are_summed_up(void **unused)
{
	unsigned int lines = 0;

	(void)unused;
	for (uint32_t dead = 1; dead <= 4000; dead++)
		lines += take(MCR_HEALTH_UNRESOLVED, dead, "some", (uint64_t)dead * 10) !=
		         MCR_HEALTH_NO_NEWS;
	/* 40 s: the first after its delay, then one every ten. */
	assert_int_equal(lines, 4);
	assert_int_equal(take(MCR_HEALTH_UNRESOLVED, 3999, "some", 60000), MCR_HEALTH_CHANGED);
}

static void
losses_are_a_fault_for_a_minute(void **unused)
{
	struct mcr_health_growth growth = {0};

	(void)unused;
	assert_int_equal(mcr_health_grow(&growth, 0, START), 0);
	assert_int_equal(mcr_health_grow(&growth, 5, START + 1000), 5);
	assert_int_equal(mcr_health_grow(&growth, 7, START + 31000), 7);
	assert_int_equal(mcr_health_grow(&growth, 7, START + 31000 + MCR_HEALTH_GROWTH_MS - 1), 7);
	assert_int_equal(mcr_health_grow(&growth, 7, START + 31000 + MCR_HEALTH_GROWTH_MS), 0);
	/* What was lost long ago does not count again. */
	assert_int_equal(mcr_health_grow(&growth, 8, START + 200000), 1);
}

static void
a_counter_that_was_reset_starts_anew(void **unused)
{
	struct mcr_health_growth growth = {0};

	(void)unused;
	assert_int_equal(mcr_health_grow(&growth, 1000, START), 1000);
	assert_int_equal(mcr_health_grow(&growth, 0, START + 1000), 0);
	assert_int_equal(mcr_health_grow(&growth, 2, START + 2000), 2);
}

static void
a_list_of_names_says_what_it_leaves_out(void **unused)
{
	char list[MCR_HEALTH_NAMES_SIZE] = "";
	char name[64];

	(void)unused;
	mcr_health_list(list, 0, "tokyo-1");
	mcr_health_list(list, 1, "tokyo-2");
	assert_string_equal(list, "tokyo-1, tokyo-2");
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (uint32_t i = 2; i < 4000; i++)
		mcr_health_list(list, i, name);
	assert_true(strlen(list) < sizeof(list));
	assert_string_equal(list + strlen(list) - 5, ", ...");
	/* Once something is left out, nothing follows. */
	mcr_health_list(list, 4000, "a");
	assert_string_equal(list + strlen(list) - 5, ", ...");
}

static void
a_note_does_not_degrade(void **unused)
{
	(void)unused;
	assert_false(mcr_health_degrades(MCR_HEALTH_SILENT));
	assert_false(mcr_health_is_logged(MCR_HEALTH_SILENT));
	assert_true(mcr_health_degrades(MCR_HEALTH_UNRESOLVED));
	assert_string_equal(mcr_health_name(MCR_HEALTH_MISSED), "rx_missed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			a_lasting_fault_is_said_once_and_once_more_when_it_is_over, forget),
		cmocka_unit_test_setup(a_reason_that_comes_and_goes_does_not_fill_the_log, forget),
		cmocka_unit_test_setup(
			members_have_time_to_answer_before_their_silence_is_logged, forget),
		cmocka_unit_test_setup(members_that_die_one_by_one_are_summed_up, forget),
		cmocka_unit_test(losses_are_a_fault_for_a_minute),
		cmocka_unit_test(a_counter_that_was_reset_starts_anew),
		cmocka_unit_test(a_list_of_names_says_what_it_leaves_out),
		cmocka_unit_test(a_note_does_not_degrade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What outsiders make the hub log, with a clock of the test's own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "infra/log_pace.h"

#define START UINT64_C(5000000)

static char text[1 << 16];
static uint64_t now_ms;

static int
begin(void **state)
{
	FILE *stream = fmemopen(text, sizeof(text), "w");

	(void)state;
	now_ms = START;
	setvbuf(stream, NULL, _IONBF, 0);
	rte_openlog_stream(stream);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	mcr_log_pace_end(now_ms);
	rte_openlog_stream(NULL);
	return 0;
}

static void
log_join(uint64_t source)
{
	MCR_LOG_PACED(WARNING, now_ms, source, "member %u joins", (unsigned int)source);
}

static void
log_leave(uint64_t source)
{
	MCR_LOG_PACED(INFO, now_ms, source, "member %u leaves", (unsigned int)source);
}

static void
pass(uint64_t ms)
{
	for (const uint64_t end_ms = now_ms + ms; now_ms < end_ms; now_ms += 100)
		mcr_log_pace_run(now_ms);
	mcr_log_pace_run(now_ms);
}

static unsigned int
count_lines(void)
{
	unsigned int count = 0;

	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		count++;
	return count;
}

/* @return Lines that were logged, and those that lines say were left out. */
static unsigned int
count_all(void)
{
	unsigned int count = count_lines(), more;

	for (const char *at = text; (at = strstr(at, "(and ")) != NULL; at++) {
		assert_int_equal(sscanf(at, "(and %u more in ", &more), 1);
		count += more;
	}
	return count;
}

static void
one_source_has_one_line_in_ten_seconds(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 314; i++, now_ms += 10)
		log_join(7);
	assert_string_equal(text, "mcdpdk: member 7 joins\n");
	pass(MCR_LOG_SOURCE_MS);
	assert_string_equal(text, "mcdpdk: member 7 joins\n"
				  "mcdpdk: member 7 joins (and 312 more in 10 s)\n");
	log_join(7);
	pass(MCR_LOG_SOURCE_MS - 100);
	assert_int_equal(count_lines(), 2);
	pass(100);
	assert_int_equal(count_lines(), 3);
}

static void
a_line_after_the_pause_says_what_was_left_out(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		log_join(7);
	now_ms += MCR_LOG_SOURCE_MS;
	log_join(7);
	pass(10 * MCR_LOG_SOURCE_MS);
	assert_string_equal(text, "mcdpdk: member 7 joins\n"
				  "mcdpdk: member 7 joins (and 3 more in 10 s)\n");
}

static void
nothing_is_said_about_others_when_one_line_came_late(void **state)
{
	(void)state;
	log_join(7);
	log_join(7);
	pass(MCR_LOG_SOURCE_MS);
	assert_string_equal(text, "mcdpdk: member 7 joins\nmcdpdk: member 7 joins\n");
}

static void
sources_and_sites_have_limits_of_their_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		log_join(1);
		log_join(2);
		log_leave(1);
	}
	assert_string_equal(text, "mcdpdk: member 1 joins\n"
				  "mcdpdk: member 2 joins\n"
				  "mcdpdk: member 1 leaves\n");
}

/* A hundred seconds, a line of another source each millisecond. */
static void
many_sources_do_not_fill_the_log_and_every_line_is_accounted_for(void **state)
{
	enum { SECONDS = 100, LINES = 1000 * SECONDS };

	(void)state;
	for (unsigned int i = 0; i < LINES; i++, now_ms++) {
		log_join(i);
		mcr_log_pace_run(now_ms);
	}
	assert_in_range(count_lines(), MCR_LOG_SITE_LINES * SECONDS,
		MCR_LOG_SITE_LINES * (SECONDS + 2) + SECONDS / 10);
	pass(MCR_LOG_SOURCE_MS);
	assert_int_equal(count_all(), LINES);
}

static void
the_end_reports_what_was_left_out_and_forgets_it(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		log_join(7);
	now_ms += 2500;
	mcr_log_pace_end(now_ms);
	assert_string_equal(text, "mcdpdk: member 7 joins\n"
				  "mcdpdk: member 7 joins (and 3 more in 3 s)\n");
	/* The clock of another hub. */
	now_ms = 1;
	log_join(7);
	pass(MCR_LOG_SOURCE_MS);
	assert_int_equal(count_lines(), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static int
register_type(void **state)
{
	(void)state;
	mcr_logtype = rte_log_register_type_and_pick_level("mcdpdk", RTE_LOG_INFO);
	return mcr_logtype < 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_source_has_one_line_in_ten_seconds),
		TEST(a_line_after_the_pause_says_what_was_left_out),
		TEST(nothing_is_said_about_others_when_one_line_came_late),
		TEST(sources_and_sites_have_limits_of_their_own),
		TEST(many_sources_do_not_fill_the_log_and_every_line_is_accounted_for),
		TEST(the_end_reports_what_was_left_out_and_forgets_it),
	};

	return cmocka_run_group_tests(tests, register_type, NULL);
}

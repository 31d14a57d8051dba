/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "infra/log.h"

static FILE *capture;
static int saved;

static void
begin(bool to_journal, bool to_syslog)
{
	struct stat status;
	char stream[64];

	capture = tmpfile();
	assert_non_null(capture);
	saved = dup(STDERR_FILENO);
	dup2(fileno(capture), STDERR_FILENO);
	fstat(STDERR_FILENO, &status);
	snprintf(stream, sizeof(stream), "%lu:%lu", (unsigned long)status.st_dev,
		(unsigned long)status.st_ino + (to_journal ? 0 : 1));
	setenv("JOURNAL_STREAM", stream, 1);
	mcr_log_open(to_syslog);
}

static void
expect(const char *text)
{
	char found[4096];

	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(capture);
	found[fread(found, 1, sizeof(found) - 1, capture)] = '\0';
	fclose(capture);
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(found, text);
}

static void
log_each_level(void)
{
	MCR_LOG(ERR, "port %s: gone", "a");
	MCR_LOG(WARNING, "one\nmcdpdk: two");
	MCR_LOG(NOTICE, "ready");
	MCR_LOG(INFO, "port b: here");
	rte_log(RTE_LOG_ERR, mcr_logtype, "bare\n");
}

static void
a_level_is_a_word_behind_the_name(void **state)
{
	(void)state;
	begin(false, false);
	log_each_level();
	expect("mcdpdk: error: port a: gone\n"
	       "mcdpdk: warning: one\n"
	       "mcdpdk: warning: two\n"
	       "mcdpdk: ready\n"
	       "mcdpdk: port b: here\n"
	       "error: bare\n");
}

/* sd-daemon(3): the number is that of syslog. */
static void
the_journal_gets_the_level_as_a_number(void **state)
{
	(void)state;
	begin(true, false);
	log_each_level();
	mcr_log_print(RTE_LOG_WARNING, "warning: f.json: %s", "what");
	expect("<3>mcdpdk: port a: gone\n"
	       "<4>mcdpdk: one\n"
	       "<4>mcdpdk: two\n"
	       "<5>mcdpdk: ready\n"
	       "<6>mcdpdk: port b: here\n"
	       "<3>bare\n"
	       "<4>warning: f.json: what\n");
}

static void
what_goes_to_syslog_goes_nowhere_else(void **state)
{
	(void)state;
	begin(false, true);
	log_each_level();
	expect("");
}

static void
a_line_printed_without_eal_is_unchanged(void **state)
{
	(void)state;
	begin(false, false);
	mcr_log_print(RTE_LOG_ERR, "f.json: members[0].address: missing");
	expect("f.json: members[0].address: missing\n");
}

static void
the_last_errors_are_kept(void **state)
{
	(void)state;
	begin(false, false);
	for (int i = 0; i < 4; i++) {
		MCR_LOG(ERR, "error %d", i);
		MCR_LOG(WARNING, "no error");
	}
	expect("mcdpdk: error: error 0\nmcdpdk: warning: no error\n"
	       "mcdpdk: error: error 1\nmcdpdk: warning: no error\n"
	       "mcdpdk: error: error 2\nmcdpdk: warning: no error\n"
	       "mcdpdk: error: error 3\nmcdpdk: warning: no error\n");
	assert_string_equal(mcr_log_get_error(0), "error 3");
	assert_string_equal(mcr_log_get_error(2), "error 1");
	assert_null(mcr_log_get_error(3));
}

static void
nothing_is_kept_at_first(void **state)
{
	(void)state;
	assert_null(mcr_log_get_error(0));
}

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
		cmocka_unit_test(nothing_is_kept_at_first),
		cmocka_unit_test(a_level_is_a_word_behind_the_name),
		cmocka_unit_test(the_journal_gets_the_level_as_a_number),
		cmocka_unit_test(what_goes_to_syslog_goes_nowhere_else),
		cmocka_unit_test(a_line_printed_without_eal_is_unchanged),
		cmocka_unit_test(the_last_errors_are_kept),
	};

	return cmocka_run_group_tests(tests, register_type, NULL);
}

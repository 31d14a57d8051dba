/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eal.h"

/* As EAL prints it, shortened. */
static const char usage[] = "Usage: mcdpdk [options]\n"
			    "  -l CORELIST         List of cores to run on\n"
			    "  -a, --allow         Add a device to the allow list\n"
			    "  --vdev              Add a virtual device\n"
			    "  --no-huge           Use malloc instead of hugetlbfs\n"
			    "  --file-prefix       Prefix for hugepage filenames\n";

static bool is_unknown;

#define FIND(...) find_wrong((char *[]){"mcdpdk", __VA_ARGS__, NULL})

static const char *
find_wrong(char **argv)
{
	struct mcr_args args = {.eal_argv = argv};

	while (argv[args.eal_argc] != NULL)
		args.eal_argc++;
	return mcr_eal_find_wrong_option(&args, usage, &is_unknown);
}

static void
an_option_unknown_to_eal_is_found(void **state)
{
	(void)state;
	assert_string_equal(FIND("-l", "0", "--nonsense", "--no-huge"), "--nonsense");
	assert_true(is_unknown);
	assert_string_equal(FIND("--vdev", "net_null0", "--vdevs=x"), "--vdevs=x");
	assert_true(is_unknown);
	assert_string_equal(FIND("-x", "-l", "0"), "-x");
	assert_true(is_unknown);
	assert_string_equal(FIND("-f", "x"), "-f");
	assert_true(is_unknown);
}

static void
a_missing_argument_is_found_at_the_end(void **state)
{
	(void)state;
	assert_string_equal(FIND("--no-huge", "-l"), "-l");
	assert_false(is_unknown);
	assert_string_equal(FIND("--no-huge", "--file-prefix"), "--file-prefix");
	assert_false(is_unknown);
}

static void
options_of_eal_are_not_reported(void **state)
{
	(void)state;
	assert_null(FIND("-l", "0", "--vdev=net_null0,x=-1"));
	assert_null(FIND("-l0", "--file=x"));
	assert_null(FIND("-a", "0000:00:06.0"));
	assert_null(FIND("word"));
	assert_null(find_wrong((char *[]){"mcdpdk", NULL}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_unknown_to_eal_is_found),
		cmocka_unit_test(a_missing_argument_is_found_at_the_end),
		cmocka_unit_test(options_of_eal_are_not_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "args.h"

static struct mcr_args args;
static char message[512];

#define PARSE(...) parse_args((char *[]){"mcdpdk", __VA_ARGS__, NULL})

static int
parse_args(char **argv)
{
	FILE *capture = tmpfile();
	const int saved = dup(STDERR_FILENO);
	int argc = 0, result;

	assert_non_null(capture);
	while (argv[argc] != NULL)
		argc++;
	dup2(fileno(capture), STDERR_FILENO);
	result = mcr_args_parse(argc, argv, &args);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(capture);
	message[fread(message, 1, sizeof(message) - 1, capture)] = '\0';
	fclose(capture);
	return result;
}

#define assert_says(what) assert_non_null(strstr(message, what))

static void
options_before_the_separator_are_for_eal(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-l", "0-3", "-c", "f", "--", "-c", "groups.json"), 0);
	assert_int_equal(args.eal_argc, 5);
	assert_string_equal(args.eal_argv[0], "mcdpdk");
	assert_string_equal(args.eal_argv[4], "f");
	assert_string_equal(args.config_file, "groups.json");
	assert_false(args.test || args.dump || args.version || args.help);
	assert_string_equal(message, "");
}

static void
no_eal_options_are_needed(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--", "--config=groups.json"), 0);
	assert_int_equal(args.eal_argc, 1);
	assert_string_equal(args.config_file, "groups.json");
}

static void
options_that_leave_need_no_separator(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-c", "f", "-t"), 0);
	assert_true(args.test && !args.dump);
	assert_string_equal(args.config_file, "f");
	assert_int_equal(args.eal_argc, 1);
	assert_int_equal(PARSE("-T", "--config", "f"), 0);
	assert_true(args.test && args.dump);
	assert_int_equal(PARSE("--version"), 0);
	assert_true(args.version);
	assert_int_equal(PARSE("-h"), 0);
	assert_true(args.help);
}

static void
long_and_short_options_are_the_same(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--", "--test", "--config", "f"), 0);
	assert_true(args.test && !args.dump);
	assert_int_equal(PARSE("--", "--dump", "-cf"), 0);
	assert_true(args.test && args.dump);
	assert_string_equal(args.config_file, "f");
	assert_int_equal(PARSE("--", "-V"), 0);
	assert_true(args.version);
	assert_int_equal(PARSE("--", "--help"), 0);
	assert_true(args.help);
}

static void
a_forgotten_separator_is_pointed_out(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-c", "groups.json"), -EINVAL);
	assert_says("did you mean `-- -c FILE`?");
	assert_int_equal(PARSE("-l", "0-3", "-c", "groups.json"), -EINVAL);
	assert_says("did you mean `-- -c FILE`?");
	assert_int_equal(PARSE("-l", "0-3", "-t", "-c", "groups.json"), -EINVAL);
	assert_says("did you mean `-- -c FILE`?");
	assert_int_equal(parse_args((char *[]){"mcdpdk", NULL}), -EINVAL);
	assert_says("mcdpdk: ");
	assert_says("did you mean `-- -c FILE`?");
}

/* An own option that exits needs no --. */
static void
wrong_usage_without_a_separator_is_named_too(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-t", "-c"), -EINVAL);
	assert_string_equal(message, "mcdpdk: an argument is missing: -c; see mcdpdk --help\n");
	assert_int_equal(PARSE("-t", "-c", "f", "g"), -EINVAL);
	assert_string_equal(message, "mcdpdk: unexpected argument: g; see mcdpdk --help\n");
	assert_int_equal(PARSE("-c", "f", "--tset"), -EINVAL);
	assert_says("mcdpdk: unknown option: --tset; ");
	assert_int_equal(PARSE("-t", "-c", "f", "-x"), -EINVAL);
	assert_says("mcdpdk: unknown option: -x; ");
	assert_int_equal(PARSE("-T", "-c", "f", "-c", "g"), -EINVAL);
	assert_says("mcdpdk: more than one configuration: g");
	assert_int_equal(PARSE("--test=1", "-c", "f"), -EINVAL);
	assert_says("mcdpdk: an option takes no argument: --test=1");
}

static void
a_configuration_is_required(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-t"), -EINVAL);
	assert_says("-c FILE");
	assert_int_equal(PARSE("-l", "0", "--"), -EINVAL);
	assert_says("-c FILE");
	assert_int_equal(PARSE("--", "-T"), -EINVAL);
	assert_says("-c FILE");
}

static void
wrong_usage_names_the_argument(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--", "-c", "f", "-x"), -EINVAL);
	assert_says("mcdpdk: unknown option: -x");
	assert_int_equal(PARSE("--", "-tx", "-c", "f"), -EINVAL);
	assert_says("unknown option: -x");
	assert_int_equal(PARSE("--", "-c", "f", "--tset"), -EINVAL);
	assert_says("unknown option: --tset");
	assert_int_equal(PARSE("--", "-c"), -EINVAL);
	assert_says("argument is missing: -c");
	assert_int_equal(PARSE("--", "-c", "f", "g"), -EINVAL);
	assert_says("unexpected argument: g");
	assert_int_equal(PARSE("--", "-c", "f", "-c", "g"), -EINVAL);
	assert_says("more than one configuration: g");
	assert_int_equal(PARSE("--", "-c", "f", "--", "-t"), -EINVAL);
	assert_says("unexpected argument: -t");
}

static void
getopt_is_left_reset_for_eal(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-n", "4", "--", "-c", "f"), 0);
	assert_int_equal(optind, 1);
}

/* EAL's options may follow a non-option: getopt reorders them. */
static void
getopt_continues_after_words(void **state)
{
	char *words[] = {"eal", "word", "-n", "4", NULL};

	(void)state;
	assert_int_equal(PARSE("--", "-c", "f"), 0);
	assert_int_equal(getopt(4, words, "n:"), 'n');
}

static void
help_names_every_option(void **state)
{
	static const char *const options[] = {
		"-c, --config FILE", "-t, --test", "-T, --dump", "-V, --version", "-h, --help"};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	mcr_args_print_help(out);
	fclose(out);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		assert_non_null(strstr(text, options[i]));
	free(text);
}

static void
version_is_the_projects(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	mcr_args_print_version(out);
	fclose(out);
	assert_string_equal(text, "mcdpdk " MCR_VERSION "\n");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_before_the_separator_are_for_eal),
		cmocka_unit_test(no_eal_options_are_needed),
		cmocka_unit_test(options_that_leave_need_no_separator),
		cmocka_unit_test(long_and_short_options_are_the_same),
		cmocka_unit_test(a_forgotten_separator_is_pointed_out),
		cmocka_unit_test(wrong_usage_without_a_separator_is_named_too),
		cmocka_unit_test(a_configuration_is_required),
		cmocka_unit_test(wrong_usage_names_the_argument),
		cmocka_unit_test(getopt_is_left_reset_for_eal),
		cmocka_unit_test(getopt_continues_after_words),
		cmocka_unit_test(help_names_every_option),
		cmocka_unit_test(version_is_the_projects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

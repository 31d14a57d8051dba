/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/*
 * Files in good/ and, with the lines of .warnings, in warned/ are accepted, and their dump means
 * the same; the others are refused with the lines of .errors. schema_test.py uses the same files.
 */

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_paths.h"
#include "reader.h"

static char *
read_file(const char *path, size_t *len)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (in == NULL)
		fail_msg("%s cannot be read", path);
	*len = fread(text, 1, (1 << 20) - 1, in);
	fclose(in);
	return text;
}

static char *
join_lines(const struct mcr_config_messages *messages)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (uint32_t i = 0; i < messages->count; i++)
		fprintf(out, "%s\n", messages->lines[i]);
	fclose(out);
	return text;
}

static char *
parse(const char *text, size_t len, const char *name, struct mcr_config **config)
{
	struct mcr_config_messages errors = {0};
	char *lines;

	*config = mcr_config_parse(text, len, name, &errors);
	assert_int_equal(*config == NULL, errors.count > 0);
	lines = join_lines(&errors);
	mcr_config_messages_free(&errors);
	return lines;
}

static char *
dump(const struct mcr_config *config)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(mcr_config_dump(config, out), 0);
	fclose(out);
	return text;
}

static char *
parse_and_dump(const char *text, size_t len, const char *name)
{
	struct mcr_config *config;
	char *errors = parse(text, len, name, &config);
	char *dumped;

	assert_string_equal(errors, "");
	free(errors);
	dumped = dump(config);
	mcr_config_free(config);
	return dumped;
}

static void
check_good(const char *path, const char *name)
{
	size_t len;
	char *text = read_file(path, &len);
	char *once = parse_and_dump(text, len, name);
	char *twice = parse_and_dump(once, strlen(once), name);

	assert_string_equal(once, twice);
	free(twice);
	free(once);
	free(text);
}

static char *
read_expected(const char *path, const char *ending)
{
	char file[512];
	size_t len;

	snprintf(
		file, sizeof(file), "%.*s.%s", (int)(strlen(path) - strlen(".json")), path, ending);
	return read_file(file, &len);
}

static void
check_bad(const char *path, const char *name)
{
	struct mcr_config *config;
	size_t len;
	char *text = read_file(path, &len), *expected = read_expected(path, "errors");
	char *errors = parse(text, len, name, &config);

	assert_string_equal(errors, expected);
	assert_null(config);
	free(expected);
	free(errors);
	free(text);
}

static void
check_warned(const char *path, const char *name)
{
	struct mcr_config *config;
	size_t len;
	char *text = read_file(path, &len), *expected = read_expected(path, "warnings");
	char *errors = parse(text, len, name, &config), *warnings;

	assert_string_equal(errors, "");
	warnings = join_lines(&config->warnings);
	assert_string_equal(warnings, expected);
	mcr_config_free(config);
	free(warnings);
	free(errors);
	free(expected);
	free(text);
	check_good(path, name);
}

/* What no configuration holds is forgotten. */
static int
check_numbers(void **state)
{
	(void)state;
	mcr_address_reclaim(NULL);
	return mcr_address_count() == 0 ? 0 : -1;
}

static int
is_json(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".json") == 0 &&
	       strcmp(entry->d_name, "groups.schema.json") != 0;
}

static void
check_folder(const char *folder, void (*check)(const char *path, const char *name))
{
	struct dirent **entries;
	const int count = scandir(folder, &entries, is_json, alphasort);
	char path[512];

	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		print_message("%s\n", entries[i]->d_name);
		check(path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

static void
good_files_are_accepted_and_their_dump_means_the_same(void **state)
{
	(void)state;
	check_folder(MCR_CONFIG_TESTDATA "/good", check_good);
}

static void
samples_are_accepted_and_their_dump_means_the_same(void **state)
{
	(void)state;
	check_folder(MCR_CONFIG_SAMPLES, check_good);
}

static void
probable_mistakes_are_accepted_with_a_warning(void **state)
{
	(void)state;
	check_folder(MCR_CONFIG_TESTDATA "/warned", check_warned);
}

static void
bad_files_are_refused_with_all_their_errors(void **state)
{
	(void)state;
	check_folder(MCR_CONFIG_TESTDATA "/bad", check_bad);
}

static void
files_with_entries_that_do_not_fit_together_are_refused(void **state)
{
	(void)state;
	check_folder(MCR_CONFIG_TESTDATA "/cross", check_bad);
}

static void
texts_that_are_not_json_are_refused_at_their_line_and_column(void **state)
{
	(void)state;
	check_folder(MCR_CONFIG_TESTDATA "/text", check_bad);
}

/* Operators rely on the defaults. */
static void
the_dump_of_the_defaults_is_unchanged(void **state)
{
	size_t len;
	char *text = read_file(MCR_CONFIG_TESTDATA "/good/every_default.json", &len);
	char *dumped = parse_and_dump(text, len, "every_default.json");
	char *expected = read_file(MCR_CONFIG_TESTDATA "/every_default.dump", &len);

	(void)state;
	assert_string_equal(dumped, expected);
	free(expected);
	free(dumped);
	free(text);
}

#define TEST(name) cmocka_unit_test_teardown(name, check_numbers)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_files_are_accepted_and_their_dump_means_the_same),
		TEST(samples_are_accepted_and_their_dump_means_the_same),
		TEST(probable_mistakes_are_accepted_with_a_warning),
		TEST(bad_files_are_refused_with_all_their_errors),
		TEST(files_with_entries_that_do_not_fit_together_are_refused),
		TEST(texts_that_are_not_json_are_refused_at_their_line_and_column),
		TEST(the_dump_of_the_defaults_is_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

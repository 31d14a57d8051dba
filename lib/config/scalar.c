/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reader.h"

/* JSON and its schema language do not distinguish 1500 from 1500.0. */
static bool
is_whole(const json_t *value)
{
	return json_is_integer(value) ||
	       (json_is_real(value) && json_real_value(value) == rint(json_real_value(value)));
}

uint64_t
mcr_config_read_uint(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, uint64_t min, uint64_t max)
{
	const double number = json_number_value(value);
	char expected[96];

	/* A double represents every whole number up to 2^53. */
	RTE_ASSERT(min <= max && max <= UINT64_C(1) << 53);
	if (is_whole(value) && number >= min && number <= max)
		return number;
	snprintf(expected, sizeof(expected), "a whole number from %" PRIu64 " to %" PRIu64, min,
		max);
	mcr_config_add_mismatch(reader, at, expected, value);
	return 0;
}

void
mcr_config_read_bool(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	bool *flag = object;

	if (!json_is_boolean(value))
		mcr_config_add_mismatch(reader, at, "true or false", value);
	*flag = json_is_true(value);
}

void
mcr_config_read_seconds(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	const double seconds = json_number_value(value);
	uint64_t *us = object;

	if (json_is_number(value) && seconds >= 0.05 && seconds <= 3600) {
		*us = llrint(seconds * 1e6);
		return;
	}
	mcr_config_add_mismatch(reader, at, "0.05 to 3600 seconds", value);
	*us = 0;
}

const char *
mcr_config_read_string(
	struct mcr_config_reader *reader, const struct mcr_config_path *at, const json_t *value)
{
	if (!json_is_string(value))
		mcr_config_add_mismatch(reader, at, "a string", value);
	return json_string_value(value);
}

void
mcr_config_copy_string(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	const char *text = mcr_config_read_string(reader, at, value);
	char **copy = object;

	RTE_ASSERT(*copy == NULL);
	if (text == NULL)
		return;
	if (text[0] == '\0') {
		mcr_config_add_error(reader, at, "must not be empty");
		return;
	}
	*copy = mcr_config_alloc(reader, strlen(text) + 1, 1);
	if (*copy != NULL)
		strcpy(*copy, text);
}

void
mcr_config_read_name(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	json_t *value, void *object)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	const char *name = json_string_value(value);

	if (name != NULL && name[0] != '\0' && strlen(name) <= MCR_CONFIG_NAME_MAX &&
		name[strspn(name, allowed)] == '\0')
		strcpy(object, name);
	else
		mcr_config_add_mismatch(
			reader, at, "1 to 63 letters, digits, \"_\", \".\" or \"-\"", value);
}

static void
list_choices(const char *const *choices, char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	if (out == NULL)
		return;
	for (size_t i = 0; choices[i] != NULL; i++) {
		if (i > 0)
			fputs(choices[i + 1] == NULL ? " or " : ", ", out);
		fprintf(out, "\"%s\"", choices[i]);
	}
	fclose(out);
}

int
mcr_config_read_choice(struct mcr_config_reader *reader, const struct mcr_config_path *at,
	const json_t *value, const char *const *choices)
{
	const char *word = json_string_value(value);
	char expected[128] = "";

	for (int i = 0; word != NULL && choices[i] != NULL; i++) {
		if (strcmp(word, choices[i]) == 0)
			return i;
	}
	RTE_ASSERT(choices[0] != NULL);
	list_choices(choices, expected, sizeof(expected));
	mcr_config_add_mismatch(reader, at, expected, value);
	return -1;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "reader.h"

/* Jansson stops at the first without its path. The text is valid JSON: only its end is checked. */
struct scan {
	struct mcr_config_reader *reader;
	const char *next;
	const char *end;
};

static void
scan_value(struct scan *scan, const struct mcr_config_path *at);

static char
peek(struct scan *scan)
{
	while (scan->next < scan->end && (*scan->next == ' ' || *scan->next == '\t' ||
						 *scan->next == '\n' || *scan->next == '\r'))
		scan->next++;
	return scan->next < scan->end ? *scan->next : '\0';
}

static bool
skip(struct scan *scan, char c)
{
	if (peek(scan) != c)
		return false;
	scan->next++;
	return true;
}

static void
skip_string(struct scan *scan)
{
	RTE_ASSERT(*scan->next == '"');
	scan->next++;
	while (scan->next < scan->end && *scan->next != '"')
		scan->next += *scan->next == '\\' ? 2 : 1;
	scan->next++;
}

/* Decoded: "\u0061" and "a" are one key. */
static json_t *
scan_key(struct scan *scan)
{
	const char *start = scan->next;

	skip_string(scan);
	return json_loadb(start, scan->next - start, JSON_DECODE_ANY, NULL);
}

static void
scan_entry(struct scan *scan, const struct mcr_config_path *parent, json_t *seen)
{
	json_t *key = scan_key(scan);
	const struct mcr_config_path at = {.parent = parent, .key = json_string_value(key)};

	if (json_object_get(seen, at.key) != NULL)
		mcr_config_add_error(scan->reader, &at, "duplicate key");
	json_object_set_new(seen, at.key, json_true());
	skip(scan, ':');
	scan_value(scan, &at);
	json_decref(key);
}

static void
scan_object(struct scan *scan, const struct mcr_config_path *at)
{
	json_t *seen = json_object();

	RTE_ASSERT(*scan->next == '{');
	scan->next++;
	while (peek(scan) == '"') {
		scan_entry(scan, at, seen);
		skip(scan, ',');
	}
	skip(scan, '}');
	json_decref(seen);
}

static void
scan_array(struct scan *scan, const struct mcr_config_path *parent)
{
	struct mcr_config_path at = {.parent = parent};

	RTE_ASSERT(*scan->next == '[');
	scan->next++;
	while (!skip(scan, ']')) {
		scan_value(scan, &at);
		skip(scan, ',');
		at.index++;
	}
}

static void
skip_literal(struct scan *scan)
{
	while (peek(scan) != ',' && *scan->next != ']' && *scan->next != '}')
		if (++scan->next >= scan->end)
			return;
}

static void
scan_value(struct scan *scan, const struct mcr_config_path *at)
{
	switch (peek(scan)) {
	case '{':
		scan_object(scan, at);
		break;
	case '[':
		scan_array(scan, at);
		break;
	case '"':
		skip_string(scan);
		break;
	default:
		skip_literal(scan);
	}
}

void
mcr_config_check_duplicates(struct mcr_config_reader *reader, const char *text, size_t len)
{
	struct scan scan = {.reader = reader, .next = text, .end = text + len};

	scan_value(&scan, NULL);
	RTE_ASSERT(scan.next <= scan.end);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include "reader.h"

/*
 * What the contract has and the program does not: using it is an error, so that no configuration is
 * obeyed by half. The reader knows all of it already; building a feature deletes its rows.
 */
static const struct {
	const char *path;
	const char *value; /* NULL: the key with any value */
} not_supported[] = {
	{"tuning", NULL},
};

static bool
is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* From its end to its start: whether this text, an index being "[]", is the path. */
static bool
is_path(const struct mcr_config_path *path, const char *text, size_t len)
{
	const char *last = path->key != NULL ? path->key : "[]";
	const size_t last_len = strlen(last);

	if (len < last_len || memcmp(text + len - last_len, last, last_len) != 0)
		return false;
	len -= last_len;
	if (path->parent == NULL)
		return len == 0;
	if (path->key != NULL && (len == 0 || text[--len] != '.'))
		return false;
	return is_path(path->parent, text, len);
}

bool
mcr_config_is_supported(const struct mcr_config_path *path, const char *value)
{
	for (size_t i = 0; i < RTE_DIM(not_supported); i++)
		if (is_same(value, not_supported[i].value) &&
			is_path(path, not_supported[i].path, strlen(not_supported[i].path)))
			return false;
	return true;
}

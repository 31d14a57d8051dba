/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <ctype.h>
#include <string.h>

#include "reader.h"

/* Longer than any key; further characters are ignored. */
#define WORD_MAX 32

static size_t
smallest(size_t a, size_t b, size_t c)
{
	const size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static bool
is_swapped(const char *a, const char *b, size_t i, size_t j)
{
	return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
}

/* Damerau-Levenshtein: insertions, deletions, replacements, swaps of neighbours. */
static size_t
distance(const char *a, const char *b)
{
	const size_t a_len = strnlen(a, WORD_MAX), b_len = strnlen(b, WORD_MAX);
	uint8_t d[WORD_MAX + 1][WORD_MAX + 1];

	RTE_ASSERT(a_len <= WORD_MAX && b_len <= WORD_MAX);
	for (size_t i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			const bool differs = tolower((unsigned char)a[i - 1]) != b[j - 1];

			d[i][j] = smallest(
				d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + differs);
			if (is_swapped(a, b, i, j))
				d[i][j] = smallest(d[i][j], d[i - 2][j - 2] + 1, WORD_MAX);
		}
	}
	return d[a_len][b_len];
}

const char *
mcr_config_find_nearest(const char *word, const struct mcr_config_key *keys)
{
	const char *nearest = keys->name;

	RTE_ASSERT(nearest != NULL);
	for (; keys->name != NULL; keys++)
		if (distance(word, keys->name) < distance(word, nearest))
			nearest = keys->name;
	return nearest;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>
#include <string.h>

#include "mcr_refused.h"

/* Any order that is stable from page to page. */
static int
compare_records(const void *a, const void *b)
{
	const struct mcr_refused_record *left = a, *right = b;

	if (left->reason != right->reason)
		return left->reason < right->reason ? -1 : 1;
	if (left->sender.address != right->sender.address)
		return left->sender.address < right->sender.address ? -1 : 1;
	return memcmp(&left->sender, &right->sender, sizeof(left->sender));
}

static void
add_record(struct mcr_refused_record *sum, const struct mcr_refused_record *record)
{
	sum->count += record->count;
	if (record->seen > sum->seen) {
		sum->seen = record->seen;
		sum->last = record->last;
	}
}

uint32_t
mcr_refused_merge(struct mcr_refused_record *records, uint32_t count)
{
	uint32_t kept = 0;

	qsort(records, count, sizeof(*records), compare_records);
	for (uint32_t i = 0; i < count; i++) {
		if (kept != 0 && compare_records(&records[kept - 1], &records[i]) == 0)
			add_record(&records[kept - 1], &records[i]);
		else
			records[kept++] = records[i];
	}
	return kept;
}

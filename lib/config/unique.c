/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include "reader.h"

struct order {
	const struct mcr_config *config;
	mcr_config_compare_fn *compare;
};

static int
compare_indices(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const int result = order->compare(order->config, i, j);

	return result != 0 ? result : mcr_config_compare(i, j);
}

void
mcr_config_sort(const struct mcr_config *config, uint32_t *indices, uint32_t count,
	mcr_config_compare_fn *compare)
{
	struct order order = {config, compare};

	RTE_ASSERT(count == 0 || indices != NULL);
	if (count > 0)
		qsort_r(indices, count, sizeof(*indices), compare_indices, &order);
}

void
mcr_config_check_unique(struct mcr_config_reader *reader, uint32_t *indices, uint32_t count,
	mcr_config_compare_fn *compare, mcr_config_report_fn *report)
{
	uint32_t first = 0;

	mcr_config_sort(reader->config, indices, count, compare);
	for (uint32_t i = 1; i < count; i++) {
		RTE_ASSERT(compare(reader->config, indices[first], indices[i]) <= 0);
		if (compare(reader->config, indices[first], indices[i]) == 0)
			report(reader, indices[first], indices[i]);
		else
			first = i;
	}
}

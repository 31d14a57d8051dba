/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_common.h>

#include "infra/link.h"

uint32_t
mcr_link_take(struct mcr_link *link, bool is_up, uint32_t reports)
{
	const uint32_t since = reports - link->reports;
	uint32_t changes = 0;

	/* An even number of changes leads back to the same state, an odd one to the other. */
	if (link->is_known)
		changes = is_up == link->is_up ? since & ~1U : (RTE_MAX(since, 1U) - 1) | 1;
	link->is_known = true;
	link->is_up = is_up;
	link->reports = reports;
	link->changes += changes;
	return changes;
}

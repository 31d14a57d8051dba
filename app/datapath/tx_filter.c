/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "datapath/tx_copy.h"
#include "datapath/tx_filter.h"

__attribute__((flatten)) void
mcr_tx_filter_replicate_group(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct mcr_group_ref ref;
	const struct mcr_receivers *receivers = mcr_tx_find_filtered(lcore, job, &ref);

	mcr_tx_replicate_group(lcore, job, receivers, &ref);
}

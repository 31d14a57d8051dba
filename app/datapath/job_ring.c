/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdio.h>

#include <rte_debug.h>
#include <rte_errno.h>

#include "datapath/job_ring.h"

int
mcr_job_ring_create(const struct mcr_workers *workers, struct mcr_lcore *lcore)
{
	const struct mcr_lcore_plan *plan = &workers->plan;
	const unsigned int producers =
		plan->rx_lcores == 1 && plan->tx_lcores == 1 ? RING_F_SP_ENQ : 0;
	char name[RTE_RING_NAMESIZE];

	RTE_ASSERT(lcore->role->is_tx && lcore->tx.jobs == NULL);
	snprintf(name, sizeof(name), "mcdpdk_jobs_%u", lcore->role->id);
	lcore->tx.jobs =
		rte_ring_create_elem(name, MCR_JOB_PIECE, MCR_JOB_RING_SIZE * MCR_JOB_PIECES,
			lcore->role->node, producers | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	return lcore->tx.jobs == NULL ? -rte_errno : 0;
}

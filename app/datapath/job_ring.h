/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The ring by which RX lcores hand jobs to a TX lcore, and other TX lcores shards of them.
 */

#ifndef MCR_DATAPATH_JOB_RING_H
#define MCR_DATAPATH_JOB_RING_H

#include <assert.h>

#include <rte_ring.h>

#include "datapath/job.h"
#include "datapath/worker.h"

/* rte_ring moves elements of 16 bytes at once, others word by word. Each burst is of whole jobs;
 * with RING_F_EXACT_SZ the ring holds whole jobs only. */
#define MCR_JOB_PIECE 16
#define MCR_JOB_PIECES (sizeof(struct mcr_job) / MCR_JOB_PIECE)

static_assert(sizeof(struct mcr_job) % MCR_JOB_PIECE == 0, "a job is of whole pieces");

/** Make the ring of a TX lcore. @return 0 or -errno. */
int
mcr_job_ring_create(const struct mcr_workers *workers, struct mcr_lcore *lcore);

/** Enqueue one job for a TX lcore. @return False: the ring is full. */
static inline bool
mcr_job_ring_put(struct mcr_lcore *to, const struct mcr_job *job)
{
	return rte_ring_enqueue_bulk_elem(to->tx.jobs, job, MCR_JOB_PIECE, MCR_JOB_PIECES, NULL) !=
	       0;
}

/** Dequeue jobs of this TX lcore. @return How many. */
static inline unsigned int
mcr_job_ring_take(struct mcr_lcore *lcore, struct mcr_job *jobs, unsigned int count)
{
	return rte_ring_dequeue_burst_elem(
		       lcore->tx.jobs, jobs, MCR_JOB_PIECE, count * MCR_JOB_PIECES, NULL) /
	       MCR_JOB_PIECES;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/fair_drop.h"
#include "datapath/handoff.h"
#include "datapath/refuse.h"

static void
drop_unqueued(struct mcr_lcore *lcore, const struct mcr_handoff_batch *waiting, unsigned int first)
{
	mcr_stats_drop(&lcore->stats, MCR_DROP_RING_FULL, waiting->count - first);
	for (unsigned int i = first; i < waiting->count; i++)
		rte_pktmbuf_free(waiting->jobs[i].packet);
}

/* An entry that is gone is found again by the TX lcore; whom it has does not matter here. */
static uint32_t
count_copies(const struct mcr_fib *fib, const struct mcr_job *job)
{
	const struct mcr_receivers *receivers = NULL;

	switch (mcr_job_kind(job)) {
	case MCR_JOB_GROUP:
	case MCR_JOB_GROUP_BY_HOP:
	case MCR_JOB_GROUP_AND_FLOOD:
		if (job->group.id != MCR_GROUP_NONE)
			receivers = mcr_group_receivers(fib->groups, job->group);
		break;
	case MCR_JOB_FLOOD:
	case MCR_JOB_FLOOD_UNICAST:
		receivers = mcr_segment_receivers(fib->segments, job->vni);
		break;
	case MCR_JOB_MEMBER:
	case MCR_JOB_SHARD:
		break;
	}
	return receivers == NULL ? 1 : receivers->count + 1;
}

/* While a burst is looked at, the ring is as full as before it. */
static __rte_noinline void
drop_greatest(struct mcr_lcore *lcore, struct mcr_lcore *to, struct mcr_handoff_batch *waiting)
{
	const uint32_t wait = rte_ring_count(to->tx.jobs) / MCR_JOB_PIECES;
	const uint64_t hz = rte_get_timer_hz();
	unsigned int taken = 0;

	if (!mcr_fair_drop_is_wanted(wait, MCR_JOB_RING_SIZE))
		return;
	for (unsigned int i = 0; i < waiting->count; i++) {
		const struct mcr_job *job = &waiting->jobs[i];

		if (mcr_fair_drop_takes(lcore->rx.fair, job->sender, count_copies(lcore->fib, job),
			    wait, MCR_JOB_RING_SIZE, lcore->rx.now, hz))
			waiting->jobs[taken++] = *job;
		else
			mcr_refuse_silently(lcore, job->packet, MCR_DROP_RING_FULL);
	}
	waiting->count = taken;
}

void
mcr_handoff_burst(struct mcr_lcore *lcore, struct mcr_lcore *to, struct mcr_handoff_batch *waiting)
{
	unsigned int taken;

	RTE_ASSERT(to != lcore && waiting->count <= MCR_RX_BURST);
	if (unlikely(waiting->pieces_free < MCR_JOB_RING_SIZE / 4 * MCR_JOB_PIECES))
		drop_greatest(lcore, to, waiting);
	taken = rte_ring_enqueue_burst_elem(to->tx.jobs, waiting->jobs, MCR_JOB_PIECE,
			waiting->count * MCR_JOB_PIECES, &waiting->pieces_free) /
	        MCR_JOB_PIECES;
	if (unlikely(taken != waiting->count))
		drop_unqueued(lcore, waiting, taken);
	waiting->count = 0;
}

void
mcr_handoff_all(struct mcr_lcore *lcore)
{
	if (lcore->rx.handoffs == NULL)
		return;
	for (uint16_t i = 0; i < lcore->workers->plan.tx_lcores; i++) {
		if (lcore->rx.handoffs[i].count != 0)
			mcr_handoff_burst(
				lcore, lcore->workers->tx_lcores[i], &lcore->rx.handoffs[i]);
	}
}

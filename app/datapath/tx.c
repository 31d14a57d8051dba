/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/job_ring.h"
#include "datapath/punt.h"
#include "datapath/refuse.h"
#include "datapath/tx.h"
#include "datapath/tx_burst.h"
#include "datapath/tx_copy.h"
#include "datapath/tx_flood.h"
#include "datapath/tx_gather.h"
#include "datapath/tx_hold.h"
#include "datapath/tx_link.h"
#include "datapath/tx_send.h"
#include "datapath/tx_shed.h"
#include "fib/policy.h"

/* Flat: what is called here must be in a header, see tx_copy.h. */
__attribute__((flatten)) static void
replicate_group(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct mcr_group_ref ref;
	const struct mcr_receivers *receivers = mcr_tx_find_receivers(lcore, job, &ref);

	mcr_tx_replicate_group(lcore, job, receivers, &ref);
}

static __rte_noinline void
send_unicast(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const struct mcr_members *members = lcore->fib->members;
	const struct mcr_member *member = mcr_member_get(members, job->receiver.id);
	struct mcr_receiver receiver = {.member = job->receiver.id};

	RTE_ASSERT(job->receiver.id < lcore->workers->max_members);
	if (member == NULL || !mcr_member_is_current(members, job->receiver)) {
		mcr_stats_count(&lcore->stats, MCR_STAT_UNICAST_PACKETS, 1);
		mcr_stats_count(&lcore->stats, MCR_STAT_COPIES, 1);
		mcr_refuse_silently(lcore, job->packet, MCR_DROP_COPY_STALE);
		return;
	}
	receiver.address = mcr_member_instance(member, job->receiver.id);
	if (mcr_policy_is_sender(&receiver, job->sender_address) ||
		!mcr_policy_may_receive(member)) {
		mcr_refuse_job(lcore, job, mcr_policy_no_receiver(false));
		return;
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_UNICAST_PACKETS, 1);
	mcr_tx_replicate_to_one(lcore, job, &receiver);
}

static void
do_job(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	if (likely(job->kind == MCR_JOB_GROUP)) {
		replicate_group(lcore, job);
		return;
	}
	switch (job->kind) {
	case MCR_JOB_GROUP:
		/* Done above. */
		RTE_ASSERT(false);
		break;
	case MCR_JOB_GROUP_BY_HOP:
	case MCR_JOB_GROUP_AND_FLOOD:
		mcr_tx_segment_packet(lcore, job);
		break;
	case MCR_JOB_FLOOD:
		mcr_tx_segment_flood(lcore, job, MCR_STAT_DATA_PACKETS);
		break;
	case MCR_JOB_FLOOD_UNICAST:
		mcr_tx_segment_flood(lcore, job, MCR_STAT_UNICAST_PACKETS);
		break;
	case MCR_JOB_MEMBER:
		send_unicast(lcore, job);
		break;
	case MCR_JOB_SHARD:
		mcr_tx_shard_job(lcore, job);
		break;
	}
}

/* As do_job(), but lists may be filtered. A packet to a group keeps its tag, for shards. */
static void
do_filtered_job(struct mcr_lcore *lcore, const struct mcr_job *marked)
{
	struct mcr_job job = *marked;

	job.kind = mcr_job_kind(marked);
	switch ((enum mcr_job_kind)job.kind) {
	case MCR_JOB_GROUP:
		job.kind |= marked->kind & MCR_JOB_TAG;
		mcr_tx_filter_replicate_group(lcore, &job);
		break;
	case MCR_JOB_GROUP_BY_HOP:
	case MCR_JOB_GROUP_AND_FLOOD:
		mcr_tx_segment_packet_filtered(lcore, &job);
		break;
	case MCR_JOB_FLOOD:
		mcr_tx_segment_flood_filtered(lcore, &job, MCR_STAT_DATA_PACKETS);
		break;
	case MCR_JOB_FLOOD_UNICAST:
		mcr_tx_segment_flood_filtered(lcore, &job, MCR_STAT_UNICAST_PACKETS);
		break;
	case MCR_JOB_MEMBER:
		send_unicast(lcore, &job);
		break;
	case MCR_JOB_SHARD:
		mcr_tx_shard_job_filtered(lcore, &job);
		break;
	}
}

/* Of a hub in a domain: to the peers first, then to the hub's own members. */
static void
do_job_of_domain(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct mcr_job marked = *job;

	mcr_tx_filter_begin_job(lcore->fib->placement, &lcore->tx.links->filter, &marked);
	if (!mcr_tx_link_job(lcore, &marked))
		do_filtered_job(lcore, &marked);
}

static bool
is_gathering(const struct mcr_lcore *lcore)
{
	return lcore->tx.links != NULL && lcore->tx.links->gathering_count != 0;
}

typedef void (*job_step)(struct mcr_lcore *lcore, const struct mcr_job *job);

/* Only the first packet of a burst is measured; its first copies leave with the next flush. Not
 * inline: beside it, do_job() would spill registers. */
static __rte_noinline void
do_sampled_job(struct mcr_lcore *lcore, const struct mcr_job *job, job_step step)
{
	const uint16_t before = lcore->tx.copies.count;
	struct mcr_sample *sample = &lcore->tx.sample;

	*sample = (struct mcr_sample){.received = job->received};
	step(lcore, job);
	sample->is_whole = true;
	if (lcore->tx.copies.count == 0 && sample->last != 0)
		mcr_tx_end_sample(lcore);
	else if (lcore->tx.copies.count == before && sample->last == 0 && !is_gathering(lcore))
		sample->received = 0;
}

static __rte_always_inline void
do_any_job(struct mcr_lcore *lcore, const struct mcr_job *job, job_step step)
{
	if (unlikely(job->received != 0 && lcore->tx.sample.received == 0))
		do_sampled_job(lcore, job, step);
	else
		step(lcore, job);
}

static __rte_noinline void
do_special_job(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	if (lcore->tx.sheds)
		mcr_tx_shed_begin_job(lcore, job);
	do_any_job(lcore, job, lcore->tx.links != NULL ? do_job_of_domain : do_job);
}

/* Two instructions for a hub without allowances and domain: an atomic load would take a third. What
 * changes here changes in a reload, between two packets. */
void
mcr_tx_job(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	if (unlikely(lcore->tx.is_special))
		do_special_job(lcore, job);
	else
		do_any_job(lcore, job, do_job);
}

static unsigned int
take_jobs(struct mcr_lcore *lcore)
{
	struct mcr_job jobs[MCR_RX_BURST];
	unsigned int count;

	if (lcore->tx.jobs == NULL)
		return 0;
	count = mcr_job_ring_take(lcore, jobs, MCR_RX_BURST);
	for (unsigned int i = 0; i < count; i++) {
		rte_prefetch0(rte_pktmbuf_mtod(jobs[i].packet, const void *));
		if (jobs[i].kind == MCR_JOB_GROUP)
			mcr_tx_prefetch(lcore, jobs[i].group);
	}
	for (unsigned int i = 0; i < count; i++)
		mcr_tx_job(lcore, &jobs[i]);
	return count;
}

static unsigned int
send_injected_burst(struct mcr_lcore *lcore)
{
	struct rte_mbuf *frames[MCR_RX_BURST];
	const unsigned int count =
		rte_ring_dequeue_burst(lcore->rings->inject, (void **)frames, MCR_RX_BURST, NULL);

	for (unsigned int i = 0; i < count; i++)
		mcr_tx_hold_send(lcore, frames[i]);
	return count;
}

/* All that waits: in an overload a turn may take milliseconds, and the ring must not get full. */
static unsigned int
send_injected(struct mcr_lcore *lcore)
{
	unsigned int count, sum = 0;

	do {
		count = send_injected_burst(lcore);
		sum += count;
	} while (count == MCR_RX_BURST && sum < MCR_INJECT_RING_SIZE);
	return sum;
}

unsigned int
mcr_tx_poll(struct mcr_lcore *lcore)
{
	unsigned int count;

	RTE_ASSERT(lcore->role->is_tx);
	mcr_tx_hold_begin_turn(lcore);
	count = take_jobs(lcore);
	mcr_tx_flush(lcore);
	if (lcore->role->tx_queue == 0)
		count += send_injected(lcore);
	mcr_tx_burst_end_turn(lcore);
	return count;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/job_ring.h"
#include "datapath/tx_copy.h"
#include "datapath/tx_shard.h"

static_assert(RTE_MAX_LCORE <= UINT8_MAX + 1, "mcr_job.from is a TX queue");
static_assert(MCR_JOB_GROUP == 0, "a shard's kind is that of its packet's job, and one bit set");

void
mcr_tx_shard_init(const struct mcr_workers *workers, struct mcr_lcore *lcore)
{
	const uint16_t count = workers->plan.tx_lcores;

	lcore->tx.shard_above = UINT32_MAX;
	if (count < 2)
		return;
	lcore->tx.shard_above = MCR_SHARD_ABOVE;
	lcore->tx.shard = mcr_shard_make(lcore->role->tx_queue, count);
}

static uint32_t
mark_of(const struct mcr_group_counters *counters)
{
	return counters->generation >> 32;
}

static void
set_mark(struct mcr_group_counters *counters, uint32_t generation, uint32_t mark)
{
	__atomic_store_n(
		&counters->generation, (uint64_t)mark << 32 | generation, __ATOMIC_RELAXED);
}

/* Whether another TX lcore has sent its copies of the split that this one gave a number. */
static bool
has_sent(const struct mcr_lcore *lcore, uint16_t other, uint32_t number)
{
	const struct mcr_lcore *to = lcore->workers->tx_lcores[other];
	const uint32_t done =
		__atomic_load_n(&to->tx.shards_done[lcore->role->tx_queue], __ATOMIC_ACQUIRE);

	/* A job that found no room in the ring is never done, nor are there copies of it. */
	return (int32_t)(done - number) >= 0 || done == lcore->tx.shards_handed[other];
}

static bool
have_all_sent(const struct mcr_lcore *lcore, uint32_t number)
{
	for (uint16_t i = 0; i < lcore->workers->plan.tx_lcores; i++) {
		if (i != lcore->role->tx_queue && !has_sent(lcore, i, number))
			return false;
	}
	return true;
}

bool
mcr_tx_shard_renew(struct mcr_lcore *lcore, struct mcr_group_ref group, uint32_t receivers)
{
	struct mcr_group_counters *counters = &lcore->groups[group.id];

	if ((uint32_t)counters->generation != group.generation) {
		mcr_group_counters_reset(counters, group.generation);
		return false;
	}
	if (receivers > MCR_SHARD_KEEP || !have_all_sent(lcore, mark_of(counters)))
		return true;
	set_mark(counters, group.generation, 0);
	return false;
}

static void
replicate_shard(struct mcr_lcore *lcore, const struct mcr_job *job, const struct mcr_fanout *fanout,
	uint64_t rotation)
{
	const struct mcr_shard shard = lcore->tx.shard;
	struct mcr_fanout_piece pieces[MCR_FANOUT_PIECES];
	struct mcr_receiver own[MCR_REPLICATE_BURST];
	uint32_t count = 0;

	mcr_fanout_from(fanout, rotation % mcr_fanout_count(fanout), pieces);
	for (unsigned int i = 0; i < MCR_FANOUT_PIECES; i++) {
		for (uint32_t j = 0; j < pieces[i].count; j++) {
			/* No branch on a hash: half of them would be mispredicted. */
			own[count] = pieces[i].at[j];
			count += mcr_shard_has(shard, own[count].address);
			if (count == MCR_REPLICATE_BURST) {
				mcr_tx_replicate(lcore, job, own, count);
				count = 0;
			}
		}
	}
	mcr_tx_replicate(lcore, job, own, count);
}

/* Not served here instead: these copies would overtake earlier ones. */
static void
drop_shard(struct mcr_lcore *lcore, struct rte_mbuf *packet, const struct mcr_fanout *fanout,
	uint16_t index)
{
	const struct mcr_shard shard = mcr_shard_make(index, lcore->workers->plan.tx_lcores);
	struct mcr_fanout_piece pieces[MCR_FANOUT_PIECES];
	uint32_t count = 0;

	mcr_fanout_from(fanout, 0, pieces);
	for (unsigned int i = 0; i < MCR_FANOUT_PIECES; i++) {
		for (uint32_t j = 0; j < pieces[i].count; j++) {
			if (!mcr_shard_has(shard, pieces[i].at[j].address))
				continue;
			mcr_stats_add(&lcore->member_drops[pieces[i].at[j].member], 1);
			count++;
		}
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_COPIES, count);
	mcr_stats_drop(&lcore->stats, MCR_DROP_COPY_TX_FULL, count);
	rte_pktmbuf_free(packet);
}

static void
hand_out(struct mcr_lcore *lcore, const struct mcr_job *shard, uint32_t sender, uint32_t waited,
	const struct mcr_fanout *fanout)
{
	const struct mcr_workers *workers = lcore->workers;

	/* A shard has no room for them. */
	shard->packet->hash.usr = sender;
	shard->packet->hash.fdir.hi = waited;
	rte_mbuf_refcnt_update(shard->packet, workers->plan.tx_lcores - 1);
	for (uint16_t i = 0; i < workers->plan.tx_lcores; i++) {
		if (i == lcore->role->tx_queue)
			continue;
		if (mcr_job_ring_put(workers->tx_lcores[i], shard))
			lcore->tx.shards_handed[i] = shard->number;
		else
			drop_shard(lcore, shard->packet, fanout, i);
	}
}

static uint32_t
next_number(struct mcr_lcore *lcore)
{
	/* 0 marks a group that is not split. */
	if (++lcore->tx.splits == 0)
		lcore->tx.splits++;
	return lcore->tx.splits;
}

static bool
is_sampled(const struct mcr_lcore *lcore, const struct mcr_job *job)
{
	return job->received != 0 && job->received == lcore->tx.sample.received;
}

void
mcr_tx_shard_split(struct mcr_lcore *lcore, const struct mcr_job *job, struct mcr_fanout fanout,
	struct mcr_group_ref group, uint64_t rotation)
{
	struct mcr_group_counters *counters = &lcore->groups[group.id];
	struct mcr_job shard = *job;
	uint32_t waited = 0;

	RTE_ASSERT((uint32_t)counters->generation == group.generation);
	RTE_ASSERT(mcr_job_kind(job) == MCR_JOB_GROUP);
	/* Another lcore's copies of this packet must not overtake this one's of earlier packets. */
	if (mark_of(counters) == 0)
		mcr_tx_flush(lcore);
	shard.kind |= MCR_JOB_SHARD; /* and a tag, maybe */
	shard.group = group;
	shard.number = next_number(lcore);
	shard.from = lcore->role->tx_queue;
	set_mark(counters, group.generation, shard.number);
	if (is_sampled(lcore, job)) {
		lcore->tx.sample.first = rte_rdtsc();
		waited = lcore->tx.sample.first - job->received;
	} else {
		shard.received = 0;
	}
	hand_out(lcore, &shard, job->sender, waited, &fanout);
	replicate_shard(lcore, job, &fanout, rotation);
}

void
mcr_tx_shard_replicate(struct mcr_lcore *lcore, const struct mcr_job *job, struct mcr_fanout fanout,
	struct mcr_group_ref group)
{
	mcr_tx_shard_split(lcore, job, fanout, group,
		mcr_tx_count_group(lcore, group, job->packet, mcr_fanout_count(&fanout)));
	rte_pktmbuf_free(job->packet);
}

/* The clocks of two cores may differ. The packet says how long it had waited when it was split. */
static void
begin_sample(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const uint64_t now = rte_rdtsc(), split = job->received + job->packet->hash.fdir.hi;

	lcore->tx.sample.first = RTE_MIN(split, now);
}

static bool
may_be_shared(const struct mcr_replicate *replicate, const struct rte_mbuf *packet)
{
	for (uint16_t i = 0; i < replicate->port_count; i++) {
		if (packet->data_len >= replicate->share_above[i])
			return true;
	}
	return false;
}

/* Two cores that count references in one payload delay each other by more than it takes to copy it:
 * 500 copies of 1442 bytes took 53,000 cycles beside 500 of another core, and 21,000 with a payload
 * of their own. Without a buffer the payload stays shared. */
static struct rte_mbuf *
obtain_own(const struct mcr_replicate *replicate, struct rte_mbuf *packet)
{
	struct rte_mbuf *own = NULL;

	if (may_be_shared(replicate, packet))
		own = rte_pktmbuf_copy(packet, packet->pool, 0, UINT32_MAX);
	if (own == NULL)
		return packet;
	mcr_tx_copy_ethernet(own, packet);
	rte_pktmbuf_free(packet);
	return own;
}

static void
replicate_job(struct mcr_lcore *lcore, const struct mcr_job *job, const struct mcr_fanout *fanout)
{
	struct mcr_job own = *job;

	own.packet = obtain_own(&lcore->tx.replicate, job->packet);
	if (is_sampled(lcore, job))
		begin_sample(lcore, &own);
	replicate_shard(lcore, &own, fanout, lcore->tx.shards++);
	mcr_tx_flush(lcore);
	rte_pktmbuf_free(own.packet);
}

static void
do_shard(struct mcr_lcore *lcore, const struct mcr_job *job, const struct mcr_receivers *receivers)
{
	struct mcr_fanout fanout = {0};

	RTE_ASSERT(job->from != lcore->role->tx_queue);
	if (receivers != NULL)
		fanout = mcr_fanout_without(receivers, job->sender_address);
	if (mcr_fanout_count(&fanout) != 0)
		replicate_job(lcore, job, &fanout);
	else
		rte_pktmbuf_free(job->packet);
	__atomic_store_n(&lcore->tx.shards_done[job->from], job->number, __ATOMIC_RELEASE);
}

void
mcr_tx_shard_job(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct mcr_group_ref ref;

	do_shard(lcore, job, mcr_tx_find_receivers(lcore, job, &ref));
}

void
mcr_tx_shard_job_filtered(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct mcr_group_ref ref;

	do_shard(lcore, job, mcr_tx_find_filtered(lcore, job, &ref));
}

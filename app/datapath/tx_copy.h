/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * From a job to its copies; for tx.c and tx_flood.c. Inline: calls on the way to the port took a
 * tenth of the time of a packet.
 */

#ifndef MCR_DATAPATH_TX_COPY_H
#define MCR_DATAPATH_TX_COPY_H

#include <string.h>

#include <rte_debug.h>

#include "datapath/fanout.h"
#include "datapath/flow.h"
#include "datapath/job.h"
#include "datapath/refuse.h"
#include "datapath/tx_gather.h"
#include "datapath/tx_send.h"
#include "datapath/tx_shard.h"
#include "datapath/tx_too_big.h"
#include "fib/fib.h"
#include "fib/policy.h"

/* What came from a segment has its Ethernet header in front of the packet. */
static inline void
mcr_tx_copy_ethernet(struct rte_mbuf *to, const struct rte_mbuf *from)
{
	memcpy(rte_pktmbuf_mtod(to, uint8_t *) - RTE_ETHER_HDR_LEN,
		rte_pktmbuf_mtod(from, const uint8_t *) - RTE_ETHER_HDR_LEN, RTE_ETHER_HDR_LEN);
}

static inline void
mcr_tx_send_oversize(
	struct mcr_lcore *lcore, const struct mcr_job *job, const struct mcr_original *original)
{
	struct mcr_copies *copies = &lcore->tx.copies;
	struct mcr_oversize oversize;
	uint16_t fitting = UINT16_MAX;

	for (uint16_t i = 0; i < copies->oversize_count; i++) {
		mcr_oversize_start(&oversize, &lcore->tx.replicate, original, copies->oversize[i]);
		while (mcr_oversize_next(&oversize, copies)) {
			if (copies->count == MCR_REPLICATE_BURST)
				mcr_tx_flush(lcore);
		}
		if (oversize.fitting != 0)
			fitting = RTE_MIN(fitting, oversize.fitting);
	}
	if (job->version == 6 && fitting != UINT16_MAX)
		mcr_tx_too_big(lcore, job, fitting);
}

static inline struct mcr_original
mcr_tx_describe(const struct mcr_job *job)
{
	return (struct mcr_original){
		.packet = job->packet,
		.vni = job->vni,
		.entropy = mcr_encap_entropy(job->flow),
		.tos = job->tos,
		.version = job->version,
	};
}

static inline void
mcr_tx_replicate(struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_receiver *receivers, uint32_t count)
{
	const struct mcr_original original = mcr_tx_describe(job);

	RTE_ASSERT(rte_mbuf_refcnt_read(job->packet) != 0);
	while (count > 0) {
		const uint16_t room = MCR_REPLICATE_BURST - lcore->tx.copies.count;
		const uint16_t n = RTE_MIN(count, room);

		mcr_replicate_burst(
			&lcore->tx.replicate, &original, receivers, n, &lcore->tx.copies);
		if (n == room)
			mcr_tx_flush(lcore);
		if (unlikely(lcore->tx.copies.oversize_count != 0))
			mcr_tx_send_oversize(lcore, job, &original);
		receivers += n;
		count -= n;
	}
}

/* For the only receiver the packet itself becomes the copy, if it can. */
static inline void
mcr_tx_replicate_to_one(
	struct mcr_lcore *lcore, const struct mcr_job *job, const struct mcr_receiver *receiver)
{
	const struct mcr_original original = mcr_tx_describe(job);
	struct mcr_copies *copies = &lcore->tx.copies;

	if (!mcr_replicate_in_place(&lcore->tx.replicate, &original, receiver, copies)) {
		mcr_tx_replicate(lcore, job, receiver, 1);
		rte_pktmbuf_free(job->packet);
	} else if (copies->count == MCR_REPLICATE_BURST) {
		mcr_tx_flush(lcore);
	}
}

/* Neither another group's counters nor those of one that is split, see tx_shard.h. */
static inline bool
mcr_tx_counts_group(const struct mcr_lcore *lcore, struct mcr_group_ref group)
{
	RTE_ASSERT(group.id < mcr_group_ids(lcore->fib->groups));
	return likely(lcore->groups[group.id].generation == group.generation);
}

/* @return How many packets the group had before. */
static inline uint64_t
mcr_tx_count_group(struct mcr_lcore *lcore, struct mcr_group_ref group,
	const struct rte_mbuf *packet, uint32_t copies)
{
	struct mcr_group_counters *counters = &lcore->groups[group.id];

	RTE_ASSERT((uint32_t)counters->generation == group.generation);
	mcr_stats_add(&counters->packets, 1);
	mcr_stats_add(&counters->bytes, packet->pkt_len);
	mcr_stats_add(&counters->copies, copies);
	return counters->packets - 1;
}

/* While the job waited, the entry was removed or another one was made: look the group up again. */
static inline const struct mcr_receivers *
mcr_tx_find_afresh(const struct mcr_group_table *groups, const struct rte_mbuf *packet,
	struct mcr_group_ref *ref)
{
	const uint8_t *ip = rte_pktmbuf_mtod(packet, const uint8_t *);
	const struct mcr_receivers *receivers = NULL;

	while (receivers == NULL && mcr_flow_find(groups, ip, ref))
		receivers = mcr_group_receivers(groups, *ref);
	return receivers;
}

/* The list rotates from packet to packet, so that nobody is always first. A long list of a group
 * is split; NULL: no group. */
static inline void
mcr_tx_replicate_rotated(struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_fanout *fanout, const struct mcr_group_ref *group, uint32_t rotation)
{
	const uint32_t count = mcr_fanout_count(fanout);
	struct mcr_fanout_piece pieces[MCR_FANOUT_PIECES];
	struct mcr_receiver gathered[MCR_REPLICATE_BURST];

	if (count == 0)
		return;
	mcr_fanout_from(fanout, rotation % count, pieces);
	if (count <= MCR_REPLICATE_BURST) {
		/* Gathering a short list costs less than one burst for each piece. */
		mcr_tx_replicate(lcore, job, gathered, mcr_fanout_gather(pieces, gathered));
		return;
	}
	if (group != NULL && unlikely(count > lcore->tx.shard_above)) {
		mcr_tx_shard_split(lcore, job, *fanout, *group, rotation);
		return;
	}
	for (unsigned int i = 0; i < MCR_FANOUT_PIECES; i++)
		mcr_tx_replicate(lcore, job, pieces[i].at, pieces[i].count);
}

static inline void
mcr_tx_replicate_to_fanout(struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_fanout *fanout, const struct mcr_group_ref *group, uint32_t rotation)
{
	const uint32_t first = fanout->sender_first == 0 ? fanout->sender_count : 0;

	if (mcr_fanout_count(fanout) == 1) {
		mcr_tx_replicate_to_one(lcore, job, &fanout->receivers->at[first]);
		return;
	}
	mcr_tx_replicate_rotated(lcore, job, fanout, group, rotation);
	rte_pktmbuf_free(job->packet);
}

static inline const struct mcr_receivers *
mcr_tx_find_receivers(
	const struct mcr_lcore *lcore, const struct mcr_job *job, struct mcr_group_ref *ref)
{
	const struct mcr_group_table *groups = lcore->fib->groups;
	const struct mcr_receivers *receivers;

	*ref = job->group;
	receivers = mcr_group_receivers(groups, *ref);
	return likely(receivers != NULL) ? receivers : mcr_tx_find_afresh(groups, job->packet, ref);
}

/* In a hub of a domain. */
static inline const struct mcr_receivers *
mcr_tx_find_filtered(
	const struct mcr_lcore *lcore, const struct mcr_job *job, struct mcr_group_ref *ref)
{
	const struct mcr_tx_filter *filter = &lcore->tx.links->filter;

	return mcr_tx_filter_list(lcore->fib->placement, filter,
		mcr_tx_find_receivers(lcore, job, ref), filter->group);
}

/* @param receivers NULL: the group has no entry. */
static __rte_always_inline void
mcr_tx_replicate_group(struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_receivers *receivers, const struct mcr_group_ref *ref)
{
	struct mcr_fanout fanout = {0};

	if (receivers != NULL)
		fanout = mcr_fanout_without(receivers, job->sender_address);
	if (mcr_fanout_count(&fanout) == 0) {
		mcr_refuse_job(lcore, job, mcr_policy_no_receiver(false));
		return;
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_DATA_PACKETS, 1);
	if (!mcr_tx_counts_group(lcore, *ref) &&
		mcr_tx_shard_renew(lcore, *ref, mcr_fanout_count(&fanout))) {
		mcr_tx_shard_replicate(lcore, job, fanout, *ref);
		return;
	}
	mcr_tx_replicate_to_fanout(lcore, job, &fanout, ref,
		mcr_tx_count_group(lcore, *ref, job->packet, mcr_fanout_count(&fanout)));
}

#endif

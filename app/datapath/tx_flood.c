/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/refuse.h"
#include "datapath/tx_copy.h"
#include "datapath/tx_flood.h"
#include "fib/policy.h"

struct split {
	struct mcr_fanout flooded;             /* all of the segment, if the packet floods it */
	const struct mcr_receivers *receivers; /* of its group, inside and outside; NULL: none */
	struct mcr_group_ref group;
	uint32_t inside;
	uint32_t outside;
};

/* Hubs in no domain, which is known before, pay nothing for the filter. */
static __rte_always_inline struct mcr_fanout
find_segment(const struct mcr_lcore *lcore, const struct mcr_job *job, bool filters)
{
	const struct mcr_receivers *flood_list =
		mcr_segment_receivers(lcore->fib->segments, job->vni);
	struct mcr_fanout fanout = {0};

	if (filters)
		flood_list = mcr_tx_filter_list(lcore->fib->placement, &lcore->tx.links->filter,
			flood_list, lcore->tx.links->filter.segment);
	if (flood_list != NULL)
		fanout = mcr_fanout_without(flood_list, job->sender_address);
	return fanout;
}

static __rte_always_inline void
flood_segment(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_stat stat, bool filters)
{
	const struct mcr_fanout flood_list = find_segment(lcore, job, filters);

	RTE_ASSERT(job->vni != MCR_VNI_NONE);
	if (mcr_fanout_count(&flood_list) == 0) {
		mcr_refuse_job(lcore, job, mcr_policy_no_receiver(false));
		return;
	}
	mcr_stats_count(&lcore->stats, stat, 1);
	mcr_tx_replicate_to_fanout(lcore, job, &flood_list, NULL, lcore->stats.counts[stat]);
}

void
mcr_tx_segment_flood(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_stat stat)
{
	flood_segment(lcore, job, stat, false);
}

void
mcr_tx_segment_flood_filtered(
	struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_stat stat)
{
	flood_segment(lcore, job, stat, true);
}

static bool
is_of_part(const struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_receiver *receiver, bool outside)
{
	return mcr_policy_gets_copy(
		lcore->fib->members, receiver, job->sender_address, job->vni, outside);
}

static uint32_t
count_part(const struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_receivers *receivers, bool outside)
{
	uint32_t count = 0;

	for (uint32_t i = 0; receivers != NULL && i < receivers->count; i++)
		count += is_of_part(lcore, job, &receivers->at[i], outside);
	return count;
}

static void
replicate_piece(struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_receiver *receivers, uint32_t count, bool outside)
{
	uint32_t first = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (is_of_part(lcore, job, &receivers[i], outside))
			continue;
		mcr_tx_replicate(lcore, job, receivers + first, i - first);
		first = i + 1;
	}
	mcr_tx_replicate(lcore, job, receivers + first, count - first);
}

static void
replicate_part(struct mcr_lcore *lcore, const struct mcr_job *job, const struct split *split,
	uint32_t rotation, bool outside)
{
	const struct mcr_receivers *receivers = split->receivers;
	const uint32_t first = rotation % receivers->count;

	replicate_piece(lcore, job, receivers->at + first, receivers->count - first, outside);
	replicate_piece(lcore, job, receivers->at, first, outside);
}

static void
drop_part(struct mcr_lcore *lcore, const struct mcr_job *job, const struct split *split)
{
	const struct mcr_receivers *receivers = split->receivers;

	mcr_stats_count(&lcore->stats, MCR_STAT_COPIES, split->outside);
	mcr_stats_drop(&lcore->stats, MCR_DROP_COPY_NO_MBUF, split->outside);
	for (uint32_t i = 0; i < receivers->count; i++) {
		if (is_of_part(lcore, job, &receivers->at[i], true))
			mcr_stats_add(&lcore->member_drops[receivers->at[i].member], 1);
	}
}

/* Copies inside the segment and for other hubs may share the packet, so a copy of it gets the lower
 * TTL. */
static void
replicate_outside(struct mcr_lcore *lcore, const struct mcr_job *job, const struct split *split,
	uint32_t rotation)
{
	struct mcr_job routed = *job;

	RTE_ASSERT(split->outside != 0);
	if (split->inside != 0 || rte_mbuf_refcnt_read(job->packet) != 1)
		routed.packet = rte_pktmbuf_copy(job->packet, job->packet->pool, 0, UINT32_MAX);
	if (routed.packet == NULL) {
		drop_part(lcore, job, split);
		return;
	}
	/* Of IPv6, its sender may have to be told that it is too big. */
	if (job->version == 6 && routed.packet != job->packet)
		mcr_tx_copy_ethernet(routed.packet, job->packet);
	mcr_ip_decrement_ttl(rte_pktmbuf_mtod(routed.packet, uint8_t *));
	replicate_part(lcore, &routed, split, rotation, true);
	if (routed.packet != job->packet)
		rte_pktmbuf_free(routed.packet);
}

static __rte_always_inline struct split
split_receivers(const struct mcr_lcore *lcore, const struct mcr_job *job, bool filters)
{
	struct split split = {0};

	if (job->group.id != MCR_GROUP_NONE)
		split.receivers = filters ? mcr_tx_find_filtered(lcore, job, &split.group)
		                          : mcr_tx_find_receivers(lcore, job, &split.group);
	if (job->kind == MCR_JOB_GROUP_AND_FLOOD) {
		split.flooded = find_segment(lcore, job, filters);
		split.inside = mcr_fanout_count(&split.flooded);
	} else {
		split.inside = count_part(lcore, job, split.receivers, false);
	}
	split.outside = count_part(lcore, job, split.receivers, true);
	return split;
}

bool
mcr_tx_segment_has_receiver(const struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct split split;
	bool expires;

	if (job->kind == MCR_JOB_FLOOD || job->kind == MCR_JOB_FLOOD_UNICAST) {
		split.flooded = find_segment(lcore, job, true);
		return mcr_fanout_count(&split.flooded) != 0;
	}
	split = split_receivers(lcore, job, true);
	expires = mcr_policy_takes_hop(lcore->fib) && mcr_policy_expires(mcr_job_ttl(job));
	return split.inside + (expires ? 0 : split.outside) != 0;
}

static __rte_always_inline void
send_packet(struct mcr_lcore *lcore, const struct mcr_job *job, bool filters)
{
	const bool takes_hop = mcr_policy_takes_hop(lcore->fib);
	const bool expires = takes_hop && mcr_policy_expires(mcr_job_ttl(job));
	struct split split = split_receivers(lcore, job, filters);
	uint32_t rotation = lcore->stats.counts[MCR_STAT_DATA_PACKETS];

	RTE_ASSERT(job->vni != MCR_VNI_NONE && job->version != 0);
	if (expires)
		split.outside = 0;
	if (split.inside + split.outside == 0) {
		mcr_refuse_job(lcore, job, mcr_policy_no_receiver(expires));
		return;
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_DATA_PACKETS, 1);
	if (split.receivers != NULL) {
		const uint32_t copies = split.inside + split.outside;

		if (!mcr_tx_counts_group(lcore, split.group))
			mcr_tx_shard_renew(lcore, split.group, copies);
		rotation = mcr_tx_count_group(lcore, split.group, job->packet, copies);
	}
	if (job->kind == MCR_JOB_GROUP_AND_FLOOD)
		mcr_tx_replicate_rotated(lcore, job, &split.flooded, NULL, rotation);
	else if (split.inside != 0)
		replicate_part(lcore, job, &split, rotation, false);
	if (split.outside != 0 && takes_hop)
		replicate_outside(lcore, job, &split, rotation);
	else if (split.outside != 0)
		replicate_part(lcore, job, &split, rotation, true);
	rte_pktmbuf_free(job->packet);
}

void
mcr_tx_segment_packet(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	send_packet(lcore, job, false);
}

void
mcr_tx_segment_packet_filtered(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	send_packet(lcore, job, true);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/refuse.h"
#include "datapath/tx_copy.h"
#include "datapath/tx_flood.h"
#include "datapath/tx_gather.h"
#include "datapath/tx_link.h"
#include "fib/peers.h"
#include "fib/policy.h"

/* Below, in 0.0.0.0/8, are the numbers that this hub gives to instances behind a NAT. */
#define FIRST_ADDRESS (UINT32_C(1) << 24)

static bool
may_go_to_peers(const struct mcr_job *job)
{
	switch ((enum mcr_job_kind)job->kind) {
	case MCR_JOB_GROUP:
	case MCR_JOB_GROUP_BY_HOP:
	case MCR_JOB_GROUP_AND_FLOOD:
		return job->group.id != MCR_GROUP_NONE && job->is_ipv4;
	case MCR_JOB_GROUP_FROM_PEER:
	case MCR_JOB_FLOOD:
	case MCR_JOB_FLOOD_UNICAST:
	case MCR_JOB_MEMBER:
	case MCR_JOB_SHARD:
		return false;
	}
	return false;
}

static uint8_t
flags_of(const struct mcr_lcore *lcore, const struct rte_mbuf *packet)
{
	const uint32_t destination =
		mcr_read_be32(rte_pktmbuf_mtod_offset(packet, const uint8_t *, 16));

	return (mcr_ipv4_is_multicast(destination) ? 0 : MCR_LINK_BROADCAST) |
	       (mcr_policy_takes_hop(lcore->fib) ? MCR_LINK_TOOK_HOP : 0);
}

static void
send_oversize(struct mcr_lcore *lcore, const struct mcr_original *original, uint32_t member,
	const uint8_t *prefix)
{
	struct mcr_oversize oversize;

	mcr_oversize_start_link(&oversize, &lcore->tx.replicate, original, member, prefix);
	while (mcr_oversize_next(&oversize, &lcore->tx.copies)) {
		if (lcore->tx.copies.count == MCR_REPLICATE_BURST)
			mcr_tx_flush(lcore);
	}
}

static void
send_copy(struct mcr_lcore *lcore, const struct mcr_original *original,
	const struct mcr_receiver *receiver, const struct mcr_link_record *record, uint16_t peer)
{
	struct mcr_copies *copies = &lcore->tx.copies;
	uint32_t *sequence = &lcore->tx.links->sequences[peer];
	uint8_t prefix[MCR_LINK_PREFIX_LEN];

	RTE_ASSERT(copies->count < MCR_REPLICATE_BURST);
	/* Behind what was gathered before, even if a reload has ended that. */
	if ((__atomic_load_n(&lcore->fib->peers->coalesce_us, __ATOMIC_RELAXED) != 0 ||
		    lcore->tx.links->gathers[peer].frame != NULL) &&
		mcr_tx_gather_add(lcore, peer, receiver, original, record))
		return;
	mcr_link_write_prefix(prefix, *sequence, record);
	*sequence += mcr_replicate_link(&lcore->tx.replicate, original, receiver, prefix, copies);
	if (copies->count == MCR_REPLICATE_BURST)
		mcr_tx_flush(lcore);
	if (unlikely(copies->oversize_count != 0))
		send_oversize(lcore, original, receiver->member, prefix);
}

/* @return The peer's index, or MCR_PEERS_MAX: it is down, or about to leave. */
static uint16_t
index_if_up(const struct mcr_fib *fib, uint32_t id)
{
	const struct mcr_member *member = mcr_member_get(fib->members, id);
	const struct mcr_peer *peer = member != NULL ? mcr_peers_of(fib, member) : NULL;

	return peer != NULL && mcr_peer_state(peer) == MCR_LINK_UP ? peer->index : MCR_PEERS_MAX;
}

/* @return How many peers get a copy. */
static uint32_t
send_copies(struct mcr_lcore *lcore, const struct mcr_job *job, const struct mcr_receivers *peers)
{
	struct mcr_original original = mcr_tx_describe(job);
	const struct mcr_link_record record = {
		.kind = MCR_LINK_IPV4,
		.flags = flags_of(lcore, job->packet),
		.lane = mcr_peer_lane(lcore->role->tx_queue),
		.length = job->packet->data_len,
		.member = job->sender_address >= FIRST_ADDRESS ? job->sender_address : 0,
	};
	uint32_t count = 0;

	/* The packet alone leaves its segment. */
	original.vni = MCR_VNI_NONE;
	for (uint32_t i = 0; i < peers->count; i++) {
		const uint16_t peer = index_if_up(lcore->fib, peers->at[i].member);

		if (peer == MCR_PEERS_MAX)
			continue;
		send_copy(lcore, &original, &peers->at[i], &record, peer);
		count++;
	}
	return count;
}

static void
drop_copies(struct mcr_lcore *lcore, const struct mcr_receivers *peers)
{
	for (uint32_t i = 0; i < peers->count; i++) {
		const uint32_t member = peers->at[i].member;

		if (index_if_up(lcore->fib, member) == MCR_PEERS_MAX)
			continue;
		mcr_stats_count(&lcore->stats, MCR_STAT_COPIES, 1);
		mcr_stats_drop(&lcore->stats, MCR_DROP_COPY_NO_MBUF, 1);
		mcr_stats_add(&lcore->member_drops[member], 1);
	}
}

/* RX has decremented the TTL, except inside a segment: see tx_flood.c. */
static uint32_t
send_copies_by_hop(
	struct mcr_lcore *lcore, const struct mcr_job *job, const struct mcr_receivers *peers)
{
	struct mcr_job routed = *job;
	uint32_t count;

	if (job->vni == MCR_VNI_NONE || !mcr_policy_takes_hop(lcore->fib))
		return send_copies(lcore, job, peers);
	if (mcr_policy_expires(mcr_job_ttl(job)))
		return 0;
	routed.packet = rte_pktmbuf_copy(job->packet, job->packet->pool, 0, UINT32_MAX);
	if (routed.packet == NULL) {
		drop_copies(lcore, peers);
		return 0;
	}
	mcr_ipv4_decrement_ttl(rte_pktmbuf_mtod(routed.packet, uint8_t *));
	count = send_copies(lcore, &routed, peers);
	rte_pktmbuf_free(routed.packet);
	return count;
}

static bool
has_local_receiver(const struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_receivers *receivers)
{
	struct mcr_fanout fanout;

	if (job->kind != MCR_JOB_GROUP)
		return mcr_tx_segment_has_receiver(lcore, job);
	fanout = mcr_fanout_without(receivers, job->sender_address);
	return mcr_fanout_count(&fanout) != 0;
}

/* @param packet NULL: it is counted with the copies for the hub's own members. */
static void
count_copies(struct mcr_lcore *lcore, struct mcr_group_ref ref, const struct rte_mbuf *packet,
	uint32_t count)
{
	struct mcr_group_counters *counters = &lcore->groups[ref.id];

	if ((uint32_t)counters->generation != ref.generation)
		mcr_group_counters_reset(counters, ref.generation);
	if (packet != NULL)
		mcr_tx_count_group(lcore, ref, packet, count);
	else
		mcr_stats_add(&counters->copies, count);
}

bool
mcr_tx_link_job(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const struct mcr_receivers *receivers, *peers;
	struct mcr_group_ref ref;
	uint32_t count;
	bool is_local;

	if (!may_go_to_peers(job))
		return false;
	peers = mcr_group_peers(lcore->fib->groups, job->group);
	receivers = mcr_tx_find_receivers(lcore, job, &ref);
	if (ref.id != job->group.id || ref.generation != job->group.generation)
		peers = receivers != NULL ? mcr_group_peers(lcore->fib->groups, ref) : NULL;
	if (peers == NULL || receivers == NULL)
		return false;
	is_local = has_local_receiver(lcore, job, receivers);
	count = send_copies_by_hop(lcore, job, peers);
	if (count == 0)
		return false;
	count_copies(lcore, ref, is_local ? NULL : job->packet, count);
	if (is_local)
		return false;
	mcr_stats_count(&lcore->stats, MCR_STAT_DATA_PACKETS, 1);
	rte_pktmbuf_free(job->packet);
	return true;
}

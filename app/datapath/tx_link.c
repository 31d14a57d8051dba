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

/* Peers by their index. */
struct peer_set {
	uint64_t words[(MCR_PEERS_MAX + 63) / 64];
};

/* A peer that has the packet's segment gets the frame and does with it as for a member of its own;
 * any other peer gets the packet alone, as it leaves the segment. */
struct addressees {
	const struct mcr_receivers *group;   /* the peers that want its group; NULL: none */
	const struct mcr_receivers *segment; /* the peers that have its segment; NULL: none */
	const struct mcr_receivers *local;   /* the members that do; NULL: no group */
	struct mcr_group_ref ref;            /* of the group, or MCR_GROUP_NONE */
	struct peer_set in_segment;
	bool floods;
	bool heirs_have_it;
};

static void
add_to_set(struct peer_set *set, uint16_t index)
{
	set->words[index / 64] |= RTE_BIT64(index % 64);
}

static bool
is_in_set(const struct peer_set *set, uint16_t index)
{
	return (set->words[index / 64] & RTE_BIT64(index % 64)) != 0;
}

static bool
is_to_group(const struct mcr_job *job)
{
	switch (mcr_job_kind(job)) {
	case MCR_JOB_GROUP:
	case MCR_JOB_GROUP_BY_HOP:
	case MCR_JOB_GROUP_AND_FLOOD:
		return job->version != 0;
	case MCR_JOB_FLOOD:
	case MCR_JOB_FLOOD_UNICAST:
	case MCR_JOB_MEMBER:
	case MCR_JOB_SHARD:
		break;
	}
	return false;
}

static bool
is_flooded(const struct mcr_job *job)
{
	const enum mcr_job_kind kind = mcr_job_kind(job);

	return kind == MCR_JOB_GROUP_AND_FLOOD || kind == MCR_JOB_FLOOD ||
	       kind == MCR_JOB_FLOOD_UNICAST;
}

static bool
is_broadcast(const struct mcr_job *job)
{
	return is_to_group(job) && job->version == 4 &&
	       !mcr_ipv4_is_multicast(
		       mcr_flow_of(rte_pktmbuf_mtod(job->packet, const uint8_t *)).group);
}

static bool
is_from_segment(const struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, job->sender);

	return member != NULL && mcr_encap_has_segment(member->identity.encap);
}

/* Inside a segment nobody takes a hop. */
static uint8_t
flags_of(const struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_link_kind kind)
{
	uint8_t flags = is_broadcast(job) ? MCR_LINK_BROADCAST : 0;

	if (mcr_job_tag(job) != 0)
		flags |= MCR_LINK_TAG;
	if (kind == MCR_LINK_FRAME)
		return flags;
	if (mcr_policy_takes_hop(lcore->fib))
		flags |= MCR_LINK_TOOK_HOP;
	if (is_from_segment(lcore, job))
		flags |= MCR_LINK_FROM_SEGMENT;
	return flags;
}

static struct mcr_original
describe(const struct mcr_job *job, enum mcr_link_kind kind)
{
	struct mcr_original original = mcr_tx_describe(job);

	if (kind == MCR_LINK_PACKET)
		original.vni = MCR_VNI_NONE;
	return original;
}

/* Other hubs do not know the instances behind a NAT. */
static uint32_t
address_of(uint32_t instance)
{
	return instance >= MCR_MEMBER_NAT_INSTANCES ? 0 : instance;
}

static struct mcr_link_record
describe_record(const struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_link_kind kind,
	const struct mcr_original *original)
{
	RTE_ASSERT(kind == MCR_LINK_FRAME ? job->vni != MCR_VNI_NONE : job->version != 0);
	return (struct mcr_link_record){
		.kind = kind,
		.flags = flags_of(lcore, job, kind),
		.lane = mcr_peer_lane(lcore->role->tx_queue),
		.length = mcr_link_payload_len(original),
		.member = address_of(job->sender_address),
		.vni = kind == MCR_LINK_FRAME ? job->vni : 0,
	};
}

static void
send_oversize(struct mcr_lcore *lcore, struct mcr_link_original *link, uint32_t member)
{
	struct mcr_oversize oversize;

	mcr_oversize_start_link(&oversize, &lcore->tx.replicate, link, member);
	while (mcr_oversize_next(&oversize, &lcore->tx.copies)) {
		if (lcore->tx.copies.count == MCR_REPLICATE_BURST)
			mcr_tx_flush(lcore);
	}
}

static void
send_copy(struct mcr_lcore *lcore, struct mcr_link_original *link,
	const struct mcr_receiver *receiver, uint16_t peer)
{
	struct mcr_copies *copies = &lcore->tx.copies;
	uint32_t *sequence = &lcore->tx.links->sequences[peer];

	RTE_ASSERT(copies->count < MCR_REPLICATE_BURST);
	/* Behind what was gathered before, even if a reload has ended that. */
	if ((__atomic_load_n(&lcore->fib->peers->coalesce_us, __ATOMIC_RELAXED) != 0 ||
		    lcore->tx.links->gathers[peer].frame != NULL) &&
		mcr_tx_gather_add(lcore, peer, receiver, link))
		return;
	*sequence += mcr_replicate_link(&lcore->tx.replicate, link, receiver, *sequence, copies);
	if (copies->count == MCR_REPLICATE_BURST)
		mcr_tx_flush(lcore);
	if (unlikely(copies->oversize_count != 0))
		send_oversize(lcore, link, receiver->member);
}

/* All that get a copy in any case, if they can. */
static struct peer_set
find_named(const struct mcr_lcore *lcore, const struct addressees *to)
{
	struct peer_set named = {0};

	if (to->floods)
		named = to->in_segment;
	for (uint32_t i = 0; to->group != NULL && i < to->group->count; i++) {
		const struct mcr_member *member =
			mcr_member_get(lcore->fib->members, to->group->at[i].member);

		if (member != NULL && member->origin == MCR_MEMBER_PEER)
			add_to_set(&named, member->peer);
	}
	return named;
}

/* Who takes over the members of a peer that died does so at once, but tells later what it wants. So
 * all that may do so get what the peer wants. */
static uint32_t
send_to_heirs(struct mcr_lcore *lcore, const struct addressees *to, struct mcr_link_original *link)
{
	const struct mcr_peers *peers = lcore->fib->peers;
	const struct peer_set named = find_named(lcore, to);
	const uint16_t end = __atomic_load_n(&peers->end, __ATOMIC_ACQUIRE);
	uint32_t count = 0;

	for (uint16_t i = 0; i < end; i++) {
		const struct mcr_peer *peer = mcr_peers_get(peers, i);
		struct mcr_receiver receiver;

		if (peer == NULL || !mcr_peer_serves(peer) || !mcr_peer_carries(peer) ||
			is_in_set(&named, i))
			continue;
		receiver = (struct mcr_receiver){.member = peer->member};
		send_copy(lcore, link, &receiver, i);
		count++;
	}
	return count;
}

/* To the peers that have the segment, or to those that do not. @return How many copies. */
static uint32_t
send_copies(struct mcr_lcore *lcore, const struct mcr_job *job, enum mcr_link_kind kind,
	const struct mcr_receivers *peers, struct addressees *to)
{
	const struct mcr_original original = describe(job, kind);
	const struct mcr_link_record record = describe_record(lcore, job, kind, &original);
	struct mcr_link_original link;
	bool has_died = false;
	uint32_t count = 0;

	mcr_link_describe(&link, &original, &record);
	for (uint32_t i = 0; i < peers->count; i++) {
		const struct mcr_peer *peer = mcr_peers_find(lcore->fib, peers->at[i].member);

		if (peer == NULL ||
			is_in_set(&to->in_segment, peer->index) != (kind == MCR_LINK_FRAME))
			continue;
		/* Also of one that is back: its new start serves nobody yet. */
		has_died |= mcr_peer_awaits_heirs(peer);
		if (!mcr_peer_carries(peer))
			continue;
		send_copy(lcore, &link, &peers->at[i], peer->index);
		count++;
	}
	if (!has_died || to->heirs_have_it)
		return count;
	to->heirs_have_it = true;
	return count + send_to_heirs(lcore, to, &link);
}

static uint32_t
send_frames(struct mcr_lcore *lcore, const struct mcr_job *job, struct addressees *to)
{
	const struct mcr_receivers *peers = to->floods ? to->segment : to->group;

	if (to->segment == NULL || peers == NULL)
		return 0;
	return send_copies(lcore, job, MCR_LINK_FRAME, peers, to);
}

static void
drop_copies(struct mcr_lcore *lcore, const struct addressees *to)
{
	for (uint32_t i = 0; i < to->group->count; i++) {
		const uint32_t member = to->group->at[i].member;
		const struct mcr_peer *peer = mcr_peers_get_up(lcore->fib, member);

		if (peer == NULL || is_in_set(&to->in_segment, peer->index))
			continue;
		mcr_stats_count(&lcore->stats, MCR_STAT_COPIES, 1);
		mcr_stats_drop(&lcore->stats, MCR_DROP_COPY_NO_MBUF, 1);
		mcr_stats_add(&lcore->member_drops[member], 1);
	}
}

/* RX has decremented the TTL, except inside a segment: see tx_flood.c. */
static uint32_t
send_packets(struct mcr_lcore *lcore, const struct mcr_job *job, struct addressees *to)
{
	struct mcr_job routed = *job;
	uint32_t count;

	if (to->group == NULL)
		return 0;
	if (job->vni == MCR_VNI_NONE || !mcr_policy_takes_hop(lcore->fib))
		return send_copies(lcore, job, MCR_LINK_PACKET, to->group, to);
	if (mcr_policy_expires(mcr_job_ttl(job)))
		return 0;
	routed.packet = rte_pktmbuf_copy(job->packet, job->packet->pool, 0, UINT32_MAX);
	if (routed.packet == NULL) {
		drop_copies(lcore, to);
		return 0;
	}
	mcr_ip_decrement_ttl(rte_pktmbuf_mtod(routed.packet, uint8_t *));
	count = send_copies(lcore, &routed, MCR_LINK_PACKET, to->group, to);
	rte_pktmbuf_free(routed.packet);
	return count;
}

static void
find_group(const struct mcr_lcore *lcore, const struct mcr_job *job, struct addressees *to)
{
	const struct mcr_group_table *groups = lcore->fib->groups;
	const uint8_t *ip = rte_pktmbuf_mtod(job->packet, const uint8_t *);

	to->ref = job->group;
	do {
		to->group = mcr_group_peers(groups, to->ref);
		to->local = mcr_group_receivers(groups, to->ref);
	} while (unlikely(to->local == NULL) && mcr_flow_find(groups, ip, &to->ref));
	if (to->local == NULL)
		to->group = NULL;
}

static void
find_segment(const struct mcr_lcore *lcore, const struct mcr_job *job, struct addressees *to)
{
	to->segment = mcr_reach_find(lcore->fib->peers->segments, job->vni);
	for (uint32_t i = 0; to->segment != NULL && i < to->segment->count; i++) {
		const struct mcr_member *member =
			mcr_member_get(lcore->fib->members, to->segment->at[i].member);

		if (member != NULL && member->origin == MCR_MEMBER_PEER)
			add_to_set(&to->in_segment, member->peer);
	}
}

static struct addressees
find_addressees(const struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct addressees to = {.ref = {.id = MCR_GROUP_NONE}, .floods = is_flooded(job)};

	if (is_to_group(job) && job->group.id != MCR_GROUP_NONE)
		find_group(lcore, job, &to);
	if (job->vni != MCR_VNI_NONE)
		find_segment(lcore, job, &to);
	return to;
}

static bool
has_local_receiver(const struct mcr_lcore *lcore, const struct mcr_job *job,
	const struct mcr_receivers *receivers)
{
	const struct mcr_tx_filter *filter = &lcore->tx.links->filter;
	struct mcr_job local = *job;
	struct mcr_fanout fanout;

	local.kind = mcr_job_kind(job);
	if (local.kind != MCR_JOB_GROUP)
		return mcr_tx_segment_has_receiver(lcore, &local);
	receivers = mcr_tx_filter_list(lcore->fib->placement, filter, receivers, filter->group);
	if (receivers == NULL)
		return false;
	fanout = mcr_fanout_without(receivers, job->sender_address);
	return mcr_fanout_count(&fanout) != 0;
}

/* @param packet NULL: it is counted with the copies for the hub's own members. */
static void
count_copies(struct mcr_lcore *lcore, struct mcr_group_ref ref, const struct rte_mbuf *packet,
	uint32_t count)
{
	struct mcr_group_counters *counters;

	if (ref.id == MCR_GROUP_NONE)
		return;
	counters = &lcore->groups[ref.id];
	if ((uint32_t)counters->generation != ref.generation)
		mcr_group_counters_reset(counters, ref.generation);
	if (packet != NULL)
		mcr_tx_count_group(lcore, ref, packet, count);
	else
		mcr_stats_add(&counters->copies, count);
}

static void
consume(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const enum mcr_job_kind kind = mcr_job_kind(job);
	const bool is_unicast = kind == MCR_JOB_MEMBER || kind == MCR_JOB_FLOOD_UNICAST;

	mcr_stats_count(
		&lcore->stats, is_unicast ? MCR_STAT_UNICAST_PACKETS : MCR_STAT_DATA_PACKETS, 1);
	rte_pktmbuf_free(job->packet);
}

static bool
send_to_many(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct addressees to = find_addressees(lcore, job);
	uint32_t count;
	bool is_local;

	if (to.group == NULL && to.segment == NULL)
		return false;
	is_local = has_local_receiver(lcore, job, to.local);
	count = send_frames(lcore, job, &to);
	count += send_packets(lcore, job, &to);
	if (count == 0)
		return false;
	count_copies(lcore, to.ref, is_local ? NULL : job->packet, count);
	if (!is_local)
		consume(lcore, job);
	return !is_local;
}

static bool
is_to_peer(const struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const struct mcr_members *members = lcore->fib->members;
	const struct mcr_member *member;

	if (mcr_job_kind(job) != MCR_JOB_MEMBER)
		return false;
	member = mcr_member_get(members, job->receiver.id);
	return member != NULL && member->origin == MCR_MEMBER_PEER &&
	       mcr_member_is_current(members, job->receiver);
}

/* A station behind a peer that is down may be anywhere. */
static void
send_to_lost_station(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	struct mcr_job flood = *job;

	flood.kind = MCR_JOB_FLOOD_UNICAST | (job->kind & MCR_JOB_TAG);
	if (send_to_many(lcore, &flood))
		return;
	flood.kind = MCR_JOB_FLOOD_UNICAST;
	mcr_tx_segment_flood_filtered(lcore, &flood, MCR_STAT_UNICAST_PACKETS);
}

static void
send_to_peer(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const enum mcr_link_kind kind = job->vni != MCR_VNI_NONE ? MCR_LINK_FRAME : MCR_LINK_PACKET;
	const struct mcr_receiver receiver = {.member = job->receiver.id};
	const struct mcr_peer *peer = mcr_peers_get_up(lcore->fib, receiver.member);
	const struct mcr_original original = describe(job, kind);
	const struct mcr_link_record record = describe_record(lcore, job, kind, &original);
	struct mcr_link_original link;

	if (peer == NULL && job->vni != MCR_VNI_NONE) {
		send_to_lost_station(lcore, job);
	} else if (peer == NULL) {
		mcr_refuse_job(lcore, job, mcr_policy_no_receiver(false));
	} else {
		mcr_link_describe(&link, &original, &record);
		send_copy(lcore, &link, &receiver, peer->index);
		consume(lcore, job);
	}
}

bool
mcr_tx_link_job(struct mcr_lcore *lcore, const struct mcr_job *job)
{
	const bool to_peer = is_to_peer(lcore, job);

	if (mcr_job_kind(job) == MCR_JOB_SHARD)
		return false;
	if (mcr_job_is_from_peer(job)) {
		if (to_peer)
			mcr_refuse_job(lcore, job, mcr_policy_no_receiver(false));
		return to_peer;
	}
	if (to_peer) {
		send_to_peer(lcore, job);
		return true;
	}
	return mcr_job_kind(job) != MCR_JOB_MEMBER && send_to_many(lcore, job);
}

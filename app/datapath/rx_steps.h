/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Steps of received frames that rx.c and rx_bridge.c share.
 */

#ifndef MCR_DATAPATH_RX_STEPS_H
#define MCR_DATAPATH_RX_STEPS_H

#include <rte_debug.h>

#include <mcr_hash.h>

#include "datapath/flow.h"
#include "datapath/handoff.h"
#include "datapath/job.h"
#include "datapath/outer.h"
#include "datapath/punt.h"
#include "datapath/reassemble.h"
#include "datapath/refuse.h"
#include "datapath/unfinished.h"
#include "datapath/worker.h"
#include "fib/access.h"
#include "fib/fib.h"
#include "fib/peers.h"
#include "fib/placement.h"
#include "fib/policy.h"

/* Consecutive packets of a burst of one flow from one sender; what they share is found once. */
struct mcr_rx_run {
	const struct mcr_member *sender;
	uint32_t first; /* its first packet in lookups.packets; the next run's `first` ends it */
	uint32_t sender_id;
	uint32_t sender_address; /* mcr_member_instance() */
	uint32_t vni;
	uint8_t kind;
	uint32_t first_byte; /* likewise, in all bytes of these packets */
};

struct mcr_rx_lookups {
	uint32_t count;
	uint32_t packet_count;
	struct mcr_flow flows[MCR_RX_BURST];
	struct mcr_rx_run runs[MCR_RX_BURST + 1]; /* the extra one marks the end */
	struct rte_mbuf *packets[MCR_RX_BURST];
	uint32_t bytes; /* of packets. Apart from their count: GCC would add both at once, slowly */
};

static inline void
mcr_rx_begin_lookups(struct mcr_rx_lookups *lookups)
{
	lookups->count = 0;
	lookups->packet_count = 0;
	lookups->bytes = 0;
}

static inline struct mcr_member_identity
mcr_rx_sender_identity(const struct mcr_packet *packet, enum mcr_encap encap)
{
	return (struct mcr_member_identity){
		.address = packet->outer_source,
		.key = packet->key,
		.encap = encap,
		.udp_port = packet->udp_port,
		.has_key = packet->has_key,
	};
}

/* mcdpdk-groups(5), encap: an l2 sender is known by its address, else by a MAC that it alone has.
 * Every declared UDP port is open to all members of its encapsulation. Not inline: wide loads would
 * wait for classification's narrow stores. */
static __rte_noinline __rte_unused uint32_t
mcr_rx_find_sender(const struct mcr_members *members, const struct mcr_packet *packet)
{
	const struct mcr_member_identity identity = mcr_rx_sender_identity(packet, packet->encap);
	const uint32_t id = mcr_member_find(members, &identity);

	if (likely(id != MCR_MEMBER_NONE))
		return id;
	if (packet->encap == MCR_ENCAP_L2)
		return mcr_member_find_mac(members, &packet->source_mac);
	if (packet->encap == MCR_ENCAP_GRE_UDP || packet->encap == MCR_ENCAP_VXLAN)
		return mcr_member_find_any_port(members, &identity);
	return id;
}

/* Cut off the outer headers and carry CE over (RFC 6040). */
static inline void
mcr_rx_trim_to_inner(struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	RTE_ASSERT(frame->nb_segs == 1);
	RTE_ASSERT(packet->inner_offset + packet->inner_len <= frame->data_len);
	frame->data_off += packet->inner_offset;
	frame->data_len = packet->inner_len;
	frame->pkt_len = packet->inner_len;
	if (unlikely(packet->mark_ce))
		mcr_ip_mark_ce(rte_pktmbuf_mtod(frame, uint8_t *));
}

static inline bool
mcr_rx_is_framed(const struct mcr_packet *packet)
{
	return packet->frame_len != 0;
}

/* mcdpdk-groups(5), encap: what floods its segment also goes to the receivers of its group. */
static inline enum mcr_job_kind
mcr_rx_kind_of(const struct mcr_packet *packet, uint32_t group)
{
	return mcr_policy_floods(mcr_rx_is_framed(packet), group) ? MCR_JOB_GROUP_AND_FLOOD
	                                                          : MCR_JOB_GROUP;
}

static inline bool
mcr_rx_is_directed_broadcast(const struct mcr_overlay *overlay, uint32_t address)
{
	return overlay->hub != 0 && overlay->length < 31 &&
	       address == (overlay->hub | UINT32_MAX >> overlay->length);
}

static inline void
mcr_rx_punt(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint8_t kind, uint32_t sender)
{
	struct mcr_punt out = {
		.frame = frame,
		.sender = {.id = MCR_MEMBER_NONE},
		.offset = packet->inner_offset,
		.length = packet->inner_len,
		.punt = kind,
	};

	RTE_ASSERT(packet->inner_offset + packet->inner_len <= frame->data_len);
	if (sender != MCR_MEMBER_NONE)
		out.sender = mcr_member_refer(lcore->fib->members, sender);
	(void)mcr_punt_queue(lcore, packet, &out);
}

/* A long echo request may be fragmented inside the tunnel. */
static inline void
mcr_rx_pass_echo(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint32_t sender)
{
	struct mcr_packet whole = *packet;

	frame = mcr_reassemble_inner(lcore, frame, &whole);
	if (frame != NULL)
		mcr_rx_punt(lcore, frame, &whole, MCR_PUNT_ICMP_ECHO, sender);
}

/* Handle a message to the hub as its members' router. @return False: it is none; not consumed. */
static inline bool
mcr_rx_take_for_router(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender)
{
	struct mcr_packet message = *packet;

	mcr_classify_for_hub(rte_pktmbuf_mtod(frame, const uint8_t *), &message);
	if (message.verdict == MCR_VERDICT_DROP)
		mcr_refuse_packet(lcore, frame, &message, message.drop);
	else if (message.verdict == MCR_VERDICT_PUNT)
		mcr_rx_punt(lcore, frame, &message, message.punt, sender);
	else
		return false;
	return true;
}

/* Numbers come and go while frames of a sender wait, so its bytes tell it from others over IPv6.
 * Two with one hash only wait for each other. */
static inline uint32_t
mcr_rx_pending_key(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const uint8_t *source = mcr_outer_ipv6_source(frame);
	uint64_t words[2];

	if (source == NULL)
		return packet->outer_source;
	/* In a received frame it is not aligned. */
	memcpy(words, source, sizeof(words));
	return mcr_hash(words[0], words[1]);
}

static inline void
mcr_rx_punt_for_admission(
	struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	struct mcr_punt out = {
		.frame = frame,
		.sender = {.id = MCR_MEMBER_NONE},
		.punt = MCR_PUNT_UNKNOWN,
		.lcore = lcore->index,
		.source = mcr_rx_pending_key(frame, packet),
	};

	RTE_ASSERT(lcore->rx.resubmit_ring != NULL);
	if (!mcr_pending_begin(&lcore->rx.pending, out.source)) {
		mcr_stats_add(&lcore->punt_drops[MCR_PUNT_CLASS_ADMISSION], 1);
		mcr_refuse_silently(lcore, frame, MCR_DROP_RING_FULL);
	} else if (!mcr_punt_queue(lcore, packet, &out)) {
		mcr_pending_end(&lcore->rx.pending, out.source);
	}
}

/* mcdpdk-groups(5), encap: a member declared only as a `udp` receiver may not send. */
static inline void
mcr_rx_refuse_unknown(
	struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	if (packet->encap == MCR_ENCAP_L2 &&
		mcr_member_is_rewritten(lcore->fib->members, packet->outer_source))
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_SENDER_DENIED);
	else if (mcr_access_admits(lcore->fib, lcore->ports, packet, mcr_outer_ipv6_source(frame)))
		mcr_rx_punt_for_admission(lcore, frame, packet);
	else
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_SOURCE_DENIED);
}

static inline void
mcr_rx_count_sender(struct mcr_lcore *lcore, uint32_t sender, uint32_t packets, uint32_t bytes)
{
	RTE_ASSERT(sender < lcore->workers->max_members);
	mcr_stats_received(&lcore->members[sender], packets, bytes);
}

/* Other frames of a segment are looked at out of line. @param version The job's. */
static __rte_always_inline bool
mcr_rx_is_plain(const struct rte_mbuf *packet, uint8_t version)
{
	const uint8_t *ip = rte_pktmbuf_mtod(packet, const uint8_t *);

	if (version == 6)
		return mcr_transport_is_plain_ipv6(ip, packet->data_len);
	return version == 4 && mcr_transport_is_plain(ip, packet->data_len);
}

/* Every packet passes here before copies are made. The delay of a burst's first one is measured.
 * @param version The job's. */
static __rte_always_inline void
mcr_rx_hand_off_version(struct mcr_lcore *lcore, struct mcr_job *job, uint8_t version)
{
	RTE_ASSERT(job->packet->nb_segs == 1 && job->version == version);
	if (unlikely(!mcr_rx_is_plain(job->packet, version)))
		mcr_unfinished_finish(lcore, job);
	job->received = lcore->rx.burst_cycles;
	lcore->rx.burst_cycles = 0;
	mcr_handoff(lcore, job);
}

static inline void
mcr_rx_hand_off(struct mcr_lcore *lcore, struct mcr_job *job)
{
	mcr_rx_hand_off_version(lcore, job, job->version);
}

static inline void
mcr_rx_begin_run(struct mcr_rx_lookups *lookups, const struct mcr_packet *packet, uint32_t sender,
	const struct mcr_member *member, struct mcr_flow flow)
{
	const uint32_t i = lookups->count++;

	RTE_ASSERT(i < MCR_RX_BURST && sender != MCR_MEMBER_NONE);
	lookups->flows[i] = flow;
	lookups->runs[i] = (struct mcr_rx_run){
		.sender = member,
		.sender_id = sender,
		.sender_address = mcr_member_instance(member, sender),
		.first = lookups->packet_count,
		.first_byte = lookups->bytes,
		.vni = mcr_rx_is_framed(packet) ? packet->key : MCR_VNI_NONE,
		.kind = mcr_rx_kind_of(packet, flow.group),
	};
}

static inline void
mcr_rx_continue_run(
	struct mcr_rx_lookups *lookups, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	RTE_ASSERT(lookups->count != 0 && lookups->packet_count < MCR_RX_BURST);
	mcr_rx_trim_to_inner(frame, packet);
	lookups->bytes += packet->inner_len;
	lookups->packets[lookups->packet_count++] = frame;
}

/* Like mcr_member_has_identity(), but field by field: a wide load would wait for classification's
 * narrow stores. */
static inline bool
mcr_rx_is_from(const struct mcr_packet *packet, const struct mcr_member_identity *identity)
{
	return packet->outer_source == identity->address && packet->encap == identity->encap &&
	       packet->key == identity->key && packet->udp_port == identity->udp_port &&
	       packet->has_key == identity->has_key;
}

/* NULL: there is no last run, or it is of another sender. */
static inline const struct mcr_rx_run *
mcr_rx_last_run_of_sender(const struct mcr_rx_lookups *lookups, const struct mcr_packet *packet)
{
	const struct mcr_rx_run *last;

	if (unlikely(lookups->count == 0))
		return NULL;
	last = &lookups->runs[lookups->count - 1];
	return mcr_rx_is_from(packet, &last->sender->identity) ? last : NULL;
}

static inline struct mcr_flow
mcr_rx_flow_of(const struct mcr_packet *packet, bool broadcast)
{
	return (struct mcr_flow){
		.source = packet->source,
		.group = broadcast ? MCR_GROUP_BROADCAST : packet->destination,
	};
}

static inline void
mcr_rx_queue_lookup(struct rte_mbuf *frame, const struct mcr_packet *packet, uint32_t sender,
	const struct mcr_member *member, bool broadcast, struct mcr_rx_lookups *lookups)
{
	mcr_rx_begin_run(lookups, packet, sender, member, mcr_rx_flow_of(packet, broadcast));
	mcr_rx_continue_run(lookups, frame, packet);
}

/* Decrement the TTL. @return False: it expired. */
static inline bool
mcr_rx_take_hop(struct rte_mbuf *packet)
{
	uint8_t *ip = rte_pktmbuf_mtod(packet, uint8_t *);

	if (mcr_policy_expires(mcr_ip_ttl(ip)))
		return false;
	mcr_ip_decrement_ttl(ip);
	return true;
}

/* A unicast packet enters its receiver's segment, addressed to the member's own station. While that
 * is unknown, broadcast it: only the host with the destination address accepts it. */
static inline void
mcr_rx_enter_segment(const struct mcr_fib *fib, struct mcr_job *job, uint32_t destination)
{
	const struct mcr_member *member = mcr_member_get(fib->members, job->receiver.id);
	uint8_t *ip = rte_pktmbuf_mtod(job->packet, uint8_t *);
	struct rte_ether_addr own;

	RTE_ASSERT(job->version == 4);
	if (member == NULL || !mcr_encap_has_segment(member->identity.encap))
		return;
	job->vni = member->identity.key;
	mcr_vxlan_write_ethernet(ip, mcr_fib_segment_mac(fib), destination);
	if (mcr_segment_own_station(fib->segments, job->receiver.id, &own))
		memcpy(ip - RTE_ETHER_HDR_LEN, &own, sizeof(own));
}

/* The peer that serves this overlay address, of either family, in the sender's subnet, or
 * MCR_MEMBER_NONE. */
static __rte_noinline uint32_t
mcr_rx_find_remote_host(
	const struct mcr_fib *fib, const struct mcr_overlay *overlay, uint32_t address)
{
	if (fib->peers == NULL || !mcr_overlay_covers(overlay, address))
		return MCR_MEMBER_NONE;
	return mcr_peers_find_host(fib, address);
}

/* Send to the member with this overlay address in the sender's subnet, or to the hub that serves
 * it. */
static inline void
mcr_rx_forward_unicast(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, uint32_t sender_id, const struct mcr_member *sender)
{
	const struct mcr_members *members = lcore->fib->members;
	uint32_t receiver =
		mcr_placement_find_overlay(lcore->fib, &sender->hub_overlay, packet->destination);
	const struct mcr_flow flow = {packet->source, packet->destination};
	struct mcr_job job = {
		.packet = frame,
		.kind = MCR_JOB_MEMBER,
		.sender_address = mcr_member_instance(sender, sender_id),
		.flow = mcr_flow_hash(&flow),
		.sender = sender_id,
		.vni = MCR_VNI_NONE,
		.tos = packet->tos,
		.version = 4,
	};

	mcr_rx_count_sender(lcore, sender_id, 1, packet->inner_len);
	mcr_rx_trim_to_inner(frame, packet);
	if (unlikely(mcr_policy_takes_hop(lcore->fib)) && !mcr_rx_take_hop(frame)) {
		mcr_refuse_job(lcore, &job, mcr_policy_no_receiver(true));
		return;
	}
	if (unlikely(receiver == MCR_MEMBER_NONE)) {
		receiver = mcr_rx_find_remote_host(
			lcore->fib, &sender->hub_overlay, packet->destination);
		if (receiver == MCR_MEMBER_NONE) {
			mcr_refuse_job(lcore, &job, mcr_policy_no_receiver(false));
			return;
		}
	}
	job.receiver = mcr_member_refer(members, receiver);
	mcr_rx_enter_segment(lcore->fib, &job, packet->destination);
	mcr_rx_hand_off(lcore, &job);
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/link.h"
#include "datapath/rx.h"
#include "datapath/rx_bridge.h"
#include "datapath/rx_ipv6.h"
#include "datapath/rx_link.h"
#include "datapath/rx_overlay6.h"
#include "datapath/rx_source.h"
#include "datapath/rx_steps.h"
#include "fib/peers.h"
#include "infra/pool.h"

/* A hub that is not in a domain knows no such protocol. */
static enum mcr_drop
why_unknown(const struct mcr_fib *fib, const struct mcr_packet *packet)
{
	if (fib->peers == NULL)
		return MCR_DROP_NOT_FOR_US;
	return packet->key == fib->peers->id ? MCR_DROP_LOOP : MCR_DROP_SOURCE_DENIED;
}

/* Before the first hello the sender's epoch is unknown. */
static void
count_in_lane(struct mcr_peer *peer, const struct mcr_packet *packet, uint8_t lane)
{
	const uint64_t epoch = __atomic_load_n(&peer->epoch, __ATOMIC_RELAXED);

	if (epoch != 0 && lane < RTE_DIM(peer->lanes))
		(void)mcr_lane_receive(&peer->lanes[lane], epoch, packet->sequence);
}

/* What a peer says to another session, or before its epoch is known, is no word of this one.
 * @return False: the list is malformed. */
static bool
receive_list(const struct mcr_lcore *lcore, const uint8_t *body, uint32_t length,
	const struct mcr_link_hello *hello, struct mcr_peer *peer)
{
	struct mcr_peers *peers = lcore->fib->peers;
	const uint64_t epoch = __atomic_load_n(&peer->epoch, __ATOMIC_RELAXED);
	const uint32_t downs = __atomic_load_n(&peer->downs, __ATOMIC_RELAXED);
	const bool has_page = mcr_link_has_page(length);
	struct mcr_link_page page;
	int ret;

	if (has_page && !mcr_link_read_page(body, length, &page))
		return false;
	if (mcr_peer_epoch(hello) != epoch ||
		hello->your_discriminator != peer->session.self.discriminator)
		return true;
	ret = mcr_peer_list_read(&peer->list, epoch, downs,
		__atomic_load_n(&peers->ids, __ATOMIC_ACQUIRE), has_page ? &page : NULL);
	if (ret > 0)
		mcr_peers_change_views(peers);
	return ret >= 0;
}

static void
receive_hello(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_link_record *record, uint32_t sender, struct mcr_peer *peer)
{
	struct mcr_hello_event event = {.member = mcr_member_refer(lcore->fib->members, sender)};
	const uint8_t *body = rte_pktmbuf_mtod_offset(frame, const uint8_t *, record->offset);
	bool is_well_formed;

	if (!mcr_link_read_hello(body, record->length, &event.hello)) {
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_MALFORMED);
		return;
	}
	/* The first one after a restart is of an epoch that RX does not know yet. */
	if (mcr_peer_epoch(&event.hello) == __atomic_load_n(&peer->epoch, __ATOMIC_RELAXED))
		count_in_lane(peer, packet, record->lane);
	/* Before the session: if this hello takes the link up, its list is there by then. */
	is_well_formed = receive_list(lcore, body, record->length, &event.hello, peer);
	if (rte_ring_enqueue_elem(lcore->rings->hello, &event, sizeof(event)) != 0) {
		mcr_refuse_silently(lcore, frame, MCR_DROP_RING_FULL);
		return;
	}
	if (!is_well_formed) {
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_MALFORMED);
		return;
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_CONTROL_PACKETS, 1);
	rte_pktmbuf_free(frame);
}

/* The domain is one router: what the sender's hub has decremented is not decremented again.
 * @return False: the TTL expired. */
static bool
take_hop(const struct mcr_fib *fib, struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_link_record *record)
{
	if ((record->flags & MCR_LINK_TOOK_HOP) != 0 || !mcr_policy_takes_hop(fib))
		return true;
	if (mcr_policy_expires(packet->ttl))
		return false;
	mcr_ip_decrement_ttl(rte_pktmbuf_mtod_offset(frame, uint8_t *, packet->inner_offset));
	return true;
}

static uint32_t
vni_of(const struct mcr_packet *packet)
{
	return mcr_rx_is_framed(packet) ? packet->key : MCR_VNI_NONE;
}

static bool
is_of_last_run(const struct mcr_rx_lookups *lookups, const struct mcr_packet *packet,
	uint32_t sender, struct mcr_flow flow, const struct mcr_link_record *record)
{
	const struct mcr_rx_run *last;

	if (lookups->count == 0)
		return false;
	last = &lookups->runs[lookups->count - 1];
	return last->sender_id == sender &&
	       (last->kind & (MCR_JOB_FROM_PEER | MCR_JOB_TAG)) == mcr_rx_link_marks(record) &&
	       last->sender_address == record->member && last->vni == vni_of(packet) &&
	       lookups->flows[lookups->count - 1].source == flow.source &&
	       lookups->flows[lookups->count - 1].group == flow.group;
}

static void
queue_lookup(struct rte_mbuf *frame, const struct mcr_packet *packet, uint32_t sender,
	const struct mcr_member *member, const struct mcr_link_record *record,
	struct mcr_rx_lookups *lookups)
{
	const struct mcr_flow flow = mcr_rx_flow_of(packet, packet->broadcast);

	if (!is_of_last_run(lookups, packet, sender, flow, record)) {
		mcr_rx_begin_run(lookups, packet, sender, member, flow);
		lookups->runs[lookups->count - 1].kind |= mcr_rx_link_marks(record);
		lookups->runs[lookups->count - 1].sender_address = record->member;
	}
	mcr_rx_continue_run(lookups, frame, packet);
}

/* An IPv4 address on the wire may look like a number of IPv6.
 * @return The hub's own member that has this overlay address of the version, or MCR_MEMBER_NONE. */
static uint32_t
find_host_of_version(const struct mcr_fib *fib, uint32_t address, uint8_t version)
{
	const uint32_t id = mcr_peers_find_own_host(fib, address);
	const struct mcr_member *member = mcr_member_get(fib->members, id);

	if (member == NULL || address != (version == 6 ? member->overlay6 : member->overlay))
		return MCR_MEMBER_NONE;
	return id;
}

uint32_t
mcr_rx_link_find_host6(const struct mcr_fib *fib, const uint8_t *address)
{
	const uint32_t number = mcr_address_find(address);

	return number == MCR_ADDRESS_NONE ? MCR_MEMBER_NONE : find_host_of_version(fib, number, 6);
}

/* Segments of an overlay do not reach each other, whichever hub serves them. */
static bool
is_reached(const struct mcr_fib *fib, uint32_t id, const struct mcr_link_record *record)
{
	const struct mcr_member *member = mcr_member_get(fib->members, id);
	const bool from_segment =
		record->kind == MCR_LINK_FRAME || (record->flags & MCR_LINK_FROM_SEGMENT) != 0;

	return member != NULL && !(from_segment && mcr_encap_has_segment(member->identity.encap));
}

/* @param packet Of the version. */
static void
deliver(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_link_record *record, uint32_t sender, uint32_t receiver, uint32_t flow,
	uint8_t version)
{
	struct mcr_job job = {
		.packet = frame,
		.kind = MCR_JOB_MEMBER | MCR_JOB_FROM_PEER,
		.sender_address = record->member,
		.flow = flow,
		.sender = sender,
		.vni = MCR_VNI_NONE,
		.tos = packet->tos,
		.version = version,
	};
	bool expires;

	mcr_rx_count_sender(lcore, sender, 1, packet->inner_len);
	expires = !take_hop(lcore->fib, frame, packet, record);
	mcr_rx_trim_to_inner(frame, packet);
	if (expires || !is_reached(lcore->fib, receiver, record)) {
		mcr_refuse_job(lcore, &job, mcr_policy_no_receiver(expires));
		return;
	}
	job.receiver = mcr_member_refer(lcore->fib->members, receiver);
	if (version == 6)
		mcr_rx_overlay6_enter_segment(lcore, &job);
	else
		mcr_rx_enter_segment(lcore->fib, &job, packet->destination);
	mcr_rx_hand_off(lcore, &job);
}

void
mcr_rx_link_unicast(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, const struct mcr_link_record *record, uint32_t sender)
{
	const struct mcr_flow flow = {packet->source, packet->destination};

	deliver(lcore, frame, packet, record, sender,
		find_host_of_version(lcore->fib, packet->destination, 4), mcr_flow_hash(&flow), 4);
}

void
mcr_rx_link_unicast6(struct mcr_lcore *lcore, struct rte_mbuf *frame,
	const struct mcr_packet *packet, const struct mcr_link_record *record, uint32_t sender)
{
	const uint8_t *const ip =
		rte_pktmbuf_mtod_offset(frame, const uint8_t *, packet->inner_offset);

	if (mcr_ipv6_is_multicast(ip + MCR_IPV6_DESTINATION))
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_NO_RECEIVER);
	else
		deliver(lcore, frame, packet, record, sender,
			mcr_rx_link_find_host6(lcore->fib, ip + MCR_IPV6_DESTINATION),
			mcr_flow_hash_ipv6(ip), 6);
}

/* From here on the packet's key is the VNI, as that of a member's frame. */
static void
receive_frame(struct mcr_lcore *lcore, struct rte_mbuf *frame, struct mcr_packet *packet,
	const struct mcr_link_record *record, uint32_t sender, struct mcr_rx_lookups *lookups)
{
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, sender);

	packet->key = record->vni;
	if (!mcr_rx_segment_note(lcore, frame, packet, sender))
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_LOOP);
	else if (packet->verdict == MCR_VERDICT_DATA)
		queue_lookup(frame, packet, sender, member, record, lookups);
	else if (packet->verdict == MCR_VERDICT_DATA_IPV6)
		mcr_rx_ipv6_queue(lcore, frame, packet, sender, member, record);
	else
		mcr_rx_segment_from_peer(lcore, frame, packet, record, sender);
}

static void
receive_ip(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_link_record *record, uint32_t sender, struct mcr_rx_lookups *lookups)
{
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, sender);

	if (packet->verdict == MCR_VERDICT_UNICAST)
		mcr_rx_link_unicast(lcore, frame, packet, record, sender);
	else if (packet->verdict == MCR_VERDICT_LOCAL_IPV6)
		mcr_rx_link_unicast6(lcore, frame, packet, record, sender);
	else if (!take_hop(lcore->fib, frame, packet, record))
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_TTL_EXPIRED);
	else if (packet->verdict == MCR_VERDICT_DATA_IPV6)
		mcr_rx_ipv6_queue(lcore, frame, packet, sender, member, record);
	else
		queue_lookup(frame, packet, sender, member, record, lookups);
}

static void
receive_packet(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf *frame,
	const struct mcr_packet *outer, const struct mcr_link_record *record, uint32_t sender,
	struct mcr_rx_lookups *lookups)
{
	struct mcr_packet packet = *outer;

	mcr_classify_link_packet(
		&port->classify, rte_pktmbuf_mtod(frame, const uint8_t *), record, &packet);
	if (packet.verdict == MCR_VERDICT_DROP)
		mcr_refuse_packet(lcore, frame, &packet, packet.drop);
	else if (record->kind == MCR_LINK_FRAME)
		receive_frame(lcore, frame, &packet, record, sender, lookups);
	else
		receive_ip(lcore, frame, &packet, record, sender, lookups);
}

/* What came before it in the burst goes first, and there may be more packets than frames. */
static void
receive_coalesced(struct mcr_lcore *lcore, const struct mcr_port *port,
	const struct rte_mbuf *frame, const struct mcr_packet *packet,
	const struct mcr_link_record *record, uint32_t sender, struct mcr_rx_lookups *lookups)
{
	struct rte_mbuf *own = rte_pktmbuf_alloc(mcr_pool_of_port(lcore->ports, port));
	struct mcr_packet outer = *packet;
	struct mcr_link_record moved = *record;
	uint8_t *bytes;

	mcr_stats_count(&lcore->stats, MCR_STAT_RX_COALESCED, 1);
	if (own == NULL) {
		mcr_refuse_silently(lcore, NULL, MCR_DROP_RING_FULL);
		return;
	}
	/* The Ethernet header stays in front, as in any frame. */
	bytes = (uint8_t *)rte_pktmbuf_append(own, RTE_ETHER_HDR_LEN + record->length);
	if (bytes == NULL) {
		mcr_refuse_silently(lcore, own, MCR_DROP_MALFORMED);
		return;
	}
	memcpy(bytes, rte_pktmbuf_mtod(frame, const void *), RTE_ETHER_HDR_LEN);
	memcpy(bytes + RTE_ETHER_HDR_LEN,
		rte_pktmbuf_mtod_offset(frame, const void *, record->offset), record->length);
	own->port = frame->port;
	moved.offset = RTE_ETHER_HDR_LEN;
	outer.inner_offset = RTE_ETHER_HDR_LEN;
	outer.inner_len = record->length;
	if (lookups->packet_count == MCR_RX_BURST)
		mcr_rx_forward(lcore, lookups);
	receive_packet(lcore, port, own, &outer, &moved, sender, lookups);
}

/* All but the last of a frame, which keeps the frame. */
static void
receive_all_coalesced(struct mcr_lcore *lcore, const struct mcr_port *port,
	const struct rte_mbuf *frame, const struct mcr_packet *packet, uint32_t at,
	struct mcr_link_record *record, uint32_t sender, struct mcr_rx_lookups *lookups)
{
	const uint32_t end = packet->inner_offset + packet->inner_len;
	const uint8_t *bytes = rte_pktmbuf_mtod(frame, const uint8_t *);

	mcr_rx_forward(lcore, lookups);
	while (at < end) {
		receive_coalesced(lcore, port, frame, packet, record, sender, lookups);
		(void)mcr_link_read_record(bytes, &at, end, record);
	}
	if (lookups->packet_count == MCR_RX_BURST)
		mcr_rx_forward(lcore, lookups);
}

/* A hello is alone, and the records fill the frame: else nothing of it can be believed.
 * @param[out] first The first record. @param[out] next Where the second one begins. */
static bool
is_whole(const struct rte_mbuf *frame, const struct mcr_packet *packet,
	struct mcr_link_record *first, uint32_t *next)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(frame, const uint8_t *);
	const uint32_t end = packet->inner_offset + packet->inner_len;
	uint32_t at = packet->inner_offset;
	struct mcr_link_record record;

	if (!mcr_link_read_record(bytes, &at, end, first))
		return false;
	*next = at;
	if (first->kind == MCR_LINK_HELLO)
		return at == end;
	while (at < end) {
		if (!mcr_link_read_record(bytes, &at, end, &record) ||
			record.kind == MCR_LINK_HELLO)
			return false;
	}
	return true;
}

/* @param record The first; afterwards another. @param next Where the second one begins. */
static void
receive_records(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf *frame,
	const struct mcr_packet *packet, struct mcr_link_record *record, uint32_t next,
	uint32_t sender, struct mcr_peer *peer, struct mcr_rx_lookups *lookups)
{
	const bool is_coalesced = next < packet->inner_offset + packet->inner_len;

	if (record->kind == MCR_LINK_HELLO) {
		receive_hello(lcore, frame, packet, record, sender, peer);
		return;
	}
	count_in_lane(peer, packet, record->lane);
	/* By then another hub may serve its members, or the same packet came another way. */
	if (!mcr_peer_accepts(peer)) {
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_SOURCE_DENIED);
		return;
	}
	if (is_coalesced)
		receive_all_coalesced(lcore, port, frame, packet, next, record, sender, lookups);
	receive_packet(lcore, port, frame, packet, record, sender, lookups);
	if (is_coalesced)
		mcr_rx_forward(lcore, lookups);
}

void
mcr_rx_link_frame(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf *frame,
	const struct mcr_packet *packet, struct mcr_rx_lookups *lookups)
{
	const uint32_t sender = mcr_rx_find_sender(lcore->fib->members, packet);
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, sender);
	struct mcr_peer *peer = member != NULL ? mcr_peers_of(lcore->fib, member) : NULL;
	struct mcr_link_record record;
	uint32_t next;

	if (peer == NULL) {
		mcr_refuse_packet(lcore, frame, packet, why_unknown(lcore->fib, packet));
		return;
	}
	if (!is_whole(frame, packet, &record, &next)) {
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_MALFORMED);
		return;
	}
	mcr_rx_source_note(lcore, frame, packet, sender);
	receive_records(lcore, port, frame, packet, &record, next, sender, peer, lookups);
}

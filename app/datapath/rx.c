/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_ethdev.h>

#include "datapath/handoff.h"
#include "datapath/reassemble.h"
#include "datapath/rx.h"
#include "datapath/rx_backlog.h"
#include "datapath/rx_bridge.h"
#include "datapath/rx_ipv6.h"
#include "datapath/rx_link.h"
#include "datapath/rx_police.h"
#include "datapath/rx_source.h"
#include "datapath/rx_steps.h"
#include "datapath/rx_stream.h"
#include "fib/access.h"

static bool
may_connect(const struct mcr_lcore *lcore, const struct rte_mbuf *frame,
	const struct mcr_packet *packet)
{
	const uint8_t *source = mcr_outer_ipv6_source(frame);

	if (source == NULL)
		return mcr_access_may_connect(lcore->fib, lcore->ports, packet->outer_source);
	return mcr_access_may_connect_ipv6(lcore->fib, lcore->ports, source);
}

/* From AMT gateways, known or new; the control lcore decides which. */
static void
receive_amt(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const uint32_t sender = mcr_rx_find_sender(lcore->fib->members, packet);

	if (sender == MCR_MEMBER_NONE && !may_connect(lcore, frame, packet))
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_SOURCE_DENIED);
	else
		mcr_rx_punt(lcore, frame, packet, MCR_PUNT_AMT, sender);
}

/* Everybody on the link may use ARP and neighbour discovery and ping the port. IGMP, messages to
 * all routers and what comes through a tunnel need a member. */
static bool
needs_member(const struct mcr_packet *packet)
{
	return packet->punt == MCR_PUNT_IGMP || packet->punt == MCR_PUNT_MLD ||
	       packet->encap != MCR_ENCAP_L2 ||
	       (packet->punt == MCR_PUNT_ICMP_ECHO &&
		       (packet->destination == INADDR_ALLRTRS_GROUP || packet->broadcast));
}

/* Every host reports its own groups to the switches of its link. A member's client turns its
 * reports to the hub. */
static bool
is_for_switches(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	return packet->punt == MCR_PUNT_MLD && packet->encap == MCR_ENCAP_L2 &&
	       (*rte_pktmbuf_mtod(frame, const uint8_t *) & RTE_ETHER_GROUP_ADDR) != 0;
}

static void
refuse_control(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	if (is_for_switches(frame, packet))
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_NOT_FOR_US);
	else
		mcr_rx_refuse_unknown(lcore, frame, packet);
}

static void
receive_control(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	uint32_t sender = MCR_MEMBER_NONE;

	if (packet->punt == MCR_PUNT_AMT) {
		receive_amt(lcore, frame, packet);
		return;
	}
	if (needs_member(packet)) {
		sender = mcr_rx_find_sender(lcore->fib->members, packet);
		if (sender == MCR_MEMBER_NONE) {
			refuse_control(lcore, frame, packet);
			return;
		}
		mcr_rx_source_note(lcore, frame, packet, sender);
		if (mcr_rx_is_framed(packet) &&
			!mcr_rx_segment_note(lcore, frame, packet, sender)) {
			mcr_refuse_packet(lcore, frame, packet, MCR_DROP_LOOP);
			return;
		}
	}
	mcr_rx_punt(lcore, frame, packet, packet->punt, sender);
}

static bool
is_last_flow(const struct mcr_rx_lookups *lookups, struct mcr_flow flow)
{
	const struct mcr_flow *last = &lookups->flows[lookups->count - 1];

	return last->source == flow.source && last->group == flow.group;
}

static void
receive_data(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	struct mcr_rx_lookups *lookups)
{
	const struct mcr_flow flow = mcr_rx_flow_of(packet, packet->broadcast);
	const struct mcr_rx_run *last = mcr_rx_last_run_of_sender(lookups, packet);
	const uint32_t sender =
		last != NULL ? last->sender_id : mcr_rx_find_sender(lcore->fib->members, packet);
	/* NULL also while the member leaves. */
	const struct mcr_member *member =
		last != NULL ? last->sender : mcr_member_get(lcore->fib->members, sender);

	if (unlikely(member == NULL)) {
		mcr_rx_refuse_unknown(lcore, frame, packet);
		return;
	}
	if (last == NULL)
		mcr_rx_source_note(lcore, frame, packet, sender);
	if (unlikely(mcr_rx_is_framed(packet)) &&
		!mcr_rx_segment_note(lcore, frame, packet, sender)) {
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_LOOP);
		return;
	}
	if (last == NULL || !is_last_flow(lookups, flow))
		mcr_rx_begin_run(lookups, packet, sender, member, flow);
	mcr_rx_continue_run(lookups, frame, packet);
}

/* Unicast out of a tunnel: to the hub, to all of the overlay, or to another member. */
static void
receive_unicast(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	struct mcr_rx_lookups *lookups)
{
	const uint32_t sender = mcr_rx_find_sender(lcore->fib->members, packet);
	const struct mcr_member *member = mcr_member_get(lcore->fib->members, sender);
	bool is_own, to_all;

	if (unlikely(member == NULL)) {
		mcr_rx_refuse_unknown(lcore, frame, packet);
		return;
	}
	mcr_rx_source_note(lcore, frame, packet, sender);
	is_own = packet->destination == member->hub_overlay.hub;
	to_all = mcr_rx_is_directed_broadcast(&member->hub_overlay, packet->destination);
	if (packet->protocol == IPPROTO_IGMP && (is_own || to_all) &&
		mcr_rx_take_for_router(lcore, frame, packet, sender)) {
		return;
	}
	if (is_own) {
		mcr_rx_pass_echo(lcore, frame, packet, sender);
	} else if (to_all) {
		mcr_rx_queue_lookup(frame, packet, sender, member, true, lookups);
	} else if (mcr_rx_police(lcore, frame, packet, sender, member)) {
		mcr_rx_forward_unicast(lcore, frame, packet, sender, member);
	}
}

static void
classify(const struct mcr_port *port, const struct rte_mbuf *frame, struct mcr_packet *packet)
{
	mcr_classify_frame(
		&port->classify, rte_pktmbuf_mtod(frame, const uint8_t *), frame->data_len, packet);
}

/* RFC 6980 5: neighbour discovery comes in one piece. */
static void
classify_reassembled(
	const struct mcr_port *port, const struct rte_mbuf *frame, struct mcr_packet *packet)
{
	classify(port, frame, packet);
	if (packet->verdict != MCR_VERDICT_PUNT || packet->punt != MCR_PUNT_ND)
		return;
	packet->verdict = MCR_VERDICT_DROP;
	packet->drop = MCR_DROP_NOT_FOR_US;
}

/* Everything but data, and data too while a sender is pending. */
static __rte_noinline void
receive_other(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf *frame,
	struct mcr_packet *packet, bool is_resubmitted, struct mcr_rx_lookups *lookups)
{
	if (packet->verdict == MCR_VERDICT_FRAGMENT) {
		frame = mcr_reassemble(lcore, frame, packet);
		if (frame == NULL)
			return;
		RTE_ASSERT(frame->nb_segs == 1);
		classify_reassembled(port, frame, packet);
	}
	if (!is_resubmitted && packet->verdict != MCR_VERDICT_DROP &&
		lcore->rx.pending.frames != 0 &&
		mcr_pending_has(&lcore->rx.pending, mcr_rx_pending_key(frame, packet))) {
		mcr_rx_punt_for_admission(lcore, frame, packet);
		return;
	}
	if (packet->verdict == MCR_VERDICT_UNICAST)
		mcr_classify_keepalive(
			&port->classify, rte_pktmbuf_mtod(frame, const uint8_t *), packet);
	switch (packet->verdict) {
	case MCR_VERDICT_DATA:
		receive_data(lcore, frame, packet, lookups);
		break;
	case MCR_VERDICT_UNICAST:
		receive_unicast(lcore, frame, packet, lookups);
		break;
	case MCR_VERDICT_PUNT:
		receive_control(lcore, frame, packet);
		break;
	case MCR_VERDICT_SEGMENT:
		mcr_rx_segment_frame(lcore, frame, packet, lookups);
		break;
	case MCR_VERDICT_LINK:
		mcr_rx_link_frame(lcore, port, frame, packet, lookups);
		break;
	case MCR_VERDICT_DATA_IPV6:
	case MCR_VERDICT_LOCAL_IPV6:
		mcr_rx_ipv6_packet(lcore, frame, packet);
		break;
	case MCR_VERDICT_FRAGMENT:
	case MCR_VERDICT_DROP:
		mcr_refuse_packet(lcore, frame, packet, packet->drop);
		break;
	}
}

static __rte_always_inline void
receive_frame(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf *frame,
	bool is_resubmitted, struct mcr_rx_lookups *lookups)
{
	struct mcr_packet packet;

	if (unlikely(frame->nb_segs != 1) && rte_pktmbuf_linearize(frame) != 0) {
		mcr_refuse_silently(lcore, frame, MCR_DROP_MALFORMED);
		return;
	}
	classify(port, frame, &packet);
	if (likely(packet.verdict == MCR_VERDICT_DATA && lcore->rx.pending.frames == 0))
		receive_data(lcore, frame, &packet, lookups);
	else if (packet.verdict == MCR_VERDICT_DATA_IPV6 && lcore->rx.pending.frames == 0)
		mcr_rx_ipv6_packet(lcore, frame, &packet);
	else
		receive_other(lcore, port, frame, &packet, is_resubmitted, lookups);
}

static __rte_noinline void
refuse_run_without_entry(
	struct mcr_lcore *lcore, struct mcr_job *job, struct rte_mbuf **packets, uint32_t count)
{
	const bool takes_hop = mcr_policy_takes_hop(lcore->fib);

	for (uint32_t i = 0; i < count; i++) {
		job->packet = packets[i];
		mcr_refuse_job(lcore, job,
			mcr_policy_no_receiver(takes_hop && mcr_policy_expires(mcr_job_ttl(job))));
	}
}

/* Of the job's version, which the compiler knows. */
static __rte_always_inline void
hand_off_packet(struct mcr_lcore *lcore, struct mcr_job *job, uint8_t version)
{
	const uint8_t *ip = rte_pktmbuf_mtod(job->packet, const uint8_t *);

	job->tos = version == 4 ? ip[1] : mcr_ip_tos(ip);
	mcr_rx_hand_off_version(lcore, job, version);
}

/* From a segment, only copies that leave it take a hop: see tx_flood.c. */
static __rte_noinline void
route_run(struct mcr_lcore *lcore, struct mcr_job *job, struct rte_mbuf **packets, uint32_t count)
{
	const bool is_in_segment = job->vni != MCR_VNI_NONE;

	if (is_in_segment && mcr_job_kind(job) == MCR_JOB_GROUP)
		job->kind += MCR_JOB_GROUP_BY_HOP - MCR_JOB_GROUP;
	for (uint32_t i = 0; i < count; i++) {
		job->packet = packets[i];
		if (is_in_segment || mcr_rx_take_hop(job->packet))
			hand_off_packet(lcore, job, job->version);
		else
			mcr_refuse_job(lcore, job, MCR_DROP_TTL_EXPIRED);
	}
}

/* What left a segment or came out of a tunnel at another hub; rx_link.c has seen to it. */
static bool
has_taken_hop(const struct mcr_job *job)
{
	return mcr_job_is_from_peer(job) && job->vni == MCR_VNI_NONE;
}

static __rte_always_inline uint32_t
hash_run(struct mcr_flow flow, const struct rte_mbuf *packet, uint8_t version)
{
	if (version == 4)
		return mcr_flow_hash(&flow);
	return mcr_flow_hash_ipv6(rte_pktmbuf_mtod(packet, const uint8_t *));
}

/* @return Whether its packets are accepted. */
static __rte_always_inline bool
forward_run(struct mcr_lcore *lcore, const struct mcr_rx_run *run, struct mcr_flow flow,
	struct mcr_group_ref group, struct rte_mbuf **packets, uint8_t version)
{
	uint32_t count = run[1].first - run->first;
	struct mcr_job job = {
		.sender_address = run->sender_address,
		.flow = hash_run(flow, packets[0], version),
		.group = group,
		.sender = run->sender_id,
		.vni = run->vni,
		.kind = run->kind,
		.version = version,
	};
	const bool is_free = mcr_policy_may_send_freely(run->sender) &&
	                     mcr_policy_entry_permits_freely(
				     lcore->fib->groups, group, run->sender, run->sender_id);

	RTE_ASSERT(count != 0 && run->first + count <= MCR_RX_BURST);
	if (unlikely(!is_free)) {
		count = mcr_rx_police_run(lcore, run, &job, packets, count);
		if (count == 0)
			return false;
	}
	if (unlikely(job.group.id == MCR_GROUP_NONE && mcr_job_kind(&job) == MCR_JOB_GROUP)) {
		refuse_run_without_entry(lcore, &job, packets, count);
		return false;
	}
	if (unlikely(mcr_policy_takes_hop(lcore->fib)) && !has_taken_hop(&job)) {
		route_run(lcore, &job, packets, count);
		return true;
	}
	for (uint32_t i = 0; i < count; i++) {
		job.packet = packets[i];
		hand_off_packet(lcore, &job, version);
	}
	return true;
}

static void
end_runs(struct mcr_rx_lookups *lookups)
{
	struct mcr_rx_run *end = &lookups->runs[lookups->count];

	end->sender = NULL;
	end->first = lookups->packet_count;
	end->first_byte = lookups->bytes;
}

/* The numbers of a packet are older than an entry that is being made: then look both up again. */
static void
find_ipv6_groups(const struct mcr_group_table *groups, struct mcr_rx_lookups *lookups,
	struct mcr_group_ref *refs)
{
	const uint32_t version = mcr_group_version(groups);
	const uint8_t *ip[MCR_RX_BURST];

	for (uint32_t i = 0; i < lookups->count; i++) {
		ip[i] = rte_pktmbuf_mtod(lookups->packets[lookups->runs[i].first], const uint8_t *);
		lookups->flows[i] = (struct mcr_flow){
			.source = mcr_address_find(ip[i] + MCR_IPV6_SOURCE),
			.group = mcr_address_match(ip[i] + MCR_IPV6_DESTINATION),
		};
	}
	mcr_group_find_burst(groups, lookups->flows, lookups->count, refs);
	if (likely(mcr_group_version(groups) == version))
		return;
	for (uint32_t i = 0; i < lookups->count; i++)
		mcr_flow_find(groups, ip[i], &refs[i]);
}

/* One run of the burst, which stands for all. @param ip Of IPv6: a packet's header. */
static __rte_always_inline void
note_stream(struct mcr_lcore *lcore, const struct mcr_rx_lookups *lookups,
	struct mcr_stream_choice choice, uint32_t refused, const uint8_t *ip)
{
	const struct mcr_rx_run *run = &lookups->runs[choice.run];
	const uint32_t packets = (run[1].first - run->first) * choice.weight;
	const uint32_t bytes = (run[1].first_byte - run->first_byte) * choice.weight;

	if (choice.weight == 0 || (refused & RTE_BIT32(choice.run)) != 0)
		return;
	if (ip == NULL)
		mcr_stream_note(lcore, run->sender_id, lookups->flows[choice.run], packets, bytes);
	else
		mcr_stream_note_ipv6(lcore, run->sender_id, ip, packets, bytes);
}

/* Runs of one sender that follow each other are counted at once. @return Bit by run: refused. */
static __rte_always_inline uint32_t
forward_runs(struct mcr_lcore *lcore, struct mcr_rx_lookups *lookups,
	const struct mcr_group_ref *refs, uint8_t version)
{
	const struct mcr_rx_run *first = lookups->runs; /* of its sender */
	uint32_t refused = 0;

	for (uint32_t i = 0; i < lookups->count; i++)
		mcr_tx_prefetch(lcore, refs[i]);
	end_runs(lookups);
	for (uint32_t i = 0; i < lookups->count; i++) {
		const struct mcr_rx_run *run = &lookups->runs[i];

		if (run[1].sender != run->sender) {
			mcr_rx_count_sender(lcore, run->sender_id, run[1].first - first->first,
				run[1].first_byte - first->first_byte);
			first = run + 1;
		}
		if (!forward_run(lcore, run, lookups->flows[i], refs[i],
			    &lookups->packets[run->first], version))
			refused |= RTE_BIT32(i);
	}
	return refused;
}

static void
forward_ipv4(struct mcr_lcore *lcore, struct mcr_rx_lookups *lookups)
{
	struct mcr_group_ref refs[MCR_RX_BURST];
	uint32_t refused;

	mcr_group_find_burst(lcore->fib->groups, lookups->flows, lookups->count, refs);
	refused = forward_runs(lcore, lookups, refs, 4);
	if (lookups->count != 0)
		note_stream(lcore, lookups,
			mcr_stream_choose(lcore->rx.streams, lookups->count, lookups->packet_count),
			refused, NULL);
}

void
mcr_rx_forward(struct mcr_lcore *lcore, struct mcr_rx_lookups *lookups)
{
	forward_ipv4(lcore, lookups);
	mcr_rx_begin_lookups(lookups);
}

/* Packets are gone when they are forwarded, so the stream is chosen before. */
void
mcr_rx_forward_ipv6(struct mcr_lcore *lcore)
{
	struct mcr_rx_lookups *const lookups = lcore->rx.ipv6;
	const struct mcr_stream_choice choice =
		mcr_stream_choose(lcore->rx.streams, lookups->count, lookups->packet_count);
	const struct rte_mbuf *chosen = lookups->packets[lookups->runs[choice.run].first];
	struct mcr_group_ref refs[MCR_RX_BURST];
	uint8_t header[MCR_IPV6_HEADER_LEN];

	RTE_ASSERT(lookups->count != 0);
	memcpy(header, rte_pktmbuf_mtod(chosen, const void *), sizeof(header));
	find_ipv6_groups(lcore->fib->groups, lookups, refs);
	note_stream(lcore, lookups, choice, forward_runs(lcore, lookups, refs, 6), header);
	mcr_rx_begin_lookups(lookups);
}

static void
receive_burst(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf **frames,
	uint16_t count, bool are_resubmitted)
{
	struct mcr_rx_lookups lookups;

	mcr_rx_begin_lookups(&lookups);
	for (uint16_t i = 0; i < count; i++)
		receive_frame(lcore, port, frames[i], are_resubmitted, &lookups);
	forward_ipv4(lcore, &lookups);
	if (unlikely(lcore->rx.ipv6->count != 0))
		mcr_rx_forward_ipv6(lcore);
}

/* Prefetch all headers while the first frame is classified. */
static void
begin_burst(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t count)
{
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < count; i++) {
		rte_prefetch0(rte_pktmbuf_mtod(frames[i], const void *));
		bytes += frames[i]->pkt_len;
		/* net_ring does not set the port. */
		frames[i]->port = port;
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_RX_PACKETS, count);
	mcr_stats_count(&lcore->stats, MCR_STAT_RX_BYTES, bytes);
}

/* A resubmitted frame, counted before: classify it again, or refuse it. */
static void
receive_resubmitted(struct mcr_lcore *lcore, const struct mcr_punt *in)
{
	const struct mcr_port *port =
		&lcore->ports->at[mcr_ports_index(lcore->ports, in->frame->port)];
	struct rte_mbuf *frame = in->frame;
	struct mcr_packet packet;

	RTE_ASSERT(in->punt == MCR_PUNT_UNKNOWN && in->lcore == lcore->index);
	RTE_ASSERT(frame->nb_segs == 1);
	classify(port, frame, &packet);
	if (in->reason == MCR_DROP_NONE)
		receive_burst(lcore, port, &frame, 1, true);
	else
		mcr_refuse_packet(lcore, frame, &packet, in->reason);
	mcr_pending_end(&lcore->rx.pending, in->source);
}

static __rte_noinline unsigned int
poll_resubmitted(struct mcr_lcore *lcore)
{
	struct mcr_punt frames[MCR_RX_BURST] = {0};
	const unsigned int count = rte_ring_dequeue_burst_elem(
		lcore->rx.resubmit_ring, frames, sizeof(frames[0]), MCR_RX_BURST, NULL);

	for (unsigned int i = 0; i < count; i++)
		receive_resubmitted(lcore, &frames[i]);
	return count;
}

static uint16_t
receive_from(
	const struct mcr_port *port, const struct mcr_rx_queue *queue, struct rte_mbuf **frames)
{
	return rte_eth_rx_burst(port->id, queue->queue, frames, MCR_RX_BURST);
}

/* Look at what has arrived, a burst at least beyond the one that was found. It takes at most a
 * quarter of the time that copies take: in any overload, members get four fifths of what they
 * could. @return How many frames do not wait. */
static __rte_noinline unsigned int
receive_ahead(struct mcr_lcore *lcore, const struct mcr_port *port,
	const struct mcr_rx_queue *queue, struct rte_mbuf **frames, uint16_t count)
{
	struct mcr_rx_backlog *backlog = lcore->rx.backlog;
	const uint32_t waited = backlog->count;
	const uint64_t start = rte_rdtsc();
	unsigned int received = 0, bursts = 0;

	for (;;) {
		receive_burst(lcore, port, frames, mcr_rx_backlog_sort(lcore, port, frames, count),
			false);
		received += count;
		if (count < MCR_RX_MANY ||
			(++bursts > 1 && rte_rdtsc() - start >= backlog->copy_cycles / 4))
			return received - (backlog->count - waited);
		count = receive_from(port, queue, frames);
		begin_burst(lcore, port->id, frames, count);
	}
}

static __rte_noinline unsigned int
receive_backlog(struct mcr_lcore *lcore)
{
	struct rte_mbuf *frames[MCR_RX_BURST];
	const uint16_t count = mcr_rx_backlog_take(lcore, frames);
	const uint64_t start = rte_rdtsc();

	lcore->rx.burst_cycles = start;
	receive_burst(lcore, &lcore->ports->at[mcr_ports_index(lcore->ports, frames[0]->port)],
		frames, count, false);
	lcore->rx.burst_cycles = 0;
	lcore->rx.backlog->copy_cycles = rte_rdtsc() - start;
	return count;
}

unsigned int
mcr_rx_poll(struct mcr_lcore *lcore, uint64_t now)
{
	struct rte_mbuf *frames[MCR_RX_BURST];
	unsigned int received = 0;

	RTE_ASSERT(lcore->role->is_rx);
	lcore->rx.now = now;
	if (unlikely(lcore->rx.pending.frames != 0))
		received += poll_resubmitted(lcore);
	for (uint16_t i = 0; i < lcore->role->rx_count; i++) {
		const struct mcr_rx_queue *queue = &lcore->role->rx[i];
		const struct mcr_port *port = &lcore->ports->at[queue->port];
		uint16_t count;

		if (mcr_port_is_away(port))
			continue;
		count = receive_from(port, queue, frames);
		if (count == 0)
			continue;
		begin_burst(lcore, port->id, frames, count);
		if (unlikely(mcr_rx_backlog_is_wanted(lcore, count))) {
			received += receive_ahead(lcore, port, queue, frames, count);
			continue;
		}
		lcore->rx.burst_cycles = rte_rdtsc();
		receive_burst(lcore, port, frames, count, false);
		lcore->rx.burst_cycles = 0;
		received += count;
	}
	if (unlikely(mcr_rx_backlog_waits(lcore)))
		received += receive_backlog(lcore);
	mcr_reassemble_poll(lcore);
	mcr_handoff_all(lcore);
	return received;
}

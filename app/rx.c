/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "gateway.h"
#include "hand_over.h"
#include "reassemble.h"
#include "rx.h"
#include "rx_segment.h"
#include "rx_steps.h"

/* Of gateways and of those who would be some; which, the control lcore finds out. */
static void
receive_amt(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const uint32_t sender = find_sender(lcore->hub->members, packet);

	if (sender == MCR_MEMBER_NONE && !mcr_gateway_may_connect(lcore->hub, packet->outer_source))
		drop(lcore, frame, MCR_DROP_SOURCE_DENIED);
	else
		pass_to_control(lcore, frame, packet, MCR_CONTROL_AMT, sender);
}

/* ARP and echo are for everybody on the link; IGMP and what comes through a tunnel needs a member.
 */
static void
receive_control(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	uint32_t sender = MCR_MEMBER_NONE;

	if (packet->control == MCR_CONTROL_AMT) {
		receive_amt(lcore, frame, packet);
		return;
	}
	if (packet->control == MCR_CONTROL_IGMP || packet->encap != MCR_ENCAP_L2) {
		sender = find_sender(lcore->hub->members, packet);
		if (sender == MCR_MEMBER_NONE) {
			refuse_stranger(lcore, frame, packet);
			return;
		}
		if (is_framed(packet) && !mcr_rx_segment_note(lcore, frame, packet, sender)) {
			drop(lcore, frame, MCR_DROP_LOOP);
			return;
		}
	}
	pass_to_control(lcore, frame, packet, packet->control, sender);
}

/* Most often it is the one before. */
static uint32_t
find_sender_in_burst(const struct mcr_members *members, const struct mcr_packet *packet,
	const struct lookups *lookups)
{
	const struct mcr_member_identity identity = identity_of(packet, packet->encap);
	const uint32_t before = lookups->count - 1;

	if (likely(lookups->count != 0) &&
		mcr_member_has_identity(lookups->senders[before], &identity))
		return lookups->sender_ids[before];
	return find_sender(members, packet);
}

static void
receive_data(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	struct lookups *lookups)
{
	const uint32_t sender = find_sender_in_burst(lcore->hub->members, packet, lookups);
	/* None also when it leaves at this moment. */
	const struct mcr_member *member = mcr_member_get(lcore->hub->members, sender);

	if (unlikely(member == NULL)) {
		refuse_stranger(lcore, frame, packet);
		return;
	}
	if (unlikely(is_framed(packet)) && !mcr_rx_segment_note(lcore, frame, packet, sender)) {
		drop(lcore, frame, MCR_DROP_LOOP);
		return;
	}
	queue_lookup(lcore, frame, packet, sender, member, packet->broadcast, lookups);
}

/* Unicast out of a tunnel: for the hub itself, for everybody in the overlay, or for another member.
 */
static void
receive_unicast(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	struct lookups *lookups)
{
	const uint32_t sender = find_sender(lcore->hub->members, packet);
	/* None also when it leaves at this moment. */
	const struct mcr_member *member = mcr_member_get(lcore->hub->members, sender);

	if (unlikely(member == NULL)) {
		refuse_stranger(lcore, frame, packet);
		return;
	}
	if (packet->destination == member->hub_overlay.hub) {
		pass_echo(lcore, frame, packet, sender);
	} else if (mcr_is_directed_broadcast(&member->hub_overlay, packet->destination)) {
		queue_lookup(lcore, frame, packet, sender, member, true, lookups);
	} else if (!may_send(member)) {
		drop(lcore, frame, MCR_DROP_SENDER_DENIED);
	} else {
		forward_unicast(lcore, frame, packet, sender, member);
	}
}

static void
classify(const struct mcr_port *port, const struct rte_mbuf *frame, struct mcr_packet *packet)
{
	mcr_classify_frame(
		&port->classify, rte_pktmbuf_mtod(frame, const uint8_t *), frame->data_len, packet);
}

static void
receive_frame(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf *frame,
	bool is_back, struct lookups *lookups)
{
	struct mcr_packet packet;

	if (unlikely(frame->nb_segs != 1) && rte_pktmbuf_linearize(frame) != 0) {
		drop(lcore, frame, MCR_DROP_MALFORMED);
		return;
	}
	classify(port, frame, &packet);
	if (unlikely(packet.verdict == MCR_VERDICT_FRAGMENT)) {
		frame = mcr_reassemble(lcore, frame, &packet);
		if (frame == NULL)
			return;
		classify(port, frame, &packet);
	}
	if (!is_back && packet.verdict != MCR_VERDICT_DROP &&
		mcr_detour_has(&lcore->detours, packet.outer_source)) {
		take_detour(lcore, frame, &packet);
		return;
	}
	switch (packet.verdict) {
	case MCR_VERDICT_DATA:
		receive_data(lcore, frame, &packet, lookups);
		break;
	case MCR_VERDICT_UNICAST:
		receive_unicast(lcore, frame, &packet, lookups);
		break;
	case MCR_VERDICT_CONTROL:
		receive_control(lcore, frame, &packet);
		break;
	case MCR_VERDICT_SEGMENT:
		mcr_rx_segment_frame(lcore, frame, &packet, lookups);
		break;
	case MCR_VERDICT_FRAGMENT: /* a whole one is none */
	case MCR_VERDICT_DROP:
		drop(lcore, frame, packet.drop);
		break;
	}
}

/* An entry may go between the look-up and here: then the one that it leaves behind decides. */
static bool
may_send_to(struct mcr_lcore *lcore, const struct lookups *lookups, uint32_t i,
	struct mcr_group_ref *ref)
{
	const struct mcr_group_table *groups = lcore->hub->groups;
	const uint32_t address = lookups->senders[i]->identity.address;

	while (ref->id != MCR_GROUP_NONE) {
		if (mcr_group_may_send(groups, *ref, lookups->sender_ids[i], address))
			return true;
		if (likely(mcr_group_receivers(groups, *ref) != NULL))
			return false;
		if (!mcr_group_find(groups, lookups->flows[i], ref))
			ref->id = MCR_GROUP_NONE;
	}
	return true;
}

static void
finish_lookup(struct mcr_lcore *lcore, const struct lookups *lookups, uint32_t i,
	struct mcr_group_ref ref)
{
	const struct mcr_member *sender = lookups->senders[i];
	struct rte_mbuf *packet = lookups->packets[i];
	struct mcr_job job = {
		.packet = packet,
		.sender_address = sender->identity.address,
		.flow = hash_flow(&lookups->flows[i]),
		.group = ref,
		.vni = lookups->vnis[i],
		.kind = lookups->kinds[i],
		.tos = lookups->toses[i],
		.is_ipv4 = true,
	};

	if (!may_send(sender) || !may_send_to(lcore, lookups, i, &job.group))
		drop(lcore, packet, MCR_DROP_SENDER_DENIED);
	else if (!lives_another_hop(lcore, packet, lookups->ttls[i]))
		drop(lcore, packet, MCR_DROP_TTL_EXPIRED);
	else if (job.group.id == MCR_GROUP_NONE && job.kind == MCR_JOB_GROUP)
		drop(lcore, packet, MCR_DROP_NO_RECEIVER);
	else
		hand_over(lcore, &job);
}

static void
receive_burst(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf **frames,
	uint16_t count, bool are_back)
{
	struct mcr_group_ref refs[MCR_RX_BURST];
	struct lookups lookups = {.count = 0};

	for (uint16_t i = 0; i < count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(frames[i], const void *));
	for (uint16_t i = 0; i < count; i++)
		receive_frame(lcore, port, frames[i], are_back, &lookups);

	mcr_group_find_burst(lcore->hub->groups, lookups.flows, lookups.count, refs);
	for (uint32_t i = 0; i < lookups.count; i++)
		mcr_tx_prefetch(lcore, refs[i]);
	for (uint32_t i = 0; i < lookups.count; i++)
		finish_lookup(lcore, &lookups, i, refs[i]);
}

static void
count_burst(struct mcr_lcore *lcore, uint16_t port, struct rte_mbuf **frames, uint16_t count)
{
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < count; i++) {
		bytes += frames[i]->pkt_len;
		/* Not every driver says where a frame came in (net_ring does not). */
		frames[i]->port = port;
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_RX_PACKETS, count);
	mcr_stats_count(&lcore->stats, MCR_STAT_RX_BYTES, bytes);
}

static const struct mcr_port *
find_port(const struct mcr_hub *hub, uint16_t id)
{
	const struct mcr_port *port = hub->ports;

	while (port->id != id)
		port++;
	return port;
}

/* A stranger's frame, received and counted before: classified once more, or refused. */
static void
receive_back(struct mcr_lcore *lcore, const struct mcr_control_frame *in)
{
	const struct mcr_port *port = find_port(lcore->hub, in->frame->port);
	struct rte_mbuf *frame = in->frame;
	struct mcr_packet packet;

	classify(port, frame, &packet);
	if (in->reason == MCR_DROP_COUNT)
		receive_burst(lcore, port, &frame, 1, true);
	else
		drop(lcore, frame, in->reason);
	mcr_detour_end(&lcore->detours, packet.outer_source);
}

static unsigned int
receive_again(struct mcr_lcore *lcore)
{
	struct mcr_control_frame frames[MCR_RX_BURST] = {0};
	const unsigned int count = rte_ring_dequeue_burst_elem(
		lcore->readmit, frames, sizeof(frames[0]), MCR_RX_BURST, NULL);

	for (unsigned int i = 0; i < count; i++)
		receive_back(lcore, &frames[i]);
	return count;
}

unsigned int
mcr_rx_poll(struct mcr_lcore *lcore)
{
	struct rte_mbuf *frames[MCR_RX_BURST];
	unsigned int received = 0;

	if (unlikely(lcore->detours.frames != 0))
		received += receive_again(lcore);
	for (uint16_t i = 0; i < lcore->role->rx_count; i++) {
		const struct mcr_rx_queue *queue = &lcore->role->rx[i];
		const struct mcr_port *port = &lcore->hub->ports[queue->port];
		const uint16_t count =
			rte_eth_rx_burst(port->id, queue->queue, frames, MCR_RX_BURST);

		if (count == 0)
			continue;
		lcore->burst_cycles = rte_rdtsc();
		count_burst(lcore, port->id, frames, count);
		receive_burst(lcore, port, frames, count, false);
		lcore->burst_cycles = 0;
		received += count;
	}
	mcr_reassemble_poll(lcore);
	mcr_hand_over_all(lcore);
	return received;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "datapath/rx.h"
#include "datapath/rx_bridge.h"
#include "datapath/rx_ipv6.h"
#include "datapath/rx_link.h"
#include "datapath/rx_source.h"
#include "datapath/rx_steps.h"
#include "infra/memory.h"

#define ADDRESSES_LEN (2 * MCR_IPV6_ADDRESS_LEN)

int
mcr_rx_ipv6_create(struct mcr_lcore *lcore)
{
	lcore->rx.ipv6 = mcr_memory_allocate(lcore->role->node, sizeof(struct mcr_rx_lookups));
	return lcore->rx.ipv6 == NULL ? -ENOMEM : 0;
}

void
mcr_rx_ipv6_free(struct mcr_lcore *lcore)
{
	mcr_memory_release(lcore->rx.ipv6, sizeof(struct mcr_rx_lookups));
}

/* As mcr_rx_kind_of(). */
static uint8_t
kind_of(const struct mcr_packet *packet, const uint8_t *ip)
{
	return mcr_policy_floods_ipv6(mcr_rx_is_framed(packet), ip + MCR_IPV6_DESTINATION)
	               ? MCR_JOB_GROUP_AND_FLOOD
	               : MCR_JOB_GROUP;
}

static bool
is_same_run(const struct mcr_rx_run *run, const struct mcr_rx_run *other)
{
	return run->sender_id == other->sender_id && run->sender_address == other->sender_address &&
	       run->vni == other->vni && run->kind == other->kind;
}

/* The numbers of both are looked up together with the group. */
static bool
continues_last_run(
	const struct mcr_rx_lookups *lookups, const struct mcr_rx_run *run, const uint8_t *ip)
{
	const uint8_t *last;

	if (lookups->count == 0 || !is_same_run(&lookups->runs[lookups->count - 1], run))
		return false;
	last = rte_pktmbuf_mtod(lookups->packets[lookups->packet_count - 1], const uint8_t *);
	return memcmp(last + MCR_IPV6_SOURCE, ip + MCR_IPV6_SOURCE, ADDRESSES_LEN) == 0;
}

void
mcr_rx_ipv6_queue(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint32_t sender, const struct mcr_member *member, const struct mcr_link_record *record)
{
	const uint8_t *const ip =
		rte_pktmbuf_mtod_offset(frame, const uint8_t *, packet->inner_offset);
	struct mcr_rx_lookups *lookups = lcore->rx.ipv6;
	struct mcr_rx_run run = {
		.sender = member,
		.sender_id = sender,
		.sender_address = mcr_member_instance(member, sender),
		.vni = mcr_rx_is_framed(packet) ? packet->key : MCR_VNI_NONE,
		.kind = kind_of(packet, ip),
	};

	if (record != NULL) {
		run.sender_address = record->member;
		run.kind |= mcr_rx_link_marks(record);
	}
	if (lookups->packet_count == MCR_RX_BURST)
		mcr_rx_forward_ipv6(lcore);
	if (!continues_last_run(lookups, &run, ip)) {
		run.first = lookups->packet_count;
		run.first_byte = lookups->bytes;
		lookups->runs[lookups->count++] = run;
	}
	mcr_rx_continue_run(lookups, frame, packet);
}

void
mcr_rx_ipv6_packet(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const struct mcr_rx_run *last = mcr_rx_last_run_of_sender(lcore->rx.ipv6, packet);
	const uint32_t sender =
		last != NULL ? last->sender_id : mcr_rx_find_sender(lcore->fib->members, packet);
	const struct mcr_member *member =
		last != NULL ? last->sender : mcr_member_get(lcore->fib->members, sender);

	if (member == NULL) {
		mcr_rx_refuse_unknown(lcore, frame, packet);
		return;
	}
	if (last == NULL)
		mcr_rx_source_note(lcore, frame, packet, sender);
	if (mcr_rx_is_framed(packet) && !mcr_rx_segment_note(lcore, frame, packet, sender))
		mcr_refuse_packet(lcore, frame, packet, MCR_DROP_LOOP);
	else if (packet->verdict == MCR_VERDICT_LOCAL_IPV6)
		mcr_refuse_member(lcore, frame, packet, member, MCR_DROP_NO_RECEIVER);
	else
		mcr_rx_ipv6_queue(lcore, frame, packet, sender, member, NULL);
}

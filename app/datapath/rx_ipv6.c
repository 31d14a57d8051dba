/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_debug.h>

#include "datapath/rx.h"
#include "datapath/rx_bridge.h"
#include "datapath/rx_ipv6.h"
#include "datapath/rx_link.h"
#include "datapath/rx_overlay6.h"
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

static inline const uint8_t *
ip_of(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	return rte_pktmbuf_mtod_offset(frame, const uint8_t *, packet->inner_offset);
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

/* Whether a packet has both addresses of the last one. Their numbers are looked up with the group.
 */
static inline bool
is_last_flow(const struct mcr_rx_lookups *lookups, const uint8_t *ip)
{
	const struct rte_mbuf *last = lookups->packets[lookups->packet_count - 1];
	uint64_t words[2][ADDRESSES_LEN / sizeof(uint64_t)];
	uint64_t differs = 0;

	RTE_ASSERT(lookups->packet_count != 0);
	memcpy(words[0], rte_pktmbuf_mtod_offset(last, const uint8_t *, MCR_IPV6_SOURCE),
		ADDRESSES_LEN);
	memcpy(words[1], ip + MCR_IPV6_SOURCE, ADDRESSES_LEN);
	for (unsigned int i = 0; i < RTE_DIM(words[0]); i++)
		differs |= words[0][i] ^ words[1][i];
	return differs == 0;
}

static bool
continues_last_run(
	const struct mcr_rx_lookups *lookups, const struct mcr_rx_run *run, const uint8_t *ip)
{
	return lookups->count != 0 && is_same_run(&lookups->runs[lookups->count - 1], run) &&
	       is_last_flow(lookups, ip);
}

void
mcr_rx_ipv6_queue(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet,
	uint32_t sender, const struct mcr_member *member, const struct mcr_link_record *record)
{
	const uint8_t *const ip = ip_of(frame, packet);
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

/* Of a member of whom the last packet was: what both say alike makes one run. */
static inline bool
is_of_last_run(const struct mcr_rx_lookups *lookups, const struct rte_mbuf *frame,
	const struct mcr_packet *packet)
{
	return packet->verdict == MCR_VERDICT_DATA_IPV6 && lookups->packet_count < MCR_RX_BURST &&
	       is_last_flow(lookups, ip_of(frame, packet));
}

void
mcr_rx_ipv6_packet(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	struct mcr_rx_lookups *const lookups = lcore->rx.ipv6;
	const struct mcr_rx_run *last = mcr_rx_last_run_of_sender(lookups, packet);
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
	else if (last != NULL && is_of_last_run(lookups, frame, packet))
		mcr_rx_continue_run(lookups, frame, packet);
	else if (packet->verdict == MCR_VERDICT_LOCAL_IPV6)
		mcr_rx_overlay6_packet(lcore, frame, packet, sender, member);
	else
		mcr_rx_ipv6_queue(lcore, frame, packet, sender, member, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_debug.h>

#include "datapath/tx_copy.h"
#include "datapath/tx_gather.h"

static void
begin_frame(struct mcr_lcore *lcore, uint16_t peer, uint32_t member,
	const struct mcr_original *original)
{
	struct mcr_tx_links *links = lcore->tx.links;
	struct mcr_gather *gather = &links->gathers[peer];

	RTE_ASSERT(gather->frame == NULL && links->gathering_count < MCR_PEERS_MAX);
	*gather = (struct mcr_gather){
		.frame = rte_pktmbuf_alloc(lcore->tx.replicate.copy_pool),
		.member = mcr_member_refer(lcore->fib->members, member),
		.since = links->now,
		.tos = original->tos,
		.priority = lcore->tx.priority,
		.place = links->gathering_count,
	};
	if (gather->frame != NULL)
		links->gathering[links->gathering_count++] = peer;
}

/* The last one takes its place. */
static struct mcr_gather
take_gather(struct mcr_tx_links *links, uint16_t peer)
{
	const struct mcr_gather gather = links->gathers[peer];
	const uint16_t last = links->gathering[--links->gathering_count];

	RTE_ASSERT(gather.frame != NULL && links->gathering[gather.place] == peer);
	links->gathering[gather.place] = last;
	links->gathers[last].place = gather.place;
	links->gathers[peer].frame = NULL;
	return gather;
}

static void
drop_gather(struct mcr_lcore *lcore, const struct mcr_gather *gather, enum mcr_drop reason)
{
	mcr_stats_drop(&lcore->stats, reason, gather->packets);
	if (reason != MCR_DROP_COPY_STALE)
		mcr_stats_add(&lcore->member_drops[gather->member.id], gather->packets);
	rte_pktmbuf_free(gather->frame);
}

static void
put_header_and_send(struct mcr_lcore *lcore, uint16_t peer, const struct mcr_gather *gather)
{
	struct mcr_tx_links *links = lcore->tx.links;
	const struct mcr_members *members = lcore->fib->members;
	const struct mcr_template *template = mcr_member_template(members, gather->member.id);

	if (!mcr_member_is_current(members, gather->member)) {
		drop_gather(lcore, gather, MCR_DROP_COPY_STALE);
		return;
	}
	if (template == NULL) {
		drop_gather(lcore, gather, MCR_DROP_COPY_UNRESOLVED);
		return;
	}
	mcr_stats_count(&lcore->stats, MCR_STAT_TX_COALESCED, gather->packets - 1);
	mcr_replicate_link_frame(template, gather->member.id, gather->frame,
		links->sequences[peer]++, gather->tos, &lcore->tx.copies);
	if (lcore->tx.copies.count == MCR_REPLICATE_BURST)
		mcr_tx_flush(lcore);
}

/* Other copies that wait for the port may be of another priority. */
static void
send_gather(struct mcr_lcore *lcore, uint16_t peer)
{
	const struct mcr_gather gather = take_gather(lcore->tx.links, peer);
	const uint8_t priority = lcore->tx.priority;

	if (gather.priority == priority) {
		put_header_and_send(lcore, peer, &gather);
		return;
	}
	mcr_tx_flush(lcore);
	lcore->tx.priority = gather.priority;
	put_header_and_send(lcore, peer, &gather);
	mcr_tx_flush(lcore);
	lcore->tx.priority = priority;
}

static void
append_packet(struct mcr_gather *gather, struct mcr_link_original *link)
{
	const struct rte_mbuf *packet = link->original->packet;
	const uint8_t *record = mcr_link_prefix(link) + MCR_GRE_OPTION_LEN;
	const uint16_t record_len = link->prefix_len - MCR_GRE_OPTION_LEN;
	const uint16_t payload_len = link->length - link->prefix_len;
	uint8_t *at = (uint8_t *)rte_pktmbuf_append(gather->frame, record_len + payload_len);

	RTE_ASSERT(at != NULL);
	memcpy(at, record, MCR_LINK_RECORD_LEN);
	if (unlikely(record_len != MCR_LINK_RECORD_LEN))
		memcpy(at + MCR_LINK_RECORD_LEN, record + MCR_LINK_RECORD_LEN,
			MCR_LINK_RECORD_MAX - MCR_LINK_RECORD_LEN);
	memcpy(at + record_len,
		rte_pktmbuf_mtod(packet, const uint8_t *) - (payload_len - packet->data_len),
		payload_len);
	gather->packets++;
}

/* What follows a link's template, at most. */
static uint32_t
room_of(const struct mcr_template *template)
{
	return template->mtu - template->outer_ip_len - MCR_GRE_OPTION_LEN;
}

bool
mcr_tx_gather_add(struct mcr_lcore *lcore, uint16_t peer, const struct mcr_receiver *receiver,
	struct mcr_link_original *link)
{
	const struct mcr_template *template =
		mcr_member_template(lcore->fib->members, receiver->member);
	struct mcr_gather *gather = &lcore->tx.links->gathers[peer];
	const uint32_t length = link->length - MCR_GRE_OPTION_LEN;
	const uint32_t room = template != NULL ? room_of(template) : 0;
	const bool is_small = 2 * length <= room;

	if (gather->frame != NULL && (!is_small || gather->frame->data_len + length > room ||
					     gather->tos != link->original->tos ||
					     gather->priority != lcore->tx.priority ||
					     gather->member.id != receiver->member))
		send_gather(lcore, peer);
	if (!is_small)
		return false;
	if (gather->frame == NULL)
		begin_frame(lcore, peer, receiver->member, link->original);
	if (gather->frame == NULL)
		return false;
	mcr_stats_count(&lcore->stats, MCR_STAT_COPIES, 1);
	append_packet(gather, link);
	return true;
}

void
mcr_tx_gather_send_due(struct mcr_lcore *lcore, uint64_t wait)
{
	struct mcr_tx_links *links = lcore->tx.links;

	for (uint16_t i = links->gathering_count; i-- > 0;) {
		const uint16_t peer = links->gathering[i];

		if (links->now - links->gathers[peer].since >= wait)
			send_gather(lcore, peer);
	}
	mcr_tx_flush(lcore);
}

void
mcr_tx_gather_drain(struct mcr_lcore *lcore)
{
	struct mcr_tx_links *links = lcore->tx.links;

	while (links != NULL && links->gathering_count != 0) {
		const struct mcr_gather gather = take_gather(links, links->gathering[0]);

		rte_pktmbuf_free(gather.frame);
	}
}

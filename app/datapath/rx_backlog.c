/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/fair_drop.h"
#include "datapath/refuse.h"
#include "datapath/rx_backlog.h"
#include "datapath/rx_steps.h"
#include "infra/memory.h"

/* 10 ms of packets to 1,000 receivers. */
#define LONGEST 512u

static size_t
size_of(uint32_t frames)
{
	return sizeof(struct mcr_rx_backlog) + frames * sizeof(struct rte_mbuf *);
}

uint32_t
mcr_rx_backlog_size(uint32_t mbufs, uint32_t rx_lcores)
{
	uint32_t share;

	RTE_ASSERT(rx_lcores != 0);
	share = RTE_MAX(mbufs / 8 / rx_lcores, (uint32_t)MCR_RX_BURST);
	return mbufs == 0 ? LONGEST : RTE_MIN(rte_align32prevpow2(share), LONGEST);
}

int
mcr_rx_backlog_create(struct mcr_lcore *lcore, uint32_t size)
{
	RTE_ASSERT(lcore->role->is_rx && lcore->role->is_tx);
	RTE_ASSERT(size >= MCR_RX_BURST && rte_is_power_of_2(size));
	lcore->rx.backlog = mcr_memory_allocate(lcore->role->node, size_of(size));
	if (lcore->rx.backlog == NULL)
		return -ENOMEM;
	lcore->rx.backlog->size = size;
	return 0;
}

static struct rte_mbuf *
take_one(struct mcr_rx_backlog *backlog)
{
	struct rte_mbuf *frame = backlog->frames[backlog->first];

	RTE_ASSERT(backlog->count != 0);
	backlog->first = (backlog->first + 1) & (backlog->size - 1);
	backlog->count--;
	return frame;
}

void
mcr_rx_backlog_drain(struct mcr_lcore *lcore)
{
	while (mcr_rx_backlog_waits(lcore))
		rte_pktmbuf_free(take_one(lcore->rx.backlog));
}

void
mcr_rx_backlog_free(struct mcr_lcore *lcore)
{
	if (lcore->rx.backlog != NULL)
		mcr_memory_release(lcore->rx.backlog, size_of(lcore->rx.backlog->size));
}

/* Late ones would take the link down. */
static bool
is_hello(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const uint8_t *bytes = rte_pktmbuf_mtod(frame, const uint8_t *);
	uint32_t at = packet->inner_offset;
	struct mcr_link_record record;

	return packet->verdict == MCR_VERDICT_LINK &&
	       mcr_link_read_record(bytes, &at, at + packet->inner_len, &record) &&
	       record.kind == MCR_LINK_HELLO;
}

static bool
costs_copies(const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	return packet->verdict != MCR_VERDICT_PUNT && packet->verdict != MCR_VERDICT_DROP &&
	       !is_hello(frame, packet);
}

/* As far as can be told without a look at the sender. */
static uint32_t
count_copies(const struct mcr_fib *fib, const struct mcr_packet *packet)
{
	const struct mcr_flow flow = {packet->source, packet->destination};
	const struct mcr_receivers *receivers = NULL;
	struct mcr_group_ref group;

	if (packet->verdict == MCR_VERDICT_DATA && mcr_group_find(fib->groups, flow, &group))
		receivers = mcr_group_receivers(fib->groups, group);
	return receivers == NULL ? 1 : receivers->count + 1;
}

static bool
has_room(struct mcr_lcore *lcore, const struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	const struct mcr_rx_backlog *backlog = lcore->rx.backlog;
	bool is_taken;

	if (!mcr_fair_drop_is_wanted(backlog->count, backlog->size))
		return true;
	is_taken = mcr_fair_drop_takes(lcore->rx.fair,
		mcr_hash(mcr_rx_pending_key(frame, packet), packet->key),
		count_copies(lcore->fib, packet), backlog->count, backlog->size, lcore->rx.now,
		rte_get_timer_hz());
	return is_taken && backlog->count != backlog->size;
}

static void
keep(struct mcr_lcore *lcore, struct rte_mbuf *frame, const struct mcr_packet *packet)
{
	struct mcr_rx_backlog *backlog = lcore->rx.backlog;

	if (!has_room(lcore, frame, packet))
		mcr_refuse_silently(lcore, frame, MCR_DROP_RING_FULL);
	else
		backlog->frames[(backlog->first + backlog->count++) & (backlog->size - 1)] = frame;
}

uint16_t
mcr_rx_backlog_sort(struct mcr_lcore *lcore, const struct mcr_port *port, struct rte_mbuf **frames,
	uint16_t count)
{
	uint16_t others = 0;

	for (uint16_t i = 0; i < count; i++) {
		struct mcr_packet packet;

		mcr_classify_frame(&port->classify, rte_pktmbuf_mtod(frames[i], const uint8_t *),
			frames[i]->data_len, &packet);
		if (costs_copies(frames[i], &packet))
			keep(lcore, frames[i], &packet);
		else
			frames[others++] = frames[i];
	}
	return others;
}

uint16_t
mcr_rx_backlog_take(struct mcr_lcore *lcore, struct rte_mbuf *frames[MCR_RX_BURST])
{
	struct mcr_rx_backlog *backlog = lcore->rx.backlog;
	uint16_t count = 0;

	do {
		frames[count++] = take_one(backlog);
	} while (count < MCR_RX_BURST && backlog->count != 0 &&
		 backlog->frames[backlog->first]->port == frames[0]->port);
	return count;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "datapath/refuse.h"
#include "datapath/rx_backlog.h"
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
costs_copies(const struct mcr_port *port, const struct rte_mbuf *frame)
{
	struct mcr_packet packet;

	mcr_classify_frame(&port->classify, rte_pktmbuf_mtod(frame, const uint8_t *),
		frame->data_len, &packet);
	return packet.verdict != MCR_VERDICT_PUNT && packet.verdict != MCR_VERDICT_DROP &&
	       !is_hello(frame, &packet);
}

static void
keep(struct mcr_lcore *lcore, struct rte_mbuf *frame)
{
	struct mcr_rx_backlog *backlog = lcore->rx.backlog;

	if (backlog->count == backlog->size)
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
		if (costs_copies(port, frames[i]))
			keep(lcore, frames[i]);
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

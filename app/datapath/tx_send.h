/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * From copies to the port. Inline for the same reason as tx_copy.h.
 */

#ifndef MCR_DATAPATH_TX_SEND_H
#define MCR_DATAPATH_TX_SEND_H

#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/tx_burst.h"
#include "datapath/worker.h"

static inline void
mcr_tx_drop_unsent(struct mcr_lcore *lcore, uint16_t first, uint16_t count)
{
	struct mcr_copies *copies = &lcore->tx.copies;

	mcr_stats_drop(&lcore->stats,
		lcore->tx.was_shed ? MCR_DROP_COPY_SHED : MCR_DROP_COPY_TX_FULL, count);
	lcore->tx.was_shed = false;
	for (uint16_t i = first; i < first + count; i++)
		mcr_stats_add(&lcore->member_drops[copies->members[i]], 1);
	rte_pktmbuf_free_bulk(&copies->packets[first], count);
}

static inline uint64_t
mcr_tx_count_members(
	struct mcr_lcore *lcore, const uint32_t *members, uint32_t count, uint32_t length)
{
	for (uint32_t i = 0; i < count; i++)
		mcr_stats_sent(&lcore->members[members[i]], length);
	return (uint64_t)count * length;
}

static inline uint64_t
mcr_tx_count_bytes(struct mcr_lcore *lcore, uint32_t first, uint32_t count)
{
	const struct mcr_copies *copies = &lcore->tx.copies;
	uint64_t bytes = 0;

	if (likely(!copies->is_mixed))
		return mcr_tx_count_members(
			lcore, &copies->members[first], count, copies->lengths[0]);
	for (uint32_t i = first; i < first + count; i++)
		bytes += mcr_tx_count_members(lcore, &copies->members[i], 1, copies->lengths[i]);
	return bytes;
}

/* Send consecutive copies that leave by one port. */
static inline void
mcr_tx_send_run(struct mcr_lcore *lcore, uint16_t first, uint16_t count)
{
	const uint16_t port = mcr_copies_port(&lcore->tx.copies, first);
	const uint16_t sent = mcr_tx_burst(
		lcore, &lcore->ports->at[port], &lcore->tx.copies.packets[first], count);

	mcr_stats_add(&lcore->tx.sent[port], sent);
	mcr_stats_count(
		&lcore->stats, MCR_STAT_TX_DATA_BYTES, mcr_tx_count_bytes(lcore, first, sent));
	if (unlikely(sent != count))
		mcr_tx_drop_unsent(lcore, first + sent, count - sent);
}

static inline uint16_t
mcr_tx_run_end(const struct mcr_copies *copies, uint16_t first)
{
	uint16_t end = first + 1;

	if (likely(!copies->is_mixed))
		return copies->count;
	while (end < copies->count && copies->ports[end] == copies->ports[first])
		end++;
	return end;
}

static inline void
mcr_tx_end_sample(struct mcr_lcore *lcore)
{
	const struct mcr_sample *sample = &lcore->tx.sample;

	RTE_ASSERT(sample->received != 0);
	/* Clocks of two cores may differ. */
	mcr_latency_record(&lcore->tx.delay,
		sample->last > sample->received ? sample->last - sample->received : 0);
	mcr_latency_record(&lcore->tx.spread, sample->last - sample->first);
	lcore->tx.sample.received = 0;
}

static inline void
mcr_tx_time_sample(struct mcr_lcore *lcore)
{
	struct mcr_sample *sample = &lcore->tx.sample;

	sample->last = rte_rdtsc();
	if (sample->first == 0)
		sample->first = sample->last;
	if (sample->is_whole)
		mcr_tx_end_sample(lcore);
}

/** Send the copies that wait. */
static inline void
mcr_tx_flush(struct mcr_lcore *lcore)
{
	struct mcr_copies *copies = &lcore->tx.copies;
	uint16_t first = 0;

	RTE_ASSERT(copies->count <= MCR_REPLICATE_BURST);
	while (first < copies->count) {
		const uint16_t end = mcr_tx_run_end(copies, first);

		mcr_tx_send_run(lcore, first, end - first);
		first = end;
	}
	if (lcore->tx.sample.received != 0 && copies->count != 0)
		mcr_tx_time_sample(lcore);
	copies->count = 0;
	copies->is_mixed = false;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "datapath/counters.h"
#include "infra/ports.h"

static uint64_t
load(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void
mcr_counters_sum(const struct mcr_workers *workers, struct mcr_stats *sum)
{
	*sum = (struct mcr_stats){0};
	for (uint16_t i = 0; i < workers->count; i++) {
		mcr_stats_sum(sum, &workers->lcores[i].stats);
		sum->counts[MCR_STAT_TX_DATA_PACKETS] += mcr_counters_sent(&workers->lcores[i]);
	}
}

uint64_t
mcr_counters_sent(const struct mcr_lcore *lcore)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < lcore->ports->count; i++)
		sum += load(&lcore->tx.sent[i]);
	return sum;
}

uint64_t
mcr_counters_largest_burst(const struct mcr_workers *workers, uint16_t port)
{
	uint64_t most = 0;

	for (uint16_t i = 0; i < workers->count; i++)
		most = RTE_MAX(most, load(&workers->lcores[i].tx.largest_burst[port]));
	return most;
}

uint64_t
mcr_counters_punt_drops(const struct mcr_workers *workers, enum mcr_punt_class class)
{
	uint64_t sum = 0;

	RTE_ASSERT(class < MCR_PUNT_CLASSES);
	for (uint16_t i = 0; i < workers->count; i++)
		sum += load(&workers->lcores[i].punt_drops[class]);
	return sum;
}

static struct mcr_member_counts
sum_member(const struct mcr_workers *workers, uint32_t member)
{
	struct mcr_member_counts sum = {0};

	RTE_ASSERT(member < workers->max_members);
	for (uint16_t i = 0; i < workers->count; i++) {
		const struct mcr_member_counters *counters = &workers->lcores[i].members[member];

		sum.rx_packets += load(&counters->rx_packets);
		sum.rx_bytes += load(&counters->rx_bytes);
		sum.tx_packets += load(&counters->tx_packets);
		sum.tx_bytes += load(&counters->tx_bytes);
		sum.drops += load(&workers->lcores[i].member_drops[member]);
	}
	return sum;
}

struct mcr_member_counts
mcr_counters_of_member(const struct mcr_workers *workers, uint32_t member)
{
	const struct mcr_member_counts *base = &workers->member_baselines[member];
	struct mcr_member_counts counts = sum_member(workers, member);

	counts.rx_packets -= base->rx_packets;
	counts.rx_bytes -= base->rx_bytes;
	counts.tx_packets -= base->tx_packets;
	counts.tx_bytes -= base->tx_bytes;
	counts.drops -= base->drops;
	return counts;
}

void
mcr_counters_start_member(struct mcr_workers *workers, uint32_t member)
{
	workers->member_baselines[member] = sum_member(workers, member);
}

uint64_t
mcr_counters_from_mac(
	const struct mcr_workers *workers, uint32_t member, const struct rte_ether_addr *mac)
{
	const uint64_t source = mcr_source_of(mac);
	uint64_t packets = 0;

	RTE_ASSERT(member < workers->max_members);
	for (uint16_t i = 0; i < workers->count; i++) {
		const struct mcr_lcore *lcore = &workers->lcores[i];

		if (lcore->rx.sources != NULL &&
			(load(&lcore->rx.sources[member]) & MCR_SOURCE_MAC) == source)
			packets += load(&lcore->members[member].rx_packets);
	}
	return packets;
}

struct mcr_group_counters
mcr_counters_of_group(const struct mcr_workers *workers, struct mcr_group_ref group)
{
	struct mcr_group_counters sum = {.generation = group.generation};

	for (uint16_t i = 0; i < workers->count; i++) {
		const struct mcr_group_counters *counters = &workers->lcores[i].groups[group.id];

		if ((uint32_t)__atomic_load_n(&counters->generation, __ATOMIC_ACQUIRE) !=
			group.generation)
			continue;
		sum.packets += load(&counters->packets);
		sum.bytes += load(&counters->bytes);
		sum.copies += load(&counters->copies);
	}
	return sum;
}

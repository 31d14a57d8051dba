/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>

#include "datapath/tx_window.h"
#include "infra/ports.h"

void
mcr_tx_window_init(struct mcr_lcore *lcore)
{
	lcore->tx.window_end = lcore->role->is_tx ? 0 : UINT64_MAX;
}

void
mcr_tx_window_end(struct mcr_lcore *lcore, uint64_t now)
{
	RTE_ASSERT(lcore->role->is_tx);
	for (uint16_t i = 0; i < lcore->ports->count; i++) {
		const uint64_t copies = lcore->tx.sent[i] - lcore->tx.window_start[i];

		if (copies > lcore->tx.largest_burst[i])
			__atomic_store_n(&lcore->tx.largest_burst[i], copies, __ATOMIC_RELAXED);
		lcore->tx.window_start[i] = lcore->tx.sent[i];
	}
	lcore->tx.window_end = now + rte_get_timer_hz() / MS_PER_S;
}

static bool
is_empty(const struct mcr_lcore *lcore)
{
	for (uint16_t i = 0; i < lcore->ports->count; i++) {
		if (lcore->tx.sent[i] != lcore->tx.window_start[i])
			return false;
	}
	return true;
}

void
mcr_tx_window_rest(struct mcr_lcore *lcore)
{
	if (lcore->role->is_tx && is_empty(lcore))
		lcore->tx.window_end = 0;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>

#include "infra/stall.h"

/* A look without work is no evidence either way. */
static void
judge_direction(struct mcr_stall *stall, bool *stalled, uint8_t *looks, bool moves, bool in_vain)
{
	RTE_ASSERT(*looks <= MCR_STALL_LOOKS);
	if (moves) {
		*stalled = false;
		*looks = 0;
		return;
	}
	if (*stalled || !in_vain || ++*looks < MCR_STALL_LOOKS)
		return;
	*stalled = true;
	stall->count++;
}

static void
judge_rx(struct mcr_stall *stall, const struct mcr_stall_look *look)
{
	const struct mcr_stall_look *last = &stall->last;
	const bool is_reset = look->missed < last->missed;
	const bool in_vain = look->missed > last->missed;

	judge_direction(stall, &stall->rx, &stall->rx_looks,
		!look->has_link || look->received != last->received || is_reset, in_vain);
}

static void
judge_tx(struct mcr_stall *stall, const struct mcr_stall_look *look)
{
	const struct mcr_stall_look *last = &stall->last;
	const bool has_sent = look->recoveries != last->recoveries;
	const bool in_vain = look->refused > last->refused;

	judge_direction(stall, &stall->tx, &stall->tx_looks, !look->has_link || has_sent, in_vain);
}

void
mcr_stall_take(struct mcr_stall *stall, const struct mcr_stall_look *look)
{
	if (stall->has_last) {
		judge_rx(stall, look);
		judge_tx(stall, look);
	}
	stall->last = *look;
	stall->has_last = true;
}

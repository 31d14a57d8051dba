/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "stall.h"

/* A look at which there was nothing to do says neither that it moves nor that it does not. */
static void
take(struct mcr_stall *stall, bool *stalled, uint8_t *looks, bool moves, bool in_vain)
{
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

void
mcr_stall_take(struct mcr_stall *stall, const struct mcr_stall_look *look)
{
	const struct mcr_stall_look *last = &stall->last;

	if (stall->has_last) {
		take(stall, &stall->rx, &stall->rx_looks,
			!look->has_link || look->received != last->received ||
				look->missed<last->missed, look->missed> last->missed);
		take(stall, &stall->tx, &stall->tx_looks,
			!look->has_link || look->refused == 0 ||
				look->refused<last->refused, look->refused> last->refused);
	}
	stall->last = *look;
	stall->has_last = true;
}

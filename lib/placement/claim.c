/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_common.h>
#include <rte_debug.h>

#include "mcr_claim.h"

bool
mcr_claim_may(const struct mcr_own_claim *own, uint64_t now_ms)
{
	return own->number == 0 && (own->lost_ms == 0 || now_ms - own->lost_ms >= own->again_ms);
}

/* The last one of the hub has no next. A member would have to move a million times. */
uint32_t
mcr_claim_number(uint32_t hub, uint32_t highest)
{
	const uint64_t base = highest - highest % MCR_CLAIM_HUBS;
	uint64_t number = base + hub % MCR_CLAIM_HUBS;

	if (number <= highest)
		number += MCR_CLAIM_HUBS;
	return number <= UINT32_MAX ? number : number - MCR_CLAIM_HUBS;
}

void
mcr_claim_make(struct mcr_own_claim *own, uint32_t number, uint64_t now_ms)
{
	RTE_ASSERT(number != 0 && mcr_claim_may(own, now_ms));
	own->number = number;
	own->since_ms = now_ms;
}

/* Who was left in peace for twice the longest time begins anew. */
void
mcr_claim_lose(struct mcr_own_claim *own, uint64_t now_ms)
{
	RTE_ASSERT(own->number != 0);
	if (own->lost_ms == 0 || now_ms - own->lost_ms >= 2 * MCR_CLAIM_AGAIN_MAX_MS)
		own->again_ms = MCR_CLAIM_AGAIN_MS;
	else
		own->again_ms = RTE_MIN(2 * own->again_ms, MCR_CLAIM_AGAIN_MAX_MS);
	own->number = 0;
	own->lost_ms = now_ms != 0 ? now_ms : 1;
}

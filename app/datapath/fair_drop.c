/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <string.h>

#include <rte_common.h>

#include "datapath/fair_drop.h"

/* The greatest part that one may ask for is halved so often while the last quarter fills. */
#define STEPS 6

static void
begin_window(struct mcr_fair_drop *fair, uint64_t now, uint64_t hz)
{
	fair->most = 0;
	/* Of long ago: it says nothing. */
	if (now - fair->end >= hz)
		memset(fair->asked, 0, sizeof(fair->asked));
	for (uint32_t i = 0; i < MCR_FAIR_SENDERS; i++)
		fair->most = RTE_MAX(fair->most, fair->asked[i]);
	memcpy(fair->before, fair->asked, sizeof(fair->before));
	memset(fair->asked, 0, sizeof(fair->asked));
	fair->end = now + hz / MCR_FAIR_WINDOWS_PER_S;
}

bool
mcr_fair_drop_takes(struct mcr_fair_drop *fair, uint32_t sender, uint32_t copies, uint32_t waiting,
	uint32_t size, uint64_t now, uint64_t hz)
{
	const uint32_t i = sender % MCR_FAIR_SENDERS;
	const uint32_t reserve = size / 4;
	const uint32_t filled = waiting - (size - reserve);

	RTE_ASSERT(mcr_fair_drop_is_wanted(waiting, size) && reserve != 0 && copies != 0);
	if (now >= fair->end)
		begin_window(fair, now, hz);
	fair->asked[i] += RTE_MIN(copies, UINT32_MAX - fair->asked[i]);
	return fair->before[i] <= fair->most >>
	       (1 + RTE_MIN(filled, reserve - 1) * STEPS / reserve);
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_common.h>
#include <rte_debug.h>

#include "infra/announcer.h"

#define END (MCR_ANNOUNCE_PROBES + MCR_ANNOUNCE_TIMES)

static uint32_t
pause_after(uint8_t step)
{
	if (step < MCR_ANNOUNCE_PROBES)
		return MCR_ANNOUNCE_PROBE_MS;
	return step < END - 1 ? MCR_ANNOUNCE_MS : MCR_ANNOUNCE_PATROL_MS;
}

enum mcr_announce_frame
mcr_announcer_next(struct mcr_announcer *announcer, uint64_t now_ms)
{
	const uint8_t step = announcer->step;

	RTE_ASSERT(step <= END);
	if (now_ms < announcer->due_ms)
		return MCR_ANNOUNCE_NOTHING;
	announcer->sent_ms = now_ms;
	announcer->due_ms = now_ms + pause_after(step);
	announcer->step = RTE_MIN(step + 1, END);
	return step < MCR_ANNOUNCE_PROBES || step == END ? MCR_ANNOUNCE_PROBE
	                                                 : MCR_ANNOUNCE_ADDRESS;
}

void
mcr_announcer_restart(struct mcr_announcer *announcer, enum mcr_announce_why why, uint64_t now_ms)
{
	const uint64_t earliest_ms =
		announcer->sent_ms == 0 ? 0 : announcer->sent_ms + MCR_ANNOUNCE_PROBE_MS;

	RTE_ASSERT(announcer->step <= END);
	announcer->step = RTE_MIN(announcer->step, (uint8_t)why);
	announcer->due_ms = RTE_MAX(now_ms, earliest_ms);
}

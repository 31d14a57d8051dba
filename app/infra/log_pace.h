/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A rate limit for log lines that outsiders can cause.
 */

#ifndef MCR_INFRA_LOG_PACE_H
#define MCR_INFRA_LOG_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>
#include <rte_debug.h>

#define MCR_LOG_PACE_BURST 4
#define MCR_LOG_PACE_MS UINT64_C(10000)

/** All zeros: nothing was logged yet. */
struct mcr_log_pace {
	uint64_t paid_ms; /**< until when the lines so far use up the rate */
};

/** @return Whether a line may be logged now. A suppressed line costs nothing. */
static inline bool
mcr_log_pace_take(struct mcr_log_pace *pace, uint64_t now_ms)
{
	const uint64_t from = RTE_MAX(pace->paid_ms, now_ms);

	RTE_ASSERT(from - now_ms <= MCR_LOG_PACE_BURST * MCR_LOG_PACE_MS);
	if (from - now_ms > (MCR_LOG_PACE_BURST - 1) * MCR_LOG_PACE_MS)
		return false;
	pace->paid_ms = from + MCR_LOG_PACE_MS;
	return true;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The link of a port as the control lcore has seen it.
 */

#ifndef MCR_INFRA_LINK_H
#define MCR_INFRA_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "infra/log_pace.h"

/** All zeros at first. */
struct mcr_link {
	bool is_known;
	bool is_up;
	uint32_t reports;
	uint32_t changes;
	uint32_t unlogged;
	struct mcr_log_pace pace;
};

/**
 * Note the state and the driver's reports. Pure.
 * @param reports All reports of the driver; wraps. Some report no change (another speed, or a state
 * that was seen before its report), so only as many count as lead from the last state to this one.
 * @return Changes since the last call; 0 at the first.
 */
uint32_t
mcr_link_take(struct mcr_link *link, bool is_up, uint32_t reports);

#endif

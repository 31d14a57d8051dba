/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The watch over lcores: how busy each one is, and whether it gets on at all; and over ports:
 * whether they receive what arrives and take what is sent.
 */

#ifndef MCR_CONTROL_WATCHDOG_H
#define MCR_CONTROL_WATCHDOG_H

#include "infra/stall.h"

struct mcr_controller;

/** What the control lcore has seen of one lcore. */
struct mcr_watch {
	uint64_t loops;
	uint64_t busy_cycles;
	uint64_t progress_ms; /**< when it was last seen to get on */
	uint64_t sampled_ms;
	uint8_t busy_percent; /**< of the last full second */
	bool stuck;
};

/** @return 0 or -ENOMEM. */
int
mcr_watchdog_create(struct mcr_controller *control);

void
mcr_watchdog_free(struct mcr_controller *control);

/** Look at all lcores and ports; an lcore that stands still for two seconds is logged once. Control
 * lcore. */
void
mcr_watchdog_check(struct mcr_controller *control, uint64_t now_ms);

#endif

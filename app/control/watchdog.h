/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Watches lcores (load, progress) and ports (whether they receive and send frames). */

#ifndef MCR_CONTROL_WATCHDOG_H
#define MCR_CONTROL_WATCHDOG_H

#include "infra/stall.h"

struct mcr_controller;

struct mcr_watch {
	uint64_t loops;
	uint64_t busy_cycles;
	uint64_t progress_ms; /**< when loops last rose */
	uint64_t sampled_ms;
	uint8_t busy_percent; /**< of the last full second */
	bool stuck;
};

struct mcr_watchdog *
mcr_watchdog_create(uint16_t lcore_count);

/** Check all lcores and ports, and log an lcore without progress for two seconds. */
void
mcr_watchdog_check(struct mcr_controller *control);

/** Any thread: whether the last check found that all lcores and ports make progress. */
bool
mcr_watchdog_sees_progress(const struct mcr_controller *control);

/** @param index In mcr_workers.lcores. */
const struct mcr_watch *
mcr_watchdog_lcore(const struct mcr_controller *control, uint16_t index);

/** @param index In mcr_ports.at. */
const struct mcr_stall *
mcr_watchdog_port(const struct mcr_controller *control, uint16_t index);

#endif

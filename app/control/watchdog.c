/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_ethdev.h>

#include "control/context.h"
#include "control/watchdog.h"
#include "infra/log.h"
#include "infra/missed.h"

#define SAMPLE_MS 1000
#define STUCK_MS 2000

_Static_assert(MCR_STALL_LOOKS *SAMPLE_MS == STUCK_MS, "a port has as long as an lcore");

struct mcr_watchdog {
	uint64_t ports_due_ms;
	bool sees_progress; /* atomic */
	struct mcr_stall ports[RTE_MAX_ETHPORTS];
	struct mcr_watch lcores[];
};

static void
watch_progress(const struct mcr_lcore *lcore, struct mcr_watch *watch, uint64_t now_ms)
{
	const uint64_t loops = __atomic_load_n(&lcore->loops, __ATOMIC_RELAXED);

	if (loops != watch->loops || watch->progress_ms == 0) {
		if (watch->stuck)
			MCR_LOG(NOTICE, "lcore %u makes progress again", lcore->role->id);
		watch->stuck = false;
		watch->loops = loops;
		watch->progress_ms = now_ms;
		return;
	}
	if (watch->stuck || now_ms - watch->progress_ms < STUCK_MS)
		return;
	watch->stuck = true;
	MCR_LOG(ERR, "lcore %u makes no progress for %u ms", lcore->role->id, STUCK_MS);
}

static void
sample_busy(const struct mcr_lcore *lcore, struct mcr_watch *watch, uint64_t now_ms)
{
	const uint64_t busy = __atomic_load_n(&lcore->busy_cycles, __ATOMIC_RELAXED);
	const uint64_t elapsed_ms = now_ms - watch->sampled_ms;
	const uint64_t cycles_per_ms = rte_get_timer_hz() / 1000;

	if (elapsed_ms < SAMPLE_MS)
		return;
	if (watch->sampled_ms != 0)
		watch->busy_percent = RTE_MIN(
			(busy - watch->busy_cycles) * 100 / (elapsed_ms * cycles_per_ms), 100U);
	watch->busy_cycles = busy;
	watch->sampled_ms = now_ms;
}

static void
sum_sending(const struct mcr_workers *workers, uint16_t port, struct mcr_stall_look *look)
{
	for (uint16_t i = 0; i < workers->count; i++) {
		const struct mcr_lcore *lcore = &workers->lcores[i];

		look->refused += __atomic_load_n(&lcore->tx.refused_frames[port], __ATOMIC_RELAXED);
		look->recoveries += __atomic_load_n(&lcore->tx.recoveries[port], __ATOMIC_RELAXED);
	}
}

static void
watch_port(struct mcr_controller *control, uint16_t index)
{
	const struct mcr_port *port = &control->ports->at[index];
	struct rte_eth_stats stats = {0};
	struct mcr_stall_look look = {
		.has_link = port->link.is_up,
		.missed = mcr_missed_count(control->ports, index),
	};

	sum_sending(control->workers, port->id, &look);
	rte_eth_stats_get(port->id, &stats);
	look.received = stats.ipackets;
	mcr_stall_take(&control->watchdog->ports[index], &look);
}

static void
watch_ports(struct mcr_controller *control)
{
	if (control->now_ms < control->watchdog->ports_due_ms)
		return;
	control->watchdog->ports_due_ms = control->now_ms + SAMPLE_MS;
	/* Lcores leave a port that is away, and its driver must not be queried. */
	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (!mcr_port_is_away(&control->ports->at[i]))
			watch_port(control, i);
	}
}

/* What was found of a port that is away now says nothing. */
static bool
is_progress_seen(const struct mcr_controller *control)
{
	const struct mcr_watchdog *watchdog = control->watchdog;

	for (uint16_t i = 0; i < control->ports->count; i++) {
		if (!mcr_port_is_away(&control->ports->at[i]) &&
			(watchdog->ports[i].rx || watchdog->ports[i].tx))
			return false;
	}
	for (uint16_t i = 0; i < control->workers->count; i++) {
		if (watchdog->lcores[i].stuck)
			return false;
	}
	return true;
}

void
mcr_watchdog_check(struct mcr_controller *control)
{
	watch_ports(control);
	for (uint16_t i = 0; i < control->workers->count; i++) {
		const struct mcr_lcore *lcore = &control->workers->lcores[i];

		watch_progress(lcore, &control->watchdog->lcores[i], control->now_ms);
		sample_busy(lcore, &control->watchdog->lcores[i], control->now_ms);
	}
	__atomic_store_n(
		&control->watchdog->sees_progress, is_progress_seen(control), __ATOMIC_RELAXED);
}

bool
mcr_watchdog_sees_progress(const struct mcr_controller *control)
{
	return __atomic_load_n(&control->watchdog->sees_progress, __ATOMIC_RELAXED);
}

const struct mcr_watch *
mcr_watchdog_lcore(const struct mcr_controller *control, uint16_t index)
{
	RTE_ASSERT(index < control->workers->count);
	return &control->watchdog->lcores[index];
}

const struct mcr_stall *
mcr_watchdog_port(const struct mcr_controller *control, uint16_t index)
{
	RTE_ASSERT(index < control->ports->count);
	return &control->watchdog->ports[index];
}

struct mcr_watchdog *
mcr_watchdog_create(uint16_t lcore_count)
{
	return calloc(1, sizeof(struct mcr_watchdog) + lcore_count * sizeof(struct mcr_watch));
}

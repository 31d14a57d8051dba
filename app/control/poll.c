/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_timer.h>

#include <mcr_address.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/announce.h"
#include "control/background.h"
#include "control/bridge.h"
#include "control/checkup.h"
#include "control/control_watch.h"
#include "control/default_router.h"
#include "control/domain.h"
#include "control/effort.h"
#include "control/ending.h"
#include "control/link_watch.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/placement/arrivals.h"
#include "control/placement/drain.h"
#include "control/placement/placement.h"
#include "control/poll.h"
#include "control/port_reset.h"
#include "control/punted.h"
#include "control/rates.h"
#include "control/reload.h"
#include "control/state_file.h"
#include "control/watchdog.h"
#include "datapath/punt_account.h"
#include "infra/log_pace.h"

#define TICK_MS 100

/* Takes some 100 us. */
#define RELEASES_AT_ONCE 512

/* How long a class may take in a turn. A single IGMP report may take 300 us. */
static const uint32_t budget_us[MCR_EFFORT_CLASSES] = {
	[MCR_PUNT_CLASS_NEIGHBOUR] = 100,
	[MCR_PUNT_CLASS_MEMBERSHIP] = 300,
	[MCR_PUNT_CLASS_ADMISSION] = 100,
	[MCR_PUNT_CLASS_ECHO] = 100,
	[MCR_EFFORT_TELEMETRY] = 100,
};

static bool
receive_one(struct mcr_controller *control, enum mcr_punt_class class)
{
	/* clang-tidy does not see that the ring writes it. */
	struct mcr_punt in = {0};
	struct mcr_punt_account *account;
	uint64_t cycles;

	if (rte_ring_dequeue_elem(control->rings->punt[class], &in, sizeof(in)) != 0)
		return false;
	RTE_ASSERT(in.frame != NULL && mcr_punt_class_of(in.punt, in.sender.id) == class);
	account = &control->rings->accounts->at[in.account];
	mcr_punt_account_leave(account);
	cycles = mcr_effort_charge(control, class, mcr_punted_receive(control, &in));
	mcr_punt_account_charge(account, cycles, mcr_effort_last(control));
	return true;
}

static uint64_t
budget_of(unsigned int class)
{
	return budget_us[class] * (rte_get_timer_hz() / US_PER_S);
}

static bool
is_over(unsigned int class, uint64_t start, uint64_t now)
{
	return now - start >= budget_of(class);
}

/* @param budget In cycles: then no other frame begins. */
static unsigned int
receive_neighbours_for(struct mcr_controller *control, uint64_t budget)
{
	const uint64_t start = mcr_effort_end_slice(control);
	unsigned int count = 0;

	while (receive_one(control, MCR_PUNT_CLASS_NEIGHBOUR)) {
		count++;
		if (mcr_effort_end_slice(control) - start >= budget)
			break;
	}
	return count;
}

static unsigned int
receive_neighbours(struct mcr_controller *control)
{
	return receive_neighbours_for(control, budget_of(MCR_PUNT_CLASS_NEIGHBOUR));
}

/* Neighbours come first, and between any two frames of others. Then they take no longer than the
 * frame before: others get half of the time, however many neighbours ask. */
static unsigned int
receive_class(struct mcr_controller *control, enum mcr_punt_class class)
{
	unsigned int count = receive_neighbours(control);
	const uint64_t start = mcr_effort_last(control);
	uint64_t before = start;

	while (receive_one(control, class)) {
		count += 1 + receive_neighbours_for(control, mcr_effort_last(control) - before);
		before = mcr_effort_last(control);
		if (is_over(class, start, before))
			break;
	}
	return count;
}

/* While a commit goes on, what would make it longer waits. */
static unsigned int
receive_frames(struct mcr_controller *control)
{
	unsigned int count = receive_neighbours(control);

	if (!control->commit_stopped)
		count += receive_class(control, MCR_PUNT_CLASS_MEMBERSHIP);
	return count + receive_class(control, MCR_PUNT_CLASS_ECHO);
}

/* Each request has at most one call in a turn. */
static unsigned int
serve_telemetry(struct mcr_controller *control)
{
	const uint64_t start = mcr_effort_last(control);
	unsigned int count = 0;

	for (unsigned int left = mcr_mailbox_waiting(control->mailbox); left != 0; left--) {
		const unsigned int served = mcr_mailbox_serve_one(control->mailbox);

		mcr_effort_charge(control, MCR_EFFORT_TELEMETRY, served);
		count += served + receive_neighbours(control);
		if (is_over(MCR_EFFORT_TELEMETRY, start, mcr_effort_last(control)))
			break;
	}
	return count;
}

static void
run_timers(struct mcr_controller *control)
{
	mcr_neighbour_run(control);
	/* Drivers' timers, such as ena's watchdog. */
	rte_timer_manage();
	if (control->now_ms < control->tick_ms)
		return;
	control->tick_ms = control->now_ms + TICK_MS;
	mcr_link_watch_run(control);
	mcr_domain_run(control);
	mcr_announce_run(control);
	mcr_default_router_run(control);
	mcr_relay_run(control);
	mcr_watchdog_check(control);
	mcr_log_pace_run(control->now_ms);
}

/* No step makes neighbours wait for the next one. */
static unsigned int
begin_step(struct mcr_controller *control, const char *what)
{
	const unsigned int count = receive_neighbours(control);

	mcr_control_begin(control, what);
	return count;
}

static unsigned int
do_foreground(struct mcr_controller *control)
{
	unsigned int work;

	mcr_control_begin(control, "handles punted frames");
	work = receive_frames(control);
	work += begin_step(control, "runs timers");
	mcr_placements_watch(control);
	run_timers(control);
	work += begin_step(control, "runs the querier");
	mcr_membership_run(control);
	work += begin_step(control, "frees memory");
	mcr_address_reclaim(control->fib->rcu);
	mcr_rcu_reclaim_some(control->fib->rcu, RELEASES_AT_ONCE);
	return work;
}

static void
expire_all(struct mcr_controller *control)
{
	if (control->now_ms < control->expire_due_ms)
		return;
	control->expire_due_ms = control->now_ms + TICK_MS;
	mcr_admit_expire(control);
	mcr_segment_age(control->fib->segments, control->now_ms / 1000);
	mcr_amt_gateway_expire(control);
}

/* The next step, maybe in another turn. */
static unsigned int
begin_background_step(struct mcr_controller *control, const char *what)
{
	mcr_background_pause(control);
	return begin_step(control, what);
}

unsigned int
mcr_control_do_background(struct mcr_controller *control)
{
	unsigned int work;

	mcr_control_begin(control, "admits");
	work = receive_class(control, MCR_PUNT_CLASS_ADMISSION) + mcr_bridge_learn(control);
	work += begin_background_step(control, "answers telemetry");
	work += serve_telemetry(control);
	work += begin_background_step(control, "places members");
	mcr_arrivals_run(control);
	mcr_placements_run(control);
	work += begin_background_step(control, "reloads");
	mcr_reload_run(control);
	work += begin_background_step(control, "follows routers");
	mcr_default_router_follow(control);
	work += begin_background_step(control, "resets ports");
	mcr_port_reset_run(control);
	work += begin_background_step(control, "lets members go");
	expire_all(control);
	work += begin_background_step(control, "checks its health");
	mcr_drain_run(control);
	mcr_checkup_run(control);
	work += begin_background_step(control, "computes rates");
	mcr_rates_run(control);
	work += begin_background_step(control, "gathers the state file");
	mcr_state_file_run(control);
	(void)mcr_fib_commit_groups(control->fib);
	return work;
}

unsigned int
mcr_control_poll(struct mcr_controller *control, uint64_t now_ms)
{
	unsigned int work;

	RTE_ASSERT(now_ms >= control->now_ms && control->lcore->role->is_control);
	control->now_ms = now_ms;
	work = do_foreground(control) + begin_step(control, "works in the background");
	work += mcr_background_run(control);
	mcr_ending_run(control);
	work += begin_step(control, "is between two turns");
	return work;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_debug.h>
#include <rte_timer.h>

#include "control/admission.h"
#include "control/amt_gateway.h"
#include "control/amt_relay.h"
#include "control/announce.h"
#include "control/bridge.h"
#include "control/checkup.h"
#include "control/control_watch.h"
#include "control/link_watch.h"
#include "control/membership.h"
#include "control/neighbour.h"
#include "control/poll.h"
#include "control/port_reset.h"
#include "control/punted.h"
#include "control/reload.h"
#include "control/state_file.h"
#include "control/watchdog.h"

#define CONTROL_BURST 32
#define TICK_MS 100

static unsigned int
receive_frames(struct mcr_controller *control)
{
	/* clang-tidy does not see that the ring writes them. */
	struct mcr_punt frames[CONTROL_BURST] = {0};
	const unsigned int count = rte_ring_dequeue_burst_elem(
		control->rings->punt, frames, sizeof(frames[0]), CONTROL_BURST, NULL);

	for (unsigned int i = 0; i < count; i++) {
		RTE_ASSERT(frames[i].frame != NULL);
		mcr_punted_receive(control, &frames[i]);
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
	mcr_announce_run(control);
	mcr_admit_expire(control);
	mcr_segment_age(control->fib->segments, control->now_ms / 1000);
	mcr_relay_run(control);
	mcr_amt_gateway_expire(control);
	mcr_watchdog_check(control);
}

unsigned int
mcr_control_poll(struct mcr_controller *control, uint64_t now_ms)
{
	unsigned int work;

	RTE_ASSERT(now_ms >= control->now_ms && control->lcore->role->is_control);
	control->now_ms = now_ms;
	mcr_control_begin(control, "handles punted frames");
	work = receive_frames(control) + mcr_bridge_learn(control);
	mcr_control_begin(control, "answers telemetry");
	work += mcr_mailbox_serve(control->mailbox);
	mcr_reload_run(control);
	mcr_control_begin(control, "resets ports");
	mcr_port_reset_run(control);
	mcr_control_begin(control, "runs timers");
	run_timers(control);
	mcr_control_begin(control, "checks its health");
	mcr_checkup_run(control);
	mcr_control_begin(control, "runs the querier");
	mcr_membership_run(control);
	mcr_control_begin(control, "gathers the state file");
	mcr_state_file_run(control);
	mcr_control_begin(control, "frees memory");
	mcr_rcu_reclaim(control->fib->rcu);
	mcr_control_begin(control, "is between two turns");
	return work;
}

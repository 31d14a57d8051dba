/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_errno.h>

#include <mcr_dpdk.h>

#include "control/control_watch.h"
#include "control/service.h"
#include "infra/deadline.h"
#include "infra/log.h"
#include "infra/sandbox.h"

#define LOOK_MS 250
/* The manager waits for the lcores' first turns, which are about to come. */
#define START_LOOK_MS 1
#define STUCK_MS 2000

static struct {
	const struct mcr_controller *control;
	sem_t wake;
	bool ends; /* atomic */
	mcr_thread thread;
	bool runs;
	uint64_t loops; /* at the last look */
	unsigned int quiet_ms;
} watch;

/* @return False: nobody did, so the time is over. */
static bool
is_woken_in_ms(unsigned int ms)
{
	const struct timespec deadline = mcr_deadline_in_ms(ms);

	return mcr_deadline_wait(&watch.wake, &deadline);
}

static void
look_at_progress(unsigned int after_ms)
{
	const uint64_t loops = __atomic_load_n(&watch.control->lcore->loops, __ATOMIC_RELAXED);

	if (loops != watch.loops) {
		if (watch.quiet_ms >= STUCK_MS)
			MCR_LOG(NOTICE, "the control lcore makes progress again");
		watch.quiet_ms = 0;
		watch.loops = loops;
		return;
	}
	watch.quiet_ms += after_ms;
	if (watch.quiet_ms >= STUCK_MS && watch.quiet_ms - after_ms < STUCK_MS)
		MCR_LOG(ERR, "the control lcore makes no progress for %u ms: it %s", STUCK_MS,
			__atomic_load_n(&watch.control->doing, __ATOMIC_RELAXED));
}

static mcr_thread_result
watch_control(void *arg)
{
	unsigned int pause_ms;

	RTE_SET_USED(arg);
	while (!__atomic_load_n(&watch.ends, __ATOMIC_ACQUIRE)) {
		mcr_sandbox_log_refused();
		mcr_service_tell(watch.control, watch.quiet_ms < STUCK_MS);
		pause_ms = mcr_service_awaits_lcores(watch.control) ? START_LOOK_MS : LOOK_MS;
		if (!is_woken_in_ms(pause_ms))
			look_at_progress(pause_ms);
	}
	mcr_service_tell_end();
	return 0;
}

void
mcr_control_watch_start(const struct mcr_controller *control)
{
	int ret;

	watch.control = control;
	sem_init(&watch.wake, 0, 0);
	ret = mcr_thread_create(&watch.thread, "mcdpdk-watch", watch_control, NULL);
	watch.runs = ret == 0;
	if (ret != 0)
		MCR_LOG(WARNING, "no thread watches the control lcore: %s", rte_strerror(-ret));
}

void
mcr_control_watch_stop(void)
{
	if (!watch.runs)
		return;
	__atomic_store_n(&watch.ends, true, __ATOMIC_RELEASE);
	sem_post(&watch.wake);
	mcr_thread_join(watch.thread);
	watch.runs = false;
}

void
mcr_control_watch_wake(void)
{
	if (watch.runs)
		sem_post(&watch.wake);
}

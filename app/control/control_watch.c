/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <rte_errno.h>

#include <mcr_dpdk.h>

#include "control/control_watch.h"
#include "infra/deadline.h"
#include "infra/log.h"

#define LOOK_MS 250
#define STUCK_MS 2000

static struct {
	const struct mcr_controller *control;
	sem_t end;
	mcr_thread thread;
	bool runs;
} watch;

static bool
ends_within(unsigned int ms)
{
	const struct timespec deadline = mcr_deadline_in_ms(ms);

	return mcr_deadline_wait(&watch.end, &deadline);
}

static mcr_thread_result
look_at_progress(void *arg)
{
	const struct mcr_lcore *lcore = watch.control->lcore;
	unsigned int quiet_ms = 0;
	uint64_t last = 0;

	RTE_SET_USED(arg);
	while (!ends_within(LOOK_MS)) {
		const uint64_t loops = __atomic_load_n(&lcore->loops, __ATOMIC_RELAXED);

		if (loops != last) {
			if (quiet_ms >= STUCK_MS)
				MCR_LOG(NOTICE, "the control lcore makes progress again");
			quiet_ms = 0;
			last = loops;
			continue;
		}
		quiet_ms += LOOK_MS;
		if (quiet_ms == STUCK_MS)
			MCR_LOG(ERR, "the control lcore makes no progress for %u ms: it %s",
				STUCK_MS, __atomic_load_n(&watch.control->doing, __ATOMIC_RELAXED));
	}
	return 0;
}

void
mcr_control_watch_start(const struct mcr_controller *control)
{
	int ret;

	watch.control = control;
	sem_init(&watch.end, 0, 0);
	ret = mcr_thread_create(&watch.thread, "mcdpdk-watch", look_at_progress, NULL);
	watch.runs = ret == 0;
	if (ret != 0)
		MCR_LOG(WARNING, "no thread watches the control lcore: %s", rte_strerror(-ret));
}

void
mcr_control_watch_stop(void)
{
	if (!watch.runs)
		return;
	sem_post(&watch.end);
	mcr_thread_join(watch.thread);
	watch.runs = false;
}

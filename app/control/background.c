/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>

#include "control/background.h"
#include "control/control_watch.h"
#include "infra/fiber.h"
#include "infra/log_pace.h"

#define SLICE_US 250

/* For a worker that is alive a millisecond is long. */
#define LONGEST_WAIT_MS 500

struct mcr_background {
	struct mcr_fiber *fiber;
	mcr_background_round round;
	uint64_t until;    /* in cycles: the end of the slice */
	unsigned int work; /* of the last round */
	bool is_running;   /* else the foreground, or the main thread at the start */
	bool is_in_round;
	bool is_ending;
};

static bool
is_running(const struct mcr_controller *control)
{
	return control->background != NULL && control->background->is_running;
}

/* Between two entries of a change of the group table. */
static bool
must_stop(void *arg)
{
	struct mcr_controller *control = arg;

	if (!is_running(control))
		return control->read_cycles() >= control->commit_until;
	(void)mcr_background_pause(control);
	return false;
}

static void
pause_segments(void *arg)
{
	(void)mcr_background_pause(arg);
}

static void
work(void *arg)
{
	struct mcr_controller *control = arg;
	struct mcr_background *background = control->background;

	for (;;) {
		background->is_in_round = true;
		background->work = background->round(control);
		background->is_in_round = false;
		mcr_fiber_pause(background->fiber);
	}
}

int
mcr_background_create(struct mcr_controller *control, mcr_background_round round)
{
	struct mcr_background *background = calloc(1, sizeof(*background));

	if (background == NULL)
		return -ENOMEM;
	background->round = round;
	background->fiber = mcr_fiber_create(work, control);
	control->background = background;
	mcr_group_pace(control->fib->groups, must_stop, control);
	mcr_segment_pace(control->fib->segments, pause_segments, control);
	return background->fiber == NULL ? -ENOMEM : 0;
}

static void
resume(struct mcr_controller *control)
{
	struct mcr_background *background = control->background;

	RTE_ASSERT(!background->is_running);
	background->is_running = true;
	mcr_group_work_on(control->fib->groups, MCR_GROUP_BULK);
	mcr_fiber_resume(background->fiber);
	mcr_group_work_on(control->fib->groups, MCR_GROUP_URGENT);
	background->is_running = false;
}

void
mcr_background_end(struct mcr_controller *control)
{
	struct mcr_background *background = control->background;

	if (background == NULL)
		return;
	background->is_ending = true;
	while (background->is_in_round)
		resume(control);
}

void
mcr_background_free(struct mcr_controller *control)
{
	struct mcr_background *background = control->background;

	if (background == NULL)
		return;
	RTE_ASSERT(!background->is_in_round);
	mcr_group_pace(control->fib->groups, NULL, NULL);
	mcr_segment_pace(control->fib->segments, NULL, NULL);
	mcr_fiber_free(background->fiber);
	free(background);
	control->background = NULL;
}

unsigned int
mcr_background_run(struct mcr_controller *control)
{
	struct mcr_background *background = control->background;

	background->until = control->read_cycles() + SLICE_US * (rte_get_timer_hz() / US_PER_S);
	resume(control);
	return background->is_in_round ? 1 : background->work;
}

static void
yield(struct mcr_controller *control)
{
	const char *doing = control->doing;

	mcr_fiber_pause(control->background->fiber);
	mcr_control_begin(control, doing);
}

bool
mcr_background_pause(struct mcr_controller *control)
{
	if (!is_running(control))
		return true;
	if (control->read_cycles() >= control->background->until)
		yield(control);
	return !control->background->is_ending;
}

static void
log_late_reader(const struct mcr_controller *control)
{
	const unsigned int late = mcr_rcu_find_late(control->fib->rcu);

	if (late < control->workers->count)
		MCR_LOG_PACED(ERR, control->now_ms, late,
			"lcore %u has not ended its turn for %u ms: the places of members and "
			"groups that are removed cannot be used yet",
			control->workers->lcores[late].role->id, LONGEST_WAIT_MS);
}

/* Without the fiber, at the start. */
static bool
wait_for_readers(struct mcr_controller *control)
{
	const int ret = mcr_rcu_wait(control->fib->rcu, control->lcore->index, LONGEST_WAIT_MS);

	if (ret == -ETIMEDOUT)
		log_late_reader(control);
	return ret == 0;
}

bool
mcr_background_await_readers(struct mcr_controller *control)
{
	const struct mcr_rcu *rcu = control->fib->rcu;
	const uint64_t until = control->now_ms + LONGEST_WAIT_MS;
	const uint32_t mark = mcr_rcu_mark(rcu);

	if (!is_running(control))
		return wait_for_readers(control);
	if (mcr_rcu_has_passed(rcu, mark))
		return false;
	while (!mcr_rcu_has_passed(rcu, mark)) {
		if (control->background->is_ending)
			return false;
		if (control->now_ms >= until) {
			log_late_reader(control);
			return false;
		}
		yield(control);
	}
	return true;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_debug.h>

#include "control/effort.h"

/* The thread's clock is a system call of 0.3 us, the timer's cycles are not. So it is read this
 * seldom, and a slice that was preempted may be taken for longer by as much. */
#define CPU_CLOCK_INTERVAL_US 100

struct mcr_effort {
	uint64_t last; /* in timer cycles, as all but cpu_ns */
	uint64_t slice_start;
	uint64_t longest_slice;
	uint64_t cpu_read; /* when cpu_ns was read */
	uint64_t cpu_ns;
	struct {
		uint64_t served;
		uint64_t busy;
	} classes[MCR_EFFORT_CLASSES];
};

struct mcr_effort *
mcr_effort_create(void)
{
	return calloc(1, sizeof(struct mcr_effort));
}

static uint64_t
cycles_per_us(void)
{
	return rte_get_timer_hz() / US_PER_S;
}

/* A slice takes no more CPU time than real time, nor than what passed since the clock was read. */
static void
read_cpu_clock(struct mcr_controller *control, uint64_t now)
{
	struct mcr_effort *effort = control->effort;
	const uint64_t cpu_ns = control->read_cpu_ns();
	const uint64_t cpu = (cpu_ns - effort->cpu_ns) * cycles_per_us() / 1000;
	const uint64_t slice = RTE_MIN(now - effort->slice_start, cpu);

	RTE_ASSERT(cpu_ns >= effort->cpu_ns);
	/* What came before the first turn is no slice. */
	if (effort->slice_start != 0)
		effort->longest_slice = RTE_MAX(effort->longest_slice, slice);
	effort->cpu_ns = cpu_ns;
	effort->cpu_read = now;
}

uint64_t
mcr_effort_end_slice(struct mcr_controller *control)
{
	struct mcr_effort *effort = control->effort;
	const uint64_t now = control->read_cycles();

	if (now - effort->slice_start > effort->longest_slice ||
		now - effort->cpu_read >= CPU_CLOCK_INTERVAL_US * cycles_per_us())
		read_cpu_clock(control, now);
	effort->slice_start = now;
	effort->last = now;
	return now;
}

uint64_t
mcr_effort_charge(struct mcr_controller *control, unsigned int class, unsigned int served)
{
	struct mcr_effort *effort = control->effort;
	const uint64_t now = control->read_cycles();
	const uint64_t time = now - effort->last;

	RTE_ASSERT(class < MCR_EFFORT_CLASSES && effort->last != 0);
	effort->classes[class].served += served;
	effort->classes[class].busy += time;
	effort->last = now;
	return time;
}

uint64_t
mcr_effort_last(const struct mcr_controller *control)
{
	return control->effort->last;
}

const char *
mcr_effort_class_name(unsigned int class)
{
	static const char *const names[MCR_EFFORT_CLASSES] = {
		[MCR_PUNT_CLASS_NEIGHBOUR] = "neighbour",
		[MCR_PUNT_CLASS_MEMBERSHIP] = "membership",
		[MCR_PUNT_CLASS_ADMISSION] = "admission",
		[MCR_PUNT_CLASS_ECHO] = "echo",
		[MCR_EFFORT_TELEMETRY] = "telemetry",
	};

	RTE_ASSERT(class < MCR_EFFORT_CLASSES);
	return names[class];
}

struct mcr_effort_share
mcr_effort_share_of(const struct mcr_controller *control, unsigned int class)
{
	RTE_ASSERT(class < MCR_EFFORT_CLASSES);
	return (struct mcr_effort_share){
		.served = control->effort->classes[class].served,
		.busy_us = control->effort->classes[class].busy / cycles_per_us(),
	};
}

uint64_t
mcr_effort_longest_slice_us(const struct mcr_controller *control)
{
	return control->effort->longest_slice / cycles_per_us();
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_debug.h>

#include "control/background.h"
#include "control/placement/arrivals.h"
#include "control/placement/serving.h"
#include "datapath/counters.h"

/* A member that comes by itself waits for its first packet at least so long. */
#define INTERVAL_MS 20

/* Members a turn: with four lcores some 100 us. */
#define AT_ONCE 4096

struct arrival {
	uint64_t rx_packets;
	uint64_t came_ms; /* 0: never */
};

struct mcr_arrivals {
	uint64_t due_ms;
	uint32_t id;         /* looked at up to here; MCR_MEMBER_NONE: between two rounds */
	struct arrival at[]; /* by member id */
};

struct mcr_arrivals *
mcr_arrivals_create(uint32_t max_members)
{
	struct mcr_arrivals *arrivals =
		calloc(1, sizeof(*arrivals) + max_members * sizeof(arrivals->at[0]));

	if (arrivals != NULL)
		arrivals->id = MCR_MEMBER_NONE;
	return arrivals;
}

void
mcr_arrivals_start_member(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->workers->max_members);
	control->arrivals->at[id] = (struct arrival){0};
}

uint64_t
mcr_arrivals_silent_ms(const struct mcr_controller *control, uint32_t id)
{
	const uint64_t came_ms = control->arrivals->at[id].came_ms;

	return came_ms == 0 ? UINT64_MAX : control->now_ms - came_ms;
}

static void
come(struct mcr_controller *control, uint32_t id)
{
	const uint64_t silent_ms = mcr_arrivals_silent_ms(control, id);

	control->arrivals->at[id].came_ms = RTE_MAX(control->now_ms, UINT64_C(1));
	mcr_serving_come(control, id, silent_ms);
}

void
mcr_arrivals_note(struct mcr_controller *control, uint32_t id)
{
	RTE_ASSERT(id < control->workers->max_members);
	come(control, id);
}

static void
look_at(struct mcr_controller *control, uint32_t id)
{
	struct arrival *arrival = &control->arrivals->at[id];
	const uint64_t rx_packets = mcr_counters_of_member(control->workers, id).rx_packets;

	if (rx_packets == arrival->rx_packets)
		return;
	arrival->rx_packets = rx_packets;
	come(control, id);
}

void
mcr_arrivals_run(struct mcr_controller *control)
{
	struct mcr_arrivals *arrivals = control->arrivals;

	if (control->now_ms < arrivals->due_ms || control->domain == NULL)
		return;
	arrivals->due_ms = control->now_ms + INTERVAL_MS;
	for (unsigned int i = 0; i < AT_ONCE; i++) {
		arrivals->id = mcr_member_next(control->fib->members, arrivals->id);
		if (arrivals->id == MCR_MEMBER_NONE)
			return;
		look_at(control, arrivals->id);
		mcr_background_pause(control);
	}
}

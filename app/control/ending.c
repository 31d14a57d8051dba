/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <stdlib.h>

#include <rte_common.h>

#include "control/ending.h"
#include "control/state_file.h"
#include "fib/peers.h"

/* The program has two seconds to end. */
#define LONGEST_MS 1200

/* A frame may arrive after an lcore has polled in its present turn: the next one takes it. */
#define TURNS 2

/* All lcores make these turns after the state is saved. Then, what an RX lcore took, a TX lcore
 * sends. */
#define ROUNDS 2

struct mcr_ending {
	uint64_t by_ms; /* 0: no end is wanted */
	unsigned int rounds;
	bool is_saved;
	uint64_t loops[]; /* by lcore: when the round began */
};

struct mcr_ending *
mcr_ending_create(uint16_t lcores)
{
	struct mcr_ending *ending;

	return calloc(1, sizeof(*ending) + lcores * sizeof(ending->loops[0]));
}

static void
begin(struct mcr_controller *control)
{
	control->ending->by_ms = control->now_ms + LONGEST_MS;
	mcr_state_file_hurry(control);
}

static uint64_t
read_loops(const struct mcr_controller *control, uint16_t lcore)
{
	return __atomic_load_n(&control->workers->lcores[lcore].loops, __ATOMIC_RELAXED);
}

static void
begin_round(struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->workers->count; i++)
		control->ending->loops[i] = read_loops(control, i);
}

static bool
is_round_over(const struct mcr_controller *control)
{
	for (uint16_t i = 0; i < control->workers->count; i++) {
		if (read_loops(control, i) - control->ending->loops[i] < TURNS)
			return false;
	}
	return true;
}

static bool
is_all_sent(struct mcr_controller *control)
{
	struct mcr_ending *ending = control->ending;

	if (!ending->is_saved) {
		ending->is_saved = mcr_state_file_is_saved(control);
		if (ending->is_saved)
			mcr_peers_take_leave(control->fib);
		begin_round(control);
		return false;
	}
	if (!is_round_over(control))
		return false;
	begin_round(control);
	return ++ending->rounds >= ROUNDS;
}

void
mcr_ending_run(struct mcr_controller *control)
{
	struct mcr_ending *ending = control->ending;

	if (!__atomic_load_n(control->wants_end, __ATOMIC_RELAXED))
		return;
	if (ending->by_ms == 0)
		begin(control);
	if (is_all_sent(control) || control->now_ms >= ending->by_ms)
		__atomic_store_n(control->stop, true, __ATOMIC_RELAXED);
}

unsigned int
mcr_ending_left_ms(const struct mcr_controller *control)
{
	const struct mcr_ending *ending = control->ending;

	if (ending == NULL || ending->by_ms == 0)
		return LONGEST_MS;
	return ending->by_ms - RTE_MIN(control->now_ms, ending->by_ms);
}

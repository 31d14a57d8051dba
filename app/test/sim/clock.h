/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The virtual clock of the simulator. The compiler includes this file before each source of the
 * hub that reads the cycle counter; functions that tell time or draw numbers are wrapped by the
 * linker (clock.c).
 */

#ifndef MCR_TEST_SIM_CLOCK_H
#define MCR_TEST_SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>

/** Cycles of the simulation: one a nanosecond. Each reading takes a little time. */
uint64_t
sim_clock_read(void);

void
sim_clock_advance(uint64_t ns);

/** What random numbers of the hub derive from. */
void
sim_clock_seed(uint64_t seed);

/** Files and threads do not end while the disk is slow. */
void
sim_clock_set_slow_disk(bool is_slow);

#define rte_rdtsc sim_clock_read
#define rte_get_timer_cycles sim_clock_read

#endif

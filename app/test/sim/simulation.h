/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file One run of a script, in a process of its own: EAL starts once. */

#ifndef MCR_TEST_SIM_SIMULATION_H
#define MCR_TEST_SIM_SIMULATION_H

#include "test/sim/script.h"

struct sim_result {
	uint32_t steps;  /**< done, the failing one included */
	uint64_t events; /**< turns of lcores, frames sent and received by hosts */
	uint64_t trace;  /**< the same in each run of a script */
};

/** In a folder of its own. Ends the process with status 1 after an error, which is printed. */
void
sim_run(const struct sim_script *script, struct sim_result *result);

#endif

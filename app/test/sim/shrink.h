/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The shortest part of a script that still fails (delta debugging). */

#ifndef MCR_TEST_SIM_SHRINK_H
#define MCR_TEST_SIM_SHRINK_H

#include "test/sim/script.h"

/** @param fails Whether a script fails, in a process of its own.
 * @param tries How often it may be called. */
void
sim_shrink(
	struct sim_script *script, bool (*fails)(const struct sim_script *script), uint32_t tries);

#endif

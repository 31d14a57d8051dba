/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file What the hub needs and does not get for a while. */

#ifndef MCR_TEST_SIM_FAULTS_H
#define MCR_TEST_SIM_FAULTS_H

#include <stdbool.h>

/** Leave only so many buffers in the pools of copies. */
void
sim_faults_empty_pools(unsigned int left);

/** No state file can be written. */
void
sim_faults_break_disk(bool is_broken);

/** Give all back. */
void
sim_faults_end(void);

#endif

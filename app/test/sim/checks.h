/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file What holds for the hub's counters and buffers at any time, and when all is quiet. */

#ifndef MCR_TEST_SIM_CHECKS_H
#define MCR_TEST_SIM_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

/** Whatever was received and copied is counted, once: as soon as all is quiet. */
void
sim_check_counters(bool is_quiet);

/** All buffers are back. */
void
sim_check_buffers(void);

/** Packets, copies and punted frames that the hub has lost, by its own counters. */
uint64_t
sim_check_losses(void);

#endif

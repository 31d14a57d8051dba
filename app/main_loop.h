/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The loop of an lcore: receive, transmit, and on the main lcore the control plane.
 */

#ifndef MCR_APP_MAIN_LOOP_H
#define MCR_APP_MAIN_LOOP_H

#include "datapath/worker.h"

/** The time that lcores pass down, from a clock that never goes back. */
uint64_t
mcr_main_loop_now_ms(void);

/**
 * One turn of an lcore's life: what came in is forwarded, what is due is done; then a quiescent
 * state is reported.
 *
 * Called by the lcore itself, online in the RCU variable.
 *
 * @return
 *   Whether there was anything to do.
 */
bool
mcr_main_loop_turn(struct mcr_lcore *lcore);

/** The life of an lcore; returns when the hub is to stop. @param arg A struct mcr_lcore. */
int
mcr_main_loop_run(void *arg);

#endif

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

uint64_t
mcr_main_loop_now_ms(void);

/** CPU time of the calling thread. */
uint64_t
mcr_main_loop_cpu_ns(void);

/** Randomness that is passed down like the time. @return Whether the bytes are filled. */
bool
mcr_main_loop_fill_random(void *bytes, size_t length);

/** Poll RX, TX and control once, then report a quiescent state. The lcore itself calls this, online
 * in the RCU variable. @return Whether there was work. */
bool
mcr_main_loop_turn(struct mcr_lcore *lcore);

/** Loop until the hub stops. @param arg A struct mcr_lcore. */
int
mcr_main_loop_run(void *arg);

#endif

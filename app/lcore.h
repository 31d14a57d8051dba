/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Lcores: made from the plan, and what each of them does until the program ends.
 */

#ifndef MCR_APP_LCORE_H
#define MCR_APP_LCORE_H

#include "hub.h"

/**
 * Decide who does what, from the machine and the configuration; the decision is logged.
 *
 * @return
 *   0 or -errno, logged.
 */
int
mcr_lcore_plan_all(struct mcr_hub *hub);

/**
 * Make what each lcore of the plan has for itself: rings, counters, pools.
 *
 * @return
 *   0 or -errno, logged.
 */
int
mcr_lcore_create_all(struct mcr_hub *hub);

/** Free the packets that lcores hold. None of them runs any more. */
void
mcr_lcore_return_buffers(struct mcr_hub *hub);

/** Free what lcores have. They hold no packets, and ports are closed. */
void
mcr_lcore_free_all(struct mcr_hub *hub);

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
mcr_lcore_turn(struct mcr_lcore *lcore);

/** The life of an lcore; returns when hub->stop is set. @param arg A struct mcr_lcore. */
int
mcr_lcore_run(void *arg);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * A configuration becomes members, groups and neighbours: the first at start, others by a reload.
 */

#ifndef MCR_CONTROL_APPLY_H
#define MCR_CONTROL_APPLY_H

#include "control/context.h"

/**
 * Apply what differs between the running configuration and another. Streams that both allow go on:
 * lists that come out the same are not touched, and a member that stays keeps its id and its
 * resolved next hop.
 *
 * Called by the control lcore; or by the main thread before lcores run.
 *
 * @param config
 *   Checked, and the ports, lcores and limits are those that run. Becomes the running one in case
 * of success; the one before is freed.
 * @return
 *   0, -ENOSPC or -ENOMEM; then the configuration before still is in effect.
 */
int
mcr_apply_config(struct mcr_controller *control, struct mcr_config *config);

#endif

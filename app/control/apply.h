/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Turns a configuration into members, groups and neighbours, at the start and at a reload.
 */

#ifndef MCR_CONTROL_APPLY_H
#define MCR_CONTROL_APPLY_H

#include "control/context.h"

/**
 * Apply the difference to the configuration in force. Streams that both configurations allow are
 * not interrupted: equal lists stay as they are, and a member that stays keeps its id and next
 * hop. Called by the control lcore, or by the main thread before lcores run.
 * @param config Checked; its ports, lcores and limits are the running ones. On success it is in
 * force, and the previous one is the caller's.
 * @return 0, -ENOSPC or -ENOMEM; then the previous configuration is still in force. -ECANCELED: the
 *   hub ends.
 */
int
mcr_apply_config(struct mcr_controller *control, struct mcr_config *config);

#endif

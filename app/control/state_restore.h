/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Puts in force at the start what the state file says.
 */

#ifndef MCR_CONTROL_STATE_RESTORE_H
#define MCR_CONTROL_STATE_RESTORE_H

#include "control/context.h"

/** Read a state file. One that is broken is set aside; all errors are logged. */
void
mcr_state_restore(struct mcr_controller *control, const char *path);

#endif

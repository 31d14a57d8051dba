/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Restores the state file at the start; for state_file.c. */

#ifndef MCR_CONTROL_STATE_RESTORE_H
#define MCR_CONTROL_STATE_RESTORE_H

#include "control/context.h"

/** Restore a file and log all errors. A broken file is set aside. */
void
mcr_state_restore(struct mcr_controller *control, const char *path);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The state file: learned membership that survives a restart. Control lcore only.
 *
 * What members joined is gathered a little at each turn and written by a thread of its own, which
 * waits for the disk; at the end of the program it is written once more. At the start it is used
 * until the first queries have been answered.
 */

#ifndef MCR_CONTROL_STATE_FILE_H
#define MCR_CONTROL_STATE_FILE_H

#include "control/context.h"

/** @return NULL: no memory. */
struct mcr_state_file *
mcr_state_file_create(void);

/**
 * Put what the file says in force. One that is broken is set aside; all errors are logged.
 *
 * The configuration was applied, and no lcore runs yet.
 */
void
mcr_state_file_restore(struct mcr_controller *control);

/** Follow a configuration that was applied: another file is written at once. */
void
mcr_state_file_configure(struct mcr_controller *control, const struct mcr_config *config);

/** Do what is due. */
void
mcr_state_file_run(struct mcr_controller *control);

/** Write what was not written yet, and end. Membership is still there; no lcore runs any more. */
void
mcr_state_file_end(struct mcr_controller *control);

/** Whether the last attempt to write it failed. */
bool
mcr_state_file_is_failing(const struct mcr_controller *control);

#endif

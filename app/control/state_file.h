/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The state file: learned membership that survives a restart. Control lcore only. Each turn
 * gathers some joins; a separate thread writes them and waits for the disk, which delays neither a
 * reload nor, beyond 1.2 s, the end. When the program is to end, it writes the file while packets
 * are still served, and once more if something was learned meanwhile. Restored joins last until the
 * first queries are answered. The MACs of neighbours are written along, so that copies need not
 * wait for ARP after a restart. */

#ifndef MCR_CONTROL_STATE_FILE_H
#define MCR_CONTROL_STATE_FILE_H

#include "control/context.h"

struct mcr_state_file *
mcr_state_file_create(void);

/** Restore the file after the configuration was applied and before lcores run. */
void
mcr_state_file_restore(struct mcr_controller *control);

/** Follow a configuration that was applied: a new file is written at once. */
void
mcr_state_file_configure(struct mcr_controller *control, const struct mcr_config *config);

/** Do the next step of gathering or writing when it is due. */
void
mcr_state_file_run(struct mcr_controller *control);

/** The program is about to end: what is not on the disk yet is due now. */
void
mcr_state_file_hurry(struct mcr_controller *control);

/** Whether the disk has all that was known when mcr_state_file_hurry() was called; also when there
 * is no file, and when it cannot be written. */
bool
mcr_state_file_is_saved(const struct mcr_controller *control);

/** Write unsaved state and free all. No lcore runs; the other features still have their state. */
void
mcr_state_file_end(struct mcr_controller *control);

/** Whether the last write failed. */
bool
mcr_state_file_is_failing(const struct mcr_controller *control);

#endif

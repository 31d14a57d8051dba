/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Reads the configuration file again, in a thread of its own, and applies the changes.
 * Control lcore only. */

#ifndef MCR_CONTROL_RELOAD_H
#define MCR_CONTROL_RELOAD_H

#include "control/context.h"

struct mcr_reload_result {
	bool ok;
	char message[128]; /**< the first error */
};

struct mcr_reload *
mcr_reload_create(void);

/** NULL is allowed. A thread that still reads is left to itself. */
void
mcr_reload_free(struct mcr_reload *reload);

/** Read the file as it is from now on, after any reload that has begun. @return A number for
 * mcr_reload_is_done(), not 0. */
uint32_t
mcr_reload_begin(struct mcr_controller *control);

/** Whether the reload is applied or refused; all errors are logged. After an error the
 * configuration in force stays. */
bool
mcr_reload_is_done(const struct mcr_controller *control, uint32_t number);

/** The result of the last reload that is done. */
const struct mcr_reload_result *
mcr_reload_last(const struct mcr_controller *control);

/** Begin a reload if SIGHUP requested it; apply what has been read. */
void
mcr_reload_run(struct mcr_controller *control);

#endif

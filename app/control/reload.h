/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The configuration file is read again, and what is new is applied.
 */

#ifndef MCR_CONTROL_RELOAD_H
#define MCR_CONTROL_RELOAD_H

#include "control/context.h"

/** What a reload came to. */
struct mcr_reload_result {
	bool ok;
	char message[128]; /**< the first error */
};

/** Reload. All errors are logged; after one, the configuration in force goes on. */
void
mcr_reload(struct mcr_controller *control, struct mcr_reload_result *result);

/** Reload if SIGHUP asked for it. */
void
mcr_reload_if_signalled(struct mcr_controller *control);

#endif

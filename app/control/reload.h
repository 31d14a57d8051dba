/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Reads the configuration file again and applies the changes. Control lcore only. */

#ifndef MCR_CONTROL_RELOAD_H
#define MCR_CONTROL_RELOAD_H

#include "control/context.h"

struct mcr_reload_result {
	bool ok;
	char message[128]; /**< the first error */
};

/** Reload and log all errors. After an error the configuration in force stays. */
void
mcr_reload(struct mcr_controller *control, struct mcr_reload_result *result);

/** Reload if SIGHUP requested it. */
void
mcr_reload_if_signalled(struct mcr_controller *control);

#endif

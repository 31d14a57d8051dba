/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Makes the control plane and frees it.
 */

#ifndef MCR_CONTROL_CONTROLLER_H
#define MCR_CONTROL_CONTROLLER_H

#include "control/context.h"

/**
 * @param given
 *   What it works on; copied. The rest is zero.
 * @param config_file
 *   What a reload reads; not copied.
 * @param wants_reload
 *   Atomic: SIGHUP asks for a reload.
 * @return
 *   NULL with rte_errno. The neighbour table is made here; members may be added then.
 */
struct mcr_controller *
mcr_control_create(const struct mcr_controller *given, const char *config_file, bool *wants_reload);

/** NULL is allowed. */
void
mcr_control_free(struct mcr_controller *control);

#endif

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
 *   What the control plane works on; copied, but not what its pointers lead to. The other fields
 *   are zero.
 * @return
 *   NULL with rte_errno; else members may be added.
 */
struct mcr_controller *
mcr_control_create(const struct mcr_controller *given);

/** NULL is allowed. */
void
mcr_control_free(struct mcr_controller *control);

#endif

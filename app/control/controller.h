/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file Creates and frees the control plane. */

#ifndef MCR_CONTROL_CONTROLLER_H
#define MCR_CONTROL_CONTROLLER_H

#include "control/context.h"

/** @param given Copied; unused fields are zero. @return NULL with rte_errno. */
struct mcr_controller *
mcr_control_create(const struct mcr_controller *given);

/** NULL is allowed. */
void
mcr_control_free(struct mcr_controller *control);

#endif

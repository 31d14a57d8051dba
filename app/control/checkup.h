/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The check-up: once a second each reason of health.h is looked at, and what is new is logged. It
 * runs the survey of members and the search for address conflicts.
 */

#ifndef MCR_CONTROL_CHECKUP_H
#define MCR_CONTROL_CHECKUP_H

#include "control/health.h"
#include "control/reload.h"

/** @return NULL: no memory. */
struct mcr_checkup *
mcr_checkup_create(void);

/** What the last reload came to. */
void
mcr_checkup_note_reload(struct mcr_controller *control, const struct mcr_reload_result *result);

/** Do what is due. Each turn of the control lcore. */
void
mcr_checkup_run(struct mcr_controller *control);

/** What was last seen, by enum mcr_health_reason. */
const struct mcr_health_state *
mcr_checkup_get(const struct mcr_controller *control);

#endif

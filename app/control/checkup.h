/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/** @file The check-up evaluates each reason of health.h once a second and logs news. It also drives
 * the survey of members and the search for address conflicts. Control lcore only. */

#ifndef MCR_CONTROL_CHECKUP_H
#define MCR_CONTROL_CHECKUP_H

#include "control/health.h"
#include "control/reload.h"

struct mcr_checkup *
mcr_checkup_create(void);

/** Note the result of the last reload. */
void
mcr_checkup_note_reload(struct mcr_controller *control, const struct mcr_reload_result *result);

/** To be called each turn of the control lcore. */
void
mcr_checkup_run(struct mcr_controller *control);

/** The states, by enum mcr_health_reason. */
const struct mcr_health_state *
mcr_checkup_get(const struct mcr_controller *control);

#endif

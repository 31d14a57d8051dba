/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The lcores of EAL and their roles.
 */

#ifndef MCR_INFRA_LCORES_H
#define MCR_INFRA_LCORES_H

#include "infra/lcore_plan.h"
#include "infra/ports.h"

/**
 * Plan the work of EAL's lcores and log it. @return 0 or -errno, logged.
 * @param ports Found, not started. They keep a pointer to the plan.
 * @param[out] plan Free with mcr_lcore_plan_free().
 */
int
mcr_lcores_plan(struct mcr_ports *ports, const struct mcr_config_lcores *wanted,
	struct mcr_lcore_plan *plan);

#endif

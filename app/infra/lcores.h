/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The lcores that EAL has: who does what.
 */

#ifndef MCR_INFRA_LCORES_H
#define MCR_INFRA_LCORES_H

#include "infra/lcore_plan.h"
#include "infra/ports.h"

/**
 * Divide the work among EAL's lcores and log the result.
 *
 * @param ports
 *   Found, not started. They keep a pointer to the plan.
 * @param wanted
 *   What the configuration says.
 * @param[out] plan
 *   To be freed by mcr_lcore_plan_free().
 * @return
 *   0 or -errno, logged.
 */
int
mcr_lcores_plan(struct mcr_ports *ports, const struct mcr_config_lcores *wanted,
	struct mcr_lcore_plan *plan);

#endif

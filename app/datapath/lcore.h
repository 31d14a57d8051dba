/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Create and free the state of lcores.
 */

#ifndef MCR_DATAPATH_LCORE_H
#define MCR_DATAPATH_LCORE_H

#include <mcr_config.h>

#include "datapath/punt.h"
#include "datapath/worker.h"
#include "fib/fib.h"
#include "infra/ports.h"

/** Make rings, counters and pools of each lcore of the plan. @return 0 or -errno, logged. */
int
mcr_lcore_create_all(struct mcr_workers *workers, const struct mcr_config *config,
	struct mcr_ports *ports, struct mcr_fib *fib, struct mcr_punt_rings *rings);

/** Free the packets that lcores hold. No lcore runs any more. */
void
mcr_lcore_return_buffers(struct mcr_workers *workers, struct mcr_punt_rings *rings);

/** Free the state of all lcores. They hold no packets; ports are closed. */
void
mcr_lcore_free_all(struct mcr_workers *workers, const struct mcr_ports *ports,
	const struct mcr_fib *fib, struct mcr_punt_rings *rings);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hub: starts and ends all parts in order.
 */

#ifndef MCR_APP_HUB_H
#define MCR_APP_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_config.h>

#include "datapath/job.h"
#include "datapath/punt.h"
#include "datapath/worker.h"
#include "fib/fib.h"
#include "infra/ports.h"

struct mcr_hub {
	struct mcr_ports ports;
	struct mcr_fib fib;
	struct mcr_workers workers;
	struct mcr_punt_rings rings;

	const char *config_file;
	struct mcr_config *config;

	struct mcr_controller *control;
	bool wants_end; /**< atomic: set by signals; the control lcore sets stop */
	bool stop;
	bool reload;
};

/**
 * Take over the ports and make everything that lcores need; EAL runs, lcores do not yet.
 * @param hub All zeros but config_file and config, which the hub owns from now on.
 * @return 0 or -errno, logged; then mcr_hub_end() frees what was made.
 */
int
mcr_hub_start(struct mcr_hub *hub);

/** Undo mcr_hub_start() as far as it got; the configuration stays. No lcore runs any more. */
void
mcr_hub_end(struct mcr_hub *hub);

#endif

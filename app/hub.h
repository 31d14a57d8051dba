/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The hub: what lcores share and what each has.
 *
 * RX lcores classify and look up. A job for each packet goes to the TX lcore of its flow, by a
 * ring, or by a call on an lcore that does both. TX lcores replicate and send. The control lcore
 * (the main lcore) owns everything that changes: members, groups, neighbours.
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
	bool stop;
	bool reload;
};

/**
 * Take over the ports and make everything that lcores need; none of them runs yet. EAL runs.
 * @param hub All zeros except config (the hub owns it from now on) and config_file.
 * @return 0 or -errno, logged; then mcr_hub_end() frees what was made.
 */
int
mcr_hub_start(struct mcr_hub *hub);

/** Undo mcr_hub_start() as far as it got; the configuration stays. No lcore runs any more. */
void
mcr_hub_end(struct mcr_hub *hub);

#endif

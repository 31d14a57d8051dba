/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Checksums that a sender's kernel left unfinished: the hub finishes them, or no receiver would
 * take the copies.
 */

#ifndef MCR_DATAPATH_UNFINISHED_H
#define MCR_DATAPATH_UNFINISHED_H

#include "datapath/job.h"
#include "datapath/worker.h"
#include "infra/ports.h"

/**
 * Finish the checksum of a packet that this RX lcore has for itself, if it has to be.
 *
 * Never inline: UDP that needs nothing does not come here.
 */
void
mcr_unfinished_finish(struct mcr_lcore *lcore, const struct mcr_job *job);

/** Log each port that such packets came by, once. The control lcore, once a second. */
void
mcr_unfinished_log(
	const struct mcr_workers *workers, const struct mcr_ports *ports, uint32_t *logged);

#endif

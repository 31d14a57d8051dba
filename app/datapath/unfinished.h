/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * UDP and TCP checksums that a sender's kernel left to its device. Receivers would drop the copies,
 * so the hub finishes them.
 */

#ifndef MCR_DATAPATH_UNFINISHED_H
#define MCR_DATAPATH_UNFINISHED_H

#include "datapath/job.h"
#include "datapath/worker.h"
#include "infra/ports.h"

/** Finish a packet's checksum if needed; nobody else has the packet yet. Never inline: UDP
 * with a good checksum does not come here. */
void
mcr_unfinished_finish(struct mcr_lcore *lcore, const struct mcr_job *job);

/** Log once each port that received such packets. Control lcore, once a second. */
void
mcr_unfinished_log(
	const struct mcr_workers *workers, const struct mcr_ports *ports, uint32_t *logged);

#endif

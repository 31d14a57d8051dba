/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Copies that a port may not send any more, see infra/allowance.h, are dropped: those of less
 * important groups first. While no port has an allowance, only stuck ports come here.
 */

#ifndef MCR_DATAPATH_TX_SHED_H
#define MCR_DATAPATH_TX_SHED_H

#include "datapath/job.h"
#include "datapath/worker.h"
#include "infra/ports.h"

/** In place of a priority: ARP and queries leave in any case. */
#define MCR_TX_SHED_NEVER UINT8_MAX

/** The copies from here on are this job's: those that wait leave, if they have another priority. */
void
mcr_tx_shed_begin_job(struct mcr_lcore *lcore, const struct mcr_job *job);

/** @return How many frames of the lcore's priority a port may send now. */
uint16_t
mcr_tx_shed_permits(const struct mcr_lcore *lcore, const struct mcr_port *port,
	struct rte_mbuf *const *frames, uint16_t count);

uint64_t
mcr_tx_shed_bytes(struct rte_mbuf *const *frames, uint16_t count);

/** Frames were sent. */
void
mcr_tx_shed_charge(const struct mcr_port *port, uint16_t frames, uint64_t bytes);

/** The rest of the burst, so many frames, will be dropped for the allowance: sets
 * lcore->tx.was_shed. */
void
mcr_tx_shed_count(struct mcr_lcore *lcore, const struct mcr_port *port, uint16_t frames);

/** For the control lcore: the ports have the allowances of this configuration from now on. */
void
mcr_tx_shed_configure(
	struct mcr_workers *workers, struct mcr_ports *ports, const struct mcr_config *config);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Pools of mbufs: one a NUMA node to receive into; two a TX lcore, small enough to stay in cache,
 * for whole copies and for headers of shared payloads.
 */

#ifndef MCR_INFRA_POOL_H
#define MCR_INFRA_POOL_H

#include <mcr_config.h>
#include <mcr_replicate.h>

#include "infra/lcore_plan.h"
#include "infra/ports.h"

/**
 * Make the pools that ports receive into and the control lcore allocates from. @return 0 or -errno,
 * logged.
 * @param limit limits.mbufs; 0: as many as are needed.
 * @param waiting How many buffers may wait in rings and fragments.
 */
int
mcr_pool_create_rx(struct mcr_ports *ports, uint32_t limit, uint32_t waiting);

/** Make the pools of one TX lcore and set from which size payloads are shared. @return 0 or
 * -errno, logged. */
int
mcr_pool_create_tx(const struct mcr_ports *ports, const struct mcr_lcore_role *role,
	const struct mcr_config_tuning *tuning, struct mcr_replicate *replicate);

/** The pool that a port receives into. */
struct rte_mempool *
mcr_pool_of_port(const struct mcr_ports *ports, const struct mcr_port *port);

unsigned int
mcr_pool_count_in_use(const struct mcr_ports *ports, const struct mcr_port *port);

unsigned int
mcr_pool_count_free(const struct mcr_ports *ports, const struct mcr_port *port);

/** How many buffers of that pool drivers keep. */
unsigned int
mcr_pool_count_kept(const struct mcr_ports *ports, const struct mcr_port *port);

/** Free the pools of a TX lcore; log mbufs that are missing, except those that drivers keep.
 * Ports are closed, rings are empty. */
void
mcr_pool_free_tx(const struct mcr_ports *ports, const struct mcr_replicate *replicate);

/** Likewise the pools that ports receive into. */
void
mcr_pool_free_all(const struct mcr_ports *ports);

#endif

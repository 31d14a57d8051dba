/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Frames that arrived for a port and never reached its driver. DPDK 22.11 counts none of them for
 * net_af_packet, and for net_af_xdp not those that met a full ring. The kernel counts them by
 * socket.
 */

#ifndef MCR_INFRA_MISSED_H
#define MCR_INFRA_MISSED_H

#include "infra/ports.h"

/** Find the kernel sockets of a port that just started, after those of the ports before it, and
 * keep a full one from blocking its driver. @return 0 or -ENOMEM. */
int
mcr_missed_find(struct mcr_ports *ports, uint16_t port);

void
mcr_missed_free(struct mcr_ports *ports);

/** Forget what was missed before the first poll. Control lcore, before the functions below. */
void
mcr_missed_start(struct mcr_ports *ports);

void
mcr_missed_pause(struct mcr_ports *ports, uint16_t port);

/** It was reset, and mcr_missed_find() found its new sockets: count on. */
void
mcr_missed_resume(struct mcr_ports *ports, uint16_t port);

/** Frames missed in all, the driver's own count included. Control lcore. */
uint64_t
mcr_missed_count(struct mcr_ports *ports, uint16_t port);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Frames that arrived for a port and never reached its driver. DPDK 22.11 does not count them for
 * net_af_packet, nor those that met a full ring for net_af_xdp. The kernel counts them by socket.
 */

#ifndef MCR_INFRA_MISSED_H
#define MCR_INFRA_MISSED_H

#include "infra/ports.h"

/** Find the kernel sockets of a port that just started (ports start in order), and enlarge send
 * buffers so that a full socket does not block the driver. @return 0 or -ENOMEM. */
int
mcr_missed_find(struct mcr_ports *ports, uint16_t port);

void
mcr_missed_free(struct mcr_ports *ports);

/** Forget what was missed before the first poll. Control lcore, before the functions below. */
void
mcr_missed_start(struct mcr_ports *ports);

void
mcr_missed_pause(struct mcr_ports *ports, uint16_t port);

/** After a reset and mcr_missed_find(): count on. */
void
mcr_missed_resume(struct mcr_ports *ports, uint16_t port);

/** Frames missed in all, the driver's own count included. Control lcore. */
uint64_t
mcr_missed_count(struct mcr_ports *ports, uint16_t port);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Frames that arrived for a port and that its driver never saw: DPDK 22.11's net_af_packet counts
 * none of them, its net_af_xdp not those that found the ring full. The kernel does, by socket.
 */

#ifndef MCR_INFRA_MISSED_H
#define MCR_INFRA_MISSED_H

#include "infra/ports.h"

/**
 * Find the kernel's sockets of a port that was just started, those of the ports before it being
 * found, and see to it that a full one does not block its driver.
 *
 * @return
 *   0 or -ENOMEM.
 */
int
mcr_missed_find(struct mcr_ports *ports, uint16_t port);

void
mcr_missed_free(struct mcr_ports *ports);

/** Forget what was missed before anybody polled. Control lcore, before the other two. */
void
mcr_missed_start(struct mcr_ports *ports);

/** A port's device is about to be reset: its sockets may go, and its counters with them. */
void
mcr_missed_pause(struct mcr_ports *ports, uint16_t port);

/** It was reset, and mcr_missed_find(&->ports) has found what is new: count on. */
void
mcr_missed_resume(struct mcr_ports *ports, uint16_t port);

/** What a port has missed in all; the driver's own count included. Control lcore. */
uint64_t
mcr_missed_count(struct mcr_ports *ports, uint16_t port);

#endif

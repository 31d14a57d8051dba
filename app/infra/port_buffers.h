/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Packet buffers that drivers hold: warn if they may hold all, reclaim those that they forget.
 */

#ifndef MCR_INFRA_PORT_BUFFERS_H
#define MCR_INFRA_PORT_BUFFERS_H

#include "infra/ports.h"

/** Log when NICs may hold all buffers to receive into. Ports have started. */
void
mcr_port_buffers_warn(const struct mcr_ports *ports, uint32_t mbufs);

/**
 * Reclaim what a driver forgets when it is closed; add to kept_buffers what it cannot send without
 * a link.
 *
 * The port runs but no lcore uses it, and only drivers that keep buffers hold any of its pool.
 */
void
mcr_port_buffers_take_back(const struct mcr_ports *ports, struct mcr_port *port);

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The packet buffers that drivers have: whether they may come to have all, and how they are got
 * back from those that forget them.
 */

#ifndef MCR_INFRA_PORT_BUFFERS_H
#define MCR_INFRA_PORT_BUFFERS_H

#include "infra/ports.h"

/** Log when NICs may keep all buffers that there are to receive into. Ports have been started. */
void
mcr_port_buffers_warn(const struct mcr_ports *ports, uint32_t mbufs);

/**
 * Get back what a driver would forget when it is closed, as far as it can be had; what it cannot
 * send without a link is added to what it keeps.
 *
 * The port runs, but no lcore uses it any more, and nobody else has buffers of its pool but other
 * drivers that keep some.
 */
void
mcr_port_buffers_take_back(const struct mcr_ports *ports, struct mcr_port *port);

#endif

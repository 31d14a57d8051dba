/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Ports: the only place that sets up ethdevs.
 */

#ifndef MCR_INFRA_PORT_H
#define MCR_INFRA_PORT_H

#include "infra/ports.h"

/** Find the ethdevs of the configured ports and what they can do. @return 0 or -errno, logged. */
int
mcr_port_find_all(
	struct mcr_ports *ports, const struct mcr_config *config, const uint8_t *udp_encaps);

struct mcr_port_input
mcr_port_describe(const struct mcr_port *port);

/** Configure the queues of the plan and start all ports. After a failure mcr_port_stop_all()
 * stops those that run. @return 0 or -errno, logged. */
int
mcr_port_start_all(struct mcr_ports *ports, uint32_t mbufs);

/**
 * Configure and start a stopped port as at the start; does not log a failure.
 * @param index Its place in ports->at. No lcore uses it.
 * @return 0 or -errno.
 */
int
mcr_port_restart(struct mcr_ports *ports, uint16_t index);

/** Stop and close all ports; no lcore uses them any more. */
void
mcr_port_stop_all(struct mcr_ports *ports);

/** Give back the numbers of the ports' IPv6 addresses. */
void
mcr_port_drop_addresses(struct mcr_ports *ports);

/** Fill in the names and MTUs that a configuration leaves to the devices, so that a reload that
 * names them changes nothing. */
void
mcr_port_complete(const struct mcr_ports *ports, struct mcr_config *config);

#endif

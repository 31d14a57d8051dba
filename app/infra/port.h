/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Ports: the only place where ethdevs are set up.
 */

#ifndef MCR_INFRA_PORT_H
#define MCR_INFRA_PORT_H

#include "infra/ports.h"

/**
 * Find the ethdevs of the configuration's ports and what they can do.
 *
 * @return
 *   0, or -ENODEV and other errors, logged.
 */
int
mcr_port_find_all(
	struct mcr_ports *ports, const struct mcr_config *config, const uint8_t *udp_encaps);

/** What the lcore plan must know about a port. */
struct mcr_port_input
mcr_port_describe(const struct mcr_port *port);

/**
 * Configure the queues of the plan and start all ports. On failure the ports that run are stopped
 * by mcr_port_stop_all(&->ports).
 *
 * @return
 *   0 or -errno, logged.
 */
int
mcr_port_start_all(struct mcr_ports *ports, uint32_t mbufs);

/**
 * Configure and start a port that was stopped, as at the start. Says nothing when it fails.
 *
 * @param index
 *   Its place in hub->ports.at. No lcore uses it.
 * @return
 *   0 or -errno.
 */
int
mcr_port_restart(struct mcr_ports *ports, uint16_t index);

/** Stop and close the ports; no lcore may use them any more. */
void
mcr_port_stop_all(struct mcr_ports *ports);

/**
 * What a configuration leaves to the devices, in its ports: their names and MTUs. So that naming
 * what holds anyway is no change.
 */
void
mcr_port_complete(const struct mcr_ports *ports, struct mcr_config *config);

#endif

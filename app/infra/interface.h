/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The kernel's network interface beneath a port (af_packet, af_xdp, pcap, tap, bifurcated NICs): a
 * lock, so that two hubs do not both answer each packet, and what the kernel says of it.
 */

#ifndef MCR_INFRA_INTERFACE_H
#define MCR_INFRA_INTERFACE_H

#include "infra/ports.h"

/** The index of the interface beneath a port; 0: there is none. */
uint32_t
mcr_interface_of_port(const struct mcr_port *port);

/**
 * Take the interfaces beneath all ports for this hub.
 *
 * @return
 *   0, or -EBUSY when another process has one, and other errors; logged.
 */
int
mcr_interface_claim_all(struct mcr_ports *ports);

/** Give them back. */
void
mcr_interface_release_all(struct mcr_ports *ports);

enum mcr_interface_state {
	MCR_INTERFACE_UP,
	MCR_INTERFACE_DOWN,
	MCR_INTERFACE_GONE,
};

enum mcr_interface_state
mcr_interface_state(uint32_t index);

/** Whether the device of a port passes packets: what it says itself, and the kernel beneath it. */
bool
mcr_interface_has_link(const struct mcr_port *port);

/**
 * Whether the kernel has an address, too, in this network namespace.
 *
 * @param[out] name
 *   Of the interface that has it, of IF_NAMESIZE bytes.
 */
bool
mcr_interface_kernel_has(uint32_t address, char *name);

#endif

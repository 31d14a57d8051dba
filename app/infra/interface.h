/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The kernel interface beneath a port (af_packet, af_xdp, pcap, tap, bifurcated NICs): a lock, so
 * that two hubs do not both answer each packet, and its state.
 */

#ifndef MCR_INFRA_INTERFACE_H
#define MCR_INFRA_INTERFACE_H

#include "infra/ports.h"

uint32_t
mcr_interface_of_port(const struct mcr_port *port);

/** Lock all ports' interfaces for this hub. @return 0, -EBUSY when another process has one, or
 * another -errno; logged. */
int
mcr_interface_claim_all(struct mcr_ports *ports);

void
mcr_interface_release_all(struct mcr_ports *ports);

enum mcr_interface_state {
	MCR_INTERFACE_UP,
	MCR_INTERFACE_DOWN,
	MCR_INTERFACE_GONE,
};

enum mcr_interface_state
mcr_interface_state(uint32_t index);

bool
mcr_interface_has_link(const struct mcr_port *port);

/**
 * Whether the kernel has this address of either family, too, in this network namespace.
 * @param[out] name Its interface, IF_NAMESIZE bytes.
 */
bool
mcr_interface_kernel_has(uint32_t address, char *name);

#endif

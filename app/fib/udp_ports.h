/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The encapsulation of each UDP port, for all ports of the hub.
 */

#ifndef MCR_FIB_UDP_PORTS_H
#define MCR_FIB_UDP_PORTS_H

#include <mcr_config.h>

#include "fib/fib.h"

/** What a configuration will make of the table. All zeros: no port is open. */
struct mcr_udp_ports {
	uint8_t encaps[MCR_CLASSIFY_UDP_PORTS];
};

void
mcr_udp_ports_add(struct mcr_udp_ports *ports, const struct mcr_config_member *member);

/** Set the table, once all members were added. Control lcore; others may classify meanwhile: a port
 * that stays declared never lacks its encapsulation. */
void
mcr_udp_ports_configure(
	struct mcr_fib *fib, struct mcr_udp_ports *ports, const struct mcr_config *config);

#endif

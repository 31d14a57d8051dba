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

/** Set the table from the configuration. Control lcore; others may classify meanwhile: a port
 * that stays declared never lacks its encapsulation. */
void
mcr_udp_ports_configure(struct mcr_fib *fib, const struct mcr_config *config);

#endif

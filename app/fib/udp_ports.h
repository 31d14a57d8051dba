/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Which encapsulation is taken on which UDP port: a table for all ports of the hub.
 */

#ifndef MCR_FIB_UDP_PORTS_H
#define MCR_FIB_UDP_PORTS_H

#include <mcr_config.h>

#include "fib/fib.h"

/**
 * Control lcore: take what the configuration declares, and nothing else.
 *
 * Lcores may classify meanwhile: a UDP port that stays declared is never without its encapsulation.
 */
void
mcr_udp_ports_configure(struct mcr_fib *fib, const struct mcr_config *config);

#endif

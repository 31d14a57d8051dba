/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef MCR_NEIGH_ADDRESS_H
#define MCR_NEIGH_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/** Not 0.0.0.0/8, 127.0.0.0/8, multicast or 255.255.255.255 (RFC 1122 3.2.1.3). */
static inline bool
mcr_neigh_is_unicast(uint32_t address)
{
	const uint32_t network = address >> 24;
	const bool is_multicast = network >= 224 && network <= 239;

	return network != 0 && network != 127 && !is_multicast && address != UINT32_MAX;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#ifndef STATE_FORMAT_H
#define STATE_FORMAT_H

#include <mcr_address.h>
#include <rte_debug.h>
#include <rte_hash_crc.h>

#include "mcr_state.h"

#define STATE_HEADER "mcdpdk-state 1\n"
#define STATE_HEADER_LEN (sizeof(STATE_HEADER) - 1)
#define STATE_ANY_HEADER "mcdpdk-state "
#define STATE_TRAILER "crc32c %08x\n"
#define STATE_TRAILER_LEN 16

/* CRC-32C (RFC 3720 B.4), byte by byte: texts may be unaligned. */
static inline uint32_t
state_checksum(const char *bytes, size_t length)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < length; i++)
		crc = rte_hash_crc_1byte((uint8_t)bytes[i], crc);
	return ~crc;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Fragmentation of IPv4 packets (RFC 791, 3.2), one fragment after the other.
 *
 * Pure: no mbuf, no EAL; every function may be called by any thread.
 */

#ifndef MCR_FRAGMENT_H
#define MCR_FRAGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_ipv4.h>

/** A packet on its way into fragments. */
struct mcr_fragmenter {
	const uint8_t *ip; /**< the packet; not owned */
	struct mcr_ipv4_info info;
	uint16_t mtu;
	uint16_t done; /**< bytes of payload that have left */
};

/**
 * Begin with a packet, which may be a fragment itself.
 *
 * @param[out] fragmenter
 *   Written whole.
 * @param ip
 *   An IPv4 packet, contiguous. Must stay as it is until the last fragment is made. Whether DF
 *   allows it is not asked.
 * @param len
 *   How many bytes can be read.
 * @param mtu
 *   The longest fragment, its IPv4 header included.
 * @return
 *   0, -EINVAL when it is no IPv4 packet, -EMSGSIZE when the MTU leaves no 8 bytes behind the
 *   header, or the offset of the last fragment would not fit its 13 bits.
 */
int
mcr_fragment_start(
	struct mcr_fragmenter *fragmenter, const uint8_t *ip, uint16_t len, uint16_t mtu);

/**
 * Make the next fragment: DF clear, the ID of the packet, all options in the first fragment and
 * those that are to be copied in the others, the header checksum right.
 *
 * @param fragmenter
 *   As mcr_fragment_start() left it, or this function.
 * @param[out] to
 *   Room for the MTU given.
 * @return
 *   The length of the fragment, 0 after the last one.
 */
uint16_t
mcr_fragment_next(struct mcr_fragmenter *fragmenter, uint8_t *to);

/** Whether the last fragment was made. */
static inline bool
mcr_fragment_is_done(const struct mcr_fragmenter *fragmenter)
{
	return fragmenter->done == fragmenter->info.total_len - fragmenter->info.header_len;
}

#endif

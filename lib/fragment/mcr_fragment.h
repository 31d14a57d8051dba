/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Fragmentation of IPv4 packets (RFC 791, 3.2), and of own IPv6 packets (RFC 8200, 4.5). No mbuf,
 * no EAL: any thread may call.
 */

#ifndef MCR_FRAGMENT_H
#define MCR_FRAGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <mcr_ipv6.h>

struct mcr_fragmenter {
	const uint8_t *ip; /**< not owned */
	struct mcr_ipv4_info info;
	uint16_t mtu;
	uint16_t done; /**< payload bytes in fragments so far */
	bool is_ipv6;
	uint32_t id; /**< of IPv6 */
};

/**
 * Start with a packet, which may be a fragment itself. Ignores DF.
 * @param ip A contiguous IPv4 packet of at most len bytes. Must not change until the last fragment
 *   is made.
 * @param mtu The longest fragment, with its IPv4 header.
 * @return 0, -EINVAL when it is no IPv4 packet, -EMSGSIZE when the MTU leaves less than 8 bytes
 *   behind the header or the offset of the last fragment exceeds 13 bits.
 */
int
mcr_fragment_start(
	struct mcr_fragmenter *fragmenter, const uint8_t *ip, uint16_t len, uint16_t mtu);

/**
 * Likewise with an IPv6 packet without extension headers, which is the sender's own: nobody else
 * may fragment one.
 * @param number Of this packet alone, among those to its destination; counts up. The ID of the
 *   fragments is as many behind a number that depends on the destination and the process's secret.
 */
int
mcr_fragment_start_ipv6(struct mcr_fragmenter *fragmenter, const uint8_t *ip, uint16_t len,
	uint16_t mtu, uint32_t number);

/**
 * Make the next fragment. Of IPv4: DF clear, the packet's ID, all options in the first fragment and
 * those with the copied flag in the others.
 * @param[out] to Room for the MTU.
 * @return The length of the fragment; 0 after the last one.
 */
uint16_t
mcr_fragment_next(struct mcr_fragmenter *fragmenter, uint8_t *to);

static inline bool
mcr_fragment_is_done(const struct mcr_fragmenter *fragmenter)
{
	return fragmenter->done == fragmenter->info.total_len - fragmenter->info.header_len;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * UDP and TCP checksums that a sender's kernel left to a virtual device (veth, virtio): the field
 * holds only the sum of the pseudo header. Include mcr_encap.h.
 *
 * No driver reports them: virtio and vhost finish them, af_packet and af_xdp do not pass on the
 * kernel's flag.
 */

#ifndef MCR_TRANSPORT_H
#define MCR_TRANSPORT_H

#include <netinet/in.h>

#include "mcr_ipv4.h"
#include "mcr_ipv6.h"

#define MCR_TRANSPORT_UDP_END (MCR_IPV4_HEADER_LEN + 8)

/**
 * Fast check of a parsed IPv4 packet: true for UDP whose checksum is not the sum of its pseudo
 * header. If false, call mcr_transport_finish().
 */
static inline bool
mcr_transport_is_plain(const uint8_t *ip, uint32_t len)
{
	uint32_t source, destination;
	uint16_t length, checksum;
	uint64_t sum;

	if (unlikely(len < MCR_TRANSPORT_UDP_END || ip[0] != RTE_IPV4_VHL_DEF ||
		     ip[9] != IPPROTO_UDP))
		return false;
	RTE_ASSERT(len <= UINT16_MAX);
	memcpy(&source, ip + 12, sizeof(source));
	memcpy(&destination, ip + 16, sizeof(destination));
	memcpy(&length, ip + MCR_IPV4_HEADER_LEN + 4, sizeof(length));
	memcpy(&checksum, ip + MCR_IPV4_HEADER_LEN + 6, sizeof(checksum));
	sum = (uint64_t)source + destination + length + RTE_BE16(IPPROTO_UDP);
	/* Sums that fold to the same value differ by a multiple of 0xffff. */
	return (sum + (uint16_t)~checksum) % UINT16_MAX != 0;
}

/** Likewise for IPv6; if false, call mcr_transport_finish_ipv6(). */
static inline bool
mcr_transport_is_plain_ipv6(const uint8_t *ip, uint32_t len)
{
	uint64_t words[2 * MCR_IPV6_ADDRESS_LEN / sizeof(uint64_t)], sum = 0;
	uint16_t length, checksum;

	if (unlikely(len < MCR_IPV6_HEADER_LEN + 8 || ip[6] != IPPROTO_UDP))
		return false;
	memcpy(words, ip + MCR_IPV6_SOURCE, sizeof(words));
	memcpy(&length, ip + MCR_IPV6_HEADER_LEN + 4, sizeof(length));
	memcpy(&checksum, ip + MCR_IPV6_HEADER_LEN + 6, sizeof(checksum));
	for (unsigned int i = 0; i < RTE_DIM(words); i++)
		sum = mcr_checksum_add(sum, words[i]);
	sum = mcr_checksum_add(sum, length + RTE_BE16(IPPROTO_UDP) + (uint16_t)~checksum);
	return sum % UINT16_MAX != 0;
}

/**
 * Finish the UDP or TCP checksum of an IPv4 packet that the caller owns. Leaves correct checksums
 * and fragments alone: a kernel finishes a packet before it fragments it.
 * @param len Readable bytes.
 * @return Whether the checksum was unfinished.
 */
bool
mcr_transport_finish(uint8_t *ip, uint32_t len);

/** As mcr_transport_finish(), for an IPv6 packet without extension headers. */
bool
mcr_transport_finish_ipv6(uint8_t *ip, uint32_t len);

#endif

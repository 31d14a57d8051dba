/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * Checksums of UDP and TCP that the sender's kernel left to a device that was none (veth, virtio):
 * the field has the sum of the pseudo header alone. Part of mcr_encap.h, which is what users
 * include.
 *
 * No driver says so: virtio and vhost finish them, af_packet and af_xdp do not pass on what the
 * kernel knows.
 */

#ifndef MCR_TRANSPORT_H
#define MCR_TRANSPORT_H

#include <netinet/in.h>

#include "mcr_ipv4.h"

#define MCR_TRANSPORT_UDP_END (MCR_IPV4_HEADER_LEN + 8)

/**
 * Whether a packet is, at first glance, UDP that needs nothing: then its checksum is not the sum of
 * its pseudo header.
 *
 * @param ip
 *   An IPv4 packet that was parsed.
 * @param len
 *   Its length.
 * @return
 *   false: ask mcr_transport_finish().
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
	/* Sums that fold to the same differ by a multiple of 0xffff. */
	return (sum + (uint16_t)~checksum) % UINT16_MAX != 0;
}

/**
 * Finish the checksum of UDP or TCP in an IPv4 packet, if it has to be. Fragments are whole: a
 * kernel finishes a packet before it cuts it.
 *
 * @param ip
 *   In memory that the caller may write.
 * @param len
 *   Bytes that can be read.
 * @return
 *   Whether it had to be. A checksum that is right as it stands stays.
 */
bool
mcr_transport_finish(uint8_t *ip, uint32_t len);

/** As mcr_transport_finish(), of an IPv6 packet without extension headers. */
bool
mcr_transport_finish_ipv6(uint8_t *ip, uint32_t len);

#endif

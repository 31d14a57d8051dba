/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The headers between an outer IPv4 header and the inner packet: GRE (RFC 2784, RFC 2890), UDP,
 * VXLAN (RFC 7348), AMT (RFC 7450). Include mcr_encap.h.
 *
 * Parse functions read headers of any alignment; len counts header and payload.
 */

#ifndef MCR_TUNNEL_H
#define MCR_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "mcr_ipv4.h"

#define MCR_GRE_UDP_PORT 4754 /**< RFC 8086 */
#define MCR_VXLAN_PORT 4789   /**< RFC 7348 */
#define MCR_AMT_PORT 2268     /**< RFC 7450 */

#define MCR_GRE_HEADER_LEN 4 /**< without options */
#define MCR_GRE_OPTION_LEN 4 /**< of checksum, key and sequence number each */
#define MCR_UDP_HEADER_LEN 8
#define MCR_VXLAN_HEADER_LEN 8
#define MCR_AMT_DATA_HEADER_LEN 2

/** What lies between a link's template and the packet: the sequence number, and a record
 * (mcr_link.h).
 */
#define MCR_LINK_PREFIX_LEN 16
/** Likewise, if a member over IPv6 sent the packet. */
#define MCR_LINK_PREFIX_MAX 32

#define MCR_GRE_ETHERNET 0x6558 /**< transparent Ethernet bridging */
#define MCR_GRE_LINK 0x88b5     /**< between hubs: IEEE 802 local experimental EtherType 1 */
#define MCR_GRE_CHECKSUM_PRESENT 0x8000
#define MCR_GRE_KEY_PRESENT 0x2000
#define MCR_GRE_SEQUENCE_PRESENT 0x1000
#define MCR_GRE_OPTIONS (MCR_GRE_CHECKSUM_PRESENT | MCR_GRE_KEY_PRESENT | MCR_GRE_SEQUENCE_PRESENT)
#define MCR_GRE_MUST_BE_ZERO 0x4c07 /**< bits 1, 4 and 5, and the version */
#define MCR_VXLAN_VNI_PRESENT 0x08  /**< the I flag, in the first octet */
#define MCR_AMT_DATA 6              /**< message type, in the low half of the first octet */

/** A parsed GRE header, in host byte order. */
struct mcr_gre_info {
	uint16_t header_len; /**< 0: malformed, other fields unset */
	uint16_t protocol;   /**< EtherType of the payload */
	bool has_checksum;   /**< not verified; covers the payload too */
	bool has_key;
	uint32_t key; /**< 0: none */
};

/**
 * Parse a GRE header; skip the sequence number. header_len is 0 when the header is truncated, or
 * its version or flags require a receiver to discard it (RFC 2784 2.3, amended by RFC 2890).
 */
static inline struct mcr_gre_info
mcr_gre_parse(const uint8_t *gre, uint32_t len)
{
	const struct mcr_gre_info malformed = {0};
	struct mcr_gre_info info = {0};
	uint16_t flags;

	if (len < MCR_GRE_HEADER_LEN)
		return malformed;
	flags = mcr_read_be16(gre);
	info.protocol = mcr_read_be16(gre + 2);
	info.has_checksum = (flags & MCR_GRE_CHECKSUM_PRESENT) != 0;
	info.has_key = (flags & MCR_GRE_KEY_PRESENT) != 0;
	info.header_len = MCR_GRE_HEADER_LEN +
	                  __builtin_popcount(flags & MCR_GRE_OPTIONS) * MCR_GRE_OPTION_LEN;
	if ((flags & MCR_GRE_MUST_BE_ZERO) != 0 || info.header_len > len)
		return malformed;
	if (info.has_key)
		info.key = mcr_read_be32(
			gre + MCR_GRE_HEADER_LEN + (info.has_checksum ? MCR_GRE_OPTION_LEN : 0));
	return info;
}

/** A parsed UDP header, in host byte order. */
struct mcr_udp_info {
	uint16_t total_len; /**< header and payload; 0: malformed, other fields unset */
	uint16_t source_port;
	uint16_t destination_port;
};

/** Parse a UDP header. total_len is 0 if the header is truncated, or its length < 8 or > len. */
static inline struct mcr_udp_info
mcr_udp_parse(const uint8_t *udp, uint32_t len)
{
	const struct mcr_udp_info malformed = {0};
	struct mcr_udp_info info;

	if (len < MCR_UDP_HEADER_LEN)
		return malformed;
	info.source_port = mcr_read_be16(udp);
	info.destination_port = mcr_read_be16(udp + 2);
	info.total_len = mcr_read_be16(udp + 4);
	return info.total_len < MCR_UDP_HEADER_LEN || info.total_len > len ? malformed : info;
}

struct mcr_vxlan_info {
	uint16_t header_len; /**< 0: malformed */
	uint32_t vni;
};

/** Parse a VXLAN header. header_len is 0 if it is truncated or the I flag is 0 (RFC 7348 5). */
static inline struct mcr_vxlan_info
mcr_vxlan_parse(const uint8_t *vxlan, uint32_t len)
{
	struct mcr_vxlan_info info = {0};

	if (len < MCR_VXLAN_HEADER_LEN || (vxlan[0] & MCR_VXLAN_VNI_PRESENT) == 0)
		return info;
	info.header_len = MCR_VXLAN_HEADER_LEN;
	info.vni = mcr_read_be32(vxlan + 4) >> 8;
	return info;
}

#endif

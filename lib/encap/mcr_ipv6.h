/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The IPv6 header (RFC 8200), and what is asked of a packet of either version. Include mcr_encap.h.
 */

#ifndef MCR_IPV6_H
#define MCR_IPV6_H

#include "mcr_ipv4.h"

#define MCR_IPV6_HEADER_LEN 40
#define MCR_IPV6_ADDRESS_LEN 16
#define MCR_IPV6_SOURCE 8 /**< offset in the header */
#define MCR_IPV6_DESTINATION 24

/** Multicast scopes (RFC 4291 2.7, RFC 7346 2). */
#define MCR_IPV6_SCOPE_RESERVED 0
#define MCR_IPV6_SCOPE_INTERFACE 1
#define MCR_IPV6_SCOPE_LINK 2

/** A parsed IPv6 header, in host byte order. The addresses stay where they are. */
struct mcr_ipv6_info {
	uint32_t total_len; /**< with the header; 0: malformed, other fields unset */
	uint8_t tos;        /**< traffic class */
	uint8_t hop_limit;
	uint8_t next_header;
};

/**
 * Parse an IPv6 header of any alignment, not the headers behind it.
 * @param len Readable bytes, with Ethernet padding if any.
 * @return total_len is 0 when the version is not 6 or the packet is longer than len.
 */
static inline struct mcr_ipv6_info
mcr_ipv6_parse(const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv6_info malformed = {0};
	struct mcr_ipv6_info info;

	if (len < MCR_IPV6_HEADER_LEN || ip[0] >> 4 != 6)
		return malformed;
	info.total_len = MCR_IPV6_HEADER_LEN + mcr_read_be16(ip + 4);
	if (info.total_len > len)
		return malformed;
	info.tos = mcr_read_be16(ip) >> 4;
	info.next_header = ip[6];
	info.hop_limit = ip[7];
	return info;
}

static inline bool
mcr_ipv6_is_multicast(const uint8_t *address)
{
	return address[0] == 0xff;
}

/** The scope of a multicast address. */
static inline uint8_t
mcr_ipv6_scope(const uint8_t *address)
{
	RTE_ASSERT(mcr_ipv6_is_multicast(address));
	return address[1] & 0x0f;
}

/** Whether it is ::, no address (RFC 4291 2.5.2). */
static inline bool
mcr_ipv6_is_unspecified(const uint8_t *address)
{
	static const uint8_t none[MCR_IPV6_ADDRESS_LEN] = {0};

	return memcmp(address, none, sizeof(none)) == 0;
}

/** Whether it is in fe80::/10 (RFC 4291 2.5.6). */
static inline bool
mcr_ipv6_is_link_local(const uint8_t *address)
{
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

/** Whether it is ff02::1:ff00:0/104, which neighbour discovery alone uses (RFC 4291 2.7.1). */
static inline bool
mcr_ipv6_is_solicited_node(const uint8_t *address)
{
	static const uint8_t prefix[] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};

	return memcmp(address, prefix, sizeof(prefix)) == 0;
}

/** Where the transport of a packet begins. */
struct mcr_ipv6_transport {
	uint16_t offset; /**< from the IPv6 header on; 0: none, other fields unset */
	uint8_t protocol;
	bool is_cut; /**< in the first of several fragments */
};

/**
 * Find the transport behind hop-by-hop, destination options and, in the first fragment, a fragment
 * header.
 * @param total_len Of the parsed packet, all of which is readable.
 * @return None behind a routing header, in later fragments, and where headers are malformed.
 */
struct mcr_ipv6_transport
mcr_ipv6_find_transport(const uint8_t *ip, uint32_t total_len);

/**
 * The checksum of a transport with its pseudo header (RFC 8200 8.1).
 * @param ip The packet, whose addresses count.
 * @param transport Its payload of type @p protocol, behind all other headers.
 * @return In network byte order. 0 for data that contains its correct checksum.
 */
rte_be16_t
mcr_ipv6_checksum(const uint8_t *ip, const uint8_t *transport, uint32_t len, uint8_t protocol);

/* Both versions: of packets that are parsed. */

static inline bool
mcr_ip_is_ipv6(const uint8_t *ip)
{
	return ip[0] >> 4 == 6;
}

/** The type of service or the traffic class. */
static inline uint8_t
mcr_ip_tos(const uint8_t *ip)
{
	return mcr_ip_is_ipv6(ip) ? mcr_read_be16(ip) >> 4 : ip[1];
}

/** The TTL or the hop limit. */
static inline uint8_t
mcr_ip_ttl(const uint8_t *ip)
{
	return mcr_ip_is_ipv6(ip) ? ip[7] : ip[8];
}

/** Set CE (RFC 6040 4.2) in an owned packet and update the IPv4 checksum. */
void
mcr_ip_mark_ce(uint8_t *ip);

/** Decrement a TTL above 0 and update the header checksum (RFC 1141), or decrement a hop limit
 * above 0, of an owned packet. */
void
mcr_ip_decrement_ttl(uint8_t *ip);

#endif

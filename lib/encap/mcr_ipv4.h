/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/**
 * @file
 * The IPv4 header (RFC 791): parse, verify. Include mcr_encap.h.
 */

#ifndef MCR_IPV4_H
#define MCR_IPV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_debug.h>
#include <rte_ip.h>

#define MCR_IPV4_HEADER_LEN 20
#define MCR_IPV4_BROADCAST UINT32_MAX

/* Version 4 with a header of 5 to 15 words. */
#define MCR_IPV4_FIRST_OCTET_MIN 0x45
#define MCR_IPV4_FIRST_OCTET_MAX 0x4f

#define MCR_ECN_MASK 3 /**< RFC 3168: the low two bits of the TOS octet */
#define MCR_ECN_CE 3   /**< congestion experienced */

/** An address in host byte order. Unlike RTE_IPV4() it does not shift into a sign bit. */
#define MCR_IPV4(a, b, c, d) \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/** The network bits of a prefix of this length, 0 to 32. */
static inline uint32_t
mcr_ipv4_mask(uint8_t length)
{
	RTE_ASSERT(length <= 32);
	return length == 0 ? 0 : UINT32_MAX << (32 - length);
}

/** A parsed IPv4 header, in host byte order. */
struct mcr_ipv4_info {
	uint16_t header_len; /**< with options; 0: malformed, other fields unset */
	uint16_t total_len;
	uint16_t fragment; /**< flags and offset as RTE_IPV4_HDR_* name them */
	uint8_t tos;
	uint8_t ttl;
	uint8_t protocol;
	uint32_t source;
	uint32_t destination;
};

/* Reading and writing network byte order at any alignment. */

static inline uint16_t
mcr_read_be16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return rte_be_to_cpu_16(value);
}

static inline uint32_t
mcr_read_be32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return rte_be_to_cpu_32(value);
}

static inline void
mcr_write_be16(uint8_t *at, uint16_t value)
{
	value = rte_cpu_to_be_16(value);
	memcpy(at, &value, sizeof(value));
}

static inline void
mcr_write_be32(uint8_t *at, uint32_t value)
{
	value = rte_cpu_to_be_32(value);
	memcpy(at, &value, sizeof(value));
}

/** Add to a sum with end-around carry. */
static inline uint64_t
mcr_checksum_add(uint64_t sum, uint64_t words)
{
	sum += words;
	return sum + (sum < words);
}

/** Fold a sum of 16-bit words to 16 bits with end-around carry (RFC 1071). */
static inline uint16_t
mcr_checksum_fold(uint64_t sum)
{
	/* sum + swapped sum: the upper half receives the carry of the lower one. */
	const uint32_t half = (sum + (sum << 32 | sum >> 32)) >> 32;

	return (half + (half << 16 | half >> 16)) >> 16;
}

/**
 * The internet checksum (RFC 1071) of at most 65535 bytes of any alignment.
 * @return In network byte order. 0 for data that contains its correct checksum.
 */
rte_be16_t
mcr_checksum(const void *data, size_t len);

/**
 * Update a checksum for one 16-bit word that changes (RFC 1624, equation 3). All values are in the
 * same byte order, host or network.
 */
static inline uint16_t
mcr_checksum_update(uint16_t checksum, uint16_t from, uint16_t to)
{
	return ~mcr_checksum_fold((uint64_t)(uint16_t)~checksum + (uint16_t)~from + to);
}

/**
 * Parse an IPv4 header of any alignment. Does not verify its checksum.
 * @param len Readable bytes, with Ethernet padding if any.
 * @return header_len is 0 when the version is not 4, the header is shorter than 20 bytes or longer
 *   than the packet, or the packet is longer than len.
 */
static inline struct mcr_ipv4_info
mcr_ipv4_parse(const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv4_info malformed = {0};
	struct mcr_ipv4_info info;

	if (len < MCR_IPV4_HEADER_LEN || ip[0] < MCR_IPV4_FIRST_OCTET_MIN ||
		ip[0] > MCR_IPV4_FIRST_OCTET_MAX)
		return malformed;
	info.header_len = (ip[0] & 0x0f) * 4;
	info.total_len = mcr_read_be16(ip + 2);
	if (info.total_len < info.header_len || info.total_len > len)
		return malformed;
	info.tos = ip[1];
	info.fragment = mcr_read_be16(ip + 6);
	info.ttl = ip[8];
	info.protocol = ip[9];
	info.source = mcr_read_be32(ip + 12);
	info.destination = mcr_read_be32(ip + 16);
	return info;
}

static inline bool
mcr_ipv4_is_fragment(const struct mcr_ipv4_info *info)
{
	return (info->fragment & (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0;
}

static inline bool
mcr_ipv4_is_multicast(uint32_t address)
{
	return address >> 28 == 0xe;
}

/** Whether it can be a host's: not multicast, broadcast, loopback or in 0/8 (RFC 1122 3.2.1.3). */
static inline bool
mcr_ipv4_is_unicast(uint32_t address)
{
	const uint32_t network = address >> 24;

	return network != 0 && network != 127 && address != MCR_IPV4_BROADCAST &&
	       !mcr_ipv4_is_multicast(address);
}

/** Whether the checksum of a parsed IPv4 header is correct. */
static inline bool
mcr_ipv4_checksum_is_right(const uint8_t *ip, uint16_t header_len)
{
	uint64_t first, second, sum;
	uint32_t third;

	RTE_ASSERT(header_len >= MCR_IPV4_HEADER_LEN && header_len <= 60 && header_len % 4 == 0);
	memcpy(&first, ip, sizeof(first));
	memcpy(&second, ip + 8, sizeof(second));
	memcpy(&third, ip + 16, sizeof(third));
	sum = mcr_checksum_add(mcr_checksum_add(first, second), third);
	if (unlikely(ip[0] != RTE_IPV4_VHL_DEF))
		sum = mcr_checksum_add(sum, (uint16_t)~mcr_checksum(ip + MCR_IPV4_HEADER_LEN,
						    header_len - MCR_IPV4_HEADER_LEN));
	return mcr_checksum_fold(sum) == UINT16_MAX;
}

/**
 * The checksum of a transport with its pseudo header (RFC 768, RFC 9293 3.1).
 * @param ip The packet, whose addresses count.
 * @param transport Its payload of type @p protocol, behind the header.
 * @return In network byte order. 0 for data that contains its correct checksum.
 */
rte_be16_t
mcr_ipv4_checksum(const uint8_t *ip, const uint8_t *transport, uint32_t len, uint8_t protocol);

#endif

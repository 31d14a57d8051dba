/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include "format.h"

static uint64_t
sum_words(const uint8_t *at, size_t len)
{
	return (uint16_t)~mcr_checksum(at, len);
}

unsigned int
mcr_transport_checksum_offset(uint8_t protocol)
{
	if (protocol == IPPROTO_UDP)
		return 6;
	return protocol == IPPROTO_TCP ? 16 : 0;
}

/* A kernel that left the checksum to a device wrote the correct UDP length. */
static bool
has_length(const uint8_t *transport, uint32_t len, uint8_t protocol)
{
	return protocol != IPPROTO_UDP || mcr_read_be16(transport + 4) == len;
}

/* The checksum over the transport, with the pseudo header's sum in the field, is the final one. */
static bool
finish_checksum(uint8_t *transport, uint32_t len, uint8_t protocol, uint64_t addresses)
{
	const uint64_t pseudo = addresses + rte_cpu_to_be_16(protocol) + rte_cpu_to_be_16(len);
	const unsigned int offset = mcr_transport_checksum_offset(protocol);
	uint16_t field, whole;

	if (offset == 0 || len < offset + sizeof(field) || !has_length(transport, len, protocol))
		return false;
	memcpy(&field, transport + offset, sizeof(field));
	if (field != mcr_checksum_fold(pseudo))
		return false;
	whole = mcr_checksum(transport, len);
	/* One correct checksum in 65,536 looks unfinished. */
	if (mcr_checksum_fold(pseudo + (uint16_t)~whole) == UINT16_MAX)
		return false;
	if (whole == 0)
		whole = UINT16_MAX;
	memcpy(transport + offset, &whole, sizeof(whole));
	return true;
}

bool
mcr_transport_finish(uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, len);

	if (info.header_len == 0 || mcr_ipv4_is_fragment(&info))
		return false;
	return finish_checksum(ip + info.header_len, info.total_len - info.header_len,
		info.protocol, sum_words(ip + 12, 2 * sizeof(info.source)));
}

bool
mcr_transport_finish_ipv6(uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, len);

	if (info.total_len == 0)
		return false;
	return finish_checksum(ip + MCR_IPV6_HEADER_LEN, info.total_len - MCR_IPV6_HEADER_LEN,
		info.next_header, sum_words(ip + MCR_IPV6_SOURCE, 2 * MCR_IPV6_ADDRESS_LEN));
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "format.h"

#define OFF_LINK_TTL 64

void
mcr_rewrite_build(struct mcr_rewrite *rewrite, const struct mcr_encap_path *path)
{
	mcr_write_be32(rewrite->destination, path->destination);
	mcr_write_be16(rewrite->udp_port, path->udp_port);
	rewrite->ttl = path->off_link ? OFF_LINK_TTL : 0;
}

static bool
has_transport(const struct mcr_ipv4_info *info, unsigned int checksum_offset)
{
	return checksum_offset != 0 && (info->fragment & RTE_IPV4_HDR_OFFSET_MASK) == 0 &&
	       info->total_len >= info->header_len + checksum_offset + sizeof(uint16_t);
}

static uint16_t
complement(const uint8_t *at)
{
	uint16_t word;

	memcpy(&word, at, sizeof(word));
	return ~word;
}

/* RFC 1624: the complements of the checksum and of each word to be replaced. */
static uint64_t
sum_replaced(const uint8_t *checksum, const uint8_t *destination)
{
	return (uint64_t)complement(checksum) + complement(destination) +
	       complement(destination + 2);
}

struct mcr_rewritable
mcr_rewrite_prepare(const uint8_t *ip)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, UINT16_MAX);
	const unsigned int offset = mcr_transport_checksum_offset(info.protocol);
	const uint8_t *const transport = ip + info.header_len;
	struct mcr_rewritable packet = {
		.header_sum = sum_replaced(ip + 10, ip + 16) + complement(ip + 8),
		.ttl = info.ttl,
		.protocol = info.protocol,
	};

	RTE_ASSERT(info.header_len != 0);
	if (!has_transport(&info, offset))
		return packet;
	packet.transport = info.header_len;
	packet.checksum_offset = offset;
	packet.transport_sum = sum_replaced(transport + offset, ip + 16);
	packet.is_udp = info.protocol == IPPROTO_UDP;
	packet.no_port = complement(transport + 2);
	packet.has_checksum = !packet.is_udp || mcr_read_be16(transport + offset) != 0;
	return packet;
}

/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "format.h"

#define OFF_LINK_TTL 64

void
mcr_rewrite_build(struct mcr_rewrite *rewrite, const struct mcr_encap_path *path)
{
	if (path->is_ipv6)
		memcpy(rewrite->destination6, &path->destination6, sizeof(rewrite->destination6));
	else
		mcr_write_be32(rewrite->destination, path->destination);
	mcr_write_be16(rewrite->udp_port, path->udp_port);
	rewrite->ttl = path->off_link ? OFF_LINK_TTL : 0;
}

static bool
has_checksum(uint32_t transport_len, unsigned int offset)
{
	return offset != 0 && transport_len >= offset + sizeof(uint16_t);
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
sum_replaced(const uint8_t *checksum, const uint8_t *destination, unsigned int len)
{
	uint64_t sum = complement(checksum);

	for (unsigned int i = 0; i < len; i += sizeof(uint16_t))
		sum += complement(destination + i);
	return sum;
}

static void
set_transport(struct mcr_rewritable *packet, const uint8_t *transport, unsigned int offset,
	const uint8_t *destination, unsigned int destination_len)
{
	packet->checksum_offset = offset;
	packet->transport_sum = sum_replaced(transport + offset, destination, destination_len);
	packet->is_udp = packet->protocol == IPPROTO_UDP;
	packet->no_port = complement(transport + 2);
	packet->has_checksum = !packet->is_udp || mcr_read_be16(transport + offset) != 0;
}

static struct mcr_rewritable
prepare_ipv4(const uint8_t *ip)
{
	const struct mcr_ipv4_info info = mcr_ipv4_parse(ip, UINT16_MAX);
	const unsigned int offset = mcr_transport_checksum_offset(info.protocol);
	struct mcr_rewritable packet = {
		.header_sum = sum_replaced(ip + 10, ip + 16, 4) + complement(ip + 8),
		.ttl = info.ttl,
		.protocol = info.protocol,
	};

	RTE_ASSERT(info.header_len != 0);
	if ((info.fragment & RTE_IPV4_HDR_OFFSET_MASK) != 0 ||
		!has_checksum(info.total_len - info.header_len, offset))
		return packet;
	packet.transport = info.header_len;
	set_transport(&packet, ip + info.header_len, offset, ip + 16, 4);
	return packet;
}

static struct mcr_rewritable
prepare_ipv6(const uint8_t *ip)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, UINT32_MAX);
	const struct mcr_ipv6_transport transport = mcr_ipv6_find_transport(ip, info.total_len);
	const unsigned int offset = transport.protocol == IPPROTO_ICMPV6
	                                    ? 2
	                                    : mcr_transport_checksum_offset(transport.protocol);
	struct mcr_rewritable packet = {.ttl = info.hop_limit, .protocol = transport.protocol};

	RTE_ASSERT(info.total_len != 0);
	if (transport.offset == 0 || !has_checksum(info.total_len - transport.offset, offset))
		return packet;
	packet.transport = transport.offset;
	set_transport(&packet, ip + transport.offset, offset, ip + MCR_IPV6_DESTINATION,
		MCR_IPV6_ADDRESS_LEN);
	return packet;
}

struct mcr_rewritable
mcr_rewrite_prepare(const uint8_t *ip)
{
	return mcr_ip_is_ipv6(ip) ? prepare_ipv6(ip) : prepare_ipv4(ip);
}

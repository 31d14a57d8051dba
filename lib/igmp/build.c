/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* RFC 9776 4, RFC 4286 3: TTL 1, TOS 0xc0, Router Alert. */

#include <string.h>

#include <rte_common.h>
#include <rte_debug.h>

#include "wire.h"

#define IP_HEADER_LEN 24

#define SHORTEST_INTERVAL_S 4u
#define LONGEST_INTERVAL_S 180u

static void
fill_in_checksum(uint8_t *data, uint32_t len, uint32_t offset)
{
	uint16_t checksum;

	memset(data + offset, 0, sizeof(checksum));
	checksum = mcr_checksum(data, len);
	memcpy(data + offset, &checksum, sizeof(checksum));
}

/* Write the IP header (DF and ID 0 as in RFC 6864) and both checksums. */
static uint32_t
finish_igmp_packet(uint8_t *packet, uint32_t sender, uint32_t destination, uint32_t igmp_len)
{
	static const uint8_t header[IP_HEADER_LEN] = {0x46, 0xc0, 0, 0, 0, 0, 0x40, 0, 1,
		IPPROTO_IGMP, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, WIRE_OPTION_ROUTER_ALERT, 4, 0, 0};

	RTE_ASSERT(igmp_len >= 8 && igmp_len % 4 == 0);
	memcpy(packet, header, sizeof(header));
	mcr_write_be16(packet + 2, IP_HEADER_LEN + igmp_len);
	mcr_write_be32(packet + 12, sender);
	mcr_write_be32(packet + 16, destination);
	fill_in_checksum(packet, IP_HEADER_LEN, 10);
	fill_in_checksum(packet + IP_HEADER_LEN, igmp_len, 2);
	return IP_HEADER_LEN + igmp_len;
}

uint8_t
mcr_igmp_encode_time(uint32_t value)
{
	uint32_t exponent = 0;

	if (value < 128)
		return (uint8_t)value;
	if (value >= 31u << 10)
		return 0xff;
	while (value >> (exponent + 3) >= 32)
		exponent++;
	return (uint8_t)(0x80 | exponent << 4 | (value >> (exponent + 3) & 0x0f));
}

uint32_t
mcr_igmp_decode_time(uint8_t code)
{
	if (code < 128)
		return code;
	return ((code & 0x0fu) | 0x10) << ((code >> 4 & 7) + 3);
}

/* At least 1: a Max Resp Code of 0 means a v1 query, a QQIC of 0 the default. */
static uint8_t
encode_interval(uint32_t ms, uint32_t unit_ms)
{
	return mcr_igmp_encode_time(ms < unit_ms ? 1 : ms / unit_ms);
}

uint32_t
mcr_igmp_build_query(const struct mcr_igmp_query *query, uint8_t *packet)
{
	uint8_t *igmp = packet + IP_HEADER_LEN;

	RTE_ASSERT(query->source_count <= MCR_IGMP_QUERY_MAX_SOURCES);
	RTE_ASSERT(query->robustness <= WIRE_QUERY_QRV);
	igmp[0] = WIRE_QUERY;
	igmp[1] = encode_interval(query->max_response_ms, 100);
	mcr_write_be32(igmp + 4, query->group);
	igmp[8] =
		(query->suppress ? WIRE_QUERY_SUPPRESS : 0) | (query->robustness & WIRE_QUERY_QRV);
	igmp[9] = encode_interval(query->query_interval_ms, 1000);
	mcr_write_be16(igmp + 10, query->source_count);
	for (uint16_t i = 0; i < query->source_count; i++)
		mcr_write_be32(igmp + 12 + 4 * i, query->sources[i]);
	return finish_igmp_packet(packet, query->sender,
		query->group == 0 ? WIRE_ALL_SYSTEMS : query->group, 12 + 4u * query->source_count);
}

uint32_t
mcr_igmp_build_advertisement(const struct mcr_igmp_advertisement *advertisement, uint8_t *packet)
{
	const uint32_t interval_s =
		RTE_MAX((advertisement->interval_ms + 999) / 1000, SHORTEST_INTERVAL_S);
	uint8_t *igmp = packet + IP_HEADER_LEN;

	igmp[0] = WIRE_ADVERTISEMENT;
	igmp[1] = (uint8_t)RTE_MIN(interval_s, LONGEST_INTERVAL_S);
	mcr_write_be16(igmp + 4, RTE_MAX(advertisement->query_interval_ms / 1000, 1u));
	mcr_write_be16(igmp + 6, advertisement->robustness);
	return finish_igmp_packet(packet, advertisement->sender, WIRE_ALL_SNOOPERS,
		MCR_IGMP_ADVERTISEMENT_LEN - IP_HEADER_LEN);
}

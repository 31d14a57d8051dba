/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* RFC 9777 5, RFC 2710 3, RFC 4286 3: hop limit 1, traffic class 0, Router Alert. */

#include <rte_common.h>
#include <rte_debug.h>

#include <mcr_address.h>

#include "mld.h"

#define HEADERS_LEN (MCR_IPV6_HEADER_LEN + 8)

#define SHORTEST_INTERVAL_S 4u
#define LONGEST_INTERVAL_S 180u

static void
write_address(uint8_t *at, uint32_t address)
{
	if (address == MCR_ADDRESS_NONE)
		memset(at, 0, MCR_IPV6_ADDRESS_LEN);
	else
		memcpy(at, mcr_address_ipv6(address), MCR_IPV6_ADDRESS_LEN);
}

static void
write_link_group(uint8_t *at, uint8_t number)
{
	memcpy(at, (const uint8_t[MCR_IPV6_ADDRESS_LEN]){0xff, 0x02, [15] = number},
		MCR_IPV6_ADDRESS_LEN);
}

/* Write what is in front of the message, less the destination, and the checksum. */
static uint32_t
finish_packet(uint8_t *packet, uint32_t sender, uint32_t message_len)
{
	static const uint8_t header[] = {0x60, [6] = IPPROTO_HOPOPTS, [7] = 1};
	static const uint8_t options[] = {IPPROTO_ICMPV6, 0, MLD_OPTION_ROUTER_ALERT,
		MLD_OPTION_ROUTER_ALERT_LEN, 0, 0, MLD_OPTION_PADN, 0};
	uint8_t *message = packet + HEADERS_LEN;
	uint16_t checksum = 0;

	memcpy(packet, header, sizeof(header));
	mcr_write_be16(packet + 4, sizeof(options) + message_len);
	write_address(packet + MCR_IPV6_SOURCE, sender);
	memcpy(packet + MCR_IPV6_HEADER_LEN, options, sizeof(options));
	memcpy(message + 2, &checksum, sizeof(checksum));
	checksum = mcr_ipv6_checksum(packet, message, message_len, IPPROTO_ICMPV6);
	memcpy(message + 2, &checksum, sizeof(checksum));
	return HEADERS_LEN + message_len;
}

uint16_t
mcr_mld_encode_time(uint32_t value)
{
	uint32_t exponent = 0;

	if (value < 0x8000)
		return (uint16_t)value;
	if (value >= UINT32_C(0x2000) << 10)
		return UINT16_MAX;
	while (value >> (exponent + 3) >= 0x2000)
		exponent++;
	return (uint16_t)(0x8000 | exponent << 12 | (value >> (exponent + 3) & 0x0fff));
}

uint32_t
mcr_mld_decode_time(uint16_t code)
{
	if (code < 0x8000)
		return code;
	return ((code & UINT32_C(0x0fff)) | 0x1000) << ((code >> 12 & 7) + 3);
}

/* A QQIC of 0 is the default. */
static uint8_t
encode_query_interval(uint32_t ms)
{
	return mcr_igmp_encode_time(RTE_MAX(ms / 1000, 1u));
}

uint32_t
mcr_mld_build_query(const struct mcr_igmp_query *query, uint8_t *packet)
{
	uint8_t *mld = packet + HEADERS_LEN, *destination = packet + MCR_IPV6_DESTINATION;

	RTE_ASSERT(query->source_count <= MCR_MLD_QUERY_MAX_SOURCES);
	RTE_ASSERT(query->robustness <= MLD_QUERY_QRV);
	memset(mld, 0, MLD_V2_QUERY_LEN);
	mld[0] = MLD_QUERY;
	mcr_write_be16(mld + 4, mcr_mld_encode_time(RTE_MAX(query->max_response_ms, 1u)));
	write_address(mld + 8, query->group);
	mld[24] = (query->suppress ? MLD_QUERY_SUPPRESS : 0) | (query->robustness & MLD_QUERY_QRV);
	mld[25] = encode_query_interval(query->query_interval_ms);
	mcr_write_be16(mld + 26, query->source_count);
	for (uint16_t i = 0; i < query->source_count; i++)
		write_address(mld + MLD_V2_QUERY_LEN + MCR_IPV6_ADDRESS_LEN * i, query->sources[i]);
	if (query->group == MCR_ADDRESS_NONE)
		write_link_group(destination, MLD_ALL_NODES);
	else
		write_address(destination, query->group);
	return finish_packet(packet, query->sender,
		MLD_V2_QUERY_LEN + MCR_IPV6_ADDRESS_LEN * query->source_count);
}

uint32_t
mcr_mld_build_advertisement(const struct mcr_igmp_advertisement *advertisement, uint8_t *packet)
{
	const uint32_t interval_s =
		RTE_MAX((advertisement->interval_ms + 999) / 1000, SHORTEST_INTERVAL_S);
	uint8_t *mld = packet + HEADERS_LEN;

	mld[0] = MLD_ADVERTISEMENT;
	mld[1] = (uint8_t)RTE_MIN(interval_s, LONGEST_INTERVAL_S);
	mcr_write_be16(mld + 4, RTE_MAX(advertisement->query_interval_ms / 1000, 1u));
	mcr_write_be16(mld + 6, advertisement->robustness);
	write_link_group(packet + MCR_IPV6_DESTINATION, MLD_ALL_SNOOPERS);
	return finish_packet(
		packet, advertisement->sender, MCR_MLD_ADVERTISEMENT_LEN - HEADERS_LEN);
}

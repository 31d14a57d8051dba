/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Packets of MLD as hosts send them. */

#ifndef MCR_MLD_PACKET_FIXTURE_H
#define MCR_MLD_PACKET_FIXTURE_H

#include <mcr_address.h>

#include "mld.h"

#define MLD_HEADERS_LEN 48

static inline void
mld_write_address(uint8_t *at, uint32_t address)
{
	memset(at, 0, MCR_IPV6_ADDRESS_LEN);
	if (address != MCR_ADDRESS_NONE)
		memcpy(at, mcr_address_ipv6(address), MCR_IPV6_ADDRESS_LEN);
}

static inline void
mld_fix_checksum(uint8_t *packet, uint32_t len)
{
	const uint32_t headers_len =
		packet[6] == IPPROTO_HOPOPTS ? MLD_HEADERS_LEN : MCR_IPV6_HEADER_LEN;
	uint8_t *message = packet + headers_len;
	uint16_t checksum = 0;

	memcpy(message + 2, &checksum, sizeof(checksum));
	checksum = mcr_ipv6_checksum(packet, message, len - headers_len, IPPROTO_ICMPV6);
	memcpy(message + 2, &checksum, sizeof(checksum));
}

/* Put headers with hop limit 1 and Router Alert before the message, and write the checksum. */
static inline uint32_t
mld_finish_packet(
	uint8_t *packet, uint32_t sender, const uint8_t *destination, const uint8_t *message_end)
{
	static const uint8_t options[] = {IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
	const uint32_t len = (uint32_t)(message_end - packet);

	memcpy(packet, (const uint8_t[8]){0x60, [7] = 1}, 8);
	mcr_write_be16(packet + 4, (uint16_t)(len - MCR_IPV6_HEADER_LEN));
	mld_write_address(packet + MCR_IPV6_SOURCE, sender);
	memcpy(packet + MCR_IPV6_DESTINATION, destination, MCR_IPV6_ADDRESS_LEN);
	memcpy(packet + MCR_IPV6_HEADER_LEN, options, sizeof(options));
	mld_fix_checksum(packet, len);
	return len;
}

/* A v1 report or done, named for IGMPv2: 72 bytes. */
static inline uint32_t
mld_build_v1(enum mcr_igmp_message_type type, uint32_t sender, uint32_t group, uint8_t *packet)
{
	static const uint8_t routers[MCR_IPV6_ADDRESS_LEN] = {0xff, 2, [15] = MLD_ALL_ROUTERS};
	const bool leaves = type == MCR_IGMP_V2_LEAVE;
	uint8_t *mld = packet + MLD_HEADERS_LEN;

	memset(mld, 0, 8);
	mld[0] = leaves ? MLD_V1_DONE : MLD_V1_REPORT;
	mld_write_address(mld + 8, group);
	return mld_finish_packet(packet, sender, leaves ? routers : mld + 8, mld + MLD_V1_LEN);
}

/* A v2 report: 56 bytes, 20 for each record and 16 for each source. */
static inline uint32_t
mld_build_report(uint32_t sender, const struct mcr_igmp_record *records, uint16_t record_count,
	uint8_t *packet)
{
	static const uint8_t routers[MCR_IPV6_ADDRESS_LEN] = {0xff, 2, [15] = MLD_V2_ROUTERS};
	uint8_t *out = packet + MLD_HEADERS_LEN;

	memset(out, 0, 8);
	out[0] = MLD_V2_REPORT;
	mcr_write_be16(out + 6, record_count);
	out += 8;
	for (uint16_t i = 0; i < record_count; i++) {
		const uint32_t sources_len = MCR_IPV6_ADDRESS_LEN * records[i].source_count;

		out[0] = records[i].type;
		out[1] = 0;
		mcr_write_be16(out + 2, records[i].source_count);
		mld_write_address(out + 4, records[i].group);
		out += 4 + MCR_IPV6_ADDRESS_LEN;
		if (sources_len > 0)
			memcpy(out, records[i].sources, sources_len);
		out += sources_len;
	}
	return mld_finish_packet(packet, sender, routers, out);
}

#endif

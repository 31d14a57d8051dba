/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Packets as hosts send them, for the tests of this library and of lib/amt. */

#ifndef MCR_IGMP_PACKET_FIXTURE_H
#define MCR_IGMP_PACKET_FIXTURE_H

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#include "mcr_igmp.h"

#define FIXTURE_IP_LEN 24

static inline void
fixture_write_be32(uint8_t *at, uint32_t value)
{
	const rte_be32_t be = rte_cpu_to_be_32(value);

	memcpy(at, &be, sizeof(be));
}

/* Put an IP header with TTL 1 and Router Alert before the message, and write both checksums. */
static inline uint32_t
fixture_finish_packet(
	uint8_t *packet, uint32_t sender, uint32_t destination, const uint8_t *message_end)
{
	static const uint8_t header[FIXTURE_IP_LEN] = {
		0x46, 0xc0, [6] = 0x40, [8] = 1, [9] = 2, [20] = 0x94, [21] = 4};
	const uint32_t len = (uint32_t)(message_end - packet);
	uint16_t checksum;

	memcpy(packet, header, sizeof(header));
	packet[2] = (uint8_t)(len >> 8);
	packet[3] = (uint8_t)len;
	fixture_write_be32(packet + 12, sender);
	fixture_write_be32(packet + 16, destination);
	checksum = ~rte_raw_cksum(packet, FIXTURE_IP_LEN);
	memcpy(packet + 10, &checksum, sizeof(checksum));
	checksum = ~rte_raw_cksum(packet + FIXTURE_IP_LEN, len - FIXTURE_IP_LEN);
	memcpy(packet + FIXTURE_IP_LEN + 2, &checksum, sizeof(checksum));
	return len;
}

/* A v1 or v2 report or a v2 leave: 32 bytes. */
static inline uint32_t
fixture_build_v2(enum mcr_igmp_message_type type, uint32_t sender, uint32_t group, uint8_t *packet)
{
	const bool leaves = type == MCR_IGMP_V2_LEAVE;
	uint8_t *igmp = packet + FIXTURE_IP_LEN;

	memset(igmp, 0, 8);
	igmp[0] = type == MCR_IGMP_V1_REPORT ? 0x12 : leaves ? 0x17 : 0x16;
	fixture_write_be32(igmp + 4, group);
	return fixture_finish_packet(packet, sender, leaves ? 0xe0000002 : group, igmp + 8);
}

/* A v3 report: 32 bytes, 8 for each record and 4 for each source. */
static inline uint32_t
fixture_build_report(uint32_t sender, const struct mcr_igmp_record *records, uint16_t record_count,
	uint8_t *packet)
{
	uint8_t *out = packet + FIXTURE_IP_LEN;

	memcpy(out, (const uint8_t[8]){0x22, [6] = record_count >> 8, [7] = record_count & 0xff},
		8);
	out += 8;
	for (const struct mcr_igmp_record *record = records; record < records + record_count;
		record++) {
		const uint32_t sources_len = 4u * record->source_count;

		out[0] = record->type;
		out[1] = 0;
		out[2] = (uint8_t)(record->source_count >> 8);
		out[3] = (uint8_t)record->source_count;
		fixture_write_be32(out + 4, record->group);
		if (sources_len > 0)
			memcpy(out + 8, record->sources, sources_len);
		out += 8 + sources_len;
	}
	return fixture_finish_packet(packet, sender, 0xe0000016, out);
}

#endif

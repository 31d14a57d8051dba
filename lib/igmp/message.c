/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* RFC 9776 4, RFC 2236 2, RFC 1112 appendix I. */

#include <string.h>

#include <rte_debug.h>
#include <rte_ip.h>

#include "wire.h"

struct ip_view {
	const struct rte_ipv4_hdr *header;
	uint32_t header_len;
	const uint8_t *payload;
	uint32_t payload_len;
};

static uint16_t
read_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t
read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* 0.0.0.0: a host without an address yet (RFC 9776 4.2.14). */
static bool
is_sender(uint32_t address)
{
	return !wire_is_multicast(address) && address != RTE_IPV4_BROADCAST && address >> 24 != 127;
}

static bool
has_router_alert(const struct ip_view *ip)
{
	const uint8_t *option = (const uint8_t *)(ip->header + 1);
	const uint8_t *end = (const uint8_t *)ip->header + ip->header_len;

	RTE_ASSERT(option <= end);
	while (option < end && *option != WIRE_OPTION_END) {
		if (*option == WIRE_OPTION_NOP) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 || option[1] > end - option)
			return false;
		if (option[0] == WIRE_OPTION_ROUTER_ALERT)
			return option[1] == 4;
		option += option[1];
	}
	return false;
}

static enum mcr_igmp_rejection
parse_ip(const uint8_t *packet, uint32_t len, struct ip_view *ip)
{
	const struct rte_ipv4_hdr *header = (const struct rte_ipv4_hdr *)packet;
	uint32_t total_len;

	if (len < sizeof(*header) || header->version_ihl >> 4 != 4)
		return MCR_IGMP_REJECT_MALFORMED;
	ip->header = header;
	ip->header_len = rte_ipv4_hdr_len(header);
	total_len = read_u16((const uint8_t *)&header->total_length);
	if (ip->header_len < sizeof(*header) || total_len < ip->header_len || total_len > len)
		return MCR_IGMP_REJECT_MALFORMED;
	ip->payload = packet + ip->header_len;
	ip->payload_len = total_len - ip->header_len;
	if (wire_checksum(packet, ip->header_len) != 0)
		return MCR_IGMP_REJECT_BAD_CHECKSUM;
	if (header->next_proto_id != IPPROTO_IGMP)
		return MCR_IGMP_REJECT_NOT_IGMP;
	if ((header->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) !=
		0)
		return MCR_IGMP_REJECT_FRAGMENT;
	return MCR_IGMP_ACCEPTED;
}

/* RFC 9776 7.1: the length shows the version. */
static enum mcr_igmp_rejection
parse_query(const uint8_t *igmp, uint32_t len, struct mcr_igmp_message *message)
{
	if (len == 8) {
		message->type = igmp[1] == 0 ? MCR_IGMP_V1_QUERY : MCR_IGMP_V2_QUERY;
		message->max_response_ms = igmp[1] == 0 ? 10000 : igmp[1] * 100u;
		return MCR_IGMP_ACCEPTED;
	}
	if (len < 12)
		return MCR_IGMP_REJECT_MALFORMED;
	message->type = MCR_IGMP_V3_QUERY;
	message->max_response_ms = mcr_igmp_decode_time(igmp[1]) * 100;
	message->suppress = (igmp[8] & WIRE_QUERY_SUPPRESS) != 0;
	message->robustness = igmp[8] & WIRE_QUERY_QRV;
	message->query_interval_ms = mcr_igmp_decode_time(igmp[9]) * 1000;
	message->count = read_u16(igmp + 10);
	message->body = igmp + 12;
	if (message->count * 4u > len - 12 || (message->group == 0 && message->count > 0))
		return MCR_IGMP_REJECT_MALFORMED;
	return MCR_IGMP_ACCEPTED;
}

static uint32_t
record_len(const uint8_t *record)
{
	return 8 + 4u * read_u16(record + 2) + 4u * record[1];
}

/* Each record must lie inside the message; data behind the last is ignored (4.2.11). */
static enum mcr_igmp_rejection
parse_report(const uint8_t *igmp, uint32_t len, struct mcr_igmp_message *message)
{
	uint32_t left = len - 8;

	RTE_ASSERT(len >= 8);
	message->type = MCR_IGMP_V3_REPORT;
	message->group = 0;
	message->count = read_u16(igmp + 6);
	message->body = igmp + 8;
	for (uint16_t i = 0; i < message->count; i++) {
		const uint8_t *record = igmp + len - left;

		if (left < 8 || record_len(record) > left)
			return MCR_IGMP_REJECT_MALFORMED;
		left -= record_len(record);
	}
	return MCR_IGMP_ACCEPTED;
}

static enum mcr_igmp_rejection
parse_igmp(const uint8_t *igmp, uint32_t len, struct mcr_igmp_message *message)
{
	RTE_ASSERT(len >= 8);
	message->group = read_u32(igmp + 4);
	switch (igmp[0]) {
	case WIRE_QUERY:
		return parse_query(igmp, len, message);
	case WIRE_V1_REPORT:
		message->type = MCR_IGMP_V1_REPORT;
		return MCR_IGMP_ACCEPTED;
	case WIRE_V2_REPORT:
		message->type = MCR_IGMP_V2_REPORT;
		return MCR_IGMP_ACCEPTED;
	case WIRE_V2_LEAVE:
		message->type = MCR_IGMP_V2_LEAVE;
		return MCR_IGMP_ACCEPTED;
	case WIRE_V3_REPORT:
		return parse_report(igmp, len, message);
	default:
		return MCR_IGMP_REJECT_UNKNOWN_TYPE;
	}
}

bool
mcr_igmp_is_query(const struct mcr_igmp_message *message)
{
	return message->type == MCR_IGMP_V1_QUERY || message->type == MCR_IGMP_V2_QUERY ||
	       message->type == MCR_IGMP_V3_QUERY;
}

/* RFC 1112 has no Router Alert; later versions require it. */
static bool
needs_router_alert(const struct mcr_igmp_message *message)
{
	return message->type != MCR_IGMP_V1_REPORT && message->type != MCR_IGMP_V1_QUERY;
}

/* RFC 9776 9.1: a general query goes to all systems only. */
static bool
is_stray_query(const struct mcr_igmp_message *message)
{
	return mcr_igmp_is_query(message) && message->group == 0 &&
	       wire_is_multicast(message->destination) && message->destination != WIRE_ALL_SYSTEMS;
}

static enum mcr_igmp_rejection
check_envelope(const struct ip_view *ip, const struct mcr_igmp_message *message)
{
	if (ip->header->time_to_live != 1)
		return MCR_IGMP_REJECT_BAD_TTL;
	if (!is_sender(message->sender))
		return MCR_IGMP_REJECT_BAD_SENDER;
	if (is_stray_query(message))
		return MCR_IGMP_REJECT_BAD_DESTINATION;
	/* Last, so that callers who ignore the option know that all else is right. */
	if (needs_router_alert(message) && !has_router_alert(ip))
		return MCR_IGMP_REJECT_NO_ROUTER_ALERT;
	return MCR_IGMP_ACCEPTED;
}

enum mcr_igmp_rejection
mcr_igmp_parse(const uint8_t *packet, uint32_t len, struct mcr_igmp_message *message)
{
	enum mcr_igmp_rejection rejection;
	struct ip_view ip;

	rejection = parse_ip(packet, len, &ip);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	if (ip.payload_len < 8)
		return MCR_IGMP_REJECT_MALFORMED;
	if (wire_checksum(ip.payload, ip.payload_len) != 0)
		return MCR_IGMP_REJECT_BAD_CHECKSUM;
	memset(message, 0, sizeof(*message));
	message->sender = read_u32(packet + 12);
	message->destination = read_u32(packet + 16);
	rejection = parse_igmp(ip.payload, ip.payload_len, message);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	return check_envelope(&ip, message);
}

void
mcr_igmp_read_record(const uint8_t **records, struct mcr_igmp_record *record)
{
	const uint8_t *bytes = *records;

	record->type = bytes[0];
	record->source_count = read_u16(bytes + 2);
	record->group = read_u32(bytes + 4);
	record->sources = bytes + 8;
	*records += record_len(bytes);
}

bool
mcr_igmp_record_joins(const struct mcr_igmp_record *record)
{
	if (record->type == MCR_IGMP_IS_EX || record->type == MCR_IGMP_TO_EX)
		return true;
	return record->type != MCR_IGMP_BLOCK && record->source_count > 0;
}

uint32_t
mcr_igmp_read_source(const uint8_t *sources, uint16_t i)
{
	return read_u32(sources + 4u * i);
}

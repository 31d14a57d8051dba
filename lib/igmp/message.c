/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* RFC 9776 4, RFC 2236 2, RFC 1112 appendix I. */

#include <string.h>

#include <rte_debug.h>

#include <mcr_address.h>

#include "protocol.h"
#include "record.h"
#include "wire.h"

#define ADDRESS_LEN 4

/* 0.0.0.0: a host without an address yet (RFC 9776 4.2.14). */
static bool
is_sender(uint32_t address)
{
	return address == 0 || mcr_ipv4_is_unicast(address);
}

static bool
has_router_alert(const uint8_t *packet, const struct mcr_ipv4_info *ip)
{
	const uint8_t *option = packet + MCR_IPV4_HEADER_LEN;
	const uint8_t *end = packet + ip->header_len;

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
check_ip(const uint8_t *packet, const struct mcr_ipv4_info *ip)
{
	if (ip->header_len == 0)
		return MCR_IGMP_REJECT_MALFORMED;
	if (!mcr_ipv4_checksum_is_right(packet, ip->header_len))
		return MCR_IGMP_REJECT_BAD_CHECKSUM;
	if (ip->protocol != IPPROTO_IGMP)
		return MCR_IGMP_REJECT_NOT_IGMP;
	return mcr_ipv4_is_fragment(ip) ? MCR_IGMP_REJECT_FRAGMENT : MCR_IGMP_ACCEPTED;
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
	message->count = mcr_read_be16(igmp + 10);
	message->body = igmp + 12;
	if (message->count * 4u > len - 12 || (message->group == 0 && message->count > 0))
		return MCR_IGMP_REJECT_MALFORMED;
	return MCR_IGMP_ACCEPTED;
}

/* Data behind the last record is ignored (4.2.11). */
static enum mcr_igmp_rejection
parse_report(const uint8_t *igmp, uint32_t len, struct mcr_igmp_message *message)
{
	RTE_ASSERT(len >= IGMP_REPORT_HEADER_LEN);
	message->type = MCR_IGMP_V3_REPORT;
	message->group = 0;
	message->count = mcr_read_be16(igmp + 6);
	message->body = igmp + IGMP_REPORT_HEADER_LEN;
	return igmp_records_fit(
		       message->body, len - IGMP_REPORT_HEADER_LEN, message->count, ADDRESS_LEN)
	               ? MCR_IGMP_ACCEPTED
	               : MCR_IGMP_REJECT_MALFORMED;
}

static enum mcr_igmp_rejection
parse_igmp(const uint8_t *igmp, uint32_t len, struct mcr_igmp_message *message)
{
	RTE_ASSERT(len >= 8);
	message->group = mcr_read_be32(igmp + 4);
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
	       mcr_ipv4_is_multicast(message->destination) &&
	       message->destination != WIRE_ALL_SYSTEMS;
}

static enum mcr_igmp_rejection
check_envelope(const uint8_t *packet, const struct mcr_ipv4_info *ip,
	const struct mcr_igmp_message *message)
{
	if (ip->ttl != 1)
		return MCR_IGMP_REJECT_BAD_TTL;
	if (!is_sender(message->sender))
		return MCR_IGMP_REJECT_BAD_SENDER;
	if (is_stray_query(message))
		return MCR_IGMP_REJECT_BAD_DESTINATION;
	/* Last, so that callers who ignore the option know that all else is right. */
	if (needs_router_alert(message) && !has_router_alert(packet, ip))
		return MCR_IGMP_REJECT_NO_ROUTER_ALERT;
	return MCR_IGMP_ACCEPTED;
}

enum mcr_igmp_rejection
mcr_igmp_parse(const uint8_t *packet, uint32_t len, struct mcr_igmp_message *message)
{
	const struct mcr_ipv4_info ip = mcr_ipv4_parse(packet, len);
	const uint8_t *igmp = packet + ip.header_len;
	const uint32_t igmp_len = ip.total_len - ip.header_len;
	enum mcr_igmp_rejection rejection = check_ip(packet, &ip);

	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	if (igmp_len < 8)
		return MCR_IGMP_REJECT_MALFORMED;
	if (mcr_checksum(igmp, igmp_len) != 0)
		return MCR_IGMP_REJECT_BAD_CHECKSUM;
	memset(message, 0, sizeof(*message));
	message->address_len = ADDRESS_LEN;
	message->sender = ip.source;
	message->destination = ip.destination;
	rejection = parse_igmp(igmp, igmp_len, message);
	if (rejection != MCR_IGMP_ACCEPTED)
		return rejection;
	/* Below, a group in 0.0.0.0/8 would be the number of an IPv6 address. */
	if (mcr_address_is_ipv6(message->group))
		return MCR_IGMP_REJECT_NOT_MULTICAST;
	return check_envelope(packet, &ip, message);
}

static enum mcr_igmp_rejection
check_group(const uint8_t *group)
{
	const uint32_t address = mcr_read_be32(group);

	if (!mcr_ipv4_is_multicast(address))
		return MCR_IGMP_REJECT_NOT_MULTICAST;
	/* Never reported (RFC 9776 5); the rest of 224.0.0.0/24 is ordinary. */
	return address == WIRE_ALL_SYSTEMS ? MCR_IGMP_REJECT_ALL_SYSTEMS : MCR_IGMP_ACCEPTED;
}

static bool
is_source(const uint8_t *bytes)
{
	const uint32_t address = mcr_read_be32(bytes);

	return address >> 24 != 0 && !mcr_ipv4_is_multicast(address) &&
	       address != RTE_IPV4_BROADCAST;
}

const struct igmp_protocol igmp_protocol = {
	.address_len = ADDRESS_LEN,
	.query_max_sources = MCR_IGMP_QUERY_MAX_SOURCES,
	.parse = mcr_igmp_parse,
	.build_query = mcr_igmp_build_query,
	.build_advertisement = mcr_igmp_build_advertisement,
	.check_group = check_group,
	.is_source = is_source,
};

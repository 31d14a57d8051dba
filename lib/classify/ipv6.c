/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/icmp6.h>

#include "inner.h"

/* RFC 9777 5: behind a hop-by-hop header with Router Alert, which the receiver checks. */
#define OPTIONS_UNIT 8
#define MESSAGE_LEN 8 /* of MLD and of an echo request, at least */
#define MLD_V2_REPORT 143

/* The transport of a packet, behind a hop-by-hop header if there is one. */
struct transport {
	const uint8_t *at; /* NULL: malformed */
	uint32_t len;
	uint8_t protocol;
};

static struct transport
find_transport(const uint8_t *ip, const struct mcr_ipv6_info *info)
{
	struct transport transport = {
		.at = ip + MCR_IPV6_HEADER_LEN,
		.len = info->total_len - MCR_IPV6_HEADER_LEN,
		.protocol = info->next_header,
	};
	uint32_t options_len;

	if (likely(info->next_header != IPPROTO_HOPOPTS))
		return transport;
	if (transport.len < OPTIONS_UNIT)
		return (struct transport){0};
	options_len = (transport.at[1] + 1u) * OPTIONS_UNIT;
	if (options_len > transport.len)
		return (struct transport){0};
	transport.protocol = transport.at[0];
	transport.at += options_len;
	transport.len -= options_len;
	return transport;
}

static bool
is_mld(uint8_t type)
{
	return type == MLD_LISTENER_QUERY || type == MLD_LISTENER_REPORT ||
	       type == MLD_LISTENER_REDUCTION || type == MLD_V2_REPORT;
}

static bool
is_neighbour_discovery(uint8_t type)
{
	return type >= ND_ROUTER_SOLICIT && type <= ND_REDIRECT;
}

/* The hub is the router of its members: echo requests to all routers (RFC 4291 2.7.1) are for it,
 * as those of IPv4. */
static bool
is_ping_of_routers(
	const uint8_t *ip, const struct mcr_ipv6_info *info, const struct transport *transport)
{
	static const uint8_t all_routers[MCR_IPV6_ADDRESS_LEN] = {0xff, 2, [15] = 2};

	return info->next_header == IPPROTO_ICMPV6 && transport->len >= MESSAGE_LEN &&
	       transport->at[0] == ICMP6_ECHO_REQUEST && transport->at[1] == 0 &&
	       memcmp(ip + MCR_IPV6_DESTINATION, all_routers, sizeof(all_routers)) == 0;
}

static bool
punt_message(const struct frame *frame, const uint8_t *ip, const struct transport *transport,
	enum mcr_punt_kind punt)
{
	if (transport->len < MESSAGE_LEN)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (mcr_ipv6_checksum(ip, transport->at, transport->len, IPPROTO_ICMPV6) != 0)
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	frame->packet->punt = punt;
	return accept_as(frame, MCR_VERDICT_PUNT);
}

/* RFC 4291 2.5.6, 2.7.1: neighbour discovery, and what has its source alone on this link but goes
 * to a group of a wider scope. */
static bool
leaves_no_link(const uint8_t *ip)
{
	const uint8_t *const source = ip + MCR_IPV6_SOURCE, *const group =
								    ip + MCR_IPV6_DESTINATION;

	return mcr_ipv6_is_solicited_node(group) ||
	       (mcr_ipv6_scope(group) > MCR_IPV6_SCOPE_LINK &&
		       (mcr_ipv6_is_link_local(source) || mcr_ipv6_is_unspecified(source)));
}

static bool
classify_group(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv6_info *info,
	enum mcr_verdict local)
{
	const struct transport transport = find_transport(ip, info);
	const bool is_icmp = transport.protocol == IPPROTO_ICMPV6 && transport.len != 0;

	if (transport.at == NULL)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (unlikely(is_icmp && is_mld(transport.at[0])))
		return punt_message(frame, ip, &transport, MCR_PUNT_MLD);
	if (unlikely(is_icmp && is_ping_of_routers(ip, info, &transport)))
		return punt_message(frame, ip, &transport, MCR_PUNT_ICMP_ECHO);
	if (unlikely((is_icmp && is_neighbour_discovery(transport.at[0])) || leaves_no_link(ip)))
		return accept_as(frame, local);
	return accept_as(frame, MCR_VERDICT_DATA_IPV6);
}

/* RFC 4291 2.5.3, 2.7: neither a group nor the loopback address is a valid source; what is not to
 * leave a node must not come from the wire. */
static bool
has_bad_address(const uint8_t *ip)
{
	static const uint8_t loopback[MCR_IPV6_ADDRESS_LEN] = {[15] = 1};
	const uint8_t *const source = ip + MCR_IPV6_SOURCE;
	const uint8_t *const destination = ip + MCR_IPV6_DESTINATION;

	if (mcr_ipv6_is_multicast(source) || memcmp(source, loopback, sizeof(loopback)) == 0)
		return true;
	if (!mcr_ipv6_is_multicast(destination))
		return memcmp(destination, loopback, sizeof(loopback)) == 0;
	return mcr_ipv6_scope(destination) <= MCR_IPV6_SCOPE_INTERFACE;
}

/* In a segment, what stays there is passed on as a frame, whatever it holds. */
static bool
accept_local(const struct frame *frame, enum mcr_verdict local)
{
	if (local == MCR_VERDICT_SEGMENT)
		frame->packet->inner_len = 0;
	return accept_as(frame, local);
}

bool
classify_ipv6(const uint8_t *bytes, const uint8_t *ip, uint32_t len, struct mcr_packet *packet,
	bool to_station)
{
	const struct frame frame = {.bytes = bytes, .packet = packet};
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, len);
	const enum mcr_verdict local = packet->verdict;
	const uint8_t outer_tos = packet->tos;

	if (info.total_len == 0 || info.total_len > UINT16_MAX || has_bad_address(ip))
		return drop_frame(&frame, MCR_DROP_MALFORMED);
	packet->inner_offset = ip - bytes;
	packet->inner_len = info.total_len;
	packet->tos = info.tos;
	packet->ttl = info.hop_limit;
	packet->protocol = info.next_header;
	if (!apply_outer_ecn(&frame, outer_tos))
		return false;
	if (to_station || !mcr_ipv6_is_multicast(ip + MCR_IPV6_DESTINATION))
		return accept_local(&frame, local);
	if (!classify_group(&frame, ip, &info, local))
		return false;
	return packet->verdict != local || accept_local(&frame, local);
}

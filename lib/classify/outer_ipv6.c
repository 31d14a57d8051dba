/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* Plain frames of IPv6: packets to a group, tunnels to the hub, and messages of its own links. */

#include <netinet/icmp6.h>

#include <mcr_address.h>

#include "tunnel.h"

#define ICMP_LEN 8
#define FRAGMENT_LEN 8
#define FRAGMENT_RESERVED 6

/* RFC 4861 7.1.1: a router has not forwarded it. */
#define ND_HOP_LIMIT 255

/* What a packet's extension headers lead to. */
struct upper {
	const uint8_t *ip;
	const uint8_t *at;
	uint32_t len;
	uint8_t protocol;
	uint8_t tos;
	uint8_t hop_limit;
};

static bool
is_to(const uint8_t *ip, const struct in6_addr *address)
{
	return memcmp(ip + MCR_IPV6_DESTINATION, address, sizeof(*address)) == 0;
}

static bool
is_own_address(const struct mcr_classify_port *port, const uint8_t *ip)
{
	return is_to(ip, &port->link_local) ||
	       (is_to(ip, &port->address6) && !mcr_ipv6_is_unspecified(port->address6.s6_addr));
}

/* RFC 4291 2.7.1: where others ask for an address with the last three octets of an own one. */
static bool
is_own_solicited_node(const struct mcr_classify_port *port, const uint8_t *group)
{
	return mcr_ipv6_is_solicited_node(group) &&
	       (memcmp(group + 13, port->link_local.s6_addr + 13, 3) == 0 ||
		       memcmp(group + 13, port->address6.s6_addr + 13, 3) == 0);
}

/* ff02::1 and ff02::2. */
static bool
is_all_nodes_or_routers(const uint8_t *group)
{
	static const uint8_t all[MCR_IPV6_ADDRESS_LEN - 1] = {0xff, 2};

	return memcmp(group, all, sizeof(all)) == 0 && (group[15] == 1 || group[15] == 2);
}

static void
set_message(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv6_info *info)
{
	frame->packet->inner_offset = ip - frame->bytes;
	frame->packet->inner_len = info->total_len;
}

/* The outer packet says nothing of what a tunnel carries. */
static void
clear_message(const struct frame *frame)
{
	frame->packet->inner_offset = 0;
	frame->packet->inner_len = 0;
	frame->packet->tos = 0;
	frame->packet->ttl = 0;
	frame->packet->protocol = 0;
}

static bool
verify_icmp(const struct upper *upper)
{
	return mcr_ipv6_checksum(upper->ip, upper->at, upper->len, IPPROTO_ICMPV6) == 0;
}

/* Solicitations of routers and redirects are for others. RFC 6980 5: without a fragment header;
 * with other headers in front nobody sends it. */
static bool
classify_nd(const struct frame *frame, const struct upper *upper)
{
	const uint8_t type = upper->at[0];

	if (type == ND_ROUTER_SOLICIT || type == ND_REDIRECT ||
		upper->at != upper->ip + MCR_IPV6_HEADER_LEN)
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (upper->hop_limit != ND_HOP_LIMIT || upper->at[1] != 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (!verify_icmp(upper))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	return accept_punt(frame, MCR_PUNT_ND);
}

/* RFC 4443 3.2: the code of "packet too big" is ignored. */
static bool
is_answered(const struct upper *upper, bool to_all)
{
	if (upper->at[0] == ICMP6_PACKET_TOO_BIG)
		return !to_all;
	return upper->at[0] == ICMP6_ECHO_REQUEST && upper->at[1] == 0;
}

static bool
classify_icmp(const struct frame *frame, const struct upper *upper, bool to_all)
{
	uint8_t type;

	if (upper->len < ICMP_LEN)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	type = upper->at[0];
	if (type >= ND_ROUTER_SOLICIT && type <= ND_REDIRECT)
		return classify_nd(frame, upper);
	if (!is_answered(upper, to_all))
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (!verify_icmp(upper))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	frame->packet->broadcast = to_all;
	return accept_punt(
		frame, type == ICMP6_ECHO_REQUEST ? MCR_PUNT_ICMP_ECHO : MCR_PUNT_TOO_BIG);
}

/* The sender's kernel left it to a virtual device: see mcr_transport.h. */
static bool
checksum_is_unfinished(const struct upper *upper)
{
	return upper->at == upper->ip + MCR_IPV6_HEADER_LEN &&
	       !mcr_transport_is_plain_ipv6(upper->ip, MCR_IPV6_HEADER_LEN + upper->len);
}

static bool
udp_checksum_is_right(const struct upper *upper, uint16_t len)
{
	return mcr_ipv6_checksum(upper->ip, upper->at, len, IPPROTO_UDP) == 0 ||
	       checksum_is_unfinished(upper);
}

/* RFC 8200 8.1: a UDP packet has a checksum; RFC 6935: tunnels may do without, where both ends were
 * told so. */
static bool
checksum_is_accepted(const struct frame *frame, const struct upper *upper, uint16_t len)
{
	if (mcr_read_be16(upper->at + 6) == 0)
		return __atomic_load_n(&frame->port->takes_zero_checksum, __ATOMIC_RELAXED);
	return udp_checksum_is_right(upper, len);
}

/* RFC 7450 4.2.2.3: only data, which gateways do not send, may do without a checksum. */
static bool
classify_amt(
	const struct frame *frame, const struct upper *upper, const struct mcr_udp_info *header)
{
	/* No answer could reach port 0. */
	if (header->source_port == 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (mcr_read_be16(upper->at + 6) == 0 || !udp_checksum_is_right(upper, header->total_len))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	frame->packet->encap = MCR_ENCAP_AMT;
	frame->packet->udp_port = header->source_port;
	frame->packet->key = header->destination_port;
	return accept_punt(frame, MCR_PUNT_AMT);
}

static bool
classify_gre_or_link(const struct frame *frame, const uint8_t *gre, uint32_t len, uint8_t tos)
{
	return classify_gre(frame, gre, len, tos) || classify_link_gre(frame, gre, len, tos);
}

static bool
classify_udp(const struct frame *frame, const struct upper *upper)
{
	const struct mcr_udp_info header = mcr_udp_parse(upper->at, upper->len);
	const uint8_t *const payload = upper->at + MCR_UDP_HEADER_LEN;
	const uint32_t payload_len = header.total_len - MCR_UDP_HEADER_LEN;
	enum mcr_encap encap;

	if (header.total_len == 0)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	encap = frame->port->udp_encaps == NULL
	                ? MCR_ENCAP_L2
	                : encap_of_port(frame->port, header.destination_port);
	frame->packet->udp_port = header.destination_port;
	if (encap == MCR_ENCAP_AMT)
		return classify_amt(frame, upper, &header);
	if (encap != MCR_ENCAP_GRE_UDP && encap != MCR_ENCAP_VXLAN)
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (!checksum_is_accepted(frame, upper, header.total_len))
		return drop_frame(frame, MCR_DROP_BAD_CHECKSUM);
	clear_message(frame);
	frame->packet->encap = encap;
	return encap == MCR_ENCAP_VXLAN
	               ? classify_vxlan(frame, payload, payload_len, upper->tos)
	               : classify_gre_or_link(frame, payload, payload_len, upper->tos);
}

/* An atomic fragment, without offset and more fragments, is a whole packet (RFC 6946). */
static bool
is_cut(const uint8_t *ip, const struct mcr_ipv6_info *info)
{
	return info->next_header == IPPROTO_FRAGMENT &&
	       info->total_len > MCR_IPV6_HEADER_LEN + FRAGMENT_LEN &&
	       (mcr_read_be16(ip + MCR_IPV6_HEADER_LEN + 2) & ~FRAGMENT_RESERVED) != 0;
}

static bool
classify_to_hub(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv6_info *info)
{
	const struct mcr_ipv6_transport transport = mcr_ipv6_find_transport(ip, info->total_len);
	const struct upper upper = {ip, ip + transport.offset, info->total_len - transport.offset,
		transport.protocol, info->tos, info->hop_limit};

	set_message(frame, ip, info);
	if (is_cut(ip, info)) {
		frame->packet->protocol = ip[MCR_IPV6_HEADER_LEN];
		return accept_as(frame, MCR_VERDICT_FRAGMENT);
	}
	if (transport.offset == 0 || transport.is_cut)
		return drop_frame(frame, MCR_DROP_MALFORMED);
	if (upper.protocol == IPPROTO_ICMPV6)
		return classify_icmp(frame, &upper, false);
	if (!is_to(ip, &frame->port->address6))
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (upper.protocol == IPPROTO_UDP)
		return classify_udp(frame, &upper);
	if (upper.protocol != IPPROTO_GRE)
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	clear_message(frame);
	frame->packet->encap = MCR_ENCAP_GRE;
	return classify_gre_or_link(frame, upper.at, upper.len, upper.tos);
}

/* What stays on the link: of neighbour discovery what concerns the hub, and pings of all. */
static bool
classify_local(const struct frame *frame, const uint8_t *ip, const struct mcr_ipv6_info *info)
{
	const uint8_t *const destination = ip + MCR_IPV6_DESTINATION;
	const struct upper upper = {ip, ip + MCR_IPV6_HEADER_LEN,
		info->total_len - MCR_IPV6_HEADER_LEN, info->next_header, info->tos,
		info->hop_limit};

	if (!frame->port->has_ipv6 || upper.protocol != IPPROTO_ICMPV6 ||
		(!is_own_solicited_node(frame->port, destination) &&
			!is_all_nodes_or_routers(destination)))
		return drop_frame(frame, MCR_DROP_NOT_FOR_US);
	set_message(frame, ip, info);
	return classify_icmp(frame, &upper, true);
}

static bool
is_ping_of_all(const uint8_t *ip, const struct mcr_ipv6_info *info)
{
	return info->next_header == IPPROTO_ICMPV6 &&
	       is_all_nodes_or_routers(ip + MCR_IPV6_DESTINATION) &&
	       info->total_len >= MCR_IPV6_HEADER_LEN + ICMP_LEN &&
	       ip[MCR_IPV6_HEADER_LEN] == ICMP6_ECHO_REQUEST;
}

static bool
classify_plain(const struct frame *frame, const uint8_t *ip, uint32_t len)
{
	const struct mcr_ipv6_info info = mcr_ipv6_parse(ip, len);

	if (frame->packet->verdict == MCR_VERDICT_PUNT) {
		frame->packet->broadcast = frame->packet->punt == MCR_PUNT_ICMP_ECHO;
		return true;
	}
	if (!mcr_ipv6_is_multicast(ip + MCR_IPV6_DESTINATION))
		return frame->port->has_ipv6 && is_own_mac(frame) && is_own_address(frame->port, ip)
		               ? classify_to_hub(frame, ip, &info)
		               : drop_frame(frame, MCR_DROP_NOT_FOR_US);
	if (frame->packet->verdict == MCR_VERDICT_LOCAL_IPV6 || is_ping_of_all(ip, &info))
		return classify_local(frame, ip, &info);
	return is_own_mac(frame) || drop_frame(frame, MCR_DROP_NOT_FOR_US);
}

void
classify_outer_ipv6(const struct mcr_classify_port *port, const uint8_t *bytes, const uint8_t *ip,
	uint32_t len, struct mcr_packet *packet)
{
	const struct frame frame = {port, bytes, packet};

	/* Without an address of IPv6 only groups reach the hub. */
	if (!port->has_ipv6 &&
		(len < MCR_IPV6_HEADER_LEN || !mcr_ipv6_is_multicast(ip + MCR_IPV6_DESTINATION))) {
		drop_frame(&frame, MCR_DROP_NOT_FOR_US);
		return;
	}
	packet->verdict = MCR_VERDICT_LOCAL_IPV6;
	if (!classify_ipv6(bytes, ip, len, packet, false))
		return;
	packet->outer_source = mcr_address_find(ip + MCR_IPV6_SOURCE);
	classify_plain(&frame, ip, len);
}

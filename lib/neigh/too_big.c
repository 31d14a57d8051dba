/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_debug.h>
#include <rte_ip.h>

#include <mcr_address.h>
#include <mcr_encap.h>

#include "mcr_neigh.h"

#define ICMP_LEN 8
/* RFC 792: a message quotes at least the IP header and 8 more octets. */
#define QUOTED_PAYLOAD_LEN 8

/* RFC 1191 7.1: common MTUs of links. */
static const uint16_t plateaus[] = {
	32000, 17914, 8166, 4352, 2002, 1492, 1006, MCR_NEIGH_PATH_MTU_MIN};

static bool
is_whole_quote(const struct rte_ipv4_hdr *ip, uint32_t len)
{
	return len >= sizeof(*ip) && ip->version == IPVERSION &&
	       rte_ipv4_hdr_len(ip) >= sizeof(*ip) &&
	       len >= (uint32_t)rte_ipv4_hdr_len(ip) + QUOTED_PAYLOAD_LEN;
}

static int
parse_ipv4(const uint8_t *packet, uint32_t len, struct mcr_neigh_too_big *too_big)
{
	const struct mcr_ipv4_info ip = mcr_ipv4_parse(packet, len);
	const uint8_t *icmp = packet + ip.header_len;
	const uint32_t icmp_len = ip.total_len - ip.header_len;
	const struct rte_ipv4_hdr *quote;

	if (ip.header_len == 0 || icmp_len < ICMP_LEN)
		return -EINVAL;
	if (icmp[0] != ICMP_DEST_UNREACH || icmp[1] != ICMP_FRAG_NEEDED)
		return -ENOTSUP;
	quote = (const struct rte_ipv4_hdr *)(icmp + ICMP_LEN);
	if (!is_whole_quote(quote, icmp_len - ICMP_LEN))
		return -EINVAL;
	if (mcr_checksum(icmp, icmp_len) != 0)
		return -EBADMSG;
	RTE_ASSERT(icmp_len >= ICMP_LEN + sizeof(*quote) + QUOTED_PAYLOAD_LEN);
	*too_big = (struct mcr_neigh_too_big){
		.quote = (const uint8_t *)quote,
		.quote_len = icmp_len - ICMP_LEN,
		.packet_len = rte_be_to_cpu_16(quote->total_length),
		.next_hop_mtu = mcr_read_be16(icmp + 6),
		.router = ip.source,
		.destination = rte_be_to_cpu_32(quote->dst_addr),
	};
	return 0;
}

static bool
is_whole_quote6(const uint8_t *quote, uint32_t len)
{
	return len >= MCR_IPV6_HEADER_LEN + QUOTED_PAYLOAD_LEN && mcr_ip_is_ipv6(quote);
}

static uint16_t
clamp(uint32_t length)
{
	return RTE_MIN(length, (uint32_t)UINT16_MAX);
}

/* @param icmp The message, behind all headers. */
static int
parse_icmp6(const uint8_t *packet, const uint8_t *icmp, uint32_t icmp_len,
	struct mcr_neigh_too_big *too_big)
{
	const uint8_t *const quote = icmp + ICMP_LEN;
	uint32_t mtu;

	if (icmp_len < ICMP_LEN)
		return -EINVAL;
	if (icmp[0] != ICMP6_PACKET_TOO_BIG)
		return -ENOTSUP;
	mtu = mcr_read_be32(icmp + 4);
	if (!is_whole_quote6(quote, icmp_len - ICMP_LEN) || mtu < MCR_NEIGH_PATH_MTU6_MIN)
		return -EINVAL;
	if (mcr_ipv6_checksum(packet, icmp, icmp_len, IPPROTO_ICMPV6) != 0)
		return -EBADMSG;
	*too_big = (struct mcr_neigh_too_big){
		.quote = quote,
		.quote_len = icmp_len - ICMP_LEN,
		.packet_len = clamp(MCR_IPV6_HEADER_LEN + mcr_read_be16(quote + 4)),
		.next_hop_mtu = clamp(mtu),
		.is_ipv6 = true,
		.destination = mcr_address_find(quote + MCR_IPV6_DESTINATION),
	};
	memcpy(&too_big->router6, packet + MCR_IPV6_SOURCE, sizeof(too_big->router6));
	return 0;
}

static int
parse_ipv6(const uint8_t *packet, uint32_t len, struct mcr_neigh_too_big *too_big)
{
	const struct mcr_ipv6_info ip = mcr_ipv6_parse(packet, len);
	struct mcr_ipv6_transport transport;

	if (ip.total_len == 0 || ip.total_len > UINT16_MAX)
		return -EINVAL;
	transport = mcr_ipv6_find_transport(packet, ip.total_len);
	if (transport.offset == 0)
		return -EINVAL;
	if (transport.protocol != IPPROTO_ICMPV6)
		return -ENOTSUP;
	return parse_icmp6(
		packet, packet + transport.offset, ip.total_len - transport.offset, too_big);
}

int
mcr_neigh_parse_too_big(const uint8_t *packet, uint32_t len, struct mcr_neigh_too_big *too_big)
{
	return len != 0 && mcr_ip_is_ipv6(packet) ? parse_ipv6(packet, len, too_big)
	                                          : parse_ipv4(packet, len, too_big);
}

static uint16_t
guess_mtu(uint16_t packet_len)
{
	unsigned int i = 0;

	while (i < RTE_DIM(plateaus) - 1 && plateaus[i] >= packet_len)
		i++;
	return plateaus[i];
}

uint16_t
mcr_neigh_lower_mtu(const struct mcr_neigh_too_big *too_big, uint16_t mtu)
{
	uint16_t lower = too_big->next_hop_mtu;

	/* RFC 1191 5: routers derived from 4.2BSD quote a length that is too large. */
	if (lower == 0)
		lower = guess_mtu(RTE_MIN(too_big->packet_len, mtu));
	lower = RTE_MAX(lower, too_big->is_ipv6 ? MCR_NEIGH_PATH_MTU6_MIN : MCR_NEIGH_PATH_MTU_MIN);
	return RTE_MIN(mtu, lower);
}

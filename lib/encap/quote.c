/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

#include <netinet/in.h>

#include "mcr_encap.h"

#define IPV6_FRAGMENT_LEN 8

static bool
is_unfragmented(const uint8_t *ip)
{
	const uint16_t flags_and_offset = mcr_read_be16(ip + 6);

	return (flags_and_offset & RTE_IPV4_HDR_DF_FLAG) != 0 &&
	       (flags_and_offset & (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) == 0;
}

static bool
is_same_ip(const uint8_t *ip, const uint8_t *quote)
{
	return quote[0] == ip[0] && quote[9] == ip[9] && memcmp(quote + 12, ip + 12, 8) == 0;
}

static bool
is_same_udp(const uint8_t *udp, const uint8_t *quote)
{
	const uint16_t own = mcr_read_be16(udp), source = mcr_read_be16(quote);

	return (own != 0 ? source == own : source >= MCR_ENCAP_DYNAMIC_PORTS) &&
	       memcmp(quote + 2, udp + 2, 2) == 0;
}

static bool
is_same_ipv6(const uint8_t *ip, const uint8_t *quote)
{
	return mcr_ip_is_ipv6(quote) &&
	       memcmp(quote + MCR_IPV6_SOURCE, ip + MCR_IPV6_SOURCE, 2 * MCR_IPV6_ADDRESS_LEN) == 0;
}

/* Copies that are all larger than the hub's own link are only seen in fragments. The first one has
 * the headers. @return Length of the fragment header, -1: the hub has not sent it. */
static int
fragment_header_len(const uint8_t *ip, const uint8_t *quote, uint32_t len)
{
	const uint8_t *const fragment = quote + MCR_IPV6_HEADER_LEN;

	if (quote[6] == ip[6])
		return 0;
	if (quote[6] != IPPROTO_FRAGMENT || len < IPV6_FRAGMENT_LEN + MCR_UDP_HEADER_LEN ||
		fragment[0] != ip[6] || (mcr_read_be16(fragment + 2) & ~7) != 0)
		return -1;
	return IPV6_FRAGMENT_LEN;
}

bool
mcr_template_may_have_made(const struct mcr_template *t, const uint8_t *quote, uint32_t len)
{
	const uint8_t *const ip = mcr_template_end(t) - t->outer_ip_len;
	const uint32_t ip_len = mcr_template_ip_header_len(t);
	const uint32_t to_tunnel = ip_len + (t->outer_udp_len != 0 ? MCR_UDP_HEADER_LEN : 0);
	uint32_t tunnel_len;
	int skipped = 0;

	if (t->outer_ip_len == 0 || len < ip_len + MCR_UDP_HEADER_LEN)
		return false;
	if (mcr_template_has_ipv6(t) ? !is_same_ipv6(ip, quote)
				     : !is_same_ip(ip, quote) || !is_unfragmented(quote))
		return false;
	if (mcr_template_has_ipv6(t))
		skipped = fragment_header_len(ip, quote, len - ip_len);
	if (skipped < 0)
		return false;
	quote += skipped;
	len -= skipped;
	if (t->outer_udp_len != 0 && !is_same_udp(ip + ip_len, quote + ip_len))
		return false;
	/* A router that quotes only 8 octets cuts the tunnel header. */
	RTE_ASSERT(t->outer_ip_len >= to_tunnel);
	tunnel_len = RTE_MIN((uint32_t)t->outer_ip_len, len) - to_tunnel;
	return memcmp(quote + to_tunnel, ip + to_tunnel, tunnel_len) == 0;
}
